"""Country surveys: what is left out and counted, and what is not."""

from __future__ import annotations

import pytest

from target87 import datasets
from target87.errors import UnknownNameError


def test_suspect_rows_are_left_out_and_counted_by_reason():
    rows = datasets.country_surveys()
    assert len(rows) == 2622 - 11
    assert not rows["suspect"].any()
    assert not rows["note"].str.contains("SUSPECT", na=False).any()
    counts = rows.attrs["suspect_left_out"]
    assert sorted(counts.values()) == [1, 4, 6]
    assert counts["total outside the range of boys and girls"] == 4


def test_suspect_rows_come_when_asked_for():
    rows = datasets.country_surveys(include_suspect=True)
    assert (len(rows), int(rows["suspect"].sum()), rows.attrs["suspect_left_out"]) == (2622, 11, {})
    assert rows.loc[rows["suspect"], "area"].nunique() == 10  # Nepal has two


def test_rows_without_a_year_stay_and_are_counted():
    rows = datasets.country_surveys(include_suspect=True)
    assert rows.attrs["without_year"] == int(rows["year"].isna().sum()) == 141
    assert datasets.country_surveys("CLD_XCHL_SEX_AGE_RT").attrs["without_year"] == 0


def test_filters():
    rows = datasets.country_surveys("SL_TLF_CHLDEA", area=["NPL", "BGD"])
    assert set(rows["area"]) == {"NPL", "BGD"}
    assert set(rows["series"]) == {"SL_TLF_CHLDEA"}
    assert rows.attrs["suspect_left_out"] == {"total outside the range of boys and girls": 1}
    assert datasets.country_surveys(area="FRA").empty


def test_unknown_names_offer_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'CLD_XCHL_SEX_AGE_RT'"):
        datasets.country_surveys("CLD_XCHL_SEX_AGE")
    with pytest.raises(UnknownNameError, match="unknown area 'WLD'"):
        datasets.country_surveys(area="WLD")


def test_bangladesh_2013_differs_between_vintages():
    rows = datasets.country_surveys(area="BGD").query("year == 2013 and age_range == '5-17' and sex == 'T'")
    percent = rows.set_index("source_id")["percent"]
    # 5.9 (database of 2020) and 15.0 (ILOSTAT), as the documentation of the sources contrasts them
    assert round(percent["unsd_sdg_2020-10"], 1) == 5.9
    assert round(percent["ilostat_cld"], 1) == 15.0


def test_series_are_defined_once():
    table = datasets.series()
    assert table["series"].is_unique
    assert "not child labour" in table.set_index("series").loc["SL.TLF.0714.ZS", "indicator_definition"]
