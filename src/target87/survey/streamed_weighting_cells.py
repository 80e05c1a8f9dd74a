"""Cells of a streamed data set: combinations of columns, their weights added up, as a small design of their own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey.adjusting import Plan, cell_totals, row_factors
from target87.survey.calibration_model import CalibrationModel
from target87.survey.encoding import Category, dense_codes
from target87.survey.faults import Faults
from target87.survey.parquet import BatchRows, ParquetRows
from target87.survey.row_values import Present
from target87.survey.rows import Rows
from target87.survey.weighting import Weighting

if TYPE_CHECKING:
    from target87.survey.streaming import StreamedDesign

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type Check = Callable[[BatchRows, Present], object]
"""Raises an error about rows of a batch, told of those that are present."""

MOST = 1 << 20
"""Cells that are held at most."""
_LOOK = 4096
"""Labels of a column in a batch up to which they are held to be few."""
_SHARE = 16
"""Beyond, a column whose labels are more than a batch's rows over this has labels that grow with the rows."""


class Cells:
    """The combinations of some columns' labels.

    Parameters
    ----------
    rows : ParquetRows
        The data.
    columns : tuple of str
        The columns.
    """

    def __init__(self, rows: ParquetRows, columns: tuple[str, ...]) -> None:
        rows.learn(columns)
        self.columns = columns
        self.widths = tuple(len(rows.levels(name)) + 1 for name in columns)
        self.keys = np.zeros(0, dtype=np.int64)

    def key(self, batch: BatchRows) -> NDArray[np.int64]:
        """A number for the combination of every row; a missing label counts as the first."""
        key = np.zeros(batch.n, dtype=np.int64)
        for name, width in zip(self.columns, self.widths, strict=True):
            key *= width
            key += batch.category(name).codes + 1
        return key

    def of(self, batch: BatchRows) -> IntArray:
        """Cell of every row: the place of its combination among those that occur."""
        key = self.key(batch)
        cell = np.minimum(np.searchsorted(self.keys, key), self.keys.size - 1)
        if (self.keys[cell] != key).any():
            names = ", ".join(map(repr, self.columns))
            raise DataError("the data set is not what it was when the weights were made", where=f"columns {names}")
        return cell.astype(np.int32)

    def codes(self) -> list[IntArray]:
        """Label of every cell in each column; -1 where it is missing."""
        found, key = [], self.keys
        for width in reversed(self.widths):
            key, code = np.divmod(key, width)
            found.append(code.astype(np.int32) - np.int32(1))
        return found[::-1]


def gather(
    design: StreamedDesign, columns: Sequence[str], checks: Sequence[Check], others: Sequence[str] = ()
) -> CellDesign:
    """Cells of the columns with their weights, in one pass that also makes the checks, which may be of ``others``.

    Raises
    ------
    InputError
        If there are more cells than can be held.
    DataError
        Of the checks, with the rows of all batches.
    """
    names = tuple(dict.fromkeys(columns))
    check_few(design, names)
    cells, faults = Cells(design._rows, names), Faults()
    if np.prod(cells.widths, dtype=np.float64) >= 2.0**62:
        refuse_many(design, names)
    sums, units = np.zeros(0), np.zeros(0)
    for chunk in design._chunks((*names, *others), "cells"):
        present = chunk.weights != 0.0
        note(faults, checks, chunk.rows, present)
        code, found = dense_codes(cells.key(chunk.rows))
        known = np.union1d(cells.keys, found)
        if known.size > MOST:
            refuse_many(design, names)
        old, new = np.searchsorted(known, cells.keys), np.searchsorted(known, found)
        sums, units = _moved(sums, old, known.size), _moved(units, old, known.size)
        sums[new] += np.bincount(code, chunk.weights, minlength=found.size)
        units[new] += np.bincount(code, present, minlength=found.size)
        cells.keys = known
    refuse(faults)
    return CellDesign(design._rows, cells, sums, units)


def note(faults: Faults, checks: Sequence[Check], batch: BatchRows, present: NDArray[np.bool_]) -> None:
    """Make the checks of a batch; those named first are raised first."""
    for kind, check in enumerate(checks):
        with faults.noted(kind, batch.first):
            check(batch, present)


def refuse(faults: Faults) -> None:
    """Raise what was found, each example once."""
    try:
        faults.refuse()
    except DataError as error:
        examples = tuple(dict.fromkeys(error.examples))
        raise DataError(
            error.what,
            where=error.where,
            expected=error.expected,
            got=error.got,
            count=error.count,
            examples=examples,
            remedies=error.remedies,
        ) from None


def check_few(design: StreamedDesign, names: Sequence[str]) -> None:
    """Raise if the labels of a column evidently grow with the rows."""
    unknown = [name for name in names if not few_labels(design._rows, name)]
    if unknown:
        refuse_many(design, unknown)


def few_labels(rows: ParquetRows, name: str) -> bool:
    """Whether a column has few labels, by the first batch."""
    import pyarrow.compute as pc

    if isinstance(rows.head._extra.get(name), Category):
        return True
    rows.check_labels(name, argument="by")
    batch = next(rows.batches((name,), "categories"))
    given = batch.numeric(name) if name in batch._extra else batch.arrow(name)
    number = np.unique(given).size if isinstance(given, np.ndarray) else pc.count_distinct(given).as_py()
    return bool(number <= max(_LOOK, batch.n // _SHARE))


def refuse_many(design: StreamedDesign, names: Sequence[str]) -> None:
    """Raise: the labels cannot be held."""
    design._refuse(f"a weighting step by the many labels of {', '.join(map(repr, names))}")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a weighting step comes to: a factor for every cell, and its line in the history."""

    name: str
    subject: str
    factors: FloatArray
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    model: CalibrationModel | None = None


class CellDesign(Weighting):
    """Cells as rows: the weighting steps of data in memory work out what becomes of each.

    Parameters
    ----------
    rows : ParquetRows
        The data.
    cells : Cells
        The cells.
    sums, units : ndarray, shape (cells,)
        Sum of the weights, and number of rows with a weight.
    """

    outcome: Outcome

    def __init__(self, rows: ParquetRows, cells: Cells, sums: FloatArray, units: FloatArray) -> None:
        import pyarrow as pa

        self.cells, self._weights, self._row_units = cells, sums, units
        columns = {name: _column(rows, name, code) for name, code in zip(cells.columns, cells.codes(), strict=True)}
        self._rows = Rows(pa.table(columns or {"all": np.zeros(1)}))

    @property
    def _active_weights(self) -> FloatArray:
        return self._weights

    @property
    def _present(self) -> Present:
        used = np.asarray(self._row_units) > 0.0
        return None if used.all() else used

    def _numbers(self, codes: IntArray, cells: int) -> FloatArray:
        return np.bincount(codes, self._row_units, minlength=cells).astype(np.float64)[:, None]

    def _adjusted(self, name: str, plan: Plan) -> Self:
        before = self._weights
        fitted = plan.fit(cell_totals(plan, before))
        factors = row_factors(plan, fitted.factors[:, 0])
        factors = np.where(np.isfinite(factors), factors, 1.0)  # of cells without weight
        model = None if fitted.model is None else fitted.model(before, before * factors)
        return self._with(Outcome(name, plan.subject, factors, fitted.notes, fitted.details, model))

    def _multiplied(self, name: str, factor: FloatArray, subject: str) -> Self:
        return self._with(Outcome(name, subject, factor))

    def _with(self, outcome: Outcome) -> Self:
        other = copy.copy(self)
        other.outcome = outcome
        return other


def _moved(values: FloatArray, place: NDArray[np.int64], size: int) -> FloatArray:
    moved = np.zeros(size)
    moved[place] = values
    return moved


def _column(rows: ParquetRows, name: str, code: IntArray) -> Any:
    """The labels of the cells, in the type of the column."""
    import pyarrow as pa

    made, levels = rows.head._extra.get(name), rows.levels(name)
    place = pa.array(code, mask=code < 0)
    if isinstance(made, Category) or rows.head.is_declared(name):
        return pa.DictionaryArray.from_arrays(place, pa.array(levels))
    kind = pa.float64() if made is not None else rows.native.schema.field(name).type
    return pa.array(levels, type=kind).take(place)
