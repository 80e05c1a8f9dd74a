"""Rewrite the README's answers and its figure from a run: ``python docs/make_readme.py``."""

from __future__ import annotations

import re
from pathlib import Path

import target87 as t87
from target87.report.text import render_text

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs" / "child_labour.svg"
QUESTIONS = ("child_labour", "forced_labour")


def answers() -> dict[str, str]:
    """The sentences that ``assess --indicator NAME --quiet`` prints, by indicator."""
    return {name: render_text(t87.assess_all(name), quiet=True).strip() for name in QUESTIONS}


def rewritten(readme: str, texts: dict[str, str]) -> str:
    """The README with its marked blocks replaced."""
    for name, text in texts.items():
        block = re.compile(rf"(^```text {name}\n)(?:.*?\n)??(^```$)", flags=re.DOTALL | re.MULTILINE)
        readme = block.sub(lambda found, text=text: f"{found.group(1)}{text}\n{found.group(2)}", readme)
    return readme


def main() -> None:
    """Write the README and the figure."""
    path = ROOT / "README.md"
    path.write_text(rewritten(path.read_text(encoding="utf-8"), answers()), encoding="utf-8")
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "target87"}):
        t87.assess("child_labour").plot().figure.savefig(FIGURE, metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main()
