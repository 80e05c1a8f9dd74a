"""Replicates of a streamed design: multipliers of its sampling units, and estimates from the units' totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

import numpy as np
from numpy.typing import NDArray

from target87.survey.domains import Condition, Domains
from target87.survey.estimating import Columns, DomainTotals, Freedom, RowFunction
from target87.survey.history import Step
from target87.survey.replicate_design import ReplicateDesign
from target87.survey.replicate_factors import ReplicateWeights
from target87.survey.replicate_freedom import rank
from target87.survey.replicate_summary import Seen, summary_of
from target87.survey.replicate_variance import ReplicateTotals
from target87.survey.replication import planned
from target87.survey.streamed_reading import Chunk, Scan, StreamedVariables, scan
from target87.survey.streamed_summary import median_weight
from target87.survey.streamed_totals import DENSE, StreamedTotals
from target87.survey.summary import WIDE
from target87.survey.totals import UnitTotals
from target87.survey.variables import Missing, Variables

if TYPE_CHECKING:
    from target87.survey.parquet import ParquetRows
    from target87.survey.sample import Names, Sample
    from target87.survey.streaming import StreamedDesign
    from target87.survey.summary import DesignSummary

type FloatArray = NDArray[np.float64]
type LongArray = NDArray[np.int64]

_HELD = 1 << 24
"""Totals of replicates by domain, in numbers, that are held at one time."""


def to_replicates(design: StreamedDesign, method: str, **options: Any) -> StreamedReplicateDesign:
    """Make replicate weights from the strata and sampling units of a streamed design.

    Parameters
    ----------
    design : StreamedDesign
        With sampling units named: rows as units would need a multiplier each.
    method, **options
        As for :func:`target87.survey.replication.to_replicates`; the same seed draws the same units.

    Returns
    -------
    StreamedReplicateDesign
        Whose estimates read the data in batches.

    Raises
    ------
    InputError, DataError
        As for data in memory, and where rows are the sampling units.
    """
    if not design._has_units:
        design._refuse("making replicates of rows (no psu is named)")
    plan = planned(design, method, **_DEFAULTS | options)
    stage = len(design._stages.levels) - 1 if plan.method == "preston" else 0
    units = design._stages.levels[stage].units
    factor = replace(plan.made.factor, codes=np.arange(units, dtype=np.int32))  # type: ignore[type-var]
    made = StreamedReplicateDesign._made(design, ReplicateWeights(np.ones(units), (factor,)), plan)
    made._stage = stage
    return made


_DEFAULTS: dict[str, Any] = {
    "replicates": None, "rho": None, "rng": None, "mse": False, "draws": None, "hadamard": None, "degf": None,
}  # fmt: skip


class StreamedReplicateDesign(ReplicateDesign):
    """A :class:`target87.ReplicateDesign` whose data are read in batches; made by ``to_replicates`` of a path's design.

    Its replicate weights are held by sampling unit, ``_replicates`` has a row a unit. Numbers are those of the same
    data in memory.
    """

    _sample: StreamedDesign
    _stage: int
    """Stage whose units the multipliers are of."""

    def _take(self, sample: Sample | StreamedDesign) -> None:
        self._sample = cast("StreamedDesign", sample)

    @property
    def _rows(self) -> ParquetRows:  # type: ignore[override]
        return self._sample._rows

    @property
    def weights(self) -> FloatArray:
        """Weights of all rows, in the order of the data; 0 outside a subset."""
        return self._sample.weights

    def subset(self, where: Condition) -> Self:
        """The same design with estimates confined to some rows; see :meth:`StreamedDesign.subset`."""
        return self._with_sample(self._sample.subset(where))

    def with_columns(self, frame: Any = None, *, on: Names = None, **columns: Any) -> Self:
        """Attach columns, by row order or by key; see :meth:`StreamedDesign.with_columns`."""
        return self._with_sample(self._sample.with_columns(frame, on=on, **columns))

    def with_indicator(self, flags: Any, *, on: Names = None) -> Self:
        """Attach the flags of an indicator; see :meth:`StreamedDesign.with_indicator`."""
        return self._with_sample(self._sample.with_indicator(flags, on=on))

    def replicate_weights(self) -> NoReturn:
        """Refuse: there would be as many as rows times replicates."""
        self._refuse("writing out replicate weights")

    def with_replicates(self, function: Callable[..., Any], **named: Any) -> NoReturn:
        """Refuse: the function wants the weights and data of all rows."""
        self._refuse("a function of all weights and data")

    def summary(self) -> DesignSummary:
        """Weights, replicates, design effect of weighting, and whatever is unusual."""
        sample, factor = self._sample, self._replicates.factors[0]
        figures, unit = sample._figures, sample._stages.levels[self._stage].unit
        middle = median_weight(sample._weight_batches, figures.used)
        high = 0
        sums = np.zeros(unit.size)
        for chunk in sample._chunks((), "weights"):
            sums += np.bincount(chunk.places, chunk.weights, minlength=sums.size)
            high += int((chunk.weights > WIDE * middle).sum())
        of_units = np.bincount(unit, sums, minlength=factor.levels)
        seen = Seen(
            figures.used,
            figures.total,
            figures.least if figures.used else np.nan,
            middle,
            figures.greatest if figures.used else np.nan,
            figures.used * figures.squares / figures.total**2 if figures.used else np.nan,
            high,
            factor.totals(of_units[:, None])[0],
            self._negative(np.bincount(unit, sample._used, minlength=factor.levels).astype(np.int64)),
        )
        return summary_of(self, seen)

    def degrees_of_freedom(self, where: Condition = None) -> int | float:
        """Rank of the replicate weights of rows with a weight, less one (R's ``degf``), or the number given.

        Parameters
        ----------
        where : condition, optional
            Rows to count.
        """
        value = self._degf
        if value is None:
            value = self._rank_less_one(self._sample._used if where is None else self._sample._counted(where)[1])
        return int(value) if value == int(value) else value

    # what estimands ask of a design

    @property
    def _active_weights(self) -> FloatArray:
        self._refuse("a weighting step after replication")

    @property
    def _active_replicates(self) -> ReplicateWeights:
        self._refuse("a weighting step after replication")

    def _weight_sum(self) -> float:
        return self._sample._weight_sum()

    def _rows_inside(self) -> int | None:
        return self._sample._rows_inside()

    def _read(
        self,
        variables: Columns,
        by: Columns | None,
        where: Condition,
        missing: Missing,
        *,
        numbers: bool = False,
        proportions: bool = False,
    ) -> Variables:
        return self._sample._read(variables, by, where, missing, numbers=numbers, proportions=proportions)

    def _labels(self, name: str, argument: str) -> tuple[Any, ...]:
        return self._sample._labels(name, argument)

    def _derived(
        self,
        read: Variables,
        make: RowFunction,
        names: tuple[str, ...],
        categories: tuple[object | None, ...],
        *,
        columns: Sequence[str] = (),
    ) -> Variables:
        return self._sample._derived(read, make, names, categories, columns=columns)

    def _middles(self, read: Variables) -> tuple[FloatArray, LongArray]:
        return self._sample._middles(read)

    def _totals_of(self, read: Variables, products: Sequence[tuple[int, int]]) -> DomainTotals:
        streamed = cast("StreamedVariables", read)
        found = scan(self._sample, streamed, products)
        streamed.scans.append(found)
        return StreamedReplicateTotals(self, found, read.domains)

    def _freedom(self, df: Freedom, read: Variables) -> FloatArray:
        if not (isinstance(df, str) and df in ("design", "domain")):
            return super()._freedom(df, read)
        if self._degf is not None:
            return np.full(len(read.domains), self._degf)
        found = cast("StreamedVariables", read).scans[-1]
        if df == "design":
            return np.full(len(read.domains), self._rank_less_one(found.used))
        present = _units(found, self._stage).present
        ranks = [rank(self._replicates, np.flatnonzero(one)) for one in present.T]
        return np.maximum(np.array(ranks) - 1.0, 0.0)

    def _chunks(self, columns: Sequence[str] | None, what: str) -> Iterator[Chunk]:
        return self._sample._chunks(columns, what)

    def _refuse(self, what: str) -> NoReturn:
        self._sample._refuse(what)

    def _rank_less_one(self, used: LongArray) -> float:
        """Rank of the replicate weights of the units at places with rows, less one."""
        known = ("df", np.packbits(used > 0).tobytes())
        if known not in self._cache:
            units = np.unique(self._sample._stages.levels[self._stage].unit[used > 0]).astype(np.int64)
            self._cache = {known: max(rank(self._replicates, units) - 1.0, 0.0)}
        return float(self._cache[known])

    def _negative(self, rows: LongArray) -> int:
        """Number of replicate weights below zero, from the rows with a weight of every unit."""
        factor = self._replicates.factors[0]
        step = max(1, DENSE // factor.levels)
        blocks = (factor.block(slice(k, min(k + step, self.replicates))) for k in range(0, self.replicates, step))
        return sum(int(((block < 0.0).sum(axis=1) * rows).sum()) for block in blocks)

    def _with_sample(self, sample: StreamedDesign) -> Self:
        step: Step = sample.history[-1]
        return self._changed(_sample=sample, history=(*self.history, step))


class StreamedReplicateTotals(ReplicateTotals):
    """Totals of row variables by domain, and their spread over replicates, from the totals of sampling units."""

    def __init__(self, design: StreamedReplicateDesign, found: Scan, domains: Domains) -> None:
        self._design, self._domains = design, domains
        self._moments, self._units = found.moments, _units(found, design._stage)
        self.point = found.moments.point

    def moments(self, pairs: LongArray) -> tuple[LongArray, FloatArray]:
        """Rows with a weight, and the products that were gathered."""
        return self._moments.counts, self._moments.products

    def _step(self) -> int:
        columns, factor = int(self.point.shape[1]), self._design._replicates.factors[0]
        return max(1, min(DENSE // (factor.levels * columns), _HELD // (factor.replicates * columns)))

    def _replicated(self, part: slice) -> FloatArray:
        width, columns = part.stop - part.start, self.point.shape[1]
        factor = self._design._replicates.factors[0]
        totals = factor.totals(self._of_units(part).reshape(factor.levels, -1))
        return np.asarray(totals.reshape(width, columns, factor.replicates))

    def _of_units(self, part: slice) -> FloatArray:
        """Totals ``(units, d, K + 1)`` of some domains, written out."""
        units = self._units
        if units.dense is not None:
            return units.dense[:, part]
        own = (units.pair_domain >= part.start) & (units.pair_domain < part.stop)
        unit = np.repeat(np.arange(units.stage.units), np.diff(units.first))[own]
        result = np.zeros((units.stage.units, part.stop - part.start, self.point.shape[1]))
        result[unit, units.pair_domain[own] - part.start] = units.pairs[own]
        return result


def _units(found: Scan, stage: int) -> UnitTotals:
    return cast("StreamedTotals", found.totals)._levels[stage]
