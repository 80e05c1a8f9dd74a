"""Probability by year, from the joint draws: of being below a threshold, or below the base year's own draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from target87.plots import style
from target87.plots.assessment import source_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES: tuple[Any, ...] = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


class _Line(NamedTuple):
    words: str
    years: NDArray[np.int64]
    shares: NDArray[np.float64]
    prior: float | None


def plot_probability(assessment: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the probability of each statement of an answer, year by year.

    For a threshold: the share of draws whose rate is below it in that year. For a decline: the share of draws in which
    the rate (or number) of that year is below the same draw's value in the base year; the hollow mark is the
    probability before any figure was seen, where the answer has it.

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
    >>> plot_probability(answer).get_ylabel()
    'probability'
    """
    ax = style.on_axes(ax)
    lines = _below(assessment) if assessment.kind == "threshold" else _declined(assessment)
    for number, line in enumerate(lines):
        colour, dash = style.LINES[number % len(style.LINES)], DASHES[number % len(DASHES)]
        ax.plot(line.years, line.shares, color=colour, linestyle=dash, linewidth=1.6)
    _frame(ax, lines[0].years, assessment)
    _name(ax, lines)
    _at_target(ax, assessment, lines)
    what = "the rate is below each threshold" if assessment.kind == "threshold" else "it is below the base year’s value"
    style.head(ax, f"Probability that {what}, by year", legend_rows=style.legend_above(ax))
    style.foot(ax, source_line(assessment))
    return ax


def _below(assessment: Any) -> list[_Line]:
    thresholds = dict.fromkeys(one.threshold for one in assessment.answers if one.threshold is not None)
    years, rate = _from_last_figure(assessment, "rate")
    return [
        _Line(f"below {assessment.rate_scale * one:g}{assessment.rate_unit}", years, (rate < one).mean(axis=1), None)
        for one in thresholds
    ]


def _declined(assessment: Any) -> list[_Line]:
    lines = []
    for answer in assessment.answers:
        years, values = _from_last_figure(assessment, answer.measure)
        base = assessment.draws[answer.measure].sel(year=answer.base_year).to_numpy()
        after = years > answer.base_year
        prior = None if answer.prior is None else float(answer.prior)
        words = f"{answer.measure}, below {answer.base_year}’s"
        lines.append(_Line(words, years[after], (values[after] < base).mean(axis=1), prior))
    return lines


def _from_last_figure(assessment: Any, measure: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Years from the last figure on (or the target year, if that is earlier) and the draws known in them."""
    start = min(int(assessment.points["year"].iloc[-1]), assessment.target_year)
    draws = assessment.draws[measure].sel(year=slice(start, None)).transpose("year", "draw")
    values = draws.to_numpy()
    known = np.isfinite(values).all(axis=1)
    return draws["year"].to_numpy()[known], values[known]


def _frame(ax: Axes, years: NDArray[np.int64], assessment: Any) -> None:
    style.years(ax, years[0], years[-1])
    ax.set_ylim(0.0, 1.0)
    ax.set_ylabel("probability", fontsize=style.TEXT)
    ax.axvline(assessment.target_year, color=style.GREEN, linewidth=1.2, linestyle=(0, (5, 1.5)))
    late = 2 * assessment.target_year > years[0] + years[-1]
    ax.annotate(
        f"target {assessment.target_year}",
        xy=(assessment.target_year, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3 if late else 3, -3),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        fontsize=style.SMALL,
        color=style.GREEN,
    )
    if assessment.kind == "decline":
        ax.axhline(0.5, color=style.GREY, linewidth=0.8, linestyle=(0, (1, 3)))
    style.tidy(ax)


def _name(ax: Axes, lines: list[_Line]) -> None:
    """Write each line's name at its end; numbers of people end earlier than rates."""
    first, last = ax.get_xlim()
    for end in sorted({int(line.years[-1]) for line in lines}):
        labels = [
            style.EndLabel(float(line.shares[-1]), line.words, style.LINES[number % len(style.LINES)])
            for number, line in enumerate(lines)
            if int(line.years[-1]) == end
        ]
        style.end_labels(ax, labels, at=(end - first) / (last - first))


def _at_target(ax: Axes, assessment: Any, lines: list[_Line]) -> None:
    """Mark posterior and prior at the target year, side by side."""
    words = ["with the figures (posterior)", "before any figure (prior)"]
    for number, line in enumerate(lines):
        if line.prior is None:
            continue
        colour = style.LINES[number % len(style.LINES)]
        here = line.shares[line.years == assessment.target_year]
        ax.plot([assessment.target_year], here, "o", color=colour, markersize=5, zorder=4)
        ax.plot(
            [assessment.target_year], [line.prior], "o", color=colour, markerfacecolor="white", markersize=6, zorder=4
        )
    if any(line.prior is not None for line in lines):
        ax.plot([], [], "o", color=style.INK, markersize=5, label=words[0])
        ax.plot([], [], "o", color=style.INK, markerfacecolor="white", markersize=6, label=words[1])
