"""The last figure withheld: what the model would have said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from target87.kernels import smooth_trend
from target87.kernels.ordered import quantiles
from target87.prevalence.trend import NAMES, TrendModel
from target87.rng import RandomState, root_seed, stream

if TYPE_CHECKING:
    from target87.results.posterior import Posterior


@dataclass(frozen=True)
class Hindcast:
    """A published figure and where it lies in the prediction made without it.

    Parameters
    ----------
    year : int
        Year of the figure.
    published : float
        The figure, as a proportion.
    quantile : float
        Probability the prediction gave to a figure below it.
    median, lower_80, upper_80, lower_95, upper_95 : float
        The prediction of the *figure* (its own error included), as proportions.
    """

    year: int
    published: float
    quantile: float
    median: float
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float


def without_last(model: TrendModel) -> TrendModel:
    """The same model of the record without its last figure."""
    years = model.series.years
    return TrendModel(model.series.keep(years[:-1]), model.prior, f"{years[-1]} withheld")


def hindcast(model: TrendModel, withheld: Posterior, *, rng: RandomState = None) -> Hindcast:
    """Predict the last figure of ``model`` from ``withheld``, the posterior of :func:`without_last`.

    Given a draw of the sampled parameters the figure is exactly Gaussian given the others, so its quantile is an
    average of normal probabilities, not of hits.
    """
    from scipy.special import ndtr

    problem = model.problem()
    last = problem.y.size - 1
    values = smooth_trend.Parameters(*(withheld.parameters[name].to_numpy().ravel() for name in NAMES))
    mean, sd = smooth_trend.predict_observation(problem, values, last)
    generator = stream(root_seed(rng), "hindcast", *model.key)
    draws = 1.0 / (1.0 + np.exp(-(mean + sd * generator.standard_normal(mean.size))))
    low95, low80, median, high80, high95 = quantiles(draws, np.array([0.025, 0.1, 0.5, 0.9, 0.975]))
    point = model.series.points.iloc[last]
    return Hindcast(
        year=int(point["year"]),
        published=float(point["rate"]),
        quantile=float(ndtr((problem.y[last] - mean) / sd).mean()),
        median=float(median),
        lower_80=float(low80),
        upper_80=float(high80),
        lower_95=float(low95),
        upper_95=float(high95),
    )
