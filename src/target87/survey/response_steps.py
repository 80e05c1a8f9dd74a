"""Weighting steps for units that gave no answer, or that may not belong to the population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey import nonresponse
from target87.survey.adjusting import Plan
from target87.survey.nonresponse import INELIGIBLE, NONRESPONDENT, RESPONDENT, UNKNOWN
from target87.survey.reweighting import Reweighting

type Columns = str | Sequence[str] | None


class ResponseSteps(Reweighting):
    """Adjustments for unknown eligibility and nonresponse."""

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
        present = self._present
        read = nonresponse.read_status(self._rows, present, status, argument="status")
        plan = nonresponse.class_adjustment(
            self._rows,
            present,
            read,
            by,
            giving=UNKNOWN,
            taking=(RESPONDENT, NONRESPONDENT, INELIGIBLE),
            weighted=weighted,
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
        the variance (Valliant and Dever 2018, chapter 4).

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
        present = self._present
        status = nonresponse.read_status(self._rows, present, responded, argument="responded")
        subject = responded if isinstance(responded, str) else "responded"
        _refuse_unknown(status)
        plan: Plan
        if model is None:
            plan = nonresponse.class_adjustment(
                self._rows,
                present,
                status,
                by,
                giving=NONRESPONDENT,
                taking=(RESPONDENT,),
                weighted=weighted,
                subject=subject,
            )
        else:
            columns = (model,) if isinstance(model, str) else tuple(model)
            plan = nonresponse.propensity_adjustment(
                self._rows,
                status,
                self._active_weights,
                columns,
                classes=classes,
                weighted=weighted,
                subject=subject,
            )
        return self._adjusted("adjust_nonresponse", plan)


def _refuse_unknown(status: NDArray[np.int32]) -> None:
    unknown = int((status == UNKNOWN).sum())
    if unknown:
        raise DataError(
            "units of unknown eligibility still have a weight",
            where="responded",
            count=unknown,
            remedies=("adjust_unknown_eligibility first",),
        )
