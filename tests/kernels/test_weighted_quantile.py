"""Oracles: rules of R survey 4.5 (``R/qrule.R``) run on a small table, and the methods of numpy.quantile.

Where R and numpy do not say, a reference in exact fractions written from the definitions, one domain at a time.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from target87.kernels.weighted_quantile import (
    RULES,
    at_most,
    ladder,
    read,
    replicate_quantiles,
    value_order,
    weighted_quantile,
)

EVERYWHERE = np.empty(0, dtype=np.int32)

# qrule_*(x, w, p) of survey 4.5 with a tie, a weight of zero, and p at and between the sums of weights
VALUES = np.array([7.0, 3, 3, 10, 1, 8, 3, 12, 10, 5])
WEIGHTS = np.array([2.0, 1, 4, 2, 3, 1, 2, 2, 0, 3])
LEVELS = np.array([0.0, 0.02, 0.1, 0.15, 0.25, 0.4, 0.5, 0.6, 0.75, 0.77, 0.9, 1.0])
R_SURVEY = {
    "math": [1, 1, 1, 1, 3, 3, 3, 5, 7, 8, 10, 12],
    "school": [2, 2, 2, 2, 3, 3, 4, 5, 7.5, 8, 11, 12],
    "shahvaish": [1, 1, 1, 1, 3, 3, 5, 5, 8, 10, 12, 12],
    "hf1": [1, 1, 1, 1, 3, 3, 3, 5, 7, 8, 10, 12],
    "hf2": [2, 2, 2, 2, 3, 3, 4, 5, 7.5, 8, 11, 12],
    "hf3": [3, 3, 3, 3, 3, 3, 3, 5, 7, 8, 10, 12],
    "hf4": [-5, -4.2, -1, 1, 3, 3, 3, 13 / 3, 7, 7.4, 10, 12],  # at 1 R has 0/0; the largest value here
    "hf5": [1, 1, 1.5, 2.5, 3, 3, 3.8, 5.4, 23 / 3, 7.93333333333333, 11, 12],
    "hf6": [1, 1, 1, 1.6, 3, 3, 11 / 3, 5.2, 8.5, 8.94, 11.8, 12],
    "hf7": [1, 1.24, 2.2, 2.8, 3, 3, 4, 5.53333333333333, 7.25, 7.43, 10.2, 12],
    "hf8": [1, 1, 1.08, 2.32, 3, 3, 3.75, 5.34285714285714, 7.875, 8.296, 11.2666666666667, 12],
    "hf9": [1, 1, 1.2, 2.37142857142857, 3, 3, 3.76190476190476, 5.35789473684211, 7.81818181818182,
            8.19692307692308, 11.2, 12],
}  # fmt: skip

# the same with weights below zero, whose sums fall and rise again
MIXED_VALUES = np.array([7.0, 3, 4, 10, 1, 8, 6, 12, 11, 5])
MIXED_WEIGHTS = np.array([2, 1, 4, 2, 3, 1, -1.5, 2, -0.5, 3])
MIXED_LEVELS = np.array([0.02, 0.15, 0.26, 0.4, 0.66, 0.75, 0.9, 0.97])
R_SURVEY_MIXED = {
    "math": [1, 1, 4, 4, 7, 8, 12, 12],
    "school": [2, 2, 4, 4, 7, 8, 12, 12],
    "shahvaish": [1, 1, 3, 4, 6, 8, 11.5, 11.5],
    "hf3": [3, 3, 4, 4, 7, 8, 12, 12],
    "hf4": [-4.36, -0.2, 3.04, 3.6, 6.53, 7.5, 11.2, 11.76],
    "hf5": [1, 1.9, 3.264, 4.11428571428571, 7.04, 8, 11.2, 12],
    "hf6": [1, 1, 3.17, 3.8, 7.38, 10, 12, 12],
    "hf7": [1.18666666666667, 2.4, 3.64, 4.4, 6.65333333333333, 6.33333333333333, 10.1333333333333, 11.44],
    "hf8": [1, 1.6, 3.22222222222222, 4, 7.125, 8.4, 11.7142857142857, 12],
    "hf9": [1, 1.68571428571429, 3.23130434782609, 4.02962962962963, 7.10181818181818, 8.30769230769231,
            11.6235294117647, 12],
}  # fmt: skip

# with equal weights; numpy stays at the smallest value below the first point, R does not for the middle two
NUMPY = {
    "hf1": "inverted_cdf",
    "math": "inverted_cdf",
    "hf2": "averaged_inverted_cdf",
    "hf4": "interpolated_inverted_cdf",
    "hf5": "hazen",
    "hf6": "weibull",
    "hf7": "linear",
    "hf8": "median_unbiased",
    "hf9": "normal_unbiased",
}

SLOPES = {"hf4": (0, 0), "hf5": ("1/2", 0), "hf6": (0, 1), "hf7": (1, -1), "hf8": ("1/3", "1/3"), "hf9": ("3/8", "1/4")}


def overall(values, weights, probabilities, rule):
    return weighted_quantile(values, weights, EVERYWHERE, 1, np.atleast_2d(probabilities), rule)[0]


def exact(values, weights, p, rule):
    """The quantile at ``p`` by the definition of the rule; weights and ``p`` are fractions."""
    rows = sorted(((x, w) for x, w in zip(values, weights, strict=True) if w > 0), key=lambda row: row[0])
    if rule == "hf3":
        rows = [(x, sum(w for other, w in rows if other == x)) for x in sorted({x for x, _ in rows})]
    xs, ws = [x for x, _ in rows], [w for _, w in rows]
    sums = [sum(ws[: k + 1]) for k in range(len(ws))]
    total, n = sums[-1], len(xs)
    if n == 1:
        return xs[0]
    if rule in ("math", "hf1"):
        return next(x for x, c in zip(xs, sums, strict=True) if c >= p * total)
    if rule in ("school", "hf2"):
        k = next(k for k, c in enumerate(sums) if c >= p * total)
        halved = k < n - 1 and (sums[k] == p * total or k == 0)
        return (xs[k] + xs[k + 1]) / 2 if halved else xs[k]
    if rule == "hf3":
        summed = [k for k, c in enumerate(sums, start=1) if c <= p * total]
        k = summed[-1] if summed else 1
        return xs[k - 1] if (sums[k - 1] == p * total and k % 2 == 0) or k == n else xs[k]
    if rule.startswith("shahvaish"):
        scale = n / total if rule == "shahvaish_rescaled" else Fraction(1)
        points = [(n * c / total + Fraction(1, 2) - scale * w / 2) / (n + 1) for c, w in zip(sums, ws, strict=True)]
        below = [point for point in points if point <= p]
        chosen = max(below) if below else min(points)
        same = [x for x, point in zip(xs, points, strict=True) if point == chosen]
        return sum(same) / len(same)
    a, b = (Fraction(one) for one in SLOPES[rule])
    points = [(c - a * w) / (total + b * ws[-1]) for c, w in zip(sums, ws, strict=True)]
    if p >= points[-1]:
        return xs[-1]
    if p < points[0] and rule != "hf4":
        return xs[0]
    k = max([k for k, point in enumerate(points) if point <= p], default=0)
    share = (p - points[k]) / (points[k + 1] - points[k])
    return float((1 - share) * Fraction(xs[k]) + share * Fraction(xs[k + 1]))


@pytest.mark.parametrize("rule", R_SURVEY)
def test_equal_to_r_survey(rule):
    np.testing.assert_allclose(overall(VALUES, WEIGHTS, LEVELS, rule), R_SURVEY[rule], rtol=1e-13)


@pytest.mark.parametrize("rule", R_SURVEY_MIXED)
def test_weights_below_zero_as_in_r_survey(rule):
    np.testing.assert_allclose(
        overall(MIXED_VALUES, MIXED_WEIGHTS, MIXED_LEVELS, rule), R_SURVEY_MIXED[rule], rtol=1e-13
    )


@pytest.mark.parametrize("rule", NUMPY)
@settings(derandomize=True, max_examples=100)
@given(data=st.data())
def test_equal_weights_are_numpy(rule, data):
    values = np.array(data.draw(st.lists(st.integers(-50, 50), min_size=2, max_size=30)), dtype=float)
    first = 1 / values.size if rule in ("hf2", "hf4") else 0.0
    p = data.draw(st.floats(first, 1.0))
    expected = np.quantile(values, p, method=NUMPY[rule])
    weights = np.full(values.size, 3.0)
    if rule in ("hf1", "math", "hf2"):  # there rounding makes a tie of numpy's or none: exact fractions decide below
        assume(abs(p * values.size - round(p * values.size)) > 1e-9)
    np.testing.assert_allclose(overall(values, weights, p, rule)[0], expected, rtol=1e-9, atol=1e-9)


@settings(derandomize=True, max_examples=150)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25),
    data=st.data(),
)
def test_math_rule_is_numpy_with_weights(values, data):
    weights = data.draw(st.lists(st.integers(1, 40), min_size=len(values), max_size=len(values)))
    p = np.array([0.013, 0.27, 0.5, 0.871])
    expected = np.quantile(values, p, weights=weights, method="inverted_cdf")
    got = overall(np.array(values), np.array(weights, dtype=float), p, "math")
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("rule", RULES)
@settings(derandomize=True, max_examples=120)
@given(data=st.data())
def test_equal_to_exact_fractions(rule, data):
    rows = data.draw(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 6)), min_size=1, max_size=14))
    values, whole = [x for x, _ in rows], [w for _, w in rows]
    if not any(whole):
        whole[0] = 1
    twentieths = data.draw(st.integers(0, 20))
    # a scale that is no fraction of two: sums that should be equal are not, to the last digit
    scale = 1.0 if rule == "shahvaish" else data.draw(st.sampled_from([1.0, 0.1, 1 / 3, 33.847]))
    if rule == "shahvaish" or rule == "shahvaish_rescaled":
        twentieths += Fraction(1, 977)  # not at a point: this rule jumps there
    got = overall(np.array(values, dtype=float), np.array(whole) * scale, float(twentieths / Fraction(20)), rule)
    expected = exact(values, [Fraction(w) for w in whole], twentieths / Fraction(20), rule)
    assert got[0] == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("weight", [1.0, 0.1, 1 / 3, 30.97, 33.847, 6194 / 300])
def test_a_tie_is_a_tie_whatever_the_rounding(weight):
    # of 20 m values with equal weights the p-quantile, p in twentieths, is value 20 m p by "math", half a value more
    # by "school"; sums and p times their total rarely agree to the last digit
    p = np.arange(1, 20) / 20
    for m in range(1, 16):
        values, weights = np.arange(1.0, 20 * m + 1), np.full(20 * m, weight)
        np.testing.assert_array_equal(overall(values, weights, p, "math"), m * np.arange(1, 20))
        np.testing.assert_array_equal(overall(values, weights, p, "school"), m * np.arange(1, 20) + 0.5)


def test_sums_of_weights_do_not_lose_digits():
    weights = np.random.default_rng(3).uniform(0.0, 1e-3, 20_000)
    weights[0] = 1e6
    steps = ladder(np.arange(20_000.0), weights, np.array([0, 20_000]))
    assert steps.cumulative[-1] == math.fsum(weights)


def test_minus_zero_is_zero():
    rows, _ = value_order(np.array([0.0, -0.0, 0.0, -1.0, -0.0]), EVERYWHERE, 1)
    np.testing.assert_array_equal(rows, [3, 0, 1, 2, 4])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "shahvaish"])  # R's need not rise with p
@settings(derandomize=True, max_examples=60)
@given(data=st.data())
def test_rises_with_p_and_follows_a_linear_map(rule, data):
    size = data.draw(st.integers(1, 20))
    values = np.array(data.draw(st.lists(st.integers(-99, 99), min_size=size, max_size=size)), dtype=float)
    weights = np.array(data.draw(st.lists(st.integers(1, 9), min_size=size, max_size=size)), dtype=float)
    p = np.linspace(0.0, 1.0, 41)
    got = overall(values, weights, p, rule)
    assert (np.diff(got) >= -1e-9).all()
    np.testing.assert_allclose(overall(4.0 * values + 8.0, weights, p, rule), 4.0 * got + 8.0, rtol=1e-10, atol=1e-9)
    np.testing.assert_array_equal(overall(values, 64.0 * weights, p, rule), got)


@settings(derandomize=True, max_examples=100)
@given(data=st.data())
def test_row_order_and_split_weights_do_not_move_step_rules(data):
    size = data.draw(st.integers(2, 20))
    values = np.array(data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)), dtype=float)
    weights = np.array(data.draw(st.lists(st.floats(0.1, 9.0), min_size=size, max_size=size)))
    p = np.linspace(0.0, 1.0, 21)
    shuffled = np.array(data.draw(st.permutations(range(size))))
    share = data.draw(st.floats(0.1, 0.9))
    split_values, split_weights = np.append(values, values[0]), np.append(weights, (1.0 - share) * weights[0])
    split_weights[0] *= share
    for rule in ("math", "hf3"):
        expected = overall(values, weights, p, rule)
        np.testing.assert_array_equal(overall(values[shuffled], weights[shuffled], p, rule), expected)
        np.testing.assert_array_equal(overall(split_values, split_weights, p, rule), expected)


@settings(derandomize=True, max_examples=80)
@given(
    values=st.lists(
        st.one_of(st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True), st.integers(-5, 5).map(float)),
        max_size=60,
    ),
    data=st.data(),
)
def test_order_is_a_stable_sort(values, data):
    x = np.array(values, dtype=float)
    domain = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=x.size, max_size=x.size)), dtype=np.int32)
    rows, start = value_order(x, domain, 4)
    kept = np.flatnonzero((domain >= 0) & ~np.isnan(x))
    np.testing.assert_array_equal(rows, kept[np.lexsort((x[kept], domain[kept]))])
    np.testing.assert_array_equal(np.diff(start), np.bincount(domain[kept], minlength=4))
    one, _ = value_order(x, EVERYWHERE, 1)
    numbers = np.flatnonzero(~np.isnan(x))
    np.testing.assert_array_equal(one, numbers[np.argsort(x[numbers], kind="stable")])


def test_domains_are_what_each_gives_alone():
    rng = np.random.default_rng(1)
    values, weights = rng.integers(0, 30, 400).astype(float), rng.uniform(1, 5, 400)
    domain = rng.integers(-1, 6, 400).astype(np.int32)
    p = rng.uniform(size=(7, 3))  # domain 6 has no rows
    for rule in RULES:
        got = weighted_quantile(values, weights, domain, 7, p, rule)
        for d in range(6):
            alone = overall(values[domain == d], weights[domain == d], p[d], rule)
            np.testing.assert_allclose(got[d], alone, rtol=1e-13)
        assert np.isnan(got[6]).all()


def test_replicates_are_quantiles_with_their_own_weights():
    rng = np.random.default_rng(2)
    values, domain = rng.integers(0, 30, 300).astype(float), rng.integers(0, 3, 300).astype(np.int32)
    weights = rng.uniform(1, 5, 300) * rng.integers(0, 3, (11, 300))
    rows, start = value_order(values, domain, 3)
    p = np.tile([0.1, 0.5, 0.9], (3, 1))
    for rule in RULES:
        got = replicate_quantiles(values[rows], weights[:, rows], start, p, rule)
        np.testing.assert_array_equal(got, [weighted_quantile(values, one, domain, 3, p, rule) for one in weights])


def test_rows_at_most_a_threshold():
    values, domain = np.array([1.0, 2, 3, 4, np.nan]), np.array([0, 0, 1, -1, 1], dtype=np.int32)
    got = at_most(values, domain, np.array([[1.0, 9.0], [3.0, np.nan]]))
    np.testing.assert_array_equal(got, [[1, 0, 1, 0, 0], [1, 1, 0, 0, 0]])
    np.testing.assert_array_equal(at_most(values, EVERYWHERE, np.array([[3.0]])), [[1, 1, 1, 0, 0]])


def test_degenerate_domains():
    p = np.array([0.0, 0.3, 1.0])
    for rule in RULES:
        np.testing.assert_array_equal(overall(np.array([4.0]), np.array([2.0]), p, rule), [4.0, 4.0, 4.0])
        np.testing.assert_array_equal(overall(np.full(5, 4.0), np.arange(1.0, 6.0), p, rule), [4.0, 4.0, 4.0])
        assert np.isnan(overall(np.empty(0), np.empty(0), p, rule)).all()
        for nothing in (np.zeros(2), np.array([1.0, -1.0]), np.array([1.0, -2.0])):
            assert np.isnan(overall(np.array([1.0, 2.0]), nothing, p, rule)).all()
        assert np.isnan(overall(np.array([1.0, 2.0]), np.ones(2), np.array([np.nan]), rule)[0])


def test_input_is_left_alone_and_a_ladder_is_read_twice():
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    rows, start = value_order(values, EVERYWHERE, 1)
    steps = ladder(values[rows], weights[rows], start)
    np.testing.assert_array_equal(steps.cumulative, [2.0, 5.0, 6.0])
    np.testing.assert_array_equal(read(steps, np.array([[0.5]]), "math"), [[2.0]])
    np.testing.assert_array_equal(read(steps, np.array([[0.9]]), "math"), [[3.0]])
    np.testing.assert_array_equal(values, [3.0, 1.0, 2.0])
