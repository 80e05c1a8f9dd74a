"""Child labour held against children worked by hand, against every boundary, and against every completion of blanks."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from target87.indicators import child_labour, definition, definitions, describe

CHILDREN = pd.read_csv(Path(__file__).parent / "hand_worked_children.csv")
ANSWERS = CHILDREN.loc[:, "age":"CL13"]
NAMES = (
    *("sdg_8_7_1_a", "sdg_8_7_1_b", "mics5", "mics6", "mics6_with_hazard", "ilo_global"),
    *("children_in_employment", "children_in_employment_7_14"),
)
BANDS = ((5, 11), (12, 14), (15, 17))


def found(name: str, answers: Any = ANSWERS, **options: Any) -> list[str]:
    """What the flags say, in the words of the table."""
    flags = child_labour(answers, name, contradictions="note", **{"missing": "omit", **options})
    inside, flag = flags["band"].notna(), flags[flags.definition.flag]
    return [
        "outside" if not of_age else "?" if pd.isna(value) else "yes" if value else "no"
        for value, of_age in zip(flag, inside, strict=True)
    ]


def wrong(said: list[str], column: str) -> pd.DataFrame:
    table = CHILDREN.assign(found=said)
    return table.loc[table["found"] != table[column], ["child", "found", column, "why"]]


class TestChildrenWorkedByHand:
    def test_there_are_enough(self):
        assert len(CHILDREN) >= 60
        assert CHILDREN["why"].notna().all()
        assert set(NAMES) == set(definitions()["name"])

    @pytest.mark.parametrize("name", NAMES)
    def test_flag(self, name: str):
        differing = wrong(found(name), name)
        assert differing.empty, differing.to_string()

    @pytest.mark.parametrize("name", NAMES)
    def test_both_ends(self, name: str):
        flags = child_labour(ANSWERS, name, missing="bounds", contradictions="note")
        expected = CHILDREN[name]
        for end, counted in (("lower", ("yes",)), ("upper", ("yes", "?"))):
            flag = flags[f"{flags.definition.flag}_{end}"]
            inside = expected != "outside"
            assert flag[~inside].isna().all()
            np.testing.assert_array_equal(flag[inside].astype(bool), expected[inside].isin(counted))

    def test_published_syntax(self):
        differing = wrong(found("mics6", missing="spss"), "mics6_by_syntax")
        assert differing.empty, differing.to_string()

    @pytest.mark.parametrize("name", NAMES)
    def test_complete_answers_need_no_policy(self, name: str):
        decided = ANSWERS[CHILDREN[name].isin(["yes", "no", "outside"]) & ANSWERS["age"].notna()]
        assert found(name, decided, missing="error") == found(name, decided)

    @pytest.mark.parametrize(
        ("child", "name", "reason"),
        [
            (1, "mics6", ""),
            (4, "sdg_8_7_1_a", "economic activity, at least 1 h at 5-11"),
            (9, "sdg_8_7_1_a", "economic activity, at least 14 h at 12-14"),
            (15, "sdg_8_7_1_a", "economic activity, at least 43 h at 15-17"),
            (19, "mics6", "outside the ages"),
            (26, "mics6", "undecided: hours of economic activity missing"),
            (34, "ilo_global", "hazardous work"),
            (38, "mics6", "household chores, at least 21 h at 12-14"),
            (42, "mics5", "household chores, at least 43 h at 15-17"),
            (49, "sdg_8_7_1_b", "undecided: hours of chores missing"),
            (69, "ilo_global", "undecided: hazards missing"),
            (75, "ilo_global", "economic activity, at least 1 h at 5-11; hazardous work"),
            (76, "sdg_8_7_1_b", "economic activity, at least 14 h at 12-14; household chores, at least 21 h at 12-14"),
            (79, "mics6", "age missing"),
        ],
    )
    def test_reason(self, child: int, name: str, reason: str):
        assert child_labour(ANSWERS, name, missing="omit", contradictions="note")["reason"][child - 1] == reason

    def test_a_reason_wherever_a_child_counts(self):
        for name in NAMES:
            frame = child_labour(ANSWERS, name, missing="omit", contradictions="note").to_dataframe()
            counted = frame[definition(name).flag].fillna(False).astype(bool)
            assert (frame.loc[counted, "reason"] != "").all()
            assert not frame.loc[counted, "reason"].str.startswith(("undecided", "outside")).any()


def one_child(**answers: Any) -> pd.DataFrame:
    idle = {"CL1A": 2, "CL3": np.nan, "CL7": 2, "CL8": np.nan, "CL11A": 2, "CL13": np.nan, "CL4": np.nan}
    return pd.DataFrame([{**idle, **answers}])


def counts(name: str, age: int, **answers: Any) -> Any:
    flags = child_labour(one_child(age=age, **answers), name, missing="omit")
    return flags[flags.definition.flag][0]


class TestBoundaries:
    """Thresholds of DEFINITIONS 1.2 and 1.4, on either side, at the first and last age of each band."""

    @pytest.mark.parametrize("name", [name for name in NAMES if "employment" not in name])
    @pytest.mark.parametrize(("band", "below", "reached"), [(0, 0.99, 1), (1, 13, 14), (2, 42, 43)])
    def test_economic_hours(self, name: str, band: int, below: float, reached: float):
        for age in BANDS[band]:
            assert not counts(name, age, CL1A=1, CL3=below, CL4=2)
            assert counts(name, age, CL1A=1, CL3=reached, CL4=2)

    @pytest.mark.parametrize("age", [5, 11, 12, 14, 15, 17])
    def test_employment_is_an_hour_at_any_age(self, age: int):
        assert not counts("children_in_employment", age, CL1A=1, CL3=0.99)
        assert counts("children_in_employment", age, CL1A=1, CL3=1)

    @pytest.mark.parametrize("name", ["sdg_8_7_1_b", "mics6", "mics6_with_hazard"])
    def test_chores_of_21_hours_to_14(self, name: str):
        for age in (5, 11, 12, 14):
            assert not counts(name, age, CL11A=1, CL13=20)
            assert counts(name, age, CL11A=1, CL13=21)
        for age in (15, 17):
            assert not counts(name, age, CL11A=1, CL13=96)

    def test_chores_of_mics5(self):
        for age, below, reached in [(5, 27, 28), (11, 27, 28), (12, 27, 28), (14, 27, 28), (15, 42, 43), (17, 42, 43)]:
            assert not counts("mics5", age, CL11A=1, CL13=below)
            assert counts("mics5", age, CL11A=1, CL13=reached)

    @pytest.mark.parametrize("name", ["sdg_8_7_1_a", "ilo_global", "children_in_employment"])
    def test_chores_count_nowhere_else(self, name: str):
        assert not counts(name, 10, CL11A=1, CL13=96)

    @pytest.mark.parametrize("code", [97, 98, 99])
    def test_special_codes(self, code: int):
        for age in (7, 13, 16):
            assert pd.isna(counts("sdg_8_7_1_a", age, CL1A=1, CL3=code))
            assert not counts("sdg_8_7_1_a", age, CL1A=2, CL3=code)
        assert counts("sdg_8_7_1_a", 16, CL1A=1, CL3=96)
        assert counts("sdg_8_7_1_a", 16, CL1A=1, CL3=100)
        assert pd.isna(counts("sdg_8_7_1_b", 10, CL11A=1, CL13=code))
        assert counts("sdg_8_7_1_b", 10, CL7=1, CL8=code, CL11A=1, CL13=21)
        assert pd.isna(counts("sdg_8_7_1_b", 10, CL7=1, CL8=code, CL11A=1, CL13=20))

    def test_comparator_is_a_parameter(self):
        above = definition("sdg_8_7_1_b").replace(strictly_above=True)
        for age, hours in ((5, 1), (12, 14), (15, 43)):
            assert not child_labour(one_child(age=age, CL1A=1, CL3=hours), above)["child_labour"][0]
            assert child_labour(one_child(age=age, CL1A=1, CL3=hours + 0.5), above)["child_labour"][0]
        assert not child_labour(one_child(age=9, CL11A=1, CL13=21), above)["child_labour"][0]
        assert child_labour(one_child(age=9, CL11A=1, CL13=22), above)["child_labour"][0]

    def test_long_hours_have_their_own_comparator(self):
        only_hazard = definition("ilo_global").replace(hours=(168, 168, 168))
        child = one_child(age=13, CL1A=1, CL3=43, CL4=2)
        assert child_labour(child, only_hazard)["hazardous"][0]
        assert not child_labour(child, only_hazard.replace(long_hours_strictly=True))["hazardous"][0]
        assert not child_labour(one_child(age=13, CL1A=1, CL3=42, CL4=2), only_hazard)["hazardous"][0]

    @pytest.mark.parametrize(
        ("age", "hours", "hazard", "light"),
        [
            (11, 5, 2, False),
            (12, 13, 2, True),
            (12, 14, 2, False),
            (13, 5, 1, False),
            (14, 0.5, 2, True),
            (15, 5, 2, False),
        ],
    )
    def test_light_work(self, age: int, hours: float, hazard: int, light: bool):
        flags = child_labour(one_child(age=age, CL1A=1, CL3=hours, CL4=hazard), "ilo_global")
        assert flags["light_work"][0] == light

    def test_light_work_is_not_told_where_hazards_are_not(self):
        assert "light_work" not in child_labour(one_child(age=13, CL1A=1, CL3=3), "sdg_8_7_1_a").columns

    @pytest.mark.parametrize(("minimum", "age", "hours"), [(15, 12, 1), (15, 13, 14), (14, 14, 43), (16, 15, 14)])
    def test_minimum_age(self, minimum: int, age: int, hours: float):
        for given, counted in ((hours - 0.01, False), (hours, True)):
            child = one_child(age=age, CL1A=1, CL3=given)
            assert child_labour(child, minimum_age=minimum)["child_labour"][0] == counted

    def test_minimum_age_leaves_chores_alone(self):
        child = one_child(age=14, CL11A=1, CL13=21)
        flags = child_labour(child, "sdg_8_7_1_b", minimum_age=14)
        assert flags["child_labour"][0]
        assert flags["reason"][0] == "household chores, at least 21 h at 12-14"

    def test_water_and_firewood_as_economic_activity(self):
        child = one_child(age=8, CL7=1, CL8=1)
        assert not child_labour(child, "sdg_8_7_1_b")["child_labour"][0]
        assert child_labour(child, "sdg_8_7_1_b", water_and_firewood="economic")["child_labour"][0]

    def test_hours_band(self):
        hours = [0, 0.99, 1, 13.9, 14, 42.9, 43, 168, 98]
        flags = child_labour(pd.DataFrame({"age": 12, "hours": hours}), missing="omit")
        first, second, third, fourth = "below 1 h", "1 to below 14 h", "14 to below 43 h", "43 h or more"
        expected = [first, first, second, second, third, third, fourth, fourth, None]
        assert [None if pd.isna(one) else one for one in flags["hours_band"]] == expected


ASKED = {
    "CL1A": (1, 2),
    "CL1X": (1, 2),
    "CL3": (0, 0.99, 1, 13, 14, 42, 43, 168),
    "CL4": (1, 2),
    "CL7": (1, 2),
    "CL8": (0, 16, 28, 168),
    "CL11A": (1, 2),
    "CL13": (0, 5, 16, 21, 43, 168),
    "night": (1, 2),
}
GIVEN = {
    "CL1A": (1, 2, 2, 9),
    "CL1X": (2, 2, 9),
    "CL3": (np.nan, 98, 0, 0.5, 1, 13, 14, 42, 43),
    "CL4": (1, 2, 2, 9),
    "CL7": (1, 2, 9),
    "CL8": (np.nan, 97, 0, 5, 16),
    "CL11A": (1, 2, 9),
    "CL13": (np.nan, 99, 0, 5, 16, 21, 28),
    "night": (1, 2, 2, np.nan),
}
ECONOMIC = {5: 1, 11: 1, 12: 14, 14: 14, 15: 43, 17: 43}
CHORES = {
    "sdg_8_7_1_b": {5: 21, 11: 21, 12: 21, 14: 21},
    "mics6": {5: 21, 11: 21, 12: 21, 14: 21},
    "mics6_with_hazard": {5: 21, 11: 21, 12: 21, 14: 21},
    "mics5": {5: 28, 11: 28, 12: 28, 14: 28, 15: 43, 17: 43},
}


class TestEveryCompletionOfBlanks:
    """True and false only if every consistent way to fill in the blanks agrees; by plain enumeration."""

    @staticmethod
    def consistent(child: dict[str, float]) -> bool:
        """Hours only of what was done; conditions of work only of those who worked."""
        works = child["CL1A"] == 1 or child["CL1X"] == 1
        done = works or (child["CL3"] == 0 and child["CL4"] == 2 and child["night"] == 2)
        return done and (child["CL7"] == 1 or child["CL8"] == 0) and (child["CL11A"] == 1 or child["CL13"] == 0)

    def plainly(self, name: str, age: int, child: dict[str, float]) -> bool:
        """The definition on complete answers."""
        hazard = child["CL4"] == 1
        if name == "ilo_global":
            hazard = hazard or child["night"] == 1 or child["CL3"] >= 43
        if name == "children_in_employment":
            return child["CL3"] >= 1
        chores = CHORES.get(name, {}).get(age)
        return (
            child["CL3"] >= ECONOMIC[age]
            or (chores is not None and child["CL8"] + child["CL13"] >= chores)
            or (name in ("mics5", "mics6_with_hazard", "ilo_global") and hazard)
        )

    def completions(self, child: dict[str, float]) -> list[dict[str, float]]:
        special = {"CL3": (97, 98, 99), "CL8": (97, 98, 99), "CL13": (97, 98, 99)}
        options = [
            ASKED[name] if np.isnan(value) or value in special.get(name, (9,)) else (value,)
            for name, value in child.items()
        ]
        every = (dict(zip(child, values, strict=True)) for values in itertools.product(*options))
        return [one for one in every if self.consistent(one)]

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "children_in_employment_7_14"])
    def test_bounds(self, name: str):
        rng = np.random.default_rng(20)
        rows, ends = [], []
        while len(rows) < 120:
            child = {one: float(rng.choice(values)) for one, values in GIVEN.items()}
            completions = self.completions(child)
            if not completions:
                continue
            age = int(rng.choice(list(ECONOMIC)))
            said = {self.plainly(name, age, one) for one in completions}
            rows.append({"age": age, **child})
            ends.append((all(said), any(said)))
        flags = child_labour(pd.DataFrame(rows), name, missing="bounds", contradictions="note")
        flag = flags.definition.flag
        np.testing.assert_array_equal(flags[f"{flag}_lower"].astype(bool), [least for least, _ in ends])
        np.testing.assert_array_equal(flags[f"{flag}_upper"].astype(bool), [most for _, most in ends])
        assert 10 < sum(least != most for least, most in ends) < 110


class Coded:
    """What microdata offer: codes as in the file, missing codes, value labels."""

    def __init__(self, frame: pd.DataFrame, missing: dict[str, tuple[int, ...]], labels: dict[str, dict[int, str]]):
        self.frame, self.missing, self.labels = frame, missing, labels
        self.columns = tuple(frame.columns)

    def __len__(self) -> int:
        return len(self.frame)

    def codes(self, name: str) -> pd.Series[Any]:
        return self.frame[name]

    def missing_codes(self, name: str) -> tuple[int, ...]:
        return self.missing.get(name, ())

    def value_labels(self, name: str) -> dict[int, str]:
        return self.labels.get(name, {})


class TestKindsOfData:
    @pytest.mark.parametrize("name", ["mics6", "ilo_global"])
    @pytest.mark.parametrize("missing", ["omit", "bounds"])
    def test_frames_of_any_kind_say_the_same(self, name: str, missing: Any):
        expected = child_labour(ANSWERS, name, missing=missing, contradictions="note").to_dataframe()
        yes_no = {column: {1: "yes", 2: "no"} for column in ("CL1A", "CL1X", "CL4")}
        kinds = [
            pl.from_pandas(ANSWERS),
            pa.Table.from_pandas(ANSWERS, preserve_index=False),
            ANSWERS.convert_dtypes(),
            ANSWERS.set_index(np.arange(len(ANSWERS))[::-1]),
            ANSWERS.rename(columns=str.lower),
            Coded(ANSWERS, {"CL3": (97, 98, 99), "CL1A": (9,)}, yes_no),
        ]
        for data in kinds:
            flags = child_labour(data, name, missing=missing, contradictions="note")
            pd.testing.assert_frame_equal(flags.to_dataframe().reset_index(drop=True), expected)

    @pytest.mark.parametrize(
        "words",
        [
            {1: "Yes", 2: "NO ", 9: "missing"},
            {1: "yes", 2: "no", 9: "Don't know"},
            {1: True, 2: False, 9: None},
            {1: "1", 2: "2", 9: "9"},
            {1: 1, 2: 0, 9: 9},
        ],
    )
    def test_answers_in_words(self, words: dict[int, Any]):
        asked = ["CL1A", "CL1X", "CL4", "CL6A", "night", "CL7", "CL9", "CL11A"]
        said = ANSWERS.assign(**{name: ANSWERS[name].map(words).astype(object) for name in asked})
        expected = child_labour(ANSWERS, "ilo_global", missing="omit", contradictions="note").to_dataframe()
        for data in (said, said.assign(**{name: said[name].astype("category") for name in asked})):
            flags = child_labour(data, "ilo_global", missing="omit", contradictions="note")
            pd.testing.assert_frame_equal(flags.to_dataframe(), expected)

    def test_order_of_rows(self):
        order = np.random.default_rng(1).permutation(len(ANSWERS))
        for name, missing in (("mics6", "spss"), ("ilo_global", "bounds")):
            straight = child_labour(ANSWERS, name, missing=missing, contradictions="note").to_dataframe()
            mixed = child_labour(ANSWERS.iloc[order], name, missing=missing, contradictions="note").to_dataframe()
            for column in straight:
                assert mixed[column].astype(str).tolist() == straight[column].astype(str).iloc[order].tolist()

    def test_data_are_not_changed(self):
        data = ANSWERS.copy()
        child_labour(data, "mics6", missing="spss", contradictions="note")
        pd.testing.assert_frame_equal(data, ANSWERS)

    def test_columns_given_by_role(self):
        data = pd.DataFrame({"q1": [8], "q2": [3], "CL4": [1], "q4": [1]})
        flags = child_labour(data, "ilo_global", columns={"age": "q1", "hours": "q2", "hazards": ["CL4", "q4"]})
        assert flags["hazardous"][0]
        # a column given for one thing is not found for another
        data = pd.DataFrame({"age": [16], "CL4": [30]})
        assert not child_labour(data, columns={"hours": "CL4"})["child_labour"][0]

    def test_names_of_mics5(self):
        data = pd.DataFrame(
            {"SL9C": [10, 10, 16], "CL2A": [2, 2, 1], "CL4": [np.nan, np.nan, 3], "CL5": [np.nan, np.nan, 2]}
        ).assign(CL6=[np.nan, np.nan, 2], CL7F=[np.nan, np.nan, 1], CL8=[1, 1, 2], CL9=[20, 20, np.nan])
        data = data.assign(CL10G=[1, 1, 2], CL12=[7, 8, np.nan])
        flags = child_labour(data, "mics5")
        assert flags["child_labour"].tolist() == [False, True, True]
        assert flags["reason"][2] == "hazardous work"


class TestFlags:
    def test_of_what_they_are_made(self):
        flags = child_labour(ANSWERS, "mics6", missing="omit", contradictions="note")
        expected = [
            *("child_labour", "economic_work", "economic_above", "chores", "chores_above", "hazardous", "light_work"),
            *("employment", "hours_band", "band", "reason"),
        ]
        assert list(flags.columns) == expected
        assert isinstance(flags["reason"].dtype, pd.CategoricalDtype)
        assert flags["band"].cat.categories.tolist() == ["5-11", "12-14", "15-17"]

    def test_immutable(self):
        flags = child_labour(ANSWERS, "mics6", missing="omit", contradictions="note")
        frame, column = flags.to_dataframe(), flags["child_labour"]
        frame["child_labour"] = False
        column[:] = False
        assert flags["child_labour"].sum() == (CHILDREN["mics6"] == "yes").sum()
        with pytest.raises(AttributeError):
            flags.notes = ()  # type: ignore[misc]

    def test_notes_count(self):
        said = "\n".join(child_labour(ANSWERS, "mics6", missing="omit", contradictions="note").notes)
        undecided = (CHILDREN["mics6"] == "?").sum()
        assert f"{undecided} of 75 children" in said
        assert "3 rows outside the ages 5-17, in no figure" in said
        assert "1 row without an age, in no figure" in said
        coded = (ANSWERS["CL3"].isin([97, 98, 99]) & ANSWERS["age"].between(5, 17)).sum()
        assert f"{coded} special codes among hours in CL3 read as missing" in said
        assert "1 child with contradictory answers: hours of water but none done" in said
        assert "1 child who worked for 0 hours, taken for less than an hour" in said

    def test_what_is_not_in_the_data_is_said(self):
        data = pd.DataFrame({"age": [16], "hours": [3], "CL4": [2]})
        assert any("industry, night" in note for note in child_labour(data, "ilo_global").notes)

    def test_summary_and_text(self):
        flags = child_labour(ANSWERS, "sdg_8_7_1_a", missing="omit", contradictions="note")
        assert flags.summary().loc["child_labour"].tolist() == [
            (CHILDREN["sdg_8_7_1_a"] == one).sum()
            if one != "?"
            else CHILDREN["sdg_8_7_1_a"].isin(["?", "outside"]).sum()
            for one in ("yes", "no", "?")
        ]
        assert "sdg_8_7_1_a" in flags.definition_text
        assert "undecided children left out" in flags.definition_text
        assert "\n" not in flags.definition_text
        assert "79 rows" in repr(flags)


class TestDescribe:
    def test_what_each_needs(self):
        needed = {name: set(describe(name).query("needed")["asked"]) for name in NAMES}
        assert needed["sdg_8_7_1_a"] == {"age", "hours"}
        assert needed["sdg_8_7_1_b"] == needed["mics6"] == {"age", "hours", "chores_hours"}
        assert needed["mics5"] == {"age", "hours", "chores_hours", "hazards"}
        assert needed["ilo_global"] == {"age", "hours", "hazards", "industry"}

    def test_says_what_columns_mean(self):
        table = describe("mics6").set_index("asked")
        assert "CL3" in table.loc["hours", "usual_names"]
        assert "CL4" in table.loc["hours", "mics5_names"]
        assert table.loc["industry", "use"] == "not used"
        assert table["means"].str.len().min() > 10
