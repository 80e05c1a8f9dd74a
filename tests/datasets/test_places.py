"""Areas, regions and what there is."""

from __future__ import annotations

import pytest

from target87 import datasets
from target87.errors import InputError, UnknownNameError

# Member states of the ILO's Regional Office for the Arab States, as the ILO names them.
ARAB_STATES = "ARE BHR IRQ JOR KWT LBN OMN PSE QAT SAU SYR YEM"


def test_codes_stay_text():
    table = datasets.areas()
    assert len(table) == 250
    assert table.loc["AFG", "m49"] == "004"
    assert table.index[table["name"] == "Namibia"].size == 1  # whose alpha-2 code is NA
    assert table.index.name == "area"
    assert table["m49"].str.len().eq(3).all()


def test_only_an_empty_field_is_missing(monkeypatch, tmp_path):
    from target87.datasets import reading

    file = tmp_path / "data" / "child_labour_series.csv"
    file.parent.mkdir()
    file.write_text("series,indicator_definition\nNA,None\nnull,\n", encoding="utf-8")
    monkeypatch.setattr(reading, "files", lambda package: tmp_path)
    frame = reading.as_printed("series")
    assert frame["series"].tolist() == ["NA", "null"]
    assert frame["indicator_definition"].isna().tolist() == [False, True]


def test_ilo_regions():
    members = datasets.region_membership("region_ilo")
    published = datasets.global_estimates(group_type="region_ilo")["group"]
    assert set(members.values()) == set(published)
    assert sorted(area for area, region in members.items() if region == "Arab States") == ARAB_STATES.split()
    assert len(members) == 249
    assert "ATA" not in members


def test_trend_regions_do_not_overlap():
    members = datasets.region_membership("region_ilo_trend")
    table = datasets.areas()
    assert set(members.values()) == set(datasets.global_estimates(group_type="region_ilo_trend")["group"])
    by_sdg = table["sdg_region"].isin(["Sub-Saharan Africa", "Latin America and the Caribbean"])
    in_asia = table["ilo_region"] == "Asia and the Pacific"
    assert not (by_sdg & in_asia).any()
    assert len(members) == int(by_sdg.sum() + in_asia.sum()) == 53 + 52 + 57
    assert members["FJI"] == "Asia and the Pacific"
    assert "USA" not in members


@pytest.mark.parametrize("group_type", ["region_2005", "region_2012"])
def test_old_regions_have_no_country_list(group_type):
    with pytest.raises(InputError, match="no country list embedded"):
        datasets.region_membership(group_type)


def test_unknown_grouping():
    with pytest.raises(UnknownNameError, match="areas\\(\\)\\['sdg_region'\\]"):
        datasets.region_membership("sdg_region")


def test_catalog_counts_what_is_there():
    table = datasets.catalog()
    assert table.index.tolist() == list(datasets.TABLES)
    assert table["rows"].to_dict() == {name: schema.rows for name, schema in datasets.TABLES.items()}
    row = table.loc["population_5_17"]
    assert (row["first_year"], row["last_year"], row["areas"]) == (2000, 2035, 237)
    assert row["key"] == "area, year, sex"
    assert table["first_year"].isna().sum() == 3


@pytest.mark.parametrize("name", datasets.TABLES)
def test_calls_in_the_catalog_work(name):
    call = datasets.catalog().loc[name, "loader"]
    assert eval(f"datasets.{call}", {"datasets": datasets}) is not None


def test_public_names_resolve():
    assert set(datasets.__all__) == set(dir(datasets))
    assert all(getattr(datasets, name) is not None for name in datasets.__all__)
    with pytest.raises(AttributeError, match="no attribute 'no_such'"):
        _ = datasets.no_such
