"""Checks of weights that every door shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError


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
