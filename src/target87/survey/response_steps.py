"""Weighting steps for units that gave no answer, or that may not belong to the population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey import nonresponse, propensity, propensity_replicates
from target87.survey.adjusting import cell_totals, row_factors
from target87.survey.checking import check_truth, column_names
from target87.survey.nonresponse import INELIGIBLE, NONRESPONDENT, RESPONDENT, UNKNOWN
from target87.survey.replicate_factors import ReplicateWeights
from target87.survey.reweighting import Reweighting

if TYPE_CHECKING:
    from target87.survey.history import Step

type Columns = str | Sequence[str] | None


class ResponseSteps(Reweighting):
    """Adjustments for unknown eligibility and nonresponse."""

    if TYPE_CHECKING:
        history: tuple[Step, ...]
        _replicates: ReplicateWeights

        def _changed(self, **changes: Any) -> Self: ...

    def adjust_unknown_eligibility(self, status: Any, *, by: Columns = None, weighted: bool = True) -> Self:
        """Give the weight of units of unknown eligibility to those whose eligibility is known.

        Within each class, weights of respondents, nonrespondents and ineligible units are multiplied by
        (known + unknown) / known; units of unknown eligibility get weight 0.

        Parameters
        ----------
        status : str or sequence
            Column, or one value a row: ``"respondent"``, ``"nonrespondent"``, ``"ineligible"`` or ``"unknown"``.
        by : str or sequence of str, optional
            Columns whose combinations are the classes; one class if not given.
        weighted : bool
            Whether rates are of weights or of numbers of units.

        Returns
        -------
        design
            With the step in its history.

        Raises
        ------
        DataError
            If a status is missing or unknown, or a class has only units of unknown eligibility.

        Notes
        -----
        The factor supposes that in each class as many of the unknown units are eligible as of the known ones
        (Valliant and Dever 2018, chapter 3).

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 10], "status": ["respondent", "ineligible", "unknown"]})
        >>> t87.SurveyDesign(data, weights="w").adjust_unknown_eligibility("status").weights
        array([15., 15.,  0.])
        """
        weighted, present = check_truth(weighted, "weighted"), self._present
        read = nonresponse.read_status(self._rows, present, status, argument="status")
        plan = nonresponse.class_adjustment(
            self._rows,
            present,
            read,
            by,
            giving=UNKNOWN,
            taking=(RESPONDENT, NONRESPONDENT, INELIGIBLE),
            numbers=None if weighted else self._numbers,
            subject=status if isinstance(status, str) else "status",
        )
        return self._adjusted("adjust_unknown_eligibility", plan)

    def adjust_nonresponse(
        self,
        responded: Any,
        *,
        by: Columns = None,
        model: Columns = None,
        classes: int | None = None,
        weighted: bool = True,
    ) -> Self:
        """Give the weight of nonrespondents to respondents like them.

        Parameters
        ----------
        responded : str or sequence
            Column, or one value a row: true or false, 1 or 0, or the words of :meth:`adjust_unknown_eligibility`
            (ineligible units keep their weight).
        by : str or sequence of str, optional
            Weighting classes: in each, weights of respondents are multiplied by (respondents + nonrespondents) /
            respondents. One class if neither ``by`` nor ``model`` is given.
        model : str or sequence of str, optional
            Covariates of a logistic regression of response: weights of respondents are divided by their propensity.
            Columns of numbers enter as they are, others as categories.
        classes : int, optional
            With ``model``: use propensities only to make this many classes of about equal size.
        weighted : bool
            Whether response rates, and the regression, are weighted.

        Returns
        -------
        design
            With nonrespondents at weight 0; its history shows the model.

        Raises
        ------
        DataError
            If a status is missing, a class has no respondents, or the model has no finite solution.

        Notes
        -----
        Bias that remains depends on the classes or covariates: within them response must not depend on the outcome.
        Variances afterwards treat the factors as known; make replicates first and adjust them to have their share in
        the variance (Valliant 2004, Journal of Official Statistics 20; Valliant and Dever 2018, chapter 4). Each
        replicate is then adjusted anew from its own weights: rates, the coefficients of the response model, and with
        ``classes`` also who is in which class, whose cut points are the quantiles of the replicate's own propensities
        (R users who keep the classes of the whole sample leave that part out). Where units of some kind all respond in
        a replicate their propensity there is 1; a replicate that leaves weight with nobody to take it is refused.
        With ``weighted=False`` a unit counts in a replicate as often as its weight there is its weight in the sample.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 20, 20], "answered": [True, False, True, True], "area": list("aabb")})
        >>> design = t87.SurveyDesign(data, weights="w").adjust_nonresponse("answered", by="area")
        >>> design.weights
        array([20.,  0., 20., 20.])
        """
        if by is not None and model is not None:
            raise InputError("give weighting classes or a response model, not both", where="by, model")
        if classes is not None and model is None:
            raise InputError("classes of propensity need a response model", where="classes", remedies=("model=[...]",))
        weighted, present = check_truth(weighted, "weighted"), self._present
        status = nonresponse.read_status(self._rows, present, responded, argument="responded")
        subject = responded if isinstance(responded, str) else "responded"
        refuse_unknown(status)
        if model is None:
            plan = nonresponse.class_adjustment(
                self._rows,
                present,
                status,
                by,
                giving=NONRESPONDENT,
                taking=(RESPONDENT,),
                numbers=None if weighted else self._numbers,
                subject=subject,
            )
            return self._adjusted("adjust_nonresponse", plan)
        columns = column_names(model, "model")
        fitted = propensity.propensity_adjustment(
            self._rows, status, self._active_weights, columns, classes=classes, weighted=weighted, subject=subject
        )
        return self._divided("adjust_nonresponse", fitted)

    def _divided(self, name: str, plan: propensity.PropensityAdjustment) -> Self:
        """Weights divided by propensities: those of replicates as each is used where they are too many to hold."""
        replicates = _replicates_of(self)
        if replicates is None or plan.few(replicates.replicates):
            return self._adjusted(name, plan.with_numbers(self._numbers))
        before = self._active_weights
        fitted = plan.fit(cell_totals(plan, before))
        after = before * row_factors(plan, fitted.factors[:, 0])
        notes = (*fitted.notes, f"and {replicates.replicates} replicates")
        step = self._step(name, plan.subject, after, notes, fitted.details)
        return self._changed(
            _weights=np.where(plan.codes == plan.cells - 1, self._weights, after),
            _replicates=propensity_replicates.divided(self._replicates, replicates, before, plan),
            history=(*self.history, step),
        )

    def _numbers(self, codes: NDArray[np.int32], cells: int) -> NDArray[np.float64]:
        return nonresponse.numbers_of_units(codes, cells, self._active_weights, _replicates_of(self))


def _replicates_of(design: Any) -> ReplicateWeights | None:
    """Replicate weights of a design, if it has any."""
    from target87.survey.replicate_weighting import ReplicateWeighting

    return design._active_replicates if isinstance(design, ReplicateWeighting) else None


def refuse_unknown(status: NDArray[np.int32]) -> None:
    """Raise if the eligibility of any unit is still unknown."""
    unknown = int((status == UNKNOWN).sum())
    if unknown:
        raise DataError(
            "units of unknown eligibility still have a weight",
            where="responded",
            count=unknown,
            remedies=("adjust_unknown_eligibility first",),
        )
