"""Oracles: the binomial standard error, and the spread of a share over replicated autocorrelated chains."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.errors import InputError
from target87.results.probability import FEWEST, Probability


def of(hits, draws):
    return Probability(hits / draws, 0.001, hits, draws)


@settings(derandomize=True, max_examples=300)
@given(draws=st.integers(1, 2_000_000), share=st.floats(0, 1))
def test_never_printed_as_certain(draws, share):
    """Neither 0 nor 1 nor a bound beyond them is ever printed."""
    one = of(round(share * draws), draws)
    value = float(re.sub(r"[<>] ", "", str(one)))
    assert 0 < value < 1


@settings(derandomize=True, max_examples=300)
@given(draws=st.integers(1, 100_000), share=st.floats(0, 1))
def test_a_bound_holds_and_a_value_is_near(draws, share):
    one = of(round(share * draws), draws)
    text = str(one)
    fewer, other = one.hits, one.draws - one.hits
    if fewer < FEWEST and fewer <= other:
        assert one.bound == "upper"
        assert text.startswith("< ")
        assert one.value < float(text[2:])
    elif other < FEWEST:
        assert one.bound == "lower"
        assert text.startswith("> ")
        assert one.value > float(text[2:])
    else:
        assert one.bound is None
        assert float(text) == pytest.approx(one.value, abs=5.1e-4)


@pytest.mark.parametrize(
    ("hits", "draws", "text"),
    [
        (0, 4000, "< 0.003"),
        (9, 4000, "< 0.003"),
        (10, 4000, "0.003"),
        (3991, 4000, "> 0.997"),
        (4000, 4000, "> 0.997"),
        (3990, 4000, "0.998"),
        (1824, 4000, "0.456"),
        (0, 20_000, "< 0.001"),
        (0, 1000, "< 0.01"),
        (0, 5, "< 0.999"),
        (5, 5, "> 0.001"),
        (12, 12, "> 0.166"),
    ],
)
def test_as_printed(hits, draws, text):
    assert str(of(hits, draws)) == text


@pytest.mark.parametrize(
    ("hits", "mcse", "text"),
    [
        (1824, 0.008, "0.46"),
        (1824, 0.0019, "0.456"),
        (22, 0.0021, "0.005"),
        (3976, 0.0022, "0.994"),
        (60, 0.0025, "0.01"),
    ],
)
def test_no_more_digits_than_the_draws_resolve(hits, mcse, text):
    """Two digits where the Monte Carlo error reaches the third, but never so few that 0 or 1 is left."""
    assert str(Probability(hits / 4000, mcse, hits, 4000)) == text


def test_of_independent_draws_has_the_binomial_error():
    holds = np.random.default_rng(1).random(4000) < 0.3
    one = Probability.of(holds, 4)
    assert one.hits == holds.sum()
    assert one.value == holds.mean()
    # the effective sample size of independent draws is itself estimated, to a tenth or so
    assert one.mcse == pytest.approx(math.sqrt(one.value * (1 - one.value) / 4000), rel=0.15)


def test_error_allows_for_autocorrelation():
    """The spread of the share over 200 sets of AR(0.9) chains is the error reported, not the binomial one."""
    rng, found = np.random.default_rng(8730), []
    for _ in range(200):
        noise = rng.normal(size=(4, 500))
        chains = np.empty_like(noise)
        chains[:, 0] = noise[:, 0]
        for t in range(1, 500):
            chains[:, t] = 0.9 * chains[:, t - 1] + math.sqrt(1 - 0.81) * noise[:, t]
        found.append(Probability.of((chains < 0.5).ravel(), 4))
    spread = np.std([one.value for one in found], ddof=1)
    # a standard deviation of 200 values is good to 5 %
    assert np.mean([one.mcse for one in found]) == pytest.approx(spread, rel=0.2)
    assert spread > 2 * math.sqrt(0.69 * 0.31 / 2000)


def test_no_draws():
    with pytest.raises(InputError, match="needs draws"):
        Probability.of(np.zeros(0, dtype=bool), 4)


def test_for_json():
    assert of(9, 4000).to_dict() == {
        "value": 0.00225,
        "mcse": 0.001,
        "draws": 4000,
        "draws_for": 9,
        "printed": "< 0.003",
        "bound": "upper",
    }
    assert float(of(1, 4)) == 0.25


def test_an_exact_probability_has_no_digits_of_noise():
    assert str(Probability(0.5, 0.0, 2000, 4000)) == "0.50"
