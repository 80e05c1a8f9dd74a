"""Unit totals by domain, and the linearised scores of a statistic that they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals, unit_variance
from target87.survey.domains import Domains
from target87.survey.stages import Stage

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]

_DENSE = 1 << 22
"""Largest table of units by domains, in numbers, that is written out with its zeros."""
_BLOCK = 1 << 20
"""Scores held at one time, in numbers."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What turns unit totals into the linearised score of every cell.

    Cells run over statistics first and domains within: cell ``j * D + d``.
    """

    jacobian: FloatArray
    """Derivatives, ``(D, J, K + 1)``."""
    explained: tuple[FloatArray, ...]
    """Coefficients ``(p, J * D)`` of the auxiliaries of each calibration."""

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.jacobian.shape[0] * self.jacobian.shape[1])


class UnitTotals:
    """Totals of the units of one stage by domain, dense or as the pairs that occur."""

    def __init__(self, design: SurveyDesign, stage: int, values: FloatArray, domains: Domains) -> None:
        self.stage: Stage = design._stages.levels[stage]
        self.domains = len(domains)
        self._auxiliaries = [design._auxiliary_totals(stage, k) for k in range(len(design._calibrations))]
        weight, size = design._active_weights, self.stage.units * self.domains * (values.shape[0] + 1)
        self.dense: FloatArray | None = None
        if size <= max(_DENSE, weight.size):
            self.dense = unit_totals.dense(
                self.stage.unit, self.stage.units, domains.codes, self.domains, weight, values
            )
            self.point: FloatArray = self.dense.sum(axis=0)
        else:
            codes = domains.row_codes(weight.size)
            self.first, self.pair_domain, self.pairs, self.point = unit_totals.sparse(
                *design._row_order(stage), codes, self.domains, weight, values
            )

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Whether a unit has rows in a domain, ``(units, D)``."""
        if self.dense is not None:
            return np.asarray(self.dense[:, :, 0] != 0.0)
        result = np.zeros((self.stage.units, self.domains), dtype=bool)
        unit = np.repeat(np.arange(self.stage.units), np.diff(self.first))
        result[unit, self.pair_domain] = self.pairs[:, 0] != 0.0
        return result

    @property
    def plain(self) -> bool:
        """Whether scores vanish where totals do: no calibration takes its part of every unit."""
        return not self._auxiliaries

    def add_variance(self, scores: Scores, statistic: int, scale: FloatArray, out: FloatArray) -> None:
        """Add the centred sums of squares of one statistic's scores, times the ``scale`` of each group, by domain."""
        order, start = self.stage.unit_order
        jacobian, sampled = np.ascontiguousarray(scores.jacobian[:, statistic]), self.stage.sampled
        if self.dense is not None:
            unit_variance.dense_variance(order, start, self.dense, jacobian, scale, sampled, out)
        else:
            pairs = (self.first, self.pair_domain, self.pairs)
            unit_variance.sparse_variance(order, start, *pairs, jacobian, scale, sampled, out)

    def group_sums(self, scores: Scores) -> FloatArray:
        """Sums of the scores of the units of every group, ``(groups, cells)``: the scores of the groups' totals."""
        stage = self.stage
        totals = np.zeros((stage.groups, self.domains, self.point.shape[1]))
        if self.dense is not None:
            unit_variance.add_rows(self.dense.reshape(stage.units, -1), stage.group, totals.reshape(stage.groups, -1))
        else:
            unit_variance.add_pairs(self.first, self.pairs, self.pair_domain, stage.group, totals)
        sums = np.empty((stage.groups, scores.cells))
        unit_variance.scores(totals, scores.jacobian, sums)
        for auxiliaries, coefficients in zip(self._auxiliaries, scores.explained, strict=True):
            of_groups = np.zeros((stage.groups, auxiliaries.shape[1]))
            unit_variance.add_rows(auxiliaries, stage.group, of_groups)
            sums -= of_groups @ coefficients
        return sums

    def blocks(self, scores: Scores) -> Iterator[tuple[slice, FloatArray]]:
        """Scores ``(units, cells)``, so many units at a time."""
        step = max(1, _BLOCK // max(1, scores.cells))
        for begin in range(0, self.stage.units, step):
            part = slice(begin, min(begin + step, self.stage.units))
            block = self._block(scores, part)
            for auxiliaries, coefficients in zip(self._auxiliaries, scores.explained, strict=True):
                block -= auxiliaries[part] @ coefficients
            yield part, block

    def _block(self, scores: Scores, part: slice) -> FloatArray:
        block = np.zeros((part.stop - part.start, scores.cells))
        if self.dense is not None:
            unit_variance.scores(self.dense[part], scores.jacobian, block)
            return block
        first = self.first[part.start : part.stop + 1]
        pairs = slice(first[0], first[-1])
        unit_variance.scatter_scores(first, self.pairs[pairs], self.pair_domain[pairs], scores.jacobian, block)
        empty = np.isnan(scores.jacobian).any(axis=2).T.ravel()
        if empty.any():
            block[:, empty] = np.nan
        return block
