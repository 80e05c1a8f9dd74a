"""Variances after calibration on streamed designs whose sampling units are rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_variance
from target87.survey.calibration_model import CalibrationModel, explained
from target87.survey.row_unit_totals import RowSums, RowUnitTotals
from target87.survey.statistics import Statistic
from target87.survey.streamed_totals import Moments

if TYPE_CHECKING:
    from target87.survey.streamed_reading import Chunk, StreamedVariables
    from target87.survey.streaming import StreamedDesign

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_BLOCK = 1 << 20
"""Scores held at one time, in numbers."""


class CalibratedRowTotals(RowUnitTotals):
    """Totals where calibrations take their part of the score of every row.

    A row then has a score in all domains, so that sums of squares need the coefficients first: a variance is a second
    pass over the rows.
    """

    def __init__(
        self,
        design: StreamedDesign,
        read: StreamedVariables,
        rows: RowSums,
        moments: Moments,
        crossed: Sequence[FloatArray],
    ) -> None:
        super().__init__(design, read.domains, rows, moments)
        self._judge_lonely = False
        self._streamed, self._read, self._crossed = design, read, crossed

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``."""
        total = np.zeros(statistic.size * self._domains)
        for block, strata, centre, scale in self._scores(statistic):
            unit_variance.add_squares(block, strata, centre, scale, total)
        return total.reshape(-1, self._domains).T

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)``, statistics slowest."""
        size = statistic.size * self._domains
        total = np.zeros((size, size))
        for block, strata, centre, scale in self._scores(statistic):
            unit_variance.add_products(block, strata, centre, np.sqrt(scale), total)
        return total

    def _scores(self, statistic: Statistic) -> Iterator[tuple[FloatArray, IntArray, FloatArray, FloatArray]]:
        """Scores ``(rows, J D)`` of so many rows at a time, their strata, centres of strata and scales of rows."""
        jacobian = np.array(statistic.jacobian(self.point))
        coefficients = explained(self._design, self._crossed, jacobian)
        sums = self._strata_sums(self._derivatives(statistic))
        for calibration, own in zip(self._design._calibrations, coefficients, strict=True):
            sums -= calibration.unit_totals @ own  # type: ignore[operator]
        treatment = self._whole()
        centre = treatment.centre(sums, self._stage)
        scale = treatment.unit_scale(self._stage) / self._stage.sampled
        empty = np.isnan(jacobian).any(axis=2).T.ravel()
        step = max(1, _BLOCK // max(1, empty.size))
        for chunk, values, domain in self._parts():
            for begin in range(0, chunk.places.size, step):
                part = slice(begin, begin + step)
                block = _own_scores(chunk.weights[part], values[:, part], domain[part], jacobian)
                block[:, empty] = np.nan
                for model, own in zip(chunk.models, coefficients, strict=True):
                    block -= _taken(model, own, part)
                strata = chunk.places[part]
                yield block, strata, centre, scale[strata]

    def _parts(self) -> Iterator[tuple[Chunk, FloatArray, IntArray]]:
        from target87.survey.streamed_reading import Account

        for chunk in self._streamed._chunks(self._read.columns, "variances", models=True):
            part = self._read.reader(chunk, Account())  # missing values were refused when totals were taken
            yield chunk, part.values, part.domains.row_codes(chunk.places.size)


def _own_scores(weight: FloatArray, values: FloatArray, domain: IntArray, jacobian: FloatArray) -> FloatArray:
    """Scores of rows before calibrations take their part: each row has one domain."""
    inside = (domain >= 0) & (weight != 0.0)
    first = np.concatenate([[0], np.cumsum(inside)])
    own = weight[inside]
    pairs = np.column_stack([own, *(own * one[inside] for one in values)])
    block = np.zeros((weight.size, jacobian.shape[0] * jacobian.shape[1]))
    unit_variance.scatter_scores(first, pairs, domain[inside], jacobian, block)
    return block


def _taken(model: CalibrationModel, coefficients: FloatArray, part: slice) -> FloatArray:
    """``after L c`` of some rows."""
    left = model.auxiliaries if model.left is None else model.left
    fitted = left[part] @ coefficients if model.codes is None else (left @ coefficients)[model.codes[part]]
    return np.asarray(model.after[part, None] * fitted)
