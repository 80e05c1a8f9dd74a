"""Workbooks, read back from the file itself."""

from __future__ import annotations

import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

import target87 as t87
from target87.errors import InputError, OutputError

_SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rates(**changes):
    frame = pd.DataFrame(
        {"sex": ["all", "=1+1", "girls"], "rate": [11.25, 10.0, 7.8], "se": [0.6, 0.5, 0.7], "n": [2000, 12, 1988]}
    )
    given = {"estimate": "rate", "se": "se", "by": ["sex"], "n": "n", "unit": "percent", "source": "S"}
    rule = t87.PublicationRule("house rule", "where it is", minimum_n=30)
    return t87.Estimates.from_dataframe(frame, rule=rule, **(given | changes))


@pytest.fixture
def table():
    return t87.report.table(rates(), title="Rates: 'all' [5-17]/x?")


class Book:
    """A workbook as a spreadsheet program reads it: cells by address, each its value and the format of numbers."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as file:
            self.parts = {name: file.read(name) for name in file.namelist()}
        strings = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.strings = ["".join(t.text or "" for t in one.iter(f"{_SHEETS}t")) for one in strings]
        styles = ElementTree.fromstring(self.parts["xl/styles.xml"])
        codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{_SHEETS}numFmt")}
        self.formats = [codes.get(one.get("numFmtId"), "") for one in styles.find(f"{_SHEETS}cellXfs")]
        book = ElementTree.fromstring(self.parts["xl/workbook.xml"])
        self.names = [one.get("name") for one in book.iter(f"{_SHEETS}sheet")]

    def sheet(self, number):
        """Values by address, and formats of the numbers by address."""
        values, formats = {}, {}
        for cell in ElementTree.fromstring(self.parts[f"xl/worksheets/sheet{number}.xml"]).iter(f"{_SHEETS}c"):
            assert cell.find(f"{_SHEETS}f") is None  # no formula anywhere
            held = cell.find(f"{_SHEETS}v")
            if held is None:
                continue
            if cell.get("t") == "s":
                values[cell.get("r")] = self.strings[int(held.text)]
            else:
                values[cell.get("r")] = float(held.text)
                formats[cell.get("r")] = self.formats[int(cell.get("s", 0))]
        return values, formats


def test_numbers_are_numbers_and_text_is_text(table, tmp_path):
    values, formats = Book(t87.report.workbook([table], tmp_path / "a.xlsx")).sheet(2)
    assert values["A1"] == "Rates: 'all' [5-17]/x? (per cent)"
    assert [values[f"{column}3"] for column in "ABCDE"] == ["sex", "estimate", "interval, from", "interval, to", "n"]
    assert [values[f"A{row}"] for row in (4, 5, 6)] == ["All", "=1+1", "girls"]
    assert [values[f"{column}4"] for column in "BCDE"] == pytest.approx([11.25, 10.07402, 12.42598, 2000], abs=1e-5)
    assert [formats[f"{column}4"] for column in "BE"] == ["#,##0.0", "#,##0"]
    assert formats["B5"] == '#,##0.0" c"'  # the mark of quality stands behind a number that is one
    assert values["A8"] == "c  unreliable: n below 30."
    assert "Source: S." in values.values()


def test_contents_notes_and_sources_have_their_sheets(table, tmp_path):
    other = t87.report.table(rates(source="T"), title="Rates: 'all' [5-17]/x?")
    book = Book(t87.report.workbook([table, other], tmp_path / "a.xlsx", notes=["a note on all"]))
    assert book.names == ["Contents", "1 Rates   all   5-17  x  (per c", "2 Rates   all   5-17  x  (per c", "Notes"]
    assert all(len(name) <= 31 for name in book.names)
    contents = [text for text in book.sheet(1)[0].values() if isinstance(text, str)]
    assert contents == ["Contents", *(f"{k}  Rates: 'all' [5-17]/x? (per cent)" for k in (1, 2))]
    links = re.findall(r'location="([^"]*)"', book.parts["xl/worksheets/sheet1.xml"].decode())
    assert links == [f"'{name}'!A1" for name in book.names[1:3]]
    assert [*book.sheet(4)[0].values()] == [
        "a note on all.", "Source: S.", "Publication rule: house rule. where it is", "Source: T.",
    ]  # fmt: skip


def test_groups_stand_over_their_columns(tmp_path):
    frame = pd.DataFrame(
        {"area": ["A", "A", "B"], "sex": ["boys", "girls", "boys"], "rate": [1.0, 2.0, 3.0], "se": 0.1}
    )
    by_two = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=["area", "sex"], unit="percent")
    shown = t87.report.table(by_two, columns="sex", values=["interval", "estimate"])
    values, formats = Book(shown.to_excel(tmp_path / "a.xlsx")).sheet(2)
    assert (values["B3"], values["E3"]) == ("boys", "girls")
    assert [values.get(f"{column}6") for column in "ADEG"] == ["B", 3.0, "..", ".."]
    assert values["D5"] == 1.0
    assert formats["D5"] == "#,##0.0"


def test_what_is_suppressed_is_in_no_part_of_the_file(tmp_path):
    shown = t87.report.table(rates(), suppress_below=30, values=t87.report.estimates_table_cells.VALUES)
    values, formats = Book(shown.to_excel(tmp_path / "a.xlsx")).sheet(2)
    assert {values[f"{column}5"] for column in "BCDEFGHI"} == {"(s)"}
    assert {address[1:] for address in formats} == {"4"}  # no number but those of the whole
    assert values["B4"] == pytest.approx(11.25)


def test_the_same_tables_give_the_same_bytes(table, tmp_path):
    first, second = (t87.report.workbook([table], tmp_path / f"{name}.xlsx", notes=["x"]) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert b"1980-01-01T00:00:00Z" in Book(first).parts["docProps/core.xml"]  # and no time of the clock


def test_nothing_is_overwritten_unasked(table, tmp_path):
    path = table.to_excel(tmp_path / "a.xlsx")
    before = path.read_bytes()
    with pytest.raises(OutputError, match="not overwritten"):
        table.to_excel(path)
    assert path.read_bytes() == before
    other = t87.report.table(rates(), values=["n"])
    other.to_excel(path, overwrite=True)
    assert path.read_bytes() != before


def test_a_failed_write_leaves_nothing(table, tmp_path, monkeypatch):
    import xlsxwriter

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xlsxwriter.Workbook, "close", full)
    with pytest.raises(OutputError, match="No space left"):
        table.to_excel(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_text_that_excel_cannot_hold_is_refused(tmp_path):
    long = t87.report.table(rates(), notes=["x" * 40_000])
    with pytest.raises(OutputError, match="no room"):
        long.to_excel(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_named(table, tmp_path):
    with pytest.raises(InputError, match="no table"):
        t87.report.workbook([], tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="no table"):
        t87.report.workbook([rates()], tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        t87.report.workbook([table], tmp_path / "a.xls")
    with pytest.raises(OutputError):
        t87.report.workbook([table], tmp_path / "none" / "a.xlsx")
