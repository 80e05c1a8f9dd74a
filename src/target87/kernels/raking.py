"""Iterative proportional fitting of cell totals to several margins, for one or many sets of totals at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type OffsetArray = NDArray[np.int64]


class Raked(NamedTuple):
    """Where the fitting ended, for each of ``r`` sets of totals.

    ``factors`` ``(cells, r)`` multiply the cells; ``last`` ``(categories, r)`` are the factors of the last sweep alone;
    ``reached`` ``(categories, r)`` are the margins of the fitted cells; ``sweeps`` and ``converged`` are ``(r,)``.
    """

    factors: FloatArray
    last: FloatArray
    reached: FloatArray
    sweeps: NDArray[np.int64]
    converged: NDArray[np.bool_]


def rake(
    totals: FloatArray,
    codes: IntArray,
    targets: FloatArray,
    start: OffsetArray,
    *,
    tolerance: float = 1e-11,
    max_sweeps: int = 1000,
    by_change: bool = False,
) -> Raked:
    """Multiply cells until every margin has its target (Deming and Stephan 1940).

    A sweep scales the cells to each margin in turn. Fitting ends when no margin misses its target by more than
    ``tolerance`` of it, or, ``by_change``, when no margin moved by as much as ``tolerance`` (in units of the totals)
    since the sweep before. A category whose cells are all zero stays as it is, and so misses its target.

    Parameters
    ----------
    totals : ndarray, shape (cells, r)
        Totals of the cells, not negative.
    codes : ndarray of int32, shape (margins, cells)
        Category of each cell, counted within its margin.
    targets : ndarray, shape (categories,)
        Targets, one margin after the other.
    start : ndarray of int64, shape (margins + 1,)
        Where each margin begins in ``targets``.
    tolerance, max_sweeps, by_change
        When to stop.

    Returns
    -------
    Raked
        Factors of the cells, and how it ended.
    """
    cells, sets = totals.shape
    factors = np.empty((sets, cells))
    last = np.ones((sets, targets.size))
    reached = np.empty((sets, targets.size))
    sweeps = np.zeros(sets, dtype=np.int64)
    converged = np.zeros(sets, dtype=np.bool_)
    by_set = np.ascontiguousarray(totals.T)
    for k in range(sets):
        sweeps[k], converged[k] = _fit(
            by_set[k], codes, targets, start, tolerance, max_sweeps, by_change, factors[k], last[k], reached[k]
        )
    return Raked(factors.T, last.T, reached.T, sweeps, converged)


@njit(cache=True)
def _fit(totals, codes, targets, start, tolerance, max_sweeps, by_change, factors, last, reached):  # type: ignore[no-untyped-def]
    categories = targets.size
    # factors are kept by category and multiplied out at the end: a cell whose total is zero then has its factor too
    scale = np.ones(categories)
    fitted = totals.copy()
    sums = np.empty(categories)
    before = np.empty(categories)
    _margins(fitted, codes, start, before)
    sweep, converged = 0, False
    while sweep < max_sweeps and not converged:
        for margin in range(codes.shape[0]):
            _scale_to(fitted, codes[margin], targets, start[margin], start[margin + 1], sums, last)
        scale *= last
        _margins(fitted, codes, start, reached)
        sweep += 1
        if by_change:
            converged = np.max(np.abs(reached - before)) < tolerance
            before[:] = reached
        else:
            converged = bool(np.all(np.abs(reached - targets) <= tolerance * np.abs(targets)))
    for cell in range(totals.size):
        factor = 1.0
        for margin in range(codes.shape[0]):
            factor *= scale[start[margin] + codes[margin, cell]]
        factors[cell] = factor
    return sweep, converged


@njit(cache=True)
def _scale_to(fitted, code, targets, first, end, sums, last):  # type: ignore[no-untyped-def]
    sums[first:end] = 0.0
    for cell in range(fitted.size):
        sums[first + code[cell]] += fitted[cell]
    for category in range(first, end):
        last[category] = targets[category] / sums[category] if sums[category] > 0.0 else 1.0
    for cell in range(fitted.size):
        fitted[cell] *= last[first + code[cell]]


@njit(cache=True)
def _margins(fitted, codes, start, sums):  # type: ignore[no-untyped-def]
    sums[:] = 0.0
    for margin in range(codes.shape[0]):
        first = start[margin]
        for cell in range(fitted.size):
            sums[first + codes[margin, cell]] += fitted[cell]
