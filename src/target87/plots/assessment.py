"""The figure of an answer: published points with their uncertainty, the fan, thresholds and target year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.plots import style
from target87.plots.fan import band_labels, fan

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

type FloatArray = NDArray[np.float64]

YEARS_BEYOND = 5
"""Years shown after the target year unless asked otherwise."""
DEVIATES_95 = 1.96


def plot_assessment(
    assessment: Any,
    *,
    ax: Axes | None = None,
    measure: Literal["rate", "number"] = "rate",
    until: int | None = None,
) -> Axes:
    """Draw published figures, model and forecast of one answer.

    Vertical bars are 95 % intervals of a figure as the model reads it: rounding, the relative error where the source
    printed one and otherwise the posterior median of the model's, and the error of a denominator we chose. Horizontal
    bars show the period a figure averages over. Squares are figures made by an earlier method than the last one: the
    fan speaks of the last method, so they may lie off it. Hollow marks are figures that were recalled, not read.

    Parameters
    ----------
    assessment : Assessment
        The answer.
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a new figure if not given.
    measure : {"rate", "number"}
        The rate, or the number of people in millions.
    until : int, optional
        Last year shown; five years after the target year if not given, never beyond the estimates.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; ``.figure`` saves it.

    Raises
    ------
    InputError
        For a measure other than these two.

    Examples
    --------
    >>> import target87 as t87
    >>> answer = t87.assess("forced_labour", draws=400, check=False)
    >>> plot_assessment(answer).get_ylabel()
    'per 1,000 people'
    """
    if measure not in ("rate", "number"):
        raise InputError(
            "a figure shows a rate or a number", where="measure", expected="'rate' or 'number'", got=measure
        )
    ax = style.on_axes(ax)
    summary = _summary(assessment, measure, until)
    scale, unit = (
        (assessment.rate_scale, _rate_words(assessment)) if measure == "rate" else (1e-6, _millions(assessment))
    )
    last = int(assessment.points["year"].iloc[-1])
    fan(summary, last_year=last, ax=ax, scale=scale, unit=unit, label=False)
    tops = _rates(ax, assessment) if measure == "rate" else _numbers(ax, assessment, summary)
    asked = scale * (assessment.threshold or 0.0) if measure == "rate" else 0.0
    ax.set_ylim(0.0, 1.12 * max(scale * float(summary["upper_95"].max()), tops, asked))
    labels = band_labels(summary, scale)
    if measure == "rate":
        labels += _thresholds(ax, assessment)
    style.end_labels(ax, labels)
    _marked_years(ax, assessment)
    style.head(ax, _title(assessment, measure), legend_rows=style.legend_above(ax))
    style.foot(ax, source_line(assessment, _reading(assessment, measure)))
    return ax


def _reading(assessment: Any, measure: str) -> str:
    """How to read lines that have no label."""
    if measure == "number":
        return "Dashed: forecast."
    points = assessment.points
    periods = " (horizontal: the period it averages over)" if (points["last_year"] > points["first_year"]).any() else ""
    return f"Bars: 95 % interval of a figure{periods}. Dashed: forecast."


def source_line(assessment: Any, before: str = "") -> str:
    """Where the figures and the model of an answer come from, for the foot of a figure."""
    import textwrap

    sources = ", ".join(dict.fromkeys(assessment.points["source_id"]))
    draws = int(assessment.draws.sizes["draw"])
    version = assessment.versions["target87"]
    text = f"Figures: {sources}. Model: target87 {version}, {draws:,} draws, seed {assessment.seed}."
    return "\n".join(textwrap.wrap(f"{before} {text}".strip(), 84, break_on_hyphens=False))


def _summary(assessment: Any, measure: str, until: int | None) -> pd.DataFrame:
    rows: pd.DataFrame = assessment.estimates[assessment.estimates["measure"] == measure].set_index("year")
    last = assessment.target_year + YEARS_BEYOND if until is None else until
    return rows[rows.index <= max(last, int(assessment.points["year"].iloc[-1]) + YEARS_BEYOND)]


def _rate_words(assessment: Any) -> str:
    whom = "people" if assessment.people == "people" else f"{assessment.people} of the age group"
    unit = str(assessment.rate_unit).strip()
    return f"{unit} of {whom}" if unit == "%" else f"{unit} {whom}"


def _millions(assessment: Any) -> str:
    return f"million {assessment.people}"


def _title(assessment: Any, measure: str) -> str:
    title = str(assessment.posterior.attributes["title"])
    return f"{title[:1].upper()}{title[1:]}: {'rate' if measure == 'rate' else 'number'}"


def relative_error(assessment: Any) -> FloatArray:
    """Relative standard deviation of each figure, as the model reads it at the posterior median."""
    points = assessment.points
    assumed = float(np.median(assessment.posterior.parameters["relative_error"].to_numpy()))
    parts = points[["known_sd", "rounding_sd", "denominator_sd"]].fillna({"known_sd": assumed}).to_numpy(dtype=float)
    return np.asarray(np.sqrt((parts**2).sum(axis=1)))


def _rates(ax: Axes, assessment: Any) -> float:
    """Draw the published rates; return the top of the highest bar."""
    points = assessment.points
    odds = points["rate"].to_numpy() / (1.0 - points["rate"].to_numpy())
    # the model's errors are on the log-odds scale; a relative error of the rate is this much there
    wide = np.exp(DEVIATES_95 * relative_error(assessment) * (1.0 + odds))
    low, high = (assessment.rate_scale * one / (1.0 + one) for one in (odds / wide, odds * wide))
    middle = (points["first_year"] + points["last_year"]).to_numpy() / 2.0
    ax.vlines(middle, low, high, color=style.INK, linewidth=1.0, zorder=3)
    long = (points["last_year"] > points["first_year"]).to_numpy()
    scaled = assessment.rate_scale * points["rate"].to_numpy()
    ends = points.loc[long, ["first_year", "last_year"]].to_numpy().T
    ax.hlines(scaled[long], *ends, color=style.INK, linewidth=1.0, zorder=3)
    _marks(ax, assessment, middle, scaled)
    return float(high.max())


def _marks(ax: Axes, assessment: Any, x: FloatArray, y: FloatArray) -> None:
    points = assessment.points
    newest = (points["method"] == points["method"].iloc[-1]).to_numpy()
    seen = points["confirmed"].to_numpy(dtype=bool)
    for method, marker in ((True, "o"), (False, "s")):
        for confirmed, face in ((True, style.INK), (False, "white")):
            chosen = (newest == method) & (seen == confirmed)
            if not chosen.any():
                continue
            words = "published, last method" if method else "published, earlier method"
            words += "" if confirmed else "; recalled, not read"
            look: dict[str, Any] = {"color": style.INK, "markerfacecolor": face, "markersize": 5, "zorder": 4}
            ax.plot(x[chosen], y[chosen], marker, label=words, **look)


def _numbers(ax: Axes, assessment: Any, summary: pd.DataFrame) -> float:
    """Draw the numbers as printed, which stand on their report's own population, not on the fan's."""
    points = assessment.points
    printed = points[points["number_millions"].notna() & points["year"].isin(summary.index)]
    if printed.empty:
        return 0.0
    look: dict[str, Any] = {"color": style.GREY, "markerfacecolor": "white", "markersize": 4.5, "zorder": 4}
    long = printed["last_year"] > printed["first_year"]
    apart = long | (printed["method"] != points["method"].iloc[-1])
    middle = (printed["first_year"] + printed["last_year"]) / 2.0
    words = "number as printed, on the population its report used"
    for chosen, marker, label in ((~apart, "D", words), (apart, "s", "the same, by an earlier method or of a period")):
        if chosen.any():
            ax.plot(middle[chosen], printed.loc[chosen, "number_millions"], marker, label=label, **look)
    spans = printed.loc[long, ["number_millions", "first_year", "last_year"]].to_numpy(dtype=float).T
    ax.hlines(*spans, color=style.GREY, linewidth=1.0, zorder=3)
    return float(printed["number_millions"].max())


def _thresholds(ax: Axes, assessment: Any) -> list[style.EndLabel]:
    """Draw the thresholds of the question that the axes reach; return their labels."""
    labels = []
    for threshold in dict.fromkeys(one.threshold for one in assessment.answers if one.threshold is not None):
        height = assessment.rate_scale * threshold
        if height > ax.get_ylim()[1]:
            continue
        ax.axhline(height, color=style.VERMILION, linewidth=1.0, linestyle=(0, (1, 1.5)))
        words = f"{height:g}{assessment.rate_unit} threshold"
        labels.append(style.EndLabel(height, words, style.VERMILION))
    return labels


def _marked_years(ax: Axes, assessment: Any) -> None:
    """Draw the target year, and the base year of a decline."""
    years = [(assessment.target_year, f"target {assessment.target_year}")]
    if assessment.base_year is not None:
        years.append((assessment.base_year, f"base {assessment.base_year}"))
    for line, (year, words) in enumerate(years):
        ax.axvline(year, color=style.GREEN, linewidth=1.2, linestyle=(0, (5, 1.5)))
        ax.annotate(
            words,
            xy=(year, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-3, -3 - 11 * line),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=style.SMALL,
            color=style.GREEN,
        )
