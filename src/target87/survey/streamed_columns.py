"""Columns attached to a streamed data set: made batch by batch, or sliced from arrays of all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from target87.errors import InputError
from target87.survey.columns import Column, derived_columns, flag_columns
from target87.survey.encoding import Category
from target87.survey.faults import Faults
from target87.survey.parquet import Attachment, BatchRows, ParquetRows, is_of_batches
from target87.survey.rows import Rows


def attached(rows: ParquetRows, frame: Any, on: Sequence[str], columns: Mapping[str, Any]) -> tuple[ParquetRows, str]:
    """The data set with columns of ``frame`` and ``columns``, and their names; see ``derived_columns``.

    Functions and expressions see one batch at a time.

    Raises
    ------
    InputError
        If nothing is given.
    DataError
        If lengths differ, or a key is missing or repeated.
    """
    if frame is None and not columns:
        raise InputError("there is no column to attach", where="frame")
    names: list[str] = []
    if frame is not None and on:
        rows = rows.with_attached(_by_key(rows, frame, on))
        names.extend(rows.attachments[-1].names)
    elif frame is not None:
        rows = rows.with_attached(_in_order(derived_columns(rows.places, frame, (), {})))
        names.extend(rows.attachments[-1].names)
    for name, values in columns.items():
        made = _worked_out(name, values) if is_of_batches(values) else _array(rows, name, values)
        rows = rows.with_attached(made)
        names.append(name)
    return rows, ", ".join(names)


def flagged(rows: ParquetRows, flags: Any, on: Sequence[str]) -> tuple[ParquetRows, str]:
    """The data set with an indicator's flags, and a line about them; see ``flag_columns``."""
    if not on:
        added, note = flag_columns(rows.places, flags, ())
        return rows.with_attached(_in_order(added)), note
    frame = flags.to_dataframe() if hasattr(flags, "to_dataframe") else flags
    made = _by_key(rows, frame, on)
    return rows.with_attached(made), f"{', '.join(made.names)}, matched by {', '.join(on)}"


def _worked_out(name: str, values: Any) -> Attachment:
    return Attachment((name,), None, lambda batch: derived_columns(batch, None, (), {name: values}))


def _array(rows: ParquetRows, name: str, values: Any) -> Attachment:
    return _in_order(derived_columns(rows.places, None, (), {name: values}))


def _in_order(columns: Mapping[str, Column]) -> Attachment:
    def make(batch: BatchRows) -> dict[str, Column]:
        part = slice(batch.first, batch.first + batch.n)
        return {name: _part(column, part) for name, column in columns.items()}

    return Attachment(tuple(columns), (), make)


def _part(column: Column, part: slice) -> Column:
    return Category(column.codes[part], column.levels) if isinstance(column, Category) else column[part]


def _by_key(rows: ParquetRows, frame: Any, on: Sequence[str]) -> Attachment:
    for name in on:
        rows.check(name, argument="on")
    names = tuple(name for name in Rows(frame).names if name not in on)
    faults = Faults()
    for batch in rows.batches(on, "keys"):
        with faults.noted(0, batch.first):
            derived_columns(batch, frame, on, {})
    faults.refuse()
    return Attachment(names, tuple(on), lambda batch: derived_columns(batch, frame, on, {}))
