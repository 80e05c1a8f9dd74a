"""Designs: what they hold, what they refuse, and that nothing but the sampling changes their estimates."""

from __future__ import annotations

import ast
import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import target87
from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.design import SurveyDesign
from target87.survey.replicate_design import ReplicateDesign


@pytest.fixture
def data():
    return pd.DataFrame(
        {
            "stratum": ["n", "n", "n", "n", "s", "s", "s", "s"],
            "psu": [1, 1, 2, 2, 3, 3, 4, 4],
            "w": [10.0, 10, 12, 12, 20, 20, 18, 18],
            "hours": [5.0, 0, 12, 30, 7, 0, 0, 41],
            "works": [True, False, True, True, True, False, False, True],
            "sex": pd.Categorical(["f", "m", "f", "m", "f", "m", "f", "f"], categories=["f", "m", "x"]),
            "name": list("abcdefgh"),
        }
    )


def design(data, **changes):
    arguments = {"strata": "stratum", "psu": "psu", "weights": "w"} | changes
    return SurveyDesign(data, **arguments)


def by_hand(data, variable, kind):
    """Mean or total and its variance, stratum by stratum and unit by unit, in plain loops."""
    weight, value = data["w"].to_numpy(), data[variable].to_numpy(dtype=float)
    estimate = (weight * value).sum() / (weight.sum() if kind == "mean" else 1.0)
    score = weight * (value - estimate) / weight.sum() if kind == "mean" else weight * value
    variance = 0.0
    for stratum in data["stratum"].unique():
        inside = data["stratum"] == stratum
        units = [score[inside & (data["psu"] == unit)].sum() for unit in data.loc[inside, "psu"].unique()]
        n, middle = len(units), sum(units) / len(units)
        variance += n / (n - 1) * sum((unit - middle) ** 2 for unit in units)
    return estimate, variance


@pytest.mark.parametrize("kind", ["mean", "total"])
def test_estimates_equal_the_textbook(data, kind):
    row = getattr(design(data), kind)("hours").to_dataframe().iloc[0]
    estimate, variance = by_hand(data, "hours", kind)
    assert row["estimate"] == pytest.approx(estimate, rel=1e-13)
    assert row["se"] ** 2 == pytest.approx(variance, rel=1e-13)
    assert (row["df"], row["n"]) == (2, 8)


def test_fpc_as_counts_or_fractions(data):
    data["counts"] = data["stratum"].map({"n": 8, "s": 5})
    data["fractions"] = 2 / data["counts"]
    counts = design(data, fpc="counts").mean("hours").to_dataframe()
    pd.testing.assert_frame_equal(counts, design(data, fpc="fractions").mean("hours").to_dataframe())
    plain = design(data).mean("hours").to_dataframe()
    assert counts["se"][0] < plain["se"][0]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_every_kind_of_frame_gives_the_same(data, make):
    expected = design(data).mean(["hours", "sex"], by="stratum")
    found = design(make(data)).mean(["hours", "sex"], by="stratum")
    key = ["stratum", "variable", "category"]
    both = expected.to_dataframe().merge(found.to_dataframe(), on=key, suffixes=("", "_other"))
    kept = both[both["category"] != "x"]  # polars' categories are those that occur
    assert len(kept) >= 6
    np.testing.assert_allclose(kept["se"], kept["se_other"], rtol=1e-13)


def test_what_the_caller_does_later_changes_nothing(data):
    made = design(data)
    before = made.mean("hours").to_dataframe()
    data.loc[:, "hours"] = 0.0
    data.loc[:, "w"] = 1.0
    pd.testing.assert_frame_equal(before, made.mean("hours").to_dataframe())


def test_a_condition_keeps_the_units_outside(data):
    made = design(data)
    girls = made.mean("hours", where=lambda frame: frame["sex"] == "f").to_dataframe()
    pd.testing.assert_frame_equal(girls, made.subset(data["sex"] == "f").mean("hours").to_dataframe())
    domain = made.mean("hours", by="sex").to_dataframe().query("sex == 'f'")
    assert girls["se"][0] == pytest.approx(domain["se"].iloc[0], rel=1e-13)
    filtered = design(data[data["psu"] != 4], lonely_psu="certainty").mean("hours").to_dataframe()
    kept = made.mean("hours", where=data["psu"] != 4).to_dataframe()
    assert kept["estimate"][0] == pytest.approx(filtered["estimate"][0])
    assert kept["se"][0] > 1.05 * filtered["se"][0]  # a filtered file would forget the unit without rows


def test_empty_domains_are_kept_as_missing(data):
    table = design(data).mean("hours", by="sex").to_dataframe().set_index("sex")
    assert table.loc["x", "n"] == 0
    assert np.isnan(table.loc["x", ["estimate", "se", "ci_lower"]].to_numpy(dtype=float)).all()
    assert table.loc[["f", "m"], "estimate"].notna().all()


def test_missing_values(data):
    data.loc[2, "hours"] = np.nan
    made = design(data)
    with pytest.raises(DataError, match=r"missing(.|\n)*'hours'(.|\n)*how many: 1(.|\n)*row 2"):
        made.mean("hours")
    omitted = made.mean("hours", missing="omit").to_dataframe()
    assert omitted["n"][0] == 7
    other = made.mean(["hours", "works"], missing="omit").to_dataframe()
    assert other["n"].tolist() == [7, 7]  # listwise, as R's na.rm
    assert np.isnan(made.mean("hours", missing="propagate").to_dataframe()["estimate"][0])
    by_stratum = made.mean("hours", by="stratum", missing="propagate").to_dataframe()
    assert by_stratum["estimate"].isna().tolist() == [True, False]
    with pytest.raises(UnknownNameError, match="treatment of missing values"):
        made.mean("hours", missing="drop")


def test_missing_values_without_weight_do_not_matter(data):
    data.loc[2, ["hours", "w"]] = np.nan, 0.0
    assert np.isfinite(design(data).mean("hours").to_dataframe()["estimate"][0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": [np.nan, 1, 1, 1, 1, 1, 1, 1]}, r"weights are missing(.|\n)*'w'(.|\n)*how many: 1(.|\n)*row 0"),
        ({"w": [np.inf, 1, 1, 1, 1, 1, 1, 1]}, "weights are not finite"),
        ({"w": [-1.0, -2, 1, 1, 1, 1, 1, 1]}, r"weights are negative(.|\n)*how many: 2(.|\n)*row 0: -1.0; row 1: -2.0"),
        ({"w": [0.0] * 8}, "all weights are zero"),
        ({"w": list("abcdefgh")}, r"numbers are needed and the column holds labels(.|\n)*'w'"),
        ({"psu": [1, 1, 2, 2, 1, 1, 4, 4]}, r"more than one stratum(.|\n)*how many: 1(.|\n)*first: 1(.|\n)*nest=True"),
        ({"psu": [1, 1, None, 2, 3, 3, 4, 4]}, r"must not be missing(.|\n)*'psu'(.|\n)*row 2"),
        ({"stratum": ["n", None, "n", "n", "s", "s", "s", "s"]}, r"must not be missing(.|\n)*'stratum'"),
    ],
)
def test_bad_data_is_refused(data, change, message):
    with pytest.raises(DataError, match=message):
        design(data.assign(**change))


@pytest.mark.parametrize(
    ("fpc", "message"),
    [
        ([1.0, 1, 1, 1, 3, 3, 3, 3], r"smaller than the sample(.|\n)*how many: 1(.|\n)*1 for 2 sampled units"),
        ([8.0, 8, 9, 8, 5, 5, 5, 5], r"fpc varies within a stratum(.|\n)*row 2: 9.0 beside 8.0"),
        ([0.5, 8, 8, 8, 5, 5, 5, 5], "mixes population sizes"),
        ([0.0, 8, 8, 8, 5, 5, 5, 5], "above zero"),
    ],
)
def test_impossible_populations_are_refused(data, fpc, message):
    with pytest.raises(DataError, match=message):
        design(data.assign(fpc=fpc), fpc="fpc")


def test_unknown_columns_offer_the_nearest(data):
    with pytest.raises(UnknownNameError, match="did you mean 'hours'"):
        design(data).mean("hour")
    with pytest.raises(UnknownNameError, match="did you mean 'w'"):
        design(data, weights="W")
    with pytest.raises(UnknownNameError, match="did you mean 'stratum'"):
        design(data, strata="strata")


def test_arguments_that_contradict_one_another(data):
    with pytest.raises(InputError, match="not both"):
        design(data, probabilities="w")
    with pytest.raises(UnknownNameError, match="did you mean 'adjust'"):
        design(data, lonely_psu="adjusted")
    with pytest.raises(InputError, match="more stages"):
        design(data.assign(a=9, b=9), fpc=["a", "b"])
    with pytest.raises(InputError, match="two columns have one name"):
        SurveyDesign(pd.concat([data, data["w"]], axis=1), weights="w")
    with pytest.raises(InputError, match="no rows"):
        design(data.iloc[:0])
    with pytest.raises(InputError, match="must be a data frame"):
        SurveyDesign([1, 2, 3])
    with pytest.raises(InputError, match="stands twice"):
        design(data).mean("hours", by=["sex", "sex"])
    with pytest.raises(DataError, match="holds labels"):
        design(data).ratio("name", "hours")


def test_weights_of_half_precision(data):
    narrow = design(data.assign(w=data["w"].astype("float32"))).mean("hours").to_dataframe()
    np.testing.assert_allclose(narrow["se"], design(data).mean("hours").to_dataframe()["se"], rtol=1e-12)


def test_one_row_has_an_estimate_and_no_variance(data):
    made = SurveyDesign(data.iloc[:1], weights="w", lonely_psu="certainty")
    row = made.mean("hours").to_dataframe().iloc[0]
    assert (row["estimate"], row["df"]) == (5.0, 0)
    with pytest.raises(DataError, match="single sampling unit"):
        SurveyDesign(data.iloc[:1], weights="w").mean("hours")


def test_single_unit_strata_are_named_with_remedies(data):
    with pytest.raises(DataError, match=r"single sampling unit(.|\n)*how many: 1(.|\n)*first: s(.|\n)*Stata") as caught:
        design(data[data["psu"] != 4]).mean("hours")
    assert caught.value.count == 1
    assert any("Stata: scaled" in remedy for remedy in caught.value.remedies)


def test_columns_are_attached_by_order_and_by_key(data):
    made = design(data)
    shuffled = pd.DataFrame({"name": list("hgfedcba"), "score": np.arange(8.0)})
    attached = made.with_columns(shuffled, on="name").with_columns(double=lambda frame: 2 * frame["hours"])
    assert attached.data["score"].tolist() == [7.0, 6, 5, 4, 3, 2, 1, 0]
    assert attached.mean("double").to_dataframe()["estimate"][0] == pytest.approx(
        2 * made.mean("hours").to_dataframe()["estimate"][0]
    )
    assert "score" not in made.columns
    with pytest.raises(DataError, match="not among those to attach"):
        made.with_columns(shuffled.iloc[1:], on="name")
    with pytest.raises(DataError, match="keys stand twice"):
        made.with_columns(pd.concat([shuffled, shuffled.iloc[:1]]), on="name")
    with pytest.raises(DataError, match=r"expected: 8 rows"):
        made.with_columns(shuffled.iloc[:3].drop(columns="name"))


def test_an_indicator_is_attached_and_told(data):
    flagged = design(data).with_indicator(pd.DataFrame({"child_labour": data["hours"] > 10}))
    assert "true for 3 of 8 rows" in str(flagged.history[-1])
    assert flagged.proportion("child_labour").to_dataframe()["estimate"][0] == pytest.approx(42 / 120)


class MadeFlags:
    """As results of an indicator are."""

    definition_text = "hours above ten"
    notes = ("no child was left out",)

    def __init__(self, frame):
        self.frame = frame

    def to_dataframe(self):
        return self.frame


def test_estimates_carry_the_definition_of_the_flags_they_are_made_of(data):
    flags = MadeFlags(pd.DataFrame({"child_labour": data["hours"] > 10}))
    flagged = design(data).with_indicator(flags)
    for estimates in (
        flagged.proportion("child_labour"),
        flagged.mean("hours", by="child_labour"),
        flagged.to_replicates("JKn").proportion("child_labour"),
        flagged.quantile("child_labour", 0.5),
    ):
        assert estimates.data.attrs["definition"] == "hours above ten"
        assert estimates.data.attrs["definition_notes"] == ["no child was left out"]
    assert flagged.mean("hours").data.attrs["definition"] == ""
    assert "(definition hours above ten)" in str(flagged.history[-1])


def test_the_definition_is_that_of_the_step_that_set_the_column_last(data):
    flags = MadeFlags(pd.DataFrame({"child_labour": data["hours"] > 10}))
    flagged = design(data).with_indicator(flags).with_columns(child_labour=data["hours"] > 3)
    assert flagged.proportion("child_labour").data.attrs["definition"] == ""


def test_summary_and_history_tell_the_design(data):
    made = design(data[data["psu"] != 4]).subset(lambda frame: frame["hours"] > 0)
    text = repr(made.summary())
    assert "1 strata with a single sampling unit at stage 1: s" in text
    assert [step.name for step in made.history] == ["design", "subset"]
    assert "4 of 6 rows" in str(made.history[-1])
    weights = made.weights[made.weights > 0]
    expected = weights.size * (weights**2).sum() / weights.sum() ** 2
    assert made.summary().figures["design effect of weighting"] == pytest.approx(expected)


def test_degrees_of_freedom_of_design_and_domain(data):
    made = design(data)
    whole = made.mean("hours", by="stratum").to_dataframe()
    own = made.mean("hours", by="stratum", df="domain").to_dataframe()
    assert whole["df"].tolist() == [2, 2]
    assert own["df"].tolist() == [1, 1]
    assert made.mean("hours", df=7).to_dataframe()["df"].tolist() == [7]
    assert made.degrees_of_freedom("works") == 2
    with pytest.raises(InputError, match="degrees of freedom"):
        made.mean("hours", df="units")


def test_standardised_means_are_fixed_mixtures_of_group_means(data):
    made = design(data.assign(sex=data["sex"].astype(str)))
    standard = {"f": 30.0, "m": 10.0}
    found = made.standardised_mean("hours", over="sex", standard=standard).to_dataframe().iloc[0]
    groups = made.mean("hours", by="sex")
    share = np.array([0.75, 0.25])
    assert found["estimate"] == pytest.approx(share @ groups.to_dataframe()["estimate"].to_numpy(), rel=1e-13)
    assert found["se"] ** 2 == pytest.approx(share @ groups.covariance().to_numpy() @ share, rel=1e-12)
    with pytest.raises(InputError, match="different groups"):
        made.standardised_mean("hours", over="sex", standard={"f": 1.0, "boys": 1.0})


def test_proportions_of_whole_numbers_and_fractions(data):
    made = design(data)
    table = made.proportion("psu").to_dataframe()
    assert table["category"].tolist() == [1, 2, 3, 4]
    assert table["estimate"].sum() == pytest.approx(1.0)
    with pytest.raises(InputError, match="holds other numbers"):
        design(data.assign(hours=data["hours"] + 0.5)).proportion("hours")


def test_rates_are_proportions_times_a_thousand(data):
    made = design(data)
    rate, share = (getattr(made, name)("works").to_dataframe().iloc[0] for name in ("rate_per_thousand", "proportion"))
    for name in ("estimate", "se", "ci_lower", "ci_upper"):
        assert rate[name] == pytest.approx(1000 * share[name], rel=1e-12)
    assert rate["deff"] == pytest.approx(share["deff"], rel=1e-12)


def test_pandas_objects_in_another_order_are_refused(data):
    made = design(data)
    shuffled = data.sample(frac=1.0, random_state=1)
    for attempt in (
        lambda: made.mean("hours", where=shuffled["works"]),
        lambda: made.subset(shuffled["works"]),
        lambda: made.with_columns(other=shuffled["hours"]),
        lambda: made.with_columns(shuffled[["hours"]]),
        lambda: made.multiplicity(shuffled["hours"] + 1),
        lambda: made.adjust_nonresponse(shuffled["works"]),
    ):
        with pytest.raises(DataError, match=r"another order than the data(.|\n)*\.loc\[data\.index\]"):
            attempt()
    named = data.set_index(pd.Index(list("stuvwxyz")))
    aligned = design(named).mean("hours", where=named["works"]).to_dataframe()
    by_position = design(named).mean("hours", where=data["works"].to_numpy()).to_dataframe()
    pd.testing.assert_frame_equal(aligned, by_position)


def test_expressions_of_polars_are_conditions(data):
    made = design(pl.from_pandas(data))
    found = made.mean("hours", where=pl.col("hours") > 0).to_dataframe()
    pd.testing.assert_frame_equal(found, design(data).mean("hours", where=data["hours"] > 0).to_dataframe())
    assert made.with_columns(late=pl.col("hours") > 20).total("late").to_dataframe()["estimate"][0] == 30.0


def test_values_where_names_belong(data):
    for attempt in (
        lambda: SurveyDesign(data, weights=data["w"]),
        lambda: SurveyDesign(data, weights="w", strata=data["stratum"]),
        lambda: design(data).mean(data["hours"]),
    ):
        with pytest.raises(InputError, match="name"):
            attempt()
    with pytest.raises(InputError, match="a condition is the name of a column"):
        design(data).mean("hours", where="hours > 3")
    with pytest.raises(InputError, match="truth values, and the column holds labels"):
        design(data).mean("hours", where="sex")
    with pytest.raises(UnknownNameError, match='it is called "adjust" here'):
        design(data, lonely_psu="centered")


def test_age_bands_come_in_the_order_of_age():
    bands = pd.DataFrame({"w": [1.0] * 4, "age": ["12-14", "5-11", "15-17", "5-11"], "y": [1.0, 2, 3, 4]})
    table = SurveyDesign(bands, weights="w").mean("y", by="age").to_dataframe()
    assert table["age"].tolist() == ["5-11", "12-14", "15-17"]


def test_missing_values_of_nonrespondents_spoil_no_replicate(data):
    data["responded"] = [True, True, True, False, True, True, True, True]
    data.loc[3, "hours"] = np.nan
    replicates = design(data).to_replicates("JKn").adjust_nonresponse("responded")
    filled = design(data.fillna({"hours": 0.0})).to_replicates("JKn").adjust_nonresponse("responded")
    found = replicates.mean("hours").to_dataframe()
    assert np.isfinite(found["se"][0])
    pd.testing.assert_frame_equal(found, filled.mean("hours").to_dataframe())


def test_a_domain_column_called_as_a_result_is_refused(data):
    with pytest.raises(DataError, match=r"names that the table of estimates needs(.|\n)*estimate"):
        design(data.assign(estimate=data["stratum"])).mean("hours", by="estimate")


def test_equal_values_have_no_design_effect(data):
    table = design(data.assign(all=True, none=False, flat=7.1)).mean(["all", "none", "flat"], by="stratum")
    assert table.to_dataframe()["deff"].isna().all()


def test_narrow_whole_numbers_are_labels_like_others():
    labels = np.arange(-100, 101, dtype="int8")
    frame = pd.DataFrame({"s": np.r_[labels, labels], "w": 1.0, "y": np.r_[labels, labels].astype(float)})
    made = SurveyDesign(frame, strata="s", weights="w")
    assert made.degrees_of_freedom() == 201
    assert made.total("y").to_dataframe()["se"][0] == 0.0
    assert len(made.mean("y", by="s", covariance=False)) == 201


def test_domains_far_from_one_another_keep_their_digits():
    rng = np.random.default_rng(5)
    small, large = rng.normal(30.0, 17.0, 400), rng.normal(2e9, 17.0, 400)
    frame = pd.DataFrame({"w": rng.uniform(5.0, 9.0, 800), "y": np.r_[small, large], "g": ["a"] * 400 + ["b"] * 400})
    made = SurveyDesign(frame, weights="w")
    alone = SurveyDesign(frame[:400], weights="w")
    for estimand in ("variance", "mean"):
        together = getattr(made, estimand)("y", by="g").to_dataframe().iloc[0]
        apart = getattr(alone, estimand)("y").to_dataframe().iloc[0]
        assert together["estimate"] == pytest.approx(apart["estimate"], rel=1e-10)
        if estimand == "mean":
            assert together["n_effective"] == pytest.approx(apart["n_effective"] * 800 / 800, rel=5e-3)
            assert together["deff"] == pytest.approx(apart["deff"], rel=5e-3)
        else:
            assert together["se"] == pytest.approx(apart["se"], rel=5e-3)  # units outside count in the variance


def test_effective_size_of_a_proportion(data):
    row = design(data).proportion("works").to_dataframe().iloc[0]
    p = row["estimate"]
    assert row["n_effective"] == pytest.approx(p * (1 - p) / row["se"] ** 2, rel=1e-12)


def test_weights_of_no_population_have_no_design_effect_without_replacement(data):
    made = design(data).normalise()
    assert np.isinf(made.mean("hours").to_dataframe()["deff"][0])  # as R: a census has no variance to compare with
    assert np.isnan(design(data).normalise(to=6).mean("hours").to_dataframe()["deff"][0])
    assert made.mean("hours", deff="srswr").to_dataframe()["deff"][0] == pytest.approx(
        design(data).mean("hours", deff="srswr").to_dataframe()["deff"][0]
    )


def test_no_average_where_every_stratum_is_single():
    frame = pd.DataFrame({"s": [1, 2, 3], "w": [1.0, 2, 3], "y": [1.0, 5, 2]})
    made = SurveyDesign(frame, strata="s", weights="w", lonely_psu="average")
    assert np.isnan(made.mean("y").to_dataframe()["se"][0])


def test_a_group_without_a_share_is_not_needed(data):
    made = design(data)
    with_nobody = made.standardised_mean("hours", over="sex", standard={"f": 3, "m": 1, "x": 0}).to_dataframe()
    plain = design(data.assign(sex=data["sex"].astype(str)))
    expected = plain.standardised_mean("hours", over="sex", standard={"f": 3, "m": 1}).to_dataframe()
    np.testing.assert_allclose(with_nobody[["estimate", "se"]], expected[["estimate", "se"]], rtol=1e-12)


def test_a_total_of_nobody_is_missing(data):
    table = design(data).total("hours", by="sex").to_dataframe().set_index("sex")
    assert np.isnan(table.loc["x", ["estimate", "se"]].to_numpy(dtype=float)).all()
    assert table.loc["x", "n"] == 0


def test_infinite_values_are_named(data):
    with pytest.raises(DataError, match=r"values are infinite(.|\n)*'hours'(.|\n)*row 1"):
        design(data.assign(hours=[1.0, np.inf, 1, 1, 1, 1, 1, 1])).mean("hours")


def test_joint_probabilities_follow_the_rows_whatever_the_labels():
    rng = np.random.default_rng(3)
    own = np.array([0.5, 0.4, 0.6, 0.5])
    joint = np.outer(own, own) * 0.9
    np.fill_diagonal(joint, own)
    frame = pd.DataFrame({"p": own, "y": rng.normal(9.0, 2.0, 4), "id": ["d", "b", "a", "c"]})
    by_row = SurveyDesign(frame, probabilities="p", pps=joint).total("y").covariance().to_numpy()
    by_unit = SurveyDesign(frame, probabilities="p", psu="id", pps=joint).total("y").covariance().to_numpy()
    np.testing.assert_allclose(by_unit, by_row, rtol=1e-12)


def test_equal_probabilities_of_a_half_are_simple_random_sampling():
    frame = pd.DataFrame({"p": 0.5, "y": [1.0, 4, 2, 8, 5, 7, 1, 3], "N": 16})
    simple = SurveyDesign(frame, fpc="N").total("y").to_dataframe()["se"][0]
    for form in ("brewer", "overton", "hartley_rao"):
        for variance in ("HT", "YG"):
            if form == "brewer" and variance == "YG":
                continue
            found = SurveyDesign(frame, probabilities="p", pps=form, pps_variance=variance).total("y")
            assert found.to_dataframe()["se"][0] == pytest.approx(simple, rel=1e-9), (form, variance)


KINDS = {"pandas": lambda data: data, "polars": pl.from_pandas, "arrow": pa.Table.from_pandas}


@pytest.mark.parametrize(
    "values",
    [
        [5, 0, 12.0, 30, 7, 0, 0, 41],
        [5, None, 12.5, 30, np.nan, 0, pd.NA, 41],
        [Decimal("5"), 0.5, Fraction(25, 2), 30, None, 0, np.int8(0), np.float32(41)],
        [True, False, True, None, True, False, False, True],
    ],
)
def test_numbers_held_as_objects_are_numbers(data, values):
    plain = [np.nan if pd.isna(one) else float(one) for one in values]
    expected = design(data.assign(hours=plain)).mean("hours", missing="omit").to_dataframe()
    objects = data.assign(hours=pd.Series(values, dtype=object))
    attached = design(data.drop(columns="hours")).with_columns(hours=pd.Series(values, dtype=object))
    for made in (design(objects), attached):
        pd.testing.assert_frame_equal(made.mean("hours", missing="omit").to_dataframe(), expected)
    late = pd.concat([data.assign(hours=pd.Series([None] * 8, dtype=object))] * 20 + [objects], ignore_index=True)
    assert design(late, psu=None).total("hours", missing="omit").to_dataframe()["n"].sum() == np.isfinite(plain).sum()


def test_numbers_held_as_objects_by_polars_are_numbers(data):
    frame = pl.from_pandas(data).with_columns(pl.Series("hours", [5, 0.0, 12, 30, 7, 0, 0, 41], dtype=pl.Object))
    pd.testing.assert_frame_equal(design(frame).mean("hours").to_dataframe(), design(data).mean("hours").to_dataframe())
    labels = pl.from_pandas(data).with_columns(pl.Series("sex", list("fmfmfmff"), dtype=pl.Object))
    assert design(labels).mean("hours", by="sex").to_dataframe()["sex"].tolist() == ["f", "m"]


def test_columns_of_several_kinds_are_refused(data):
    mixed = data.assign(hours=pd.Series([5, 0, "many", 30, 7, None, True, 41], dtype=object))
    with pytest.raises(DataError, match=r"mixes kinds(.|\n)*row 2: 'many' \(word\); row 6: True") as caught:
        design(mixed).mean("hours")
    assert caught.value.count == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.arange(8) + 1j, r"neither numbers nor labels(.|\n)*complex128"),
        (pd.Series([1 + 1j] * 8, dtype=object), r"neither numbers nor labels(.|\n)*complex"),
        ([[1, 2]] * 8, r"neither numbers nor labels(.|\n)*list"),
        ([{"a": 1}] * 8, "neither numbers nor labels"),
        ([{1}] * 8, "neither numbers nor labels"),
        (pd.period_range("2020", periods=8, freq="M"), r"neither numbers nor labels(.|\n)*period"),
        (pd.interval_range(0, 8), r"neither numbers nor labels(.|\n)*interval"),
        (pd.Series([2**70 + k for k in range(8)], dtype=object), r"too large(.|\n)*as"),
    ],
)
def test_columns_that_hold_neither_numbers_nor_labels_are_refused(data, values, words):
    made = design(data.assign(odd=values))
    for attempt in (
        lambda: made.mean("odd"),
        lambda: made.proportion("odd"),
        lambda: made.mean("hours", by="odd"),
        lambda: design(data.assign(odd=values), psu="odd"),
        lambda: design(data.assign(odd=values), weights="odd"),
        lambda: made.select_one("odd"),
    ):
        with pytest.raises(DataError, match=words):
            attempt()


@pytest.mark.parametrize("kind", KINDS)
def test_dates_are_neither_numbers_nor_categories(data, kind):
    days = [datetime.date(2020, 1, day) for day in range(1, 9)]
    for values in (pd.date_range("2020-01-01", periods=8), pd.Series(days, dtype=object), pd.to_timedelta(range(8))):
        made = design(KINDS[kind](data.assign(day=values)))
        for estimand in ("mean", "total", "proportion"):
            with pytest.raises(DataError, match=r"dates and times(.|\n)*'day'"):
                getattr(made, estimand)("day")
        assert len(made.mean("hours", by="day")) == 8  # as domains they are labels like others


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_subset_has_a_summary_and_cells_of_nobody(data, kind):
    nobody = design(KINDS[kind](data)).subset(np.zeros(8, dtype=bool))
    summary = nobody.summary()
    assert summary.figures["rows with a weight"] == 0
    assert np.isnan(summary.figures["median weight"])
    assert "the subset is empty" in repr(summary)
    for estimates in (
        nobody.mean("hours", by="stratum"),
        nobody.total("hours", by="stratum"),
        nobody.proportion("works", by="stratum"),
        nobody.ratio("hours", "w", by="stratum"),
        nobody.variance("hours", by="stratum"),
        nobody.quantile("hours", by="stratum"),
    ):
        table = estimates.to_dataframe()
        assert table["stratum"].tolist() == ["n", "s"]
        assert table["n"].tolist() == [0, 0]
        assert table[["estimate", "se", "ci_lower", "ci_upper"]].isna().all().all()


@pytest.mark.parametrize("missing", ["omit", "propagate"])
def test_a_domain_column_without_any_value_is_refused(data, missing):
    for nothing in ([None] * 8, [np.nan] * 8):
        with pytest.raises(DataError, match=r"no value at all(.|\n)*'area', for by"):
            design(data.assign(area=nothing)).mean("hours", by="area", missing=missing)


@pytest.mark.parametrize("argument", ["strata", "psu", "fpc"])
@pytest.mark.parametrize("given", [3, 10.5, [["psu"]], [3]])
def test_stages_are_named_by_words(data, argument, given):
    with pytest.raises(InputError, match=f"{argument} wants"):
        design(data, **{argument: given})


@pytest.mark.parametrize("given", [3, None, [["hours"]], [3], {1: 2}])
def test_variables_and_domains_are_named_by_words(data, given):
    made = design(data)
    for attempt in (lambda: made.mean(given), lambda: made.ratio("hours", given), lambda: made.quantile(given)):
        with pytest.raises(InputError, match="wants"):
            attempt()
    for attempt in (
        lambda: made.mean("hours", by=given),
        lambda: made.normalise(by=given),
        lambda: made.with_columns(data, on=given),
        lambda: made.adjust_nonresponse("works", by=given),
    ):
        if given is not None:
            with pytest.raises(InputError, match="wants"):
                attempt()


@pytest.mark.parametrize("df", [-1, 0, np.nan, None, True, "units", [3, 4], np.array([3.0, 4.0])])
def test_degrees_of_freedom_are_one_number(data, df):
    for estimand in ("mean", "quantile"):
        with pytest.raises(InputError, match="degrees of freedom"):
            getattr(design(data), estimand)("hours", df=df)


@pytest.mark.parametrize("where", [[1 + 1j] * 8, ["1"] * 8, [b"1"] * 8, [1, 0, "1", 0, 1, 0, 1, 0], [2] * 8])
def test_conditions_are_truth_values(data, where):
    with pytest.raises(InputError, match="truth values"):
        design(data).mean("hours", where=where)
    with pytest.raises(InputError, match="truth values"):
        design(data).subset(np.array(where, dtype=object))


def test_conditions_with_missing_values_of_pandas(data):
    with pytest.raises(DataError, match=r"missing for some rows(.|\n)*row 7"):
        design(data).mean("hours", where=pd.array([True] * 7 + [None], dtype="boolean"))


@pytest.mark.parametrize("kind", KINDS)
def test_truth_values_are_no_weights(data, kind):
    for argument in ("weights", "probabilities", "fpc"):
        changes = {"weights": None, argument: "works"}
        with pytest.raises(DataError, match=rf"truth values(.|\n)*'works', for {argument}"):
            design(KINDS[kind](data), **changes)


def test_words_are_no_truth_values(data):
    with pytest.raises(InputError, match=r"True or False(.|\n)*nest(.|\n)*'no'"):
        design(data, nest="no")
    with pytest.raises(InputError, match=r"True or False(.|\n)*adjust_domain_lonely"):
        design(data, adjust_domain_lonely="FALSE")
    with pytest.raises(InputError, match="True or False"):
        design(data).with_lonely_psu("adjust", adjust_domain_lonely=0)
    with pytest.raises(InputError, match="survey is a name"):
        design(data, survey=2024)


def test_joint_probabilities_are_numbers(data):
    for given in (["brewer"], np.ones((8, 8), dtype=complex), np.full((8, 8), "a")):
        with pytest.raises(InputError, match=r"matrix of numbers(.|\n)*'brewer'"):
            design(data, pps=given)


def test_columns_without_names_in_words(data):
    numbered = data.set_axis(range(data.shape[1]), axis=1)
    with pytest.raises(UnknownNameError, match=r"unknown column for weights 'w'(.|\n)*rename\(columns=str\)"):
        SurveyDesign(numbered, weights="w")
    several = data.rename(columns={"name": 7})
    assert design(several).mean("hours").to_dataframe()["n"][0] == 8
    with pytest.raises(UnknownNameError, match="did you mean 'hours'"):
        design(several).mean("hour")


def test_a_query_that_has_not_been_run_is_refused(data):
    with pytest.raises(InputError, match=r"not been run(.|\n)*collect\(\)"):
        design(pl.from_pandas(data).lazy())


def test_labels_beyond_signed_numbers(data):
    labels = np.array([1, 1, 2, 2, 3, 3, 4, 4], dtype="uint64") + np.uint64(2**63)
    made = design(data.assign(psu=labels))
    pd.testing.assert_frame_equal(made.mean("hours").to_dataframe(), design(data).mean("hours").to_dataframe())
    assert made.mean("hours", by="psu").to_dataframe()["psu"].tolist() == [2**63 + k for k in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("standard", "words"),
    [
        (None, "a mapping"),
        (3, "a mapping"),
        ([1, 2], "a mapping"),
        ({"f": 1, "m": "many", "x": None}, r"numbers(.|\n)*how many: 2(.|\n)*m: 'many'; x: None"),
        ({"f": 1, "m": 1 + 1j, "x": 1}, "are numbers"),
    ],
)
def test_a_standard_population_is_numbers_of_groups(data, standard, words):
    with pytest.raises(InputError, match=words):
        design(data).standardised_mean("hours", over="sex", standard=standard)


def test_a_standard_population_may_be_a_series(data):
    made = design(data)
    persons = {"f": 3, "m": 1, "x": 0}
    pd.testing.assert_frame_equal(
        made.standardised_mean("hours", over="sex", standard=pd.Series(persons)).to_dataframe(),
        made.standardised_mean("hours", over="sex", standard=persons).to_dataframe(),
    )


def test_contrasts_are_of_estimates(data):
    with pytest.raises(InputError, match=r"of estimates(.|\n)*DataFrame"):
        design(data).contrast(design(data).mean("hours").to_dataframe(), [1])


def test_no_module_of_the_survey_core_uses_what_is_private_to_another():
    for path in sorted(Path(target87.__file__).parent.joinpath("survey").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported = [alias for node in imports for alias in node.names]
        assert not [alias.name for alias in imported if alias.name.startswith("_")], path.name
        modules = {
            alias.asname or alias.name
            for node in imports
            for alias in node.names
            if node.module == "target87.survey" or (node.module or "").startswith("target87.kernels")
        }
        used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
        private = [f"{node.value.id}.{node.attr}" for node in used if node.attr.startswith("_")]
        assert not [one for one in private if one.split(".")[0] in modules], path.name


def test_the_changelog_names_every_step_and_estimand():
    text = Path(__file__).parents[2].joinpath("CHANGELOG.md").read_text(encoding="utf-8")
    for kind in (SurveyDesign, ReplicateDesign):
        public = [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))]
        assert [name for name in public if f"`{name}" not in text and f".{name}" not in text] == []


@pytest.mark.parametrize("covariance", ["x", 1, np.eye(2)])
def test_covariance_is_wanted_or_not(data, covariance):
    for call in (
        lambda d: d.mean("hours", covariance=covariance),
        lambda d: d.quantile("hours", covariance=covariance),
    ):
        with pytest.raises(InputError, match="True or False") as caught:
            call(design(data))
        assert caught.value.where == "covariance"
