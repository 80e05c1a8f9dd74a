"""``ParquetRows``: a Parquet file or folder as columns, read in batches that are ``Rows`` of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.survey.encoding import Category, encode
from target87.survey.faults import told
from target87.survey.parquet_files import opened, pieces, tables
from target87.survey.progress import shown
from target87.survey.rows import Rows
from target87.survey.variables import is_truth

if TYPE_CHECKING:
    pass

type FloatArray = NDArray[np.float64]
type Column = FloatArray | Category

BATCH = 1 << 18
"""Rows of a batch."""
_HEAD = 64
"""Rows by which names and kinds of columns are known."""


@dataclass(frozen=True)
class Attachment:
    """Columns that are made batch by batch.

    Parameters
    ----------
    names : tuple of str
        The columns.
    needs : tuple of str or None
        Columns they are made of; None if that is not known.
    make : callable
        Makes them for a batch.
    """

    names: tuple[str, ...]
    needs: tuple[str, ...] | None
    make: Callable[[BatchRows], Mapping[str, Column]]


class BatchRows(Rows):
    """Some rows of a data set.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    first : int
        Place of the first of them in the data set.
    levels : mapping
        Categories of columns in the whole data set, as far as they are known.
    """

    def __init__(self, table: Any, first: int, levels: Mapping[str, tuple[Any, ...]]) -> None:
        super().__init__(table)
        self.first = first
        self._levels = levels

    @property
    def native(self) -> Any:
        """The rows as a pandas frame."""
        return super().native.to_pandas()

    def evaluated(self, given: Any) -> Any:
        """What a function of a pandas frame, or an expression of polars or narwhals, gives for these rows."""
        if type(given).__name__ == "Expr" and type(given).__module__.startswith("polars"):
            import polars

            return polars.DataFrame(super().native).select(given).to_series()
        return super().evaluated(given)

    def arrow(self, name: str) -> Any:
        """A column as it was read, labels written out."""
        return written_out(self._frame[name].to_native())

    def attach(self, attachment: Attachment) -> None:
        """Add columns made of those that are here."""
        made = attachment.make(self)
        self._extra.update(made)
        self.names = tuple(dict.fromkeys([*self.names, *made]))

    def is_declared(self, name: str) -> bool:
        """Whether categories of a column have an order of their own."""
        import pyarrow as pa

        return name not in self._extra and pa.types.is_dictionary(self._frame[name].to_native().type)

    def _encoded(self, name: str) -> Category:
        found = super()._encoded(name)
        levels = self._levels.get(name)
        if levels is None or levels == found.levels:
            return found
        import pyarrow as pa

        labels = pa.DictionaryArray.from_arrays(pa.array(found.codes, mask=found.codes < 0), pa.array(found.levels))
        return encode(labels, levels)


def is_of_batches(given: Any) -> bool:
    """Whether something is worked out for each batch: a function, an expression, or one value for all rows."""
    return callable(given) or np.isscalar(given) or type(given).__name__ == "Expr"


def written_out(column: Any) -> Any:
    """An Arrow column without its dictionary."""
    import pyarrow as pa

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


class ParquetRows:
    """A Parquet data set.

    Parameters
    ----------
    path : str or path
        A file, or a folder of files with the same columns (folders such as ``year=2020`` are columns too).

    Raises
    ------
    InputError
        If there is no such data set, or it has no rows.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = str(path)
        self._data = opened(Path(path))
        self.n = int(self._data.count_rows())
        self.attachments: tuple[Attachment, ...] = ()
        self._levels: dict[str, tuple[Any, ...]] = {}
        self._truths: dict[str, bool] = {}
        self._head = next(pieces(self._data, list(self._data.schema.names), _HEAD, self.path))
        self.head = BatchRows(self._head, 0, self._levels)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.head.names

    @property
    def native(self) -> Any:
        """The data set, a ``pyarrow.dataset.Dataset``."""
        return self._data

    @property
    def places(self) -> Rows:
        """As many rows with nothing in them, to match arrays with."""
        import pyarrow as pa

        return Rows(pa.table({"row": pa.nulls(self.n)}))

    def check(self, name: str, *, argument: str) -> None:
        """Raise if there is no column of this name."""
        self.head.check(name, argument=argument)

    def check_numbers(self, name: str, *, argument: str) -> None:
        """Raise if there is no column of this name, or it holds labels."""
        self.check(name, argument=argument)
        if not self.head.is_numeric(name):
            self.learn((name,))
            try:
                self.head.numeric(name, argument=argument)
            except DataError as error:  # it knows the labels of all rows, but not their number
                raise told(error, count=self.n) from None

    def check_labels(self, name: str, *, argument: str) -> None:
        """Raise if there is no column of this name, or it holds neither numbers nor labels (lists, structures)."""
        self.check(name, argument=argument)
        try:
            self.head.category(name)
        except DataError as error:  # it knows the first rows alone
            raise told(error, count=self.n) from None

    def batches(self, columns: Iterable[str] | None, what: str) -> Iterator[BatchRows]:
        """The rows in order, some columns (None: all), with a progress bar that says ``what``."""
        read, attachments = self._needed(columns)
        return shown(self._batches(read, attachments), -(-self.n // BATCH), what)

    def learn(self, names: Iterable[str]) -> None:
        """Find the categories of columns in all rows, in one pass for those not known yet."""
        import pyarrow as pa

        unknown = [name for name in dict.fromkeys(names) if name not in self._levels]
        if not unknown:
            return
        found: dict[str, dict[Any, None]] = {name: {} for name in unknown}
        apart = dict.fromkeys(unknown, False)
        before: dict[str, tuple[Any, ...]] = {}
        for batch in self.batches(unknown, "categories"):
            for name in unknown:
                levels = batch.category(name).levels
                apart[name] |= before.setdefault(name, levels) != levels
                found[name].update(dict.fromkeys(levels))
        for name, labels in found.items():
            # an order of their own is kept; other labels are put in order once all are known
            own = self.head.is_declared(name) or not apart[name]
            self._levels[name] = tuple(labels) if own else encode(pa.array(list(labels))).levels

    def levels(self, name: str) -> tuple[Any, ...]:
        """Categories of a column in all rows."""
        self.learn((name,))
        return self._levels[name]

    def label_columns(self, names: Sequence[str], *, numbers: bool, proportions: bool) -> list[str]:
        """Those of the columns that are read as categories; see :func:`target87.survey.variables.label_columns`."""
        for name in names:
            (self.check_numbers if numbers else self.check)(name, argument="variables")
        if numbers:
            return []
        of_numbers = [name for name in names if self.head.is_numeric(name)]
        if proportions:
            self._judge([name for name in of_numbers if not self.head.is_boolean(name)])
        return [name for name in names if name not in of_numbers or (proportions and not self._truths.get(name, True))]

    def with_attached(self, attachment: Attachment) -> ParquetRows:
        """The same data set with columns added or replaced."""
        other = object.__new__(ParquetRows)
        other.path, other._data, other.n, other._head = self.path, self._data, self.n, self._head
        other.attachments = (*self.attachments, attachment)
        other._levels = {name: levels for name, levels in self._levels.items() if name not in attachment.names}
        other._truths = {name: truth for name, truth in self._truths.items() if name not in attachment.names}
        other.head = BatchRows(self._head, 0, other._levels)
        for one in other.attachments:
            other.head.attach(one)
        return other

    def _judge(self, names: Sequence[str]) -> None:
        """Find out which columns of numbers hold 0 and 1 alone."""
        unknown = [name for name in names if name not in self._truths]
        if not unknown:
            return
        telling: dict[str, list[float]] = {name: [] for name in unknown}
        for batch in self.batches(unknown, "categories"):
            for name, found in telling.items():
                values = batch.numeric(name)
                values = values[~np.isnan(values)]
                found.extend(values[(values != 0.0) & (values != 1.0)][:1])
                found.extend(values[values != np.round(values)][:1])
        for name, found in telling.items():
            self._truths[name] = is_truth(np.array(found), name)

    def _needed(self, columns: Iterable[str] | None) -> tuple[list[str], tuple[Attachment, ...]]:
        """Columns to read from the files, and the attachments to make."""
        stored = list(self._data.schema.names)
        made = {name for one in self.attachments for name in one.names}
        if columns is None:
            return stored, self.attachments
        wanted = set(columns)
        attachments = self.attachments if wanted & made else ()
        for one in attachments:
            if one.needs is None:
                return stored, attachments
            wanted |= set(one.needs)
        # rows cannot be counted without a column
        return [name for name in stored if name in wanted] or stored[:1], attachments

    def _batches(self, columns: list[str], attachments: tuple[Attachment, ...]) -> Iterator[BatchRows]:
        first = 0
        for table in tables(self._data, columns, BATCH, self.path):
            batch = BatchRows(table, first, self._levels)
            for one in attachments:
                batch.attach(one)
            yield batch
            first += table.num_rows
