"""Weighted quantiles of many domains from one stable sort, by the rules of the survey literature.

Within a domain let ``x_k`` be the values in order, ``w_k`` their weights, ``C_k`` the running sums of the weights and
``W`` their total. The rules (Hyndman and Fan 1996, The American Statistician 50, 361-365, carried over to weights
as in Lumley's vignette "Quantile rules" of the R package survey):

- ``math``, ``hf1``: the smallest ``x_k`` with ``C_k >= p W``;
- ``school``, ``hf2``: the same, but the mean of ``x_k`` and ``x_{k+1}`` where ``C_k = p W``, and of the first two
  values where ``p W < C_1``;
- ``hf3``: over the distinct values, the one after the last with ``C_k <= p W``, or that one itself where ``C_k = p W``
  and ``k`` is even;
- ``hf4`` to ``hf9``: linear between the points ``(C_k - a w_k) / (W + b w_n)``, see ``LINEAR``; the ends are flat,
  except that ``hf4`` continues its first segment below the first point;
- ``shahvaish``: the value of the last point ``(n C_k / W + 1/2 - w_k / 2) / (n + 1)`` not above ``p``;
- ``shahvaish_rescaled``: the same with ``n w_k / W`` for ``w_k``, which does not change with the scale of the weights
  (for weights of mean 1 the two are one).

Two sums that differ by less than 1e-12 of the total are one: otherwise the rounding of 0.1 + 0.2 would decide which
of two values is the quantile, and scaling the weights would move it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type IndexArray = NDArray[np.int64]

_MATH, _SCHOOL, _EVEN, _LINE, _SHAH_VAISH, _SHAH_VAISH_RESCALED = range(6)

LINEAR = {
    "hf4": (0.0, 0.0),
    "hf5": (1 / 2, 0.0),
    "hf6": (0.0, 1.0),
    "hf7": (1.0, -1.0),
    "hf8": (1 / 3, 1 / 3),
    "hf9": (3 / 8, 1 / 4),
}
"""The ``a`` and ``b`` of the piecewise linear rules."""

_KIND = {
    "math": _MATH,
    "school": _SCHOOL,
    "hf1": _MATH,
    "hf2": _SCHOOL,
    "hf3": _EVEN,
    **dict.fromkeys(LINEAR, _LINE),
    "shahvaish": _SHAH_VAISH,
    "shahvaish_rescaled": _SHAH_VAISH_RESCALED,
}

RULES = tuple(_KIND)
"""Names of the rules."""

TIE = 1e-12
"""Share of the total weight below which two sums of weights are taken as equal."""

_BITS = 11
_DIGITS = 6
"""Six digits of eleven bits hold the 64 of a double; the counts of a digit stay in the first cache."""


class Ladder(NamedTuple):
    """Values in order within each domain and the running sums of their weights, none of which is zero."""

    value: FloatArray
    cumulative: FloatArray
    start: IndexArray
    """Domain ``d`` is ``start[d]:start[d + 1]``."""
    rising: bool
    """Whether no weight is negative."""


def value_order(values: FloatArray, domain: IntArray, domains: int) -> tuple[IntArray, IndexArray]:
    """Rows in order of domain and then of value, equal values in the order of the rows, and where each domain starts.

    Rows whose domain is negative or whose value is NaN are left out. ``domain`` of length 0 puts all rows in domain 0.
    A radix sort: several times as fast as a comparison sort of a million doubles, and digits that all rows share
    (most of them where the values are whole numbers) cost nothing.
    """
    start = np.zeros(domains + 1, dtype=np.int64)
    count = np.zeros((_DIGITS, 1 << _BITS), dtype=np.int64)
    keys, rows = _keys(values, domain, start, count)
    np.cumsum(start, out=start)
    spare_keys, spare_rows = np.empty_like(keys), np.empty_like(rows)
    for digit in range(_DIGITS):
        if count[digit].max(initial=0) == keys.size:
            continue
        _scatter(keys, rows, np.uint64(_BITS * digit), count[digit], spare_keys, spare_rows)
        keys, spare_keys = spare_keys, keys
        rows, spare_rows = spare_rows, rows
    if domains > 1:
        _scatter_domains(rows, domain, start[:-1].copy(), spare_rows)
        rows = spare_rows
    return rows, start


def ladder(values: FloatArray, weights: FloatArray, start: IndexArray) -> Ladder:
    """Running sums of weights in the order of :func:`value_order`; rows of weight zero are left out."""
    value, cumulative, first = np.empty(values.size), np.empty(values.size), np.zeros_like(start)
    rising = _climb(values, weights, start, value, cumulative, first)
    return Ladder(value[: first[-1]], cumulative[: first[-1]], first, rising)


def read(steps: Ladder, probabilities: FloatArray, rule: str) -> FloatArray:
    """Quantiles ``(domains, p)`` at ``probabilities`` ``(domains, p)``; NaN where a domain is empty or p is NaN."""
    out = np.empty(probabilities.shape)
    _read(*steps, probabilities, _KIND[rule], *LINEAR.get(rule, (0.0, 0.0)), rule == "hf4", out)
    return out


def weighted_quantile(
    values: FloatArray, weights: FloatArray, domain: IntArray, domains: int, probabilities: FloatArray, rule: str
) -> FloatArray:
    """Quantiles ``(domains, p)`` of rows in any order, at ``probabilities`` ``(domains, p)``."""
    rows, start = value_order(values, domain, domains)
    return read(ladder(values[rows], weights[rows], start), probabilities, rule)


def replicate_quantiles(
    values: FloatArray, weights: FloatArray, start: IndexArray, probabilities: FloatArray, rule: str
) -> FloatArray:
    """Quantiles ``(r, domains, p)`` of the same values under several sets of weights ``(r, n)``.

    ``values`` and ``weights`` are in the order of :func:`value_order`, which serves all sets.
    """
    out = np.empty((weights.shape[0], *probabilities.shape))
    value, cumulative, first = np.empty(values.size), np.empty(values.size), np.zeros_like(start)
    a, b = LINEAR.get(rule, (0.0, 0.0))
    for r in range(weights.shape[0]):
        rising = _climb(values, weights[r], start, value, cumulative, first)
        _read(value, cumulative, first, rising, probabilities, _KIND[rule], a, b, rule == "hf4", out[r])
    return out


def at_most(values: FloatArray, domain: IntArray, thresholds: FloatArray) -> FloatArray:
    """Whether each value is at most the threshold of its domain: ``(p, n)`` of 0 and 1 for ``(domains, p)``."""
    below = np.zeros((thresholds.shape[1], values.size))
    _mark(values, domain, thresholds, below)
    return below


@njit(cache=True)
def _mark(values, domain, thresholds, below):  # type: ignore[no-untyped-def]
    everywhere = domain.size == 0
    for j in range(thresholds.shape[1]):
        for i in range(values.size):
            d = 0 if everywhere else domain[i]
            if d >= 0 and values[i] <= thresholds[d, j]:
                below[j, i] = 1.0


@njit(cache=True)
def _keys(values, domain, start, count):  # type: ignore[no-untyped-def]
    """Rows kept, their values as integers of the same order, and the counts of domains and digits."""
    everywhere = domain.size == 0
    bits = values.view(np.uint64)
    top = np.uint64(1) << np.uint64(63)
    mask = np.uint64((1 << _BITS) - 1)
    keys = np.empty(values.size, dtype=np.uint64)
    rows = np.empty(values.size, dtype=np.int32)
    m = 0
    for i in range(values.size):
        d = 0 if everywhere else domain[i]
        if d < 0 or np.isnan(values[i]):
            continue
        start[d + 1] += 1
        key = bits[i]
        if key == top:  # minus zero is zero
            key = np.uint64(0)
        key = ~key if key & top else key | top
        for digit in range(_DIGITS):
            count[digit, (key >> np.uint64(_BITS * digit)) & mask] += 1
        keys[m] = key
        rows[m] = i
        m += 1
    return keys[:m], rows[:m]


@njit(cache=True)
def _scatter(keys, rows, shift, count, new_keys, new_rows):  # type: ignore[no-untyped-def]
    mask = np.uint64((1 << _BITS) - 1)
    place = np.empty(count.size, dtype=np.int64)
    total = 0
    for c in range(count.size):
        place[c] = total
        total += count[c]
    for i in range(keys.size):
        bucket = (keys[i] >> shift) & mask
        p = place[bucket]
        place[bucket] = p + 1
        new_keys[p] = keys[i]
        new_rows[p] = rows[i]


@njit(cache=True)
def _scatter_domains(rows, domain, place, new_rows):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        d = domain[rows[i]]
        new_rows[place[d]] = rows[i]
        place[d] += 1


@njit(cache=True)
def _climb(values, weights, start, value, cumulative, first):  # type: ignore[no-untyped-def]
    """Fill a ladder; the sums are compensated (Kahan), so that they do not depend on the order of the rows."""
    m = 0
    rising = True
    for d in range(start.size - 1):
        total = 0.0
        lost = 0.0
        for i in range(start[d], start[d + 1]):
            w = weights[i]
            if w == 0.0:
                continue
            rising = rising and w > 0.0
            added = w - lost
            new = total + added
            lost = (new - total) - added
            total = new
            value[m] = values[i]
            cumulative[m] = total
            m += 1
        first[d + 1] = m
    return rising


@njit(cache=True)
def _read(value, cumulative, start, rising, probabilities, kind, a, b, extends, out):  # type: ignore[no-untyped-def]
    for d in range(start.size - 1):
        x = value[start[d] : start[d + 1]]
        c = cumulative[start[d] : start[d + 1]]
        for j in range(probabilities.shape[1]):
            p = probabilities[d, j]
            if x.size == 0 or c[-1] <= 0.0 or np.isnan(p):
                out[d, j] = np.nan
            elif x.size == 1:
                out[d, j] = x[0]
            elif kind == _LINE:
                out[d, j] = _between(x, c, p, a, b, extends, rising)
            elif kind == _EVEN:
                out[d, j] = _even(x, c, p)
            elif kind in (_MATH, _SCHOOL):
                out[d, j] = _step(x, c, p, kind == _SCHOOL, rising)
            else:
                out[d, j] = _shah_vaish(x, c, p, kind == _SHAH_VAISH_RESCALED)


@njit(cache=True)
def _point(c, k, a):  # type: ignore[no-untyped-def]
    """``C_k - a w_k``."""
    return c[k] if a == 0.0 else (1.0 - a) * c[k] + a * (c[k - 1] if k else 0.0)


@njit(cache=True)
def _last_not_above(c, a, level, rising):  # type: ignore[no-untyped-def]
    """The last k with ``C_k - a w_k <= level``, -1 if there is none."""
    low, high = -1, c.size
    while rising and high - low > 1:
        middle = (low + high) // 2
        if _point(c, middle, a) <= level:
            low = middle
        else:
            high = middle
    if not rising:
        for k in range(c.size):
            if _point(c, k, a) <= level:
                low = k
    return low


@njit(cache=True)
def _step(x, c, p, halve, rising):  # type: ignore[no-untyped-def]
    total = c[-1]
    k = _last_not_above(c, 0.0, p * total + TIE * total, rising)
    if k == c.size - 1:
        return x[k]
    if k >= 0 and c[k] < p * total - TIE * total:
        return x[k + 1]
    k = max(k, 0)
    return 0.5 * x[k] + 0.5 * x[k + 1] if halve else x[k]


@njit(cache=True)
def _even(x, c, p):  # type: ignore[no-untyped-def]
    """Over distinct values, of which the last one of equals has the sum."""
    total = c[-1]
    position = 0
    last = -1
    at = 0
    end_of_first = -1
    for k in range(x.size):
        if k + 1 < x.size and x[k + 1] == x[k]:
            continue
        position += 1
        if end_of_first < 0:
            end_of_first = k
        if c[k] <= p * total + TIE * total:
            last = k
            at = position
    if last >= 0 and c[last] >= p * total - TIE * total and at % 2 == 0:
        return x[last]
    return x[min(max(last, end_of_first) + 1, x.size - 1)]


@njit(cache=True)
def _between(x, c, p, a, b, extends, rising):  # type: ignore[no-untyped-def]
    level = p * (c[-1] + b * (c[-1] - c[-2]))
    if rising or extends:
        low = _last_not_above(c, a, level, rising)
        high = low + 1
    else:
        low, high = _neighbours(c, a, level)
    if extends and low < 0:
        low, high = 0, 1
    if low < 0 or high >= c.size:
        return x[high] if low < 0 else x[low]
    here, there = _point(c, low, a), _point(c, high, a)
    # at a point the quantile is the value itself, to the last digit: whether that row counts as below depends on it
    if abs(level - here) <= TIE * c[-1] or x[low] == x[high]:
        return x[low]
    if abs(there - level) <= TIE * c[-1]:
        return x[high]
    share = (level - here) / (there - here)
    return x[low] * (1.0 - share) + x[high] * share


@njit(cache=True)
def _neighbours(c, a, level):  # type: ignore[no-untyped-def]
    """Places of the highest point not above the level and the lowest above it: -1 and the size where there is none."""
    low, high = -1, c.size
    for k in range(c.size):
        point = _point(c, k, a)
        if point <= level:
            if low < 0 or point >= _point(c, low, a):
                low = k
        elif high == c.size or point < _point(c, high, a):
            high = k
    return low, high


@njit(cache=True)
def _shah_vaish(x, c, p, rescaled):  # type: ignore[no-untyped-def]
    """Points need not increase where weights differ: the nearest below is looked for among all, ties averaged."""
    n = c.size
    mean = c[-1] / n
    best = -np.inf
    lowest = np.inf
    for k in range(n):
        point = _shah_vaish_point(c, k, mean, rescaled)
        lowest = min(lowest, point)
        if point <= p:
            best = max(best, point)
    if best == -np.inf:
        best = lowest
    total = 0.0
    count = 0
    for k in range(n):
        if _shah_vaish_point(c, k, mean, rescaled) == best:
            total += x[k]
            count += 1
    return total / count


@njit(cache=True)
def _shah_vaish_point(c, k, mean, rescaled):  # type: ignore[no-untyped-def]
    weight = c[k] - (c[k - 1] if k else 0.0)
    half = weight / mean / 2.0 if rescaled else weight / 2.0
    return (c[k] / mean + 0.5 - half) / (c.size + 1)
