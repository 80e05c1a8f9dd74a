"""Replicate weights as they are held: a weight of each row times factors that many rows share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from target87.kernels import replicate_multipliers, replicate_totals, unit_totals
from target87.survey.domains import Domains
from target87.survey.encoding import combine

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type LongArray = NDArray[np.int64]
type Pairs = tuple[LongArray, IntArray, FloatArray]

_TOGETHER = 256
"""Replicates worked on at one time where multipliers have to be written out."""
_DENSE = 1 << 22
"""Largest table of units by domains, in numbers, that is written out with its zeros."""
_HELD = 1 << 24
"""Totals of replicates by domain, in numbers, that are held at one time."""
_CELLS = 1 << 24


class Factor(Protocol):
    """Multipliers ``(levels, replicates)`` of groups of rows."""

    @property
    def codes(self) -> IntArray | None:
        """Level of each row; None if every row has its own."""

    @property
    def levels(self) -> int:
        """Number of levels."""

    @property
    def replicates(self) -> int:
        """Number of replicates."""

    def block(self, replicates: slice) -> FloatArray:
        """Multipliers of some replicates, ``(levels, b)``."""

    def totals(self, level_totals: FloatArray) -> FloatArray:
        """Totals ``(columns, replicates)`` from those of the levels, ``(levels, columns)``."""


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers written out, by code or by row."""

    codes: IntArray | None
    matrix: FloatArray

    @property
    def levels(self) -> int:
        """Number of levels."""
        return int(self.matrix.shape[0])

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return int(self.matrix.shape[1])

    def block(self, replicates: slice) -> FloatArray:
        """Columns of the matrix."""
        return self.matrix[:, replicates]

    def totals(self, level_totals: FloatArray) -> FloatArray:
        """One matrix product."""
        return np.asarray(level_totals.T @ self.matrix)


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Multipliers that drop one unit each: never written out, as there are as many replicates as units.

    Parameters
    ----------
    codes : ndarray of int32, shape (n,)
        Sampling unit of each row.
    group : ndarray of int32, shape (units,)
        Stratum of each unit.
    size : ndarray, shape (groups,)
        Units of each stratum.
    dropped : ndarray of int64, shape (replicates,)
        The unit that each replicate drops.
    """

    codes: IntArray
    group: IntArray
    size: FloatArray
    dropped: LongArray

    @property
    def levels(self) -> int:
        """Number of sampling units."""
        return self.group.size

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self.dropped.size

    def block(self, replicates: slice) -> FloatArray:
        """Multipliers of some replicates, written out."""
        return replicate_multipliers.jackknife(self.group, self.size, self.dropped[replicates], self.size.size)

    def totals(self, level_totals: FloatArray) -> FloatArray:
        """In closed form."""
        return replicate_totals.jackknife(level_totals, self.group, self.size, self.dropped, self.size.size)


@dataclass(frozen=True, eq=False)
class ReplicateWeights:
    """Replicate weights of all rows: ``base`` times the product of the factors.

    There is at most one factor by row. The factors by code are the sampling units' and that of the cells of all
    adjustments together.
    """

    base: FloatArray
    factors: tuple[Factor, ...]

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self.factors[0].replicates

    def multipliers(self, replicates: slice, rows: NDArray[np.int64] | slice = slice(None)) -> FloatArray:
        """Product of the factors for some rows and replicates, ``(rows, b)``."""
        first, stop, _ = replicates.indices(self.replicates)
        result = np.empty((self.base[rows].size, stop - first))
        for part in slices(stop - first, self._at_once(stop - first)):
            own = slice(first + part.start, first + part.stop)
            blocks = ((factor.codes, factor.block(own)) for factor in self.factors)
            taken = (block[rows] if codes is None else block[codes[rows]] for codes, block in blocks)
            result[:, part] = reduce(np.multiply, taken)
        return result

    def columns(self, replicates: slice, rows: NDArray[np.int64] | slice = slice(None)) -> FloatArray:
        """Weights of some replicates, ``(rows, b)``."""
        return self.multipliers(replicates, rows) * self.base[rows, None]

    def matrix(self) -> FloatArray:
        """All weights, ``(n, replicates)``."""
        return self.columns(slice(None))

    def times(self, codes: IntArray | None, matrix: FloatArray) -> ReplicateWeights:
        """The weights multiplied by one factor more, ``(levels, replicates)``."""
        kept = list(self.factors)
        same = [k for k, factor in enumerate(kept) if (factor.codes is None) == (codes is None)]
        if codes is None:
            if not same:
                return ReplicateWeights(self.base, (*kept, Multipliers(None, matrix)))
            kept[same[0]] = Multipliers(None, kept[same[0]].block(slice(None)) * matrix)
        elif len(same) < 2:
            return ReplicateWeights(self.base, (*kept, Multipliers(codes, matrix)))
        else:
            kept[same[1]] = _crossed(kept[same[1]], codes, matrix)
        return ReplicateWeights(self.base, tuple(kept))

    def inside(self, rows: NDArray[np.bool_] | None) -> ReplicateWeights:
        """The same with weights of 0 outside some rows."""
        return self if rows is None else ReplicateWeights(np.where(rows, self.base, 0.0), self.factors)

    def totals(self, domains: Domains, values: FloatArray) -> FloatArray:
        """Totals ``(D, k + 1, replicates)`` of the weight and of weight times each of ``k`` values ``(k, n)``."""
        shape = (len(domains), values.shape[0] + 1, self.replicates)
        step = self._closed(shape[1])
        if step and (shape[0] <= step or isinstance(self.factors[0], Jackknife)):
            return self._closed_totals(domains, values, step)
        pairs = self._pairs(domains, values) if self._by_pairs(shape[0]) else None
        result = np.empty(shape)
        for part in slices(shape[2], self._at_once(_TOGETHER)):
            out = np.zeros((*shape[:2], part.stop - part.start))
            if pairs is not None:
                self._add_pairs(part, shape[0], pairs, out)
            else:
                self._add_rows(part, domains, values, out)
            result[:, :, part] = out
        return result

    def together(self, columns: int) -> int:
        """Domains whose totals, ``columns`` each, are best worked out at one time."""
        if isinstance(self.factors[0], Jackknife) and self._closed(columns):
            return self._closed(columns)
        return max(1, _HELD // (self.replicates * columns))

    def _at_once(self, wanted: int) -> int:
        """Replicates worked on at one time: few where a factor of every row is worked out when it is asked for."""
        held = (factor.codes is not None or isinstance(factor, Multipliers) for factor in self.factors)
        return max(1, wanted if all(held) else min(wanted, _DENSE // max(1, self.base.size)))

    def _closed(self, columns: int) -> int:
        """Domains whose table of units may be written out at one time; 0 if the units' totals are not enough."""
        only = self.factors[0]
        if len(self.factors) > 1 or only.codes is None:
            return 0
        return max(1, max(_DENSE, self.base.size) // (only.levels * columns))

    def _closed_totals(self, domains: Domains, values: FloatArray, step: int) -> FloatArray:
        only, columns = self.factors[0], values.shape[0] + 1
        assert only.codes is not None
        result = np.empty((len(domains), columns, self.replicates))
        for part in slices(len(domains), step):
            own = some_domains(domains, part, self.base.size)
            units = unit_totals.dense(only.codes, only.levels, own.codes, len(own), self.base, values)
            totals = only.totals(units.reshape(only.levels, -1)).reshape(len(own), *result.shape[1:])
            if len(own) == len(domains):
                return totals
            result[part] = totals
        return result

    def _by_pairs(self, domains: int) -> bool:
        """Whether rows of one unit, cell and domain can be added up first."""
        coded = all(factor.codes is not None for factor in self.factors)
        cells = self.factors[1].levels if len(self.factors) > 1 else 1
        return coded and cells * domains <= _CELLS

    def _add_pairs(self, part: slice, domains: int, pairs: Pairs, out: FloatArray) -> None:
        start, code, totals = pairs
        first = np.ascontiguousarray(self.factors[0].block(part))
        second = np.zeros((0, out.shape[2]))
        if len(self.factors) > 1:
            second = np.ascontiguousarray(self.factors[1].block(part))
        replicate_totals.add_pairs(start, code, domains, totals, first, second, out)

    def _pairs(self, domains: Domains, values: FloatArray) -> Pairs:
        codes = domains.row_codes(self.base.size)
        cells = 1
        if len(self.factors) > 1:
            second = self.factors[1]
            assert second.codes is not None
            cells = second.levels
            codes = np.where(codes >= 0, second.codes * np.int32(len(domains)) + codes, np.int32(-1))
        start, code, totals, _ = unit_totals.sparse(*self._order, codes, cells * len(domains), self.base, values)
        return start, code, totals

    @cached_property
    def _order(self) -> tuple[LongArray, LongArray]:
        codes = self.factors[0].codes
        assert codes is not None
        return unit_totals.grouped(codes, self.factors[0].levels)

    def _add_rows(self, part: slice, domains: Domains, values: FloatArray, out: FloatArray) -> None:
        width = part.stop - part.start
        own = [factor.block(part) for factor in self.factors if factor.codes is None]
        coded = [(f.codes, np.ascontiguousarray(f.block(part))) for f in self.factors if f.codes is not None]
        nothing = (np.zeros(0, dtype=np.int32), np.zeros((0, width)))
        (first_code, first), (second_code, second) = [*coded, nothing, nothing][:2]
        replicate_totals.add_rows(
            domains.codes,
            self.base,
            values,
            own[0] if own else nothing[1],
            first_code,
            first,
            second_code,
            second,
            out,
        )


def slices(size: int, step: int) -> list[slice]:
    """The whole range in parts of ``step``."""
    return [slice(first, min(first + step, size)) for first in range(0, size, step)]


def some_domains(domains: Domains, part: slice, n: int) -> Domains:
    """Some consecutive domains of ``n`` rows, as domains of their own."""
    if part.stop - part.start == len(domains):
        return domains
    codes = domains.row_codes(n)
    inside = (codes >= part.start) & (codes < part.stop)
    own = np.where(inside, codes - np.int32(part.start), np.int32(-1))
    return Domains(("domain",), (tuple(range(part.start, part.stop)),), own)


def _crossed(one: Factor, codes: IntArray, matrix: FloatArray) -> Multipliers:
    """The product of two factors by code, over the pairs of codes that occur."""
    assert one.codes is not None
    both, pairs = combine(one.codes, codes, matrix.shape[0])
    return Multipliers(both, one.block(slice(None))[pairs // matrix.shape[0]] * matrix[pairs % matrix.shape[0]])
