"""Words and tables set in lines of a given width."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from target87.report.cells import Table
from target87.report.words import FIXED, bind

GAP, TIGHT = 2, 1
NARROWEST = 6
"""Columns of words are not squeezed below this; a table that is still too wide keeps its width."""


def paragraph(text: str, width: int, *, indent: str = "", hang: str | None = None) -> list[str]:
    """A text in lines, "< 0.003" and "80 %" unbroken; ``hang`` is the indent of the lines after the first."""
    lines = textwrap.wrap(
        bind(text),
        width,
        initial_indent=indent,
        subsequent_indent=indent if hang is None else hang,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(FIXED, " ") for line in lines]


def bullets(texts: Sequence[str], width: int) -> list[str]:
    """Texts as a list."""
    return [line for text in texts for line in paragraph(text, width, indent="  - ", hang="    ")]


def heading(text: str, width: int, *, underline: str = "") -> list[str]:
    """A heading with an empty line before it."""
    lines = paragraph(text, width)
    return ["", *lines, *([underline * max(len(line) for line in lines)] if underline else [])]


def table_lines(table: Table, width: int) -> list[str]:
    """A table in lines: words to the left and wrapped, figures to the right, headings wrapped, notes beneath."""
    widths = _widths(table, width, GAP)
    gap = GAP
    if sum(widths) + GAP * (len(widths) - 1) > width:
        widths, gap = _widths(table, width, TIGHT), TIGHT
    lines = heading(table.title, width)
    lines += _row(table.columns, widths, table.words, gap, bottom=True)
    lines.append((" " * gap).join("-" * one for one in widths))
    for row in table.rows:
        lines += _row(row, widths, table.words, gap)
    for note in table.notes:
        lines += paragraph(note, width, indent="  ")
    return lines


def _widths(table: Table, width: int, gap: int) -> list[int]:
    """Widths of columns: their longest cell or the longest word of the heading, words squeezed to fit."""
    widths = []
    for place, name in enumerate(table.columns):
        cells = [len(row[place]) for row in table.rows]
        widths.append(max([*cells, *(len(word) for word in bind(name).split(" "))], default=1))
    least = [max(NARROWEST, _longest_word(table, place)) for place in range(len(widths))]
    room = width - gap * (len(widths) - 1)
    while sum(widths) > room:
        loose = [place for place in range(len(widths)) if widths[place] > least[place]]
        if not loose:
            break
        widths[max(loose, key=lambda place: widths[place])] -= 1
    return widths


def _longest_word(table: Table, place: int) -> int:
    texts = [table.columns[place], *(row[place] for row in table.rows)]
    return max((len(word) for text in texts for word in bind(text).split(" ")), default=1)


def _row(
    cells: Sequence[str], widths: Sequence[int], words: Sequence[int], gap: int, *, bottom: bool = False
) -> list[str]:
    """One row in as many lines as its longest cell needs."""
    parts = [paragraph(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(part) for part in parts)
    padded = [[""] * (height - len(part)) + part if bottom else part + [""] * (height - len(part)) for part in parts]
    lines = []
    for number in range(height):
        columns = [
            f"{part[number]:<{width}}" if place in words else f"{part[number]:>{width}}"
            for place, (part, width) in enumerate(zip(padded, widths, strict=True))
        ]
        lines.append((" " * gap).join(columns).rstrip())
    return lines
