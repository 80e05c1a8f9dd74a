"""The figure draws the numbers of its arrays, and doubtful ones apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from target87.errors import InputError
from target87.plots import plot_estimates
from target87.plots.estimates import MARKS, EstimatePanel, plot_panels
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
    faces = [face for line, (_, face) in sorted(shapes.items())]
    assert faces[1:] == ["white"] * 3, "hollow where the quality is in doubt"
    assert faces[0] != "white"
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
    assert rates.plot(scale=100, unit="percent", ax=Figure().add_subplot()).get_xlabel() == "percent, 95 % intervals"


@pytest.mark.parametrize("size", [1, 4, 48, 200])
def test_the_legend_touches_neither_points_nor_title(size):
    many = np.linspace(0.1, 0.4, size)
    quality = [("caution", "review", "unreliable")[place % 3] for place in range(size)]
    axes = plot_estimates(many, many - 0.1, many + 0.1, [f"c{one}" for one in range(size)], quality=quality, title="T")
    axes.figure.canvas.draw()
    legend = axes.get_legend().get_window_extent()
    assert legend.y0 >= axes.get_window_extent().y1
    title = axes._left_title.get_window_extent()
    assert title.y0 >= max(text.get_window_extent().y1 for text in axes.get_legend().get_texts())


def test_large_numbers_are_written_out():
    axes = plot_estimates([1.0e6, 2.4e6], [0.8e6, 2.0e6], [1.3e6, 2.9e6], ["a", "b"])
    axes.figure.canvas.draw()
    assert "2,000,000" in [tick.get_text() for tick in axes.get_xticklabels()]


def test_panels_have_axes_of_their_own_and_one_legend():
    first = EstimatePanel(
        [0.1, 0.2], [0.05, 0.1], [0.15, 0.3], ["boys", "girls"], ["reliable", "caution"], "share", "A"
    )
    second = EstimatePanel([9.0], [7.0], [11.0], ["all"], ["unreliable"], "hours", "B")
    top = plot_panels([first, second], level=0.9)
    above, below = top.figure.axes
    assert top is above
    assert drawn(above)[0] == {0.0: 0.1, 1.0: 0.2}
    assert drawn(below) == ({0.0: 9.0}, {0.0: (7.0, 11.0)})
    assert (above.get_xlabel(), below.get_xlabel()) == ("share, 90 % intervals", "hours, 90 % intervals")
    assert (above.get_title(loc="left"), below.get_title(loc="left")) == ("A", "B")
    named = [text.get_text() for text in above.get_legend().get_texts()]
    assert named == [MARKS["caution"][-1], MARKS["unreliable"][-1]], "what only the panel below has is named too"
    assert below.get_legend() is None


def of_variables(*names: str, unit: str = "as the variable") -> Estimates:
    cells = [{"sex": sex, "variable": name} for name in names for sex in ("boys", "girls")]
    estimate = np.arange(1.0, len(cells) + 1)
    return Estimates.build(
        pd.DataFrame(cells), estimate=estimate, variance=0.01 * estimate, lower=estimate - 0.2, upper=estimate + 0.2,
        df=20, n=500, n_effective=400, deff=1.25, domain_columns=["sex"], interval="t", level=0.95, estimand="mean",
        unit=unit,
    )  # fmt: skip


def test_variables_with_units_of_their_own_share_no_axis():
    figure = of_variables("works", "hours").plot().figure
    assert [one.get_title(loc="left") for one in figure.axes] == ["works", "hours"]
    assert [one.get_xlabel() for one in figure.axes] == [
        "mean of works, 95 % intervals",
        "mean of hours, 95 % intervals",
    ]
    assert [list(drawn(one)[0].values()) for one in figure.axes] == [[1.0, 2.0], [3.0, 4.0]]
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["boys", "girls"]
    with pytest.raises(InputError, match="cannot share these axes") as caught:
        of_variables("works", "hours").plot(Figure().add_subplot())
    assert any("select(variable=" in remedy for remedy in caught.value.remedies)
    with pytest.raises(InputError, match="too many"):
        of_variables(*(f"y{place}" for place in range(13))).plot()


def test_variables_of_one_unit_share_an_axis():
    for axes in (of_variables("works", "hours", unit="proportion").plot(), of_variables("a", "b").plot(unit="points")):
        assert len(axes.figure.axes) == 1
        assert len(axes.get_yticklabels()) == 4
    assert of_variables("hours").plot(ax=Figure().add_subplot()).get_xlabel() == "mean of hours, 95 % intervals"
