"""Oracle: the rows of the population files, summed here."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest
import xarray as xr

from target87.errors import InputError
from target87.prevalence import denominators


def rows(name):
    file = resources.files("target87.datasets") / "data" / name
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_vintage_follows_the_report():
    chosen = {one: denominators.vintage_of("5-17", one) for one in ("ILO2006", "ILO2017", "ILO-UNICEF2021")}
    assert set(chosen.values()) == {"WPP2019"}
    assert denominators.vintage_of("5-17", "ILO-UNICEF2025") == "WPP2024"
    assert denominators.vintage_of("all", "ILO2012") == "WPP2024"


@pytest.mark.parametrize(
    ("kind", "group", "sex", "column"),
    [("world", "World", "T", "pop_5_17"), ("sex", "girls", "F", "pop_5_17"), ("age", "12-14", "T", "pop_12_14")],
)
def test_counts_of_groups(kind, group, sex, column):
    counts = denominators.group_counts(denominators.population_of("5-17", "WPP2024"), "5-17", kind, group)
    expected = {
        int(row["year"]): float(row[column])
        for row in rows("population_5_17.csv")
        if (row["iso3"], row["sex"]) == ("WLD", sex)
    }
    assert dict(zip(counts["year"].values.tolist(), counts.values.tolist(), strict=True)) == expected


def test_counts_of_a_region_are_its_countries():
    population = denominators.population_of("5-17", "WPP2024")
    counts = denominators.group_counts(population, "5-17", "region_ilo", "Arab States")
    members = {row["iso3"] for row in rows("regions.csv") if row["ilo_region"] == "Arab States"}
    expected = sum(
        float(row["pop_5_17"])
        for row in rows("population_5_17.csv")
        if row["iso3"] in members and (row["year"], row["sex"]) == ("2024", "T")
    )
    assert float(counts.sel(year=2024)) == pytest.approx(expected, rel=1e-12)


def test_groups_without_a_population():
    population = denominators.population_of("5-17", "WPP2024")
    for kind, group in (("region_2012", "Africa"), ("area", "rural"), ("sector", "agriculture")):
        with pytest.raises(InputError, match="no embedded population belongs to"):
            denominators.group_counts(population, "5-17", kind, group)


@pytest.fixture
def doubling():
    return xr.DataArray([100.0, 200.0, 400.0], dims="year", coords={"year": [2000, 2001, 2002]})


def test_between_years_growth_is_constant(doubling):
    assert denominators.at_year(doubling, 2001) == pytest.approx(200)
    assert denominators.at_year(doubling, 2000.5) == pytest.approx(100 * np.sqrt(2))
    assert denominators.at_year(doubling, 1999.5) == pytest.approx(100)


@pytest.mark.parametrize("year", [1999.0, 2002.25, 1990.0])
def test_no_population_outside_the_table(doubling, year):
    with pytest.raises(InputError, match="does not reach"):
        denominators.at_year(doubling, year)
