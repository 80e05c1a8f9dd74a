"""Embedded populations: one loader for every age group and vintage."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from target87.datasets.reading import read
from target87.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from target87.results.population import Population

_BANDS = {"5-11": "pop_5_11", "12-14": "pop_12_14", "15-17": "pop_15_17"}
_AGES = {
    "5-17": ("5-11", "12-14", "15-17"),
    "5-14": ("5-11", "12-14"),
    "12-17": ("12-14", "15-17"),
    **{band: (band,) for band in _BANDS},
    "all": ("all",),
}
_SEXES = {"T": "total", "M": "male", "F": "female"}
_FILES = {
    "WPP2024": ("population_5_17",),
    "WPP2019": ("population_5_17_wpp2019", "population_5_17_world_wpp2019"),
}
_SOURCE = "UN DESA, World Population Prospects {year}, medium variant"
_NOTES = {
    "WPP2024": "the parts of 10-14 and 15-19 in each band are estimated from single years of WPP2019",
    "WPP2019": "summed from single years of age; 200 countries and the world",
}


def population(ages: str = "5-17", vintage: str = "WPP2024", sex: str | None = None) -> Population:
    """Population by area, year, sex and age: World Population Prospects, medium variant, 2000-2035.

    Counts are at mid-year, in persons. The world (``WLD``) is the Prospects' own total, from which the sum of areas
    differs by up to 0.02 %. The bands of WPP2024 are estimates: it has five-year groups, and 10-14 and 15-19 straddle
    them.

    Parameters
    ----------
    ages : {"5-17", "5-11", "12-14", "15-17", "5-14", "12-17", "all"}
        Completed years, both ends included. ``"5-17"`` keeps its three bands; ``"all"`` is the whole population.
    vintage : {"WPP2024", "WPP2019"}
        Revision. Reports up to 2021 stand nearest to WPP2019, which is embedded for ages 5-17 and 200 countries.
    sex : {"total", "male", "female"}, optional
        Keep one sex; all three if not given.

    Returns
    -------
    Population
        Over area, year, sex and age.

    Raises
    ------
    UnknownNameError
        If the age group, vintage or sex is not among those listed.
    InputError
        If the whole population is asked for in another vintage than WPP2024.

    Examples
    --------
    >>> from target87 import datasets
    >>> children = datasets.population(ages="5-17")
    >>> round(float(children.series("WLD").sel(year=2024)) / 1e6, 1)
    1764.1
    >>> children.vintage, children.years
    ('WPP2024', (2000, 2035))
    """
    from target87.results.population import Population

    for name, known, kind in ((ages, _AGES, "age group"), (vintage, _FILES, "population vintage")):
        if name not in known:
            raise UnknownNameError.of(name, known, kind=kind)
    if sex is not None and sex not in _SEXES.values():
        raise UnknownNameError.of(sex, _SEXES.values(), kind="sex")
    if ages == "all" and vintage != "WPP2024":
        raise InputError(
            "the population of all ages is embedded for WPP2024 only",
            where="vintage",
            got=vintage,
            remedies=("take vintage='WPP2024'", "bring your own: Population.from_dataframe(table, vintage=...)"),
        )
    counts = _all_ages() if ages == "all" else _school_ages(vintage)
    return Population(counts.sel(age=list(_AGES[ages]), sex=list(_SEXES.values()) if sex is None else [sex]))


@cache
def _school_ages(vintage: str) -> xr.DataArray:
    import pandas as pd

    frame = pd.concat([read(name) for name in _FILES[vintage]], ignore_index=True)
    values = frame[list(_BANDS.values())].to_numpy(dtype=np.float64)
    return _cube(frame, frame["sex"].map(_SEXES), values, list(_BANDS), vintage)


@cache
def _all_ages() -> xr.DataArray:
    import pandas as pd

    frame = read("population_total")
    sexes = {"total": "pop_total", "male": "pop_male", "female": "pop_female"}
    whole = pd.concat([frame] * len(sexes), ignore_index=True)
    values = np.concatenate([frame[column].to_numpy(dtype=np.float64) for column in sexes.values()])
    sex = pd.Series(np.repeat(list(sexes), len(frame)))
    return _cube(whole, sex, values[:, None], ["all"], "WPP2024")


def _cube(frame: pd.DataFrame, sex: pd.Series[str], values: np.ndarray, ages: list[str], vintage: str) -> xr.DataArray:
    """Long rows to an array over area, year, sex, age; that every cell is there is checked by ``Population``."""
    import pandas as pd
    import xarray as xr

    area, areas = pd.factorize(frame["area"], sort=True)
    year, years = pd.factorize(frame["year"], sort=True)
    sexes = list(_SEXES.values())
    cube = np.full((len(areas), len(years), len(sexes), len(ages)), np.nan)
    cube[area, year, pd.Index(sexes).get_indexer(pd.Index(sex))] = values
    return xr.DataArray(
        cube,
        dims=("area", "year", "sex", "age"),
        coords={"area": areas.to_numpy(dtype=str), "year": years.to_numpy(), "sex": sexes, "age": ages},
        attrs={
            "vintage": vintage,
            "variant": "medium",
            "source": _SOURCE.format(year=vintage.removeprefix("WPP")),
            "note": _NOTES[vintage] if ages != ["all"] else "",
        },
    )
