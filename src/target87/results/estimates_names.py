"""What the cells of ``Estimates`` are called: their labels, a short name each, and which cell a name means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

PLACES = ("variable", "category", "quantile")
BETWEEN = ":"
"""Between the labels of a name."""
_PROVENANCE = ("definition", "source")
"""Columns that seldom tell cells apart; they stay in a name only where they do."""


def label_columns(data: xr.Dataset) -> list[str]:
    """Columns that name a cell: domains, variable, then what divides it; the survey where all else is not enough."""
    present = [name for name in PLACES if name in data.coords]
    columns = [*data.attrs["domain_columns"], *present]
    if repeated(data, columns).any():
        columns.append("survey")
    return columns


def label_frame(data: xr.Dataset) -> pd.DataFrame:
    """Labels of the cells, a column each."""
    import pandas as pd

    return pd.DataFrame({name: data[name].values for name in label_columns(data)})


def label_index(data: xr.Dataset) -> pd.Index[Any]:
    """Labels of the cells as an index with names."""
    import pandas as pd

    frame = label_frame(data)
    return pd.MultiIndex.from_frame(frame) if frame.shape[1] > 1 else pd.Index(frame.iloc[:, 0])


def naming_columns(data: xr.Dataset) -> list[str]:
    """Columns whose labels make the short names: those that differ between cells; of a single cell its domains too."""
    columns = label_columns(data)
    idle = columns if data.sizes["cell"] > 1 else ("variable", *_PROVENANCE)
    kept = [name for name in columns if name not in idle or np.unique(data[name].values).size > 1]
    for name in _PROVENANCE:
        rest = [other for other in kept if other != name]
        if name in kept and rest and not repeated(data, rest).any():
            kept = rest
    return kept or ["variable"]


def short_names(data: xr.Dataset) -> list[str]:
    """A readable name a cell: the labels that tell it apart, joined by a colon."""
    return _joined(data, naming_columns(data))


def full_names(data: xr.Dataset) -> list[str]:
    """All labels of each cell, joined by a colon; a variable is left out where it is the only one."""
    columns = label_columns(data)
    if len(columns) > 1 and np.unique(data["variable"].values).size <= 1:
        columns.remove("variable")
    return _joined(data, columns)


def repeated(data: xr.Dataset, columns: Iterable[str]) -> NDArray[np.bool_]:
    """Which cells have the labels of an earlier one."""
    again = np.zeros(data.sizes["cell"], dtype=bool)
    values = []
    for name in columns:
        values.append([None if one != one else one for one in data[name].values.tolist()])
        if len(set(values[-1])) == again.size:  # labels that all differ tell the cells apart by themselves
            return again
    cells = list(zip(*values, strict=True))
    if len(set(cells)) == len(cells):
        return again
    seen: set[tuple[Any, ...]] = set()
    for place, labels in enumerate(cells):
        again[place] = labels in seen
        seen.add(labels)
    return again


def same_label(one: object, other: object) -> bool:
    """Whether two labels are the same, as values or as text: joining estimates may turn numbers into text."""
    return bool(one == other) or str(one) == str(other)


class CellFinder:
    """Finds the one cell that a key means.

    Parameters
    ----------
    data : xarray.Dataset
        Data set of ``Estimates``.
    """

    def __init__(self, data: xr.Dataset) -> None:
        self._data = data
        self.size = int(data.sizes["cell"])

    def place(self, key: object) -> int:
        """Position of the cell that ``key`` means.

        Parameters
        ----------
        key : str, tuple or int
            A short name; labels, as a tuple or joined by colons, in the order of the columns, as many as tell the cell
            apart; or a number from zero.

        Raises
        ------
        UnknownNameError
            If no cell has the labels.
        InputError
            If several have, or the number is none of a cell.
        """
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            if not -self.size <= key < self.size:
                raise InputError("there is no cell of this number", got=str(key), expected=f"0 to {self.size - 1}")
            return int(key) % self.size
        if isinstance(key, (str, tuple)) and key in self._exact:
            return self._exact[key]
        if isinstance(key, str):
            found = [place for place, labels in enumerate(self._texts) if _spelled(key, labels)]
        else:
            wanted = key if isinstance(key, tuple) else (key,)
            found = [place for place, labels in enumerate(self._labels) if _in_order(wanted, labels)]
        if len(found) != 1:
            self._refuse(key, found)
        return found[0]

    def _refuse(self, key: object, found: Sequence[int]) -> None:
        if not found:
            remedy = "a cell may also be named by the tuple of its labels, or by its number from 0"
            raise UnknownNameError.of(key, self._names, kind="cell of these estimates", remedy=remedy)
        raise InputError(
            "several cells have these labels",
            got=repr(key),
            count=len(found),
            examples=[self._names[place] for place in found],
            remedies=(f"say more of the labels ({', '.join(label_columns(self._data))})",),
        )

    @cached_property
    def _names(self) -> list[str]:
        return short_names(self._data)

    @cached_property
    def _labels(self) -> list[tuple[Any, ...]]:
        columns = (self._data[name].values.tolist() for name in label_columns(self._data))
        return list(zip(*columns, strict=True))

    @cached_property
    def _texts(self) -> list[tuple[str, ...]]:
        return [tuple(map(str, labels)) for labels in self._labels]

    @cached_property
    def _exact(self) -> dict[Any, int]:
        """Position of each cell by its short name and by all its labels; names of several cells are left out."""
        places: dict[Any, int] = {}
        for place, name in enumerate(self._names):
            places[name] = -1 if name in places else place
        places = {name: place for name, place in places.items() if place >= 0}
        return places | {labels: place for place, labels in enumerate(self._labels)}


def _joined(data: xr.Dataset, columns: Sequence[str]) -> list[str]:
    """Labels of the columns joined; a category or quantile that a cell does not have is passed over."""
    made = []
    for labels in zip(*(data[name].values for name in columns), strict=True):
        there = [
            str(label)
            for name, label in zip(columns, labels, strict=True)
            if name not in PLACES or (label == label and str(label))
        ]
        made.append(BETWEEN.join(there))
    return made


def _in_order(wanted: Sequence[object], labels: Sequence[object]) -> bool:
    """Whether all wanted are among the labels, in their order."""
    rest = iter(labels)
    return all(any(same_label(one, label) for label in rest) for one in wanted)


def _spelled(text: str, labels: Sequence[str]) -> bool:
    """Whether the text is some of the labels in their order, joined."""
    for place, label in enumerate(labels):
        if text == label:
            return True
        if text.startswith(label + BETWEEN) and _spelled(text[len(label) + len(BETWEEN) :], labels[place + 1 :]):
            return True
    return False
