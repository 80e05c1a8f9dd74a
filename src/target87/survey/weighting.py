"""``Weighting``: the weighting steps of a design; each returns a new design and leaves a line in its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from target87.errors import InputError
from target87.survey import trimming
from target87.survey.calibration_steps import CalibrationSteps
from target87.survey.checking import is_number
from target87.survey.response_steps import ResponseSteps
from target87.survey.row_values import column_codes, refuse_missing, row_numbers

type Columns = str | Sequence[str] | None


class Weighting(ResponseSteps, CalibrationSteps):
    """Weighting steps that designs share.

    Rows outside a subset, and rows whose weight is zero, take no part in any step.
    """

    def trim(
        self,
        lower: float | None = None,
        upper: float | None = None,
        *,
        relative_to: trimming.Yardstick | None = None,
        strict: bool = False,
    ) -> Self:
        """Cut weights to bounds and share what is cut off equally among the other units.

        Parameters
        ----------
        lower, upper : float, optional
            Bounds of the weights.
        relative_to : {"median", "mean", "iqr"}, optional
            Bounds are multiples of the median or mean weight; or the median less, and plus, multiples of the
            interquartile range.
        strict : bool
            Whether to repeat until no weight is outside; else shares may push some weights outside (as R does).

        Returns
        -------
        design
            Its history says how many weights were cut, and whether their sum was kept.

        Raises
        ------
        InputError, DataError
            If there is no bound, they cannot be kept, or no row has a weight.

        Notes
        -----
        As R's ``trimWeights`` (4.5). Trimming after calibration moves the totals off their targets; variances go on to
        use the calibration's residuals.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 10, 50]})
        >>> t87.SurveyDesign(data, weights="w").trim(upper=2.0, relative_to="median").weights
        array([20., 20., 20., 20.])
        """
        used = self._active_weights != 0.0
        old = self._active_weights[used]
        low, high = trimming.trim_bounds(old, lower, upper, relative_to)
        new, details = trimming.trim_weights(old, low, high, strict=strict)
        weights = np.zeros(used.size)
        weights[used] = new
        subject, notes = trimming.trim_subject(details), trimming.trim_notes(details)
        return self._reweighted(weights, self._step("trim", subject, weights, notes, details))

    def normalise(self, to: float | Literal["n"] = "n", *, by: Columns = None) -> Self:
        """Scale all weights to a sum.

        Parameters
        ----------
        to : float or "n"
            The sum; ``"n"`` is the number of units with a weight, so that weights average 1.
        by : str or sequence of str, optional
            Columns whose combinations each get this sum, such as countries that are to count alike.

        Returns
        -------
        design
            With the step in its history.

        Raises
        ------
        InputError
            If the sum is not above zero.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> t87.SurveyDesign(pd.DataFrame({"w": [10.0, 30.0]}), weights="w").normalise().weights
        array([0.5, 1.5])
        """
        own = isinstance(to, str) and to == "n"
        if not own and not (is_number(to) and 0.0 < float(to) < np.inf):
            raise InputError("weights can be scaled to a sum above zero, or to 'n'", where="to", got=repr(to))
        active, present = self._active_weights, self._present
        codes, labels = column_codes(self._rows, by, argument="by")
        refuse_missing(codes < 0, present, by)
        codes = np.maximum(codes, 0)
        sums = np.bincount(codes, active, minlength=len(labels))
        counted = active != 0.0 if self._row_units is None else self._row_units
        units = np.bincount(codes, counted, minlength=len(labels)).astype(np.float64)
        wanted = units if own else np.full(len(labels), float(to))
        factor = np.divide(wanted, sums, out=np.ones_like(sums), where=sums > 0.0)
        subject = ("sum n" if own else f"sum {float(to):,.10g}") + (
            "" if by is None else f" in each of {len(labels)} classes"
        )
        return self._multiplied("normalise", factor[codes], subject)

    def select_one(self, eligible: Any) -> Self:
        """Multiply weights by the number of eligible members where one was drawn at random from a household.

        Parameters
        ----------
        eligible : str or sequence of float
            Column, or one number a row, of eligible members, such as children aged 5 to 17.

        Returns
        -------
        design
            With the step in its history.

        Raises
        ------
        DataError
            If a number is missing, below 1 or not whole.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10.0], "children": [1, 3]})
        >>> t87.SurveyDesign(data, weights="w").select_one("children").weights
        array([10., 30.])
        """
        factor = row_numbers(self._rows, self._present, eligible, argument="eligible", least=1.0, whole=True)
        return self._multiplied("select_one", factor, f"{_named(eligible, 'eligible')} members, one drawn")

    def multiplicity(self, times: Any) -> Self:
        """Divide weights by the number of households that could have reported a person.

        Parameters
        ----------
        times : str or sequence of float
            Column, or one number a row: how many households, all with their chance of being in the sample, report the
            person, such as those of siblings.

        Returns
        -------
        design
            With the step in its history.

        Raises
        ------
        DataError
            If a number is missing or below 1.

        Notes
        -----
        The multiplicity estimator of Sirken (1970): a person reported by several households counts once.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [12.0, 12.0], "households": [1, 3]})
        >>> t87.SurveyDesign(data, weights="w").multiplicity("households").weights
        array([12.,  4.])
        """
        number = row_numbers(self._rows, self._present, times, argument="times", least=1.0)
        return self._multiplied("multiplicity", 1.0 / number, f"reported by {_named(times, 'times')} households")


def _named(given: Any, argument: str) -> str:
    return given if isinstance(given, str) else argument
