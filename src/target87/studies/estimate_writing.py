"""Estimates from a file of microdata in a folder: workbook, tables, NetCDF, page, settings, manifest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.results.files import whole_folder, write_text
from target87.studies.estimate_file import FileEstimates
from target87.studies.publication import Publication
from target87.studies.versions import versions

if TYPE_CHECKING:
    from target87.studies.file_settings import FileSettings

__all__ = ["write_file_estimates"]

PACKAGES = ("target87", "numpy", "scipy", "pandas", "xarray", "numba", "narwhals", "pyreadstat", "pyarrow")
"""Packages whose versions may move a figure."""


def write_file_estimates(publication: Publication, folder: str | os.PathLike[str]) -> Path:
    """Write everything about estimates from a file to a folder, whole or not at all.

    ``estimates.xlsx`` (tables with notes and sources), ``rates.csv`` and, where weights add up to a population,
    ``numbers.csv``; ``rates.nc`` and ``numbers.nc`` (with every covariance that was computed), ``summary.html``
    (one page, with a figure), ``settings.toml`` (the run again: ``--settings``) and ``manifest.json`` (versions, the
    SHA-256 of the file read and of every file written, the definition, every step of the design).

    Parameters
    ----------
    publication : Publication
        From :func:`target87.studies.publication.publish`.
    folder : path
        A folder that does not exist yet, or is empty.

    Returns
    -------
    pathlib.Path
        The folder, absolute.

    Raises
    ------
    OutputError
        If the folder is a file, holds anything already, or cannot be written; nothing is left behind.
    """
    from target87.report.estimates_page import render_page
    from target87.report.workbooks import workbook

    made, tables = publication.made, publication.tables
    settings = replace(made.settings.beside(Path(folder).absolute()), sha256=str(made.source["sha256"]))
    page = render_page(
        title=publication.title,
        sentences=publication.sentences,
        tables=tables,
        shown=publication.rates.select(variable=made.main),
        notes=made.notes,
        history=[str(step) for step in made.design.history],
    )
    kept = {"rates": publication.rates}
    if publication.numbers is not None:
        kept["numbers"] = publication.numbers
    with whole_folder(folder) as temporary:
        workbook(tables, temporary / "estimates.xlsx", notes=made.notes)
        for name, estimates in kept.items():
            estimates.to_netcdf(temporary / f"{name}.nc")
            write_text(temporary / f"{name}.csv", estimates.to_dataframe().to_csv(index=False))
        write_text(temporary / "summary.html", page)
        write_text(temporary / "settings.toml", settings.to_toml())
        write_text(temporary / "manifest.json", _json(manifest(made, settings, sorted(temporary.iterdir()))))
    return Path(folder).absolute()


def manifest(made: FileEstimates, settings: FileSettings, files: Iterable[Path]) -> dict[str, Any]:
    """What a reader needs to repeat the run and to know that they have."""
    return {
        "schema_version": 1,
        "source": dict(made.source),
        "versions": versions(*PACKAGES),
        "settings": settings.to_toml(),
        "definition": made.flags.definition_text,
        "notes": list(made.notes),
        "steps": [
            {"step": step.name, "text": step.text, "details": _plain(dict(step.details))}
            for step in made.design.history
        ],
        "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    }


def _plain(value: Any) -> Any:
    """Details of a step as JSON holds them: anything else in its own words."""
    return json.loads(json.dumps(value, default=str))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
