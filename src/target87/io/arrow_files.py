"""Parquet and Arrow files in and out; labels and missing codes travel in their metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import DataError, OutputError, UnknownNameError
from target87.io.arrow_columns import columns_of_table
from target87.io.column import TAGS, Column
from target87.io.metadata import from_plain, to_plain

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"target87"
"""Where in the metadata of a file the labels stand."""
REASON = ".missing"
"""End of the name of a column of ours that says why a value is missing: Stata's ".a" to ".z"."""


def read_arrow(
    path: Path, file_format: str, columns: Sequence[str] | None
) -> tuple[dict[str, Column], list[str], bool]:
    """Columns of a Parquet or Arrow file, notes, and whether we wrote its labels.

    Raises
    ------
    UnknownNameError
        If a column of ``columns`` is not in the file.
    DataError
        If the file is cut short or damaged, or a column is of a type that microdata do not hold.
    """
    import pyarrow as pa

    try:
        schema = _schema(path, file_format)
        known = [name for name in schema.names if not _is_reason(name, schema.names)]
        for name in columns or ():
            if name not in known:
                raise UnknownNameError.of(name, known, kind="column")
        names = known if columns is None else list(columns)
        wanted = [*names, *(f"{name}{REASON}" for name in names if f"{name}{REASON}" in schema.names)]
        table = _table(path, file_format, wanted)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            "the file is cut short or damaged",
            where=str(path),
            got=f"{str(error).splitlines()[0]} ({path.stat().st_size:,} bytes)",
            remedies=("fetch it again and compare its size with the source's",),
        ) from error
    built, notes = columns_of_table(table.select(names), str(path))
    written = (schema.metadata or {}).get(KEY)
    if written is None:
        return built, notes, False
    told = json.loads(written)
    built = from_plain(told, built, str(path))
    for name in names:
        if f"{name}{REASON}" in table.column_names:
            built[name] = replace(built[name], tags=_letters(table.column(f"{name}{REASON}")))
    return built, [*told["notes"], *notes], True


def write_arrow(
    path: Path, columns: Mapping[str, Column], source: Mapping[str, Any], notes: tuple[str, ...], file_format: str
) -> None:
    """Write a Parquet or Arrow file that :func:`read_arrow` reads as it was."""
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet

    taken = [name for name in columns if _is_reason(name, list(columns))]
    if taken:
        raise OutputError("these names are kept for reasons of missing values", where=", ".join(taken))
    arrays: dict[str, Any] = {}
    for name, column in columns.items():
        arrays[name] = _array(column)
        if column.tags is not None:
            reasons = [None, *TAGS]
            place = np.where(column.tags > 0, column.tags.astype(np.int64) - ord("a") + 1, 0)
            arrays[f"{name}{REASON}"] = pa.array(np.array(reasons, dtype=object)[place], type=pa.string())
    told = json.dumps(to_plain(columns, source, notes))
    table = pa.table(arrays).replace_schema_metadata({KEY: told.encode()})
    if file_format == "Parquet":
        pyarrow.parquet.write_table(table, path, compression="zstd")
    else:
        pyarrow.feather.write_feather(table, str(path), compression="zstd")


def _array(column: Column) -> pa.Array:
    import pyarrow as pa

    values = pa.array(column.values, from_pandas=True)
    return values.cast(pa.date32()) if column.whole_days() else values


def _is_reason(name: str, names: Sequence[str]) -> bool:
    return name.endswith(REASON) and name.removesuffix(REASON) in names


def _letters(reasons: pa.ChunkedArray) -> Any:
    text = reasons.to_pandas().fillna("").astype(object)
    return np.array([ord(one[1]) if one else 0 for one in text], dtype=np.uint8)


def _schema(path: Path, file_format: str) -> pa.Schema:
    import pyarrow.ipc
    import pyarrow.parquet

    if file_format == "Parquet":
        return pyarrow.parquet.read_schema(path)
    with pyarrow.ipc.open_file(str(path)) as opened:
        return opened.schema


def _table(path: Path, file_format: str, names: list[str]) -> pa.Table:
    import pyarrow.feather
    import pyarrow.parquet

    if file_format == "Parquet":
        with pyarrow.parquet.ParquetFile(path) as opened:
            return opened.read(columns=names)
    return pyarrow.feather.read_table(str(path), columns=names)
