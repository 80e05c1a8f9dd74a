"""What weighting steps did to the weights of a streamed design: changes that are worked out anew for every batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from target87.survey.adjusting import step_told
from target87.survey.calibration_model import CalibrationModel, overlap
from target87.survey.domains import Condition, condition
from target87.survey.history import Step
from target87.survey.parquet import BatchRows
from target87.survey.streamed_sampling import WeightFigures
from target87.survey.streamed_summary import order_statistics
from target87.survey.trimming import Trim

if TYPE_CHECKING:
    from target87.survey.streamed_weighting_cells import Cells

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]


class Change(Protocol):
    """One change of the weights."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """What it reads; None if that is not known."""

    @property
    def coefficients(self) -> FloatArray | None:
        """``M`` of its calibration, if it is one; see ``CalibrationModel``."""

    def after(self, batch: BatchRows, before: FloatArray, *, model: bool) -> tuple[FloatArray, CalibrationModel | None]:
        """Weights of a batch after it, and its calibration for these rows if a ``model`` is asked for and there is."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Only some rows keep their weight.

    Parameters
    ----------
    where : condition
        Which.
    columns : tuple of str or None
        What it reads; None if that is not known.
    """

    where: Condition
    columns: tuple[str, ...] | None

    def rows(self, batch: BatchRows) -> NDArray[np.bool_]:
        """The rows of a batch that are kept."""
        part = slice(batch.first, batch.first + batch.n)
        kept = condition(batch, self.where[part] if isinstance(self.where, np.ndarray) else self.where)
        return np.ones(batch.n, dtype=bool) if kept is None else kept


@dataclass(frozen=True, eq=False)
class CellFactors:
    """All rows of a cell have one factor.

    Parameters
    ----------
    cells : Cells
        The cells.
    factors : ndarray, shape (cells,)
        Factor of each.
    model : CalibrationModel, optional
        The calibration as fitted to the cells, one row a cell.
    """

    cells: Cells
    factors: FloatArray
    model: CalibrationModel | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that make the cells."""
        return self.cells.columns

    @property
    def coefficients(self) -> FloatArray | None:
        """``M`` of the calibration."""
        return None if self.model is None else self.model.coefficients

    def after(self, batch: BatchRows, before: FloatArray, *, model: bool) -> tuple[FloatArray, CalibrationModel | None]:
        """Weights of a batch, and its calibration."""
        cell = self.cells.of(batch)
        after = np.where(before != 0.0, before * self.factors[cell], 0.0)
        return after, self._model_of(cell, after) if model and self.model is not None else None

    def _model_of(self, cell: IntArray, after: FloatArray) -> CalibrationModel:
        fitted = self.model
        assert fitted is not None
        before = (after != 0.0).astype(np.float64) if fitted.counts_rows else fitted.ratio[cell] * after
        codes = cell if fitted.codes is None else fitted.codes[cell]
        return CalibrationModel(codes, fitted.auxiliaries, before, after, fitted.left, fitted.coefficients)


@dataclass(frozen=True, eq=False)
class ColumnFactor:
    """Weights are multiplied with, or divided by, a column."""

    column: str
    divided: bool
    coefficients: FloatArray | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def after(self, batch: BatchRows, before: FloatArray, *, model: bool) -> tuple[FloatArray, None]:
        """Weights of a batch."""
        used, values = before != 0.0, batch.numeric(self.column)
        factor = np.where(used, values, 1.0)
        return before * (1.0 / factor if self.divided else factor), None


@dataclass(frozen=True, eq=False)
class Cut:
    """Weights are trimmed."""

    trim: Trim
    columns: tuple[str, ...] = ()
    coefficients: FloatArray | None = None

    def after(self, batch: BatchRows, before: FloatArray, *, model: bool) -> tuple[FloatArray, None]:
        """Weights of a batch."""
        return np.where(before != 0.0, self.trim.state(before).weights, 0.0), None


@dataclass(frozen=True, eq=False)
class StreamedCalibration:
    """A calibration as the variances of a streamed design see it; see ``CalibrationModel``.

    Parameters
    ----------
    coefficients : ndarray, shape (p, p)
        ``M``.
    unit_totals : ndarray, shape (places, p)
        Totals of ``after L`` at every place.
    overlaps : tuple of ndarray
        Its overlap with every calibration before.
    """

    coefficients: FloatArray
    unit_totals: FloatArray
    overlaps: tuple[FloatArray, ...]

    @property
    def width(self) -> int:
        """Number of auxiliaries."""
        return int(self.coefficients.shape[0])


class CalibrationSums:
    """What a calibration adds up over the rows: totals at places, and overlaps with the calibrations before."""

    def __init__(self, places: int, width: int, earlier: tuple[StreamedCalibration, ...]) -> None:
        self._unit_totals = np.zeros((places, width))
        self._overlaps = [np.zeros((width, one.width)) for one in earlier]

    def add(self, places: IntArray, models: tuple[CalibrationModel, ...]) -> None:
        """Add the rows of a batch, from all calibrations of it."""
        *earlier, last = models
        self._unit_totals += last.unit_totals(places, self._unit_totals.shape[0])
        for total, one in zip(self._overlaps, earlier, strict=True):
            total += overlap(last, one)

    def made(self, coefficients: FloatArray) -> StreamedCalibration:
        """The calibration, once all rows are added."""
        return StreamedCalibration(coefficients, self._unit_totals, tuple(self._overlaps))


class StreamedSpread:
    """The weights that are not zero, as trims measure them, in passes that hold none."""

    def __init__(self, passes: Callable[[], Iterator[FloatArray]], figures: WeightFigures) -> None:
        self._passes, self._figures = passes, figures

    def mean(self) -> float:
        """Their mean."""
        return self._figures.sum / self._figures.units

    def median(self) -> float:
        """Their median."""
        return self._between(0.5)

    def quartiles(self) -> tuple[float, float]:
        """Their first and third quartile."""
        return self._between(0.25), self._between(0.75)

    def _between(self, share: float) -> float:
        place = share * (self._figures.units - 1)
        low, high = (self._at(int(rank)) for rank in (np.floor(place), np.ceil(place)))
        return float(low + (high - low) * (place - np.floor(place)))

    def _at(self, rank: int) -> float:
        negative = self._figures.negative
        if rank >= negative:
            return order_statistics(self._passes, [rank - negative])[0]
        return -order_statistics(lambda: (-weights for weights in self._passes()), [negative - 1 - rank])[0]


def step_between(
    name: str,
    subject: str,
    before: WeightFigures,
    after: WeightFigures,
    notes: tuple[str, ...],
    details: Mapping[str, Any],
) -> Step:
    """The line of a weighting step, as :func:`target87.survey.adjusting.step_of` has it."""
    if after.negative:
        notes = (*notes, f"{after.negative:,} weights are negative: bounds= keeps them above 0")
    return step_told(name, subject, before.told(), after.told(), after.negative, notes, details)
