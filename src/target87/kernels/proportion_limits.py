"""Exact binomial limits of proportions whose sample counts as another one, of a size that need not be whole."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainccinv, betaincinv, ndtri, stdtrit

type FloatArray = NDArray[np.float64]

LARGE_COUNT: Final = 1e12
"""Beyond this count the binomial is normal to 11 digits, and the quantile of the beta soon not computable."""


def upper_t(df: FloatArray, tail: float) -> FloatArray:
    """Quantile of Student's t that leaves ``tail`` above; normal for infinite ``df``, NaN where there are none."""
    # each is a root that is searched for, and many cells share few of them
    values, place = np.unique(df, return_inverse=True)
    return np.asarray(-stdtrit(values, tail)[place].reshape(df.shape))


def adjusted_size(size: FloatArray, t_simple: FloatArray, t: FloatArray) -> FloatArray:
    """Effective size less what few degrees of freedom cost: times the squared ratio of the quantiles of t."""
    return np.asarray(size * (t_simple / t) ** 2)


def exact_limits(p: FloatArray, size: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Limits of Clopper and Pearson for a sample of ``size`` with the share ``p``, ``tail`` left out on either side.

    NaN where ``size`` is not positive or an argument is missing; ``p`` lies between 0 and 1.
    """
    with np.errstate(all="ignore"):
        size = np.where(size > 0.0, size, np.nan)
        events, others = size * p, size * (1.0 - p)
        half = -ndtri(tail) * np.sqrt(p * (1.0 - p) / size)
        lower = np.where(p == 0.0, 0.0 * size, betaincinv(events, others + 1.0, tail))
        upper = np.where(p == 1.0, 1.0 + 0.0 * size, betainccinv(events + 1.0, others, tail))
        large = np.minimum(events, others) > LARGE_COUNT
        return np.where(large, p - half, lower), np.where(large, p + half, upper)
