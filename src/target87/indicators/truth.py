"""``Truth``: answers that may be missing, as what is surely true and what is possibly true."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

type BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Truth:
    """One statement a row: true if sure, false if not even possible, undecided otherwise.

    Kleene's logic; for statements in which each answer occurs once, and in one direction, its ends are attained.

    Parameters
    ----------
    sure, possible : array of bool
        Whether it holds whatever the missing answers would be, and whether it may hold.
    """

    sure: BoolArray
    possible: BoolArray

    @classmethod
    def known(cls, values: BoolArray) -> Truth:
        """Truth values none of which is missing."""
        return cls(values, values)

    @classmethod
    def every(cls, n: int, value: bool) -> Truth:
        """The same truth value in ``n`` rows."""
        return cls.known(np.full(n, value))

    @property
    def undecided(self) -> BoolArray:
        """Rows where it cannot be told."""
        return self.possible & ~self.sure

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.sure & other.sure, self.possible & other.possible)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.sure | other.sure, self.possible | other.possible)

    def __invert__(self) -> Truth:
        return Truth(~self.possible, ~self.sure)

    def either(self, where_true: Truth, where_false: Truth) -> Truth:
        """``where_true`` where this holds and ``where_false`` where not; where undecided, what both agree on."""
        agreed = where_true.sure & where_false.sure
        return Truth(
            (self.sure & where_true.sure) | (~self.possible & where_false.sure) | agreed,
            (self.possible & where_true.possible) | (~self.sure & where_false.possible),
        )

    def any_of(self, groups: NDArray[np.int64], n: int) -> Truth:
        """Whether it holds in any row of each of ``n`` groups."""
        return Truth(_any(self.sure, groups, n), _any(self.possible, groups, n))


def any_true(statements: list[Truth], n: int) -> Truth:
    """Whether any of the statements holds, row by row; false if there is none."""
    return reduce(Truth.__or__, statements, Truth.every(n, False))


def _any(values: BoolArray, groups: NDArray[np.int64], n: int) -> BoolArray:
    found = np.zeros(n, dtype=bool)
    found[groups[values]] = True
    return found
