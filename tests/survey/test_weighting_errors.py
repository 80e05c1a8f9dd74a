"""What weighting steps refuse, each with words that name the column, the count and the first offenders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.design import SurveyDesign


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "w": np.linspace(1.0, 2.0, 12),
            "sex": list("ffffffmmmmmm"),
            "area": list("nsnsnsnsnsns"),
            "size": np.arange(12.0),
        }
    )


@pytest.fixture
def design() -> SurveyDesign:
    return SurveyDesign(table(), weights="w")


def message(error) -> str:
    return str(error.value)


def test_margins_that_disagree_are_named_with_their_sums(design):
    with pytest.raises(DataError, match="different populations") as error:
        design.rake({"sex": {"f": 10, "m": 12}, "area": {"n": 10, "s": 10}})
    assert "'sex': 22; 'area': 20" in message(error)
    with pytest.raises(DataError, match="different populations"):
        design.calibrate({"sex": {"f": 10, "m": 12}, "area": {"n": 10, "s": 12 + 1e-4}})
    near = design.rake({"sex": {"f": 10, "m": 12}, "area": {"n": 10, "s": 12 + 1e-6}})  # apart by rounding
    assert near.weights.sum() == pytest.approx(22, rel=1e-12)
    assert "counts of area scaled from a sum of 22.000001 to 22" in str(near.history[-1])


def test_the_size_of_the_population_must_agree_too(design):
    with pytest.raises(DataError, match="different populations"):
        design.calibrate({"sex": {"f": 10, "m": 12}, "(Intercept)": 23})


def test_categories_of_the_sample_without_a_count(design):
    with pytest.raises(DataError, match="no population count") as error:
        design.rake({"sex": {"f": 10}})
    assert "sex=m" in message(error)


def test_categories_that_the_sample_lacks(design):
    with pytest.raises(DataError, match="absent from the sample") as error:
        design.rake({"sex": {"f": 10, "m": 12, "other": 3}})
    assert "sex=other (3)" in message(error)
    assert "'f', 'm'" in message(error)


def test_labels_spelt_otherwise(design):
    with pytest.raises(DataError, match="no population count") as error:
        design.post_stratify({"sex": {"female": 10, "male": 12}})
    assert "the sample has 'f', 'm'" in message(error)


@pytest.mark.parametrize(("count", "words"), [(-3, "negative"), (0, "count of zero")])
def test_counts_below_one(design, count, words):
    with pytest.raises(DataError, match=words) as error:
        design.rake({"sex": {"f": 10, "m": count}})
    assert "sex=m" in message(error)


@pytest.mark.parametrize("count", ["many", None, float("nan"), float("inf"), "12"])
def test_counts_that_are_no_numbers(design, count):
    with pytest.raises(DataError, match="finite number") as error:
        design.rake({"sex": {"f": 10, "m": count}})
    assert "sex=m" in message(error)


@pytest.mark.parametrize("step", ["post_stratify", "rake", "calibrate"])
def test_missing_auxiliaries(step):
    rows = table()
    rows.loc[[2, 7], "sex"] = None
    with pytest.raises(DataError, match="missing") as error:
        getattr(SurveyDesign(rows, weights="w"), step)({"sex": {"f": 10, "m": 12}})
    assert error.value.count == 2
    assert error.value.examples == ("row 2", "row 7")
    assert "'sex'" in message(error)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_or_infinite_numbers(value):
    rows = table()
    rows.loc[4, "size"] = value
    with pytest.raises(DataError, match="missing or not finite") as error:
        SurveyDesign(rows, weights="w").calibrate({"size": 70})
    assert error.value.examples == ("row 4",)


def test_units_without_weight_may_lack_auxiliaries():
    rows = table()
    rows.loc[3, ["w", "sex"]] = [0.0, None]
    weights = SurveyDesign(rows, weights="w").rake({"sex": {"f": 10, "m": 12}}).weights
    assert weights[3] == 0.0
    assert weights.sum() == pytest.approx(22)


def test_unknown_columns_get_the_nearest_name(design):
    with pytest.raises(UnknownNameError, match="did you mean 'sex'"):
        design.rake({"sexx": {"f": 10, "m": 12}})


def test_one_number_for_categories_and_counts_for_none(design):
    with pytest.raises(InputError, match="column of categories"):
        design.calibrate({"sex": 12})
    with pytest.raises(InputError, match="no population figures"):
        design.rake({})
    with pytest.raises(InputError, match="mapping of columns"):
        design.rake(12)
    with pytest.raises(InputError, match="one label for each column"):
        design.rake({("sex", "area"): {"f": 3, "m": 4}})


def test_frames_without_or_with_two_columns_of_counts(design):
    with pytest.raises(InputError, match="one column of counts"):
        design.rake(pd.DataFrame({"sex": ["f", "m"], "one": [1, 2], "two": [3, 4]}))
    with pytest.raises(DataError, match="two counts"):
        design.rake(pd.DataFrame({"sex": ["f", "m", "m"], "people": [1, 2, 3]}))


def test_margins_that_no_weights_reach():
    """Women live in the north only, men in the south only, so both margins say the same twice, and differently."""
    rows = pd.DataFrame({"w": np.ones(4), "sex": list("ffmm"), "area": list("nnss")})
    design = SurveyDesign(rows, weights="w")
    with pytest.raises(DataError, match="raking did not reach its margins in 25 sweeps") as error:
        design.rake({"sex": {"f": 10, "m": 12}, "area": {"n": 12, "s": 10}}, max_iterations=25)
    assert "sex=f: 12 where 10 is asked (+2, +20 %)" in message(error)
    with pytest.raises(DataError, match="calibration did not reach") as error:
        design.calibrate({"sex": {"f": 10, "m": 12}, "area": {"n": 12, "s": 10}})
    assert error.value.count == 4
    np.testing.assert_array_equal(design.weights, 1.0)
    assert len(design.history) == 1


@pytest.mark.parametrize("distance", ["linear", "raking", "logit", "sinh"])
def test_bounds_that_cannot_be_met(design, distance):
    weight = design.weights
    women, men = weight[:6].sum(), weight[6:].sum()
    with pytest.raises(DataError, match="within the bounds") as error:
        design.calibrate({"sex": {"f": 1.5 * women, "m": men}}, distance, bounds=(0.8, 1.2))
    text = message(error)
    assert "factors between 0.8 and 1.2" in text
    assert f"sex=f: {1.5 * women:,.10g} asked, {0.8 * women:,.10g} to {1.2 * women:,.10g} within the bounds" in text
    assert error.value.count == 1
    assert "penalty=" in text
    np.testing.assert_array_equal(design.weights, weight)


def test_bounds_of_factors(design):
    totals = {"sex": {"f": 10, "m": 12}}
    with pytest.raises(InputError, match="needs bounds"):
        design.calibrate(totals, "logit")
    with pytest.raises(InputError, match="either side of 1"):
        design.calibrate(totals, bounds=(1.1, 2.0))
    with pytest.raises(InputError, match="finite bounds"):
        design.calibrate(totals, "logit", bounds=(0.1, np.inf))
    with pytest.raises(InputError, match="two numbers"):
        design.calibrate(totals, bounds=2.0)
    with pytest.raises(UnknownNameError, match="unknown distance"):
        design.calibrate(totals, "lineal")


def test_prices_variances_and_stopping_rules(design):
    totals = {"sex": {"f": 10, "m": 12}}
    with pytest.raises(InputError, match="above zero"):
        design.calibrate(totals, penalty=0.0)
    with pytest.raises(InputError, match="no total"):
        design.calibrate(totals, penalty={"size": 1.0})
    with pytest.raises(DataError, match="or more"):
        design.calibrate(totals, variance="size")  # its first value is 0
    with pytest.raises(InputError, match="tolerance"):
        design.rake(totals, tolerance=0.0)
    with pytest.raises(InputError, match="iteration"):
        design.rake(totals, max_iterations=0)
    with pytest.raises(UnknownNameError, match="kind of residuals"):
        design.rake(totals, residuals="exact")


def test_trimming_needs_bounds_that_can_be_kept(design):
    with pytest.raises(InputError, match="needs a bound"):
        design.trim()
    with pytest.raises(InputError, match="above the upper"):
        design.trim(lower=2.0, upper=1.0)
    with pytest.raises(InputError, match="negative"):
        design.trim(upper=-1.0)
    with pytest.raises(InputError, match="yardstick"):
        design.trim(upper=2.0, relative_to="mode")
    with pytest.raises(DataError, match="more from the others than they have"):
        SurveyDesign(pd.DataFrame({"w": [1.0, 1.0, 1.0, 6.0]}), weights="w").trim(lower=5.0)


def test_factors_of_households(design):
    with pytest.raises(DataError, match="1 or more") as error:
        design.select_one("size")
    assert error.value.examples == ("row 0: 0",)
    with pytest.raises(DataError, match="one number a row"):
        design.multiplicity([1.0, 2.0])
    with pytest.raises(InputError, match="numbers are needed"):
        design.multiplicity(["a"] * 12)
    with pytest.raises(InputError, match="above zero"):
        design.normalise(to=-1)


def test_shares_are_not_taken_for_counts():
    data = pd.DataFrame({"w": [500.0, 500, 800, 700], "sex": ["f", "m", "f", "m"]})
    made = SurveyDesign(data, weights="w")
    for totals in ({"sex": {"f": 49, "m": 51}}, {"sex": {"f": 0.49, "m": 0.51}}):
        with pytest.raises(InputError, match="look like shares"):
            made.rake(totals)
        with pytest.raises(InputError, match="look like shares"):
            made.post_stratify(totals)
    normalised = made.normalise(to=100).rake({"sex": {"f": 49, "m": 51}})
    assert normalised.weights.sum() == pytest.approx(100.0)


def test_bounds_that_lose_the_weight_are_refused():
    made = SurveyDesign(pd.DataFrame({"w": [400.0, 500, 600, 9000]}), weights="w")
    with pytest.raises(DataError, match=r"most of the weight away(.|\n)*relative_to"):
        made.trim(upper=2)
    assert made.trim(upper=2, relative_to="median").weights.max() < 9000


@pytest.mark.parametrize("given", ["kids", [1, 2, 1.5, 3, 1, 1, 2, 2, 0.5, 1, np.nan, np.inf]])
def test_eligible_members_are_whole_numbers(given):
    values = [1, 2, 1.5, 3, 1, 1, 2, 2, 0.5, 1, np.nan, np.inf]
    with pytest.raises(DataError, match="must be whole numbers of 1 or more") as error:
        SurveyDesign(table().assign(kids=values), weights="w").select_one(given)
    assert error.value.count == 4
    assert error.value.examples == ("row 2: 1.5", "row 8: 0.5", "row 10: nan", "row 11: inf")
    assert "eligible" in message(error)
    assert ("'kids'" in message(error)) == isinstance(given, str)


def test_eligible_members_of_units_without_weight_do_not_matter():
    rows = table()
    rows.loc[2, "w"] = 0.0
    kids = [1, 2, 1.5, 3, 1, 1, 2, 2, 4, 1, 2, 1]
    np.testing.assert_allclose(SurveyDesign(rows, weights="w").select_one(kids).weights, rows["w"] * kids)


@pytest.mark.parametrize("given", [["1"] * 12, [1 + 1j] * 12, [1, "2", *[1] * 10], [[1]] * 6, 3 + 1j, object()])
def test_numbers_of_rows_are_not_spelt_out(design, given):
    for step in (design.select_one, design.multiplicity):
        with pytest.raises((InputError, DataError), match=r"numbers are needed|one number a row"):
            step(given)


def test_truth_values_are_no_population_counts(design):
    with pytest.raises(DataError, match=r"finite number(.|\n)*sex=f(.|\n)*True"):
        design.rake({"sex": {"f": True, "m": 12}})


@pytest.mark.parametrize("argument", ["lower", "upper"])
@pytest.mark.parametrize("bound", ["a", "2", [1.0], np.array([3.0, 4.0]), True, 1j])
def test_bounds_of_trimming_are_numbers(design, argument, bound):
    with pytest.raises(InputError, match="a bound of weights is a number") as error:
        design.trim(**{argument: bound})
    assert error.value.where == argument


@pytest.mark.parametrize("relative_to", ["mode", ["median"], {"median": 1}, np.array(["median", "iqr"]), 1, True])
def test_yardsticks_are_words(design, relative_to):
    with pytest.raises(InputError, match="unknown yardstick"):
        design.trim(upper=1.5, relative_to=relative_to)


def test_no_weight_is_at_infinity_and_every_one_below_it(design):
    with pytest.raises(InputError, match="no weight reaches"):
        design.trim(lower=np.inf)
    for relative_to in (None, "median", "iqr"):
        np.testing.assert_array_equal(design.trim(upper=np.inf, relative_to=relative_to).weights, design.weights)


@pytest.mark.parametrize("value", ["x", "no", 1, None, np.array([True, False])])
def test_truth_values_of_steps(design, value):
    counts = {"sex": {"f": 10, "m": 12}}
    for argument, call in (
        ("strict", lambda: design.trim(upper=1.5, strict=value)),
        ("partial", lambda: design.post_stratify(counts, partial=value)),
    ):
        with pytest.raises(InputError, match="True or False") as error:
            call()
        assert error.value.where == argument
    assert design.trim(upper=1.9, strict=np.True_).weights.max() <= 1.9


@pytest.mark.parametrize("step", ["rake", "calibrate"])
def test_stopping_rules_are_numbers(design, step):
    totals = {"sex": {"f": 10, "m": 12}}
    for sweeps in (2.5, 0, -1, np.inf, np.nan, "a", "10", None, True, [5], np.array([5, 6]), 10**30, 1j):
        with pytest.raises(InputError, match="a whole number of them") as error:
            getattr(design, step)(totals, max_iterations=sweeps)
        assert error.value.where == "max_iterations"
    for tolerance in ("a", "1e-9", None, True, [1e-9], np.array([1e-9, 1.0]), np.inf, np.nan, -1.0, 1j):
        with pytest.raises(InputError, match="a tolerance is a number above zero") as error:
            getattr(design, step)(totals, tolerance=tolerance)
        assert error.value.where == "tolerance"
    expected = getattr(design, step)(totals).weights
    for sweeps in (np.int64(50), 50.0):
        np.testing.assert_array_equal(getattr(design, step)(totals, max_iterations=sweeps).weights, expected)


@pytest.mark.parametrize("price", ["a", "2", None, True, [1.0], np.array([1.0, 2.0]), 1j, np.nan, -1.0])
def test_prices_are_numbers(design, price):
    for penalty in ({"sex": price}, price):
        if penalty is None:
            continue
        with pytest.raises(InputError, match="the price of a miss must be a number above zero"):
            design.calibrate({"sex": {"f": 10, "m": 12}}, penalty=penalty)


@pytest.mark.parametrize("coefficient", ["a", "2", None, True, [1.0], 1j])
def test_coefficients_of_the_variance_are_numbers(design, coefficient):
    with pytest.raises(InputError, match="a coefficient for each of its columns") as error:
        design.calibrate({"sex": {"f": 10, "m": 12}}, variance={"w": 1.0, "size": coefficient})
    assert error.value.count == 1
    assert error.value.examples == (f"size: {coefficient!r}",)
    with pytest.raises(InputError, match="a coefficient for each"):
        design.calibrate({"sex": {"f": 10, "m": 12}}, variance={})


@pytest.mark.parametrize("argument", ["bounds", "trim"])
@pytest.mark.parametrize("pair", ["ab", ("0.5", "2"), (0.5, "2"), (False, 2.0), (0.5,), (0.5, 1.0, 2.0), 3, ([0.5], 2)])
def test_bounds_of_factors_are_two_numbers(design, argument, pair):
    with pytest.raises(InputError, match="two numbers are needed") as error:
        design.calibrate({"sex": {"f": 10, "m": 12}}, **{argument: pair})
    assert error.value.where == argument


def test_distances_and_residuals_are_words(design):
    totals = {"sex": {"f": 10, "m": 12}}
    with pytest.raises(UnknownNameError, match="unknown distance"):
        design.calibrate(totals, np.array(["linear", "logit"]))
    with pytest.raises(UnknownNameError, match="kind of residuals"):
        design.rake(totals, residuals=np.array(["alternating", "regression"]))


@pytest.mark.parametrize("to", [True, "N", None, [1.0], np.array([1.0, 2.0]), np.nan, np.inf, 1j])
def test_sums_of_weights_are_numbers(design, to):
    with pytest.raises(InputError, match="a sum above zero"):
        design.normalise(to)


@pytest.mark.parametrize("relative_to", [None, "median", "mean", "iqr"])
def test_there_is_nothing_to_trim_in_an_empty_subset(design, relative_to):
    with pytest.raises(DataError, match="nothing to trim"):
        design.subset(np.zeros(12, dtype=bool)).trim(upper=2.0, relative_to=relative_to)
