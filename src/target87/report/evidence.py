"""Tables of one answer: what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.kernels.ordered import quantiles
from target87.report import words
from target87.report.cells import Table

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment

WORST = 5


def points(answer: Assessment) -> Table:
    """Published figures used, each with its source, how it was confirmed and the error given to it."""
    assumed = float(np.median(answer.posterior.parameters["relative_error"].to_numpy()))
    rows = [_point(answer, row, assumed) for row in answer.points.to_dict("records")]
    unit = words.unit(answer)
    columns = (
        *("year", "period", f"rate used, {unit}", f"number printed, million {answer.people}", "method"),
        *("relative error", "source", "how it was confirmed"),
    )
    notes = (
        "Relative error: one standard error of the figure; “model” is the posterior median of the model's own "
        "parameter, since the source printed none. Rounding is added to it.",
        words.READ_MEANS,
        *words.footnotes([cell for row in rows for cell in (row[2], row[3], row[5])]),
    )
    title = f"Published figures used ({len(rows)})"
    return Table(title, columns, tuple(rows), notes, words=(1, 4, 5, 6, 7))


def _point(answer: Assessment, row: dict[Any, Any], assumed: float) -> tuple[str, ...]:
    number = float(row["number_millions"])
    return (
        f"{row['year']}",
        f"{row['first_year']}–{row['last_year']}" if row["last_year"] > row["first_year"] else f"{row['year']}",
        words.rate(answer, float(row["rate"])) + words.rate_mark(row),
        f"{number:g}{words.number_mark(row)}" if math.isfinite(number) else words.NOTHING,
        str(row["method"]),
        _error(row, assumed),
        str(row["source_id"]),
        words.status(row),
    )


def _error(row: dict[Any, Any], assumed: float) -> str:
    """Relative standard error in words; the status of an error is part of its printed text."""
    own = float(row["known_sd"])
    if not math.isfinite(own):
        return f"{100 * assumed:.0f} % (model)"
    return f"{100 * own:.0f} % (printed){words.UNCONFIRMED if 'RECALLED' in str(row['error_published']) else ''}"


def superseded(answer: Assessment) -> Table | None:
    """Figures that a later report restated."""
    table = answer.superseded
    if table.empty:
        return None
    rows = tuple(
        (f"{row['year']}", _cell(row["rate"]), _cell(row["number_millions"]), str(row["source_id"]))
        for row in table.to_dict("records")
    )
    columns = ("year", f"rate, {words.unit(answer)}", f"million {answer.people}", "source")
    return Table("Figures not used, because a later report restated them", columns, rows, words=(3,))


def _cell(value: float) -> str:
    return f"{value:g}" if math.isfinite(float(value)) else words.NOTHING


def parameters(answer: Assessment) -> Table:
    """Parameters of the model: median and 95 % interval of the posterior, with convergence."""
    rows = []
    for name, values in answer.posterior.parameters.data_vars.items():
        shown = [
            f"{one:.3f}".replace("-", "−")
            for one in quantiles(values.to_numpy().ravel(), np.array([0.025, 0.5, 0.975]))
        ]
        rows.append((_parameter_words(str(name)), shown[1], f"{shown[0]} to {shown[2]}", *_checks(answer, str(name))))
    columns = ("parameter", "median", words.INTERVALS[2], "R-hat", "bulk ESS", "tail ESS")
    note = "Changes of method are older minus newer, on the log-odds scale; paces are log-odds a year."
    return Table("Parameters of the model (posterior)", columns, tuple(rows), (note,))


_PARAMETERS = {
    "relative_error": "relative error of a figure",
    "error_correlation": "correlation of the errors of adjacent rounds",
    "pace_variation": "standard deviation of the pace round its long run",
    "pace_memory": "years over which the pace forgets",
    "long_run_pace": "long-run pace",
}


def _parameter_words(name: str) -> str:
    return _PARAMETERS.get(name, name)


def _checks(answer: Assessment, name: str) -> tuple[str, str, str]:
    if name not in answer.diagnostics.index:
        return ("", "", "")
    row = answer.diagnostics.loc[name]
    return (f"{row['rhat']:.3f}", f"{row['ess_bulk']:,.0f}", f"{row['ess_tail']:,.0f}")


def diagnostics(answer: Assessment, *, worst: int | None = WORST) -> Table:
    """Convergence of every sampled parameter and reported quantity, the worst first."""
    table = answer.diagnostics.dropna()
    ordered = table.assign(least=table[["ess_bulk", "ess_tail"]].min(axis=1)).sort_values(["least"])
    shown = ordered if worst is None else ordered.head(worst)
    rows = tuple(
        (str(name), f"{row['rhat']:.4f}", f"{row['ess_bulk']:,.0f}", f"{row['ess_tail']:,.0f}")
        for name, row in shown.iterrows()
    )
    title = (
        f"Convergence of all {len(table)} quantities"
        if worst is None
        else f"Convergence: the {len(rows)} smallest effective samples"
    )
    return Table(title, ("quantity", "R-hat", "bulk ESS", "tail ESS"), rows)


def convergence(answer: Assessment) -> str:
    """Convergence in one sentence."""
    table = answer.diagnostics.dropna()
    least = table[["ess_bulk", "ess_tail"]].min(axis=1)
    return (
        f"{len(table)} quantities checked: largest R-hat {table['rhat'].max():.3f} ({table['rhat'].idxmax()}; limit "
        f"1.01), smallest effective sample size {least.min():,.0f} ({least.idxmin()}; limit 400)."
    )


def sources(table: pd.DataFrame) -> Table:
    """Sources of the figures: publication, where it was read, licence."""
    rows = tuple(
        (
            str(row["source_id"]),
            f"{row['publication']}. {row['publisher']}",
            str(row["read_in"]),
            str(row["licence"]),
            str(row["note"]),
        )
        for row in table.to_dict("records")
    )
    columns = ("id", "publication", "where its figures were read", "licence", "note")
    return Table("Sources of the figures", columns, rows, words=(0, 1, 2, 3, 4))


def all_sources(answers: Iterable[Assessment]) -> pd.DataFrame:
    """The sources of several answers, each once."""
    import pandas as pd

    table = pd.concat([answer.sources for answer in answers], ignore_index=True)
    return table.drop_duplicates("source_id").reset_index(drop=True)
