"""Raking cells to four margins, once and for 200 sets of weights, beside NumPy's bincount."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels.raking import rake

WIDTHS = (5, 2, 8, 4)
TOLERANCE = 1e-11


def run(*, smoke: bool) -> Iterator[Measurement]:
    sets, repeats = (3, 1) if smoke else (200, 9)
    rng = np.random.default_rng(1)
    cells = int(np.prod(WIDTHS))
    codes = np.array(np.unravel_index(np.arange(cells), WIDTHS), dtype=np.int32)
    totals = rng.gamma(2.0, 100.0, (cells, sets))
    other = totals[:, 0] * rng.lognormal(0.0, 0.3, cells)
    margins = [np.bincount(code, other) for code in codes]
    targets, start = np.concatenate(margins), np.cumsum([0, *WIDTHS], dtype=np.int64)

    def plain() -> np.ndarray:
        fitted = totals[:, 0].copy()
        while True:
            for code, target in zip(codes, margins, strict=True):
                fitted *= (target / np.bincount(code, fitted))[code]
            reached = [np.bincount(code, fitted) for code in codes]
            if all(np.all(np.abs(a - b) <= TOLERANCE * b) for a, b in zip(reached, margins, strict=True)):
                return np.asarray(fitted / totals[:, 0])

    one = seconds(lambda: rake(totals[:, :1], codes, targets, start, tolerance=TOLERANCE), repeats=repeats)
    every = seconds(lambda: rake(totals, codes, targets, start, tolerance=TOLERANCE), repeats=repeats)
    theirs = seconds(plain, repeats=repeats)
    yield Measurement(f"{cells} cells to four margins", 1e3 * one, "ms")
    yield Measurement("the same with numpy.bincount", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / one, "x")
    yield Measurement(f"{sets} sets of weights", 1e3 * every, "ms")
