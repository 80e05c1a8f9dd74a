"""Estimates from a file of microdata in a folder: workbook, tables, NetCDF, page, settings, manifest."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import OutputError
from target87.results.files import whole_folder, write_text
from target87.studies.estimate_file import FileEstimates, about

if TYPE_CHECKING:
    from target87.report.estimates_table import Table
    from target87.results.estimates import Estimates
    from target87.studies.file_settings import FileSettings

__all__ = ["write_file_estimates"]

PACKAGES = ("target87", "numpy", "scipy", "pandas", "xarray", "numba", "narwhals", "pyreadstat", "pyarrow")
"""Packages whose versions may move a figure."""


def write_file_estimates(made: FileEstimates, folder: str | os.PathLike[str]) -> Path:
    """Write everything about estimates from a file to a folder, whole or not at all.

    ``estimates.xlsx`` (tables with notes and sources), ``rates.csv`` and, where weights add up to a population,
    ``numbers.csv``; ``rates.nc`` and ``numbers.nc`` (with every covariance that was computed), ``summary.html``
    (one page, with a figure), ``settings.toml`` (the run again: ``--settings``) and ``manifest.json`` (versions, the
    SHA-256 of the file read and of every file written, the definition, every step of the design).

    Parameters
    ----------
    made : FileEstimates
        From :func:`target87.studies.estimate_file.estimate_file`.
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

    tables = report_tables(made)
    settings = replace(made.settings.beside(Path(folder).absolute()), sha256=str(made.source["sha256"]))
    rates, numbers = published(made.rates, made), made.numbers and published(made.numbers, made)
    page = render_page(
        title=title(made),
        sentences=sentences(made),
        tables=tables,
        shown=rates.select(variable=made.main),
        notes=made.notes,
        history=[str(step) for step in made.design.history],
    )
    kept = {"rates": rates} | ({} if numbers is None else {"numbers": numbers})
    try:
        with whole_folder(folder) as temporary:
            workbook(tables, temporary / "estimates.xlsx", notes=made.notes)
            for name, estimates in kept.items():
                estimates.to_netcdf(temporary / f"{name}.nc")
                write_text(temporary / f"{name}.csv", estimates.to_dataframe().to_csv(index=False))
            write_text(temporary / "summary.html", page)
            write_text(temporary / "settings.toml", settings.to_toml())
            write_text(temporary / "manifest.json", _json(manifest(made, settings, sorted(temporary.iterdir()))))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"the estimates cannot be written: {error.strerror or error}", where=str(folder)) from error
    return Path(folder).absolute()


def title(made: FileEstimates) -> str:
    """What the estimates are of."""
    survey = made.settings.survey or made.source["file"]
    rows = about(made.settings)
    return f"{made.flags.definition.title}: {survey}{f', {rows}' if rows else ''}"


def report_tables(made: FileEstimates) -> list[Table]:
    """The tables people read: all flags, the main flag by each breakdown, numbers of children."""
    from target87.report.estimates_table import table

    def one(estimates: Estimates, columns: tuple[str, ...], what: str, unit: str | None = None) -> Table:
        by = f", by {' and '.join(columns)}" if columns else ", all children"
        below = made.settings.suppress_below
        notes = made.notes if estimates is made.numbers else ()
        shared: dict[str, Any] = {"notes": notes, "suppress_below": below, "beside": _all_of(made)}
        return table(_divided(estimates, columns), title=what + by, unit=unit, **shared)

    shown = [name for name in made.rates.data["variable"].values.tolist() if name.startswith(_stem(made.main))]
    mains = made.rates.select(variable=list(dict.fromkeys(shown)))
    tables = [one(made.rates, (), title(made)), *(one(mains, columns, title(made)) for columns in _groups(mains))]
    if made.numbers is not None:
        tables += [one(made.numbers, columns, title(made), "children") for columns in [(), *_groups(made.numbers)]]
    return tables


def published(estimates: Estimates, made: FileEstimates) -> Estimates:
    """The estimates without what is suppressed: no file or drawing shows what the tables leave out."""
    below = made.settings.suppress_below
    if below is None:
        return estimates
    from target87.report.estimates_table_hidden import hidden_cells
    from target87.results.estimates import Estimates
    from target87.results.estimates_data import VALUES

    data = estimates.data.copy(deep=True)
    hidden = hidden_cells(data, [one.data for one in _all_of(made)], below, secondary=True)
    for name in VALUES:
        data[name].values[hidden] = np.nan
    data["quality"] = ("cell", np.where(hidden, "missing", data["quality"].values))
    data["reason"] = ("cell", np.where(hidden, "suppressed", data["reason"].values))
    if "covariance" in data:
        data["covariance"].values[hidden] = np.nan
        data["covariance"].values[:, hidden] = np.nan
    return Estimates(data)


def _all_of(made: FileEstimates) -> list[Estimates]:
    """All that is published together: no table may show what protects a cell of another."""
    return [made.rates] if made.numbers is None else [made.rates, made.numbers]


def sentences(made: FileEstimates) -> tuple[str, ...]:
    """The main figures in words, each with its interval."""
    first = _undivided(published(made.rates, made)).to_dataframe()
    level, rows = f"{100 * made.settings.level:g} %", about(made.settings)
    unweighted = ", unweighted" if made.settings.weights is None and not made.settings.weighting else ""
    who = f"children ({rows}{unweighted})" if rows else f"children{unweighted}"
    decided = " whose answers decide" if made.settings.missing in ("omit", "error") else ""
    found = []
    for _, row in first[first["variable"].str.startswith(_stem(made.main))].iterrows():
        end = {"_lower": "at least (missing answers read as no) ", "_upper": "at most (missing answers read as yes) "}
        if row["estimate"] != row["estimate"]:
            found.append(f"{made.flags.definition.title}: suppressed, for fewer children than may be published.")
            continue
        bound = next((words for mark, words in end.items() if row["variable"].endswith(mark)), "")
        found.append(
            f"{made.flags.definition.title}: {bound}{100 * row['estimate']:.1f} % of {who} "
            f"({level} interval {100 * row['ci_lower']:.1f} to {100 * row['ci_upper']:.1f} %), "
            f"from {int(row['n']):,} children{decided}."
        )
    return tuple(found)


def manifest(made: FileEstimates, settings: FileSettings, files: Iterable[Path]) -> dict[str, Any]:
    """What a reader needs to repeat the run and to know that they have."""
    return {
        "schema_version": 1,
        "source": dict(made.source),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "settings": settings.to_toml(),
        "definition": made.flags.definition_text,
        "notes": list(made.notes),
        "steps": [
            {"step": step.name, "text": step.text, "details": _plain(dict(step.details))}
            for step in made.design.history
        ],
        "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    }


def _stem(flag: str) -> str:
    return flag.removesuffix("_lower").removesuffix("_upper")


def _domains(estimates: Estimates) -> list[str]:
    return list(estimates.data.attrs["domain_columns"])


def _divided(estimates: Estimates, columns: tuple[str, ...]) -> Estimates:
    """Cells divided by these columns and their margins, and the whole."""
    from target87.results.estimates_data import ALL

    keep = [
        all(estimates.data[name].values[cell] == ALL for name in _domains(estimates) if name not in columns)
        for cell in range(len(estimates))
    ]
    return estimates[keep]


def _undivided(estimates: Estimates) -> Estimates:
    return _divided(estimates, ())


def _groups(estimates: Estimates) -> list[tuple[str, ...]]:
    """Sets of columns that divide cells: of crossed ones the largest alone, as it holds its margins."""
    from target87.results.estimates_data import ALL

    names = _domains(estimates)
    labels = list(zip(*(estimates.data[name].values.tolist() for name in names), strict=True)) if names else []
    found = {tuple(name for name, label in zip(names, cell, strict=True) if label != ALL) for cell in labels} - {()}
    return sorted(
        (one for one in found if not any(set(one) < set(other) for other in found)), key=lambda one: names.index(one[0])
    )


def _plain(value: Any) -> Any:
    """Details of a step as JSON holds them: anything else in its own words."""
    return json.loads(json.dumps(value, default=str))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
