"""How the rows of a streamed data set were sampled, found in one pass that keeps sampling units, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey import stages as sampling
from target87.survey.checking import check_weights
from target87.survey.encoding import Category
from target87.survey.faults import Faults, told
from target87.survey.parquet import BatchRows, ParquetRows
from target87.survey.rows import Rows
from target87.survey.stages import Stage, Stages

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_PENDING = 1 << 20
"""Rows of partial tables that are held before they are merged."""


class RowUnits(Stage):
    """A stage whose sampling units are the rows: arrays over units hold one entry a stratum."""

    @property
    def units(self) -> int:
        """Number of rows."""
        return int(self.sampled.sum())

    @cached_property
    def unit_scale(self) -> FloatArray:
        """Multiplier of the squares of all rows of a stratum together: that of each, times their number."""
        return np.asarray(Stage.unit_scale.func(self) * self.sampled)


@dataclass
class WeightFigures:
    """What a summary tells of weights, gathered batch by batch."""

    used: int = 0
    zero: int = 0
    below_one: int = 0
    total: float = 0.0
    squares: float = 0.0
    least: float = np.inf
    greatest: float = 0.0

    def add(self, weights: FloatArray) -> None:
        """Add the weights of some rows."""
        there = weights[weights > 0.0]
        self.used += there.size
        self.zero += weights.size - there.size
        if there.size:
            self.below_one += int((there < 1.0).sum())
            self.total += float(there.sum())
            self.squares += float(there @ there)
            self.least, self.greatest = min(self.least, float(there.min())), max(self.greatest, float(there.max()))


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
    def deep(self) -> int:
        """Stages that matter to variances: those below one sampled with replacement do not."""
        return min(len(self.psu), len(self.fpc) + 1)

    @property
    def unit_columns(self) -> tuple[str, ...]:
        """Columns that say which sampling unit (or stratum, if rows are the units) a row is of."""
        return (*self.strata[: max(1, self.deep)], *self.psu[: self.deep])


@dataclass(frozen=True, eq=False)
class StreamedSampling:
    """Strata and sampling units of a streamed data set.

    Parameters
    ----------
    declared : Declared
        The columns.
    stages : Stages
        Of a table with one row a finest sampling unit that matters, or a stratum if rows are the units.
    table : Rows
        That table.
    used : ndarray
        Rows with a weight, for every row of the table.
    implied : ndarray or None
        Weights that population counts imply, for every row of the table.
    figures : WeightFigures
        Of all weights.
    """

    declared: Declared
    stages: Stages
    table: pa_table
    used: NDArray[np.int64]
    implied: FloatArray | None
    figures: WeightFigures
    _steps: list[tuple[Any, NDArray[np.int64]]] = field(default_factory=list)
