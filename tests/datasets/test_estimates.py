"""Loaders of published figures: filters, marks of confirmation, printed decimals."""

from __future__ import annotations

import pandas as pd
import pytest

from target87 import datasets
from target87.errors import InputError, UnknownNameError


def one(indicator: str, group_type: str, group: str, year: int, source: str) -> pd.Series:
    rows = datasets.global_estimates(indicator, group_type, group, year)
    (position,) = rows.index[rows["source_id"] == source]
    return rows.loc[position]


def test_filters_take_one_name_or_several():
    assert len(datasets.global_estimates()) == 204
    rows = datasets.global_estimates(["child_labour", "hazardous_work"], "world", year=range(2016, 2021))
    assert rows[["indicator", "year"]].to_numpy().tolist() == [
        ["child_labour", 2016],
        ["hazardous_work", 2016],
        ["child_labour", 2020],
        ["hazardous_work", 2020],
    ]
    assert rows.index.tolist() == [0, 1, 2, 3]


def test_figures_are_those_printed():
    row = one("child_labour", "world", "World", 2024, "ILO-UNICEF2025")
    assert (row["number_millions"], row["rate"], row["rate_unit"]) == (137.6, 7.8, "percent")
    row = one("forced_labour", "world", "World", 2021, "GEMS2022")
    assert (row["number_millions"], row["rate"], row["rate_unit"]) == (27.6, 3.5, "per_1000_population")


def test_unknown_names_offer_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'forced_labour'"):
        datasets.global_estimates("forced_labor")
    with pytest.raises(UnknownNameError, match="did you mean 'World'"):
        datasets.global_estimates(group="world")
    with pytest.raises(UnknownNameError, match="unknown group type"):
        datasets.global_estimates(group_type="region")


def test_a_year_or_combination_without_figures_gives_no_rows():
    assert datasets.global_estimates(year=2001).empty
    empty = datasets.global_estimates("forced_marriage", "world", year=2012)
    assert empty.empty
    assert empty.attrs["not_confirmed"] == 0


@pytest.mark.parametrize("year", [2020.5, "2020", [2020, None]])
def test_a_year_must_be_a_whole_number(year):
    with pytest.raises(InputError, match="year must be a whole number"):
        datasets.global_estimates(year=year)


@pytest.mark.parametrize(
    ("key", "confirmed", "number", "rate", "approximate"),
    [
        (("child_labour", "world", "World", 2024, "ILO-UNICEF2025"), True, True, True, False),
        (("child_labour", "sex", "girls", 2024, "ILO-UNICEF2025"), True, True, False, False),  # no rate printed
        (("child_labour", "age", "5-11", 2024, "ILO-UNICEF2025"), True, True, False, True),
        (("child_labour", "world", "World", 2004, "ILO2006"), True, True, True, True),
        (("child_labour", "age", "5-11", 2020, "ILO-UNICEF2021"), False, False, True, False),
        (("hazardous_work", "world", "World", 2004, "ILO2006"), False, True, False, False),
        (("child_labour", "sex", "boys", 2012, "ILO2013"), False, False, False, False),
        (("forced_labour", "type", "private economy", 2021, "GEMS2022"), False, False, False, False),
    ],
)
def test_marks_say_which_half_was_confirmed(key, confirmed, number, rate, approximate):
    row = one(*key)
    marks = ["confirmed", "number_confirmed", "rate_confirmed", "approximate"]
    assert [bool(row[mark]) for mark in marks] == [confirmed, number, rate, approximate]


def test_confirmed_only_leaves_out_what_was_recalled_or_derived():
    rows = datasets.global_estimates()
    kept = datasets.global_estimates(confirmed_only=True)
    assert set(kept["status"]) == {"READ", "READ_APPROX"}
    assert len(kept) == 204 - rows.attrs["not_confirmed"] == 204 - kept.attrs["not_confirmed"]
    assert rows.attrs["not_confirmed"] == int((~rows["status"].isin(["READ", "READ_APPROX"])).sum()) == 34


@pytest.mark.parametrize(
    ("key", "number_decimals", "rate_decimals"),
    [
        (("children_in_employment", "age", "5-14", 2004, "ILO2013"), 3, 1),  # 196.047 and 16.2
        (("child_labour", "sex", "boys", 2024, "ILO-UNICEF2025"), 0, 0),  # 78 and 9
        (("child_labour", "region_ilo_trend", "Latin America and the Caribbean", 2008, "ILO-UNICEF2025"), 1, 1),  # 10.0
        (("forced_labour", "region_2005", "Sub-Saharan Africa", 2005, "ILO2005"), 2, pd.NA),  # 0.66 and none
    ],
)
def test_decimals_are_those_printed(key, number_decimals, rate_decimals):
    row = one(*key)
    assert [row["number_decimals"] is pd.NA, row["rate_decimals"] is pd.NA] == [False, rate_decimals is pd.NA]
    assert row["number_decimals"] == number_decimals
    if rate_decimals is not pd.NA:
        assert row["rate_decimals"] == rate_decimals


def test_frames_say_what_they_hold():
    rows = datasets.global_estimates("child_labour")
    assert rows.attrs["units"]["number_millions"] == "million persons"
    assert rows.attrs["schema_version"] == 1
    assert "never add" in rows.attrs["note"]
    assert str(rows["number_decimals"].dtype) == "Int64"
    assert rows["confirmed"].dtype == bool


def test_a_frame_belongs_to_its_caller():
    rows = datasets.global_estimates()
    rows.loc[:, "rate"] = 0.0
    rows.attrs["units"]["rate"] = "spoilt"
    again = datasets.global_estimates()
    assert again["rate"].max() > 0
    assert again.attrs["units"]["rate"] == "as in rate_unit"
    datasets.areas().attrs.clear()
    assert datasets.areas().attrs["dataset"] == "areas"


def test_projections_keep_their_status():
    table = datasets.published_projections().set_index("projection_id")
    assert table.loc["ILO2017a", "projected_millions"] == 121
    assert table.index[table["confirmed"]].tolist() == ["ILO2006a", "ILO2017a", "UN2021c", "UN2021d", "UN2025a"]
    assert table.index[table["projected_millions"].isna()].tolist() == ["UN2021f", "UN2025a"]


def test_verified_cases_are_lower_bounds():
    cases = datasets.verified_cases()
    assert (len(cases), set(cases["lower_bound"]), int((~cases["confirmed"]).sum())) == (9, {"yes"}, 1)
    assert cases.loc[cases["source_id"] == "UNODC2024", "count"].tolist() == [202_478]
    assert "never prevalence" in cases.attrs["note"]


def test_historical_world_rows_of_child_labour_are_the_published_rates():
    past = datasets.historical()
    world = past[past["entity"] == "World, ILO-IPEC"].set_index("year")["percent"].to_dict()
    assert world == {2000: 16.0, 2004: 14.2, 2008: 13.6, 2012: 10.6}
    now = datasets.global_estimates("child_labour", "world", year=list(world))
    now = now[now["source_id"] == "ILO-UNICEF2025"].set_index("year")["rate"].to_dict()
    assert now == world
    assert set(past["source_id"]) == {"OWID-historical"}
