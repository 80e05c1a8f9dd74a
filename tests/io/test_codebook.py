"""The codebook, held against counts made by pandas of the file itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyreadstat

from target87 import io


def test_counts_and_figures(sav):
    book = io.read(sav).codebook().set_index("name")
    raw, _ = pyreadstat.read_sav(sav)
    assert list(book.index) == list(raw.columns)
    for name in ("cluster", "sex", "hours", "income"):
        assert (book.loc[name, "n"], book.loc[name, "missing"]) == (raw[name].count(), raw[name].isna().sum())
    for figure in ("min", "max", "mean"):
        assert book.loc["hours", figure] == getattr(raw["hours"], figure)()
        assert np.isnan(book.loc["sex", figure])
    assert book["kind"].to_dict() == {
        "cluster": "number",
        "sex": "category",
        "hours": "number",
        "income": "number",
        "name": "text",
        "school": "category",
        "day": "date",
        "moment": "datetime",
        "clock": "time",
    }
    assert book.loc["sex", "label"] == "Sex of the child"
    assert book.loc["sex", "values"] == "1 boy: 3; 2 girl: 2; 9 missing: 1 (missing)"
    assert "98 don't know: 1 (missing)" in book.loc["hours", "values"]
    assert book.loc["clock", "values"] == "00:00:00: 1; 01:02:03: 1; 12:00:00: 1; 23:59:59: 1"
    assert book.loc["name", "missing"] == 1  # the blank one


def test_tags(dta):
    book = io.read(dta).codebook().set_index("name")
    assert book.loc["hours", "values"] == "7: 1; 12: 1; 40: 1; .a don't know: 1 (missing); .b refused: 1 (missing)"
    assert (book.loc["hours", "n"], book.loc["hours", "missing"]) == (3, 3)


def test_columns_of_many_values_show_those_with_a_label():
    frame = pd.DataFrame({"x": [*range(50), 98, 98], "d": pd.date_range("2020-01-01", periods=52)})
    book = io.Microdata.from_dataframe(frame, value_labels={"x": {98: "DK", 99: "refused", 0: "none"}}).codebook()
    assert book["values"][0] == "0 none: 1; 98 DK: 2 (missing); 99 refused: 0 (missing)"
    assert book["values"][1] == "2020-01-01 00:00:00 to 2020-02-21 00:00:00"


def test_it_is_a_frame_that_is_shown_for_reading(sav):
    data = io.read(sav).rename({"name": "name_"})
    book = data.codebook()
    assert isinstance(book, pd.DataFrame)
    assert type(book.head()) is pd.DataFrame
    shown = repr(book)
    assert str(book) == shown
    assert max(map(len, shown.splitlines())) <= 110
    for words in ("Hours in the past week", "don't know", "datetime", "7.750"):
        assert words in shown
    html = io.Microdata.from_dataframe(pd.DataFrame({"a<b": [1]})).codebook()._repr_html_()
    assert "a&lt;b" in html
    assert html.count("<tr>") == 2
