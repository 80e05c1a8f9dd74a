"""Oracles: scipy.stats.multivariate_normal, numpy.linalg.solve, and conditional Gaussian algebra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from target87.kernels import gaussian


def positive_definite(rng: np.random.Generator, batch: int, n: int) -> np.ndarray:
    root = rng.normal(size=(batch, n, n + 2))
    return root @ root.transpose(0, 2, 1) / n + 0.05 * np.eye(n)


@settings(derandomize=True, max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 8), padding=st.integers(0, 3))
def test_log_density_is_scipys_and_padding_adds_nothing(seed, n, padding):
    rng = np.random.default_rng(seed)
    covariance, residual = positive_definite(rng, 5, n), rng.normal(size=(5, n))
    wide = np.tile(np.eye(n + padding), (5, 1, 1))
    wide[:, :n, :n] = covariance
    ours = gaussian.log_density(np.pad(residual, ((0, 0), (0, padding))), wide, np.full(5, float(n)))
    theirs = [multivariate_normal(np.zeros(n), one).logpdf(r) for one, r in zip(covariance, residual, strict=True)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def test_triangular_solves():
    rng = np.random.default_rng(3)
    root = np.linalg.cholesky(positive_definite(rng, 6, 5))
    right = rng.normal(size=(6, 5))
    lower, upper = gaussian.solve_lower(root, right), gaussian.solve_upper(root, right)
    np.testing.assert_allclose(lower, np.linalg.solve(root, right[..., None])[..., 0], rtol=1e-12)
    np.testing.assert_allclose(upper, np.linalg.solve(root.transpose(0, 2, 1), right[..., None])[..., 0], rtol=1e-12)


def test_corrected_draws_have_the_conditional_law():
    rng, draws, g, n = np.random.default_rng(8704), 200_000, 3, 2
    joint = positive_definite(rng, 1, g + n)[0]
    cross, data, observed = joint[:g, g:], joint[g:, g:], np.array([0.8, -1.9])
    prior = rng.multivariate_normal(np.zeros(g + n), joint, size=draws)
    got = gaussian.correct(
        prior[:, :g],
        np.broadcast_to(cross, (draws, g, n)),
        np.broadcast_to(data, (draws, n, n)),
        np.broadcast_to(observed, (draws, n)),
        prior[:, g:],
    )
    mean = cross @ np.linalg.solve(data, observed)
    covariance = joint[:g, :g] - cross @ np.linalg.solve(data, cross.T)
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_array_less(np.abs(got.mean(axis=0) - mean) / spread, 4.5 / np.sqrt(draws))
    off = np.abs(np.cov(got.T) - covariance) / np.outer(spread, spread)
    np.testing.assert_array_less(off, 4.5 * np.sqrt(2 / draws))


def test_an_exact_observation_is_met():
    """With the data's own functional among those drawn and no error, every draw passes through the observation."""
    rng = np.random.default_rng(5)
    joint = positive_definite(rng, 1, 2)[0]
    prior = rng.multivariate_normal(np.zeros(2), joint, size=50)
    size = (50, 2, 2)
    got = gaussian.correct(
        prior, np.broadcast_to(joint, size), np.broadcast_to(joint, size), np.full((50, 2), 0.7), prior
    )
    assert got == pytest.approx(np.full((50, 2), 0.7), abs=1e-12)
