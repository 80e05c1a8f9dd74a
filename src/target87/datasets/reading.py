"""Embedded files as frames: read once, given out as copies."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from target87.datasets.schema import Table, dtype_of
from target87.datasets.tables import SCHEMA_VERSION, TABLES
from target87.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd


def read(name: str) -> pd.DataFrame:
    """Return the table ``name`` with its declared types and what is known of it in ``attrs``.

    An empty field is the only missing value: no text, ``NA`` included, is taken for one.
    """
    frame = _typed(name).copy()
    frame.attrs.update(describe(TABLES[name]))
    return frame


def as_printed(name: str) -> pd.DataFrame:
    """Return the table ``name`` as the text that stands in the file, for what a number does not keep: its decimals."""
    return _read(name, {column.in_file: "str" for column in TABLES[name].columns})


def describe(table: Table) -> dict[str, object]:
    """Attributes of a frame: units, key, sources of the whole file, note, version of the schema."""
    return {
        "dataset": table.name,
        "units": table.units,
        "key": list(table.key),
        "source": ", ".join(table.sources) or "see source_id",
        "note": table.note,
        "schema_version": SCHEMA_VERSION,
    }


def one_of(values: pd.Series[str], wanted: str | Collection[str], known: Iterable[str], kind: str) -> pd.Series[bool]:
    """Rows whose value is among those ``wanted``.

    Raises
    ------
    UnknownNameError
        If a name is not among those ``known``; the nearest are offered.
    """
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    options = set(known)
    for name in names:
        if name not in options:
            raise UnknownNameError.of(name, options, kind=kind)
    return values.isin(names)


@cache
def _typed(name: str) -> pd.DataFrame:
    return _read(name, {column.in_file: dtype_of(column) for column in TABLES[name].columns})


def _read(name: str, types: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    table = TABLES[name]
    with files("target87.datasets").joinpath("data", table.file).open("rb") as file:
        frame = pd.read_csv(file, dtype=types, keep_default_na=False, na_values=[""], encoding="utf-8")
    return frame.rename(columns={column.in_file: column.name for column in table.columns})
