"""Windows of persons, and the days that spells of work have inside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.indicators.reading import UNKNOWN_DAY, dates_of
from target87.indicators.truth import Truth

type Days = NDArray[np.int64]
type Who = Callable[[int], str]

_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, eq=False)
class Windows:
    """First and last day of each person's window, both inside it, and the last day spells are known until.

    Parameters
    ----------
    first, last : array of int
        Days; :data:`UNKNOWN_DAY` where the interview is not known.
    observed : array of int
        Day of the interview, or of the end of a window of fixed dates.
    """

    first: Days
    last: Days
    observed: Days

    @classmethod
    def before(cls, interview: Days, months: int, *, dates: bool) -> Windows:
        """Windows of some months that end on the day of the interview.

        A window of five years to 30 June 2024 is 1 July 2019 to 30 June 2024. Where days are numbers, a year has
        365.25 of them and the window is rounded to whole days.
        """
        known = interview != UNKNOWN_DAY
        first = np.full(interview.size, UNKNOWN_DAY)
        ends = interview[known]
        first[known] = _months_before(ends, months) + 1 if dates else ends - round(months * _DAYS_A_MONTH) + 1
        return cls(first, interview, interview)

    @property
    def length(self) -> NDArray[np.float64]:
        """Days of each window; NaN where the interview is not known."""
        return np.where(self.first == UNKNOWN_DAY, np.nan, (self.last - self.first + 1).astype(np.float64))


@dataclass(frozen=True, eq=False)
class SpellDays:
    """The shortest and the longest that each spell may have been inside its window, counted from its first day as 1.

    Parameters
    ----------
    narrow_start, narrow_end, wide_start, wide_end : array of int
        Days of the window, both inside; an end before its start is no day at all.
    inside : Truth
        Whether the spell has a day inside the window.
    began_before, undated : array of bool
        Whether it began before the window, and whether a date is missing.
    """

    narrow_start: Days
    narrow_end: Days
    wide_start: Days
    wide_end: Days
    inside: Truth
    began_before: NDArray[np.bool_]
    undated: NDArray[np.bool_]

    @classmethod
    def of(cls, start: Days, end: Days, windows: Windows, groups: Days) -> SpellDays:
        """Days of spells, whose persons are at ``groups``; a missing date may be any that the other one allows."""
        first, last, observed = windows.first[groups], windows.last[groups], windows.observed[groups]
        no_start, no_end = start == UNKNOWN_DAY, end == UNKNOWN_DAY
        both = no_start & no_end
        widest = (np.where(no_start, first, start), np.where(no_end, np.maximum(observed, last), end))
        shortest = (np.where(no_start, end, start), np.where(no_end, start, end))
        wide_start, wide_end = np.maximum(widest[0], first), np.minimum(widest[1], last)
        narrow_start = np.where(both, first + 1, np.maximum(shortest[0], first))
        narrow_end = np.where(both, first, np.minimum(shortest[1], last))
        return cls(
            narrow_start=narrow_start - first + 1,
            narrow_end=narrow_end - first + 1,
            wide_start=wide_start - first + 1,
            wide_end=wide_end - first + 1,
            inside=Truth(narrow_start <= narrow_end, wide_start <= wide_end),
            began_before=~no_start & (start < first) & (end >= first),
            undated=no_start | no_end,
        )

    def bounds(self, counted: Truth, groups: Days, n: int) -> tuple[Days, Days]:
        """Days of each person's counted spells, at least and at most; a day in several spells counts once."""
        lower = covered(self.narrow_start, self.narrow_end, groups, n, where=counted.sure)
        upper = covered(self.wide_start, self.wide_end, groups, n, where=counted.possible)
        return lower, upper


def covered(start: Days, end: Days, groups: Days, n: int, *, where: NDArray[np.bool_]) -> Days:
    """Days that lie in at least one of the intervals of each of ``n`` groups.

    Parameters
    ----------
    start, end : array of int
        Intervals, from 1 on, both ends inside; empty where the end is before the start.
    groups : array of int
        Group of each interval.
    n : int
        How many groups there are.
    where : array of bool
        Intervals that count.
    """
    kept = np.flatnonzero(where & (start <= end))
    start, end, groups = start[kept], end[kept], groups[kept]
    order = np.lexsort((start, groups))
    start, end, groups = start[order], end[order], groups[order]
    # each group's days are moved past those of all groups before it, so that one running maximum serves all
    shift = groups * (int(end.max(initial=0)) + 1)
    reached = np.maximum.accumulate(np.concatenate(([0], end + shift)))[:-1]
    new = end + shift - np.maximum(start + shift - 1, reached)
    total = np.bincount(groups, weights=np.maximum(new, 0), minlength=n)
    return total.astype(np.int64)


def check_dates(start: Days, end: Days, observed: Days | None, *, dates: bool, who: Who) -> None:
    """Raise if a spell ends before it starts, or has a day after the interview.

    Parameters
    ----------
    start, end, observed : array of int
        Days of each spell, and of the interview of its person if that is known.
    dates : bool
        Whether days are dates, for errors.
    who : callable
        How a row is named in errors.
    """
    known_start, known_end = start != UNKNOWN_DAY, end != UNKNOWN_DAY
    turned = known_start & known_end & (end < start)
    _refuse(turned, "spells end before they start", (start, end), ("start", "end"), dates, who)
    if observed is None:
        return
    late = (known_start & (start > observed)) | (known_end & (end > observed))
    _refuse(
        late,
        "spells have days after the interview",
        (start, end, observed),
        ("start", "end", "interview"),
        dates,
        who,
        ("a spell that still went on has 'ongoing' yes, and no end or the day of the interview",),
    )


def _refuse(
    wrong: NDArray[np.bool_],
    what: str,
    values: tuple[Days, ...],
    names: tuple[str, ...],
    dates: bool,
    who: Who,
    remedies: tuple[str, ...] = (),
) -> None:
    rows = np.flatnonzero(wrong)
    if not rows.size:
        return
    shown = [dates_of(value[rows[:5]]) if dates else value[rows[:5]] for value in values]
    examples = [
        f"{who(int(row))}: " + ", ".join(f"{name} {value[i]}" for name, value in zip(names, shown, strict=True))
        for i, row in enumerate(rows[:5])
    ]
    raise DataError(what, where="spells", count=int(rows.size), examples=examples, remedies=remedies)


def _months_before(day: Days, months: int) -> Days:
    """The same day of the month some months before, or that month's last day if it is shorter."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    of_month = (date - month.astype("datetime64[D]")).astype(np.int64)
    before = month - np.timedelta64(months, "M")
    first = before.astype("datetime64[D]").astype(np.int64)
    length = (before + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    result: Days = first + np.minimum(of_month, length - 1)
    return result
