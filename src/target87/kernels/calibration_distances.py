"""Factors of calibration as functions of their linear predictor, with their derivatives.

Source: Deville and Särndal (1992), Calibration estimators in survey sampling, table 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

type FloatArray = NDArray[np.float64]
type Bound = float | FloatArray
type Distance = Callable[[FloatArray, Bound, Bound], tuple[FloatArray, FloatArray]]


def linear(u: FloatArray, lower: Bound, upper: Bound) -> tuple[FloatArray, FloatArray]:
    """Factor ``1 + u``, cut off at the bounds: the distance is a sum of squares."""
    return _cut(1.0 + u, np.ones_like(u), lower, upper)


def raking(u: FloatArray, lower: Bound, upper: Bound) -> tuple[FloatArray, FloatArray]:
    """Factor ``exp(u)``, cut off at the bounds: what iterative proportional fitting converges to."""
    with np.errstate(over="ignore"):
        factor = np.exp(u)
    return _cut(factor, factor, lower, upper)


def logit(u: FloatArray, lower: Bound, upper: Bound) -> tuple[FloatArray, FloatArray]:
    """Factor on a logistic curve between the bounds, which are finite, with slope 1 at factor 1."""
    below, above = 1.0 - np.asarray(lower), np.asarray(upper) - 1.0
    width = above + below
    speed = width / (above * below)
    share = expit(speed * u + np.log(below / above))
    factor = np.clip(lower + width * share, lower, upper)  # rounding may step over a bound
    return factor, np.asarray(width * speed * share * (1.0 - share))


def sinh(u: FloatArray, lower: Bound, upper: Bound) -> tuple[FloatArray, FloatArray]:
    """Factor whose distance is the hyperbolic sine of ``g - 1/g``, cut off at the bounds (alpha = 1)."""
    p = np.arcsinh(2.0 * u)
    root = np.hypot(p, 2.0)
    return _cut((p + root) / 2.0, (1.0 + p / root) / np.hypot(1.0, 2.0 * u), lower, upper)


def _cut(factor: FloatArray, slope: FloatArray, lower: Bound, upper: Bound) -> tuple[FloatArray, FloatArray]:
    inside = (factor > lower) & (factor < upper)
    if inside.all():
        return factor, slope
    return np.clip(factor, lower, upper), np.where(inside, slope, 0.0)


DISTANCES: dict[str, Distance] = {"linear": linear, "raking": raking, "logit": logit, "sinh": sinh}
"""Distances by name."""
