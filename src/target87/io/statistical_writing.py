"""Columns to SPSS and Stata files; what a format has no place for is an error, never left out in silence."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import OutputError
from target87.io.column import Column
from target87.io.spss_columns import spss_column
from target87.io.stata_columns import stata_column

if TYPE_CHECKING:
    pass

_LIMITS = {"spss": (255, 120), "stata": (80, 32_000)}
"""Bytes (SPSS) or characters (Stata) of the longest label of a column and of a value."""


def writer(columns: Mapping[str, Column], extension: str) -> Callable[[Path], object]:
    """A function that writes the columns to the path it is given.

    Raises
    ------
    OutputError
        If the format has no place for something in the columns; nothing has been opened then.
    """
    system = "stata" if extension == ".dta" else "spss"
    _check_names(columns, system)
    made = spss_column if system == "spss" else stata_column
    written = {name: made(name, column) for name, column in columns.items()}
    labels = {name: column.label for name, column in columns.items() if column.label}
    _tell_long(labels, {name: one.value_labels for name, one in written.items()}, system)
    shared: dict[str, Any] = {
        "column_labels": labels,
        "variable_value_labels": {name: one.value_labels for name, one in written.items() if one.value_labels},
        "variable_format": {name: one.format for name, one in written.items() if one.format},
    }

    def write(path: Path) -> None:
        import pandas as pd
        import pyreadstat

        frame = pd.DataFrame({name: one.values for name, one in written.items()})
        try:
            if system == "stata":
                tags = {name: one.tags for name, one in written.items() if one.tags}
                pyreadstat.write_dta(frame, path, missing_user_values=tags, **shared)
                return
            missing = {name: one.missing for name, one in written.items() if one.missing}
            measures = {name: column.measure for name, column in columns.items() if column.measure}
            packed = extension == ".zsav"
            pyreadstat.write_sav(
                frame,
                path,
                compress=packed,
                row_compress=not packed,
                missing_ranges=missing,
                variable_measure=measures,
                **shared,
            )
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
            raise OutputError(f"the file cannot be written: {error}", where=str(path)) from error

    return write


_NAMES = {"spss": r"[^\W\d_][\w.@#$]*", "stata": r"[^\W\d]\w*"}
_LONGEST = {"spss": 64, "stata": 32}
_RESERVED = {
    "spss": {"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"},
    "stata": {
        "byte",
        "double",
        "float",
        "if",
        "in",
        "int",
        "long",
        "str",
        "strL",
        "using",
        "with",
        "_all",
        "_b",
        "_coef",
    }
    | {"_cons", "_n", "_N", "_pi", "_pred", "_rc", "_skip"},
}


def _check_names(columns: Mapping[str, Column], system: str) -> None:
    program = {"spss": "SPSS", "stata": "Stata"}[system]
    size: Callable[[str], int] = (lambda name: len(name.encode())) if system == "spss" else len
    wrong = [
        name
        for name in columns
        if not re.fullmatch(_NAMES[system], name)
        or size(name) > _LONGEST[system]
        or (name.upper() if system == "spss" else name) in _RESERVED[system]
    ]
    if wrong:
        raise OutputError(
            f"{program} does not take these names of columns",
            where=", ".join(wrong[:5]),
            expected=f"letters, digits and underscores, at most {_LONGEST[system]}, no word of its own",
            count=len(wrong),
            remedies=("m.rename({old: new})",),
        )
    folded = [name.casefold() for name in columns]
    alike = [name for name in columns if folded.count(name.casefold()) > 1]
    if alike and system == "spss":
        raise OutputError(
            "SPSS does not tell capital from small letters, and names differ in nothing else",
            where=", ".join(alike[:5]),
            remedies=("m.rename({old: new})",),
        )


def _tell_long(labels: dict[str, str], value_labels: Mapping[str, Mapping[Any, str]], system: str) -> None:
    """Shorten labels of columns that are too long, with a warning; of values, raise."""
    column_limit, value_limit = _LIMITS[system]
    long = [name for name, said in labels.items() if _size(said, system) > column_limit]
    for name in long:
        while _size(labels[name], system) > column_limit - 3:
            labels[name] = labels[name][:-1]
        labels[name] += "..."
    if long:
        warnings.warn(
            f"labels of columns are shortened to {column_limit} characters: {', '.join(long[:5])} ({len(long)} in all)",
            stacklevel=4,
        )
    for name, given in value_labels.items():
        for code, said in given.items():
            if _size(said, system) > value_limit:
                raise OutputError(
                    f"a label of a value is longer than {value_limit}", where=f"column {name!r}", got=f"{code}: {said}"
                )


def _size(text: str, system: str) -> int:
    return len(text.encode()) if system == "spss" else len(text)
