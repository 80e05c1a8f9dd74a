"""R-hat and effective sample sizes of many quantities at once, beside ArviZ's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from arviz_stats.base import array_stats

from benchmarks.measure import Measurement, seconds
from target87.kernels import mixing

TAIL = (0.05, 0.95)


def run(*, smoke: bool) -> Iterator[Measurement]:
    count = 2 if smoke else 100
    chains = np.random.default_rng(1).normal(size=(count, 8, 500))
    axes = {"chain_axis": -2, "draw_axis": -1}

    def theirs() -> None:
        array_stats.rhat(chains, **axes)
        array_stats.ess(chains, method="bulk", **axes)
        array_stats.ess(chains, method="tail", prob=TAIL, **axes)

    repeats = 1 if smoke else 5
    ours = seconds(lambda: mixing.diagnose(chains, np.array(TAIL)), repeats=repeats)
    arviz = seconds(theirs, repeats=repeats)
    yield Measurement("R-hat, bulk and tail ESS of 8 chains of 500, a quantity", 1e6 * ours / count, "us")
    yield Measurement("arviz_stats, the same three", 1e6 * arviz / count, "us")
    yield Measurement("times as fast", arviz / ours, "x")
