"""Quantiles of a streamed design: passes that narrow, for every probability, to the one value that holds it.

Values are ordered by keys, whole numbers in the order of the doubles. A pass counts the rows and weights of an interval
of keys in bins and goes on with the bin in which the running sum of the weights reaches the level that is looked for,
until that holds a single value. What a rule reads then lies in that value and those beside it, and the ladder of these
alone, with sums for all other rows, gives what the ladder of all rows would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isqrt
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels.weighted_quantile import _LINEAR, _TIE, Ladder, at_most, read
from target87.survey.domains import Domains
from target87.survey.estimating import Freedom
from target87.survey.quantile_intervals import WOODRUFF, Answer, Asked, answered, refuse_without_replicates, woodruff
from target87.survey.replicate_factors import slices
from target87.survey.rows import Rows
from target87.survey.statistics import Mean
from target87.survey.streamed_reading import Account, Chunk, StreamedVariables
from target87.survey.variables import Variables

type FloatArray = NDArray[np.float64]
type IndexArray = NDArray[np.int64]
type KeyArray = NDArray[np.uint64]
type Table = tuple[IndexArray, KeyArray, FloatArray]

_BINS = 1 << 20
"""Bins of all intervals together."""
_TABLE = 1 << 18
"""Distinct values held at one time."""
_TOGETHER = 8
"""Indicators of rows added up in one pass where no joint covariance is wanted."""
_NONE, _ABOVE = np.uint64(0), np.uint64(2**64 - 1)
"""Keys below and above those of all numbers."""
_ROUNDING = 1e-12
_SIGN = np.uint64(1 << 63)


def by_passes(asked: Asked, df: Freedom, joint: bool) -> Answer:
    """Limits where the estimated proportion at or below a value has its own; see ``quantile_intervals.by_inversion``.

    Raises
    ------
    InputError
        If the intervals are not Woodruff's: others look for their limits among all values.
    DataError
        If values are missing and refused.
    """
    _check_interval(asked)
    given = _complete(cast("StreamedVariables", asked.given))
    values = Values(asked.design, given)
    estimate = values.quantiles(asked.repeated(np.tile(asked.levels, given.size)), asked.rule)
    estimate[np.repeat(values.missing.T, asked.levels.size, axis=1)] = np.nan
    share, variance, matrix, last, counts = _shares(asked, given, estimate, joint)
    share[np.isnan(estimate)] = np.nan
    asked = replace(asked, df=asked.design._freedom(df, last))
    low, high = woodruff(asked, share, variance, counts)
    size = asked.levels.size
    both = np.concatenate([side.reshape(-1, given.size, size) for side in (low, high)], axis=2)
    limits = values.quantiles(both.reshape(asked.domains, -1), asked.rule).reshape(both.shape)
    lower, upper = (limits[:, :, part].reshape(estimate.shape) for part in (slice(size), slice(size, None)))
    return answered(asked, estimate, lower, upper, matrix, counts)


def _check_interval(asked: Asked) -> None:
    if asked.interval in WOODRUFF:
        return
    if asked.interval == "quantile":
        refuse_without_replicates(asked.design)
    raise InputError(
        f"interval {asked.interval!r} needs all rows at once, and those of a path are read in batches",
        where="interval",
        remedies=(
            f"interval={', '.join(map(repr, WOODRUFF))} read batches",
            "hold the data in memory: SurveyDesign(pyarrow.parquet.read_table(path), ...)",
        ),
    )


def _complete(given: StreamedVariables) -> StreamedVariables:
    """The same with rows of missing values outside, as R counts the degrees of freedom of quantiles."""

    def reader(chunk: Chunk, account: Account) -> Variables:
        part = given.reader(chunk, account)
        return replace(part, inside=part.domains.codes >= 0) if part.domains.codes.size else part

    return replace(given, reader=reader, scans=[])


def _shares(
    asked: Asked, given: StreamedVariables, thresholds: FloatArray, joint: bool
) -> tuple[FloatArray, FloatArray, FloatArray | None, Variables, IndexArray]:
    """Proportions at or below the thresholds ``(D, J)``, their variances and covariances, and rows with a weight.

    Also what was read last, which the degrees of freedom are counted from.
    """
    each, size, design = asked.levels.size, thresholds.shape[1], asked.design
    shares, variances, matrix = [], [], None
    derived: Variables = given
    counts = np.zeros(asked.domains, dtype=np.int64)
    for own in slices(size, size if joint else _TOGETHER):
        columns = range(own.start, own.stop)

        def below(
            part: Variables, rows: Rows, weights: FloatArray, columns: range = columns
        ) -> tuple[FloatArray, Domains]:
            marks = [at_most(part.values[j // each], part.domains.codes, thresholds[:, j : j + 1]) for j in columns]
            return np.concatenate(marks), part.domains

        derived = design._derived(given, below, tuple(map(str, columns)), (None,) * len(columns))
        totals, statistic = design._totals_of(derived, []), Mean(len(columns))
        shares.append(statistic.value(totals.point))
        matrix = totals.covariance(statistic) if joint else None
        variances.append(design._variances(totals, statistic, matrix, asked.domains))
        counts, _ = totals.moments(np.zeros((0, 2), dtype=np.int64))
    share, variance = np.concatenate(shares, axis=1), np.concatenate(variances, axis=1)
    # an indicator that is the same in all rows of a domain has no variance, which sums of squares may leave a trace of
    certain = (share < _ROUNDING) | (share > 1.0 - _ROUNDING)
    share[certain], variance[certain] = np.round(share[certain]), 0.0
    if matrix is not None:
        cells = certain.T.ravel()
        matrix[cells] = matrix[:, cells] = 0.0
    return share, variance, matrix, derived, counts


class Place(NamedTuple):
    """Where the running sum of the weights reaches a level: an interval of keys, in the end that of one value.

    All are arrays of one shape.
    """

    low: KeyArray
    high: KeyArray
    before: KeyArray
    """Greatest key below the interval."""
    after: KeyArray
    """Least key above it."""
    below: FloatArray
    """Weight below the interval."""
    upto: FloatArray
    """Weight to the end of it."""
    rows_below: IndexArray
    rows: IndexArray


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
        self._least, self._greatest = np.full(shape, _ABOVE), np.full(shape, _NONE)
        self._lightest, self._heaviest = np.full(shape, np.inf), np.zeros(shape)
        self._last = np.zeros(shape)
        """Weight of the last row in order of value and then of data."""
        self._roots: list[_Bins] | None = None
        sums, account = [_Sums(shape[1]) for _ in range(shape[0])], Account()
        for k, codes, keys, weights in self._parts(account):
            sums[k].add(codes, weights)
            self._add_ends(k, codes, keys, weights)
        account.refuse()
        self.total = np.stack([one.values for one in sums])

    def quantiles(self, probabilities: FloatArray, rule: str) -> FloatArray:
        """Quantiles ``(D, J)``, of each variable in turn; see :mod:`target87.kernels.weighted_quantile`."""
        wanted = np.ascontiguousarray(probabilities.T)
        if rule.startswith("shahvaish"):
            return _ShahVaish(self, wanted, rescaled=rule != "shahvaish").quantiles().T
        total, tie = self._each(self.total, wanted), 0.0
        if rule in _LINEAR:
            total = total + _LINEAR[rule][1] * self._each(self._last, wanted)
        else:
            tie = _TIE
        place = self.find(np.nan_to_num(wanted) * total + tie * total)
        ladder = self._ladder(place, lines=rule in _LINEAR, odd=self._odd(place, wanted) if rule == "hf3" else None)
        return np.asarray(read(ladder, wanted.reshape(-1, 1), rule).reshape(wanted.shape).T)

    def find(self, level: FloatArray) -> Place:
        """The values at which running sums of weights reach levels ``(J, D)``, or the greatest."""
        roots, each = self._root_bins(), level.shape[0] // self.rows.shape[0]
        places = [_narrowed(self._start(j // each), roots[j // each], level[j]) for j in range(level.shape[0])]
        while True:
            slots = [np.flatnonzero(place.low < place.high) for place in places]
            wide = sum(one.size for one in slots)
            if not wide:
                fields: list[Any] = [np.stack(field) for field in zip(*places, strict=True)]
                return Place(*fields)
            opened = [_taken(place, own) for place, own in zip(places, slots, strict=True)]
            bins = [_Bins(place, wide) for place in opened]
            for k, codes, keys, weights in self._parts():
                for j in range(k * each, (k + 1) * each):
                    if slots[j].size:
                        bins[j].add(_slot(slots[j], self.rows.shape[1])[codes], keys, weights)
            for place, own, one, some, target in zip(places, slots, bins, opened, level, strict=True):
                for field, new in zip(place, _narrowed(some, one, target[own]), strict=True):
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
                    held[j] = _grouped(cast("Table", tuple(together)), most)
        return held

    def most(self, cells: int) -> int:
        """Distinct values of a cell that are held at one time."""
        return max(64, _TABLE // cells)

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
                    yield k, codes[own], _keys(values[own]), chunk.weights[own]

    def _add_ends(self, k: int, codes: IndexArray, keys: KeyArray, weights: FloatArray) -> None:
        if (weights < 0.0).any():
            self._design._refuse("a quantile with negative weights")
        self.rows[k] += np.bincount(codes, minlength=self.rows.shape[1])
        np.minimum.at(self._least[k], codes, keys)
        np.maximum.at(self._greatest[k], codes, keys)
        np.minimum.at(self._lightest[k], codes, weights)
        np.maximum.at(self._heaviest[k], codes, weights)
        last = keys == self._greatest[k][codes]
        self._last[k, codes[last]] = weights[last]

    def _each(self, by_variable: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
        """Figures of the variables ``(K, D)`` for each of the rows ``(J, D)`` that belong to them."""
        return np.repeat(by_variable, like.shape[0] // by_variable.shape[0], axis=0)

    def _start(self, k: int) -> Place:
        empty, size = self.rows[k] == 0, self.rows.shape[1]
        low, high = (np.where(empty, np.uint64(1), keys[k]) for keys in (self._least, self._greatest))
        ends = np.full(size, _NONE), np.full(size, _ABOVE)
        return Place(
            low, high, *ends, np.zeros(size), self.total[k].copy(), np.zeros(size, np.int64), self.rows[k].copy()
        )

    def _root_bins(self) -> list[_Bins]:
        """Bins of all values of every variable and domain, from which every search starts."""
        if self._roots is None:
            self._roots = [_Bins(self._start(k), self.rows.size) for k in range(self.rows.shape[0])]
            for k, codes, keys, weights in self._parts():
                self._roots[k].add(codes, keys, weights)
        return self._roots

    def _odd(self, place: Place, wanted: FloatArray) -> NDArray[np.bool_]:
        """Whether an odd number of distinct values lies below the one before the place, where rule ``hf3`` asks."""
        total = self._each(self.total, wanted)
        level = np.nan_to_num(wanted) * total
        tied = (place.below >= level - _TIE * total) | (place.upto <= level + _TIE * total)
        tied &= (place.before > _NONE) & (place.after < _ABOVE)
        lower, number = np.full(wanted.shape, _NONE), np.zeros(wanted.shape, dtype=np.int64)
        while tied.any():
            found = self.tables(lower, np.where(tied, place.before - np.uint64(1), _NONE))
            for j, (codes, keys, _) in enumerate(found):
                own = np.bincount(codes, minlength=wanted.shape[1])
                number[j] += own
                tied[j] &= own == self.most(lower.size)
                lower[j, codes] = keys  # in order: the greatest comes last
        return np.asarray(number % 2 == 1)

    def _ladder(self, place: Place, *, lines: bool, odd: NDArray[np.bool_] | None) -> Ladder:
        """Ladders of the place and the values beside it, one domain a cell; other rows are added up."""
        total, last = self._each(self.total, place.low), self._each(self._last, place.low)
        after = self._each(self.rows, place.low) - place.rows_below - place.rows
        upto = np.where(after == 0, total, place.upto)
        some, beside, several = place.rows > 0, place.before > _NONE, place.rows > 1
        before, key, later = (_numbers(keys) for keys in (place.before, place.low, place.after))
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


class _ShahVaish:
    """Rule ``shahvaish``: the row with the highest point not above a probability, among those near enough to it.

    Points are not in the order of the values, but differ from the running sums by half a weight alone, so that all
    that may be highest lie within a window of running sums.
    """

    def __init__(self, values: Values, wanted: FloatArray, *, rescaled: bool) -> None:
        self._values, self._wanted = values, wanted
        rows, total, light, heavy = (
            values._each(one, wanted) for one in (values.rows, values.total, values._lightest, values._heaviest)
        )
        with np.errstate(invalid="ignore"):
            self._rows, self._mean = rows, np.where(rows > 0, total / np.maximum(rows, 1), 1.0)
            self._scale = 2.0 * self._mean if rescaled else np.full(rows.shape, 2.0)
            light, heavy = np.where(rows > 0, light, 0.0) / self._scale, heavy / self._scale
        aim, margin = np.nan_to_num(wanted) * (rows + 1) - 0.5, 4.0 * _TIE * total
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
            upper = np.where(opened, self._upper, _NONE)
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
        before = [_starts(codes, weights, self._start[j]) for j, (codes, _, weights) in enumerate(found)]
        for k, codes, keys, weights in self._values.parts():
            for j in range(k * each, (k + 1) * each):
                entry, order = _entries(found[j], codes, keys)
                if not order.size:
                    continue
                own, weight = codes[order], weights[order]
                running = before[j][entry] + _within(entry, weight)
                last = np.flatnonzero(np.append(entry[1:] != entry[:-1], True))
                before[j][entry[last]] = running[last]
                mean, n = self._mean[j][own], self._rows[j][own]
                point = (running / mean + 0.5 - weight / self._scale[j][own]) / (n + 1)
                value, under = _numbers(keys[order]), point <= self._wanted[j][own]
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


class _Sums:
    """Sums of weights by code, right to the last digit: the tie of two sums may decide on a quantile."""

    def __init__(self, size: int) -> None:
        self._total, self._lost = np.zeros(size), np.zeros(size)

    def add(self, codes: IndexArray, weights: FloatArray) -> None:
        if not weights.size:
            return
        # the leading 30 bits of a batch of weights add up without rounding, what is left of them all but so
        coarse = 1.5 * 2.0 ** (np.ceil(np.log2(weights.max())) + 22.0)
        leading = (weights + coarse) - coarse
        for part in (leading, weights - leading):
            added = np.bincount(codes, part, minlength=self._total.size)
            new = self._total + added
            back = new - self._total
            self._lost += (self._total - (new - back)) + (added - back)
            self._total = new

    @property
    def values(self) -> FloatArray:
        return np.asarray(self._total + self._lost)


class _Bins:
    """Rows and weights of intervals of keys in bins of equal width, and the keys that occur at their ends."""

    def __init__(self, place: Place, together: int) -> None:
        bins = min(max(isqrt(_BINS // together), 2), 256)
        self._bins = bins * bins
        self._low, self._high = place.low, place.high
        self._width = (place.high - place.low) // np.uint64(self._bins) + np.uint64(1)
        self._shape = (place.low.size, bins, bins)
        size = place.low.size * self._bins
        self._sums, self._rows = _Sums(size), np.zeros(size, dtype=np.int64)
        self._least, self._greatest = np.full(size, _ABOVE), np.full(size, _NONE)

    def add(self, slots: IndexArray, keys: KeyArray, weights: FloatArray) -> None:
        """Add rows of intervals, -1 for those of none."""
        inside = (slots >= 0) & (keys >= self._low[slots]) & (keys <= self._high[slots])
        slots, keys = slots[inside], keys[inside]
        code = slots * self._bins + ((keys - self._low[slots]) // self._width[slots]).astype(np.int64)
        self._sums.add(code, weights[inside])
        self._rows += np.bincount(code, minlength=self._rows.size)
        np.minimum.at(self._least, code, keys)
        np.maximum.at(self._greatest, code, keys)

    def running(self) -> tuple[FloatArray, IndexArray]:
        """Running sums of weights and rows over the bins of each interval, few additions deep."""
        weights = self._sums.values.reshape(self._shape)
        inner = np.cumsum(weights, axis=2)
        outer = np.cumsum(inner[:, :, -1], axis=1)
        inner[:, 1:] += outer[:, :-1, None]
        shape = self._shape[0], self._bins
        return inner.reshape(shape), np.cumsum(self._rows.reshape(shape), axis=1)

    def ends(self) -> tuple[KeyArray, KeyArray, IndexArray]:
        """Least and greatest keys and rows of the bins."""
        shape = self._shape[0], self._bins
        return self._least.reshape(shape), self._greatest.reshape(shape), self._rows.reshape(shape)


def _narrowed(place: Place, bins: _Bins, level: FloatArray) -> Place:
    """The bin in which the running sum reaches the level, or the last that holds rows, and what lies beside it."""
    weights, rows = bins.running()
    weights += place.below[:, None]
    least, greatest, own = bins.ends()
    there, row, size = own > 0, np.arange(level.size), own.shape[1]
    reached = there & (weights >= level[:, None])
    last = size - 1 - np.argmax(there[:, ::-1], axis=1)
    chosen = np.where(reached.any(axis=1), np.argmax(reached, axis=1), last)
    number = np.arange(size)
    earlier = np.where(there & (number < chosen[:, None]), number, -1).max(axis=1)
    later = np.where(there & (number > chosen[:, None]), number, size).min(axis=1)
    some, first, final = there.any(axis=1), earlier < 0, later == size
    earlier, later = np.maximum(earlier, 0), np.minimum(later, size - 1)
    return Place(
        np.where(some, least[row, chosen], place.low),
        np.where(some, greatest[row, chosen], place.high),
        np.where(first, place.before, greatest[row, earlier]),
        np.where(final, place.after, least[row, later]),
        np.where(first, place.below, weights[row, earlier]),
        np.where(some, weights[row, chosen], place.upto),
        place.rows_below + np.where(first, 0, rows[row, earlier]),
        np.where(some, own[row, chosen], place.rows),
    )


def _taken(place: Place, own: IndexArray) -> Place:
    fields: list[Any] = [field[own] for field in place]
    return Place(*fields)


def _slot(domains: IndexArray, size: int) -> IndexArray:
    """Place of every domain among some, -1 for the others."""
    result = np.full(size, -1, dtype=np.int64)
    result[domains] = np.arange(domains.size)
    return result


def _keys(values: FloatArray) -> KeyArray:
    """Whole numbers in the order of the values."""
    bits = (values + 0.0).view(np.uint64)  # minus zero is zero
    return np.where(bits >= _SIGN, ~bits, bits | _SIGN)


def _numbers(keys: KeyArray) -> FloatArray:
    """The values of keys."""
    return np.where(keys >= _SIGN, keys ^ _SIGN, ~keys).view(np.float64)


def _grouped(table: Table, most: int) -> Table:
    """Sums of the weights of every pair of domain and key, in their order; the first so many of each domain."""
    codes, keys, weights = table
    order = np.lexsort((keys, codes))
    codes, keys = codes[order], keys[order]
    first = np.flatnonzero(np.append(True, (codes[1:] != codes[:-1]) | (keys[1:] != keys[:-1])))
    sums = np.add.reduceat(weights[order], first)
    codes, keys = codes[first], keys[first]
    kept = np.arange(codes.size) - np.searchsorted(codes, codes) < most
    return codes[kept], keys[kept], sums[kept]


def _starts(codes: IndexArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    """Weight before every entry of a table."""
    running = np.cumsum(weights) - weights
    first = np.searchsorted(codes, codes)
    return np.asarray(start[codes] + running - running[first])


def _entries(table: Table, codes: IndexArray, keys: KeyArray) -> tuple[IndexArray, IndexArray]:
    """Rows whose value is in a table, by its entries and then in the order of the data, and those entries."""
    known, place = np.unique(table[1], return_inverse=True)
    pairs = table[0] * known.size + place
    own = np.minimum(np.searchsorted(known, keys), known.size - 1)
    rows = np.flatnonzero(known[own] == keys) if known.size else np.zeros(0, dtype=np.int64)
    wanted = codes[rows] * known.size + own[rows]
    entry = np.minimum(np.searchsorted(pairs, wanted), max(pairs.size - 1, 0))
    there = pairs[entry] == wanted
    entry, rows = entry[there], rows[there]
    order = np.argsort(entry, kind="stable")
    return entry[order], rows[order]


def _within(entry: IndexArray, weights: FloatArray) -> FloatArray:
    """Running sums of weights within each entry."""
    running = np.cumsum(weights)
    first = np.searchsorted(entry, entry)
    return np.asarray(running - running[first] + weights[first])
