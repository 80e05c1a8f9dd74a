"""What a file says of its columns, as plain data that Parquet files and codebooks carry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from target87.errors import DataError
from target87.io.column import TAGS, Code, Column, Missing, plain

VERSION = 1


def to_plain(columns: Mapping[str, Column], source: Mapping[str, Any], notes: tuple[str, ...]) -> dict[str, Any]:
    """Labels and missing codes of columns, ready for JSON."""
    return {
        "schema_version": VERSION,
        "source": dict(source),
        "notes": list(notes),
        "columns": {name: _column(column) for name, column in columns.items()},
    }


def from_plain(data: Mapping[str, Any], columns: Mapping[str, Column], where: str) -> dict[str, Column]:
    """Columns with the labels and missing codes of :func:`to_plain`.

    Raises
    ------
    DataError
        If these are of a later version of the format.
    """
    version = data.get("schema_version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise DataError(
            "the labels in the file are of another version of the format",
            where=where,
            expected=f"schema_version up to {VERSION}",
            got=repr(version),
            remedies=("read it by the version of this library that wrote it, or a later one",),
        )
    told = data["columns"]
    return {name: _restored(column, told[name]) if name in told else column for name, column in columns.items()}


def code_to_plain(code: Code) -> Any:
    """A code as JSON has it; dates as text."""
    code = plain(code)
    return code if isinstance(code, str | int | float) else str(code)


def code_from_plain(code: Any, kind: str) -> Code:
    """The reverse of :func:`code_to_plain`."""
    import pandas as pd

    if isinstance(code, str) and code not in TAGS:
        if kind in ("date", "datetime"):
            return pd.Timestamp(code)
        if kind == "time":
            return pd.Timedelta(code)
    return code


def _column(column: Column) -> dict[str, Any]:
    missing = column.missing
    facts: dict[str, Any] = {"kind": column.kind}
    if column.label:
        facts["label"] = column.label
    if column.value_labels:
        facts["value_labels"] = [[code_to_plain(code), said] for code, said in column.value_labels.items()]
    if missing:
        facts["missing"] = {
            "codes": [code_to_plain(code) for code in missing.codes],
            "ranges": [[_bound(low), _bound(high)] for low, high in missing.ranges],
            "by_label": [code_to_plain(code) for code in missing.by_label],
        }
    return facts | {name: given for name in ("format", "measure") if (given := getattr(column, name))}


def _restored(column: Column, facts: Mapping[str, Any]) -> Column:
    kind = facts["kind"]
    missing = facts.get("missing", {"codes": [], "ranges": [], "by_label": []})
    return replace(
        column,
        kind=kind,
        label=facts.get("label", ""),
        value_labels={code_from_plain(code, kind): said for code, said in facts.get("value_labels", [])},
        missing=Missing(
            tuple(code_from_plain(code, kind) for code in missing["codes"]),
            tuple((_unbound(low, -math.inf), _unbound(high, math.inf)) for low, high in missing["ranges"]),
            tuple(code_from_plain(code, kind) for code in missing["by_label"]),
        ),
        format=facts.get("format", ""),
        measure=facts.get("measure", ""),
    )


def _bound(value: float) -> float | None:
    return None if math.isinf(value) else value


def _unbound(value: float | None, end: float) -> float:
    return end if value is None else value
