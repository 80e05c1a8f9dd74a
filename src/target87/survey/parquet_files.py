"""Parquet files and folders: opened with clear errors, and read piece by piece."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import DataError, InputError
from target87.survey.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa

_BUFFER = 1 << 20
"""Bytes of a column that are read at a time."""


def tables(data: Any, columns: list[str], size: int, path: str) -> Iterator[pa.Table]:
    """Tables of ``size`` rows, whatever the files and row groups; the last may be smaller."""
    import pyarrow as pa

    held: list[pa.Table] = []
    rows = 0
    for table in pieces(data, columns, size, path):
        while table.num_rows:
            part = table.slice(0, size - rows)
            table = table.slice(part.num_rows)
            held.append(part)
            rows += part.num_rows
            if rows == size:
                yield pa.concat_tables(held)
                held, rows = [], 0
    if held:
        yield pa.concat_tables(held)


def pieces(data: Any, columns: list[str], size: int, path: str) -> Iterator[pa.Table]:
    """Tables of at most ``size`` rows, file by file: what is held is a piece, not a row group."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    from pyarrow.parquet import ParquetFile

    schema = pa.schema([data.schema.field(name) for name in columns])
    try:
        for fragment in data.get_fragments():
            folders = ds.get_partition_keys(fragment.partition_expression)
            # without these the reader holds what it has read of a file until its end
            with ParquetFile(fragment.path, pre_buffer=False, buffer_size=_BUFFER) as file:
                stored = [name for name in file.schema_arrow.names if name in columns and name not in folders]
                for piece in file.iter_batches(size, columns=stored or file.schema_arrow.names[:1]):
                    yield _completed(pa.Table.from_batches([piece]), schema, folders)
    except (pa.ArrowException, OSError) as error:
        raise DataError("the data set cannot be read", where=path, got=_line(error)) from error


def _completed(table: Any, schema: Any, folders: Mapping[str, Any]) -> Any:
    """The table with columns that are in the names of folders, or missing in a file, and the types of the data set."""
    import pyarrow as pa

    columns = []
    for wanted in schema:
        if wanted.name in folders:
            value = pa.scalar(folders[wanted.name], type=wanted.type)
            columns.append(pa.repeat(value, table.num_rows))
        elif wanted.name in table.column_names:
            column = table[wanted.name]
            columns.append(column if column.type == wanted.type else column.cast(wanted.type))
        else:
            columns.append(pa.nulls(table.num_rows, wanted.type))
    return pa.Table.from_arrays(columns, schema=schema)


def opened(path: Path) -> Any:
    """The data set of a file or folder.

    Raises
    ------
    InputError
        If there is none, or it has no rows.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds

    if not path.exists():
        siblings = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, siblings, n=3)
        raise InputError(
            "there is no such file or folder",
            where="data",
            got=str(path),
            remedies=(f"did you mean {', '.join(map(repr, near))}?",) if near else (),
        )
    files = _files(path) if path.is_dir() else [str(path)]
    if not files:
        raise InputError("the folder holds no Parquet files (*.parquet)", where="data", got=str(path))
    base = str(path) if path.is_dir() else None
    try:
        data = ds.dataset(files, format="parquet", partitioning="hive", partition_base_dir=base)
        count = data.count_rows()
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            "the data set cannot be read as Parquet",
            where=f"data, {path}",
            got=_line(error),
            remedies=("read files of other formats to a data frame first, and give the frame",),
        ) from error
    if not count:
        Rows(data.schema.empty_table())  # raises, in the words for a frame without rows
    return data


def _files(folder: Path) -> list[str]:
    """Parquet files below a folder in order of their names, but for those that writers hide."""
    found = sorted(one for one in folder.rglob("*.parquet") if one.is_file())
    return [str(one) for one in found if not any(part[0] in "._" for part in one.relative_to(folder).parts)]


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
