"""``Domains``: which group of an analysis each row belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.encoding import Category
from target87.survey.rows import Rows

type IntArray = NDArray[np.int32]
type Condition = str | Sequence[bool] | NDArray[np.bool_] | Callable[[Any], Any] | Any | None

MOST_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Domains:
    """A partition of the rows of an analysis.

    Parameters
    ----------
    columns, levels : tuple
        The columns that were crossed and the levels of each, the first slowest.
    codes : ndarray of int32
        Domain of each row, -1 outside all; of length 0 if there is one domain that holds every row.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    codes: IntArray

    def __len__(self) -> int:
        return int(np.prod([len(labels) for labels in self.levels], dtype=np.int64))

    def labels(self) -> dict[str, NDArray[Any]]:
        """Labels of the domains by column, one a domain."""
        size = repeats = len(self)
        columns = {}
        for name, labels in zip(self.columns, self.levels, strict=True):
            repeats //= max(1, len(labels))
            places = np.arange(size) // max(1, repeats) % max(1, len(labels))
            columns[name] = label_values(labels)[places]
        return columns

    def label(self, domain: int) -> str:
        """Words for one domain."""
        if not self.columns:
            return "all"
        places = np.unravel_index(domain, [len(labels) for labels in self.levels])
        return ", ".join(
            f"{name} {labels[place]}" for name, labels, place in zip(self.columns, self.levels, places, strict=True)
        )

    def row_codes(self, n: int) -> IntArray:
        """Codes of all ``n`` rows, written out."""
        return self.codes if self.codes.size else np.zeros(n, dtype=np.int32)

    def without(self, rows: NDArray[np.bool_]) -> Domains:
        """The same domains with some rows left out."""
        codes = self.row_codes(rows.size).copy()
        codes[rows] = -1
        return Domains(self.columns, self.levels, codes)


def label_values(labels: Sequence[Any]) -> NDArray[Any]:
    """Labels as an array of text, of numbers, or of objects where they are neither or mixed."""
    if {type(label) for label in labels} <= {str} or all(isinstance(label, int | float) for label in labels):
        return np.array(labels)
    objects: NDArray[Any] = np.empty(len(labels), dtype=object)
    objects[:] = labels
    return objects


def make_domains(rows: Rows, by: Sequence[str], inside: NDArray[np.bool_] | None, *, missing: str) -> Domains:
    """Cross the columns of ``by`` among the rows ``inside``.

    Raises
    ------
    DataError
        If a label is missing and ``missing="error"``.
    InputError
        If a column is named twice or the crossing has over a million domains.
    """
    if len(set(by)) < len(by):
        raise InputError("a column stands twice in by", where="by", got=", ".join(by))
    columns = [rows.category(name) for name in by]
    if missing == "error":
        for name, column in zip(by, columns, strict=True):
            _refuse_missing(name, column, inside)
    for name, column in zip(by, columns, strict=True):
        if len(column) == 0:
            raise DataError("the column has no value at all", where=f"column {name!r}, for by", count=rows.n)
    size = int(np.prod([len(column) for column in columns], dtype=object)) if columns else 1
    if size > MOST_CELLS:
        raise InputError(
            "the crossing of these columns has too many domains",
            where="by",
            expected=f"at most {MOST_CELLS:,}",
            got=f"{size:,}",
            remedies=("combine the columns into one that holds only the pairs that occur",),
        )
    if not columns and inside is None:
        return Domains((), (), np.zeros(0, dtype=np.int32))
    if len(columns) == 1 and inside is None:
        return Domains(tuple(by), (columns[0].levels,), columns[0].codes)
    codes = np.zeros(rows.n, dtype=np.int32)
    outside = np.zeros(rows.n, dtype=bool) if inside is None else ~inside
    for column in columns:
        codes *= np.int32(len(column))
        codes += column.codes
        outside |= column.codes < 0
    codes[outside] = -1
    return Domains(tuple(by), tuple(column.levels for column in columns), codes)


def condition(rows: Rows, where: Condition) -> NDArray[np.bool_] | None:
    """A condition as one truth value a row; None where there is none.

    ``where`` is the name of a column of truth values, an array or series of them, a function of the data frame, or an
    expression of polars or narwhals.

    Raises
    ------
    InputError
        If it is none of these or of another length.
    DataError
        If truth values are missing.
    """
    if where is None:
        return None
    if isinstance(where, str):
        values = _truth_column(rows, where)
    else:
        given = rows.evaluated(where)
        rows.refuse_other_order(given, "where")
        values = _truth(given)
    if values.shape != (rows.n,):
        raise InputError(
            "the condition has another length than the data",
            where="where",
            expected=f"{rows.n:,} truth values",
            got=f"an array of shape {values.shape}",
        )
    missing = np.isnan(values)
    if missing.any():
        raise DataError(
            "the condition is missing for some rows",
            where="where",
            count=int(missing.sum()),
            examples=[f"row {i}" for i in np.flatnonzero(missing)[:5]],
            remedies=("say whether such rows belong: fill the column before",),
        )
    if not np.isin(values, (0.0, 1.0)).all():
        raise InputError("the condition must hold truth values", where="where", got=str(np.unique(values)[:5]))
    return values.astype(bool)


def _truth_column(rows: Rows, name: str) -> NDArray[np.float64]:
    if name not in rows.names and not name.isidentifier():
        raise InputError(
            "a condition is the name of a column of truth values, such values, or a function of the data",
            where="where",
            got=repr(name),
            remedies=("write it as a function: where=lambda data: data[...] == ...",),
        )
    rows.check(name, argument="where")
    if not rows.is_numeric(name):
        raise InputError(
            "the condition must hold truth values, and the column holds labels",
            where=f"column {name!r}, for where",
            remedies=(f"say which: where=lambda data: data[{name!r}] == ...",),
        )
    return rows.numeric(name, argument="where")


def _truth(given: Any) -> NDArray[np.float64]:
    import pandas as pd

    values = np.asarray(given)
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    flat = values.ravel()
    gone = pd.isna(flat)
    if values.dtype.kind != "O" or not all(isinstance(one, (Real, np.bool_)) for one in flat[~gone]):
        raise InputError("the condition must hold truth values", where="where", got=str(values.dtype))
    numbers = [np.nan if missing else float(one) for one, missing in zip(flat, gone, strict=True)]
    return np.asarray(numbers, dtype=np.float64).reshape(values.shape)


def _refuse_missing(name: str, column: Category, inside: NDArray[np.bool_] | None) -> None:
    if not column.has_missing:
        return
    missing = column.codes < 0
    if inside is not None:
        missing &= inside
    if missing.any():
        raise DataError(
            "labels of domains are missing",
            where=f"column {name!r}, for by",
            count=int(missing.sum()),
            examples=[f"row {i}" for i in np.flatnonzero(missing)[:5]],
            remedies=(
                'missing="omit" leaves such rows out of every domain, as R does',
                "or give missing labels a category of their own",
            ),
        )
