"""``workbook``: tables of estimates in one Excel file, a sheet each, numbers as numbers, notes beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import InputError, OutputError
from target87.results.files import write_whole

if TYPE_CHECKING:
    from target87.report.estimates_table import Table

_LONGEST = 31
"""Letters of the name of a sheet."""


def workbook(
    tables: Sequence[Table], path: str | os.PathLike[str], *, notes: Sequence[str] = (), overwrite: bool = False
) -> Path:
    """Write tables to one Excel file: contents, a sheet for each table with its notes, and notes on all.

    Parameters
    ----------
    tables : sequence of Table
        From :func:`target87.report.table`.
    path : path
        A file that ends in ``.xlsx``.
    notes : sequence of str
        Notes on all tables, on a sheet of their own.
    overwrite : bool
        Whether a file that stands there is replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If there is no table, or the path does not end in ``.xlsx``.
    OutputError
        If the file exists, or cannot be written; nothing is left half-written.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import target87 as t87
    >>> rates = t87.Estimates.from_dataframe(
    ...     pd.DataFrame({"estimate": [0.1], "se": [0.01]}), se="se", unit="proportion"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     t87.report.workbook([t87.report.table(rates)], f"{folder}/rates.xlsx").name
    'rates.xlsx'
    """
    target = Path(path)
    if not len(tables):
        raise InputError("there is no table to write", where="tables")
    if target.suffix.lower() != ".xlsx":
        raise InputError("a workbook's name ends in .xlsx", where="path", got=target.name)
    if target.exists() and not overwrite:
        raise OutputError(
            "the file exists and is not overwritten", where=str(target), remedies=("overwrite=True replaces it",)
        )
    return write_whole(target, lambda temporary: _write(tables, temporary, notes))


def _write(tables: Sequence[Table], path: Path, notes: Sequence[str]) -> None:
    import xlsxwriter

    names = _sheet_names(tables)
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        contents = book.add_worksheet("Contents")
        contents.set_column(0, 0, 100)
        contents.write(0, 0, "Contents", bold)
        for place, (name, table) in enumerate(zip(names, tables, strict=True), start=1):
            contents.write_url(place, 0, f"internal:'{name}'!A1", string=f"{name}: {table.title}")
            _sheet(book, name, table, bold)
        if notes:
            sheet = book.add_worksheet("Notes")
            sheet.set_column(0, 0, 120)
            for row, note in enumerate(notes):
                sheet.write_string(row, 0, str(note))


def _sheet(book: Any, name: str, table: Table, bold: Any) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, table.title, bold)
    first = len(table.labels)
    row = 2
    if any(table.groups):
        for column, group in enumerate(table.groups):
            if column == 0 or table.groups[column - 1] != group:
                sheet.write_string(row, first + column, group, bold)
        row += 1
    for column, heading in enumerate((*table.labels, *table.headings)):
        sheet.write_string(row, column, heading, bold)
    sheet.freeze_panes(row + 1, first)
    formats: dict[int, Any] = {}
    for labels, cells in table.rows:
        row += 1
        for column, label in enumerate(labels):
            sheet.write_string(row, column, label)
        for column, cell in enumerate(cells, start=first):
            if cell.number is None:
                sheet.write_string(row, column, cell.text)
                continue
            key = cell.decimals
            if key not in formats:
                formats[key] = book.add_format({"num_format": "#,##0" + ("." + "0" * key if key else "")})
            sheet.write_number(row, column, cell.number, formats[key])
            if cell.mark:
                sheet.write_comment(row, column, f"quality: see note {cell.mark}")
    for note in table.notes:
        row += 1
        sheet.write_string(row + 1, 0, note)
    sheet.set_column(0, max(0, first - 1), 22)
    sheet.set_column(first, first + len(table.headings), 16)


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Names that Excel takes, each once: numbers, and the beginning of the title."""
    return [
        f"{place} {re.sub(r'[\[\]:*?/\\' + chr(39) + ']', ' ', table.title)}"[:_LONGEST].strip()
        for place, table in enumerate(tables, start=1)
    ]
