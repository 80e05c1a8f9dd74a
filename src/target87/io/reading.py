"""``read``: a microdata file of any format, with its labels and missing codes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from target87.errors import InputError, UnknownNameError
from target87.io.collisions import settled
from target87.io.column import Code, Column
from target87.io.microdata import Microdata
from target87.io.opening import checked_path, format_of, sha256

__all__ = ["read"]


def read(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    missing: Mapping[str, Iterable[Code]] | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    text: Sequence[str] = (),
    codebook: str | os.PathLike[str] | None = None,
) -> Microdata:
    """Read a survey file with its labels and missing codes.

    Memory holds the columns read and a piece of the file beside them: a file of many columns is read in part by
    ``columns``. Trailing blanks of text go, and dates become dates by their format.

    Parameters
    ----------
    path : path
        A file of SPSS (.sav, .zsav, .por), Stata (.dta), CSV (.csv, .tsv, .txt), Parquet (.parquet) or Arrow (.feather,
        .arrow).
    columns : sequence of str, optional
        Columns to read, in the order wanted; all if not given.
    encoding : str, optional
        Of text in the file. SPSS and Stata files say it themselves, not always rightly; CSV is UTF-8 if not given.
    missing : mapping, optional
        From column to its missing codes, instead of what the file says: as :meth:`Microdata.with_missing`.
    delimiter : str, optional
        Of CSV; comma, semicolon, tab or bar if not given, whichever stands most often in the first line.
    decimal : {".", ","}
        Decimal mark in CSV.
    text : sequence of str
        Columns of CSV that are text although they look like numbers: identifiers such as ``"007"``.
    codebook : path, optional
        Of CSV: labels and missing codes, as :func:`target87.io.write` writes them beside it.

    Returns
    -------
    Microdata
        ``notes`` tell of labels and codes that contradict one another and of what was decided.

    Raises
    ------
    InputError
        If there is no such file (the nearest names are offered), it is a folder, may not be read, or is of a format
        that is not read; if an argument does not go with the format.
    DataError
        If it is empty, cut short, damaged, not what its extension says, or not in its encoding.
    UnknownNameError
        If a column is not in the file; the nearest names are offered.

    Notes
    -----
    SPSS's missing values, single or in ranges, stay in ``codes(name)`` and are missing in ``m[name]``. Stata's ``.`` is
    missing; ``.a`` to ``.z`` are the texts ``".a"`` to ``".z"`` in ``codes(name)``. A code whose label says nothing but
    that the answer is missing ("don't know", "no response") is taken as missing even where the file does not declare
    it, and noted: no such code enters a sum.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import target87.io
    >>> children = target87.io.Microdata.from_dataframe(
    ...     pd.DataFrame({"sex": [1, 2], "hours": [12, 98]}), value_labels={"sex": {1: "boy", 2: "girl"}}
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     children.write(f"{folder}/children.sav")
    ...     again = target87.io.read(f"{folder}/children.sav", missing={"hours": (97, 98, 99)})
    >>> again
    <Microdata of children.sav: 2 rows, 2 columns (sex, hours); 1 note>
    >>> float(again["hours"].mean())
    12.0
    """
    found = checked_path(path)
    file_format = format_of(found)
    wanted = _names(columns, "columns")
    given = {"delimiter": delimiter, "codebook": codebook, "text": text or None, "decimal": decimal}
    _refuse_unfit(file_format, {**given, "decimal": None if decimal == "." else decimal, "encoding": encoding})
    built, notes, final = _columns(found, file_format, wanted, encoding, given)
    if not final:
        built, more = settled(built)
        notes += more
    source = {"file": found.name, "sha256": sha256(found), "format": file_format}
    data = Microdata(built, source, tuple(notes))
    for name in missing or {}:
        if name not in built:
            raise UnknownNameError.of(name, built, kind="column")
    return data.with_missing(missing) if missing else data


def _columns(
    path: Path, file_format: str, columns: Sequence[str] | None, encoding: str | None, given: Mapping[str, Any]
) -> tuple[dict[str, Column], list[str], bool]:
    """Columns, notes, and whether labels and missing codes are as we settled them before."""
    if file_format in ("Parquet", "Arrow"):
        from target87.io.arrow_files import read_arrow

        return read_arrow(path, file_format, columns)
    if file_format != "CSV":
        from target87.io.statistical_files import read_statistical

        return (*read_statistical(path, file_format, columns, encoding), False)
    from target87.io.codebook_file import applied, read_codebook
    from target87.io.csv_files import read_csv

    told = {} if given["codebook"] is None else read_codebook(checked_path(given["codebook"], argument="codebook"))
    text = [*_names(given["text"], "text", none=()), *(name for name, one in told.items() if one.kind == "text")]
    built, notes = read_csv(
        path,
        columns,
        encoding=encoding,
        delimiter=given["delimiter"],
        decimal=given["decimal"],
        text=list(dict.fromkeys(text)),
    )
    return applied(told, built, str(path)), notes, bool(told)


def _names(given: Any, argument: str, none: Any = None) -> Any:
    if given is None:
        return none
    names = (given,) if isinstance(given, str) else tuple(given)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names:
        what = f"columns are named twice: {', '.join(repeated)}" if repeated else "no column is named"
        raise InputError(what, where=argument, remedies=() if repeated else ("leave it out for all columns",))
    return names


def _refuse_unfit(file_format: str, given: Mapping[str, Any]) -> None:
    """Raise if an argument has no meaning in a format: it would be ignored in silence."""
    fitting = {"CSV": set(given), "SPSS": {"encoding"}, "Stata": {"encoding"}, "SPSS portable": {"encoding"}}
    unfit = [name for name, value in given.items() if value is not None and name not in fitting.get(file_format, set())]
    if unfit:
        raise InputError(f"{', '.join(unfit)} means nothing for {file_format} files", where=", ".join(unfit))
