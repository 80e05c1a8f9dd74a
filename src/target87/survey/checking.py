"""Checks of weights and arguments that every door shares."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError

MOST_JOINT = 500
"""Cells up to which the full covariance is worked out without being asked for."""


def column_names(given: Any, argument: str) -> tuple[str, ...]:
    """One name of a column or several, as a tuple.

    Raises
    ------
    InputError
        If something else came, or a name stands twice.
    """
    remedies = ("attach values by with_columns(name=values), then name the column",)
    if hasattr(given, "dtype") or not isinstance(given, Iterable):
        raise InputError(
            f"{argument} wants names of columns, and values came",
            where=argument,
            got=type(given).__name__,
            remedies=remedies,
        )
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise InputError(
                f"{argument} wants the name of a column", where=argument, got=type(name).__name__, remedies=remedies
            )
    if len(set(names)) < len(names):
        raise InputError("a column stands twice", where=argument, got=", ".join(names))
    return names


def check_truth(value: Any, argument: str) -> bool:
    """A truth value; words such as "no" would count as true.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise InputError("this is True or False", where=argument, got=repr(value))
    return bool(value)


def joint_wanted(covariance: bool | None, cells: int) -> bool:
    """Whether the covariance of so many cells is worked out: as asked, or if it is not large.

    Raises
    ------
    InputError
        If ``covariance`` is neither a truth value nor None.
    """
    return cells <= MOST_JOINT if covariance is None else check_truth(covariance, "covariance")


def is_number(value: Any) -> bool:
    """Whether an argument is one real number, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def check_weights(weights: NDArray[np.float64], where: str, *, negative: bool = False) -> None:
    """Raise unless weights are there, finite, not negative (linear calibration may make them so), and not all zero.

    Raises
    ------
    DataError
        Naming the column, the number of faulty rows and the first of them.
    """
    if not np.isfinite(weights.sum()) or (weights.min() < 0.0 and not negative):
        _refuse(weights, np.isnan(weights), "weights are missing", where, "leave such rows out, or give them weight 0")
        _refuse(weights, np.isinf(weights), "weights are not finite", where, "mend the column")
        _refuse(
            weights,
            weights < 0.0,
            "weights are negative",
            where,
            "a weight is a number of persons: mend it, or calibrate within bounds (bounds=) so that none falls below 0",
        )
    if not (weights != 0.0).any():
        raise DataError("all weights are zero", where=where, count=int(weights.size))


def _refuse(weights: NDArray[np.float64], faulty: NDArray[np.bool_], what: str, where: str, remedy: str) -> None:
    if faulty.any():
        raise DataError(
            what,
            where=where,
            count=int(faulty.sum()),
            examples=[f"row {i}: {weights[i]}" for i in np.flatnonzero(faulty)[:5]],
            remedies=(remedy,),
        )
