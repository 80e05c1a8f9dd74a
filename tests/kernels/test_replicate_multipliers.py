"""Oracles: textbook variances of a stratified total, by exact enumeration where draws are few, else by simulation."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.kernels import hadamard
from target87.kernels import replicate_multipliers as kernel

TOTALS = np.array([3.0, 8.0, 1.0, 4.0, 9.0, 9.5, 2.0, 6.0])


def textbook(totals, group, fraction=0.0):
    """Σ (1 - f) n / (n - 1) Σ (t - mean)², by loops over strata."""
    variance = 0.0
    for g in np.unique(group):
        own = totals[group == g]
        if own.size > 1:
            variance += (1.0 - fraction) * own.size / (own.size - 1) * np.sum((own - own.mean()) ** 2)
    return variance


def spread(matrix, totals, factors):
    """Σ factor (replicate total - total)²."""
    return np.sum(factors * (totals @ matrix - totals.sum()) ** 2)


def test_jackknife_is_exact_for_totals():
    group = np.array([0, 1, 1, 0, 1, 0, 2, 2], dtype=np.int32)
    size = np.array([3.0, 3.0, 2.0])
    matrix = kernel.jackknife(group, size, np.arange(8), 3)
    np.testing.assert_allclose(matrix.sum(axis=0), 8.0)
    n = size[group]
    assert spread(matrix, TOTALS, (n - 1) / n) == pytest.approx(textbook(TOTALS, group), rel=1e-13)


def test_jackknife_of_a_single_unit_drops_its_stratum():
    group = np.array([0, 0, 1, 2, 2], dtype=np.int32)
    matrix = kernel.jackknife(group, np.array([2.0, 1.0, 2.0]), np.array([2]), 3)
    np.testing.assert_allclose(matrix[:, 0], [1.5, 1.5, 0.0, 1.5, 1.5])


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("order", [8, 12, 20])
def test_balanced_halves_are_exact_for_totals(rho, order):
    pair, side = np.repeat(np.arange(4), 2), np.tile([1, -1], 4).astype(np.int8)
    matrix = kernel.balanced(pair, side, hadamard.matrix(order), rho)
    assert set(np.unique(matrix.round(12))) == {rho, 2.0 - rho}
    np.testing.assert_allclose(matrix.mean(axis=1), 1.0)
    differences = TOTALS[::2] - TOTALS[1::2]
    got = spread(matrix, TOTALS, 1.0 / (order * (1.0 - rho) ** 2))
    assert got == pytest.approx(np.sum(differences**2), rel=1e-12)


def test_paired_jackknife_is_exact_for_totals():
    pair, side = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([1, -1, -1, 1, 1, -1, 1, -1], dtype=np.int8)
    matrix = kernel.one_of_pair(pair, side, 4)
    np.testing.assert_array_equal(matrix[:2, 0], [0.0, 2.0])
    np.testing.assert_array_equal(matrix[2:4, 1], [2.0, 0.0])
    assert spread(matrix, TOTALS, 1.0) == pytest.approx(np.sum((TOTALS[::2] - TOTALS[1::2]) ** 2), rel=1e-13)


@pytest.mark.parametrize("sizes", [(8,), (3, 5), (2, 2, 4), (1, 7)])
def test_successive_differences_are_exact_with_enough_rows(sizes):
    start = np.cumsum([0, *sizes])
    chain = kernel.successive_rows(start, 12)
    matrix = kernel.successive_differences(chain, hadamard.matrix(12), np.ones(8))
    circles = [TOTALS[a:b] for a, b in pairwise(start)]
    expected = 0.5 * sum(np.sum((own - np.roll(own, 1)) ** 2) for own in circles)  # Wolter (2007), section 8.2
    assert spread(matrix, TOTALS, 4.0 / 12) == pytest.approx(expected, rel=1e-12)


def test_successive_differences_with_a_finite_population():
    chain = kernel.successive_rows(np.array([0, 8]), 12)
    matrix = kernel.successive_differences(chain, hadamard.matrix(12), np.full(8, 0.75))
    expected = 0.75 * 0.5 * np.sum((TOTALS - np.roll(TOTALS, 1)) ** 2)
    assert spread(matrix, TOTALS, 4.0 / 12) == pytest.approx(expected, rel=1e-12)


@given(rows=st.integers(3, 60), sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_successive_rows_are_chains_of_usable_rows(rows, sizes):
    start = np.cumsum([0, *sizes])
    chain = kernel.successive_rows(start, rows)
    assert chain.min() >= 1
    assert chain.max() < rows
    for first, end in pairwise(start):
        np.testing.assert_array_equal(chain[first:end, 1], np.roll(chain[first:end, 0], -1))
    used = np.bincount(chain[:, 0], minlength=rows)[1:]
    assert used.max() - used.min() <= 1  # rows are taken in turn


def drawn(n, m, slope, base):
    """Multipliers of every sequence of ``m`` draws from ``n`` units, all equally likely."""
    order, start, draws = np.arange(n), np.array([0, n]), np.array([m])
    out = np.empty((n**m, n))
    for row, picks in enumerate(product(range(n), repeat=m)):
        uniforms = (np.array(picks) + 0.5) / n
        kernel.resampled(uniforms, order, start, draws, np.array([base]), np.array([slope]), out[row])
    return out


@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 2), (4, 3), (5, 4)])
def test_bootstrap_of_one_fewer_has_the_textbook_moments(n, m):
    out = drawn(n, m, n / (n - 1.0), 0.0)
    np.testing.assert_allclose(out.mean(axis=0), 1.0)
    group = np.zeros(n, dtype=int)
    assert np.var(out @ TOTALS[:n]) == pytest.approx(textbook(TOTALS[:n], group), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(3, 1), (4, 2), (3, 4), (4, 4)])
def test_rescaled_bootstrap_has_the_textbook_moments_whatever_is_drawn(n, m):
    length = np.sqrt(0.6 * m / (n - 1.0))  # sampling fraction 0.4
    out = drawn(n, m, length * n / m, 1.0 - length)
    np.testing.assert_allclose(out.mean(axis=0), 1.0)
    group = np.zeros(n, dtype=int)
    assert np.var(out @ TOTALS[:n]) == pytest.approx(textbook(TOTALS[:n], group, 0.4), rel=1e-12)


def test_resampling_keeps_to_its_group_and_the_order_of_units():
    order, start = np.array([3, 0, 2, 1]), np.array([0, 2, 4])
    out = np.empty(4)
    kernel.resampled(np.array([0.9, 0.1, 0.2]), order, start, np.array([1, 2]), np.zeros(2), np.ones(2), out)
    np.testing.assert_array_equal(out, [1.0, 0.0, 2.0, 0.0])


def many_finite(n, population, replicates=40_000):
    rng, out = np.random.default_rng(87), np.empty((replicates, n))
    for r in range(replicates):
        kernel.resampled_finite(rng, np.arange(n), np.array([0, n]), np.array([population]), out[r])
    return out


@pytest.mark.parametrize(("n", "population"), [(4, 12), (4, 11), (5, 7), (6, 6), (4, 1000), (4, np.inf)])
def test_finite_bootstrap_has_its_moments(n, population):
    """Times drawn: hypergeometric given the copies, of which there are k or k + 1."""
    out = many_finite(n, population)
    np.testing.assert_array_equal(out.sum(axis=1), n)
    if population == np.inf:
        expected = 1.0 - 1.0 / n
    else:
        k, rest = divmod(population, n)
        copies, chance = np.array([k, k + 1.0]), np.array([1.0 - rest / n, rest / n])
        share = copies / population
        given_copies = n * share * (1.0 - share) * (population - n) / max(population - 1, 1)
        expected = np.sum(chance * given_copies) + np.sum(chance * (n * share - 1.0) ** 2)
    square = (out - 1.0) ** 2
    error = square[:, 0].std() / np.sqrt(out.shape[0])
    assert abs(square[:, 0].mean() - expected) <= 4.0 * error + 1e-12
    assert abs(out[:, 0].mean() - 1.0) <= 4.0 * out[:, 0].std() / np.sqrt(out.shape[0])


def test_finite_bootstrap_never_draws_a_copy_twice():
    out = many_finite(4, 6, replicates=2000)
    assert out.max() == 2.0  # 6 members are made of 4 units: at most two copies of one


def test_halves_have_the_moments_of_two_stages():
    """Variance Σ f-product (1 - f) n / (n - 1) Σ (t - mean)² of every stage (Särndal and others 1992, result 4.3.1)."""
    rng = np.random.default_rng(5)
    group1, group2 = np.zeros(3, dtype=np.int32), np.repeat(np.arange(3, dtype=np.int32), [2, 3, 4])
    top, parent = np.zeros(1, dtype=np.int32), np.arange(3, dtype=np.int32)
    totals = np.array([3.0, 8.0, 1.0, 4.0, 9.0, 9.5, 2.0, 6.0, 5.0])
    f1, f2 = 3 / 10, np.array([2 / 5, 3 / 6, 4 / 4])
    scale2 = f1 * (1.0 - f2)
    replicates = 60_000
    value = np.empty(replicates)
    for r in range(replicates):
        term1, kept1, term2, kept2 = np.empty(3), np.empty(3), np.empty(9), np.empty(9)
        kernel.halved(rng, np.arange(3), np.array([0, 3]), top, np.ones(1), np.array([1 - f1]), term1, kept1)
        kernel.halved(rng, np.arange(9), np.array([0, 2, 5, 9]), parent, kept1, scale2, term2, kept2)
        value[r] = totals @ (term1[group2] + term2)
    first = np.bincount(group2, totals)
    expected = textbook(first, group1, f1)
    for g in range(3):
        expected += f1 * textbook(totals[group2 == g], np.zeros(g + 2), f2[g])
    error = (value**2).std() / np.sqrt(replicates)
    assert abs((value**2).mean() - expected) <= 4.0 * error
    assert abs(value.mean()) <= 4.0 * value.std() / np.sqrt(replicates)


def test_half_of_a_single_unit_keeps_it():
    term, kept = np.empty(1), np.empty(1)
    rng, parent = np.random.default_rng(1), np.zeros(1, dtype=np.int32)
    kernel.halved(rng, np.arange(1), np.array([0, 1]), parent, np.array([1.5]), np.array([0.5]), term, kept)
    assert (term[0], kept[0]) == (0.0, 1.5)
