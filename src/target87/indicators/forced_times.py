"""When spells were, when their persons were interviewed, and the windows that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.indicators.forced_definition import ForcedLabourDefinition, check_years
from target87.indicators.forced_people import People
from target87.indicators.forced_window import SpellDays, Who, Windows, check_dates
from target87.indicators.reading import UNKNOWN_DAY, Columns, answers, days

type Days = NDArray[np.int64]

_BOTH = "dates everywhere, or numbers of days everywhere"


@dataclass(frozen=True, eq=False)
class Times:
    """Windows of persons and days of spells.

    Parameters
    ----------
    windows : Windows
        One a person.
    spells : SpellDays
        One a spell.
    start : array of int
        First day of each spell, to order them by.
    ongoing : int
        Spells that were closed at the interview.
    said : str
        The window in words.
    """

    windows: Windows
    spells: SpellDays
    start: Days
    ongoing: int
    said: str


def read_times(
    data: Columns,
    plain: dict[str, str],
    people: People,
    *,
    interview: Any,
    window: Any,
    definition: ForcedLabourDefinition,
) -> Times:
    """Read and check dates.

    Raises
    ------
    InputError
        If there is no interview to count from, the window is none, or dates and numbers are mixed.
    DataError
        If dates contradict one another, or a person with spells has no day of interview.
    """
    groups, n = people.whose, len(people)
    start, dated = days(data.series(plain["start"], role="start"), f"column {plain['start']!r}")
    end, end_dated = days(data.series(plain["end"], role="end"), f"column {plain['end']!r}")
    kinds = [dated for read, dated in ((start, dated), (end, end_dated)) if (read != UNKNOWN_DAY).any()]
    asked, asked_dated = _interview(interview, data, people.listed, groups, n)
    kinds += [asked_dated] if asked is not None and (asked != UNKNOWN_DAY).any() else []
    windows, said, fixed_dated = _windows(window, asked, n, definition, dated=kinds[0] if kinds else True)
    kinds += [] if fixed_dated is None else [fixed_dated]
    if len(set(kinds)) > 1:
        raise InputError("dates and numbers of days are mixed", where="start, end, interview, window", expected=_BOTH)
    observed = windows.observed[groups]
    _refuse_unknown_interview(observed, people.who)
    end, ongoing = _closed(data, plain.get("ongoing"), end, observed, definition, asked is not None, people.who)
    check_dates(start, end, None if asked is None else observed, dates=bool(kinds and kinds[0]), who=people.who)
    return Times(windows, SpellDays.of(start, end, windows, groups), start, ongoing, said)


def _interview(given: Any, data: Columns, persons: Columns | None, groups: Days, n: int) -> tuple[Days | None, bool]:
    """Day of each person's interview: from a column of the persons or of the spells, or one day for all."""
    name = "interview" if given is None else given
    if persons is not None and isinstance(name, str) and name in persons:
        return days(persons.series(name, role="interview"), f"column {name!r}")
    if isinstance(name, str) and name in data:
        read, dated = days(data.series(name, role="interview"), f"column {name!r}")
        return _one_a_person(read, groups, n, name), dated
    if given is None:
        return None, True
    try:
        read, dated = days([given], "interview")
    except DataError as error:
        raise InputError(
            "interview is neither a column nor a day", where="interview", got=repr(given), remedies=error.remedies
        ) from error
    return np.full(n, read[0]), dated


def _one_a_person(read: Days, groups: Days, n: int, name: str) -> Days:
    known = read != UNKNOWN_DAY
    found = np.full(n, UNKNOWN_DAY)
    np.maximum.at(found, groups, read)
    other = np.flatnonzero(known & (read != found[groups]))
    if other.size:
        raise DataError(
            "spells of one person have different days of interview",
            where=f"column {name!r}",
            count=int(other.size),
            examples=[f"row {row}" for row in other[:5]],
        )
    return found


def _windows(
    window: Any, interview: Days | None, n: int, definition: ForcedLabourDefinition, *, dated: bool
) -> tuple[Windows, str, bool | None]:
    if not isinstance(window, tuple):
        years = definition.reference_years if window is None else window
        months = check_years(years, "window" if window is not None else "definition.reference_years")
        if interview is None:
            raise InputError(
                "the day of the interview is needed: windows end there, and so do ongoing spells",
                where="interview",
                expected="a column of persons or spells, or one day for all",
                remedies=(
                    "interview='column'",
                    "interview='2024-06-30'",
                    "or a window of fixed dates: window=(first, last)",
                ),
            )
        return Windows.before(interview, months, dates=dated), f"{years:g} years to the interview", None
    if len(window) != 2:
        raise InputError("a window of fixed dates has a first and a last day", where="window", got=repr(window))
    (first, last), fixed_dated = days(list(window), "window")
    if UNKNOWN_DAY in (first, last) or last < first:
        raise InputError("the window ends before it starts, or has a missing end", where="window", got=repr(window))
    observed = np.full(n, last) if interview is None else interview
    early = np.flatnonzero((observed != UNKNOWN_DAY) & (observed < last))
    if early.size:
        raise DataError(
            "persons were interviewed before the window ends",
            where="window",
            count=int(early.size),
            examples=[f"person in row {row}" for row in early[:5]],
            remedies=("end the window at the first interview, or give a number of years",),
        )
    said = f"{window[0]} to {window[1]}"
    return Windows(np.full(n, first), np.full(n, last), observed), said, fixed_dated


def _refuse_unknown_interview(observed: Days, who: Who) -> None:
    gone = np.flatnonzero(observed == UNKNOWN_DAY)
    if gone.size:
        raise DataError(
            "persons with spells have no day of interview",
            where="interview",
            count=int(gone.size),
            examples=[who(int(row)) for row in gone[:5]],
        )


def _closed(
    data: Columns,
    name: str | None,
    end: Days,
    observed: Days,
    definition: ForcedLabourDefinition,
    interviewed: bool,
    who: Who,
) -> tuple[Days, int]:
    """Ends of spells, those of ongoing ones at the interview; and how many these were."""
    if name is None:
        return end, 0
    went_on = answers(data, name, yes=definition.yes, no=definition.no, no_answer=definition.no_answer).sure
    wrong = np.flatnonzero(went_on & (end != UNKNOWN_DAY) & (end < observed)) if interviewed else np.empty(0, int)
    if wrong.size:
        raise DataError(
            "spells that still went on at the interview have an earlier end",
            where=f"column {name!r}",
            count=int(wrong.size),
            examples=[who(int(row)) for row in wrong[:5]],
        )
    return np.where(went_on & (end == UNKNOWN_DAY), observed, end), int(went_on.sum())
