"""Response propensities by logistic regression, estimated anew from the weights of every replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from target87.errors import DataError, InputError
from target87.kernels import logistic
from target87.survey.adjusting import Fitted, sums_by
from target87.survey.checking import is_number
from target87.survey.encoding import combine
from target87.survey.nonresponse import NONRESPONDENT, RESPONDENT, NumbersOfUnits, stranded_weight
from target87.survey.row_values import checked, refuse_missing
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_HELD = 1 << 22
"""Factors, combinations of covariates by replicates, up to which they are held; beyond, they are worked out anew."""
_SAME = 1e-9
"""Log odds that differ by less, relative to their size, differ by rounding."""
_LARGEST = 700.0


class ResponseModels(NamedTuple):
    """Models of some sets of weights; the last two have no rows if propensities are used as they are."""

    coefficients: FloatArray
    """``(p, sets)``."""
    cuts: FloatArray
    """Log odds between one class and the next, ``(classes - 1, sets)``."""
    ratios: FloatArray
    """Factor of the respondents of each class, ``(classes, sets)``."""

    def part(self, sets: slice) -> ResponseModels:
        """The models of some of the sets."""
        return ResponseModels(*(one[:, sets] for one in self))


@dataclass(frozen=True, eq=False)
class PropensityAdjustment:
    """Divide weights of respondents by their estimated probability of response, or by the response rate of a class.

    Cells are combinations of covariates by response: those of the respondents, in the same order those of the
    nonrespondents, and one for all other rows, which keep their weight.
    """

    codes: IntArray
    x: FloatArray
    """Covariates of the combinations, ``(combinations, p)``."""
    columns: tuple[str, ...]
    classes: int | None
    weighted: bool
    numbers: FloatArray
    """Numbers of units of the cells, ``(cells, sets)``: of the sample, and of replicates once they are given."""
    subject: str
    start: FloatArray | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of combinations times two, and one."""
        return 2 * int(self.x.shape[0]) + 1

    @property
    def counts(self) -> bool:
        """Whether numbers of units matter, and not their weights alone."""
        return not self.weighted or self.classes is not None

    def few(self, replicates: int) -> bool:
        """Whether factors of that many replicates can be held."""
        return int(self.x.shape[0]) * replicates <= _HELD

    def with_numbers(self, numbers: NumbersOfUnits) -> PropensityAdjustment:
        """The same with the numbers of units of every set, if they matter."""
        return replace(self, numbers=numbers(self.codes, self.cells)) if self.counts else self

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors of the cells, from the weights of every set by themselves."""
        return Fitted(self.factors(self.models(totals, self.numbers)), self.notes, self.details)

    def models(self, totals: FloatArray, numbers: FloatArray, *, first: int = 0) -> ResponseModels:
        """Response models from sums of weights and numbers of units of the cells, ``(cells, sets)``.

        Raises
        ------
        DataError
            If some propensities go to 0, or a class has no respondents.
        """
        basis = totals if self.weighted else numbers
        half = self.x.shape[0]
        responded, silent = basis[:half], basis[half:-1]
        fitted = logistic.fit(self.x, responded, responded + silent, start=self.start)
        if not fitted.above_zero.all():
            raise _no_solution(self.columns, np.flatnonzero(~fitted.above_zero) + first)
        sets = basis.shape[1]
        if self.classes is None:
            return ResponseModels(fitted.coefficients, np.empty((0, sets)), np.empty((0, sets)))
        odds = self.x @ fitted.coefficients
        units = numbers[:half] + numbers[half:-1]
        shares = np.arange(1, self.classes) / self.classes
        cuts = np.column_stack([_cuts(odds[:, k], units[:, k], shares) for k in range(sets)])
        ratios = self._ratios(_places(odds, cuts), responded, silent, first)
        return ResponseModels(fitted.coefficients, cuts, ratios)

    def factors(self, models: ResponseModels) -> FloatArray:
        """Factors of the cells, ``(cells, sets)``."""
        odds = self.x @ models.coefficients
        half = odds.shape[0]
        factors = np.zeros((self.cells, odds.shape[1]))
        factors[-1] = 1.0
        if self.classes is None:
            # combinations that a set of weights lacks may have any odds, but nothing to multiply
            factors[:half] = 1.0 + np.exp(np.minimum(-odds, _LARGEST))
        else:
            factors[:half] = np.take_along_axis(models.ratios, _places(odds, models.cuts), axis=0)
        return factors

    def _ratios(self, places: NDArray[np.int64], responded: FloatArray, silent: FloatArray, first: int) -> FloatArray:
        assert self.classes is not None
        sets = places.shape[1]
        flat = (places * sets + np.arange(sets)).ravel()
        gives, takes = (
            np.bincount(flat, weights=one.ravel(), minlength=self.classes * sets).reshape(self.classes, sets)
            for one in (silent, responded)
        )
        stranded = np.argwhere((gives > 0.0) & ~(takes > 0.0))
        if stranded.size:
            raise stranded_weight(
                "classes of propensity have no respondent to take the weight of their nonrespondents",
                [(f"class {k + 1}", int(r) + first, float(gives[k, r])) for k, r in stranded],
                weighted=self.weighted,
                where=self.subject,
                remedies=("use fewer classes",),
            )
        return np.divide(gives + takes, takes, out=np.ones_like(takes), where=takes > 0.0)


def propensity_adjustment(
    rows: Rows,
    status: IntArray,
    weights: FloatArray,
    model: Sequence[str],
    *,
    classes: int | None,
    weighted: bool,
    subject: str,
) -> PropensityAdjustment:
    """Response propensities of the sample, used as they are or in classes of about equal numbers of units.

    Raises
    ------
    DataError
        If covariates tell respondents and nonrespondents apart without error.
    """
    if classes is not None and not (is_number(classes) and classes >= 1 and classes == int(classes)):
        raise InputError(
            "there must be at least one class, and a whole number of them", where="classes", got=repr(classes)
        )
    eligible = (status == RESPONDENT) | (status == NONRESPONDENT)
    own, x, names = _combinations(rows, eligible, model)
    codes = np.full(rows.n, 2 * x.shape[0], dtype=np.int32)
    codes[eligible] = np.where(status[eligible] == RESPONDENT, own, own + np.int32(x.shape[0]))
    numbers = np.bincount(codes, minlength=2 * x.shape[0] + 1).astype(np.float64)[:, None]
    full = f"{subject}, response model of {', '.join(model)}"
    plan = PropensityAdjustment(codes, x, tuple(model), classes, weighted, numbers, full)
    totals = sums_by(codes, plan.cells, weights)[:, None]
    basis = totals if weighted else numbers
    fitted = logistic.fit(x, basis[: x.shape[0]], basis[: x.shape[0]] + basis[x.shape[0] : -1])
    if not fitted.converged.all():
        raise _no_solution(model, np.zeros(1, dtype=np.int64))
    plan = replace(plan, start=fitted.coefficients[:, 0])
    return _told(plan, names, plan.models(totals, numbers))


def _told(plan: PropensityAdjustment, names: Sequence[str], models: ResponseModels) -> PropensityAdjustment:
    """The plan with what its history will say of the sample's model."""
    odds = plan.x @ models.coefficients
    chances = expit(odds[:, 0])
    coefficients = {name: float(value) for name, value in zip(names, models.coefficients[:, 0], strict=True)}
    low, high = float(chances.min()), float(chances.max())
    details: dict[str, Any] = {
        "model": "logistic regression" + (", weighted" if plan.weighted else ", unweighted"),
        "coefficients": coefficients,
        "propensities": (low, high),
    }
    shown = ", ".join(f"{name} {value:.4g}" for name, value in coefficients.items())
    notes: tuple[str, ...] = (f"logit of response: {shown}", f"propensities {low:.3g} to {high:.3g}")
    if plan.classes is None:
        return replace(plan, notes=notes, details=details)
    place = _places(odds, models.cuts)[:, 0]
    used = np.unique(place)
    ratios = models.ratios[used, 0]
    details["classes"] = [
        {
            "class": f"propensity {chances[place == k].min():.4g} to {chances[place == k].max():.4g}",
            "rate": float(1.0 / ratio),
            "factor": float(ratio),
        }
        for k, ratio in zip(used, ratios, strict=True)
    ]
    notes = (f"factors {ratios.min():.4g} to {ratios.max():.4g}", *notes)
    return replace(
        plan,
        subject=f"{plan.subject} in {used.size} class{'es' if used.size > 1 else ''}",
        notes=notes,
        details=details,
    )


def _cuts(odds: FloatArray, units: FloatArray, shares: FloatArray) -> FloatArray:
    """Log odds halfway between the quantiles of the units' log odds and the next greater that occur."""
    order = np.argsort(odds, kind="stable")
    order = order[units[order] > 0.0]
    if not order.size:
        return np.full(shares.size, np.inf)
    ranked, held = odds[order], np.cumsum(units[order])
    at = ranked[np.minimum(np.searchsorted(held, shares * held[-1] * (1.0 - 1e-12)), order.size - 1)]
    after = np.searchsorted(ranked, at + _SAME * (1.0 + np.abs(at)), side="right")
    # halfway, so that the same covariates are on the same side however their log odds are rounded
    return np.where(after < order.size, (at + ranked[np.minimum(after, order.size - 1)]) / 2.0, np.inf)


def _places(odds: FloatArray, cuts: FloatArray) -> NDArray[np.int64]:
    """Class of each combination in each set."""
    places = np.zeros(odds.shape, dtype=np.int64)
    for cut in cuts:
        places += odds > cut
    return places


def _no_solution(columns: Sequence[str], sets: NDArray[np.int64]) -> DataError:
    replicates = [f"replicate {number}" for number in sets if number]
    return DataError(
        "the response model has no finite solution: the covariates tell respondents and nonrespondents apart",
        where=f"model={list(columns)}",
        count=len(replicates) or None,
        examples=replicates[:5],
        remedies=("use fewer covariates, or coarser categories", "use weighting classes: by="),
    )


def _combinations(
    rows: Rows, eligible: NDArray[np.bool_], model: Sequence[str]
) -> tuple[IntArray, FloatArray, tuple[str, ...]]:
    """Combination of covariates of each eligible row, the covariates of each combination, and their names.

    The covariates are an intercept, numbers as they are, and indicators of all categories but the first that occurs.
    """
    if not eligible.any():
        raise DataError("there are neither respondents nor nonrespondents", where=f"model={list(model)}")
    codes = np.zeros(int(eligible.sum()), dtype=np.int32)
    parts: list[tuple[str, NDArray[Any]]] = []
    for name in model:
        if rows.is_numeric(checked(rows, name, "model")):
            values = rows.numeric(name, argument="model")
            refuse_missing(~np.isfinite(values), eligible, name)
            levels, place = np.unique(values[eligible], return_inverse=True)
            parts.append((name, values[eligible]))
            codes, _ = combine(codes, place.astype(np.int32), levels.size)
            continue
        category = rows.category(name, argument="model")
        refuse_missing(category.codes < 0, eligible, name)
        own = category.codes[eligible]
        parts += [(f"{name}={category.levels[level]}", own == level) for level in np.unique(own)[1:]]
        codes, _ = combine(codes, own, len(category))
    one = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    one[codes] = np.arange(codes.size)
    x = np.column_stack([np.ones(one.size), *(values[one].astype(np.float64) for _, values in parts)])
    return codes, x, ("(Intercept)", *(name for name, _ in parts))
