"""Values of a streamed design in order: passes that narrow, for every level, to the one value that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from target87.kernels.weighted_quantile import LINEAR, TIE, Ladder, read
from target87.survey.streamed_narrowing import (
    ABOVE_KEYS,
    MOST_VALUES,
    NO_KEY,
    Bins,
    FloatArray,
    IndexArray,
    KeyArray,
    Place,
    Sums,
    Table,
    grouped_rows,
    keys_of,
    narrowed,
    numbers_of,
    slots_of,
    taken,
)
from target87.survey.streamed_reading import Account, StreamedVariables


class Values:
    """Values of variables by domain, in order; what is held grows with domains, not with rows.

    Parameters
    ----------
    design : StreamedDesign or StreamedReplicateDesign
        Design.
    given : StreamedVariables
        The variables.

    Raises
    ------
    DataError
        If values are missing and refused.
    InputError
        If weights are negative.
    """

    def __init__(self, design: Any, given: StreamedVariables) -> None:
        self._design, self._given = design, given
        shape = given.size, len(given.domains)
        self.missing = np.zeros(shape, dtype=bool)
        self.rows = np.zeros(shape, dtype=np.int64)
        self._least, self._greatest = np.full(shape, ABOVE_KEYS), np.full(shape, NO_KEY)
        self.lightest, self.heaviest = np.full(shape, np.inf), np.zeros(shape)
        self._last = np.zeros(shape)
        """Weight of the last row in order of value and then of data."""
        self._roots: list[Bins] | None = None
        sums, account = [Sums(shape[1]) for _ in range(shape[0])], Account()
        for k, codes, keys, weights in self._parts(account):
            sums[k].add(codes, weights)
            self._add_ends(k, codes, keys, weights)
        account.refuse()
        self.total = np.stack([one.values for one in sums])

    def quantiles(self, probabilities: FloatArray, rule: str) -> FloatArray:
        """Quantiles ``(D, J)``, of each variable in turn; see :mod:`target87.kernels.weighted_quantile`."""
        wanted = np.ascontiguousarray(probabilities.T)
        if rule.startswith("shahvaish"):
            from target87.survey.streamed_shah_vaish import ShahVaish

            return ShahVaish(self, wanted, rescaled=rule != "shahvaish").quantiles().T
        total, tie = self.each(self.total, wanted), 0.0
        if rule in LINEAR:
            total = total + LINEAR[rule][1] * self.each(self._last, wanted)
        else:
            tie = TIE
        place = self.find(np.nan_to_num(wanted) * total + tie * total)
        ladder = self._ladder(place, lines=rule in LINEAR, odd=self._odd(place, wanted) if rule == "hf3" else None)
        return np.asarray(read(ladder, wanted.reshape(-1, 1), rule).reshape(wanted.shape).T)

    def find(self, level: FloatArray) -> Place:
        """The values at which running sums of weights reach levels ``(J, D)``, or the greatest."""
        roots, each = self._root_bins(), level.shape[0] // self.rows.shape[0]
        places = [narrowed(self._start(j // each), roots[j // each], level[j]) for j in range(level.shape[0])]
        while True:
            slots = [np.flatnonzero(place.low < place.high) for place in places]
            wide = sum(one.size for one in slots)
            if not wide:
                fields: list[Any] = [np.stack(field) for field in zip(*places, strict=True)]
                return Place(*fields)
            opened = [taken(place, own) for place, own in zip(places, slots, strict=True)]
            bins = [Bins(place, wide) for place in opened]
            for k, codes, keys, weights in self._parts():
                for j in range(k * each, (k + 1) * each):
                    if slots[j].size:
                        bins[j].add(slots_of(slots[j], self.rows.shape[1])[codes], keys, weights)
            for place, own, one, some, target in zip(places, slots, bins, opened, level, strict=True):
                for field, new in zip(place, narrowed(some, one, target[own]), strict=True):
                    field[own] = new

    def tables(self, lower: KeyArray, upper: KeyArray) -> list[Table]:
        """The first distinct values with keys above ``lower`` and up to ``upper``, ``(J, D)``, and their weights.

        For each row of the two the domains, keys and weights; as many in every domain as :meth:`most` says.
        """
        each, most = lower.shape[0] // self.rows.shape[0], self.most(lower.size)
        held: list[Table] = [(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0)) for _ in lower]
        for k, codes, keys, weights in self._parts():
            for j in range(k * each, (k + 1) * each):
                own = (keys > lower[j][codes]) & (keys <= upper[j][codes])
                if own.any():
                    added = codes[own], keys[own], weights[own]
                    together = (np.concatenate(pair) for pair in zip(held[j], added, strict=True))
                    held[j] = grouped_rows(cast("Table", tuple(together)), most)
        return held

    def most(self, cells: int) -> int:
        """Distinct values of a cell that are held at one time."""
        return max(64, MOST_VALUES // cells)

    def parts(self) -> Iterator[tuple[int, IndexArray, KeyArray, FloatArray]]:
        """Batches of rows that count: the variable, domains, keys and weights."""
        return self._parts()

    def _parts(self, account: Account | None = None) -> Iterator[tuple[int, IndexArray, KeyArray, FloatArray]]:
        first = account is not None
        account = Account() if account is None else account
        for chunk in self._design._chunks(self._given.columns, "quantiles"):
            with account.faults.noted(0, chunk.rows.first):
                part = self._given.reader(chunk, account)
                codes = part.domains.row_codes(chunk.weights.size).astype(np.int64)
                counted = (codes >= 0) & (chunk.weights != 0.0)
                for k, values in enumerate(part.values):
                    gone = np.isnan(values)
                    if first and gone.any():
                        self.missing[k, codes[counted & gone]] = True
                    own = counted & ~gone
                    yield k, codes[own], keys_of(values[own]), chunk.weights[own]

    def _add_ends(self, k: int, codes: IndexArray, keys: KeyArray, weights: FloatArray) -> None:
        if (weights < 0.0).any():
            self._design._refuse("a quantile with negative weights")
        self.rows[k] += np.bincount(codes, minlength=self.rows.shape[1])
        np.minimum.at(self._least[k], codes, keys)
        np.maximum.at(self._greatest[k], codes, keys)
        np.minimum.at(self.lightest[k], codes, weights)
        np.maximum.at(self.heaviest[k], codes, weights)
        last = keys == self._greatest[k][codes]
        self._last[k, codes[last]] = weights[last]

    def each(self, by_variable: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
        """Figures of the variables ``(K, D)`` for each of the rows ``(J, D)`` that belong to them."""
        return np.repeat(by_variable, like.shape[0] // by_variable.shape[0], axis=0)

    def _start(self, k: int) -> Place:
        empty, size = self.rows[k] == 0, self.rows.shape[1]
        low, high = (np.where(empty, np.uint64(1), keys[k]) for keys in (self._least, self._greatest))
        ends = np.full(size, NO_KEY), np.full(size, ABOVE_KEYS)
        return Place(
            low, high, *ends, np.zeros(size), self.total[k].copy(), np.zeros(size, np.int64), self.rows[k].copy()
        )

    def _root_bins(self) -> list[Bins]:
        """Bins of all values of every variable and domain, from which every search starts."""
        if self._roots is None:
            self._roots = [Bins(self._start(k), self.rows.size) for k in range(self.rows.shape[0])]
            for k, codes, keys, weights in self._parts():
                self._roots[k].add(codes, keys, weights)
        return self._roots

    def _odd(self, place: Place, wanted: FloatArray) -> NDArray[np.bool_]:
        """Whether an odd number of distinct values lies below the one before the place, where rule ``hf3`` asks."""
        total = self.each(self.total, wanted)
        level = np.nan_to_num(wanted) * total
        tied = (place.below >= level - TIE * total) | (place.upto <= level + TIE * total)
        tied &= (place.before > NO_KEY) & (place.after < ABOVE_KEYS)
        lower, number = np.full(wanted.shape, NO_KEY), np.zeros(wanted.shape, dtype=np.int64)
        while tied.any():
            found = self.tables(lower, np.where(tied, place.before - np.uint64(1), NO_KEY))
            for j, (codes, keys, _) in enumerate(found):
                own = np.bincount(codes, minlength=wanted.shape[1])
                number[j] += own
                tied[j] &= own == self.most(lower.size)
                lower[j, codes] = keys  # in order: the greatest comes last
        return np.asarray(number % 2 == 1)

    def _ladder(self, place: Place, *, lines: bool, odd: NDArray[np.bool_] | None) -> Ladder:
        """Ladders of the place and the values beside it, one domain a cell; other rows are added up."""
        total, last = self.each(self.total, place.low), self.each(self._last, place.low)
        after = self.each(self.rows, place.low) - place.rows_below - place.rows
        upto = np.where(after == 0, total, place.upto)
        some, beside, several = place.rows > 0, place.before > NO_KEY, place.rows > 1
        before, key, later = (numbers_of(keys) for keys in (place.before, place.low, place.after))
        if lines:
            ends = self._ends(place)
            many = after > 1
            steps = [
                (beside, before, np.maximum(place.below - ends[0], 0.0)),
                (beside, before, place.below),
                (several, key, place.below + ends[1]),
                (place.rows > 2, key, upto - ends[2]),
                (some, key, upto),
                (after > 2, later, upto + ends[3]),
                (many, later, total - last),
                (after > 0, later, total),
            ]
        else:
            fake = np.zeros(some.shape, dtype=bool) if odd is None else odd
            steps = [
                (fake, np.full(some.shape, -np.inf), place.below),
                (beside, before, place.below),
                (several, key, (place.below + upto) / 2.0),
                (some, key, upto),
                (after > 0, later, total),
            ]
        fields = (np.stack(field, axis=-1).reshape(some.size, -1) for field in zip(*steps, strict=True))
        there, value, cumulative = fields
        start = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
        return Ladder(value[there], cumulative[there], start.astype(np.int64), True)

    def _ends(self, place: Place) -> FloatArray:
        """Weights of the last row before a place, of the first and last at it, and of the first after it."""
        each, size = place.low.shape[0] // self.rows.shape[0], place.low.shape[1]
        ends = np.full((4, *place.low.shape), np.nan)
        wanted = ((place.before, False), (place.low, True), (place.low, False), (place.after, True))
        for k, codes, keys, weights in self._parts():
            for j in range(k * each, (k + 1) * each):
                for found, (target, first) in zip(ends, wanted, strict=True):
                    own = np.flatnonzero(keys == target[j][codes])
                    if first:
                        earliest = np.full(size, np.nan)
                        earliest[codes[own[::-1]]] = weights[own[::-1]]
                        found[j] = np.where(np.isnan(found[j]), earliest, found[j])
                    else:
                        found[j][codes[own]] = weights[own]
        return np.asarray(np.nan_to_num(ends))
