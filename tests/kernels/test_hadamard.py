"""Oracles: the definition of a Hadamard matrix, and scipy's, which has the powers of 2."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from target87.kernels import hadamard

ORDERS = [1, 2, *(order for order in range(4, 341, 4))]
OUT_OF_REACH = {92, 116, 156, 172, 184, 188, 232, 236, 260, 268, 292, 324}  # known by other constructions, not by these


@pytest.mark.parametrize("order", ORDERS)
def test_rows_are_orthogonal(order):
    matrix = hadamard.matrix(order)
    if order in OUT_OF_REACH:
        assert matrix is None
        return
    assert matrix.shape == (order, order)
    np.testing.assert_array_equal(np.unique(np.abs(matrix)), [1])
    wide = matrix.astype(np.int64)
    np.testing.assert_array_equal(wide @ wide.T, order * np.eye(order))


@pytest.mark.parametrize("order", [1, 2, 12, 28, 52, 100, 244])  # 27 = 3³, 25 = 5² and 243 = 3⁵ are no primes
def test_first_row_is_of_ones_so_that_others_balance(order):
    matrix = hadamard.matrix(order)
    np.testing.assert_array_equal(matrix[0], np.ones(order))
    np.testing.assert_array_equal(matrix[1:].sum(axis=1), np.zeros(order - 1))


@pytest.mark.parametrize("order", [1, 2, 4, 8, 16, 64, 256])
def test_powers_of_two_are_sylvesters(order):
    np.testing.assert_array_equal(hadamard.matrix(order), scipy.linalg.hadamard(order))


@pytest.mark.parametrize("order", [-4, 0, 3, 5, 6, 10, 90, 92])
def test_orders_that_cannot_be_made(order):
    assert not hadamard.constructible(order)
    assert hadamard.matrix(order) is None


@pytest.mark.parametrize(
    ("at_least", "order"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (41, 44), (89, 96), (93, 96), (257, 264)]
)
def test_next_order(at_least, order):
    assert hadamard.smallest_order(at_least) == order
