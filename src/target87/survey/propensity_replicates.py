"""Factors of modelled response in replicates that are too many, or too varied, to be held for all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from target87.survey.progress import shown
from target87.survey.propensity import PropensityAdjustment, ResponseModels
from target87.survey.replicate_factors import Factor, ReplicateWeights

type FloatArray = NDArray[np.float64]

_TOGETHER = 1 << 22
"""Weights written out at one time."""


@dataclass(frozen=True, eq=False)
class RefittedPropensities:
    """Factors by row, worked out from the coefficients of each replicate where they are asked for.

    Parameters
    ----------
    plan : PropensityAdjustment
        Covariates and responses of the rows.
    models : ResponseModels
        Of every replicate.
    other : Factor, optional
        Factors by row from before, by which these are multiplied.
    """

    plan: PropensityAdjustment
    models: ResponseModels
    other: Factor | None

    @property
    def codes(self) -> None:
        """Every row has factors of its own."""

    @property
    def levels(self) -> int:
        """Number of rows."""
        return self.plan.codes.size

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return int(self.models.coefficients.shape[1])

    def block(self, replicates: slice) -> FloatArray:
        """Factors of some replicates, ``(n, b)``."""
        own = self.plan.factors(self.models.part(replicates))[self.plan.codes]
        return own if self.other is None else own * self.other.block(replicates)

    def totals(self, level_totals: FloatArray) -> FloatArray:
        """Of some replicates at a time."""
        return np.concatenate(
            [level_totals.T @ self.block(part) for part in _blocks(self.levels, self.replicates)], axis=1
        )


def divided(
    held: ReplicateWeights, active: ReplicateWeights, weights: FloatArray, plan: PropensityAdjustment
) -> ReplicateWeights:
    """Replicate weights over the propensities that each replicate has by itself.

    Parameters
    ----------
    held, active : ReplicateWeights
        Weights before, of all rows and of those that take part.
    weights : ndarray, shape (n,)
        Weights of the sample before.
    plan : PropensityAdjustment
        The adjustment of the sample.
    """
    from scipy.sparse import csr_array

    n = weights.size
    cell = csr_array((np.ones(n), (plan.codes, np.arange(n))), shape=(plan.cells, n))
    one = np.divide(1.0, weights, out=np.zeros(n), where=weights != 0.0)[:, None]
    blocks = list(_blocks(n, active.replicates))
    fits = []
    for part in shown(blocks, len(blocks), "response models of replicates"):
        columns = active.columns(part)
        totals = cell @ columns
        numbers = cell @ (columns * one) if plan.counts else totals
        fits.append(plan.models(totals, numbers, first=part.start + 1))
    models = ResponseModels(*(np.concatenate(parts, axis=1) for parts in zip(*fits, strict=True)))
    by_row = [factor for factor in held.factors if factor.codes is None]
    by_code = [factor for factor in held.factors if factor.codes is not None]
    factor = RefittedPropensities(plan, models, by_row[0] if by_row else None)
    return ReplicateWeights(held.base, (*by_code, factor))


def _blocks(rows: int, replicates: int) -> Iterator[slice]:
    step = max(1, _TOGETHER // max(1, rows))
    for first in range(0, replicates, step):
        yield slice(first, min(first + step, replicates))
