"""Suppressed cells cannot be worked out: held against an attacker who knows the table, its sums and whole numbers.

The attacker is written here alone: he puts an unknown whole number in every cell of the finest division, and asks an
integer programme how small and how large a suppressed number may be, given every number that is published.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from target87.report.suppression import suppressed

ALL = "all"


def whole_table(inner, printed=None):
    """Labels, numbers and members of a table with its margins, or of the cells that are ``printed``."""
    labels, numbers, members = [], [], []
    for place in product(*(range(size + 1) for size in inner.shape)):
        label = tuple(ALL if k == size else f"{k}" for k, size in zip(place, inner.shape, strict=True))
        if printed is not None and not printed(label):
            continue
        index = tuple(slice(None) if k == size else k for k, size in zip(place, inner.shape, strict=True))
        own = np.zeros(inner.shape)
        own[index] = 1.0
        labels.append(label)
        numbers.append(float(inner[index].sum()))
        members.append(own.ravel())
    return labels, np.array(numbers), np.array(members)


def attacked(members, numbers, hidden, cell):
    """Least and most that a suppressed number may be for who knows the published ones, and that it is not nought."""
    rules = [LinearConstraint(members[~hidden], numbers[~hidden], numbers[~hidden])] if (~hidden).any() else []
    rules.append(LinearConstraint(members[hidden], np.ones(hidden.sum()), np.inf))
    ends = []
    for sign in (1.0, -1.0):
        found = milp(
            sign * members[cell],
            constraints=rules,
            integrality=np.ones(members.shape[1]),
            bounds=Bounds(0.0, 10 * numbers.max()),
        )
        assert found.success
        ends.append(sign * found.fun)
    return ends


def given_away(members, numbers, few, further, below):
    hidden = few | further
    return [int(cell) for cell in np.flatnonzero(few) if attacked(members, numbers, hidden, cell)[1] < below - 1e-6]


def divided_in_one(label):
    """Printed in a table by each column alone, with the whole."""
    return sum(one != ALL for one in label) <= 1


def without_one_margin(label):
    """A crossed table that prints the whole but neither row totals nor column totals."""
    return all(one == ALL for one in label) or ALL not in label


TABLES = st.tuples(
    st.integers(0, 10**6),
    st.sampled_from([(4,), (2, 2), (2, 5), (3, 3), (2, 2, 3)]),
    st.integers(2, 14),
    st.sampled_from([None, divided_in_one, without_one_margin]),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(TABLES)
def test_no_small_number_can_be_told_to_be_small(made):
    seed, shape, below, printed = made
    inner = np.random.default_rng(seed).choice([0, 1, 2, 5, 9, 20, 40], shape)
    labels, numbers, members = whole_table(inner, printed)
    few, further = suppressed(labels, numbers, below, margin=ALL)
    np.testing.assert_array_equal(few, (numbers > 0) & (numbers < below))
    assert not (few & further).any()
    assert not further[numbers == 0].any()
    assert given_away(members, numbers, few, further, below) == []


@pytest.mark.parametrize("shape", [(2, 5), (3, 3)])
def test_no_cell_is_suppressed_that_need_not_be(shape):
    """In two columns; with three the search has fractions and may hold off more than an attacker of whole numbers."""
    tried = 0
    for seed in range(15):
        inner = np.random.default_rng(seed).choice([1, 3, 9, 20, 40], shape)
        labels, numbers, members = whole_table(inner)
        few, further = suppressed(labels, numbers, 10, margin=ALL)
        for cell in np.flatnonzero(further):
            shown = further.copy()
            shown[cell] = False
            assert given_away(members, numbers, few, shown, 10) != []
            tried += 1
    assert tried > 20


def test_the_choice_is_near_the_smallest_in_small_tables():
    """Every choice of further cells is tried: in how many tables does the search hide more persons than it must?"""
    found, best = [], []
    for seed in range(25):
        inner = np.random.default_rng(seed).integers(1, 40, (2, 3))
        labels, numbers, members = whole_table(inner)
        few, further = suppressed(labels, numbers, 8, margin=ALL)
        if not few.any():
            continue
        found.append(numbers[further].sum())
        best.append(smallest_cover(members, numbers, few, 8, found[-1]))
    assert len(found) > 10
    assert sum(one > two for one, two in zip(found, best, strict=True)) <= 0.1 * len(found)
    assert sum(found) <= 1.02 * sum(best)


def smallest_cover(members, numbers, few, below, most):
    """Fewest persons in further cells that hold the attacker off, of all choices that hide no more than ``most``."""
    open_cells = np.flatnonzero(~few & (numbers < most))
    best = most
    for size in range(len(open_cells) + 1):
        for chosen in combinations(open_cells, size):
            persons = numbers[list(chosen)].sum()
            if persons < best:
                further = np.isin(np.arange(few.size), chosen)
                best = best if given_away(members, numbers, few, further, below) else persons
    return best


def test_without_the_second_step_a_single_cell_is_given_away():
    labels, numbers, members = whole_table(np.array([[3, 40], [50, 60]]))
    few, further = suppressed(labels, numbers, 10, margin=ALL, secondary=False)
    assert (few.sum(), further.sum()) == (1, 0)
    assert attacked(members, numbers, few, 0) == [3.0, 3.0]
    few, further = suppressed(labels, numbers, 10, margin=ALL)
    assert few.sum() == 1
    assert further.sum() == 3  # a row, a column and the corner: fewer cannot protect a cell of a two-way table
    assert attacked(members, numbers, few | further, 0) == [1.0, 42.0]


def test_two_small_cells_do_not_cover_each_other():
    """No sum gives either away; but two numbers that are not nought and add up to 2 are 1 and 1."""
    labels, numbers, members = whole_table(np.array([1, 1, 60, 70]))
    few, further = suppressed(labels, numbers, 10, margin=ALL)
    assert attacked(members, numbers, few, 0) == [1.0, 1.0]
    assert [labels[cell] for cell in np.flatnonzero(further)] == [("2",)]


def test_margins_that_are_not_printed_add_up_all_the_same():
    labels, numbers, _ = whole_table(np.array([[5, 95], [100, 100]]), without_one_margin)
    few, further = suppressed(labels, numbers, 10, margin=ALL)
    assert labels[int(np.flatnonzero(few)[0])] == ("0", "0")
    assert further.sum() == 1  # the whole less the three others would be the fourth


def test_a_table_without_margins_hides_the_small_cells_alone():
    few, further = suppressed([("a",), ("b",)], [3.0, 40.0], 10, margin=ALL)
    assert few.tolist() == [True, False]
    assert not further.any()


def test_cells_of_nobody_are_shown_and_no_cover():
    few, further = suppressed([(ALL,), ("a",), ("b",), ("c",)], [43.0, 3.0, 0.0, 40.0], 10, margin=ALL)
    assert few.tolist() == [False, True, False, False]
    assert further.tolist() == [False, False, False, True]  # the empty cell would not have hidden the other


def test_many_persons_without_label_hide_a_cell_and_few_do_not():
    cells = [(ALL,), ("a",), ("b",)]
    _, further = suppressed(cells, [143.0, 3.0, 40.0], 10, margin=ALL)
    assert not further.any()
    _, further = suppressed(cells, [45.0, 3.0, 40.0], 10, margin=ALL)  # 2 without: who knows them has the cell
    assert further.tolist() == [False, False, True]


def test_variables_are_hidden_together_and_one_tells_of_the_other():
    cells = [(ALL,), ("a",), ("b",), ("c",)]
    few, further = suppressed(cells, np.array([[90, 90], [12, 9], [30, 33], [48, 48]]), 10, margin=ALL)
    assert few.tolist() == [False, True, False, False]
    assert further.tolist() == [False, False, True, False]
    nan = np.nan  # the margin is printed on one variable, its cells on another, of the same persons
    _, further = suppressed(cells, np.array([[90, nan], [nan, 9], [nan, 33], [nan, 48]]), 10, margin=ALL)
    assert further.tolist() == [False, False, True, False]


def test_nested_columns_add_up_level_by_level():
    cells = [(ALL, ALL), ("n", ALL), ("s", ALL), ("n", "n1"), ("n", "n2"), ("s", "s1"), ("s", "s2")]
    few, further = suppressed(cells, [200, 90, 110, 4, 86, 50, 60], 10, margin=ALL)
    assert np.flatnonzero(few).tolist() == [3]
    assert np.flatnonzero(further).tolist() == [4]


@pytest.mark.parametrize("below", [0, 1])
def test_nothing_is_suppressed_below_one(below):
    labels, numbers, _ = whole_table(np.array([[3, 40], [0, 60]]))
    few, further = suppressed(labels, numbers, below, margin=ALL)
    assert not few.any()
    assert not further.any()


def test_numbers_that_do_not_add_up_hide_all():
    """Nothing can be promised of a table whose parts exceed the whole in a way no change of it could keep."""
    few, further = suppressed([(ALL,), ("a",)], [0.0, 3.0], 10, margin=ALL)
    assert few.tolist() == [False, True]
    assert not further[0]
