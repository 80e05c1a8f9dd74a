"""The codebook of microdata: what each column is, how often each value occurs, what is missing."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from target87.io.column import Column, plain, show
from target87.report.cells import Table
from target87.report.layout import table_lines
from target87.results.estimates_text import number

if TYPE_CHECKING:
    from target87.io.microdata import Microdata

FEW = 12
"""Columns of at most so many values show all of them; others those with a label."""
_WIDTH = 110
_MOST = 40
"""Columns shown in the overview of a notebook."""
_HEADINGS = ("name", "label", "kind", "n", "missing", "values", "min", "max", "mean")
_WORDS = (0, 1, 2, 5)
_BREAK = "; "


class Codebook(pd.DataFrame):
    """A data frame, one row a column, that is shown set for reading; a part of it is a plain data frame."""

    def __repr__(self) -> str:
        return "\n".join(table_lines(Table("", _HEADINGS, tuple(_written(self)), words=_WORDS), _WIDTH)).lstrip("\n")

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        return _html(_HEADINGS, _written(self))


def codebook(data: Microdata) -> Codebook:
    """One row a column; see :meth:`target87.io.Microdata.codebook`."""
    rows = [_row(name, data.held[name]) for name in data.columns]
    return Codebook(pd.DataFrame(rows, columns=list(_HEADINGS)))


def overview_html(data: Microdata) -> str:
    """The first columns with their labels and kinds, and the notes."""
    shown = data.columns[:_MOST]
    rows = [(name, data.label(name), _kind(data.held[name])) for name in shown]
    parts = [f"<p>{html.escape(repr(data))}</p>", _html(("name", "label", "kind"), rows)]
    if len(data.columns) > _MOST:
        parts.append(f"<p>and {len(data.columns) - _MOST:,} more columns; codebook() shows all</p>")
    if data.notes:
        parts.append("<ul>" + "".join(f"<li>{html.escape(note)}</li>" for note in data.notes) + "</ul>")
    return "".join(parts)


def _row(name: str, column: Column) -> dict[str, Any]:
    gone = column.is_missing()
    facts: dict[str, Any] = {
        "name": name,
        "label": column.label,
        "kind": _kind(column),
        "n": int((~gone).sum()),
        "missing": int(gone.sum()),
        "values": _BREAK.join(_values(column, gone)),
        **dict.fromkeys(("min", "max", "mean"), float("nan")),
    }
    known = column.values[~gone]
    if facts["kind"] == "number" and len(known):
        numbers = known.astype(float)
        facts |= {"min": float(numbers.min()), "max": float(numbers.max()), "mean": float(numbers.mean())}
    return facts


def _kind(column: Column) -> str:
    return "category" if column.answers else column.kind


def _values(column: Column, gone: Any) -> list[str]:
    """Values with label and count, missing ones marked."""
    counts = column.codes()[~(column.values.isna() & ~column.is_coded_missing())].value_counts(sort=False)
    labels = column.value_labels
    many = len(counts) > FEW
    if many:
        counts = counts[counts.index.isin(list(labels))]
    found = {plain(code): int(count) for code, count in counts.items() if code != ""}
    if many and column.kind in ("date", "datetime", "time"):
        known = column.values[~gone]
        return [f"{_shown(known.min(), column)} to {_shown(known.max(), column)}"] if len(known) else []
    chosen = [*found, *(code for code in labels if code not in found)]
    missing = set(column.missing_codes())
    ordered = sorted(chosen, key=lambda code: (isinstance(code, str), code))
    return [
        f"{_shown(code, column)}{f' {labels[code]}' if labels.get(code, code) != code else ''}: {found.get(code, 0):,}"
        f"{' (missing)' if code in missing else ''}"
        for code in ordered
    ]


def _shown(code: Any, column: Column) -> str:
    if column.kind == "date" and isinstance(code, pd.Timestamp):
        return f"{code:%Y-%m-%d}"
    return str(code).removeprefix("0 days ") if column.kind == "time" else show(code)


def _written(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    counts = [[f"{value:,}" for value in frame[name]] for name in ("n", "missing")]
    figures = [["" if np.isnan(value) else number(value) for value in frame[name]] for name in ("min", "max", "mean")]
    words = [frame[name].astype(str).tolist() for name in ("name", "label", "kind", "values")]
    return list(zip(*words[:3], *counts, words[3], *figures, strict=True))


def _html(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(one)}</th>" for one in headings)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td style='text-align:{'left' if place in _WORDS else 'right'}'>"
            + "<br>".join(html.escape(part) for part in cell.split(_BREAK))
            + "</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
