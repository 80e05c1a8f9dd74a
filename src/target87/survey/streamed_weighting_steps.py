"""Weighting steps of streamed designs: those of data in memory, worked out on cells of rows, caps or columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from target87.survey import (
    calibration_steps,
    nonresponse,
    streamed_weighting_linear,
    trimming,
)
from target87.survey.checking import check_weights, column_names
from target87.survey.design import SurveyDesign
from target87.survey.faults import Faults, told
from target87.survey.parquet import ParquetRows
from target87.survey.row_values import row_numbers
from target87.survey.streamed_reading import used_rows
from target87.survey.streamed_sampling import WeightFigures
from target87.survey.streamed_weighting import (
    CalibrationSums,
    CellFactors,
    Change,
    ColumnFactor,
    Cut,
    Kept,
    StreamedCalibration,
    StreamedSpread,
    step_between,
)
from target87.survey.streamed_weighting_cells import CellDesign, Check, few_labels, gather, refuse_many
from target87.survey.streamed_weighting_checks import (
    check_column,
    class_columns,
    figure_columns,
    missing,
    numbers_of,
    status_of,
    variance_checks,
    variance_columns,
)
from target87.survey.streamed_weighting_linear import NumberCells

if TYPE_CHECKING:
    from target87.survey.calibration_steps import Distance
    from target87.survey.raking import Residuals

type FloatArray = NDArray[np.float64]
type Columns = str | Sequence[str] | None


class StreamedWeighting(SurveyDesign):
    """The weighting steps of a design whose data are read in batches.

    What is kept of a step has the length of its cells. Numbers are those of data in memory.
    """

    if TYPE_CHECKING:
        _rows: ParquetRows  # type: ignore[assignment]
        _chain: tuple[Change | Kept, ...]
        _used: NDArray[np.int64]
        _figures: WeightFigures
        _calibrations: tuple[StreamedCalibration, ...]  # type: ignore[assignment]
        _chunks: Any
        _weight_batches: Any
        _refuse: Any
        _sampling: Any

    def post_stratify(self, totals: Any, *, partial: bool = False) -> Self:
        """See :meth:`target87.SurveyDesign.post_stratify`."""
        self._check_not_negative()
        columns, checks = figure_columns(self._rows, totals)
        return self._by_cells(columns, checks, lambda cells: cells.post_stratify(totals, partial=partial))

    def rake(
        self,
        totals: Any,
        *,
        tolerance: float = 1e-11,
        max_iterations: int = 1000,
        residuals: Residuals = "alternating",
    ) -> Self:
        """See :meth:`target87.SurveyDesign.rake`."""
        self._check_not_negative()
        columns, checks = figure_columns(self._rows, totals)
        return self._by_cells(
            columns,
            checks,
            lambda cells: cells.rake(totals, tolerance=tolerance, max_iterations=max_iterations, residuals=residuals),
        )

    def calibrate(
        self,
        totals: Any,
        distance: Distance = "linear",
        bounds: tuple[float, float] | None = None,
        *,
        variance: Any = None,
        equal_within: Columns = None,
        trim: tuple[float, float] | None = None,
        penalty: float | Mapping[Any, float] | None = None,
        tolerance: float = 1e-10,
        max_iterations: int = 100,
    ) -> Self:
        """See :meth:`target87.SurveyDesign.calibrate`."""
        self._check_not_negative()
        columns, checks = figure_columns(self._rows, totals)
        within = () if equal_within is None else column_names(equal_within, "equal_within")
        for name in within:
            self._rows.check(name, argument="equal_within")
        of_variance = variance_columns(self._rows, variance)
        checks = (*checks, *variance_checks(variance), *missing(within, equal_within))

        def step[D: CellDesign](cells: D) -> D:
            return cells.calibrate(
                totals,
                distance,
                bounds,
                variance=variance,
                equal_within=equal_within,
                trim=trim,
                penalty=penalty,
                tolerance=tolerance,
                max_iterations=max_iterations,
            )

        numbers = numbers_of(self._rows, totals)
        by_rows = [name for name in (*numbers, *of_variance) if name is not None]
        plain = isinstance(distance, str) and distance == "linear" and bounds is None and trim is None and not within
        if plain and not all(few_labels(self._rows, name) for name in by_rows):
            return self._by_numbers(
                [one for one in columns if one not in numbers], by_rows, checks, step, numbers, variance
            )
        return self._by_cells((*columns, *of_variance, *within), checks, step)

    def normalise(self, to: float | Literal["n"] = "n", *, by: Columns = None) -> Self:
        """See :meth:`target87.SurveyDesign.normalise`."""
        columns = class_columns(self._rows, by)
        return self._by_cells(columns, missing(columns, by), lambda cells: cells.normalise(to, by=by))

    def adjust_unknown_eligibility(self, status: Any, *, by: Columns = None, weighted: bool = True) -> Self:
        """See :meth:`target87.SurveyDesign.adjust_unknown_eligibility`."""
        check_column(self._rows, status, "status")
        columns = class_columns(self._rows, by)
        return self._by_cells(
            (status, *columns),
            (
                lambda batch, used: nonresponse.read_status(batch, used, status, argument="status"),
                *missing(columns, by),
            ),
            lambda cells: cells.adjust_unknown_eligibility(status, by=by, weighted=weighted),
        )

    def adjust_nonresponse(
        self,
        responded: Any,
        *,
        by: Columns = None,
        model: Columns = None,
        classes: int | None = None,
        weighted: bool = True,
    ) -> Self:
        """See :meth:`target87.SurveyDesign.adjust_nonresponse`."""
        if model is not None:
            self._refuse("a response model")
        check_column(self._rows, responded, "responded")
        columns = class_columns(self._rows, by)

        return self._by_cells(
            (responded, *columns),
            (status_of(responded, "responded", known=True), *missing(columns, by)),
            lambda cells: cells.adjust_nonresponse(responded, by=by, classes=classes, weighted=weighted),
        )

    def trim(
        self,
        lower: float | None = None,
        upper: float | None = None,
        *,
        relative_to: trimming.Yardstick | None = None,
        strict: bool = False,
    ) -> Self:
        """See :meth:`target87.SurveyDesign.trim`."""
        spread = StreamedSpread(self._weight_batches, self._figures)
        low, high = trimming.trim_bounds(spread, lower, upper, relative_to)
        trim, details = trimming.trim_rounds(self._used_weights, low, high, strict=strict)
        subject = trimming.trim_subject(details)
        return self._reweighted_by(Cut(trim), "trim", subject, trimming.trim_notes(details), details)

    def select_one(self, eligible: Any) -> Self:
        """See :meth:`target87.SurveyDesign.select_one`."""
        self._check_numbers(eligible, "eligible", whole=True)
        return self._reweighted_by(ColumnFactor(eligible, False), "select_one", f"{eligible} members, one drawn")

    def multiplicity(self, times: Any) -> Self:
        """See :meth:`target87.SurveyDesign.multiplicity`."""
        self._check_numbers(times, "times", whole=False)
        return self._reweighted_by(ColumnFactor(times, True), "multiplicity", f"reported by {times} households")

    # how a step becomes a change of weights

    def _by_cells(
        self, columns: Sequence[str], checks: Sequence[Check], step: Callable[[CellDesign], CellDesign]
    ) -> Self:
        cells = gather(self, columns, checks)  # type: ignore[arg-type]
        found = step(cells).outcome
        change = CellFactors(cells.cells, found.factors, found.model)
        return self._reweighted_by(change, found.name, found.subject, found.notes, found.details)

    def _by_numbers(
        self,
        columns: Sequence[str],
        by_rows: Sequence[str],
        checks: Sequence[Check],
        step: Callable[[NumberCells], NumberCells],
        numbers: tuple[str | None, ...],
        variance: Any,
    ) -> Self:
        """Calibration to totals of numbers whose labels are too many for cells."""
        if set(columns) & set(by_rows):
            refuse_many(self, by_rows)  # type: ignore[arg-type]
        cells = step(NumberCells(gather(self, columns, checks, by_rows), by_rows))  # type: ignore[arg-type]
        change, notes, details = streamed_weighting_linear.fit(self, cells, numbers, variance)  # type: ignore[arg-type]
        return self._reweighted_by(change, "calibrate", cells.plan.subject, notes, details)

    def _reweighted_by(
        self,
        change: Change,
        name: str,
        subject: str,
        notes: tuple[str, ...] = (),
        details: Mapping[str, Any] | None = None,
    ) -> Self:
        """The design with one more change of weights, and what is to be known of it, found in one pass."""
        other = self._changed(_chain=(*self._chain, change))
        places, coefficients = self._used.size, change.coefficients
        figures, faults, used = WeightFigures(), Faults(), np.zeros(places, dtype=np.int64)
        sums = None if coefficients is None else CalibrationSums(places, coefficients.shape[0], self._calibrations)
        where = f"the weights after {name}"
        for chunk in other._chunks((), "weights", models=sums is not None):
            if not np.isfinite(chunk.weights.sum()):
                with faults.noted(0, chunk.rows.first):
                    check_weights(chunk.weights, where, negative=True)
            figures.add(chunk.weights)
            used += used_rows(chunk, None, places)
            if sums is not None:
                sums.add(chunk.places, chunk.models)
        faults.refuse()
        if not figures.units:
            self._refuse_zero(where)
        made = () if sums is None or coefficients is None else (sums.made(coefficients),)
        step = step_between(name, subject, self._figures, figures, notes, details or {})
        return other._changed(
            _figures=figures, _used=used, _calibrations=(*self._calibrations, *made), history=(*self.history, step)
        )

    def _auxiliary_totals(self, stage: int, calibration: int) -> Any:
        key = ("auxiliaries", stage, calibration)
        if key not in self._cache:
            level, of_places = self._stages.levels[stage], self._calibrations[calibration].unit_totals
            totals = np.zeros((level.units, of_places.shape[1]))
            np.add.at(totals, level.unit, of_places)
            self._cache[key] = totals
        return self._cache[key]

    def _calibration_overlap(self, later: int, earlier: int) -> Any:
        return self._calibrations[later].overlaps[earlier]

    # what steps ask of columns and weights

    def _used_weights(self) -> Iterator[FloatArray]:
        for weights in self._weight_batches():
            yield weights[weights != 0.0]

    def _check_not_negative(self) -> None:
        if self._figures.negative:
            faults = Faults()
            for chunk in self._chunks((), "weights"):
                with faults.noted(0, chunk.rows.first):
                    calibration_steps.refuse_negative(chunk.weights)
            faults.refuse()

    def _refuse_zero(self, where: str) -> None:
        faults = Faults()
        with faults.noted(0, 0):
            check_weights(np.zeros(1), where)
        try:
            faults.refuse()
        except ValueError as error:
            raise told(error, count=self._rows.n) from None  # type: ignore[arg-type]

    def _check_numbers(self, given: Any, argument: str, *, whole: bool) -> None:
        check_column(self._rows, given, argument)
        self._rows.check_numbers(given, argument=argument)
        faults = Faults()
        for chunk in self._chunks((given,), "weights"):
            with faults.noted(0, chunk.rows.first):
                row_numbers(chunk.rows, chunk.weights != 0.0, given, argument=argument, least=1.0, whole=whole)
        faults.refuse()
