"""Tables of one answer: what it says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from target87.report import words
from target87.report.assumptions import numbers_end
from target87.report.cells import Table

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment

SHOWN_YEARS = (2025, 2030)


def probabilities(answer: Assessment) -> Table:
    """Every statement with its probability, and the prior's beside it where the answer has one."""
    with_prior = any(one.prior is not None for one in answer.answers)
    columns = ["statement", "probability", "in words", "Monte Carlo error"]
    rows = []
    for one in answer.answers:
        error = words.NOTHING if one.probability.bound else f"{one.probability.mcse:.3f}"
        cells = [one.statement, str(one.probability), words.likelihood(one.probability), error]
        if with_prior:
            cells.insert(1, words.NOTHING if one.prior is None else str(one.prior))
        rows.append(tuple(cells))
    if with_prior:
        columns[1:2] = ["before any figure (prior)", "with the figures (posterior)"]
    draws = answer.probability.draws
    note = (
        f"Shares of {draws:,} joint draws. A bound (< or >) means that fewer than 10 draws lie on one side: more "
        "cannot be said from these draws."
    )
    return Table(
        "Probability of each statement", tuple(columns), tuple(rows), (note,), words=(0, columns.index("in words"))
    )


def estimates(answer: Assessment) -> Table:
    """Rate and number in the years of the figures, in 2025 and 2030, the target year and the last year."""
    table = {(row["measure"], row["year"]): row for row in answer.estimates.to_dict("records")}
    points = {int(row["year"]): row for row in answer.points.to_dict("records")}
    years = key_years(answer)
    rows = []
    for year in years:
        cells = [f"{year}", _published(answer, points.get(year)), *_intervals(answer, table[("rate", year)], "rate")]
        rows.append((*cells, *_intervals(answer, table.get(("number", year)), "number")))
    unit = words.unit(answer)
    columns = ("year", f"published, {unit}", *(f"rate, {unit}: {name}" for name in words.INTERVALS))
    numbers = tuple(f"million {answer.people}: {name}" for name in words.INTERVALS)
    last = int(answer.points["year"].iloc[-1])
    notes = [f"Years after {last} are forecasts. {numbers_end(answer)}"]
    if any("[" in row[1] for row in rows):
        notes.append(
            "A published figure in brackets averages over years or was made by an earlier method, so it does not "
            "measure what stands beside it: the rate of one year as the last method would measure it."
        )
    notes += [*answer.level_notes, *words.footnotes([row[1] for row in rows])]
    return Table(f"Estimates for key years: {words.title(answer)}", (*columns, *numbers), tuple(rows), tuple(notes))


def key_years(answer: Assessment) -> list[int]:
    """Years of the figures, 2025 and 2030, the years counts were asked for, the target year, and the last year.

    The last year is left out of a decline: four figures say nothing of a rate thirty years on.
    """
    asked = {*SHOWN_YEARS, *answer.count_years, answer.target_year}
    asked |= set() if answer.kind == "decline" else {int(answer.estimates["year"].max())}
    known = answer.estimates.loc[answer.estimates["measure"] == "rate", "year"]
    return sorted({*answer.points["year"].tolist(), *asked} & set(known.tolist()))


def _published(answer: Assessment, point: dict[Any, Any] | None) -> str:
    """A published rate; in brackets why it does not measure that year as the model's rate does, if so."""
    if point is None:
        return words.NOTHING
    shown = words.rate(answer, float(point["rate"])) + words.rate_mark(point)
    why = words.unlike(point, str(answer.points["method"].iloc[-1]))
    return f"{shown} [{why}]" if why else shown


def _intervals(answer: Assessment, row: dict[Any, Any] | None, measure: str) -> tuple[str, str, str]:
    if row is None:
        return (words.NOTHING,) * 3

    def show(name: str) -> str:
        value = float(row[name])
        return words.rate(answer, value) if measure == "rate" else words.millions(value)

    return (
        show("median"),
        words.span(show("lower_80"), show("upper_80")),
        words.span(show("lower_95"), show("upper_95")),
    )


def years_reached(answer: Assessment) -> Table | None:
    """The year in which the rate is first below each threshold."""
    if answer.years_reached.empty:
        return None
    rows, horizon = [], 0
    for row in answer.years_reached.to_dict("records"):
        horizon = int(row["not_before"])
        spans = tuple(_years(row[f"lower_{level}"], row[f"upper_{level}"], horizon) for level in (80, 95))
        rows.append(
            (
                f"below {words.threshold(answer, row['threshold'])}",
                str(row["p_not_before"]),
                _year(row["median"], horizon),
                *spans,
            )
        )
    columns = ("threshold", f"probability of “not before {horizon}”", "median year", *words.INTERVALS[1:])
    title = "Year in which the rate is first below each threshold"
    return Table(title, columns, tuple(rows), answer.level_notes)


def _year(value: float, horizon: int) -> str:
    return f"{value:.0f}" if math.isfinite(value) else f"not before {horizon}"


def _years(low: float, high: float, horizon: int) -> str:
    if not math.isfinite(low):
        return _year(low, horizon)
    return words.span(f"{low:.0f}", f"{high:.0f}") if math.isfinite(high) else f"{low:.0f} to {horizon} or later"


def _span(low: str, high: str) -> str:
    """An interval that may have words for an end."""
    if low == high:
        return high
    return words.span(low, high) if high[0].isdigit() else f"{low} to {high}"


def pace(answer: Assessment) -> Table:
    """Pace observed and pace needed."""
    rows = []
    for row in answer.pace.to_dict("records"):
        what = row["kind"]
        if what == "needed":
            what += f" to be below {words.threshold(answer, row['threshold'])}"
        spans = tuple(words.signed_span(row[f"lower_{level}"], row[f"upper_{level}"]) for level in (80, 95))
        rows.append((what, f"{row['start']:.0f}–{row['end']:.0f}", words.signed(row["median"]), *spans))
    notes = ["Minus: the rate falls."]
    if any(row[0] != "observed" for row in rows):
        notes.append("The interval of a pace needed comes from the level it starts from alone.")
    title = "Pace of the rate, % a year (constant rate of change over the window)"
    return Table(title, ("pace", "window", *words.INTERVALS), tuple(rows), tuple(notes))


def acceleration(answer: Assessment) -> Table | None:
    """Acceleration factors; none is shown without basis, window, scale, threshold and target."""
    if answer.acceleration.empty:
        return None
    rows = []
    for row in answer.acceleration.to_dict("records"):
        shown = {name: _factor(row[name]) for name in ("median", "lower_80", "upper_80", "lower_95", "upper_95")}
        spans = (_span(shown["lower_80"], shown["upper_80"]), _span(shown["lower_95"], shown["upper_95"]))
        window = f"{row['window_start']}–{row['window_end']}"
        terms = (row["basis"], window, row["scale"], words.threshold(answer, row["threshold"]), f"{row['target_year']}")
        rows.append((*terms, shown["median"], *spans, str(row["p_undefined"])))
    columns = ("basis", "window", "scale", "threshold", "target", *words.INTERVALS, "probability that it is undefined")
    note = (
        "How many times as fast as over the window the rate must fall from the last figure's year to be below the "
        "threshold in the target year. Undefined: the rate did not fall over the window, so there is no decline to "
        "speed up; such draws count as above any factor in median and intervals."
    )
    title = "Acceleration: pace needed over pace observed, times"
    return Table(title, columns, tuple(rows), (note,), words=(0, 1, 2))


def _factor(value: float) -> str:
    if not math.isfinite(value):
        return "undefined"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def sensitivity(answer: Assessment) -> Table | None:
    """The same answers under other assumptions, prior beside posterior."""
    table = answer.sensitivity
    if table.empty:
        return None
    with_prior = bool(table["prior_probability"].notna().any())
    rows, before = [], ""
    for row in table.to_dict("records"):
        cells = ["" if row["assumption"] == before else row["assumption"], row["statement"]]
        if with_prior:
            cells.append(words.NOTHING if row["prior_probability"] is None else str(row["prior_probability"]))
        repeated = row["assumption"] == before
        levels = ("", "", "") if repeated else _intervals(answer, row, "rate")
        rows.append((*cells, str(row["probability"]), *levels))
        before = row["assumption"]
    first = ("before any figure (prior)", "with the figures (posterior)") if with_prior else ("probability",)
    rate = tuple(f"rate in {answer.target_year}, {words.unit(answer)}: {name}" for name in words.INTERVALS)
    columns = ("assumption", "statement", *first, *rate)
    notes = ["A figure withheld is no assumption: it shows what the others alone would have said."]
    if _even(table):
        notes.append("Before any figure: every assumption here holds a rise and a decline of the rate equally likely.")
    return Table("The same under other assumptions", columns, tuple(rows), tuple(notes), words=(0, 1))


def _even(table: pd.DataFrame) -> bool:
    """Whether every probability of the rate before any figure is one half."""
    before = [
        row["prior_probability"]
        for row in table.to_dict("records")
        if row["prior_probability"] is not None and str(row["statement"]).startswith("rate")
    ]
    return bool(before) and all(one.value == 0.5 for one in before)


def hindcast(answer: Assessment) -> Table | None:
    """The last figure against the prediction made without it."""
    held = answer.hindcast
    if held is None:
        return None
    cells = (
        f"{held.year}",
        words.rate(answer, held.published),
        words.rate(answer, held.median),
        words.span(words.rate(answer, held.lower_80), words.rate(answer, held.upper_80)),
        words.span(words.rate(answer, held.lower_95), words.rate(answer, held.upper_95)),
        f"{held.quantile:.2f}",
    )
    unit = words.unit(answer)
    columns = (
        "figure withheld",
        f"published, {unit}",
        *(f"predicted, {unit}: {name}" for name in words.INTERVALS),
        "quantile",
    )
    note = "Quantile: probability that the prediction gave to a figure below the published one. One case proves little."
    return Table("The last figure, predicted from the earlier ones alone", columns, (cells,), (note,))
