"""Totals of a streamed data set: partial sums of batches, merged, and the variances that come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals
from target87.survey.cells import domain_means
from target87.survey.domains import Domains
from target87.survey.stages import Stage, Stages
from target87.survey.taylor import TaylorTotals
from target87.survey.totals import UnitTotals
from target87.survey.variables import Variables

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

DENSE = 1 << 22
"""Largest table of places by domains, in numbers, that is written out with its zeros."""
_PENDING = 1 << 20
"""Pairs of batches that are held before they are merged."""


class Moments:
    """Totals by domain, rows with a weight, and weighted products of pairs of variables about the means of each domain.

    Each batch is taken about its own means and then moved to those of all rows so far (Chan, Golub and LeVeque 1983),
    so that no digits are lost to variables far from zero.
    """

    def __init__(self, domains: int, size: int, pairs: Sequence[tuple[int, int]]) -> None:
        self.pairs = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.point = np.zeros((domains, size + 1))
        self.counts = np.zeros(domains, dtype=np.int64)
        self.products = np.zeros((domains, self.pairs.shape[0]))

    def add(self, part: Variables, weights: FloatArray) -> None:
        """Add the rows of a batch."""
        codes, domains = part.domains.codes, self.point.shape[0]
        everywhere = np.zeros(weights.size, dtype=np.int32)
        point = unit_totals.dense(everywhere, 1, codes, domains, weights, part.values)[0]
        counts, products = unit_totals.moments(codes, domains, weights, part.values, domain_means(point), self.pairs)
        together = self.point + point
        middle = domain_means(together)
        self.products = self._moved(self.products, self.point, middle) + self._moved(products, point, middle)
        self.point = together
        self.counts += counts

    def _moved(self, products: FloatArray, point: FloatArray, middle: FloatArray) -> FloatArray:
        """Products about ``middle``, from those about the means of ``point``."""
        before = domain_means(point)
        apart = before - middle
        about = point[:, 1:] - point[:, :1] * before
        a, b = self.pairs.T
        cross = apart[:, a] * about[:, b] + apart[:, b] * about[:, a]
        return np.asarray(products + cross + apart[:, a] * apart[:, b] * point[:, :1])


class UnitSums:
    """Totals of the finest sampling units by domain, written out or as the pairs that occur."""

    def __init__(self, places: int, domains: int, size: int) -> None:
        self._places, self._domains = places, domains
        self._table = np.zeros((places, domains, size + 1)) if places * domains * (size + 1) <= DENSE else None
        self._held: list[_Pairs] = []

    def add(self, places: IntArray, part: Variables, weights: FloatArray) -> None:
        """Add the rows of a batch."""
        if self._table is not None:
            unit_totals.add_dense(places, part.domains.codes, weights, part.values, self._table)
            return
        order, start = unit_totals.grouped(places, self._places)
        codes = part.domains.row_codes(places.size)
        first, domain, totals, _ = unit_totals.sparse(order, start, codes, self._domains, weights, part.values)
        self._held.append(_Pairs(first, domain.copy(), totals.copy()))  # room beside the pairs is let go
        if sum(one.domain.size for one in self._held[1:]) > max(_PENDING, self._held[0].domain.size):
            self._held = [self._merged(np.arange(self._places), self._places)]

    def levels(self, stages: Stages, auxiliaries: Sequence[list[FloatArray]]) -> list[UnitTotals]:
        """Totals of the units of every stage, with those of the auxiliaries of every calibration."""
        both = zip(stages.levels, auxiliaries, strict=True)
        if self._table is not None:
            return [_WrittenOut(stage, self._table, own) for stage, own in both]
        return [_AsPairs(stage, self._domains, self._merged(stage.unit, stage.units), own) for stage, own in both]

    def _merged(self, unit: NDArray[Any], units: int) -> _Pairs:
        """The pairs of all batches, in the order of the units that places are of."""
        place = np.concatenate([np.repeat(np.arange(self._places), np.diff(one.first)) for one in self._held])
        order, start = unit_totals.grouped(unit[place].astype(np.int32), units)
        totals = np.concatenate([one.totals for one in self._held])
        domain = np.concatenate([one.domain for one in self._held])
        first, domain, sums, _ = unit_totals.sparse(
            order, start, domain, self._domains, np.ones(place.size), np.ascontiguousarray(totals.T)
        )
        return _Pairs(first, domain.copy(), sums[:, 1:].copy())


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Totals of the pairs of unit and domain that occur, as ``unit_totals.sparse`` has them."""

    first: NDArray[np.int64]
    domain: IntArray
    totals: FloatArray


class StreamedTotals(TaylorTotals):
    """Totals on a streamed design with named sampling units."""

    def __init__(
        self,
        design: SurveyDesign,
        domains: Domains,
        units: UnitSums,
        moments: Moments,
        crossed: Sequence[FloatArray] = (),
    ) -> None:
        self._design, self._domains = design, domains
        self._values = np.empty((0, 0))
        calibrations = range(len(design._calibrations))
        self._judge_lonely = design.lonely_psu in ("average", "adjust") and not design._calibrations
        of_stages = [[design._auxiliary_totals(k, c) for c in calibrations] for k in range(len(design._stages.levels))]
        self._levels = units.levels(design._stages, of_stages)
        self._moments, self._products = moments, crossed
        self.point = moments.point

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight, and the products that were gathered."""
        return self._moments.counts, self._moments.products

    def freedom(self) -> FloatArray:
        """Sampling units with weight in each domain, less their strata."""
        return units_less_strata(self._levels[0].stage, self._levels[0].present)

    def _crossed(self) -> Sequence[FloatArray]:
        return self._products


class _WrittenOut(UnitTotals):
    def __init__(self, stage: Stage, table: FloatArray, auxiliaries: list[FloatArray]) -> None:
        self.stage, self.domains, self._auxiliaries = stage, table.shape[1], auxiliaries
        self.dense = np.zeros((stage.units, *table.shape[1:]))
        np.add.at(self.dense, stage.unit, table)
        self.point = self.dense.sum(axis=0)


class _AsPairs(UnitTotals):
    def __init__(self, stage: Stage, domains: int, pairs: _Pairs, auxiliaries: list[FloatArray]) -> None:
        self.stage, self.domains, self._auxiliaries, self.dense = stage, domains, auxiliaries, None
        self.first, self.pair_domain, self.pairs = pairs.first, pairs.domain, pairs.totals
        columns = [np.bincount(pairs.domain, column, minlength=domains) for column in pairs.totals.T]
        self.point = np.stack(columns, axis=1)


def units_less_strata(stage: Stage, present: NDArray[np.bool_]) -> FloatArray:
    """Units present in each column less their strata, ``(columns,)``."""
    strata = np.zeros((stage.groups, present.shape[1]), dtype=bool)
    np.logical_or.at(strata, stage.group, present)
    return np.asarray(present.sum(axis=0) - strata.sum(axis=0), dtype=np.float64)
