"""Linearised variances of functions of totals, stage by stage, with every policy for single-unit strata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.kernels import unit_totals, unit_variance
from target87.survey.calibration_model import explained, products
from target87.survey.cells import domain_means
from target87.survey.domains import Domains
from target87.survey.lonely import Treatment, treat
from target87.survey.statistics import Statistic
from target87.survey.totals import Scores, UnitTotals

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]


class TaylorTotals:
    """Totals of row variables by domain on a design with strata and sampling units, and variances by linearisation.

    Variances of totals at several stages: Särndal, Swensson and Wretman (1992), section 4.3; of functions of totals:
    Woodruff (1971), Binder (1983).
    """

    def __init__(self, design: SurveyDesign, values: FloatArray, domains: Domains) -> None:
        self._design = design
        self._values = values
        self._domains = domains
        calibrated = bool(design._calibrations)  # such designs keep the rows outside a subset, with no weight
        self._judge_lonely = design.lonely_psu in ("average", "adjust") and not calibrated
        self._levels = [UnitTotals(design, k, values, domains) for k in range(len(design._stages.levels))]
        self.point: FloatArray = self._levels[0].point

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight, and weighted products of pairs of variables about the domain's means, by domain."""
        middle = domain_means(self.point)
        return unit_totals.moments(
            self._domains.codes, len(self._domains), self._design._active_weights, self._values, middle, pairs
        )

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``; of each domain by itself, as the policy for single-unit strata would have it."""
        scores = self._scores(statistic)
        result = np.zeros(scores.cells)
        for level in self._levels:
            if self._design._joint is not None:
                result += np.diag(self._joint(level, scores))
            elif self._judge_lonely and len(self._domains) > 1:
                result += _variance_by_domain(self._design, level, scores)
            elif level.plain:
                result += _plain_variance(self._design, level, scores)
            else:
                result += _variance(level, scores, self._whole(level))
        return result.reshape(-1, len(self._domains)).T

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)`` of all cells, statistics slowest."""
        scores = self._scores(statistic)
        result = np.zeros((scores.cells, scores.cells))
        for level in self._levels:
            if self._design._joint is not None:
                result += self._joint(level, scores)
            else:
                _add_covariance(level, scores, self._whole(level), result)
        return result

    def _scores(self, statistic: Statistic) -> Scores:
        jacobian = statistic.jacobian(self.point)
        return Scores(jacobian, explained(self._design, self._crossed(), jacobian))

    def _crossed(self) -> Sequence[FloatArray]:
        """Products of the rows' values with the auxiliaries of every calibration."""
        weight = self._design._active_weights
        return [products(model, weight, self._values, self._domains) for model in self._design._calibrations]

    def _whole(self, level: UnitTotals) -> Treatment:
        present = level.present.any(axis=1)[:, None] if self._judge_lonely else None
        return treat(self._design, level.stage, present)

    def _joint(self, level: UnitTotals, scores: Scores) -> FloatArray:
        result = np.zeros((scores.cells, scores.cells))
        z = np.concatenate([block for _, block in level.blocks(scores)])
        for units, matrix in self._design._joint or ():
            result += z[units].T @ matrix @ z[units]
        return result


def _centre(level: UnitTotals, scores: Scores, treatment: Treatment) -> FloatArray:
    """Means of the scores of each group, or where the policy says so of all groups together: ``(groups, cells)``."""
    return treatment.centre(level.group_sums(scores), level.stage)


def _variance(level: UnitTotals, scores: Scores, treatment: Treatment) -> FloatArray:
    stage, variance = level.stage, np.zeros(scores.cells)
    centre, scale = _centre(level, scores, treatment), treatment.unit_scale(stage)
    for part, block in level.blocks(scores):
        unit_variance.add_squares(block, stage.group[part], centre, scale[part], variance)
    return variance


def _add_covariance(level: UnitTotals, scores: Scores, treatment: Treatment, total: FloatArray) -> None:
    stage = level.stage
    centre, root = _centre(level, scores, treatment), np.sqrt(treatment.unit_scale(stage))
    for part, block in level.blocks(scores):
        unit_variance.add_products(block, stage.group[part], centre, root[part], total)


def _plain_variance(design: SurveyDesign, level: UnitTotals, scores: Scores) -> FloatArray:
    """The same as ``_variance`` straight from the totals, where no calibration takes its part of the scores."""
    stage = level.stage
    treatment = treat(design, stage, None)
    if treatment.recentred.any() or not stage.equal_fractions:
        return _variance(level, scores, treatment)
    scale = np.zeros(stage.groups)
    scale[stage.group] = treatment.unit_scale(stage)
    result = np.zeros((scores.jacobian.shape[1], level.domains))
    for j in range(result.shape[0]):
        level.add_variance(scores, j, scale, result[j])
    result[np.isnan(scores.jacobian).any(axis=2).T] = np.nan
    return result.ravel()


def _variance_by_domain(design: SurveyDesign, level: UnitTotals, scores: Scores) -> FloatArray:
    """Variances where single-unit strata are judged within each domain."""
    stage = level.stage
    treatment = treat(design, stage, level.present)
    sums = level.group_sums(scores)
    own = sums / stage.sampled[:, None]
    squares = np.zeros_like(sums)
    scale = stage.unit_scale
    for part, block in level.blocks(scores):
        unit_variance.group_squares(block, stage.group[part], own, scale[part], squares)
    return treatment.combine(sums, squares, stage)


def refuse_lonely(design: SurveyDesign) -> None:
    """Raise if the policy for single-unit strata is to refuse them and there are any.

    Raises
    ------
    DataError
        Naming the strata, their number, and the remedies.
    """
    for number, stage in enumerate(design._stages.levels, start=1):
        lonely = np.flatnonzero(stage.lonely)
        if lonely.size:
            raise DataError(
                "strata with a single sampling unit have no variance of their own",
                where=f"stage {number}" if len(design._stages.levels) > 1 else "strata",
                count=int(lonely.size),
                examples=[stage.group_name(int(g)) for g in lonely[:5]],
                remedies=(
                    "lonely_psu= says what becomes of them (R: options(survey.lonely.psu=); Stata: singleunit()):",
                    '"certainty": they add nothing (R: "certainty"; Stata: certainty)',
                    '"adjust": centred at the mean of all units, cautious (R: "adjust"; Stata: centered)',
                    '"average": the average of the other strata (R: "average"; Stata: scaled)',
                    '"remove": left out, the same as certainty (R: "remove")',
                    "or combine each with a similar stratum before the design is made",
                ),
            )
