"""SPSS and Stata files to columns: read by pyreadstat in pieces, so that memory holds the columns and one piece."""

from __future__ import annotations

import codecs
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.io.column import TAGS, Code, Column, Missing
from target87.io.times import System, from_numbers, kind_of

if TYPE_CHECKING:
    import pandas as pd

_CELLS = 4_000_000
"""Values that are read at a time: about 120 megabytes while they are Python objects."""
_PIECES = 16
"""Most pieces of a file: each is reached by skipping the rows before it."""
_OPEN = 1.7e308
"""SPSS writes the largest number for an open end of a range."""
_REMEDY = "give its encoding: read(path, encoding='cp1252'), or another such as 'cp1256', 'gb18030'"


def read_statistical(
    path: Path, file_format: str, columns: Sequence[str] | None, encoding: str | None
) -> tuple[dict[str, Column], list[str]]:
    """Columns of an SPSS or Stata file, and what should be known of them.

    Raises
    ------
    UnknownNameError
        If a column of ``columns`` is not in the file.
    DataError
        If the file is cut short, damaged, wrongly encoded, or holds no rows.
    """
    _check_encoding(encoding, file_format)
    settings: dict[str, Any] = {"output_format": "dict", "disable_datetime_conversion": True}
    if file_format != "SPSS portable":
        settings |= {"user_missing": True, "encoding": encoding}
    system: System = "stata" if file_format == "Stata" else "spss"
    _, meta, notes = _called(path, file_format, {**settings, "metadataonly": True})
    names = list(meta.column_names) if columns is None else _known(columns, meta.column_names)
    if not names:
        raise DataError("the file holds no columns", where=str(path))
    if file_format == "Stata":
        _whole_stata(path)
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for piece in _pieces(path, file_format, {**settings, "usecols": names}, meta.number_rows):
        for name in names:
            parts[name].append(_values(piece.pop(name), meta.readstat_variable_types[name]))
    if not any(len(values) for values, _ in parts[names[0]]):
        raise DataError("the file holds columns but no rows", where=str(path), examples=names)
    if file_format == "SPSS portable":
        notes.append("portable files are read without their missing codes: what they declare missing reads as missing")
    # pieces are let go column by column, so that no more than one column is held twice
    return {name: _column(name, *_joined(parts.pop(name)), meta, system) for name in names}, notes


def _check_encoding(encoding: str | None, file_format: str) -> None:
    if encoding is None:
        return
    if file_format == "SPSS portable":
        raise InputError("portable files are read as UTF-8 only", where="encoding", got=encoding)
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise InputError("there is no such encoding", where="encoding", got=encoding, remedies=(_REMEDY,)) from error


def _known(columns: Sequence[str], known: Sequence[str]) -> list[str]:
    for name in columns:
        if name not in known:
            raise UnknownNameError.of(name, known, kind="column")
    return list(columns)


def _called(path: Path, file_format: str, settings: Mapping[str, Any]) -> tuple[dict[str, Any], Any, list[str]]:
    """Values, metadata and warnings of pyreadstat; its errors in our words."""
    import pyreadstat

    readers: dict[str, Any] = {
        "SPSS": pyreadstat.read_sav,
        "SPSS portable": pyreadstat.read_por,
        "Stata": pyreadstat.read_dta,
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            values, meta = readers[file_format](path, **settings)
        except Exception as error:  # it raises its own and Python's, by what is wrong where in the file
            raise _fault(error, path, settings.get("encoding")) from error
    return values, meta, [str(one.message) for one in caught]


def _fault(error: Exception, path: Path, encoding: str | None) -> DataError | InputError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, MemoryError) or "memory" in said.lower():
        return DataError("the file does not fit into memory", where=str(path), remedies=("name fewer columns",))
    unsupported = "unsupported charset" in said.lower() or "character set" in said.lower()
    if isinstance(error, UnicodeError) or "encoding" in said.lower() or unsupported:
        tried = f"{encoding} does not fit it" if encoding else "the file's own encoding does not fit it"
        return DataError("text in the file cannot be decoded", where=str(path), got=tried, remedies=(_REMEDY,))
    return DataError(
        "the file is cut short, damaged, or of a release that cannot be read",
        where=str(path),
        got=f"{said} ({path.stat().st_size:,} bytes)",
        remedies=("fetch it again and compare its size with the source's", "or save it anew in SPSS or Stata"),
    )


def _whole_stata(path: Path) -> None:
    """Raise if a Stata file of release 13 or later does not end as such files do: labels stand at its end."""
    with path.open("rb") as opened:
        if opened.read(11) != b"<stata_dta>":
            return
        opened.seek(-min(64, path.stat().st_size), 2)
        if b"</stata_dta>" not in opened.read():
            raise DataError(
                "the file is cut short: the mark of its end is missing",
                where=str(path),
                got=f"{path.stat().st_size:,} bytes",
                remedies=("fetch it again and compare its size with the source's",),
            )


def _pieces(path: Path, file_format: str, settings: dict[str, Any], n: int | None) -> Iterator[dict[str, Any]]:
    """Values of some rows at a time, as lists of Python objects."""
    if n is None or n < 0:  # the file does not say how many rows there are
        yield _called(path, file_format, settings)[0]
        return
    step = max(_CELLS // len(settings["usecols"]), math.ceil(n / _PIECES), 1)
    read = 0
    for start in range(0, n, step):
        piece = _called(path, file_format, {**settings, "row_offset": start, "row_limit": step})[0]
        read += len(piece[settings["usecols"][0]])
        yield piece
    if read != n:
        raise DataError("the file is cut short", where=str(path), expected=f"{n:,} rows", got=f"{read:,}")


def _values(given: list[Any], stored: str) -> tuple[Any, NDArray[np.uint8] | None]:
    """One column of a piece: text without its trailing blanks, or numbers and the letters of tags among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if stored.startswith("string"):
        return pc.utf8_rtrim(pa.array(given, type=pa.large_string()), characters=" "), None
    try:
        return _narrowed(np.array(given, dtype=np.float64), stored), None  # None becomes NaN
    except ValueError:  # letters among the numbers
        letters = np.array([ord(value) if isinstance(value, str) else 0 for value in given], dtype=np.uint8)
        numbers = [None if isinstance(value, str) else value for value in given]
        return np.array(numbers, dtype=np.float64), letters


def _narrowed(numbers: NDArray[np.float64], stored: str) -> NDArray[Any]:
    """Numbers in the whole type they are stored in, if none is missing."""
    return numbers.astype(stored) if stored.startswith("int") and not np.isnan(numbers).any() else numbers


def _joined(parts: list[tuple[Any, NDArray[np.uint8] | None]]) -> tuple[pd.Series[Any], NDArray[np.uint8] | None]:
    import pandas as pd
    import pyarrow as pa

    if isinstance(parts[0][0], pa.Array):
        return pa.chunked_array([values for values, _ in parts]).to_pandas(), None
    tags = None
    if any(letters is not None for _, letters in parts):
        blank = [np.zeros(len(values), dtype=np.uint8) if letters is None else letters for values, letters in parts]
        tags = np.concatenate(blank)
    return pd.Series(np.concatenate([values for values, _ in parts])), tags


def _column(name: str, values: pd.Series[Any], tags: NDArray[np.uint8] | None, meta: Any, system: System) -> Column:
    format = meta.original_variable_types.get(name) or ""
    text = meta.readstat_variable_types[name].startswith("string")
    labels = meta.variable_value_labels.get(name, {})
    labels = {f".{code}" if system == "stata" and f".{code}" in TAGS else code: said for code, said in labels.items()}
    missing = _missing(meta.missing_ranges.get(name, []))
    kind = "text" if text else kind_of(format, system)
    column = Column(
        values,
        kind,
        label=(meta.column_names_to_labels.get(name) or "").strip(),
        value_labels=labels,
        missing=missing,
        tags=tags,
        format=format,
        measure=meta.variable_measure.get(name, "").replace("unknown", ""),
    )
    return column if kind in ("text", "number") else _timed(column, system, name)


def _missing(ranges: Sequence[Mapping[str, Any]]) -> Missing:
    """Missing codes as SPSS declares them; a range of one value is a code."""
    codes: list[Code] = []
    spans: list[tuple[float, float]] = []
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(low, str):
            codes.append(low.rstrip(" "))
        elif low == high:
            codes.append(low)
        else:
            spans.append((-math.inf if low <= -_OPEN else low, math.inf if high >= _OPEN else high))
    return Missing(tuple(codes), tuple(spans))


def _timed(column: Column, system: System, name: str) -> Column:
    """A column of dates or times; its codes are such too, and those of ranges are named singly."""
    numbers = column.values.to_numpy(dtype=np.float64)
    inside = [code for code in column.missing_codes() if code not in TAGS]
    labelled = [code for code in column.value_labels if code not in TAGS]
    where = f"column {name!r}"

    def times(codes: Sequence[Code]) -> list[Any]:
        return list(from_numbers(np.array(codes, dtype=np.float64), column.format, system, where=where))

    labels: dict[Code, str] = {code: said for code, said in column.value_labels.items() if code in TAGS}
    labels |= {code: column.value_labels[own] for own, code in zip(labelled, times(labelled), strict=True)}
    return replace(
        column,
        values=from_numbers(numbers, column.format, system, where=where),
        value_labels=labels,
        missing=Missing(tuple(times(inside))),
    )
