"""How weighting steps reach the weights of a design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.survey.adjusting import Plan, cell_totals, row_factors, step_of
from target87.survey.row_values import Present

if TYPE_CHECKING:
    from target87.survey.calibration_model import CalibrationModel
    from target87.survey.history import Step
    from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]


class Reweighting:
    """What the weighting steps of a design need of it.

    A design with replicate weights has its own form of ``_adjusted``, ``_multiplied`` and ``_reweighted``.
    """

    if TYPE_CHECKING:
        _rows: Rows
        _weights: FloatArray

        @property
        def _active_weights(self) -> FloatArray: ...

        def _reweighted(
            self, weights: FloatArray, step: Step, calibrations: tuple[CalibrationModel, ...] = ()
        ) -> Self: ...

    def _adjusted(self, name: str, plan: Plan) -> Self:
        before = self._active_weights
        fitted = plan.fit(cell_totals(plan, before))
        factors = row_factors(plan, fitted.factors[:, 0])
        after = before * factors
        models = () if fitted.model is None else (fitted.model(before, after),)
        return self._reweighted(after, self._step(name, plan.subject, after, fitted.notes, fitted.details), models)

    def _multiplied(self, name: str, factor: FloatArray, subject: str) -> Self:
        after = self._active_weights * factor
        return self._reweighted(after, self._step(name, subject, after))

    def _step(
        self,
        name: str,
        subject: str,
        after: FloatArray,
        notes: tuple[str, ...] = (),
        details: Mapping[str, Any] | None = None,
    ) -> Step:
        return step_of(name, subject, self._active_weights, after, notes, details)

    @property
    def _present(self) -> Present:
        used = self._active_weights != 0.0
        return None if used.all() else used
