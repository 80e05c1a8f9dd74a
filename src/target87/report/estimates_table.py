"""``table``: estimates as the table that a report prints, with intervals, marks of quality, notes and sources."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.report import estimates_table_formats as formats
from target87.report.suppression import suppressed
from target87.results.estimates_data import ALL

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.estimates import Estimates

__all__ = ["Cell", "Table", "table"]

VALUES = ("estimate", "interval", "se", "cv", "n", "n_effective", "deff", "quality")
"""What a table can show of each cell; ``quality`` is a mark behind the estimate, explained below the table."""
MARKS = {"caution": "a", "review": "b", "unreliable": "c", "unassessed": "d"}
SAID = {
    "caution": "to be used with caution",
    "review": "needs review by a statistician",
    "unreliable": "unreliable by the publication rule",
    "unassessed": "quality could not be assessed",
}
MISSING, HIDDEN = "..", "(s)"
SCALES = {"proportion": 100.0}
INTERVALS = {"identity": "symmetric", "korn_graubard": "Korn and Graubard's", "t": "Student's t", "wald": "normal"}
HEADINGS = {
    "estimate": "estimate",
    "interval": "interval",
    "se": "standard error",
    "cv": "CV",
    "n": "n",
    "n_effective": "effective n",
    "deff": "design effect",
}


@dataclass(frozen=True)
class Cell:
    """One cell: what is printed, the number behind it where there is one, and the mark of a note."""

    text: str
    number: float | None = None
    decimals: int = 0
    mark: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table ready to be printed, in any form.

    Parameters
    ----------
    title : str
        What it shows, with the unit.
    labels : tuple of str
        Headings of the columns that say what a row is.
    groups : tuple of str
        What each of the other columns is of, where a column of the estimates runs across; empty texts otherwise.
    headings : tuple of str
        Headings of the other columns.
    rows : tuple
        A row each: its labels, and its cells.
    notes : tuple of str
        Marks explained, definition, intervals, notes, source.
    """

    title: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    notes: tuple[str, ...]

    def to_text(self, *, notes: bool = True) -> str:
        """The table for a terminal, with its notes or without."""
        return formats.text(self, notes=notes)

    def to_html(self) -> str:
        """The table for a page: with caption and scopes, notes below; all labels escaped."""
        return formats.html(self)

    def to_markdown(self) -> str:
        """The table in Markdown."""
        return formats.markdown(self)

    def to_latex(self) -> str:
        """The table in LaTeX, for the package booktabs."""
        return formats.latex(self)

    def to_dataframe(self) -> pd.DataFrame:
        """What is printed, as a frame of text."""
        import pandas as pd

        columns = [
            *self.labels,
            *(" ".join(filter(None, pair)) for pair in zip(self.groups, self.headings, strict=True)),
        ]
        rows = [[*labels, *(cell.text + cell.mark for cell in cells)] for labels, cells in self.rows]
        return pd.DataFrame(rows, columns=columns)

    def to_excel(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the table as a workbook; see :func:`target87.report.workbook`."""
        from target87.report.workbooks import workbook

        return workbook([self], path, overwrite=overwrite)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_text()


def table(
    estimates: Estimates,
    *,
    values: Sequence[str] = ("estimate", "interval", "n", "quality"),
    columns: str | Sequence[str] | None = None,
    digits: int = 1,
    title: str | None = None,
    unit: str | None = None,
    notes: Sequence[str] = (),
    source: str | None = None,
    suppress_below: float | None = None,
    secondary: bool = True,
) -> Table:
    """Estimates as a table for a report.

    Parameters
    ----------
    estimates : Estimates
        Cells to show, in their order; those that a column does not divide are its margin, shown as "All".
    values : sequence of str
        Of ``"estimate"``, ``"interval"``, ``"se"``, ``"cv"``, ``"n"``, ``"n_effective"``, ``"deff"``, ``"quality"`` (a
        mark behind the estimate). Proportions and their errors are shown in per cent.
    columns : str or sequence of str, optional
        Columns of the estimates that run across; all others run down.
    digits : int
        Decimals of proportions and rates; totals have none.
    title : str, optional
        Title; made from the estimates if not given.
    unit : str, optional
        Words for the unit; "per cent" for proportions, else that of the estimates.
    notes : sequence of str
        Further notes.
    source : str, optional
        Source; that of the estimates if not given.
    suppress_below : float, optional
        Fewest persons a cell may have to be shown. Its figures and its ``n`` are left out, and with ``secondary``
        those of further cells without which it could be worked out from margins.
    secondary : bool
        Whether to protect suppressed cells so.

    Returns
    -------
    Table
        To print as text, HTML, Markdown, LaTeX, Excel, or take as a frame.

    Raises
    ------
    UnknownNameError
        If a value or column is not known.
    InputError
        If a minimum is negative, or cells would share a place.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> published = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.2, 7.8], "se": [0.6, 0.5], "n": [2000, 1900]})
    >>> rates = t87.Estimates.from_dataframe(published, estimate="rate", se="se", by=["sex"], n="n", unit="percent")
    >>> print(t87.report.table(rates, values=["estimate", "interval"], title="Child labour").to_text())
    Child labour (per cent)
    <BLANKLINE>
    sex    estimate      interval
    -----------------------------
    boys       11.2  10.0 to 12.4
    girls       7.8    6.8 to 8.8
    <BLANKLINE>
    Intervals: 95 %, symmetric.
    """
    for value in values:
        if value not in VALUES:
            raise UnknownNameError.of(str(value), VALUES, kind="value of a table")
    frame = estimates.to_dataframe()
    attrs = estimates.data.attrs
    across, down = _layout(frame, attrs, columns)
    hidden, further = _hidden(frame, [*across, *down], suppress_below, secondary=secondary)
    scale = SCALES.get(str(attrs["unit"]), 1.0)
    decimals = digits if scale != 1.0 or not _counts(attrs) else 0
    shown = [value for value in values if value != "quality"]
    cells = [
        _cells(row, shown, hide, scale, decimals, marked="quality" in values)
        for (_, row), hide in zip(frame.iterrows(), hidden | further, strict=True)
    ]
    rows, groups = _placed(frame, across, down, cells, len(shown))
    return Table(
        title=_title(title, attrs, unit or ("per cent" if scale == SCALES["proportion"] else str(attrs["unit"]))),
        labels=tuple(down),
        groups=tuple(group for group in groups for _ in shown),
        headings=tuple(HEADINGS[value] for value in shown) * len(groups),
        rows=rows,
        notes=_notes(frame, attrs, values, notes, source, hidden, further, suppress_below),
    )


def _counts(attrs: Any) -> bool:
    return bool(attrs["estimand"] == "total")


def _layout(frame: pd.DataFrame, attrs: Any, columns: str | Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Columns of labels that run across and down; those that are the same everywhere are left out."""
    every = [*attrs["domain_columns"], *(one for one in ("variable", "category", "quantile") if one in frame)]
    across = [columns] if isinstance(columns, str) else list(columns or ())
    for name in across:
        if name not in every:
            raise UnknownNameError.of(str(name), every, kind="column of these estimates")
    differing = [name for name in every if len(set(frame[name].astype(str))) > 1]
    down = [name for name in differing if name not in across]
    return across, down or [next((name for name in every if name not in across), "variable")]


def _hidden(
    frame: pd.DataFrame, dividing: Sequence[str], below: float | None, *, secondary: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    none = np.zeros(len(frame), dtype=bool)
    if below is None:
        return none, none
    if not below >= 0:
        raise InputError(
            "the fewest persons of a cell are a number, 0 or more", where="suppress_below", got=repr(below)
        )
    labels = [tuple(str(frame[name].iloc[k]) for name in dividing) for k in range(len(frame))]
    n = np.nan_to_num(frame["n"].to_numpy(np.float64), nan=0.0)
    return suppressed(labels, n, below, margin=ALL, secondary=secondary)


def _cells(row: Any, shown: Sequence[str], hide: bool, scale: float, decimals: int, *, marked: bool) -> list[Cell]:
    made = []
    for value in shown:
        if hide:
            made.append(Cell(HIDDEN))
            continue
        mark = MARKS.get(row["quality"], "") if marked and value == "estimate" else ""
        if value == "interval":
            low, high = (scale * row[name] for name in ("ci_lower", "ci_upper"))
            made.append(Cell(f"{_number(low, decimals)} to {_number(high, decimals)}" if low == low else MISSING))
            continue
        factor, places = {
            "estimate": (scale, decimals),
            "se": (scale, decimals + 1 if decimals else 0),
            "cv": (100.0, 1),
            "deff": (1.0, 2),
        }.get(value, (1.0, 0))
        number = factor * float(row[value])
        made.append(Cell(MISSING) if number != number else Cell(_number(number, places), number, places, mark))
    return made


def _number(value: float, decimals: int) -> str:
    return f"{value + 0.0:,.{decimals}f}"


def _placed(
    frame: pd.DataFrame, across: Sequence[str], down: Sequence[str], cells: list[list[Cell]], width: int
) -> tuple[tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...], list[str]]:
    """Rows with the cells of every group beside each other."""
    keys = [
        (tuple(_label(frame[name].iloc[k]) for name in down), ", ".join(_label(frame[name].iloc[k]) for name in across))
        for k in range(len(frame))
    ]
    if len(set(keys)) < len(keys):
        raise InputError("several cells share a place in the table", where="columns", examples=sorted({*keys})[:5])
    place = dict(zip(keys, cells, strict=True))
    rows = list(dict.fromkeys(key for key, _ in keys))
    groups = list(dict.fromkeys(group for _, group in keys))
    empty = [Cell(MISSING)] * width
    made = tuple((row, tuple(cell for group in groups for cell in place.get((row, group), empty))) for row in rows)
    return made, groups


def _label(value: object) -> str:
    return "All" if value == ALL else str(value)


def _title(title: str | None, attrs: Any, unit: str) -> str:
    return f"{title or str(attrs['estimand']).replace('_', ' ').capitalize()} ({unit})"


def _notes(
    frame: pd.DataFrame,
    attrs: Any,
    values: Sequence[str],
    notes: Sequence[str],
    source: str | None,
    hidden: NDArray[np.bool_],
    further: NDArray[np.bool_],
    below: float | None,
) -> tuple[str, ...]:
    made = []
    shown = frame[~(hidden | further)]
    if "quality" in values:
        rule = (attrs.get("rule") or {}).get("name", "")
        used = [word for word in MARKS if (shown["quality"] == word).any()]
        made += [f"{MARKS[word]}  {SAID[word]}{f' ({rule})' if rule else ''}." for word in used]
    if shown["estimate"].isna().any():
        made.append(f"{MISSING}  nothing observed.")
    if hidden.any():
        made.append(f"{HIDDEN}  suppressed: {int(hidden.sum())} of fewer than {below:g} persons in the sample")
        made[-1] += f", {int(further.sum())} to protect them from margins." if further.any() else "."
    if "interval" in values:
        made.append(f"Intervals: {100 * attrs['level']:g} %, {INTERVALS.get(attrs['interval'], attrs['interval'])}.")
    if attrs.get("definition"):
        made.append(f"Definition: {attrs['definition']}.")
    made += [
        f"{note}." if not str(note).endswith(".") else str(note)
        for note in (*attrs.get("definition_notes", ()), *notes)
    ]
    named = source or attrs.get("source")
    if named:
        made.append(f"Source: {named}.")
    return tuple(dict.fromkeys(made))
