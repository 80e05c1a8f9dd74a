"""The validator that names every fault of a table at once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target87.datasets.schema import Column, Rule, Table, dtype_of
from target87.errors import DataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
"""Faulty rows written out per fault; the error keeps them all."""


@dataclass(frozen=True)
class Violation:
    """One kind of fault in one column (or across columns), with all its rows.

    Parameters
    ----------
    column, what : str
        Where, and what is wrong.
    rows : tuple
        Index labels of the faulty rows.
    values : tuple of str
        What stands there, for the first few.
    """

    column: str
    what: str
    rows: tuple[Hashable, ...] = ()
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.rows:
            return f"{self.column}: {self.what}"
        shown = "; ".join(f"row {row} has {value}" for row, value in zip(self.rows, self.values, strict=False))
        more = f"; and {len(self.rows) - SHOWN:,} more" if len(self.rows) > SHOWN else ""
        return f"{self.column}: {self.what} ({len(self.rows):,}: {shown}{more})"


class SchemaError(DataError):
    """Rows do not hold what their schema says; ``violations`` lists every fault with all its rows."""

    violations: tuple[Violation, ...] = ()

    @classmethod
    def of(cls, table: str, violations: list[Violation]) -> SchemaError:
        """Build the error that lists all ``violations`` of a ``table``."""
        error = cls(
            f"the table does not keep to the schema {table!r}; faults found: {len(violations)}",
            where="".join(f"\n    {violation}" for violation in violations),
            count=len({row for violation in violations for row in violation.rows}) or None,
        )
        error.violations = tuple(violations)
        return error


def validate(frame: pd.DataFrame, schema: str | Table, *, embedded: bool = False) -> pd.DataFrame:
    """Check rows against a schema and give them its types.

    Everything that is wrong is reported at once: columns, types, allowed values, ranges, empty cells, repeated keys and
    statements that hold across columns. Numbers may come as text, as when a file was read without types.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows to check; left as it is. Columns may carry the file's headings (``iso3``) or the frame's names (``area``).
    schema : str or Table
        A table of :data:`target87.datasets.TABLES`, or its name.
    embedded : bool
        Also check what holds for the embedded file only: its number of rows and the values that occur in it.

    Returns
    -------
    pandas.DataFrame
        A copy with the schema's names and types, columns in the schema's order.

    Raises
    ------
    UnknownNameError
        If there is no schema of that name.
    SchemaError
        If anything is wrong; ``violations`` holds each fault with all its rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from target87 import datasets
    >>> rows = pd.DataFrame({"series": ["X", "X"], "indicator_definition": ["a", None]})
    >>> try:
    ...     datasets.validate(rows, "series")
    ... except datasets.SchemaError as error:
    ...     for violation in error.violations:
    ...         print(violation)
    indicator_definition: is empty (1: row 1 has nothing)
    series: the key occurs more than once (2: row 0 has X; row 1 has X)
    """
    table = _table(schema)
    named = frame.rename(
        columns={one.heading: one.name for one in table.columns if one.heading and one.name not in frame}
    )
    found = _heading_faults(named, table)
    present = [column for column in table.columns if list(named.columns).count(column.name) == 1]
    for column in present:
        found.extend(_column_faults(named[column.name], column, embedded=embedded))
    found.extend(_row_faults(named, table, present, found))
    if embedded and len(frame) != table.rows:
        found.append(Violation("whole table", f"{len(frame):,} rows where {table.rows:,} are expected"))
    if found:
        raise SchemaError.of(table.name, found)
    return _typed(named, present)


_TYPE_FAULTS = {"is empty", "is not a number", "is not a whole number", "is not text", "is not finite"}


def _table(schema: str | Table) -> Table:
    from target87.datasets.tables import TABLES

    if isinstance(schema, Table):
        return schema
    if schema not in TABLES:
        raise UnknownNameError.of(schema, TABLES, kind="schema")
    return TABLES[schema]


def _heading_faults(frame: pd.DataFrame, table: Table) -> list[Violation]:
    expected = {column.name for column in table.columns}
    found = [Violation(column.name, "the column is missing") for column in table.columns if column.name not in frame]
    found += [Violation(str(name), "the schema has no such column") for name in frame.columns if name not in expected]
    repeated = frame.columns[frame.columns.duplicated()].unique()
    return found + [Violation(str(name), "the column occurs more than once") for name in repeated]


def _fault(column: str, what: str, values: pd.Series[Any]) -> list[Violation]:
    """At most one violation: that of the ``values`` at fault, if there are any."""
    if values.empty:
        return []
    written = tuple("nothing" if _empty(value) else str(value) for value in values.iloc[:SHOWN])
    return [Violation(column, what, tuple(values.index), written)]


def _column_faults(values: pd.Series[Any], column: Column, *, embedded: bool) -> list[Violation]:
    empty = _missing(values)
    found = [] if column.missing else _fault(column.name, "is empty", values[empty])
    check = _text_faults if column.kind == "text" else _number_faults
    found += check(values[~empty], column)
    if embedded and column.embedded:
        present = values[~empty]
        found += _fault(column.name, "does not occur in the embedded file", present[~present.isin(column.embedded)])
    return found


def _text_faults(values: pd.Series[Any], column: Column) -> list[Violation]:
    is_text = values.map(lambda value: isinstance(value, str)).astype(bool)
    found = _fault(column.name, "is not text", values[~is_text])
    text = values[is_text].astype("str")
    if column.allowed:
        expected = f"is not one of {', '.join(column.allowed)}"
        found += _fault(column.name, expected, text[~text.isin(column.allowed)])
    if column.pattern:
        found += _fault(column.name, f"does not look like {column.pattern}", text[~text.str.fullmatch(column.pattern)])
    return found


def _number_faults(values: pd.Series[Any], column: Column) -> list[Violation]:
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(values.astype(object), errors="coerce").astype("float64")
    is_truth = values.map(lambda value: isinstance(value, (bool, np.bool_))).astype(bool)
    found = _fault(column.name, "is not a number", values[numbers.isna() | is_truth])
    found += _fault(column.name, "is not finite", values[np.isinf(numbers)])
    usable = np.isfinite(numbers) & ~is_truth
    if column.kind == "integer":
        found += _fault(column.name, "is not a whole number", values[usable & (numbers % 1 != 0)])
    if column.low is not None:
        found += _fault(column.name, f"is below {column.low:g}", values[usable & (numbers < column.low)])
    if column.high is not None:
        found += _fault(column.name, f"is above {column.high:g}", values[usable & (numbers > column.high)])
    return found


def _typed(frame: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    import pandas as pd

    typed = {}
    for column in columns:
        values = frame[column.name]
        values = values.where(~_missing(values))
        if column.kind != "text":
            values = pd.to_numeric(values)
        typed[column.name] = values.astype(dtype_of(column))  # type: ignore[call-overload]
    return pd.DataFrame(typed, index=frame.index)


def _row_faults(frame: pd.DataFrame, table: Table, present: list[Column], found: list[Violation]) -> list[Violation]:
    """Faults across columns; looked for among the rows whose values in these columns have the right types."""
    untyped = {column.name: set[Hashable]() for column in present}
    for fault in found:
        if fault.what in _TYPE_FAULTS:
            untyped[fault.column].update(fault.rows)

    def sound(names: tuple[str, ...]) -> pd.DataFrame | None:
        if not set(names) <= set(untyped):
            return None
        rows = frame.index.isin([row for name in names for row in untyped[name]])
        return _typed(frame[~rows], [column for column in present if column.name in names])

    faults = []
    for rule in (_unique(table), *table.rules):
        rows = sound(rule.columns)
        if rows is not None and not rows.empty:
            broken = rows[rule.broken(rows).to_numpy(dtype=bool)]
            faults += _fault(", ".join(rule.columns), rule.what, broken.apply(_written, axis=1))
    return faults


def _unique(table: Table) -> Rule:
    """Say as a rule that no key occurs twice."""

    def repeated(frame: pd.DataFrame) -> pd.Series[bool]:
        keys = frame[list(table.key)]
        if table.key_without is not None:
            without, joined = table.key_without
            keys = keys.assign(joined=frame[joined].where(frame[without].isna()))
        return keys.duplicated(keep=False)

    return Rule("the key occurs more than once", (*table.key, *(table.key_without or ())[1:]), repeated)


def _written(row: pd.Series[Any]) -> str:
    return ", ".join("nothing" if _empty(value) else str(value) for value in row)


def _missing(values: pd.Series[Any]) -> pd.Series[bool]:
    return values.isna() | values.astype(object).eq("").astype(bool)


def _empty(value: object) -> bool:
    import pandas as pd

    return bool(pd.isna(value)) or value == ""  # type: ignore[call-overload]
