"""Weighted logistic regression by Newton's method with step halving, for one or many sets of weights together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type State = tuple[FloatArray, FloatArray, FloatArray]
"""Log likelihood ``(s,)``, score ``(p, s)`` and information ``(s, p, p)``."""

_HALVINGS = 30
_RANK = 1e-13
_ROUNDING = 1e-13
"""Loss of log likelihood, as a share of all trials, that is rounding and no reason to go less far."""
_CERTAIN = 18.0
"""Log odds beyond which, at 1 in 65 million, the data do not hold the fit: the likelihood rises for ever."""
_TOGETHER = 1 << 16
"""Numbers worked on at one time, so that they stay in the cache."""


class Fitted(NamedTuple):
    """Coefficients ``(p, s)``; and for each set Newton steps, whether the score vanished, and the range of log odds."""

    coefficients: FloatArray
    steps: NDArray[np.int64]
    solved: NDArray[np.bool_]
    lowest: FloatArray
    highest: FloatArray

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the maximum is at finite coefficients."""
        return self.above_zero & (self.highest < _CERTAIN)

    @property
    def above_zero(self) -> NDArray[np.bool_]:
        """Whether the probabilities converged and none of them to 0; some may go to 1, where all trials succeed."""
        return self.solved & (self.lowest > -_CERTAIN)


def fit(
    x: FloatArray,
    ones: FloatArray,
    trials: FloatArray,
    *,
    start: FloatArray | None = None,
    tolerance: float = 1e-10,
    max_steps: int = 50,
) -> Fitted:
    """Maximise the weighted log likelihood of ``ones`` successes among ``trials`` with log odds ``x b``.

    Parameters
    ----------
    x : ndarray, shape (m, p)
        Covariates of rows, or of cells of rows that have them in common.
    ones, trials : ndarray, shape (m, s)
        Sums of weights of the successes, and of all, in each set of weights.
    start : ndarray, shape (p,), optional
        Coefficients to start all sets from, 0 by default.
    tolerance : float
        The score must vanish to this share of the sum of absolute values that it adds up.
    max_steps : int
        Newton steps after which to give up.

    Returns
    -------
    Fitted
        Not converged in sets where successes and failures can be told apart without error.
    """
    sets = trials.shape[1]
    b = np.zeros((x.shape[1], sets)) if start is None else np.repeat(start[:, None], sets, axis=1)
    size = tolerance * (np.abs(x).T @ np.abs(trials))
    slack = _ROUNDING * np.abs(trials).sum(axis=0)
    state = _at(x, ones, trials, b)
    steps = np.zeros(sets, dtype=np.int64)
    moving = np.any(np.abs(state[1]) > size, axis=0)
    for _ in range(max_steps):
        active = np.flatnonzero(moving)
        if not active.size:
            break
        stuck = _climb(x, ones, trials, b, state, slack, active)
        steps[active] += 1
        moving = np.any(np.abs(state[1]) > size, axis=0)
        moving[stuck] = False
    solved = np.all(np.abs(state[1]) <= size, axis=0)
    return Fitted(b, steps, solved, *_range(x, trials, b))


def _climb(
    x: FloatArray,
    ones: FloatArray,
    trials: FloatArray,
    b: FloatArray,
    state: State,
    slack: FloatArray,
    active: NDArray[np.int64],
) -> NDArray[np.int64]:
    """One Newton step of the active sets, written to ``b`` and ``state``; the sets that could not rise are returned."""
    value, score, information = state
    step = _direction(score[:, active], information[active])
    for _ in range(_HALVINGS):
        whole = active.size == trials.shape[1]
        own = (ones, trials) if whole else (ones[:, active], trials[:, active])
        there = b[:, active] + step
        new = _at(x, *own, there)
        rises = new[0] >= value[active] - slack[active]
        done = active[rises]
        b[:, done] = there[:, rises]
        value[done], score[:, done], information[done] = new[0][rises], new[1][:, rises], new[2][rises]
        active, step = active[~rises], step[:, ~rises] / 2.0
        if not active.size:
            break
    return active


def _direction(score: FloatArray, information: FloatArray) -> FloatArray:
    """Newton's direction of every set, the shortest where columns depend on each other."""
    scale = np.sqrt(np.abs(np.diagonal(information, axis1=1, axis2=2)))
    scale[scale == 0.0] = 1.0
    inverse = np.linalg.pinv(information / (scale[:, :, None] * scale[:, None, :]), rcond=_RANK, hermitian=True)
    return np.asarray((np.einsum("sij,js->si", inverse, score / scale.T) / scale).T)


def _at(x: FloatArray, ones: FloatArray, trials: FloatArray, b: FloatArray) -> State:
    p, sets = b.shape
    first, second = np.triu_indices(p)
    value, score, upper = np.zeros(sets), np.zeros((p, sets)), np.zeros((first.size, sets))
    height = max(1, _TOGETHER // max(sets, first.size))
    for top in range(0, x.shape[0], height):
        part = slice(top, top + height)
        own, one, all_ = x[part], ones[part], trials[part]
        u = own @ b
        small = np.exp(-np.abs(u))
        whole = 1.0 + small
        value += (one * u - all_ * (np.maximum(u, 0.0) + np.log(whole))).sum(axis=0)
        score += own.T @ (one - all_ * np.where(u >= 0.0, 1.0, small) / whole)
        upper += (own[:, first] * own[:, second]).T @ (all_ * small / whole**2)
    information = np.empty((sets, p, p))
    information[:, first, second] = information[:, second, first] = upper.T
    return value, score, information


def _range(x: FloatArray, trials: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and greatest log odds of each set where it has trials."""
    sets = b.shape[1]
    low, high = np.full(sets, np.inf), np.full(sets, -np.inf)
    height = max(1, _TOGETHER // max(sets, 1))
    for top in range(0, x.shape[0], height):
        u, held = x[top : top + height] @ b, trials[top : top + height] != 0.0
        low = np.minimum(low, np.where(held, u, np.inf).min(axis=0))
        high = np.maximum(high, np.where(held, u, -np.inf).max(axis=0))
    return low, high
