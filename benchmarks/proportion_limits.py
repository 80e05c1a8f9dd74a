"""Exact limits of proportions of many cells, beside scipy.stats.beta."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from benchmarks.measure import Measurement, seconds
from target87.kernels.proportion_limits import exact_limits


def run(*, smoke: bool) -> Iterator[Measurement]:
    cells, repeats = (20, 1) if smoke else (10_000, 9)
    rng = np.random.default_rng(1)
    p, size = rng.uniform(0.01, 0.5, cells), rng.uniform(30.0, 5000.0, cells)

    def theirs() -> tuple[np.ndarray, np.ndarray]:
        events, others = p * size, (1.0 - p) * size
        return stats.beta.ppf(0.025, events, others + 1.0), stats.beta.isf(0.025, events + 1.0, others)

    ours = seconds(lambda: exact_limits(p, size, 0.025), repeats=repeats)
    peer = seconds(theirs, repeats=repeats)
    yield Measurement(f"limits of {cells:,} proportions", 1e3 * ours, "ms")
    yield Measurement("scipy.stats.beta", 1e3 * peer, "ms")
    yield Measurement("times as fast", peer / ours, "x")
