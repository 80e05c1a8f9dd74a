"""Calibration factors of rows and of cells by Newton's method, beside one least-squares solution with NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels.calibration import calibrate


def run(*, smoke: bool) -> Iterator[Measurement]:
    n, repeats = (2_000, 1) if smoke else (1_000_000, 5)
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(n), rng.integers(0, 2, (n, 4)), rng.normal(10.0, 3.0, n)])
    w = rng.lognormal(4.0, 0.5, n)
    targets = (w * rng.uniform(0.8, 1.3, n)) @ x

    def least_squares() -> np.ndarray:
        root = np.sqrt(w)
        return np.asarray(np.linalg.lstsq(x * root[:, None], root, rcond=None)[0])

    theirs = seconds(least_squares, repeats=repeats)
    for distance, bounds in (("linear", {}), ("raking", {}), ("logit", {"lower": 0.3, "upper": 3.0}), ("sinh", {})):
        ours = seconds(lambda: calibrate(x, w, targets, distance=distance, **bounds), repeats=repeats)  # noqa: B023
        yield Measurement(f"{distance}: {n:,} rows, 6 totals", 1e3 * ours, "ms")
    yield Measurement("one numpy.linalg.lstsq of the same rows", 1e3 * theirs, "ms")
    cells = np.eye(19)[rng.integers(0, 19, 320)]
    mass = rng.gamma(2.0, 100.0, 320)
    asked = (mass * rng.uniform(0.8, 1.3, 320)) @ cells
    compressed = seconds(lambda: calibrate(cells, mass, asked, distance="raking"), repeats=repeats)
    yield Measurement("raking: 320 cells, 19 totals", 1e3 * compressed, "ms")
