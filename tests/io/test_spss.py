"""SPSS files, held against what pyreadstat itself reads and against sums made by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import tracemalloc

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from target87 import io
from target87.errors import UnknownNameError
from target87.io import opening, statistical_files


def same(ours, theirs):
    """Equal but for the name, and for how dates are held."""
    pd.testing.assert_series_equal(ours, theirs, check_names=False, check_dtype=False)


def test_codes_are_those_pyreadstat_reads_with_user_missing(sav):
    data, (raw, meta) = io.read(sav), pyreadstat.read_sav(sav, user_missing=True)
    assert data.columns == tuple(meta.column_names)
    for name in ("cluster", "sex", "hours", "income", "name", "school"):
        same(data.codes(name), raw[name])


def test_analysis_is_what_pyreadstat_reads_without(sav):
    data, (clean, _) = io.read(sav), pyreadstat.read_sav(sav)
    same(data["hours"], clean["hours"])
    same(data["income"], clean["income"])
    labelled, _ = pyreadstat.read_sav(sav, apply_value_formats=True)
    assert data["sex"].dropna().tolist() == [one for one in labelled["sex"] if isinstance(one, str)]
    assert data["school"].isna().tolist() == [False, False, True, False, False, True]  # the last is blank


def test_no_missing_code_enters_a_sum(sav):
    data = io.read(sav)
    assert data["hours"].sum() == 12 + 3.5
    assert data["income"].sum() == 10.5 + 300
    assert data.to_pandas()["hours"].mean() == (12 + 3.5) / 2
    assert data.codes("hours").sum() == 12 + 98 + 97 + 3.5 + 99


def test_labels_codes_and_source(sav):
    data = io.read(sav)
    assert data.label("sex") == "Sex of the child"
    assert (data.label("name"), data.label("cluster")) == ("Prénom", "")
    assert data.value_labels("hours") == {97: "inconsistent", 98: "don't know", 99: "no response"}
    assert data.missing_codes("hours") == (97, 98, 99)
    assert data.missing_codes("income") == (-9, -1, 7777)
    assert data.missing_codes("school") == ("99",)
    assert data.missing_codes("cluster") == ()
    assert data.source == {
        "file": "children.sav",
        "sha256": hashlib.sha256(sav.read_bytes()).hexdigest(),
        "format": "SPSS",
    }
    assert data.notes == ()


def test_labelled_columns_are_ordered_categories_only_where_every_answer_has_a_label(sav):
    data = io.read(sav)
    assert data["sex"].cat.ordered
    assert list(data["sex"].cat.categories) == ["boy", "girl"]  # 9 is missing, so no category
    assert list(data["school"].cat.categories) == ["public", "private"]
    assert data["hours"].dtype == np.float64


def test_trailing_blanks_go_and_blank_text_is_missing(sav):
    data = io.read(sav)
    assert data.codes("name").tolist() == ["Ada", "Bo", "", "Dé", "Ee", "Fay"]
    assert data["name"].isna().tolist() == [False, False, True, False, False, False]


def test_dates_and_times_are_those_of_pyreadstat(sav):
    data, (raw, _) = io.read(sav), pyreadstat.read_sav(sav)
    assert [None if pd.isna(one) else one.date() for one in data["day"]] == [
        one if isinstance(one, dt.date) else None for one in raw["day"]
    ]
    same(data["moment"], raw["moment"])
    midnight = dt.datetime(2000, 1, 1)
    assert [None if pd.isna(span) else (midnight + span).time() for span in data["clock"]] == [
        one if isinstance(one, dt.time) else None for one in raw["clock"]
    ]


def test_missing_dates_stay_missing_dates(tmp_path):
    day = pd.DataFrame({"born": [dt.date(2010, 5, 1), dt.date(9999, 9, 9)]})
    seconds = (dt.datetime(9999, 9, 9) - dt.datetime(1582, 10, 14)).total_seconds()
    pyreadstat.write_sav(
        day,
        tmp_path / "d.sav",
        missing_ranges={"born": [seconds]},
        variable_value_labels={"born": {dt.date(9999, 9, 9): "DK"}},
    )
    data = io.read(tmp_path / "d.sav")
    assert data["born"].tolist()[0] == pd.Timestamp(2010, 5, 1)
    assert pd.isna(data["born"][1])
    assert data.missing_codes("born") == (pd.Timestamp(9999, 9, 9),)
    assert data.value_labels("born") == {pd.Timestamp(9999, 9, 9): "DK"}


def test_open_ranges(tmp_path):
    frame = pd.DataFrame({"x": [-1e9, -3.0, 0.0, 5.0]})
    pyreadstat.write_sav(frame, tmp_path / "x.sav", missing_ranges={"x": [{"lo": -1.7976931348623157e308, "hi": -1}]})
    data = io.read(tmp_path / "x.sav")
    assert data["x"].sum() == 5
    assert data.held["x"].missing.ranges == ((-math.inf, -1.0),)


@pytest.mark.parametrize("name", ["plain.sav", "packed.sav", "packed.zsav"])
def test_files_read_in_pieces_are_whole(tmp_path, monkeypatch, name):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"x": rng.integers(0, 100, 1_000) * 1.0, "s": rng.choice(["a", "", "ccc"], 1_000)})
    frame.loc[rng.random(1_000) < 0.1, "x"] = np.nan
    settings = {"compress": name.endswith("zsav"), "row_compress": name == "packed.sav"}
    pyreadstat.write_sav(frame, tmp_path / name, missing_ranges={"x": [98, 99]}, **settings)
    monkeypatch.setattr(statistical_files, "_CELLS", 20)
    calls = []
    called = statistical_files._called
    monkeypatch.setattr(statistical_files, "_called", lambda *given: calls.append(given) or called(*given))
    data = io.read(tmp_path / name)
    assert len(calls) > 10
    same(data.codes("x"), frame["x"])
    same(data.codes("s"), frame["s"])
    same(data["x"], frame["x"].where(frame["x"] < 98))


def test_memory_holds_the_columns_and_a_piece(tmp_path, monkeypatch):
    pyreadstat.write_sav(pd.DataFrame({f"v{i}": np.arange(40_000) + 1_000.5 for i in range(5)}), tmp_path / "x.sav")
    monkeypatch.setattr(statistical_files, "_CELLS", 12_500)
    monkeypatch.setattr(opening, "_PIECE", 1 << 16)
    io.read(tmp_path / "x.sav", columns=["v0"])  # modules are loaded
    tracemalloc.start()
    try:
        data = io.read(tmp_path / "x.sav")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = data.to_pandas().memory_usage(index=False).sum()
    assert size == 40_000 * 5 * 8
    assert peak < 2 * size  # as lists of Python numbers the whole takes four times as much


def test_only_some_columns_in_the_order_asked(sav, monkeypatch):
    asked = []
    called = statistical_files._called
    monkeypatch.setattr(
        statistical_files, "_called", lambda *given: asked.append(given[2].get("usecols")) or called(*given)
    )
    data = io.read(sav, columns=["hours", "sex"])
    assert data.columns == ("hours", "sex")
    assert asked == [None, ["hours", "sex"]]
    assert data["hours"].sum() == 15.5
    with pytest.raises(UnknownNameError, match="did you mean 'hours'"):
        io.read(sav, columns=["hour"])


def test_portable_files(tmp_path):
    frame = pd.DataFrame({"X": [1.5, 2.0, 3.0], "S": ["a", "b", "c"]})
    pyreadstat.write_por(frame, tmp_path / "x.por", column_labels={"X": "figure"})
    data = io.read(tmp_path / "x.por")
    same(data["X"], frame["X"])
    assert data.label("X") == "figure"
    assert "without their missing codes" in data.notes[0]
