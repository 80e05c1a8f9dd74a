"""Nonresponse adjustments of replicate designs.

Oracles: for every replicate statsmodels' logistic regression with that replicate's weights, NumPy's weighted quantiles
and group sums of pandas; and for the variance a simulation, where the truth is the spread of repeated samples.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import target87 as t87
from target87.errors import DataError
from target87.survey import propensity, propensity_replicates


def rows(n=240, units=24, seed=4):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), n // units),
            "stratum": np.repeat(np.arange(units) // 8, n // units),
            "w": rng.lognormal(2.0, 0.6, n),
            "y": rng.normal(10.0, 2.0, n),
            "region": rng.permutation(np.repeat(["n", "s", "e"], n // 3)),
            "age": rng.integers(5, 18, n).astype(float),
            "income": rng.lognormal(size=n),
            "inside": rng.random(n) < 0.8,
        }
    )
    odds = 0.2 + 0.1 * (data["age"] - 11) - 0.5 * (data["region"] == "e") + 0.3 * np.log(data["income"])
    data["status"] = np.where(rng.random(n) < 1.0 / (1.0 + np.exp(-odds)), "respondent", "nonrespondent")
    data.loc[rng.random(n) < 0.1, "status"] = "ineligible"
    return data


def kinds(data):
    """One replicate design each way that replicate weights are held."""
    design = t87.SurveyDesign(data, strata="stratum", psu="unit", weights="w")
    boot = design.to_replicates("rao_wu", replicates=6, rng=3)
    matrix = boot.replicate_weights()
    return {
        "by unit": boot,
        "jackknife": design.to_replicates("JKn"),
        "combined": t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap"),
        "raked": boot.post_stratify({"region": {"n": 900.0, "s": 800.0, "e": 700.0}}),
    }


def slow(data, weights, sample, model, *, classes, weighted):
    """Weights of one set after the adjustment, by statsmodels and pandas."""
    numbers = np.divide(weights, sample, out=np.zeros_like(weights), where=sample > 0.0)
    used = (weights > 0.0) & (data["status"] != "ineligible")
    x = np.column_stack([np.ones(len(data)), *(covariate(data, name) for name in model)]).astype(float)
    answered = (data["status"] == "respondent").to_numpy()
    frequency = weights if weighted else numbers
    family = sm.families.Binomial()
    fitted = sm.GLM(answered[used].astype(float), x[used], family=family, freq_weights=frequency[used])
    chance = np.round(fitted.fit(tol=1e-14, maxiter=200).predict(x), 12)
    factor = 1.0 / chance
    if classes is not None:
        shares = np.arange(1, classes) / classes
        cuts = np.quantile(chance[used], shares, weights=numbers[used], method="inverted_cdf")
        group = pd.Series(np.searchsorted(cuts, chance, side="left"))
        basis = pd.Series(np.where(used, frequency, 0.0))
        factor = basis.groupby(group).transform("sum") / (basis * answered).groupby(group).transform("sum")
    new = np.where(answered, weights * factor, 0.0)
    return np.where(used, new, np.where(data["status"] == "ineligible", weights, 0.0))


def covariate(data, name):
    if name != "region":
        return data[name]
    return np.column_stack([data["region"] == "n", data["region"] == "s"])


@pytest.mark.parametrize("kind", ["by unit", "jackknife", "combined", "raked"])
@pytest.mark.parametrize("model", [["region", "age"], ["income", "region"]])
@pytest.mark.parametrize("classes", [None, 4])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("part", [False, True])
def test_each_replicate_has_a_response_model_of_its_own(monkeypatch, kind, model, classes, weighted, held, part):
    if not held:
        monkeypatch.setattr(propensity, "_HELD", 0)
        monkeypatch.setattr(propensity_replicates, "_TOGETHER", 1000)  # four replicates at a time
    data = rows()
    design = kinds(data)[kind]
    if part:
        design = design.subset("inside")
    sample, matrix = design.weights, design.replicate_weights()
    adjusted = design.adjust_nonresponse("status", model=model, classes=classes, weighted=weighted)
    got = np.column_stack([adjusted.weights, adjusted.replicate_weights()])
    for k, weights in enumerate([sample, *matrix.T]):
        wanted = slow(data, weights, sample, model, classes=classes, weighted=weighted)
        np.testing.assert_allclose(got[:, k], wanted, rtol=1e-8, atol=1e-10, err_msg=f"set {k}")
    if not held:
        written = t87.ReplicateDesign(
            data.assign(new=adjusted.weights),
            weights="new",
            replicate_weights=adjusted.replicate_weights(),
            method="other",
            scale=adjusted.scale,
            rscales=adjusted.rscales,
        )
        estimates = [one.mean(["y", "age"], by="region") for one in (adjusted, written)]
        np.testing.assert_allclose(estimates[0].covariance(), estimates[1].covariance(), rtol=1e-8)


def test_later_steps_follow_factors_that_are_not_held(monkeypatch):
    data = rows().assign(late=np.arange(240) % 7 != 0)
    steps = (
        lambda d: d.calibrate({"income": 3000.0}, distance="raking"),
        lambda d: d.adjust_nonresponse("late", model="age"),
        lambda d: d.subset("inside"),
        lambda d: d.normalise(to=100.0),
        lambda d: d.trim(upper=60.0),
    )
    for kind in ("raked", "combined"):
        design = kinds(data)[kind]
        wanted = design.adjust_nonresponse("status", model="income")
        with monkeypatch.context() as small:
            small.setattr(propensity, "_HELD", 0)
            got = design.adjust_nonresponse("status", model="income")
            assert str(got.history[-1]) == str(wanted.history[-1])
            assert "and 6 replicates" in str(got.history[-1])
            for step in steps:
                np.testing.assert_allclose(step(got).replicate_weights(), step(wanted).replicate_weights(), rtol=1e-7)


def test_rows_outside_a_subset_keep_their_weights(monkeypatch):
    data = rows()
    outside = ~data["inside"].to_numpy()
    for limit in (1 << 22, 0):
        monkeypatch.setattr(propensity, "_HELD", limit)
        for design in kinds(data).values():
            part = design.subset("inside").adjust_nonresponse("status", model="age")
            np.testing.assert_array_equal(part._weights[outside], design.weights[outside])
            np.testing.assert_allclose(part._replicates.matrix()[outside], design.replicate_weights()[outside])


@pytest.mark.parametrize("kind", ["by unit", "jackknife", "combined"])
def test_rates_of_units_leave_out_what_a_replicate_leaves_out(kind):
    data = rows()
    design = kinds(data)[kind]
    adjusted = design.adjust_nonresponse("status", by="region", weighted=False)
    answered, eligible = data["status"] == "respondent", data["status"] != "ineligible"
    for weights, after in zip(design.replicate_weights().T, adjusted.replicate_weights().T, strict=True):
        numbers = weights / data["w"]
        asked = (numbers * eligible).groupby(data["region"]).transform("sum")
        rate = (numbers * answered).groupby(data["region"]).transform("sum") / asked
        np.testing.assert_allclose(after, np.where(eligible, np.where(answered, weights / rate, 0.0), weights))


def small(answered):
    data = pd.DataFrame({"w": 1.0, "kind": list("aaabbb"), "answered": answered})
    return t87.SurveyDesign(data, weights="w").to_replicates("JK1")


def test_units_that_all_respond_in_a_replicate_have_propensity_1_there():
    design = small([True, True, False, True, True, False]).adjust_nonresponse("answered", model="kind")
    after = design.replicate_weights()
    np.testing.assert_allclose(after[:3, 2], [1.2, 1.2, 0.0])
    np.testing.assert_allclose(after[3:, 2], [1.8, 1.8, 0.0])


def test_a_replicate_without_respondents_of_some_kind_is_named():
    design = small([True, False, False, True, True, False])
    with pytest.raises(DataError, match="no finite solution") as caught:
        design.adjust_nonresponse("answered", model="kind")
    assert caught.value.examples == ("replicate 1",)
    assert caught.value.count == 1
    with pytest.raises(DataError, match="no respondent unit") as caught:
        design.adjust_nonresponse("answered", by="kind")
    assert caught.value.examples == ("kind=a in replicate 1 (weight 2.4)",)


def test_a_class_of_propensity_without_respondents_in_a_replicate_is_named():
    data = pd.DataFrame({"w": 2.0, "x": [1.0, 1, 2, 2, 3, 3], "answered": [True, False] * 3})
    design = t87.SurveyDesign(data, weights="w").to_replicates("JK1")
    with pytest.raises(DataError, match="classes of propensity have no respondent") as caught:
        design.adjust_nonresponse("answered", model="x", classes=5)
    assert caught.value.examples[0] == "class 1 in replicate 1 (weight 2.4)"


def test_a_model_needs_somebody_who_was_asked():
    data = pd.DataFrame({"w": [1.0, 1.0], "status": "ineligible", "age": [3.0, 4.0]})
    with pytest.raises(DataError, match="neither respondents nor nonrespondents"):
        t87.SurveyDesign(data, weights="w").adjust_nonresponse("status", model="age")


def test_the_variance_is_that_of_repeated_samples():
    """Outcome and response both follow the covariate: estimated propensities take most of its variance away.

    Factors taken as known leave it in, and give more than twice the variance. 800 samples tell the truth to 5 %, and
    the mean of 40 bootstraps of 100 replicates is known to 4 %.
    """
    rng = np.random.default_rng(17)
    means, refitted, fixed = [], [], []
    for number in range(800):
        x = rng.normal(size=300)
        answered = rng.random(300) < 1.0 / (1.0 + np.exp(0.4 - 0.5 * x))
        data = pd.DataFrame({"w": 1.0, "x": x, "y": 5.0 + 2.0 * x + rng.normal(0.0, 0.5, 300), "answered": answered})
        design = t87.SurveyDesign(data, weights="w")
        after = design.adjust_nonresponse("answered", model="x")
        means.append(np.average(data["y"], weights=after.weights))
        if number < 40:
            for found, one in ((fixed, after), (refitted, design)):
                boot = one.to_replicates("bootstrap", replicates=100, rng=number)
                if one is design:
                    boot = boot.adjust_nonresponse("answered", model="x")
                found.append(boot.mean("y").to_dataframe()["se"].item() ** 2)
    truth = np.var(means, ddof=1)
    assert np.mean(means) == pytest.approx(5.0, abs=0.02)
    assert np.mean(refitted) / truth == pytest.approx(1.0, abs=0.12)
    assert np.mean(fixed) / truth > 2.0
