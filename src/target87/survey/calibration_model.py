"""A calibration as variances see it: the residuals that are left of a score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CalibrationModel:
    """The regression that a calibration of weights amounts to.

    A row vector ``x`` (current weight times score) becomes ``x - after X A⁻¹ X' diag(before / after) x`` with
    ``A = X' diag(before) X``: residuals are fitted with the weights before the step and carry those after it
    (Deville and Särndal 1992, section 3; Lumley 2010, section 7.4).

    Parameters
    ----------
    codes : ndarray of int32, shape (n,), or None
        Cell of each row, when the auxiliaries of a row depend on its cell alone.
    auxiliaries : ndarray, shape (cells, p) or (n, p)
        Auxiliary values of each cell, or of each row if ``codes`` is None.
    before, after : ndarray, shape (n,)
        Weights of the fit (divided by the model's variance if it has one), and weights after the step.
    """

    codes: NDArray[np.int32] | None
    auxiliaries: FloatArray
    before: FloatArray
    after: FloatArray

    @property
    def width(self) -> int:
        """Number of auxiliaries."""
        return int(self.auxiliaries.shape[1])

    def column(self, k: int) -> FloatArray:
        """Auxiliary ``k`` of every row."""
        values = self.auxiliaries[:, k]
        return values if self.codes is None else values[self.codes]

    @cached_property
    def ratio(self) -> FloatArray:
        """``before / after`` of every row; 0 where the weight after is 0, as such a row takes no part."""
        return np.divide(self.before, self.after, out=np.zeros_like(self.before), where=self.after != 0.0)

    @cached_property
    def inverse(self) -> FloatArray:
        """``A⁻¹``, generalised where auxiliaries are linearly dependent."""
        if self.codes is None:
            matrix = self.auxiliaries.T @ (self.before[:, None] * self.auxiliaries)
        else:
            mass = np.bincount(self.codes, self.before, minlength=self.auxiliaries.shape[0])
            matrix = self.auxiliaries.T @ (mass[:, None] * self.auxiliaries)
        size = np.sqrt(np.diag(matrix))
        size[size == 0.0] = 1.0
        scaled = matrix / np.outer(size, size)
        return np.asarray(np.linalg.pinv(scaled, rcond=1e-11, hermitian=True) / np.outer(size, size))
