"""What must hold for every sample: order of rows, rows split in two, labels, margins reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.survey.design import SurveyDesign

KINDS = {
    "rake": lambda d, t: d.rake({"sex": t["sex"], "area": t["area"]}),
    "post_stratify": lambda d, t: d.post_stratify({"sex": t["sex"]}),
    "linear": lambda d, t: d.calibrate({"sex": t["sex"], "x": t["x"]}),
    "raking": lambda d, t: d.calibrate({"sex": t["sex"], "area": t["area"], "x": t["x"]}, "raking"),
    "penalty": lambda d, t: d.calibrate({"sex": t["sex"], "x": t["x"]}, penalty=2.0),
}


def sample(seed: int) -> tuple[pd.DataFrame, dict]:
    """A sample that has every category, and figures of a population near it."""
    rng = np.random.default_rng(seed)
    n = 40
    data = pd.DataFrame(
        {
            "w": rng.lognormal(2, 0.5, n),
            "psu": rng.integers(0, 8, n),
            "sex": rng.permutation(np.resize(["f", "m"], n)),
            "area": rng.permutation(np.resize(["n", "s", "e"], n)),
            "x": rng.normal(10, 2, n),
            "y": rng.normal(0, 1, n),
        }
    )
    other = data["w"] * rng.uniform(0.8, 1.25, n)
    totals = {name: other.groupby(data[name]).sum().to_dict() for name in ("sex", "area")}
    return data, {**totals, "x": float(other @ data["x"])}


def result(data: pd.DataFrame, totals: dict, kind: str) -> tuple[np.ndarray, float, float]:
    design = KINDS[kind](SurveyDesign(data, weights="w", psu="psu"), totals)
    row = design.mean("y").to_dataframe().iloc[0]
    return design.weights, float(row["estimate"]), float(row["se"])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_neither_order_nor_labels_nor_splits_matter(kind, seed):
    data, totals = sample(seed)
    weights, mean, error = result(data, totals, kind)
    order = np.random.default_rng(seed + 1).permutation(len(data))
    moved = result(data.iloc[order].reset_index(drop=True), totals, kind)
    np.testing.assert_allclose(moved[0], weights[order], rtol=1e-8)
    assert moved[1:] == pytest.approx((mean, error), rel=1e-8)
    renamed = data.assign(sex=data["sex"].map({"f": "2 women", "m": "1 men"}))
    figures = {**totals, "sex": {"2 women": totals["sex"]["f"], "1 men": totals["sex"]["m"]}}
    assert result(renamed, figures, kind)[1:] == pytest.approx((mean, error), rel=1e-8)
    if kind != "rake":  # R's residuals of raking are unweighted means: a row split in two counts twice there
        first = data.iloc[[0]].assign(w=0.25 * data["w"].iloc[0])
        split = pd.concat([data.assign(w=data["w"].where(data.index > 0, 0.75 * data["w"])), first], ignore_index=True)
        parts = result(split, totals, kind)
        np.testing.assert_allclose(parts[0][0] + parts[0][-1], weights[0], rtol=1e-8)
        assert parts[1:] == pytest.approx((mean, error), rel=1e-8)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_figures_are_reached_and_have_no_variance(seed):
    data, totals = sample(seed)
    start = SurveyDesign(data, weights="w", psu="psu")
    for kind in ("rake", "linear", "raking"):
        design = KINDS[kind](start, totals)
        sums = pd.Series(design.weights).groupby(data["sex"]).sum()
        assert sums.to_dict() == pytest.approx(totals["sex"])
        if kind != "rake":
            assert design.weights @ data["x"] == pytest.approx(totals["x"])
            total = design.total("x").to_dataframe().iloc[0]
            assert total["se"] < 1e-7 * abs(total["estimate"])


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_figures_of_the_sample_itself_change_nothing(seed):
    data, _ = sample(seed)
    own = {name: data["w"].groupby(data[name]).sum().to_dict() for name in ("sex", "area")}
    own["x"] = float(data["w"] @ data["x"])
    for kind in KINDS:
        np.testing.assert_allclose(result(data, own, kind)[0], data["w"], rtol=1e-9)
