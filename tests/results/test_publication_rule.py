"""Words on quality: against the published thresholds, and the interval against Korn and Graubard's by SciPy's binomial.

``NCHS`` cases follow Parker and others (2017), Series 2 No. 175, page by page: n and effective n of 30, widths of 0.05
and 0.30, relative width of 130 %, 8 degrees of freedom, proportions of 0 and 1.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from target87.errors import InputError, UnknownNameError
from target87.results.publication_rule import FACTS, PROPORTION_SCALES, QUALITIES, PublicationRule, _korn_graubard_width


def facts(**known: float) -> dict[str, np.ndarray]:
    """One cell; a proportion of a simple random sample unless said otherwise."""
    values = dict.fromkeys(FACTS, np.nan) | {"estimate": 0.2, "n": 1000.0, "df": 40.0} | known
    p, n = values["estimate"], values["n"]
    values["se"] = known.get("se", np.sqrt(p * (1 - p) / (n or np.nan)))
    values["cv"] = known.get("cv", values["se"] / p if p else np.nan)
    return {name: np.array([float(value)]) for name, value in values.items()}


def word(rule: PublicationRule, *, proportion: bool = True, **known: float) -> tuple[str, str]:
    quality, reason = rule.judge(facts(**known), proportion=proportion)
    return str(quality[0]), str(reason[0])


NCHS = PublicationRule.nchs_proportions()
CANADA = PublicationRule.statistics_canada_cv()


@pytest.mark.parametrize(
    ("known", "quality", "reason"),
    [
        ({}, "reliable", ""),
        ({"n": 29, "se": 0.01}, "unreliable", "n below 30; effective n below 30"),
        ({"estimate": 0.85, "n": 30, "n_effective": 30}, "caution", "of the complement"),
        ({"n": 500, "n_effective": 29.9}, "unreliable", "effective n below 30"),
        ({"n": 500, "se": np.sqrt(0.16 / 29)}, "unreliable", "effective n below 30; 95 % interval 0.3 or more wide"),
        ({"df": 7}, "review", "degrees of freedom below 8"),
        ({"df": 8}, "reliable", ""),
        ({"estimate": 0.5, "n": 40}, "unreliable", "95 % interval 0.3 or more wide"),
        ({"estimate": 0.5, "n": 60}, "reliable", ""),
        ({"estimate": 0.04, "n": 60}, "unreliable", "95 % interval wider than 130 % of the estimate"),
        ({"estimate": 0.96, "n": 60}, "caution", "95 % interval wider than 130 % of the complement"),
        ({"estimate": 0.005, "n": 1500}, "reliable", ""),  # narrower than 0.05, whatever its share of the estimate
        ({"estimate": 0.0, "n": 100}, "review", "a proportion of exactly 0 or 1"),
        ({"estimate": 1.0, "n": 100}, "review", "a proportion of exactly 0 or 1"),
        ({"n": np.nan, "se": 0.005, "ci_lower": 0.19, "ci_upper": 0.21}, "unassessed", "n not known"),
        ({"n": np.nan, "se": 0.1, "ci_lower": 0.0, "ci_upper": 0.4}, "unreliable", "effective n below 30"),
        ({"df": np.nan, "ci_lower": 0.1, "ci_upper": 0.3}, "unassessed", "degrees of freedom not known"),
        ({"n": np.nan, "se": 0.005}, "unassessed", "interval not known"),
        ({"estimate": np.nan, "n": 0}, "missing", "no observations"),
        ({"estimate": np.nan, "n": np.nan}, "missing", "no estimate"),
    ],
)
def test_proportions_by_the_standard_of_nchs(known, quality, reason):
    found = word(NCHS, **known)
    assert found[0] == quality
    assert found[1] == reason if not reason else reason in found[1]


@pytest.mark.parametrize(
    ("known", "quality"),
    [
        ({"cv": 0.165}, "reliable"),
        ({"cv": 0.166}, "caution"),
        ({"cv": 0.333}, "caution"),
        ({"cv": 0.334}, "unreliable"),
        ({"cv": 0.1, "n": 9}, "unreliable"),
        ({"cv": 0.1, "n": np.nan}, "unassessed"),
        ({"cv": np.nan}, "unassessed"),
    ],
)
def test_other_estimates_by_the_cv_of_statistics_canada(known, quality):
    assert word(CANADA, proportion=False, **known)[0] == quality


def test_every_reason_is_told_and_the_gravest_word_given():
    quality, reason = word(NCHS, estimate=0.5, n=12, df=3)
    assert quality == "unreliable"
    assert reason.split("; ") == [
        "n below 30",
        "effective n below 30",
        "degrees of freedom below 8",
        "95 % interval 0.3 or more wide",
    ]


@given(
    st.floats(0.001, 0.999), st.integers(31, 5000), st.floats(0.6, 8.0), st.one_of(st.just(np.inf), st.integers(1, 500))
)
def test_the_width_is_that_of_korn_and_graubard(p, n, deff, df):
    ratio = stats.t.ppf(0.975, n - 1) / (stats.t.ppf(0.975, df) if np.isfinite(df) else stats.norm.ppf(0.975))
    size = min(n / deff * ratio**2, n)
    hits = p * size
    lower = stats.beta.ppf(0.025, hits, size - hits + 1)
    upper = stats.beta.ppf(0.975, hits + 1, size - hits)
    found = _korn_graubard_width(
        *(np.array([one]) for one in (p, np.sqrt(deff * p * (1 - p) / n), float(n), float(df)))
    )
    np.testing.assert_allclose(found, upper - lower, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_width_at_nought_and_one_is_clopper_and_pearsons(p):
    exact = stats.binomtest(int(p * 50), 50).proportion_ci(0.95, "exact")
    width = _korn_graubard_width(*(np.array([one]) for one in (p, 0.0, 50.0, 49.0)))
    np.testing.assert_allclose(width, exact.high - exact.low, rtol=1e-12)


def test_no_width_where_there_is_no_proportion():
    arrays = (np.array([-0.1, 1.1, np.nan, 0.5]), np.full(4, 0.1), np.array([40.0, 40, 40, np.nan]), np.full(4, 9.0))
    assert np.isnan(_korn_graubard_width(*arrays)).all()


@given(st.floats(0.01, 0.99), st.integers(10, 2000), st.integers(1, 60))
def test_more_observations_never_worsen_the_word(p, n, df):
    words = [word(NCHS, estimate=p, n=size, df=df)[0] for size in (n, 4 * n)]
    assert QUALITIES.index(words[1]) <= QUALITIES.index(words[0])


def test_a_rule_can_be_changed_and_says_so():
    strict = NCHS.changed(minimum_n=50, minimum_df=None)
    assert (strict.minimum_n, strict.minimum_df, strict.wide_width) == (50, None, 0.3)
    assert strict.name == "NCHS standards for proportions, changed: minimum_n = 50, minimum_df = None"
    assert strict.source == NCHS.source
    assert word(strict, n=40, se=0.01)[1].startswith("n below 50")
    assert NCHS.minimum_n == 30


def test_a_rule_is_plain_data():
    assert PublicationRule(**NCHS.to_dict()) == NCHS
    assert "caution_cv" not in NCHS.to_dict()


def test_a_rule_of_ones_own_looks_only_at_what_it_names():
    own = PublicationRule(name="mine", minimum_n=5)
    assert word(own, n=5, se=0.4, df=1) == ("reliable", "")
    assert word(PublicationRule("widths", relative_width=0.5), proportion=False, ci_lower=0.1, ci_upper=0.3)[0] == (
        "unreliable"
    )


@pytest.mark.parametrize("estimand", [*PROPORTION_SCALES, "mean", "total", "ratio", "quantile", "contrast"])
def test_default_rules(estimand):
    rule = PublicationRule.default_for(estimand)
    if estimand == "contrast":
        assert rule is None
    else:
        assert rule == (NCHS if estimand in PROPORTION_SCALES else CANADA)


def test_rules_by_name():
    assert PublicationRule.of("nchs_proportions", "mean") == NCHS
    assert PublicationRule.of("statistics_canada_cv", "proportion") == CANADA
    assert PublicationRule.of("default", "proportion") == NCHS
    assert PublicationRule.of("default", "contrast") is None
    assert PublicationRule.of(None, "proportion") is None
    assert PublicationRule.of(CANADA, "proportion") is CANADA


def test_names_that_are_none_are_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="default, nchs_proportions, statistics_canada_cv"):
        PublicationRule.of("nchs", "proportion")
    with pytest.raises(UnknownNameError, match="did you mean 'nchs_proportions'"):
        PublicationRule.of("nchs_proportion", "proportion")
    with pytest.raises(InputError, match="a publication rule is") as caught:
        PublicationRule.of(30, "proportion")
    assert (caught.value.where, caught.value.got) == ("rule", "30")


@pytest.mark.parametrize(
    ("thresholds", "where"),
    [
        ({"minimum_n": -1}, "minimum_n"),
        ({"minimum_n": 0}, "minimum_n"),
        ({"minimum_df": np.nan}, "minimum_df"),
        ({"wide_width": "0.3"}, "wide_width"),
        ({"minimum_n": True}, "minimum_n"),
        ({"narrow_width": 0.3, "wide_width": 0.3}, "narrow_width"),
        ({"caution_cv": 0.4, "unreliable_cv": 0.3}, "caution_cv"),
        ({}, "PublicationRule"),
    ],
)
def test_impossible_thresholds_are_refused(thresholds, where):
    with pytest.raises(InputError) as caught:
        PublicationRule("mine", **thresholds)
    assert caught.value.where == where


def test_unknown_thresholds_are_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'minimum_n'"):
        NCHS.changed(minimal_n=50)
