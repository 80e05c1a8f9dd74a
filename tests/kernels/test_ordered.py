"""Oracle: numpy.quantile with its default method, linear (type 7)."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from target87.kernels.ordered import quantiles

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=7)
VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)


@settings(derandomize=True, max_examples=150)
@given(draws=hnp.arrays(np.float64, SHAPES, elements=VALUES), at=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_equal_to_numpy(draws, at):
    probabilities = np.array(at)
    expected = np.moveaxis(np.quantile(draws, probabilities, axis=-1), 0, -1)
    # both are a + w (b - a), numpy from the nearer end: equal to a rounding of the largest value
    np.testing.assert_allclose(quantiles(draws, probabilities), expected, rtol=1e-13, atol=1e-9)


def test_ends_are_the_extremes():
    draws = np.random.default_rng(1).normal(size=(3, 101))
    np.testing.assert_array_equal(quantiles(draws, np.array([0.0, 1.0])), np.stack([draws.min(1), draws.max(1)], 1))


def test_levels_never_reached_stay_infinite():
    draws = np.array([2030.0, 2040.0, np.inf, np.inf, np.inf])
    got = quantiles(draws, np.array([0.0, 0.125, 0.25, 0.3, 0.5, 1.0]))
    np.testing.assert_array_equal(got, [2030.0, 2035.0, 2040.0, np.inf, np.inf, np.inf])
    np.testing.assert_array_equal(quantiles(np.full(4, np.inf), np.array([0.1, 0.5])), [np.inf, np.inf])


def test_input_is_left_alone():
    draws = np.array([3.0, 1.0, 2.0])
    quantiles(draws, np.array([0.5]))
    np.testing.assert_array_equal(draws, [3.0, 1.0, 2.0])
