"""The figure draws the numbers of its arrays, and doubtful ones apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from target87.plots import plot_estimates
from target87.plots.estimates import MARKS
from target87.results.estimates import Estimates

MIDDLE, LOW, HIGH = [9.0, 12.0, 5.0, 7.0], [7.0, 9.0, 4.5, 1.0], [11.0, 15.5, 5.5, 22.0]
LABELS = ["boys", "girls", "both", "few"]


def drawn(axes) -> tuple[dict[float, float], dict[float, tuple[float, float]]]:
    """Points by line, and intervals by line."""
    points = {float(y): float(x) for one in axes.lines for x, y in zip(one.get_xdata(), one.get_ydata(), strict=True)}
    bars = {}
    for one in axes.collections:
        for (left, y), (right, _) in one.get_segments():
            bars[float(y)] = (float(left), float(right))
    return points, bars


def test_points_and_intervals_are_the_numbers():
    axes = plot_estimates(MIDDLE, LOW, HIGH, LABELS, unit="percent", level=0.9, title="Children who work")
    points, bars = drawn(axes)
    assert points == dict(enumerate(MIDDLE))
    assert bars == dict(enumerate(zip(LOW, HIGH, strict=True)))
    assert [label.get_text() for label in axes.get_yticklabels()] == LABELS
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first is at the top"
    assert axes.get_xlabel() == "percent, 90 % intervals"
    assert axes.get_title(loc="left") == "Children who work"
    assert axes.get_legend() is None


def test_doubtful_ones_are_told_apart_and_named():
    axes = plot_estimates(MIDDLE, LOW, HIGH, LABELS, quality=["reliable", "caution", "review", "unreliable"])
    points, bars = drawn(axes)
    assert points == dict(enumerate(MIDDLE)), "never hidden"
    assert len(bars) == 4
    shapes = {float(one.get_ydata()[0]): (one.get_marker(), one.get_markerfacecolor()) for one in axes.lines}
    assert len(set(shapes.values())) == 4
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named == [words for *_, words in MARKS.values()]


def test_a_missing_estimate_keeps_its_line():
    axes = plot_estimates([9.0, np.nan], [7.0, np.nan], [11.0, np.nan], ["a", "b"], quality=["reliable", "missing"])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    colours = [label.get_color() for label in axes.get_yticklabels()]
    assert colours[0] != colours[1]


def test_axes_given_are_used_and_new_ones_grow_with_the_lines():
    axes = Figure().add_subplot()
    assert plot_estimates(MIDDLE, LOW, HIGH, LABELS, ax=axes) is axes
    many = np.arange(40.0)
    tall = plot_estimates(many, many - 1, many + 1, [str(one) for one in many]).figure
    assert tall.get_size_inches()[1] > 2 * plot_estimates(MIDDLE, LOW, HIGH, LABELS).figure.get_size_inches()[1]


def test_estimates_plot_themselves():
    table = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.2, 7.8], "se": [0.6, 0.5]})
    rates = Estimates.from_dataframe(table, estimate="rate", se="se", by=["sex"], unit="percent")
    axes = rates.plot(scale=100, unit="percent")
    points, _ = drawn(axes)
    assert list(points.values()) == pytest.approx([11.2, 7.8])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["boys", "girls"]
    assert rates.plot().get_xlabel() == "proportion, 95 % intervals"
