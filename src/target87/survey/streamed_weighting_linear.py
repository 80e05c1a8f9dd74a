"""Linear calibration of a streamed design to totals of numbers: from sums of products, which add up over batches."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from target87.survey.adjusting import Plan
from target87.survey.calibrating import RANK, CalibrationPlan
from target87.survey.calibration_model import CalibrationModel, scaled_inverse
from target87.survey.calibration_steps import model_variance
from target87.survey.parquet import BatchRows
from target87.survey.rows import Rows
from target87.survey.streamed_weighting_cells import CellDesign, Cells

if TYPE_CHECKING:
    from target87.survey.streaming import StreamedDesign

type FloatArray = NDArray[np.float64]
type Span = tuple[float, float]


@dataclass(frozen=True, eq=False)
class RowAuxiliaries:
    """Auxiliary values of rows: indicators of categories, which depend on the cell, and columns of numbers.

    Parameters
    ----------
    cells : Cells
        The cells.
    indicators : ndarray, shape (cells, p)
        Auxiliary values of each; those of numbers, which are the last, are to be filled in.
    numbers : tuple of str or None
        The columns of numbers; None for the constant.
    variance : str, mapping or None
        Variance of the model.
    """

    cells: Cells
    indicators: FloatArray
    numbers: tuple[str | None, ...]
    variance: Any

    @property
    def columns(self) -> tuple[str, ...]:
        """What they are made of."""
        given = self.variance
        of_variance = () if given is None else (given,) if isinstance(given, str) else tuple(given)
        return (*self.cells.columns, *(name for name in self.numbers if name is not None), *of_variance)

    def of(self, batch: BatchRows, used: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray | None]:
        """Auxiliaries ``(rows, p)`` of a batch, and the model's variance; of rows in use."""
        values = self.indicators[self.cells.of(batch)]
        for k, name in enumerate(self.numbers, start=values.shape[1] - len(self.numbers)):
            values[:, k] = 1.0 if name is None else np.where(used, batch.numeric(name), 0.0)
        return values, model_variance(batch, used, self.variance)


@dataclass(frozen=True, eq=False)
class LinearFactors:
    """Factors ``1 + x'b / v``.

    Parameters
    ----------
    auxiliaries : RowAuxiliaries
        ``x`` and ``v``.
    multipliers : ndarray, shape (p,)
        ``b``.
    coefficients : ndarray, shape (p, p)
        ``M`` of the calibration; see ``CalibrationModel``.
    """

    auxiliaries: RowAuxiliaries
    multipliers: FloatArray
    coefficients: FloatArray

    @property
    def columns(self) -> tuple[str, ...]:
        """What the factors are made of."""
        return self.auxiliaries.columns

    def after(self, batch: BatchRows, before: FloatArray, *, model: bool) -> tuple[FloatArray, CalibrationModel | None]:
        """Weights of a batch, and its calibration."""
        x, variance = self.auxiliaries.of(batch, before != 0.0)
        after = before * (1.0 + _over(x @ self.multipliers, variance))
        if not model:
            return after, None
        return after, CalibrationModel(None, x, _over(before, variance), after, middle=self.coefficients)


class NumberCells(CellDesign):
    """Cells of the categories of a calibration that is also to totals of numbers: these are left for the rows.

    Parameters
    ----------
    cells : CellDesign
        The cells.
    numbers : sequence of str
        Columns of numbers; ones stand for them.
    """

    plan: CalibrationPlan

    def __init__(self, cells: CellDesign, numbers: Sequence[str]) -> None:
        self.cells, self._weights, self._row_units = cells.cells, cells._weights, cells._row_units
        self._rows: Rows = cells._rows.with_columns({name: np.ones(cells._rows.n) for name in numbers})

    def _adjusted(self, name: str, plan: Plan) -> Self:
        assert isinstance(plan, CalibrationPlan)
        other = copy.copy(self)
        other.plan = plan
        return other


def fit(
    design: StreamedDesign, cells: NumberCells, numbers: tuple[str | None, ...], variance: Any
) -> tuple[LinearFactors, tuple[str, ...], dict[str, Any]]:
    """Factors that fulfil the plan of the cells, and what the history says.

    The equations are linear: the first step solves them, and a second takes away what rounding left.

    Raises
    ------
    DataError
        If the totals cannot be reached.
    """
    plan, aux = cells.plan, cells.plan.auxiliaries
    auxiliaries = RowAuxiliaries(
        cells.cells, aux.values if aux.codes is None else aux.values[aux.codes], numbers, variance
    )
    sums = _sums(design, auxiliaries)
    ridge = np.zeros(aux.targets.size) if plan.penalty is None else sums.squares / plan.penalty
    matrix = sums.products + np.diag(ridge)
    inverse = scaled_inverse(matrix, RANK)
    size = np.maximum(np.abs(aux.targets), sums.absolute)
    b = inverse @ (aux.targets - sums.totals)
    b = b + inverse @ (aux.targets - _reached(design, auxiliaries, b)[0] - ridge * b)
    reached, span = _reached(design, auxiliaries, b)
    if not (np.abs(aux.targets - reached - ridge * b) <= plan.tolerance * size).all():
        plan.refuse(reached, size)
    coefficients = scaled_inverse(matrix) if plan.penalty is None else inverse
    return LinearFactors(auxiliaries, b, coefficients), *plan.told(span, reached, 2)


class _Sums(NamedTuple):
    totals: FloatArray
    absolute: FloatArray
    squares: FloatArray
    products: FloatArray


def _parts(
    design: StreamedDesign, auxiliaries: RowAuxiliaries
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray | None]]:
    """Auxiliaries, weights and variances of the model of the rows in use, batch by batch."""
    for chunk in design._chunks(auxiliaries.columns, "calibration"):
        used = chunk.weights != 0.0
        x, variance = auxiliaries.of(chunk.rows, used)
        yield x[used], chunk.weights[used], None if variance is None else variance[used]


def _sums(design: StreamedDesign, auxiliaries: RowAuxiliaries) -> _Sums:
    width = auxiliaries.indicators.shape[1]
    found = _Sums(np.zeros(width), np.zeros(width), np.zeros(width), np.zeros((width, width)))
    for x, weight, variance in _parts(design, auxiliaries):
        parts = (weight @ x, weight @ np.abs(x), weight @ x**2, x.T @ (_over(weight, variance)[:, None] * x))
        for total, part in zip(found, parts, strict=True):
            total += part
    return found


def _reached(design: StreamedDesign, auxiliaries: RowAuxiliaries, b: FloatArray) -> tuple[FloatArray, Span]:
    """Totals with the factors, and the least and greatest of these."""
    reached, low, high = np.zeros(b.size), np.inf, -np.inf
    for x, weight, variance in _parts(design, auxiliaries):
        if not weight.size:
            continue
        factor = 1.0 + _over(x @ b, variance)
        reached += (weight * factor) @ x
        low, high = min(low, float(factor.min())), max(high, float(factor.max()))
    return reached, (low, high)


def _over(values: FloatArray, variance: FloatArray | None) -> FloatArray:
    return values if variance is None else values / variance
