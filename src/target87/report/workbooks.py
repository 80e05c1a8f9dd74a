"""``workbook``: tables of estimates in one Excel file, a sheet each, numbers as numbers, notes beside them."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import InputError, OutputError
from target87.report.estimates_table_cells import Cell
from target87.report.estimates_table_notes import sentence
from target87.results.files import write_whole

if TYPE_CHECKING:
    from target87.report.estimates_table import Table

_LONGEST = 31
"""Letters of the name of a sheet."""
_NO_DATE = datetime(1980, 1, 1)
"""When a workbook says it was made, so that the same tables give the same bytes."""
_WIDEST, _WIDE = 40, 12


def workbook(
    tables: Sequence[Table], path: str | os.PathLike[str], *, notes: Sequence[str] = (), overwrite: bool = False
) -> Path:
    """Write tables to one Excel file: contents, a sheet for each table with its notes, and notes and sources of all.

    Numbers are numbers, unrounded, in a format that shows the decimals of the table and the mark of quality; the ends
    of intervals have a column each. Labels are never read as formulas.

    Parameters
    ----------
    tables : sequence of Table
        From :func:`target87.report.table`.
    path : path
        A file that ends in ``.xlsx``.
    notes : sequence of str
        Notes on all tables, on a sheet of their own, with the sources of the tables.
    overwrite : bool
        Whether a file that stands there is replaced.

    Returns
    -------
    pathlib.Path
        The file. The same tables and notes give the same bytes.

    Raises
    ------
    InputError
        If there is no table, or the path does not end in ``.xlsx``.
    OutputError
        If the file exists, cannot be written, or Excel has no room for a text; nothing is left half-written.

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
    from target87.report.estimates_table import Table

    target = Path(path)
    every = [tables] if isinstance(tables, Table) else list(tables)
    wrong = [type(one).__name__ for one in every if not isinstance(one, Table)]
    if wrong or not every:
        raise InputError("there is no table to write", where="tables", expected="Table", got=", ".join(wrong) or "none")
    if target.suffix.lower() != ".xlsx":
        raise InputError("a workbook's name ends in .xlsx", where="path", got=target.name)
    if target.exists() and not overwrite:
        raise OutputError(
            "the file exists and is not overwritten", where=str(target), remedies=("overwrite=True replaces it",)
        )
    told = [sentence(note) for note in ([notes] if isinstance(notes, str) else notes)]
    try:
        return write_whole(target, lambda temporary: _write(every, temporary, told))
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"the workbook cannot be written: {error.strerror or error}", where=str(target)) from error


def _write(tables: Sequence[Table], path: Path, notes: Sequence[str]) -> None:
    from io import BytesIO

    import xlsxwriter

    names = _sheet_names(tables)
    held = BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.set_properties({"created": _NO_DATE})
        styles = _Styles(book)
        contents = book.add_worksheet("Contents")
        contents.set_column(0, 0, 100)
        _text(contents, 0, 0, "Contents", styles.bold)
        for place, (name, table) in enumerate(zip(names, tables, strict=True), start=1):
            _refuse(
                contents.write_url(place, 0, f"internal:'{name}'!A1", string=f"{place}  {table.title}"), table.title
            )
            _sheet(book.add_worksheet(name), table.with_limits_apart(), styles)
        below = [*notes, *(source for table in tables for source in table.sources)]
        if below:
            sheet = book.add_worksheet("Notes")
            sheet.set_column(0, 0, 120)
            for row, note in enumerate(dict.fromkeys(below)):
                _text(sheet, row, 0, note, styles.wrapped)
    path.write_bytes(held.getvalue())


class _Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[tuple[int, str], Any] = {}
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "align": "right", "valign": "bottom", "bottom": 1}
        )
        self.label_head = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self.group = book.add_format({"bold": True, "align": "center"})
        self.right = book.add_format({"align": "right"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def number(self, cell: Cell) -> Any:
        """A number with its decimals, and the mark of quality behind it."""
        key = cell.decimals, cell.mark
        if key not in self._numbers:
            decimals = "." + "0" * cell.decimals if cell.decimals else ""
            mark = f'" {cell.mark}"' if cell.mark else ""
            self._numbers[key] = self._book.add_format({"num_format": f"#,##0{decimals}{mark}"})
        return self._numbers[key]


def _sheet(sheet: Any, table: Table, styles: _Styles) -> None:
    first = len(table.labels)
    _text(sheet, 0, 0, table.title, styles.bold)
    row = 2
    if any(table.groups):
        for column, group in enumerate(table.groups):
            if column == 0 or table.groups[column - 1] != group:
                _text(sheet, row, first + column, group, styles.group)
        row += 1
    for column, heading in enumerate((*table.labels, *table.headings)):
        _text(sheet, row, column, heading, styles.head if column >= first else styles.label_head)
    sheet.freeze_panes(row + 1, first)
    sheet.repeat_rows(row)
    for labels, cells in table.rows:
        row += 1
        for column, label in enumerate(labels):
            _text(sheet, row, column, label)
        for column, cell in enumerate(cells, start=first):
            if cell.number is None or not math.isfinite(cell.number):
                _text(sheet, row, column, cell.text + cell.mark, styles.right)
            else:
                sheet.write_number(row, column, cell.number, styles.number(cell))
    for note in table.notes:
        row += 1
        _text(sheet, row + 1, 0, note)
    for column, name in enumerate(table.labels):
        widest = max(len(name), *(len(labels[column]) for labels, _ in table.rows))
        sheet.set_column(column, column, min(widest + 2, _WIDEST))
    sheet.set_column(first, first + len(table.headings) - 1, _WIDE)


def _text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    """Write text as text, whatever it begins with."""
    _refuse(sheet.write_string(row, column, text, style), text)


def _refuse(code: int, text: str) -> None:
    """The writer says by a number, and no error, that it left something out."""
    if code:
        raise OutputError(
            "Excel has no room for this text or row",
            where="workbook",
            expected="at most 32,767 letters a cell and 1,048,576 rows a sheet",
            got=f"{len(text):,} letters: {text[:40]}",
        )


def _sheet_names(tables: Sequence[Table]) -> list[str]:
    """Names that Excel takes, each once: numbers, and the beginning of the title."""
    return [
        f"{place} {re.sub(r'[\[\]:*?/\\' + chr(39) + ']', ' ', table.title)}"[:_LONGEST].strip()
        for place, table in enumerate(tables, start=1)
    ]
