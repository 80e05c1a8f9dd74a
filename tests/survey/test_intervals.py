"""Oracles: R survey 4.5 (golden blocks), scipy.stats.binomtest and binom, closed forms of the zero count."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import rel_entr
from scipy.stats import binom, binomtest, chi2, norm
from scipy.stats import t as student

from target87.errors import InputError, UnknownNameError
from target87.survey.design import SurveyDesign
from target87.survey.intervals import METHODS, UNBOUNDED_METHODS, interval, proportion_interval

GOLDEN = Path(__file__).parents[1] / "reference" / "data" / "survey"
BLOCKS = {block["id"]: block for block in json.loads((GOLDEN / "expected.json").read_text())["blocks"]}
PROPORTIONS = [name for name, block in BLOCKS.items() if block["group"] == "b ciprop"]
MEANS = [name for name, block in BLOCKS.items() if block["group"] == "b ci"]

BOUNDED = sorted(set(METHODS) - {"wald", "t"})
NESTED = sorted(set(METHODS) - {"asin"})  # R's arcsine goes round the end of its scale
NEED_N = ["beta", "korn_graubard"]


@pytest.mark.parametrize("name", PROPORTIONS)
def test_proportions_are_those_of_r(name):
    block = BLOCKS[name]
    r_method, result = name.split(".")[3], block["result"]
    ours = proportion_interval(
        {"mean": "t"}.get(r_method, r_method),
        result["estimate"],
        result["var"],
        n=len(pd.read_csv(GOLDEN / block["data"][0])),
        df=block["degf"],
    )
    np.testing.assert_allclose(np.concatenate(ours), result["ci"][0], rtol=block["rtol"])


@pytest.mark.parametrize("name", [name for name in PROPORTIONS if ".likelihood." in name])
def test_likelihood_is_solved_exactly_where_r_interpolates(name):
    # svyglm stops its iterations some 1e-9 from the mean: the exact solution is that of the mean
    mean = BLOCKS[name.replace("likelihood", "mean")]["result"]
    ours = proportion_interval("likelihood", mean["estimate"], mean["var"], n=np.nan, df=BLOCKS[name]["degf"])
    np.testing.assert_allclose(np.concatenate(ours), BLOCKS[name]["exact_ci"], rtol=1e-13)


@pytest.mark.parametrize("name", MEANS)
def test_means_are_those_of_r(name):
    block = BLOCKS[name]
    mean = BLOCKS[f"a.{block['design_name']}.mean_nona"]["result"]
    assert mean["names"][0] == "api00"
    ours = interval("t", mean["estimate"][0], mean["se"][0] ** 2, block["degf"], level=0.9)
    np.testing.assert_allclose(ours, block["result"]["values"][0], rtol=1e-8)


def test_no_block_is_missing():
    assert (len(PROPORTIONS), len(MEANS)) == (63, 3)
    methods = {"logit", "likelihood", "asin", "beta", "mean", "xlogit", "wilson"}
    assert {name.split(".")[3] for name in PROPORTIONS} == methods


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize(("ours", "scipys"), [("beta", "exact"), ("korn_graubard", "exact"), ("wilson", "wilson")])
def test_a_simple_random_sample_has_scipys_limits_zero_and_all_included(ours, scipys, level):
    n = 37
    p = np.arange(n + 1) / n
    limits = proportion_interval(ours, p, p * (1 - p) / n, n=n, df=np.inf, df_n=np.inf, level=level)
    theirs = [binomtest(k, n).proportion_ci(level, method=scipys) for k in range(n + 1)]
    np.testing.assert_allclose(np.column_stack(limits), theirs, rtol=1e-11, atol=1e-15)


def test_likelihood_limits_lose_half_a_chi_square_of_binomial_log_likelihood():
    n, k = 40, np.arange(41)
    limits = proportion_interval("likelihood", k / n, k / n * (1 - k / n) / n, n=n, df=np.inf, level=0.9)
    best = binom.logpmf(k, n, k / n)
    for limit, there in zip(limits, [k > 0, k < n], strict=True):
        np.testing.assert_allclose(2 * (best - binom.logpmf(k, n, limit))[there], chi2.ppf(0.9, 1), rtol=1e-11)
    assert (limits[0][0], limits[1][-1]) == (0, 1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(logit=st.floats(-14, 14), log_size=st.floats(-2, 9), df=st.sampled_from([1, 2, 7, 30, 1e4, np.inf]))
def test_likelihood_limits_are_those_of_a_bracketing_root_finder(logit, log_size, df):
    p, size = 1 / (1 + np.exp(-logit)), 10**log_size
    drop = student.ppf(0.975, df) ** 2 / (2 * size)

    def loss(log_odds):  # relative entropy, with 1 - q from the other side
        q, rest = 1 / (1 + np.exp(-log_odds)), 1 / (1 + np.exp(log_odds))
        return rel_entr(p, q) + rel_entr(1 - p, rest) - drop

    with np.errstate(over="ignore"):
        below = brentq(loss, min(-700, logit - 1), logit, xtol=1e-14) if loss(-700) > 0 else -np.inf
        above = brentq(loss, logit, max(700, logit + 1), xtol=1e-14) if loss(700) > 0 else np.inf
        theirs = 1 / (1 + np.exp(-below)), 1 / (1 + np.exp(-above))
    ours = proportion_interval("likelihood", p, p * (1 - p) / size, n=10, df=df)
    # the oracle's entropies, sums of terms of size 1, cancel to 1e-16; that is over the slope in log odds its error
    slack = 1e-11 + 1e-15 / np.sqrt(2 * drop * p * (1 - p))
    np.testing.assert_allclose(ours, theirs, rtol=slack, atol=1e-250)


@pytest.mark.parametrize("method", NEED_N)
def test_nobody_and_everybody_have_the_limits_of_n_rows(method):
    n, level = np.array([1.0, 12.0, 300.0]), 0.95
    beyond = 1 - 0.025 ** (1 / n)  # where n rows without one have probability 2.5 %
    lower, upper = proportion_interval(method, 0.0, 0.0, n=n, df=5, level=level)
    np.testing.assert_allclose([lower, upper], [0 * n, beyond], rtol=1e-12)
    lower, upper = proportion_interval(method, 1.0, 0.0, n=n, df=5, level=level)
    np.testing.assert_allclose([lower, upper], [1 - beyond, 1 + 0 * n], rtol=1e-12)


def test_nobody_by_the_other_methods():
    n, t = 50, student.ppf(0.975, 9)
    closed = {
        "wilson": t**2 / (n + t**2),
        "likelihood": 1 - np.exp(-(t**2) / (2 * n)),
        "asin": np.sin(t / (2 * np.sqrt(n))) ** 2,
        "asin_stopped": np.sin(t / (2 * np.sqrt(n))) ** 2,
        "t": 0.0,
        "wald": 0.0,
    }
    for method, upper in closed.items():
        ours = proportion_interval(method, 0.0, 0.0, n=n, df=9)
        np.testing.assert_allclose(ours, [0.0, upper], rtol=1e-12, err_msg=method)
    for method in ("logit", "xlogit"):
        assert np.isnan(proportion_interval(method, [0.0, 1.0], 0.0, n=n, df=9)).all()


@pytest.mark.parametrize("method", METHODS)
def test_rounding_of_sums_at_the_ends_changes_nothing(method):
    exact = proportion_interval(method, [0.0, 1.0], 0.0, n=30, df=4)
    summed = proportion_interval(method, [3e-16, 1 - 2e-15], 1e-33, n=30, df=4)
    np.testing.assert_allclose(summed, exact, atol=3e-15)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"korn_graubard"}))
@pytest.mark.parametrize("variance", [0.0, 1e-34, 1e-24])
def test_a_share_known_without_error_has_no_width(method, variance):
    p = np.array([1e-4, 0.3, 0.98])
    np.testing.assert_allclose(proportion_interval(method, p, variance, n=80, df=12), [p, p], rtol=3e-8)
    if variance < 1e-30:
        np.testing.assert_allclose(proportion_interval(method, p, variance, n=80, df=12), [p, p], rtol=1e-12)


def test_korn_graubard_never_claims_more_than_n_rows():
    p, n = np.array([0.02, 0.3]), 60
    capped = proportion_interval("korn_graubard", p, 0.0, n=n, df=8)
    for precise in (p * (1 - p) / 1e6, p * (1 - p) / 1e4):
        np.testing.assert_array_equal(proportion_interval("korn_graubard", p, precise, n=n, df=8), capped)
    theirs = proportion_interval("beta", p, p * (1 - p) / n, n=n, df=59)
    np.testing.assert_allclose(capped, theirs, rtol=1e-12)
    clustered = p * (1 - p) / 20
    np.testing.assert_array_equal(
        proportion_interval("korn_graubard", p, clustered, n=n, df=8),
        proportion_interval("beta", p, clustered, n=n, df=8),
    )


def test_r_goes_round_the_end_of_the_arcsine_scale_but_never_past_the_estimate():
    p, n = 0.05, 8.0
    angle, half = np.arcsin(np.sqrt(p)), student.ppf(0.975, 20) / (2 * np.sqrt(n))
    assert 0 < half - angle < angle
    lower, _ = proportion_interval("asin", p, p * (1 - p) / n, n=40, df=20)
    stopped, _ = proportion_interval("asin_stopped", p, p * (1 - p) / n, n=40, df=20)
    assert lower == pytest.approx(np.sin(half - angle) ** 2, rel=1e-12)
    assert stopped == 0
    wide = proportion_interval("asin", [p, 1 - p], p * (1 - p) / 1.2, n=40, df=20)
    assert (wide[0][0], wide[1][1]) == (0, 1)


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_answered_is_missing_and_nothing_warns(method):
    cases = [
        {"estimate": np.nan},
        {"variance": np.nan},
        {"variance": -1e-4},
        {"variance": -3.0},
        {"variance": -1e-4, "estimate": 0.0},
        {"n": 0.0},
        *([] if method == "wald" else [{"df": 0.0}, {"df": -1.0}, {"df": np.nan}]),
        *([{"n": np.nan}, {"n": 1.0}] if method in NEED_N else []),
        *([] if method in ("wald", "t") else [{"estimate": -0.01}, {"estimate": 1.01}]),
    ]
    good = {"estimate": 0.2, "variance": 0.002, "n": 90.0, "df": 10.0}
    with np.errstate(all="raise"):
        for case in cases:
            assert np.isnan(proportion_interval(method, **(good | case))).all(), case
        for end in (0.0, 1.0):
            got = proportion_interval(method, end, 0.0, n=90, df=0)
            assert method == "wald" or np.isnan(got).all()
        # and neighbours do not catch it
        bad = [good | case for case in (*cases, {})]
        columns = {name: np.array([row[name] for row in bad]) for name in good}
        lower, upper = proportion_interval(method, **columns)
    assert np.isnan(lower[:-1]).all()
    assert np.isnan(upper[:-1]).all()
    np.testing.assert_array_equal([lower[-1], upper[-1]], proportion_interval(method, **good))


def probability_of_covering(method: str, n: int, p: float) -> float:
    """Exact coverage of the 95 % interval of a simple random sample with replacement, over all its outcomes."""
    share = np.arange(n + 1) / n
    lower, upper = proportion_interval(method, share, share * (1 - share) / (n - 1), n=n, df=n - 1)
    return float(binom.pmf(np.arange(n + 1), n, p)[(lower <= p) & (p <= upper)].sum())


GRID = [0.005, 0.01, 0.02, 0.03, 0.05, *np.arange(0.06, 0.51, 0.01).round(2)]


@pytest.mark.parametrize("method", ["beta", "korn_graubard"])
def test_exact_methods_cover_at_least_as_often_as_they_say(method):
    assert min(probability_of_covering(method, 50, p) for p in GRID) >= 0.95


def test_the_others_do_not_where_events_are_rare():
    coverage = {method: np.array([probability_of_covering(method, 50, p) for p in GRID]) for method in METHODS}
    # a sample without events, 78 % of them at 0.5 %, leaves these nothing to stand on
    for method in ("wald", "t", "logit"):
        assert coverage[method][0] < 1 - binom.pmf(0, 50, 0.005) + 1e-12
    # logit by hand: the counts whose log odds are within t standard errors of the truth's
    share = np.arange(1, 50) / 50
    reach = student.ppf(0.975, 49) / np.sqrt(49 * share * (1 - share))
    for p, ours in zip(GRID, coverage["logit"], strict=True):
        near = np.abs(np.log(share / (1 - share)) - np.log(p / (1 - p))) <= reach
        assert ours == pytest.approx(binom.pmf(np.arange(1, 50), 50, p)[near].sum(), abs=1e-12)
    assert coverage["logit"][GRID.index(0.1) :].min() > 0.94
    assert coverage["wilson"].min() > 0.90
    assert coverage["wald"].mean() < 0.92


cells = {
    "logit": st.floats(-9, 9),
    "size": st.floats(1.5, 1e5),
    "df": st.sampled_from([1.0, 3.0, 14.0, 197.0, np.inf]),
    "level": st.floats(0.5, 0.995),
}


@settings(derandomize=True, max_examples=60, deadline=None)
@given(**cells, n=st.integers(2, 10_000))
def test_limits_hold_the_estimate_and_mirror(logit, size, df, level, n):
    p, rest = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
    for method in METHODS:
        lower, upper = proportion_interval(method, p, p * rest / size, n=n, df=df, level=level)
        assert lower <= p * (1 + 1e-12), method
        assert upper >= p * (1 - 1e-12), method
        mirrored = proportion_interval(method, rest, p * rest / size, n=n, df=df, level=level)
        np.testing.assert_allclose(mirrored, [1 - upper, 1 - lower], atol=1e-9 * max(1, upper - lower), err_msg=method)
        assert method not in BOUNDED or 0 <= lower <= upper <= 1, method


@settings(derandomize=True, max_examples=60, deadline=None)
@given(**cells, more=st.floats(1.0, 20.0))
def test_more_confidence_variance_or_doubt_about_it_widens(logit, size, df, level, more):
    p = 1 / (1 + np.exp(-logit))
    v, n = p * (1 - p) / size, 500
    for method in NESTED:
        lower, upper = proportion_interval(method, p, v, n=n, df=df, level=level)
        wider = {
            "variance": proportion_interval(method, p, v * more, n=n, df=df, level=level),
            "level": proportion_interval(method, p, v, n=n, df=df, level=1 - (1 - level) / more),
            "df": proportion_interval(method, p, v, n=n, df=df / more, level=level),
        }
        for why, (low, high) in wider.items():
            assert low <= lower + 1e-12 * p, (method, why)
            assert high >= upper - 1e-12 * p, (method, why)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(**cells, n=st.integers(2, 10_000))
def test_korn_graubard_holds_beta(logit, size, df, level, n):
    p = 1 / (1 + np.exp(-logit))
    inner = proportion_interval("beta", p, p * (1 - p) / size, n=n, df=df, level=level)
    outer = proportion_interval("korn_graubard", p, p * (1 - p) / size, n=n, df=df, level=level)
    assert outer[0] <= inner[0] * (1 + 1e-12)
    assert outer[1] >= inner[1] * (1 - 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_cells_of_any_shape_are_answered_one_by_one(method):
    rng = np.random.default_rng(8)
    p, df = rng.uniform(0, 1, size=(3, 4)), np.array([1.0, 5.0, 40.0, np.inf])
    p[0, 0], p[2, 3] = 0.0, 1.0
    variance = p * (1 - p) / rng.uniform(5, 500, size=(3, 4))
    lower, upper = proportion_interval(method, p, variance, n=200, df=df, level=0.9)
    assert lower.shape == upper.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        one = proportion_interval(method, p[i, j], variance[i, j], n=200, df=df[j], level=0.9)
        np.testing.assert_array_equal(one, [lower[i, j], upper[i, j]])


@pytest.mark.parametrize("k", [7, 30_000_000, 99_999_000])
def test_large_samples_have_scipys_limits(k):
    p, n = k / 10**8, 10**8
    for ours, theirs in (("beta", "exact"), ("wilson", "wilson")):
        limits = proportion_interval(ours, p, p * (1 - p) / n, n=n, df=np.inf, df_n=np.inf)
        # its root finder stops at 1e-16
        np.testing.assert_allclose(limits, binomtest(k, n).proportion_ci(0.95, method=theirs), rtol=1e-11, atol=2e-16)


def test_wilson_keeps_its_digits_where_p_is_small():
    p, a = Decimal("1e-6"), Decimal(norm.ppf(0.975)) ** 2 / 1000
    middle, half = p + a / 2, (a * (p * (1 - p) + a / 4)).sqrt()
    ours = proportion_interval("wilson", 1e-6, 1e-6 * (1 - 1e-6) / 1000, n=5000, df=np.inf)
    np.testing.assert_allclose(ours, [float((middle - half) / (1 + a)), float((middle + half) / (1 + a))], rtol=1e-13)


def test_large_counts_join_the_normal_without_a_step():
    p = 0.3
    size = 10.0 ** np.arange(11.9, 13.2, 0.05) / p
    lower, upper = proportion_interval("beta", p, p * (1 - p) / size, n=1e9, df=np.inf, df_n=np.inf)
    half = norm.ppf(0.975) * np.sqrt(p * (1 - p) / size)
    np.testing.assert_allclose([lower, upper], [p - half, p + half], rtol=1e-10)


def test_intervals_of_means_and_totals():
    e, v, t = np.array([-3.0, 0.0, 5.0]), np.array([1.0, 2.0, 4.0]), student.ppf(0.95, 7)
    np.testing.assert_allclose(interval("t", e, v, 7, 0.9), [e - t * np.sqrt(v), e + t * np.sqrt(v)], rtol=1e-12)
    z = norm.ppf(0.95)
    for df in (7, 0, np.nan):
        got = interval("wald", e, v, df, 0.9)
        np.testing.assert_allclose(got, [e - z * np.sqrt(v), e + z * np.sqrt(v)], rtol=1e-12)
    lower, upper = interval("log", e, v, 7, 0.9)
    assert np.isnan([lower[:2], upper[:2]]).all()
    np.testing.assert_allclose([lower[2], upper[2]], np.exp(np.log(5) + np.array([-1, 1]) * t * 2 / 5), rtol=1e-12)
    with np.errstate(all="raise"):
        for method in UNBOUNDED_METHODS:
            assert np.isnan(interval(method, [np.nan, 1.0, 1.0], [1.0, np.nan, -1.0], 9)).all()
            assert method == "wald" or np.isnan(interval(method, 1.0, 1.0, [0.0, -2.0, np.nan])).all()
    np.testing.assert_allclose(interval("t", e, v, np.inf, 0.9), interval("wald", e, v, np.inf, 0.9), rtol=1e-14)


def test_proportions_and_means_agree_where_both_have_the_method():
    for method in ("wald", "t"):
        ours = proportion_interval(method, 0.4, 0.01, n=30, df=6)
        np.testing.assert_array_equal(ours, interval(method, 0.4, 0.01, 6))


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("mean", "'t'"),
        ("Normal", "'t'"),
        ("exact", "'korn_graubard'"),
        ("Clopper-Pearson", "'korn_graubard'"),
        ("score", "'wilson'"),
        ("jeffreys", "Stata's 'exact' is 'korn_graubard'"),
    ],
)
def test_words_of_other_programs_are_translated(word, ours):
    with pytest.raises(UnknownNameError, match=ours):
        proportion_interval(word, 0.1, 0.01, n=10, df=3)


def test_an_interval_of_proportions_is_not_one_of_means():
    with pytest.raises(UnknownNameError, match="'wilson' is for proportions"):
        interval("wilson", 0.1, 0.01, 3)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, np.nan, "0.95", None, True, [0.9, 0.95], 0.5 + 0j])
def test_a_level_is_a_probability(level):
    for call in (lambda: interval("t", 1, 1, 3, level), lambda: proportion_interval("t", 1, 1, n=3, df=3, level=level)):
        with pytest.raises(InputError, match="between 0 and 1") as caught:
            call()
    assert (level == 95) == ("level=0.95" in str(caught.value))


@pytest.mark.parametrize("method", [["t"], None, 3, {"t": 1}])
def test_an_interval_is_named_by_a_word(method):
    for call in (lambda: interval(method, 1, 1, 3), lambda: proportion_interval(method, 1, 1, n=3, df=3)):
        with pytest.raises(UnknownNameError, match="unknown interval"):
            call()


def test_a_level_in_percent_is_offered_as_a_share_by_every_estimand():
    design = SurveyDesign(pd.DataFrame({"w": [1.0, 2, 3], "y": [0, 1, 1]}), weights="w")
    for estimand in ("mean", "proportion", "rate_per_thousand", "total", "variance", "quantile"):
        with pytest.raises(InputError, match=r"level=0\.95"):
            getattr(design, estimand)("y", level=95)
