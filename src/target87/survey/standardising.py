"""Direct standardisation: means as they would be under given shares of age groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.checking import is_number
from target87.survey.domains import Condition, Domains
from target87.survey.variables import Missing, Variables, as_names

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.survey.estimands import Estimands
    from target87.survey.estimating import Freedom
    from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class StandardisedMean:
    """Sums over groups of ``share`` times the group's mean of each of ``size`` variables.

    Totals: of the indicators of the groups, then of each variable times each indicator, groups fastest.
    """

    share: FloatArray
    size: int

    def _split(self, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
        groups = self.share.size
        persons = np.where(self.share > 0.0, totals[..., None, 1 : groups + 1], 1.0)  # without a share: not needed
        sums = totals[..., groups + 1 :].reshape(*totals.shape[:-1], self.size, groups)
        return np.where(persons > 0.0, persons, np.nan), sums

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals."""
        persons, sums = self._split(totals)
        return np.asarray((self.share * sums / persons).sum(axis=-1))

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        persons, sums = self._split(totals)
        groups = self.share.size
        result = np.zeros((*totals.shape[:-1], self.size, totals.shape[-1]))
        result[..., 1 : groups + 1] = -self.share * sums / persons**2
        for j in range(self.size):
            begin = 1 + groups * (1 + j)
            result[..., j, begin : begin + groups] = (self.share / persons)[..., 0, :]
        return result


def standardised_mean(
    design: Estimands,
    variables: str | Sequence[str],
    *,
    over: str,
    standard: Mapping[Any, float],
    by: str | Sequence[str] | None,
    where: Condition,
    interval: str,
    level: float,
    df: Freedom,
    missing: Missing,
) -> Estimates:
    """See :meth:`target87.survey.estimands.Estimands.standardised_mean`."""
    names = as_names(variables)
    read = design._read(names, by, where, missing, numbers=True)
    levels = design._labels(over, "over")
    share = _shares(levels, over, standard)

    def by_group(part: Variables, rows: Rows, weights: FloatArray) -> tuple[FloatArray, Domains]:
        codes = rows.category(over, argument="over").codes
        gone = codes < 0
        if missing == "error" and (weights[gone] > 0.0).any():
            raise InputError("groups are missing for some rows", where=f"column {over!r}", remedies=('missing="omit"',))
        indicators = (codes == np.arange(len(levels))[:, None]).astype(np.float64)
        products = [part.values[j] * indicators for j in range(part.size)]
        return np.concatenate([indicators, *products]), part.domains.without(gone) if gone.any() else part.domains

    labelled = design._derived(read, by_group, read.names, read.categories, columns=(over,))
    return design._estimate(
        labelled,
        StandardisedMean(share, read.size),
        [],
        estimand="standardised_mean",
        unit="as the variable",
        interval=interval,
        level=level,
        df=df,
        deff=False,
        covariance=None,
        rule="default",
        missing=missing,
    )


def _shares(levels: tuple[Any, ...], over: str, standard: Mapping[Any, float]) -> FloatArray:
    if hasattr(standard, "to_dict"):  # a pandas series of persons over groups
        standard = standard.to_dict()
    if not isinstance(standard, Mapping):
        raise InputError(
            "a standard population is a mapping of groups to persons or shares",
            where="standard",
            got=type(standard).__name__,
        )
    wrong = [f"{group}: {persons!r}" for group, persons in standard.items() if not is_number(persons)]
    if wrong:
        raise InputError("persons or shares are numbers", where="standard", count=len(wrong), examples=wrong)
    unknown = [group for group in standard if group not in levels]
    absent = [group for group in levels if group not in standard]
    if unknown or absent:
        raise InputError(
            "the standard population and the data name different groups",
            where=f"standard, column {over!r}",
            expected=", ".join(map(str, levels)),
            got=", ".join(map(str, standard)),
            examples=[*unknown, *absent],
        )
    persons = np.array([float(standard[group]) for group in levels])
    if not np.isfinite(persons).all() or (persons < 0.0).any() or persons.sum() <= 0.0:
        raise InputError("shares of the standard population must be 0 or more, and not all 0", where="standard")
    return np.asarray(persons / persons.sum())
