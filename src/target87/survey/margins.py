"""Population figures matched to rows: counts of categories, totals of numbers, and the cells they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.encoding import combine, dense_codes

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

INTERCEPT = ("(Intercept)", "_cons")
"""Keys that stand for the number of people in the population, in R's and in Stata's word."""
SAME_SUM = 1e-6
"""Margins whose sums differ by more than this share disagree."""
_ROUNDING = 1e-12
"""Sums nearer than this share are the same but for the rounding of the last digit."""
_PLAIN = 1 << 12
"""Up to this many combinations of categories, those that do not occur are cells too, without weight."""
_TABLE = 4
"""Beyond, cells that occur are coded by a table if there are at most this many times as many as rows."""


@dataclass(frozen=True, eq=False)
class Margin:
    """Counts of the categories of one column, or of several crossed.

    Parameters
    ----------
    name : str
        The column, or columns joined by ``" × "``.
    codes : ndarray of int32, shape (n,)
        Category of each row; 0 for rows that take no part.
    labels : tuple of str
        The categories, as ``"sex=female"`` or ``"sex=female, region=North"``.
    targets : ndarray
        Population count of each.
    """

    name: str
    codes: IntArray
    labels: tuple[str, ...]
    targets: FloatArray

    @property
    def total(self) -> float:
        """Sum of the counts."""
        return float(self.targets.sum())


@dataclass(frozen=True, eq=False)
class NumericTotal:
    """Population total of a column of numbers.

    Parameters
    ----------
    name : str
        The column.
    values : ndarray, shape (n,)
        Its values; 0 for rows that take no part.
    target : float
        The total.
    """

    name: str
    values: FloatArray
    target: float


def refuse_shares(margins: Sequence[Margin], weight: float) -> None:
    """Raise if counts are evidently percentages or shares: they add up to 100 or 1, and the weights to far more.

    Raises
    ------
    InputError
        Naming the margin and both sums.
    """
    for margin in margins:
        for whole in (1.0, 100.0):
            if abs(margin.total - whole) <= 0.01 * whole and weight > 10.0 * whole:
                raise InputError(
                    "these look like shares of the population, and counts are wanted",
                    where=f"totals, {margin.name}",
                    expected=f"a sum of the order of {weight:,.6g}, the sum of the weights",
                    got=f"a sum of {margin.total:,.6g}",
                    remedies=(
                        "multiply them by the size of the population",
                        "if the weights are to add up to this, normalise(to=...) before",
                    ),
                )


def agreed(margins: Sequence[Margin], size: float | None = None) -> tuple[list[Margin], tuple[str, ...]]:
    """The margins, if they add up to one population; sums apart by rounding are brought to the first, with a note.

    Parameters
    ----------
    margins : sequence of Margin
        Counts of categories.
    size : float, optional
        Size of the population, where it is given by itself; sums are then brought to it.

    Raises
    ------
    DataError
        Naming the margins and their sums, if they differ by more than ``SAME_SUM``.
    """
    sums = [(margin.name, margin.total) for margin in margins]
    if size is not None:
        sums.insert(0, (INTERCEPT[0], size))
    if not sums:
        return list(margins), ()
    wanted = sums[0][1]
    apart = [one for one in sums[1:] if abs(one[1] - wanted) > SAME_SUM * max(abs(one[1]), abs(wanted))]
    if apart:
        raise DataError(
            "margins add up to different populations, so no weights can meet them all",
            where="totals",
            expected=f"one sum, to {SAME_SUM:g} of it",
            got="; ".join(f"{name!r}: {total:,.15g}" for name, total in [sums[0], *apart]),
            count=len(apart) + 1,
            remedies=(
                "take all margins from one source and year, or scale them to one sum",
                "keep them apart with calibrate(..., penalty=), which reports each miss",
            ),
        )
    scaled, notes = list(margins), []
    for k, margin in enumerate(margins):
        if abs(margin.total - wanted) > _ROUNDING * abs(wanted):
            scaled[k] = replace(margin, targets=margin.targets * (wanted / margin.total))
            notes.append(f"counts of {margin.name} scaled from a sum of {margin.total:,.15g} to {wanted:,.15g}")
    return scaled, tuple(notes)


def cells_of(margins: Sequence[Margin]) -> tuple[IntArray, IntArray]:
    """Cell of each row and category of each cell in each margin, ``(n,)`` and ``(margins, cells)``."""
    first = margins[0]
    widths = [len(margin.labels) for margin in margins]
    combinations = float(np.prod(widths, dtype=np.float64))
    if combinations <= max(_TABLE * first.codes.size, _PLAIN):
        key = first.codes.copy()
        for margin, width in zip(margins[1:], widths[1:], strict=True):
            key *= np.int32(width)
            key += margin.codes
        if combinations <= _PLAIN:
            return key, np.array(np.unravel_index(np.arange(int(combinations)), widths), dtype=np.int32)
        codes, levels = dense_codes(key)
        return codes, np.array(np.unravel_index(levels, widths), dtype=np.int32)
    codes, of_cell = first.codes, np.arange(widths[0], dtype=np.int32)[None, :]
    for margin, width in zip(margins[1:], widths[1:], strict=True):
        codes, pairs = combine(codes, margin.codes, width)
        before, own = np.divmod(pairs, width)
        of_cell = np.vstack([of_cell[:, before], own]).astype(np.int32)
    return codes, of_cell
