"""Weighting steps that bring weights to population figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey import calibrating, margins, population_figures
from target87.survey.checking import check_truth, is_number
from target87.survey.raking import PostStrata, RakingPlan, Residuals
from target87.survey.reweighting import Reweighting
from target87.survey.row_values import Present, column_codes, refuse_missing, row_numbers
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type Columns = str | Sequence[str] | None
type Distance = Literal["linear", "raking", "logit", "sinh"]

DISTANCES = ("linear", "raking", "logit", "sinh")
_ENDLESS = 2**53
"""Whole numbers from here on are not all told apart by floating point, nor ever counted to."""


class CalibrationSteps(Reweighting):
    """Post-stratification, raking and calibration."""

    _row_units: FloatArray | None = None
    """Number of units that each row stands for, where rows are cells of a larger data set; None if one."""

    def post_stratify(self, totals: Any, *, partial: bool = False) -> Self:
        """Scale weights so that the counts of one column's categories, or of several columns crossed, hold.

        Parameters
        ----------
        totals : mapping or data frame
            Population counts of one margin, in a form of :meth:`rake`.
        partial : bool
            Whether categories of the population that the sample lacks are left out (R: ``partial=TRUE``).

        Returns
        -------
        design
            Whose variances use residuals from the post-strata's means.

        Raises
        ------
        InputError, DataError
            If categories of sample and population differ, or counts are not numbers above zero.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 10], "sex": ["f", "f", "m"]})
        >>> t87.SurveyDesign(data, weights="w").post_stratify({"sex": {"f": 30, "m": 25}}).weights
        array([15., 15., 25.])
        """
        partial = check_truth(partial, "partial")
        refuse_negative(self._active_weights)
        counts, numbers = population_figures.read_totals(self._rows, self._present, totals, partial=partial)
        margins.refuse_shares(counts, float(self._active_weights.sum()))
        if len(counts) != 1 or numbers:
            raise InputError(
                "post-stratification takes the counts of one margin",
                where="totals",
                got=", ".join([margin.name for margin in counts] + [number.name for number in numbers]),
                remedies=(
                    "cross the columns: {('sex', 'region'): {('female', 'North'): ...}}",
                    "or use rake",
                ),
            )
        return self._adjusted("post_stratify", PostStrata(counts[0]))

    def rake(
        self,
        totals: Any,
        *,
        tolerance: float = 1e-11,
        max_iterations: int = 1000,
        residuals: Residuals = "alternating",
    ) -> Self:
        """Scale weights to the counts of several margins in turn until all hold.

        Parameters
        ----------
        totals : mapping, data frame, or list of data frames
            Population figures: a column of categories with its counts ``{"sex": {"female": 510, "male": 490}}`` (or
            a pandas series over categories), a tuple of columns with the counts of their combinations, or a data frame
            with columns of the design and one column of counts.
        tolerance : float
            Share of its count that a category may miss. A tolerance of 1 or more is R's rule: stop when no count of a
            margin moved by as many people since the sweep before (R's ``epsilon``, by default 1).
        max_iterations : int
            Sweeps over the margins after which to give up (R's ``maxit``, by default 10).
        residuals : {"alternating", "regression"}
            How variances see the margins: R's ten rounds of unweighted means of one margin after the other, or one
            regression on all margins with the weights before raking. With unequal weights the two differ, the
            second being the linearisation of Deville and Särndal (1992).

        Returns
        -------
        design
            Whose margins hold.

        Raises
        ------
        InputError, DataError
            If categories of sample and population differ, margins add up to different sums (by more than a
            millionth; less is scaled away, with a note), or they cannot be reached;
            nothing half-raked is returned.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 1, 1], "sex": list("ffmm"), "area": list("nsns")})
        >>> design = t87.SurveyDesign(data, weights="w").rake({"sex": {"f": 30, "m": 20}, "area": {"n": 10, "s": 40}})
        >>> design.weights.round(6)
        array([ 6., 24.,  4., 16.])
        """
        refuse_negative(self._active_weights)
        tolerance, max_iterations = _check_stopping(tolerance, max_iterations)
        if not (isinstance(residuals, str) and residuals in ("alternating", "regression")):
            raise UnknownNameError.of(residuals, ("alternating", "regression"), kind="kind of residuals")
        counts, numbers = population_figures.read_totals(self._rows, self._present, totals)
        margins.refuse_shares(counts, float(self._active_weights.sum()))
        if numbers:
            raise InputError(
                "raking takes counts of categories, not totals of numbers",
                where="totals",
                examples=[number.name for number in numbers],
                remedies=("calibrate(..., distance='raking') takes both",),
            )
        counts, notes = margins.agreed(counts)
        plan = RakingPlan.of(
            counts,
            tolerance=tolerance,
            max_iterations=max_iterations,
            residuals=residuals,
            notes=notes,
            units=self._row_units,
        )
        return self._adjusted("rake", plan)

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
        """Multiply weights by factors as near 1 as can be so that population totals hold.

        Parameters
        ----------
        totals : mapping, data frame, or list of data frames
            As for :meth:`rake`, and a column of numbers with its total, ``{"income": 12_300}``. All categories of a
            column are used (R: an intercept and dummy variables). ``"(Intercept)"`` is the size of the population.
        distance : {"linear", "raking", "logit", "sinh"}
            Which distance from the old weights is least: the generalised regression estimator, exponential factors,
            factors between bounds on a logistic curve, or symmetric in ``g`` and ``1/g``.
        bounds : (float, float), optional
            Least and greatest factor; needed for ``"logit"``. Others are cut off there.
        variance : str, mapping or array-like, optional
            Variance of the model: a column, one value a row, or ``{column: coefficient}`` (R's ``variance``).
        equal_within : str or sequence of str, optional
            Rows with the same labels, such as members of a household, get one factor (R's ``aggregate.stage``).
        trim : (float, float), optional
            Cut factors afterwards, what is cut off shared in proportion to weight (R's ``trim``); totals are then
            missed, and the history says by how much.
        penalty : float or mapping, optional
            Totals may be missed at this price, larger for smaller misses: the sum of ``w (g - 1)**2 / 2`` (or of the
            distance) plus ``penalty * miss**2 / (2 * sum of w x**2)`` is least. A mapping prices the columns it
            names; the totals of others are met. The history tells each miss.
        tolerance : float
            Share of a total (or of the sum of absolute values) that it may be missed by.
        max_iterations : int
            Newton steps after which to give up.

        Returns
        -------
        design
            Whose variances use residuals of the regression on these columns.

        Raises
        ------
        InputError, DataError
            If figures do not fit the sample, contradict one another, or cannot be met within the bounds (which, and by
            how much); nothing half-calibrated is returned.

        Notes
        -----
        Deville and Särndal (1992). Linear factors may be negative; the history counts them. With ``penalty`` it is
        ridge calibration (Rao and Singh 1997).

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 10], "sex": ["f", "f", "m"], "size": [1.0, 3, 2]})
        >>> design = t87.SurveyDesign(data, weights="w").calibrate({"sex": {"f": 30, "m": 25}, "size": 125})
        >>> design.weights.round(6)
        array([ 7.5, 22.5, 25. ])
        """
        refuse_negative(self._active_weights)
        tolerance, max_iterations = _check_stopping(tolerance, max_iterations)
        lower, upper = _check_bounds(distance, bounds)
        counts, numbers = population_figures.read_totals(self._rows, self._present, totals)
        margins.refuse_shares(counts, float(self._active_weights.sum()))
        notes: tuple[str, ...] = ()
        if penalty is None:
            size = next((one.target for one in numbers if one.name in margins.INTERCEPT), None)
            counts, notes = margins.agreed(counts, size)
        auxiliaries = calibrating.make_auxiliaries(
            counts,
            numbers,
            variance=model_variance(self._rows, self._present, variance),
            within=self._units(equal_within),
            weights=self._active_weights,
        )
        plan = calibrating.CalibrationPlan(
            auxiliaries,
            distance,
            lower,
            upper,
            trim=None if trim is None else _check_pair(trim, "trim"),
            penalty=calibrating.penalties(auxiliaries, penalty),
            tolerance=tolerance,
            max_steps=max_iterations,
            subject=f"{', '.join(dict.fromkeys(auxiliaries.names))}, {distance} distance",
            notes=notes,
        )
        return self._adjusted("calibrate", plan)

    def _units(self, columns: Columns) -> NDArray[np.int32] | None:
        if columns is None:
            return None
        codes, _ = column_codes(self._rows, columns, argument="equal_within")
        refuse_missing(codes < 0, self._present, columns)
        return np.maximum(codes, 0)


def model_variance(rows: Rows, present: Present, variance: Any) -> FloatArray | None:
    """Variance of the model for every row, if one is given."""
    if variance is None:
        return None
    if isinstance(variance, Mapping):
        wrong = [f"{name}: {coefficient!r}" for name, coefficient in variance.items() if not is_number(coefficient)]
        if wrong or not variance:
            raise InputError(
                "a variance of the model needs a coefficient for each of its columns",
                where="variance",
                expected="a column, one value a row, or {column: number}",
                count=len(wrong),
                examples=wrong,
            )
        parts = [float(c) * rows.numeric(name, argument="variance") for name, c in variance.items()]
        variance = np.sum(parts, axis=0)
    tiny = float(np.nextafter(0.0, 1.0))
    return row_numbers(rows, present, variance, argument="variance", least=tiny)


def refuse_negative(weights: FloatArray) -> None:
    """Raise if any weight is below zero."""
    negative = weights < 0.0
    if negative.any():
        raise DataError(
            "weights below zero cannot be calibrated again",
            where="weights",
            count=int(negative.sum()),
            examples=[f"row {i}: {weights[i]:g}" for i in np.flatnonzero(negative)[:5]],
            remedies=("calibrate to all totals at once", "keep factors above zero: distance='raking', or bounds="),
        )


def _check_stopping(tolerance: Any, max_iterations: Any) -> tuple[float, int]:
    if not (is_number(tolerance) and 0.0 < tolerance < np.inf):
        raise InputError("a tolerance is a number above zero", where="tolerance", got=repr(tolerance))
    if not (is_number(max_iterations) and 1 <= max_iterations < _ENDLESS and max_iterations == int(max_iterations)):
        raise InputError(
            "at least one iteration is needed, and a whole number of them",
            where="max_iterations",
            got=repr(max_iterations),
        )
    return float(tolerance), int(max_iterations)


def _check_pair(pair: tuple[float, float], argument: str) -> tuple[float, float]:
    numbers = tuple(pair) if isinstance(pair, Iterable) else ()
    if len(numbers) != 2 or not all(is_number(value) for value in numbers):
        raise InputError("two numbers are needed, the lower and the upper", where=argument, got=repr(pair))
    lower, upper = (float(value) for value in numbers)
    if not lower < 1.0 < upper:
        raise InputError("bounds of factors must be on either side of 1", where=argument, got=repr(pair))
    return lower, upper


def _check_bounds(distance: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if not (isinstance(distance, str) and distance in DISTANCES):
        raise UnknownNameError.of(distance, DISTANCES, kind="distance")
    if bounds is None:
        if distance == "logit":
            raise InputError("the logit distance needs bounds", where="bounds", remedies=("such as bounds=(0.5, 2)",))
        return -np.inf, np.inf
    lower, upper = _check_pair(bounds, "bounds")
    if distance == "logit" and not (np.isfinite(lower) and np.isfinite(upper)):
        raise InputError("the logit distance needs finite bounds", where="bounds", got=repr(bounds))
    return lower, upper
