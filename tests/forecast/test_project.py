"""Oracle: the dense conditional law of the path at future times (tests/statistical/dense.py), at fixed parameters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from target87 import datasets
from target87.errors import InputError
from target87.forecast.projecting import project
from target87.prevalence import TrendModel, published_series, trend
from target87.results.population import Population
from tests.statistical.dense import DenseTrend, from_z

DRAWS = 40_000
AT = {
    "child_labour": [2000, 2011, 2024, 2025, 2030, 2060],
    "forced_labour": [1995, 2008, 2021, 2024, 2030, 2060],
}


def at_fixed_parameters(name, z, draws=DRAWS):
    """A posterior whose sampled parameters are all the same."""
    model = TrendModel(published_series(name))
    coordinates = np.broadcast_to(np.array(z, dtype=float), (trend.CHAINS, draws // trend.CHAINS, 4))
    return model, trend._posterior(model, coordinates, np.random.default_rng(8720))


@pytest.fixture(scope="module")
def posterior():
    return TrendModel(published_series("child_labour")).fit(draws=400, rng=1)


@pytest.mark.parametrize("name", sorted(AT))
@pytest.mark.parametrize("z", [(0, 0, 0.5, 0), (1, -1, 2.5, -1.2), (-1, 1.5, 2.0, 2.0)])
def test_past_and_future_have_the_conditional_law(name, z):
    model, posterior = at_fixed_parameters(name, z)
    future = project(posterior, until=2060, rng=87)
    got = np.column_stack([np.log(r / (1 - r)) for r in (future.at(year) for year in AT[name])])
    dense = DenseTrend(model.series, model.priors)
    mean, covariance = dense.conditional([dense.rate(year) for year in AT[name]], from_z(model.priors, np.array(z)))
    mean = mean + math.log(model.priors.level / (1 - model.priors.level))
    spread = np.sqrt(np.diag(covariance))
    # 4.5 Monte Carlo errors; a thousandth of an sd for the rule that averages reference periods
    np.testing.assert_array_less(np.abs(got.mean(axis=0) - mean) / spread, 4.5 / math.sqrt(DRAWS) + 1e-3)
    off = np.abs(np.cov(got.T) - covariance) / np.outer(spread, spread)
    np.testing.assert_array_less(off, 4.5 * math.sqrt(2 / DRAWS) + 1e-3)


def test_without_wandering_the_line_goes_on():
    _, posterior = at_fixed_parameters("child_labour", (0, 0, -6, 0), draws=400)
    future = project(posterior, until=2040, rng=1)
    odds = {year: np.log(future.at(year) / (1 - future.at(year))) for year in (2000, 2024, 2040)}
    pace = posterior.parameters["long_run_pace"].to_numpy().ravel()
    np.testing.assert_allclose(odds[2040] - odds[2024], 16 * pace, atol=1e-6)
    np.testing.assert_allclose(odds[2024] - odds[2000], 24 * pace, atol=1e-6)


def test_the_record_is_carried_over_unchanged(posterior):
    future = project(posterior, until=2030, rng=1)
    assert future.years.tolist() == list(range(2000, 2031))
    kept = future.draws["rate"].sel(scenario="model", year=slice(2000, 2024))
    np.testing.assert_array_equal(kept, posterior.prevalence)
    assert future.draws["draw"].values.tolist() == posterior.prevalence["draw"].values.tolist()
    assert future.draws["rate"].dims == ("scenario", "area", "year", "draw")
    assert future.chains == posterior.chains


def test_numbers_are_rates_times_one_vintage(posterior):
    future = project(posterior, until=2060, rng=1)
    people = datasets.population(ages="5-17", vintage="WPP2024").series("WLD", ages="5-17")
    for year in (2000, 2012, 2024, 2035):
        np.testing.assert_allclose(
            future.at(year, "number"), future.at(year) * float(people.sel(year=year)), rtol=1e-12
        )
    assert future.last_number_year == int(people["year"][-1]) == 2035
    assert future.attributes["population"] == "World Population Prospects 2024, medium variant"


def test_another_population(posterior):
    years = range(2000, 2041)
    table = pd.DataFrame({"area": "WLD", "year": years, "sex": "total", "age": "5-17", "count": 1e9})
    mine = Population.from_dataframe(table, vintage="flat")
    future = project(posterior, until=2060, population=mine, rng=1)
    assert future.last_number_year == 2040
    np.testing.assert_allclose(future.at(2040, "number"), 1e9 * future.at(2040))
    assert future.attributes["population"].startswith("flat")
    np.testing.assert_array_equal(future.at(2060), project(posterior, until=2060, rng=1).at(2060))


def test_a_later_end_changes_no_earlier_year(posterior):
    near, far = (project(posterior, until=until, rng=3) for until in (2030, 2060))
    for year in range(2000, 2031):
        np.testing.assert_array_equal(near.at(year), far.at(year))


def test_seeds(posterior):
    first = project(posterior, until=2030, rng=3)
    same = project(posterior, until=2030, rng=np.random.SeedSequence(3))
    other = project(posterior, until=2030, rng=4)
    assert first.draws.identical(same.draws)
    assert not np.array_equal(first.at(2030), other.at(2030))
    np.testing.assert_array_equal(first.at(2024), other.at(2024))


def test_until_the_last_year_adds_nothing(posterior):
    assert project(posterior, until=2024, rng=1).years.tolist() == list(range(2000, 2025))


def test_no_end_before_the_data(posterior):
    with pytest.raises(InputError, match="cannot end before the last year with data"):
        project(posterior, until=2023, rng=1)


def test_the_mean_of_a_rate_is_not_the_rate_of_the_mean(posterior):
    """Back-transform bias: on a convex stretch of the curve the mean of draws lies above expit(mean log-odds)."""
    rate = project(posterior, until=2060, rng=1).at(2060)
    odds = np.log(rate / (1 - rate))
    assert rate.mean() > 1.05 / (1 + np.exp(-odds.mean()))
