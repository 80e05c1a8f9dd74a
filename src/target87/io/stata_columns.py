"""One column as Stata holds it: numbers with ``.a`` to ``.z`` among them, or texts without labels, and a format."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.io.column import TAGS, Column, plain, show
from target87.io.times import format_for, kind_of, to_numbers
from target87.io.written_column import Written, as_floats, no_place, own_labels, tag_labels

_INT = 2_147_483_620
"""Largest whole number of Stata's type long."""


def stata_column(name: str, column: Column) -> Written:
    """A column with what Stata can say of it; missing codes become ``.a``, ``.b`` and so on, in their order.

    Raises
    ------
    OutputError
        If a text has labels or missing codes, a code with a label is no whole number, or there are more than 26 missing
        codes.
    """
    import pandas as pd

    if column.kind == "text":
        return _text(name, column)
    letters, of_code = _letters(name, column)
    rows = _tag_rows(column, of_code)
    if column.kind in ("number", "truth"):
        numbers = as_floats(name, column)
        format = column.format if column.format.startswith("%") and kind_of(column.format, "stata") == "number" else ""
        labels = _whole_labels(name, column, of_code)
    else:
        format = format_for(column.kind, column.format, "stata")
        numbers = to_numbers(column.values, column.kind, format, "stata")
        labels = {}
        if set(own_labels(column)) - set(of_code):
            raise no_place("Stata has no labels for dates and times", name)
    labels |= {of_code[code]: column.value_labels.get(code, show(code)) for code in of_code} | tag_labels(column)
    if not letters:
        return Written(_narrowest(numbers, column), labels, format)
    values = pd.Series(numbers).astype(object)
    for letter in letters:
        values[rows == ord(letter)] = letter
    return Written(values, labels, format, tags=letters)


def _text(name: str, column: Column) -> Written:
    if own_labels(column):
        raise no_place(
            "Stata has no labels for texts", name, examples=[f"{a} {b}" for a, b in own_labels(column).items()]
        )
    if column.missing:
        raise no_place("Stata has no missing codes of text", name, got=", ".join(map(show, column.missing.single)))
    return Written(column.values.fillna(""))


def _letters(name: str, column: Column) -> tuple[list[str], dict[Any, str]]:
    """All letters in use, and those given to missing codes that are numbers or dates."""
    own = {code[1] for code in column.missing_codes() if code in TAGS}
    codes = [code for code in column.missing_codes() if code not in TAGS]
    free = [tag[1] for tag in TAGS if tag[1] not in own]
    if len(codes) > len(free):
        raise no_place("Stata has 26 missing codes", name, got=f"{len(codes) + len(own)}", examples=codes)
    of_code = {plain(code): letter for code, letter in zip(codes, free, strict=False)}
    return sorted(own | set(of_code.values())), of_code


def _tag_rows(column: Column, of_code: dict[Any, str]) -> NDArray[np.uint8]:
    rows = np.zeros(len(column.values), dtype=np.uint8) if column.tags is None else column.tags.copy()
    for code, letter in of_code.items():
        rows[np.asarray(column.values == code)] = ord(letter)
    return rows


def _whole_labels(name: str, column: Column, of_code: dict[Any, str]) -> dict[Any, str]:
    labels: dict[Any, str] = {}
    for code, said in own_labels(column).items():
        if code in of_code:
            continue
        if code != int(code) or abs(code) > _INT:
            raise no_place("Stata has labels for whole numbers only", name, got=f"{show(code)} {said!r}")
        labels[int(code)] = said
    return labels


def _narrowest(numbers: NDArray[np.float64], column: Column) -> Any:
    """Whole numbers without gaps in Stata's type long, all else as doubles."""
    import pandas as pd

    whole = column.values.dtype.kind in "iub" and not np.isnan(numbers).any()
    if whole and np.abs(numbers).max(initial=0.0) <= _INT:
        return pd.Series(numbers.astype(np.int32))
    return pd.Series(numbers)
