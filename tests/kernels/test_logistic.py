"""Oracle: statsmodels' generalised linear model, binomial, with frequency weights."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from target87.kernels import logistic


@pytest.mark.parametrize("seed", range(4))
def test_equal_to_statsmodels(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(200), rng.normal(size=200), rng.random(200) < 0.3]).astype(float)
    y = (rng.random(200) < 1.0 / (1.0 + np.exp(-x @ [0.3, 0.8, -0.5]))).astype(float)
    w = rng.lognormal(0.0, 0.5, 200)
    model = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-13, maxiter=200)
    fitted = logistic.fit(x, w * y, w)
    assert fitted.converged
    np.testing.assert_allclose(fitted.coefficients, model.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fitted.probabilities, model.predict(x), rtol=1e-8)


def test_cells_are_rows_put_together():
    x = np.array([[1.0, 0.0], [1.0, 1.0]])
    fitted = logistic.fit(x, np.array([3.0, 9.0]), np.array([4.0, 12.0]))
    np.testing.assert_allclose(fitted.probabilities, [0.75, 0.75])


def test_dependent_columns_are_harmless():
    x = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])
    fitted = logistic.fit(x, np.array([1.0, 0.0, 1.0, 1.0]) * [1, 1, 2, 1], np.array([1.0, 1.0, 3.0, 1.0]))
    assert fitted.converged
    np.testing.assert_allclose(fitted.probabilities, [0.5, 0.5, 0.75, 0.75])


@pytest.mark.parametrize("ones", [[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
def test_separation_is_told(ones):
    x = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    assert not logistic.fit(x, np.array(ones), np.ones(4)).converged
