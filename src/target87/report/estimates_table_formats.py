"""A table of estimates as text, HTML, Markdown and LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target87.report.estimates_table import Table

WIDTH = 100
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def text(table: Table, *, notes: bool = True) -> str:
    """The table in columns, for a terminal."""
    labels, grid = len(table.labels), _grid(table)
    widths = [max(len(row[k]) for row in grid) for k in range(len(grid[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if k < labels else cell.rjust(width)
            for k, (cell, width) in enumerate(_sized(row, widths))
        )
        for row in grid
    ]
    heads = 2 if any(table.groups) else 1
    rule = "-" * max(map(len, lines))
    body = [line.rstrip() for line in (*lines[:heads], rule, *lines[heads:])]
    told = [line for note in table.notes for line in textwrap.wrap(note, WIDTH, subsequent_indent="   ")]
    return "\n".join([table.title, "", *body, *(["", *told] if notes and told else [])])


def html(table: Table) -> str:
    """The table with caption, scopes of headings, and notes in its foot."""
    from markupsafe import escape

    lines = ["<table>", f"<caption>{escape(table.title)}</caption>", "<thead>"]
    down = 2 if any(table.groups) else 1
    first = "".join(f'<th scope="col"{_span("row", down)}>{escape(name)}</th>' for name in table.labels)
    if down == 2:
        first += "".join(f'<th scope="colgroup"{_span("col", n)}>{escape(group)}</th>' for group, n in _groups(table))
        lines += [f"<tr>{first}</tr>"]
        first = ""
    lines += [f"<tr>{first}{''.join(f'<th scope="col">{escape(name)}</th>' for name in table.headings)}</tr>"]
    lines += ["</thead>", "<tbody>"]
    for labels, cells in table.rows:
        heads = "".join(f'<th scope="row">{escape(label)}</th>' for label in labels)
        body = "".join(f"<td>{escape(cell.text)}{_raised(cell.mark)}</td>" for cell in cells)
        lines.append(f"<tr>{heads}{body}</tr>")
    lines.append("</tbody>")
    if table.notes:
        width = len(table.labels) + len(table.headings)
        notes = "<br>".join(str(escape(note)) for note in table.notes)
        lines += [f'<tfoot><tr><td colspan="{width}">{notes}</td></tr></tfoot>']
    return "\n".join([*lines, "</table>"])


def markdown(table: Table) -> str:
    """The table with bars; what would break one is escaped."""
    heads = [" ".join(filter(None, pair)) for pair in zip(table.groups, table.headings, strict=True)]
    rows = [[*labels, *(cell.text + cell.mark for cell in cells)] for labels, cells in table.rows]
    align = ["---"] * len(table.labels) + ["---:"] * len(table.headings)
    lines = ["| " + " | ".join(map(_bars, row)) + " |" for row in ([*table.labels, *heads], align, *rows)]
    return "\n".join(
        [f"**{_bars(table.title)}**", "", *lines, "", *(line for note in table.notes for line in (_bars(note), ""))]
    )


def latex(table: Table) -> str:
    """A table environment for booktabs; every label escaped."""
    form = "l" * len(table.labels) + "r" * len(table.headings)
    lines = [r"\begin{table}", rf"\caption{{{_tex(table.title)}}}", rf"\begin{{tabular}}{{{form}}}", r"\toprule"]
    if any(table.groups):
        over = [""] * len(table.labels) + [rf"\multicolumn{{{n}}}{{c}}{{{_tex(group)}}}" for group, n in _groups(table)]
        lines.append(" & ".join(over) + r" \\")
    lines += [" & ".join(map(_tex, (*table.labels, *table.headings))) + r" \\", r"\midrule"]
    for labels, cells in table.rows:
        body = [_tex(cell.text) + (rf"\textsuperscript{{{cell.mark}}}" if cell.mark else "") for cell in cells]
        lines.append(" & ".join([*map(_tex, labels), *body]) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\footnotesize {_tex(note)}" for note in table.notes]
    return "\n".join([*lines, r"\end{table}"])


def _grid(table: Table) -> list[list[str]]:
    """Headings and cells as text, all rows of one length."""
    rows = [[*labels, *(cell.text + cell.mark for cell in cells)] for labels, cells in table.rows]
    heads = [[*table.labels, *table.headings]]
    if any(table.groups):
        names = [name for group, n in _groups(table) for name in (group, *[""] * (n - 1))]
        heads = [[*[""] * len(table.labels), *names], *heads]
    return [*heads, *rows]


def _sized(row: list[str], widths: list[int]) -> Iterator[tuple[str, int]]:
    return zip(row, widths, strict=True)


def _groups(table: Table) -> list[tuple[str, int]]:
    """Groups of columns and how many each spans."""
    return [(group, len(list(own))) for group, own in groupby(table.groups)]


def _span(way: str, size: int) -> str:
    return f' {way}span="{size}"' if size > 1 else ""


def _raised(mark: str) -> str:
    return f"<sup>{mark}</sup>" if mark else ""


def _bars(value: str) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _tex(value: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in str(value))
