"""Weighting steps. Oracles: R survey 4.5 (the reference blocks; 4.1-1 where a call is quoted), arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError
from target87.survey.design import SurveyDesign
from tests.reference.survey import designs
from tests.reference.survey.data import blocks, frame

TYPES, SCHOOL_WIDE = designs.TYPES, designs.SCHOOL_WIDE


def weight_blocks(kind: str) -> list[str]:
    names = [name for name in blocks() if name.startswith("c.") and name.endswith(f".{kind}")]
    return [name for name in names if not name.startswith("c.jk1_")]


def se(design: SurveyDesign, variable: str = "api00") -> float:
    return float(design.mean(variable).to_dataframe()["se"].iloc[0])


@pytest.mark.parametrize("name", weight_blocks("weights"))
def test_every_weight_is_that_of_r(name):
    block = blocks()[name]
    ours = designs.design(name.split(".")[1]).weights
    np.testing.assert_allclose(ours, np.array(block["result"]["values"], float), rtol=block["rtol"])


@pytest.mark.parametrize("name", weight_blocks("wsum"))
def test_sums_and_ranges_of_weights_are_those_of_r(name):
    block = blocks()[name]
    ours = designs.design(name.split(".")[1]).weights
    figures = [ours.sum(), ours.min(), ours.max(), np.sum(ours**2)]
    np.testing.assert_allclose(figures, np.array(block["result"]["values"], float), rtol=block["rtol"])


def test_there_are_as_many_blocks_as_in_the_file():
    assert (len(weight_blocks("weights")), len(weight_blocks("wsum"))) == (46, 50)


# ---- variances -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ps2", "rake", "rakedef", "linvar", "logit", "trim"])
@pytest.mark.parametrize("base", ["dclus1", "dclus2", "dstrat"])
def test_standard_errors_are_those_of_r(base, kind):
    block = blocks()[f"c.{base}_{kind}.mean"]
    table = designs.design(f"{base}_{kind}").mean(block["result"]["names"]).to_dataframe()
    np.testing.assert_allclose(table["se"], block["result"]["se"], rtol=block["rtol"], atol=1e-10)


@pytest.mark.parametrize(("base", "expected"), [("dclus2", 25.99754146042095), ("dstrat", 9.269547606461021)])
def test_residuals_of_raking_by_regression(base, expected):
    """R 4.1-1: calibrate(design, ~stype + sch.wide, totals, calfun = "raking"), whose weights are the raked ones."""
    raked = designs.design(base).rake(designs.MARGINS, residuals="regression")
    assert se(raked) == pytest.approx(expected, rel=1e-8)
    calibrated = designs.design(base).calibrate(designs.MARGINS, "raking")
    np.testing.assert_allclose(calibrated.weights, raked.weights, rtol=1e-9)
    assert se(calibrated) == pytest.approx(expected, rel=1e-8)
    # R's rake takes unweighted means of one margin after the other: not the same with unequal weights
    assert abs(se(designs.design(base).rake(designs.MARGINS)) / expected - 1.0) > 1e-4


def test_post_strata_of_a_subset():
    """R 4.1-1: postStratify(subset(dclus1, api99 > 500), ~stype, counts); mean(api00)."""
    subset = designs.design("dclus1").subset(frame("apiclus1")["api99"] > 500)
    weighted = subset.post_stratify({"stype": {"E": 3800, "H": 500, "M": 800}})
    assert weighted.mean("api00").to_dataframe()["estimate"].iloc[0] == pytest.approx(682.05530129672, rel=1e-8)
    assert se(weighted) == pytest.approx(15.7244085525353, rel=1e-8)
    used = weighted.weights[weighted.weights > 0.0]
    assert (used.min(), used.max()) == pytest.approx((33.04347826086956, 50.0))


@pytest.mark.parametrize("base", ["dclus1", "dstrat"])
def test_penalty_lies_between_doing_nothing_and_exact_totals(base):
    start, totals = designs.design(base), {"stype": TYPES, "api99": designs.API99}
    exact = start.calibrate(totals)
    for penalty, like in ((1e9, exact), (1e-9, start)):
        relaxed = start.calibrate(totals, penalty=penalty)
        np.testing.assert_allclose(relaxed.weights, like.weights, rtol=1e-6)
        assert se(relaxed) == pytest.approx(se(like), rel=1e-6)
    half = start.calibrate(totals, penalty={"api99": 0.01})
    reached = half.history[-1].details["totals"]
    assert all(reached[f"stype={kind}"]["reached"] == pytest.approx(count) for kind, count in TYPES.items())
    assert reached["api99"]["reached"] == pytest.approx(half.weights @ frame_of(base)["api99"])
    assert "missed api99" in str(half.history[-1])
    assert "missed stype" not in str(half.history[-1])


def frame_of(base: str) -> pd.DataFrame:
    return frame({"dclus1": "apiclus1", "dstrat": "apistrat"}[base])


def test_conflicting_margins_can_be_relaxed():
    """Margins with different sums: an error, or a compromise whose misses are told."""
    start = designs.design("dclus1")
    conflict = {"stype": TYPES, "sch.wide": {"No": 1000, "Yes": 5000}}
    with pytest.raises(DataError, match="different populations"):
        start.calibrate(conflict)
    told = start.calibrate(conflict, penalty=10.0).history[-1].details["totals"]
    sums = [sum(v["reached"] for k, v in told.items() if k.startswith(column)) for column in ("stype", "sch.wide")]
    assert sums[0] == pytest.approx(sums[1])
    assert 6000 < sums[0] < 6194


# ---- forms of population figures -----------------------------------------------------------------------------------


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    n = 120
    return pd.DataFrame(
        {
            "w": rng.lognormal(3, 0.3, n),
            "sex": rng.choice(["f", "m"], n),
            "area": pd.Categorical(rng.choice(["n", "s"], n), categories=["s", "n", "never"]),
            "age": rng.integers(5, 18, n),
            "poor": rng.random(n) < 0.3,
            "size": rng.normal(4.0, 1.0, n),
            "household": np.arange(n) // 3,
        }
    )


def test_all_forms_of_counts_are_the_same(data):
    design = SurveyDesign(data, weights="w")
    counts = {("f", "n"): 900.0, ("f", "s"): 800.0, ("m", "n"): 700.0, ("m", "s"): 1000.0}
    series = pd.Series(counts)
    series.index.names = ["sex", "area"]
    table = series.rename("people").reset_index()
    forms = [{("sex", "area"): counts}, {("sex", "area"): series}, series, table, [table], {("sex", "area"): table}]
    results = [design.post_stratify(form).weights for form in forms]
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])
    women = (data["sex"] == "f") & (data["area"] == "n")
    assert results[0][women].sum() == pytest.approx(900.0)


def test_margins_of_numbers_truth_values_and_unused_categories(data):
    design = SurveyDesign(data, weights="w")
    ages = {age: 100.0 + age for age in range(5, 18)}
    total = sum(ages.values())
    raked = design.rake(
        {"age": ages, "poor": {True: 0.4 * total, False: 0.6 * total}, "area": {"s": total / 2, "n": total / 2}}
    )
    weights = pd.Series(raked.weights)
    assert weights.groupby(data["age"]).sum().to_dict() == pytest.approx(ages)
    assert weights[data["poor"]].sum() == pytest.approx(0.4 * total)


def test_truth_values_as_a_number(data):
    design = SurveyDesign(data, weights="w").calibrate({"(Intercept)": 3000, "poor": 1000})
    assert design.weights.sum() == pytest.approx(3000)
    assert design.weights[data["poor"]].sum() == pytest.approx(1000)


def test_intercept_is_a_column_of_ones(data):
    one = SurveyDesign(data.assign(one=1.0), weights="w").calibrate({"one": 3000, "size": 12_500})
    other = SurveyDesign(data, weights="w").calibrate({"_cons": 3000, "size": 12_500})
    np.testing.assert_allclose(other.weights, one.weights, rtol=1e-12)


def test_cells_and_rows_give_the_same_calibration(data):
    """A whole number repeats itself, so rows are put together; a jitter of 1e-9 keeps them apart."""
    jitter = np.random.default_rng(1).normal(0.0, 1e-9, len(data))
    totals = {"sex": {"f": 1500, "m": 1300}, "age": 31_000}
    for distance in ("linear", "raking"):
        cells = SurveyDesign(data, weights="w").calibrate(totals, distance)
        rows = SurveyDesign(data.assign(age=data["age"] + jitter), weights="w").calibrate(totals, distance)
        assert (cells._calibrations[0].codes is None, rows._calibrations[0].codes is None) == (False, True)
        np.testing.assert_allclose(cells.weights, rows.weights, rtol=1e-7)
        assert se(cells, "size") == pytest.approx(se(rows, "size"), rel=1e-7)


def test_households_get_one_factor_and_totals_hold(data):
    start = SurveyDesign(data, weights="w", psu="household")
    done = start.calibrate({"sex": {"f": 1500, "m": 1300}, "size": 11_400}, equal_within="household")
    factors = done.weights / data["w"]
    assert factors.groupby(data["household"]).agg(np.ptp).max() < 1e-12
    # weights differ within households here: their weighted means make the totals hold all the same
    assert done.weights[data["sex"] == "f"].sum() == pytest.approx(1500)
    assert done.weights @ data["size"] == pytest.approx(11_400)


def test_variance_of_the_model_in_three_forms(data):
    design, totals = SurveyDesign(data, weights="w"), {"sex": {"f": 1500, "m": 1300}}
    column = design.calibrate({**totals, "size": 11_400}, variance="age")
    array = design.calibrate({**totals, "size": 11_400}, variance=data["age"].to_numpy(float))
    mapping = design.calibrate({**totals, "size": 11_400}, variance={"age": 1.0})
    np.testing.assert_array_equal(column.weights, array.weights)
    np.testing.assert_array_equal(column.weights, mapping.weights)


# ---- simple steps --------------------------------------------------------------------------------------------------


def test_normalise(data):
    design = SurveyDesign(data, weights="w")
    assert design.normalise().weights.sum() == pytest.approx(120)
    assert design.normalise(to=5000).weights.sum() == pytest.approx(5000)
    by = pd.Series(design.normalise(to=50, by="sex").weights).groupby(data["sex"]).sum()
    assert by.to_dict() == pytest.approx({"f": 50.0, "m": 50.0})


def test_one_child_of_a_household_and_reports_of_several():
    data = pd.DataFrame({"w": [10.0, 20.0, 30.0], "children": [1, 2, 4], "reported": [1.0, 2.0, 3.0]})
    design = SurveyDesign(data, weights="w")
    np.testing.assert_allclose(design.select_one("children").weights, [10, 40, 120])
    np.testing.assert_allclose(design.select_one([2, 2, 2]).weights, [20, 40, 60])
    np.testing.assert_allclose(design.multiplicity("reported").weights, [10, 10, 10])
    unused = SurveyDesign(data.assign(w=[10.0, 0.0, 30.0], children=[1, np.nan, 4]), weights="w")
    np.testing.assert_allclose(unused.select_one("children").weights, [10, 0, 120])


def test_trimming_by_rules():
    weights = np.array([1.0, 2.0, 3.0, 4.0, 40.0])
    design = SurveyDesign(pd.DataFrame({"w": weights}), weights="w")
    # median 3, mean 10, quartiles 2 and 4
    for relative_to, upper, bound in (
        ("median", 3.0, 9.0),
        ("mean", 1.5, 15.0),
        ("iqr", 4.0, 11.0),
        (None, 20.0, 20.0),
    ):
        trimmed = design.trim(upper=upper, relative_to=relative_to)
        np.testing.assert_allclose(trimmed.weights, [*(weights[:4] + (40.0 - bound) / 4.0), bound])
        assert trimmed.weights.sum() == pytest.approx(50.0)


def test_trimming_once_or_until_nothing_is_outside():
    design = SurveyDesign(pd.DataFrame({"w": [1.0, 2.0, 9.0, 40.0]}), weights="w")
    once = design.trim(upper=15.0)
    np.testing.assert_allclose(once.weights, [28 / 3, 31 / 3, 52 / 3, 15.0])
    assert "1 pushed outside the bounds" in str(once.history[-1])
    # the second cuts 52/3 to 15 and shares 7/3 between the two that are left
    np.testing.assert_allclose(design.trim(upper=15.0, strict=True).weights, [10.5, 11.5, 15.0, 15.0])


def test_trimming_everybody_changes_the_sum_and_says_so():
    design = SurveyDesign(pd.DataFrame({"w": [10.0, 20.0]}), weights="w").trim(upper=8.0)
    np.testing.assert_allclose(design.weights, [8.0, 8.0])
    assert "sum of weights not kept" in str(design.history[-1])


def test_steps_leave_the_first_design_alone_and_tell_what_they_did(data):
    first = SurveyDesign(data, weights="w")
    old = first.weights
    second = first.rake({"sex": {"f": 1500, "m": 1300}}).trim(upper=3.0, relative_to="median").normalise()
    np.testing.assert_array_equal(first.weights, old)
    assert len(first.history) == 1
    assert [step.name for step in second.history] == ["design", "rake", "trim", "normalise"]
    line = str(second.history[1])
    kish = [120 * np.sum(w**2) / np.sum(w) ** 2 for w in (old, first.rake({"sex": {"f": 1500, "m": 1300}}).weights)]
    assert "120 units" in line
    assert f"design effect of weighting {kish[0]:.3f} -> {kish[1]:.3f}" in line
    assert f"{old.min():.4g} to {old.max():.4g}" in line


def test_rows_outside_a_subset_take_no_part(data):
    """Their auxiliaries may be missing, and their categories need no count."""
    outside = data["age"] > 14
    data.loc[outside, "sex"] = None
    data.loc[outside, "size"] = np.nan
    design = SurveyDesign(data, weights="w").subset(~outside)
    alone = SurveyDesign(data[~outside].reset_index(drop=True), weights="w")
    for step in (
        lambda d: d.post_stratify({"sex": {"f": 1500, "m": 1300}}),
        lambda d: d.calibrate({"sex": {"f": 1500, "m": 1300}, "size": 11_400}),
        lambda d: d.trim(upper=1.2, relative_to="median"),
        lambda d: d.normalise(),
    ):
        np.testing.assert_allclose(step(design).weights[~outside], step(alone).weights, rtol=1e-10)
        assert not step(design).weights[outside].any()


def test_negative_weights_are_counted_and_not_calibrated_again():
    design = designs.design("dclus1_agg")
    assert "3 weights below zero" in str(design.history[-1])
    with pytest.raises(DataError, match="below zero"):
        design.calibrate({"stype": TYPES})


def test_post_strata_of_the_population_that_were_not_sampled(data):
    design, counts = SurveyDesign(data, weights="w"), {"sex": {"f": 10, "m": 20, "x": 5}}
    with pytest.raises(DataError, match="absent from the sample"):
        design.post_stratify(counts)
    assert design.post_stratify(counts, partial=True).weights.sum() == pytest.approx(30)
    assert design.post_stratify({"sex": {"f": 10, "m": 20, "x": 0}}).weights.sum() == pytest.approx(30)


def test_classes_of_steps_refuse_what_is_not_theirs(data):
    design = SurveyDesign(data, weights="w")
    with pytest.raises(InputError, match="one margin"):
        design.post_stratify({"sex": {"f": 1, "m": 2}, "area": {"n": 1, "s": 2}})
    with pytest.raises(InputError, match="counts of categories"):
        design.rake({"sex": {"f": 1, "m": 2}, "size": 12})
