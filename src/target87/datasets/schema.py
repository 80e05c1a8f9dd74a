"""What a schema is made of: columns, rules and tables, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

type Kind = Literal["text", "integer", "number"]


@dataclass(frozen=True)
class Column:
    """What one column may hold.

    Parameters
    ----------
    name : str
        Name in frames.
    kind : {"text", "integer", "number"}
        Type of the values.
    unit : str
        Unit of a number.
    missing : bool
        Whether a cell may be empty.
    allowed : tuple of str
        All values a text may take; any if empty.
    pattern : str
        Regular expression that a whole text must match.
    low, high : float, optional
        Smallest and largest number, both allowed.
    embedded : tuple of str
        Values that occur in the embedded file, which other people's rows need not keep to.
    heading : str
        Name in the file where it differs.
    """

    name: str
    kind: Kind = "text"
    unit: str = ""
    missing: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    low: float | None = None
    high: float | None = None
    embedded: tuple[str, ...] = ()
    heading: str = ""

    @property
    def in_file(self) -> str:
        """Name in the file."""
        return self.heading or self.name


@dataclass(frozen=True)
class Rule:
    """A statement about rows; ``broken`` gives the rows of a typed frame for which it does not hold."""

    what: str
    columns: tuple[str, ...]
    broken: Callable[[pd.DataFrame], pd.Series[bool]]


@dataclass(frozen=True)
class Table:
    """What one file holds.

    Parameters
    ----------
    name, file : str
        Name of the table, and its file.
    rows : int
        Rows of the embedded file.
    columns : tuple of Column
        Its columns in order.
    key : tuple of str
        Columns that identify a row.
    key_without : tuple of (str, str), optional
        Where the first of two columns is empty, the second joins the key.
    rules : tuple of Rule
        Statements that hold for rows across columns.
    sources : tuple of str
        Source ids of the whole file, where rows carry none of their own.
    note : str
        What a reader must know before using it.
    """

    name: str
    file: str
    rows: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_without: tuple[str, str] | None = None
    rules: tuple[Rule, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column that has one."""
        return {column.name: column.unit for column in self.columns if column.unit}


def dtype_of(column: Column) -> str:
    """Pandas type of a column: integers with empty cells are nullable."""
    if column.kind == "integer":
        return "Int64" if column.missing else "int64"
    return "float64" if column.kind == "number" else "str"
