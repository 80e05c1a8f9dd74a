"""Pace observed against pace needed, on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from target87.plots import style
from target87.plots.assessment import source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_pace(assessment: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the annual change of the rate that was observed and, for a threshold, the change that is needed.

    Observed paces are bars (80 % thick, 95 % thin, median dot); needed paces are diamonds with their 95 % interval,
    which is narrow because only the level of the last figure's year is uncertain.

    Parameters
    ----------
    assessment : Assessment
        The answer.
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a new figure if not given.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; ``.figure`` saves it.

    Examples
    --------
    >>> import target87 as t87
    >>> answer = t87.assess("forced_labour", draws=400, check=False)
    >>> plot_pace(answer).get_xlabel()
    'change of the rate, % a year (compound)'
    """
    rows = assessment.pace.to_dict("records")
    ax = style.on_axes(ax, (style.SIZE[0], 1.7 + 0.42 * len(rows)))
    for height, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        _draw(ax, height, row)
        _name(ax, height, _words(assessment, row))
    ax.set_yticks([])
    ax.set_ylim(-0.5, len(rows) - 0.1)
    ax.set_xlabel("change of the rate, % a year (compound)", fontsize=style.TEXT)
    style.tidy(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.axvline(0.0, color=style.GREY, linewidth=1.0)
    _range(ax, rows)
    _key(ax, needed=any(row["kind"] == "needed" for row in rows))
    needed = ", against the pace needed" if any(row["kind"] == "needed" for row in rows) else ""
    style.head(ax, f"Pace observed{needed}", legend_rows=style.legend_above(ax, columns=2))
    style.foot(ax, source_line(assessment))
    return ax


def _words(assessment: Any, row: dict[Any, Any]) -> str:
    span = f"{row['start']:.0f}–{row['end']:.0f}"
    if row["kind"] == "observed":
        return f"observed {span}"
    return f"needed {span}, below {assessment.rate_scale * row['threshold']:g}{assessment.rate_unit}"


def _name(ax: Axes, height: int, words: str) -> None:
    """Write what a row is above it, from the left edge: names beside the axes would leave little room on a phone."""
    ax.annotate(
        words,
        xy=(0.0, height),
        xycoords=("axes fraction", "data"),
        xytext=(2, 6),
        textcoords="offset points",
        fontsize=style.SMALL,
        color=style.INK,
    )


def _draw(ax: Axes, height: int, row: dict[Any, Any]) -> None:
    observed = row["kind"] == "observed"
    colour = style.BLUE if observed else style.VERMILION
    ax.plot([row["lower_95"], row["upper_95"]], [height, height], color=colour, linewidth=1.4)
    if observed:
        ax.plot([row["lower_80"], row["upper_80"]], [height, height], color=colour, linewidth=5, solid_capstyle="butt")
    ax.plot(
        [row["median"]],
        [height],
        "o" if observed else "D",
        color=colour,
        markerfacecolor="white" if observed else colour,
        markersize=5,
    )
    ax.annotate(
        style.signed(row["median"]),
        xy=(row["upper_95"], height),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=style.SMALL,
        color=colour,
    )


def _range(ax: Axes, rows: list[dict[Any, Any]]) -> None:
    """Room on the right for the values written beside the bars."""
    low = min(row["lower_95"] for row in rows)
    high = max(0.0, max(row["upper_95"] for row in rows))
    span = float(np.ceil(high - low)) or 1.0
    ax.set_xlim(low - 0.04 * span, high + 0.12 * span)
    ax.annotate("← falling", xy=(0, 1), xycoords=("data", "axes fraction"), xytext=(-4, 1), **_SIDE, ha="right")
    ax.annotate("rising →", xy=(0, 1), xycoords=("data", "axes fraction"), xytext=(4, 1), **_SIDE, ha="left")


_SIDE: dict[str, Any] = {"textcoords": "offset points", "va": "top", "fontsize": style.SMALL - 1, "color": style.GREY}


def _key(ax: Axes, *, needed: bool) -> None:
    ax.plot([], [], color=style.BLUE, linewidth=5, label="observed, 80 % interval")
    ax.plot([], [], "o", color=style.BLUE, markerfacecolor="white", markersize=5, label="observed, median")
    ax.plot([], [], color=style.BLUE, linewidth=1.4, label="observed, 95 % interval")
    if needed:
        ax.plot([], [], "D", color=style.VERMILION, markersize=5, label="needed, median (line: 95 %)")
