"""CSV files in and out: delimiter found in the first line, UTF-8 unless said otherwise, every row of full length."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import DataError, InputError, UnknownNameError
from target87.io.arrow_columns import columns_of_table
from target87.io.column import Column, show

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DELIMITERS = (",", ";", "\t", "|")
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "#N/A", ".")
"""What stands for no number; in columns of text only the empty text is missing."""
_PIECE = 1 << 22
_EXACT = 2.0**53
_COMMA = re.compile(r"[+-]?\d+,\d+")


def read_csv(
    path: Path,
    columns: Sequence[str] | None,
    *,
    encoding: str | None,
    delimiter: str | None,
    decimal: str,
    text: Sequence[str],
) -> tuple[dict[str, Column], list[str]]:
    """Columns of a CSV file, and what should be known of them.

    Raises
    ------
    UnknownNameError
        If a column of ``columns`` or ``text`` is not in the file.
    DataError
        If it is not in its encoding, rows differ in length, names repeat, a quotation never ends, or whole numbers have
        more digits than a number holds.
    """
    if decimal not in (".", ","):
        raise InputError("the decimal mark is a point or a comma", where="decimal", got=repr(decimal))
    _check_text(path, encoding)
    names, found = _header(path, encoding, delimiter)
    for name in (*(columns or ()), *text):
        if name not in names:
            raise UnknownNameError.of(name, names, kind="column")
    if found == decimal:
        raise InputError("the decimal mark and the delimiter are the same", where="decimal", got=repr(decimal))
    table = _parsed(path, list(columns) if columns is not None else names, encoding, found, decimal, text, len(names))
    _refuse_open_quotation(path, table)
    _refuse_lost_digits(path, table)
    built, notes = columns_of_table(table, str(path))
    return built, [*notes, *_commas(built, decimal)]


def write_csv(path: Path, columns: Mapping[str, Column]) -> None:
    """Write the codes as they stand, in UTF-8, with a comma between columns; tags are ".a" to ".z"."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    table = pa.table({name: _shown(column) for name, column in columns.items()})
    arrow_csv.write_csv(table, path, arrow_csv.WriteOptions(quoting_header="needed"))


def _shown(column: Column) -> pa.Array:
    """Values as CSV has them: dates without a time of day, spans of time as hours, minutes and seconds."""
    import pyarrow as pa

    if column.tags is not None:
        return pa.array([None if value != value else show(value) for value in column.codes()], type=pa.string())
    if column.kind == "time":
        return pa.array([None if span is None else _clock(span) for span in _micro(column)], type=pa.string())
    values = pa.array(column.values, from_pandas=True)
    if column.whole_days():
        return values.cast(pa.date32())
    if column.kind in ("date", "datetime") and not any((span or 0) % 1_000_000 for span in _micro(column)):
        return values.cast(pa.timestamp("s"))
    return values


def _micro(column: Column) -> list[int | None]:
    import pyarrow as pa

    return pa.array(column.values, from_pandas=True).cast(pa.int64()).to_pylist()  # type: ignore[no-any-return]


def _clock(micro: int) -> str:
    seconds, part = divmod(abs(micro), 1_000_000)
    shown = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + (f".{part:06d}" if part else "")
    return f"-{shown}" if micro < 0 else shown


def _check_text(path: Path, encoding: str | None) -> None:
    """Raise unless all of a file is in its encoding."""
    try:
        decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")()
    except LookupError as error:
        raise InputError("there is no such encoding", where="encoding", got=str(encoding)) from error
    with path.open("rb") as opened:
        lines = 1
        while piece := opened.read(_PIECE):
            try:
                decoded = decoder.decode(piece)
            except UnicodeDecodeError as error:
                line = lines + piece[: error.start].count(b"\n")
                raise _wrong_encoding(path, encoding, f"line {line:,}: {error.reason}") from error
            if "\0" in decoded:
                raise _wrong_encoding(path, encoding, "the file holds NUL characters: it is UTF-16, or no text at all")
            lines += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, f"the end of the file: {error.reason}") from error


def _wrong_encoding(path: Path, encoding: str | None, got: str) -> DataError:
    return DataError(
        f"the file is not in {encoding or 'UTF-8'}",
        where=str(path),
        got=got,
        remedies=(
            "give its encoding: read(path, encoding='cp1252') for Western Europe, 'cp1256' for Arabic, 'utf-16' ...",
            "or save it anew as CSV UTF-8",
        ),
    )


def _header(path: Path, encoding: str | None, delimiter: str | None) -> tuple[list[str], str]:
    """Names of the columns and the delimiter, which is the one that stands most often between them."""
    with path.open(encoding=encoding or "utf-8-sig", newline="") as opened:
        first = opened.readline().rstrip("\r\n")
    if not first.strip():
        raise DataError("the first line is blank; it must hold the names of the columns", where=str(path))
    bare = re.sub(r'"[^"]*"', "", first)
    counts = {one: bare.count(one) for one in DELIMITERS}
    found = delimiter or max(counts, key=lambda one: counts[one])
    names = next(csv.reader([first], delimiter=found))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or "" in names:
        what = "two columns have one name" if repeated else "a column has no name"
        raise DataError(what, where=f"{path}, first line", examples=repeated or names)
    return names, found


def _parsed(
    path: Path,
    names: list[str],
    encoding: str | None,
    delimiter: str,
    decimal: str,
    text: Sequence[str],
    width: int,
) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        return arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(encoding=encoding or "utf8"),
            # an empty line is no row, unless there is one column and it may be an empty value
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=width > 1
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=names,
                column_types={name: pa.string() for name in text if name in names},
                null_values=list(MISSING),
                strings_can_be_null=False,
                decimal_point=decimal,
            ),
        )
    except (pa.ArrowException, OSError, UnicodeError) as error:
        said = str(error).splitlines()[0]
        raise DataError(
            "rows of the file are not all of one length" if "Expected" in said else "the file cannot be read as CSV",
            where=str(path),
            expected=f"{width:,} values a row, set apart by {delimiter!r}",
            got=said,
            remedies=("look at the row named: a value with the delimiter in it must stand in quotation marks",)
            if "Expected" in said
            else (),
        ) from error


def _refuse_open_quotation(path: Path, table: pa.Table) -> None:
    """Raise if the last value holds the rest of the file because its quotation never ends."""
    import pyarrow as pa

    texts = [column for column in table.columns if pa.types.is_string(column.type) and len(column)]
    last = [column[-1].as_py() for column in texts]
    if not any("\n" in value for value in last if value):
        return
    marks = 0
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            marks += piece.count(b'"')
    if marks % 2:
        raise DataError(
            "a quotation mark is opened and never closed, so that rows were read as one value",
            where=str(path),
            got=f"the last row holds {max(value.count(chr(10)) for value in last if value):,} line ends",
            remedies=("the file may be cut short: fetch it again", "or close or double the mark"),
        )


def _refuse_lost_digits(path: Path, table: pa.Table) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in table.column_names:
        column = table.column(name)
        if not pa.types.is_floating(column.type):
            continue
        large = column.filter(pc.greater_equal(pc.abs(column), _EXACT).fill_null(False))
        if len(large) and pc.all(pc.equal(pc.floor(large), large)).as_py():
            raise DataError(
                "whole numbers have more digits than a number can hold; as identifiers they would run together",
                where=f"{path}, column {name!r}",
                count=len(large),
                remedies=(f"read them as text: read(path, text=[{name!r}])",),
            )


def _commas(columns: Mapping[str, Column], decimal: str) -> list[str]:
    """Notes on columns of text that read as numbers with a decimal comma."""
    if decimal == ",":
        return []
    return [
        f"{name}: read as text, but its values look like numbers with a decimal comma: read(path, decimal=',')"
        for name, column in columns.items()
        if column.kind == "text" and _look_like_commas(column.values)
    ]


def _look_like_commas(values: pd.Series[Any]) -> bool:
    known = values[values != ""].dropna().head(1000)
    matched = known.str.fullmatch(_COMMA.pattern)
    return bool(matched.any() and known.str.fullmatch(r"[+-]?\d+(?:,\d+)?").all())
