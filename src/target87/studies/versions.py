"""Versions that may move a figure, as results and manifests carry them."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of packages by name."""
    return {"python": platform.python_version(), **{name: _version(name) for name in packages}}


@cache  # looked up on disk, and asked for every answer of a run
def _version(package: str) -> str:
    return version(package)
