"""Factors that bring weighted totals of auxiliary values to their targets with the least change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from target87.kernels.calibration_distances import DISTANCES, Bound, Distance

type FloatArray = NDArray[np.float64]

_BLOCK = 1 << 15
"""Rows worked on at a time, so that what is computed on the way stays in the cache."""
_RANK = 1e-13
"""Eigenvalues below this share of the largest are taken for linear dependence of the auxiliaries."""
_TRIES = 60
_DAMPING = 1e-10
"""Share of the matrix without bounds that is added to Newton's: where many factors are cut off it may be singular."""
_FLATTER = 0.9
_FAR = 4096.0


class Calibrated(NamedTuple):
    """Where the fit ended.

    ``factors`` ``(m,)`` multiply the weights; ``multipliers`` ``(p,)`` are the coefficients of the linear predictor;
    ``missed`` ``(p,)`` is target less total reached; ``steps`` counts Newton steps.
    """

    factors: FloatArray
    multipliers: FloatArray
    missed: FloatArray
    steps: int
    converged: bool


def calibrate(
    auxiliaries: FloatArray,
    weights: FloatArray,
    targets: FloatArray,
    *,
    distance: str = "linear",
    lower: Bound = -np.inf,
    upper: Bound = np.inf,
    variance: FloatArray | None = None,
    ridge: FloatArray | None = None,
    tolerance: float = 1e-10,
    max_steps: int = 100,
) -> Calibrated:
    """Solve ``sum of w F(x'b / v) x + ridge b = targets`` for ``b`` by Newton's method with step halving.

    ``F`` is the inverse derivative of the distance (Deville and Särndal 1992, section 2); ``ridge`` gives up the
    exactness of a target for factors nearer 1 (Rao and Singh 1997; Beaumont and Bocci 2008). Linearly
    dependent auxiliaries are harmless as long as their targets agree.

    Parameters
    ----------
    auxiliaries : ndarray, shape (m, p)
        Auxiliary values of rows, or of cells of rows that have them in common.
    weights : ndarray, shape (m,)
        Weight of each row, or sum of weights of each cell.
    targets : ndarray, shape (p,)
        What the weighted totals should be.
    distance : str
        A key of ``DISTANCES``.
    lower, upper : float or ndarray, shape (m,)
        Bounds of the factors; finite and on either side of 1 for ``"logit"``.
    variance : ndarray, shape (m,), optional
        Variance ``v`` of the model, up to a constant; 1 if not given.
    ridge : ndarray, shape (p,), optional
        0 where a target must be met.
    tolerance : float
        A target counts as met if the miss is within this share of it, or of the total of absolute values if that is
        larger.
    max_steps : int
        Newton steps after which to give up.

    Returns
    -------
    Calibrated
        The factors, and how it ended.
    """
    fit = _Fit(auxiliaries, weights, targets, DISTANCES[distance], lower, upper, variance, ridge, tolerance)
    b = np.zeros(targets.size)
    state = fit.at(b)
    steps, met = 0, fit.met(state)
    while steps < max_steps:
        # one step more once the targets are met: Newton's method then has all its digits
        moved = fit.step(b, state, tries=1 if met else _TRIES)
        if moved is not None:
            b, state = moved
            steps += 1
        if met or moved is None:
            break
        met = fit.met(state)
    factors, _ = fit.factors(b, slice(None))
    return Calibrated(factors, b, targets - state.reached, steps, fit.met(state))


class _State(NamedTuple):
    reached: FloatArray
    residual: FloatArray
    slope: FloatArray


class _Fit:
    def __init__(
        self,
        auxiliaries: FloatArray,
        weights: FloatArray,
        targets: FloatArray,
        distance: Distance,
        lower: Bound,
        upper: Bound,
        variance: FloatArray | None,
        ridge: FloatArray | None,
        tolerance: float,
    ) -> None:
        self.x, self.w, self.targets, self.distance = auxiliaries, weights, targets, distance
        self.lower, self.upper, self.variance = lower, upper, variance
        self.ridge = np.zeros(targets.size) if ridge is None else ridge
        slope, size = np.zeros((targets.size, targets.size)), np.zeros(targets.size)
        for rows in self._blocks():
            x = self.x[rows]
            slope += x.T @ (self._scaled(self.w[rows], rows)[:, None] * x)
            size += np.abs(self.w[rows]) @ np.abs(x)
        self.allowed = tolerance * np.maximum(np.abs(targets), size)
        self.start = slope + np.diag(self.ridge)
        self.metric = _inverse(self.start)

    def factors(self, b: FloatArray, rows: slice) -> tuple[FloatArray, FloatArray]:
        u = self._scaled(self.x[rows] @ b, rows)
        return self.distance(u, _part(self.lower, rows), _part(self.upper, rows))

    def at(self, b: FloatArray) -> _State:
        reached, slope = np.zeros(b.size), np.diag(self.ridge).astype(np.float64)
        for rows in self._blocks():
            x, w = self.x[rows], self.w[rows]
            factor, derivative = self.factors(b, rows)
            with np.errstate(invalid="ignore", over="ignore"):  # an overflow shortens the step
                reached += (w * factor) @ x
                slope += x.T @ (self._scaled(w * derivative, rows)[:, None] * x)
        return _State(reached, self.targets - reached - self.ridge * b, slope)

    def met(self, state: _State) -> bool:
        return bool(np.all(np.abs(state.residual) <= self.allowed))

    def step(self, b: FloatArray, state: _State, *, tries: int) -> tuple[FloatArray, _State] | None:
        """One step towards the solution, or None if there is none.

        The residual is the downhill slope of a convex function of ``b`` (the dual of the least distance), which has
        no other flat place. A step is taken if it shortens the residual, or if the function still falls, but less
        steeply, at its end; else the step is bisected, or doubled where the slope has hardly changed.
        """
        direction = _inverse(state.slope + _DAMPING * self.start) @ state.residual
        before, fall = self._norm(state.residual), float(state.residual @ direction)
        short, share, long = 0.0, 1.0, np.inf
        for _ in range(tries):
            trial = b + share * direction
            new = self.at(trial)
            finite = bool(np.isfinite(new.slope).all())
            if finite and self._norm(new.residual) < (1.0 - 1e-4 * min(share, 1.0)) * before:
                return trial, new
            left = float(new.residual @ direction) if finite else -np.inf
            if 0.0 <= left <= _FLATTER * fall:
                return trial, new
            short, long = (share, long) if left > 0.0 else (short, share)
            if short >= _FAR and np.isinf(long):  # it falls for ever: the totals are out of reach
                return None
            share = 2.0 * share if np.isinf(long) else (short + long) / 2.0
        return None

    def _norm(self, residual: FloatArray) -> float:
        with np.errstate(invalid="ignore", over="ignore"):
            square = float(residual @ self.metric @ residual)
        return square if np.isfinite(square) else np.inf

    def _scaled(self, values: FloatArray, rows: slice) -> FloatArray:
        return values if self.variance is None else values / self.variance[rows]

    def _blocks(self) -> list[slice]:
        return [slice(first, first + _BLOCK) for first in range(0, self.w.size, _BLOCK)]


def _part(bound: Bound, rows: slice) -> Bound:
    return bound[rows] if isinstance(bound, np.ndarray) else bound


def _inverse(matrix: FloatArray) -> FloatArray:
    size = np.sqrt(np.diag(matrix))
    size[size == 0.0] = 1.0
    scale = np.outer(size, size)
    return np.asarray(np.linalg.pinv(matrix / scale, rcond=_RANK, hermitian=True) / scale)
