"""Oracles: counting by hand, the symmetry of the prior, and one-dimensional quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.errors import InputError
from target87.forecast.attainment import (
    OPERATIONAL_ZEROS,
    check_threshold,
    probability_below,
    probability_of_decline,
    year_reached,
)
from target87.forecast.projecting import project
from target87.prevalence import TrendModel, published_series
from target87.results.projection import Projection


def made_up(rates, first_year=2024, chains=2, people=1000.0):
    """A projection from ``(year, draw)`` rates."""
    rates = np.asarray(rates, dtype=float)
    years = np.arange(first_year, first_year + len(rates))
    dims = ("scenario", "area", "year", "draw")
    population = np.full((1, len(rates)), people)
    draws = xr.Dataset(
        {
            "rate": (dims, rates[None, None]),
            "number": (dims, (rates * population.T)[None, None]),
            "population": (("area", "year"), population),
        },
        coords={"scenario": ["model"], "area": ["World"], "year": years, "draw": np.arange(rates.shape[1])},
    )
    return Projection(draws, chains, {"title": "made up", "last_year": first_year})


def falling(draws=4000, seed=1):
    rng = np.random.default_rng(seed)
    return made_up(0.05 * np.exp(np.cumsum(rng.normal(-0.05, 0.2, (20, draws)), axis=0)), chains=4)


def test_probability_below_counts_draws():
    future = made_up([[0.10] * 40, [0.004] * 10 + [0.02] * 30])
    probability = probability_below(future, 0.01, 2025)
    assert (probability.hits, probability.draws, probability.value) == (10, 40, 0.25)
    assert probability_below(future, 0.02, 2025).hits == 10, "below is below, not at"


def test_nothing_is_lost_between_thresholds_and_years():
    """P(year reached <= y) is at least P(below in y); both grow with the threshold."""
    future = falling()
    for threshold in (0.005, 0.01, 0.02):
        reached = year_reached(future, threshold)
        for year in (2030, 2043):
            assert (reached <= year).mean() >= probability_below(future, threshold, year).value
        at = np.isfinite(reached)
        rates = future.draws["rate"].to_numpy()[0, 0]
        columns = np.flatnonzero(at)
        steps = reached[at].astype(int) - 2024
        assert (rates[steps, columns] < threshold).all()
        assert all((rates[:step, column] >= threshold).all() for step, column in zip(steps, columns, strict=True))
        assert (rates[:, ~at] >= threshold).all()
    assert (year_reached(future, 0.02) <= year_reached(future, 0.005)).all()


def test_a_draw_that_never_gets_there_is_infinite():
    reached = year_reached(made_up([[0.1, 0.1, 0.001], [0.1, 0.005, 0.1]]), 0.01)
    assert reached.tolist() == [math.inf, 2025.0, 2024.0]


def test_years_before_the_last_figure_do_not_count():
    """Below once and above when last measured is not there yet; below when last measured is there."""
    future = made_up([[0.001, 0.1], [0.1, 0.001], [0.1, 0.001], [0.001, 0.1]], first_year=2022)
    future = Projection(future.draws, future.chains, {"last_year": 2024})
    assert year_reached(future, 0.01).tolist() == [2025.0, 2024.0]


def test_decline_is_paired():
    rng = np.random.default_rng(2)
    base = rng.lognormal(-3, 0.5, 2000)
    halfway = made_up(np.stack([base, base * 0.999]), chains=4)
    assert probability_of_decline(halfway, 2025, 2024).value == 1.0
    same = made_up(np.stack([base, base]), chains=4)
    nothing = probability_of_decline(same, 2025, 2024)
    assert nothing.value == 0.0
    assert str(nothing) == "< 0.005"
    shuffled = made_up(np.stack([base, rng.permutation(base)]), chains=4)
    assert probability_of_decline(shuffled, 2025, 2024).value == pytest.approx(0.5, abs=0.05)


def test_numbers_decline_with_their_own_population():
    future = made_up(np.array([[0.1, 0.1], [0.099, 0.05]]), chains=1)
    future.draws["number"][..., 1, :] *= 1.2
    assert probability_of_decline(future, 2025, 2024).value == 1.0
    assert probability_of_decline(future, 2025, 2024, "number").value == 0.5


@pytest.mark.parametrize("name", ["child_labour", "forced_labour"])
def test_a_symmetric_prior_gives_even_odds(name):
    """Decline and rise of the rate are equally likely beforehand, over any stretch: within 4.5 standard errors."""
    model = TrendModel(published_series(name))
    draws = 40_000
    future = project(model.prior_predictive(draws=draws, rng=87), until=2030, rng=87)
    last = model.series.years[-1]
    for end, start in ((2030, last), (2030, model.series.years[-2]), (last, model.series.years[0])):
        share = probability_of_decline(future, end, start).value
        assert abs(share - 0.5) < 4.5 * 0.5 / math.sqrt(draws)


def test_prior_probability_of_a_threshold():
    """Prior of the first year's rate is logit-normal: its distribution function at the threshold."""
    from scipy.stats import norm

    model = TrendModel(published_series("child_labour"))
    future = project(model.prior_predictive(draws=40_000, rng=5), until=2024, rng=5)
    odds = math.log(0.05 / 0.95) - math.log(model.priors.level / (1 - model.priors.level))
    exact = norm.cdf(odds / model.priors.level_sd)
    found = probability_below(future, 0.05, 2000)
    assert abs(found.value - exact) < 4.5 * math.sqrt(exact * (1 - exact) / 40_000)


def test_monte_carlo_error_is_the_spread_over_seeds():
    """Of P(decline) over 40 seeds: the mean error reported, within what 40 values allow (chi-square, 99.9 %)."""
    model = TrendModel(published_series("forced_labour"))
    posterior = model.fit(draws=2000, rng=1)
    found = []
    for seed in range(40):
        fresh = project(model.prior_predictive(draws=1000, rng=seed), until=2030, rng=seed)
        found.append(probability_of_decline(fresh, 2030, 2021))
    ratio = np.std([one.value for one in found], ddof=1) / np.mean([one.mcse for one in found])
    assert 0.66 < ratio < 1.42
    future = project(posterior, until=2030, rng=1)
    autocorrelated = probability_of_decline(future, 2021, 2012)
    assert autocorrelated.mcse > 0.8 * math.sqrt(autocorrelated.value * (1 - autocorrelated.value) / 2000)


@pytest.mark.parametrize("year", [2023, 2044])
def test_years_outside_the_projection(year):
    future = falling(draws=8)
    for ask in (lambda: probability_below(future, 0.01, year), lambda: probability_of_decline(future, year, 2030)):
        with pytest.raises(InputError, match="outside the projection"):
            ask()


def test_zero_is_stated_never_implied():
    with pytest.raises(InputError) as caught:
        check_threshold(0)
    text = str(caught.value)
    assert "never reached" in text
    for zero in OPERATIONAL_ZEROS:
        assert f"threshold={zero:g}" in text


@pytest.mark.parametrize(("threshold", "advice"), [(5, "5% or 0.05"), (1, "1% or 0.01"), (0.5e2, "50% or 0.5")])
def test_a_percentage_is_recognised(threshold, advice):
    with pytest.raises(InputError, match=f"write {advice}"):
        check_threshold(threshold)


@pytest.mark.parametrize("threshold", [-0.01, math.nan, math.inf, -math.inf])
def test_thresholds_outside_are_refused(threshold):
    with pytest.raises(InputError, match="proportion between 0 and 1"):
        check_threshold(threshold)
    with pytest.raises(InputError, match="proportion between 0 and 1"):
        year_reached(falling(draws=4), threshold)


@settings(derandomize=True, max_examples=50)
@given(st.floats(1e-9, 1, exclude_max=True))
def test_proportions_are_accepted(threshold):
    check_threshold(threshold)
    assert (year_reached(falling(draws=4), threshold) > 0).all()
