"""Variances from the spread of replicates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals
from target87.survey.domains import Domains
from target87.survey.statistics import Statistic

if TYPE_CHECKING:
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]


class ReplicateWarning(UserWarning):
    """Some replicates give no value of an estimate, and its variance rests on the others."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """How replicates become a variance: ``scale * sum of rscales (θ_r - centre)²``.

    Parameters
    ----------
    scale : float
        Factor of the whole sum.
    rscales : ndarray, shape (replicates,)
        Factor of each replicate.
    mse : bool
        Whether the centre is the estimate of the whole sample, not the mean of the replicates whose ``rscales`` is
        above zero (R: ``mse``; Stata: ``mse``).
    """

    scale: float
    rscales: FloatArray
    mse: bool

    def deviations(self, point: FloatArray, replicates: FloatArray) -> FloatArray:
        """Scaled deviations ``(R, C)`` whose sums of squares are variances.

        A replicate without a value of a cell counts as the centre: it is left out of that cell, and of its covariances,
        and the others are not scaled up (R does the same, for all cells of a call at once). A cell without value in
        the whole sample, or in all replicates, has none.
        """
        defined = np.isfinite(replicates)
        filled = np.where(defined, replicates, 0.0)
        centre = point if self.mse else _mean(filled, defined & (self.rscales > 0.0)[:, None])
        result = np.where(defined, filled - centre, 0.0) * np.sqrt(self.scale * self.rscales)[:, None]
        result[:, np.isnan(point) | ~defined.any(axis=0)] = np.nan
        self._tell(np.isfinite(point)[None, :] & ~defined)
        return result

    def variance(self, point: FloatArray, replicates: FloatArray) -> FloatArray:
        """Variances ``(C,)`` of cells from their values in the replicates, ``(R, C)``."""
        deviations = self.deviations(point, replicates)
        return np.asarray(np.einsum("rc,rc->c", deviations, deviations))

    def covariance(self, point: FloatArray, replicates: FloatArray) -> FloatArray:
        """Covariances ``(C, C)``."""
        deviations = self.deviations(point, replicates)
        return np.asarray(deviations.T @ deviations)

    def _tell(self, missing: NDArray[np.bool_]) -> None:
        if missing.any():
            number = int(missing.any(axis=1).sum())
            warnings.warn(
                f"{number} of {missing.shape[0]} replicates give no value in {int(missing.any(axis=0).sum())} of "
                f"{missing.shape[1]} cells, whose variance rests on the other replicates: a domain may lie in few "
                "sampling units",
                ReplicateWarning,
                stacklevel=2,
            )


class ReplicateTotals:
    """Totals of row variables by domain with the design's weights and with those of every replicate."""

    def __init__(self, design: ReplicateDesign, values: FloatArray, domains: Domains) -> None:
        self._design, self._values, self._domains = design, values, domains
        nothing = np.zeros(values.shape[1], dtype=np.int32)
        self.point: FloatArray = unit_totals.dense(
            nothing, 1, domains.codes, len(domains), design._active_weights, values
        )[0]
        self.replicates: FloatArray = design._active_replicates.totals(domains, values)

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight, and weighted products of pairs of variables about their overall means, by domain."""
        sums = self.point.sum(axis=0)
        shift = sums[1:] / sums[0] if sums[0] > 0.0 else np.zeros(sums.size - 1)
        return unit_totals.moments(
            self._domains.codes, len(self._domains), self._design._active_weights, self._values, shift, pairs
        )

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``."""
        point, replicates = self._evaluated(statistic)
        return np.asarray(self._design._scaling.variance(point, replicates).reshape(-1, len(self._domains)).T)

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)`` of all cells, statistics slowest."""
        return self._design._scaling.covariance(*self._evaluated(statistic))

    def _evaluated(self, statistic: Statistic) -> tuple[FloatArray, FloatArray]:
        """Values of the whole sample ``(J D,)`` and of the replicates ``(R, J D)``."""
        theta = statistic.value(np.moveaxis(self.replicates, 1, 2))
        cells = theta.transpose(1, 2, 0).reshape(theta.shape[1], -1)
        return np.asarray(statistic.value(self.point).T.ravel()), cells


def _mean(filled: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    count = used.sum(axis=0)
    total = np.where(used, filled, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.zeros(count.size), where=count > 0))
