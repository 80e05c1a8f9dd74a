"""The population that a published rate is a rate of."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from target87.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from target87.results.population import Population

SEXES = {"boys": "male", "girls": "female", "male": "male", "female": "female"}
REGION_TYPES = ("region_ilo", "region_ilo_trend")
CURRENT_VINTAGE = "WPP2024"


def vintage_of(ages: str, source_id: str) -> str:
    """Vintage of the World Population Prospects that stands nearest to a report's own denominators.

    Child labour reports up to 2021 go with WPP 2019; total populations are embedded for WPP 2024 only.
    """
    year = int("".join(character for character in source_id if character.isdigit())[:4])
    return "WPP2019" if ages != "all" and year <= 2021 else CURRENT_VINTAGE


@cache
def population_of(ages: str, vintage: str) -> Population:
    """Embedded population of an age group, in persons."""
    from target87 import datasets

    return datasets.population(ages=ages, vintage=vintage)


@lru_cache(maxsize=64)
def group_counts(population: Population, ages: str, group_type: str, group: str) -> xr.DataArray:
    """Population of a published group by year, in persons; not to be written to, the same is given again.

    Raises
    ------
    InputError
        If no embedded population belongs to the group (an age band of total population, an old regional grouping).
    """
    if group_type == "world":
        return population.series("WLD", ages=ages)
    if group_type == "sex":
        return population.series("WLD", sex=SEXES[group], ages=ages)
    if group_type == "age" and ages == "5-17":
        return population.series("WLD", ages=group)
    if group_type in REGION_TYPES:
        return _regions(population, group_type).series(group, ages=ages)
    raise InputError(
        f"no embedded population belongs to {group!r} ({group_type})",
        where="group",
        remedies=("groups with a population: world, sex, age bands of 5-17, regions of the ILO's current grouping",),
    )


@lru_cache(maxsize=8)
def _regions(population: Population, group_type: str) -> Population:
    """The population summed to regions: the same object asked for many times is summed once."""
    from target87 import datasets

    return population.group(datasets.region_membership(group_type))


def at_year(counts: xr.DataArray, year: float) -> float:
    """Population at a moment, log-linear between years; a moment less than a year before the table takes its first.

    Raises
    ------
    InputError
        If the year lies outside the table.
    """
    years = counts["year"].to_numpy()
    first, last = int(years[0]), int(years[-1])
    if not first - 1 < year <= last:
        raise InputError(
            "the population table does not reach this year",
            where="year",
            expected=f"{first} to {last}",
            got=f"{year:g}",
        )
    return float(np.exp(np.interp(year, years, np.log(counts.to_numpy()))))
