"""The trend model written a second time, from its equations alone: dense covariances, one element at a time.

Shares no code with ``target87.kernels``. Everything Gaussian in the model is a linear functional of the level, the
slope, the path, its derivative and the shifts; the covariance of any two is a double sum. All functions broadcast over
the four sampled parameters, so the same lines serve one point and a whole grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.prevalence import MethodChange, PublishedSeries, TrendPrior

type Array = NDArray[np.float64]
type Row = dict[Any, Any]


@dataclass(frozen=True)
class Theta:
    """Relative error, correlation of adjacent rounds, sd of the pace, its memory in years."""

    error: Array | float
    common: Array | float
    variation: Array | float
    memory: Array | float


@dataclass(frozen=True)
class Functional:
    """``level * a + slope * b + sum w W(t) + pace X(pace_time) + shifts d``."""

    level: float = 0.0
    slope: float = 0.0
    path: tuple[tuple[float, float], ...] = ()
    pace_time: float | None = None
    shifts: tuple[float, ...] = ()


def path_covariance(s: float, t: float, memory: Array | float) -> Array | float:
    """``int_0^s int_0^t exp(-|u - v| / memory)``, by hand: the inner integral first, then the outer one."""
    s, t = min(s, t), max(s, t)
    whole = 2 * memory * s
    return whole - memory**2 * (1 - np.exp(-s / memory)) - memory**2 * (np.exp(-(t - s) / memory) - np.exp(-t / memory))


def pace_path_covariance(u: float, t: float, memory: Array | float) -> Array | float:
    """``int_0^t exp(-|u - v| / memory) dv``."""
    if t <= u:
        return memory * (np.exp(-(u - t) / memory) - np.exp(-u / memory))
    return memory * (1 - np.exp(-u / memory)) + memory * (1 - np.exp(-(t - u) / memory))


@dataclass(frozen=True)
class DenseTrend:
    """The model of one record; ``nodes`` moments average a reference period (midpoints of equal parts)."""

    series: PublishedSeries
    prior: TrendPrior
    nodes: int = 40

    @property
    def rows(self) -> list[Row]:
        return self.series.points.to_dict("records")

    @property
    def origin(self) -> float:
        return min(self.period(row)[0] for row in self.rows)

    @staticmethod
    def period(row: Row) -> tuple[float, float]:
        """Start and end, a year's own number being its middle."""
        first, last = float(row["first_year"]), float(row["last_year"])
        return (first, first) if first == last else (first - 0.5, last + 0.5)

    @property
    def changes(self) -> list[MethodChange]:
        years = [row["year"] for row in self.rows]
        return [one for one in self.prior.changes if min(years) < one.first_year <= max(years)]

    def rate(self, year: float) -> Functional:
        """Log-odds in a year, less their prior mean."""
        t = year - self.origin
        return Functional(level=1.0, slope=t, path=((t, 1.0),), shifts=(0.0,) * len(self.changes))

    def slope(self) -> Functional:
        return Functional(slope=1.0, shifts=(0.0,) * len(self.changes))

    def pace(self, year: float) -> Functional:
        """Deviation of the pace from the long run in a year."""
        return Functional(pace_time=year - self.origin, shifts=(0.0,) * len(self.changes))

    def shift(self, number: int) -> Functional:
        return Functional(shifts=tuple(float(number == j) for j in range(len(self.changes))))

    def figure(self, row: Row) -> Functional:
        """What a figure measures: the average over its period, with the changes that came after it."""
        start, end = (moment - self.origin for moment in self.period(row))
        parts = 1 if start == end else self.nodes
        moments = [start + (end - start) * (part + 0.5) / parts for part in range(parts)]
        shifts = tuple(float(row["year"] < one.first_year) for one in self.changes)
        return Functional(1.0, sum(moments) / parts, tuple((t, 1.0 / parts) for t in moments), None, shifts)

    def covariance(self, one: Functional, other: Functional, theta: Theta) -> Array | float:
        total: Array | float = (
            one.level * other.level * self.prior.level_sd**2 + one.slope * other.slope * self.prior.pace_sd**2
        )
        for a, b, change in zip(one.shifts, other.shifts, self.changes, strict=True):
            total = total + a * b * change.sd**2
        wandering: Array | float = 0.0
        for s, w in one.path:
            for t, v in other.path:
                wandering = wandering + w * v * path_covariance(s, t, theta.memory)
        for left, right in ((one, other), (other, one)):
            if left.pace_time is not None:
                for t, w in right.path:
                    wandering = wandering + w * pace_path_covariance(left.pace_time, t, theta.memory)
        if one.pace_time is not None and other.pace_time is not None:
            wandering = wandering + np.exp(-abs(one.pace_time - other.pace_time) / theta.memory)
        return total + theta.variation**2 * wandering

    def error_covariance(self, i: int, j: int, theta: Theta) -> Array | float:
        """Of the errors of figures ``i`` and ``j`` on the log-odds scale."""
        one, other = self.rows[i], self.rows[j]
        stretch = 1 / (1 - one["rate"]) / (1 - other["rate"])
        both_unknown = math.isnan(one["known_sd"]) and math.isnan(other["known_sd"])
        shared = self.series.indicator.share_error_across_methods or one["method"] == other["method"]
        total: Array | float = 0.0
        if both_unknown and shared:
            rounds = abs(one["year"] - other["year"]) / self.prior.round_gap
            total = stretch * theta.error**2 * theta.common**rounds
        if i == j:
            own = one["rounding_sd"] ** 2 + one["denominator_sd"] ** 2
            own += 0.0 if math.isnan(one["known_sd"]) else one["known_sd"] ** 2
            total = total + stretch * own
        return total

    def residual(self) -> Array:
        """Log-odds of the figures less their prior mean."""
        level = math.log(self.prior.level / (1 - self.prior.level))
        out = []
        for row in self.rows:
            mean = level + sum(one.mean for one in self.changes if row["year"] < one.first_year)
            out.append(math.log(row["rate"] / (1 - row["rate"])) - mean)
        return np.array(out)

    def data_covariance(self, theta: Theta) -> Array:
        """``(..., n, n)``."""
        figures = [self.figure(row) for row in self.rows]
        shape = np.broadcast_shapes(*(np.shape(one) for one in vars(theta).values()))
        out = np.empty((*shape, len(figures), len(figures)))
        for i, one in enumerate(figures):
            for j in range(i + 1):
                out[..., i, j] = self.covariance(one, figures[j], theta) + self.error_covariance(i, j, theta)
                out[..., j, i] = out[..., i, j]
        return out

    def log_likelihood(self, theta: Theta) -> Array:
        """By determinant and solve, no Cholesky factor."""
        covariance, residual = self.data_covariance(theta), self.residual()
        _, log_det = np.linalg.slogdet(covariance)
        solved = np.linalg.solve(covariance, np.broadcast_to(residual, covariance.shape[:-1])[..., None])[..., 0]
        square = (residual * solved).sum(axis=-1)
        return np.asarray(-0.5 * (square + log_det + residual.size * math.log(2 * math.pi)))

    def conditional(self, wanted: list[Functional], theta: Theta) -> tuple[Array, Array]:
        """Mean ``(..., g)`` and covariance ``(..., g, g)`` of functionals given all figures."""
        figures, residual = [self.figure(row) for row in self.rows], self.residual()
        data = self.data_covariance(theta)
        shape = data.shape[:-2]
        cross = np.empty((*shape, len(wanted), len(figures)))
        own = np.empty((*shape, len(wanted), len(wanted)))
        for i, one in enumerate(wanted):
            for j, figure in enumerate(figures):
                cross[..., i, j] = self.covariance(one, figure, theta)
            for j, other in enumerate(wanted):
                own[..., i, j] = self.covariance(one, other, theta)
        gain = np.linalg.solve(data, np.swapaxes(cross, -1, -2))
        mean = np.einsum("...ng,n->...g", gain, residual)
        return mean, own - cross @ gain


def from_z(prior: TrendPrior, z: Array) -> Theta:
    """Sampled parameters at standard normal ``z``: lognormal, logit-normal, half-normal by quantiles, lognormal."""
    from scipy.stats import halfnorm, norm

    odds = prior.common / (1 - prior.common) * np.exp(prior.common_sd * z[..., 1])
    return Theta(
        prior.error * np.exp(prior.error_sd * z[..., 0]),
        odds / (1 + odds),
        halfnorm.isf(norm.sf(z[..., 2]), scale=prior.variation_sd),
        prior.memory * np.exp(prior.memory_sd * z[..., 3]),
    )
