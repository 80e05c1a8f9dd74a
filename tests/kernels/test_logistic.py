"""Oracles: statsmodels' generalised linear model, binomial, with frequency weights; and each set fitted by itself."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from target87.kernels import logistic


def rows(seed, n=200, sets=6):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.random(n) < 0.3]).astype(float)
    y = (rng.random(n) < expit(x @ [0.3, 0.8, -0.5])).astype(float)
    w = rng.lognormal(0.0, 0.5, n)[:, None] * rng.multinomial(n, np.full(n, 1 / n), sets).T
    return x, y, w


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("start", [None, [0.2, 0.5, -0.2], [-4.0, 6.0, 9.0]])
def test_every_set_is_equal_to_statsmodels(seed, start):
    x, y, w = rows(seed)
    fitted = logistic.fit(x, w * y[:, None], w, start=None if start is None else np.array(start))
    assert fitted.converged.all()
    for k in range(w.shape[1]):
        model = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=w[:, k]).fit(tol=1e-13, maxiter=200)
        np.testing.assert_allclose(fitted.coefficients[:, k], model.params, rtol=1e-8, atol=1e-10)
        used = x[w[:, k] > 0.0] @ model.params
        np.testing.assert_allclose([fitted.lowest[k], fitted.highest[k]], [used.min(), used.max()], rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 5))
def test_the_score_vanishes_at_every_solution(seed, sets, columns):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(90), rng.normal(size=(90, columns))])
    trials = rng.lognormal(size=(90, sets))
    ones = trials * rng.uniform(0.05, 0.95, size=(90, sets))
    fitted = logistic.fit(x, ones, trials)
    assert fitted.converged.all()
    np.testing.assert_allclose(
        x.T @ (ones - trials * expit(x @ fitted.coefficients)), 0.0, atol=1e-8 * trials.sum(axis=0).max()
    )


def test_rows_are_worked_on_in_parts(monkeypatch):
    x, y, w = rows(9)
    whole = logistic.fit(x, w * y[:, None], w)
    monkeypatch.setattr(logistic, "_TOGETHER", 70)
    parts = logistic.fit(x, w * y[:, None], w)
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-9)
    np.testing.assert_allclose(parts.highest, whole.highest, rtol=1e-9)


def test_no_step_is_needed_from_the_solution():
    x, y, w = rows(3, sets=1)
    first = logistic.fit(x, w * y[:, None], w)
    again = logistic.fit(x, w * y[:, None], w, start=first.coefficients[:, 0])
    assert first.steps[0] > 2
    assert again.steps[0] == 0


def test_cells_are_rows_put_together():
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    fitted = logistic.fit(x, np.array([[3.0, 1.0], [9.0, 2.0]]), np.array([[4.0, 2.0], [12.0, 8.0]]))
    np.testing.assert_allclose(expit(x @ fitted.coefficients), [[0.75, 0.5], [0.75, 0.25]])


def test_dependent_columns_are_harmless():
    x = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])
    fitted = logistic.fit(x, np.array([[1.0], [0.0], [2.0], [1.0]]), np.array([[1.0], [1.0], [3.0], [1.0]]))
    assert fitted.converged.all()
    np.testing.assert_allclose(expit(x @ fitted.coefficients)[:, 0], [0.5, 0.5, 0.75, 0.75])


def test_separation_is_told_set_by_set():
    x = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    ones = np.array([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]).T
    fitted = logistic.fit(x, ones, np.ones((4, 4)))
    np.testing.assert_array_equal(fitted.converged, [False, False, True, False])
    np.testing.assert_array_equal(fitted.above_zero, [False, True, True, False])


def test_cells_without_trials_have_no_say():
    x = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    fitted = logistic.fit(x, np.array([[3.0], [1.0], [0.0]]), np.array([[4.0], [4.0], [0.0]]))
    assert fitted.converged.all()
    np.testing.assert_allclose(expit(x @ fitted.coefficients)[:2, 0], [0.75, 0.25])
