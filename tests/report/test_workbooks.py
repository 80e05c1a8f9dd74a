"""Workbooks, read back from the file itself."""

from __future__ import annotations

import re
import zipfile

import pandas as pd
import pytest

import target87 as t87
from target87.errors import InputError, OutputError


@pytest.fixture
def table():
    frame = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.25, 7.8], "se": [0.6, 0.5], "n": [2000, 12]})
    rates = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=["sex"], n="n", unit="percent", source="S")
    return t87.report.table(rates, title="Rates: 'all' [5-17]/x?")


def parts(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode("utf-8") for name in file.namelist() if name.endswith(".xml")}


def test_numbers_are_numbers_and_text_is_text(table, tmp_path):
    path = t87.report.workbook([table, table], tmp_path / "a.xlsx", notes=["a note on all"])
    held = parts(path)
    sheet = held["xl/worksheets/sheet2.xml"]
    assert "<v>11.25</v>" in sheet
    assert "<v>2000</v>" in sheet
    assert {"boys", "girls", "a note on all"} <= set(re.findall(r"<t[^>]*>([^<]*)</t>", held["xl/sharedStrings.xml"]))
    assert '#,##0.0"' in held["xl/styles.xml"]
    names = re.findall(r'<sheet name="([^"]*)"', held["xl/workbook.xml"])
    assert names[0] == "Contents"
    assert names[-1] == "Notes"
    assert len(names) == len(set(names)) == 4
    assert all(len(name) <= 31 for name in names)


def test_nothing_is_overwritten_unasked(table, tmp_path):
    path = table.to_excel(tmp_path / "a.xlsx")
    before = path.read_bytes()
    with pytest.raises(OutputError, match="not overwritten"):
        table.to_excel(path)
    assert path.read_bytes() == before
    table.to_excel(path, overwrite=True)


def test_a_failed_write_leaves_nothing(table, tmp_path, monkeypatch):
    import xlsxwriter

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xlsxwriter.Workbook, "close", full)
    with pytest.raises((OSError, OutputError)):
        table.to_excel(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_named(table, tmp_path):
    with pytest.raises(InputError, match="no table"):
        t87.report.workbook([], tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"ends in \.xlsx"):
        t87.report.workbook([table], tmp_path / "a.xls")
    with pytest.raises(OutputError):
        t87.report.workbook([table], tmp_path / "none" / "a.xlsx")
