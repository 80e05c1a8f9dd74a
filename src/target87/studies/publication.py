"""Estimates from a file as they are published: sentences, tables, and figures without what is suppressed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target87.studies.estimate_file import FileEstimates
from target87.studies.file_design import about

if TYPE_CHECKING:
    from target87.report.estimates_table import Table
    from target87.results.estimates import Estimates


@dataclass(frozen=True, eq=False)
class Publication:
    """What is printed and written of estimates from a file.

    Parameters
    ----------
    made : FileEstimates
        What was estimated.
    title : str
        What the estimates are of.
    sentences : tuple of str
        The main figures in words, each with its interval.
    tables : tuple of Table
        All flags, the main ones by each breakdown, numbers of children.
    rates : Estimates
        Rates without those suppressed: no file or drawing shows what the tables leave out.
    numbers : Estimates or None
        Numbers of children, likewise.
    """

    made: FileEstimates
    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    rates: Estimates
    numbers: Estimates | None


def publish(made: FileEstimates) -> Publication:
    """Make what is printed and written, with one choice of cells to suppress for all of it.

    Parameters
    ----------
    made : FileEstimates
        From :func:`target87.studies.estimate_file.estimate_file`.

    Returns
    -------
    Publication
    """
    from target87.report.estimates_table_hidden import without_hidden

    every, below = _every(made), made.settings.suppress_below
    rates = without_hidden(made.rates, every, below)
    title = _title(made)
    return Publication(
        made=made,
        title=title,
        sentences=_sentences(made, rates),
        tables=_tables(made, title),
        rates=rates,
        numbers=None if made.numbers is None else without_hidden(made.numbers, every, below),
    )


def _every(made: FileEstimates) -> list[Estimates]:
    """All that is published together: no table may show what protects a cell of another."""
    return [made.rates] if made.numbers is None else [made.rates, made.numbers]


def _title(made: FileEstimates) -> str:
    survey = made.settings.survey or made.source["file"]
    rows = about(made.settings)
    return f"{made.flags.definition.title}: {survey}{f', {rows}' if rows else ''}"


def _tables(made: FileEstimates, title: str) -> tuple[Table, ...]:
    from target87.report.estimates_table import table

    def one(estimates: Estimates, columns: tuple[str, ...], unit: str | None = None) -> Table:
        by = f", by {' and '.join(columns)}" if columns else ", all children"
        notes = made.notes if estimates is made.numbers else ()
        shared: dict[str, Any] = {"suppress_below": made.settings.suppress_below, "beside": _every(made)}
        return table(_divided(estimates, columns), title=title + by, unit=unit, notes=notes, **shared)

    groups = _groups(made.settings.by)
    mains = made.rates.select(variable=made.main)
    tables = [one(made.rates, ()), *(one(mains, columns) for columns in groups)]
    if made.numbers is not None:
        tables += [one(made.numbers, columns, "children") for columns in [(), *groups]]
    return tuple(tables)


def _sentences(made: FileEstimates, rates: Estimates) -> tuple[str, ...]:
    settings = made.settings
    level, rows = f"{100 * settings.level:g} %", about(settings)
    unweighted = ", unweighted" if settings.weights is None and not settings.weighting else ""
    who = f"children ({rows}{unweighted})" if rows else f"children{unweighted}"
    decided = " whose answers decide" if settings.missing in ("omit", "error") else ""
    ends = {"_lower": "at least (missing answers read as no) ", "_upper": "at most (missing answers read as yes) "}
    found = []
    for _, row in _divided(rates.select(variable=made.main), ()).to_dataframe().iterrows():
        if math.isnan(row["estimate"]):
            found.append(f"{made.flags.definition.title}: suppressed, for fewer children than may be published.")
            continue
        bound = next((words for mark, words in ends.items() if row["variable"].endswith(mark)), "")
        found.append(
            f"{made.flags.definition.title}: {bound}{100 * row['estimate']:.1f} % of {who} "
            f"({level} interval {100 * row['ci_lower']:.1f} to {100 * row['ci_upper']:.1f} %), "
            f"from {int(row['n']):,} children{decided}."
        )
    return tuple(found)


def _divided(estimates: Estimates, columns: tuple[str, ...]) -> Estimates:
    """Cells divided by these columns and their margins, and the whole."""
    from target87.results.estimates_data import ALL

    others = [name for name in estimates.data.attrs["domain_columns"] if name not in columns]
    keep = [all(estimates.data[name].values[cell] == ALL for name in others) for cell in range(len(estimates))]
    return estimates[keep]


def _groups(by: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """Breakdowns to be printed: one within a crossed one stands in its margins."""
    return [one for one in dict.fromkeys(by) if not any(set(one) < set(other) for other in by)]
