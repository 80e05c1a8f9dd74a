"""The stacked log likelihood and the exact draws of what it integrates out, on the published world record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels import smooth_trend
from target87.prevalence import TrendModel, published_series


def run(*, smoke: bool) -> Iterator[Measurement]:
    model = TrendModel(published_series("child_labour"))
    problem, many = model.problem(), 4 if smoke else 40
    stack = smooth_trend.Stack([problem] * many)
    which = np.repeat(np.arange(many), 8)
    z = np.random.default_rng(1).standard_normal((which.size, 4))
    every = seconds(lambda: stack.log_likelihood(z, which), repeats=1 if smoke else 100)
    yield Measurement(f"one log likelihood of 7 figures, in a stack of {which.size}", 1e6 * every / which.size, "us")
    draws = 40 if smoke else 4000
    values = smooth_trend.parameters(problem, np.random.default_rng(2).standard_normal((draws, 4)))
    grid = (model.years() - model.origin).astype(float)

    def latents() -> smooth_trend.Latents:
        return smooth_trend.draw_latents(problem, values, grid, np.random.default_rng(3))

    whole = seconds(latents, repeats=1 if smoke else 10)
    yield Measurement(f"{draws:,} joint draws of {grid.size} years", 1e3 * whole, "ms")
