"""Suppression held against an attacker who knows all that is printed and counts whole persons.

The attacker does not use the sums between cells: unknown are the persons in each place where all columns meet, printed
or not, and every printed number is a sum of them. Bounds are by integer programming.
"""

from __future__ import annotations

from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import target87 as t87
from target87.report.suppression import suppressed

ALL = "all"
SHAPES = [(6,), (2, 2), (2, 5), (3, 3), (2, 2, 3), (2, 3, 3)]
PRINTED = {  # by how many columns a cell is not divided by, of how many
    "every margin": lambda undivided, columns: True,
    "no margin": lambda undivided, columns: undivided == 0,
    "no grand total": lambda undivided, columns: undivided < columns,
    "grand total alone": lambda undivided, columns: undivided in (0, columns),
    "one column at a time": lambda undivided, columns: undivided == columns - 1,
    "one column at a time and all": lambda undivided, columns: undivided >= columns - 1,
}


def printed(inner, which):
    """Labels and numbers of the cells that are printed, and which inner places each is the sum of."""
    places = np.arange(inner.size).reshape(inner.shape)
    labels, numbers, parts = [], [], []
    for cell in product(*(range(size + 1) for size in inner.shape)):
        undivided = [k == size for k, size in zip(cell, inner.shape, strict=True)]
        if PRINTED[which](sum(undivided), inner.ndim):
            own = tuple(slice(None) if every else k for k, every in zip(cell, undivided, strict=True))
            labels.append(tuple(ALL if every else f"{k}" for k, every in zip(cell, undivided, strict=True)))
            numbers.append(float(inner[own].sum()))
            parts.append(np.isin(places, places[own]).ravel().astype(float))
    return labels, np.array(numbers), np.array(parts)


def bound(parts, numbers, hidden, cell, sign):
    """The most (1) or fewest (-1) persons that may be in a cell, of whom all that is hidden holds one at least."""
    known = LinearConstraint(parts, np.where(hidden, 1.0, numbers), np.where(hidden, np.inf, numbers))
    found = milp(-sign * parts[cell], constraints=known, bounds=Bounds(0.0, np.inf), integrality=np.ones(len(parts[0])))
    if found.status == 0:
        return -sign * found.fun
    assert found.status in (3, 4), found.message  # what is printed cannot contradict itself: without bound, then
    return sign * np.inf


def given_away(parts, numbers, hidden, few, below):
    return [cell for cell in np.flatnonzero(few) if bound(parts, numbers, hidden, cell, 1) < below - 1e-6]


@pytest.mark.parametrize("which", PRINTED)
@settings(derandomize=True, max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), below=st.integers(2, 14), most=st.integers(2, 40))
def test_no_cell_of_few_can_be_told_to_have_few(which, seed, shape, below, most):
    labels, numbers, parts = printed(np.random.default_rng(seed).integers(0, most, shape), which)
    few, further = suppressed(labels, numbers, below, margin=ALL)
    np.testing.assert_array_equal(few, (numbers > 0) & (numbers < below))
    assert not (few & further).any()
    assert given_away(parts, numbers, few | further, few, below) == []


def test_this_attacker_does_find_cells_that_nothing_protects():
    labels, numbers, parts = printed(np.array([[3, 40], [50, 60]]), "every margin")
    few, _ = suppressed(labels, numbers, 10, margin=ALL, secondary=False)
    assert given_away(parts, numbers, few, few, 10) == [0]
    assert (bound(parts, numbers, few, 0, -1), bound(parts, numbers, few, 0, 1)) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("inner", "which", "below"),
    [
        ([3, 4, 90, 80], "every margin", 10),  # two that cover each other, and are seven together
        ([1, 1, 1, 50], "every margin", 2),  # three suppressed cells of three persons: one in each
        ([[3, 40], [50, 60]], "one column at a time", 50),  # the two margins have one sum, which is not printed
        ([[3, 40], [50, 60]], "grand total alone", 10),  # the total less all others, across two columns at once
    ],
)
def test_what_sums_alone_do_not_show(inner, which, below):
    labels, numbers, parts = printed(np.array(inner), which)
    few, further = suppressed(labels, numbers, below, margin=ALL)
    assert few.any()
    assert given_away(parts, numbers, few, few, below)  # the first step alone is not enough
    assert given_away(parts, numbers, few | further, few, below) == []


def test_a_higher_minimum_uncovers_no_cell_of_few():
    labels, numbers, _ = printed(np.random.default_rng(7).integers(0, 40, (3, 4)), "every margin")
    few = [suppressed(labels, numbers, below, margin=ALL)[0] for below in range(40)]
    assert all((less <= more).all() for less, more in pairwise(few))
    assert few[-1].sum() > few[5].sum() > 0


COLUMNS = {"region": list("ABCD"), "sex": ["boy", "girl"], "school": ["no", "yes"]}
PLACES = list(product(*COLUMNS.values()))


def children(seed):
    """A sample of children with regions of very different size."""
    rng = np.random.default_rng(seed)
    shares = {"region": rng.dirichlet(np.full(4, 0.7)), "sex": [0.7, 0.3], "school": [0.5, 0.5]}
    return pd.DataFrame({name: rng.choice(labels, 300, p=shares[name]) for name, labels in COLUMNS.items()})


def estimates(sample, by):
    """Rates by these columns with all margins, from one survey."""
    rows = []
    for names in (some for size in range(len(by) + 1) for some in combinations(by, size)):
        counted = sample.groupby(list(names)).size().items() if names else [((), len(sample))]
        rows += [dict.fromkeys(by, ALL) | dict(zip(names, key if names[1:] else [key], strict=False)) | {"n": n}
                 for key, n in counted]  # fmt: skip
    frame = pd.DataFrame(rows).assign(rate=10.0, se=1.0)
    return t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=list(by), n="n", unit="percent", survey="S")


def read(table):
    """Number of persons by domain as a reader takes it from the table; None where it is suppressed."""
    frame = table.to_dataframe()
    labels = [[name for name in COLUMNS if name in frame.columns and row[name] != "All"] for _, row in frame.iterrows()]
    return {
        tuple((name, row[name]) for name in own): None if row["n"] == "(s)" else float(row["n"])
        for own, (_, row) in zip(labels, frame.iterrows(), strict=True)
    }


def told_by_all(tables, sample, below):
    """Domains of few that a reader of all tables together sees, or can tell to have few."""
    every = [item for table in tables for item in read(table).items()]
    known = {domain: n for domain, n in every if n is not None}
    hidden = [domain for domain, n in every if n is None]
    numbers = np.array([*known.values(), *(0.0 for _ in hidden)])
    parts = np.array(
        [[all(label in place for _, label in one) for place in PLACES] for one in (*known, *hidden)], float
    )
    unknown = np.arange(len(numbers)) >= len(known)
    found = set()
    for place, domain in enumerate(hidden, start=len(known)):
        n = int(np.logical_and.reduce([sample[name] == label for name, label in domain]).sum())
        seen = domain in known or bound(parts, numbers, unknown, place, 1) < below - 1e-6
        if n < below and seen:
            found.add(domain)
    return found


@pytest.mark.parametrize("seed", [6, 13, 17])
def test_tables_of_one_publication_protect_each_other_and_alone_they_do_not(seed):
    sample = children(seed)
    parts = [estimates(sample, by) for by in (["region"], ["region", "sex"], ["region", "school"])]
    alone = [t87.report.table(one, values=["n"], suppress_below=20) for one in parts]
    assert told_by_all(alone, sample, 20)  # what one table hides to protect a domain, another shows
    together = [t87.report.table(one, values=["n"], suppress_below=20, beside=parts) for one in parts]
    assert any(None in read(table).values() for table in together)
    assert told_by_all(together, sample, 20) == set()
