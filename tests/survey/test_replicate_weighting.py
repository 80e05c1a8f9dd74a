"""Weighting steps on replicate designs.

Oracles: R's survey 4.5 (``tests/reference/data/survey``), and each replicate weighted by itself as a design of its own.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import target87 as t87
from target87.errors import DataError, InputError

FOLDER = Path(__file__).parents[1] / "reference" / "data" / "survey"
TYPES = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}


@cache
def expected(name):
    blocks = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["blocks"]
    return next(block for block in blocks if block["id"] == name)["result"]


def jackknife():
    data = pd.read_csv(FOLDER / "apiclus1.csv")
    return t87.SurveyDesign(data, psu="dnum", weights="pw", fpc="fpc").to_replicates("JK1")


STEPS = {
    "ps": lambda design: design.post_stratify({"stype": TYPES}),
    "rake": lambda design: design.rake({"stype": TYPES, "sch.wide": WIDE}),
    "cal": lambda design: design.calibrate({"stype": TYPES, "api99": 3914069}),
}


@pytest.mark.parametrize("name", STEPS)
def test_estimates_are_those_of_r(name):
    design = STEPS[name](jackknife())
    got = design.mean(["api00", "api99"])
    block = expected(f"d.jk1_{name}.mean")
    np.testing.assert_allclose(got.to_dataframe()["estimate"], block["estimate"], rtol=1e-8)
    # the calibrated auxiliary has no variance of its own: what is left of it is rounding
    np.testing.assert_allclose(got.covariance(), block["vcov"], rtol=1e-8, atol=1e-8)


def rows(n=60, units=12, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), n // units),
            "stratum": np.repeat(np.arange(units) // 4, n // units),
            "w": rng.lognormal(2.0, 0.4, n),
            "y": rng.normal(10.0, 2.0, n),
            "sex": np.tile(["f", "m"], n // 2),
            "region": rng.permutation(np.repeat(["n", "s", "e"], n // 3)),
            "size": rng.integers(1, 6, n).astype(float),
            "income": rng.lognormal(size=n),
            "inside": rng.random(n) < 0.8,
            "responded": np.arange(n) % 5 != 3,
        }
    )


def kinds(data):
    """One replicate design each way that replicate weights are held."""
    design = t87.SurveyDesign(data, strata="stratum", psu="unit", weights="w")
    boot = design.to_replicates("rao_wu", replicates=8, draws=2, rng=3)
    matrix = boot.replicate_weights()
    return {
        "by unit": boot,
        "jackknife": design.to_replicates("JKn"),
        "combined": t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap"),
        "multipliers": t87.ReplicateDesign(
            data, weights="w", replicate_weights=matrix / data[["w"]].to_numpy(), method="bootstrap", combined=False
        ),
    }


ADJUSTMENTS = {
    "post_stratify": lambda d: d.post_stratify({"sex": {"f": 300, "m": 280}}),
    "rake": lambda d: d.rake({"sex": {"f": 300, "m": 280}, "region": {"n": 200, "s": 200, "e": 180}}),
    "calibrate to cells": lambda d: d.calibrate({"sex": {"f": 300, "m": 280}, "size": 1700}),
    "calibrate by row": lambda d: d.calibrate({"sex": {"f": 300, "m": 280}, "income": 900}, distance="raking"),
    "nonresponse": lambda d: d.adjust_nonresponse("responded", by="sex"),
    "select_one": lambda d: d.select_one("size"),
    "multiplicity": lambda d: d.multiplicity("size"),
    "trim": lambda d: d.trim(upper=20.0, strict=True),
    "two": lambda d: d.post_stratify({"region": {"n": 200, "s": 200, "e": 180}}).rake({"sex": {"f": 300, "m": 280}}),
    "three": lambda d: (
        d.post_stratify({"region": {"n": 200, "s": 200, "e": 180}})
        .calibrate({"sex": {"f": 300, "m": 280}, "income": 900}, distance="raking")
        .post_stratify({"sex": {"f": 310, "m": 280}})
    ),
}


@pytest.mark.parametrize("kind", ["by unit", "jackknife", "combined", "multipliers"])
@pytest.mark.parametrize("name", ADJUSTMENTS)
@pytest.mark.parametrize("part", [False, True])
def test_each_replicate_is_weighted_as_a_design_of_its_own(kind, name, part):
    data = rows()
    design = kinds(data)[kind]
    matrix = design.replicate_weights()
    if part:
        design = design.subset("inside")
    adjusted = ADJUSTMENTS[name](design)
    sets = [data["w"].to_numpy(), *matrix.T]
    got = [adjusted.weights, *adjusted.replicate_weights().T]
    for k, (weights, after) in enumerate(zip(sets, got, strict=True)):
        alone = t87.SurveyDesign(data.assign(own=weights), weights="own")
        wanted = ADJUSTMENTS[name](alone.subset("inside") if part else alone).weights
        np.testing.assert_allclose(after, wanted, rtol=1e-8, atol=1e-10, err_msg=f"set {k}")


def test_normalising_scales_replicates_as_the_sample():
    data = rows()
    factor = 1000.0 / data["w"].sum()
    for design in kinds(data).values():
        scaled = design.normalise(to=1000.0)
        np.testing.assert_allclose(scaled.replicate_weights(), factor * design.replicate_weights(), rtol=1e-12)
        ratio = scaled.total("y").to_dataframe()["se"].item() / design.total("y").to_dataframe()["se"].item()
        assert ratio == pytest.approx(factor)


def test_estimates_after_an_adjustment_are_those_of_the_weights_written_out():
    data = rows()
    for kind, design in kinds(data).items():
        adjusted = ADJUSTMENTS["three"](design)
        written = t87.ReplicateDesign(
            data.assign(new=adjusted.weights),
            weights="new",
            replicate_weights=adjusted.replicate_weights(),
            method="other",
            scale=adjusted.scale,
            rscales=adjusted.rscales,
        )
        for by in (None, "region", ["region", "sex"]):
            got, wanted = (one.mean(["y", "size"], by=by) for one in (adjusted, written))
            np.testing.assert_allclose(got.covariance(), wanted.covariance(), rtol=1e-8, atol=1e-12, err_msg=kind)
            np.testing.assert_allclose(got.to_dataframe()["df"], wanted.to_dataframe()["df"], err_msg=kind)


def test_margins_hold_in_every_replicate():
    data = rows()
    raked = ADJUSTMENTS["rake"](kinds(data)["by unit"])
    weights = pd.DataFrame(raked.replicate_weights())
    np.testing.assert_allclose(weights.groupby(data["sex"]).sum().T, np.tile([300.0, 280.0], (8, 1)), rtol=1e-9)
    np.testing.assert_allclose(weights.groupby(data["region"]).sum().loc["n"], 200.0, rtol=1e-9)
    totals = raked.total("sex").to_dataframe()
    np.testing.assert_allclose(totals["se"], 0.0, atol=1e-6)


def test_rows_outside_a_subset_keep_their_weights():
    data = rows()
    for design in kinds(data).values():
        part = design.subset("inside").rake({"sex": {"f": 300, "m": 280}})
        outside = ~data["inside"].to_numpy()
        np.testing.assert_array_equal(part._weights[outside], data["w"].to_numpy()[outside])
        np.testing.assert_allclose(
            part._replicates.matrix()[outside], design.replicate_weights()[outside], rtol=1e-14, atol=0
        )


def test_a_replicate_that_lacks_a_category_is_named_and_nothing_is_changed():
    data = pd.DataFrame({"w": [1.0] * 4, "kind": ["a", "b", "b", "b"], "y": [1.0, 2, 3, 4]})
    design = t87.SurveyDesign(data, weights="w").to_replicates("JK1")
    with pytest.raises(DataError, match="without any weight") as caught:
        design.post_stratify({"kind": {"a": 10, "b": 30}})
    assert "replicate 1" in caught.value.where


def test_history_counts_the_replicates():
    step = ADJUSTMENTS["rake"](kinds(rows())["by unit"]).history[-1]
    assert step.name == "rake"
    assert str(step).endswith("and 8 replicates")


def test_trimming_leaves_units_out_that_a_replicate_leaves_out():
    design = kinds(rows())["jackknife"]
    before, after = design.replicate_weights(), design.trim(lower=6.0, upper=18.0, strict=True).replicate_weights()
    np.testing.assert_array_equal(after[before == 0.0], 0.0)
    np.testing.assert_allclose(after.sum(axis=0), before.sum(axis=0), rtol=1e-12)
    assert after[before > 0.0].min() >= 6.0
    assert after.max() <= 18.0


def test_steps_without_a_form_for_replicates_are_refused():
    design = kinds(rows())["by unit"]
    with pytest.raises(InputError, match="not defined for replicate weights"):
        design._reweighted(design.weights, design.history[0])
