"""Variances from the spread of replicates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals
from target87.survey.cells import domain_means
from target87.survey.domains import Domains
from target87.survey.replicate_factors import slices, some_domains
from target87.survey.statistics import Covariances, Statistic

if TYPE_CHECKING:
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]

_HELD = 1 << 25
"""Deviations, replicates by cells, that are held at one time for their covariances."""


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

    def deviations(self, point: FloatArray, replicates: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Scaled deviations ``(R, C)`` whose sums of squares are variances, and where a replicate has no value.

        A replicate without a value of a cell counts as the centre: it is left out of that cell, and of its covariances,
        and the others are not scaled up (R does the same, for all cells of a call at once). A cell without value in
        the whole sample, or in all replicates, has none.
        """
        defined = np.isfinite(replicates)
        filled = np.where(defined, replicates, 0.0)
        centre = point if self.mse else _mean(filled, defined & (self.rscales > 0.0)[:, None])
        result = np.where(defined, filled - centre, 0.0) * np.sqrt(self.scale * self.rscales)[:, None]
        result[:, np.isnan(point) | ~defined.any(axis=0)] = np.nan
        return result, np.isfinite(point)[None, :] & ~defined

    def variance(self, point: FloatArray, replicates: FloatArray) -> FloatArray:
        """Variances ``(C,)`` of cells from their values in the replicates, ``(R, C)``."""
        deviations, missing = self.deviations(point, replicates)
        self._tell(missing)
        return _squares(deviations)

    def covariance(self, point: FloatArray, replicates: FloatArray) -> FloatArray:
        """Covariances ``(C, C)``."""
        deviations, missing = self.deviations(point, replicates)
        self._tell(missing)
        return np.asarray(deviations.T @ deviations)

    def _tell(self, missing: NDArray[np.bool_]) -> None:
        absent = Absent(missing.shape[0])
        absent.add(missing)
        absent.tell()


class Absent:
    """Replicates that give no value in some cells, counted over blocks of cells."""

    def __init__(self, replicates: int) -> None:
        self._replicates = np.zeros(replicates, dtype=bool)
        self._cells = self._of = 0

    def add(self, missing: NDArray[np.bool_]) -> None:
        """Count a block of cells, ``(R, C)``."""
        self._replicates |= missing.any(axis=1)
        self._cells += int(missing.any(axis=0).sum())
        self._of += missing.shape[1]

    def tell(self) -> None:
        """Warn if there are any."""
        if self._cells:
            warnings.warn(
                f"{int(self._replicates.sum())} of {self._replicates.size} replicates give no value in {self._cells} "
                f"of {self._of} cells, whose variance rests on the other replicates: a domain may lie in few sampling "
                "units",
                ReplicateWarning,
                stacklevel=2,
            )


class ReplicateTotals:
    """Totals of row variables by domain with the design's weights, and their spread over the replicates.

    The totals of the replicates are worked out for some domains at a time: all of them together would be as many
    numbers as replicates times cells.
    """

    def __init__(self, design: ReplicateDesign, values: FloatArray, domains: Domains) -> None:
        self._design, self._values, self._domains = design, values, domains
        nothing = np.zeros(values.shape[1], dtype=np.int32)
        self.point: FloatArray = unit_totals.dense(
            nothing, 1, domains.codes, len(domains), design._active_weights, values
        )[0]

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight, and weighted products of pairs of variables about the domain's means, by domain."""
        middle = domain_means(self.point)
        return unit_totals.moments(
            self._domains.codes, len(self._domains), self._design._active_weights, self._values, middle, pairs
        )

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``."""
        domains, absent = len(self._domains), Absent(self._design.replicates)
        result = np.empty((domains, statistic.size))
        for part in slices(domains, self._step()):
            result[part] = _squares(self._deviations(statistic, part, absent)).reshape(statistic.size, -1).T
        absent.tell()
        return result

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)`` of all cells, statistics slowest.

        Deviations are held for as many domains as memory allows, and worked out again for each such block that comes
        after them.
        """
        size, domains, absent = statistic.size, len(self._domains), Absent(self._design.replicates)
        result = np.empty((size, domains, size, domains))
        parts = slices(domains, max(1, _HELD // (self._design.replicates * size)))
        for k, one in enumerate(parts):
            first = self._held(statistic, one, absent)
            for other in parts[k:]:
                second = first if other is one else self._held(statistic, other, None)
                block = (first.T @ second).reshape(size, one.stop - one.start, size, -1)
                result[:, one, :, other] = block
                if other is not one:
                    result[:, other, :, one] = block.transpose(2, 3, 0, 1)
        absent.tell()
        return result.reshape(size * domains, size * domains)

    def _held(self, statistic: Statistic, part: slice, absent: Absent | None) -> FloatArray:
        """Deviations ``(R, J d)`` of some domains, worked out for fewer at a time."""
        width = part.stop - part.start
        inner = slices(width, self._step())
        if len(inner) == 1:
            return self._deviations(statistic, part, absent)
        result = np.empty((self._design.replicates, statistic.size, width))
        for some in inner:
            own = slice(part.start + some.start, part.start + some.stop)
            result[:, :, some] = self._deviations(statistic, own, absent).reshape(*result.shape[:2], -1)
        return result.reshape(result.shape[0], -1)

    def _step(self) -> int:
        """Domains that are best worked on at one time."""
        return self._design._active_replicates.together(self._values.shape[0] + 1)

    def _replicated(self, part: slice) -> FloatArray:
        """Totals ``(d, K + 1, R)`` of some domains in every replicate."""
        domains = some_domains(self._domains, part, self._values.shape[1])
        return self._design._active_replicates.totals(domains, self._values)

    def _deviations(self, statistic: Statistic, part: slice, absent: Absent | None) -> FloatArray:
        """Scaled deviations ``(R, J d)`` of the cells of some domains."""
        own = _of_domains(statistic, part)
        theta = own.value(np.moveaxis(self._replicated(part), 1, 2))
        cells = theta.transpose(1, 2, 0).reshape(theta.shape[1], -1)
        result, missing = self._design._scaling.deviations(own.value(self.point[part]).T.ravel(), cells)
        if absent is not None:
            absent.add(missing)
        return result


def _of_domains(statistic: Statistic, part: slice) -> Statistic:
    """The statistic of some domains: covariances alone hold a number for each."""
    return replace(statistic, factor=statistic.factor[part]) if isinstance(statistic, Covariances) else statistic


def _squares(deviations: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("rc,rc->c", deviations, deviations))


def _mean(filled: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    count = used.sum(axis=0)
    total = np.where(used, filled, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.zeros(count.size), where=count > 0))
