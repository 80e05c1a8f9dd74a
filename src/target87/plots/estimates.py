"""A point and its interval for each estimate, one a line, those of doubtful quality told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from target87.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# marker, colour and words of each quality in doubt, which is drawn hollow; all others are a full blue point
MARKS = {
    "caution": ("o", style.BLUE, "to be used with caution"),
    "review": ("D", style.PURPLE, "needs review by a statistician"),
    "unreliable": ("X", style.VERMILION, "unreliable by the publication rule"),
}
LINE = 0.26
"""Height of a line in inches."""
THOUSAND = 1e3


class EstimatePanel(NamedTuple):
    """What one panel shows, a line each: numbers, labels, quality, words for the axis, title."""

    estimate: ArrayLike
    lower: ArrayLike
    upper: ArrayLike
    labels: Sequence[str]
    quality: ArrayLike | None = None
    unit: str = ""
    title: str = ""


def plot_estimates(
    estimate: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    labels: Sequence[str],
    *,
    quality: ArrayLike | None = None,
    level: float = 0.95,
    unit: str = "",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates with their intervals, the first at the top; hollow where the quality is in doubt.

    Parameters
    ----------
    estimate, lower, upper : array_like
        One value a line, in the unit of the axis. A missing estimate leaves its line empty, with its label in grey.
    labels : sequence of str
        Words for each line.
    quality : array_like of str, optional
        Words such as ``"reliable"``, ``"caution"``, ``"review"``, ``"unreliable"``.
    level : float
        Level of the intervals.
    unit : str
        Words for the horizontal axis.
    title : str
        Title of the figure; none if empty.
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; ``.figure`` saves it.

    Examples
    --------
    >>> plot_estimates([9.0, 12.0], [7.4, 9.4], [10.9, 15.3], ["boys", "girls"], unit="percent").get_xlabel()
    'percent, 95 % intervals'
    """
    return plot_panels([EstimatePanel(estimate, lower, upper, labels, quality, unit, title)], level=level, ax=ax)


def plot_panels(panels: Sequence[EstimatePanel], *, level: float = 0.95, ax: Axes | None = None) -> Axes:
    """Draw panels one above the other, each with an axis of its own.

    Parameters
    ----------
    panels : sequence of EstimatePanel
        The first at the top.
    level : float
        Level of the intervals.
    ax : matplotlib.axes.Axes, optional
        Where to draw a single panel; axes of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the first panel; ``.figure.axes`` has all.

    Examples
    --------
    >>> work = EstimatePanel([0.1, 0.2], [0.05, 0.1], [0.15, 0.3], ["boys", "girls"], unit="proportion", title="works")
    >>> hours = EstimatePanel([9.0, 12.0], [7.0, 9.0], [11.0, 15.0], ["boys", "girls"], unit="hours", title="hours")
    >>> [one.get_xlabel() for one in plot_panels([work, hours]).figure.axes]
    ['proportion, 95 % intervals', 'hours, 95 % intervals']
    """
    words = {word for panel in panels for word in _words(panel).tolist()}
    every = [ax] if ax is not None else _stacked([len(panel.labels) for panel in panels])
    for place, (panel, own) in enumerate(zip(panels, every, strict=True)):
        _points(own, panel, [word for word in MARKS if word in words] if place == 0 else [])
        rows = _legend(own) if place == 0 else 0
        if panel.title:
            style.head(own, panel.title, legend_rows=rows)
        said = ", ".join(part for part in (panel.unit, f"{100 * level:g} % intervals") if part)
        own.set_xlabel(said, fontsize=style.TEXT)
    return every[0]


def _stacked(sizes: Sequence[int]) -> list[Axes]:
    """Axes of a new figure that is as high as its lines need."""
    from matplotlib.figure import Figure

    lines = [max(size, 4 if len(sizes) == 1 else 2) for size in sizes]
    height = sum(1.0 + LINE * count for count in lines)
    figure = Figure(figsize=(style.SIZE[0], height), layout="constrained")
    return list(figure.subplots(len(sizes), squeeze=False, height_ratios=lines)[:, 0])


def _words(panel: EstimatePanel) -> NDArray[Any]:
    size = np.size(panel.estimate)
    return np.full(size, "reliable") if panel.quality is None else np.asarray(panel.quality)


def _points(ax: Axes, panel: EstimatePanel, named: Sequence[str]) -> None:
    """Points and intervals; qualities ``named`` get their words in the legend, whether they occur here or not."""
    middle, low, high = (np.asarray(one, dtype=np.float64) for one in panel[:3])
    words, lines = _words(panel), np.arange(middle.size)
    for word in dict.fromkeys([*words.tolist(), *named]):
        here = words == word
        marker, colour, name = MARKS.get(word, ("o", style.BLUE, ""))
        ax.hlines(lines[here], low[here], high[here], color=colour, linewidth=1.4)
        look: dict[str, Any] = {"color": colour, "markerfacecolor": "white" if word in MARKS else colour}
        look |= {"marker": marker, "markersize": 5.5, "linestyle": "none", "zorder": 3}
        ax.plot(middle[here], lines[here], label=name if word in named else "_", **look)
    _frame(ax, panel.labels, middle)


def _legend(ax: Axes) -> int:
    """Legend above the axes, at a distance in points, however high they are; its number of rows."""
    rows = style.legend_above(ax)
    legend = ax.get_legend()
    if legend is not None:
        legend.set_bbox_to_anchor((-0.02, 1.0), transform=ax.transAxes)
    return rows


def _frame(ax: Axes, labels: Sequence[str], middle: NDArray[np.float64]) -> None:
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_yticks(range(len(labels)), labels)
    style.tidy(ax, grid="x")
    if max(map(abs, ax.get_xlim())) >= THOUSAND:
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.locator_params(axis="x", nbins=5)
    ax.tick_params(axis="y", length=0)
    for label, value in zip(ax.get_yticklabels(), middle, strict=True):
        if np.isnan(value):
            label.set_color(style.GREY)
