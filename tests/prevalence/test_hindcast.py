"""Oracle: dense Gaussian conditioning at every draw, averaged."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from target87.prevalence import TrendModel, published_series
from target87.prevalence.hindcast import hindcast, without_last
from tests.statistical.dense import DenseTrend, Theta


@pytest.fixture(scope="module", params=["child_labour", "forced_labour"])
def fits(request):
    model = TrendModel(published_series(request.param))
    shorter = without_last(model)
    return model, shorter, shorter.fit(rng=87)


def by_hand(model, posterior, nodes):
    """Quantile of the last figure given the others, draw by draw, by a plain solve."""
    names = ("relative_error", "error_correlation", "pace_variation", "pace_memory")
    theta = Theta(*(posterior.parameters[name].to_numpy().ravel() for name in names))
    dense = DenseTrend(model.series, model.priors, nodes)
    covariance, residual = dense.data_covariance(theta), dense.residual()
    gain = np.linalg.solve(covariance[:, :-1, :-1], covariance[:, :-1, -1:])[..., 0]
    mean = gain @ residual[:-1]
    sd = np.sqrt(covariance[:, -1, -1] - (gain * covariance[:, :-1, -1]).sum(axis=1))
    level = residual[-1] - np.log(model.series.points["rate"].iloc[-1] / (1 - model.series.points["rate"].iloc[-1]))
    return mean - level, sd, norm.cdf((residual[-1] - mean) / sd).mean()


def test_quantile_is_the_average_of_conditional_probabilities(fits):
    model, _, posterior = fits
    _, _, quantile = by_hand(model, posterior, 40)
    # the rule that averages a reference period makes 1e-4
    assert hindcast(model, posterior, rng=1).quantile == pytest.approx(quantile, abs=5e-4)


def test_interval_is_the_mixtures(fits):
    """The mixture's distribution function at each reported bound is its level, to 4.5 Monte Carlo errors."""
    model, _, posterior = fits
    mean, sd, _ = by_hand(model, posterior, 40)
    found = hindcast(model, posterior, rng=1)
    for name, level in (
        ("lower_95", 0.025),
        ("lower_80", 0.1),
        ("median", 0.5),
        ("upper_80", 0.9),
        ("upper_95", 0.975),
    ):
        bound = getattr(found, name)
        below = norm.cdf((np.log(bound / (1 - bound)) - mean) / sd).mean()
        assert abs(below - level) < 4.5 * np.sqrt(level * (1 - level) / mean.size)


def test_the_figure_itself_is_not_used(fits):
    model, shorter, _ = fits
    assert shorter.series.years == model.series.years[:-1]
    assert shorter.priors == model.priors
    assert shorter.variant != model.variant
    assert str(model.series.years[-1]) in shorter.variant


def test_what_is_reported(fits):
    model, _, posterior = fits
    found = hindcast(model, posterior, rng=1)
    assert (found.year, found.published) == (model.series.years[-1], model.series.points["rate"].iloc[-1])
    assert found.lower_95 < found.lower_80 < found.median < found.upper_80 < found.upper_95
    assert found == hindcast(model, posterior, rng=1)
