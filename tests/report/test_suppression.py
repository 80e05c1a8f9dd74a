"""Suppressed cells cannot be worked out: held against an attacker who solves the table's own equations."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.report.suppression import determined, margins, suppressed

ALL = "all"


def whole_table(inner):
    """Labels and numbers of a table with its margins: two or three columns, every one with its totals."""
    labels, numbers = [], []
    for place in product(*(range(size + 1) for size in inner.shape)):
        labels.append(tuple(ALL if k == size else f"{k}" for k, size in zip(place, inner.shape, strict=True)))
        index = tuple(slice(None) if k == size else k for k, size in zip(place, inner.shape, strict=True))
        numbers.append(float(inner[index].sum()))
    return labels, np.array(numbers)


def attacked(labels, hidden):
    """Hidden cells that an attacker finds from the published ones and the margins."""
    rows = []
    place = {cell: k for k, cell in enumerate(labels)}
    for cell in labels:
        for column, label in enumerate(cell):
            if label == ALL:
                row = np.zeros(len(labels))
                row[place[cell]] = -1.0
                for other in labels:
                    same = all(o == c for k, (o, c) in enumerate(zip(other, cell, strict=True)) if k != column)
                    if same and other[column] != ALL:
                        row[place[other]] = 1.0
                rows.append(row)
    system = np.array(rows)
    own = system[:, np.flatnonzero(hidden)]
    rank = np.linalg.matrix_rank(own)
    return [  # a number is found if knowing it would teach the equations nothing
        cell
        for k, cell in enumerate(np.flatnonzero(hidden))
        if np.linalg.matrix_rank(np.vstack([own, np.eye(own.shape[1])[k]])) == rank
    ]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(2, 2), (2, 5), (3, 3), (2, 2, 3)]), st.integers(2, 12))
def test_nothing_suppressed_can_be_worked_out(seed, shape, below):
    inner = np.random.default_rng(seed).integers(0, 30, shape)
    labels, numbers = whole_table(inner)
    few, further = suppressed(labels, numbers, below, margin=ALL)
    hidden = few | further
    np.testing.assert_array_equal(few, (numbers > 0) & (numbers < below))
    if hidden.any():
        assert not [cell for cell in attacked(labels, hidden) if few[cell]]


def test_without_the_second_step_a_single_cell_is_given_away():
    labels, numbers = whole_table(np.array([[3, 40], [50, 60]]))
    few, further = suppressed(labels, numbers, 10, margin=ALL, secondary=False)
    assert (few.sum(), further.sum()) == (1, 0)
    assert attacked(labels, few) == [0]
    few, further = suppressed(labels, numbers, 10, margin=ALL)
    assert few.sum() == 1
    assert further.sum() == 3  # a row, a column and the corner: fewer cannot protect a cell of a two-way table
    assert attacked(labels, few | further) == []


def test_a_table_without_margins_hides_the_small_cells_alone():
    few, further = suppressed([("a",), ("b",)], np.array([3.0, 40.0]), 10, margin=ALL)
    assert few.tolist() == [True, False]
    assert not further.any()


def test_cells_of_nobody_are_shown_and_no_cover():
    few, further = suppressed([(ALL,), ("a",), ("b",), ("c",)], np.array([43.0, 3.0, 0.0, 40.0]), 10, margin=ALL)
    assert few.tolist() == [False, True, False, False]
    assert further.tolist() == [False, False, False, True]  # the empty cell would not have hidden the other


def test_equations_and_what_they_give_away():
    labels, _ = whole_table(np.ones((2, 2), dtype=int))
    equations = margins(labels, ALL)
    assert equations.shape == (6, 9)  # three sums along each of two columns
    assert determined(equations, np.arange(9) == 0).tolist() == [True] + [False] * 8
    corner = np.isin(np.arange(9), [0, 1, 3, 4])
    assert not determined(equations, corner).any()


@pytest.mark.parametrize("below", [0, 1])
def test_nothing_is_suppressed_below_one(below):
    labels, numbers = whole_table(np.array([[3, 40], [0, 60]]))
    few, further = suppressed(labels, numbers, below, margin=ALL)
    assert not few.any()
    assert not further.any()
