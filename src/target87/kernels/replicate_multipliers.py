"""Multipliers that turn the weights of sampling units into replicate weights.

Units are rows, replicates columns. Sources: Wolter (2007), chapters 3 to 5; Rao and Wu (1988); Rao, Wu and Yue (1992);
Canty and Davison (1999); Preston (2009); Fay and Train (1995). The bootstraps fill one row of ``(replicates, units)``
at a time from a generator of that replicate alone.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type LongArray = NDArray[np.int64]
type SignMatrix = NDArray[np.int8]


def jackknife(group: IntArray, size: FloatArray, dropped: LongArray, groups: int) -> FloatArray:
    """Multipliers ``(units, replicates)`` that drop one unit each.

    The others of its group, ``size`` units with it, share its weight. A unit alone in its group drops out as a group
    of ``groups``, and all others share its weight.
    """
    result = np.ones((group.size, dropped.size))
    for column, unit in enumerate(dropped):
        n = size[group[unit]]
        if n > 1.0:
            result[group == group[unit], column] = n / (n - 1.0)
        else:
            result[:, column] = groups / (groups - 1.0)
        result[unit, column] = 0.0
    return result


def balanced(pair: LongArray, side: NDArray[np.int8], signs: SignMatrix, rho: float) -> FloatArray:
    """Multipliers ``2 - rho`` and ``rho`` of the two units of every pair, by the signs of a Hadamard matrix.

    ``side`` is +1 for one unit of a pair and -1 for the other. Pair ``p`` takes row ``p + 1`` of ``signs``: the first
    row, all +1, is left out so that every unit is taken in half of the replicates.
    """
    return np.asarray(1.0 + (1.0 - rho) * side[:, None] * signs[1 + pair])


def one_of_pair(pair: LongArray, side: NDArray[np.int8], pairs: int) -> FloatArray:
    """Multipliers of the paired jackknife: in replicate ``p`` 0 for the first unit of pair ``p``, 2 for its other."""
    result = np.ones((pair.size, pairs))
    result[np.arange(pair.size), pair] = 1.0 - side
    return result


def successive_rows(start: LongArray, rows: int) -> LongArray:
    """Rows of a Hadamard matrix that each unit of the sorted lists takes, ``(units, 2)``.

    Units ``start[h]:start[h + 1]`` are one list, closed to a circle. Neighbours share a row. Rows 1 to ``rows - 1`` are
    taken in turn; when they are used up, they are taken again at another distance from one another (Fay and Train
    1995; Ash 2014).
    """
    chain = np.empty((int(start[-1]), 2), dtype=np.int64)
    order = _row_order(rows - 1, int(start[-1]))
    for first, end in pairwise(start):
        chain[first:end, 0] = order[first:end]
        chain[first:end, 1] = np.roll(order[first:end], -1)
    return chain


def _row_order(available: int, wanted: int) -> LongArray:
    steps = [step for step in range(1, max(2, available)) if np.gcd(step, available) == 1]
    turns = -(-wanted // available)
    circle = np.arange(available)
    return np.concatenate([1 + circle * steps[turn % len(steps)] % available for turn in range(turns)])[:wanted]


def successive_differences(chain: LongArray, signs: SignMatrix, unsampled: FloatArray) -> FloatArray:
    """Multipliers ``1 + sqrt(unsampled / 8) (a - b)`` with the signs of the two rows of every unit.

    ``unsampled`` is 1 less the sampling fraction of each unit.
    """
    difference = signs[chain[:, 0]].astype(np.float64) - signs[chain[:, 1]]
    return np.asarray(1.0 + np.sqrt(unsampled / 8.0)[:, None] * difference)


@njit(cache=True)
def resampled(uniforms, order, start, draws, base, slope, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with ``base + slope * times drawn`` of every unit, drawn with replacement.

    ``draws[h]`` units are drawn among ``order[start[h]:start[h + 1]]``, with one of ``uniforms`` each; ``base`` and
    ``slope`` are by group.
    """
    drawn = 0
    counts = np.zeros(order.size, dtype=np.int32)
    for h in range(draws.size):
        first = start[h]
        n = start[h + 1] - first
        for _ in range(draws[h]):
            counts[first + int(uniforms[drawn] * n)] += 1
            drawn += 1
        for place in range(first, start[h + 1]):
            out[order[place]] = base[h] + slope[h] * counts[place]


@njit(cache=True)
def resampled_finite(rng, order, start, population, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the times each unit is drawn when as many units as there are come from a made-up population.

    The ``n`` units of a group are copied until there are ``population[h]`` (the last, incomplete round of copies goes
    to units drawn anew) and ``n`` of these are drawn without replacement. An infinite population is drawn from with
    replacement, a complete one is left as it is.
    """
    copies = np.empty(order.size, dtype=np.int64)
    for h in range(population.size):
        first = start[h]
        n = start[h + 1] - first
        if population[h] <= n:
            for place in range(first, first + n):
                out[order[place]] = 1.0
            continue
        for place in range(first, first + n):
            out[order[place]] = 0.0
        if np.isinf(population[h]):
            for _ in range(n):
                out[order[first + int(rng.random() * n)]] += 1.0
            continue
        _copy(rng, copies[first : first + n], int(population[h]))
        most = copies[first : first + n].max()
        drawn = 0
        while drawn < n:  # a draw of a copy that is gone already is made again
            unit = int(rng.random() * n)
            left = copies[first + unit] - out[order[first + unit]]
            if rng.random() * most < left:
                out[order[first + unit]] += 1.0
                drawn += 1


@njit(cache=True)
def _copy(rng, copies, population):  # type: ignore[no-untyped-def]
    """Numbers of copies, equal but for the units, drawn without replacement, that get one more."""
    n = copies.size
    copies[:] = population // n
    wanted = population % n
    for k in range(n):
        if rng.random() * (n - k) < wanted:
            copies[k] += 1
            wanted -= 1


@njit(cache=True)
def halved(rng, order, start, parent, above, scale, term, kept):  # type: ignore[no-untyped-def]
    """One stage of the rescaled multistage bootstrap without replacement (Preston 2009, equation 4).

    Of the ``n`` units ``order[start[h]:start[h + 1]]`` of each group half are drawn. ``parent[h]`` is the unit of the
    stage before that the group lies in, ``above[parent]`` the product of the ``sqrt(n / drawn)`` down to that unit, 0
    if it was not drawn. ``term`` of each unit becomes what this stage adds to its multiplier, with ``scale[h]`` the
    product of the sampling fractions above times ``1 - fraction``; ``kept`` the product for the units of the next
    stage. A unit alone in its group is kept as it is.
    """
    for h in range(scale.size):
        first = start[h]
        n = start[h + 1] - first
        carried = above[parent[h]]
        half = n // 2
        if half == 0 or carried == 0.0:
            for place in range(first, first + n):
                term[order[place]] = 0.0
                kept[order[place]] = carried
            continue
        spread = np.sqrt(scale[h] * half / (n - half)) * carried
        wanted = half
        for place in range(first, first + n):
            unit = order[place]
            if rng.random() * (first + n - place) < wanted:
                wanted -= 1
                term[unit] = spread * (n / half - 1.0)
                kept[unit] = carried * np.sqrt(n / half)
            else:
                term[unit] = -spread
                kept[unit] = 0.0
