"""Oracles: SciPy's exact binomial test and its quantiles of Student's t."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from target87.kernels.proportion_limits import LARGE_COUNT, adjusted_size, exact_limits, upper_t


@given(st.integers(1, 5000), st.floats(0.0, 1.0), st.floats(0.001, 0.4))
def test_whole_samples_have_the_limits_of_the_binomial_test(size, share, tail):
    events = round(share * size)
    exact = stats.binomtest(events, size).proportion_ci(1.0 - 2.0 * tail, "exact")
    found = exact_limits(np.array([events / size]), np.array([float(size)]), tail)
    np.testing.assert_allclose(np.ravel(found), [exact.low, exact.high], rtol=1e-7, atol=1e-12)  # it searches to 1e-9


@given(st.floats(0.05, 0.95), st.floats(20.0, 1e6), st.floats(0.001, 0.4))  # a limit at 1 - 1e-12 has four digits
def test_limits_leave_the_tail_of_the_beta(p, size, tail):
    lower, upper = (one.item() for one in exact_limits(np.array([p]), np.array([size]), tail))
    assert stats.beta.cdf(lower, size * p, size * (1 - p) + 1) == pytest.approx(tail, rel=1e-6)
    assert stats.beta.sf(upper, size * p + 1, size * (1 - p)) == pytest.approx(tail, rel=1e-6)


def test_huge_samples_go_over_into_the_normal():
    p, sizes = np.full(2, 0.3), np.array([0.99, 1.01]) * LARGE_COUNT / 0.3
    lower, upper = exact_limits(p, sizes, 0.025)
    half = stats.norm.ppf(0.975) * np.sqrt(0.21 / sizes)
    np.testing.assert_allclose((upper - lower) / 2, half, rtol=1e-5)


def test_nothing_is_known_of_no_sample():
    sizes = np.array([0.0, -1.0, np.nan, 9.0])
    for limits in exact_limits(np.array([0.0, 0.5, 0.5, np.nan]), sizes, 0.025):
        assert np.isnan(limits).all()


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=8), st.floats(0.001, 0.4))
def test_quantiles_of_t(df, tail):
    np.testing.assert_allclose(upper_t(np.array(df), tail), stats.t.isf(tail, df), rtol=1e-8)


def test_quantiles_without_end_or_without_freedom():
    found = upper_t(np.array([[np.inf, 0.0], [-1.0, np.nan]]), 0.025)
    np.testing.assert_allclose(found, [[stats.norm.ppf(0.975), np.nan], [np.nan, np.nan]], rtol=1e-12)


def test_few_degrees_of_freedom_make_a_sample_count_less():
    t_simple, t = stats.t.isf(0.025, [99.0, 99.0]), stats.t.isf(0.025, [99.0, 5.0])
    found = adjusted_size(np.array([80.0, 80.0]), t_simple, t)
    np.testing.assert_allclose(found, [80.0, 80.0 * (1.9842169516 / 2.5705818356) ** 2], rtol=1e-9)
