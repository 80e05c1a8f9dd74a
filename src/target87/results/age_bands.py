"""Age groups as text ("5-17", "18+", "all") and the bands that make one up."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from target87.errors import InputError

_FORM = re.compile(r"(\d{1,3})(?:-(\d{1,3})|(\+))")


def bounds(ages: str) -> tuple[float, float]:
    """First age and the age after the last, in completed years.

    Raises
    ------
    InputError
        If the text is no age group.

    Examples
    --------
    >>> bounds("5-17"), bounds("18+")
    ((5.0, 18.0), (18.0, inf))
    """
    if ages == "all":
        return 0.0, math.inf
    found = _FORM.fullmatch(ages) if isinstance(ages, str) else None
    if found is None:
        raise InputError(
            "this is no age group", where="ages", expected="such as '5-17', '18+' or 'all'", got=repr(ages)
        )
    first, last = float(found[1]), math.inf if found[3] else float(found[2]) + 1.0
    if last <= first:
        raise InputError("an age group ends before it starts", where="ages", got=repr(ages))
    return first, last


def cover(ages: str, bands: Sequence[str]) -> list[str]:
    """Find the ``bands`` that make up an age group without gap or overlap: the group itself if it is among them.

    Raises
    ------
    InputError
        If no such bands are there.

    Examples
    --------
    >>> cover("5-17", ["5-11", "12-14", "15-17"])
    ['5-11', '12-14', '15-17']
    >>> cover("12-17", ["5-11", "12-14", "15-17"])
    ['12-14', '15-17']
    """
    first, last = bounds(ages)
    found = [ages] if ages in bands else _chain(first, last, {band: bounds(band) for band in bands})
    if found is None:
        raise InputError(
            f"this population does not have the ages {ages!r}", where="ages", expected=f"made up of {', '.join(bands)}"
        )
    return found


def span(bands: Sequence[str]) -> str:
    """Name of the ages that bands make up together; bands with gaps are listed.

    Examples
    --------
    >>> span(["5-11", "12-14"]), span(["15-17", "18+"]), span(["5-9", "15-17"])
    ('5-14', '15+', '5-9, 15-17')
    """
    limits = sorted(bounds(band) for band in bands)
    if len(bands) == 1 or any(before[1] != after[0] for before, after in pairwise(limits)):
        return ", ".join(bands)
    first, last = limits[0][0], limits[-1][1]
    return f"{first:g}+" if math.isinf(last) else f"{first:g}-{last - 1:g}"


def _chain(first: float, last: float, bands: dict[str, tuple[float, float]]) -> list[str] | None:
    """Bands that lead from ``first`` to ``last``, each starting where the one before ends."""
    if first == last:
        return []
    for band, (start, end) in bands.items():
        if start == first and end <= last:
            rest = _chain(end, last, bands)
            if rest is not None:
                return [band, *rest]
    return None
