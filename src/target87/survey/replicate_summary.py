"""What a replicate design looks like before any estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.survey.domains import Domains
from target87.survey.replicate_factors import Multipliers
from target87.survey.replicate_methods import METHODS
from target87.survey.summary import WIDE, DesignSummary, weighting_effect

if TYPE_CHECKING:
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]

_FEW = 30.0
_APART = 0.5


@dataclass(frozen=True, eq=False)
class Seen:
    """Figures of the weights and replicates of a design."""

    used: int
    total: float
    least: float
    middle: float
    greatest: float
    effect: float
    high: int
    """Weights far above the median."""
    sums: FloatArray
    """Sum of the weights of every replicate."""
    negative: int
    """Replicate weights below zero."""


def summarise(design: ReplicateDesign) -> DesignSummary:
    """Make the summary of a replicate design."""
    weights = design._active_weights
    used = weights[weights > 0.0]
    shown = used if used.size else np.array([np.nan])  # an empty subset has no least weight
    middle = float(np.median(shown))
    seen = Seen(
        used.size,
        float(used.sum()),
        float(shown.min()),
        middle,
        float(shown.max()),
        weighting_effect(weights),
        int((used > WIDE * middle).sum()),
        _sums(design),
        _negative(design),
    )
    return summary_of(design, seen)


def summary_of(design: ReplicateDesign, seen: Seen) -> DesignSummary:
    """Make the summary of a replicate design from the figures of its weights."""
    freedom = design.degrees_of_freedom()
    figures = {
        "rows": design._rows.n,
        "rows with a weight": seen.used,
        "sum of weights": seen.total,
        "least weight": seen.least,
        "median weight": seen.middle,
        "greatest weight": seen.greatest,
        "design effect of weighting": seen.effect,
        "degrees of freedom": freedom,
        "method": f"{design.method}, {METHODS[design.method]}",
        "replicates": design.replicates,
        "scale": design.scale,
        "sum of rscales": float(design._scaling.rscales.sum()),
        "centre": "the whole sample (mse)" if design.mse else "the mean of the replicates",
    }
    said = (*design._unusual, *_unusual(design, seen, freedom))
    return DesignSummary(figures, (), said, tuple(str(step) for step in design.history))


def _unusual(design: ReplicateDesign, seen: Seen, freedom: float) -> list[str]:
    said = []
    if not seen.used:
        return ["the subset is empty: no row has a weight, and every estimate will be missing, with n = 0"]
    if seen.high:
        said.append(f"{seen.high:,} weights over {WIDE:g} times the median: consider trim()")
    if design.method == "JK2" and not design.mse:
        said.append("paired jackknife centred at the mean of its replicates: variances too small, unless mse=True")
    apart = np.abs(seen.sums / seen.total - 1.0) > _APART
    if apart.any():
        said.append(
            f"{int(apart.sum())} replicates whose weights sum to under 0.5 or over 1.5 times those of the sample: "
            f"the first is number {int(np.flatnonzero(apart)[0]) + 1}"
        )
    if seen.negative:
        said.append(f"{seen.negative:,} replicate weights below zero")
    if freedom < _FEW:
        said.append(f"only {freedom:g} degrees of freedom: intervals rest on t, and are wide")
    return said


def _sums(design: ReplicateDesign) -> FloatArray:
    """Sum of the weights of every replicate."""
    whole, nothing = Domains((), (), np.zeros(0, dtype=np.int32)), np.zeros((0, design._rows.n))
    return np.asarray(design._active_replicates.totals(whole, nothing)[0, 0])


def _negative(design: ReplicateDesign) -> int:
    """Number of replicate weights below zero."""
    matrices = [factor.matrix for factor in design._replicates.factors if isinstance(factor, Multipliers)]
    if all(matrix.min() >= 0.0 for matrix in matrices):
        return 0
    return sum(int((block < 0.0).sum()) for _, block in design._replicate_blocks())
