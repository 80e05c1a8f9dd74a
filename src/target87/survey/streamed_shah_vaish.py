"""The rule of Shah and Vaish for quantiles of a streamed design: points that are not in the order of the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from target87.kernels.weighted_quantile import TIE
from target87.survey.streamed_narrowing import (
    NO_KEY,
    FloatArray,
    IndexArray,
    Table,
    entries,
    numbers_of,
    starts,
    within,
)

if TYPE_CHECKING:
    from target87.survey.streamed_values import Values


class ShahVaish:
    """Rule ``shahvaish``: the row with the highest point not above a probability, among those near enough to it.

    Points are not in the order of the values, but differ from the running sums by half a weight alone, so that all
    that may be highest lie within a window of running sums.
    """

    def __init__(self, values: Values, wanted: FloatArray, *, rescaled: bool) -> None:
        self._values, self._wanted = values, wanted
        rows, total, light, heavy = (
            values.each(one, wanted) for one in (values.rows, values.total, values.lightest, values.heaviest)
        )
        with np.errstate(invalid="ignore"):
            self._rows, self._mean = rows, np.where(rows > 0, total / np.maximum(rows, 1), 1.0)
            self._scale = 2.0 * self._mean if rescaled else np.full(rows.shape, 2.0)
            light, heavy = np.where(rows > 0, light, 0.0) / self._scale, heavy / self._scale
        aim, margin = np.nan_to_num(wanted) * (rows + 1) - 0.5, 4.0 * TIE * total
        spread, greatest = self._mean * (heavy - light), heavy * self._scale
        low = np.minimum(self._mean * (aim + light), total) - spread - greatest - margin
        high = self._mean * (aim + heavy) + margin
        high = np.where(low <= 0.0, np.maximum(high, greatest + spread + margin), high)
        first, last = values.find(np.maximum(low, 0.0)), values.find(np.minimum(high, total))
        self._lower, self._upper, self._start = first.low - np.uint64(1), last.low, first.below
        self._highest, self._lowest = _Best(wanted.shape), _Best(wanted.shape)

    def quantiles(self) -> FloatArray:
        """Quantiles ``(J, D)``."""
        opened = self._rows > 0
        while opened.any():
            upper = np.where(opened, self._upper, NO_KEY)
            found = self._values.tables(self._lower, upper)
            self._add(found)
            for j, (codes, keys, weights) in enumerate(found):
                opened[j] &= np.bincount(codes, minlength=opened.shape[1]) == self._values.most(opened.size)
                self._lower[j, codes] = keys
                self._start[j] += np.bincount(codes, weights, minlength=opened.shape[1])
        result = np.where(self._highest.count > 0, self._highest.mean, self._lowest.mean)
        return np.where(np.isnan(self._wanted), np.nan, result)

    def _add(self, found: list[Table]) -> None:
        """Go through the rows of the values in tables, in the order of the data."""
        each = len(found) // self._values.rows.shape[0]
        before = [starts(codes, weights, self._start[j]) for j, (codes, _, weights) in enumerate(found)]
        for k, codes, keys, weights in self._values.parts():
            for j in range(k * each, (k + 1) * each):
                entry, order = entries(found[j], codes, keys)
                if not order.size:
                    continue
                own, weight = codes[order], weights[order]
                running = before[j][entry] + within(entry, weight)
                last = np.flatnonzero(np.append(entry[1:] != entry[:-1], True))
                before[j][entry[last]] = running[last]
                mean, n = self._mean[j][own], self._rows[j][own]
                point = (running / mean + 0.5 - weight / self._scale[j][own]) / (n + 1)
                value, under = numbers_of(keys[order]), point <= self._wanted[j][own]
                self._highest.add(j, own[under], point[under], value[under])
                self._lowest.add(j, own, -point, value)


class _Best:
    """Greatest points of cells, and the values that have them."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._point = np.full(shape, -np.inf)
        self._sum = np.zeros(shape)
        self.count = np.zeros(shape, dtype=np.int64)

    def add(self, j: int, own: IndexArray, point: FloatArray, value: FloatArray) -> None:
        best = self._point[j].copy()
        np.maximum.at(best, own, point)
        better = best > self._point[j]
        self._sum[j][better], self.count[j][better], self._point[j] = 0.0, 0, best
        hit = point == best[own]
        self._sum[j] += np.bincount(own[hit], value[hit], minlength=best.size)
        self.count[j] += np.bincount(own[hit], minlength=best.size)

    @property
    def mean(self) -> FloatArray:
        """Mean of the values; missing where there is none."""
        nothing = np.full(self._sum.shape, np.nan)
        return np.asarray(np.divide(self._sum, self.count, out=nothing, where=self.count > 0))
