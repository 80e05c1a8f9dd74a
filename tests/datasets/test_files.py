"""Every embedded file against its schema, its sources, and what its documentation states of it."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from target87 import datasets
from target87.datasets.reading import as_printed, read

ROOT = Path(__file__).parents[2]
ORIGIN = ROOT.parent / "shared" / "data"
DATA = files("target87.datasets") / "data"
TABLES = datasets.TABLES
COPIED = sorted(table.file for table in TABLES.values() if table.name != "sources")


@pytest.mark.parametrize("name", TABLES)
def test_file_keeps_to_its_schema(name):
    pd.testing.assert_frame_equal(datasets.validate(as_printed(name), name, embedded=True), read(name))


@pytest.mark.parametrize("name", TABLES)
def test_file_is_plain_csv(name):
    content = (DATA / TABLES[name].file).read_bytes()
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\n")
    content.decode("utf-8")


def test_every_csv_file_has_a_schema():
    there = {entry.name for entry in DATA.iterdir() if entry.name.endswith(".csv")}
    assert there == {table.file for table in TABLES.values()}
    assert len(COPIED) == 11


@pytest.mark.parametrize("file", COPIED)
def test_copy_is_the_original_byte_for_byte(file):
    if not (ORIGIN / file).is_file():
        pytest.skip("the folder the files were copied from is not beside the clone")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (DATA / file, ORIGIN / file)]
    assert digests[0] == digests[1]


@pytest.mark.parametrize("name", [name for name in TABLES if name not in ("sources", "series")])
def test_every_source_is_listed(name):
    frame, listed = read(name), set(datasets.sources().index)
    used = set(TABLES[name].sources)
    for column in ("source_id", "vintage"):
        used |= set(frame[column]) if column in frame else set()
    assert used
    assert used <= listed


def test_every_listed_source_is_used_or_says_so():
    used = {source for table in TABLES.values() for source in table.sources}
    for name in TABLES:
        used |= set(read(name)["source_id"]) if "source_id" in read(name) and name != "sources" else set()
    unused = datasets.sources().drop(index=list(used))
    assert unused.index.tolist() == ["ILO2002"]
    assert "No row" in unused.loc["ILO2002", "note"]


def test_sources_are_described_in_full():
    table = datasets.sources()
    assert table.notna().all(axis=None)
    assert table.loc["GEMS2022", "licence"] == "CC BY 4.0"
    assert table.loc["WPP2019", "licence"] == "CC BY 3.0 IGO"


# country surveys


SURVEY_ROWS = {"ilostat_cld": 904, "ilostat_sdg": 676, "unsd_sdg_2020-10": 522, "wdi": 280, "usdol_ilab": 240}
SURVEY_COUNTRIES = {"ilostat_cld": 65, "ilostat_sdg": 62, "wdi": 99, "usdol_ilab": 111}


def test_surveys_have_the_rows_their_documentation_counts():
    rows = read("country_surveys")
    assert rows["source_id"].value_counts().to_dict() == SURVEY_ROWS
    countries = rows.groupby("source_id")["area"].nunique()
    assert countries[list(SURVEY_COUNTRIES)].to_dict() == SURVEY_COUNTRIES
    assert rows["sex"].value_counts().to_dict() == {"T": 1732, "M": 445, "F": 445}
    assert rows["area"].nunique() == 125
    assert (rows["year"].min(), rows["year"].max()) == (1994, 2025)
    assert (rows["percent"].min(), rows["percent"].max()) == (0.018, 96.8)
    ages = "5-17 5-14 7-14 5-11 12-14 15-17 10-14 7-17 6-17 10-17 6-14"
    assert set(rows["age_range"].dropna()) == set(ages.split())


def test_surveys_lack_years_counts_and_ages_only_where_stated():
    rows = read("country_surveys")
    assert rows.loc[rows["year"].isna(), "source_id"].value_counts().to_dict() == {"usdol_ilab": 141}
    counted = rows["n_children_working"].notna()
    assert rows.loc[counted, "source_id"].value_counts().to_dict() == {"usdol_ilab": 193}
    assert rows.loc[rows["age_range"].isna(), "area"].tolist() == ["MSR"]


def test_only_rows_without_a_year_share_a_key():
    rows, key = read("country_surveys"), list(TABLES["country_surveys"].key)
    shared = rows[rows.duplicated(key, keep=False)]
    assert len(shared) == 93
    assert shared["year"].isna().all()
    assert not rows.duplicated([*key, "note"]).any()


def test_survey_countries_are_areas_of_the_same_name():
    rows = read("country_surveys").drop_duplicates("area").set_index("area")
    assert rows["country"].to_dict() == datasets.areas().loc[rows.index, "name"].to_dict()


def test_survey_series_are_defined():
    assert set(read("country_surveys")["series"]) == set(datasets.series()["series"])


def test_totals_lie_between_the_sexes_except_where_suspect():
    rows = read("country_surveys")
    key = ["area", "year", "series", "source_id", "age_range"]
    sexes = rows[rows["year"].notna()].pivot_table(index=key, columns="sex", values="percent").dropna()
    # half the last digit of a figure to one decimal: Guyana's total of 2014 lies 0.023 below boys
    inside = sexes["T"].between(sexes[["M", "F"]].min(axis=1) - 0.05, sexes[["M", "F"]].max(axis=1) + 0.05)
    assert (len(sexes), int(inside.sum())) == (445, 441)
    outside = {(area, int(year)) for area, year, *_ in sexes.index[~inside]}
    assert outside == {("DOM", 2014), ("NPL", 2014), ("TCD", 2014), ("GAB", 2012)}
    marked = rows[rows["note"].str.contains("SUSPECT: total", na=False)]
    assert {(area, int(year)) for area, year in zip(marked["area"], marked["year"], strict=True)} == outside


def test_5_17_agrees_with_its_bands_weighted_by_population():
    rows = datasets.country_surveys(["CLD_XCHL_SEX_AGE_RT", "SDG_B871_SEX_AGE_RT"])
    bands = ["5-11", "12-14", "15-17"]
    totals, key = rows[rows["sex"] == "T"], ["area", "year", "series"]
    wide = totals.pivot_table(index=key, columns="age_range", values="percent").dropna()
    assert len(wide) == 230
    assert (wide["5-17"] >= wide[bands].min(axis=1)).all()
    assert (wide["5-17"] <= wide[bands].max(axis=1)).all()
    people = datasets.population(sex="total").counts.sel(sex="total")
    weights = pd.DataFrame([people.sel(area=a, year=y, age=bands).values for a, y, _ in wide.index], wide.index, bands)
    mean = (wide[bands] * weights).sum(axis=1) / weights.sum(axis=1)
    assert (mean / wide["5-17"] - 1).abs().max() < 0.08


# published figures


def test_status_words_occur_as_often_as_documented():
    counts = read("global_estimates")["status"].str.split(" ").str[0].value_counts().to_dict()
    assert counts["RECALLED"] == 16
    assert set(counts) == {
        *("READ", "READ_APPROX", "RECALLED", "DERIVED"),
        *("RATE_READ_NUMBER_RECALLED", "NUMBER_READ_RATE_RECALLED"),
    }
    assert read("published_projections")["status"].value_counts().to_dict() == {"RECALLED": 9, "READ": 5}


def test_world_numbers_and_rates_imply_one_population_per_report():
    rows = datasets.global_estimates(group_type="world").dropna(subset=["number_millions", "rate"])
    per_head = {"percent": 100.0, "per_1000_population": 1000.0}
    half = [0.5 * 10.0 ** -rows[f"{name}_decimals"].astype(float) for name in ("number", "rate")]
    scale = rows["rate_unit"].map(per_head)
    low = (rows["number_millions"] - half[0]) / (rows["rate"] + half[1]) * scale
    high = (rows["number_millions"] + half[0]) / (rows["rate"] - half[1]) * scale
    ends = pd.DataFrame({"low": low, "high": high}).groupby([rows["source_id"], rows["year"]])
    implied = pd.DataFrame({"low": ends["low"].max(), "high": ends["high"].min()})
    assert (implied["low"] <= implied["high"]).all()
    # as the documentation of the sources works it out
    gems = implied.loc[("GEMS2022", 2021)]
    assert gems["low"] == pytest.approx(7760, abs=5)
    assert gems["high"] == pytest.approx(7820, abs=5)


COMPLETE = {"region_ilo": 5, "region_2012": 6, "sex": 2, "area": 2, "age": 3}


@pytest.mark.parametrize("group_type", COMPLETE)
def test_groups_add_up_to_the_world_within_rounding(group_type):
    rows = datasets.global_estimates(["child_labour", "forced_labour"]).dropna(subset=["number_millions"])
    rows["half"] = 0.5 * 10.0 ** -rows["number_decimals"].astype(float)
    worlds = rows[rows["group_type"] == "world"].set_index(["indicator", "year"]).sort_index()
    compared = 0
    for (indicator, year, _), part in rows[rows["group_type"] == group_type].groupby(
        ["indicator", "year", "source_id"]
    ):
        if len(part) < (2 if (group_type, indicator) == ("age", "forced_labour") else COMPLETE[group_type]):
            continue
        world = worlds.loc[[(indicator, year)]]
        gap = (world["number_millions"] - part["number_millions"].sum()).abs() - world["half"] - part["half"].sum()
        assert gap.min() <= 1e-9, (indicator, year)
        compared += 1
    assert compared >= 1


def test_sector_shares_sum_as_documented():
    rows = datasets.global_estimates("child_labour_sector_share")
    sums = rows.groupby("year")["rate"].sum().round(1).to_dict()
    assert sums == {2004: 100.0, 2008: 92.6, 2012: 98.1, 2016: 100.0, 2020: 100.0, 2024: 101.0}


def test_the_only_interval_is_recalled():
    rows = datasets.global_estimates()
    with_interval = rows[rows["interval"].notna()]
    assert with_interval[["indicator", "year", "confirmed", "interval_confirmed"]].to_numpy().tolist() == [
        ["forced_labour", 2012, True, False]
    ]


# populations


@pytest.mark.parametrize(
    ("ages", "vintage", "tolerance"), [("5-17", "WPP2024", 2), ("5-17", "WPP2019", 0), ("all", "WPP2024", 0)]
)
def test_male_and_female_make_the_total(ages, vintage, tolerance):
    counts = datasets.population(ages, vintage).counts.sum("age")
    assert abs(counts.sel(sex=["male", "female"]).sum("sex") - counts.sel(sex="total")).max() <= tolerance


@pytest.mark.parametrize(
    ("ages", "vintage", "tolerance"),
    [
        ("5-17", "WPP2024", 0.0002),
        ("5-11", "WPP2024", 0.0012),
        ("12-14", "WPP2024", 0.0012),
        ("15-17", "WPP2024", 0.0012),
        ("5-17", "WPP2019", 0.0002),
    ],
)
def test_areas_make_the_world(ages, vintage, tolerance):
    counts = datasets.population(ages, vintage, sex="total").counts.sum("age").squeeze("sex")
    share = counts.drop_sel(area="WLD").sum("area") / counts.sel(area="WLD")
    assert abs(share - 1.0).max() <= tolerance


def test_areas_make_the_world_of_all_ages():
    counts = datasets.population("all", sex="total").counts.squeeze()
    assert abs(counts.drop_sel(area="WLD").sum("area") - counts.sel(area="WLD")).max() <= 35_000


def test_population_covers_the_survey_countries_as_documented():
    surveyed = set(read("country_surveys")["area"])
    assert surveyed <= set(datasets.population().areas)
    assert surveyed - set(datasets.population(vintage="WPP2019").areas) == {"MSR", "TUV", "XKX"}


# areas


def test_areas_cover_every_other_file():
    known = set(datasets.areas().index)
    assert set(read("country_surveys")["area"]) <= known
    for ages, vintage in (("5-17", "WPP2024"), ("5-17", "WPP2019"), ("all", "WPP2024")):
        assert set(datasets.population(ages, vintage).areas) - known == {"WLD"}
    assert len(known - set(datasets.population().areas)) == 14


def test_areas_without_groups_are_those_documented():
    table = datasets.areas()
    for column in ("m49_subregion", "m49_region", "sdg_region", "ilo_region"):
        assert table.index[table[column].isna()].tolist() == ["ATA"]
    assert int(table["wb_income_fy2026"].isna().sum()) == 35
    assert int(table["wb_region"].isna().sum()) == 33
    assert table.loc[["ETH", "VEN"], "wb_income_fy2026"].isna().all()
