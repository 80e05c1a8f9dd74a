"""The tables of many answers as one tidy table each, in cells that any program reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from target87.results.probability import Probability

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet

BOUNDS = ("lower_95", "lower_80", "median", "upper_80", "upper_95")
LABELS = ("indicator", "area", "group_type")
"""Columns that say which answer a row belongs to."""

PROBABILITIES = ("probability", "prior_probability", "p_not_before", "p_undefined")
"""Columns that hold a ``Probability``; each becomes five columns of plain cells."""

WHOLE = ("base_year", *(f"{name}_{part}" for name in PROBABILITIES for part in ("draws_for", "draws")))
"""Columns of whole numbers in which some may be missing."""


def tables(answers: AssessmentSet) -> dict[str, pd.DataFrame]:
    """Tidy tables of everything but the draws, by the name of their file.

    Every table of answers starts with ``indicator``, ``area`` and ``group_type``. A year or bound that is infinite is
    missing, as in JSON.
    """
    import pandas as pd

    of: dict[str, Callable[[Assessment], pd.DataFrame]] = {
        "estimates": lambda one: one.estimates,
        "probabilities": _probabilities,
        "years_reached": lambda one: one.years_reached,
        "pace": lambda one: one.pace,
        "acceleration": lambda one: one.acceleration,
        "points": lambda one: one.points,
        "sensitivity": lambda one: one.sensitivity,
        "hindcast": _hindcast,
        "diagnostics": lambda one: one.diagnostics.reset_index(),
        "sources": lambda one: one.sources,
    }
    # one table is stacked before its cells are made plain: pandas takes as long over a small table as over a large one
    made = {name: _flat(_stack(answers, take)) for name, take in of.items()}
    made["years_reached"] = _whole_years(made["years_reached"])
    made["declined"] = pd.DataFrame(answers.declined, columns=["indicator", "group_type", "area", "reason"])
    made["declined"] = made["declined"][["indicator", "area", "group_type", "reason"]]
    if answers.parts is not None and len(answers.parts):
        made["parts_and_world"] = answers.parts
    if answers.published is not None:
        made["published_projections"] = answers.published
    return made


def to_csv(table: pd.DataFrame) -> str:
    """CSV text: comma, point, one header line, Unix line ends, every digit, missing as an empty field."""
    return table.replace([np.inf, -np.inf], np.nan).to_csv(index=False, lineterminator="\n")


def _probabilities(one: Assessment) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "kind": one.kind,
            "headline": place == 0,
            "statement": answer.statement,
            "measure": answer.measure,
            "year": answer.year,
            "threshold": answer.threshold,
            "base_year": answer.base_year,
            "probability": answer.probability,
            "prior_probability": answer.prior,
        }
        for place, answer in enumerate(one.answers)
    ]
    return pd.DataFrame(rows).astype({"threshold": "float64"})


def _whole_years(table: pd.DataFrame) -> pd.DataFrame:
    """Years as whole numbers; missing where the threshold is not reached by the horizon."""
    years = table[list(BOUNDS)].astype("float64").replace(np.inf, np.nan).astype("Int64")
    return table.assign(**{name: years[name] for name in BOUNDS})


def _hindcast(one: Assessment) -> pd.DataFrame:
    import pandas as pd

    from target87.prevalence.hindcast import Hindcast

    columns = list(Hindcast.__dataclass_fields__)
    return pd.DataFrame([] if one.hindcast is None else [asdict(one.hindcast)], columns=columns)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each probability spread over plain cells."""
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for name in map(str, table.columns):
        if name in PROBABILITIES:
            cells = [_cells(name, value) for value in table[name]]
            spread = pd.DataFrame(cells, columns=_names(name), index=table.index)
            columns |= {column: spread[column] for column in _names(name)}
        else:
            columns[name] = table[name]
    flat = pd.DataFrame(columns)
    return flat.astype({name: "Int64" for name in WHOLE if name in flat})


def _names(name: str) -> list[str]:
    return [name, *(f"{name}_{part}" for part in ("mcse", "draws_for", "draws", "printed"))]


def _cells(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, Probability):
        return dict.fromkeys(_names(name))
    return dict(zip(_names(name), (value.value, value.mcse, value.hits, value.draws, str(value)), strict=True))


def _stack(answers: Iterable[Assessment], take: Callable[[Assessment], pd.DataFrame]) -> pd.DataFrame:
    """One table of every answer's, each row labelled with the answer it belongs to."""
    import pandas as pd

    whole = list(answers)
    parts = [take(one) for one in whole]
    # an empty table has no types to go by; it is kept only where there is no other
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    labels = {
        name: [getattr(one, name) for one, part in zip(whole, parts, strict=True) for _ in range(len(part))]
        for name in LABELS
    }
    kept = table.drop(columns=[name for name in LABELS if name in table])
    return pd.concat([pd.DataFrame(labels, columns=list(LABELS)), kept], axis="columns")
