"""Input that is no answer, or no column: refused with what it is, where, how often and what would mend it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators import child_labour, definition


def children(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"age": [7, 13, 16], "hours": [1.0, 13.0, 43.0], **columns})


class TestHoursAndAges:
    @pytest.mark.parametrize("hours", [-1, 168.5, 169, 997, -9])
    def test_hours_outside_a_week(self, hours: float):
        with pytest.raises(DataError, match=r"0 to 168|0 and 168") as caught:
            child_labour(children(hours=[1, hours, hours]))
        assert caught.value.count == 2
        assert caught.value.where == "column 'hours'"
        assert "row 1" in caught.value.examples[0]

    def test_special_codes_can_be_declared(self):
        flags = child_labour(children(hours=[1, 997, 998]), missing="omit", special_codes=(997, 998))
        assert flags["child_labour"].isna().tolist() == [False, True, True]
        with pytest.raises(DataError, match="0 and 168") as caught:
            child_labour(children(hours=[1, 996, 998]), special_codes=(997, 998))
        assert caught.value.examples == ("row 1: 996",)

    def test_hours_in_words(self):
        with pytest.raises(DataError, match="no numbers") as caught:
            child_labour(children(hours=["1", "many", "3"]))
        assert caught.value.examples == ("row 1: 'many'",)
        assert child_labour(children(hours=["1", "13", "43"]))["child_labour"].tolist() == [True, False, True]

    @pytest.mark.parametrize("age", [7.5, 13.25])
    def test_ages_are_completed_years(self, age: float):
        with pytest.raises(DataError, match="completed years") as caught:
            child_labour(children(age=[7, age, 16]))
        assert caught.value.examples == (f"row 1: {age:g}",)

    @pytest.mark.parametrize("age", [-1, 121])
    def test_ages_of_nobody(self, age: float):
        with pytest.raises(DataError, match="age"):
            child_labour(children(age=[7, age, 16]))

    def test_nobody_of_the_ages(self):
        with pytest.raises(DataError, match="no row is of the ages"):
            child_labour(children(age=[3, 18, 40]))

    def test_a_missing_age_is_refused_or_in_no_figure(self):
        with pytest.raises(DataError, match="undecided") as caught:
            child_labour(children(age=[7, np.nan, 16]))
        assert "age (1)" in str(caught.value.where)
        flags = child_labour(children(age=[7, np.nan, 16]), missing="omit")
        assert flags["child_labour"].isna().tolist() == [False, True, False]
        assert flags["reason"][1] == "age missing"


class TestMissingAnswers:
    def test_are_counted_by_column(self):
        data = children(CL1A=[1, 9, 2], CL1X=[2, 2, 2], hours=[98, np.nan, np.nan])
        with pytest.raises(DataError, match="missing answers leave children undecided") as caught:
            child_labour(data)
        assert caught.value.count == 2
        assert caught.value.where == "columns hours (2), CL1A (1)"
        assert caught.value.examples == ("row 0", "row 1")
        assert [word in str(caught.value) for word in ("omit", "bounds", "spss")] == [True] * 3

    def test_of_what_the_definition_does_not_ask_are_none(self):
        data = children(CL4=[9, 9, 9], CL7=[9, 9, 9])
        assert child_labour(data)["child_labour"].notna().all()

    def test_a_column_the_data_lack(self):
        data = children(CL7=[1, 1, 1], CL11A=2, CL13=np.nan)
        with pytest.raises(DataError, match="undecided") as caught:
            child_labour(data, "sdg_8_7_1_b")
        assert "describe" in str(caught.value.where)


class TestAnswers:
    def test_unknown_codes_and_words(self):
        with pytest.raises(DataError, match="neither yes, no nor missing") as caught:
            child_labour(children(CL1A=[1, 3, 3]))
        assert (caught.value.where, caught.value.count) == ("column 'CL1A'", 2)
        with pytest.raises(DataError, match="neither yes"):
            child_labour(children(CL1A=["yes", "oui", "no"]))
        own = definition("sdg_8_7_1_a").replace(yes=("oui",), no=("non",))
        flags = child_labour(children(CL1A=["OUI", "Non", "oui"], hours=[1, np.nan, 43]), own)
        assert flags["child_labour"].tolist() == [True, False, True]

    def test_two_codings_in_one_column(self):
        with pytest.raises(DataError, match="both 0 and 2"):
            child_labour(children(CL1A=[1, 2, 0]))

    def test_labels_that_say_the_opposite(self):
        class Coded:
            columns = ("age", "hours", "CL1A")

            def __len__(self) -> int:
                return 3

            def codes(self, name: str) -> Any:
                return children(CL1A=[1, 2, 2])[name]

            def missing_codes(self, name: str) -> tuple[int, ...]:
                return ()

            def value_labels(self, name: str) -> dict[int, str]:
                return {1: "No", 2: "Yes"} if name == "CL1A" else {}

        with pytest.raises(DataError, match="opposite"):
            child_labour(Coded())


class TestContradictions:
    @pytest.mark.parametrize(
        ("answers", "what"),
        [
            ({"CL1A": [1, 2, 1]}, "hours of work but no activity"),
            ({"paid": [1, 1, 1], "hours": [1, 0, 43]}, "paid but zero hours of work"),
            ({"CL1A": [1, 2, 1], "hours": [1, np.nan, 43], "CL4": [2, 1, 2]}, "hazardous conditions but no work"),
            ({"CL7": [2, 2, 1], "CL8": [np.nan, 5, 5]}, "hours of water but none done"),
            ({"CL11A": [2, 2, 1], "CL13": [np.nan, 5, 5]}, "hours of chores but none done"),
        ],
    )
    def test_are_refused_or_counted(self, answers: dict[str, Any], what: str):
        with pytest.raises(DataError, match=f"contradict each other: {what}") as caught:
            child_labour(children(**{"CL13": 0, **answers}), "mics6")
        assert (caught.value.count, caught.value.examples) == (1, ("row 1",))
        flags = child_labour(children(**{"CL13": 0, **answers}), "mics6", contradictions="note")
        assert f"1 child with contradictory answers: {what}" in flags.notes

    def test_outside_the_ages_concern_nobody(self):
        data = children(age=[7, 30, 16], CL1A=[1, 2, 1])
        assert not any("contradictory" in note for note in child_labour(data).notes)

    def test_zero_hours_of_work_are_less_than_an_hour(self):
        flags = child_labour(children(CL1A=[1, 1, 1], hours=[0, 0, 0]))
        assert "3 children who worked for 0 hours, taken for less than an hour" in flags.notes
        assert not flags["child_labour"].any()
        assert flags["economic_work"].all()


class TestRows:
    def test_others_have_no_flag_and_are_in_no_note(self):
        children = pd.DataFrame(
            {"age": [7, 8, 40, None, 9], "hours": [2.0, None, 1.0, 1.0, 0.0], "paid": [1, 1, 1, 1, 1]}
        )
        some = np.array([True, False, False, False, False])
        flags = child_labour(children, rows=some)
        assert flags["child_labour"].isna().tolist() == [False, True, True, True, True]
        assert flags.notes == ("the child is decided",)
        with pytest.raises(DataError, match="paid"):
            child_labour(children)

    @pytest.mark.parametrize("rows", [[True], ["yes"] * 2, [1, 0], [[True, False]]])
    def test_no_truth_value_a_row(self, rows):
        with pytest.raises(InputError, match="one truth value a row"):
            child_labour(pd.DataFrame({"age": [7, 8], "hours": [2, 3]}), rows=rows)


class TestColumns:
    def test_all_that_is_needed_is_listed(self):
        data = pd.DataFrame({"Age_years": [7], "hourz": [3], "weight": [1.0]})
        with pytest.raises(InputError, match="mics5 needs columns") as caught:
            child_labour(data, "mics5")
        text = str(caught.value)
        assert caught.value.count == 4
        for words in (
            "age in completed years",
            "CB3",
            "hours of other household chores",
            "CL13",
            "hazardous conditions",
        ):
            assert words in text
        assert "is hours in 'hourz'?" in text
        assert "Age_years" in text

    def test_names_that_do_not_exist(self):
        with pytest.raises(UnknownNameError, match="did you mean 'hours'"):
            child_labour(children(), columns={"hours": "hour"})
        with pytest.raises(UnknownNameError, match="thing a definition asks about"):
            child_labour(children(), columns={"hour": "hours"})
        with pytest.raises(UnknownNameError, match="did you mean 'sdg_8_7_1_b', 'sdg_8_7_1_a'"):
            child_labour(children(), "sdg_8_7_1")
        with pytest.raises(UnknownNameError, match="treatment of missing"):
            child_labour(children(), missing="drop")  # type: ignore[arg-type]
        with pytest.raises(UnknownNameError, match="treatment of contradictions"):
            child_labour(children(), contradictions="drop")  # type: ignore[arg-type]
        with pytest.raises(UnknownNameError, match="field of the definition"):
            child_labour(children(), minimum_hours=3)

    def test_one_column_for_two_things(self):
        with pytest.raises(InputError, match="for two things"):
            child_labour(children(), columns={"age": "hours", "hours": "hours"})
        with pytest.raises(InputError, match="one column is wanted for hours"):
            child_labour(children(more=1), columns={"hours": ["hours", "more"]})

    def test_heavy_loads_of_mics6_are_no_hours(self):
        # CL4 holds hours in MICS5 alone
        with pytest.raises(InputError, match="needs columns"):
            child_labour(pd.DataFrame({"CB3": [7], "CL1A": [1], "CL4": [1]}))

    def test_no_frame(self):
        with pytest.raises(InputError, match="no frame"):
            child_labour([1, 2, 3])
