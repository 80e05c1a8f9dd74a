"""Weighted totals of rows by unit and domain: the one pass over the rows that every estimate starts from.

The loops spell out the case of one value: its inner loop would cost as much as the sums.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type PlaceArray = NDArray[np.int64]


def dense(
    unit: IntArray, units: int, domain: IntArray, domains: int, weight: FloatArray, values: FloatArray
) -> FloatArray:
    """Totals ``(units, domains, k + 1)`` of the weight and of weight times each of ``k`` values ``(k, n)``.

    A row whose domain is negative belongs to none, and one without weight adds nothing, whatever its values.
    ``domain`` of length 0 puts all rows in domain 0.
    """
    totals = np.zeros((units, domains, values.shape[0] + 1))
    add_dense(unit, domain, weight, values, totals)
    return totals


def add_dense(unit: IntArray, domain: IntArray, weight: FloatArray, values: FloatArray, totals: FloatArray) -> None:
    """Add the rows to ``totals``; see :func:`dense`."""
    if domain.size:
        _add_by_domain(unit, domain, weight, values, totals)
        return
    for k in range(max(1, values.shape[0])):
        _add_everywhere(unit, weight, values[k] if values.shape[0] else weight, totals[:, 0], k)


@njit(cache=True)
def _add_everywhere(unit, weight, value, totals, k):  # type: ignore[no-untyped-def]
    # rows of a unit mostly lie together: summed in registers, they spare a read and a write of memory each
    mass = 0.0
    total = 0.0
    for i in range(unit.size):
        w = weight[i]
        if w != 0.0:
            mass += w
            total += w * value[i]
        u = unit[i]
        if i + 1 == unit.size or unit[i + 1] != u:
            if k == 0:
                totals[u, 0] += mass
            if k + 1 < totals.shape[1]:
                totals[u, k + 1] += total
            mass = 0.0
            total = 0.0


@njit(cache=True)
def _add_by_domain(unit, domain, weight, values, totals):  # type: ignore[no-untyped-def]
    if values.shape[0] == 1:
        for i in range(unit.size):
            d = domain[i]
            w = weight[i]
            if d >= 0 and w != 0.0:
                totals[unit[i], d, 0] += w
                totals[unit[i], d, 1] += w * values[0, i]
        return
    for i in range(unit.size):
        d = domain[i]
        w = weight[i]
        if d < 0 or w == 0.0:
            continue
        u = unit[i]
        totals[u, d, 0] += w
        for k in range(values.shape[0]):
            totals[u, d, k + 1] += w * values[k, i]


def sparse(
    order: PlaceArray, start: PlaceArray, domain: IntArray, domains: int, weight: FloatArray, values: FloatArray
) -> tuple[PlaceArray, IntArray, FloatArray, FloatArray]:
    """Totals of the (unit, domain) pairs that occur, unit by unit, and of the domains.

    Rows ``order[start[u]:start[u + 1]]`` are those of unit ``u``; ``order`` of length 0 says that they lie so already.
    Returns ``(first, domain, totals, overall)``: the pairs of unit ``u`` are ``first[u]:first[u + 1]``, with their
    domains and their totals ``(pairs, k + 1)`` as in :func:`dense`; ``overall`` ``(domains, k + 1)`` adds them up.
    """
    first = np.zeros(start.size, dtype=np.int64)
    most = min(weight.size, (start.size - 1) * domains)
    # one place a row: what no pair comes to fill is never touched, and so takes no memory
    pair_domain = np.empty(most, dtype=np.int32)
    totals = np.empty((most, values.shape[0] + 1))
    overall = np.zeros((domains, values.shape[0] + 1))
    fill = _fill_pairs_of_one if values.shape[0] == 1 else _fill_pairs
    pairs = fill(order, start, domain, weight, values, first, pair_domain, totals, overall)
    return first, pair_domain[:pairs], totals[:pairs], overall


@njit(cache=True)
def _fill_pairs_of_one(order, start, domain, weight, values, first, pair_domain, totals, overall):  # type: ignore[no-untyped-def]
    place = np.full(overall.shape[0], -1, dtype=np.int64)
    in_order = order.size == 0
    new = 0
    for u in range(start.size - 1):
        own = new
        for j in range(start[u], start[u + 1]):
            i = j if in_order else order[j]
            d = domain[i]
            w = weight[i]
            if d < 0 or w == 0.0:
                continue
            weighted = w * values[0, i]
            p = place[d]
            if p < own:
                place[d] = new
                pair_domain[new] = d
                totals[new, 0] = w
                totals[new, 1] = weighted
                new += 1
            else:
                totals[p, 0] += w
                totals[p, 1] += weighted
            overall[d, 0] += w
            overall[d, 1] += weighted
        first[u + 1] = new
    return new


@njit(cache=True)
def _fill_pairs(order, start, domain, weight, values, first, pair_domain, totals, overall):  # type: ignore[no-untyped-def]
    place = np.full(overall.shape[0], -1, dtype=np.int64)
    in_order = order.size == 0
    new = 0
    for u in range(start.size - 1):
        own = new
        for j in range(start[u], start[u + 1]):
            i = j if in_order else order[j]
            d = domain[i]
            w = weight[i]
            if d < 0 or w == 0.0:
                continue
            p = place[d]
            if p < own:
                p = new
                place[d] = p
                pair_domain[p] = d
                totals[p] = 0.0
                new += 1
            totals[p, 0] += w
            for k in range(values.shape[0]):
                totals[p, k + 1] += w * values[k, i]
        first[u + 1] = new
    for p in range(new):
        for k in range(totals.shape[1]):
            overall[pair_domain[p], k] += totals[p, k]
    return new


def moments(
    domain: IntArray, domains: int, weight: FloatArray, values: FloatArray, shift: FloatArray, pairs: PlaceArray
) -> tuple[PlaceArray, FloatArray]:
    """Number of rows with a weight, and weighted products about ``shift`` ``(domains, k)``, by domain.

    ``pairs`` ``(m, 2)`` names the values whose products are taken; the products are ``(domains, m)``.
    """
    counts = np.zeros(domains, dtype=np.int64)
    products = np.zeros((domains, pairs.shape[0]))
    add_moments(domain, weight, values, shift, pairs, counts, products)
    return counts, products


def add_moments(
    domain: IntArray,
    weight: FloatArray,
    values: FloatArray,
    shift: FloatArray,
    pairs: PlaceArray,
    counts: PlaceArray,
    products: FloatArray,
) -> None:
    """Add the rows to ``counts`` and ``products``; see :func:`moments`."""
    if domain.size:
        _add_moments_by_domain(domain, weight, values, shift, pairs, counts, products)
        return
    counts[0] += np.count_nonzero(weight)
    for m, (a, b) in enumerate(pairs):
        products[0, m] += _product(weight, values[a], values[b], shift[0, a], shift[0, b])


@njit(cache=True)
def _product(weight, one, other, shift_one, shift_other):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(weight.size):
        if weight[i] != 0.0:
            total += weight[i] * (one[i] - shift_one) * (other[i] - shift_other)
    return total


@njit(cache=True)
def _add_moments_by_domain(domain, weight, values, shift, pairs, counts, products):  # type: ignore[no-untyped-def]
    one = pairs.shape[0] == 1
    a = pairs[0, 0] if one else 0
    b = pairs[0, 1] if one else 0
    for i in range(weight.size):
        d = domain[i]
        w = weight[i]
        if d < 0 or w == 0.0:
            continue
        counts[d] += 1
        if one:
            products[d, 0] += w * (values[a, i] - shift[d, a]) * (values[b, i] - shift[d, b])
        else:
            for m in range(pairs.shape[0]):
                a = pairs[m, 0]
                b = pairs[m, 1]
                products[d, m] += w * (values[a, i] - shift[d, a]) * (values[b, i] - shift[d, b])


def grouped(code: IntArray, codes: int) -> tuple[PlaceArray, PlaceArray]:
    """Rows in order of their code, and where each code starts: a counting sort that keeps the order within a code.

    The order has length 0 if the rows lie so already.
    """
    start = np.zeros(codes + 1, dtype=np.int64)
    np.cumsum(np.bincount(code, minlength=codes), out=start[1:])
    if (code[1:] >= code[:-1]).all():
        return np.empty(0, dtype=np.int64), start
    order = np.empty(code.size, dtype=np.int64)
    _place(code, start[:-1].copy(), order)
    return order, start


@njit(cache=True)
def _place(code, next_place, order):  # type: ignore[no-untyped-def]
    for i in range(code.size):
        order[next_place[code[i]]] = i
        next_place[code[i]] += 1


@njit(cache=True)
def first_rows(code, codes):  # type: ignore[no-untyped-def]
    """First row of every code, ``(codes,)``; each occurs."""
    first = np.empty(codes, dtype=np.int64)
    for i in range(code.size - 1, -1, -1):
        first[code[i]] = i
    return first
