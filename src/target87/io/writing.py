"""``write``: microdata and estimates to files, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from target87.errors import InputError, OutputError
from target87.io.microdata import Microdata
from target87.io.opening import FORMATS
from target87.results.files import write_text, write_whole

if TYPE_CHECKING:
    from target87.results.estimates import Estimates

__all__ = ["write"]

_MICRODATA = (".sav", ".zsav", ".dta", ".csv", ".parquet", ".feather", ".arrow")
_ESTIMATES = (".nc", ".csv", ".parquet", ".xlsx")


def write(thing: Microdata | Estimates, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write microdata or estimates to a file, whole or not at all.

    Parameters
    ----------
    thing : Microdata or Estimates
        What to write.
    path : path
        Its extension says the format. Microdata: .sav, .zsav, .dta, .csv (with a codebook beside), .parquet, .feather,
        .arrow. Estimates: .nc (all of them, with covariances), .csv, .parquet, .xlsx (a table for readers).
    overwrite : bool
        Whether a file of this name may be replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the thing is neither, or the extension none of its own.
    OutputError
        If a file stands there already, the folder cannot be written, or the format has no place for something in the
        data: more missing codes than SPSS takes, labels of texts in Stata, names it does not allow.

    Notes
    -----
    Parquet and Arrow files, and CSV with its codebook, keep everything. SPSS keeps labels, missing codes, formats and
    measures; Stata's ``.a`` to ``.z`` become numbers declared missing. Stata has no declared missing numbers: codes
    such as 97 to 99 become ``.a``, ``.b``, ``.c`` in their order, with their labels. What is missing stays so in all.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import target87.io
    >>> children = target87.io.Microdata.from_dataframe(
    ...     pd.DataFrame({"hours": [12, 98]}), labels={"hours": "Hours last week"}, missing={"hours": (98,)}
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = target87.io.write(children, f"{folder}/children.parquet")
    ...     again = target87.io.read(written)
    >>> again.label("hours"), again.missing_codes("hours"), again["hours"].tolist()
    ('Hours last week', (98,), [12.0, nan])
    """
    from target87.results.estimates import Estimates

    if not isinstance(path, str | os.PathLike):
        raise InputError("the path of a file is needed", where="path", got=type(path).__name__)
    target = Path(path)
    extension = target.suffix.lower()
    if isinstance(thing, Microdata):
        _check(target, extension, _MICRODATA, "microdata", overwrite)
        return _write_microdata(thing, target, extension, overwrite)
    if isinstance(thing, Estimates):
        _check(target, extension, _ESTIMATES, "estimates", overwrite)
        return _write_estimates(thing, target, extension)
    raise InputError(
        "microdata or estimates are written",
        where="thing",
        got=type(thing).__name__,
        remedies=("a data frame: Microdata.from_dataframe(frame)",) if hasattr(thing, "to_parquet") else (),
    )


def _check(target: Path, extension: str, known: tuple[str, ...], what: str, overwrite: bool) -> None:
    if extension not in known:
        raise InputError(
            f"{what} are not written to files of the extension {extension!r}",
            where=str(target),
            expected=", ".join(known),
        )
    _refuse_standing(target, overwrite)


def _refuse_standing(target: Path, overwrite: bool) -> None:
    if target.exists() and not target.is_dir() and not overwrite:
        raise OutputError(
            "a file of this name stands there already; nothing is overwritten",
            where=str(target),
            remedies=("choose another name", "or say overwrite=True"),
        )


def _write_microdata(data: Microdata, target: Path, extension: str, overwrite: bool) -> Path:
    if not data.n:
        raise OutputError("there are no rows to write", where=str(target))
    if extension == ".csv":
        from target87.io.codebook_file import beside, codebook_text
        from target87.io.csv_files import write_csv

        _refuse_standing(beside(target), overwrite)
        # the codebook first: should the rows fail, no codes stand without a word on which of them are missing
        write_text(beside(target), codebook_text(data.held))
        return write_whole(target, lambda temporary: write_csv(temporary, data.held))
    if extension in (".sav", ".zsav", ".dta"):
        from target87.io.statistical_writing import writer

        return write_whole(target, writer(data.held, extension))
    from target87.io.arrow_files import write_arrow

    file_format = FORMATS[extension]
    return write_whole(
        target, lambda temporary: write_arrow(temporary, data.held, data.source, data.notes, file_format)
    )


def _write_estimates(estimates: Estimates, target: Path, extension: str) -> Path:
    if extension == ".nc":
        estimates.to_netcdf(target)
    elif extension == ".csv":
        estimates.to_csv(target)
    elif extension == ".parquet":
        write_whole(target, lambda temporary: _estimates_to_parquet(estimates, temporary))
    else:
        _workbook(estimates, target)
    return target


def _estimates_to_parquet(estimates: Estimates, path: Path) -> None:
    """The table of estimates; their attributes stand as JSON in the metadata of the file."""
    import pyarrow as pa
    import pyarrow.parquet

    frame = estimates.to_dataframe()
    attributes = {str(name): value for name, value in frame.attrs.items()}
    frame.attrs.clear()  # pandas would write them a second time, in its own words
    table = pa.Table.from_pandas(frame, preserve_index=False)
    kept = {**(table.schema.metadata or {}), b"target87": json.dumps(attributes).encode()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(kept), path)


def _workbook(estimates: Estimates, target: Path) -> None:
    from target87.report.estimates_table import table

    table(estimates).to_excel(target, overwrite=True)  # that it may be was checked at the door
