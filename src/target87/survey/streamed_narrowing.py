"""Keys of values in their order, sums of weights by code, and intervals of keys that narrow to one value."""

from __future__ import annotations

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IndexArray = NDArray[np.int64]
type KeyArray = NDArray[np.uint64]
type Table = tuple[IndexArray, KeyArray, FloatArray]

_BINS = 1 << 20
"""Bins of all intervals together."""
MOST_VALUES = 1 << 18
"""Distinct values held at one time."""
NO_KEY, ABOVE_KEYS = np.uint64(0), np.uint64(2**64 - 1)
"""Keys below and above those of all numbers."""
_SIGN = np.uint64(1 << 63)


class Place(NamedTuple):
    """Where the running sum of the weights reaches a level: an interval of keys, in the end that of one value.

    All are arrays of one shape.
    """

    low: KeyArray
    high: KeyArray
    before: KeyArray
    """Greatest key below the interval."""
    after: KeyArray
    """Least key above it."""
    below: FloatArray
    """Weight below the interval."""
    upto: FloatArray
    """Weight to the end of it."""
    rows_below: IndexArray
    rows: IndexArray


class Sums:
    """Sums of weights by code, right to the last digit: the tie of two sums may decide on a quantile."""

    def __init__(self, size: int) -> None:
        self._total, self._lost = np.zeros(size), np.zeros(size)

    def add(self, codes: IndexArray, weights: FloatArray) -> None:
        """Add the weights of rows, in their order."""
        if not weights.size:
            return
        # the leading 30 bits of a batch of weights add up without rounding, what is left of them all but so
        coarse = 1.5 * 2.0 ** (np.ceil(np.log2(weights.max())) + 22.0)
        leading = (weights + coarse) - coarse
        for part in (leading, weights - leading):
            added = np.bincount(codes, part, minlength=self._total.size)
            new = self._total + added
            back = new - self._total
            self._lost += (self._total - (new - back)) + (added - back)
            self._total = new

    @property
    def values(self) -> FloatArray:
        """The sums."""
        return np.asarray(self._total + self._lost)


class Bins:
    """Rows and weights of intervals of keys in bins of equal width, and the keys that occur at their ends."""

    def __init__(self, place: Place, together: int) -> None:
        bins = min(max(isqrt(_BINS // together), 2), 256)
        self._bins = bins * bins
        self._low, self._high = place.low, place.high
        self._width = (place.high - place.low) // np.uint64(self._bins) + np.uint64(1)
        self._shape = (place.low.size, bins, bins)
        size = place.low.size * self._bins
        self._sums, self._rows = Sums(size), np.zeros(size, dtype=np.int64)
        self._least, self._greatest = np.full(size, ABOVE_KEYS), np.full(size, NO_KEY)

    def add(self, slots: IndexArray, keys: KeyArray, weights: FloatArray) -> None:
        """Add rows of intervals, -1 for those of none."""
        inside = (slots >= 0) & (keys >= self._low[slots]) & (keys <= self._high[slots])
        slots, keys = slots[inside], keys[inside]
        code = slots * self._bins + ((keys - self._low[slots]) // self._width[slots]).astype(np.int64)
        self._sums.add(code, weights[inside])
        self._rows += np.bincount(code, minlength=self._rows.size)
        np.minimum.at(self._least, code, keys)
        np.maximum.at(self._greatest, code, keys)

    def running(self) -> tuple[FloatArray, IndexArray]:
        """Running sums of weights and rows over the bins of each interval, few additions deep."""
        weights = self._sums.values.reshape(self._shape)
        inner = np.cumsum(weights, axis=2)
        outer = np.cumsum(inner[:, :, -1], axis=1)
        inner[:, 1:] += outer[:, :-1, None]
        shape = self._shape[0], self._bins
        return inner.reshape(shape), np.cumsum(self._rows.reshape(shape), axis=1)

    def ends(self) -> tuple[KeyArray, KeyArray, IndexArray]:
        """Least and greatest keys and rows of the bins."""
        shape = self._shape[0], self._bins
        return self._least.reshape(shape), self._greatest.reshape(shape), self._rows.reshape(shape)


def narrowed(place: Place, bins: Bins, level: FloatArray) -> Place:
    """The bin in which the running sum reaches the level, or the last that holds rows, and what lies beside it."""
    weights, rows = bins.running()
    weights += place.below[:, None]
    least, greatest, own = bins.ends()
    there, row, size = own > 0, np.arange(level.size), own.shape[1]
    reached = there & (weights >= level[:, None])
    last = size - 1 - np.argmax(there[:, ::-1], axis=1)
    chosen = np.where(reached.any(axis=1), np.argmax(reached, axis=1), last)
    number = np.arange(size)
    earlier = np.where(there & (number < chosen[:, None]), number, -1).max(axis=1)
    later = np.where(there & (number > chosen[:, None]), number, size).min(axis=1)
    some, first, final = there.any(axis=1), earlier < 0, later == size
    earlier, later = np.maximum(earlier, 0), np.minimum(later, size - 1)
    return Place(
        np.where(some, least[row, chosen], place.low),
        np.where(some, greatest[row, chosen], place.high),
        np.where(first, place.before, greatest[row, earlier]),
        np.where(final, place.after, least[row, later]),
        np.where(first, place.below, weights[row, earlier]),
        np.where(some, weights[row, chosen], place.upto),
        place.rows_below + np.where(first, 0, rows[row, earlier]),
        np.where(some, own[row, chosen], place.rows),
    )


def taken(place: Place, own: IndexArray) -> Place:
    """Some of the places."""
    fields: list[Any] = [field[own] for field in place]
    return Place(*fields)


def slots_of(domains: IndexArray, size: int) -> IndexArray:
    """Place of every domain among some, -1 for the others."""
    result = np.full(size, -1, dtype=np.int64)
    result[domains] = np.arange(domains.size)
    return result


def keys_of(values: FloatArray) -> KeyArray:
    """Whole numbers in the order of the values."""
    bits = (values + 0.0).view(np.uint64)  # minus zero is zero
    return np.where(bits >= _SIGN, ~bits, bits | _SIGN)


def numbers_of(keys: KeyArray) -> FloatArray:
    """The values of keys."""
    return np.where(keys >= _SIGN, keys ^ _SIGN, ~keys).view(np.float64)


def grouped_rows(table: Table, most: int) -> Table:
    """Sums of the weights of every pair of domain and key, in their order; the first so many of each domain."""
    codes, keys, weights = table
    order = np.lexsort((keys, codes))
    codes, keys = codes[order], keys[order]
    first = np.flatnonzero(np.append(True, (codes[1:] != codes[:-1]) | (keys[1:] != keys[:-1])))
    sums = np.add.reduceat(weights[order], first)
    codes, keys = codes[first], keys[first]
    kept = np.arange(codes.size) - np.searchsorted(codes, codes) < most
    return codes[kept], keys[kept], sums[kept]


def starts(codes: IndexArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    """Weight before every entry of a table."""
    running = np.cumsum(weights) - weights
    first = np.searchsorted(codes, codes)
    return np.asarray(start[codes] + running - running[first])


def entries(table: Table, codes: IndexArray, keys: KeyArray) -> tuple[IndexArray, IndexArray]:
    """Rows whose value is in a table, by its entries and then in the order of the data, and those entries."""
    known, place = np.unique(table[1], return_inverse=True)
    pairs = table[0] * known.size + place
    own = np.minimum(np.searchsorted(known, keys), known.size - 1)
    rows = np.flatnonzero(known[own] == keys) if known.size else np.zeros(0, dtype=np.int64)
    wanted = codes[rows] * known.size + own[rows]
    entry = np.minimum(np.searchsorted(pairs, wanted), max(pairs.size - 1, 0))
    there = pairs[entry] == wanted
    entry, rows = entry[there], rows[there]
    order = np.argsort(entry, kind="stable")
    return entry[order], rows[order]


def within(entry: IndexArray, weights: FloatArray) -> FloatArray:
    """Running sums of weights within each entry."""
    running = np.cumsum(weights)
    first = np.searchsorted(entry, entry)
    return np.asarray(running - running[first] + weights[first])
