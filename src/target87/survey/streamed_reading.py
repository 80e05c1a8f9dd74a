"""One pass over a streamed data set: batches read as variables and domains, added up, and missing values told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey import calibration_model
from target87.survey.calibration_model import CalibrationModel
from target87.survey.domains import Condition, Domains, condition, make_domains
from target87.survey.estimating import RowFunction
from target87.survey.faults import Faults, told
from target87.survey.parquet import BatchRows, ParquetRows, is_of_batches
from target87.survey.row_unit_totals import RowSums, RowUnitTotals
from target87.survey.streamed_totals import Moments, StreamedTotals, UnitSums
from target87.survey.streamed_weighting_rows import CalibratedRowTotals
from target87.survey.variables import Missing, Variables, missing_values, read_variables, values_missing

if TYPE_CHECKING:
    from target87.survey.streaming import StreamedDesign

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type Reader = Callable[[Chunk, Account], Variables]
type Products = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Chunk:
    """A batch with what the design says of its rows.

    Parameters
    ----------
    rows : BatchRows
        Its columns.
    places : ndarray of int32
        Sampling unit (or stratum, if rows are the units) of each row.
    weights : ndarray
        Weights, 0 outside the design's subset.
    inside : ndarray of bool or None
        Rows of the subset; None if there is none.
    models : tuple of CalibrationModel
        Calibrations as they are for these rows, if they were asked for.
    """

    rows: BatchRows
    places: IntArray
    weights: FloatArray
    inside: NDArray[np.bool_] | None
    models: tuple[CalibrationModel, ...] = ()


@dataclass(frozen=True, eq=False)
class Scan:
    """What a pass found: totals, moments, and at every place the rows with a weight that the estimate is about."""

    totals: StreamedTotals | RowUnitTotals
    moments: Moments
    used: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamedVariables(Variables):
    """Variables and domains by name; their rows are read batch by batch.

    Parameters
    ----------
    columns : tuple of str or None
        What to read; None for all columns.
    reader : callable
        Reads a batch.
    head : Variables
        What it reads of the first rows.
    scans : list of Scan
        Passes made.
    """

    columns: tuple[str, ...] | None
    reader: Reader
    head: Variables
    scans: list[Scan] = field(default_factory=list)

    def derived(
        self,
        make: RowFunction,
        names: tuple[str, ...],
        categories: tuple[object | None, ...],
        columns: Sequence[str],
        head: BatchRows,
    ) -> StreamedVariables:
        """Variables made of these and of further columns, row by row."""

        def made(part: Variables, rows: BatchRows, weights: FloatArray) -> Variables:
            values, domains = make(part, rows, weights)
            return Variables(values, names, categories, domains, part.inside)

        def reader(chunk: Chunk, account: Account) -> Variables:
            return made(self.reader(chunk, account), chunk.rows, chunk.weights)

        first = made(self.head, head, np.zeros(head.n))
        return StreamedVariables(
            np.empty((first.values.shape[0], 0)),
            names,
            categories,
            self.domains,
            None,
            columns=None if self.columns is None else (*self.columns, *columns),
            reader=reader,
            head=first,
        )


class Account:
    """Missing values that are refused, counted over all batches."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._count = 0
        self._names: tuple[str, ...] = ()
        self._columns: set[str] = set()
        self._rows: list[int] = []

    def add(self, part: Variables, chunk: Chunk, by: Sequence[str]) -> None:
        """Add missing labels of domains, and missing values."""
        for kind, name in enumerate(by, start=1):
            if (chunk.rows.category(name).codes < 0).any():
                with self.faults.noted(kind, chunk.rows.first):
                    make_domains(chunk.rows, (name,), part.inside, missing="error")
        gone = missing_values(part.values, chunk.weights, part.domains)
        if gone is not None:
            rows = np.flatnonzero(gone.any(axis=0))
            self._count += rows.size
            self._rows.extend((chunk.rows.first + rows[:5]).tolist())
            self._names = part.names
            self._columns |= {name for name, one in zip(part.names, gone, strict=True) if one.any()}

    def refuse(self) -> None:
        """Raise if there are any, in the words and order of data in memory."""
        self.faults.refuse()
        if self._count:
            raise values_missing([name for name in self._names if name in self._columns], self._count, self._rows)


def read_streamed(
    rows: ParquetRows,
    names: tuple[str, ...],
    *,
    by: tuple[str, ...],
    where: Condition,
    missing: Missing,
    numbers: bool,
    proportions: bool,
) -> StreamedVariables:
    """Names, categories and domains of a call, and how its batches are read; see ``read_variables``."""
    for name in by:
        rows.check(name, argument="by")
    labels = rows.label_columns(names, numbers=numbers, proportions=proportions)
    rows.learn((*labels, *by))
    asked, columns = checked_condition(rows, where)
    lenient: Missing = "propagate" if missing == "error" else missing

    def read(batch: BatchRows, weights: FloatArray, inside: NDArray[np.bool_] | None, chosen: Condition) -> Variables:
        return read_variables(batch, weights, names, by=by, where=chosen, inside=inside, missing=lenient, labels=labels)

    def reader(chunk: Chunk, account: Account) -> Variables:
        part = read(chunk.rows, chunk.weights, chunk.inside, of_batch(asked, chunk.rows))
        if missing == "error":
            account.add(part, chunk, by)
        return part

    try:
        head = read(rows.head, np.ones(rows.head.n), None, None)
    except DataError as error:  # it counts the rows it saw, and is about the column
        raise told(error, count=rows.n) from None
    return StreamedVariables(
        np.empty((len(head.names), 0)),
        head.names,
        head.categories,
        Domains(head.domains.columns, head.domains.levels, np.zeros(0, dtype=np.int32)),
        None,
        columns=None if columns is None else (*names, *by, *columns),
        reader=reader,
        head=head,
    )


def checked_condition(rows: ParquetRows, where: Condition) -> tuple[Condition, tuple[str, ...] | None]:
    """A condition for batches, and the columns it needs (None: it may need any)."""
    if where is None:
        return None, ()
    if isinstance(where, str):
        with suppress(DataError):  # missing truth values are counted in all rows
            condition(rows.head, where)
        return where, (where,)
    if is_of_batches(where):
        return where, None
    return condition(rows.places, where), ()


def of_batch(where: Condition, batch: BatchRows) -> Condition:
    """The part of a condition that is about a batch."""
    return where[batch.first : batch.first + batch.n] if isinstance(where, np.ndarray) else where


def scan(design: StreamedDesign, read: StreamedVariables, products: Sequence[tuple[int, int]]) -> Scan:
    """Add up all rows.

    Raises
    ------
    DataError
        If values are missing and refused, after all are counted.
    """
    account, domains, size = Account(), len(read.domains), read.values.shape[0]
    used = np.zeros(design._used.size, dtype=np.int64)
    moments = Moments(domains, size, products)
    sums = (UnitSums if design._has_units else RowSums)(used.size, domains, size)
    crossed = [np.zeros((one.width, domains, size + 1)) for one in design._calibrations]
    for chunk in design._chunks(read.columns, "estimates", models=True):
        with account.faults.noted(0, chunk.rows.first):
            part = read.reader(chunk, account)
            sums.add(chunk.places, part, chunk.weights)
            moments.add(part, chunk.weights)
            used += used_rows(chunk, part.inside, used.size)
            for total, model in zip(crossed, chunk.models, strict=True):
                total += calibration_model.products(model, chunk.weights, part.values, part.domains)
    account.refuse()
    if isinstance(sums, UnitSums):
        return Scan(StreamedTotals(design, read.domains, sums, moments, crossed), moments, used)
    if crossed:
        return Scan(CalibratedRowTotals(design, read, sums, moments, crossed), moments, used)
    return Scan(RowUnitTotals(design, read.domains, sums, moments), moments, used)


def used_rows(chunk: Chunk, inside: NDArray[np.bool_] | None, places: int) -> NDArray[np.int64]:
    """Rows with a weight at every place, of those ``inside`` (None: all)."""
    used = chunk.weights != 0.0
    if inside is not None:
        used &= inside
    return np.bincount(chunk.places[used], minlength=places)
