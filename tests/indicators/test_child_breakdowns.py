"""Breakdowns: labels by codes, by words, by a file's own labels; sectors; work and school; what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators import breakdowns, child_labour

CHILDREN = pd.DataFrame(
    {
        "HL4": [1, 2, 2, 1, 9],
        "age": [5, 12, 17, 13, 30],
        "HH6": [1, 2, 2, np.nan, 1],
        "industry": ["01", "43", "47", None, "10"],
        "school": [1, 2, 1, 9, 1],
        "status": ["employee", "contributing family worker", "own-account worker", None, "employee"],
        "hours": [1, 14, 5, 20, 40],
    }
)


def said(column: Any) -> list[Any]:
    return [None if pd.isna(one) else one for one in column]


class TestLabels:
    def test_all_that_are_found(self):
        frame = breakdowns(CHILDREN)
        assert said(frame["sex"]) == ["boys", "girls", "girls", "boys", None]
        assert said(frame["age_band"]) == ["5-11", "12-14", "15-17", "12-14", None]
        assert said(frame["residence"]) == ["urban", "rural", "rural", None, "urban"]
        assert said(frame["sector"]) == ["agriculture", "industry", "services", None, "industry"]
        attending, not_attending = "attending school", "not attending school"
        assert said(frame["school"]) == [attending, not_attending, attending, None, attending]
        assert said(frame["family_work"]) == ["other work", "family work", "other work", None, "other work"]
        assert "work_and_school" not in frame
        assert all(frame[name].cat.ordered for name in frame)

    def test_those_asked_for(self):
        assert list(breakdowns(CHILDREN, "sex")) == ["sex"]
        assert list(breakdowns(CHILDREN, ["residence", "sex"])) == ["residence", "sex"]

    @pytest.mark.parametrize("words", [("Male", "FEMALE"), ("boy", "girl"), ("M", "f"), (1.0, 2.0), ("1", "2")])
    def test_words_and_codes(self, words: tuple[Any, Any]):
        assert said(breakdowns(pd.DataFrame({"sex": words}))["sex"]) == ["boys", "girls"]

    def test_the_labels_of_a_file_go_before_its_codes(self):
        class Coded:
            columns = ("sex", "status")

            def __len__(self) -> int:
                return 3

            def codes(self, name: str) -> Any:
                return pd.Series([1, 2, 9])

            def missing_codes(self, name: str) -> tuple[int, ...]:
                return (9,)

            def value_labels(self, name: str) -> dict[int, str]:
                return {"sex": {1: "Female", 2: "Male"}, "status": {1: "Unpaid family worker", 2: "Employee"}}[name]

        frame = breakdowns(Coded())
        assert said(frame["sex"]) == ["girls", "boys", None]
        assert said(frame["family_work"]) == ["family work", "other work", None]

    def test_meanings_said(self):
        data = pd.DataFrame({"sex": [0, 1], "q7": [1, 2]})
        values = {"sex": {0: "boys", 1: "girls"}, "family_work": {1: "family work", 2: "other work"}}
        frame = breakdowns(data, values=values, columns={"family_work": "q7"})
        assert said(frame["sex"]) == ["boys", "girls"]
        assert said(frame["family_work"]) == ["family work", "other work"]

    def test_frames_of_other_kinds(self):
        pd.testing.assert_frame_equal(breakdowns(pl.from_pandas(CHILDREN)), breakdowns(CHILDREN))
        odd_index = CHILDREN.set_index(np.arange(5)[::-1])
        pd.testing.assert_frame_equal(breakdowns(odd_index).reset_index(drop=True), breakdowns(CHILDREN))


class TestWithFlags:
    def test_work_and_school(self):
        flags = child_labour(CHILDREN)
        frame = breakdowns(CHILDREN, "work_and_school", flags=flags)
        assert said(frame["work_and_school"]) == [
            "in child labour and in school",
            "in child labour, not in school",
            "in school, not in child labour",
            None,
            None,
        ]
        employed = breakdowns(CHILDREN, "work_and_school", flags=child_labour(CHILDREN, "children_in_employment"))
        assert said(employed["work_and_school"])[:2] == ["in employment and in school", "in employment, not in school"]

    def test_neither_in_work_nor_in_school(self):
        data = pd.DataFrame({"age": [9], "hours": [0], "school": ["no"]})
        assert said(breakdowns(data, "work_and_school", flags=child_labour(data))["work_and_school"]) == ["neither"]

    def test_bands_are_those_of_the_definition(self):
        flags = child_labour(CHILDREN, minimum_age=14)
        assert said(breakdowns(CHILDREN, "age_band", flags=flags)["age_band"])[1:3] == ["12-13", "14-17"]

    def test_who_does_not_work_has_no_sector(self):
        data = pd.DataFrame({"age": [9, 9], "CL1A": [2, 1], "hours": [np.nan, 1], "industry": ["01", "01"]})
        assert said(breakdowns(data, "sector", flags=child_labour(data))["sector"]) == [None, "agriculture"]

    def test_estimates_by_them(self):
        data = pd.concat([CHILDREN.iloc[:4]] * 3, ignore_index=True)
        flags = child_labour(data)
        design = t87.SurveyDesign(data).with_indicator(flags).with_columns(breakdowns(data, "sex"))
        rates = design.proportion("child_labour", by="sex").to_dataframe().set_index("sex")["estimate"]
        assert rates.to_dict() == {"boys": 1.0, "girls": 0.5}


class TestRowsSortedSince:
    """Rows are known by the index of a pandas frame, unless it only counts from 0; another order is refused."""

    def test_breakdowns_and_flags_are_refused(self):
        data = CHILDREN.iloc[:4].set_axis([10, 11, 12, 13])
        design = t87.SurveyDesign(data.sort_values("age", ascending=False))
        with pytest.raises(DataError, match="another order"):
            design.with_columns(breakdowns(data, "sex"))
        with pytest.raises(DataError, match="another order"):
            design.with_indicator(child_labour(data))

    def test_made_of_the_sorted_rows_they_are_theirs(self):
        data = CHILDREN.iloc[:4].sort_values("hours", ascending=False)
        design = t87.SurveyDesign(data).with_columns(breakdowns(data, "sex"))
        hours = design.mean("hours", by="sex").to_dataframe().set_index("sex")["estimate"]
        assert hours.to_dict() == {"boys": (1 + 20) / 2, "girls": (14 + 5) / 2}


class TestRefused:
    def test_values_of_no_known_meaning(self):
        with pytest.raises(DataError, match="not known what values mean for the breakdown 'sex'") as caught:
            breakdowns(pd.DataFrame({"sex": [1, 3, 3]}))
        assert (caught.value.where, caught.value.count) == ("column 'sex'", 2)
        with pytest.raises(DataError, match="not known"):
            breakdowns(pd.DataFrame({"sex": ["garçon", "dame"]}))
        with pytest.raises(DataError, match="not known"):
            breakdowns(pd.DataFrame({"status": [1, 2]}))
        with pytest.raises(DataError, match="not known"):
            breakdowns(pd.DataFrame({"sex": [1, 2]}), values={"sex": {1: "boys", 2: "women"}})

    def test_names(self):
        with pytest.raises(UnknownNameError, match="did you mean 'sector'"):
            breakdowns(CHILDREN, "sectors")
        with pytest.raises(UnknownNameError, match="breakdown"):
            breakdowns(CHILDREN, columns={"gender": "HL4"})
        with pytest.raises(UnknownNameError, match="column"):
            breakdowns(CHILDREN, columns={"sex": "HL5"})
        with pytest.raises(InputError, match="no column for the breakdown 'sex'"):
            breakdowns(CHILDREN.drop(columns="HL4"), ["sex"])
        with pytest.raises(InputError, match="no column to break down by"):
            breakdowns(pd.DataFrame({"weight": [1.0]}))

    def test_flags(self):
        with pytest.raises(InputError, match="need flags"):
            breakdowns(CHILDREN, "work_and_school")
        with pytest.raises(InputError, match="other rows"):
            breakdowns(CHILDREN.iloc[:3], flags=child_labour(CHILDREN))
        with pytest.raises(InputError, match="two ends"):
            breakdowns(CHILDREN, "work_and_school", flags=child_labour(CHILDREN, missing="bounds"))

    def test_industries_that_may_be_of_two_revisions(self):
        data = pd.DataFrame({"industry": ["05", "10"]})
        with pytest.raises(InputError, match="it matters which"):
            breakdowns(data)
        assert said(breakdowns(data, isic="3")["sector"]) == ["agriculture", "industry"]
        assert said(breakdowns(data, isic="4")["sector"]) == ["industry", "industry"]
