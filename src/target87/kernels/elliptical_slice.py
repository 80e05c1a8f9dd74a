"""Elliptical slice sampling for many small posteriors at once.

The prior of the parameters is a standard normal in every coordinate; only the log likelihood is asked for. There is
nothing to tune. Algorithm: Murray, Adams and MacKay (2010), Elliptical slice sampling, figure 2. All chains of all
targets move together, and each step evaluates only the chains that have not accepted yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]
type LogLikelihood = Callable[[FloatArray, IntArray], FloatArray]

MAX_SHRINKS = 48
"""A bracket shrinks by a third on average at each step: 48 leave a width of 1e-8 or so of the full ellipse."""

ROWS, MOST_AHEAD = 192, 4
"""Points to evaluate in a call, if that takes no more than so many angles of a chain."""


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
    ahead = _ahead(targets.size)
    repeated = {1: targets, ahead: np.repeat(targets, ahead) if ahead > 1 else targets}
    z = np.concatenate([rng.standard_normal((chains, dimension)) for rng in generators])
    value = log_likelihood(z, targets)
    kept = np.empty((draws, z.shape[0], dimension))
    iterations = warmup + draws * thin
    report_every = max(1, iterations // 100)
    for iteration in range(iterations):
        nudge, level, angles = _randoms(generators, chains, dimension)
        z, value = _move(log_likelihood, z, value, repeated, nudge, level, angles)
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
    targets: Mapping[int, IntArray],
    nudge: FloatArray,
    level: FloatArray,
    uniform: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """One iteration of all chains; ``targets`` holds those of all chains, each so many times as its key says."""
    start, floor = z, value + level
    z, value = z.copy(), value.copy()
    bracket = _Bracket(uniform)
    open_ = np.arange(z.shape[0])
    shrinks = 0
    while open_.size and shrinks <= MAX_SHRINKS:
        ahead = min(_ahead(open_.size), MAX_SHRINKS + 1 - shrinks)
        angle = bracket.angles(open_, shrinks, ahead)[..., None]
        trial = start[open_, None] * np.cos(angle) + nudge[open_, None] * np.sin(angle)
        # all chains at first: the same array of targets each time, so that the caller can know it again
        which = targets[ahead] if shrinks == 0 else np.repeat(targets[1][open_], ahead)
        trial_value = log_likelihood(trial.reshape(-1, z.shape[1]), which).reshape(-1, ahead)
        good = trial_value > floor[open_, None]
        first, won = good.argmax(axis=1), good.any(axis=1)
        z[open_[won]], value[open_[won]] = trial[won, first[won]], trial_value[won, first[won]]
        open_ = open_[~won]
        shrinks += ahead
    return z, value


class _Bracket:
    """Brackets of all chains: where they shrink to hangs on the sign of the angle alone, so angles are known ahead."""

    def __init__(self, uniform: FloatArray) -> None:
        self.uniform = uniform
        self.angle = 2.0 * np.pi * uniform[:, 0]
        self.low, self.high = self.angle - 2.0 * np.pi, self.angle.copy()

    def angles(self, chains: IntArray, shrinks: int, ahead: int) -> FloatArray:
        """The next ``ahead`` angles of some chains, ``(chains, ahead)``, after that many shrinks."""
        found = np.empty((chains.size, ahead))
        low, high, angle = self.low[chains], self.high[chains], self.angle[chains]
        for step in range(shrinks, shrinks + ahead):
            if step > 0:
                below = angle < 0
                low, high = np.where(below, angle, low), np.where(below, high, angle)
                angle = low + (high - low) * self.uniform[chains, step]
            found[:, step - shrinks] = angle
        self.low[chains], self.high[chains], self.angle[chains] = low, high, angle
        return found


def _ahead(chains: int) -> int:
    """Angles to try at once: the fewer chains are left, the more a call costs beside its rows."""
    return max(1, min(MOST_AHEAD, ROWS // chains))
