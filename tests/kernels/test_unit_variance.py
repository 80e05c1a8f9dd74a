"""Oracle: NumPy over whole groups, every unit written out: means, deviations, squares and outer products."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.kernels import unit_totals, unit_variance


@st.composite
def tables(draw):
    """Totals ``(units, domains, k)`` with cells that do not occur, derivatives, groups and multipliers of units."""
    units, domains, k, j, groups = (draw(st.integers(1, most)) for most in (12, 5, 3, 3, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    totals = rng.normal(size=(units, domains, k)) + draw(st.sampled_from([0.0, 100.0]))
    totals[rng.random((units, domains)) < draw(st.sampled_from([0.0, 0.5, 0.9]))] = 0.0
    group = rng.integers(0, groups, units, dtype=np.int32)
    if draw(st.booleans()):
        group.sort()
    return totals, rng.normal(size=(domains, j, k)), group, groups, rng.lognormal(size=groups)


def written_out(totals, jacobian):
    """Scores ``(units, j * domains)``, statistics slowest."""
    return np.stack(
        [totals[:, d] @ jacobian[d, j] for j in range(jacobian.shape[1]) for d in range(jacobian.shape[0])], axis=1
    )


def as_pairs(totals):
    """The cells of a table that are not zero, as ``unit_totals.sparse`` gives them."""
    occurs = (totals != 0.0).any(axis=2)
    first = np.concatenate([[0], np.cumsum(occurs.sum(axis=1))])
    return first, np.nonzero(occurs)[1].astype(np.int32), np.ascontiguousarray(totals[occurs])


@settings(derandomize=True, max_examples=200, deadline=None)
@given(tables())
def test_scores_are_the_same_from_tables_and_from_pairs(table):
    totals, jacobian, *_ = table
    expected = written_out(totals, jacobian)
    z = np.full(expected.shape, np.nan)
    unit_variance.scores(totals, jacobian, z)
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-11)
    first, domain, pairs = as_pairs(totals)
    z = np.zeros(expected.shape)
    unit_variance.scatter_scores(first + 7, pairs, domain, jacobian, z)  # counted from the first
    np.testing.assert_allclose(z, expected, rtol=1e-12, atol=1e-11)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(tables())
def test_sums_of_squares_and_products_about_group_means(table):
    totals, jacobian, group, groups, scale = table
    z = written_out(totals, jacobian)
    centre, products = np.zeros((groups, z.shape[1])), np.zeros((z.shape[1],) * 2)
    squares = np.zeros((groups, z.shape[1]))
    for g in np.unique(group):
        own = z[group == g]
        centre[g] = own.mean(axis=0)
        squares[g] = scale[g] * ((own - centre[g]) ** 2).sum(axis=0)
        products += scale[g] * sum(np.outer(row, row) for row in own - centre[g])
    sums = np.zeros_like(centre)
    unit_variance.add_rows(z, group, sums)
    np.testing.assert_allclose(sums, centre * np.bincount(group, minlength=groups)[:, None], rtol=1e-12, atol=1e-10)
    from_pairs = np.zeros((groups, *totals.shape[1:]))
    first, domain, pairs = as_pairs(totals)
    unit_variance.add_pairs(first, pairs, domain, group, from_pairs)
    of_groups = np.stack([totals[group == g].sum(axis=0) for g in range(groups)])
    np.testing.assert_allclose(from_pairs, of_groups, rtol=1e-12, atol=1e-10)
    by_group, variance = np.zeros_like(squares), np.zeros(z.shape[1])
    unit_variance.group_squares(z, group, centre, scale[group], by_group)
    unit_variance.add_squares(z, group, centre, scale[group], variance)
    np.testing.assert_allclose(by_group, squares, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(variance, squares.sum(axis=0), rtol=1e-9, atol=1e-10)
    total = np.zeros_like(products)
    unit_variance.add_products(z.copy(), group, centre, np.sqrt(scale[group]), total)
    np.testing.assert_allclose(total, products, rtol=1e-9, atol=1e-9)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(tables(), st.integers(0, 3))
def test_sparse_variance_counts_the_cells_that_do_not_occur(table, without_rows):
    totals, jacobian, group, groups, scale = table
    z = written_out(totals, jacobian[:, :1])
    size = np.bincount(group, minlength=groups) + float(without_rows)
    expected = np.zeros(z.shape[1])
    for g in np.unique(group):
        own = np.concatenate([z[group == g], np.zeros((without_rows, z.shape[1]))])
        expected += scale[g] * ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    first, domain, pairs = as_pairs(totals)
    variance = np.zeros(z.shape[1])
    order, start = unit_totals.grouped(group, groups)
    own = np.ascontiguousarray(jacobian[:, 0])
    unit_variance.sparse_variance(order, start, first, domain, pairs, own, scale, np.maximum(size, 1.0), variance)
    np.testing.assert_allclose(variance, expected, rtol=1e-9, atol=1e-9)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(tables())
def test_variance_from_a_table_is_the_centred_sum_of_squares(table):
    totals, jacobian, group, groups, scale = table
    z = written_out(totals, jacobian[:, :1])
    expected = np.zeros(z.shape[1])
    for g in np.unique(group):
        expected += scale[g] * ((z[group == g] - z[group == g].mean(axis=0)) ** 2).sum(axis=0)
    variance, size = np.zeros(z.shape[1]), np.maximum(np.bincount(group, minlength=groups), 1.0)
    order, start = unit_totals.grouped(group, groups)
    unit_variance.dense_variance(order, start, totals, np.ascontiguousarray(jacobian[:, 0]), scale, size, variance)
    np.testing.assert_allclose(variance, expected, rtol=1e-9, atol=1e-9)


def test_digits_survive_a_large_common_score():
    # scores of 1e8 that differ by about 1: squares of 1e16, whose difference would keep no digit of the variance
    rng = np.random.default_rng(5)
    totals = 1e8 + rng.normal(size=(200, 3, 1))
    expected = 50 * np.stack([part.var(axis=0) for part in np.split(totals[:, :, 0], 4)]).sum(axis=0)
    order, start = unit_totals.grouped(np.repeat(np.arange(4, dtype=np.int32), 50), 4)
    rest = (np.ones((3, 1)), np.ones(4), np.full(4, 50.0))
    from_table, from_pairs = np.zeros(3), np.zeros(3)
    unit_variance.dense_variance(order, start, totals, *rest, from_table)
    unit_variance.sparse_variance(order, start, *as_pairs(totals), *rest, from_pairs)
    np.testing.assert_allclose(from_table, expected, rtol=1e-9)
    np.testing.assert_allclose(from_pairs, expected, rtol=1e-9)


def test_equal_units_have_no_variance_at_all():
    # a sum of squares less a squared mean would leave a rounding of the squares
    totals = np.full((50, 3, 1), 1e8)
    first, domain, pairs = as_pairs(totals)
    variance, one_group = np.zeros(3), np.zeros(50, dtype=np.int32)
    order, start = unit_totals.grouped(one_group, 1)
    rest = (np.ones((3, 1)), np.ones(1), np.full(1, 50.0), variance)
    unit_variance.sparse_variance(order, start, first, domain, pairs, *rest)
    unit_variance.dense_variance(order, start, totals, *rest)
    np.testing.assert_array_equal(variance, 0.0)


def test_units_of_no_scale_take_no_part():
    z, group = np.array([[1.0], [np.nan], [3.0]]), np.zeros(3, dtype=np.int32)
    variance = np.zeros(1)
    unit_variance.add_squares(z, group, np.zeros((1, 1)), np.array([1.0, 0.0, 1.0]), variance)
    np.testing.assert_array_equal(variance, [10.0])
