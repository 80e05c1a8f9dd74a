"""Nonresponse and unknown eligibility. Oracles: pandas group sums, and the logistic regression of statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from target87.errors import DataError, InputError
from target87.survey.design import SurveyDesign


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(21)
    n = 400
    rows = pd.DataFrame(
        {
            "w": rng.lognormal(3, 0.4, n),
            "region": rng.choice(["east", "west", "north"], n),
            "urban": rng.random(n) < 0.5,
            "age": rng.integers(5, 18, n).astype(float),
        }
    )
    odds = 0.5 + 0.08 * (rows["age"] - 11) - 0.6 * rows["urban"]
    rows["answered"] = rng.random(n) < 1.0 / (1.0 + np.exp(-odds))
    rows["status"] = np.where(rows["answered"], "respondent", "nonrespondent")
    rows.loc[rng.random(n) < 0.1, "status"] = "ineligible"
    rows.loc[rng.random(n) < 0.1, "status"] = "unknown"
    return rows


def test_weighting_classes(data):
    weights = SurveyDesign(data, weights="w").adjust_nonresponse("answered", by=["region", "urban"]).weights
    groups = [data["region"], data["urban"]]
    rate = (data["w"] * data["answered"]).groupby(groups).transform("sum") / data["w"].groupby(groups).transform("sum")
    np.testing.assert_allclose(weights, np.where(data["answered"], data["w"] / rate, 0.0))
    np.testing.assert_allclose(pd.Series(weights).groupby(groups).sum(), data["w"].groupby(groups).sum())


def test_rates_of_units(data):
    weights = SurveyDesign(data, weights="w").adjust_nonresponse("answered", by="region", weighted=False).weights
    rate = data["answered"].groupby(data["region"]).transform("mean")
    np.testing.assert_allclose(weights, np.where(data["answered"], data["w"] / rate, 0.0))


def test_one_class(data):
    weights = SurveyDesign(data, weights="w").adjust_nonresponse(data["answered"]).weights
    assert weights.sum() == pytest.approx(data["w"].sum())
    assert np.ptp((weights / data["w"])[data["answered"]]) < 1e-12


@pytest.mark.parametrize("weighted", [True, False])
def test_response_propensities(data, weighted):
    design = SurveyDesign(data, weights="w").adjust_nonresponse(
        "answered", model=["age", "region", "urban"], weighted=weighted
    )
    x = np.column_stack(
        [np.ones(len(data)), data["age"], data["region"] == "north", data["region"] == "west", data["urban"]]
    )
    model = sm.GLM(
        data["answered"].astype(float),
        x.astype(float),
        family=sm.families.Binomial(),
        freq_weights=data["w"] if weighted else None,
    ).fit(tol=1e-13)
    expected = np.where(data["answered"], data["w"] / model.predict(x.astype(float)), 0.0)
    np.testing.assert_allclose(design.weights, expected, rtol=1e-7)
    shown = design.history[-1].details["coefficients"]
    assert list(shown) == ["(Intercept)", "age", "region=north", "region=west", "urban"]
    np.testing.assert_allclose(list(shown.values()), model.params, rtol=1e-6)
    assert f"age {model.params.iloc[1]:.4g}" in str(design.history[-1])


def test_classes_of_propensity(data):
    design = SurveyDesign(data, weights="w").adjust_nonresponse("answered", model=["age", "urban"], classes=5)
    x = np.column_stack([np.ones(len(data)), data["age"], data["urban"]]).astype(float)
    model = sm.GLM(
        data["answered"].astype(float), x, family=sm.families.Binomial(), freq_weights=data["w"]
    ).fit(tol=1e-13)  # fmt: skip
    group = pd.qcut(pd.Series(model.predict(x)).round(12), 5, labels=False)
    share = (data["w"] * data["answered"]).groupby(group).transform("sum") / data["w"].groupby(group).transform("sum")
    np.testing.assert_allclose(design.weights, np.where(data["answered"], data["w"] / share, 0.0), rtol=1e-9)
    assert design.weights.sum() == pytest.approx(data["w"].sum())
    assert len(design.history[-1].details["classes"]) == 5


def test_unknown_eligibility_then_nonresponse(data):
    first = SurveyDesign(data, weights="w").adjust_unknown_eligibility("status", by="region")
    known = data["w"].where(data["status"] != "unknown", 0.0)
    factor = data["w"].groupby(data["region"]).transform("sum") / known.groupby(data["region"]).transform("sum")
    np.testing.assert_allclose(first.weights, known * factor)
    second = first.adjust_nonresponse("status", by="urban")
    ineligible = data["status"] == "ineligible"
    np.testing.assert_allclose(second.weights[ineligible], first.weights[ineligible])
    assert not second.weights[data["status"].isin(["nonrespondent", "unknown"])].any()
    assert second.weights.sum() == pytest.approx(data["w"].sum())
    assert [step.name for step in second.history] == ["design", "adjust_unknown_eligibility", "adjust_nonresponse"]
    assert "400 -> " in str(first.history[-1])


def test_estimates_after_an_adjustment_are_those_of_the_respondents(data):
    design = SurveyDesign(data, weights="w").adjust_nonresponse("answered", by="region")
    mean = design.mean("age").to_dataframe()["estimate"].iloc[0]
    assert mean == pytest.approx(np.average(data["age"], weights=design.weights))


def test_classes_without_respondents_are_named(data):
    data.loc[data["region"] == "west", "answered"] = False
    with pytest.raises(DataError, match="no respondent unit") as error:
        SurveyDesign(data, weights="w").adjust_nonresponse("answered", by="region")
    assert "region=west" in str(error.value)
    assert error.value.count == 1


def test_models_that_know_the_answer(data):
    data["knows"] = data["answered"].astype(float)
    with pytest.raises(DataError, match="no finite solution"):
        SurveyDesign(data, weights="w").adjust_nonresponse("answered", model="knows")


def test_statuses_that_are_none(data):
    design = SurveyDesign(data.assign(answer=data["answered"].astype(float)), weights="w")
    np.testing.assert_allclose(
        design.adjust_nonresponse("answer").weights, design.adjust_nonresponse("answered").weights
    )
    with pytest.raises(DataError, match="still have a weight"):
        design.adjust_nonresponse("status")
    with pytest.raises(DataError, match="not a status of response") as error:
        design.adjust_nonresponse("age")
    assert "5.0" in str(error.value)
    with pytest.raises(DataError, match="not a status of response") as error:
        design.adjust_unknown_eligibility("region")
    assert "east" in str(error.value)
    with pytest.raises(DataError, match="for every row"):
        design.adjust_nonresponse([True, False])
    with pytest.raises(InputError, match="not both"):
        design.adjust_nonresponse("answered", by="region", model="age")
    with pytest.raises(InputError, match="need a response model"):
        design.adjust_nonresponse("answered", classes=5)
    for classes in (0, -1, 2.5, "5", True, [3]):
        with pytest.raises(InputError, match="at least one class"):
            design.adjust_nonresponse("answered", model="age", classes=classes)
    for model in (3, [["age"]], data["age"]):
        with pytest.raises(InputError, match="model wants"):
            design.adjust_nonresponse("answered", model=model)


@pytest.mark.parametrize("weighted", ["x", 0, None, np.array([True, False])])
def test_weighted_is_true_or_false(data, weighted):
    made = SurveyDesign(data, weights="w")
    for call in (
        lambda: made.adjust_nonresponse("answered", weighted=weighted),
        lambda: made.adjust_nonresponse("answered", model="age", weighted=weighted),
        lambda: made.adjust_unknown_eligibility("status", weighted=weighted),
    ):
        with pytest.raises(InputError, match="True or False") as error:
            call()
        assert error.value.where == "weighted"


@pytest.mark.parametrize("given", [3, None, True, np.ones((400, 2))])
def test_statuses_of_another_shape(data, given):
    design = SurveyDesign(data, weights="w")
    for step in (design.adjust_nonresponse, design.adjust_unknown_eligibility):
        with pytest.raises(InputError, match="one status a row"):
            step(given)


def test_statuses_as_a_function_or_as_objects(data):
    design = SurveyDesign(data, weights="w")
    expected = design.adjust_nonresponse("answered").weights
    for given in (lambda rows: rows["answered"], data["answered"].astype(object), data["answered"].tolist()):
        np.testing.assert_array_equal(design.adjust_nonresponse(given).weights, expected)


def test_replicates_that_cannot_be_read_are_not_left_out(data, monkeypatch):
    """An error inside the replicate weights must not look like a design that has none."""
    design = SurveyDesign(data[:40], weights="w").to_replicates("JK1")

    def broken(self):
        raise AttributeError("broken")

    monkeypatch.setattr(type(design), "_active_replicates", property(broken))
    with pytest.raises(AttributeError, match="broken"):
        design.adjust_nonresponse("answered", by="urban", weighted=False)
    with pytest.raises(AttributeError, match="broken"):
        design._numbers(np.zeros(40, dtype=np.int32), 1)


def test_missing_statuses_and_covariates(data):
    data.loc[[3, 5], "status"] = None
    with pytest.raises(DataError, match="missing") as error:
        SurveyDesign(data, weights="w").adjust_unknown_eligibility("status")
    assert error.value.examples == ("row 3", "row 5")
    data.loc[8, "age"] = np.nan
    with pytest.raises(DataError, match="missing") as error:
        SurveyDesign(data, weights="w").adjust_nonresponse("answered", model="age")
    assert error.value.examples == ("row 8",)
    data.loc[9, "region"] = None
    with pytest.raises(DataError, match="missing") as error:
        SurveyDesign(data, weights="w").adjust_nonresponse("answered", by="region")
    assert error.value.examples == ("row 9",)
