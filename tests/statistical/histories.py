"""Records made up for tests: by hand, or drawn from the model's own prior by dense algebra, or from worlds it excludes.

The true path is drawn here with a Cholesky factor of :func:`tests.statistical.dense.path_covariance`; nothing of
``target87.kernels`` is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from target87.prevalence import INDICATORS, PublishedSeries, TrendPrior
from tests.statistical.dense import DenseTrend, Row, Theta, from_z, path_covariance

type Array = NDArray[np.float64]

UNIFORM_SD = 1 / np.sqrt(12)


def record(name: str, rates: dict[int, float], **columns: list[Any]) -> PublishedSeries:
    """A series from proportions, as :func:`target87.prevalence.published_series` makes one; columns can be replaced."""
    what, years = INDICATORS[name], list(rates)
    periods = [what.reference_periods.get(year, (year, year)) for year in years]
    values = np.array(list(rates.values()))
    points = pd.DataFrame(
        {
            "year": years,
            "first_year": [first for first, _ in periods],
            "last_year": [last for _, last in periods],
            "rate": values,
            "rounding_sd": 0.1 / what.rate_scale * UNIFORM_SD / values,
            "denominator_sd": 0.0,
            "known_sd": np.nan,
            "method": [what.methods.get(year, "not stated") for year in years],
            "source_id": "made up",
            "status": "MADE UP",
        }
    )
    return PublishedSeries(what, "world", "World", points.assign(**columns), pd.DataFrame())


@dataclass(frozen=True)
class Truth:
    """What a record was made from: parameters, long-run pace, shifts, and log-odds by year."""

    theta: Theta
    pace: float
    shifts: Array
    log_odds: dict[int, float]

    def rate(self, year: int) -> float:
        return 1 / (1 + float(np.exp(-self.log_odds[year])))


@dataclass(frozen=True)
class World:
    """A path of log-odds at moments, before anyone has measured it."""

    model: DenseTrend
    theta: Theta
    pace: float
    shifts: Array
    moments: Array
    path: Array

    def average(self, row: Row) -> float:
        start, end = self.model.period(row)
        return float(self.path[(self.moments >= start) & (self.moments <= end)].mean())


def draw_world(template: PublishedSeries, prior: TrendPrior, rng: np.random.Generator, last_year: int) -> World:
    """Draw parameters and a path, every half year where a figure averages and every year elsewhere."""
    model = DenseTrend(template, prior)
    theta = from_z(prior, rng.standard_normal(4))
    moments = np.unique([*_inside(model), *range(int(np.ceil(model.origin)), last_year + 1)])
    times = moments - model.origin
    later = times > 0
    covariance = np.array(
        [[float(path_covariance(s, t, float(theta.memory))) for t in times[later]] for s in times[later]]
    )
    wander = np.zeros(times.size)
    wander[later] = (
        float(theta.variation)
        * np.linalg.cholesky(covariance + 1e-12 * np.eye(later.sum()))
        @ (rng.standard_normal(later.sum()))
    )
    level = np.log(prior.level / (1 - prior.level)) + prior.level_sd * rng.standard_normal()
    pace = prior.pace_sd * rng.standard_normal()
    shifts = np.array([one.mean + one.sd * rng.standard_normal() for one in model.changes])
    return World(model, theta, float(pace), shifts, moments, level + pace * times + wander)


def _inside(model: DenseTrend) -> list[float]:
    """Moments inside reference periods: the middles of their years, as the figures' own averages use them."""
    out: list[float] = []
    for row in model.rows:
        start, end = model.period(row)
        out.extend([start] if start == end else np.arange(start + 0.5, end))
    return out


def measure(
    world: World,
    rng: np.random.Generator,
    *,
    errors: Callable[[np.random.Generator, Array], Array] | None = None,
    offsets: dict[int, float] | None = None,
    round_to: float | None = None,
) -> tuple[PublishedSeries, Truth]:
    """Publish a record of a world: the model's own errors unless others are given, and its rounding as noise.

    ``errors`` takes a generator and the covariance of the relative errors; ``offsets`` are added on the log-odds scale;
    with ``round_to`` figures are rounded to a multiple of it instead of having rounding noise.
    """
    model, template = world.model, world.model.series
    odds = np.array([world.average(row) for row in model.rows])
    reading = odds + np.array([_shift(model, row, world.shifts) for row in model.rows])
    rate = 1 / (1 + np.exp(-reading))
    stretch = 1 / (1 - rate)
    relative = (errors or _normal)(rng, _relative_covariance(model, world.theta))
    last_digit = _last_digit(template, rate)
    rounding = 0.0 if round_to else UNIFORM_SD * last_digit / rate * rng.standard_normal(rate.size)
    reading = reading + stretch * (relative + rounding)
    reading = reading + np.array([(offsets or {}).get(int(row["year"]), 0.0) for row in model.rows])
    observed = 1 / (1 + np.exp(-reading))
    if round_to:
        observed = np.maximum(np.round(observed / round_to), 1) * round_to
    points = template.points.assign(rate=observed, rounding_sd=UNIFORM_SD * _last_digit(template, rate) / observed)
    known = {int(year): float(value) for year, value in zip(world.moments, world.path, strict=True) if year % 1 == 0}
    return replace(template, points=points), Truth(world.theta, world.pace, world.shifts, known)


def _shift(model: DenseTrend, row: Row, shifts: Array) -> float:
    return float(sum(d for d, one in zip(shifts, model.changes, strict=True) if row["year"] < one.first_year))


def _last_digit(template: PublishedSeries, rate: Array) -> Array:
    """Size of the last printed digit as a proportion: the template's, whatever its rates are."""
    points = template.points
    return np.asarray((points["rounding_sd"] * points["rate"]).to_numpy() / UNIFORM_SD + 0.0 * rate)


def _relative_covariance(model: DenseTrend, theta: Theta) -> Array:
    """Covariance of the relative errors, rounding apart."""
    rows = model.rows
    out = np.empty((len(rows), len(rows)))
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            rounding = one["rounding_sd"] ** 2 / (1 - one["rate"]) ** 2 if i == j else 0.0
            on_log_odds = model.error_covariance(i, j, theta) - rounding
            out[i, j] = on_log_odds * (1 - one["rate"]) * (1 - other["rate"])
    return out


def _normal(rng: np.random.Generator, covariance: Array) -> Array:
    return rng.multivariate_normal(np.zeros(len(covariance)), covariance, method="eigh")
