"""``StreamedDesign``: a design on a Parquet data set, whose every estimate is one pass over batches of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, cast

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.calibration_model import CalibrationModel
from target87.survey.cells import domain_means
from target87.survey.columns import definition_of
from target87.survey.design import Pps
from target87.survey.domains import Condition, condition
from target87.survey.estimating import Columns, DomainTotals, Freedom, RowFunction
from target87.survey.faults import Faults
from target87.survey.history import Step
from target87.survey.parquet import ParquetRows
from target87.survey.sample import Names, names
from target87.survey.streamed_columns import attached, flagged
from target87.survey.streamed_reading import (
    Chunk,
    StreamedVariables,
    checked_condition,
    of_batch,
    read_streamed,
    scan,
    used_rows,
)
from target87.survey.streamed_sampling import Declared, StreamedSampling, WeightFigures
from target87.survey.streamed_summary import summarise
from target87.survey.streamed_weighting import Change, Kept
from target87.survey.streamed_weighting_steps import StreamedWeighting
from target87.survey.taylor import refuse_lonely
from target87.survey.unequal import joint_blocks
from target87.survey.variables import Missing, Variables, as_names

if TYPE_CHECKING:
    from target87.rng import RandomState
    from target87.survey.streamed_replication import StreamedReplicateDesign
    from target87.survey.summary import DesignSummary

type FloatArray = NDArray[np.float64]


class StreamedDesign(StreamedWeighting):
    """A :class:`target87.SurveyDesign` whose data are read in batches; made by giving it a path.

    It has the same estimates in memory that grows with sampling units and domains, not with rows.
    """

    def _read_sample(self, data: Any, pps: Pps, pps_variance: Literal["HT", "YG"]) -> None:
        declared = self._declared
        self._rows = ParquetRows(data)
        by_row = not declared["psu"] and pps == "brewer"
        if isinstance(pps, np.ndarray) or by_row or pps in ("overton", "hartley_rao"):
            self._refuse("a variance from the inclusion probabilities of pairs of rows")
        self._sampling = StreamedSampling(
            self._rows,
            Declared(
                declared["strata"],
                declared["psu"],
                self._sizes(pps),
                declared["nest"],
                declared["weights"],
                declared["probabilities"],
                isinstance(pps, str),
            ),
        )
        self._stages = self._sampling.stages
        self._joint = joint_blocks(self._stages, np.empty(0), pps, pps_variance)
        self._chain: tuple[Change | Kept, ...] = ()
        self._used, self._figures = self._sampling.used, self._sampling.figures
        self._kept: int | None = None

    @property
    def weights(self) -> FloatArray:
        """Weights of all rows, in the order of the data; 0 outside a subset."""
        return np.concatenate(list(self._weight_batches()))

    def subset(self, where: Condition) -> Self:
        """The same design with estimates confined to some rows; the others keep their place in the sampling.

        Parameters
        ----------
        where : str, sequence of bool, or callable
            Column of truth values, truth values of all rows, or a function of a batch of rows (a pandas frame).

        Returns
        -------
        SurveyDesign
            With the step in its history.
        """
        asked, columns = checked_condition(self._rows, where)
        if asked is None:
            raise InputError("say which rows the subset holds", where="where")
        kept, used, figures = self._counted(asked)
        name = where if isinstance(where, str) else "condition"
        step = Step("subset", f"{name}: {kept:,} of {self._rows.n:,} rows", {"rows": kept})
        return self._changed(
            _chain=(*self._chain, Kept(asked, columns)),
            _kept=kept,
            _used=used,
            _figures=figures,
            history=(*self.history, step),
        )

    def with_columns(self, frame: Any = None, *, on: Names = None, **columns: Any) -> Self:
        """Attach columns, by row order or by key; functions see a batch of rows at a time, as a pandas frame.

        Parameters
        ----------
        frame : data frame or mapping, optional
            Columns of the same number of rows, or with ``on`` one row a key.
        on : str or sequence of str, optional
            Key columns in both; every key of the data must be in ``frame`` once.
        **columns : array-like
            Further columns in row order, or functions of the data frame.

        Returns
        -------
        SurveyDesign
            With the step in its history.

        Raises
        ------
        DataError
            If lengths differ, a key is missing or repeated.
        """
        rows, added = attached(self._rows, frame, names(on), columns)
        self._refuse_replaced(rows)
        step = Step("with_columns", added, {"columns": added.split(", ")})
        return self._changed(_rows=rows, history=(*self.history, step))

    def with_indicator(self, flags: Any, *, on: Names = None) -> Self:
        """Attach the flags of an indicator, one row a person, by row order or key; as :meth:`with_columns`, checked.

        Parameters
        ----------
        flags : data frame
            Flags of the same rows; truth values, numbers or labels.
        on : str or sequence of str, optional
            Key columns in both.
        """
        rows, note = flagged(self._rows, flags, names(on))
        self._refuse_replaced(rows)
        added = [name for one in rows.attachments[len(self._rows.attachments) :] for name in one.names]
        details = {"columns": added, **definition_of(flags)}
        return self._changed(_rows=rows, history=(*self.history, Step("with_indicator", note, details)))

    def summary(self) -> DesignSummary:
        """Strata, units, weights, design effect of weighting, and whatever is unusual."""
        return summarise(self)

    def degrees_of_freedom(self, where: Condition = None) -> int:
        """Sampling units less strata, counting those with a weight above zero (R's ``degf``)."""
        return int(self._sampling.freedom(self._used if where is None else self._counted(where)[1]))

    def to_replicates(
        self,
        method: str,
        replicates: int | None = None,
        rho: float | None = None,
        rng: RandomState = None,
        *,
        mse: bool = False,
        **options: Any,
    ) -> StreamedReplicateDesign:
        """Replicate weights of the sampling units; see :func:`target87.survey.replication.to_replicates`."""
        from target87.survey.streamed_replication import to_replicates

        return to_replicates(self, method, replicates=replicates, rho=rho, rng=rng, mse=mse, **options)

    # what estimands ask of a design

    @property
    def _active_weights(self) -> FloatArray:
        self._refuse("a weighting step")

    @property
    def _has_units(self) -> bool:
        """Whether sampling units are named; else rows are."""
        return bool(self._declared["psu"])

    def _weight_sum(self) -> float:
        return self._figures.sum

    def _rows_inside(self) -> int | None:
        return self._kept

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
        return read_streamed(
            self._rows,
            as_names(variables),
            by=() if by is None else as_names(by, "by"),
            where=where,
            missing=missing,
            numbers=numbers,
            proportions=proportions,
        )

    def _labels(self, name: str, argument: str) -> tuple[Any, ...]:
        self._rows.check(name, argument=argument)
        return self._rows.levels(name)

    def _derived(
        self,
        read: Variables,
        make: RowFunction,
        names: tuple[str, ...],
        categories: tuple[object | None, ...],
        *,
        columns: Sequence[str] = (),
    ) -> Variables:
        return _streamed(read).derived(make, names, categories, columns, self._rows.head)

    def _middles(self, read: Variables) -> tuple[FloatArray, NDArray[np.int64]]:
        found = scan(self, _streamed(read), ()).moments
        return domain_means(found.point), found.counts

    def _totals_of(self, read: Variables, products: Sequence[tuple[int, int]]) -> DomainTotals:
        if self.lonely_psu == "error":
            refuse_lonely(self)
        found = scan(self, _streamed(read), products)
        _streamed(read).scans.append(found)
        return found.totals

    def _freedom(self, df: Freedom, read: Variables) -> FloatArray:
        if isinstance(df, str) and df == "design":
            return np.full(len(read.domains), self._sampling.freedom(_streamed(read).scans[-1].used))
        if isinstance(df, str) and df == "domain":
            return _streamed(read).scans[-1].totals.freedom()
        return super()._freedom(df, read)

    def _chunks(self, columns: Sequence[str] | None, what: str, *, models: bool = False) -> Iterator[Chunk]:
        """Batches with these columns (None: all) and what the design says of their rows; if asked, its calibrations."""
        needed: list[str] | None = None
        asked = [change.columns for change in self._chain]
        if columns is not None and None not in asked:
            own = (*self._sampling.declared.row_columns, *(name for one in asked for name in one or ()))
            needed = [*columns, *own]
        for batch in self._rows.batches(needed, what):
            places = self._sampling.places(batch)
            weights, inside = self._sampling.weights(batch, places), None
            found: list[CalibrationModel] = []
            for change in self._chain:
                if isinstance(change, Kept):
                    kept = change.rows(batch)
                    inside, weights = kept if inside is None else inside & kept, np.where(kept, weights, 0.0)
                    continue
                weights, model = change.after(batch, weights, model=models)
                found.extend(() if model is None else (model,))
            yield Chunk(batch, places, weights, inside, tuple(found))

    def _weight_batches(self) -> Iterator[FloatArray]:
        for chunk in self._chunks((), "weights"):
            yield chunk.weights

    def _counted(self, where: Condition) -> tuple[int, NDArray[np.int64], WeightFigures]:
        """Rows of the subset and condition, those with a weight at every place, and figures of their weights."""
        asked, columns = checked_condition(self._rows, where)
        faults, figures = Faults(), WeightFigures()
        kept, used = 0, np.zeros(self._sampling.used.size, dtype=np.int64)
        for chunk in self._chunks(columns, "subset"):
            with faults.noted(0, chunk.rows.first):
                inside = condition(chunk.rows, of_batch(asked, chunk.rows))
                every = np.ones(chunk.rows.n, dtype=bool)
                both = np.logical_and(*(every if one is None else one for one in (chunk.inside, inside)))
                kept += int(both.sum())
                used += used_rows(chunk, both, used.size)
                figures.add(np.where(both, chunk.weights, 0.0))
        faults.refuse()
        return kept, used, figures

    def _refuse_replaced(self, rows: ParquetRows) -> None:
        """Raise if columns attached take the place of those that units, weights or the subset are read from."""
        added = {name for one in rows.attachments[len(self._rows.attachments) :] for name in one.names}
        read: set[str] = set(self._sampling.declared.row_columns)
        for change in self._chain:
            read |= set(self._rows.names if change.columns is None else change.columns)
        replaced = sorted(added & read)
        if replaced:
            raise InputError(
                "columns that the weights of a path's rows are read from cannot be replaced",
                where="with_columns",
                count=len(replaced),
                examples=replaced,
                remedies=("attach them under other names",),
            )

    def _refuse(self, what: str) -> NoReturn:
        raise InputError(
            f"{what} needs all rows at once, and those of a path are read in batches",
            where="data",
            got=self._rows.path,
            remedies=(
                "hold the data in memory: SurveyDesign(pyarrow.parquet.read_table(path), ...)",
                "read_table(path, columns=[...]) reads only the columns that are needed",
            ),
        )


def _streamed(read: Variables) -> StreamedVariables:
    return cast("StreamedVariables", read)
