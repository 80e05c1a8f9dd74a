"""A run in a folder: the answers as JSON and tables, the draws, the report; all of it or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from target87.results.files import whole_folder, write_netcdf, write_text
from target87.studies.draws_file import draws_tree
from target87.studies.tables import tables, to_csv

if TYPE_CHECKING:
    from target87.results.assessment_set import AssessmentSet

__all__ = ["write_run"]


def write_run(answers: AssessmentSet, folder: str | os.PathLike[str]) -> Path:
    """Write everything about a set of answers to a folder, whole or not at all.

    ``answer.json`` (described by ``answer.schema.json``), ``draws.nc`` (every draw), one CSV file a table, and
    ``report.html`` (self-contained). The same answers give the same bytes in JSON and CSV.

    Parameters
    ----------
    answers : AssessmentSet
        From :func:`target87.studies.assess.assess_all`, or one answer in a set of its own.
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

    Examples
    --------
    >>> import tempfile
    >>> from target87.results.assessment_set import AssessmentSet
    >>> from target87.studies.assess import assess
    >>> answers = AssessmentSet((assess("forced_labour"),))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     written = write_run(answers, f"{place}/out")
    ...     sorted(file.name for file in written.iterdir())[:3]
    ['acceleration.csv', 'answer.json', 'declined.csv']
    """
    from target87.report.html import render_html

    # all texts are made before anything is opened, so that little time is left in which writing can be interrupted
    texts = {"answer.json": answers.to_json(), "report.html": render_html(answers)}
    texts |= {f"{name}.csv": to_csv(table) for name, table in tables(answers).items()}
    draws = draws_tree(answers)
    with whole_folder(folder) as temporary:
        write_netcdf(temporary / "draws.nc", draws)
        for name, text in texts.items():
            write_text(temporary / name, text)
    return Path(folder).absolute()
