"""``python -m target87``."""

from __future__ import annotations

import sys

from target87.cli import program

if __name__ == "__main__":
    sys.exit(program())
