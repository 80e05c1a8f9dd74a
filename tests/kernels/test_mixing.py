"""Oracles: ArviZ's functions, one quantity at a time; ranks by SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.stats import norm, rankdata

from target87.kernels import mixing

TAILS = np.array([0.05, 0.95])
AXES = {"chain_axis": -2, "draw_axis": -1}


def autoregressions(chains, draws, count=24, seed=1):
    """Chains of every kind: independent, sticky, alternating, tied, capped, apart."""
    x = np.random.default_rng(seed).normal(size=(count, chains, draws))
    for row, one in enumerate(x):
        strength = (0.0, 0.5, 0.9, 0.99, -0.6, -0.95)[row % 6]
        for t in range(1, draws):
            one[:, t] = strength * one[:, t - 1] + np.sqrt(1 - strength**2) * one[:, t]
        if row % 5 == 1:
            one[:] = np.round(one)
        if row % 7 == 2:
            one[:] = np.minimum(one, 0.0)
        if row % 11 == 3:
            one[0] += 2.0
    return x


@pytest.mark.parametrize(("chains", "draws"), [(8, 500), (4, 250), (2, 101), (3, 26), (1, 40)])
def test_the_three_are_arvizs(chains, draws):
    x = autoregressions(chains, draws)
    ours = mixing.diagnose(x, TAILS)
    halves = array_stats.rhat(x, method="rank", **AXES) if chains > 1 else None
    if halves is not None:
        np.testing.assert_allclose(ours[0], halves, rtol=1e-10)
    np.testing.assert_allclose(ours[1], array_stats.ess(x, method="bulk", **AXES), rtol=1e-10)
    np.testing.assert_allclose(ours[2], array_stats.ess(x, method="tail", prob=tuple(TAILS), **AXES), rtol=1e-10)


@pytest.mark.parametrize("draws", [4, 5, 6, 9, 10, 200, 333])
def test_split_and_mean_are_arvizs(draws):
    x = autoregressions(4, draws)
    x = x[mixing.split(x).var(axis=-1).sum(axis=-1) > 0]  # where no half moves ArviZ divides by zero
    halves = mixing.split(x)
    np.testing.assert_allclose(mixing.rhat(halves), array_stats.rhat(x, method="split", **AXES), rtol=1e-10)
    np.testing.assert_allclose(mixing.effective_size(halves), array_stats.ess(x, method="mean", **AXES), rtol=1e-10)


def test_scores_are_those_of_mean_ranks():
    x = np.round(np.random.default_rng(3).normal(size=(2, 60)), 1)
    order = np.argsort(x, axis=1)
    ours = mixing._scores(order, np.take_along_axis(x, order, axis=1))
    theirs = [norm.ppf((rankdata(row) - 3 / 8) / (60 + 1 / 4)) for row in x]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_company_changes_nothing():
    x = autoregressions(8, 100)
    whole = mixing.diagnose(x, TAILS)
    for row in (0, 7, 23):
        for one, all_ in zip(mixing.diagnose(x[row : row + 1], TAILS), whole, strict=True):
            assert one[0] == all_[row]


def test_a_constant_counts_in_full():
    assert mixing.effective_size(np.full((1, 4, 50), 3.0)) == 200.0
    assert np.isnan(mixing.effective_size(np.array([[[0.0], [1.0]]]))).all()


def test_chains_that_stand_still_apart_have_not_mixed():
    still = np.repeat(np.array([[0.0, 1.0, 2.0, 3.0]]), 50, axis=0).T[None]
    assert mixing.rhat(mixing.split(still))[0] == np.inf
