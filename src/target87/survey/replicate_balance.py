"""Pairs and lists of sampling units, and the Hadamard matrices that balance them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import hadamard
from target87.survey.stages import Stage

type LongArray = NDArray[np.int64]
type SignMatrix = NDArray[np.int8]

smallest = hadamard.smallest_order


def listed(stage: Stage) -> tuple[LongArray, LongArray]:
    """Units stratum by stratum in the order of the data, and where each stratum starts."""
    order = np.lexsort((stage.first_row, stage.group))
    start = np.zeros(stage.groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(stage.group, minlength=stage.groups), out=start[1:])
    return order, start


def pairs(stage: Stage) -> tuple[LongArray, SignMatrix, tuple[str, ...]]:
    """Pair of each unit, its side (+1 or -1), and what a reader should know.

    Raises
    ------
    DataError
        If a stratum has an odd number of units.
    """
    odd = np.flatnonzero(stage.sampled % 2 == 1)
    if odd.size:
        raise DataError(
            "strata with an odd number of sampling units cannot be paired",
            where="strata",
            expected="two units in each stratum, or a number that can be split into pairs",
            count=int(odd.size),
            examples=[f"{stage.group_name(int(g))}: {int(stage.sampled[g])}" for g in odd[:5]],
            remedies=(
                'method="JKn" or "subbootstrap" takes any number',
                "join small strata, or two units of a stratum, before the design is made",
            ),
        )
    order, start = listed(stage)
    place = np.arange(order.size) - np.repeat(start[:-1], np.diff(start))
    first_pair = np.cumsum(stage.sampled // 2).astype(np.int64) - (stage.sampled // 2).astype(np.int64)
    pair, side = np.empty(order.size, dtype=np.int64), np.empty(order.size, dtype=np.int8)
    pair[order] = np.repeat(first_pair, np.diff(start)) + place // 2
    side[order] = np.where(place % 2 == 0, 1, -1)
    many = int((stage.sampled > 2).sum())
    notes = (f"{many} strata of more than two units split into pairs, in the order of the data",) if many else ()
    return pair, side, notes


def signs(least: int, order: int | None, given: NDArray[np.int8] | None) -> SignMatrix:
    """A Hadamard matrix with at least so many rows, of an ``order`` asked for, or ``given`` and checked.

    Raises
    ------
    InputError
        If there is none of that order, it is too small, or the matrix given is no Hadamard matrix.
    """
    if given is not None:
        try:
            values = np.asarray(given)
        except ValueError as error:
            raise InputError("the matrix is no square of two values", where="hadamard", got=str(error)) from error
        return _checked(values, least, order)
    size = smallest(least) if order is None else int(order)
    found = hadamard.matrix(size) if size >= least else None
    if found is None:
        possible = smallest(max(size, least))
        raise InputError(
            "there is no Hadamard matrix of this order"
            if size >= least
            else "there are more pairs of units than this number of replicates can balance",
            where="replicates",
            expected=f"{possible}, the next that can be constructed",
            got=f"{size}",
            remedies=("leave replicates out for the smallest that will do", "or give a matrix of your own: hadamard="),
        )
    return found


def _checked(given: NDArray[np.int8], least: int, order: int | None) -> SignMatrix:
    size = given.shape[0] if given.ndim == 2 else 0
    values = np.unique(given)
    if size == 0 or given.shape != (size, size) or values.size > 2:
        raise InputError(
            "the matrix is no square of two values", where="hadamard", got=f"shape {given.shape}, {values.size} values"
        )
    matrix = np.where(given == values[-1], 1, -1).astype(np.int8)
    product = matrix.astype(np.int64) @ matrix.T
    if (product != size * np.eye(size)).any():
        raise InputError("the rows of the matrix are not orthogonal", where="hadamard")
    matrix = np.asarray(matrix * matrix[0])
    if size < least or (order is not None and order != size):
        raise InputError(
            "the matrix has another order than asked for, or too few rows",
            where="hadamard",
            expected=f"{order if order is not None else f'{least} or more'}",
            got=f"{size}",
        )
    return matrix
