"""Replicate weights as data files bring them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]

_ROWS = 4096
"""Rows copied at a time: columns and their place in the matrix both stay in the cache."""
_FAR = 5.0
_CAST = (str, bytes, complex, np.complexfloating, np.datetime64, np.timedelta64)


def read_replicates(rows: Rows, given: Any, weights: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Replicate weights ``(n, R)``, and names of the replicates.

    ``given`` is a list of columns, a prefix or regular expression of columns, an array, or a frame of one column a
    replicate.

    Raises
    ------
    UnknownNameError, InputError
        If no column fits, or the shape does not.
    DataError
        If weights are missing or not finite, or a replicate has none.
    """
    if isinstance(given, str):
        names = _matching(rows, given, weights)
        matrix = _from_columns(rows, names)
    elif isinstance(given, (list, tuple)) and all(isinstance(name, str) for name in given):
        names = _listed(rows, given)
        matrix = _from_columns(rows, names)
    else:
        matrix, names = _from_table(given, rows.n)
    _check(matrix, names)
    return matrix, names


def doubt_about_combination(matrix: FloatArray, weights: FloatArray, combined: bool) -> str | None:
    """Words if replicate weights do not look as declared: with the sampling weight in them, or without."""
    replicate, sampling = float(matrix.mean()), float(weights.mean())
    if combined and replicate < _FAR and sampling > _FAR * replicate:
        return (
            f"replicate weights average {replicate:.3g}, sampling weights {sampling:.3g}: they may be multipliers, "
            "combined=False (R: combined.weights=FALSE)"
        )
    if not combined and replicate > _FAR and sampling < _FAR * replicate:
        return (
            f"replicate weights average {replicate:.3g}, sampling weights {sampling:.3g}: they may hold the sampling "
            "weight already, combined=True (R: combined.weights=TRUE)"
        )
    return None


def _matching(rows: Rows, pattern: str, weights: str) -> tuple[str, ...]:
    """Columns that are the prefix and a number if there are any, else those that begin as the expression says."""
    others = [name for name in rows.names if name != weights]
    numbered = [name for name in others if name.startswith(pattern) and name[len(pattern) :].isdigit()]
    if numbered:
        return tuple(numbered)
    try:
        found = tuple(name for name in others if re.match(pattern, name))
    except re.error as error:
        raise InputError(
            f"the expression cannot be read: {error}", where="replicate_weights", got=repr(pattern)
        ) from error
    if not found:
        raise UnknownNameError.of(
            pattern, others, kind="prefix or expression of replicate weights", remedy="or give a list of columns"
        )
    return found


def _listed(rows: Rows, given: Sequence[str]) -> tuple[str, ...]:
    for name in given:
        rows.check(name, argument="replicate_weights")
    if len(set(given)) < len(given):
        repeated = sorted({name for name in given if list(given).count(name) > 1})
        raise InputError("a column stands twice", where="replicate_weights", count=len(repeated), examples=repeated)
    return tuple(given)


def _from_columns(rows: Rows, names: Sequence[str]) -> FloatArray:
    columns = [rows.numeric(name, argument="replicate_weights") for name in names]
    matrix = np.empty((rows.n, len(columns)))
    for first in range(0, rows.n, _ROWS):
        part = slice(first, first + _ROWS)
        for k, column in enumerate(columns):
            matrix[part, k] = column[part]
    return matrix


def _from_table(given: Any, n: int) -> tuple[FloatArray, tuple[str, ...]]:
    if not isinstance(given, np.ndarray) and not isinstance(given, (list, tuple)):
        table = Rows(_named(given))
        if table.n != n:
            _refuse_shape(n, (table.n, len(table.names)))
        return _from_columns(table, table.names), table.names
    try:
        raw = np.asarray(given)
        cast = _would_be_cast(raw)
        matrix = np.empty((0, 0)) if cast else np.array(raw, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise InputError("replicate weights must be numbers", where="replicate_weights", got=str(error)) from error
    if cast:
        raise InputError("replicate weights must be numbers", where="replicate_weights", got=cast)
    if matrix.ndim != 2 or matrix.shape[0] != n:
        _refuse_shape(n, matrix.shape)
    return matrix, tuple(f"replicate {k}" for k in range(1, matrix.shape[1] + 1))


def _would_be_cast(raw: NDArray[Any]) -> str | None:
    """What NumPy would make numbers of though it is none: text, times, complex numbers without their other half."""
    kinds = {type(one) for one in raw.flat} if raw.dtype.kind == "O" else {raw.dtype.type}
    return min((kind.__name__ for kind in kinds if issubclass(kind, _CAST)), default=None)


def _named(given: Any) -> Any:
    """A pandas frame with words for the names of its columns, each its own: the names matter to messages alone."""
    if not hasattr(given, "set_axis") or not hasattr(given, "columns"):
        return given
    words = [str(name) for name in given.columns]
    if len(set(words)) < len(words):
        words = [f"replicate {k}" for k in range(1, len(words) + 1)]
    return given.set_axis(words, axis=1)


def _refuse_shape(n: int, shape: tuple[int, ...]) -> None:
    raise InputError(
        "replicate weights do not fit the rows",
        where="replicate_weights",
        expected=f"{n:,} rows, one column a replicate",
        got=f"shape {shape}",
    )


def _check(matrix: FloatArray, names: Sequence[str]) -> None:
    sums = matrix.sum(axis=0)
    if not np.isfinite(sums).all():
        faulty = ~np.isfinite(matrix)
        raise DataError(
            "replicate weights are missing or not finite",
            where=_some(names, faulty.any(axis=0)),
            count=int(faulty.sum()),
            examples=[f"row {i}, {names[k]}: {matrix[i, k]}" for i, k in np.argwhere(faulty)[:5]],
            remedies=("rows outside a replicate have weight 0 in it, never a missing one",),
        )
    empty = ~(sums > 0.0)
    if empty.any():
        raise DataError(
            "the weights of a replicate do not add up to more than zero",
            where=_some(names, empty),
            count=int(empty.sum()),
        )


def _some(names: Sequence[str], faulty: NDArray[np.bool_]) -> str:
    found = [repr(name) for name, bad in zip(names, faulty, strict=True) if bad]
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return f"column{'s' if len(found) > 1 else ''} {', '.join(found[:5])}{more}"
