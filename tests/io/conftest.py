"""A survey file as offices have them, written by pyreadstat: labels, missing codes of every kind, dates, blanks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyreadstat
import pytest

HOURS = [12.0, 98.0, 97.0, 3.5, 99.0, np.nan]
FRAME = pd.DataFrame(
    {
        "cluster": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        "sex": [1.0, 2.0, 2.0, 1.0, 9.0, 1.0],
        "hours": HOURS,
        "income": [10.5, -9.0, -1.0, 300.0, 7777.0, np.nan],
        "name": ["Ada  ", "Bo", "", "Dé", "Ee", "Fay"],
        "school": ["A", "B", "99", "A", "A", ""],
        "day": [dt.date(2020, 1, 2), None, dt.date(2021, 12, 31), dt.date(1990, 6, 15), None, dt.date(2020, 2, 29)],
        "moment": pd.to_datetime(
            ["2020-01-02 03:04:05", None, "1999-12-31 23:59:59", None, "2001-01-01 00:00:00", None]
        ),
        "clock": [dt.time(1, 2, 3), None, dt.time(23, 59, 59), dt.time(0), None, dt.time(12)],
    }
)
LABELS = {"sex": "Sex of the child", "hours": "Hours in the past week", "name": "Prénom"}
VALUE_LABELS = {
    "sex": {1.0: "boy", 2.0: "girl", 9.0: "missing"},
    "hours": {97.0: "inconsistent", 98.0: "don't know", 99.0: "no response"},
    "school": {"A": "public", "B": "private"},
}
MISSING = {"sex": [9], "hours": [97, 98, 99], "income": [{"lo": -9, "hi": -1}, 7777], "school": ["99"]}


@pytest.fixture
def sav(tmp_path):
    path = tmp_path / "children.sav"
    pyreadstat.write_sav(
        FRAME,
        path,
        column_labels=LABELS,
        variable_value_labels=VALUE_LABELS,
        missing_ranges=MISSING,
        variable_measure={"sex": "nominal"},
        variable_format={"cluster": "F5.0"},
    )
    return path


@pytest.fixture
def dta(tmp_path):
    """Numbers with .a and .b among them beside . alone, in a column of whole numbers and in one of others."""
    path = tmp_path / "children.dta"
    frame = pd.DataFrame(
        {
            "hours": [12, "a", "b", 40, np.nan, 7],
            "pay": [1.5, 2.5, "c", np.nan, 0.25, 9.0],
            "sex": np.array([1, 2, 2, 1, 2, 1], dtype="int8"),
            "name": ["Ada  ", "Bo", "", "Dé", "Ee", "Fay"],
        }
    )
    pyreadstat.write_dta(
        frame,
        path,
        column_labels=["Hours in the past week", None, "Sex", None],
        variable_value_labels={"hours": {"a": "don't know", "b": "refused"}, "sex": {1: "boy", 2: "girl"}},
        missing_user_values={"hours": ["a", "b"], "pay": ["c"]},
    )
    return path
