"""How the rows of a streamed data set were sampled, found in one pass that keeps sampling units, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey import stages as sampling
from target87.survey.checking import check_weights
from target87.survey.design import initial_weights
from target87.survey.encoding import Category
from target87.survey.faults import Faults, told
from target87.survey.parquet import BatchRows, ParquetRows
from target87.survey.rows import Rows
from target87.survey.stages import Stage, Stages
from target87.survey.streamed_places import Distinct, Places

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]


class RowUnits(Stage):
    """A stage whose sampling units are the rows: arrays over units hold one entry a stratum."""

    @property
    def units(self) -> int:
        """Number of rows."""
        return int(self.sampled.sum())

    @cached_property
    def unit_scale(self) -> FloatArray:
        """Multiplier of the squares of all rows of a stratum together: that of each, times their number."""
        each = self.multiplier * self.sampled / np.maximum(self.sampled - 1.0, 1.0) * (1.0 - self.fraction)
        return np.where(self.complete, 0.0, each * self.sampled)


@dataclass
class WeightFigures:
    """What a summary tells of weights, gathered batch by batch; those below zero are counted apart."""

    used: int = 0
    zero: int = 0
    below_one: int = 0
    total: float = 0.0
    squares: float = 0.0
    least: float = np.inf
    greatest: float = 0.0
    negative: int = 0
    negative_total: float = 0.0
    negative_squares: float = 0.0
    lowest: float = 0.0

    def add(self, weights: FloatArray, times: NDArray[np.int64] | None = None) -> None:
        """Add the weights of some rows, each as many times as said."""
        rows = np.ones(weights.size, dtype=np.int64) if times is None else times
        there, below = weights > 0.0, weights < 0.0
        if below.any():
            self.negative += int(rows[below].sum())
            self.negative_total += float((rows * weights)[below].sum())
            self.negative_squares += float((rows * weights**2)[below].sum())
            self.lowest = min(self.lowest, float(weights.min()))
        self.zero += int(rows[weights == 0.0].sum())
        weights, rows = weights[there], rows[there]
        if rows.size:
            self.used += int(rows.sum())
            self.below_one += int(rows[weights < 1.0].sum())
            self.total += float((rows * weights).sum())
            self.squares += float((rows * weights**2).sum())
            self.least, self.greatest = min(self.least, float(weights.min())), max(self.greatest, float(weights.max()))

    @property
    def units(self) -> int:
        """Rows with a weight that is not zero."""
        return self.used + self.negative

    @property
    def sum(self) -> float:
        """Sum of all weights."""
        return self.total + self.negative_total

    def told(self) -> dict[str, Any]:
        """What the history tells of them, as :func:`target87.survey.adjusting.step_of` has it."""
        if not self.units:
            return {"units": 0, "least": 0.0, "greatest": 0.0, "sum": 0.0, "effect": float("nan")}
        squares = self.squares + self.negative_squares
        return {
            "units": self.units,
            "least": self.lowest if self.negative else self.least,
            "greatest": self.greatest,
            "sum": self.sum,
            "effect": self.units * squares / self.sum**2 if self.sum else float("nan"),
        }


@dataclass(frozen=True)
class Declared:
    """The columns of a design.

    Parameters
    ----------
    strata, psu, fpc : tuple of str
        One column a stage, outermost first.
    nest : bool
        Whether labels of units start anew in every stratum.
    weights, probabilities : str or None
        Column of one or the other.
    fractions_of_units : bool
        Whether ``fpc`` holds a fraction of each unit's own.
    """

    strata: tuple[str, ...]
    psu: tuple[str, ...]
    fpc: tuple[str, ...]
    nest: bool
    weights: str | None
    probabilities: str | None
    fractions_of_units: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        own = (self.weights, self.probabilities)
        return (*self.psu, *self.strata, *self.fpc, *(name for name in own if name is not None))

    @property
    def row_columns(self) -> tuple[str, ...]:
        """Those that say the unit and the weight of a row."""
        own = (self.weights, self.probabilities)
        return (*self.unit_columns, *(name for name in own if name is not None))

    @property
    def deep(self) -> int:
        """Stages that matter to variances: those below one sampled with replacement do not."""
        return min(len(self.psu), len(self.fpc) + 1)

    @property
    def unit_columns(self) -> tuple[str, ...]:
        """Columns that say which sampling unit (or stratum, if rows are the units) a row is of."""
        return (*self.strata[: max(1, self.deep)], *self.psu[: self.deep])


class StreamedSampling:
    """Strata and sampling units of a streamed data set.

    Rows are counted and looked up by *place*: finest sampling unit that matters, or stratum if rows are the units.

    Parameters
    ----------
    rows : ParquetRows
        The data.
    declared : Declared
        The columns of the design.

    Raises
    ------
    DataError
        As for a design in memory, with the same numbers of rows.
    """

    def __init__(self, rows: ParquetRows, declared: Declared) -> None:
        self.declared = declared
        sampling.check_stage_numbers(declared.strata, declared.psu, declared.fpc)
        for name in declared.psu:
            rows.check_labels(name, argument="psu")
        for name in declared.strata:
            rows.check_labels(name, argument="strata")
        for name in declared.fpc:
            rows.check_numbers(name, argument="fpc")
        for argument, own in (("weights", declared.weights), ("probabilities", declared.probabilities)):
            if own is not None:
                rows.check_numbers(own, argument=argument)
        faults, faulty_weights, self.figures = Faults(), Faults(), WeightFigures()
        distinct = Distinct(rows, tuple(dict.fromkeys((*declared.unit_columns, *declared.fpc))))
        for batch in rows.batches(declared.columns, "sampling units"):
            _note_labels(batch, declared, faults)
            used = _note_weights(batch, declared, faulty_weights, self.figures)
            distinct.add(batch, used)
        faults.refuse()
        table, first, count, self.used = distinct.merged()
        self.stages, implied = _stages(Rows(table), first, count, declared)
        faulty_weights.refuse()
        self._places = Places(table, declared.unit_columns)
        if not declared.psu:
            self.used = np.bincount(self.stages.first.unit, self.used).astype(np.int64)
            implied = None if implied is None else 1.0 / self.stages.first.fraction
        self._implied = implied
        if declared.weights is None and declared.probabilities is None:
            self.figures.add(np.ones(self.used.size) if implied is None else implied, self.used)
        elif not self.figures.used:
            _refuse_zero(rows.n, declared)

    def places(self, batch: BatchRows) -> IntArray:
        """Place of every row."""
        places = self._places.of(batch)
        return places if self.declared.psu else self.stages.first.unit[places]

    def weights(self, batch: BatchRows, places: IntArray) -> FloatArray:
        """Weight of every row."""
        if self.declared.weights is not None:
            return batch.numeric(self.declared.weights)
        if self.declared.probabilities is not None:
            return np.asarray(1.0 / batch.numeric(self.declared.probabilities))
        return np.ones(batch.n) if self._implied is None else self._implied[places]

    def freedom(self, used: NDArray[np.int64]) -> float:
        """Sampling units less strata, from the rows with a weight at every place."""
        if not self.declared.psu:
            return float(used.sum() - np.count_nonzero(used))
        stage = self.stages.first
        units = np.unique(stage.unit[used > 0])
        return float(units.size - np.unique(stage.group[units]).size)


def _note_labels(batch: BatchRows, declared: Declared, faults: Faults) -> None:
    import pyarrow.compute as pc

    names = (*declared.psu, *declared.strata)
    for kind, name in enumerate(names):
        missing = pc.is_null(batch.arrow(name), nan_is_null=True)
        if pc.any(missing).as_py():
            codes = -np.asarray(missing).astype(np.int32)
            with faults.noted(kind, batch.first):
                sampling.refuse_missing_labels(Category(codes, ()), name)
    for kind, name in enumerate(declared.fpc, start=len(names)):
        with faults.noted(kind, batch.first):
            sampling.population_sizes(batch, name)


def _note_weights(batch: BatchRows, declared: Declared, faults: Faults, figures: WeightFigures) -> NDArray[np.bool_]:
    """Rows with a weight; faulty weights are noted."""
    used = np.ones(batch.n, dtype=bool)
    name = declared.weights
    if name is None:
        if declared.probabilities is not None:
            with faults.noted(0, batch.first):
                figures.add(initial_weights(batch, None, declared.probabilities, None))
        return used
    with faults.noted(0, batch.first):
        values = batch.numeric(name, argument="weights")
        figures.add(values)
        used = np.not_equal(values, 0.0)
        for kind, faulty in enumerate((np.isnan(values), np.isinf(values), values < 0.0)):
            if faulty.any():
                with faults.noted(kind, batch.first):
                    check_weights(np.where(faulty, values, 1.0), f"column {name!r}")
    return used


def _refuse_zero(n: int, declared: Declared) -> None:
    try:
        check_weights(np.zeros(1), f"column {declared.weights!r}")
    except DataError as error:
        raise told(error, count=n) from None


def _stages(
    table: Rows, first: NDArray[np.int64], count: NDArray[np.int64], declared: Declared
) -> tuple[Stages, FloatArray | None]:
    """Stages of the table of distinct combinations; errors speak of the rows they were first seen in."""
    deep = declared.deep
    sizes = [table.numeric(name) for name in declared.fpc]
    try:
        counts = sampling.are_counts(sizes, declared.fpc)
    except DataError as error:
        small = next(values for values in sizes if (values < 1.0).any()) < 1.0
        raise told(error, count=int(count[small].sum()), place=lambda row: int(first[row])) from None
    try:
        stages, implied = sampling.encode_stages(
            table,
            strata=declared.strata[: max(1, deep)],
            psu=declared.psu[:deep],
            fpc=declared.fpc,
            nest=declared.nest,
            fractions_of_units=declared.fractions_of_units,
        )
    except DataError as error:
        raise told(error, count=error.count, place=lambda row: int(first[row])) from None
    if not declared.psu:
        return _of_rows(stages, count.astype(np.float64), sizes, counts, declared), implied
    return replace(stages, ignored=stages.ignored + len(declared.psu) - deep), implied


def _of_rows(
    stages: Stages, count: FloatArray, sizes: Sequence[FloatArray], counts: bool, declared: Declared
) -> Stages:
    """Stages with rows as units, from those of a table with one row a stratum and the rows that each stands for."""
    stage = stages.first
    row = np.argsort(stage.group)
    sampled, fraction = count[row], np.zeros(row.size)
    if sizes:
        size = sizes[0][row]
        sampling.check_enough(sampled, size, counts, declared.fpc[0])
        fraction = sampled / size if counts else size
    with np.errstate(divide="ignore"):
        population = np.where(fraction > 0.0, sampled / fraction, np.inf)
    known = {one.name: getattr(stage, one.name) for one in fields(stage)}
    changed = {
        "unit": stage.group,
        "group": np.arange(row.size, dtype=np.int32),
        "sampled": sampled,
        "population": population,
        "fraction": fraction,
        "first_row": row,
    }
    return replace(stages, levels=(RowUnits(**{**known, **changed}),))
