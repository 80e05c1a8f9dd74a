"""Files written: what comes back is what went in, other programs' readers see the same, nothing is written over."""

from __future__ import annotations

import json
import math
import zipfile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87 import Estimates, io
from target87.errors import DataError, InputError, OutputError

KEEPING = [".sav", ".zsav", ".parquet", ".feather", ".arrow", ".csv"]


def again(data, path, **settings):
    io.write(data, path, **settings)
    book = {"codebook": path.with_name(f"{path.stem}_codebook.csv")} if path.suffix == ".csv" else {}
    return io.read(path, **book)


def same(ours, theirs):
    pd.testing.assert_series_equal(ours, theirs, check_dtype=False)


def held(folder):
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("extension", KEEPING)
def test_labels_and_missing_codes_come_back(sav, tmp_path, extension):
    data = io.read(sav)
    back = again(data, tmp_path / f"back{extension}")
    assert back.columns == data.columns
    for name in data:
        same(back.codes(name), data.codes(name))
        same(back[name], data[name])
        assert back.missing_codes(name) == data.missing_codes(name)
        assert back.value_labels(name) == data.value_labels(name)
        assert back.label(name) == data.label(name)
        assert back.held[name].kind == data.held[name].kind
        assert back.held[name].missing.ranges == data.held[name].missing.ranges


@pytest.mark.parametrize("extension", [".dta", ".parquet", ".feather", ".csv"])
def test_extended_missing_values_come_back(dta, tmp_path, extension):
    data = io.read(dta)
    back = again(data, tmp_path / f"back{extension}")
    for name in data:
        same(back.codes(name), data.codes(name))
        assert back.missing_codes(name) == data.missing_codes(name)
        assert back.value_labels(name) == data.value_labels(name)
    assert back["hours"].sum() == 12 + 40 + 7


def test_spss_files_as_pyreadstat_reads_them(sav, tmp_path):
    io.write(io.read(sav), tmp_path / "back.sav")
    (frame, meta), (before, was) = (
        pyreadstat.read_sav(path, user_missing=True) for path in (tmp_path / "back.sav", sav)
    )
    pd.testing.assert_frame_equal(frame.drop(columns="name"), before.drop(columns="name"))
    assert meta.missing_ranges == was.missing_ranges
    assert meta.variable_value_labels == was.variable_value_labels
    assert meta.column_names_to_labels == was.column_names_to_labels
    assert meta.variable_measure == was.variable_measure
    for name in ("cluster", "day", "moment", "clock"):
        assert meta.original_variable_types[name] == was.original_variable_types[name]


def test_stata_files_as_pandas_reads_them(sav, tmp_path):
    data = io.read(sav).select(["sex", "hours", "name", "day", "moment"])
    io.write(data, tmp_path / "back.dta")
    frame = pd.read_stata(tmp_path / "back.dta")
    assert list(frame["sex"].astype(object).fillna("")) == ["boy", "girl", "girl", "boy", "", "boy"]
    assert frame["hours"].astype(float).sum() == 12 + 3.5
    same(frame["day"], data["day"].astype(frame["day"].dtype))
    same(frame["moment"], data["moment"].astype(frame["moment"].dtype))
    raw = pd.read_stata(tmp_path / "back.dta", convert_missing=True, convert_categoricals=False, columns=["hours"])
    assert [str(one) for one in raw["hours"]] == ["12.0", ".b", ".a", "3.5", ".c", "."]
    back = io.read(tmp_path / "back.dta")
    assert back.value_labels("hours") == {".a": "inconsistent", ".b": "don't know", ".c": "no response"}


def test_stata_to_spss_keeps_what_is_missing(dta, tmp_path):
    data = io.read(dta)
    back = again(data, tmp_path / "back.sav")
    assert back["hours"].sum() == data["hours"].sum()
    assert back["hours"].isna().tolist() == data["hours"].isna().tolist()
    assert [back.value_labels("hours")[code] for code in back.missing_codes("hours")] == ["don't know", "refused"]
    clean, _ = pyreadstat.read_sav(tmp_path / "back.sav")
    assert clean["hours"].sum() == 12 + 40 + 7


def test_parquet_is_plain_to_other_readers(sav, dta, tmp_path):
    io.write(io.read(sav), tmp_path / "x.parquet")
    frame = pd.read_parquet(tmp_path / "x.parquet")
    assert frame["hours"].tolist()[:5] == [12, 98, 97, 3.5, 99]
    told = json.loads(pq.read_schema(tmp_path / "x.parquet").metadata[b"target87"])
    assert told["columns"]["hours"]["missing"]["codes"] == [97, 98, 99]
    assert told["source"]["file"] == "children.sav"
    io.write(io.read(dta), tmp_path / "y.parquet")
    assert pd.read_parquet(tmp_path / "y.parquet")["hours.missing"].tolist()[1:3] == [".a", ".b"]
    assert io.read(tmp_path / "y.parquet", columns=["hours"]).columns == ("hours",)


def test_a_settled_choice_stays_settled(tmp_path):
    labels = {"x": {9: "DK"}}
    made = io.Microdata.from_dataframe(pd.DataFrame({"x": [1, 9]}), value_labels=labels)
    assert again(made, tmp_path / "a.parquet").missing_codes("x") == (9,)
    number = made.with_missing({"x": ()})
    assert again(number, tmp_path / "b.parquet")["x"].sum() == 10
    assert again(number, tmp_path / "b.csv")["x"].sum() == 10


def test_labels_of_a_later_version_are_refused(sav, tmp_path):
    io.write(io.read(sav), tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    told = json.loads(table.schema.metadata[b"target87"]) | {"schema_version": 99}
    pq.write_table(table.replace_schema_metadata({b"target87": json.dumps(told).encode()}), tmp_path / "x.parquet")
    with pytest.raises(DataError, match="another version of the format"):
        io.read(tmp_path / "x.parquet")


def test_csv_as_pandas_reads_it(sav, tmp_path):
    data = io.read(sav)
    io.write(data, tmp_path / "x.csv")
    assert held(tmp_path) == ["children.sav", "x.csv", "x_codebook.csv"]
    frame = pd.read_csv(tmp_path / "x.csv")
    assert frame["hours"].tolist()[:5] == [12, 98, 97, 3.5, 99]
    assert frame["day"].tolist()[0] == "2020-01-02"
    assert frame["clock"].tolist()[0] == "01:02:03"
    book = pd.read_csv(tmp_path / "x_codebook.csv", dtype=str, keep_default_na=False)
    row = book[(book["column"] == "hours") & (book["code"] == "98")].iloc[0]
    assert (row["value_label"], row["missing"]) == ("don't know", "declared")


@pytest.mark.parametrize("extension", [*KEEPING, ".dta"])
def test_nothing_is_written_over(dta, tmp_path, extension):
    data = io.read(dta)
    target = tmp_path / f"x{extension}"
    target.write_text("before")
    with pytest.raises(OutputError, match=r"stands there already(.|\n)*overwrite=True"):
        io.write(data, target)
    assert target.read_text() == "before"
    assert again(data, target, overwrite=True)["hours"].sum() == 59


def test_a_codebook_is_not_written_over_either(dta, tmp_path):
    (tmp_path / "x_codebook.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"x_codebook\.csv"):
        io.write(io.read(dta), tmp_path / "x.csv")
    assert held(tmp_path) == ["children.dta", "x_codebook.csv"]


@pytest.mark.parametrize("extension", [".sav", ".dta", ".parquet"])
def test_a_failure_leaves_what_was_and_no_half(dta, tmp_path, monkeypatch, extension):
    data = io.read(dta)
    target = tmp_path / f"x{extension}"
    target.write_text("before")

    def half(frame, path, *_, **__):
        with open(path, "wb") as opened:
            opened.write(b"half")
        raise pyreadstat.ReadstatError("the disk is full")

    monkeypatch.setattr(pyreadstat, "write_sav", half)
    monkeypatch.setattr(pyreadstat, "write_dta", half)
    monkeypatch.setattr(pq, "write_table", half)
    with pytest.raises((OutputError, pyreadstat.ReadstatError), match="the disk is full"):
        io.write(data, target, overwrite=True)
    assert held(tmp_path) == ["children.dta", target.name]
    assert target.read_text() == "before"


def test_places_and_names_that_do_not_do(dta, tmp_path):
    data = io.read(dta)
    with pytest.raises(OutputError, match="cannot write here"):
        io.write(data, tmp_path / "none" / "x.sav")
    with pytest.raises(InputError, match=r"extension '.xyz'(.|\n)*\.sav"):
        io.write(data, tmp_path / "x.xyz")
    with pytest.raises(InputError, match=r"microdata or estimates(.|\n)*from_dataframe"):
        io.write(pd.DataFrame({"x": [1]}), tmp_path / "x.sav")
    with pytest.raises(InputError, match="path of a file"):
        io.write(data, 3)
    with pytest.raises(OutputError, match="no rows"):
        io.write(data.where(np.zeros(6, dtype=bool)), tmp_path / "x.sav")
    for name, extension in [("a b", ".sav"), ("1a", ".dta"), ("BY", ".sav"), ("if", ".dta"), ("x" * 33, ".dta")]:
        with pytest.raises(OutputError, match=r"does not take these names(.|\n)*rename"):
            io.write(data.rename({"sex": name}), tmp_path / f"x{extension}")
    with pytest.raises(OutputError, match="capital from small"):
        io.write(data.rename({"sex": "PAY"}), tmp_path / "x.sav")
    assert held(tmp_path) == ["children.dta"]


def numbers(values, codes=(), **settings):
    frame = pd.DataFrame({"x": values})
    return io.Microdata.from_dataframe(frame, missing={"x": codes}, **settings)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 96, 97, 98, 99], (96, 97, 98, 99)),  # one range, as nothing else lies within
        ([1, 2, 50, -1, 97, 98, 99], (-1, 97, 98, 99)),  # a code and a range
        ([1, 2, 50, 97, 98, 99, 888], (97, 98, 99, 888)),
        ([1, 2, 9], (9,)),
    ],
)
def test_more_missing_codes_than_three_in_spss(tmp_path, values, codes):
    data = numbers(values, codes)
    back = again(data, tmp_path / "x.sav")
    assert back["x"].isna().tolist() == [value in codes for value in values]
    clean, _ = pyreadstat.read_sav(tmp_path / "x.sav")
    assert clean["x"].isna().tolist() == [value in codes for value in values]


def test_what_spss_has_no_place_for(tmp_path):
    with pytest.raises(OutputError, match=r"three missing codes, or one range(.|\n)*7, 17, 27, 37"):
        io.write(numbers([1, 7, 10, 17, 20, 27, 30, 37, 40], (7, 17, 27, 37)), tmp_path / "x.sav")
    with pytest.raises(OutputError, match="more digits"):
        io.write(numbers([2**53 + 1, 2]), tmp_path / "x.sav")
    text = io.Microdata.from_dataframe(pd.DataFrame({"x": ["a", "not stated"]}), missing={"x": ("not stated",)})
    with pytest.raises(OutputError, match="at most eight bytes"):
        io.write(text, tmp_path / "x.sav")
    with pytest.raises(OutputError, match="longer than 120"):
        io.write(numbers([1], value_labels={"x": {1: "y" * 121}}), tmp_path / "x.sav")
    assert held(tmp_path) == []


def test_what_stata_has_no_place_for(tmp_path):
    text = io.Microdata.from_dataframe(pd.DataFrame({"x": ["a", "b"]}), value_labels={"x": {"a": "Alpha"}})
    with pytest.raises(OutputError, match=r"no labels for texts(.|\n)*a Alpha"):
        io.write(text, tmp_path / "x.dta")
    coded = io.Microdata.from_dataframe(pd.DataFrame({"x": ["a", "b"]}), missing={"x": ("b",)})
    with pytest.raises(OutputError, match="no missing codes of text"):
        io.write(coded, tmp_path / "x.dta")
    with pytest.raises(OutputError, match=r"26 missing codes(.|\n)*27"):
        io.write(numbers(list(range(100, 127)), range(100, 127)), tmp_path / "x.dta")
    with pytest.raises(OutputError, match=r"whole numbers only(.|\n)*1.5 'half'"):
        io.write(numbers([1.5, 2.0], value_labels={"x": {1.5: "half"}}), tmp_path / "x.dta")
    assert held(tmp_path) == []


def test_long_labels_are_shortened_with_a_warning(tmp_path):
    data = numbers([1], labels={"x": "w" * 81})
    with pytest.warns(UserWarning, match="shortened to 80 characters: x"):
        io.write(data, tmp_path / "x.dta")
    assert io.read(tmp_path / "x.dta").label("x") == "w" * 77 + "..."


def test_open_ranges_and_truth_values(tmp_path):
    low = {"lo": -1.7976931348623157e308, "hi": -1}
    pyreadstat.write_sav(pd.DataFrame({"x": [-500.0, 1.0, 2.0]}), tmp_path / "x.sav", missing_ranges={"x": [low]})
    data = io.read(tmp_path / "x.sav")
    for extension in KEEPING:
        back = again(data, tmp_path / f"back{extension}")
        assert back.held["x"].missing.ranges == ((-math.inf, -1.0),)
        assert back["x"].sum() == 3
    made = io.Microdata.from_dataframe(
        pd.DataFrame({"b": [True, False, True], "gap": pd.array([True, None, False], "boolean")})
    )
    for extension in (*KEEPING, ".dta"):
        back = again(made, tmp_path / f"truth{extension}")
        assert back["b"].astype(float).tolist() == [1, 0, 1]
        assert back["gap"].astype("Float64").fillna(-1).tolist() == [1, -1, 0]


@pytest.fixture
def estimates():
    table = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.2, 7.8], "se": [0.5, 0.4]})
    return Estimates.from_dataframe(
        table, estimate="rate", se="se", by=["sex"], unit="percent", covariance="independent", source="Survey 2021"
    )


def test_estimates(estimates, tmp_path):
    io.write(estimates, tmp_path / "x.nc")
    pd.testing.assert_frame_equal(Estimates.from_netcdf(tmp_path / "x.nc").covariance(), estimates.covariance())
    io.write(estimates, tmp_path / "x.csv")
    assert pd.read_csv(tmp_path / "x.csv")["estimate"].tolist() == estimates.to_dataframe()["estimate"].tolist()
    io.write(estimates, tmp_path / "x.parquet")
    frame = pd.read_parquet(tmp_path / "x.parquet")
    pd.testing.assert_frame_equal(frame, estimates.to_dataframe(), check_dtype=False)
    told = json.loads(pq.read_schema(tmp_path / "x.parquet").metadata[b"target87"])
    assert told["source"] == "Survey 2021"
    assert told == json.loads(json.dumps(estimates.attributes))
    with pytest.raises(OutputError, match="stands there already"):
        io.write(estimates, tmp_path / "x.nc")
    with pytest.raises(InputError, match=r"estimates are not written(.|\n)*\.nc"):
        io.write(estimates, tmp_path / "x.sav")


@settings(max_examples=60)
@given(
    values=st.lists(st.integers(-9, 120), min_size=1, max_size=30),
    codes=st.lists(st.integers(-9, 120), unique=True, max_size=6),
)
def test_whatever_codes_spss_reads_the_same_as_missing_or_the_file_is_refused(tmp_path_factory, values, codes):
    path = tmp_path_factory.mktemp("spss") / "x.sav"
    try:
        io.write(numbers(values, codes), path)
    except OutputError:
        assert len(codes) > 3
        assert not path.exists()
        return
    clean, _ = pyreadstat.read_sav(path)
    assert clean["x"].fillna(-999).tolist() == [-999 if value in codes else value for value in values]


def test_a_workbook_of_estimates_is_the_table_of_the_report(estimates, tmp_path):
    io.write(estimates, tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as file:
        assert "xl/workbook.xml" in file.namelist()
    with pytest.raises(OutputError, match="stands there already"):
        io.write(estimates, tmp_path / "x.xlsx")
    io.write(estimates, tmp_path / "x.xlsx", overwrite=True)
    assert [one.name for one in tmp_path.iterdir()] == ["x.xlsx"]
