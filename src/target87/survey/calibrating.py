"""Calibration: weights changed as little as possible so that population totals of columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import calibration as kernel
from target87.survey.adjusting import Fitted
from target87.survey.calibration_model import CalibrationModel, scaled_inverse
from target87.survey.checking import is_number
from target87.survey.encoding import combine, dense_codes
from target87.survey.margins import Margin, NumericTotal, cells_of
from target87.survey.raking import miss_text

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_LOOK = 4096
_FEW = 0.5
"""Rows are compressed to cells if these are at most this share of them."""
RANK = 1e-13
"""Share of the largest eigenvalue below which totals at a price are taken to depend on one another."""


@dataclass(frozen=True, eq=False)
class Auxiliaries:
    """Auxiliary values by cell of rows that have them in common, or by row."""

    codes: IntArray | None
    values: FloatArray
    variance: FloatArray | None
    names: tuple[str, ...]
    """Column, or columns crossed, of each auxiliary."""
    labels: tuple[str, ...]
    targets: FloatArray


@dataclass(frozen=True, eq=False)
class CalibrationPlan:
    """Multiply weights by factors near 1 so that totals hold (Deville and Särndal 1992)."""

    auxiliaries: Auxiliaries
    distance: str
    lower: float
    upper: float
    trim: tuple[float, float] | None
    penalty: FloatArray | None
    """Price of missing each total, infinite where it must hold; None if all must."""
    tolerance: float
    max_steps: int
    subject: str
    notes: tuple[str, ...] = ()

    @property
    def codes(self) -> IntArray | None:
        """Cell of each row."""
        return self.auxiliaries.codes

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.auxiliaries.values.shape[0])

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors of the cells by Newton's method, one set of weights after the other."""
        factors = np.empty_like(totals)
        notes: tuple[str, ...] = ()
        details: dict[str, Any] = {}
        ridge: FloatArray | None = None
        for k in range(totals.shape[1]):
            weights = np.ascontiguousarray(totals[:, k])
            own = self._ridge(weights)
            done = self._solve(weights, own, k)
            factors[:, k] = done.factors
            if self.trim is not None:
                factors[:, k] = trimmed_factors(done.factors, weights, *self.trim)
            if k == 0:
                ridge = own
                notes, details = self._told(factors[:, 0], weights, done.steps)
        return Fitted(factors, notes, details, lambda before, after: self._model(before, after, ridge))

    def _solve(self, weights: FloatArray, ridge: FloatArray | None, number: int) -> kernel.Calibrated:
        aux = self.auxiliaries
        done = kernel.calibrate(
            aux.values,
            weights,
            aux.targets,
            distance=self.distance,
            lower=self.lower,
            upper=self.upper,
            variance=aux.variance,
            ridge=ridge,
            tolerance=self.tolerance,
            max_steps=self.max_steps,
        )
        if not done.converged:
            self._refuse(weights, done, number)
        return done

    def _ridge(self, weights: FloatArray) -> FloatArray | None:
        """What the equations give up: the price of a miss, in units of the auxiliary's own sum of squares."""
        if self.penalty is None:
            return None
        return np.asarray((weights @ self.auxiliaries.values**2) / self.penalty)

    def _model(self, before: FloatArray, after: FloatArray, ridge: FloatArray | None) -> CalibrationModel:
        aux = self.auxiliaries
        if aux.variance is not None:
            before = before / (aux.variance if aux.codes is None else aux.variance[aux.codes])
        if ridge is None:
            return CalibrationModel(aux.codes, aux.values, before, after)
        mass = before if aux.codes is None else np.bincount(aux.codes, before, minlength=self.cells)
        matrix = aux.values.T @ (mass[:, None] * aux.values) + np.diag(ridge)
        return CalibrationModel(aux.codes, aux.values, before, after, middle=scaled_inverse(matrix, RANK))

    def _told(self, factors: FloatArray, weights: FloatArray, steps: int) -> tuple[tuple[str, ...], dict[str, Any]]:
        used = factors[weights > 0.0]
        reached = (weights * factors) @ self.auxiliaries.values
        return self.told((float(used.min()), float(used.max())), reached, steps)

    def told(
        self, span: tuple[float, float], reached: FloatArray, steps: int
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """What the history says, from the least and greatest factor and the totals reached."""
        aux = self.auxiliaries
        details: dict[str, Any] = {
            "distance": self.distance,
            "factors": span,
            "steps": steps,
            "totals": {
                label: {"target": float(target), "reached": float(got)}
                for label, target, got in zip(aux.labels, aux.targets, reached, strict=True)
            },
        }
        notes = [*self.notes, f"factors {span[0]:.4g} to {span[1]:.4g}"]
        if self.penalty is not None or self.trim is not None:
            notes += [
                "missed " + miss_text(label, target, got)
                for label, target, got in zip(aux.labels, aux.targets, reached, strict=True)
                if abs(got - target) > 1e-9 * abs(target)
            ]
        return tuple(notes), details

    def _refuse(self, weights: FloatArray, done: kernel.Calibrated, number: int) -> None:
        aux = self.auxiliaries
        bounded = np.isfinite(self.lower) or np.isfinite(self.upper)
        size = np.maximum(np.abs(aux.targets), weights @ np.abs(aux.values))
        got = self._out_of_reach(weights) if bounded else None
        self.refuse(aux.targets - done.missed, size, number, got, bounded=bool(bounded))

    def refuse(
        self, reached: FloatArray, size: FloatArray, number: int = 0, got: str | None = None, *, bounded: bool = False
    ) -> None:
        """Raise: these totals were reached, where misses count in proportion to ``size``."""
        aux = self.auxiliaries
        share = np.abs(aux.targets - reached) / size
        off = [int(j) for j in np.argsort(-share) if share[j] > self.tolerance] or [int(np.argmax(share))]
        which = f" (replicate {number})" if number else ""
        what = (
            f"no weights within the bounds were found that meet the population totals{which}"
            if bounded
            else f"calibration did not reach the population totals{which}"
        )
        raise DataError(
            f"{what}; no weights were changed",
            where="calibrate",
            expected=f"factors between {self.lower:g} and {self.upper:g}" if bounded else "totals that agree",
            got=got,
            count=len(off),
            examples=[miss_text(aux.labels[j], aux.targets[j], reached[j]) for j in off],
            remedies=(
                *(("widen bounds=",) if bounded else ("check that totals do not contradict one another",)),
                "scale the weights to the population first, with normalise(to=...), if they are far from it",
                "let totals be missed at a price, each miss reported: penalty=",
            ),
        )

    def _out_of_reach(self, weights: FloatArray) -> str | None:
        """Totals that the bounds put out of reach whatever the others are."""
        aux, said = self.auxiliaries, []
        lower, upper = max(self.lower, -1e300), min(self.upper, 1e300)
        for j, (label, target) in enumerate(zip(aux.labels, aux.targets, strict=True)):
            product = weights * aux.values[:, j]
            ends = np.array([lower * product, upper * product])
            least, most = float(ends.min(axis=0).sum()), float(ends.max(axis=0).sum())
            if not least <= target <= most:
                said.append(f"{label}: {target:,.10g} asked, {least:,.10g} to {most:,.10g} within the bounds")
        return "; ".join(said) or None


def make_auxiliaries(
    margins: Sequence[Margin],
    numbers: Sequence[NumericTotal],
    *,
    variance: FloatArray | None,
    within: IntArray | None,
    weights: FloatArray,
) -> Auxiliaries:
    """Auxiliary values of the rows, compressed to cells where rows have them in common.

    ``within`` gives the unit of each row if all rows of a unit are to have one factor: auxiliaries are then the
    units' weighted means.
    """
    names = [margin.name for margin in margins for _ in margin.labels] + [number.name for number in numbers]
    labels = [label for margin in margins for label in margin.labels] + [number.name for number in numbers]
    targets = np.concatenate([*(margin.targets for margin in margins), [number.target for number in numbers]])
    if within is not None:
        values, own_variance = _unit_means(margins, numbers, variance, within, weights)
        return Auxiliaries(within, values, own_variance, tuple(names), tuple(labels), targets)
    columns = [number.values for number in numbers] + ([variance] if variance is not None else [])
    codes = _compressed(margins, columns, weights.size)
    if codes is None:
        return Auxiliaries(None, _values(margins, numbers, None), variance, tuple(names), tuple(labels), targets)
    row = np.empty(int(codes.max()) + 1, dtype=np.int64)
    row[codes] = np.arange(codes.size)  # any row of a cell speaks for it
    cell_variance = None if variance is None else variance[row]
    return Auxiliaries(codes, _values(margins, numbers, row), cell_variance, tuple(names), tuple(labels), targets)


def penalties(auxiliaries: Auxiliaries, penalty: float | Mapping[Any, float] | None) -> FloatArray | None:
    """Price of missing each total.

    Raises
    ------
    InputError
        If a price is no number above zero, or names no total.
    """
    if penalty is None:
        return None
    if not isinstance(penalty, Mapping):
        prices = dict.fromkeys(auxiliaries.names, penalty)
    else:
        prices = {" × ".join(map(str, key)) if isinstance(key, tuple) else str(key): v for key, v in penalty.items()}
    unknown = [name for name in prices if name not in auxiliaries.names]
    if unknown:
        raise InputError("penalty names columns that have no total", where="penalty", examples=unknown)
    if not all(is_number(price) and price > 0.0 for price in prices.values()):
        raise InputError("the price of a miss must be a number above zero", where="penalty", got=repr(penalty))
    return np.array([float(prices.get(name, np.inf)) for name in auxiliaries.names])


def trimmed_factors(factors: FloatArray, weights: FloatArray, lower: float, upper: float) -> FloatArray:
    """Factors cut to ``lower`` and ``upper``, what was cut off shared among the others in proportion to weight."""
    outside = (factors < lower) | (factors > upper)
    cut = np.clip(factors, lower, upper)
    rest = float(weights[~outside].sum())
    if not outside.any() or rest == 0.0:
        return cut
    return np.where(outside, cut, cut + float((factors - cut) @ weights) / rest)


def _compressed(margins: Sequence[Margin], columns: Sequence[FloatArray], n: int) -> IntArray | None:
    """Cells of rows with the same categories and numbers, or None if there are too many to be worth it."""
    import pandas as pd

    if any(np.unique(column[:_LOOK]).size > _FEW * min(n, _LOOK) and n > 1 for column in columns):
        return None
    codes = cells_of(margins)[0] if margins else np.zeros(n, dtype=np.int32)
    for column in columns:
        place, levels = pd.factorize(column)
        codes, pairs = combine(codes, place.astype(np.int32), levels.size)
        if pairs.size > max(_FEW * n, 1):
            return None
    return dense_codes(codes)[0]


def _values(margins: Sequence[Margin], numbers: Sequence[NumericTotal], rows: NDArray[np.int64] | None) -> FloatArray:
    """Indicators of every category and the numbers, of all rows or some, ``(rows, p)``."""
    width = sum(len(margin.labels) for margin in margins) + len(numbers)
    n = (margins[0].codes if margins else numbers[0].values).size if rows is None else rows.size
    values = np.zeros((n, width))
    first, row = 0, np.arange(n)
    for margin in margins:
        values[row, first + (margin.codes if rows is None else margin.codes[rows])] = 1.0
        first += len(margin.labels)
    for k, number in enumerate(numbers):
        values[:, first + k] = number.values if rows is None else number.values[rows]
    return values


def _unit_means(
    margins: Sequence[Margin],
    numbers: Sequence[NumericTotal],
    variance: FloatArray | None,
    within: IntArray,
    weights: FloatArray,
) -> tuple[FloatArray, FloatArray | None]:
    units = int(within.max()) + 1
    mass = np.bincount(within, weights, minlength=units)
    mass[mass == 0.0] = 1.0  # units without weight take no part

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(within, weights * values, minlength=units) / mass)

    columns: list[FloatArray] = []
    for margin in margins:
        columns += [mean((margin.codes == k).astype(np.float64)) for k in range(len(margin.labels))]
    columns += [mean(number.values) for number in numbers]
    return np.column_stack(columns), None if variance is None else mean(variance)
