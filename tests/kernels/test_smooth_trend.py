"""Oracles: scipy.stats.multivariate_normal on covariances built element by element, and dense conditioning."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import halfnorm, lognorm, multivariate_normal, norm

from target87.kernels import smooth_trend
from target87.kernels.smooth_trend import Parameters, Problem
from tests.statistical.dense import pace_path_covariance, path_covariance


def problem(seed: int, figures: int, periods: int = 1, shifts: int = 2) -> Problem:
    """A problem with ``figures`` observations, the first ``periods`` of them averages over three moments."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.uniform(0, 20, figures))
    times: list[float] = []
    averages = np.zeros((figures, 3 * periods + figures - periods))
    for row in range(figures):
        mine = starts[row] + np.array([0.2, 1.0, 2.5]) if row < periods else starts[row : row + 1] + 3.0
        share = rng.dirichlet(np.ones(mine.size))
        averages[row, len(times) : len(times) + mine.size] = share
        times.extend(mine)
    support = np.array(times)
    between = np.abs(starts[:, None] - starts) / 4.0
    if figures > 2:
        between[0, 1:] = between[1:, 0] = np.inf
    known = rng.uniform(1e-4, 1e-2, figures)
    scale = rng.uniform(1.0, 1.3, figures)
    scale[-1] = 0.0
    return Problem(
        y=rng.normal(-2.0, 0.5, figures),
        mean=np.full(figures, -2.2),
        x=averages @ support,
        support=support,
        averages=averages,
        shifts=rng.integers(0, 2, (figures, shifts)).astype(float),
        shift_sd=rng.uniform(0.02, 0.4, shifts),
        level_sd=1.0,
        slope_sd=0.05,
        known=known,
        scale=scale,
        gap=between,
        location=np.array([math.log(0.07), 0.3, 0.0, math.log(5.0)]),
        spread=np.array([0.5, 1.1, 0.04, 0.7]),
    )


def one_by_one(prob: Problem, z: np.ndarray) -> tuple[float, float, float, float]:
    """The four parameters as quantiles of their stated priors at the probability of ``z``."""
    upper = norm.sf(z)
    odds = math.exp(prob.location[1] + prob.spread[1] * z[1])
    return (
        lognorm.isf(upper[0], prob.spread[0], scale=math.exp(prob.location[0])),
        odds / (1 + odds),
        halfnorm.isf(upper[2], scale=prob.spread[2]),
        lognorm.isf(upper[3], prob.spread[3], scale=math.exp(prob.location[3])),
    )


def element(prob: Problem, i: int, j: int, error: float, common: float, wander: float, length: float) -> float:
    """Covariance of observations ``i`` and ``j``, as a person would add it up."""
    total = prob.level_sd**2 + prob.slope_sd**2 * prob.x[i] * prob.x[j]
    for a in range(prob.support.size):
        for b in range(prob.support.size):
            share = prob.averages[i, a] * prob.averages[j, b]
            if share:
                total += wander**2 * share * path_covariance(prob.support[a], prob.support[b], length)
    for k in range(prob.shift_sd.size):
        total += prob.shifts[i, k] * prob.shifts[j, k] * prob.shift_sd[k] ** 2
    if math.isfinite(prob.gap[i, j]):
        total += error**2 * prob.scale[i] * prob.scale[j] * common ** prob.gap[i, j]
    return total + (prob.known[i] if i == j else 0.0)


def dense(prob: Problem, theta: tuple[float, float, float, float]) -> np.ndarray:
    n = prob.y.size
    return np.array([[element(prob, i, j, *theta) for j in range(n)] for i in range(n)])


@settings(derandomize=True, max_examples=25)
@given(seed=st.integers(0, 5000), figures=st.lists(st.integers(2, 7), min_size=1, max_size=3))
def test_log_likelihood_of_a_padded_stack(seed, figures):
    problems = [problem(seed + k, n, periods=min(k, n)) for k, n in enumerate(figures)]
    stack = smooth_trend.Stack(problems)
    z = np.random.default_rng(seed).normal(0, 1.3, (2 * len(problems), 4))
    which = np.tile(np.arange(len(problems)), 2)
    ours = stack.log_likelihood(z, which)
    for value, at, row in zip(ours, z, which, strict=True):
        prob = problems[row]
        covariance = dense(prob, one_by_one(prob, at))
        # 1e-7: covariances with a prior sd of 1 and errors of 1 % have condition numbers of 1e4 to 1e6
        assert value == pytest.approx(multivariate_normal(prob.mean, covariance).logpdf(prob.y), rel=1e-7, abs=1e-7)


def test_what_was_asked_before_changes_nothing():
    """A stack remembers the problems asked for last: the whole, a part, the whole again, another order."""
    problems = [problem(seed, 3 + seed) for seed in range(3)]
    stack = smooth_trend.Stack(problems)
    z = np.random.default_rng(2).normal(size=(6, 4))
    every, part, other = np.array([0, 0, 1, 1, 2, 2]), np.array([2, 0]), np.array([2, 1, 0, 2, 1, 0])
    for which in (every, part, every, other, every, other[:2], every.copy(), part):
        alone = [
            smooth_trend.Stack([problems[row]]).log_likelihood(z[k : k + 1], np.zeros(1, dtype=np.intp))[0]
            for k, row in enumerate(which)
        ]
        np.testing.assert_allclose(stack.log_likelihood(z[: which.size], which), alone, rtol=1e-10)


def test_parameters_are_quantiles_of_their_priors():
    prob = problem(4, 3)
    z = np.random.default_rng(1).normal(0, 2, (200, 4))
    ours = smooth_trend.parameters(prob, z)
    theirs = np.array([one_by_one(prob, row) for row in z])
    np.testing.assert_allclose(
        np.column_stack([ours.error, ours.common, ours.wander, ours.length]), theirs, rtol=1e-9, atol=1e-12
    )


def functionals(prob: Problem, grid: np.ndarray, wander: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Prior covariance of (path at the grid, slope, last deviation, shifts), and their covariance with the data."""
    moments = [*grid]
    g, j = len(moments), prob.shift_sd.size
    own = np.zeros((g + 2 + j, g + 2 + j))
    cross = np.zeros((g + 2 + j, prob.y.size))
    for a, s in enumerate(moments):
        for b, t in enumerate(moments):
            own[a, b] = prob.level_sd**2 + prob.slope_sd**2 * s * t + wander**2 * path_covariance(s, t, length)
        own[a, g] = own[g, a] = prob.slope_sd**2 * s
        own[a, g + 1] = own[g + 1, a] = wander**2 * pace_path_covariance(moments[-1], s, length)
    own[g, g], own[g + 1, g + 1] = prob.slope_sd**2, wander**2
    own[g + 2 :, g + 2 :] = np.diag(prob.shift_sd**2)
    for i in range(prob.y.size):
        for share, t in zip(prob.averages[i], prob.support, strict=True):
            for a, s in enumerate(moments):
                cross[a, i] += share * wander**2 * path_covariance(s, t, length)
            cross[g + 1, i] += share * wander**2 * pace_path_covariance(moments[-1], t, length)
        cross[:g, i] += prob.level_sd**2 + prob.slope_sd**2 * grid * prob.x[i]
        cross[g, i] = prob.slope_sd**2 * prob.x[i]
        cross[g + 2 :, i] = prob.shifts[i] * prob.shift_sd**2
    return own, cross


THETAS = [(0.06, 0.4, 0.05, 6.0), (0.15, 0.8, 0.12, 1.5), (0.02, 0.2, 0.004, 30.0)]


def fixed(theta: tuple[float, float, float, float], draws: int) -> Parameters:
    return Parameters(*(np.full(draws, value) for value in theta))


def joined(latents: smooth_trend.Latents) -> np.ndarray:
    return np.column_stack([latents.path, latents.slope, latents.deviation, latents.shifts])


def assert_law(got: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> None:
    """Means within 4.5 standard errors, every covariance within 4.5 of its own largest standard error."""
    spread, draws = np.sqrt(np.diag(covariance)), len(got)
    np.testing.assert_array_less(np.abs(got.mean(axis=0) - mean) / spread, 4.5 / math.sqrt(draws))
    off = np.abs(np.cov(got.T) - covariance) / np.outer(spread, spread)
    np.testing.assert_array_less(off, 4.5 * math.sqrt(2 / draws))


@pytest.mark.parametrize("theta", THETAS)
@pytest.mark.parametrize(("figures", "periods"), [(7, 0), (4, 2)])
def test_latents_have_the_conditional_law(theta, figures, periods):
    prob = problem(87, figures, periods)
    grid = np.unique(np.concatenate([np.arange(0.0, 27.0, 6.0), [prob.support.max() + 1.0]]))
    own, cross = functionals(prob, grid, theta[2], theta[3])
    data = dense(prob, theta)
    gain = np.linalg.solve(data, cross.T).T
    mean, covariance = gain @ (prob.y - prob.mean), own - gain @ cross.T
    latents = smooth_trend.draw_latents(prob, fixed(theta, 60_000), grid, np.random.default_rng(8710))
    assert_law(joined(latents), mean, covariance)


def test_prior_latents_leave_the_data_aside():
    prob, theta = problem(5, 4, 1), THETAS[0]
    grid = np.array([0.0, 8.0, 30.0])
    own, _ = functionals(prob, grid, theta[2], theta[3])
    latents = smooth_trend.draw_latents(prob, fixed(theta, 60_000), grid, np.random.default_rng(8711), prior=True)
    assert_law(joined(latents), np.zeros(len(own)), own)


def test_each_draw_uses_its_own_parameters():
    """Half of the draws at one point, half at another, equal each point's own law."""
    prob = problem(87, 5, 1)
    grid = np.array([4.0, 30.0])
    both = Parameters(*(np.repeat(pair, 40_000) for pair in zip(THETAS[0], THETAS[1], strict=True)))
    got = joined(smooth_trend.draw_latents(prob, both, grid, np.random.default_rng(8712)))
    for part, theta in zip((got[:40_000], got[40_000:]), THETAS[:2], strict=True):
        own, cross = functionals(prob, grid, theta[2], theta[3])
        gain = np.linalg.solve(dense(prob, theta), cross.T).T
        assert_law(part, gain @ (prob.y - prob.mean), own - gain @ cross.T)


def test_a_grid_that_ends_before_the_data_is_refused():
    prob = problem(1, 3, 0)
    with pytest.raises(ValueError, match="must reach the last support time"):
        smooth_trend.draw_latents(prob, fixed(THETAS[0], 2), np.array([0.0, 1.0]), np.random.default_rng(1))


@pytest.mark.parametrize("index", [0, 2, 4])
def test_prediction_of_an_observation_is_dense_conditioning(index):
    prob = problem(31, 5, 2)
    for theta in THETAS:
        covariance, residual = dense(prob, theta), prob.y - prob.mean
        others = [k for k in range(5) if k != index]
        gain = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, index])
        mean, sd = smooth_trend.predict_observation(prob, fixed(theta, 3), index)
        assert mean == pytest.approx(np.full(3, prob.mean[index] + gain @ residual[others]), rel=1e-8)
        variance = covariance[index, index] - gain @ covariance[others, index]
        assert sd == pytest.approx(np.full(3, math.sqrt(variance)), rel=1e-7)


def test_an_observation_without_shifts():
    prob = problem(2, 4, 1, shifts=0)
    latents = smooth_trend.draw_latents(prob, fixed(THETAS[0], 5), np.array([0.0, 30.0]), np.random.default_rng(1))
    assert latents.shifts.shape == (5, 0)
    theta = one_by_one(prob, np.zeros(4))
    ours = smooth_trend.Stack([prob]).log_likelihood(np.zeros((1, 4)), np.zeros(1, dtype=np.intp))
    assert ours[0] == pytest.approx(multivariate_normal(prob.mean, dense(prob, theta)).logpdf(prob.y), rel=1e-8)


def test_a_problem_is_not_changed():
    prob = problem(3, 4, 1)
    before = replace(prob, **{name: np.copy(getattr(prob, name)) for name in ("y", "support", "averages", "gap")})
    smooth_trend.Stack([prob, problem(4, 6)]).log_likelihood(np.zeros((2, 4)), np.arange(2))
    smooth_trend.draw_latents(prob, fixed(THETAS[0], 3), np.array([0.0, 40.0]), np.random.default_rng(1))
    for name in ("y", "support", "averages", "gap"):
        np.testing.assert_array_equal(getattr(prob, name), getattr(before, name))
