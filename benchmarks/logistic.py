"""Weighted logistic regression of rows, of cells and of many sets of weights, beside statsmodels' binomial GLM."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import statsmodels.api as sm

from benchmarks.measure import Measurement, seconds
from target87.kernels.logistic import fit

COEFFICIENTS = np.array([0.3, 0.5, -0.4, 0.2, -0.1])


def run(*, smoke: bool) -> Iterator[Measurement]:
    n, sets, repeats = (2_000, 3, 1) if smoke else (100_000, 100, 5)
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(n), rng.integers(0, 2, (n, 2)), rng.normal(size=(n, 2))])
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-x @ COEFFICIENTS))).astype(np.float64)
    w = rng.lognormal(4.0, 0.5, n)[:, None] * rng.multinomial(n, np.full(n, 1.0 / n), sets).T
    ones, sample = w * y[:, None], np.ascontiguousarray(w[:, :1])

    def peer() -> np.ndarray:
        model = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=w[:, 0])
        return np.asarray(model.fit(tol=1e-12, tol_criterion="params").params)

    first = fit(x, ones[:, :1], sample)
    if not np.allclose(first.coefficients[:, 0], peer(), rtol=1e-8, atol=0.0):
        raise RuntimeError("the kernel and statsmodels differ by more than 1e-8")
    start = first.coefficients[:, 0]
    one = seconds(lambda: fit(x, ones[:, :1], sample), repeats=repeats)
    every = seconds(lambda: fit(x, ones, w, start=start), repeats=1 if smoke else 3)
    theirs = seconds(peer, repeats=repeats)
    yield Measurement(f"{n:,} rows, 5 coefficients", 1e3 * one, "ms")
    yield Measurement("the same with statsmodels.GLM", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / one, "x")
    yield Measurement(f"{sets} sets of weights together, each", 1e3 * every / sets, "ms")
    yield Measurement("times as fast as one statsmodels.GLM each", theirs * sets / every, "x")
    cells = np.column_stack([np.ones(200), rng.integers(0, 2, (200, 8))])
    trials = rng.gamma(2.0, 100.0, (200, 5 * sets))
    parts = trials * rng.uniform(0.2, 0.9, (200, 5 * sets))
    compressed = seconds(lambda: fit(cells, parts, trials), repeats=repeats)
    yield Measurement(f"200 cells, 9 coefficients, {5 * sets} sets of weights", 1e3 * compressed, "ms")
