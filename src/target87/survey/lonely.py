"""Strata with a single sampling unit: what each policy makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import UnknownNameError
from target87.kernels import unit_variance
from target87.survey.stages import Stage

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]
type LonelyPsu = Literal["error", "certainty", "remove", "adjust", "average"]

ELSEWHERE = {"fail": "error", "missing": "error", "centered": "adjust", "scaled": "average"}
"""Words of R and Stata for a policy."""

POLICIES: tuple[LonelyPsu, ...] = ("error", "certainty", "remove", "adjust", "average")


@dataclass(frozen=True, eq=False)
class Treatment:
    """How groups enter a variance, over groups and over columns: one, or one a domain.

    Parameters
    ----------
    factor : ndarray, shape (groups, columns)
        What the contribution of a group is multiplied with.
    recentred : ndarray of bool, shape (groups, columns)
        Groups whose units are centred at the mean of all units, not of their own group.
    sampled : ndarray, shape (scopes, columns)
        Units over which that mean is taken.
    """

    factor: FloatArray
    recentred: NDArray[np.bool_]
    sampled: FloatArray

    def unit_scale(self, stage: Stage) -> FloatArray:
        """Multiplier of each unit's square, where there is one column."""
        return np.asarray(stage.unit_scale * self.factor[stage.group, 0])

    def centre(self, sums: FloatArray, stage: Stage) -> FloatArray:
        """Centres of the groups from the sums of their scores."""
        centre = sums / stage.sampled[:, None]
        if self.recentred.any():
            rows = self.recentred[:, 0]
            centre[rows] = self._overall(sums, stage)[rows]
        return np.asarray(centre)

    def combine(self, sums: FloatArray, squares: FloatArray, stage: Stage) -> FloatArray:
        """Variances from scaled sums of squares about the groups' own means; columns are domains, repeated."""
        times = sums.shape[1] // self.factor.shape[1]
        factor, recentred = np.tile(self.factor, times), np.tile(self.recentred, times)
        apart = sums / stage.sampled[:, None] - self._overall(sums, stage)
        mass = np.bincount(stage.group, stage.unit_scale, minlength=stage.groups)
        moved = np.where(recentred, mass[:, None] * apart**2, 0.0)
        return np.asarray((factor * (squares + moved)).sum(axis=0))

    def _overall(self, sums: FloatArray, stage: Stage) -> FloatArray:
        """Mean of all units in a group's scope, for every group."""
        total = np.zeros((self.sampled.shape[0], sums.shape[1]))
        np.add.at(total, stage.scope, sums)
        times = sums.shape[1] // self.sampled.shape[1] if self.sampled.shape[1] > 1 else 1
        size = np.tile(self.sampled, times) if self.sampled.shape[1] > 1 else self.sampled
        return np.asarray((total / np.maximum(size, 1.0))[stage.scope])


def treat(design: SurveyDesign, stage: Stage, present: NDArray[np.bool_] | None) -> Treatment:
    """Work out the treatment of every group of a stage under the design's policy.

    ``present`` ``(units, columns)`` says which units have rows in each column; None if all have.
    """
    if present is None:
        inside = np.bincount(stage.group, minlength=stage.groups).astype(np.float64)[:, None]
    else:
        inside = np.zeros((stage.groups, present.shape[1]))
        unit_variance.add_rows(present, stage.group, inside)
    there = inside > 0
    lonely = stage.lonely[:, None] & there
    if design.adjust_domain_lonely:
        lonely |= ((inside == 1) & (stage.sampled > 1)[:, None]) & ~stage.complete[:, None]
    scopes = int(stage.scope.max()) + 1
    factor = np.ones_like(inside)
    if design.lonely_psu == "average":
        ratio = _average(there, lonely, stage, scopes)
        factor = np.where(lonely & ~np.isnan(ratio), 0.0, ratio)  # with no other stratum there is no average
    sampled = np.zeros((scopes, inside.shape[1]))
    np.add.at(sampled, stage.scope, np.where(there, stage.sampled[:, None], 0.0))
    recentred = lonely if design.lonely_psu == "adjust" else np.zeros_like(lonely)
    return Treatment(factor, recentred, sampled)


def _average(there: NDArray[np.bool_], lonely: NDArray[np.bool_], stage: Stage, scopes: int) -> FloatArray:
    """Groups present over groups with a variance of their own, within each scope."""
    groups, usable = np.zeros((scopes, there.shape[1])), np.zeros((scopes, there.shape[1]))
    np.add.at(groups, stage.scope, there)
    np.add.at(usable, stage.scope, there & ~lonely)
    ratio = np.divide(groups, usable, out=np.full_like(groups, np.nan), where=usable > 0)
    ratio[groups == 0] = 1.0
    return np.asarray(ratio[stage.scope])


def unknown_policy(given: object) -> UnknownNameError:
    """The error for a policy there is not, with the library's word for one of R's or Stata's."""
    word = ELSEWHERE.get(str(given).casefold())
    remedy = None if word is None else f'it is called "{word}" here'
    return UnknownNameError.of(given, POLICIES, kind="policy for single-unit strata", remedy=remedy)
