"""What all figures share: colours that stay apart for colour-blind readers, sizes, direct labels, source lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008), Color universal design; order of use in a figure of several lines
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#B5578F"
INK, GREY, PALE = "#222222", "#666666", "#D9D9D9"
LINES = (BLUE, VERMILION, GREEN, PURPLE)

SIZE = (5.0, 3.6)
TEXT, SMALL = 9.0, 8.0
LABEL_GAP = 0.058
"""Least distance of two direct labels, as a fraction of the axes' height."""


class EndLabel(NamedTuple):
    """Words beside the end of a line or band: height in data units, words, colour."""

    height: float
    text: str
    colour: str


def on_axes(ax: Axes | None = None, size: tuple[float, float] = SIZE) -> Axes:
    """Return the axes given, or the only axes of a new figure that no global state knows of."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").add_subplot()


def tidy(ax: Axes, *, grid: str = "y") -> None:
    """Leave the frame out where it says nothing, and draw a pale grid along the measured axis."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(GREY)
    ax.tick_params(labelsize=TEXT, colors=INK)
    if grid == "y":
        ax.grid(axis="y", color=PALE, linewidth=0.6)
    else:
        ax.grid(axis="x", color=PALE, linewidth=0.6)
    ax.set_axisbelow(True)


def years(ax: Axes, first: float, last: float) -> None:
    """A horizontal axis of whole years."""
    ax.set_xlim(first, last)
    ax.set_xlabel("Year", fontsize=TEXT)
    ax.locator_params(axis="x", integer=True)


def head(ax: Axes, title: str, *, legend_rows: int = 0) -> None:
    """Title at the left, above a legend of so many rows."""
    ax.set_title(title, loc="left", fontsize=TEXT + 1, color=INK, fontweight="bold", pad=6.0 + 13.0 * legend_rows)


def legend_above(ax: Axes, columns: int = 1) -> int:
    """Put the legend between title and axes, where it covers nothing; return its number of rows."""
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return 0
    ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.02, 0.985),
        ncols=columns,
        fontsize=SMALL,
        frameon=False,
        labelspacing=0.25,
        columnspacing=1.2,
        handletextpad=0.6,
        handlelength=1.6,
    )
    return -(-len(handles) // columns)


def foot(ax: Axes, text: str) -> None:
    """Write a source line beneath the axes and their label."""
    ax.annotate(
        text,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(-28, -36),
        textcoords="offset points",
        va="top",
        ha="left",
        fontsize=SMALL - 1,
        color=GREY,
        linespacing=1.3,
        annotation_clip=False,
    )


def end_labels(ax: Axes, labels: Sequence[EndLabel], *, at: float = 1.0) -> None:
    """Write words beside the right end of lines, moved apart where they would touch.

    ``at`` is the place of the ends along the horizontal axis, as a fraction of it.
    """
    if not labels:
        return
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    low, high = ax.get_ylim()
    ends = np.array([(label.height - low) / (high - low) for label in labels])
    for label, end, place in zip(labels, ends, spread(ends, LABEL_GAP), strict=True):
        ax.text(
            at + 0.04, float(place), label.text, transform=ax.transAxes, va="center", fontsize=SMALL, color=label.colour
        )
        leader = Path([(at + 0.004, float(end)), (at + 0.034, float(place))])
        look: dict[str, Any] = {"fill": False, "clip_on": False, "linewidth": 0.6, "edgecolor": label.colour}
        ax.add_artist(PathPatch(leader, transform=ax.transAxes, **look))


def spread(places: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move places apart to at least ``gap``, as little as possible in squares, keeping their order and none below zero.

    With the gaps taken off, "apart" is "not decreasing": an isotonic regression by pooling adjacent violators, and its
    bounded solution is the free one cut off at the bound.
    """
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(places.size)
    pools: list[tuple[float, int]] = []
    for value in places[order] - steps:
        total, size = float(value), 1
        while pools and pools[-1][0] / pools[-1][1] > total / size:
            before = pools.pop()
            total, size = total + before[0], size + before[1]
        pools.append((total, size))
    apart = np.maximum(np.concatenate([np.full(size, total / size) for total, size in pools]), 0.0) + steps
    result = np.empty_like(apart)
    result[order] = apart
    return np.asarray(result)


def signed(value: float) -> str:
    """A change with its sign: one decimal, none beyond 20."""
    return f"{value:+.{0 if abs(value) >= 20 else 1}f}".replace("-", "−")
