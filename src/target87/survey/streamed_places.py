"""The combinations of columns that occur in a streamed data set, and which of them each row has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey.parquet import BatchRows, ParquetRows, written_out

type IntArray = NDArray[np.int32]

_PENDING = 1 << 20
"""Rows of partial tables that are held before they are merged."""


class Distinct:
    """The combinations of columns that occur: first row, rows, and rows with a weight."""

    def __init__(self, rows: ParquetRows, columns: tuple[str, ...]) -> None:
        self._rows, self._columns = rows, columns
        self._keys = [f"key {k}" for k in range(len(columns))]
        self._tables: list[Any] = []
        self._pending = 0

    def add(self, batch: BatchRows, used: NDArray[np.bool_]) -> None:
        """Add the rows of a batch, of which some have a weight."""
        import pyarrow as pa

        columns = {key: batch.arrow(name) for key, name in zip(self._keys, self._columns, strict=True)}
        place = np.arange(batch.first, batch.first + batch.n)
        table = pa.table(
            {**columns, "first": place, "rows": np.ones(batch.n, dtype=np.int64), "used": used.astype(int)}
        )
        self._tables.append(self._grouped(table))
        self._pending += self._tables[-1].num_rows
        if self._pending > max(_PENDING, 2 * self._tables[0].num_rows):
            self._tables = [self._grouped(pa.concat_tables(self._tables))]
            self._pending = 0

    def merged(self) -> tuple[Any, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Table of the combinations in order of their first rows, and these figures of each."""
        import pyarrow as pa

        table = self._grouped(pa.concat_tables(self._tables)).sort_by("first")
        first, rows, used = (table[name].to_numpy() for name in ("first", "rows", "used"))
        columns = {name: self._declared(name, table[key]) for key, name in zip(self._keys, self._columns, strict=True)}
        return pa.table(columns or {"all": np.zeros(1)}), first, rows, used

    def _declared(self, name: str, column: Any) -> Any:
        """The column with the order of its categories, if it has one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._rows.head.is_declared(name):
            return column
        levels = pa.array(self._rows.levels(name), type=column.type)
        return pa.DictionaryArray.from_arrays(pc.index_in(column.combine_chunks(), value_set=levels), levels)

    def _grouped(self, table: Any) -> Any:
        import pyarrow as pa

        grouping = pa.TableGroupBy(table, self._keys, use_threads=False)
        found = grouping.aggregate([("first", "min"), ("rows", "sum"), ("used", "sum")])
        return found.rename_columns([*self._keys, "first", "rows", "used"])


class Places:
    """Row of a table of distinct combinations for every row of a batch."""

    def __init__(self, table: Any, names: Sequence[str]) -> None:
        import pyarrow.compute as pc

        self._steps: list[tuple[str, Any, NDArray[np.int64]]] = []
        code = np.zeros(table.num_rows, dtype=np.int64)
        for name in dict.fromkeys(names):
            column = written_out(table[name])
            levels = pc.unique(column)
            key = code * len(levels) + pc.index_in(column, value_set=levels).to_numpy()
            occurring, code = np.unique(key, return_inverse=True)
            self._steps.append((name, levels, occurring))
        self._place = np.zeros(table.num_rows, dtype=np.int32)
        self._place[code] = np.arange(code.size, dtype=np.int32)

    def of(self, batch: BatchRows) -> IntArray:
        """Look up the rows of a batch."""
        import pyarrow.compute as pc

        code = np.zeros(batch.n, dtype=np.int64)
        for name, levels, occurring in self._steps:
            own = pc.index_in(batch.arrow(name), value_set=levels).fill_null(len(levels)).to_numpy()
            key = code * len(levels) + own
            code = np.minimum(np.searchsorted(occurring, key), occurring.size - 1)
            if (own == len(levels)).any() or (occurring[code] != key).any():
                raise DataError("the data set is not what it was when the design was made", where=f"column {name!r}")
        return self._place[code]
