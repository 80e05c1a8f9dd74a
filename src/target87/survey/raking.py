"""Post-stratification and raking: weights brought to counts of categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.kernels import raking as kernel
from target87.survey.adjusting import Fitted, sums_by
from target87.survey.calibration_model import CalibrationModel
from target87.survey.margins import Margin, cells_of

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type Residuals = Literal["alternating", "regression"]

_ROUNDING = 1e-12
_ROUNDS = 10
"""Rounds of alternating projections in R's variance of raked estimates."""


@dataclass(frozen=True, eq=False)
class PostStrata:
    """Scale the weights of every category to its population count."""

    margin: Margin

    @property
    def codes(self) -> IntArray:
        """Category of each row."""
        return self.margin.codes

    @property
    def cells(self) -> int:
        """Number of categories."""
        return len(self.margin.labels)

    @property
    def subject(self) -> str:
        """The columns."""
        return f"{self.margin.name} ({self.cells} post-strata)"

    def fit(self, totals: FloatArray) -> Fitted:
        """Population count over sum of weights."""
        refuse_empty(self.margin.labels, totals)
        return Fitted(self.margin.targets[:, None] / totals, model=self._model)

    def _model(self, before: FloatArray, after: FloatArray) -> CalibrationModel:
        # indicators that exclude one another: the matrix to invert is diagonal
        middle = np.diag(1.0 / sums_by(self.codes, self.cells, before))
        return CalibrationModel(self.codes, np.eye(self.cells), before, after, middle=middle)


@dataclass(frozen=True, eq=False)
class RakingPlan:
    """Scale the weights to several margins in turn until all hold."""

    margins: Sequence[Margin]
    codes: IntArray
    of_cell: IntArray
    tolerance: float
    max_sweeps: int
    residuals: Residuals
    notes: tuple[str, ...] = ()
    units: FloatArray | None = None
    """Number of units that each row of ``codes`` stands for; None if one."""

    @classmethod
    def of(
        cls,
        margins: Sequence[Margin],
        *,
        tolerance: float,
        max_iterations: int,
        residuals: Residuals,
        notes: tuple[str, ...] = (),
        units: FloatArray | None = None,
    ) -> RakingPlan:
        """Cross the margins to cells."""
        codes, of_cell = cells_of(margins)
        return cls(margins, codes, of_cell, tolerance, max_iterations, residuals, notes, units)

    @property
    def cells(self) -> int:
        """Number of combinations of categories that occur."""
        return int(self.of_cell.shape[1])

    @property
    def subject(self) -> str:
        """The columns."""
        return f"{', '.join(margin.name for margin in self.margins)} ({self.cells:,} cells)"

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors of the cells by iterative proportional fitting."""
        targets = np.concatenate([margin.targets for margin in self.margins])
        start = self._start()
        for margin, of_cell in zip(self.margins, self.of_cell, strict=True):
            for k in range(totals.shape[1]):
                refuse_empty(margin.labels, np.bincount(of_cell, totals[:, k], minlength=len(margin.labels)), k)
        # a share of the target cannot be 1 or more: such a tolerance is a number of people, as in R's rake
        raked = kernel.rake(
            totals,
            self.of_cell,
            targets,
            start,
            tolerance=self.tolerance,
            max_sweeps=self.max_sweeps,
            by_change=self.tolerance >= 1.0,
        )
        if not raked.converged.all():
            self._refuse(raked, targets)
        sweeps = int(raked.sweeps[0])
        missed = float(np.max(np.abs(raked.reached[:, 0] / targets - 1.0)))
        last = raked.last[:, 0].copy()
        return Fitted(
            raked.factors,
            (
                *self.notes,
                f"{sweeps} sweep{'s' if sweeps != 1 else ''}, largest miss {_share(missed)} of a count",
            ),
            {"sweeps": sweeps, "largest_relative_miss": missed},
            lambda before, after: self._model(before, after, last),
        )

    def _start(self) -> NDArray[np.int64]:
        return np.cumsum([0, *(len(margin.labels) for margin in self.margins)], dtype=np.int64)

    def _model(self, before: FloatArray, after: FloatArray, last: FloatArray) -> CalibrationModel:
        start = self._start()
        indicator = np.zeros((self.cells, int(start[-1])))
        cell = np.arange(self.cells)
        for first, of_cell in zip(start[:-1], self.of_cell, strict=True):
            indicator[cell, first + of_cell] = 1.0
        if self.residuals == "regression":
            return CalibrationModel(self.codes, indicator, before, after)
        ratio = self._step_ratios(last, start)
        used = (after != 0.0).astype(np.float64) if self.units is None else self.units
        count = sums_by(self.codes, self.cells, used)
        fitted, taken = indicator / ratio, indicator * ratio
        middle = _alternating(fitted.T @ (count[:, None] * taken), start)
        return CalibrationModel(self.codes, fitted, used, after, left=taken, middle=middle, counts_rows=True)

    def _step_ratios(self, last: FloatArray, start: NDArray[np.int64]) -> FloatArray:
        """Weight of a cell after the last step to each margin, over its final weight: ``(cells, categories)``."""
        ratio = np.ones((self.cells, int(start[-1])))
        later = np.ones(self.cells)
        for k in range(len(self.margins) - 1, -1, -1):
            ratio[:, start[k] : start[k + 1]] = 1.0 / later[:, None]
            later *= last[start[k] + self.of_cell[k]]
        return ratio

    def _refuse(self, raked: kernel.Raked, targets: FloatArray) -> None:
        worst = int(np.flatnonzero(~raked.converged)[0])
        labels = [label for margin in self.margins for label in margin.labels]
        reached = raked.reached[:, worst]
        order = np.argsort(-np.abs(reached / targets - 1.0))
        off = [j for j in order if abs(reached[j] / targets[j] - 1.0) > min(self.tolerance, 1e-6)] or [order[0]]
        raise DataError(
            f"raking did not reach its margins in {self.max_sweeps} sweeps{_set_name(worst)}; no weights were changed",
            where="rake",
            expected=f"tolerance {self.tolerance:g}",
            count=len(off),
            examples=[miss_text(labels[j], targets[j], reached[j]) for j in off],
            remedies=(
                "join small categories: combinations that the sample lacks may make the margins impossible",
                "allow more with max_iterations= (R: maxit)",
                "let margins be missed at a price: calibrate(..., distance='raking', penalty=)",
            ),
        )


def _alternating(overlap: FloatArray, start: NDArray[np.int64]) -> FloatArray:
    """Coefficients after ten rounds of projections on one margin at a time, as a matrix of the margins' sums.

    R's variance of raked estimates takes the unweighted category means of one margin after the other, ten times,
    off the scores (Lumley 2010, chapter 7); this is the same in one linear map.
    """
    size = overlap.shape[0]
    middle, unit, counts = np.zeros((size, size)), np.eye(size), np.diag(overlap)
    for _ in range(_ROUNDS):
        for first, end in pairwise(start):
            part = slice(first, end)
            middle[part] += (unit[part] - overlap[part] @ middle) / counts[part, None]
    return middle


def refuse_empty(labels: Sequence[str], totals: FloatArray, set_number: int = 0) -> None:
    """Raise if a category of some set of weights has no weight left to scale."""
    table = totals if totals.ndim == 2 else totals[:, None]
    if not (table > 0.0).all():
        empty = np.argwhere(~(table > 0.0))
        number = set_number + int(empty[0, 1])
        raise DataError(
            "categories without any weight cannot be brought to their population count",
            where=f"replicate {number}" if number else "totals",
            count=int(empty.shape[0]),
            examples=[labels[category] for category, _ in empty[:5]],
            remedies=("join them with categories that have weight",),
        )


def miss_text(label: str, target: float, reached: float) -> str:
    """Words for one figure missed."""
    share = f", {100.0 * (reached / target - 1.0):+.3g} %" if target else ""
    return f"{label}: {reached:,.10g} where {target:,.10g} is asked ({reached - target:+,.4g}{share})"


def _share(missed: float) -> str:
    """A share in words; what is below the rounding of sums differs with the order of the rows."""
    return f"{missed:.1e}" if missed >= _ROUNDING else f"below {_ROUNDING:.0e}"


def _set_name(number: int) -> str:
    return f" (replicate {number})" if number else ""
