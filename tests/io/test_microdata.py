"""``Microdata``: steps give new data, the old stay; selections, conditions, names; what is shown."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError
from target87.io import Microdata, read


@pytest.fixture
def data(sav):
    return read(sav)


@given(
    values=st.lists(st.integers(-5, 120), min_size=1, max_size=40),
    codes=st.sets(st.integers(-5, 120), max_size=30),
)
def test_the_sum_is_that_of_the_answers(values, codes):
    data = Microdata.from_dataframe(pd.DataFrame({"x": values}), missing={"x": codes})
    assert data["x"].sum() == sum(value for value in values if value not in codes)
    assert data["x"].count() == sum(value not in codes for value in values)
    assert data.codes("x").tolist() == values


def test_length_columns_and_iteration(data):
    assert (len(data), data.n, len(data.columns)) == (6, 6, 9)
    assert list(data) == list(data.columns)
    assert "sex" in data
    assert "sexe" not in data


def test_select_keeps_order_and_labels(data):
    chosen = data.select(["hours", "sex"])
    assert chosen.columns == ("hours", "sex")
    assert chosen.label("sex") == "Sex of the child"
    assert chosen.source == data.source
    with pytest.raises(UnknownNameError, match="did you mean 'hours'"):
        data.select(["Hours"])
    with pytest.raises(InputError, match="named twice: sex"):
        data.select(["sex", "hours", "sex"])
    with pytest.raises(InputError, match="no column"):
        data.select([])


def test_where_keeps_the_kind_of_columns(data):
    labelled = Microdata.from_dataframe(
        pd.DataFrame({"hours": [0, 0, 12], "sex": [1, 2, 2]}),
        value_labels={"hours": {0: "none"}, "sex": {1: "boy", 2: "girl"}},
    )
    none = labelled.where(lambda m: m["hours"] == 0)
    assert none["hours"].tolist() == [0, 0]  # all of these have a label, but not all of the file
    assert none.where([True, False])["sex"].tolist() == ["boy"]
    boys = data.where(data["sex"] == "boy")
    assert boys.codes("hours").tolist()[:2] == [12, 3.5]
    assert list(boys["sex"].cat.categories) == ["boy", "girl"]
    assert boys["hours"].index.tolist() == [0, 1, 2]
    assert len(data.where(np.zeros(6, dtype=bool))) == 0
    assert data.where(np.zeros(6, dtype=bool)).codebook()["n"].sum() == 0


def test_conditions_that_are_none(data):
    with pytest.raises(InputError, match="6 values, True or False"):
        data.where([True, False])
    with pytest.raises(InputError, match="a truth value a row"):
        data.where(data.codes("hours"))
    with pytest.raises(InputError, match="by its index"):
        data.where((data["sex"] == "boy").iloc[::-1])
    with pytest.raises(DataError, match="missing in some rows"):
        data.where(pd.Series([True, None, True, True, True, True], dtype="boolean"))


def test_rename(data):
    renamed = data.rename({"hours": "CL3"})
    assert renamed.columns[2] == "CL3"
    assert renamed.missing_codes("CL3") == (97, 98, 99)
    assert renamed["CL3"].name == "CL3"
    with pytest.raises(UnknownNameError, match="unknown column 'hrs'"):
        data.rename({"hrs": "CL3"})
    with pytest.raises(InputError, match="one name"):
        data.rename({"hours": "sex"})


def test_steps_leave_the_data_they_start_from(data):
    data.with_missing({"hours": ()})
    data.rename({"hours": "CL3"})
    data.select(["sex"])
    assert data["hours"].sum() == 15.5
    with pytest.raises(AttributeError):
        data.notes = ()
    data.source["file"] = "another"
    assert data.source["file"] == "children.sav"
    assert data.columns[2] == "hours"


def test_nothing_given_out_writes_back(data):
    for series in (data["hours"], data.codes("hours"), data["cluster"], data.codes("cluster")):
        series.iloc[0] = -1.0
    frame = data.to_pandas()
    frame.loc[:, "cluster"] = 0.0
    data.value_labels("sex")[1.0] = "x"
    assert data["hours"][0] == 12
    assert data["cluster"].tolist() == [1, 1, 2, 2, 3, 3]
    assert data.value_labels("sex")[1] == "boy"


def test_the_frame_it_is_made_of_may_change_afterwards():
    frame = pd.DataFrame({"x": [1.0, 2.0], "k": [1, 2]})
    data = Microdata.from_dataframe(frame)
    frame.iloc[0, 0] = 9.0
    frame.iloc[0, 1] = 9
    assert (data["x"].tolist(), data["k"].tolist()) == ([1, 2], [1, 2])


def test_to_pandas_is_a_plain_frame(data):
    frame = data.to_pandas()
    assert type(frame) is pd.DataFrame
    assert frame.attrs == {}
    assert isinstance(frame.index, pd.RangeIndex)
    assert tuple(frame.columns) == data.columns
    assert data["hours"].attrs == {}


def test_frames_of_other_types(data):
    made = Microdata.from_dataframe(
        pd.DataFrame(
            {
                "b": [True, False],
                "gap": pd.array([1, None], dtype="Int64"),
                "half": pd.array([True, None], dtype="boolean"),
                "level": pd.Categorical(["low", "high"], categories=["low", "high"]),
                "none": [None, None],
            }
        ),
        labels={"b": "truth"},
    )
    assert made["b"].dtype == bool
    assert made["gap"].tolist()[0] == 1
    assert list(made["level"].cat.categories) == ["low", "high"]
    assert made["none"].isna().all()
    assert made.label("b") == "truth"
    with pytest.raises(DataError, match="'mixed'"):
        Microdata.from_dataframe(pd.DataFrame({"mixed": [1, "a"]}))
    with pytest.raises(DataError, match="neither numbers, texts"):
        Microdata.from_dataframe(pd.DataFrame({"lists": [[1], [2]]}))
    with pytest.raises(DataError, match="no rows"):
        Microdata.from_dataframe(pd.DataFrame({"x": []}))
    with pytest.raises(InputError, match="data frame is needed"):
        Microdata.from_dataframe({"x": [1]})
    with pytest.raises(InputError, match="one name"):
        Microdata.from_dataframe(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(UnknownNameError, match="unknown column 'y'"):
        Microdata.from_dataframe(pd.DataFrame({"x": [1]}), labels={"y": "?"})


def test_unknown_columns_are_offered_the_nearest(data):
    for ask in (data.codes, data.missing_codes, data.value_labels, data.label, data.__getitem__):
        with pytest.raises(UnknownNameError, match="did you mean 'income'"):
            ask("incme")
    with pytest.raises(InputError, match="one column at a time"):
        data[["sex", "hours"]]


def test_shown_in_one_line_and_in_a_notebook(data):
    assert repr(data) == (
        "<Microdata of children.sav: 6 rows, 9 columns (cluster, sex, hours, income, name, school, day, moment, ...)>"
    )
    html = data.rename({"name": "<b>"})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "Sex of the child" in html
    assert "1 note" in repr(data.with_missing({"hours": (97,)}))


def test_it_travels_between_processes(data):
    again = pickle.loads(pickle.dumps(data))
    pd.testing.assert_frame_equal(again.to_pandas(), data.to_pandas())
    assert again.missing_codes("hours") == (97, 98, 99)


def test_a_design_takes_it(data):
    total = t87.SurveyDesign(data.select(["cluster", "hours", "sex"]), psu="cluster", weights=None).total(
        "hours", missing="omit"
    )
    assert total.to_dataframe()["estimate"].tolist() == [15.5]


def test_names_are_loaded_when_used():
    import target87.io

    assert dir(target87.io) == ["Microdata", "read", "write"]
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        _ = target87.io.reed
