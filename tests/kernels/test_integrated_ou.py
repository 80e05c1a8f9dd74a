"""Oracles: SciPy's double quadrature of the covariance of X, and conditional Gaussian algebra for one step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

from target87.kernels import integrated_ou

TIMES = np.array([0.0, 0.5, 4.0, 4.0, 11.5, 24.0, 60.0])


def by_quadrature(s: float, t: float, length: float) -> float:
    """The double integral, split along the diagonal, where the integrand has its kink."""
    low, high = sorted((s, t))

    def inner(u: float) -> float:
        before, _ = quad(lambda v: math.exp(-(u - v) / length), 0, u)
        after, _ = quad(lambda v: math.exp(-(v - u) / length), u, high)
        return before + after

    return quad(inner, 0, low)[0]


@pytest.mark.parametrize("length", [0.3, 5.0, 40.0])
@pytest.mark.parametrize(("s", "t"), [(0.5, 0.5), (4.0, 11.5), (24.0, 4.0), (24.0, 24.0), (0.0, 9.0)])
def test_covariance_is_the_double_integral(s, t, length):
    ours = integrated_ou.covariance(np.float64(s), np.float64(t), np.float64(length))
    # 1e-7: what quad promises, relative
    assert ours == pytest.approx(by_quadrature(s, t, length), rel=1e-7, abs=1e-12)


def test_covariance_off_the_diagonal_by_plain_dblquad():
    """Disjoint stretches have no kink: W(9) - W(4) against W(3)."""
    nine, four, three, length = (np.float64(value) for value in (9.0, 4.0, 3.0, 2.5))
    ours = integrated_ou.covariance(nine, three, length) - integrated_ou.covariance(four, three, length)
    other, _ = dblquad(lambda u, v: math.exp(-abs(u - v) / 2.5), 4.0, 9.0, 0.0, 3.0)
    assert ours == pytest.approx(other, rel=1e-7)


def test_cross_covariance_is_the_single_integral():
    for s in (0.0, 2.0, 17.0, 24.0):
        integral, _ = quad(lambda v: math.exp(-(24.0 - v) / 6.0), 0.0, s)
        ours = integrated_ou.cross_covariance(24.0, np.array([s]), np.float64(6.0))
        assert ours[0] == pytest.approx(integral, rel=1e-9, abs=1e-15)


@settings(derandomize=True, max_examples=60)
@given(
    times=st.lists(st.floats(0.01, 80.0), min_size=1, max_size=8),
    length=st.floats(0.05, 500.0),
)
def test_covariance_is_symmetric_and_positive(times, length):
    points = np.array(times)
    matrix = integrated_ou.covariance(points[:, None], points, np.float64(length))
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-9, atol=1e-9)
    # with a memory of 500 years and days between times the difference of near-equal terms is good to 1e-8 or so
    assert np.linalg.eigvalsh((matrix + matrix.T) / 2).min() >= -1e-8 * matrix.max()


@pytest.mark.parametrize(("length", "limit"), [(1e6, lambda s, t: s * t), (1e-4, lambda s, t: 2e-4 * min(s, t))])
def test_covariance_goes_to_a_line_and_to_a_random_walk(length, limit):
    """A slope that never forgets makes a line; one that forgets at once makes a random walk of variance 2 length t."""
    ours = integrated_ou.covariance(np.float64(7.0), np.float64(20.0), np.float64(length))
    assert ours == pytest.approx(limit(7.0, 20.0), rel=1e-4)


@pytest.mark.parametrize(("s", "t", "length"), [(1.0, 3.0, 1000.0), (0.5, 0.5, 300.0), (0.25, 24.0, 5000.0)])
def test_covariance_keeps_its_digits_when_nothing_is_forgotten(s, t, length):
    """Near a straight line its terms cancel: eight digits must be left, against 60-digit decimals."""
    from decimal import Decimal, getcontext

    getcontext().prec = 60
    a, b, ell = (Decimal(value) for value in (s, t, length))
    exact = ell**2 * (2 * a / ell + (-a / ell).exp() + (-b / ell).exp() - 1 - (-(b - a) / ell).exp())
    ours = integrated_ou.covariance(np.float64(s), np.float64(t), np.float64(length))
    assert ours == pytest.approx(float(exact), rel=1e-7)


def test_integral_noise_is_continuous_where_its_series_takes_over():
    """Against 60-digit decimals, on both sides of the change and far from it."""
    from decimal import Decimal, getcontext

    getcontext().prec = 60
    for h in (1e-8, 1e-5, 1e-3, 9.99e-3, 1e-2, 1.001e-2, 0.1, 1.0, 30.0):
        d = Decimal(h)
        exact = float(2 * d - 3 + 4 * (-d).exp() - (-2 * d).exp())
        # the plain difference loses about eps / h**3 * h: 5e-9 at h = 0.01; the series' first left-out term is 4e-10
        assert integrated_ou._integral_noise(np.float64(h)) == pytest.approx(exact, rel=1e-8)


def conditional_step(gap: float, sd: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Law of (X, W) after a gap given X = 1 at its start, from the joint covariance by Gaussian conditioning."""
    decay = math.exp(-gap / length)
    single, _ = quad(lambda v: math.exp(-v / length), 0.0, gap)
    double = by_quadrature(gap, gap, length)
    joint = sd**2 * np.array([[1.0, decay, single], [decay, 1.0, single], [single, single, double]])
    gain = joint[1:, 0] / joint[0, 0]
    return gain, joint[1:, 1:] - np.outer(gain, joint[0, 1:])


@pytest.mark.parametrize(("gap", "length"), [(0.02, 5.0), (1.0, 4.0), (4.0, 1.5), (9.0, 300.0)])
def test_one_step_has_the_conditional_law(gap, length):
    draws, sd = 200_000, 0.3
    gain, noise = conditional_step(gap, sd, length)
    ones = np.ones(draws)
    state, total = integrated_ou._transition(
        ones, 0.0 * ones, gap, sd * ones, length * ones, np.random.default_rng(8701)
    )
    both = np.stack([state, total])
    spread = np.sqrt(np.diag(noise))
    # 4.5 standard errors of a mean, and of a variance or covariance (at most sqrt(2 / n) of the product of sds)
    np.testing.assert_array_less(np.abs(both.mean(axis=1) - gain) / spread, 4.5 / math.sqrt(draws))
    np.testing.assert_array_less(np.abs(np.cov(both) - noise) / np.outer(spread, spread), 4.5 * math.sqrt(2 / draws))


@pytest.mark.parametrize("length", [0.7, 6.0, 200.0])
def test_simulated_paths_have_the_covariance(length):
    draws, sd = 200_000, 1.7
    paths, last = integrated_ou.simulate(TIMES, np.full(draws, sd), np.full(draws, length), np.random.default_rng(8702))
    full = np.column_stack([paths[:, 1:], last])
    moving = TIMES[1:]
    expected = np.empty((full.shape[1], full.shape[1]))
    for i, s in enumerate(moving):
        expected[i, :-1] = [sd**2 * by_quadrature(s, t, length) for t in moving]
        expected[i, -1] = expected[-1, i] = sd**2 * quad(lambda v: math.exp(-(moving[-1] - v) / length), 0.0, s)[0]
    expected[-1, -1] = sd**2
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_array_less(np.abs(np.cov(full.T) - expected) / scale, 4.5 * math.sqrt(2 / draws))
    np.testing.assert_array_less(np.abs(full.mean(axis=0)) / np.sqrt(np.diag(expected)), 4.5 / math.sqrt(draws))
    np.testing.assert_array_equal(paths[:, 0], 0.0)
    np.testing.assert_array_equal(paths[:, 2], paths[:, 3])


def test_a_start_is_kept():
    draws = 100_000
    start = np.full(draws, -0.4)
    paths, last = integrated_ou.simulate(
        np.array([3.0]), np.full(draws, 0.2), np.full(draws, 5.0), np.random.default_rng(8703), start=start
    )
    gain, noise = conditional_step(3.0, 0.2, 5.0)
    means = np.array([last.mean(), paths[:, 0].mean()])
    np.testing.assert_array_less(np.abs(means + 0.4 * gain) / np.sqrt(np.diag(noise)), 4.5 / math.sqrt(draws))
    np.testing.assert_array_equal(start, -0.4)


def test_no_wandering_is_no_path():
    paths, last = integrated_ou.simulate(TIMES, np.zeros(3), np.full(3, 5.0), np.random.default_rng(1))
    assert not paths.any()
    assert not last.any()
