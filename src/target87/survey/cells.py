"""From values and variances to the cells of a result: labels, limits, design effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.survey import intervals
from target87.survey.variables import Variables

type FloatArray = NDArray[np.float64]
_WHOLE = 1e-9
"""Weights that sum to the number of rows within this share of it are those of a census."""
_ROUNDING = 1e-13
"""A standard deviation below this share of the mean is rounding."""

type DesignEffect = Literal["srswor", "srswr"] | Literal[False]


def cell_labels(read: Variables) -> dict[str, NDArray[Any]]:
    """Labels of the cells, variables slowest: domain columns, ``variable``, and ``category`` where there is one."""
    size, variables = len(read.domains), len(read.names)
    labels = {name: np.tile(column, variables) for name, column in read.domains.labels().items()}
    labels["variable"] = np.repeat(np.array(read.names), size)
    if any(category is not None for category in read.categories):
        categories: NDArray[Any] = np.empty(len(read.categories), dtype=object)
        mixed = any(category is None for category in read.categories)
        categories[:] = [("" if one is None else str(one)) if mixed else one for one in read.categories]
        labels["category"] = np.repeat(categories, size)
    return labels


def each(size: int) -> list[tuple[int, int]]:
    """Pair every variable with itself: the products that design effects of means and totals need."""
    return [(k, k) for k in range(size)]


def domain_means(point: FloatArray) -> FloatArray:
    """Means of the variables in each domain ``(D, K)`` from its totals ``(D, K + 1)``; 0 where it has no weight."""
    weight = point[:, :1]
    return np.divide(point[:, 1:], weight, out=np.zeros_like(point[:, 1:]), where=weight != 0.0)


def simple_variance(
    jacobian: FloatArray, point: FloatArray, products: Sequence[tuple[int, int]], moments: FloatArray
) -> FloatArray:
    """Weighted variance over persons (divisor: sum of weights) of each linearised score, ``(D, J)``.

    ``moments`` are weighted products about the means of each domain, for the pairs of ``products``.
    """
    weight = np.where(point[:, 0] > 0.0, point[:, 0], np.nan)
    mean = domain_means(point)
    result = np.zeros(jacobian.shape[:2])
    for m, (a, b) in enumerate(products):
        spread = moments[:, m] / weight
        spread[np.abs(spread) <= _ROUNDING**2 * np.abs(mean[:, a] * mean[:, b])] = 0.0  # equal values have no spread
        times = 1.0 if a == b else 2.0
        result += times * jacobian[:, :, a + 1] * jacobian[:, :, b + 1] * spread[:, None]
    return result


def design_effects(
    variance: FloatArray, simple: FloatArray, weight: FloatArray, n: NDArray[np.int64], deff: DesignEffect
) -> tuple[FloatArray, FloatArray]:
    """Design effect, and the size of a simple random sample with replacement of the same variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        per_person = np.where(simple > 0.0, simple, np.nan) * weight**2
        effective = np.where(variance > 0.0, per_person / variance, np.nan)
        sample = per_person / (n - 1.0)
        if deff == "srswor":  # a census of the rows has no variance; fewer persons than rows are no population
            rest = np.where(np.abs(weight - n) <= _WHOLE * n, 0.0, weight - n)
            sample = sample * np.where(rest >= 0.0, rest, np.nan) / weight
        return np.where(n > 1, variance / sample, np.nan), effective


def limits(
    estimand: str,
    interval: str,
    value: FloatArray,
    variance: FloatArray,
    n: NDArray[np.int64],
    df: FloatArray,
    level: float,
) -> tuple[FloatArray, FloatArray]:
    """Confidence limits; for proportions and rates by the methods that keep them between 0 and 1."""
    if estimand in ("proportion", "rate_per_thousand"):
        scale = 1000.0 if estimand == "rate_per_thousand" else 1.0
        lower, upper = intervals.proportion_interval(
            interval, value / scale, variance / scale**2, n=n, df=df, level=level
        )
        return scale * lower, scale * upper
    return intervals.interval(interval, value, variance, df=df, level=level)
