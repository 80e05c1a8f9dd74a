"""CSV, held against what pandas reads; every fault named with its line or column."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from target87 import io
from target87.errors import DataError, InputError, UnknownNameError
from target87.io import csv_files

ROWS = [
    ["id", "rate", "name", "day"],
    ["1", "2.5", "Zoé", "2020-01-02"],
    ["2", "", "a b", "2021-12-31"],
    ["3", "NA", "NA", ""],
]
MISSING = {"rate": ["", "NA"], "day": [""]}


def written(path, rows=ROWS, delimiter=",", encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as opened:
        csv.writer(opened, delimiter=delimiter).writerows(rows)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiters_are_found(tmp_path, delimiter, encoding):
    data = io.read(written(tmp_path / "x.csv", delimiter=delimiter, encoding=encoding))
    theirs = pd.read_csv(
        tmp_path / "x.csv",
        sep=delimiter,
        parse_dates=["day"],
        keep_default_na=False,
        na_values=MISSING,
    )
    pd.testing.assert_frame_equal(data.to_pandas(), theirs, check_dtype=False)
    assert data.source["format"] == "CSV"


def test_na_is_a_name_among_texts_and_missing_among_numbers(tmp_path):
    data = io.read(written(tmp_path / "x.csv"))
    assert data["name"].tolist() == ["Zoé", "a b", "NA"]
    assert data["rate"].isna().tolist() == [False, True, True]


def test_missing_codes_are_said_by_the_caller(tmp_path):
    path = written(tmp_path / "x.csv", [["hours"], ["5"], ["98"], ["7"]])
    assert io.read(path)["hours"].sum() == 110
    assert io.read(path, missing={"hours": (98,)})["hours"].sum() == 12


def test_decimal_commas(tmp_path):
    path = written(tmp_path / "x.csv", [["a", "b"], ["1,5", "x"], ["2", "y"]], delimiter=";")
    told = io.read(path)
    assert told["a"].tolist() == ["1,5", "2"]
    assert "a: read as text" in told.notes[0]
    assert "decimal=','" in told.notes[0]
    assert (
        io.read(path, decimal=",")["a"].tolist() == pd.read_csv(path, sep=";", decimal=",")["a"].tolist() == [1.5, 2.0]
    )
    with pytest.raises(InputError, match="a point or a comma"):
        io.read(path, decimal="·")
    with pytest.raises(InputError, match="are the same"):
        io.read(written(tmp_path / "y.csv"), decimal=",")


def test_wrong_encoding_names_line_and_remedy(tmp_path):
    path = written(tmp_path / "x.csv", encoding="cp1252")
    with pytest.raises(DataError, match=r"not in UTF-8(.|\n)*line 2(.|\n)*encoding='cp1252'"):
        io.read(path)
    assert io.read(path, encoding="cp1252")["name"][0] == "Zoé"
    with pytest.raises(InputError, match="no such encoding"):
        io.read(path, encoding="cp125x")
    with pytest.raises(DataError, match="not in ascii"):
        io.read(path, encoding="ascii")


def test_utf_16(tmp_path):
    path = written(tmp_path / "x.csv", encoding="utf-16")
    with pytest.raises(DataError, match="not in UTF-8"):
        io.read(path)
    assert io.read(path, encoding="utf-16")["name"][0] == "Zoé"
    path = written(tmp_path / "y.csv", [["a"], ["1"]], encoding="utf-16-le")
    with pytest.raises(DataError, match="NUL characters"):
        io.read(path)


def test_a_long_file_in_two_pieces_of_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_files, "_PIECE", 7)  # cuts letters of two bytes
    path = written(tmp_path / "x.csv", [["a", "b"], *[["éàü", str(i)] for i in range(50)]])
    assert io.read(path)["b"].tolist() == list(range(50))
    path.write_bytes(path.read_bytes().replace("éàü,30".encode(), b"\xe9,30"))
    with pytest.raises(DataError, match="line 32"):
        io.read(path)


@pytest.mark.parametrize("row", [["1"], ["1", "2", "3"]])
def test_rows_of_another_length(tmp_path, row):
    path = written(tmp_path / "x.csv", [["a", "b"], ["1", "2"], row])
    with pytest.raises(DataError, match=r"not all of one length(.|\n)*2 values a row(.|\n)*got \d"):
        io.read(path)


def test_a_quotation_that_never_ends(tmp_path):
    (tmp_path / "x.csv").write_text('a,b\n1,"x\n2,y\n3,z\n')
    with pytest.raises(DataError, match="never closed"):
        io.read(tmp_path / "x.csv")
    (tmp_path / "y.csv").write_text('a,b\n1,"x\n2,y"\n')
    assert io.read(tmp_path / "y.csv")["b"].tolist() == ["x\n2,y"]


def test_an_empty_line_is_an_empty_value_of_the_only_column(tmp_path):
    (tmp_path / "x.csv").write_text("a\n1\n\n3\n")
    assert io.read(tmp_path / "x.csv")["a"].tolist()[::2] == [1, 3]
    assert len(io.read(tmp_path / "x.csv")) == 3
    (tmp_path / "y.csv").write_text("a,b\n1,2\n\n3,4\n")
    assert len(io.read(tmp_path / "y.csv")) == 2


def test_identifiers(tmp_path):
    rows = [["id", "v"], ["007", "1"], ["010", "2"]]
    assert io.read(written(tmp_path / "x.csv", rows))["id"].tolist() == [7, 10]
    assert io.read(tmp_path / "x.csv", text=["id"])["id"].tolist() == ["007", "010"]
    rows = [["id"], ["99999999999999999999"], ["99999999999999999998"]]
    with pytest.raises(DataError, match=r"more digits(.|\n)*'id'(.|\n)*text=\['id'\]"):
        io.read(written(tmp_path / "y.csv", rows))
    assert io.read(tmp_path / "y.csv", text="id")["id"].nunique() == 2
    with pytest.raises(UnknownNameError, match="unknown column 'ids'"):
        io.read(tmp_path / "y.csv", text="ids")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,a\n1,2\n", "two columns have one name"),
        ("a,\n1,2\n", "a column has no name"),
        ("\n1,2\n", "first line is blank"),
    ],
)
def test_headings(tmp_path, text, words):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        io.read(tmp_path / "x.csv")


def test_some_columns(tmp_path):
    path = written(tmp_path / "x.csv")
    assert io.read(path, columns=["name", "id"]).columns == ("name", "id")
    with pytest.raises(UnknownNameError, match="did you mean 'name'"):
        io.read(path, columns=["nam"])


def test_a_delimiter_given(tmp_path):
    (tmp_path / "x.csv").write_text("a^b,c\n1^2\n")
    assert io.read(tmp_path / "x.csv", delimiter="^").columns == ("a", "b,c")


def test_a_codebook_that_is_none(tmp_path):
    path = written(tmp_path / "x.csv")
    with pytest.raises(DataError, match="this is no codebook"):
        io.read(path, codebook=path)
    with pytest.raises(InputError, match=r"no such file(.|\n)*where: codebook|where: codebook"):
        io.read(path, codebook=tmp_path / "none.csv")
    head = "column,label,kind,code,to,value_label,missing\n"
    book = tmp_path / "book.csv"
    for row, words in [
        ("id,,,1,,one,\n", "line 2"),
        ("id,,number,,,,\nid,,,one,,,\n", r"line 3(.|\n)*id"),
        ("id,,number,,,,\nid,,,9,,,perhaps\n", "missing is 'perhaps'"),
    ]:
        book.write_text(head + row)
        with pytest.raises(DataError, match=words):
            io.read(path, codebook=book)
    book.write_text(head + "name,,number,,,,\n")
    with pytest.raises(DataError, match=r"not hold what its codebook says(.|\n)*'name'"):
        io.read(path, codebook=book)
