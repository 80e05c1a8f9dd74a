"""Nonresponse and unknown eligibility: the weight of units without answers given to those with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import logistic
from target87.survey.adjusting import Fitted
from target87.survey.row_values import Present, checked, column_codes, refuse_missing
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

STATUSES = ("respondent", "nonrespondent", "ineligible", "unknown")
RESPONDENT, NONRESPONDENT, INELIGIBLE, UNKNOWN = range(4)


@dataclass(frozen=True, eq=False)
class ClassAdjustment:
    """Move the weight of some units of a class to others of it.

    Cells are class by status: ``4 * class + status``. ``giving`` statuses lose their weight to the ``taking`` ones of
    their class, in proportion to weight (or to numbers); the rest keep theirs.
    """

    codes: IntArray
    labels: tuple[str, ...]
    giving: int
    taking: tuple[int, ...]
    counts: FloatArray | None
    """Numbers of units of each cell, if rates are to be of units and not of weights."""
    subject: str
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of classes times four."""
        return 4 * len(self.labels)

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors of the cells."""
        basis = totals if self.counts is None else np.repeat(self.counts[:, None], totals.shape[1], axis=1)
        table = basis.reshape(len(self.labels), 4, -1)
        gives, takes = table[:, self.giving], table[:, list(self.taking)].sum(axis=1)
        stranded = np.argwhere((gives > 0.0) & ~(takes > 0.0))
        if stranded.size:
            self._refuse(stranded, gives)
        ratio = np.divide(gives + takes, takes, out=np.ones_like(takes), where=takes > 0.0)
        factors = np.ones_like(table)
        factors[:, self.giving] = 0.0
        factors[:, list(self.taking)] = ratio[:, None]
        rates = [
            {"class": label, "rate": float(1.0 / one), "factor": float(one)}
            for label, one in zip(self.labels, ratio[:, 0], strict=True)
        ]
        note = f"factors {ratio[:, 0].min():.4g} to {ratio[:, 0].max():.4g}"
        return Fitted(factors.reshape(totals.shape), (note, *self.notes), {**self.details, "classes": rates})

    def _refuse(self, stranded: NDArray[np.int64], gives: FloatArray) -> None:
        taking = " or ".join(STATUSES[status] for status in self.taking)
        raise DataError(
            f"classes have no {taking} unit to take the weight of their {STATUSES[self.giving]} units",
            where=self.subject,
            count=int(stranded.shape[0]),
            examples=[f"{self.labels[k]} (weight {gives[k, r]:,.6g})" for k, r in stranded[:5]],
            remedies=("join classes", "or use fewer columns in by="),
        )


@dataclass(frozen=True, eq=False)
class PropensityAdjustment:
    """Divide weights of respondents by their estimated probability of response."""

    codes: None
    row_factor: FloatArray
    subject: str
    notes: tuple[str, ...]
    details: Mapping[str, Any]

    @property
    def cells(self) -> int:
        """Number of rows."""
        return self.row_factor.size

    def fit(self, totals: FloatArray) -> Fitted:
        """The same factors for every set of weights."""
        factors = np.repeat(self.row_factor[:, None], totals.shape[1], axis=1)
        return Fitted(factors, self.notes, self.details)


def read_status(rows: Rows, present: Present, given: Any, *, argument: str) -> IntArray:
    """Status of each row as a place in ``STATUSES``; -1 for rows that take no part.

    ``given`` is a column, or one value a row: truth values (or 0 and 1) of having responded, or the words of
    ``STATUSES``.

    Raises
    ------
    DataError
        If a status is missing or none of these.
    """
    if not isinstance(given, str):
        column = Rows(_as_frame(given))
        if column.n != rows.n:
            raise DataError(
                "a status is needed for every row", where=argument, expected=f"{rows.n:,}", got=f"{column.n:,}"
            )
        return read_status(column, present, "status", argument=argument)
    if not rows.is_numeric(checked(rows, given, argument)):
        category = rows.category(given, argument=argument)
        place = {str(label).casefold(): k for k, label in enumerate(STATUSES)}
        table = np.array([place.get(str(label).casefold(), -2) for label in category.levels] + [-1], dtype=np.int32)
        status = table[category.codes]
        wrong = [label for k, label in enumerate(category.levels) if table[k] == -2]
        expected = ", ".join(STATUSES)
    else:
        values = rows.numeric(given, argument=argument)
        status = np.where(values == 1.0, RESPONDENT, np.where(values == 0.0, NONRESPONDENT, -2)).astype(np.int32)
        status[np.isnan(values)] = -1
        wrong = list(np.unique(values[status == -2]))
        expected = "true or false (1 or 0)"
    refuse_missing(status == -1, present, given)
    if present is not None:
        status = np.where(present, status, -1)
    if (status == -2).any():
        raise DataError(
            "not a status of response",
            where=f"{argument}, column {given!r}",
            expected=expected,
            count=int((status == -2).sum()),
            examples=wrong,
        )
    return status


def class_adjustment(
    rows: Rows,
    present: Present,
    status: IntArray,
    by: str | Sequence[str] | None,
    *,
    giving: int,
    taking: tuple[int, ...],
    weighted: bool,
    subject: str,
) -> ClassAdjustment:
    """Weighting classes from columns."""
    codes, labels = column_codes(rows, by, argument="by")
    refuse_missing(codes < 0, present, by)
    names = ", ".join((by,) if isinstance(by, str) else tuple(by or ("one class",)))
    return _classes(codes, labels, status, giving, taking, weighted, f"{subject}, classes of {names}", (), {})


def propensity_adjustment(
    rows: Rows,
    status: IntArray,
    weights: FloatArray,
    model: Sequence[str],
    *,
    classes: int | None,
    weighted: bool,
    subject: str,
) -> ClassAdjustment | PropensityAdjustment:
    """Response propensities by logistic regression, used as they are or in classes of about equal size.

    Raises
    ------
    DataError
        If covariates tell respondents and nonrespondents apart without error.
    """
    eligible = (status == RESPONDENT) | (status == NONRESPONDENT)
    x, names = _covariates(rows, eligible, model)
    trials = weights[eligible] if weighted else np.ones(int(eligible.sum()))
    ones = np.where(status[eligible] == RESPONDENT, trials, 0.0)
    fitted = logistic.fit(x, ones, trials)
    if not fitted.converged:
        raise DataError(
            "the response model has no finite solution: the covariates tell respondents and nonrespondents apart",
            where=f"model={list(model)}",
            remedies=("use fewer covariates, or coarser categories", "use weighting classes: by="),
        )
    coefficients = dict(zip(names, (float(value) for value in fitted.coefficients), strict=True))
    details = {
        "model": "logistic regression" + (", weighted" if weighted else ", unweighted"),
        "coefficients": coefficients,
        "propensities": (float(fitted.probabilities.min()), float(fitted.probabilities.max())),
    }
    shown = ", ".join(f"{name} {value:.4g}" for name, value in coefficients.items())
    low, high = details["propensities"]
    notes = (f"logit of response: {shown}", f"propensities {low:.3g} to {high:.3g}")
    full = f"{subject}, response model of {', '.join(model)}"
    if classes is None:
        factor = np.ones(rows.n)
        factor[eligible] = np.where(status[eligible] == RESPONDENT, 1.0 / fitted.probabilities, 0.0)
        return PropensityAdjustment(None, factor, full, notes, details)
    codes, labels = _propensity_classes(fitted.probabilities, eligible, classes)
    taking = (RESPONDENT,)
    return _classes(
        codes, labels, status, NONRESPONDENT, taking, weighted, f"{full} in {len(labels)} classes", notes, details
    )


def _classes(
    codes: IntArray,
    labels: tuple[str, ...],
    status: IntArray,
    giving: int,
    taking: tuple[int, ...],
    weighted: bool,
    subject: str,
    notes: tuple[str, ...],
    details: Mapping[str, Any],
) -> ClassAdjustment:
    # a row without status has no weight: which cell it is put in does not matter
    cell = np.where(status < 0, 4 * len(labels) - 1, 4 * np.maximum(codes, 0) + status).astype(np.int32)
    counts = None
    if not weighted:
        counts = np.bincount(cell[status >= 0], minlength=4 * len(labels)).astype(np.float64)
    return ClassAdjustment(cell, labels, giving, taking, counts, subject, notes, details)


def _propensity_classes(
    probabilities: FloatArray, eligible: NDArray[np.bool_], classes: int
) -> tuple[IntArray, tuple[str, ...]]:
    if classes < 1:
        raise InputError("there must be at least one class", where="classes", got=repr(classes))
    cuts = np.unique(np.quantile(probabilities, np.linspace(0.0, 1.0, classes + 1)[1:-1]))
    place = np.searchsorted(cuts, probabilities, side="left")
    used, place = np.unique(place, return_inverse=True)
    codes = np.zeros(eligible.size, dtype=np.int32)
    codes[eligible] = place
    labels = []
    for k in range(used.size):
        own = probabilities[place == k]
        labels.append(f"propensity {own.min():.4g} to {own.max():.4g}")
    return codes, tuple(labels)


def _covariates(rows: Rows, eligible: NDArray[np.bool_], model: Sequence[str]) -> tuple[FloatArray, tuple[str, ...]]:
    """An intercept, numbers as they are, and indicators of all categories but the first that occurs."""
    columns, names = [np.ones(int(eligible.sum()))], ["(Intercept)"]
    for name in model:
        if rows.is_numeric(checked(rows, name, "model")):
            values = rows.numeric(name, argument="model")
            refuse_missing(~np.isfinite(values), eligible, name)
            columns.append(values[eligible])
            names.append(name)
            continue
        category = rows.category(name, argument="model")
        refuse_missing(category.codes < 0, eligible, name)
        own = category.codes[eligible]
        for level in np.unique(own)[1:]:
            columns.append((own == level).astype(np.float64))
            names.append(f"{name}={category.levels[level]}")
    return np.column_stack(columns), tuple(names)


def _as_frame(values: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({"status": values.reset_index(drop=True) if hasattr(values, "reset_index") else values})
