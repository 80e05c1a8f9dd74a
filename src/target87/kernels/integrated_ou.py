"""The integral of a stationary Ornstein-Uhlenbeck process, started at zero.

``X`` is stationary with mean 0, standard deviation ``sd`` and autocorrelation ``exp(-h / length)``;
``W(t)`` is its integral from 0 to ``t``. For long lengths ``W`` is nearly a straight line of random slope,
for short ones nearly a random walk. Formulas: Gardiner (2009), Stochastic Methods, section 3.8; the covariance of
``W`` follows by integrating that of ``X`` twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]


def covariance(first: FloatArray, second: FloatArray, length: FloatArray) -> FloatArray:
    """Covariance of ``W(first)`` and ``W(second)`` for unit ``sd``, broadcasting; times are not negative.

    Equal to ``length**2 * (2 m / length + exp(-first / length) + exp(-second / length) - 1 - exp(-|gap| / length))``
    with ``m`` the smaller time.
    """
    a, b = first / length, second / length
    # in place: the arrays are large and many, and each new one costs as much as what is computed in it
    unit = np.asarray(np.minimum(a, b))
    unit *= 2.0
    unit += np.expm1(-a) + np.expm1(-b) + 1.0
    gap = np.asarray(a - b)
    np.abs(gap, out=gap)
    np.negative(gap, out=gap)
    unit -= np.exp(gap, out=gap)
    unit *= length * length
    return unit


def cross_covariance(time: float, second: FloatArray, length: FloatArray) -> FloatArray:
    """Covariance of ``X(time)`` and ``W(second)`` for unit ``sd``, with no ``second`` later than ``time``."""
    return np.asarray(length * (np.exp(-(time - second) / length) - np.exp(-time / length)))


def simulate(
    times: FloatArray,
    sd: FloatArray,
    length: FloatArray,
    rng: np.random.Generator,
    *,
    start: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Draw ``W`` at increasing ``times`` (``t``), one path for each entry of ``sd`` and ``length`` (``n``).

    Returns ``W`` as ``(n, t)`` and the last ``X`` as ``(n,)``. ``start`` is ``X(0)``, drawn from its stationary law if
    not given. The pair (X, W) is Markov, so each step is an exact two-dimensional Gaussian transition.
    """
    state = sd * rng.standard_normal(sd.shape) if start is None else start
    total = np.zeros_like(sd)
    paths = np.empty((sd.size, times.size))
    before = 0.0
    for step, time in enumerate(times):
        if time > before:
            state, total = _transition(state, total, time - before, sd, length, rng)
            before = float(time)
        paths[:, step] = total
    return paths, state


def _transition(
    state: FloatArray, total: FloatArray, gap: float, sd: FloatArray, length: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    h = gap / length
    loss = -np.expm1(-h)
    noise_state = sd * np.sqrt(-np.expm1(-2.0 * h))
    cross = sd * sd * length * loss * loss
    var_total = (sd * length) ** 2 * _integral_noise(h)
    normals: Any = rng.standard_normal((2, sd.size))
    load = np.divide(cross, noise_state, out=np.zeros_like(cross), where=noise_state > 0)
    rest = np.sqrt(np.maximum(var_total - load * load, 0.0))
    total = total + length * loss * state + load * normals[0] + rest * normals[1]
    state = (1.0 - loss) * state + noise_state * normals[0]
    return state, total


def _integral_noise(h: FloatArray) -> FloatArray:
    """``2 h - 3 + 4 exp(-h) - exp(-2 h)``, by its series where that difference would cancel."""
    series = h**3 * (2.0 / 3.0 - h / 2.0 + 7.0 * h**2 / 30.0 - h**3 / 12.0)
    exact = 2.0 * h + 4.0 * np.expm1(-h) - np.expm1(-2.0 * h)
    return np.where(h < 1e-2, series, exact)
