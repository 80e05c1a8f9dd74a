"""Totals and variances of designs whose sampling units are rows, from sums by stratum and domain alone.

Memory does not grow with rows: a variance needs the rows' squares only added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.domains import Domains
from target87.survey.lonely import Treatment, treat
from target87.survey.statistics import Statistic
from target87.survey.streamed_totals import Moments
from target87.survey.variables import Variables

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_MOST = 1 << 26
"""Numbers held at most."""


class RowSums:
    """Number, sums and centred products of the rows of each stratum and domain.

    Of a row they take its weight and its weight times each variable about a constant near its mean, ``K + 1`` numbers;
    batches are merged about the mean of both (Chan, Golub and LeVeque 1983).

    Raises
    ------
    InputError
        If there are too many strata and domains to hold.
    """

    def __init__(self, strata: int, domains: int, size: int) -> None:
        self.strata, self.domains = strata, domains
        self.upper = np.triu_indices(size + 1)
        numbers = strata * domains * (self.upper[0].size + size + 2)
        if numbers > _MOST:
            raise InputError(
                "there are too many strata and domains for rows as sampling units of streamed data",
                where="by",
                expected=f"at most {_MOST:,} numbers to be held",
                got=f"{numbers:,}: {strata:,} strata, {domains:,} domains, {size:,} variables",
                remedies=("name the sampling units in psu=", "or hold the data in memory, and give the frame"),
            )
        self.shift: FloatArray | None = None
        self.counts = np.zeros(strata * domains)
        self.sums = np.zeros((size + 1, strata * domains))
        self.products = np.zeros((self.upper[0].size, strata * domains))

    def add(self, places: IntArray, part: Variables, weights: FloatArray) -> None:
        """Add the rows of a batch."""
        codes = part.domains.row_codes(places.size)
        rows = np.flatnonzero((codes >= 0) & (weights != 0.0))
        if not rows.size:
            return
        weight, values = weights[rows], part.values[:, rows]
        if self.shift is None:
            self.shift = np.nan_to_num(values @ weight / weight.sum())
        cell = places[rows].astype(np.int64) * self.domains + codes[rows]
        numbers = np.vstack([weight, weight * (values - self.shift[:, None])])
        cells = self.counts.size
        counts = np.bincount(cell, minlength=cells).astype(np.float64)
        sums = np.stack([np.bincount(cell, one, minlength=cells) for one in numbers])
        numbers -= (sums / np.maximum(counts, 1.0))[:, cell]
        pairs = zip(*self.upper, strict=True)
        products = np.stack([np.bincount(cell, numbers[a] * numbers[b], minlength=cells) for a, b in pairs])
        self._merge(counts, sums, products)

    def _merge(self, counts: FloatArray, sums: FloatArray, products: FloatArray) -> None:
        apart = sums / np.maximum(counts, 1.0) - self.sums / np.maximum(self.counts, 1.0)
        share = self.counts * counts / np.maximum(self.counts + counts, 1.0)
        a, b = self.upper
        self.products += products + share * apart[a] * apart[b]
        self.sums += sums
        self.counts += counts


class RowUnitTotals:
    """Totals on a streamed design whose sampling units are rows."""

    def __init__(self, design: SurveyDesign, domains: Domains, rows: RowSums, moments: Moments) -> None:
        self._design, self._moments = design, moments
        self.point: FloatArray = moments.point
        self._stage = design._stages.first
        self._judge_lonely = design.lonely_psu in ("average", "adjust")
        self._domains = len(domains)
        size = rows.sums.shape[0]
        by_cell = (rows.strata, rows.domains)
        self._counts = rows.counts.reshape(by_cell)
        self._sums = np.moveaxis(rows.sums.reshape(size, *by_cell), 0, -1)
        self._products = np.zeros((*by_cell, size, size))
        for place, (a, b) in enumerate(zip(*rows.upper, strict=True)):
            self._products[..., a, b] = self._products[..., b, a] = rows.products[place].reshape(by_cell)
        self._shift = np.zeros(size - 1) if rows.shift is None else rows.shift

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight, and the products that were gathered."""
        return self._moments.counts, self._moments.products

    def freedom(self) -> FloatArray:
        """Rows with weight in each domain, less their strata."""
        return np.asarray(self._counts.sum(axis=0) - (self._counts > 0).sum(axis=0))

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``."""
        derivatives = self._derivatives(statistic)
        sums = self._strata_sums(derivatives)
        by_domain = self._judge_lonely and self._domains > 1
        if by_domain:
            treatment = self._treatment(self._counts)
            own = sums / self._stage.sampled[:, None]
            squares = self._each_row[:, None] * self._squares(derivatives, own)
            result = treatment.combine(sums, squares, self._stage)
        else:
            treatment = self._whole()
            centre = treatment.centre(sums, self._stage)
            scale = treatment.unit_scale(self._stage) / self._stage.sampled
            result = scale @ self._squares(derivatives, centre)
        return np.asarray(result.reshape(-1, self._domains).T)

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)``, statistics slowest."""
        derivatives = self._derivatives(statistic)
        sums, treatment = self._strata_sums(derivatives), self._whole()
        centre = treatment.centre(sums, self._stage)
        scale = (treatment.unit_scale(self._stage) / self._stage.sampled)[:, None]
        # rows of other domains have score zero, so that between domains only sums and centres meet
        crossed = (scale * sums).T @ centre
        result = (scale * self._stage.sampled[:, None] * centre).T @ centre - crossed - crossed.T
        size, number = derivatives.shape[1], self._domains
        for j in range(size):
            for k in range(size):
                cells = np.arange(number) + j * number, np.arange(number) + k * number
                result[cells] = (scale * self._within(derivatives, centre, j, k)).sum(axis=0)
        return np.asarray(result)

    @property
    def _each_row(self) -> FloatArray:
        return np.asarray(self._stage.unit_scale / self._stage.sampled)

    def _whole(self) -> Treatment:
        return self._treatment(
            self._counts.sum(axis=1, keepdims=True) if self._judge_lonely else self._stage.sampled[:, None]
        )

    def _treatment(self, present: FloatArray) -> Treatment:
        """Treatment of the strata, from the numbers of units present where others say which units are."""
        return treat(self._design, self._stage, present)  # type: ignore[arg-type]

    def _derivatives(self, statistic: Statistic) -> FloatArray:
        """Derivatives by the weight and by the weighted variables about their constants, ``(D, J, K + 1)``."""
        result = np.array(statistic.jacobian(self.point))
        result[..., 0] += result[..., 1:] @ self._shift
        return result

    def _strata_sums(self, derivatives: FloatArray) -> FloatArray:
        """Sums of scores ``(strata, J D)``."""
        sums = np.einsum("djk,gdk->gjd", derivatives, self._sums)
        return np.asarray(sums.reshape(sums.shape[0], -1))

    def _squares(self, derivatives: FloatArray, centre: FloatArray) -> FloatArray:
        """Sums of squares of the scores of all rows of a stratum about its centre, ``(strata, J D)``."""
        return np.concatenate([self._within(derivatives, centre, j, j) for j in range(derivatives.shape[1])], axis=1)

    def _within(self, derivatives: FloatArray, centre: FloatArray, j: int, k: int) -> FloatArray:
        """Sums of products of two scores of one domain about their centres, ``(strata, D)``."""
        counts, by_score = self._counts, centre.reshape(centre.shape[0], -1, self._domains)
        mean = self._sums / np.maximum(counts, 1.0)[..., None]
        apart_j, apart_k = (np.einsum("da,gda->gd", derivatives[:, s], mean) - by_score[:, s] for s in (j, k))
        spread = np.einsum("da,gdab,db->gd", derivatives[:, j], self._products, derivatives[:, k])
        outside = (self._stage.sampled[:, None] - counts) * by_score[:, j] * by_score[:, k]
        return np.asarray(spread + counts * apart_j * apart_k + outside)
