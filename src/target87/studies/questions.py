"""What is asked, checked before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from target87.errors import InputError, UnknownNameError
from target87.forecast.attainment import OPERATIONAL_ZEROS, check_threshold
from target87.prevalence import denominators
from target87.prevalence.published import INDICATORS, Indicator, PublishedSeries, indicator, published_series

if TYPE_CHECKING:
    from target87.results.population import Population

LAST_YEAR = 2060
REGION_TYPES = denominators.REGION_TYPES
GROUP_TYPES = ("world", *REGION_TYPES, "sex", "age")
TARGET_YEARS = {"child_labour": 2025, "hazardous_work": 2025, "forced_labour": 2030}
COUNT_YEARS = (2025, 2030)
DEFAULT_THRESHOLD = 0.01
UNITS = {"%": 100.0, "‰": 1000.0, "per 1,000": 1000.0, "per 1000": 1000.0}
"""Words a threshold may end with, and what stands for everybody in them."""


@dataclass(frozen=True)
class Question:
    """One question of target 8.7, with every choice made.

    Attributes
    ----------
    series : PublishedSeries
        The record it is answered from.
    kind : {"threshold", "decline"}
        Reaching a threshold, or declining from base years.
    thresholds : tuple of float
        Thresholds reported, the headline's first.
    target_year, horizon : int
        Year asked about, and last year of rates.
    base_years : tuple of int
        Years that a decline is measured from, the headline's first.
    count_years : tuple of int
        Years in which numbers of people are reported.
    """

    series: PublishedSeries
    kind: Literal["threshold", "decline"]
    thresholds: tuple[float, ...]
    target_year: int
    horizon: int
    base_years: tuple[int, ...]
    count_years: tuple[int, ...]

    @property
    def what(self) -> Indicator:
        """The indicator."""
        return self.series.indicator


def ask(
    name: str,
    area: str = "world",
    *,
    group: str | None = None,
    threshold: float | str | None = None,
    target_year: int | None = None,
    horizon: int = LAST_YEAR,
    count_years: Sequence[int] | None = None,
    population: Population | None = None,
    confirmed_only: bool = False,
) -> Question:
    """Check and complete a question; see :func:`target87.assess` for the parameters.

    Raises
    ------
    UnknownNameError
        For an unknown indicator, area or group, with the nearest names.
    InputError
        For a threshold or year that cannot be answered, or a group with fewer than two figures.
    """
    what = indicator(name)
    group_type, label = find_group(what, area, group)
    series = published_series(name, group_type, label, confirmed_only=confirmed_only)
    if len(series.points) < 2:
        kind = "confirmed figures" if confirmed_only else "published figures"
        raise InputError(
            f"too few {kind} of {what.title} ({label}): a trend needs two or more",
            where="area" if group is None else "group",
            count=len(series.points),
        )
    year = _target_year(TARGET_YEARS[name] if target_year is None else target_year, series)
    _check_horizon(horizon, year, series)
    decline = name == "forced_labour" and threshold is None
    counts = _count_years(count_years, series, population, horizon)
    if decline:
        thresholds: tuple[float, ...] = ()
    else:
        asked = DEFAULT_THRESHOLD if threshold is None else parse_threshold(threshold)
        zeros = OPERATIONAL_ZEROS if what.people == "children" else ()
        thresholds = (asked, *(one for one in reversed(zeros) if one != asked))
    bases = tuple(one for one in _single_years(series) if one < year)[:2] if decline else ()
    if decline and not bases:
        raise InputError(
            "a decline needs a figure for a single year before the target year",
            where="target_year",
            expected=f"after {min(_single_years(series), default=series.years[-1])}",
            got=str(year),
        )
    return Question(series, "decline" if decline else "threshold", thresholds, year, horizon, bases, counts)


def _single_years(series: PublishedSeries) -> list[int]:
    """Years of figures that speak of one year, latest first: a figure that averages ten years is no base year."""
    points = series.points[series.points["first_year"] == series.points["last_year"]]
    return sorted((int(year) for year in points["year"]), reverse=True)


def parse_threshold(value: float | str) -> float:
    """Read a threshold: a proportion (``0.005``), a percentage (``"0.5%"``) or a rate per thousand (``"3 per 1000"``).

    Raises
    ------
    InputError
        If it is no number, 0, or outside (0, 1).

    Examples
    --------
    >>> parse_threshold("0.5%"), parse_threshold(0.005)
    (0.005, 0.005)
    """
    if isinstance(value, str):
        text = value.strip()
        found = re.fullmatch(r"([-+0-9.eE]+)\s*(%|‰|per 1,000|per 1000)?", text)
        try:
            number = float(found.group(1)) if found else None
        except ValueError:
            number = None
        if found is None or number is None:
            raise InputError(
                "this threshold cannot be read", where="threshold", got=repr(value), remedies=("write 0.5% or 0.005",)
            )
        if found.group(2) and not 0.0 <= number < UNITS[found.group(2)]:
            raise _outside(number, found.group(2), text)
        value = number / UNITS[found.group(2)] if found.group(2) else number
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(
            "a threshold is one number", where="threshold", got=repr(value), remedies=("write 0.5% or 0.005",)
        ) from None
    check_threshold(number)
    return number


def _outside(number: float, unit: str, text: str) -> InputError:
    """A rate given in a unit that is below 0, or no less than everybody; said in that unit."""
    what = "a threshold is less than everybody" if number >= UNITS[unit] else "a threshold is not below 0"
    example = {"%": "0.5%", "‰": "5‰"}.get(unit, f"3 {unit}")
    sign = unit if unit in "%‰" else f" {unit}"
    return InputError(
        what,
        where="threshold",
        expected=f"above 0{sign} and below {UNITS[unit]:g}{sign}",
        got=text,
        remedies=(f"write {example}",),
    )


def find_group(what: Indicator, area: str, group: str | None) -> tuple[str, str]:
    """Group type and name in the published estimates for an ``area`` and, within the world, a ``group``.

    Raises
    ------
    UnknownNameError
        If nothing is published under the name.
    InputError
        If a country is named (they come later), or a group is asked for within a region.
    """
    for word, name in (("area", area), ("group", group)):
        if not isinstance(name, str) and not (word == "group" and name is None):
            raise InputError("a name is text", where=word, expected="such as 'world'", got=repr(name))
    published = groups(what)
    world = area.casefold() in ("world", "wld")
    if group is not None:
        if not world:
            raise InputError(
                "groups by sex or age are published for the world only", where="group", got=f"{group} in {area}"
            )
        return _match(group, published, ("sex", "age"), "group")
    if world:
        return "world", "World"
    _refuse_country(area, published)
    return _match(area, published, REGION_TYPES, "area")


def groups(what: Indicator) -> Mapping[tuple[str, str], int]:
    """Every published group of an indicator with the number of years that have a figure."""
    return _groups(what.name)


@cache
def _groups(name: str) -> Mapping[tuple[str, str], int]:
    from target87 import datasets

    rows = datasets.global_estimates(indicator=name)
    rows = rows[rows["group_type"].isin(GROUP_TYPES)]
    counts = {
        (str(kind), str(label)): int(part["year"].nunique())
        for (kind, label), part in rows.groupby(["group_type", "group"])
    }
    return MappingProxyType(counts)


def _match(name: str, published: Mapping[tuple[str, str], int], kinds: Sequence[str], word: str) -> tuple[str, str]:
    found = [key for key in published if key[0] in kinds and key[1].casefold() == name.casefold()]
    if not found:
        known = {key[1] for key in published if key[0] in kinds} | ({"world"} if word == "area" else set())
        raise UnknownNameError.of(name, known, kind=word)
    # the same name in two groupings: the longer record answers
    return max(found, key=lambda key: published[key])


def _refuse_country(area: str, published: Mapping[tuple[str, str], int]) -> None:
    from target87 import datasets

    table = datasets.areas().reset_index()
    names = {str(row["area"]).casefold() for row in table.to_dict("records")}
    names |= {str(row["name"]).casefold() for row in table.to_dict("records")}
    if area.casefold() in names and not any(key[1].casefold() == area.casefold() for key in published):
        regions = sorted({key[1] for key in published if key[0] in REGION_TYPES})
        raise InputError(
            f"answers for single countries are not part of this version: {area!r} is a country",
            where="area",
            expected="world, or a region with published figures",
            remedies=("ask for " + ", ".join(repr(region) for region in ["world", *regions]),),
        )


def _whole(year: object, where: str) -> int:
    if isinstance(year, bool) or not isinstance(year, int):
        if hasattr(year, "__index__"):
            return int(year.__index__())
        raise InputError("a year is a whole number", where=where, got=repr(year))
    return year


def _target_year(year: int, series: PublishedSeries) -> int:
    year = _whole(year, "target_year")
    first = series.years[0]
    if year < first:
        raise InputError(
            f"the first figure of {series.indicator.title} ({series.group}) is for {first}; nothing is said before it",
            where="target_year",
            expected=f"{first} to {LAST_YEAR}",
            got=str(year),
        )
    if year > LAST_YEAR:
        raise InputError(
            "rates are carried on to 2060 and no further",
            where="target_year",
            expected=f"{first} to {LAST_YEAR}",
            got=str(year),
        )
    return year


def _check_horizon(horizon: int, target_year: int, series: PublishedSeries) -> None:
    earliest = max(target_year, series.years[-1])
    if not earliest <= _whole(horizon, "horizon") <= LAST_YEAR:
        raise InputError(
            "the horizon must reach the target year and the last figure, and end by 2060",
            where="horizon",
            expected=f"{earliest} to {LAST_YEAR}",
            got=str(horizon),
        )


def _count_years(
    years: Sequence[int] | None, series: PublishedSeries, population: Population | None, horizon: int
) -> tuple[int, ...]:
    from target87.results.population import Population as PopulationNoun

    if population is not None and not isinstance(population, PopulationNoun):
        raise InputError(
            "a population is a Population",
            where="population",
            got=repr(population),
            remedies=("datasets.population(vintage=...) or Population.from_dataframe(...) makes one",),
        )
    ages = series.indicator.ages
    people = population or denominators.population_of(ages, denominators.CURRENT_VINTAGE)
    counts = denominators.group_counts(people, ages, series.group_type, series.group)
    first = max(int(counts["year"].values[0]), series.years[0])
    last = min(int(counts["year"].values[-1]), horizon)
    if years is None:
        return tuple(year for year in COUNT_YEARS if first <= year <= last)
    beyond = [year for year in years if not first <= _whole(year, "count_years") <= last]
    if beyond:
        raise InputError(
            "numbers of people cannot be given outside the record, the horizon and the population data",
            where="count_years",
            expected=f"{first} to {last} ({people.vintage}, {people.variant} variant)",
            count=len(beyond),
            examples=beyond,
            remedies=("ask for the rate, which runs to 2060", "pass a population that reaches the year (population=)"),
        )
    return tuple(sorted(set(years)))


def askable(name: str) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Groups of an indicator that have two or more figures, and those declined with the reason."""
    what = INDICATORS[name]
    good, declined = [], []
    published = groups(what)
    for (kind, label), figures in published.items():
        if kind == "world":
            continue
        twins = [count for (other, name_), count in published.items() if name_ == label and other != kind]
        if any(count > figures for count in twins):
            declined.append((kind, label, "answered from the longer record of the same name"))
            continue
        reason = _why_not(what, kind, label, figures)
        if reason is None:
            good.append((kind, label))
        else:
            declined.append((kind, label, reason))
    order = {kind: rank for rank, kind in enumerate(GROUP_TYPES)}
    return sorted(good, key=lambda one: (order[one[0]], one[1])), declined


def _why_not(what: Indicator, kind: str, label: str, figures: int) -> str | None:
    if figures < 2:
        return f"{figures} published figure: no trend can be told from fewer than two"
    try:
        population = denominators.population_of(what.ages, denominators.CURRENT_VINTAGE)
        denominators.group_counts(population, what.ages, kind, label)
    except InputError as error:
        return f"{figures} published figures, but {error.what}"
    return None
