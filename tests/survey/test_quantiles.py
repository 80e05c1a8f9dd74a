"""Oracles: R's survey 4.5 (``svyquantile``, its rules and intervals), Cramér's law of order statistics, plain loops.

Blocks of the reference file are asserted in ``tests/reference``; here are the edges they do not reach.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.design import SurveyDesign
from target87.survey.quantile_intervals import INTERVALS
from target87.survey.quantiles import quantile
from tests.reference.survey.data import frame

NAN = np.nan
COLUMNS = ["estimate", "ci_lower", "ci_upper", "se"]


@pytest.fixture
def data():
    return pd.DataFrame(
        {
            "y": [3.0, 8, 12, 20, 41, 5, 5, 9, 30, 17, 2, 26],
            "w": [1.0, 2, 1, 4, 2, 3, 1, 2, 5, 1, 2, 3],
            "psu": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
            "g": list("ab" * 6),
        }
    )


def design(data, **changes):
    return SurveyDesign(data, **({"weights": "w", "psu": "psu"} | changes))


def numbers(estimates):
    return estimates.to_dataframe()[COLUMNS].to_numpy()


# svyquantile(~y, svydesign(id = ~psu, weights = ~w, data), c(.05, .25, .5, .95), interval.type, qrule) of survey 4.5
R_SURVEY = {
    ("mean", "math"): [[2, NAN, 8, NAN], [5, NAN, 20, NAN], [20, 5, NAN, NAN], [41, 41, 41, 0]],
    ("mean", "school"): [[2.5, NAN, 8, NAN], [5, NAN, 20, NAN], [20, 5, NAN, NAN], [41, 41, 41, 0]],
    ("mean", "hf5"): [
        [2.23333333333333, NAN, 6.11595637107047, NAN],
        [5.5, NAN, 19.71356639649453, NAN],
        [18.2, 4.20087988224084, 29.79912011775916, 4.97907514179213],
        [39.9, 27.44202181446476, NAN, NAN],
    ],
    ("beta", "school"): [
        [2.5, 2.5, 12, 1.84783068725925],
        [5, 2.5, 20, 3.40389863442494],
        [20, 5, 41, 7.00230576224559],
        [41, NAN, NAN, NAN],
    ],
    ("beta", "hf5"): [
        [2.23333333333333, 2, 11.9906068303025, 1.94325788267103],
        [5.5, 2.3289413591531, 21.7105655459317, 3.76989052013218],
        [18.2, 5, 29.0197050670098, 4.67203664439339],
        [39.9, 20.8651941454550, 41, 3.91639075158268],
    ],
    ("xlogit", "math"): [
        [2, 2, 20, 3.50115288112279],
        [5, 2, 20, 3.50115288112279],
        [20, 5, 30, 4.86271233489277],
        [41, NAN, NAN, NAN],
    ],
    ("xlogit", "hf5"): [
        [2.23333333333333, 2, 19.8593545737045, 3.47379615115106],
        [5.5, 2.64107258999109, 22.5165734558257, 3.86595372889864],
        [18.2, 5, 28.7421887370949, 4.61805736116895],
        [39.9, 15.0860226095646, 41, 5.0404887001041],
    ],
    ("asin", "hf3"): [
        [3, 3, 9, 1.16705096037426],
        [5, 3, 20, 3.30664438772708],
        [20, 5, 41, 7.00230576224559],
        [41, NAN, NAN, NAN],
    ],
    ("asin", "hf5"): [
        [2.23333333333333, 2, 8.72814290615798, 1.30868094002783],
        [5.5, 2.08824788018766, 20.96948524288986, 3.67256103286601],
        [18.2, 5, 29.19418898276682, 4.70597524796908],
        [39.9, 24.36065289317265, 41, 3.23649433683727],
    ],
}


@pytest.mark.parametrize(("interval", "rule"), R_SURVEY)
def test_small_samples_as_in_r(data, interval, rule):
    got = design(data).quantile("y", [0.05, 0.25, 0.5, 0.95], interval=interval, rule=rule)
    np.testing.assert_allclose(numbers(got), R_SURVEY[interval, rule], rtol=1e-12)


def test_domain_degrees_of_freedom_and_normal_limits_as_in_r(data):
    # subset(design, g == "a") with interval.type = "beta"; and df = Inf, alpha = 0.1
    part = design(data).quantile("y", [0.25, 0.5], where=data["g"] == "a", interval="beta", df="domain")
    np.testing.assert_allclose(numbers(part), [[3, 2, 30, 5.4462378150799], [30, 5, 41, 7.00230576224559]], rtol=1e-12)
    normal = design(data).quantile("y", df=np.inf, level=0.9)
    np.testing.assert_allclose(numbers(normal), [[20, 9, 30, 6.38354673507358]], rtol=1e-12)


def schools(name):
    made = {
        "dstrat": ("apistrat", {"strata": "stype", "fpc": "fpc"}),
        "dclus1": ("apiclus1", {"psu": "dnum", "fpc": "fpc"}),
        "dclus2": ("apiclus2", {"psu": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}),
    }
    table, arguments = made[name]
    return SurveyDesign(frame(table), weights="pw", **arguments)


# svyby(~api00, ~stype, design, svyquantile, quantiles = 0.5, ci = TRUE), stype E, H, M
SVYBY = {
    "dstrat": [[671, 20.6630630623429], [635, 19.6558950718498], [648, 18.6606598783384]],
    "dclus1": [[652, 36.3672529484616], [608, 59.4174740047434], [642, 43.6168320171695]],
    "dclus2": [[690, 55.8495788669175], [627, 20.8297782257586], [596, 81.0177188011196]],
}


@pytest.mark.parametrize("name", SVYBY)
def test_domain_medians_as_svyby(name):
    table = schools(name).quantile("api00", by="stype", df="domain").to_dataframe()
    assert table["stype"].tolist() == ["E", "H", "M"]
    np.testing.assert_allclose(table[["estimate", "se"]], SVYBY[name], rtol=1e-12)


@pytest.mark.parametrize("interval", [one for one in INTERVALS if one != "quantile"])
def test_all_domains_at_once_are_each_by_itself(interval):
    sample = schools("dclus2").with_columns(twice=2.0 * frame("apiclus2")["api99"].to_numpy())
    levels = [0.2, 0.5, 0.7]
    table = sample.quantile(["api00", "twice"], levels, by="stype", interval=interval, rule="hf7").to_dataframe()
    for place, (kind, name, level) in enumerate(table[["stype", "variable", "quantile"]].itertuples(index=False)):
        alone = sample.quantile(
            name, level, where=frame("apiclus2")["stype"] == kind, interval=interval, rule="hf7", df=39.0
        )
        np.testing.assert_allclose(table.loc[place, COLUMNS].astype(float), numbers(alone)[0], rtol=1e-12)


# roots of the score equation by uniroot in R, as svyquantile(interval.type = "score") finds them, before it goes on
FRANCISCO_FULLER = {
    ("dstrat", "api00", 0.1): [476.9996, 521.9997],
    ("dstrat", "api00", 0.5): [638.0002, 681.0003],
    ("dstrat", "enroll", 0.5): [422.9999, 514.9996],
    ("dstrat", "enroll", 0.9): [1033, 1345],
    ("dclus1", "api00", 0.25): [512.0003, 638.9998],
    ("dclus1", "enroll", 0.9): [636.9997, 1344],
    ("dclus2", "api00", 0.5): [579.9997, 768.9993],
    ("dclus2", "api00", 0.9): [795.0007, 901.0002],
}


@pytest.mark.parametrize(("name", "variable", "level"), FRANCISCO_FULLER)
def test_score_equation_is_solved_as_by_uniroot(name, variable, level):
    row = schools(name).quantile(variable, level, interval="francisco_fuller", missing="omit").to_dataframe().iloc[0]
    # uniroot stops within 1 / (100 sqrt(n)) of a jump, and values are whole numbers
    np.testing.assert_allclose(
        row[["ci_lower", "ci_upper"]].astype(float), FRANCISCO_FULLER[name, variable, level], atol=2e-3
    )
    assert row["ci_lower"] <= row["estimate"] <= row["ci_upper"]


def test_r_score_interval_may_leave_the_estimate_out():
    row = schools("dstrat").quantile("enroll", 0.75, interval="score").to_dataframe().iloc[0]
    assert (row["estimate"], row["ci_lower"], row["ci_upper"]) == (660, 492, 583)  # block b.dstrat.quantile.score


def bootstrap(data):
    return design(data).to_replicates("bootstrap", replicates=200, rng=1)


def test_replicates_own_quantiles_in_plain_loops(data):
    sample = bootstrap(data)
    got = sample.quantile("y", [0.3, 0.6], by="g", interval="quantile", level=0.9)
    weights, expected = sample.replicate_weights(), []
    for level in (0.3, 0.6):
        for group in "ab":
            rows = (data["g"] == group).to_numpy()
            value = data["y"].to_numpy()[rows]
            each = [np.quantile(value, level, weights=one, method="inverted_cdf") for one in weights[rows].T]
            expected.append(each)
    covariance = np.cov(expected) * (sample.scale * 199)
    np.testing.assert_allclose(got.covariance().to_numpy(), covariance, rtol=1e-10)
    table = got.to_dataframe()
    reach = student.ppf(0.95, table["df"]) * np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(table["ci_upper"], table["estimate"] + reach, rtol=1e-10)
    np.testing.assert_allclose(table["ci_lower"], table["estimate"] - reach, rtol=1e-10)
    alone = quantile(sample, "y", [0.3, 0.6], by="g", interval="quantile", covariance=False)
    np.testing.assert_allclose(alone.to_dataframe()["se"] ** 2, np.diag(covariance), rtol=1e-10)


def test_replicates_serve_every_interval(data):
    sample = bootstrap(data)
    for interval in INTERVALS:
        table = sample.quantile("y", by="g", interval=interval).to_dataframe()
        np.testing.assert_array_equal(table["estimate"], numbers(design(data).quantile("y", by="g"))[:, 0])
        assert (table["ci_lower"].isna() | (table["ci_lower"] <= table["estimate"])).all()


def test_woodruff_in_plain_loops(data):
    weight, value = data["w"].to_numpy(), data["y"].to_numpy()
    for level in (0.3, 0.4, 0.6):
        middle = np.quantile(value, level, weights=weight, method="inverted_cdf")
        share = weight[value <= middle].sum() / weight.sum()
        score = weight * ((value <= middle) - share) / weight.sum()
        units = [score[data["psu"] == unit].sum() for unit in range(1, 7)]
        half = student.ppf(0.95, 5) * np.sqrt(6 / 5 * sum((one - sum(units) / 6) ** 2 for one in units))
        low, high = np.quantile(value, [share - half, share + half], weights=weight, method="inverted_cdf")
        got = numbers(design(data).quantile("y", level, level=0.9))[0]
        np.testing.assert_allclose(got, [middle, low, high, (high - low) / 2 / student.ppf(0.95, 5)], rtol=1e-12)


def test_covariances_follow_the_law_of_order_statistics():
    # of a simple random sample: correlation sqrt(p (1 - q) / (q (1 - p))), Cramer (1946), section 28.5
    rows = pd.DataFrame({"y": np.random.default_rng(1).permutation(1000.0 * np.arange(1, 401)), "w": 1.0})
    found = SurveyDesign(rows, weights="w").quantile("y", [0.25, 0.5, 0.75])
    covariance, se = found.covariance().to_numpy(), found.to_dataframe()["se"].to_numpy()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), se, rtol=1e-13)
    correlation = covariance / np.outer(se, se)
    expected = [np.sqrt(0.25 * 0.5 / (0.5 * 0.75)), np.sqrt(0.25 * 0.25 / (0.75 * 0.75))]
    np.testing.assert_allclose(correlation[0, 1:], expected, rtol=1e-10)


def test_covariances_between_domains_and_variables():
    sample = schools("dstrat").with_columns(again=frame("apistrat")["api00"].to_numpy())
    found = sample.quantile(["api00", "again"], by="stype")
    covariance, se = found.covariance().to_numpy(), found.to_dataframe()["se"].to_numpy()
    correlation = covariance / np.outer(se, se)
    # strata are independent; a variable and its copy are one
    np.testing.assert_allclose(correlation, np.tile(np.eye(3), (2, 2)), atol=1e-12)


def test_covariances_only_when_asked_beyond_500_cells(data):
    few = quantile(design(data), "y", by="g", covariance=False)
    np.testing.assert_array_equal(numbers(few), numbers(quantile(design(data), "y", by="g")))
    assert "covariance" not in few.data
    many = quantile(design(data), "y", np.linspace(0.0, 1.0, 501))
    assert "covariance" not in many.data


@pytest.mark.parametrize("interval", [one for one in INTERVALS if one != "quantile"])
@settings(derandomize=True, max_examples=10, deadline=None)
@given(
    factor=st.sampled_from([0.1, 1 / 3, 33.847, 1e6]),
    shuffled=st.permutations(range(12)),
    slope=st.sampled_from([0.5, 8.0]),
)
def test_what_must_not_matter(interval, factor, shuffled, slope):
    y = np.array([3.0, 8, 12, 20, 41, 5, 6, 9, 30, 17, 2, 26])
    rows = pd.DataFrame({"y": y, "w": [1.0, 2, 1, 4, 2, 3, 1, 2, 5, 1, 2, 3], "psu": np.repeat(np.arange(6), 2)})
    changed = rows.assign(w=factor * rows["w"], y=slope * rows["y"] + 16.0).iloc[list(shuffled)].reset_index(drop=True)
    levels = [0.1, 0.25, 0.5, 0.75]
    for rule in ("math", "school", "hf6"):
        before = numbers(design(rows).quantile("y", levels, interval=interval, rule=rule))
        after = numbers(design(changed).quantile("y", levels, interval=interval, rule=rule))
        before[:, :3] = slope * before[:, :3] + 16.0
        before[:, 3] *= slope
        np.testing.assert_allclose(after, before, rtol=1e-9)


def test_missing_values(data):
    data.loc[[0, 4], "y"] = np.nan
    sample = design(data)
    with pytest.raises(DataError, match="missing") as caught:
        sample.quantile("y", by="g")
    assert caught.value.count == 2
    omitted = sample.quantile("y", by="g", missing="omit", df=5.0)
    np.testing.assert_array_equal(
        numbers(omitted)[0], numbers(sample.quantile("y", where=(data["g"] == "a") & data["y"].notna(), df=5.0))[0]
    )
    assert omitted.to_dataframe()["n"].tolist() == [4, 6]
    spread = numbers(sample.quantile("y", by="g", missing="propagate"))
    assert np.isnan(spread[0]).all()
    np.testing.assert_array_equal(spread[1], numbers(sample.quantile("y", by="g", missing="omit", df=5.0))[1])


def test_degrees_of_freedom_leave_out_units_without_values_as_in_r(data):
    data.loc[data["psu"] == 2, "y"] = np.nan
    assert design(data).quantile("y", missing="omit").to_dataframe()["df"].item() == 4


def test_empty_and_even_domains_and_one_row(data):
    data["g"] = pd.Categorical(data["g"], categories=["a", "b", "c"])
    table = design(data).quantile("y", by="g").to_dataframe()
    assert table["n"].tolist() == [6, 6, 0]
    assert table.loc[2, COLUMNS].isna().all()
    even = numbers(design(data.assign(y=7.0)).quantile("y", [0.0, 0.5, 1.0]))
    np.testing.assert_array_equal(even, [[7, 7, 7, 0]] * 3)
    for interval in ("beta", "xlogit", "asin", "score", "francisco_fuller"):
        row = numbers(design(data.assign(y=7.0)).quantile("y", interval=interval))[0]
        np.testing.assert_array_equal(row, [7, NAN, NAN, NAN])
    alone = numbers(design(data.iloc[:1], lonely_psu="certainty").quantile("y"))[0]
    np.testing.assert_array_equal(alone, [3, NAN, NAN, NAN])


def test_zero_weights_and_truth_values(data):
    extra = pd.concat([data, pd.DataFrame({"y": [-99.0], "w": [0.0], "psu": [1], "g": ["a"]})], ignore_index=True)
    np.testing.assert_array_equal(
        numbers(design(extra).quantile("y", [0.0, 0.5])), numbers(design(data).quantile("y", [0.0, 0.5]))
    )
    assert design(data.assign(y=data["y"] > 10)).quantile("y").to_dataframe()["estimate"].item() == 1.0


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"quantiles": 50}, InputError, "between 0 and 1(.|\n)*divide percentages"),
        ({"quantiles": [0.5, -0.1]}, InputError, "first: -0.1"),
        ({"quantiles": [0.5, NAN]}, InputError, "between 0 and 1"),
        ({"quantiles": []}, InputError, "between 0 and 1"),
        ({"quantiles": "half"}, InputError, "probabilities"),
        ({"quantiles": [0.5, 0.5]}, InputError, "twice"),
        *[
            ({"quantiles": one}, InputError, "quantiles are probabilities")
            for one in (
                True,
                False,
                "0.5",
                ["0.5"],
                [True, 0.5],
                np.array([True]),
                [0.5, "0.2"],
                [None],
                0.5j,
                [0.5 + 0j],
            )
        ],
        ({"quantiles": [[0.5, 0.2], [0.1, 0.9]]}, InputError, "between 0 and 1"),
        ({"quantiles": [[0.5], [0.5, 0.2]]}, InputError, "quantiles are probabilities"),
        ({"rule": np.array(["math", "hf7"])}, UnknownNameError, "rule for quantiles"),
        ({"rule": np.array("math")}, UnknownNameError, "rule for quantiles"),
        ({"interval": np.array(["mean", "beta"])}, UnknownNameError, "interval for quantiles"),
        ({"rule": "hf10"}, UnknownNameError, "did you mean(.|\n)*'school'"),
        ({"rule": "linear"}, UnknownNameError, "numpy's 'linear' is 'hf7' here"),
        ({"interval": "woodruf"}, UnknownNameError, "did you mean 'woodruff'"),
        ({"interval": "quantile"}, InputError, "to_replicates"),
        ({"level": 95}, InputError, "0.95"),
        ({"df": -1.0}, InputError, "positive"),
        ({"by": "sex"}, UnknownNameError, "sex"),
        ({"variables": "g"}, DataError, "labels"),
        ({"missing": "drop"}, UnknownNameError, "missing values"),
    ],
)
def test_bad_input_is_named(data, arguments, error, words):
    with pytest.raises(error, match=words):
        design(data).quantile(**({"variables": "y"} | arguments))


def test_single_unit_strata_are_refused_with_their_names(data):
    data["stratum"] = ["n"] * 10 + ["s"] * 2
    with pytest.raises(DataError, match="single"):
        design(data, strata="stratum").quantile("y")


def test_what_the_result_says(data):
    found = design(data).quantile("y", [0.25, 0.5], by="g", rule="school", interval="beta")
    table = found.to_dataframe()
    assert table.columns[:3].tolist() == ["g", "variable", "quantile"]
    assert table["quantile"].tolist() == [0.25, 0.25, 0.5, 0.5]
    attributes = found.data.attrs
    assert (attributes["estimand"], attributes["interval"]) == ("quantile", "beta")
    assert attributes["quantile_rule"] == "school"
