"""Cells that may not be published, and further ones without which they could be worked out from the margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

type BoolArray = NDArray[np.bool_]
type FloatArray = NDArray[np.float64]
type Labels = tuple[str, ...]
type Changes = dict[tuple[int, int], FloatArray]

_ROUNDING = 1e-7
_HIDDEN_ALREADY = 1e-4
"""What it costs to change a cell that is suppressed anyway, beside the persons in one that would have to be."""


def suppressed(
    labels: Sequence[Sequence[str]], n: ArrayLike, below: float, *, margin: str, secondary: bool = True
) -> tuple[BoolArray, BoolArray]:
    """Cells to suppress: those of fewer than ``below`` persons, and those that would give them away.

    A table of numbers with margins is a system of equations: a margin is the sum of the cells it stands for, also
    across margins that are not printed. A suppressed cell of few persons is safe if whoever knows these equations, all
    that is published, and that a suppressed cell holds at least one person, must still think it possible that it has
    ``below`` persons or more. Then no linear combination of published cells and margins determines it either.

    For each cell of few persons in turn, the cheapest change of the table is sought that lifts it to ``below`` without
    touching the sums, where a change costs the persons in the cells it moves: the cells that move are suppressed. Then
    those that are not needed are shown again, the largest first. No one further cell of the result could be shown, but
    another choice may hide fewer persons: the problem is hard, and the search is not exhaustive.

    A margin that has ``below`` persons or more beyond the cells that are listed of it is not taken as their sum, as the
    rest hides them. With fewer it is: how many persons have no label may be known.

    Parameters
    ----------
    labels : sequence of sequence of str
        Labels of each cell, one for each column that divides the table.
    n : array_like
        Persons in each cell, ``(cells,)``; or ``(cells, variables)`` where a cell holds figures on several variables,
        missing where it holds none on one. They are shown or suppressed together, since those who answered one mostly
        answered the others. A cell without any persons tells nothing of anybody, is not suppressed, and covers no
        other.
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
    Primary and secondary suppression and the attacker's bounds are those of Willenborg and de Waal (2001), Elements of
    Statistical Disclosure Control; to choose cells by a linear programme for each cell to protect is the heuristic of
    Kelly, Golden and Assad (1992), Cell suppression: disclosure protection for sensitive tabular data, Networks 22
    (both recalled, to be checked against the texts). The bound to be reached, ``below``, is ours.

    Examples
    --------
    >>> regions = [("all",), ("north",), ("south",), ("east",)]
    >>> primary, further = suppressed(regions, [400, 12, 80, 308], 25, margin="all")
    >>> primary.tolist(), further.tolist()
    ([False, True, False, False], [False, False, True, False])
    """
    counts = np.asarray(n, dtype=np.float64).reshape(len(labels), -1)
    few = ((counts > 0.0) & (counts < below)).any(axis=1)
    if not secondary or not few.any():
        return few, np.zeros(few.size, dtype=bool)
    size = np.nan_to_num(np.fmax.reduce(counts, axis=1))
    # those who answered one question mostly answered all, so margins of one variable tell of another's cells
    known = np.unique(np.column_stack([np.where(np.isnan(counts), -1.0, counts), size]), axis=1)
    sums = [Sums.of(labels, count, margin, unlisted=below) for count in known.T]
    hidden, changes = _covered(sums, few, size, below)
    return few, _needed(sums, few, hidden, changes, size, below) & ~few


def _covered(sums: Sequence[Sums], few: BoolArray, size: FloatArray, below: float) -> tuple[BoolArray, Changes]:
    """Cells to suppress, and a change that hides each number to be protected (by variable and cell)."""
    hidden = few.copy()
    changes: Changes = {}
    for variable, cell in _protected(sums, few, below):
        change = sums[variable].change(cell, below, cost=np.where(hidden, _HIDDEN_ALREADY, size))
        if change is None:  # the numbers do not add up, so that nothing can be promised of what is shown
            return size > 0.0, {}
        changes[variable, cell] = change
        hidden |= np.abs(change) > _ROUNDING
    return hidden, changes


def _needed(
    sums: Sequence[Sums], few: BoolArray, hidden: BoolArray, changes: Changes, size: FloatArray, below: float
) -> BoolArray:
    """The hidden cells less those, the largest first, without which all are safe as well."""
    kept, changes = hidden.copy(), dict(changes)
    further = np.flatnonzero(hidden & ~few).tolist() if changes else []
    for one in sorted(further, key=lambda place: (-size[place], place)):
        kept[one] = False
        cost = np.where(kept, 1.0, np.inf)
        moved = [key for key, change in changes.items() if abs(change[one]) > _ROUNDING]
        others = {(variable, cell): sums[variable].change(cell, below, cost=cost) for variable, cell in moved}
        found = {key: change for key, change in others.items() if change is not None}
        if len(found) == len(others):
            changes |= found
        else:
            kept[one] = True
    return kept


def _protected(sums: Sequence[Sums], few: BoolArray, below: float) -> list[tuple[int, int]]:
    """Numbers to protect, as variable and cell, those that need most first."""
    found = [
        (float(own.count[place]), variable, int(cell))
        for variable, own in enumerate(sums)
        for place, cell in enumerate(own.cells)
        if few[cell] and 0.0 < own.count[place] < below
    ]
    return [(variable, cell) for _, variable, cell in sorted(found)]


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums that hold over the cells of one variable and over the margins that the table does not print.

    Parameters
    ----------
    matrix : ndarray
        ``(equations, cells and unprinted margins)``: 1 for a margin, -1 for what it is the sum of.
    count : ndarray
        Persons in the cells; margins that are not printed follow.
    cells : ndarray of int
        Which of the table's cells they are.
    table : int
        How many cells the table has.
    """

    matrix: FloatArray
    count: FloatArray
    cells: NDArray[np.intp]
    table: int

    @classmethod
    def of(cls, labels: Sequence[Sequence[str]], count: FloatArray, margin: str, *, unlisted: float = np.inf) -> Sums:
        """Sums of a variable: numbers of persons, negative where it has no such cell.

        A margin that has ``unlisted`` persons or more beyond the cells that are listed of it is not taken as a sum.
        """
        cells = np.flatnonzero(count >= 0.0)
        keys = _with_unprinted([tuple(labels[cell]) for cell in cells.tolist()], margin)
        parts = _parts(keys, margin)
        values = np.zeros(len(keys))
        values[: cells.size] = count[cells]
        for (whole, _), own in sorted(parts.items(), key=lambda pair: pair[0][0].count(margin)):
            if keys[whole] >= cells.size:  # from the finest up; a column may be listed in full or in part
                values[keys[whole]] = max(values[keys[whole]], values[own].sum())
        rows = []
        for (whole, _), own in parts.items():
            if values[keys[whole]] - values[own].sum() < unlisted:
                row = np.zeros(len(keys))
                row[keys[whole]] = 1.0
                row[own] = -1.0
                rows.append(row)
        return cls(np.array(rows).reshape(-1, len(keys)), values, cells, len(labels))

    def change(self, cell: int, to: float, *, cost: FloatArray) -> FloatArray | None:
        """The cheapest change of the numbers that lifts one cell and leaves the sums as they are.

        Parameters
        ----------
        cell : int
            Which of the table's cells is lifted.
        to : float
            What it is lifted to.
        cost : ndarray
            Of each person more or less in each of the table's cells; infinite where a cell cannot change. Cells of
            nobody never change, and no cell falls below one person.

        Returns
        -------
        ndarray or None
            Persons more in each of the table's cells; None if there is no such change.
        """
        from scipy.optimize import linprog

        printed = np.arange(self.count.size) < self.cells.size
        price = np.concatenate([cost[self.cells], np.zeros(self.count.size - self.cells.size)])
        places = np.flatnonzero(~printed | ((self.count > 0.0) & np.isfinite(price)))
        own = self.matrix[:, places]
        own = own[(own != 0.0).any(axis=1)]
        lifted = places == np.flatnonzero(self.cells == cell)[0]
        by = to - self.count[places][lifted][0]
        more = [(by, by) if one else (0.0, None) for one in lifted]
        spare = np.where(lifted, 0.0, np.maximum(self.count[places] - 1.0, 0.0))
        less = [(0.0, most if bound else None) for most, bound in zip(spare, printed[places], strict=True)]
        found = linprog(
            np.tile(price[places], 2), A_eq=np.hstack([own, -own]), b_eq=np.zeros(len(own)), bounds=[*more, *less]
        )
        if found.status != 0 or found.x is None:
            return None
        moved = np.zeros(self.count.size)
        moved[places] = found.x[: places.size] - found.x[places.size :]
        whole = np.zeros(self.table)
        whole[self.cells] = moved[: self.cells.size]
        return whole


def _with_unprinted(labels: Sequence[Labels], margin: str) -> dict[Labels, int]:
    """Place of each cell, then of each margin that cells add up to and that is not printed."""
    keys = {key: place for place, key in enumerate(labels)}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        for column, label in enumerate(key):
            whole = (*key[:column], margin, *key[column + 1 :])
            if label != margin and whole not in keys:
                keys[whole] = len(keys)
                waiting.append(whole)
    return keys


def _parts(keys: Mapping[Labels, int], margin: str) -> dict[tuple[Labels, int], list[int]]:
    """For each margin and each column that it leaves undivided: the places of the cells it is the sum of."""
    parts: dict[tuple[Labels, int], list[int]] = {}
    for key, place in keys.items():
        for column, label in enumerate(key):
            if label != margin:
                parts.setdefault(((*key[:column], margin, *key[column + 1 :]), column), []).append(place)
    return parts
