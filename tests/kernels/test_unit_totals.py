"""Oracle: loops over rows with a dictionary, one row and one number at a time."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.kernels import unit_totals

NOWHERE = np.empty(0, dtype=np.int32)
EVERY_ROW_ITS_OWN = np.array([2, 0, 1], dtype=np.int32)


@st.composite
def rows(draw):
    """Rows in any order, some without weight, some outside every domain, some units and domains without rows."""
    n, units, domains, k = (draw(st.integers(low, high)) for low, high in ((0, 40), (1, 6), (1, 5), (0, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    unit = rng.integers(0, units, n, dtype=np.int32)
    if draw(st.booleans()):
        unit.sort()
    domain = rng.integers(-1, domains, n, dtype=np.int32)
    weight = np.where(rng.random(n) < 0.2, 0.0, rng.lognormal(size=n))
    return unit, units, domain, domains, weight, rng.normal(size=(k, n))


def by_dictionary(unit, domain, weight, values):
    """Totals of every (unit, domain) that has a row with weight."""
    totals = defaultdict(lambda: [0.0] * (values.shape[0] + 1))
    for i in range(unit.size):
        if domain[i] >= 0 and weight[i] != 0.0:
            cell = totals[int(unit[i]), int(domain[i])]
            cell[0] += weight[i]
            for k in range(values.shape[0]):
                cell[k + 1] += weight[i] * values[k, i]
    return totals


def table_of(pairs, units, domains, width):
    table = np.zeros((units, domains, width))
    for (u, d), cell in pairs.items():
        table[u, d] = cell
    return table


@settings(derandomize=True, max_examples=200, deadline=None)
@given(rows())
def test_dense_equals_the_dictionary(given_rows):
    unit, units, domain, domains, weight, values = given_rows
    expected = table_of(by_dictionary(unit, domain, weight, values), units, domains, values.shape[0] + 1)
    got = unit_totals.dense(unit, units, domain, domains, weight, values)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(rows())
def test_one_domain_of_all_rows_needs_no_codes(given_rows):
    unit, units, domain, _, weight, values = given_rows
    expected = table_of(by_dictionary(unit, np.zeros_like(domain), weight, values), units, 1, values.shape[0] + 1)
    got = unit_totals.dense(unit, units, NOWHERE, 1, weight, values)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(rows())
def test_sparse_has_each_pair_once_and_in_its_unit(given_rows):
    unit, units, domain, domains, weight, values = given_rows
    expected = by_dictionary(unit, domain, weight, values)
    order, start = unit_totals.grouped(unit, units)
    first, pair_domain, totals, overall = unit_totals.sparse(order, start, domain, domains, weight, values)
    assert first[0] == 0
    assert first[-1] == len(expected) == pair_domain.size == len(totals)
    pairs = [(u, int(pair_domain[p])) for u in range(units) for p in range(first[u], first[u + 1])]
    assert sorted(pairs) == sorted(expected)
    np.testing.assert_allclose(totals, [expected[pair] for pair in pairs] or totals, rtol=1e-12, atol=1e-13)
    everything = table_of(expected, units, domains, values.shape[0] + 1).sum(axis=0)
    np.testing.assert_allclose(overall, everything, rtol=1e-12, atol=1e-12)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(rows(), st.booleans())
def test_moments_equal_sums_of_their_definition(given_rows, everywhere):
    _, _, domain, domains, weight, values = given_rows
    k = values.shape[0]
    if everywhere:
        domain, domains = np.zeros_like(domain), 1
    shift = np.linspace(-1.0, 1.0, k) + np.arange(domains)[:, None] / 7.0
    pairs = np.array([(a, b) for a in range(k) for b in range(a, k)], dtype=np.int64).reshape(-1, 2)
    got = unit_totals.moments(NOWHERE if everywhere else domain, domains, weight, values, shift, pairs)
    for d in range(domains):
        inside = (domain == d) & (weight != 0.0)
        assert got[0][d] == inside.sum()
        for m, (a, b) in enumerate(pairs):
            product = (values[a, inside] - shift[d, a]) * (values[b, inside] - shift[d, b])
            np.testing.assert_allclose(got[1][d, m], (weight[inside] * product).sum(), rtol=1e-11, atol=1e-12)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 7), max_size=60))
def test_grouped_is_a_stable_sort(codes):
    code = np.array(codes, dtype=np.int32)
    order, start = unit_totals.grouped(code, 8)
    if order.size == 0:  # said to lie in order already
        order = np.arange(code.size)
    np.testing.assert_array_equal(order, np.argsort(code, kind="stable"))
    np.testing.assert_array_equal(np.diff(start), [(code == c).sum() for c in range(8)])


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=60))
def test_first_rows_are_those_of_numpy_unique(codes):
    _, first, dense = np.unique(codes, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(unit_totals.first_rows(dense.astype(np.int32), first.size), first)


def test_rows_without_weight_add_nothing_even_if_missing():
    weight, values = np.array([1.0, 0.0, 2.0]), np.array([[3.0, np.nan, 5.0]])
    for domain, domains in ((NOWHERE, 1), (np.array([0, 1, 0], dtype=np.int32), 2)):
        got = unit_totals.dense(np.zeros(3, dtype=np.int32), 1, domain, domains, weight, values)
        np.testing.assert_array_equal(got[0, 0], [3.0, 13.0])
        counts, products = unit_totals.moments(
            domain, domains, weight, values, np.zeros((domains, 1)), np.array([[0, 0]])
        )
        assert (counts[0], products[0, 0]) == (2, 59.0)


@pytest.mark.parametrize("k", [1, 2])
def test_missing_values_with_weight_stay_in_their_domain(k):
    values = np.full((k, 3), 2.0)
    values[:, 1] = np.nan
    weight, domain = np.ones(3), np.array([0, 1, 0], dtype=np.int32)
    order, start = unit_totals.grouped(EVERY_ROW_ITS_OWN, 3)
    _, pair_domain, totals, overall = unit_totals.sparse(order, start, domain, 2, weight, values)
    np.testing.assert_array_equal(np.isnan(totals[:, 1:]).all(axis=1), pair_domain == 1)
    np.testing.assert_array_equal(overall, [[2.0, *[4.0] * k], [1.0, *[np.nan] * k]])
