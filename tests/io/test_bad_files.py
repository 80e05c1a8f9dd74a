"""Files that cannot be read: each with its own error, in our words, and none from pyreadstat or Arrow."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from target87 import io
from target87.errors import DataError, InputError, Target87Error

TABLE = pd.DataFrame({"x": np.arange(300) * 1.5, "s": ["abcdefgh"] * 300})
WRITERS = {
    "x.sav": lambda path: pyreadstat.write_sav(TABLE, path, variable_value_labels={"x": {1.5: "one"}}),
    "packed.sav": lambda path: pyreadstat.write_sav(TABLE, path, row_compress=True),
    "x.zsav": lambda path: pyreadstat.write_sav(TABLE, path, compress=True),
    "x.por": lambda path: pyreadstat.write_por(TABLE, path),
    "x.dta": lambda path: pyreadstat.write_dta(TABLE, path, variable_value_labels={"x": {1: "one"}}),
    "old.dta": lambda path: pyreadstat.write_dta(TABLE, path, version=10),
    "x.parquet": TABLE.to_parquet,
    "x.feather": TABLE.to_feather,
}


@pytest.mark.parametrize("name", sorted(WRITERS))
@pytest.mark.parametrize("part", [0.001, 0.02, 0.3, 0.6, 0.9, 0.99])
def test_cut_short_anywhere(tmp_path, name, part):
    path = tmp_path / name
    WRITERS[name](path)
    assert len(io.read(path)) == 300
    whole = path.read_bytes()
    path.write_bytes(whole[: max(1, int(len(whole) * part))])
    with pytest.raises(DataError, match=r"cut short|damaged|is not what its extension says") as caught:
        io.read(path)
    assert str(path) in str(caught.value)


def test_a_stata_file_that_lost_only_its_last_bytes(tmp_path):
    path = tmp_path / "x.dta"
    WRITERS["x.dta"](path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(DataError, match="the mark of its end is missing"):
        io.read(path)


@pytest.mark.parametrize("name", ["x.sav", "x.zsav", "x.dta", "x.csv", "x.parquet", "x.feather", "x.por"])
def test_an_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="the file is empty: 0 bytes"):
        io.read(tmp_path / name)


@pytest.mark.parametrize("name", ["x.sav", "x.dta", "x.csv", "x.parquet"])
def test_columns_without_rows(tmp_path, name):
    frame = pd.DataFrame({"x": pd.Series([], dtype=float)})
    writers = {
        "x.sav": lambda path: pyreadstat.write_sav(frame, path),
        "x.dta": lambda path: pyreadstat.write_dta(frame, path),
        "x.csv": lambda path: frame.to_csv(path, index=False),
        "x.parquet": frame.to_parquet,
    }
    writers[name](tmp_path / name)
    with pytest.raises(DataError, match=r"columns but no rows(.|\n)*first: x"):
        io.read(tmp_path / name)


def test_a_missing_file_offers_the_nearest_names(tmp_path):
    (tmp_path / "Children.sav").touch()
    with pytest.raises(InputError, match=r"no such file(.|\n)*did you mean 'Children.sav'"):
        io.read(tmp_path / "childern.sav")
    with pytest.raises(InputError, match=r"no such folder(.|\n)*nowhere"):
        io.read(tmp_path / "nowhere" / "deeper" / "x.sav")


def test_a_relative_path_says_where_it_starts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="the path is taken from"):
        io.read("x.sav")


def test_a_folder(tmp_path):
    with pytest.raises(InputError, match=r"a folder, not a file(.|\n)*holds no file"):
        io.read(tmp_path)
    (tmp_path / "x.sav").touch()
    with pytest.raises(InputError, match=r"a folder, not a file(.|\n)*first: x.sav"):
        io.read(tmp_path)


def test_no_right_to_read(tmp_path, monkeypatch):
    WRITERS["x.sav"](tmp_path / "x.sav")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # the superuser may read anything
    with pytest.raises(InputError, match="may not be read: Permission denied"):
        io.read(tmp_path / "x.sav")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
        ("x.sas7bdat", b"\x00" * 40, "export it from SAS"),
        ("x.zip", b"PK\x03\x04", "unpack it"),
        ("x", b"abc", "no extension"),
    ],
)
def test_extensions_that_are_not_read(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        io.read(tmp_path / name)


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ("x.dta", "y.sav", r"expected: SPSS(.|\n)*got: Stata(.|\n)*rename it to y.dta"),
        ("old.dta", "y.sav", r"expected: SPSS(.|\n)*got: Stata"),
        ("x.sav", "y.dta", r"expected: Stata(.|\n)*got: SPSS(.|\n)*rename it to y.sav"),
        ("x.parquet", "y.csv", r"expected: CSV(.|\n)*got: Parquet"),
        ("x.sav", "y.csv", r"expected: CSV(.|\n)*got: SPSS"),
        ("x.feather", "y.parquet", r"expected: Parquet(.|\n)*got: Arrow"),
    ],
)
def test_a_file_of_another_kind_than_its_name(tmp_path, source, name, words):
    WRITERS[source](tmp_path / source)
    (tmp_path / source).rename(tmp_path / name)
    with pytest.raises(DataError, match=r"not what its extension says(.|\n)*" + words):
        io.read(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html>log in</html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        (b"a,b\n1,2\n", "something else, perhaps text"),
        (struct.pack("<Q", 0x1C) + b"ENCRYPTEDSAV" + bytes(40), "locked by a password"),
    ],
)
@pytest.mark.parametrize("name", ["x.sav", "x.parquet"])
def test_what_comes_instead_of_a_file(tmp_path, content, words, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        io.read(tmp_path / name)


@pytest.fixture
def misdeclared(tmp_path):
    """An SPSS file that says it is UTF-8 and is in the code page of Western Europe."""
    path = tmp_path / "x.sav"
    frame = pd.DataFrame({"place": ["Zoé ", "Bo"]})
    pyreadstat.write_sav(
        frame, path, column_labels={"place": "région"}, variable_value_labels={"place": {"Bo": "été "}}
    )
    path.write_bytes(path.read_bytes().replace("é ".encode(), b"\xe9  ").replace("é".encode(), b"\xe9 "))
    return path


def test_a_wrongly_encoded_file_names_the_remedy(misdeclared):
    with pytest.raises(DataError, match=r"text in the file cannot be decoded(.|\n)*encoding='cp1252'"):
        io.read(misdeclared)
    data = io.read(misdeclared, encoding="cp1252")
    assert data.codes("place").tolist() == ["Zoé", "Bo"]
    assert "é" in data.label("place")


def test_encodings_that_are_none(misdeclared, tmp_path):
    with pytest.raises(InputError, match=r"no such encoding(.|\n)*got: latin-one"):
        io.read(misdeclared, encoding="latin-one")
    with pytest.raises(DataError, match="cannot be decoded"):
        io.read(misdeclared, encoding="ascii")
    WRITERS["x.por"](tmp_path / "x.por")
    with pytest.raises(InputError, match="as UTF-8 only"):
        io.read(tmp_path / "x.por", encoding="cp1252")


@pytest.mark.parametrize("name", ["x.sav", "x.zsav", "x.dta", "x.parquet", "x.feather"])
def test_no_byte_changed_brings_a_bare_error(tmp_path, name):
    """Bytes of the head and the middle overwritten: a file that is read or an error of ours, nothing else."""
    path = tmp_path / name
    WRITERS[name](path)
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    told = []
    for _ in range(40):
        broken = bytearray(whole)
        start = int(rng.integers(12, min(len(whole) - 8, 700)))
        broken[start : start + 4] = rng.bytes(4)
        path.write_bytes(bytes(broken))
        try:
            io.read(path)
        except Target87Error as error:
            told.append(str(error))
    assert [one for one in told if str(path) not in one and "column" not in one] == []


def test_arguments_that_mean_nothing_for_a_format(tmp_path):
    WRITERS["x.sav"](tmp_path / "x.sav")
    WRITERS["x.parquet"](tmp_path / "x.parquet")
    with pytest.raises(InputError, match="decimal means nothing for SPSS files"):
        io.read(tmp_path / "x.sav", decimal=",")
    with pytest.raises(InputError, match="encoding means nothing for Parquet files"):
        io.read(tmp_path / "x.parquet", encoding="cp1252")
    with pytest.raises(InputError, match="named twice: x"):
        io.read(tmp_path / "x.sav", columns=["x", "x"])
    with pytest.raises(InputError, match="no column is named"):
        io.read(tmp_path / "x.sav", columns=[])
    with pytest.raises(InputError, match="the path of a file is needed"):
        io.read(None)
