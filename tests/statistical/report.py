"""What the full budget writes down: sections of ``docs/validation/*.md``, each replaced by the run that made it."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import target87

FOLDER = Path(__file__).parents[2] / "docs" / "validation"
ORDER = ("posterior", "sampler", "calibration", "broken", "hindcast", "plan1", "plan2", "plan3", "units")
"""Sections of a page, as far as it has them."""
SECTION = re.compile(r"(<!-- (\w+) -->\n.*?<!-- end \2 -->\n)", re.DOTALL)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def write(page: str, section: str, title: str, text: str, *, seed: int) -> None:
    """Put a section into its page, in place of what an earlier run wrote there.

    Two workers may write at once, so the page is locked while it is read and written.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp = f"*{date.today().isoformat()}, seed {seed}, target87 {target87.__version__}*"
    body = f"<!-- {section} -->\n## {title}\n\n{stamp}\n\n{text.strip()}\n<!-- end {section} -->\n"
    path = FOLDER / f"{page}.md"
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        sections = {one: whole for whole, one in SECTION.findall(file.read())}
        sections[section] = body
        file.seek(0)
        file.truncate()
        file.write(_heading(page) + "\n".join(sections[one] for one in ORDER if one in sections))


def _heading(page: str) -> str:
    return (
        f"# Validation: {page}\n\nWritten by `python -m pytest tests/statistical --full`; not edited by hand. "
        "What is compared with what stands in [README.md](README.md).\n\n"
    )
