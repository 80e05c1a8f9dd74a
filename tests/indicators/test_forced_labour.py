"""Forced labour held against persons worked by hand, and against a slow reference that tries every missing answer."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.indicators.forced_spells import forced_labour

HERE = Path(__file__).parent
SPELLS = pd.read_csv(HERE / "forced_spells.csv")
PERSONS = pd.read_csv(HERE / "forced_persons.csv", keep_default_na=False)
FLAGS = {
    "forced": "forced_labour",
    "private": "private_labour",
    "sexual": "sexual_exploitation",
    "state": "state_imposed",
    "debt_bondage": "debt_bondage",
}
TYPES = ("private_labour", "sexual_exploitation", "state_imposed")
INVOLUNTARY, COERCION = ("different_job", "low_pay"), ("threats", "debt")
OTHERS = ("third_party", "parents_forced", "exempt")


def worked(**options: Any) -> Any:
    return forced_labour(SPELLS, persons=PERSONS[["person", "interview"]], missing="bounds", **options)


class TestPersonsWorkedByHand:
    @pytest.mark.parametrize("column", FLAGS)
    def test_flag(self, column: str):
        found = worked()[FLAGS[column]].map({True: "yes", False: "no"}).fillna("")
        wrong = PERSONS[found.astype(object).to_numpy() != PERSONS[column].to_numpy()]
        assert wrong.empty, wrong[["person", "why"]].to_string()

    def test_days_and_stock(self):
        found = worked().to_dataframe()
        least, most, window = (PERSONS[name].to_numpy(float) for name in ("days_least", "days_most", "window_days"))
        np.testing.assert_array_equal(found["days_lower"], least)
        np.testing.assert_array_equal(found["days_upper"], most)
        np.testing.assert_array_equal(found["days"], np.where(least == most, least, np.nan))
        np.testing.assert_array_equal(found["window_days"], window)
        np.testing.assert_allclose(found["stock_lower"], least / window, rtol=1e-15)
        np.testing.assert_allclose(found["stock_upper"], most / window, rtol=1e-15)

    def test_days_of_types_overlap(self):
        found = worked().to_dataframe().set_index("person").loc[26]
        assert found["stock_private_labour"] == found["stock_sexual_exploitation"] == 31 / 1827
        assert found["stock"] == 46 / 1827

    @pytest.mark.parametrize(
        ("person", "words"),
        [
            (1, ""),
            (2, "involuntary (different job) under coercion (threats)"),
            (5, ""),
            (7, "involuntary (different job) under coercion (threats); 2 spells"),
            (15, "involuntary (low pay) under coercion (debt)"),
            (17, "sexual exploitation of a child"),
            (20, "a third party coerced the child or its parents"),
            (22, "a child that worked because its parents were in forced labour"),
            (29, "undecided, not known: coercion answers"),
            (38, "undecided, not known: start or end"),
        ],
    )
    def test_reason(self, person: int, words: str):
        assert worked().to_dataframe().set_index("person").loc[person, "reason"] == words

    def test_flags_of_spells_stand_in_the_rows_of_spells(self):
        spells = worked().spells
        assert spells["person"].tolist() == SPELLS["person"].tolist()
        of_six = spells[spells["person"] == 6]
        assert of_six["forced_labour"].tolist() == [False, False, True]
        assert of_six["involuntary"].tolist() == [True, False, True]
        assert spells.loc[spells["person"] == 13, "in_window"].tolist() == [False]

    def test_notes_count_what_was_decided(self):
        notes = "\n".join(worked().notes)
        assert "1 person with involuntary work and coercion, but never in the same spell" in notes
        assert "3 persons with spells of forced labour that overlap" in notes  # 7, 8 and 26
        assert "3 spells of forced labour that began before the window" not in notes
        assert "4 spells of forced labour that began before the window" in notes  # 12, 14, 33 and 34
        assert "3 spells ongoing" in notes
        assert "1 spell counted by a rule for children: sexual exploitation of a child" in notes
        assert "1 spell exempted" in notes

    def test_omit_leaves_the_undecided_missing_and_error_names_them(self):
        found = forced_labour(SPELLS, persons=PERSONS, missing="omit").to_dataframe()
        assert found.loc[found["forced_labour"].isna(), "person"].tolist() == [29, 32, 38]
        assert not any(name.endswith("_lower") for name in found)
        with pytest.raises(ValueError, match=r"leave 5 of 38 persons undecided[\s\S]*person 29.*coercion answers"):
            forced_labour(SPELLS, persons=PERSONS)

    def test_nothing_decides_where_known_answers_suffice(self):
        decided = SPELLS[~SPELLS["person"].isin([29, 31, 32, 36, 38])]
        assert not forced_labour(decided, persons=PERSONS).to_dataframe()["forced_labour"].isna().any()

    def test_without_dates_the_flow_alone(self):
        dateless = SPELLS[SPELLS["person"] < 13].drop(columns=["start", "end"])
        found = forced_labour(dateless).to_dataframe()
        assert found["person"].tolist() == list(range(2, 13))
        assert found["forced_labour"].sum() == 8
        assert "days" not in found

    @pytest.mark.parametrize("kind", ["polars", "arrow", "microdata", "coded", "two keys"])
    def test_any_kind_of_data_gives_the_same(self, kind: str):
        spells, persons, key = SPELLS, PERSONS[["person", "interview"]], ["person"]
        if kind == "two keys":
            spells, persons = (one.assign(village=one["person"] % 7, line=one["person"]) for one in (spells, persons))
            key = ["village", "line"]
        elif kind == "polars":
            dates = [pl.col(name).str.to_date() for name in ("start", "end")]
            spells, persons = pl.DataFrame(SPELLS).with_columns(dates), pl.DataFrame(persons)
        elif kind == "arrow":
            spells = pl.DataFrame(SPELLS).to_arrow()
        else:
            answers = [*INVOLUNTARY, *COERCION, *OTHERS, "ongoing"]
            spells = SPELLS.assign(**{name: SPELLS[name].map({"yes": 1, "no": 2}).fillna(9) for name in answers})
            spells = _Microdata(spells) if kind == "microdata" else spells
        found = forced_labour(spells, persons=persons, person=key, missing="bounds").to_dataframe()
        expected = worked().to_dataframe().drop(columns="person")
        pd.testing.assert_frame_equal(found.drop(columns=key), expected)


class _Microdata:
    """What a labelled file offers, and no more."""

    def __init__(self, frame: pd.DataFrame) -> None:
        kinds = {kind: code for code, kind in enumerate(TYPES, start=1)}
        self._frame = frame.assign(type=frame["type"].map(kinds).fillna(97))
        self.columns = tuple(frame.columns)

    def __len__(self) -> int:
        return len(self._frame)

    def codes(self, name: str) -> pd.Series[Any]:
        return self._frame[name]

    def missing_codes(self, name: str) -> tuple[int, ...]:
        return {"type": (97,), "threats": (9,)}.get(name, ())

    def value_labels(self, name: str) -> dict[int, str]:
        labels = {1: "Private labour", 2: "Sexual exploitation", 3: "State imposed", 97: "Not stated"}
        return labels if name == "type" else {1: "Yes", 2: "No"} if name in (*INVOLUNTARY, *COERCION) else {}


# A small world of days 1 to 20: the window is 11 to 20, and the interview is on day 20.
FIRST, LAST = 11, 20


def counts(spell: dict[str, Any]) -> bool:
    """The definition, for one spell with every answer known."""
    if spell["exempt"]:
        return False
    if spell["age"] < 18 and (
        spell["type"] == "sexual_exploitation" or spell["third_party"] or spell["parents_forced"]
    ):
        return True
    return any(spell[name] for name in INVOLUNTARY) and any(spell[name] for name in COERCION)


def outcome(spells: list[dict[str, Any]]) -> dict[str, Any]:
    """One person's flags and days, by sets of days."""
    days = {kind: set() for kind in TYPES}
    bonded = False
    for spell in spells:
        inside = set(range(spell["start"], spell["end"] + 1)) & set(range(FIRST, LAST + 1))
        if counts(spell):
            days[spell["type"]] |= inside
            bonded |= bool(inside) and spell["debt"]
    every = set().union(*days.values())
    return {
        "forced_labour": bool(every),
        "days": len(every),
        "stock": len(every) / (LAST - FIRST + 1),
        "debt_bondage": bonded,
        **{kind: bool(held) for kind, held in days.items()},
        **{f"stock_{kind}": len(held) / (LAST - FIRST + 1) for kind, held in days.items()},
    }


def completions(spell: dict[str, Any]) -> list[dict[str, Any]]:
    """Every spell this one may have been."""
    options = {name: [value] if value is not None else [False, True] for name, value in spell.items()}
    options["type"] = [spell["type"]] if spell["type"] is not None else list(TYPES)
    options["age"] = [spell["age"]] if spell["age"] is not None else [10, 30]
    for name in ("start", "end"):
        options[name] = [spell[name]] if spell[name] is not None else list(range(1, LAST + 1))
    every = (dict(zip(options, values, strict=True)) for values in itertools.product(*options.values()))
    return [one for one in every if one["start"] <= one["end"]]


@st.composite
def histories(draw: st.DrawFn, *, gaps: bool) -> list[list[dict[str, Any]]]:
    people = draw(st.lists(st.lists(_spell(), min_size=1, max_size=3), min_size=1, max_size=4))
    if gaps:
        for spells in people:
            cells = [(spell, name) for spell in spells for name in spell]
            for spell, name in draw(st.lists(st.sampled_from(cells), max_size=2, unique_by=lambda c: (id(c[0]), c[1]))):
                spell[name] = None
    return people


@st.composite
def _spell(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.integers(1, LAST))
    spell: dict[str, Any] = {name: draw(st.booleans()) for name in (*INVOLUNTARY, *COERCION)}
    spell |= {name: draw(st.sampled_from([False, False, False, True])) for name in OTHERS}
    spell |= {"type": draw(st.sampled_from(TYPES)), "age": draw(st.sampled_from([10, 17, 18, 30]))}
    return spell | {"start": start, "end": draw(st.integers(start, LAST))}


def frame(people: list[list[dict[str, Any]]]) -> pd.DataFrame:
    rows = [{"person": who, **spell} for who, spells in enumerate(people) for spell in spells]
    made = pd.DataFrame(rows)
    answers = [*INVOLUNTARY, *COERCION, *OTHERS]
    return made.assign(**{name: made[name].astype("boolean") for name in answers})


def small(spells: pd.DataFrame, **options: Any) -> pd.DataFrame:
    given: dict[str, Any] = {"interview": LAST, "window": (FIRST, LAST), "missing": "bounds"}
    return forced_labour(spells, **(given | options)).to_dataframe()


@given(histories(gaps=True))
def test_both_ends_are_those_of_every_possible_history(people: list[list[dict[str, Any]]]):
    found = small(frame(people))
    for who, spells in enumerate(people):
        possible = [outcome(list(one)) for one in itertools.product(*map(completions, spells))]
        for name in possible[0]:
            ends = [min(one[name] for one in possible), max(one[name] for one in possible)]
            assert [found.loc[who, f"{name}_lower"], found.loc[who, f"{name}_upper"]] == pytest.approx(ends), name
            assert pd.isna(found.loc[who, name]) == (ends[0] != ends[1])


@given(histories(gaps=False), st.data())
def test_a_spell_split_in_two_has_the_same_days(people: list[list[dict[str, Any]]], data: st.DataObject):
    whole = small(frame(people))
    who = data.draw(st.integers(0, len(people) - 1))
    place = data.draw(st.integers(0, len(people[who]) - 1))
    spell = people[who][place]
    at = data.draw(st.integers(spell["start"], spell["end"]))
    if at < spell["end"]:
        people[who][place : place + 1] = [spell | {"end": at}, spell | {"start": at + 1}]
    split = small(frame(people))
    kept = [name for name in whole if name not in ("spells", "reason")]
    pd.testing.assert_frame_equal(whole[kept], split[kept])


@given(histories(gaps=True), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(people: list[list[dict[str, Any]]], random: Any):
    spells = frame(people)
    order = list(range(len(spells)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(small(spells), small(spells.iloc[order]))


@given(histories(gaps=True), st.integers(1, FIRST))
def test_a_longer_window_never_lowers_flow_nor_days(people: list[list[dict[str, Any]]], first: int):
    short, long = small(frame(people)), small(frame(people), window=(first, LAST))
    for name in ("forced_labour", *TYPES, "debt_bondage", "days"):
        for end in ("lower", "upper"):
            assert (long[f"{name}_{end}"] >= short[f"{name}_{end}"]).all()


@given(histories(gaps=False), st.data())
def test_conditions_of_different_jobs_never_make_forced_labour(people: list[list[dict[str, Any]]], data: st.DataObject):
    for spells in people:
        for spell in spells:
            emptied = data.draw(st.sampled_from([INVOLUNTARY, COERCION]))
            spell |= {"age": 30, **dict.fromkeys(emptied, False)}
    found = small(frame(people))
    assert not found["forced_labour"].any()
    assert (found["days"] == 0).all()


@given(histories(gaps=True))
def test_stock_is_no_more_than_flow(people: list[list[dict[str, Any]]]):
    found = small(frame(people))
    for stock, flow in [("stock", "forced_labour"), *((f"stock_{kind}", kind) for kind in TYPES)]:
        for end in ("lower", "upper"):
            assert (found[f"{stock}_{end}"] <= found[f"{flow}_{end}"].astype(float)).all()
            assert ((found[f"{stock}_{end}"] > 0) == found[f"{flow}_{end}"]).all()


@settings(max_examples=50)
@given(histories(gaps=False))
def test_total_of_stock_is_the_mean_number_on_a_day(people: list[list[dict[str, Any]]]):
    on_day = [
        sum(any(counts(spell) and spell["start"] <= day <= spell["end"] for spell in spells) for spells in people)
        for day in range(FIRST, LAST + 1)
    ]
    assert small(frame(people))["stock"].sum() == pytest.approx(np.mean(on_day))
