"""200 bootstrap replicates of 10,000 sampling units in 200 strata, beside the same draws in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Measurement, seconds
from target87.kernels import replicate_multipliers as kernel
from target87.rng import root_seed, stream


class _Design(NamedTuple):
    strata: int
    units: int
    replicates: int

    @property
    def order(self) -> NDArray[np.int64]:
        return np.arange(self.strata * self.units)

    @property
    def start(self) -> NDArray[np.int64]:
        return np.arange(0, self.strata * self.units + 1, self.units)


def run(*, smoke: bool) -> Iterator[Measurement]:
    design = _Design(4, 5, 6) if smoke else _Design(200, 50, 200)
    repeats = 1 if smoke else 10
    ours = seconds(lambda: _ours(design), repeats=repeats)
    theirs = seconds(lambda: _numpy(design), repeats=repeats)
    many = f"{design.replicates} replicates of {design.strata * design.units:,} units"
    yield Measurement(f"n - 1 of n with replacement, {many}", 1e3 * ours, "ms", target=None if smoke else 60.0)
    yield Measurement("numpy: draws of a stratum at once, bincount", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / ours, "x")
    finite = seconds(lambda: _finite(design), repeats=repeats)
    yield Measurement("made-up finite population, four times as large", 1e3 * finite, "ms")


def _ours(design: _Design) -> NDArray[np.float64]:
    root, order, start = root_seed(1), design.order, design.start
    draws = np.full(design.strata, design.units - 1)
    base, slope = np.zeros(design.strata), np.full(design.strata, design.units / (design.units - 1.0))
    uniforms, out = np.empty(int(draws.sum())), np.empty((design.replicates, order.size))
    for r in range(design.replicates):
        stream(root, "replicate", r).random(out=uniforms)
        kernel.resampled(uniforms, order, start, draws, base, slope, out[r])
    return out.T


def _numpy(design: _Design) -> NDArray[np.float64]:
    rng, n = np.random.default_rng(1), design.units
    out = np.empty((design.strata * n, design.replicates))
    place = np.arange(design.replicates) * n
    for h in range(design.strata):
        picks = rng.integers(0, n, (design.replicates, n - 1)) + place[:, None]
        counts = np.bincount(picks.ravel(), minlength=design.replicates * n).reshape(design.replicates, n)
        out[h * n : (h + 1) * n] = counts.T * (n / (n - 1.0))
    return out


def _finite(design: _Design) -> NDArray[np.float64]:
    root, order, start = root_seed(1), design.order, design.start
    population = np.full(design.strata, 4.0 * design.units)
    out = np.empty((design.replicates, order.size))
    for r in range(design.replicates):
        kernel.resampled_finite(stream(root, "replicate", r), order, start, population, out[r])
    return out.T
