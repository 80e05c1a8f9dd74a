"""A calibration as variances see it: the residuals that are left of a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign
    from target87.survey.domains import Domains

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
    counts_rows : bool
        Whether every row weighs 1 in the fit, whatever its weight.
    """

    codes: NDArray[np.int32] | None
    auxiliaries: FloatArray
    before: FloatArray
    after: FloatArray
    left: FloatArray | None = None
    middle: FloatArray | None = None
    counts_rows: bool = False

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
        return scaled_inverse(matrix)


def scaled_inverse(matrix: FloatArray, rank: float = 1e-11) -> FloatArray:
    """A generalised inverse; eigenvalues below a share ``rank`` of the largest are taken for linear dependence."""
    size = np.sqrt(np.diag(matrix))
    size[size == 0.0] = 1.0
    scale = np.outer(size, size)
    return np.asarray(np.linalg.pinv(matrix / scale, rcond=rank, hermitian=True) / scale)


def products(model: CalibrationModel, weight: FloatArray, values: FloatArray, domains: Domains) -> FloatArray:
    """``X' diag(before / after) w v`` by domain, ``(p, D, K + 1)``; those of several parts of the rows add up."""
    scaled = model.ratio * weight
    if model.codes is not None:
        cells = unit_totals.dense(model.codes, model.auxiliaries.shape[0], domains.codes, len(domains), scaled, values)
        return np.asarray(np.einsum("cp,cdk->pdk", model.auxiliaries, cells))
    nothing = np.zeros(weight.size, dtype=np.int32)
    return np.stack(
        [
            unit_totals.dense(nothing, 1, domains.codes, len(domains), scaled * model.column(p), values)[0]
            for p in range(model.width)
        ]
    )


def overlap(later: CalibrationModel, earlier: CalibrationModel) -> FloatArray:
    """``X_k' diag(before_k / after_k) after_j L_j``, ``(p, q)``; those of several parts of the rows add up."""
    weight = later.ratio * earlier.after
    left = earlier.auxiliaries if earlier.left is None else earlier.left
    rows = []
    for p in range(later.width):
        mass = weight * later.column(p)
        rows.append((mass if earlier.codes is None else np.bincount(earlier.codes, mass, minlength=len(left))) @ left)
    return np.stack(rows)


def explained(design: SurveyDesign, crossed: Sequence[FloatArray], jacobian: FloatArray) -> tuple[FloatArray, ...]:
    """Coefficients ``(p, J D)`` of the auxiliaries of every calibration, from the ``products`` of each.

    The first calibration takes its part of the score, the next of what is left, and so on.
    """
    coefficients: list[FloatArray] = []
    for k, (model, cross) in enumerate(zip(design._calibrations, crossed, strict=True)):
        scores = np.einsum("pdm,djm->pjd", cross, jacobian).reshape(model.width, -1)
        for earlier in range(k):
            scores = scores - design._calibration_overlap(k, earlier) @ coefficients[earlier]
        coefficients.append(model.coefficients @ scores)
    return tuple(coefficients)
