"""Weighted logistic regression by Newton's method with step halving."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

type FloatArray = NDArray[np.float64]

_HALVINGS = 30
_RANK = 1e-13
_CERTAIN = 18.0
"""Log odds beyond which, at 1 in 65 million, the data do not hold the fit: the likelihood rises for ever."""


class Fitted(NamedTuple):
    """Coefficients ``(p,)``, probabilities ``(m,)``, Newton steps, and whether the score vanished."""

    coefficients: FloatArray
    probabilities: FloatArray
    steps: int
    converged: bool


def fit(
    x: FloatArray, ones: FloatArray, trials: FloatArray, *, tolerance: float = 1e-10, max_steps: int = 50
) -> Fitted:
    """Maximise the weighted log likelihood of ``ones`` successes among ``trials`` with log odds ``x b``.

    Parameters
    ----------
    x : ndarray, shape (m, p)
        Covariates of rows, or of cells of rows that have them in common.
    ones, trials : ndarray, shape (m,)
        Sums of weights of the successes, and of all.
    tolerance : float
        The score must vanish to this share of the sum of absolute values that it adds up.
    max_steps : int
        Newton steps after which to give up.

    Returns
    -------
    Fitted
        Not converged where successes and failures can be told apart without error.
    """
    b = np.zeros(x.shape[1])
    size = trials @ np.abs(x)
    value, score, information = _at(x, ones, trials, b)
    steps = 0
    while steps < max_steps and np.any(np.abs(score) > tolerance * size):
        scale = np.sqrt(np.diag(information))
        scale[scale == 0.0] = 1.0
        inverse = np.linalg.pinv(information / np.outer(scale, scale), rcond=_RANK, hermitian=True)
        direction = inverse @ (score / scale) / scale
        for _ in range(_HALVINGS):
            trial = _at(x, ones, trials, b + direction)
            if trial[0] >= value:
                break
            direction = direction / 2.0
        else:
            break
        b = b + direction
        value, score, information = trial
        steps += 1
    converged = bool(np.all(np.abs(score) <= tolerance * size)) and bool(np.abs(x @ b).max() < _CERTAIN)
    return Fitted(b, expit(x @ b), steps, converged)


def _at(x: FloatArray, ones: FloatArray, trials: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    u = x @ b
    p = expit(u)
    value = float(ones @ u - trials @ np.logaddexp(0.0, u))
    return value, x.T @ (ones - trials * p), x.T @ ((trials * p * (1.0 - p))[:, None] * x)
