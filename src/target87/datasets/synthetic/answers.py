"""What every child of the synthetic population would report, were nothing left unanswered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from target87.datasets.synthetic.jobs import JOBS

ACTIVITIES = ("CL1A", "CL1B", "CL1C", "CL1X")
HAZARDS = ("CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X")
CHORES = ("CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X")
YES, NO, BLANK = 1, 2, -1
"""``BLANK`` is what was not asked: hours of no work, hazards of no work."""
LONG_WEEK, MOST_HOURS = 48.0, 84.0

type Floats = NDArray[np.float64]
type Codes = NDArray[np.int16]
type Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What the answers of a child depend on, an array each over all children."""

    age: Floats
    girl: Flags
    rural: Flags
    level: Floats
    """Log-odds that the stratum, cluster and household add to work."""
    place: Floats
    """What the cluster adds, for the hours."""


def reported_answers(child: Circumstances, rng: np.random.Generator) -> dict[str, Codes]:
    """Codes of every question for every child; :data:`BLANK` where a question does not apply."""
    older = child.age - 11.0
    odds = child.level + 0.20 * older - 0.35 * child.girl - 1.5
    works = _drawn(odds, rng)
    out_of_school = _drawn(-3.3 + 0.32 * np.maximum(older, -4.0) + 0.9 * works + 0.3 * child.level, rng)
    out_of_school |= child.age < 5.5 + 0.9 * rng.random(child.age.size) - 0.45
    columns = {"school": _yes_no(~out_of_school)}
    columns |= _activities(child, works, rng)
    paid = columns["CL1X"] == YES
    hours = 5.5 * np.exp(0.17 * (child.age - 9.0) + 0.3 * child.place - 0.1 * child.girl)
    hours *= np.exp(0.45 * (out_of_school & (child.age > 9)) + 0.4 * paid + 0.66 * rng.normal(size=works.size))
    hours = np.where(hours > LONG_WEEK, LONG_WEEK + 0.35 * (hours - LONG_WEEK), hours)
    hours_reported = np.maximum(_heaped(hours, rng), paid)
    columns["CL3"] = _if(works, hours_reported)
    columns |= _work(child, works, columns, rng)
    return columns | _chores(child, rng)


def _drawn(odds: Floats, rng: np.random.Generator) -> Flags:
    """Truth values with these log-odds."""
    return rng.random(odds.size) < 1.0 / (1.0 + np.exp(-odds))


def _yes_no(said: Flags) -> Codes:
    return np.where(said, YES, NO).astype(np.int16)


def _if(asked: Flags, values: NDArray[np.generic]) -> Codes:
    return np.where(asked, values, BLANK).astype(np.int16)


def _heaped(hours: Floats, rng: np.random.Generator) -> Floats:
    """Hours as people report them: to the hour, in fives and tens, or so many a day in a week of five to seven days.

    Hours a day heap weekly hours at 14, 21, 28 and 42, which are thresholds of definitions or lie just below them.
    What such rounding would take to nothing is given to the hour; a zero is less than one hour, as MICS6 has it noted
    (recalled, to be checked against its questionnaire).
    """
    habit = rng.choice([1.0, 5.0, 10.0, 7.0, 6.0], p=[0.32, 0.24, 0.12, 0.22, 0.10], size=hours.size)
    rounded = np.rint(hours / habit) * habit
    rounded = np.where(rounded > 0.0, rounded, np.rint(hours))
    rounded = np.where(hours < 1.0, 0.0, rounded)
    return np.minimum(rounded, MOST_HOURS)


def _activities(child: Circumstances, works: Flags, rng: np.random.Generator) -> dict[str, Codes]:
    """A main activity of each child at work, and now and then a second."""
    shares = np.where(child.rural[:, None], [0.70, 0.16, 0.06, 0.08], [0.20, 0.42, 0.13, 0.25])
    shares[:, 3] *= np.where(child.age >= 15, 2.0, np.where(child.age < 12, 0.4, 1.0))
    bounds = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    main = (rng.random((works.size, 1)) > bounds[:, :3]).sum(axis=1)
    also = rng.random((works.size, 4)) < [0.10, 0.06, 0.04, 0.03]
    return {name: _yes_no(works & ((main == place) | also[:, place])) for place, name in enumerate(ACTIVITIES)}


def _work(child: Circumstances, works: Flags, columns: dict[str, Codes], rng: np.random.Generator) -> dict[str, Codes]:
    """Hazards, industry, occupation, status and night work of those who work."""
    chance = rng.random(works.size)
    industry, occupation = np.full((2, works.size), BLANK, np.int16)
    odds = np.zeros(works.size)
    for name, jobs in JOBS.items():
        taken = works & (columns[name] == YES) & (industry == BLANK)
        bounds = np.cumsum([job.share for job in jobs])
        which = np.searchsorted(bounds / bounds[-1], chance[taken])
        industry[taken] = np.array([job.industry for job in jobs])[which]
        occupation[taken] = np.array([job.occupation for job in jobs])[which]
        odds[taken] = np.array([job.hazard for job in jobs])[which]
    odds += 0.02 * (columns["CL3"] - 15.0) + 0.08 * (child.age - 12.0) - 0.25 * child.girl
    levels = dict(zip(HAZARDS, (-2.0, -2.4, -2.2, -2.1, -3.5, -3.7, -3.4, -4.2), strict=True))
    answers = {name: _if(works, _yes_no(_drawn(odds + level, rng))) for name, level in levels.items()}
    paid = columns["CL1X"] == YES
    own_account = _drawn(-3.2 + 0.3 * (child.age - 12.0), rng) & (industry != 97)
    status = np.where(paid & ~(own_account & (chance > 0.5)), 1, np.where(own_account, 3, 2))
    night = _drawn(-4.2 + 0.25 * (child.age - 12.0) + 0.02 * columns["CL3"], rng)
    answers |= {"industry": industry, "occupation": occupation}
    return answers | {"status": _if(works, status), "night": _if(works, _yes_no(night))}


def _chores(child: Circumstances, rng: np.random.Generator) -> dict[str, Codes]:
    """Water, firewood and other chores, with their hours; more of all by girls and in the countryside."""
    older, girl = child.age - 11.0, 1.0 * child.girl
    water = _drawn(-1.7 + 1.5 * child.rural + 0.4 * girl + 0.10 * older, rng)
    wood = _drawn(-2.8 + 1.8 * child.rural - 0.1 * girl + 0.12 * older, rng)
    levels = dict(zip(CHORES, (-0.6, -1.3, 0.1, -1.2, -0.9, -2.9, -1.9), strict=True))
    odds = 0.16 * older + 0.6 * girl + 0.5 * rng.normal(size=older.size)
    items = {name: _drawn(odds + level, rng) for name, level in levels.items()}
    busy = 0.07 * older + 0.42 * girl + 0.35 * rng.normal(size=older.size)
    answers = {"CL7": _yes_no(water), "CL8": _if(water, _heaped(_spell(2.6, busy, rng), rng))}
    answers |= {"CL9": _yes_no(wood), "CL10": _if(wood, _heaped(_spell(2.8, busy, rng), rng))}
    answers |= {name: _yes_no(done) for name, done in items.items()}
    any_done = np.logical_or.reduce(list(items.values()))
    return answers | {"CL13": _if(any_done, _heaped(_spell(5.0, busy, rng), rng))}


def _spell(usual: float, busy: Floats, rng: np.random.Generator) -> Floats:
    return usual * np.exp(busy + 0.6 * rng.normal(size=busy.size))
