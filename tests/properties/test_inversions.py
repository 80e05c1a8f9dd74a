"""Functions that undo each other, by round trip: where a complement or a sign is easily applied to the wrong one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.forecast.attainment import probability_below
from target87.forecast.pace import aarr, acceleration, annual_change, extrapolate, required_pace
from target87.forecast.projecting import project
from target87.kernels.ordered import quantiles
from target87.prevalence import TrendModel, published_series

RATES = st.floats(1e-4, 0.9)
YEARS = st.integers(1, 60)
SCALES = st.sampled_from(["log", "logit", "linear"])


@settings(derandomize=True, max_examples=100)
@given(start=RATES, end=RATES, years=YEARS, scale=SCALES)
def test_a_change_leads_where_it_came_from(start, end, years, scale):
    pace = annual_change(start, end, years, scale)
    assert float(extrapolate(start, pace, years, scale)) == pytest.approx(end, rel=1e-9)
    assert float(extrapolate(end, -pace, years, scale)) == pytest.approx(start, rel=1e-9)
    assert float(annual_change(end, start, years, scale)) == pytest.approx(-float(pace), rel=1e-12, abs=1e-15)
    assert (pace < 0) == (end < start)


@settings(derandomize=True, max_examples=100)
@given(level=RATES, threshold=RATES, years=YEARS, scale=SCALES)
def test_the_needed_pace_reaches_the_threshold(level, threshold, years, scale):
    pace = required_pace(level, threshold, years, scale)
    assert float(extrapolate(level, pace, years, scale)) == pytest.approx(threshold, rel=1e-9)


@settings(derandomize=True, max_examples=100)
@given(start=RATES, end=RATES, years=YEARS)
def test_a_reduction_compounds(start, end, years):
    left = start
    for _ in range(years):
        left *= 1 - float(aarr(start, end, years))
    assert left == pytest.approx(end, rel=1e-9)


@settings(derandomize=True, max_examples=100)
@given(start=st.floats(0.05, 0.3), fall=st.floats(0.1, 0.9), threshold=st.floats(1e-4, 4e-3), left=YEARS)
def test_the_factor_times_the_observed_pace_is_the_needed_one(start, fall, threshold, left):
    end = start * fall
    factor = acceleration(end, threshold, left, start, end, (2000, 2024)).factor
    observed = annual_change(start, end, 24)
    assert float(extrapolate(end, factor * observed, left)) == pytest.approx(threshold, rel=1e-9)


@pytest.fixture(scope="module")
def future():
    return project(TrendModel(published_series("child_labour")).fit(draws=400, rng=1), until=2040, rng=1)


@settings(derandomize=True, max_examples=60)
@given(probability=st.floats(0.02, 0.98), year=st.integers(2000, 2040))
def test_a_quantile_has_its_probability(future, probability, year):
    """The share of draws below a quantile is its probability, to one draw: neither is the other's complement."""
    (bound,) = quantiles(future.at(year), np.array([probability]))
    assert probability_below(future, float(bound), year).value == pytest.approx(probability, abs=1.5 / 400)


@settings(derandomize=True, max_examples=60)
@given(low=st.floats(0.001, 0.2), more=st.floats(0, 0.2), year=st.integers(2000, 2040))
def test_a_higher_threshold_is_never_less_likely(future, low, more, year):
    assert probability_below(future, low, year).hits <= probability_below(future, low + more, year).hits
