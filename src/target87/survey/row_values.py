"""Values a row that weighting steps ask for: from columns or arrays, checked where a row has a weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.checking import column_names
from target87.survey.encoding import Category, combine
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type Present = NDArray[np.bool_] | None
"""Rows with a weight above zero; None if all have one."""


def column_codes(rows: Rows, names: str | Sequence[str] | None, *, argument: str) -> tuple[IntArray, tuple[str, ...]]:
    """Code the classes of one or several columns, -1 where one is missing; one class without columns."""
    columns = () if names is None else column_names(names, argument)
    if not columns:
        return np.zeros(rows.n, dtype=np.int32), ("all",)
    categories: list[Category] = [rows.category(name, argument=argument) for name in columns]
    codes, levels = categories[0].codes, [(label,) for label in categories[0].levels]
    for category in categories[1:]:
        codes, pairs = combine(codes, category.codes, len(category))
        levels = [(*levels[pair // len(category)], category.levels[pair % len(category)]) for pair in pairs]
    return codes, tuple(category_label(columns, labels) for labels in levels)


def row_numbers(
    rows: Rows, present: Present, given: Any, *, argument: str, least: float, whole: bool = False
) -> FloatArray:
    """One (whole) number a row, at least ``least``, from a column or an array; 1 for rows that take no part."""
    if isinstance(given, str):
        values, where = rows.numeric(given, argument=argument), f"{argument}, column {given!r}"
    else:
        rows.refuse_other_order(given, argument)
        values, where = _as_numbers(given, argument), argument
        if values.shape != (rows.n,):
            raise DataError("one number a row is needed", where=argument, expected=f"{rows.n:,}", got=str(values.shape))
    faulty = ~(np.isfinite(values) & (values >= least))
    if whole:
        faulty |= values != np.round(values)
    if present is not None:
        faulty &= present
    if faulty.any():
        raise DataError(
            f"must be {'whole ' if whole else ''}numbers of {least:g} or more",
            where=where,
            count=int(faulty.sum()),
            examples=[f"row {i}: {values[i]:g}" for i in np.flatnonzero(faulty)[:5]],
        )
    return values if present is None else np.where(present, values, 1.0)


def _as_numbers(given: Any, argument: str) -> FloatArray:
    """An array of numbers; text that spells numbers and complex numbers are none, though NumPy would cast them."""
    refused = InputError("numbers are needed", where=argument, got=type(given).__name__)
    try:
        raw = np.asarray(given)
        text = raw.dtype.kind in "US" or (raw.dtype.kind == "O" and any(isinstance(one, str) for one in raw.flat))
        if not text and raw.dtype.kind != "c":
            return raw.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise refused from error
    raise refused


def checked(rows: Rows, name: str, argument: str) -> str:
    """The name, after checking that there is such a column."""
    rows.check(name, argument=argument)
    return name


def refuse_missing(missing: NDArray[np.bool_], present: Present, column: Any) -> None:
    """Raise if a value is missing in a row that has a weight."""
    if not missing.any():
        return
    faulty = missing if present is None else missing & present
    if faulty.any():
        raise DataError(
            "values are missing or not finite for units that have a weight",
            where=f"column {column!r}",
            count=int(faulty.sum()),
            examples=[f"row {row}" for row in np.flatnonzero(faulty)[:5]],
            remedies=("fill the column before the design is made, or leave these units out with subset()",),
        )


def category_label(columns: Sequence[Any], labels: Sequence[Any]) -> str:
    """Words for one category, such as ``"sex=female, region=North"``."""
    return ", ".join(f"{column}={label}" for column, label in zip(columns, labels, strict=True))
