"""From published figures to observations: one printed estimate is one observation.

A report prints a number and a rate of the same thing. The rate is the observation; the number only reveals the
denominator its report used. Where only a number was printed it is divided by that round's implied population, or else
by the stated population at its reference period, and carries an error for that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import DataError, InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

DENOMINATOR_SD = 0.02
"""Relative error (standard deviation) added where a number had to be divided by a population we chose."""


@dataclass(frozen=True)
class Indicator:
    """What a published indicator measures and how its rounds were made.

    Parameters
    ----------
    name, title : str
        Key in the published estimates, and words for a sentence ("child labour").
    people : str
        Who is counted ("children").
    definition : str
        Definition of the current method, one sentence.
    ages : str
        Age group of the denominator.
    rate_scale, rate_unit : float, str
        Factor and words in which rates are printed (100, "%").
    reference_periods : mapping
        Year of a figure to the first and last year it averages over, where that is not the year itself.
    methods : mapping
        Year of a figure to the method that made it; adjacent figures of one method share part of their error.
    share_error_across_methods : bool
        Whether adjacent figures share error whatever their method.
    """

    name: str
    title: str
    people: str
    definition: str
    ages: str
    rate_scale: float
    rate_unit: str
    reference_periods: Mapping[int, tuple[int, int]]
    methods: Mapping[int, str]
    share_error_across_methods: bool


_CHILD_METHODS = {
    **dict.fromkeys((2000, 2004, 2008, 2012), "ILO 2000-2012"),
    2016: "ILO 2016",
    **dict.fromkeys((2020, 2024), "ILO-UNICEF 2020-2024"),
}

INDICATORS: dict[str, Indicator] = {
    "child_labour": Indicator(
        name="child_labour",
        title="child labour",
        people="children",
        definition=(
            "Children aged 5-17 in child labour as the ILO's and UNICEF's global estimates define it: any economic "
            "activity at 5-11, 14 hours a week or more at 12-14, 43 or more at 15-17, and hazardous work at any age; "
            "household chores left out."
        ),
        ages="5-17",
        rate_scale=100.0,
        rate_unit=" %",
        reference_periods={},
        methods=_CHILD_METHODS,
        share_error_across_methods=True,
    ),
    "hazardous_work": Indicator(
        name="hazardous_work",
        title="hazardous work of children",
        people="children",
        definition="Children aged 5-17 in hazardous work, the child labour that harms health, safety or morals.",
        ages="5-17",
        rate_scale=100.0,
        rate_unit=" %",
        reference_periods={},
        methods=_CHILD_METHODS,
        share_error_across_methods=True,
    ),
    "forced_labour": Indicator(
        name="forced_labour",
        title="forced labour",
        people="people",
        definition=(
            "People of any age in forced labour at a point in time (privately or state imposed, forced commercial "
            "sexual exploitation included, forced marriage not), as the global estimates of 2017 and 2022 measure it."
        ),
        ages="all",
        rate_scale=1000.0,
        rate_unit=" per 1,000",
        reference_periods={2005: (1995, 2004), 2012: (2002, 2011)},
        methods={
            2005: "reported cases, minimum",
            2012: "reported cases, revised",
            2016: "household surveys",
            2021: "household surveys",
        },
        share_error_across_methods=False,
    ),
}


@dataclass(frozen=True)
class PublishedSeries:
    """The published figures of one indicator for one group, one a year.

    Attributes
    ----------
    indicator : Indicator
        What is measured.
    group_type, group : str
        Which group, as in the published estimates: ``("world", "World")``.
    points : pandas.DataFrame
        One row a figure: ``year``, ``first_year`` and ``last_year`` of the reference period, ``rate`` (proportion),
        ``rounding_sd`` and ``denominator_sd`` (relative), ``known_sd`` (relative, where the source printed an error)
        and ``error_published`` (that error in words) with ``error_confirmed``,
        ``method``, ``how`` it entered, ``number_millions`` and ``rate_published`` as printed, ``source_id``,
        ``status``, ``confirmed``.
    superseded : pandas.DataFrame
        Other figures for the same years, not used because a later report restated them.
    """

    indicator: Indicator
    group_type: str
    group: str
    points: pd.DataFrame
    superseded: pd.DataFrame

    @property
    def years(self) -> tuple[int, ...]:
        """Years of the figures."""
        return tuple(int(year) for year in self.points["year"])

    def keep(self, years: range | tuple[int, ...]) -> PublishedSeries:
        """The same series with the figures of ``years`` only."""
        points = self.points[self.points["year"].isin(list(years))].reset_index(drop=True)
        return PublishedSeries(self.indicator, self.group_type, self.group, points, self.superseded)


def indicator(name: str) -> Indicator:
    """Look up what is known of an indicator.

    Raises
    ------
    UnknownNameError
        If no question of target 8.7 is asked of it; the nearest names are offered.
    """
    try:
        return INDICATORS[name]
    except KeyError:
        raise UnknownNameError.of(name, INDICATORS, kind="indicator") from None


def published_series(
    name: str, group_type: str = "world", group: str = "World", *, confirmed_only: bool = False
) -> PublishedSeries:
    """Published figures of an indicator for one group, ready to be modelled.

    Where several reports print the same year, the latest report is taken and the others are listed as superseded.

    Parameters
    ----------
    name : str
        ``"child_labour"``, ``"hazardous_work"`` or ``"forced_labour"``.
    group_type, group : str
        As in :func:`target87.datasets.global_estimates`.
    confirmed_only : bool
        Leave out figures that were not confirmed at their source.

    Raises
    ------
    UnknownNameError
        If the indicator is not known.
    InputError
        If nothing is published for the group, or its rates cannot be formed.

    Examples
    --------
    >>> series = published_series("child_labour")
    >>> series.years
    (2000, 2004, 2008, 2012, 2016, 2020, 2024)
    >>> float(series.points["rate"].iloc[-1])
    0.078
    """
    from target87 import datasets

    what = indicator(name)
    rows = datasets.global_estimates(indicator=name, group_type=group_type, group=group)
    if confirmed_only:
        rows = rows[[_confirmed(row) for row in rows.to_dict("records")]]
    if rows.empty:
        raise InputError(f"no figure of {what.title} is published for {group!r} ({group_type})", where="group")
    rows = rows.assign(report_year=[_report_year(source) for source in rows["source_id"]])
    rows = rows.sort_values(["year", "report_year"], kind="stable").reset_index(drop=True)
    latest = ~rows.duplicated("year", keep="last")
    points = _points(what, rows[latest].reset_index(drop=True))
    if confirmed_only:
        points["known_sd"] = points["known_sd"].where(points["error_confirmed"])
    return PublishedSeries(
        what, group_type, group, points, rows[~latest].drop(columns="report_year").reset_index(drop=True)
    )


def _report_year(source_id: str) -> int:
    found = re.search(r"(\d{4})", source_id)
    if found is None:
        raise DataError("a source id without a year cannot be ordered", where="source_id", got=source_id)
    return int(found.group(1))


def _points(what: Indicator, rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([_point(what, row) for row in rows.to_dict("records")])


def _point(what: Indicator, row: dict[Any, Any]) -> dict[str, object]:
    year = int(row["year"])
    first, last = what.reference_periods.get(year, (year, year))
    if _missing(row["rate"]):
        rate, rounding, denominator_sd, how = _rate_from_number(what, row, first, last)
    else:
        rate = float(row["rate"]) / what.rate_scale
        rounding = _rounding_sd(float(row["rate"]), _decimals(row, "rate"))
        denominator_sd, how = 0.0, "rate as published"
    if not 0.0 < rate < 1.0:
        raise InputError(
            "a published rate must lie between 0 and 1 to be modelled on the logit scale",
            where=f"{what.name}, {row['group']}, {year}",
            got=f"{rate:g}",
        )
    return {
        "year": year,
        "first_year": first,
        "last_year": last,
        "rate": rate,
        "rounding_sd": rounding,
        "denominator_sd": denominator_sd,
        "known_sd": _known_sd(row),
        "error_published": "" if _missing(row["interval"]) else str(row["interval"]),
        "error_confirmed": bool(row["interval_confirmed"]),
        "method": what.methods.get(year, "not stated"),
        "how": how,
        "number_millions": row["number_millions"],
        "rate_published": row["rate"],
        "source_id": row["source_id"],
        "status": row["status"],
        "confirmed": _confirmed(row),
    }


def _confirmed(row: dict[Any, Any]) -> bool:
    """Whether the half of the figure that enters was confirmed at its source."""
    return bool(row["number_confirmed"] if _missing(row["rate"]) else row["rate_confirmed"])


def _decimals(row: dict[Any, Any], half: str) -> int:
    """Digits after the point that can be trusted: one fewer than printed where the figure was read rounded."""
    return int(row[f"{half}_decimals"]) - int(bool(row["approximate"]))


def _rounding_sd(value: float, decimals: int) -> float:
    """Relative standard deviation of a figure rounded to ``decimals``: uniform over one last digit."""
    return float(10.0 ** (-decimals) / np.sqrt(12.0) / value)


def _known_sd(row: dict[Any, Any]) -> float:
    """Relative standard error where the source printed an interval, else missing."""
    if _missing(row["lower"]) or _missing(row["upper"]) or _missing(row["number_millions"]):
        return float("nan")
    level = float(str(row["interval"]).split("%")[0]) / 100.0
    half = (float(row["upper"]) - float(row["lower"])) / 2.0
    # 68 % is how reports say "one standard error"
    deviates = 1.0 if level == 0.68 else NormalDist().inv_cdf(0.5 + level / 2.0)
    return half / deviates / float(row["number_millions"])


def _rate_from_number(what: Indicator, row: dict[Any, Any], first: int, last: int) -> tuple[float, float, float, str]:
    number = float(row["number_millions"])
    rounding = _rounding_sd(number, _decimals(row, "number"))
    implied, implied_sd = _implied_world(what, row)
    share, total, vintage = _group_population(what, row, (first + last) / 2.0)
    if implied is None:
        population, how = total, f"number / population of {vintage} at its reference period"
    else:
        population, how = implied * share, "number / population implied by the same report"
    return number * 1e6 / population, rounding, float(np.hypot(DENOMINATOR_SD, implied_sd)), how


def _implied_world(what: Indicator, row: dict[Any, Any]) -> tuple[float | None, float]:
    """World population that a report's own world number and rate imply, with its relative rounding error."""
    from target87 import datasets

    world = datasets.global_estimates(indicator=what.name, group_type="world", year=int(row["year"]))
    world = world[(world["source_id"] == row["source_id"]) & world["rate"].notna() & world["number_millions"].notna()]
    if world.empty:
        return None, 0.0
    one = world.iloc[0]
    population = float(one["number_millions"]) * 1e6 / (float(one["rate"]) / what.rate_scale)
    return population, _rounding_sd(float(one["rate"]), int(one["rate_decimals"]))


def _group_population(what: Indicator, row: dict[Any, Any], year: float) -> tuple[float, float, str]:
    """Share of the group in the world's population of the indicator's ages, its population, and the vintage."""
    from target87.prevalence import denominators

    vintage = denominators.vintage_of(what.ages, str(row["source_id"]))
    population = denominators.population_of(what.ages, vintage)
    own, world = (
        denominators.at_year(denominators.group_counts(population, what.ages, kind, group), year)
        for kind, group in ((str(row["group_type"]), str(row["group"])), ("world", "World"))
    )
    return own / world, own, vintage


def _missing(value: object) -> bool:
    """Whether a cell of a frame is missing."""
    import pandas as pd

    return bool(pd.isna(value))  # type: ignore[call-overload]
