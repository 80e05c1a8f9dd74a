"""The MICS tabulation syntax as published, asymmetries included: what it decides where answers are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from target87.indicators.child_answers import Found
from target87.indicators.child_bands import thresholds
from target87.indicators.child_reading import ChildColumns
from target87.indicators.truth import any_true

type BoolArray = NDArray[np.bool_]
type FloatArray = NDArray[np.float64]

GUARD = 97.0
"""Economic hours below this pass the guard of MICS6, which keeps its special codes out, and longer hours too."""
ZEROED = (97.0, 98.0, 99.0)
"""Codes among hours of chores that MICS6 makes 0 before it looks for long ones, but after it looked for short ones."""


@dataclass(frozen=True, eq=False)
class Tabulated:
    """Columns of the published syntax, each decided for every row."""

    economic_work: BoolArray
    economic_below: BoolArray
    economic_above: BoolArray
    chores_below: BoolArray
    chores_above: BoolArray
    hazardous: BoolArray
    by_code: BoolArray
    """Rows above a threshold only because a code such as 98 is taken for hours."""


def tabulated(data: ChildColumns, columns: Found, age: FloatArray) -> Tabulated:
    """Columns of the published syntax.

    ``any(1, ...)`` takes a missing answer for a "no"; in MICS6 economic hours from 97 on fail the threshold and stay
    in the denominator, and 97 to 99 hours of chores are 0 when compared with the threshold from above but not from
    below. The syntax of MICS5 has neither rule: 98 passes for 98 hours. A sum leaves out what is blank.

    Where a column for whether work or chores were done is not in the data, hours alone decide.
    """
    own = data.definition
    hours, works = _raw(data, columns, "hours"), _any(data, columns, ("activities",))
    economic = thresholds(age, own.bands, own.hours)
    chores = thresholds(age, own.chores_bands or own.bands, own.chores_hours)
    spent = np.stack([_raw(data, columns, role) for role in ("water_hours", "firewood_hours", "chores_hours")])
    as_coded, recoded, guarded = _sum(spent), _sum(np.where(np.isin(spent, ZEROED), 0.0, spent)), hours < GUARD
    true_hours, true_chores = np.isin(hours, own.special_codes, invert=True), recoded
    if not own.syntax_guards_codes:
        recoded, guarded = as_coded, np.ones(data.n, dtype=bool)
    done = _any(data, columns, ("water", "firewood", "chores"))

    def reaches(values: FloatArray, limit: FloatArray) -> BoolArray:
        with np.errstate(invalid="ignore"):
            return np.asarray(values > limit if own.strictly_above else values >= limit)

    def falls_short(values: FloatArray, limit: FloatArray) -> BoolArray:
        return ~np.isnan(values) & ~np.isnan(limit) & ~reaches(values, limit)

    above, long = works & reaches(hours, economic) & guarded, done & reaches(recoded, chores)
    return Tabulated(
        economic_work=works,
        economic_below=works & falls_short(hours, economic),
        economic_above=above,
        chores_below=done & falls_short(as_coded, chores),
        chores_above=long,
        hazardous=_any(data, columns, ("hazards",)) & ("hazards" in columns),
        by_code=(above & ~true_hours) | (long & ~reaches(true_chores, chores)),
    )


def _raw(data: ChildColumns, columns: Found, role: str) -> FloatArray:
    """Hours as they stand in the file, codes among them; NaN where blank."""
    if role not in columns:
        return np.full(data.n, np.nan)
    return data.raw_numbers(columns[role][0])


def _sum(parts: FloatArray) -> FloatArray:
    """Sum of what is not missing; missing where all is."""
    return np.where(np.isnan(parts).all(axis=0), np.nan, np.nansum(parts, axis=0))


def _any(data: ChildColumns, columns: Found, roles: tuple[str, ...]) -> BoolArray:
    """Whether any answer is yes; true where nothing was asked."""
    names = [name for role in roles for name in columns.get(role, ())]
    if not names:
        return np.ones(data.n, dtype=bool)
    return any_true([data.answer(name) for name in names], data.n).sure
