"""Embedded populations against figures printed elsewhere."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from target87 import datasets
from target87.errors import InputError, UnknownNameError

# World population aged 5-17 in millions, by WPP2019 and WPP2024, as others worked it out to replay the projections.
WORLD_5_17 = {
    2000: (1584, 1603),
    2004: (1594, 1614),
    2008: (1580, 1606),
    2012: (1596, 1625),
    2016: (1633, 1672),
    2020: (1676, 1730),
    2024: (1714, 1764),
}


def millions(population, year, area="WLD", **options):
    return population.at(year, area, **options) / 1e6


@pytest.mark.parametrize("year", WORLD_5_17)
def test_world_of_both_vintages(year):
    both = [millions(datasets.population(vintage=vintage), year) for vintage in ("WPP2019", "WPP2024")]
    assert tuple(round(one) for one in both) == WORLD_5_17[year]


def test_world_of_all_ages_is_the_printed_total():
    # World Population Prospects 2024: 8,161,972,572 people in the middle of 2024, 8,231,613,070 in 2025
    everybody = datasets.population("all")
    assert everybody.at(2024) == 8_161_972_572
    assert everybody.at(2025) == 8_231_613_070
    assert everybody.at(2024, sex="male") + everybody.at(2024, sex="female") == everybody.at(2024)


def test_children_in_child_labour_over_their_rate_give_the_same_population():
    # 137.6 million children are 7.8 % (2024): the report stands on this vintage
    low, high = 137.55 / 0.0785, 137.65 / 0.0775
    assert low < millions(datasets.population(), 2024) < high


@pytest.mark.parametrize(("year", "expected"), [(2020, 362), (2025, 402), (2030, 439)])
def test_children_of_sub_saharan_africa(year, expected):
    regions = datasets.population(vintage="WPP2019").group(datasets.region_membership("region_ilo_trend"))
    assert round(millions(regions, year, "Sub-Saharan Africa")) == expected


@pytest.mark.parametrize("vintage", ["WPP2019", "WPP2024"])
def test_bands_add_up_and_stand_alone(vintage):
    whole = datasets.population("5-17", vintage)
    parts = [datasets.population(ages, vintage).series("BGD") for ages in ("5-11", "12-14", "15-17")]
    np.testing.assert_array_equal(sum(parts), whole.series("BGD"))
    np.testing.assert_array_equal(whole.series("BGD", ages="12-14"), parts[1])
    np.testing.assert_array_equal(datasets.population("5-14", vintage).series("BGD"), parts[0] + parts[1])


def test_one_row_as_it_stands_in_the_file():
    counts = datasets.population().counts.sel(area="ABW", year=2000)
    assert counts.sel(sex="female").values.tolist() == [4894, 2011, 1903]
    assert counts.sel(sex="male").values.tolist() == [4993, 1998, 1929]
    assert counts.sel(sex="total").values.tolist() == [9887, 4009, 3832]


def test_labels():
    population = datasets.population()
    assert population.counts.dims == ("area", "year", "sex", "age")
    assert (len(population.areas), population.years, population.ages) == (237, (2000, 2035), ("5-11", "12-14", "15-17"))
    assert (population.vintage, population.variant) == ("WPP2024", "medium")
    assert population.counts.attrs["units"] == "persons"
    assert "World Population Prospects 2024" in population.counts.attrs["source"]
    assert len(datasets.population(vintage="WPP2019").areas) == 201
    assert datasets.population(sex="male").counts["sex"].values.tolist() == ["male"]


def test_populations_do_not_share_memory():
    first, second = datasets.population(), datasets.population()
    assert not np.shares_memory(first.counts.values, second.counts.values)
    with pytest.raises(ValueError, match="read-only"):
        first.counts.values[0, 0, 0, 0] = 0


def test_bad_requests():
    with pytest.raises(UnknownNameError, match="unknown age group '5-18'"):
        datasets.population("5-18")
    with pytest.raises(UnknownNameError, match="unknown population vintage 'WPP2022'"):
        datasets.population(vintage="WPP2022")
    with pytest.raises(UnknownNameError, match="unknown sex 'boys'"):
        datasets.population(sex="boys")
    with pytest.raises(InputError, match="embedded for WPP2024 only"):
        datasets.population("all", vintage="WPP2019")


def test_the_module_alone_loads_nothing_heavy():
    code = "import sys, target87.datasets; print('pandas' in sys.modules or 'xarray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
