"""What ages, bands of ages and hours a definition can have."""

from __future__ import annotations

from typing import Any

from target87.errors import InputError

NONE = -1
"""In ``chores_hours``: chores of that age never count."""
MISSING = ("error", "omit", "bounds", "spss")
"""What becomes of children whose missing answers would decide."""
MOST_HOURS = 168
"""Of a week."""


def check_span(span: Any, where: str) -> None:
    """Raise if it is no first and last age, in whole years."""
    two = isinstance(span, tuple) and len(span) == 2 and all(type(age) is int for age in span)
    if not two or not 0 <= span[0] <= span[1]:
        raise InputError("a first and a last age are wanted, in completed years", where=where, got=repr(span))


def check_bands(bands: Any, where: str, ages: tuple[int, int]) -> None:
    """Raise if bands do not follow each other, or are not all ages together."""
    if not isinstance(bands, tuple):
        raise InputError("bands of ages are a list of first and last ages", where=where, got=repr(bands))
    for band in bands:
        check_span(band, where)
    every = [age for low, high in bands for age in range(low, high + 1)]
    if every != list(range(ages[0], ages[1] + 1)):
        raise InputError(
            "bands of ages must follow each other and together be all ages",
            where=where,
            expected=f"from {ages[0]} to {ages[1]}",
            got=repr(bands),
        )


def check_hours(hours: Any, where: str, bands: Any) -> None:
    """Raise if there is not one number of weekly hours a band."""
    if not isinstance(hours, tuple) or len(hours) != len(bands):
        raise InputError("one number of hours a band is needed", where=where, got=repr(hours))
    for value in hours:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and (0 < value <= MOST_HOURS or (where == "chores_hours" and value == NONE))):
            raise InputError("hours of a week lie between 0 and 168", where=where, got=repr(hours))
