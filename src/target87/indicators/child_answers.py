"""What children, or those who answer for them, said: hours between two ends, work, hazards; missing is never "no"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from target87.indicators.child_columns import unused_roles
from target87.indicators.child_hazards import industry_hazard, occupation_hazard
from target87.indicators.child_limits import MOST_HOURS
from target87.indicators.child_reading import ChildColumns
from target87.indicators.truth import Truth, any_true

type BoolArray = NDArray[np.bool_]
type FloatArray = NDArray[np.float64]
type Found = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Hours:
    """Hours of each child, between ``least`` and ``most``: equal where known."""

    least: FloatArray
    most: FloatArray

    @classmethod
    def none(cls, n: int) -> Hours:
        """No hours."""
        return cls(np.zeros(n), np.zeros(n))

    def __add__(self, other: Hours) -> Hours:
        # what is not known fills the week at most; what is known stays as it was said
        least = self.least + other.least
        return Hours(least, np.maximum(least, np.minimum(self.most + other.most, MOST_HOURS)))

    def only(self, done: Truth) -> Hours:
        """No hours of what surely was not done."""
        return Hours(np.where(done.possible, self.least, 0.0), np.where(done.possible, self.most, 0.0))

    def reach(self, threshold: FloatArray | float, *, strictly: bool) -> Truth:
        """Whether they reach a threshold; never where it is missing."""
        with np.errstate(invalid="ignore"):
            if strictly:
                return Truth(self.least > threshold, self.most > threshold)
            return Truth(self.least >= threshold, self.most >= threshold)


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of all rows."""

    age: FloatArray
    works: Truth
    hours: Hours
    chores: Truth
    chores_hours: Hours
    hazard: Truth
    special: dict[str, BoolArray] = field(default_factory=dict)
    """Rows with a special code among hours, by column."""
    contradictions: dict[str, BoolArray] = field(default_factory=dict)
    """Rows whose answers contradict each other, by what they say."""


def read_answers(data: ChildColumns, columns: Found, versions: Mapping[str, str | None]) -> Answers:
    """Read every answer the definition asks about.

    Raises
    ------
    DataError
        If an age, an hour or an answer is none.
    """
    age = data.ages(columns["age"][0])
    # chores of a definition without them are not read; conditions of work always are, as they tell of work
    unread = unused_roles(data.definition) - {"hazards", "night"}
    reader = _Reader(data, {role: own for role, own in columns.items() if role not in unread})
    asked, hours = reader.any("activities"), reader.hours("hours", "activities")
    works = Truth(hours.least > 0.0, hours.most > 0.0)
    if asked is not None:
        # where an activity was not answered, hours and conditions tell of work; against every "no" they do not
        told = works.sure
        for condition in filter(None, map(reader.any, ("hazards", "night", "paid"))):
            told = told | condition.sure
        works = Truth(asked.sure | (asked.possible & told), asked.possible)
    reader.note("hours of work but no activity", ~works.possible & (hours.least > 0.0))
    hours = hours.only(works)
    reader.note_conditions(works)
    water = [(reader.done(one), reader.hours(f"{one}_hours", one)) for one in ("water", "firewood")]
    chores, chores_hours = reader.done("chores"), reader.hours("chores_hours", "chores")
    for role, (done, spent) in {"water": water[0], "firewood": water[1], "chores": (chores, chores_hours)}.items():
        reader.note(f"hours of {role} but none done", ~done.possible & (spent.least > 0.0))
    fetched, fetched_hours = water[0][0] | water[1][0], water[0][1] + water[1][1]
    if data.definition.water_and_firewood == "economic":
        works, hours = works | fetched, hours + fetched_hours.only(fetched)
    else:
        chores, chores_hours = chores | fetched, chores_hours + fetched_hours
    reader.note("more than a week's hours of work", hours.least > MOST_HOURS)
    reader.note("more than a week's hours of chores", chores_hours.least > MOST_HOURS)
    reader.note_pay(hours)
    hazard = _hazard(data, columns, versions, works, hours)
    spent = chores_hours.only(chores)
    return Answers(age, works, hours, chores, spent, hazard, reader.special, reader.contradictions)


class _Reader:
    """Reads answers and hours, and keeps account of what was odd."""

    def __init__(self, data: ChildColumns, columns: Found) -> None:
        self.data, self.columns = data, columns
        self.special: dict[str, BoolArray] = {}
        self.contradictions: dict[str, BoolArray] = {}

    def any(self, role: str) -> Truth | None:
        """Whether any column of the role says yes; None if there is none."""
        if role not in self.columns:
            return None
        return any_true([self.data.answer(name) for name in self.columns[role]], self.data.n)

    def done(self, role: str) -> Truth:
        """Whether it was done: as answered, and where it was not, as its hours tell."""
        asked, hours = self.any(role), self.hours(f"{role}_hours", role)
        told = hours.least > 0.0
        if asked is None:
            return Truth(told, hours.most > 0.0)
        return Truth(asked.sure | (asked.possible & told), asked.possible)

    def hours(self, role: str, asked: str) -> Hours:
        """Hours of what was done: none where it surely was not, anything up to a week where they are missing."""
        n = self.data.n
        done = self.any(asked)
        if role not in self.columns:
            most = np.zeros(n) if done is None else np.where(done.possible, float(MOST_HOURS), 0.0)
            return Hours(np.zeros(n), most)
        name = self.columns[role][0]
        special = self.data.special(name)
        if special.any():
            self.special[name] = special
        given = np.where(special, np.nan, self.data.hours(name))
        unknown = np.full(n, float(MOST_HOURS)) if done is None else np.where(done.possible, float(MOST_HOURS), 0.0)
        missing = np.isnan(given)
        return Hours(np.where(missing, 0.0, given), np.where(missing, unknown, given))

    def note_conditions(self, works: Truth) -> None:
        """Hazardous conditions, or nights, of work that surely was not done."""
        for role, what in (("hazards", "hazardous conditions"), ("night", "work at night")):
            said = self.any(role)
            if said is not None:
                self.note(f"{what} but no work", said.sure & ~works.possible)

    def note_pay(self, hours: Hours) -> None:
        """Pay for no hours of work."""
        paid = self.any("paid")
        if paid is not None:
            self.note("paid but zero hours of work", paid.sure & (hours.most == 0.0))

    def note(self, what: str, rows: BoolArray) -> None:
        """Keep rows that contradict themselves."""
        if rows.any():
            self.contradictions[what] = rows


def _hazard(
    data: ChildColumns, columns: Found, versions: Mapping[str, str | None], works: Truth, hours: Hours
) -> Truth:
    own = data.definition
    kinds: list[Truth] = []
    if own.hazard_questions and "hazards" in columns:
        asked = any_true([data.answer(name) for name in columns["hazards"]], data.n)
        # asked of those who work: a blank of one who surely does not is a "no"
        kinds.append(Truth(asked.sure, asked.sure | (asked.possible & works.possible)))
    if own.night_is_hazardous and "night" in columns:
        kinds.append(data.answer(columns["night"][0]) & works)
    industries = {"4": own.hazardous_industries_4, "3": own.hazardous_industries_3}
    if any(industries.values()) and "industry" in columns:
        name = columns["industry"][0]
        kinds.append(industry_hazard(data.series(name, role="industry"), name, industries, versions["isic"]) & works)
    occupations = {"08": own.hazardous_occupations_08, "88": own.hazardous_occupations_88}
    if any(occupations.values()) and "occupation" in columns:
        name = columns["occupation"][0]
        found = occupation_hazard(data.series(name, role="occupation"), name, occupations, versions["isco"])
        kinds.append(found & works)
    if own.long_hours is not None:
        kinds.append(hours.reach(own.long_hours, strictly=own.long_hours_strictly))
    found = any_true(kinds, data.n)
    return found & works if own.hazard_needs_work else found
