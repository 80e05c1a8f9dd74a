"""Direct labels apart from one another: against a bounded least-squares solver of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import lsq_linear

from target87.plots import style


def solved(places: np.ndarray, gap: float) -> np.ndarray:
    """The same problem as non-negative steps up from zero, for a general solver."""
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(places.size)
    climb = np.tril(np.ones((places.size, places.size)))
    found = lsq_linear(climb, places[order] - steps, bounds=(0, np.inf), method="bvls", tol=1e-14).x
    result = np.empty(places.size)
    result[order] = climb @ found + steps
    return result


@given(arrays(float, st.integers(1, 8), elements=st.floats(0, 1)), st.floats(0.01, 0.2))
def test_labels_are_moved_as_little_as_possible(places, gap):
    np.testing.assert_allclose(style.spread(places, gap), solved(places, gap), atol=1e-8)


@given(arrays(float, st.integers(2, 8), elements=st.floats(0, 1)))
def test_labels_are_apart_and_in_order(places):
    moved = style.spread(places, 0.05)
    assert moved.min() >= 0
    assert np.diff(np.sort(moved)).min() >= 0.05 - 1e-12
    assert (moved[np.argsort(places, kind="stable")] == np.sort(moved)).all()


def test_labels_far_apart_stay():
    np.testing.assert_array_equal(style.spread(np.array([0.9, 0.1, 0.5]), 0.05), [0.9, 0.1, 0.5])


@pytest.mark.parametrize(("value", "text"), [(-3.04, "−3.0"), (0.75, "+0.8"), (-87.3, "−87"), (19.96, "+20.0")])
def test_changes_carry_their_sign(value, text):
    assert style.signed(value) == text


def test_axes_given_are_used():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert style.on_axes(axes) is axes
