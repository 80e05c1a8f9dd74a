"""Oracles: iterative proportional fitting written out with numpy.bincount, and R's `rake` (survey 4.5)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.kernels.raking import rake
from tests.reference.survey.data import blocks, frame

TYPES, SCHOOL_WIDE = np.array([4421.0, 755.0, 1018.0]), np.array([1072.0, 5122.0])


def offsets(widths) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)


def slow_rake(totals, codes, targets, *, tolerance=1e-12, sweeps=20_000):
    """One table, margin after margin."""
    fitted = totals.astype(float).copy()
    for _ in range(sweeps):
        for code, target in zip(codes, targets, strict=True):
            fitted *= (target / np.bincount(code, fitted, minlength=target.size))[code]
        miss = [np.bincount(c, fitted, minlength=t.size) / t - 1.0 for c, t in zip(codes, targets, strict=True)]
        if max(np.abs(one).max() for one in miss) < tolerance:
            return fitted / totals
    raise AssertionError("the slow version did not converge")


@st.composite
def tables(draw):
    """A full table of several margins, and targets that some table of the same shape has."""
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cells = int(np.prod(widths))
    codes = np.array(np.unravel_index(np.arange(cells), widths), dtype=np.int32)
    totals = rng.lognormal(3.0, 1.0, cells)
    other = totals * rng.lognormal(0.0, 0.7, cells)
    targets = [np.bincount(code, other, minlength=width) for code, width in zip(codes, widths, strict=True)]
    return totals, codes, targets, offsets(widths)


@given(tables())
def test_equal_to_the_slow_version(table):
    totals, codes, targets, start = table
    raked = rake(totals[:, None], codes, np.concatenate(targets), start, tolerance=1e-12)
    assert raked.converged.all()
    # the margins are met to 1e-12; cells to about a hundred times that
    np.testing.assert_allclose(raked.factors[:, 0], slow_rake(totals, codes, targets), rtol=1e-9)


@given(tables())
def test_margins_are_reached_and_factors_are_products(table):
    totals, codes, targets, start = table
    raked = rake(totals[:, None], codes, np.concatenate(targets), start)
    fitted = totals * raked.factors[:, 0]
    for code, target in zip(codes, targets, strict=True):
        np.testing.assert_allclose(np.bincount(code, fitted, minlength=target.size), target, rtol=1e-10)
    np.testing.assert_allclose(raked.reached[:, 0], np.concatenate(targets), rtol=1e-10)
    # log factors are a sum of one term a category: what raking leaves alone are the interactions
    x = np.zeros((totals.size, start[-1]))
    for first, code in zip(start[:-1], codes, strict=True):
        x[np.arange(totals.size), first + code] = 1.0
    logs = np.log(raked.factors[:, 0])
    np.testing.assert_allclose(x @ np.linalg.lstsq(x, logs, rcond=None)[0], logs, atol=1e-9)


@given(tables(), st.integers(0, 2**32 - 1))
def test_order_of_cells_does_not_matter(table, seed):
    totals, codes, targets, start = table
    order = np.random.default_rng(seed).permutation(totals.size)
    one = rake(totals[:, None], codes, np.concatenate(targets), start)
    other = rake(totals[order, None], np.ascontiguousarray(codes[:, order]), np.concatenate(targets), start)
    np.testing.assert_allclose(other.factors, one.factors[order], rtol=1e-9)


@given(tables())
def test_nothing_to_do_leaves_ones(table):
    totals, codes, targets, start = table
    own = [np.bincount(code, totals, minlength=target.size) for code, target in zip(codes, targets, strict=True)]
    raked = rake(totals[:, None], codes, np.concatenate(own), start)
    assert raked.sweeps[0] == 1
    np.testing.assert_allclose(raked.factors, 1.0, rtol=1e-12)


def test_sets_do_not_know_of_each_other():
    rng = np.random.default_rng(3)
    codes = np.array(np.unravel_index(np.arange(12), (3, 4)), dtype=np.int32)
    totals, other = rng.lognormal(2, 1, (12, 5)), rng.lognormal(2, 1, 12)
    targets = np.concatenate([np.bincount(code, other) for code in codes])
    together = rake(totals, codes, targets, offsets((3, 4)))
    for k in range(5):
        alone = rake(totals[:, k : k + 1], codes, targets, offsets((3, 4)))
        np.testing.assert_array_equal(together.factors[:, k], alone.factors[:, 0])
        assert together.sweeps[k] == alone.sweeps[0]


def test_cells_without_weight_have_the_factors_of_their_categories():
    codes = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.int32)
    raked = rake(np.array([[2.0], [0.0], [1.0], [3.0]]), codes, np.array([4.0, 8.0, 6.0, 6.0]), offsets((2, 2)))
    assert raked.converged.all()
    factors = raked.factors[:, 0]
    assert factors[1] == pytest.approx(factors[0] * factors[3] / factors[2])


def test_margins_that_cannot_be_reached_are_told():
    """A category without weight, and a diagonal table whose margins ask for different diagonals."""
    empty = rake(np.array([[1.0], [0.0]]), np.array([[0, 1]], dtype=np.int32), np.array([1.0, 1.0]), offsets((2,)))
    assert not empty.converged[0]
    np.testing.assert_array_equal(empty.reached[:, 0], [1.0, 0.0])
    same = np.array([[0, 1], [0, 1]], dtype=np.int32)
    diagonal = rake(np.ones((2, 1)), same, np.array([3.0, 1.0, 1.0, 3.0]), offsets((2, 2)), max_sweeps=50)
    assert not diagonal.converged[0]
    assert diagonal.sweeps[0] == 50
    np.testing.assert_allclose(diagonal.reached[:, 0], [1.0, 3.0, 1.0, 3.0])


def test_input_is_left_alone():
    totals, targets = np.array([[1.0], [2.0]]), np.array([5.0, 6.0])
    rake(totals, np.array([[0, 1]], dtype=np.int32), targets, offsets((2,)))
    np.testing.assert_array_equal(totals, [[1.0], [2.0]])
    np.testing.assert_array_equal(targets, [5.0, 6.0])


def schools(data: str):
    rows = frame(data)
    codes = rows["stype"].cat.codes.to_numpy() * 2 + rows["sch.wide"].cat.codes.to_numpy()
    of_cell = np.array(np.unravel_index(np.arange(6), (3, 2)), dtype=np.int32)
    weights = rows["pw"].to_numpy(float)
    return weights, codes, of_cell, np.bincount(codes, weights, minlength=6)[:, None]


DESIGNS = {"dclus1": "apiclus1", "dclus1_nofpc": "apiclus1", "dclus2": "apiclus2", "dstrat": "apistrat"}


@pytest.mark.parametrize("design", DESIGNS)
def test_weights_of_r(design):
    weights, codes, of_cell, totals = schools(DESIGNS[design])
    raked = rake(totals, of_cell, np.concatenate([TYPES, SCHOOL_WIDE]), offsets((3, 2)))
    block = blocks()[f"c.{design}_rake.weights"]
    np.testing.assert_allclose(weights * raked.factors[codes, 0], block["result"]["values"], rtol=block["rtol"])


@pytest.mark.parametrize("design", DESIGNS)
def test_stopping_rule_of_r(design):
    """R stops when no count moves by 1 (epsilon=1, maxit=10), long before the margins hold to many digits."""
    weights, codes, of_cell, totals = schools(DESIGNS[design])
    raked = rake(
        totals,
        of_cell,
        np.concatenate([TYPES, SCHOOL_WIDE]),
        offsets((3, 2)),
        tolerance=1.0,
        max_sweeps=10,
        by_change=True,
    )
    block = blocks()[f"c.{design}_rakedef.wsum"]
    ours = weights * raked.factors[codes, 0]
    figures = [ours.sum(), ours.min(), ours.max(), np.sum(ours**2)]
    np.testing.assert_allclose(figures, block["result"]["values"], rtol=block["rtol"])
