"""A file before it is read: that it is there, may be read, is not empty, and is what its name says."""

from __future__ import annotations

import difflib
import hashlib
import os
from pathlib import Path

from target87.errors import DataError, InputError

FORMATS = {
    ".sav": "SPSS",
    ".zsav": "SPSS",
    ".por": "SPSS portable",
    ".dta": "Stata",
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".feather": "Arrow",
    ".arrow": "Arrow",
}
"""Extensions that are read, and what stands in such files."""
_ELSEWHERE = {
    ".xlsx": "save the sheet as CSV, or read it by pandas.read_excel and Microdata.from_dataframe",
    ".xls": "save the sheet as CSV, or read it by pandas.read_excel and Microdata.from_dataframe",
    ".sas7bdat": "export it from SAS to SPSS, Stata or CSV",
    ".rds": "write it from R: haven::write_sav() or arrow::write_parquet()",
    ".rdata": "write it from R: haven::write_sav() or arrow::write_parquet()",
    ".zip": "unpack it and read the file inside",
    ".gz": "unpack it and read the file inside",
}
_STARTS = (
    (b"$FL2", "SPSS"),
    (b"$FL3", "SPSS"),
    (b"<stata_dta>", "Stata"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
    (b"FEA1", "an older Feather file"),
    (b"PK\x03\x04", "a zip archive or Excel workbook"),
    (b"\x1f\x8b", "a file packed by gzip"),
    (b"\x89HDF", "a NetCDF or HDF file"),
    (b"\xd0\xcf\x11\xe0", "an older Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)
_OLD_STATA = frozenset((104, 105, 108, 110, 111, 113, 114, 115))
"""First byte of Stata files before version 13."""
_PIECE = 1 << 22


def checked_path(path: str | os.PathLike[str], *, argument: str = "path") -> Path:
    """The path of a file that can be opened and holds something.

    Raises
    ------
    InputError
        If there is no such file (the nearest names are offered), it is a folder, or may not be read.
    DataError
        If it is empty.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError("the path of a file is needed", where=argument, got=type(path).__name__)
    found = Path(path)
    if not found.exists():
        raise _absent(found, argument)
    if found.is_dir():
        inside = sorted(one.name for one in found.iterdir() if one.suffix.lower() in FORMATS)
        raise InputError(
            "this is a folder, not a file",
            where=argument,
            got=str(found),
            examples=inside,
            remedies=("name one of the files in it",) if inside else ("it holds no file that can be read",),
        )
    try:
        with found.open("rb"):
            pass
    except OSError as error:
        raise InputError(
            f"the file may not be read: {error.strerror}",
            where=argument,
            got=str(found),
            remedies=("ask its owner for the right to read it, or copy it to a place of your own",),
        ) from error
    if found.stat().st_size == 0:
        raise DataError("the file is empty: 0 bytes", where=str(found), remedies=("fetch or export it again",))
    return found


def format_of(path: Path) -> str:
    """What a file holds, by its extension, checked against how it begins.

    Raises
    ------
    InputError
        If the extension is not one that is read.
    DataError
        If the content is of another kind than the extension says.
    """
    named = FORMATS.get(path.suffix.lower())
    if named is None:
        known = ", ".join(FORMATS)
        raise InputError(
            f"files of the extension {path.suffix!r} are not read" if path.suffix else "the file has no extension",
            where=str(path),
            expected=known,
            remedies=[_ELSEWHERE[path.suffix.lower()]] if path.suffix.lower() in _ELSEWHERE else [],
        )
    found = _content(path)
    if found is None and named in ("SPSS", "Stata", "Parquet", "Arrow"):
        found = "something else, perhaps text or a damaged file"
    if found is not None and found != named:
        fitting = next((extension for extension, one in FORMATS.items() if one == found), None)
        raise DataError(
            "the file is not what its extension says",
            where=str(path),
            expected=f"{named} ({path.suffix})",
            got=found,
            remedies=(f"if it is {found}: rename it to {path.stem}{fitting}",) if fitting else ("fetch it again",),
        )
    return named


def sha256(path: Path) -> str:
    """The SHA-256 of a file, by which an archived result knows its input."""
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _absent(path: Path, argument: str) -> InputError:
    folder = path.parent
    if not folder.is_dir():
        missing = next(one for one in reversed([path, *path.parents]) if not one.exists())
        return InputError("there is no such folder", where=argument, got=str(missing))
    names = {one.name.casefold(): one.name for one in folder.iterdir()}
    near = difflib.get_close_matches(path.name.casefold(), list(names), n=3, cutoff=0.5)
    remedies = [f"did you mean {', '.join(repr(names[one]) for one in near)}?"] if near else []
    if not path.is_absolute():
        remedies.append(f"the path is taken from {Path.cwd()}")
    return InputError("there is no such file", where=argument, got=str(path), remedies=remedies)


def _content(path: Path) -> str | None:
    with path.open("rb") as opened:
        start = opened.read(64)
    if b"ENCRYPTEDSAV" in start:
        return "an SPSS file locked by a password"
    for magic, name in _STARTS:
        if start.startswith(magic) or start.lower().startswith(magic):
            return name
    # releases before 13 begin with the release, the order of bytes and 1
    if len(start) >= 3 and start[0] in _OLD_STATA and start[1] in (1, 2) and start[2] == 1:
        return "Stata"
    return None
