"""Elliptical slice sampling for many small posteriors at once.

The prior of the parameters is a standard normal in every coordinate; only the log likelihood is asked for. There is
nothing to tune. Algorithm: Murray, Adams and MacKay (2010), Elliptical slice sampling, figure 2. All chains of all
targets move together, and each step evaluates only the chains that have not accepted yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]
type LogLikelihood = Callable[[FloatArray, IntArray], FloatArray]

MAX_SHRINKS = 48
"""A bracket shrinks by a third on average at each step: 48 leave a width of 1e-8 or so of the full ellipse."""


def sample(
    log_likelihood: LogLikelihood,
    dimension: int,
    generators: Sequence[np.random.Generator],
    *,
    chains: int,
    warmup: int,
    draws: int,
    thin: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Draw from ``N(z; 0, I) * exp(log_likelihood(z, target))`` for every target.

    Parameters
    ----------
    log_likelihood : callable
        Takes ``(k, dimension)`` points and the ``(k,)`` numbers of the targets they belong to; returns ``(k,)``.
    dimension : int
        Number of coordinates, the same for all targets.
    generators : sequence of Generator
        One a target, so that a target's draws do not depend on the others.
    chains, warmup, draws, thin : int
        Chains a target, iterations thrown away, draws kept a chain, iterations a kept draw.
    progress : callable, optional
        Called with (iterations done, iterations in all), about a hundred times.

    Returns
    -------
    ndarray
        ``(targets, chains, draws, dimension)``.
    """
    targets = np.repeat(np.arange(len(generators)), chains)
    z = np.concatenate([rng.standard_normal((chains, dimension)) for rng in generators])
    value = log_likelihood(z, targets)
    kept = np.empty((draws, z.shape[0], dimension))
    iterations = warmup + draws * thin
    report_every = max(1, iterations // 100)
    for iteration in range(iterations):
        nudge, level, angles = _randoms(generators, chains, dimension)
        z, value = _move(log_likelihood, z, value, targets, nudge, level, angles)
        past = iteration - warmup
        if past >= 0 and past % thin == thin - 1:
            kept[past // thin] = z
        if progress is not None and iteration % report_every == 0:
            progress(iteration, iterations)
    return np.ascontiguousarray(kept.reshape(draws, len(generators), chains, dimension).transpose(1, 2, 0, 3))


def _randoms(
    generators: Sequence[np.random.Generator], chains: int, dimension: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One iteration's random numbers: always as many, whatever is accepted, so targets stay independent."""
    nudge = np.concatenate([rng.standard_normal((chains, dimension)) for rng in generators])
    uniform = np.concatenate([rng.random((chains, MAX_SHRINKS + 2)) for rng in generators])
    return nudge, np.log1p(-uniform[:, 0]), uniform[:, 1:]


def _move(
    log_likelihood: LogLikelihood,
    z: FloatArray,
    value: FloatArray,
    targets: IntArray,
    nudge: FloatArray,
    level: FloatArray,
    uniform: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    z, value = z.copy(), value.copy()
    floor = value + level
    angle = 2.0 * np.pi * uniform[:, 0]
    low, high = angle - 2.0 * np.pi, angle.copy()
    open_ = np.arange(z.shape[0])
    start = z.copy()
    for shrink in range(1, MAX_SHRINKS + 2):
        turn = angle[open_, None]
        trial = start[open_] * np.cos(turn) + nudge[open_] * np.sin(turn)
        # all chains at first: the same array of targets each time, so that the caller can know it again
        trial_value = log_likelihood(trial, targets if shrink == 1 else targets[open_])
        good = trial_value > floor[open_]
        won = open_[good]
        z[won], value[won] = trial[good], trial_value[good]
        open_ = open_[~good]
        if open_.size == 0 or shrink > MAX_SHRINKS:
            break
        below = angle[open_] < 0
        low[open_] = np.where(below, angle[open_], low[open_])
        high[open_] = np.where(below, high[open_], angle[open_])
        angle[open_] = low[open_] + (high[open_] - low[open_]) * uniform[open_, shrink]
    return z, value
