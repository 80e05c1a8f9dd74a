"""A calibration as variances see it: the residuals that are left of a score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]

_TABLE = 1 << 22
"""Largest table of units by cells, in numbers, through which totals of units are taken."""


@dataclass(frozen=True, eq=False)
class CalibrationModel:
    """The regression that a calibration of weights amounts to.

    A row vector ``x`` (current weight times score) becomes ``x - after L M X' diag(before / after) x``. In a regression
    ``L = X`` and ``M = (X' diag(before) X)⁻¹``: residuals are fitted with the weights before the step and carry those
    after it (Deville and Särndal 1992, section 3; Lumley 2010, section 7.4). Other projections name their own.

    Parameters
    ----------
    codes : ndarray of int32, shape (n,), or None
        Cell of each row, when the auxiliaries of a row depend on its cell alone.
    auxiliaries : ndarray, shape (cells, p) or (n, p)
        Auxiliary values of each cell, or of each row if ``codes`` is None.
    before, after : ndarray, shape (n,)
        Weights of the fit (divided by the model's variance if it has one), and weights after the step.
    left : ndarray, optional
        ``L``, of the shape of ``auxiliaries``, where it is not the same.
    middle : ndarray, shape (p, p), optional
        ``M``, where it is not that of the regression.
    """

    codes: NDArray[np.int32] | None
    auxiliaries: FloatArray
    before: FloatArray
    after: FloatArray
    left: FloatArray | None = None
    middle: FloatArray | None = None

    @property
    def width(self) -> int:
        """Number of auxiliaries."""
        return int(self.auxiliaries.shape[1])

    def column(self, k: int) -> FloatArray:
        """Auxiliary ``k`` of every row."""
        return self._of_rows(self.auxiliaries, k)

    def taken(self, k: int) -> FloatArray:
        """What a coefficient of auxiliary ``k`` takes off every row, over the weight after."""
        return self._of_rows(self.auxiliaries if self.left is None else self.left, k)

    def unit_totals(self, unit: NDArray[np.int32], units: int) -> FloatArray:
        """Totals of ``after L`` of every unit, ``(units, p)``."""
        matrix = self.auxiliaries if self.left is None else self.left
        if self.codes is not None and units * matrix.shape[0] <= _TABLE:
            place = unit.astype(np.int64) * matrix.shape[0] + self.codes
            mass = np.bincount(place, self.after, minlength=units * matrix.shape[0])
            return np.asarray(mass.reshape(units, -1) @ matrix)
        columns = [np.bincount(unit, self.after * self.taken(p), minlength=units) for p in range(self.width)]
        return np.stack(columns, axis=1)

    def _of_rows(self, matrix: FloatArray, k: int) -> FloatArray:
        return matrix[:, k] if self.codes is None else matrix[self.codes, k]

    @cached_property
    def ratio(self) -> FloatArray:
        """``before / after`` of every row; 0 where the weight after is 0, as such a row takes no part."""
        return np.divide(self.before, self.after, out=np.zeros_like(self.before), where=self.after != 0.0)

    @cached_property
    def coefficients(self) -> FloatArray:
        """``M``; of a regression a generalised inverse where auxiliaries are linearly dependent."""
        if self.middle is not None:
            return self.middle
        if self.codes is None:
            matrix = self.auxiliaries.T @ (self.before[:, None] * self.auxiliaries)
        else:
            mass = np.bincount(self.codes, self.before, minlength=self.auxiliaries.shape[0])
            matrix = self.auxiliaries.T @ (mass[:, None] * self.auxiliaries)
        size = np.sqrt(np.diag(matrix))
        size[size == 0.0] = 1.0
        scaled = matrix / np.outer(size, size)
        return np.asarray(np.linalg.pinv(scaled, rcond=1e-11, hermitian=True) / np.outer(size, size))
