"""Answers that look like others: codes of no industry, hours of no week, questions of other rounds of MICS."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from target87.errors import DataError, InputError
from target87.indicators import breakdowns, child_labour, definition


def children(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"age": [10, 13, 16], "hours": [0.0, 13.0, 43.0], **columns})


class TestCodesOfNoWork:
    """A code that stands for "don't know" is never read as work that is not hazardous."""

    @pytest.mark.parametrize("code", ["998", "999", "997", "9998", "9999", "00", "44", "83", "0"])
    def test_industries(self, code: str):
        # 998: division 99 of ISIC has one group, 990; 44 and 83 are no divisions of any revision
        data = children(industry=["01", code, "4711"])
        for read in (lambda: child_labour(data, "ilo_global", isic="4"), lambda: breakdowns(data, "sector", isic="4")):
            with pytest.raises(DataError, match="no codes of the classification") as caught:
                read()
            assert (caught.value.where, caught.value.count) == ("column 'industry'", 1)
            assert caught.value.examples == (f"row 1: {code!r}",)
            assert "missing" in str(caught.value)

    def test_industries_as_numbers(self):
        with pytest.raises(DataError, match="no codes") as caught:
            child_labour(children(industry=[111, 9998, 4711]), "ilo_global", isic="4")
        assert caught.value.examples == ("row 1: 9998",)

    @pytest.mark.parametrize("code", ["97", "970", "9700", "98", "9810", "982", "99", "990", "9900", "T", "U"])
    def test_households_and_bodies_outside_the_country_are_industries(self, code: str):
        flags = child_labour(children(industry=["01", code, "47"]), "ilo_global", isic="4")
        assert not flags["hazardous"][1]

    @pytest.mark.parametrize("code", ["9999", "998", "99", "9", "04", "27", "65"])
    def test_occupations(self, code: str):
        # one digit is refused too: numbers lose leading zeros, so that 1 may be 01, armed forces
        own = definition("ilo_global").replace(hazardous_occupations_08=("7112", "93"))
        with pytest.raises(DataError, match="no codes") as caught:
            child_labour(children(occupation=["6111", code, "5223"]), own, isco="08")
        assert (caught.value.where, caught.value.count) == ("column 'occupation'", 1)

    def test_once_declared_missing_they_are_undecided(self):
        data = children(industry=["01", None, "47"], CL4=2, night=2)
        assert child_labour(data, "ilo_global", isic="4", missing="omit")["hazardous"].isna().tolist()[:2] == [
            False,
            True,
        ]


class TestHours:
    def test_more_than_a_week_together(self):
        data = children(CL7=1, CL8=[100, 1, 1], CL11A=1, CL13=[100, 1, 1])
        with pytest.raises(DataError, match="more than a week's hours of chores") as caught:
            child_labour(data, "sdg_8_7_1_b")
        assert (caught.value.count, caught.value.examples) == (1, ("row 0",))
        with pytest.raises(DataError, match="more than a week's hours of work"):
            child_labour(data.assign(hours=100, CL13=0), "sdg_8_7_1_b", water_and_firewood="economic")

    def test_their_ends_keep_their_order(self):
        own = definition("sdg_8_7_1_b").replace(chores_hours=(168, 168, -1), strictly_above=True)
        data = pd.DataFrame({"age": [10], "hours": [0], "CL7": [1], "CL8": [100], "CL11A": [1], "CL13": [100]})
        flags = child_labour(data, own, missing="bounds", contradictions="note")
        assert (flags["child_labour_lower"][0], flags["child_labour_upper"][0]) == (True, True)

    def test_yes_and_no_are_no_hours(self):
        for data in (children(hours=[True, False, True]), pl.from_pandas(children(hours=[True, False, True]))):
            with pytest.raises(DataError, match="yes and no are no hours"):
                child_labour(data)

    def test_hours_tell_that_chores_were_done(self):
        flags = child_labour(children(CL11A=[9, 9, 1], CL13=[25, 0, 3]), "sdg_8_7_1_b", missing="omit")
        assert flags["chores_above"].tolist()[:2] == [True, False]
        assert flags["chores"].isna().tolist() == [False, True, False]
        assert flags["chores"][0]


class TestWorkThatWasNotDone:
    @pytest.mark.parametrize(
        ("answers", "what"),
        [
            ({"CL4": [1, 2, 2]}, "hazardous conditions but no work"),
            ({"CL4": 2, "night": [1, 2, 2]}, "work at night but no work"),
            ({"CL4": 2, "CL1A": [2, 1, 1], "night": [1, 2, 2]}, "work at night but no work"),
        ],
    )
    def test_its_conditions_are_refused_or_counted(self, answers: dict[str, Any], what: str):
        with pytest.raises(DataError, match=f"contradict each other: {what}") as caught:
            child_labour(children(**answers), "ilo_global")
        assert (caught.value.count, caught.value.examples) == (1, ("row 0",))
        flags = child_labour(children(**answers), "ilo_global", contradictions="note")
        assert f"1 child with contradictory answers: {what}" in flags.notes
        assert not flags["hazardous"][0]

    def test_pay_tells_of_work_where_no_activity_was_answered(self):
        data = children(CL1A=[9, 1, 1], hours=[np.nan, 13, 43], paid=[1, 2, 2])
        flags = child_labour(data, missing="omit")
        assert flags["economic_work"][0]
        assert pd.isna(flags["child_labour"][0])


class TestWhatTheDefinitionDoesNotUse:
    def test_chores_are_not_read_where_they_do_not_count(self):
        data = children(CL7=["some", "words", "here"], CL8=[500, 500, 500], CL11A=2, CL13=[np.nan, 5, np.nan])
        flags = child_labour(data, "sdg_8_7_1_a")
        assert flags["child_labour"].tolist() == [False, False, True]
        assert not any("contradictory" in note for note in flags.notes)
        with pytest.raises(DataError, match="CL7"):
            child_labour(data, "sdg_8_7_1_b")

    def test_water_and_firewood_that_nobody_was_asked_about_are_named(self):
        note = "fetching water and firewood are not asked about apart"
        assert any(one.startswith(note) for one in child_labour(children(chores_hours=3), "sdg_8_7_1_b").notes)
        asked = children(chores_hours=3, CL7=2, CL9=2)
        assert not any(one.startswith(note) for one in child_labour(asked, "sdg_8_7_1_b").notes)
        assert not any(one.startswith(note) for one in child_labour(children(), "sdg_8_7_1_a").notes)


class TestRoundsOfMics:
    def test_before_the_fifth_other_questions_have_the_same_numbers(self):
        # CL3 of MICS3: "did any kind of work for someone who is not a member of this household?", 1 yes, paid; 2 yes,
        # unpaid; 3 no (UNICEF's codebook of MICS3 in Serbia): as hours, every "no" of age 5-11 would be child labour
        data = pd.DataFrame({"HL6": [10, 13], "CL3": [3, 1], "CL4": [np.nan, 20], "CL5": [2, 2], "CL6": np.nan})
        with pytest.raises(InputError, match="needs columns") as caught:
            child_labour(data)
        assert caught.value.examples == ("hours",)
        assert any("MICS3 and MICS4" in one for one in caught.value.remedies)
        assert not any("is hours in" in one for one in caught.value.remedies)
        flags = child_labour(data, columns={"hours": "CL4"}, missing="omit")
        assert flags["child_labour"].isna().tolist() == [True, False]
        assert flags["child_labour"][1]

    @pytest.mark.parametrize("first", ["CL2A", "CL2B", "CL2C", "CL2D"])
    def test_the_fifth_is_told_by_any_of_its_first_questions(self, first: str):
        data = pd.DataFrame({"SL9C": [10, 16], first: [1, 2], "CL4": [3, np.nan], "CL5": [2, np.nan], "CL12": [1, 0]})
        flags = child_labour(data, "mics5", contradictions="note", missing="omit")
        assert flags["reason"].tolist()[0] == "economic activity, at least 1 h at 5-11"

    def test_the_sixth_keeps_its_own(self):
        data = pd.DataFrame({"CB3": [10, 16], "CL1B": [1, 1], "CL3": [3, 3], "CL4": [2, 1], "CL5": 2, "CL13": 0})
        flags = child_labour(data, "mics6_with_hazard")
        assert flags["reason"].tolist() == ["economic activity, at least 1 h at 5-11", "hazardous work"]
