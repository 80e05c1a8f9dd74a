"""What a replicate design looks like before any estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.survey.domains import Domains
from target87.survey.replicate_factors import Multipliers
from target87.survey.replicate_methods import METHODS
from target87.survey.summary import DesignSummary, weighting_effect

if TYPE_CHECKING:
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]

_FEW = 30.0
_WIDE = 20.0
_APART = 0.5


def summarise(design: ReplicateDesign) -> DesignSummary:
    """Make the summary of a replicate design."""
    weights = design._active_weights
    used = weights[weights > 0.0]
    figures = {
        "rows": design._rows.n,
        "rows with a weight": int(used.size),
        "sum of weights": float(used.sum()),
        "least weight": float(used.min()),
        "median weight": float(np.median(used)),
        "greatest weight": float(used.max()),
        "design effect of weighting": weighting_effect(weights),
        "degrees of freedom": design.degrees_of_freedom(),
        "method": f"{design.method}, {METHODS[design.method]}",
        "replicates": design.replicates,
        "scale": design.scale,
        "sum of rscales": float(design._scaling.rscales.sum()),
        "centre": "the whole sample (mse)" if design.mse else "the mean of the replicates",
    }
    said = (*design._unusual, *_unusual(design, used))
    return DesignSummary(figures, (), said, tuple(str(step) for step in design.history))


def _unusual(design: ReplicateDesign, used: FloatArray) -> list[str]:
    said = []
    if used.max() > _WIDE * np.median(used):
        high = int((used > _WIDE * np.median(used)).sum())
        said.append(f"{high:,} weights over {_WIDE:g} times the median: consider trim()")
    if design.method == "JK2" and not design.mse:
        said.append("paired jackknife centred at the mean of its replicates: variances too small, unless mse=True")
    apart = np.abs(_sums(design) / used.sum() - 1.0) > _APART
    if apart.any():
        said.append(
            f"{int(apart.sum())} replicates whose weights sum to under 0.5 or over 1.5 times those of the sample: "
            f"the first is number {int(np.flatnonzero(apart)[0]) + 1}"
        )
    negative = _negative(design)
    if negative:
        said.append(f"{negative:,} replicate weights below zero")
    freedom = design.degrees_of_freedom()
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
