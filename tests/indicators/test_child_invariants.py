"""Invariants of DEFINITIONS, section 4, that hold child by child or rate by rate, on data of any kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.indicators import ChildLabourDefinition, child_labour, definition

HOURS = st.sampled_from([0, 0.5, 0.99, 1, 5, 13, 14, 20, 21, 27, 28, 42, 43, 60, 96, 97, 98, 99, 168, None])
YES_NO = st.sampled_from([1, 2, 2, 9, None])
CHILD = st.fixed_dictionaries(
    {
        "age": st.integers(0, 20),
        "CL1A": YES_NO,
        "CL1X": YES_NO,
        "CL3": HOURS,
        "CL4": YES_NO,
        "CL6A": YES_NO,
        "CL7": YES_NO,
        "CL8": HOURS,
        "CL11A": YES_NO,
        "CL13": HOURS,
        "industry": st.sampled_from([None, "01", "08", "41", "43", "47"]),
        "night": YES_NO,
    }
)
# at least one child of every band, and industries of one revision
CHILDREN = st.lists(CHILD, min_size=1, max_size=25).map(
    lambda rows: pd.DataFrame([*({**rows[0], "age": age} for age in (5, 12, 16)), *rows], dtype=object)
)
HAZARD_COUNTS = ("mics5", "mics6_with_hazard", "ilo_global")


def flagged(data: pd.DataFrame, name: Any, **options: Any) -> Any:
    isic = {"isic": "4"} if options.get("missing") != "spss" else {}
    return child_labour(data, name, contradictions="note", **isic, **options)


def ends(data: pd.DataFrame, name: Any) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Both ends of the flag of children inside the ages."""
    flags = flagged(data, name, missing="bounds")
    inside, flag = flags["band"].notna(), flags.definition.flag
    return tuple(flags[f"{flag}_{end}"][inside].astype(bool) for end in ("lower", "upper"))  # type: ignore[return-value]


def part(data: pd.DataFrame, name: str, column: str) -> pd.Series[Any]:
    """One column of flags where it is decided."""
    return flagged(data, name, missing="omit")[column].dropna().astype(bool)


def never_above(low: pd.Series[Any], high: pd.Series[Any]) -> bool:
    common = low.index.intersection(high.index)
    return bool((~low[common] | high[common]).all())


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_lower_never_above_upper_and_decided_between(data: pd.DataFrame):
    for name in ("sdg_8_7_1_a", "sdg_8_7_1_b", "mics5", "mics6", "mics6_with_hazard", "ilo_global"):
        lower, upper = ends(data, name)
        decided = part(data, name, "child_labour")
        assert (lower <= upper).all()
        assert (lower[decided.index] == decided).all()
        assert (upper[decided.index] == decided).all()
        assert (lower != upper).sum() == len(lower) - len(decided)


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_hazardous_work_is_child_labour_where_hazard_counts(data: pd.DataFrame):
    for name in HAZARD_COUNTS:
        assert never_above(part(data, name, "hazardous"), part(data, name, "child_labour"))


def test_hazardous_work_is_not_child_labour_elsewhere():
    data = pd.DataFrame({"age": [16], "CL1A": [1], "CL3": [3], "CL4": [1], "CL13": [0]})
    flags = child_labour(data, "mics6")
    assert (flags["hazardous"][0], flags["child_labour"][0]) == (True, False)


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_employment_holds_economic_child_labour(data: pd.DataFrame):
    for name in ("sdg_8_7_1_a", "mics6", "ilo_global"):
        assert never_above(part(data, name, "economic_above"), part(data, name, "employment"))
    series_a, employed = ends(data, "sdg_8_7_1_a"), ends(data, "children_in_employment")
    assert (series_a[0] <= employed[0]).all()
    assert (series_a[1] <= employed[1]).all()


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_series_b_and_the_ilo_hold_series_a(data: pd.DataFrame):
    series_a = ends(data, "sdg_8_7_1_a")
    for name in ("sdg_8_7_1_b", "mics6", "mics6_with_hazard", "mics5", "ilo_global"):
        other = ends(data, name)
        assert (series_a[0] <= other[0]).all(), name
        assert (series_a[1] <= other[1]).all(), name


def test_neither_series_b_nor_the_ilo_holds_the_other():
    chores = {"CL1A": 2, "CL3": None, "CL4": None, "CL11A": 1, "CL13": 30}
    data = pd.DataFrame([{"age": 8, **chores}, {"age": 16, "CL1A": 1, "CL3": 3, "CL4": 1, "CL11A": 2, "CL13": None}])
    assert child_labour(data, "sdg_8_7_1_b")["child_labour"].tolist() == [True, False]
    assert child_labour(data, "ilo_global")["child_labour"].tolist() == [False, True]


@settings(max_examples=25, deadline=None)
@given(CHILDREN, st.sampled_from(["hours", "chores_hours"]), st.integers(0, 2), st.sampled_from([0.5, 1, 7, 30]))
def test_a_higher_threshold_never_adds_a_child(data: pd.DataFrame, field: str, band: int, more: float):
    for name in ("mics5", "sdg_8_7_1_b", "ilo_global"):
        own = definition(name)
        thresholds = list(getattr(own, field))
        if not thresholds or thresholds[band] < 0:
            continue
        thresholds[band] += more
        raised = own.replace(**{field: tuple(thresholds)})
        for before, after in zip(ends(data, own), ends(data, raised), strict=True):
            assert (after <= before).all()
        if name != "ilo_global":
            least, most = (flagged(data, one, missing="spss")["child_labour"] for one in (raised, own))
            assert never_above(least.dropna().astype(bool), most.dropna().astype(bool))


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_the_rate_lies_between_those_of_bands(data: pd.DataFrame):
    for name in ("sdg_8_7_1_b", "ilo_global"):
        flags = flagged(data, name, missing="bounds").to_dataframe()
        inside = flags[flags["band"].notna()]
        for end in ("lower", "upper"):
            values = inside[f"child_labour_{end}"].astype(float)
            rates = values.groupby(inside["band"], observed=True).mean()
            assert rates.min() - 1e-12 <= values.mean() <= rates.max() + 1e-12


@settings(max_examples=25, deadline=None)
@given(CHILDREN, st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_each_other(data: pd.DataFrame, random: Any):
    order = list(range(len(data)))
    random.shuffle(order)
    for options in ({"missing": "bounds"}, {"missing": "omit"}):
        whole = flagged(data, "ilo_global", **options).to_dataframe()
        mixed = flagged(data.iloc[order], "ilo_global", **options).to_dataframe()
        in_order = whole.iloc[order].reset_index(drop=True).astype(str)
        pd.testing.assert_frame_equal(mixed.reset_index(drop=True).astype(str), in_order, check_dtype=False)


@settings(max_examples=25, deadline=None)
@given(CHILDREN)
def test_the_reason_says_what_counts(data: pd.DataFrame):
    flags = flagged(data, "ilo_global", missing="omit").to_dataframe()
    said = flags["reason"].astype(str)
    assert (said[flags["child_labour"].fillna(False).astype(bool)].str.contains("at least|hazardous")).all()
    assert (said[flags["child_labour"].eq(False).fillna(False).astype(bool)] == "").all()
    assert said[flags["child_labour"].isna()].str.startswith(("undecided", "outside")).all()
    assert not flags.loc[said == "hazardous work", "economic_above"].fillna(False).any()


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(6, 10), st.integers(11, 13), st.integers(14, 17)),
    st.tuples(*[st.sampled_from([0.5, 1, 14, 43, 168])] * 3),
    st.booleans(),
    st.sampled_from([None, 43.0]),
)
def test_a_definition_survives_its_file(
    tmp_path_factory: Any, cuts: tuple[int, int, int], hours: tuple[float, ...], above: bool, long: float | None
):
    own = ChildLabourDefinition(
        name="Enquête “nationale” 2024",
        title='with "quotes"',
        bands=((5, cuts[0]), (cuts[0] + 1, cuts[1]), (cuts[1] + 1, 17)),
        hours=hours,
        strictly_above=above,
        long_hours=long,
        hazardous_occupations_08=("7112", "81"),
        basis=definition("ilo_global").basis,
    )
    path = tmp_path_factory.mktemp("definition") / "own.toml"
    path.write_text(own.to_toml(), encoding="utf-8")
    assert ChildLabourDefinition.from_toml(path) == own
    np.testing.assert_array_equal(own.hours, ChildLabourDefinition.from_toml(path).hours)
