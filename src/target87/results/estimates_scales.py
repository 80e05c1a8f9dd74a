"""Scales on which estimates are taken as normal, and quantiles of two-sided intervals."""

from __future__ import annotations

from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_text import number

type Scale = Literal["identity", "logit", "log"]
type _Array = NDArray[np.float64]

SCALES = ("identity", "logit", "log")


def check_scale(scale: str) -> None:
    """Refuse a scale that is not known."""
    if scale not in SCALES:
        raise InputError("unknown scale", where="scale", expected=", ".join(SCALES), got=repr(scale))


def to_scale(values: _Array, scale: str, names: list[str]) -> tuple[_Array, _Array]:
    """Values on the scale, and its slope at each.

    Raises
    ------
    DataError
        If a value is off the scale; ``names`` say which.
    """
    if scale == "identity":
        return values.copy(), np.ones(values.size)
    top = 1.0 if scale == "logit" else np.inf
    off = ~((values > 0.0) & (values < top))
    if off.any():
        raise DataError(
            f"these are not on the {scale} scale",
            where="scale",
            expected="numbers between 0 and 1, both excluded" if scale == "logit" else "positive numbers",
            count=int(off.sum()),
            examples=[f"{names[place]}: {number(values[place])}" for place in np.flatnonzero(off)[:5]],
            remedies=("take scale='identity'", "leave these cells out"),
        )
    if scale == "log":
        return np.log(values), 1.0 / values
    return np.log(values) - np.log1p(-values), 1.0 / (values * (1.0 - values))


def from_scale(values: _Array, scale: str) -> _Array:
    """Values back from the scale."""
    from scipy.special import expit

    if scale == "identity":
        return values
    return np.asarray(expit(values) if scale == "logit" else np.exp(values))


def quantiles(level: float, df: _Array) -> _Array:
    """Quantile for two-sided intervals: of t, or of the normal where degrees of freedom are infinite or missing."""
    from scipy.special import ndtri, stdtrit

    above = 0.5 + level / 2.0
    finite = np.isfinite(df) & (df > 0)
    values = np.where(finite, stdtrit(np.where(finite, df, 1.0), above), ndtri(above))
    return np.where(df <= 0, np.nan, values)


def check_level(level: float) -> None:
    """Refuse a level that is not between 0 and 1."""
    if not isinstance(level, Real) or isinstance(level, (bool, np.bool_)):
        raise InputError("level must lie between 0 and 1", where="level", got=repr(level))
    if not 0.0 < float(level) < 1.0:
        remedies = (f"level={level / 100:g}",) if 1.0 < level < 100.0 else ()
        raise InputError("level must lie between 0 and 1", where="level", got=f"{level:g}", remedies=remedies)
