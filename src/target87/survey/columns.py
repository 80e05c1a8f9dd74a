"""Columns attached to a design: matched by row order or key, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.encoding import Category
from target87.survey.rows import Rows

type Column = NDArray[np.float64] | Category


def derived_columns(rows: Rows, frame: Any, on: Sequence[str], columns: Mapping[str, Any]) -> dict[str, Column]:
    """Columns of ``frame`` and ``columns``, one value a row of the design.

    Raises
    ------
    InputError
        If nothing is given.
    DataError
        If lengths differ, or a key is missing or repeated.
    """
    if frame is None and not columns:
        raise InputError("there is no column to attach", where="frame")
    added: dict[str, Column] = {}
    if frame is not None:
        rows.refuse_other_order(None if on else frame, "frame")
        other = Rows(frame if not isinstance(frame, Mapping) else _from_mapping(frame))
        place = _places(rows, other, on) if on else _same_order(rows, other.n, "frame")
        for name in other.names:
            if name not in on:
                added[name] = _taken(other, name, place)
    for name, values in columns.items():
        given = rows.evaluated(values)
        rows.refuse_other_order(given, name)
        given = np.full(rows.n, given) if np.isscalar(given) else given
        column = Rows(_from_mapping({name: given}))
        added[name] = _taken(column, name, _same_order(rows, column.n, name))
    return added


def flag_columns(rows: Rows, flags: Any, on: Sequence[str]) -> tuple[dict[str, Column], str]:
    """Columns of an indicator's flags, with a line that says how many rows each marks.

    A result of an indicator may offer its frame as ``to_dataframe()``, its definition as ``definition_text`` and what
    it decided as ``notes``.
    """
    frame = flags.to_dataframe() if hasattr(flags, "to_dataframe") else flags
    added = derived_columns(rows, frame, on, {})
    definition = definition_of(flags)["definition"]
    notes = [_note(name, column) for name, column in added.items()]
    return added, "; ".join(notes) + (f" (definition {definition})" if definition else "")


def definition_of(flags: Any) -> dict[str, Any]:
    """What an indicator says of its flags, as plain data that estimates can carry."""
    notes = getattr(flags, "notes", ())
    return {"definition": str(getattr(flags, "definition_text", "")), "notes": [str(note) for note in notes]}


def _note(name: str, column: Column) -> str:
    if isinstance(column, Category):
        return f"{name} with {len(column)} categories"
    missing = int(np.isnan(column).sum())
    marked = int(np.nansum(column)) if np.isin(column[~np.isnan(column)], (0.0, 1.0)).all() else None
    said = f"{name} true for {marked:,} of {column.size:,} rows" if marked is not None else name
    return said + (f", missing for {missing:,}" if missing else "")


def _from_mapping(columns: Mapping[str, Any]) -> Any:
    import pandas as pd

    try:
        # by position: an index says where a series came from, not which row of the design it belongs to
        return pd.DataFrame({name: _positional(values) for name, values in columns.items()})
    except ValueError as error:
        raise InputError("the columns to attach differ in length", where=", ".join(columns), got=str(error)) from error


def _positional(values: Any) -> Any:
    return values.reset_index(drop=True) if hasattr(values, "reset_index") else values


def _same_order(rows: Rows, n: int, where: str) -> NDArray[np.int64]:
    if n != rows.n:
        raise DataError(
            "the rows to attach are not those of the design",
            where=where,
            expected=f"{rows.n:,} rows, in the order of the data",
            got=f"{n:,}",
            remedies=("name the key columns in on= to match by key",),
        )
    return np.arange(n)


def _taken(other: Rows, name: str, place: NDArray[np.int64]) -> Column:
    if other.is_numeric(name):
        return other.numeric(name)[place]
    column = other.category(name)
    return Category(column.codes[place], column.levels)


def _places(rows: Rows, other: Rows, on: Sequence[str]) -> NDArray[np.int64]:
    """Row of ``other`` that has the key of each row of the design."""
    mine, theirs = _keys(rows, on), _keys(other, on)
    place: dict[tuple[Any, ...], int] = {}
    repeated = []
    for i, key in enumerate(theirs):
        if key in place:
            repeated.append(key)
        place[key] = i
    if repeated:
        raise DataError("keys stand twice", where=f"columns {', '.join(on)}", count=len(repeated), examples=repeated)
    found = np.array([place.get(key, -1) for key in mine])
    gone = np.flatnonzero(found < 0)
    if gone.size:
        raise DataError(
            "keys of the design are not among those to attach",
            where=f"columns {', '.join(on)}",
            count=int(gone.size),
            examples=[mine[i] for i in gone[:5]],
        )
    return found


def _keys(rows: Rows, on: Sequence[str]) -> list[tuple[Any, ...]]:
    columns = [rows.category(name, argument="on") for name in on]
    labels = [[*column.levels, None] for column in columns]
    return list(
        zip(
            *([label[code] for code in column.codes] for label, column in zip(labels, columns, strict=True)),
            strict=True,
        )
    )
