"""Forced marriage: a truth table of answers, contradictions, and missing answers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.forced_marriages import ForcedMarriageDefinition, forced_marriage

# married, forced, consent, only somebody else consented, age at marriage; forced marriage, of a child
TABLE = """
yes  yes  no   no   15   yes  yes
yes  yes  no   no   17   yes  yes
yes  yes  no   no   18   yes  no
yes  yes  no   yes  30   yes  no
yes  yes  yes  no   15   no   no
yes  no   no   no   15   no   no
yes  no   no   yes  15   no   no
yes  no   yes  no   25   no   no
no   no   -    -    -    no   no
no   -    -    -    -    no   no
yes  -    no   no   20   -    no
yes  -    yes  no   20   no   no
yes  yes  -    no   20   -    no
yes  yes  -    yes  20   yes  no
yes  yes  no   no   -    yes  -
-    yes  no   no   20   -    no
"""
COLUMNS = ["married", "forced", "consent", "third_party_consent", "age_at_marriage", "expected", "of_child"]
CASES = pd.DataFrame([line.split() for line in TABLE.strip().splitlines()], columns=COLUMNS, dtype=object)
CASES = CASES.where(CASES != "-", None)
CASES["age_at_marriage"] = CASES["age_at_marriage"].astype(float)
WORDS = {True: "yes", False: "no"}


def said(flag: pd.Series[Any]) -> list[str | None]:
    return [None if pd.isna(one) else WORDS[bool(one)] for one in flag]


def test_truth_table():
    found = forced_marriage(CASES, missing="omit").to_dataframe()
    assert said(found["forced_marriage"]) == CASES["expected"].tolist()
    assert said(found["forced_marriage_of_child"]) == CASES["of_child"].tolist()


def test_both_ends_are_those_of_every_possible_answer():
    found = forced_marriage(CASES, missing="bounds").to_dataframe()
    known = CASES.dropna(subset=COLUMNS[:4])
    table = {tuple(row[:4]): row[5] for row in known.itertuples(index=False)}
    table |= {("no", *rest): "no" for rest in itertools.product(["yes", "no"], repeat=3)}
    table |= {("yes", "no", *rest): "no" for rest in itertools.product(["yes", "no"], repeat=2)}
    for row, answers in enumerate(CASES[COLUMNS[:4]].itertuples(index=False)):
        every = itertools.product(*([one] if one is not None else ["yes", "no"] for one in answers))
        possible = {table[one] for one in every if one[2:] != ("yes", "yes")}
        ends = [WORDS[bool(found.loc[row, f"forced_marriage_{end}"])] for end in ("lower", "upper")]
        assert ends == [min(possible), max(possible)], (row, answers)


def test_what_was_not_asked_decides_nothing():
    forced_only = forced_marriage(pd.DataFrame({"forced": [1, 2, 1]}))
    assert forced_only["forced_marriage"].tolist() == [True, False, True]
    consent_only = forced_marriage(pd.DataFrame({"consent": [1, 2]}))
    assert consent_only["forced_marriage"].tolist() == [False, True]
    others_only = forced_marriage(pd.DataFrame({"third_party_consent": [1, 2]}))
    assert others_only["forced_marriage"].tolist() == [True, False]
    unused = forced_marriage(pd.DataFrame({"forced": [1, 2], "third_party_consent": [2, 1]}))
    assert unused["forced_marriage"].tolist() == [True, False]
    assert any("decides nothing" in note for note in unused.notes)


def test_reason_age_and_by_whom_of_those_forced():
    data = CASES.iloc[[0, 3, 4]].assign(by_whom=["father", "uncle", "mother"])
    found = forced_marriage(data).to_dataframe()
    assert found["by_whom"].isna().tolist() == [False, False, True]
    assert found["by_whom"].tolist()[:2] == ["father", "uncle"]
    np.testing.assert_array_equal(found["age_at_marriage"], [15, 30, np.nan])
    assert found["reason"].tolist() == [
        "forced to marry, without consent",
        "forced to marry, only somebody else consented",
        "",
    ]


def test_children_who_cannot_consent():
    rule = ForcedMarriageDefinition().replace(children_cannot_consent=True)
    found = forced_marriage(CASES.iloc[[0, 2, 4, 7, 8]], definition=rule, missing="omit").to_dataframe()
    assert said(found["forced_marriage"]) == ["yes", "yes", "yes", "no", "no"]
    assert said(found["forced_marriage_of_child"]) == ["yes", "no", "yes", "no", "no"]
    assert found.loc[2, "reason"] == "married as a child"
    with pytest.raises(InputError, match="needs the age at marriage"):
        forced_marriage(CASES.drop(columns="age_at_marriage"), definition=rule)
    with pytest.raises(UnknownNameError, match="children_cannot_consent"):
        ForcedMarriageDefinition().replace(children_cannot=True)


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "undecided": ({"forced": ["yes", None]}, {}, "1"),
    "never married": ({"married": ["no", "no"], "forced": ["yes", "no"]}, {}, "never married"),
    "two consents": ({"consent": ["yes", "no"], "third_party_consent": ["yes", "no"]}, {}, "consented themselves"),
    "nothing asked": ({"married": ["no", "no"]}, {}, "how the marriage came about"),
    "answer": ({"forced": ["yes", "often"]}, {}, "'often'"),
    "age": ({"forced": ["yes", "no"], "age_at_marriage": [180, 20]}, {}, "out of range"),
    "role": ({"forced": ["yes", "no"]}, {"columns": {"force": "forced"}}, "role in columns 'force'"),
    "column": ({"forced": ["yes", "no"]}, {"columns": {"forced": "force"}}, "did you mean 'forced'"),
    "policy": ({"forced": ["yes", "no"]}, {"missing": "no"}, "way to treat missing"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str):
    columns, options, match = BAD[case]
    with pytest.raises((DataError, UnknownNameError), match=match):
        forced_marriage(pd.DataFrame(columns), **options)


def test_is_apart_from_forced_labour():
    assert "forced_labour" not in forced_marriage(CASES, missing="omit").columns
    assert forced_marriage(CASES, missing="omit").spells is None
