from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import halfnorm, lognorm, norm

from target87.errors import InputError
from target87.prevalence import PRIORS, prior_for

SDS = ("level_sd", "pace_sd", "variation_sd", "memory_sd", "error_sd", "common_sd")


def test_stated_prior_of_the_error_of_child_labour():
    """Median 5 %, 90 % between 2 and 12 %: the lognormal's own quantiles, to the digits printed."""
    prior = PRIORS["child_labour"]
    low, median, high = (prior.error * math.exp(norm.ppf(p) * prior.error_sd) for p in (0.05, 0.5, 0.95))
    assert (round(low, 2), median, round(high, 2)) == (0.02, 0.05, 0.12)


@settings(derandomize=True, max_examples=30)
@given(power=st.floats(0.1, 10.0), x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_a_power_of_the_prior_is_a_power_of_its_density(power, x, y):
    """Differences of log densities are multiplied by the power, whatever the parameter: the definition."""
    prior = PRIORS["forced_labour"]
    scaled = prior.scaled(power)
    for name in SDS:
        sd, new = getattr(prior, name), getattr(scaled, name)
        family = halfnorm if name == "variation_sd" else norm
        a, b = (abs(x) * sd, abs(y) * sd) if name == "variation_sd" else (x * sd, y * sd)
        before = family.logpdf(a, scale=sd) - family.logpdf(b, scale=sd)
        after = family.logpdf(a, scale=new) - family.logpdf(b, scale=new)
        assert after == pytest.approx(power * before, rel=1e-9, abs=1e-9)
    for change, wider in zip(prior.changes, scaled.changes, strict=True):
        assert wider.sd == pytest.approx(change.sd / math.sqrt(power))
        assert (wider.mean, wider.name, wider.first_year) == (change.mean, change.name, change.first_year)
    assert (scaled.level, scaled.memory, scaled.error, scaled.common) == (
        prior.level,
        prior.memory,
        prior.error,
        prior.common,
    )


def test_powers_multiply():
    twice = PRIORS["child_labour"].scaled(2).scaled(0.5)
    assert twice.power == 1
    assert twice.pace_sd == pytest.approx(PRIORS["child_labour"].pace_sd)


@pytest.mark.parametrize("power", [0, -1, math.nan])
def test_a_power_is_positive(power):
    with pytest.raises(InputError, match="positive power"):
        PRIORS["child_labour"].scaled(power)


def test_error_factor_moves_the_median_only():
    prior = PRIORS["child_labour"]
    doubled = prior.with_error(2)
    assert doubled.error == 2 * prior.error
    assert doubled.with_error(0.5) == prior


@pytest.mark.parametrize("name", sorted(PRIORS))
def test_sentences_say_every_prior(name):
    prior = PRIORS[name]
    sentences = prior.sentences()
    assert len(sentences) == 4 + len(prior.changes)
    text = "\n".join(sentences)
    for change in prior.changes:
        assert change.name in text
        assert change.reason in text
    assert f"median {100 * prior.error:.2g}" in text
    assert "equally likely" in text


@pytest.mark.parametrize("name", sorted(PRIORS))
def test_a_part_of_the_world_errs_twice_as_much(name):
    world, part = prior_for(name, "world"), prior_for(name, "region_ilo")
    assert world is PRIORS[name]
    assert part.error == 2 * world.error
    assert [one.sd for one in part.changes] == [2 * one.sd for one in world.changes]
    assert [one.mean for one in part.changes] == [one.mean for one in world.changes]
    assert replace(part, error=world.error, changes=world.changes) == world


def test_means_of_changes_can_be_set():
    """One way to ask how much a stated direction of a method change matters."""
    flat = PRIORS["forced_labour"].with_changes(mean=0.0)
    assert [one.mean for one in flat.changes] == [0.0, 0.0]
    assert [one.sd for one in flat.changes] == [one.sd for one in PRIORS["forced_labour"].changes]


def test_a_change_in_words():
    """Median and 90 % range of the ratio of odds, from the lognormal's own quantiles."""
    change = PRIORS["forced_labour"].changes[0]
    low, middle, high = (100 * (lognorm.ppf(p, change.sd, scale=math.exp(change.mean)) - 1) for p in (0.05, 0.5, 0.95))
    assert f"{middle:+.0f} % on the odds (median; 90 % between {low:+.0f} and {high:+.0f} %)" in change.sentence()


def test_ranges_in_words():
    """Ninety per cent ranges against SciPy's quantiles of the same distributions."""
    prior = PRIORS["forced_labour"]
    level, pace, straying, error, *_ = prior.sentences(1000.0, " per 1,000")
    odds = prior.level / (1 - prior.level)
    low, high = (1000 * o / (1 + o) for o in lognorm.ppf([0.05, 0.95], prior.level_sd, scale=odds))
    assert f"median {1000 * prior.level:g} per 1,000, 90 % between {low:.2g} and {high:.2g}" in level
    assert f"between {100 * norm.ppf(0.05) * prior.pace_sd:.1f} and +" in pace
    median, top = 100 * halfnorm.ppf([0.5, 0.9], scale=prior.variation_sd)
    assert f"median {median:.1f} and 90 % below {top:.1f} %" in straying
    low, high = lognorm.ppf([0.05, 0.95], prior.error_sd, scale=100 * prior.error)
    assert f"median {100 * prior.error:.2g}, 90 % between {low:.2g} and {high:.2g} %" in error


def test_the_2005_minimum_is_expected_to_be_low():
    change = PRIORS["forced_labour"].changes[0]
    assert change.first_year == 2012
    assert change.mean < 0 < change.sd
    assert np.isfinite(change.mean)
