"""What stands in a table of estimates: its layout, the unit of its figures, and each cell as it is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.results.estimates_data import ALL

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("estimate", "interval", "se", "cv", "n", "n_effective", "deff", "quality")
"""What a table can show of each cell; ``quality`` is a mark behind the first of the others, explained below."""
HEADINGS = {
    "estimate": "estimate",
    "interval": "interval",
    "se": "standard error",
    "cv": "CV (%)",
    "n": "n",
    "n_effective": "effective n",
    "deff": "design effect",
}
MARKS = {"caution": "a", "review": "b", "unreliable": "c", "unassessed": "d"}
"""Marks of quality: the same in all tables, so that those of one publication can be read side by side."""
MISSING, HIDDEN = "..", "(s)"
LARGE = 1e6
"""From this size on figures are shown in thousands."""

type Row = tuple[tuple[str, ...], tuple[Cell, ...]]


@dataclass(frozen=True)
class Cell:
    """One cell of a printed table.

    Parameters
    ----------
    text : str
        What is printed, without the mark.
    number : float, optional
        The number behind it, in the unit of the table; None where nothing is shown.
    decimals : int
        How many are printed.
    mark : str
        The mark of a note on it.
    limits : tuple of float, optional
        The ends, if the cell shows an interval.
    """

    text: str
    number: float | None = None
    decimals: int = 0
    mark: str = ""
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Unit:
    """How estimates are shown: what they are multiplied by, how many decimals, what the unit is called."""

    factor: float
    decimals: int
    words: str

    @classmethod
    def of(
        cls, attrs: Mapping[str, Any], estimates: NDArray[np.float64], digits: int, unit: str | None, *, thousands: Any
    ) -> Unit:
        """Per cent for proportions; thousands for large figures; large figures have no decimals otherwise."""
        if attrs["unit"] == "proportion":
            return cls(100.0, digits, unit or "per cent")
        own = unit or ("" if attrs["unit"] == "as the variable" else str(attrs["unit"]))
        largest = float(np.abs(estimates[np.isfinite(estimates)]).max(initial=0.0))
        if thousands or (thousands is None and largest >= LARGE):
            return cls(1e-3, digits, f"thousand {own}" if own else "thousands")
        whole = attrs["estimand"] == "total" or largest >= LARGE / 1e3
        return cls(1.0, 0 if whole else digits, own)


def layout(
    frame: pd.DataFrame, every: Sequence[str], rows: Sequence[str] | None, columns: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Columns of labels that run down and across; those that are the same everywhere are left out if not asked for.

    Raises
    ------
    UnknownNameError
        If a column is not one of the estimates'.
    InputError
        If a column is asked for twice, or cells differ in one that is asked for nowhere.
    """
    across, asked = list(columns), [*(rows or ()), *columns]
    for name in asked:
        if name not in every:
            raise UnknownNameError.of(str(name), every, kind="column of these estimates")
    twice = sorted({name for name in asked if asked.count(name) > 1})
    if twice:
        raise InputError("a column of labels runs down or across, once", where="rows, columns", got=", ".join(twice))
    differing = [name for name in every if len(set(frame[name].astype(str))) > 1]
    if rows is None:
        down = [name for name in differing if name not in across]
        return down or [next((name for name in every if name not in across), "")], across
    left = [name for name in differing if name not in asked]
    if left:
        raise InputError(
            "cells differ in columns that the table has no place for",
            where="rows, columns",
            got=", ".join(left),
            remedies=("name them in rows= or columns=", "take the cells wanted first: estimates.select(...)"),
        )
    return list(rows), across


def figures(row: Mapping[Any, Any], shown: Sequence[str], unit: Unit, *, hide: bool, marked: bool) -> list[Cell]:
    """The cells of one estimate."""
    if hide:
        return [Cell(HIDDEN) for _ in shown]
    made = [_figure(row, value, unit) for value in shown]
    mark = MARKS.get(row["quality"], "") if marked else ""
    return [Cell(made[0].text, made[0].number, made[0].decimals, mark, made[0].limits), *made[1:]]


def placed(
    frame: pd.DataFrame, down: Sequence[str], across: Sequence[str], cells: Sequence[Sequence[Cell]], width: int
) -> tuple[tuple[Row, ...], list[str]]:
    """Rows with the cells of every group beside each other, and what the groups are of."""
    keys = list(zip(_labels(frame, down), [", ".join(one) for one in _labels(frame, across)], strict=True))
    place = dict(zip(keys, cells, strict=True))
    if len(place) < len(keys):
        raise InputError(
            "several cells share a place in the table",
            where="rows, columns",
            examples=sorted({": ".join([*row, group]) for row, group in keys if keys.count((row, group)) > 1})[:5],
        )
    groups = list(dict.fromkeys(group for _, group in keys))
    empty = [Cell(MISSING)] * width
    rows = dict.fromkeys(row for row, _ in keys)
    return tuple((row, tuple(c for group in groups for c in place.get((row, group), empty))) for row in rows), groups


def written(value: float, decimals: int) -> str:
    """A number with so many decimals, thousands set apart; no minus before nought.

    Examples
    --------
    >>> written(-0.04, 1), written(1234567.0, 0), written(float("inf"), 1)
    ('0.0', '1,234,567', '∞')
    """
    if np.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def _figure(row: Mapping[Any, Any], value: str, unit: Unit) -> Cell:
    if value == "interval":
        low, high = (unit.factor * float(row[name]) for name in ("ci_lower", "ci_upper"))
        if np.isnan(low) or np.isnan(high):
            return Cell(MISSING)
        text = f"{written(low, unit.decimals)} to {written(high, unit.decimals)}"
        return Cell(text, decimals=unit.decimals, limits=(low, high))
    factor, decimals = {
        "estimate": (unit.factor, unit.decimals),
        "se": (unit.factor, unit.decimals + 1 if unit.decimals else 0),
        "cv": (100.0, 1),
        "deff": (1.0, 2),
    }.get(value, (1.0, 0))
    number = factor * float(row[value])
    return Cell(MISSING) if np.isnan(number) else Cell(written(number, decimals), number, decimals)


def _labels(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [[_label(value) for value in frame[name].tolist()] for name in names]
    return list(zip(*columns, strict=True)) if columns else [()] * len(frame)


def _label(value: object) -> str:
    """A label on one line; a category or quantile that a cell does not have is left empty."""
    if value == ALL:
        return "All"
    return "" if value != value else " ".join(str(value).split())
