"""Paths of the integrated process, each with parameters of its own, beside a Cholesky factor for each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels import integrated_ou


def run(*, smoke: bool) -> Iterator[Measurement]:
    paths = 40 if smoke else 4000
    times = np.arange(1.0, 37.0)
    rng = np.random.default_rng(1)
    sd, length = np.abs(rng.normal(0, 0.04, paths)), rng.lognormal(1.6, 0.7, paths)

    def dense() -> np.ndarray:
        unit = integrated_ou.covariance(times[:, None], times, length[:, None, None])
        root = np.linalg.cholesky(unit + 1e-9 * np.eye(times.size))
        normals = rng.standard_normal((paths, times.size))
        return np.asarray(sd[:, None] * np.einsum("kij,kj->ki", root, normals))

    repeats = 1 if smoke else 5
    ours = seconds(lambda: integrated_ou.simulate(times, sd, length, rng), repeats=repeats)
    theirs = seconds(dense, repeats=repeats)
    yield Measurement(f"{paths:,} paths over {times.size} years", 1e3 * ours, "ms")
    yield Measurement("a dense factor for each path", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / ours, "x")
