"""What must hold of the trend model whatever the figures are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.kernels import smooth_trend
from target87.prevalence import PRIORS, TrendModel
from tests.statistical.histories import record

Z = np.random.default_rng(87).normal(0, 1.2, (40, 4))
RATES = st.lists(st.floats(0.002, 0.6), min_size=2, max_size=7)
YEARS = list(range(2000, 2028, 4))


def model(rates, *, years=YEARS, changes=True, **columns):
    prior = PRIORS["child_labour"] if changes else replace(PRIORS["child_labour"], changes=())
    series = record("child_labour", dict(zip(years, rates, strict=False)), **columns)
    return TrendModel(series, prior)


def log_likelihood(trend_model):
    return smooth_trend.Stack([trend_model.problem()]).log_likelihood(Z, np.zeros(len(Z), dtype=np.intp))


@settings(derandomize=True, max_examples=40)
@given(rates=RATES, later=st.integers(1, 300))
def test_only_time_between_figures_counts(rates, later):
    """The same figures some years later, changes of method apart, are the same problem."""
    moved = model(rates, years=[year + later for year in YEARS], changes=False)
    np.testing.assert_allclose(log_likelihood(model(rates, changes=False)), log_likelihood(moved), rtol=1e-12)


@settings(derandomize=True, max_examples=40)
@given(rates=RATES, row=st.integers(0, 6))
def test_a_figure_with_a_huge_error_tells_nothing(rates, row):
    """The likelihood with it differs from that without by a constant."""
    if len(rates) < 3:
        rates = [*rates, 0.1]
    row %= len(rates)
    # the first and last years are kept, as they decide from when the model speaks and which changes it has
    row = min(max(row, 1), len(rates) - 2)
    errors = [np.nan] * len(rates)
    errors[row] = 1e5
    whole = model(rates, known_sd=errors, changes=False)
    without = replace(whole, series=whole.series.keep(tuple(y for i, y in enumerate(whole.series.years) if i != row)))
    difference = log_likelihood(whole) - log_likelihood(without)
    # beside an error variance of 1e10 the path's variance, of order 1, moves the determinant by 1e-10
    np.testing.assert_allclose(difference, difference[0], atol=1e-6)


@settings(derandomize=True, max_examples=20)
@given(rates=RATES)
def test_one_figure_after_another_multiplies_to_the_joint(rates):
    """Density of all figures = density of the first ones times that of the last given them."""
    if len(rates) < 3:
        rates = [*rates, 0.1]
    whole = model(rates, changes=False)
    first = replace(whole, series=whole.series.keep(whole.series.years[:-1]))
    problem = whole.problem()
    mean, sd = smooth_trend.predict_observation(problem, smooth_trend.parameters(problem, Z), problem.y.size - 1)
    last = -0.5 * ((problem.y[-1] - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(log_likelihood(first) + last, log_likelihood(whole), rtol=1e-6, atol=1e-6)


@settings(derandomize=True, max_examples=30)
@given(rates=RATES, power=st.floats(0.1, 10))
def test_scaling_the_prior_scales_the_coordinates_only(rates, power):
    """Parameters at z under the prior to a power are those at z / sqrt(power) under the prior itself, but for the
    half-normal, whose scale it is that shrinks."""
    one = model(rates)
    scaled = replace(one, prior=one.priors.scaled(power))
    ours = smooth_trend.parameters(scaled.problem(), Z)
    plain = smooth_trend.parameters(one.problem(), Z / np.sqrt(power))
    np.testing.assert_allclose(ours.error, plain.error, rtol=1e-10)
    np.testing.assert_allclose(ours.common, plain.common, rtol=1e-10)
    np.testing.assert_allclose(ours.length, plain.length, rtol=1e-10)
    np.testing.assert_allclose(ours.wander, smooth_trend.parameters(one.problem(), Z).wander / np.sqrt(power))
