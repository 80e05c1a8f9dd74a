"""Weighting steps on replicate designs: each replicate is weighted anew, as the whole sample is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey import trimming
from target87.survey.adjusting import Plan, cell_totals
from target87.survey.domains import Domains
from target87.survey.progress import shown
from target87.survey.replicate_factors import Multipliers, ReplicateWeights
from target87.survey.weighting import Weighting

if TYPE_CHECKING:
    from target87.survey.history import Step

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]


class ReplicateWeighting(Weighting):
    """The weighting steps of :class:`~target87.survey.weighting.Weighting`, done to the weights and every replicate.

    The variances of estimates then hold what the step adds to them or takes away, whatever the step.
    """

    if TYPE_CHECKING:
        _inside: NDArray[np.bool_] | None
        _replicates: ReplicateWeights
        history: tuple[Step, ...]

        @property
        def _active_replicates(self) -> ReplicateWeights: ...

        def _changed(self, **changes: Any) -> Self: ...

    def trim(
        self,
        lower: float | None = None,
        upper: float | None = None,
        *,
        relative_to: trimming.Yardstick | None = None,
        strict: bool = False,
    ) -> Self:
        """Cut the weights, and those of every replicate, to bounds; what is cut off is shared among the other units.

        Parameters
        ----------
        lower, upper : float, optional
            Bounds of the weights; those of weights above zero alone, as a unit that a replicate leaves out stays out.
        relative_to : {"median", "mean", "iqr"}, optional
            Bounds are multiples of the median or mean weight of the whole sample; or its median less, and plus,
            multiples of the interquartile range.
        strict : bool
            Whether to repeat until no weight is outside.

        Returns
        -------
        design
            Which holds one weight a row and replicate from here on.

        Raises
        ------
        InputError, DataError
            If there is no bound, or they cannot be kept.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> design = t87.SurveyDesign(pd.DataFrame({"w": [1.0, 1, 2, 8]}), weights="w").to_replicates("JK1")
        >>> design.trim(upper=5).weights
        array([2., 2., 3., 5.])
        """
        active = self._active_weights
        used = active != 0.0
        low, high = trimming.trim_bounds(active[used], lower, upper, relative_to)
        cut, details = trimming.trim_weights(active[used], low, high, strict=strict)
        weights = self._weights.copy()
        weights[used] = cut
        subject = f"to {low:.6g} to {high:.6g}"
        step = self._step("trim", subject, np.where(used, weights, 0.0), trimming.trim_notes(details), details)
        trimmed = self._trimmed_replicates(low, high, strict=strict)
        return self._changed(_weights=weights, _replicates=trimmed, history=(*self.history, step))

    def _trimmed_replicates(self, low: float, high: float, *, strict: bool) -> ReplicateWeights:
        matrix = self._replicates.matrix()
        inside = np.ones(matrix.shape[0], dtype=bool) if self._inside is None else self._inside
        for k in shown(range(matrix.shape[1]), matrix.shape[1], "trimming replicates"):
            used = inside & (matrix[:, k] != 0.0)
            matrix[used, k] = trimming.trim_weights(matrix[used, k], low, high, strict=strict)[0]
        return ReplicateWeights(np.ones(matrix.shape[0]), (Multipliers(None, matrix),))

    # how every other step reaches the weights

    def _adjusted(self, name: str, plan: Plan) -> Self:
        before = self._active_weights
        replicates = self._cell_totals(plan)
        fitted = plan.fit(np.concatenate([cell_totals(plan, before), replicates], axis=1))
        own = fitted.factors[:, 0]
        after = before * (own if plan.codes is None else own[plan.codes])
        step = self._step(name, plan.subject, after, (*fitted.notes, _also(replicates.shape[1])), fitted.details)
        # an absent cell has factors nobody uses, and 0 times infinity would not be 0
        factors = np.where(np.isfinite(fitted.factors), fitted.factors, 1.0)
        return self._rescaled(after, plan.codes, factors[:, 1:], step)

    def _multiplied(self, name: str, factor: FloatArray, subject: str) -> Self:
        after = self._active_weights * factor
        base = self._replicates.base * (factor if self._inside is None else np.where(self._inside, factor, 1.0))
        replicates = ReplicateWeights(base, self._replicates.factors)
        step = self._step(name, subject, after, (_also(replicates.replicates),))
        return self._changed(_weights=self._outside(after), _replicates=replicates, history=(*self.history, step))

    def _reweighted(self, weights: FloatArray, step: Step, calibrations: tuple[Any, ...] = ()) -> Self:
        raise InputError(
            f"{step.name} is not defined for replicate weights", remedies=(f"{step.name} first, make replicates after",)
        )

    def _cell_totals(self, plan: Plan) -> FloatArray:
        """Sums of the weights of each cell in every replicate, ``(cells, R)``."""
        active = self._active_replicates
        if plan.codes is None:
            return active.matrix()
        domains = Domains(("cell",), (tuple(range(plan.cells)),), plan.codes)
        return np.ascontiguousarray(active.totals(domains, np.zeros((0, plan.codes.size)))[:, 0])

    def _rescaled(self, after: FloatArray, codes: IntArray | None, factors: FloatArray, step: Step) -> Self:
        if self._inside is not None:
            codes, factors = _left_alone(codes, factors, self._inside)
        replicates = self._replicates.times(codes, np.ascontiguousarray(factors))
        return self._changed(_weights=self._outside(after), _replicates=replicates, history=(*self.history, step))

    def _outside(self, after: FloatArray) -> FloatArray:
        """Weights after a step, those of rows outside the subset as they were."""
        return after if self._inside is None else np.where(self._inside, after, self._weights)


def _left_alone(
    codes: IntArray | None, factors: FloatArray, inside: NDArray[np.bool_]
) -> tuple[IntArray | None, FloatArray]:
    """Factors that leave rows outside a subset as they are."""
    if codes is None:
        return None, np.where(inside[:, None], factors, 1.0)
    extended = np.concatenate([factors, np.ones((1, factors.shape[1]))])
    return np.where(inside, codes, np.int32(factors.shape[0])), extended


def _also(replicates: int) -> str:
    return f"and {replicates} replicates"
