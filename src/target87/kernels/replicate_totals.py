"""Totals by domain with the weights of every replicate, without writing these weights out by row."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type LongArray = NDArray[np.int64]


def jackknife(totals: FloatArray, group: IntArray, size: FloatArray, dropped: LongArray, groups: int) -> FloatArray:
    """Totals ``(columns, replicates)`` that drop one unit each, from the totals ``(units, columns)`` of the units.

    The same as ``totals.T @ replicate_multipliers.jackknife(...)`` in time and memory that grow with the units, not
    with their square.
    """
    whole = totals.sum(axis=0)
    by_group = np.zeros((size.size, totals.shape[1]))
    np.add.at(by_group, group, totals)
    own, n = group[dropped], size[group[dropped]]
    result = np.empty((dropped.size, totals.shape[1]))
    result[:] = whole
    several = n > 1.0
    units = totals[dropped[several]]
    result[several] += (by_group[own[several]] - n[several, None] * units) / (n[several, None] - 1.0)
    if not several.all():
        result[~several] = (whole - totals[dropped[~several]]) * (groups / (groups - 1.0))
    return np.ascontiguousarray(result.T)


@njit(cache=True)
def add_pairs(start, code, domains, totals, first, second, out):  # type: ignore[no-untyped-def]
    """Add pairs of a unit with a cell and domain to ``out`` ``(domains, columns, replicates)``.

    The pairs of unit ``u`` are ``start[u]:start[u + 1]``, with ``code = cell * domains + domain`` and their ``totals``
    ``(pairs, columns)``; their weights are multiplied by ``first[u]`` and, unless it has no rows, ``second[cell]``.
    """
    replicates = out.shape[2]
    product = np.empty(replicates)
    for u in range(start.size - 1):
        for p in range(start[u], start[u + 1]):
            cell = code[p] // domains
            d = code[p] - cell * domains
            if second.shape[0] == 0:
                product[:] = first[u]
            else:
                for r in range(replicates):
                    product[r] = first[u, r] * second[cell, r]
            for k in range(totals.shape[1]):
                t = totals[p, k]
                if t != 0.0:
                    for r in range(replicates):
                        out[d, k, r] += t * product[r]


@njit(cache=True)
def add_rows(domain, weight, values, own, first_code, first, second_code, second, out):  # type: ignore[no-untyped-def]
    """Add rows to ``out`` ``(domains, k + 1, replicates)``: their weight, and weight times each value ``(k, n)``.

    A row's weight is multiplied by its row of ``own`` ``(n, replicates)``, by ``first[first_code]`` and by
    ``second[second_code]``; matrices without rows are left out. A row whose domain is negative belongs to none, and one
    without weight adds nothing; ``domain`` of length 0 puts all rows in domain 0.
    """
    replicates = out.shape[2]
    product = np.empty(replicates)
    everywhere = domain.size == 0
    for i in range(weight.size):
        d = 0 if everywhere else domain[i]
        if d < 0 or weight[i] == 0.0:
            continue
        product[:] = weight[i]
        if own.shape[0] > 0:
            for r in range(replicates):
                product[r] *= own[i, r]
        if first.shape[0] > 0:
            for r in range(replicates):
                product[r] *= first[first_code[i], r]
        if second.shape[0] > 0:
            for r in range(replicates):
                product[r] *= second[second_code[i], r]
        for r in range(replicates):
            out[d, 0, r] += product[r]
        for k in range(values.shape[0]):
            value = values[k, i]
            if value != 0.0:
                for r in range(replicates):
                    out[d, k + 1, r] += value * product[r]
