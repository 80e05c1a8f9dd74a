"""A point and its interval for each estimate, one a line, those of doubtful quality told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from target87.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# marker, filled, colour and words of each quality that is drawn in its own way; all others are a full blue point
MARKS = {
    "caution": ("o", False, style.BLUE, "to be used with caution"),
    "review": ("D", False, style.PURPLE, "needs review by a statistician"),
    "unreliable": ("X", True, style.VERMILION, "unreliable by the publication rule"),
}
LINE = 0.26
"""Height of a line in inches."""


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
    """Draw estimates with their intervals, the first at the top.

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
    middle, low, high = (np.asarray(values, dtype=np.float64) for values in (estimate, lower, upper))
    words = np.full(middle.size, "reliable") if quality is None else np.asarray(quality)
    ax = style.on_axes(ax, (style.SIZE[0], 1.0 + LINE * max(middle.size, 4)))
    lines = np.arange(middle.size)
    for word in dict.fromkeys(words.tolist()):
        here = words == word
        marker, filled, colour, name = MARKS.get(word, ("o", True, style.BLUE, ""))
        ax.hlines(lines[here], low[here], high[here], color=colour, linewidth=1.4)
        look: dict[str, Any] = {"color": colour, "markerfacecolor": colour if filled else "white"}
        look |= {"marker": marker, "markersize": 5.5, "linestyle": "none", "zorder": 3}
        ax.plot(middle[here], lines[here], label=name or "_", **look)
    _frame(ax, labels, middle)
    rows = style.legend_above(ax)
    if title:
        style.head(ax, title, legend_rows=rows)
    ax.set_xlabel(", ".join(part for part in (unit, f"{100 * level:g} % intervals") if part), fontsize=style.TEXT)
    return ax


def _frame(ax: Axes, labels: Sequence[str], middle: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_yticks(range(len(labels)), labels)
    style.tidy(ax, grid="x")
    ax.tick_params(axis="y", length=0)
    for label, value in zip(ax.get_yticklabels(), middle, strict=True):
        if np.isnan(value):
            label.set_color(style.GREY)
