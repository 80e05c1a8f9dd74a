"""The validator on rows with known faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from target87 import datasets
from target87.datasets.schema import Column, Table
from target87.errors import DataError, UnknownNameError

TABLE = Table(
    name="toy",
    file="",
    rows=2,
    columns=(
        Column("area", heading="iso3", pattern="[A-Z]{3}"),
        Column("year", "integer", missing=True, low=2000, high=2030),
        Column("sex", allowed=("M", "F")),
        Column("percent", "number", low=0, high=100),
        Column("note", missing=True, embedded=("first",)),
    ),
    key=("area", "year", "sex"),
    key_without=("year", "note"),
)


def rows(**columns: object) -> pd.DataFrame:
    frame = {
        "area": ["BGD", "NER"],
        "year": [2019, 2020],
        "sex": ["M", "F"],
        "percent": [6.8, 5.0],
        "note": ["first", ""],
    }
    return pd.DataFrame({**frame, **columns})


def faults(frame: pd.DataFrame, schema: str | Table = TABLE, *, embedded: bool = False) -> dict[tuple[str, str], tuple]:
    with pytest.raises(datasets.SchemaError) as caught:
        datasets.validate(frame, schema, embedded=embedded)
    return {(fault.column, fault.what): fault.rows for fault in caught.value.violations}


def test_sound_rows_come_back_typed_and_the_callers_are_left_alone():
    frame = rows(year=["2019", ""], percent=["6.8", "5"])
    before = frame.copy()
    typed = datasets.validate(frame, TABLE, embedded=False)
    assert [str(dtype) for dtype in typed.dtypes] == ["str", "Int64", "str", "float64", "str"]
    assert typed["year"].tolist() == [2019, pd.NA]
    assert typed["note"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(frame, before)


def test_headings_of_the_file_are_understood():
    frame = rows().rename(columns={"area": "iso3"})[["percent", "iso3", "sex", "year", "note"]]
    assert list(datasets.validate(frame, TABLE)) == [column.name for column in TABLE.columns]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"area": ["bgd", "NER"]}, {("area", "does not look like [A-Z]{3}"): (0,)}),
        ({"area": ["BGD", None]}, {("area", "is empty"): (1,)}),
        ({"area": ["BGD", 516]}, {("area", "is not text"): (1,)}),
        ({"year": [2019, 2020.5]}, {("year", "is not a whole number"): (1,)}),
        ({"year": [1999, 2031]}, {("year", "is below 2000"): (0,), ("year", "is above 2030"): (1,)}),
        ({"sex": ["M", "female"]}, {("sex", "is not one of M, F"): (1,)}),
        ({"percent": ["6,8", "5"]}, {("percent", "is not a number"): (0,)}),
        ({"percent": [True, 5.0]}, {("percent", "is not a number"): (0,)}),
        ({"percent": [np.inf, 5.0]}, {("percent", "is not finite"): (0,)}),
        ({"percent": [np.nan, 5.0]}, {("percent", "is empty"): (0,)}),
        ({"percent": [-0.1, 100.1]}, {("percent", "is below 0"): (0,), ("percent", "is above 100"): (1,)}),
    ],
)
def test_each_fault_is_found_with_its_rows(columns, expected):
    assert faults(rows(**columns)) == expected


def test_all_faults_are_listed_at_once():
    frame = rows(area=["BGD", "Namibia"], year=[2019.5, 2020], percent=["x", 101]).drop(columns="note").assign(extra=1)
    assert set(faults(frame)) == {
        ("note", "the column is missing"),
        ("extra", "the schema has no such column"),
        ("area", "does not look like [A-Z]{3}"),
        ("year", "is not a whole number"),
        ("percent", "is not a number"),
        ("percent", "is above 100"),
    }


def test_a_repeated_key_is_found_beside_a_row_that_cannot_be_read():
    frame = pd.concat([rows(), rows(percent=["x", 1.0])], ignore_index=True)
    assert faults(frame) == {
        ("percent", "is not a number"): (2,),
        ("area, year, sex, note", "the key occurs more than once"): (0, 1, 2, 3),
    }


def test_rows_without_a_year_are_told_apart_by_their_note():
    frame = rows(area=["BGD", "BGD"], year=[None, None], sex=["M", "M"])
    datasets.validate(frame.assign(note=["2016", "2017"]), TABLE)
    assert list(faults(frame.assign(note=["2016", "2016"])).values()) == [(0, 1)]
    dated = frame.assign(year=2016, note=["2016", "2017"])
    assert list(faults(dated).values()) == [(0, 1)]


def test_repeated_row_labels_do_not_confuse_it():
    frame = pd.concat([rows(), rows(area=["BDI", "KEN"], percent=[5.0, 120.0])])
    assert faults(frame) == {("percent", "is above 100"): (1,)}
    datasets.validate(frame.assign(percent=1.0), TABLE)


def test_a_repeated_column_is_said():
    frame = pd.concat([rows(), rows()[["percent"]]], axis=1)
    assert faults(frame) == {("percent", "the column occurs more than once"): ()}


def test_what_holds_for_the_embedded_file_only_is_not_asked_of_others():
    longer = pd.concat([rows(), rows(year=[2021, 2022], note="second")], ignore_index=True)
    datasets.validate(longer, TABLE)
    assert faults(longer, embedded=True) == {
        ("note", "does not occur in the embedded file"): (2, 3),
        ("whole table", "4 rows where 2 are expected"): (),
    }


def test_message_shows_the_first_five_and_how_many():
    frame = pd.concat(
        [rows(area=[a, b]) for a, b in [("AAA", "BBB"), ("CCC", "DDD"), ("EEE", "FFF")]], ignore_index=True
    )
    with pytest.raises(DataError) as caught:
        datasets.validate(frame.assign(percent=-1.0), TABLE)
    text = str(caught.value)
    assert "percent: is below 0 (6: row 0 has -1.0; row 1" in text
    assert "row 4 has -1.0; and 1 more)" in text
    assert caught.value.count == 6


def test_rules_across_columns():
    one = {"indicator": "child_labour", "group_type": "world", "group": "World", "year": 2024, "source_id": "X"}
    blank = dict.fromkeys(("number_millions", "rate", "rate_unit", "lower", "upper", "interval"))
    frame = pd.DataFrame(
        [{**one, **blank, "status": "READ"}, {**one, **blank, "year": 2020, "rate": 9.6, "status": "READ"}]
    )
    assert faults(frame, "global_estimates") == {
        ("number_millions, rate", "neither a number nor a rate"): (0,),
        ("rate, rate_unit", "a rate and its unit go together"): (1,),
    }


def test_sexes_that_do_not_add_up():
    bands = {"pop_5_11": [50, 51, 104], "pop_12_14": [20, 20, 40], "pop_15_17": [20, 20, 40], "pop_5_17": [90, 91, 184]}
    frame = pd.DataFrame({"iso3": "BGD", "year": 2020, "sex": ["M", "F", "T"], **bands, "vintage": "mine"})
    what = "male and female do not add up to the total"
    assert faults(frame, "population_5_17_wpp2019") == {("area, year, sex, pop_5_17", what): (0, 1, 2)}
    datasets.validate(frame.iloc[:2], "population_5_17_wpp2019")
    within = frame.assign(pop_5_11=[50, 51, 103], pop_5_17=[90, 91, 183])
    datasets.validate(within, "population_5_17_wpp2019")


def test_unknown_schema_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'country_surveys'"):
        datasets.validate(rows(), "country_survey")
