"""Marginal likelihood and exact draws of a line plus an integrated Ornstein-Uhlenbeck path, seen with error.

Many short problems are stacked, padded to one size::

    y = mean + level + slope x + averages W(support) + shifts d + e

``level``, ``slope`` and ``d`` are normal with known variances and are integrated out, as is ``W``. Four numbers of each
problem are sampled, each a function of a standard normal ``z``: the error's standard deviation (lognormal), the errors'
correlation (logit-normal), the standard deviation of the slope's wandering (half-normal) and its length (lognormal).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from target87.kernels import gaussian, integrated_ou

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]

PARAMETERS = 4


@dataclass(frozen=True)
class Problem:
    """One problem, unpadded: ``n`` observations, ``m`` support times, ``j`` shifts.

    Attributes
    ----------
    y, mean : ndarray (n,)
        Observations and their prior mean.
    x : ndarray (n,)
        Time of each observation, its average over the support.
    support, averages : ndarray (m,), (n, m)
        Times of the path, and how the observations average it.
    shifts, shift_sd : ndarray (n, j), (j,)
        Design and prior standard deviation of the shifts.
    level_sd, slope_sd : float
        Prior standard deviations.
    known : ndarray (n,)
        Error variance that is known.
    scale : ndarray (n,)
        Factor of the sampled error standard deviation, 0 where the error is known.
    gap : ndarray (n, n)
        Power of the errors' correlation; infinite for no correlation.
    location, spread : ndarray (4,)
        Priors of the sampled numbers: mean and standard deviation of log, logit, (nothing, scale) and log.
    """

    y: FloatArray
    mean: FloatArray
    x: FloatArray
    support: FloatArray
    averages: FloatArray
    shifts: FloatArray
    shift_sd: FloatArray
    level_sd: float
    slope_sd: float
    known: FloatArray
    scale: FloatArray
    gap: FloatArray
    location: FloatArray
    spread: FloatArray


@dataclass(frozen=True)
class Parameters:
    """The four numbers on their own scale: error sd, error correlation, wandering sd, wandering length."""

    error: FloatArray
    common: FloatArray
    wander: FloatArray
    length: FloatArray


def parameters(problem: Problem, z: FloatArray) -> Parameters:
    """Transform ``(k, 4)`` standard normal coordinates."""
    return _transform(problem.location, problem.spread, z)


class Stack:
    """Problems padded to one size, with their joint log likelihood."""

    def __init__(self, problems: list[Problem]) -> None:
        count = len(problems)
        n = max(one.y.size for one in problems)
        m = max(one.support.size for one in problems)
        self.size = np.array([one.y.size for one in problems], dtype=np.float64)
        self.location = np.stack([one.location for one in problems])
        self.spread = np.stack([one.spread for one in problems])
        self.residual = np.zeros((count, n))
        self.averages = np.zeros((count, n, m))
        self.support = np.zeros((count, m))
        self.fixed = np.tile(np.eye(n), (count, 1, 1))
        self.scales = np.zeros((count, n, n))
        self.gap = np.zeros((count, n, n))
        for row, one in enumerate(problems):
            k, s = one.y.size, one.support.size
            self.residual[row, :k] = one.y - one.mean
            self.averages[row, :k, :s] = one.averages
            self.support[row, :s] = one.support
            self.fixed[row, :k, :k] = fixed_covariance(one)
            self.scales[row, :k, :k] = np.outer(one.scale, one.scale)
            self.gap[row, :k, :k] = one.gap
        path = (self.support, self.averages)
        self._arrays = (self.location, self.spread, self.fixed, self.scales, self.gap, *path, self.residual, self.size)
        self._asked: IntArray = np.zeros(0, dtype=np.intp)
        self._taken: tuple[FloatArray, ...] = ()

    def log_likelihood(self, z: FloatArray, which: IntArray) -> FloatArray:
        """Log density of the data of problems ``which`` ``(k,)`` at ``z`` ``(k, 4)``, all else integrated out."""
        location, spread, fixed, scales, gap, support, averages, residual, size = self._of(which)
        values = _transform(location, spread, z)
        covariance = fixed + _error(values, scales, gap)
        path = integrated_ou.covariance(support[:, :, None], support[:, None, :], values.length[:, None, None])
        path *= (values.wander**2)[:, None, None]
        covariance += averages @ path @ averages.transpose(0, 2, 1)
        return gaussian.log_density(residual, covariance, size)

    def _of(self, which: IntArray) -> tuple[FloatArray, ...]:
        """Arrays of problems ``which``; those of the array asked for last are kept, a sampler asks again and again."""
        if which is not self._asked:
            if which.size < self._asked.size:
                return tuple(array[which] for array in self._arrays)
            self._asked, self._taken = which, tuple(array[which] for array in self._arrays)
        return self._taken


def fixed_covariance(problem: Problem) -> FloatArray:
    """The part of the data's covariance that no sampled number touches."""
    covariance = np.diag(problem.known) + problem.level_sd**2 + problem.slope_sd**2 * np.outer(problem.x, problem.x)
    return np.asarray(covariance + (problem.shifts * problem.shift_sd**2) @ problem.shifts.T)


@dataclass(frozen=True)
class Latents:
    """Draws of what was integrated out: ``path`` ``(k, g)`` at the grid, the last ``pace`` deviation, slope, shifts."""

    path: FloatArray
    slope: FloatArray
    deviation: FloatArray
    shifts: FloatArray


def draw_latents(
    problem: Problem, values: Parameters, grid: FloatArray, rng: np.random.Generator, *, prior: bool = False
) -> Latents:
    """Draw path (level, line and wandering), slope, last deviation of the slope and shifts, given the data.

    ``grid`` holds increasing times, none before 0; its last is the moment of ``deviation``. With ``prior=True`` the
    data are left aside. ``path`` leaves out ``mean``: it has prior mean 0 at time 0.
    """
    draws, n, g = values.error.size, problem.y.size, grid.size
    times = np.union1d(grid, problem.support)
    late = times[times > grid[-1]]
    if late.size:
        raise ValueError("the grid must reach the last support time")
    wander, last = integrated_ou.simulate(times, values.wander, values.length, rng)
    level = problem.level_sd * rng.standard_normal(draws)
    slope = problem.slope_sd * rng.standard_normal(draws)
    shifts = problem.shift_sd * rng.standard_normal((draws, problem.shift_sd.size))
    path = level[:, None] + slope[:, None] * grid + wander[:, np.searchsorted(times, grid)]
    if prior:
        return Latents(path, slope, last, shifts)
    support = wander[:, np.searchsorted(times, problem.support)]
    error = _error(values, np.outer(problem.scale, problem.scale), problem.gap) + np.diag(problem.known)
    noise = np.einsum("kij,kj->ki", np.linalg.cholesky(error), rng.standard_normal((draws, n)))
    replicated = (
        level[:, None] + slope[:, None] * problem.x + support @ problem.averages.T + shifts @ problem.shifts.T + noise
    )
    joint = np.concatenate([path, slope[:, None], last[:, None], shifts], axis=1)
    corrected = gaussian.correct(
        joint,
        _cross(problem, values, grid),
        _data_covariance(problem, values, error),
        np.broadcast_to(problem.y - problem.mean, (draws, n)),
        replicated,
    )
    return Latents(corrected[:, :g], corrected[:, g], corrected[:, g + 1], corrected[:, g + 2 :])


def _data_covariance(problem: Problem, values: Parameters, error: FloatArray) -> FloatArray:
    path = _wander_covariance(problem.support, problem.support, values)
    averaged = problem.averages @ path @ problem.averages.T
    return np.asarray(averaged + error + fixed_covariance(problem) - np.diag(problem.known))


def _cross(problem: Problem, values: Parameters, grid: FloatArray) -> FloatArray:
    """Covariance of (path at the grid, slope, last deviation, shifts) with the data, ``(k, g + 2 + j, n)``."""
    draws, n = values.error.size, problem.y.size
    path = _wander_covariance(grid, problem.support, values) @ problem.averages.T
    path += problem.level_sd**2 + problem.slope_sd**2 * np.outer(grid, problem.x)
    slope = np.broadcast_to(problem.slope_sd**2 * problem.x, (draws, 1, n))
    last = integrated_ou.cross_covariance(float(grid[-1]), problem.support, values.length[:, None])
    last = ((values.wander**2)[:, None] * last) @ problem.averages.T
    shifts = np.broadcast_to((problem.shifts * problem.shift_sd**2).T, (draws, problem.shift_sd.size, n))
    return np.concatenate([path, slope, last[:, None, :], shifts], axis=1)


def _wander_covariance(first: FloatArray, second: FloatArray, values: Parameters) -> FloatArray:
    unit = integrated_ou.covariance(first[:, None], second, values.length[:, None, None])
    return np.asarray((values.wander**2)[:, None, None] * unit)


def _transform(location: FloatArray, spread: FloatArray, z: FloatArray) -> Parameters:
    raw = location + spread * z
    # quantile for quantile: one mode, where the absolute value of a normal would give the sampler two
    half_normal = -ndtri(0.5 * ndtr(-z[:, 2]))
    return Parameters(
        error=np.exp(raw[:, 0]),
        common=1.0 / (1.0 + np.exp(-raw[:, 1])),
        wander=spread[..., 2] * half_normal,
        length=np.exp(raw[:, 3]),
    )


def _error(values: Parameters, scales: FloatArray, gap: FloatArray) -> FloatArray:
    return np.asarray((values.error**2)[:, None, None] * scales * values.common[:, None, None] ** gap)


def predict_observation(problem: Problem, values: Parameters, index: int) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of observation ``index`` given the others, for each draw of the parameters."""
    error = _error(values, np.outer(problem.scale, problem.scale), problem.gap) + np.diag(problem.known)
    covariance = _data_covariance(problem, values, error)
    others = np.delete(np.arange(problem.y.size), index)
    cross = covariance[:, others, index]
    root = np.linalg.cholesky(covariance[:, others[:, None], others])
    white_cross = gaussian.solve_lower(root, cross)
    residual = (problem.y - problem.mean)[others]
    white = gaussian.solve_lower(root, np.broadcast_to(residual, cross.shape))
    mean = problem.mean[index] + (white_cross * white).sum(axis=1)
    variance = covariance[:, index, index] - (white_cross**2).sum(axis=1)
    return mean, np.sqrt(variance)
