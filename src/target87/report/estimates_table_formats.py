"""A table of estimates as text, HTML, Markdown and LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from target87.report.estimates_table_cells import HIDDEN, MISSING, Cell

if TYPE_CHECKING:
    from target87.report.estimates_table import Table

WIDTH = 100
"""Characters of a line of text."""
_LABEL = 32
_GAP = "  "
_MEANS = {HIDDEN: "suppressed", MISSING: "not available"}
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "[": "{[}", "*": "{*}", "∞": r"$\infty$", "≥": r"$\geq$", "≤": r"$\leq$", "–": "--",
}  # fmt: skip
_MARKDOWN = ("\\", "|", "*", "_", "`", "[", "]", "~")


def text(table: Table, *, notes: bool = True) -> str:
    """The table in columns of characters; one too wide for a line is broken into several below each other."""
    told = [line for note in table.notes for line in textwrap.wrap(note, WIDTH, subsequent_indent="   ")]
    blocks = ["\n".join(_block(table, places)) for places in _panels(table)]
    head = "\n".join(textwrap.wrap(table.title, WIDTH)) or table.title
    return "\n\n".join([head, *blocks, *(["\n".join(told)] if notes and told else [])])


def html(table: Table) -> str:
    """The table with caption, scopes of headings, and notes in its foot."""
    from markupsafe import escape

    lines = ["<table>", f"<caption>{escape(table.title)}</caption>", "<thead>"]
    grouped = any(table.groups)
    deep = ' rowspan="2"' if grouped else ""
    first = "".join(f'<th scope="col" class="words"{deep}>{escape(name)}</th>' for name in table.labels)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.headings)
    if grouped:
        over = "".join(
            f'<th scope="colgroup" colspan="{size}">{escape(name)}</th>' for name, size in _groups(table.groups)
        )
        lines += [f"<tr>{first}{over}</tr>", f"<tr>{heads}</tr>"]
    else:
        lines += [f"<tr>{first}{heads}</tr>"]
    lines += ["</thead>", "<tbody>"]
    for labels, cells in table.rows:
        named = "".join(f'<th scope="row" class="words short">{escape(label)}</th>' for label in labels)
        lines.append(f"<tr>{named}{''.join(f'<td>{_html(cell)}</td>' for cell in cells)}</tr>")
    lines.append("</tbody>")
    if table.notes:
        told = "".join(f"<p>{escape(note)}</p>" for note in table.notes)
        width = len(table.labels) + len(table.headings)
        lines += ["<tfoot>", f'<tr><td class="words notes" colspan="{width}">{told}</td></tr>', "</tfoot>"]
    return "\n".join([*lines, "</table>"])


def markdown(table: Table) -> str:
    """The table with bars; what Markdown would read as its own is escaped."""
    rows = [[*labels, *(cell.text + cell.mark for cell in cells)] for labels, cells in table.rows]
    align = ["---"] * len(table.labels) + ["---:"] * len(table.headings)
    heads = [_escaped(one) for one in (*table.labels, *table.full_headings)]
    lines = [f"| {' | '.join(row)} |" for row in (heads, align, *([_escaped(one) for one in row] for row in rows))]
    return "\n".join([f"**{_escaped(table.title)}**", "", *lines, *(f"\n{_escaped(note)}" for note in table.notes)])


def latex(table: Table) -> str:
    """A table environment for booktabs; every label escaped."""
    width = len(table.labels) + len(table.headings)
    form = "l" * len(table.labels) + "r" * len(table.headings)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_tex(table.title)}}}"]
    lines += [rf"\begin{{tabular}}{{{form}}}", r"\toprule"]
    if any(table.groups):
        groups = _groups(table.groups)
        over = [""] * len(table.labels) + [rf"\multicolumn{{{n}}}{{c}}{{{_tex(name)}}}" for name, n in groups]
        lines += [" & ".join(over) + r" \\", _rules(groups, len(table.labels) + 1)]
    lines += [" & ".join(map(_tex, (*table.labels, *table.headings))) + r" \\", r"\midrule"]
    for labels, cells in table.rows:
        body = [_tex(cell.text) + (rf"\textsuperscript{{{cell.mark}}}" if cell.mark else "") for cell in cells]
        lines.append(" & ".join([*map(_tex, labels), *body]) + r" \\")
    lines += [r"\bottomrule"]
    lines += [
        rf"\multicolumn{{{width}}}{{p{{0.9\linewidth}}}}{{\footnotesize {_tex(note)}}} \\" for note in table.notes
    ]
    return "\n".join([*lines, r"\end{tabular}", r"\end{table}"])


def _panels(table: Table) -> list[list[int]]:
    """Columns that stand beside each other: all, or as many as a line has room for, of groups whole ones if it has."""
    room = WIDTH - sum(width + len(_GAP) for width in _label_widths(table))
    widths = _widths(table, range(len(table.headings)))
    places = iter(range(len(widths)))
    whole = [[next(places) for _ in range(size)] for _, size in _groups(table.groups)]
    units = whole if any(table.groups) else [[place] for place in range(len(widths))]
    if any(_across(widths[place] for place in unit) > room for unit in units):
        units = [[place] for place in range(len(widths))]
    panels: list[list[int]] = [[]]
    for unit in units:
        if panels[-1] and _across(widths[place] for place in (*panels[-1], *unit)) > room:
            panels.append([])
        panels[-1] += unit
    return panels


def _block(table: Table, places: Sequence[int]) -> Iterator[str]:
    """Lines of the columns at ``places``, with the labels of the rows before them."""
    first, widths = _label_widths(table), _widths(table, places)
    before = _across(first) + len(_GAP)
    if any(table.groups):
        over, left = [], list(widths)
        for group, size in _groups([table.groups[place] for place in places]):
            own, left = left[:size], left[size:]
            over.append([line.center(_across(own)) for line in textwrap.wrap(group, _across(own)) or [""]])
        for line in range(max(map(len, over))):
            parts = [own[line] if line < len(own) else " " * len(own[0]) for own in over]
            yield (" " * before + _GAP.join(parts)).rstrip()
    heads = [table.headings[place] for place in places]
    yield from _lines(table.labels, first, heads, widths)
    yield "-" * (before + _across(widths))
    for labels, cells in table.rows:
        yield from _lines(labels, first, [cells[place].text + cells[place].mark for place in places], widths)


def _lines(labels: Sequence[str], first: Sequence[int], cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """A row; labels too long for their column go on below, and figures stand on the last line."""
    wrapped = [textwrap.wrap(label, width) or [""] for label, width in zip(labels, first, strict=True)]
    deep = max(map(len, wrapped))
    for line in range(deep):
        parts = [(own[line] if line < len(own) else "").ljust(w) for own, w in zip(wrapped, first, strict=True)]
        figures = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)] if line == deep - 1 else []
        yield _GAP.join([*parts, *figures]).rstrip()


def _label_widths(table: Table) -> list[int]:
    """Widths of the columns of labels: what they need, as long as the widest figure fits beside them."""
    widest = max(_widths(table, range(len(table.headings))))
    count = len(table.labels)
    most = min(_LABEL, max(6, (WIDTH - widest) // count - len(_GAP)))
    needed = [max(len(name), *(len(labels[k]) for labels, _ in table.rows)) for k, name in enumerate(table.labels)]
    return [max(1, min(most, width)) for width in needed]


def _widths(table: Table, places: Sequence[int]) -> list[int]:
    """Widths of columns of figures: the widest figure or heading, and a word of the group's name at least."""
    widths = []
    for place in places:
        figures = max(len(cells[place].text + cells[place].mark) for _, cells in table.rows)
        widths.append(max(figures, len(table.headings[place])))
    return widths


def _across(widths: Iterator[int] | Sequence[int]) -> int:
    """Width of columns with the gaps between them."""
    every = list(widths)
    return sum(every) + len(_GAP) * (len(every) - 1)


def _groups(groups: Sequence[str]) -> list[tuple[str, int]]:
    """Groups of columns and how many each spans."""
    return [(group, len(list(own))) for group, own in groupby(groups)]


def _rules(groups: Sequence[tuple[str, int]], start: int) -> str:
    """Thin rules under the names of groups."""
    made = []
    for _, size in groups:
        made.append(rf"\cmidrule(lr){{{start}-{start + size - 1}}}")
        start += size
    return " ".join(made)


def _html(cell: Cell) -> str:
    """A cell; what is not a number says to a screen reader what it is."""
    if cell.text in _MEANS:
        return f'<abbr title="{_MEANS[cell.text]}">{cell.text}</abbr>'
    return f"{cell.text}<sup>{cell.mark}</sup>" if cell.mark else cell.text


def _escaped(value: str) -> str:
    line = value.replace("<", "&lt;").replace(">", "&gt;")
    for letter in _MARKDOWN:
        line = line.replace(letter, f"\\{letter}")
    return line


def _tex(value: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in value)
