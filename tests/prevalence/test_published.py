"""Oracle: the printed figures themselves, and sums done here by hand from them."""

from __future__ import annotations

import csv
import math
from importlib import resources

import numpy as np
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.prevalence import INDICATORS, published, published_series


@pytest.fixture(scope="module")
def printed():
    """Rows of the file as text, read without the library."""
    file = resources.files("target87.datasets") / "data" / "global_estimates.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def one(printed, **wanted):
    rows = [row for row in printed if all(row[key] == value for key, value in wanted.items())]
    assert len(rows) == 1
    return rows[0]


def population(name, year, sex, column):
    file = resources.files("target87.datasets") / "data" / name
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return sum(float(row[column]) for row in rows if (row["iso3"], row["year"], row["sex"]) == ("WLD", year, sex))


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_one_observation_a_year_and_rates_as_printed(printed, name):
    series = published_series(name)
    assert list(series.years) == sorted(set(series.years))
    for point in series.points.to_dict("records"):
        row = one(
            printed,
            indicator=name,
            group_type="world",
            year=str(point["year"]),
            source_id=point["source_id"],
        )
        assert point["status"] == row["status"]
        assert point["number_millions"] == pytest.approx(float(row["number_millions"]), rel=1e-12)
        if row["rate"]:
            assert point["rate"] * INDICATORS[name].rate_scale == pytest.approx(float(row["rate"]), rel=1e-12)
            assert point["how"] == "rate as published"
            assert point["denominator_sd"] == 0.0


def test_the_world_record():
    """Child labour as the report of 2025 and those before it print it (READ at their source)."""
    points = published_series("child_labour").points.set_index("year")
    rates = {2000: 16.0, 2004: 14.2, 2008: 13.6, 2012: 10.6, 2016: 9.6, 2020: 9.6, 2024: 7.8}
    assert (100 * points["rate"]).round(9).to_dict() == rates
    assert points["rounding_sd"].to_dict() == pytest.approx(
        {year: 0.1 / math.sqrt(12) / rate for year, rate in rates.items()}
    )
    assert points["known_sd"].isna().all()


def test_a_later_report_supersedes_an_earlier_one():
    series = published_series("child_labour")
    chosen = series.points.set_index("year").loc[2004]
    assert (chosen["source_id"], chosen["rate_published"]) == ("ILO-UNICEF2025", 14.2)
    assert series.superseded[["year", "source_id", "rate"]].to_numpy().tolist() == [[2004, "ILO2006", 13.9]]


def test_a_number_is_divided_by_the_population_its_report_implies():
    """Girls 2024: 59 million of the world population that 137.6 million at 7.8 % imply, times the girls' share."""
    girls = published_series("child_labour", "sex", "girls").points.set_index("year").loc[2024]
    female = population("population_5_17.csv", "2024", "F", "pop_5_17")
    share = female / population("population_5_17.csv", "2024", "T", "pop_5_17")
    assert 0.48 < share < 0.49
    assert girls["rate"] == pytest.approx(59 / (137.6 / 0.078 * share), rel=1e-9)
    assert math.isnan(girls["rate_published"])
    assert girls["rounding_sd"] == pytest.approx(1 / math.sqrt(12) / 59)
    # 2 % for the choice, and the rounding of 7.8
    assert girls["denominator_sd"] == pytest.approx(math.hypot(0.02, 0.1 / math.sqrt(12) / 7.8))
    assert girls["how"] == "number / population implied by the same report"


def test_boys_and_girls_average_to_the_world():
    """Both 2024 figures together are the world's 7.8 %, to the rounding of 59 and 78 million and of 9 %."""
    girls, boys = (published_series("child_labour", "sex", sex).points.iloc[-1] for sex in ("girls", "boys"))
    both = (girls["rate"] + boys["rate"]) / 2
    assert both == pytest.approx(0.078, abs=0.003)


def test_the_minimum_of_2005_over_the_population_of_its_period():
    """12.3 million, no rate printed and no denominator: WPP 2024 total population at the middle of 1995-2004.

    The middle is the turn of 1999 to 2000; the embedded table begins in mid-2000, and grows 1.3 % a year there.
    """
    first = published_series("forced_labour").points.iloc[0]
    file = resources.files("target87.datasets") / "data" / "population_total.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    world = next(float(row["pop_total"]) for row in rows if (row["iso3"], row["year"]) == ("WLD", "2000"))
    assert (first["year"], first["first_year"], first["last_year"]) == (2005, 1995, 2004)
    assert first["rate"] == pytest.approx(12.3e6 / world, rel=0.007)
    assert first["denominator_sd"] == 0.02
    assert first["rounding_sd"] == pytest.approx(0.1 / math.sqrt(12) / 12.3)
    assert "WPP2024" in first["how"]


def test_the_printed_error_of_2012_is_used():
    """20.9 million, 68 % interval 19.5 to 22.3: one standard error is 1.4 million."""
    points = published_series("forced_labour").points.set_index("year")
    assert points["known_sd"].dropna().to_dict() == pytest.approx({2012: 1.4 / 20.9}, rel=1e-9)
    assert points["error_published"].map(bool).to_dict() == {2005: False, 2012: True, 2016: False, 2021: False}


@pytest.mark.parametrize(
    ("interval", "deviates"), [("68% (about)", 1.0), ("95% interval", 1.959964), ("90%", 1.644854)]
)
def test_a_printed_interval_is_read_at_its_level(interval, deviates):
    row = {"lower": 18.0, "upper": 24.0, "number_millions": 20.0, "interval": interval}
    assert published._known_sd(row) == pytest.approx(3.0 / deviates / 20.0, rel=1e-6)


def test_periods_and_methods_of_forced_labour():
    points = published_series("forced_labour").points
    spans = list(zip(points["first_year"], points["last_year"], strict=True))
    assert spans == [(1995, 2004), (2002, 2011), (2016, 2016), (2021, 2021)]
    assert points["method"].tolist()[2:] == ["household surveys"] * 2
    assert points["method"].nunique() == 3


def test_confirmed_only_leaves_out_the_rest():
    every = published_series("child_labour", "sex", "boys")
    some = published_series("child_labour", "sex", "boys", confirmed_only=True)
    assert set(some.years) == set(every.points.loc[every.points["confirmed"], "year"])
    assert set(some.years) < set(every.years)


def test_an_error_that_was_not_confirmed_is_left_out_with_the_rest():
    every, some = (published_series("forced_labour", confirmed_only=only).points for only in (False, True))
    unconfirmed = every["known_sd"].notna() & ~every["error_confirmed"]
    assert unconfirmed.any(), "the interval of 2012 is recalled"
    assert some["year"].tolist() == every["year"].tolist()
    assert some.loc[unconfirmed, "known_sd"].isna().all()


@pytest.mark.parametrize(("approximate", "decimals"), [(False, 1), (True, 0)])
def test_a_figure_read_rounded_loses_a_digit(approximate, decimals):
    row = {"rate_decimals": 1, "number_decimals": 1, "approximate": approximate}
    assert published._decimals(row, "rate") == published._decimals(row, "number") == decimals


def test_keep():
    series = published_series("child_labour")
    kept = series.keep(range(2008, 2021))
    assert kept.years == (2008, 2012, 2016, 2020)
    assert kept.points.index.tolist() == [0, 1, 2, 3]
    assert series.years[0] == 2000


def test_unknown_indicator_and_group():
    with pytest.raises(UnknownNameError, match="did you mean 'child_labour'"):
        published_series("child_labor")
    with pytest.raises(UnknownNameError, match="Africa"):
        published_series("child_labour", "region_ilo", "Afrika")
    with pytest.raises(InputError, match="no figure of hazardous work of children is published for 'girls'"):
        published_series("hazardous_work", "sex", "girls")


def test_a_group_without_a_population_is_declined():
    """A number alone needs a population; there is none for the old regional grouping of 2005."""
    with pytest.raises(InputError, match="no embedded population belongs to"):
        published_series("forced_labour", "region_2005", "Sub-Saharan Africa")


def test_a_source_without_a_year_cannot_be_ordered():
    assert published._report_year("ILO-UNICEF2021") == 2021
    with pytest.raises(DataError, match="source id without a year"):
        published._report_year("a leaflet")


def test_a_number_and_its_rate_are_one_observation():
    """Rounds before 2024 imply other populations than today's, by up to 6 %: their numbers are never divided by it."""
    points = published_series("child_labour").points
    implied = (points["number_millions"] / points["rate"]).to_numpy()
    today = np.array([population("population_5_17.csv", str(y), "T", "pop_5_17") / 1e6 for y in points["year"]])
    assert implied[-1] == pytest.approx(today[-1], rel=1e-3)
    assert (abs(implied[:-1] / today[:-1] - 1) > 0.01).all()
    assert len(points) == len(implied) == 7
