"""What the writers of SPSS and Stata files need of a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import OutputError
from target87.io.column import TAGS, Code, Column, show

if TYPE_CHECKING:
    import pandas as pd

_EXACT = 2**53
_ELSEWHERE = ("write to .parquet or .csv, which keep everything", "or leave the column out: m.select([...])")


@dataclass(frozen=True)
class Written:
    """A column ready for pyreadstat.

    Parameters
    ----------
    values : pandas.Series
        Numbers or texts, with letters among the numbers where tags stand.
    value_labels : dict
        From code, or letter of a tag, to text.
    format : str
        In the words of the program.
    missing : list
        SPSS: single codes, or ranges as ``{"lo": , "hi": }``.
    tags : list of str
        Stata: letters in use.
    """

    values: pd.Series[Any]
    value_labels: dict[Code, str] = field(default_factory=dict)
    format: str = ""
    missing: list[Any] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def no_place(what: str, name: str, **facts: Any) -> OutputError:
    """The error for what a format cannot hold."""
    return OutputError(what, where=f"column {name!r}", **{"remedies": _ELSEWHERE, **facts})


def as_floats(name: str, column: Column) -> NDArray[np.float64]:
    """Numbers and truth values as floats; whole numbers that a float does not hold are an error."""
    values = column.values
    if values.dtype.kind in "iu" and len(values) and max(abs(int(values.min())), abs(int(values.max()))) > _EXACT:
        raise no_place("whole numbers have more digits than the format holds", name, got=show(int(values.abs().max())))
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))


def own_labels(column: Column) -> dict[Code, str]:
    """Labels of codes that are no tags; those of texts that only repeat them are the order of a category."""
    labels = {code: column.value_labels[code] for code in column.numbers_labelled()}
    if column.kind == "text" and all(code == said for code, said in labels.items()):
        return {}
    return labels


def tag_labels(column: Column) -> dict[str, str]:
    """Labels of tags, by their letter."""
    return {code[1]: said for code, said in column.value_labels.items() if column.kind != "text" and code in TAGS}
