"""Quantiles of draws by year, beside numpy.quantile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels.ordered import quantiles

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])


def run(*, smoke: bool) -> Iterator[Measurement]:
    draws = np.random.default_rng(1).normal(size=(61, 40 if smoke else 4000))
    repeats = 1 if smoke else 30
    ours = seconds(lambda: quantiles(draws, LEVELS), repeats=repeats)
    theirs = seconds(lambda: np.quantile(draws, LEVELS, axis=-1), repeats=repeats)
    yield Measurement(f"five quantiles of {draws.shape}", 1e3 * ours, "ms")
    yield Measurement("numpy.quantile", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / ours, "x")
