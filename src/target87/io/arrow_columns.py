"""Arrow columns, and through them those of data frames and CSV files, to columns of microdata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import DataError, InputError
from target87.io.column import Column

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_EXACT = 2**53
"""Whole numbers beyond this are not all held by a float, which a column with gaps becomes."""


def columns_of_frame(frame: pd.DataFrame) -> tuple[dict[str, Column], list[str]]:
    """Columns of a pandas data frame, and what should be known of them.

    Raises
    ------
    InputError
        If it is no data frame, or has no rows, or names that are no texts or not unique.
    DataError
        If a column is of a type that microdata do not hold.
    """
    import pandas as pd
    import pyarrow as pa

    if not isinstance(frame, pd.DataFrame):
        raise InputError("a pandas data frame is needed", where="frame", got=type(frame).__name__)
    wrong = [name for name in frame.columns if not isinstance(name, str)]
    if wrong or not frame.columns.is_unique:
        what = "names of columns must be texts" if wrong else "two columns have one name"
        raise InputError(what, where="frame", examples=wrong or list(frame.columns[frame.columns.duplicated()]))
    columns: dict[str, Column] = {}
    notes: list[str] = []
    for name in frame.columns:
        try:  # of a copy: Arrow shares the memory of numbers, and the caller may write to the frame
            values = pa.chunked_array(pa.array(frame[name].copy(), from_pandas=True))
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError(
                "a column holds values of several types",
                where=f"column {name!r}",
                got=str(error).splitlines()[0],
                remedies=("make it numbers or texts, such as frame[name].astype(str)",),
            ) from error
        columns[name], said = column_of(name, values)
        notes += said
    _refuse_empty(columns, len(frame), "frame")
    return columns, notes


def columns_of_table(table: pa.Table, where: str) -> tuple[dict[str, Column], list[str]]:
    """Columns of an Arrow table, and what should be known of them.

    Raises
    ------
    DataError
        If there are no rows, two columns have one name, or a column is of a type that microdata do not hold.
    """
    names = table.column_names
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError("two columns have one name", where=where, examples=repeated)
    columns: dict[str, Column] = {}
    notes: list[str] = []
    for name in names:
        columns[name], said = column_of(name, table.column(name))
        notes += said
    _refuse_empty(columns, table.num_rows, where)
    return columns, notes


def column_of(name: str, values: pa.ChunkedArray) -> tuple[Column, list[str]]:
    """One column and notes on it; trailing blanks of text go, dictionaries become text with labels in their order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    is_ = pa.types
    if is_.is_dictionary(kind):
        if is_.is_string(kind.value_type) or is_.is_large_string(kind.value_type):
            whole = values.unify_dictionaries().combine_chunks()
            order = whole.dictionary.to_pylist() if len(whole) else []
            column, notes = column_of(name, pa.chunked_array([whole.dictionary_decode()]))
            labels = {level.rstrip(" "): level.rstrip(" ") for level in order if level is not None and level.strip()}
            return Column(column.values, "text", value_labels=labels), notes
        return column_of(name, values.cast(kind.value_type))
    if is_.is_string(kind) or is_.is_large_string(kind) or kind == pa.string_view():
        text = pc.utf8_rtrim(values.cast(pa.large_string()), characters=" ")
        return Column(text.to_pandas(), "text"), []
    if is_.is_boolean(kind):
        return Column(values.to_pandas() if not values.null_count else _nullable(values), "truth"), []
    if is_.is_integer(kind) or is_.is_floating(kind) or is_.is_decimal(kind) or is_.is_null(kind):
        return _numbers(name, values)
    if is_.is_temporal(kind):
        return _times(name, values)
    raise DataError(
        "a column holds neither numbers, texts, truth values nor times",
        where=f"column {name!r}",
        got=str(kind),
        remedies=("name the columns to read without it: columns=[...]",),
    )


def _numbers(name: str, values: pa.ChunkedArray) -> tuple[Column, list[str]]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    notes: list[str] = []
    if pa.types.is_integer(values.type):
        if not values.null_count:
            return Column(values.to_pandas(), "number"), []
        extremes = pc.min_max(values).as_py()
        if max(abs(extremes["min"] or 0), abs(extremes["max"] or 0)) > _EXACT:
            notes.append(f"{name}: whole numbers beyond 2^53 beside gaps are held as floats and lose their last digits")
    numbers = values.cast(pa.float64(), safe=False).to_numpy()
    return Column(pd.Series(np.array(numbers, dtype=np.float64)), "number"), notes


def _times(name: str, values: pa.ChunkedArray) -> tuple[Column, list[str]]:
    import pandas as pd
    import pyarrow as pa

    is_ = pa.types
    notes: list[str] = []
    if is_.is_time(values.type) or is_.is_duration(values.type):
        unit = pa.duration("us")
        since = values.cast(pa.time64("us"), safe=False).cast(pa.int64()) if is_.is_time(values.type) else values
        return Column(pd.Series(since.cast(unit, safe=False).to_numpy()), "time"), notes
    if is_.is_timestamp(values.type) and values.type.tz is not None:
        notes.append(f"{name}: times of the zone {values.type.tz} are held in universal time")
    days = is_.is_date(values.type)
    try:
        micro = values.cast(pa.timestamp("us", tz=getattr(values.type, "tz", None)), safe=False)
    except pa.ArrowException as error:
        raise DataError("dates cannot be held", where=f"column {name!r}", got=str(error).splitlines()[0]) from error
    return Column(pd.Series(micro.cast(pa.timestamp("us")).to_numpy()), "date" if days else "datetime"), notes


def _nullable(values: pa.ChunkedArray) -> Any:
    import pandas as pd

    return pd.Series(values.to_pylist(), dtype="boolean")


def _refuse_empty(columns: dict[str, Column], rows: int, where: str) -> None:
    if not columns or not rows:
        what = "there are columns but no rows" if columns else "there are no columns"
        raise DataError(what, where=where, examples=list(columns))
