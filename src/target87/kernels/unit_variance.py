"""Scores of units from their totals, and sums of squares and products of them about the means of their groups."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]


@njit(cache=True)
def scores(totals, jacobian, z):  # type: ignore[no-untyped-def]
    """Fill ``z`` ``(u, J * D)`` with what totals ``(u, D, k)`` times the derivatives ``(D, J, k)`` come to."""
    domains = totals.shape[1]
    for u in range(totals.shape[0]):
        for j in range(jacobian.shape[1]):
            for d in range(domains):
                score = 0.0
                for k in range(totals.shape[2]):
                    score += totals[u, d, k] * jacobian[d, j, k]
                z[u, j * domains + d] = score


@njit(cache=True)
def pair_scores(pairs, domain, jacobian, z):  # type: ignore[no-untyped-def]
    """Fill ``z`` ``(pairs,)`` with totals of pairs ``(pairs, k)`` times the derivatives ``(D, k)`` of their domains."""
    for p in range(domain.size):
        d = domain[p]
        score = 0.0
        for k in range(pairs.shape[1]):
            score += pairs[p, k] * jacobian[d, k]
        z[p] = score


@njit(cache=True)
def scatter_scores(first, pairs, domain, jacobian, z):  # type: ignore[no-untyped-def]
    """Fill ``z`` as :func:`scores` does, from the pairs that occur; it is zero before.

    The pairs of unit ``u`` are ``first[u]:first[u + 1]``, counted from ``first[0]``.
    """
    for u in range(z.shape[0]):
        for p in range(first[u] - first[0], first[u + 1] - first[0]):
            d = domain[p]
            for j in range(jacobian.shape[1]):
                score = 0.0
                for k in range(pairs.shape[1]):
                    score += pairs[p, k] * jacobian[d, j, k]
                z[u, j * jacobian.shape[0] + d] = score


@njit(cache=True)
def add_rows(z, group, sums):  # type: ignore[no-untyped-def]
    """Add each row of ``z`` ``(u, c)`` to its group in ``sums`` ``(g, c)``."""
    for u in range(z.shape[0]):
        g = group[u]
        for c in range(z.shape[1]):
            sums[g, c] += z[u, c]


@njit(cache=True)
def add_pairs(first, pairs, domain, group, sums):  # type: ignore[no-untyped-def]
    """Add totals of pairs, as in :func:`scatter_scores`, to their group and domain in ``sums`` ``(g, D, k)``."""
    for u in range(group.size):
        for p in range(first[u], first[u + 1]):
            for k in range(pairs.shape[1]):
                sums[group[u], domain[p], k] += pairs[p, k]


@njit(cache=True)
def group_squares(z, group, centre, scale, squares):  # type: ignore[no-untyped-def]
    """Add ``scale (z - centre)²`` of each unit ``(u, c)`` to its group in ``squares`` ``(g, c)``."""
    for u in range(z.shape[0]):
        g = group[u]
        s = scale[u]
        if s == 0.0:
            continue
        for c in range(z.shape[1]):
            e = z[u, c] - centre[g, c]
            squares[g, c] += s * e * e


@njit(cache=True)
def add_squares(z, group, centre, scale, variance):  # type: ignore[no-untyped-def]
    """Add ``scale (z - centre)²`` of every unit to ``variance`` ``(c,)``."""
    for u in range(z.shape[0]):
        g = group[u]
        s = scale[u]
        if s == 0.0:
            continue
        for c in range(z.shape[1]):
            e = z[u, c] - centre[g, c]
            variance[c] += s * e * e


def add_products(z: FloatArray, group: IntArray, centre: FloatArray, root: FloatArray, total: FloatArray) -> None:
    """Add ``root² (z - centre)(z - centre)'`` of every unit to ``total`` ``(c, c)``; ``z`` is overwritten."""
    _centre_rows(z, group, centre, root)
    total += z.T @ z


@njit(cache=True)
def _centre_rows(z, group, centre, root):  # type: ignore[no-untyped-def]
    for u in range(z.shape[0]):
        g = group[u]
        for c in range(z.shape[1]):
            z[u, c] = (z[u, c] - centre[g, c]) * root[u]


@njit(cache=True)
def sparse_variance(units, group_start, first, domain, z, scale, size, variance):  # type: ignore[no-untyped-def]
    """Add ``scale`` times the centred sum of squares of each column, group by group, to ``variance`` ``(domains,)``.

    ``units[group_start[g]:group_start[g + 1]]`` are the units of a group (``units`` of length 0: they lie so already),
    ``z`` the values of the pairs that occur (``first`` and ``domain`` as in ``unit_totals.sparse``), ``size`` the units
    of a group, those without rows included: pairs that do not occur are zero.
    """
    # one line of memory a domain: number of pairs, their sum, their squares about the mean
    sums = np.zeros((variance.size, 4))
    touched = np.empty(variance.size + 1, dtype=np.int64)
    in_order = units.size == 0
    for g in range(size.size):
        n = 0
        for j in range(group_start[g], group_start[g + 1]):
            u = j if in_order else units[j]
            for p in range(first[u], first[u + 1]):
                d = domain[p]
                touched[n] = d  # overwritten by the next unless it is new: a branch would be guessed wrong too often
                n += sums[d, 0] == 0.0
                sums[d, 0] += 1.0
                sums[d, 1] += z[p]
        for j in range(group_start[g], group_start[g + 1]):
            u = j if in_order else units[j]
            for p in range(first[u], first[u + 1]):
                d = domain[p]
                sums[d, 2] += (z[p] - sums[d, 1] / size[g]) ** 2
        for t in range(n):
            d = touched[t]
            mean = sums[d, 1] / size[g]
            variance[d] += scale[g] * (sums[d, 2] + (size[g] - sums[d, 0]) * mean**2)
            sums[d] = 0.0
