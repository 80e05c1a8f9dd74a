"""Hadamard matrices, beside scipy's, which has powers of 2 alone."""

from __future__ import annotations

from collections.abc import Iterator

import scipy.linalg

from benchmarks.measure import Measurement, seconds
from target87.kernels import hadamard


def run(*, smoke: bool) -> Iterator[Measurement]:
    power, other = (16, 12) if smoke else (1024, 1020)
    repeats = 1 if smoke else 10
    ours = seconds(lambda: hadamard.matrix(power), repeats=repeats)
    theirs = seconds(lambda: scipy.linalg.hadamard(power), repeats=repeats)
    yield Measurement(f"order {power}", 1e3 * ours, "ms")
    yield Measurement("scipy.linalg.hadamard", 1e3 * theirs, "ms")
    yield Measurement(
        f"order {other}, by Paley's construction", 1e3 * seconds(lambda: hadamard.matrix(other), repeats=repeats), "ms"
    )
