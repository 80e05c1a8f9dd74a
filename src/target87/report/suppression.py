"""Cells that may not be published, and further ones without which they could be worked out from the margins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

type BoolArray = NDArray[np.bool_]

_ROUNDING = 1e-9


def suppressed(
    labels: Sequence[Sequence[str]], n: NDArray[np.float64], below: float, *, margin: str, secondary: bool = True
) -> tuple[BoolArray, BoolArray]:
    """Cells to suppress: those of fewer than ``below`` persons, and those that would give them away.

    A table of numbers with margins is a system of equations: a margin is the sum of the cells it stands for. A
    suppressed cell is safe if the published cells and margins leave it undetermined. Further cells are suppressed,
    those of fewest persons beside a cell that is given away first, until every cell of few persons is safe; then those
    that are not needed are shown again, the largest first. There may be a choice of fewer cells. This
    protects numbers (of persons in the sample or in the population) that add up over the table; it does not bound how
    well a cell can be guessed, nor does it know of other tables.

    Parameters
    ----------
    labels : sequence of sequence of str
        Labels of each cell, one for each column that divides the table.
    n : ndarray
        Persons in each cell; a cell without any tells nothing of anybody and is not suppressed.
    below : float
        Fewest persons a cell may have.
    margin : str
        The label of a cell that a column does not divide.
    secondary : bool
        Whether to protect cells by suppressing others.

    Returns
    -------
    primary, further : ndarray of bool
        Cells suppressed for what they are, and for what they would tell.

    Notes
    -----
    Willenborg and de Waal (2001), Elements of Statistical Disclosure Control, chapter 6.
    """
    few = (n > 0.0) & (n < below)
    further = np.zeros(few.size, dtype=bool)
    if not secondary or not few.any():
        return few, further
    equations = margins(labels, margin)
    while True:
        hidden = few | further
        unsafe = determined(equations, hidden) & few
        if not unsafe.any():
            return few, _needed(equations, few, further, n)
        further[_weakest(equations, unsafe, hidden, n)] = True


def _needed(equations: NDArray[np.float64], few: BoolArray, further: BoolArray, n: NDArray[np.float64]) -> BoolArray:
    """The further cells less those, the largest first, without which all are safe as well."""
    kept = further.copy()
    for cell in sorted(np.flatnonzero(further), key=lambda one: -n[one]):
        kept[cell] = False
        if (determined(equations, few | kept) & few).any():
            kept[cell] = True
    return kept


def margins(labels: Sequence[Sequence[str]], margin: str) -> NDArray[np.float64]:
    """Equations ``(equations, cells)`` that sum to nought: a margin less the cells it is the sum of."""
    place = {tuple(cell): k for k, cell in enumerate(labels)}
    columns = len(labels[0]) if len(labels) else 0
    found = []
    for cell, k in place.items():
        for column in range(columns):
            if cell[column] != margin:
                continue
            parts = [
                other
                for key, other in place.items()
                if key[column] != margin
                and (*key[:column], *key[column + 1 :]) == (*cell[:column], *cell[column + 1 :])
            ]
            if parts:
                row = np.zeros(len(labels))
                row[k] = 1.0
                row[parts] = -1.0
                found.append(row)
    return np.array(found).reshape(-1, len(labels))


def determined(equations: NDArray[np.float64], hidden: BoolArray) -> BoolArray:
    """Which hidden cells the equations give away: those that no solution of them can change."""
    places = np.flatnonzero(hidden)
    given = np.zeros(hidden.size, dtype=bool)
    if not places.size:
        return given
    own = equations[:, places]
    own = own[np.abs(own).sum(axis=1) > 0.0]
    if not own.size:
        return given
    _, sizes, right = np.linalg.svd(own)
    rank = int((sizes > _ROUNDING).sum())
    free = right[rank:]  # what may be added to the hidden cells without any margin noticing
    given[places] = (np.abs(free) < _ROUNDING).all(axis=0) if free.size else True
    return given


def _weakest(equations: NDArray[np.float64], unsafe: BoolArray, hidden: BoolArray, n: NDArray[np.float64]) -> int:
    """The published cell of fewest persons beside a hidden one that an equation gives away by itself.

    If none does, beside an unsafe one. Margins are shown as long as there is a choice; cells of nobody hide nothing.
    """
    single = ((equations != 0.0) & hidden).sum(axis=1) == 1
    touching = single if single.any() else (equations[:, unsafe] != 0.0).any(axis=1)
    beside = (equations[touching] != 0.0).any(axis=0) & ~hidden
    inner = (equations[touching] < 0.0).any(axis=0) & ~hidden
    choices = (inner & (n > 0.0), beside & (n > 0.0), beside)
    places = np.flatnonzero(next(choice for choice in choices if choice.any()))
    return int(places[np.argmin(n[places])])
