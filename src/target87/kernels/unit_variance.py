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
def dense_variance(units, group_start, totals, jacobian, scale, size, variance):  # type: ignore[no-untyped-def]
    """Add ``scale`` times the centred sum of squares of each domain's scores, group by group, to ``variance`` ``(D,)``.

    ``units[group_start[g]:group_start[g + 1]]`` are the units of a group (``units`` of length 0: they lie so already),
    ``totals`` ``(u, D, k)`` times ``jacobian`` ``(D, k)`` their scores, ``size`` the units of a group.

    Scores are taken about the group's first: as that is one of ``size``, sums of squares about it are at most
    ``size + 1`` times those about the mean, and no digit that matters is lost in between, in a single pass.
    """
    domains = totals.shape[1]
    first = np.empty(domains)
    sums = np.empty((2, domains))
    in_order = units.size == 0
    for g in range(size.size):
        if scale[g] == 0.0:
            continue
        sums[:] = 0.0
        for j in range(group_start[g], group_start[g + 1]):
            own = totals[j if in_order else units[j]]
            for d in range(domains):
                score = _score(own, d, jacobian, d)
                if j == group_start[g]:
                    first[d] = score
                apart = score - first[d]
                sums[0, d] += apart
                sums[1, d] += apart * apart
        for d in range(domains):
            variance[d] += scale[g] * (sums[1, d] - sums[0, d] ** 2 / size[g])


@njit(cache=True)
def sparse_variance(units, group_start, first, domain, pairs, jacobian, scale, size, variance):  # type: ignore[no-untyped-def]
    """The same from the pairs of unit and domain that occur: the others have no score.

    ``pairs`` ``(pairs, k)`` are their totals, ``first`` and ``domain`` as in ``unit_totals.sparse``; ``size`` counts
    the units of a group, those without rows included. Where there are such, scores are taken about theirs, which is 0;
    where a domain has rows in all units of a group, in a second pass about their mean.
    """
    # one line of memory a domain: number of pairs, their sum, their squares, the variance so far
    sums = np.zeros((variance.size, 4))
    touched = np.empty(variance.size + 1, dtype=np.int64)
    in_order = units.size == 0
    for g in range(size.size):
        if scale[g] == 0.0:
            continue
        n, full = 0, 0
        for j in range(group_start[g], group_start[g + 1]):
            u = j if in_order else units[j]
            for p in range(first[u], first[u + 1]):
                d = domain[p]
                score = _score(pairs, p, jacobian, d)
                touched[n] = d  # overwritten by the next unless it is new: a branch would be guessed wrong too often
                n += sums[d, 0] == 0.0
                sums[d, 0] += 1.0
                sums[d, 1] += score
                sums[d, 2] += score * score
        for t in range(n):
            d = touched[t]
            if sums[d, 0] == size[g]:
                touched[full] = d
                full += 1
                continue
            sums[d, 3] += scale[g] * (sums[d, 2] - sums[d, 1] * sums[d, 1] / size[g])
            sums[d, :3] = 0.0
        if full == 0:
            continue
        for j in range(group_start[g], group_start[g + 1]):
            u = j if in_order else units[j]
            for p in range(first[u], first[u + 1]):
                d = domain[p]
                if sums[d, 0] == size[g]:
                    sums[d, 3] += scale[g] * (_score(pairs, p, jacobian, d) - sums[d, 1] / size[g]) ** 2
        for t in range(full):
            sums[touched[t], :3] = 0.0
    for d in range(variance.size):
        variance[d] += sums[d, 3]


@njit(cache=True, inline="always")
def _score(totals, i, jacobian, d):  # type: ignore[no-untyped-def]
    if totals.shape[1] == 2:  # one value: spelt out, the loop would cost more than the two products
        return totals[i, 0] * jacobian[d, 0] + totals[i, 1] * jacobian[d, 1]
    score = 0.0
    for k in range(totals.shape[1]):
        score += totals[i, k] * jacobian[d, k]
    return score
