"""Bootstraps of sampling units: each replicate from a random stream of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels import replicate_multipliers as kernel
from target87.rng import stream
from target87.survey.progress import shown
from target87.survey.stages import Stage, Stages

type FloatArray = NDArray[np.float64]
type LongArray = NDArray[np.int64]
type Maker = Callable[[Stage, int, np.random.SeedSequence, int | None], FloatArray]


def one_fewer(stage: Stage, replicates: int, root: np.random.SeedSequence, draws: int | None) -> FloatArray:
    """Draw one unit fewer than there are, with replacement (Rao, Wu and Yue 1992)."""
    return _rescaled(stage, replicates, root, None, "subbootstrap", np.ones(stage.groups))


def rescaled(stage: Stage, replicates: int, root: np.random.SeedSequence, draws: int | None) -> FloatArray:
    """Draw any number and rescale, finite populations among what is rescaled (Rao and Wu 1988, section 4)."""
    fraction = np.zeros(stage.groups)
    fraction[stage.group] = stage.fraction
    unsampled = np.where(stage.complete, 0.0, 1.0 - fraction)
    return _rescaled(stage, replicates, root, draws, "rao_wu", unsampled)


def _rescaled(
    stage: Stage,
    replicates: int,
    root: np.random.SeedSequence,
    draws: int | None,
    name: str,
    unsampled: FloatArray,
) -> FloatArray:
    n = stage.sampled
    several = n > 1
    m = np.where(several, n - 1.0 if draws is None else float(draws), 0.0)
    length = np.sqrt(unsampled * m / np.maximum(n - 1.0, 1.0))
    if draws is not None and (length > 1.0).any():
        raise InputError(
            "so many draws would make multipliers negative",
            where="draws",
            expected=f"at most {int(np.min((n[several] - 1.0) / np.maximum(unsampled[several], 1e-300)))}",
            got=str(draws),
        )
    slope = np.divide(length * n, m, out=np.zeros(n.size), where=m > 0.0)
    order, start = _by_group(stage)
    number = m.astype(np.int64)
    uniforms = np.empty(int(number.sum()))
    result = np.empty((replicates, stage.units))
    for r in range(replicates):
        stream(root, "replicate", name, r).random(out=uniforms)
        kernel.resampled(uniforms, order, start, number, 1.0 - length, slope, result[r])
    return result.T


def finite_population(stage: Stage, replicates: int, root: np.random.SeedSequence, draws: int | None) -> FloatArray:
    """Draw as many units as there are, from a made-up population where it is finite (Canty and Davison 1999)."""
    order, start = _by_group(stage)
    population = np.where(stage.complete | (stage.sampled == 1), stage.sampled, np.round(stage.population))
    result = np.empty((replicates, stage.units))
    for r in range(replicates):
        kernel.resampled_finite(stream(root, "replicate", "bootstrap", r), order, start, population, result[r])
    return result.T


MAKERS: dict[str, Maker] = {"subbootstrap": one_fewer, "rao_wu": rescaled, "bootstrap": finite_population}
"""Bootstraps of the first stage, by method."""


def multistage(stages: Stages, replicates: int, root: np.random.SeedSequence) -> FloatArray:
    """Draw half of the units of every stage, rescaled (Preston 2009)."""
    levels = stages.levels
    groups = [_by_group(level) for level in levels]
    scales = [_stage_scale(level) for level in levels]
    ancestors = [level.unit[levels[-1].first_row] for level in levels]
    result = np.empty((replicates, levels[-1].units))
    for r in shown(range(replicates), replicates, "bootstrap replicates"):
        generator = stream(root, "replicate", "preston", r)
        above, multiplier = np.ones(1), np.ones(levels[-1].units)
        for level, (order, start), scale, ancestor in zip(levels, groups, scales, ancestors, strict=True):
            term, kept = np.empty(level.units), np.empty(level.units)
            kernel.halved(generator, order, start, level.scope, above, scale, term, kept)
            multiplier += term[ancestor]
            above = kept
        result[r] = multiplier
    return result.T


def _by_group(stage: Stage) -> tuple[LongArray, LongArray]:
    """Units group by group, and where each group starts."""
    start = np.zeros(stage.groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(stage.group, minlength=stage.groups), out=start[1:])
    return np.argsort(stage.group, kind="stable"), start


def _stage_scale(level: Stage) -> FloatArray:
    """Product of the sampling fractions above times 1 less that of the stage, by group."""
    fraction = np.bincount(level.group, level.fraction, minlength=level.groups) / level.sampled
    return np.where(level.complete, 0.0, level.multiplier * (1.0 - fraction))
