"""What weighting steps read of a streamed data set, and what is checked of it batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from target87.errors import InputError
from target87.survey import nonresponse, population_figures
from target87.survey.calibration_steps import model_variance
from target87.survey.checking import column_names
from target87.survey.margins import INTERCEPT
from target87.survey.parquet import BatchRows, ParquetRows
from target87.survey.response_steps import refuse_unknown
from target87.survey.row_values import Present, refuse_missing
from target87.survey.streamed_weighting_cells import Check

type Columns = str | Sequence[str] | None


def figure_columns(rows: ParquetRows, totals: Any) -> tuple[tuple[str, ...], tuple[Check, ...]]:
    """Columns that population figures are about, and the checks that they are there."""
    names: list[str] = []
    checks: list[Check] = []
    for key, figures in population_figures.figure_pairs(rows.head, totals):
        counts = isinstance(figures, Mapping)
        if not counts and key in INTERCEPT and key not in rows.names:
            continue
        for name in key if isinstance(key, tuple) else (key,):
            rows.check(name, argument="totals")
            names.append(name)
            if counts:
                checks.extend(missing((name,), name))
            elif rows.head.is_numeric(name):
                checks.append(_not_finite(name))
    return tuple(names), tuple(checks)


def numbers_of(rows: ParquetRows, totals: Any) -> tuple[str | None, ...]:
    """Columns whose totals are given, None for the size of the population."""
    pairs = population_figures.figure_pairs(rows.head, totals)
    keys = [key for key, figures in pairs if not isinstance(figures, Mapping)]
    return tuple(key if key in rows.names else None for key in keys)


def variance_columns(rows: ParquetRows, variance: Any) -> tuple[str, ...]:
    """Columns of the model's variance."""
    names = () if variance is None else tuple(variance) if isinstance(variance, Mapping) else (variance,)
    for name in names:
        check_column(rows, name, "variance")
        rows.check_numbers(name, argument="variance")
    return names


def variance_checks(variance: Any) -> tuple[Check, ...]:
    """The check that the model's variance is above zero."""
    if variance is None:
        return ()
    return (lambda batch, present: model_variance(batch, present, variance),)


def class_columns(rows: ParquetRows, by: Columns) -> tuple[str, ...]:
    """Columns of classes."""
    names = () if by is None else column_names(by, "by")
    for name in names:
        rows.check(name, argument="by")
    return names


def check_column(rows: ParquetRows, given: Any, argument: str) -> None:
    """Raise unless there is a column of this name: values of all rows would have to be held."""
    if not isinstance(given, str):
        raise InputError(
            "weights of rows that are read in batches can be made of columns alone",
            where=argument,
            got=type(given).__name__,
            remedies=("attach the values by with_columns(name=values), then name the column",),
        )
    rows.check(given, argument=argument)


def missing(names: Sequence[str], shown: Any) -> tuple[Check, ...]:
    """The check that rows present have a label in every column."""

    def check(batch: BatchRows, present: Present) -> None:
        refuse_missing(np.any([batch.category(name).codes < 0 for name in names], axis=0), present, shown)

    return (check,) if names else ()


def status_of(column: str, argument: str, *, known: bool = False) -> Check:
    """The check that rows present have a status of response, and if asked that their eligibility is known."""

    def check(batch: BatchRows, present: Present) -> None:
        status = nonresponse.read_status(batch, present, column, argument=argument)
        if known:
            refuse_unknown(status)

    return check


def _not_finite(name: str) -> Check:
    return lambda batch, present: refuse_missing(~np.isfinite(batch.numeric(name, argument="totals")), present, name)
