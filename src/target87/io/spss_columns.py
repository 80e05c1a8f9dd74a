"""One column as SPSS holds it: numbers or texts, at most three missing codes or a range and a code, and a format."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.io.column import TAGS, Code, Column, show
from target87.io.times import format_for, to_numbers
from target87.io.written_column import Written, as_floats, no_place, own_labels, tag_labels

_MOST_CODES = 3
_TEXT_CODE = 8
"""Bytes of the longest missing code of a text."""
_OPEN = float(np.finfo(np.float64).max)
_NUMERIC = re.compile(r"^(?:F|COMMA|DOT|DOLLAR|PCT|E|N)\d+(?:\.\d+)?$")


def spss_column(name: str, column: Column) -> Written:
    """A column with what SPSS can say of it; tags of Stata become negative numbers declared missing.

    Raises
    ------
    OutputError
        If there are more missing codes than SPSS takes, or numbers of more digits.
    """
    if column.kind == "text":
        return Written(column.values.fillna(""), own_labels(column), missing=_text_missing(name, column))
    import pandas as pd

    if column.kind in ("number", "truth"):
        numbers = as_floats(name, column)
        labels = {float(code): said for code, said in own_labels(column).items()}
        codes = [float(code) for code in column.missing.codes if code not in TAGS]
        format = column.format if _NUMERIC.match(column.format) else _usual_format(numbers)
    else:
        format = format_for(column.kind, column.format, "spss")
        numbers = to_numbers(column.values, column.kind, format, "spss")
        labels = dict(zip(_seconds(column, list(own_labels(column))), own_labels(column).values(), strict=True))
        codes = _seconds(column, [code for code in column.missing.codes if code not in TAGS])
    ranges = list(column.missing.ranges)
    if column.tags is not None or tag_labels(column):
        numbers, base = _tags_as_numbers(name, numbers, column)
        labels |= {base + ord(letter) - ord("a"): said for letter, said in tag_labels(column).items()}
        ranges.append((base, base + len(TAGS) - 1))
    return Written(pd.Series(numbers), labels, format, _missing(name, numbers, codes, ranges, labels))


def _text_missing(name: str, column: Column) -> list[Any]:
    codes = list(column.missing.codes)
    long = [code for code in codes if len(code.encode()) > _TEXT_CODE]
    if long or len(codes) > _MOST_CODES:
        raise no_place(
            "SPSS takes at most three missing codes of text, of at most eight bytes",
            name,
            got=", ".join(map(repr, codes)),
        )
    return codes


def _seconds(column: Column, codes: list[Code]) -> list[float]:
    import pandas as pd

    if not codes:
        return []
    return [float(one) for one in to_numbers(pd.Series(codes), column.kind, column.format, "spss")]


def _usual_format(numbers: NDArray[np.float64]) -> str:
    known = numbers[np.isfinite(numbers)]
    if not known.size or (known != np.floor(known)).any():
        return ""
    return "F8.0" if np.abs(known).max() < 1e8 else "F20.0"


def _tags_as_numbers(name: str, numbers: NDArray[np.float64], column: Column) -> tuple[NDArray[np.float64], float]:
    """Numbers in which tags are 26 consecutive negative ones below all else, and the first of these, for ``.a``."""
    known = numbers[np.isfinite(numbers)]
    lowest = min([0.0, float(known.min(initial=0.0)), *(low for low, _ in column.missing.ranges)])
    if not math.isfinite(lowest):
        raise no_place("missing codes reach down to every number and leave none for Stata's .a to .z", name)
    base = next(-(10.0**power) for power in range(3, 300) if -(10.0**power) + len(TAGS) < lowest)
    replaced = numbers.copy()
    if column.tags is not None:
        rows = column.tags > 0
        replaced[rows] = base + column.tags[rows].astype(np.float64) - ord("a")
    return replaced, base


def _missing(
    name: str,
    numbers: NDArray[np.float64],
    codes: list[float],
    ranges: list[tuple[float, float]],
    labels: dict[Any, str],
) -> list[Any]:
    """Missing codes as SPSS takes them; several are one range where no answer lies between them.

    Raises
    ------
    OutputError
        If they cannot be said so.
    """
    if (not ranges and len(codes) <= _MOST_CODES) or (len(ranges) == 1 and len(codes) <= 1):
        return [*codes, *(_range(low, high) for low, high in ranges)]
    spans = sorted([*((code, code) for code in codes), *ranges])
    inside = np.unique(numbers[np.isfinite(numbers)])
    answers = [*inside, *labels]
    answers = [value for value in answers if not any(low <= value <= high for low, high in spans)]
    for left in (None, 0, len(spans) - 1):  # all as one range, or all but the lowest or the highest
        rest = [span for place, span in enumerate(spans) if place != left]
        low, high = min(one for one, _ in rest), max(one for _, one in rest)
        alone = [] if left is None else [spans[left]]
        if all(one == other for one, other in alone) and not any(low <= value <= high for value in answers):
            return [*(one for one, _ in alone), _range(low, high)]
    raise no_place(
        "SPSS takes three missing codes, or one range and one code",
        name,
        got=", ".join([*(show(code) for code in codes), *(f"{low:g} to {high:g}" for low, high in ranges)]),
    )


def _range(low: float, high: float) -> dict[str, float]:
    return {"lo": max(low, -_OPEN), "hi": min(high, _OPEN)}
