"""The row variables of a call: numbers as they are, labels as one indicator a category."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.checking import column_names
from target87.survey.domains import Condition, Domains, condition, make_domains
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type Missing = Literal["error", "omit", "propagate"]

MISSING: tuple[Missing, ...] = ("error", "omit", "propagate")


@dataclass(frozen=True, eq=False)
class Variables:
    """Values ``(k, n)`` of row variables with their names, and the domains they are wanted for.

    ``categories`` is None for a variable of numbers, else the category it indicates.
    """

    values: FloatArray
    names: tuple[str, ...]
    categories: tuple[object | None, ...]
    domains: Domains
    inside: NDArray[np.bool_] | None
    """Rows the estimate is about, those with missing values included; None for all."""

    @property
    def size(self) -> int:
        """Number ``k`` of row variables."""
        return len(self.names)


def as_names(given: str | Sequence[str], argument: str = "variables") -> tuple[str, ...]:
    """One name or several, as a tuple."""
    names = column_names(given, argument)
    if not names:
        raise InputError(f"no column is named in {argument}", where=argument)
    return names


def read_variables(
    rows: Rows,
    weights: FloatArray,
    names: Sequence[str],
    *,
    by: Sequence[str] = (),
    where: Condition = None,
    inside: NDArray[np.bool_] | None = None,
    missing: Missing = "error",
    numbers: bool = False,
    proportions: bool = False,
    labels: Collection[str] | None = None,
) -> Variables:
    """Read the variables of a call and cross its domains, treating missing values as asked.

    Parameters
    ----------
    rows, weights : Rows, ndarray
        Data, and the weights of the design; rows without weight cannot be missing.
    names, by : sequence of str
        Variables and domain columns.
    where : condition
        Rows the estimate is about.
    inside : ndarray of bool, optional
        Rows of the design's subset.
    missing : {"error", "omit", "propagate"}
        Refuse missing values, leave rows with any out (listwise), or let them make the domain's estimate missing.
    numbers : bool
        Whether only columns of numbers are wanted.
    proportions : bool
        Whether whole numbers other than 0 and 1 are categories.
    labels : collection of str, optional
        Variables that are categories, where that is known; else they are found by :func:`label_columns`.
    """
    if missing not in MISSING:
        raise UnknownNameError.of(missing, MISSING, kind="treatment of missing values")
    chosen = condition(rows, where)
    if inside is not None:
        chosen = inside if chosen is None else chosen & inside
    domains = make_domains(rows, by, chosen, missing=missing)
    if labels is None:
        labels = label_columns(rows, names, numbers=numbers, proportions=proportions)
    pieces: list[FloatArray] = []
    marks: list[tuple[str, object | None]] = []
    for name in names:
        if name not in labels:
            pieces.append(rows.numeric(name)[None, :])
            marks.append((name, None))
        else:
            rows.refuse_times(name, argument="variables")
            column = rows.category(name, argument="variables")
            if len(column) == 0:
                raise DataError("the column has no value at all", where=f"column {name!r}", count=rows.n)
            pieces.append(_indicators(column.codes, len(column)))
            marks.extend((name, level) for level in column.levels)
    values = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    if not np.isfinite(values.sum()):
        _refuse_infinite(values, [name for name, _ in marks], weights, domains)
        domains = _missing(values, [name for name, _ in marks], weights, domains, missing)
        values = _filled_where_not_counted(values, weights, domains)
    return Variables(values, tuple(name for name, _ in marks), tuple(level for _, level in marks), domains, chosen)


def label_columns(rows: Rows, names: Sequence[str], *, numbers: bool, proportions: bool) -> list[str]:
    """Those of the columns that are read as categories."""
    found = []
    for name in names:
        rows.check(name, argument="variables")
        if not numbers and not (rows.is_numeric(name) and not (proportions and not is_truth(rows.numeric(name), name))):
            found.append(name)
    return found


def is_truth(values: FloatArray, name: str) -> bool:
    """Whether numbers of a column are 0 and 1 alone; other whole numbers are labels.

    Raises
    ------
    InputError
        If there are fractions, which are neither.
    """
    there = values[~np.isnan(values)]
    if np.isin(there, (0.0, 1.0)).all():
        return True
    if not (there == np.round(there)).all():
        raise InputError(
            "a proportion is of truth values or categories, and the column holds other numbers",
            where=f"column {name!r}",
            got=f"values such as {there[there != np.round(there)][0]:g}",
            remedies=(f'mean("{name}") is the mean', "attach a column of truth values by with_columns"),
        )
    return False


def _indicators(codes: NDArray[np.int32], levels: int) -> FloatArray:
    values: FloatArray = np.equal(codes, np.arange(levels, dtype=np.int32)[:, None]).astype(np.float64)
    missing = codes < 0
    if missing.any():
        values[:, missing] = np.nan
    return values


def _missing(
    values: FloatArray, names: Sequence[str], weights: FloatArray, domains: Domains, missing: Missing
) -> Domains:
    gone = missing_values(values, weights, domains)
    if missing == "propagate" or gone is None:
        return domains
    if missing == "omit":
        return domains.without(gone.any(axis=0))
    rows = np.flatnonzero(gone.any(axis=0))
    raise values_missing([name for name, one in zip(names, gone, strict=True) if one.any()], rows.size, rows)


def _refuse_infinite(values: FloatArray, names: Sequence[str], weights: FloatArray, domains: Domains) -> None:
    if not np.isinf(values).any():
        return
    counted = weights != 0.0
    if domains.codes.size:
        counted &= domains.codes >= 0
    faulty = np.isinf(values) & counted
    if faulty.any():
        rows = np.flatnonzero(faulty.any(axis=0))
        columns = dict.fromkeys(repr(name) for name, one in zip(names, faulty, strict=True) if one.any())
        raise DataError(
            "values are infinite",
            where="column " + ", ".join(columns),
            count=int(rows.size),
            examples=[f"row {i}" for i in rows[:5]],
            remedies=("mend the column, or leave such rows out with where=",),
        )


def _filled_where_not_counted(values: FloatArray, weights: FloatArray, domains: Domains) -> FloatArray:
    """Zeros for what is missing in rows without weight or domain: it must not spoil a product with a weight of 0."""
    apart = weights == 0.0
    if domains.codes.size:
        apart |= domains.codes < 0
    return np.where(np.isnan(values) & apart, 0.0, values)


def missing_values(values: FloatArray, weights: FloatArray, domains: Domains) -> NDArray[np.bool_] | None:
    """Values ``(k, n)`` that are missing where they count: in a domain, with a weight; None if there are none."""
    if not np.isnan(values.sum()):
        return None
    gone = np.isnan(values)
    counted = weights != 0.0
    if domains.codes.size:
        counted &= domains.codes >= 0
    gone &= counted
    return gone if gone.any() else None


def values_missing(columns: Sequence[str], count: int, rows: Sequence[int] | NDArray[np.int64]) -> DataError:
    """The error that says in which columns values are missing, in how many rows, and in which first."""
    named = list(dict.fromkeys(columns))
    return DataError(
        "values are missing",
        where="column" + ("s " if len(named) > 1 else " ") + ", ".join(map(repr, named)),
        count=int(count),
        examples=[f"row {i}" for i in rows[:5]],
        remedies=(
            'missing="omit" leaves such rows out, as R\'s na.rm=TRUE and Stata do',
            'missing="propagate" makes the estimates of their domains missing',
            "or impute before",
        ),
    )
