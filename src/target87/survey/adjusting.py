"""What every change of weights by factors has in common: a plan, its fit, and the line it leaves in the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from target87.kernels import unit_totals
from target87.survey.calibration_model import CalibrationModel
from target87.survey.history import Step

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type ModelMaker = Callable[[FloatArray, FloatArray], CalibrationModel]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Factors for one or more sets of weights.

    Parameters
    ----------
    factors : ndarray, shape (cells, sets)
        What the weights of each cell are multiplied by.
    notes : tuple of str
        What a reader of the history should know.
    details : mapping
        The same as data.
    model : callable, optional
        Makes the calibration that variances must know from the rows' weights before and after (of the first set).
    """

    factors: FloatArray
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    model: ModelMaker | None = None


class Plan(Protocol):
    """A change of weights that multiplies all rows of a cell by one factor."""

    @property
    def codes(self) -> IntArray | None:
        """Cell of each row; None if every row is its own cell."""

    @property
    def cells(self) -> int:
        """Number of cells."""

    @property
    def subject(self) -> str:
        """On what, for the history."""

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors from the cells' sums of weights, ``(cells, sets)``: the design's, then any replicates'."""


def cell_totals(plan: Plan, weights: FloatArray) -> FloatArray:
    """Sum of weights of each cell, ``(cells, 1)``."""
    if plan.codes is None:
        return weights[:, None]
    return sums_by(plan.codes, plan.cells, weights)[:, None]


def sums_by(codes: IntArray, cells: int, weights: FloatArray) -> FloatArray:
    """Sum of weights of each cell, ``(cells,)``."""
    everywhere, nothing = np.empty(0, dtype=np.int32), np.empty((0, weights.size))
    return unit_totals.dense(codes, cells, everywhere, 1, weights, nothing)[:, 0, 0]


def row_factors(plan: Plan, factors: FloatArray) -> FloatArray:
    """Factor of each row from the factors of one set."""
    return factors if plan.codes is None else factors[plan.codes]


def step_of(
    name: str,
    subject: str,
    before: FloatArray,
    after: FloatArray,
    notes: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Step:
    """The line of a weighting step: on what, how many units, and what it did to the weights."""
    return step_told(name, subject, _figures(before), _figures(after), int((after < 0.0).sum()), notes, details)


def step_told(
    name: str,
    subject: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    negative: int,
    notes: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Step:
    """The same from figures of the weights before and after."""
    units = f"{old['units']:,}" if old["units"] == new["units"] else f"{old['units']:,} -> {new['units']:,}"
    said = [
        subject,
        f"{units} units",
        f"weights {old['least']:.4g} to {old['greatest']:.4g} -> {new['least']:.4g} to {new['greatest']:.4g}",
        f"sum {old['sum']:,.6g} -> {new['sum']:,.6g}",
        f"design effect of weighting {old['effect']:.3f} -> {new['effect']:.3f}",
    ]
    if negative:
        said.append(f"{negative:,} weights below zero")
    data = {"on": subject, "before": dict(old), "after": dict(new), "negative": negative, **(details or {})}
    return Step(name, "; ".join([one for one in (*said, *notes) if one]), data)


def _figures(weights: FloatArray) -> dict[str, Any]:
    units = int(np.count_nonzero(weights))
    used = weights if units == weights.size else weights[weights != 0.0]
    if not units:
        return {"units": 0, "least": 0.0, "greatest": 0.0, "sum": 0.0, "effect": float("nan")}
    total = float(used.sum())
    return {
        "units": units,
        "least": float(used.min()),
        "greatest": float(used.max()),
        "sum": total,
        "effect": units * float(used @ used) / total**2 if total else float("nan"),  # Kish (1965), section 11.7
    }
