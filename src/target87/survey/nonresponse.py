"""Nonresponse and unknown eligibility: the weight of units without answers given to those with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.adjusting import Fitted
from target87.survey.domains import Domains
from target87.survey.replicate_factors import ReplicateWeights
from target87.survey.row_values import Present, checked, column_codes, refuse_missing
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]
type NumbersOfUnits = Callable[[IntArray, int], FloatArray]
"""Numbers of units ``(cells, sets)`` from the cell of each row and how many cells there are."""

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
    """Numbers of units ``(cells, sets)``, if rates are to be of units and not of weights."""
    subject: str

    @property
    def cells(self) -> int:
        """Number of classes times four."""
        return 4 * len(self.labels)

    def fit(self, totals: FloatArray) -> Fitted:
        """Factors of the cells."""
        table = (totals if self.counts is None else self.counts).reshape(len(self.labels), 4, -1)
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
        return Fitted(factors.reshape(totals.shape), (note,), {"classes": rates})

    def _refuse(self, stranded: NDArray[np.int64], gives: FloatArray) -> None:
        taking = " or ".join(STATUSES[status] for status in self.taking)
        raise stranded_weight(
            f"classes have no {taking} unit to take the weight of their {STATUSES[self.giving]} units",
            [(self.labels[k], int(r), float(gives[k, r])) for k, r in stranded],
            weighted=self.counts is None,
            where=self.subject,
            remedies=("join classes", "or use fewer columns in by="),
        )


def stranded_weight(
    what: str, stranded: Sequence[tuple[str, int, float]], *, weighted: bool, where: str, remedies: tuple[str, ...]
) -> DataError:
    """The error of weight that nobody can take: its class, set of weights (0 is the sample) and amount."""
    unit = "weight" if weighted else "units"
    first = sorted(stranded, key=lambda one: one[1])[:5]
    shown = [
        f"{label}{f' in replicate {number}' if number else ''} ({unit} {amount:,.6g})"
        for label, number, amount in first
    ]
    return DataError(what, where=where, count=len(stranded), examples=shown, remedies=remedies)


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
        given = rows.evaluated(given)
        rows.refuse_other_order(given, argument)
        column = Rows(_as_frame(given, argument))
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
    numbers: NumbersOfUnits | None,
    subject: str,
) -> ClassAdjustment:
    """Weighting classes from columns; ``numbers`` are asked for if rates are to be of units and not of weights."""
    codes, labels = column_codes(rows, by, argument="by")
    refuse_missing(codes < 0, present, by)
    names = ", ".join((by,) if isinstance(by, str) else tuple(by or ("one class",)))
    # a row without status has no weight: which cell it is put in does not matter
    cell = np.where(status < 0, 4 * len(labels) - 1, 4 * np.maximum(codes, 0) + status).astype(np.int32)
    counts = None if numbers is None else numbers(cell, 4 * len(labels))
    return ClassAdjustment(cell, labels, giving, taking, counts, f"{subject}, classes of {names}")


def numbers_of_units(
    codes: IntArray, cells: int, weights: FloatArray, replicates: ReplicateWeights | None
) -> FloatArray:
    """Number of units of each cell, ``(cells, sets)``: in the sample, then in each replicate.

    A unit counts in a replicate as often as its weight there is its weight in the sample: not if it is left out.
    """
    used = weights != 0.0
    sample = np.bincount(codes[used], minlength=cells).astype(np.float64)[:, None]
    if replicates is None:
        return sample
    one = np.divide(1.0, weights, out=np.zeros_like(weights), where=used)
    domains = Domains(("cell",), (tuple(range(cells)),), codes)
    return np.concatenate([sample, replicates.totals(domains, one[None])[:, 1]], axis=1)


def _as_frame(values: Any, argument: str) -> Any:
    import pandas as pd

    plain = values.reset_index(drop=True) if hasattr(values, "reset_index") else values
    try:
        return pd.DataFrame({"status": plain})
    except ValueError as error:  # one value for all rows, or a table
        raise InputError(
            "one status a row is needed", where=argument, expected="a column, or its values", got=type(values).__name__
        ) from error
