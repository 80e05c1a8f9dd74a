"""The codebook beside a CSV file: labels and missing codes as rows that people and programs read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from target87.errors import DataError
from target87.io.column import TAGS, Code, Column, Missing, show
from target87.io.metadata import code_from_plain, code_to_plain

HEADINGS = ("column", "label", "kind", "code", "to", "value_label", "missing")
"""``to`` ends a range of missing codes; ``missing`` is "declared", "by label" or nothing."""
_DECLARED, _BY_LABEL = "declared", "by label"


@dataclass
class Told:
    """What a codebook says of one column."""

    kind: Any
    label: str = ""
    value_labels: dict[Code, str] = field(default_factory=dict)
    codes: list[Code] = field(default_factory=list)
    ranges: list[tuple[float, float]] = field(default_factory=list)
    by_label: list[Code] = field(default_factory=list)


def beside(path: Path) -> Path:
    """Where the codebook of a CSV file stands.

    Examples
    --------
    >>> from pathlib import Path
    >>> beside(Path("children.csv")).name
    'children_codebook.csv'
    """
    return path.with_name(f"{path.stem}_codebook.csv")


def codebook_text(columns: Mapping[str, Column]) -> str:
    """The codebook as CSV: a row for each column, and below it one for each code with a label or declared missing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for name, column in columns.items():
        writer.writerow((name, column.label, column.kind, "", "", "", ""))
        missing = column.missing
        for code in dict.fromkeys([*column.value_labels, *missing.single]):
            reason = _DECLARED if code in missing.codes else _BY_LABEL if code in missing.by_label else ""
            plain = code_to_plain(code)
            shown = repr(plain) if isinstance(plain, float) and not plain.is_integer() else show(plain)
            writer.writerow((name, "", "", shown, "", column.value_labels.get(code, ""), reason))
        for low, high in missing.ranges:
            writer.writerow((name, "", "", repr(low), repr(high), "", _DECLARED))
    return text.getvalue()


def read_codebook(path: Path) -> dict[str, Told]:
    """What a codebook says of each column.

    Raises
    ------
    DataError
        If it is none: other headings, a code that is no number in a column of numbers, a column without its kind.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except UnicodeDecodeError as error:
        raise DataError("the codebook is not in UTF-8", where=str(path), got=error.reason) from error
    if not rows or set(HEADINGS) - set(rows[0]):
        raise DataError(
            "this is no codebook",
            where=str(path),
            expected=f"columns {', '.join(HEADINGS)}",
            got=", ".join(map(str, rows[0])) if rows else "no rows",
            remedies=("write(data, 'x.csv') writes one beside the data",),
        )
    told: dict[str, Told] = {}
    for line, row in enumerate(rows, start=2):
        try:
            _take(told, row)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "a row of the codebook cannot be understood",
                where=f"{path}, line {line}",
                got=f"{row['column']}: {error}",
            ) from error
    return told


def applied(told: Mapping[str, Told], columns: Mapping[str, Column], where: str) -> dict[str, Column]:
    """Columns with what their codebook says of them.

    Raises
    ------
    DataError
        If a column does not hold what its codebook says.
    """
    built = dict(columns)
    for name, one in told.items():
        if name not in columns:
            continue
        column = _as_told(name, columns[name], one.kind, where)
        missing = Missing(tuple(one.codes), tuple(one.ranges), tuple(one.by_label))
        built[name] = replace(column, label=one.label, value_labels=one.value_labels, missing=missing)
    return built


def _take(told: dict[str, Told], row: Mapping[str, str]) -> None:
    if not row["code"]:
        told[row["column"]] = Told(row["kind"], row["label"])
        return
    one = told[row["column"]]
    if row["to"]:
        one.ranges.append((float(row["code"]), float(row["to"])))
        return
    code = _code(row["code"], one.kind)
    if row["value_label"]:
        one.value_labels[code] = row["value_label"]
    if row["missing"] == _DECLARED:
        one.codes.append(code)
    elif row["missing"] == _BY_LABEL:
        one.by_label.append(code)
    elif row["missing"]:
        raise ValueError(f"missing is {row['missing']!r}, and may be {_DECLARED!r}, {_BY_LABEL!r} or nothing")


def _code(text: str, kind: str) -> Code:
    if kind in ("number", "truth") and text not in TAGS:
        value = float(text)
        return int(value) if value.is_integer() and math.isfinite(value) else value
    return code_from_plain(text, kind)


def _as_told(name: str, column: Column, kind: Any, where: str) -> Column:
    """A column of the kind its codebook says: what CSV cannot show of it is put back."""
    import pandas as pd

    if column.kind == kind:
        return column
    if column.values.isna().all():
        empty = {"text": "str", "time": "m8[us]", "truth": "boolean", "number": "float64"}.get(kind, "M8[us]")
        return Column(pd.Series([None] * len(column.values), dtype=empty), kind)
    try:
        if kind == "number" and column.kind == "text":
            return _with_tags(column)
        if kind == "time" and column.kind == "text":
            return Column(pd.to_timedelta(column.values.mask(column.values == "")).astype("m8[us]"), kind)
        if {kind, column.kind} == {"date", "datetime"}:
            return replace(column, kind=kind)
        if kind == "truth" and column.kind == "number":
            return Column(column.values.astype("boolean"), kind)
    except (ValueError, TypeError) as error:
        raise _other_kind(name, column, kind, where, str(error).splitlines()[0]) from error
    raise _other_kind(name, column, kind, where, column.kind)


def _with_tags(column: Column) -> Column:
    """Numbers among which ".a" to ".z" stand."""
    import pandas as pd

    tagged = column.values.isin(TAGS)
    letters = np.where(tagged, column.values.str[1:2], "")
    tags = np.array([ord(letter) if letter else 0 for letter in letters], dtype=np.uint8)
    blank = tagged | column.values.isin(["", ".", "NA"])
    return Column(pd.to_numeric(column.values.mask(blank)).astype(np.float64), "number", tags=tags)


def _other_kind(name: str, column: Column, kind: str, where: str, got: str) -> DataError:
    return DataError(
        "a column does not hold what its codebook says",
        where=f"{where}, column {name!r}",
        expected=kind,
        got=got,
        examples=list(column.values.dropna().head(5)),
    )
