"""Each kind of bad input to forced labour is refused with a count and the rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.forced_definition import ForcedLabourDefinition
from target87.indicators.forced_spells import forced_labour


def spells(**changes: Any) -> pd.DataFrame:
    base: dict[str, Any] = {
        "person": [1, 1, 2],
        "different_job": ["yes", "no", "yes"],
        "threats": ["yes", "no", "yes"],
        "type": "private_labour",
        "age": 30,
        "start": ["2022-01-01", "2023-01-01", "2021-01-01"],
        "end": ["2022-01-31", "2023-01-31", "2021-01-31"],
    }
    return pd.DataFrame(base | changes)


def flags(data: Any = None, **options: Any) -> Any:
    given: dict[str, Any] = {"interview": "2024-06-30"}
    return forced_labour(spells() if data is None else data, **(given | options))


ARGUMENTS = {
    "role": ({"columns": {"coercions": ["threats"]}}, UnknownNameError, "did you mean 'coercion'"),
    "form": ({"columns": {"coercion": {"menace": "threats"}}}, UnknownNameError, "form of coercion 'menace'"),
    "column": ({"columns": {"coercion": ["threat"]}}, UnknownNameError, "did you mean 'threats'"),
    "column of persons": ({"person": "persons"}, UnknownNameError, "did you mean 'person'"),
    "two roles": ({"columns": {"involuntary": ["threats"]}}, InputError, "two roles[\\s\\S]*threats"),
    "no end": ({"columns": {"end": None}}, InputError, "have a start but no end"),
    "no coercion": ({"columns": {"coercion": []}}, DataError, "violence against the worker"),
    "no type": ({"columns": {"type": None}}, InputError, "type of work is needed[\\s\\S]*types='private_labour'"),
    "types twice": ({"types": "private_labour"}, InputError, "a column holds types too"),
    "type unknown": ({"types": {"private_labour": "privat"}}, UnknownNameError, "private_labour"),
    "policy": ({"missing": "spss"}, UnknownNameError, "known: bounds, error, omit"),
    "definition": ({"definition": "icls"}, UnknownNameError, "icls_20"),
    "no interview": ({"interview": None}, InputError, "day of the interview is needed"),
    "interview": ({"interview": "yesterday"}, InputError, "neither a column nor a day"),
    "kinds of days": ({"interview": 19000}, InputError, "mixed"),
    "window": ({"window": -1}, InputError, "number of years"),
    "window of days": ({"window": 0.3}, InputError, "whole months"),
    "window turned": ({"window": ("2024-01-01", "2023-01-01")}, InputError, "ends before it starts"),
    "window of one day": ({"window": ("2024-01-01",)}, InputError, "a first and a last day"),
    "window late": ({"window": ("2024-01-01", "2024-12-31")}, DataError, "interviewed before the window ends"),
    "window without days": ({"columns": {"start": None, "end": None}}, InputError, "needs the days of spells"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments(case: str):
    options, error, match = ARGUMENTS[case]
    with pytest.raises(error, match=match):
        flags(**options)


ANSWERS = {
    "turned dates": ({"end": ["2022-01-31", "2022-12-31", "2021-01-31"]}, "end before they start", 1, "row 1"),
    "late end": ({"end": ["2022-01-31", "2023-01-31", "2024-07-01"]}, "after the interview", 1, "row 2 (person 2)"),
    "no date": ({"start": ["2022-01-01", "2023-02-30", "soon"]}, "no dates", 2, "row 1: '2023-02-30'"),
    "half days": ({"start": [1.5, 2, 3], "end": [2, 3, 4]}, "no dates", 1, "row 0: 1.5"),
    "no date known": ({"end": ["2022-01-31", None, None]}, "undecided", 1, "row 2 (person 2): not known: start or end"),
    "answer": ({"threats": ["yes", "maybe", "perhaps"]}, "neither yes, no nor missing", 2, "row 1: 'maybe'"),
    "code": ({"threats": [1, 3, 2]}, "neither yes, no nor missing", 1, "row 1: 3"),
    "two codings": ({"threats": [0, 1, 2]}, "both 0 and 2", 2, ""),
    "no answer": ({"threats": ["yes", "no", "refused"]}, "1 of 2 persons undecided", 1, "coercion answers"),
    "type": ({"type": ["private_labour", "mining", "private_labour"]}, "no type of forced labour", 1, "'mining'"),
    "age": ({"age": [30, 999, -1]}, "out of range", 2, "row 1: 999"),
    "age in words": ({"age": ["30", "31", "old"]}, "no numbers", 1, "row 2: 'old'"),
    "person": ({"person": [1, None, 2]}, "which person", 1, "row 1"),
    "spell": ({"spell": [1, 1, 1]}, "same number", 1, "row 1 (person 1): spell 1"),
    "ongoing": ({"ongoing": ["yes", "no", "no"]}, "an earlier end", 1, "row 0 (person 1)"),
    "interviews": (
        {"interview": ["2024-06-30", "2024-06-29", None]},
        "different days of interview",
        1,
        "row 1",
    ),
    "interview": ({"interview": ["2024-06-30", "2024-06-30", None]}, "no day of interview", 1, "row 2 (person 2)"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_data(case: str):
    changes, match, count, example = ANSWERS[case]
    with pytest.raises(DataError, match=match) as caught:
        flags(spells(**changes), interview="interview" if "interview" in changes else "2024-06-30")
    assert caught.value.count == count
    assert example in "; ".join(map(str, caught.value.examples))


def test_persons_who_are_not_listed_or_listed_twice():
    with pytest.raises(DataError, match="not among those given") as caught:
        flags(persons=pd.DataFrame({"person": [1, 3]}))
    assert (caught.value.count, caught.value.examples) == (1, ("row 2: 2",))
    with pytest.raises(DataError, match="one type of identifier"):
        flags(persons=pd.DataFrame({"person": ["1", "2"]}))
    with pytest.raises(DataError, match="persons stand twice"):
        flags(persons=pd.DataFrame({"person": [1, 2, 1]}))


def test_no_frame_is_no_data():
    with pytest.raises(InputError, match="no frame"):
        forced_labour([1, 2])


def test_labels_that_say_the_opposite_are_refused():
    class Labelled:
        columns = tuple(spells())

        def __len__(self) -> int:
            return 3

        def codes(self, name: str) -> Any:
            return spells(threats=[1, 2, 1])[name]

        def missing_codes(self, name: str) -> tuple[int, ...]:
            return ()

        def value_labels(self, name: str) -> dict[int, str]:
            return {1: "No", 2: "Yes"} if name == "threats" else {}

    with pytest.raises(DataError, match=r"opposite[\s\S]*1 is labelled 'No'"):
        flags(Labelled())
    turned = ForcedLabourDefinition.of("icls_20").replace(yes=(2, "yes"), no=(1, "no"))
    assert flags(Labelled(), definition=turned)["forced_labour"].tolist() == [False, False]


def test_persons_without_spells_are_no_and_no_spells_are_no_error():
    listed = flags(persons=pd.DataFrame({"person": [7, 2, 1]})).to_dataframe()
    assert listed["person"].tolist() == [7, 2, 1]
    assert listed["forced_labour"].tolist() == [False, True, True]
    assert listed["days"].tolist() == [0, 31, 31]
    none = flags(spells().iloc[:0], persons=pd.DataFrame({"person": [7, 2]})).to_dataframe()
    assert none["forced_labour"].tolist() == [False, False]
    assert none["stock"].tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["text", "dates", "stamps", "zoned", "numbers"])
def test_days_in_any_form(kind: str):
    data, interview = spells(), "2024-06-30"
    stamps = {name: pd.to_datetime(data[name]) for name in ("start", "end")}
    made: dict[str, Any] = {name: held.dt.date for name, held in stamps.items()}
    given: Any = dt.date(2024, 6, 30)
    if kind == "stamps":
        made, given = {name: held + pd.Timedelta(hours=7) for name, held in stamps.items()}, pd.Timestamp(interview)
    elif kind == "zoned":
        made = {name: held.dt.tz_localize("Asia/Dhaka") for name, held in stamps.items()}
    elif kind == "numbers":
        zero = pd.Timestamp("2000-01-01")
        made, given = (
            {name: (held - zero).dt.days for name, held in stamps.items()},
            (given - zero.date()).days,
        )
    elif kind == "text":
        made, given = {}, interview
    found = flags(data.assign(**made), interview=given).to_dataframe()
    assert found["days"].tolist() == [31, 31]
    assert found["window_days"].tolist() == [1826 if kind == "numbers" else 1827] * 2


def test_windows_of_a_year_and_of_fixed_days():
    late = spells(end=["2022-01-31", "2023-01-31", "2023-07-02"], start=["2022-01-01", "2023-01-01", "2023-06-01"])
    year = flags(late, window=1).to_dataframe()
    assert year["window_days"].tolist() == [366, 366]
    assert year["days"].tolist() == [0, 2]
    fixed = forced_labour(late, window=("2022-01-11", "2023-06-10")).to_dataframe()
    assert fixed["days"].tolist() == [21, 10]
    assert fixed["stock"].tolist() == pytest.approx([21 / 516, 10 / 516])


def test_only_the_forms_asked_count_and_debt_is_told_apart_only_if_asked():
    found = flags(columns={"coercion": {"violence": "threats"}})
    assert "debt_bondage" not in found.columns
    assert any("debt bondage is not told apart" in note for note in found.notes)
    assert found["reason"][0] == "involuntary (different job) under coercion (violence)"
    several = flags(spells(Q1="no", Q2=["yes", "no", "no"]), columns={"coercion": {"debt": ["Q1", "Q2"]}})
    assert several["debt_bondage"].tolist() == [True, False]


def test_what_is_returned_cannot_be_changed_from_outside():
    data = spells()
    before = data.copy()
    found = flags(data)
    persons, of_spells = found.to_dataframe(), found.spells
    persons["forced_labour"] = False
    of_spells["forced_labour"] = False
    days = found["days"]
    days[:] = 0
    assert found["forced_labour"].all()
    assert found.spells["forced_labour"].sum() == 2
    assert found["days"].tolist() == [31, 31]
    pd.testing.assert_frame_equal(data, before)
    with pytest.raises(UnknownNameError, match="did you mean 'days'"):
        found["day"]
    with pytest.raises(AttributeError):
        found.notes = ()


def test_summary_and_display_count_rows():
    found = flags(spells(threats=["yes", "no", None]), missing="omit")
    assert found.summary().loc["forced_labour"].tolist() == [1, 0, 1]
    assert "forced_labour: 1 yes, 0 no, 1 undecided" in repr(found)
    assert "icls_20; window: 5 years to the interview; missing: omit" in found.definition_text


def test_a_design_takes_the_flags():
    from target87.survey.design import SurveyDesign

    people = pd.DataFrame({"person": [3, 2, 1], "w": [10.0, 20.0, 30.0]})
    found = flags(persons=people[["person"]])
    design = SurveyDesign(people, weights="w").with_indicator(found, on="person")
    # 31 of 1,827 days for persons of weights 20 and 30
    assert design.total("stock").to_dataframe()["estimate"].item() == pytest.approx(50 * 31 / 1827)
    assert design.total("forced_labour").to_dataframe()["estimate"].item() == pytest.approx(50)
    assert np.isclose(design.proportion("forced_labour").to_dataframe()["estimate"].item(), 50 / 60)
