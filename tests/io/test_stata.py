"""Stata files, held against what pandas and pyreadstat read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from target87 import io
from target87.errors import DataError
from target87.io import statistical_files

CODES = [12, ".a", ".b", 40, None, 7]


def listed(series):
    return [None if isinstance(one, float) and np.isnan(one) else one for one in series]


def test_extended_missing_values_are_kept_apart(dta):
    data = io.read(dta)
    assert listed(data.codes("hours")) == CODES
    assert data.missing_codes("hours") == (".a", ".b")
    assert data.missing_codes("pay") == (".c",)
    assert data.value_labels("hours") == {".a": "don't know", ".b": "refused"}
    assert data["hours"].sum() == 12 + 40 + 7
    assert data["pay"].tolist()[:2] == [1.5, 2.5]
    assert data["pay"].sum() == 1.5 + 2.5 + 0.25 + 9


def test_they_are_those_pandas_reads(dta):
    """pandas has a reader of its own for Stata, which shows missing values as they are."""
    raw = pd.read_stata(dta, convert_missing=True, convert_categoricals=False)
    shown = [str(one) if "Missing" in type(one).__name__ else one for one in raw["hours"]]
    assert listed(io.read(dta).codes("hours")) == [None if one == "." else one for one in shown]


def test_a_gap_after_a_tag_is_a_gap_in_whole_numbers(dta):
    """pyreadstat's own frame has an arbitrary number there (1.3.7), which is why its lists are read."""
    data = io.read(dta)
    assert data["hours"].isna().tolist() == [False, True, True, False, True, False]
    assert data.codes("hours").isna().tolist() == [False, False, False, False, True, False]


def test_in_pieces_too(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    values = [rng.choice(np.array([1, 2, 50, "a", "z", None], dtype=object)) for _ in range(500)]
    values[:40] = range(40)  # no tag in the first piece
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object), "s": rng.choice(["a ", "b"], 500)})
    pyreadstat.write_dta(frame, tmp_path / "x.dta", missing_user_values={"x": ["a", "z"]})
    monkeypatch.setattr(statistical_files, "_CELLS", 10)
    data = io.read(tmp_path / "x.dta")
    assert listed(data.codes("x")) == [f".{one}" if isinstance(one, str) else one for one in values]
    assert data["x"].sum() == sum(one for one in values if isinstance(one, int))
    assert set(data.codes("s")) == {"a", "b"}


def test_whole_types_stay_whole(tmp_path):
    frame = pd.DataFrame({"a": np.array([1, 2], "int8"), "b": np.array([300, -5], "int16"), "c": [1.5, 2.5]})
    frame.to_stata(tmp_path / "x.dta", write_index=False, version=118)
    data = io.read(tmp_path / "x.dta")
    assert [str(data[name].dtype) for name in data] == ["int8", "int16", "float64"]
    pd.testing.assert_frame_equal(data.to_pandas(), frame)


def test_categories_of_pandas(tmp_path):
    values = pd.Categorical(["rural", "urban", None, "rural"], categories=["urban", "rural", "camp"], ordered=True)
    pd.DataFrame({"place": values}).to_stata(tmp_path / "x.dta", write_index=False, version=118)
    theirs = pd.read_stata(tmp_path / "x.dta")["place"]
    ours = io.read(tmp_path / "x.dta")["place"]
    assert listed(ours) == listed(theirs) == ["rural", "urban", None, "rural"]
    assert ours.cat.ordered
    assert list(ours.cat.categories) == ["urban", "rural", "camp"]  # pandas forgets what no row has


@pytest.mark.parametrize("unit", ["tc", "td", "tw", "tm", "tq", "th", "ty"])
def test_dates_of_every_unit_are_those_of_pandas(tmp_path, unit):
    days = pd.Series(pd.to_datetime(["1959-12-31", "1960-01-01", "2020-02-29", "2024-12-31", "1901-07-04"]))
    days[5] = pd.NaT
    pd.DataFrame({"d": days}).to_stata(tmp_path / "x.dta", convert_dates={"d": unit}, write_index=False, version=118)
    theirs = pd.read_stata(tmp_path / "x.dta")["d"]
    pd.testing.assert_series_equal(io.read(tmp_path / "x.dta")["d"], theirs.astype("datetime64[us]"))


def test_a_number_that_is_no_date_is_named(tmp_path):
    pyreadstat.write_dta(pd.DataFrame({"d": [1.0, 1e12]}), tmp_path / "x.dta", variable_format={"d": "%td"})
    with pytest.raises(DataError, match=r"no date or time(.|\n)*column 'd'(.|\n)*row 1: 1e\+12"):
        io.read(tmp_path / "x.dta")
