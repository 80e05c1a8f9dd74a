"""A batch of small Gaussian log densities, beside one call of SciPy for each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import multivariate_normal

from benchmarks.measure import Measurement, seconds
from target87.kernels import gaussian


def run(*, smoke: bool) -> Iterator[Measurement]:
    batch, n = (8 if smoke else 800), 7
    rng = np.random.default_rng(1)
    root = rng.normal(size=(batch, n, n + 2))
    covariance, residual = root @ root.transpose(0, 2, 1), rng.normal(size=(batch, n))
    size = np.full(batch, float(n))
    zero = np.zeros(n)

    def one_by_one() -> list[float]:
        return [
            float(multivariate_normal.logpdf(one, zero, matrix))
            for one, matrix in zip(residual, covariance, strict=True)
        ]

    ours = seconds(lambda: gaussian.log_density(residual, covariance, size), repeats=1 if smoke else 50)
    theirs = seconds(one_by_one, repeats=1 if smoke else 3)
    yield Measurement(f"one density of {n} observations, in a batch of {batch}", 1e6 * ours / batch, "us")
    yield Measurement("scipy.stats.multivariate_normal.logpdf", 1e6 * theirs / batch, "us")
    yield Measurement("times as fast", theirs / ours, "x")
