"""``missing="spss"`` against the published MICS syntax, written out again row by row in plain Python.

The rules are those of public copies of the define files "MICS6 - 09 - PR" and its MICS5 forerunner (version 4), as
DEFINITIONS 1.5 has them. A comparison with what is missing is missing, and an IF with a missing condition does
nothing; SUM leaves out what is missing and is missing if all is; ANY takes a missing value for no match.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.errors import InputError
from target87.indicators import child_labour, definition

type Row = dict[str, float]

SIX = {
    "activities": ("CL1A", "CL1B", "CL1C", "CL1X"),
    "chores": ("CL7", "CL9", *(f"CL11{letter}" for letter in "ABCDEFX")),
    "chore_hours": ("CL8", "CL10", "CL13"),
    "hazards": ("CL4", "CL5", *(f"CL6{letter}" for letter in "ABCDEX")),
}
FIVE = {
    "activities": ("CL2A", "CL2B", "CL2C", "CL2D"),
    "chores": ("CL8", *(f"CL10{letter}" for letter in "ABCDEFG")),
    "chore_hours": ("CL9", "CL12"),
    "hazards": ("CL5", "CL6", *(f"CL7{letter}" for letter in "ABCDEF")),
}


def any_one(row: Row, names: tuple[str, ...]) -> bool:
    return any(row[name] == 1 for name in names)


def spss_sum(values: list[float]) -> float:
    there = [value for value in values if value == value]
    return sum(there) if there else float("nan")


def mics6(row: Row) -> dict[str, bool]:
    age, hours = row["CB3"], row["CL3"]
    least = 1 if age <= 11 else 14 if age in (12, 13, 14) else 43
    works = any_one(row, SIX["activities"])
    ea_less, ea_more = works and hours < least, works and hours >= least and hours < 97
    hhc_less = hhc_more = False
    if age <= 14:
        chores = any_one(row, SIX["chores"])
        hhc_less = chores and spss_sum([row[name] for name in SIX["chore_hours"]]) < 21
        recoded = [0.0 if row[name] in (97, 98, 99) else row[name] for name in SIX["chore_hours"]]
        hhc_more = chores and spss_sum(recoded) >= 21
    hazard = any_one(row, SIX["hazards"])
    return {
        "economic_below": ea_less,
        "economic_above": ea_more,
        "chores_below": hhc_less,
        "chores_above": hhc_more,
        "hazardous": hazard,
        "childLabor": ea_more or hhc_more,
        "includeHaz": ea_more or hhc_more or hazard,
    }


def mics5(row: Row) -> dict[str, bool]:
    age, hours = row["SL9C"], row["CL4"]
    least = 1 if age <= 11 else 14 if age in (12, 13, 14) else 43
    works, chores = any_one(row, FIVE["activities"]), any_one(row, FIVE["chores"])
    spent, most = spss_sum([row[name] for name in FIVE["chore_hours"]]), 28 if age <= 14 else 43
    hazard = any_one(row, FIVE["hazards"])
    return {
        "economic_below": works and hours < least,
        "economic_above": works and hours >= least,
        "chores_below": chores and spent < most,
        "chores_above": chores and spent >= most,
        "hazardous": hazard,
        "childLabor": (works and hours >= least) or (chores and spent >= most) or hazard,
    }


def random_rows(asked: dict[str, tuple[str, ...]], age: str, hours: str, *, seed: int, n: int = 3000) -> pd.DataFrame:
    """Answers of every kind, skips kept or not, hours about the thresholds and codes among them."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {age: rng.integers(5, 18, n)}
    for role in ("activities", "chores", "hazards"):
        yes = 0.12 if role != "chores" else 0.2
        for name in asked[role]:
            values[name] = rng.choice([1, 2, 8, 9, np.nan], n, p=[yes, 0.82 - yes, 0.03, 0.05, 0.10])
    about = [*range(16), 20, 20.5, 21, 27, 28, 42, 43, 60, 96, 97, 98, 99, 100, 168, np.nan, np.nan]
    for name in (hours, *asked["chore_hours"]):
        values[name] = rng.choice(about, n)
    return pd.DataFrame(values)


@pytest.mark.parametrize("seed", [1, 2, 3])
class TestRowByRow:
    def test_mics6(self, seed: int):
        data = random_rows(SIX, "CB3", "CL3", seed=seed)
        expected = pd.DataFrame([mics6(row) for row in data.to_dict("records")])
        flags = child_labour(data, "mics6", missing="spss", contradictions="note").to_dataframe()
        for name in ("economic_below", "economic_above", "chores_below", "chores_above", "hazardous"):
            np.testing.assert_array_equal(flags[name].astype(bool), expected[name], err_msg=name)
            assert 20 < expected[name].sum() < len(data) - 20
        np.testing.assert_array_equal(flags["child_labour"].astype(bool), expected["childLabor"])
        included = child_labour(data, "mics6_with_hazard", missing="spss", contradictions="note")
        np.testing.assert_array_equal(included["child_labour"].astype(bool), expected["includeHaz"])

    def test_mics5(self, seed: int):
        data = random_rows(FIVE, "SL9C", "CL4", seed=seed)
        expected = pd.DataFrame([mics5(row) for row in data.to_dict("records")])
        flags = child_labour(data, "mics5", missing="spss", contradictions="note").to_dataframe()
        for name in ("economic_below", "economic_above", "chores_below", "chores_above", "hazardous"):
            np.testing.assert_array_equal(flags[name].astype(bool), expected[name], err_msg=name)
        np.testing.assert_array_equal(flags["child_labour"].astype(bool), expected["childLabor"])

    def test_complete_answers_are_decided_alike(self, seed: int):
        data = random_rows(SIX, "CB3", "CL3", seed=seed).fillna(0)
        answered = [name for role in ("activities", "chores", "hazards") for name in SIX[role]]
        data[answered] = data[answered].replace({8: 2, 9: 2, 0: 2})
        data = data.replace({97: 5, 98: 5, 99: 5, 100: 5, 168: 5})
        for name in ("mics6", "mics6_with_hazard", "sdg_8_7_1_b", "sdg_8_7_1_a"):
            plain = child_labour(data, name, contradictions="note")["child_labour"]
            syntax = child_labour(data, name, missing="spss", contradictions="note")
            pd.testing.assert_series_equal(plain, syntax["child_labour"])
            assert any("0 of 3,000 children are decided by the published" in note for note in syntax.notes)


class TestRulesOfTheTables:
    """DEFINITIONS 1.5, rules 1 to 6, one child each."""

    def flags(self, name: str = "mics6", **answers: Any) -> Any:
        idle = {"age": 10, "CL1A": 2, "CL3": np.nan, "CL7": 2, "CL8": np.nan, "CL11A": 2, "CL13": np.nan}
        return child_labour(pd.DataFrame([{**idle, **answers}]), name, missing="spss", contradictions="note")

    @pytest.mark.parametrize("code", [97, 98, 99])
    def test_1_codes_fail_the_threshold_and_stay_in_the_denominator(self, code: int):
        flags = self.flags(CL1A=1, CL3=code)
        assert flags["child_labour"].tolist() == [False]
        assert any("1 of 1 children are decided by the published MICS syntax" in note for note in flags.notes)
        assert any("0 as yes, 1 as no" in note for note in flags.notes)

    @pytest.mark.parametrize("code", [97, 98, 99])
    def test_2_codes_of_chores_are_in_neither_column(self, code: int):
        flags = self.flags(CL7=1, CL8=code, CL11A=1, CL13=5)
        assert (flags["chores_below"][0], flags["chores_above"][0]) == (False, False)
        assert self.flags(CL11A=1, CL13=5)["chores_below"][0]
        assert self.flags(CL7=1, CL8=code, CL11A=1, CL13=21)["chores_above"][0]

    def test_3_a_sum_leaves_out_what_is_blank(self):
        assert self.flags(CL7=1, CL8=np.nan, CL11A=1, CL13=21)["chores_above"][0]
        blank = self.flags(CL7=1, CL8=np.nan, CL11A=1, CL13=np.nan)
        assert (blank["chores_below"][0], blank["chores_above"][0]) == (False, False)

    def test_4_water_and_firewood_are_chores(self):
        assert self.flags(CL7=1, CL8=21)["chores_above"][0]
        assert not self.flags(CL7=1, CL8=21)["economic_above"][0]

    def test_5_missing_is_no(self):
        assert not self.flags(CL1A=9, CL3=30)["child_labour"][0]
        assert not self.flags(CL11A=9, CL13=30)["child_labour"][0]
        assert any("counting by their answers are none" in note for note in self.flags(CL1A=9, CL3=30).notes)

    def test_6_mics5_takes_codes_for_hours(self):
        data = pd.DataFrame({"SL9C": [16, 16], "CL2A": [1, 2], "CL4": [98, np.nan], "CL5": 2}).assign(
            CL8=2, CL12=np.nan
        )
        flags = child_labour(data, "mics5", missing="spss")
        assert flags["child_labour"].tolist() == [True, False]
        assert any("1 child counted by the syntax for a special code taken as hours" in note for note in flags.notes)

    def test_hours_from_97_on_fail_the_guard(self):
        assert self.flags(CL1A=1, CL3=96)["child_labour"][0]
        assert not self.flags(CL1A=1, CL3=100)["child_labour"][0]
        assert self.flags(CL11A=1, CL13=100)["chores_above"][0]

    def test_series_a_knows_no_chores(self):
        flags = self.flags("sdg_8_7_1_a", CL11A=1, CL13=50)
        assert not flags["child_labour"][0]
        assert "chores_above" not in flags.columns

    def test_where_nothing_was_asked_hours_decide(self):
        data = pd.DataFrame({"age": [8, 8], "hours": [1, 0], "chores_hours": [0, 21]})
        assert child_labour(data, "mics6", missing="spss")["child_labour"].tolist() == [True, True]

    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"hazard_needs_work": False, "night_is_hazardous": False},
            {"hazard_needs_work": False, "night_is_hazardous": False, "long_hours": None},
        ],
    )
    def test_knows_nothing_of_the_ilo_list(self, change: dict[str, Any]):
        data = pd.DataFrame({"age": [16], "hours": [3], "CL4": [2]})
        with pytest.raises(InputError, match="MICS syntax knows no industries"):
            child_labour(data, definition("ilo_global").replace(**change), missing="spss")
