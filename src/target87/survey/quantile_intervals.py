"""Limits of quantiles: from the estimated distribution function, from its score test, or from replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels.weighted_quantile import Ladder, at_most, ladder, read, replicate_quantiles, value_order
from target87.survey import intervals
from target87.survey.statistics import Mean

if TYPE_CHECKING:
    from target87.survey.variables import Variables

type FloatArray = NDArray[np.float64]
type IndexArray = NDArray[np.int64]

WOODRUFF: Final = {"woodruff": "t", "mean": "t", "beta": "beta", "xlogit": "xlogit", "asin": "asin"}
"""Intervals from that of a proportion, and what the latter is called in :mod:`target87.survey.intervals`."""

INTERVALS: Final = (*WOODRUFF, "score", "francisco_fuller", "quantile")
"""Names of the intervals."""

_ROUNDING = 1e-12
_TOGETHER = 4
"""Indicators of rows held at one time where no joint covariance is wanted."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A call, checked: ``J`` statistics (variables, and within them quantiles) for each of ``D`` domains."""

    design: Any
    given: Variables
    levels: FloatArray
    rule: str
    interval: str
    level: float
    df: FloatArray

    @property
    def domains(self) -> int:
        """Number ``D`` of domains."""
        return len(self.given.domains)

    @property
    def cells(self) -> int:
        """Number of estimates."""
        return self.domains * self.given.size * self.levels.size

    def part(self, variable: int) -> slice:
        """Places of a variable among the statistics."""
        return slice(variable * self.levels.size, (variable + 1) * self.levels.size)

    @property
    def critical(self) -> FloatArray:
        """Quantile of Student's t on the degrees of freedom of each domain, ``(D, 1)``."""
        _, upper = intervals.interval("t", 0.0, 1.0, self.df, self.level)
        return np.asarray(upper[:, None])

    def repeated(self, probabilities: FloatArray) -> FloatArray:
        """The same probabilities for every domain."""
        return np.tile(probabilities, (self.domains, 1))


@dataclass(frozen=True, eq=False)
class Answer:
    """Estimates, standard errors and limits ``(D, J)``, and covariances ``(J D, J D)`` with statistics slowest.

    Degrees of freedom and rows with a weight, ``(D,)``, are those of each domain.
    """

    estimate: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    covariance: FloatArray | None
    df: FloatArray
    n: IndexArray


def by_inversion(asked: Asked, joint: bool) -> Answer:
    """Limits where the estimated proportion at or below a value has its own; standard errors from their width."""
    ladders = [_ladder(asked, values) for values in asked.given.values]
    estimate = np.concatenate([read(steps, asked.repeated(asked.levels), asked.rule) for steps in ladders], axis=1)
    estimate[_incomplete(asked)] = np.nan
    share, variance, matrix = _shares(asked, range(asked.given.size), estimate, joint)
    share[np.isnan(estimate)] = np.nan
    counts = asked.design._counts(asked.given.domains)
    if asked.interval in WOODRUFF:
        sides = woodruff(asked, share, variance, counts)
        lower, upper = (
            np.concatenate([read(steps, side[:, asked.part(k)], asked.rule) for k, steps in enumerate(ladders)], axis=1)
            for side in sides
        )
    else:
        limits = np.concatenate([_score_limits(asked, k, steps) for k, steps in enumerate(ladders)], axis=2)
        lower, upper = np.where(np.isnan(estimate), np.nan, limits)
    return answered(asked, estimate, lower, upper, matrix, counts)


def answered(
    asked: Asked,
    estimate: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    matrix: FloatArray | None,
    counts: IndexArray,
) -> Answer:
    """Standard errors from the widths of the intervals, and covariances from those of the proportions, ``matrix``."""
    crossed = lower > upper  # the points of R's "shahvaish" need not be in the order of the values
    lower, upper = np.where(crossed, upper, lower), np.where(crossed, lower, upper)
    se = (upper - lower) / (2.0 * asked.critical)
    covariance = None if matrix is None else _through_density(matrix, se)
    return Answer(estimate, se, lower, upper, covariance, asked.df, counts)


def woodruff(asked: Asked, share: FloatArray, variance: FloatArray, counts: IndexArray) -> FloatArray:
    """Proportions ``(2, D, J)`` at which the distribution function has the limits; NaN where it does not reach so far.

    Parameters
    ----------
    asked : Asked
        The call.
    share, variance : ndarray, shape (D, J)
        Proportions at or below the quantiles, and their variances.
    counts : ndarray, shape (D,)
        Rows with a weight.
    """
    limits = intervals.proportion_interval(
        WOODRUFF[asked.interval], share, variance, n=counts[:, None], df=asked.df[:, None], level=asked.level
    )
    nothing_above = (share > 1.0 - _ROUNDING) & (WOODRUFF[asked.interval] != "t")
    low, high = (np.where(nothing_above, np.nan, side) for side in limits)
    low = np.where(low < -_ROUNDING, np.nan, np.maximum(low, 0.0))
    high = np.where(high > 1.0 + _ROUNDING, np.nan, np.minimum(high, 1.0))
    return np.stack([low, high])


def by_replicates(asked: Asked, joint: bool) -> Answer:
    """Standard errors from the quantiles of the replicates, and limits of Student's t.

    Raises
    ------
    InputError
        If the design has no replicates.
    """
    refuse_without_replicates(asked.design)
    design = asked.design
    pairs = [_replicated(asked, values) for values in asked.given.values]
    estimate = np.concatenate([one for one, _ in pairs], axis=1)
    estimate[_incomplete(asked)] = np.nan
    replicates = np.concatenate([one for _, one in pairs], axis=2)
    cells = replicates.transpose(0, 2, 1).reshape(replicates.shape[0], -1)
    point = estimate.T.ravel()
    matrix = design._scaling.covariance(point, cells) if joint else None
    variance = design._scaling.variance(point, cells) if matrix is None else np.diag(matrix)
    se = np.sqrt(variance).reshape(-1, asked.domains).T
    half, counts = asked.critical * se, design._counts(asked.given.domains)
    return Answer(estimate, se, estimate - half, estimate + half, matrix, asked.df, counts)


def refuse_without_replicates(design: Any) -> None:
    """Raise if a design has no replicates."""
    from target87.survey.replicate_design import ReplicateDesign

    if not isinstance(design, ReplicateDesign):
        raise InputError(
            "the design has no replicates",
            where="interval",
            got="'quantile'",
            remedies=("make them by to_replicates (bootstrap or BRR)", "interval='mean' needs none"),
        )


def _replicated(asked: Asked, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quantiles of one variable ``(D, P)``, and in every replicate ``(R, D, P)``."""
    rows, start = value_order(values, asked.given.domains.codes, asked.domains)
    ordered, probabilities = values[rows], asked.repeated(asked.levels)
    whole = read(ladder(ordered, asked.design._active_weights[rows], start), probabilities, asked.rule)
    blocks = (weights for _, weights in asked.design._replicate_blocks(rows))
    each = [replicate_quantiles(ordered, weights, start, probabilities, asked.rule) for weights in blocks]
    return whole, np.concatenate(each)


def _ladder(asked: Asked, values: FloatArray) -> Ladder:
    rows, start = value_order(values, asked.given.domains.codes, asked.domains)
    return ladder(values[rows], asked.design._active_weights[rows], start)


def _incomplete(asked: Asked) -> NDArray[np.bool_]:
    """Cells ``(D, J)`` of domains in which a value is missing and counts."""
    missing = np.zeros((asked.domains, asked.given.size), dtype=bool)
    for k, values in enumerate(asked.given.values):
        if np.isnan(values.sum()):
            rows = np.isnan(values) & (asked.design._active_weights != 0.0)
            codes = asked.given.domains.row_codes(values.size)[rows]
            missing[codes[codes >= 0], k] = True
    return np.repeat(missing, asked.levels.size, axis=1)


def _shares(
    asked: Asked, variables: Sequence[int], thresholds: FloatArray, joint: bool
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Proportions at or below the thresholds ``(D, J)``, their variances, and their covariances if ``joint``."""
    domains, size = asked.given.domains, thresholds.shape[1]
    each = size // len(variables)
    step = size if joint else _TOGETHER
    shares, variances, matrix = [], [], None
    for begin in range(0, size, step):
        columns = range(begin, min(begin + step, size))
        wanted = [(k, [j for j in columns if j // each == place]) for place, k in enumerate(variables)]
        marks = [at_most(asked.given.values[k], domains.codes, thresholds[:, some]) for k, some in wanted if some]
        below = marks[0] if len(marks) == 1 else np.concatenate(marks)
        totals, statistic = asked.design._totals(below, domains), Mean(len(columns))
        shares.append(statistic.value(totals.point))
        if joint:
            matrix = totals.covariance(statistic)
        variances.append(asked.design._variances(totals, statistic, matrix, asked.domains))
    return np.concatenate(shares, axis=1), np.concatenate(variances, axis=1), matrix


def _score_limits(asked: Asked, variable: int, steps: Ladder) -> FloatArray:
    """Limits ``(2, D, P)`` of one variable at the values where the score test passes its critical values.

    The score of a value is (p - share at or below) / standard error, which falls from positive to negative; where it
    passes t is the lower limit, where it passes -t the upper. Bisection over the values themselves is exact.
    """
    wanted = np.tile(asked.levels, 2)
    critical = asked.critical * np.repeat([1.0, -1.0], asked.levels.size)

    values = np.append(steps.value, np.nan)  # the last for domains that have no values to look among

    def excess(place: IndexArray) -> FloatArray:
        share, variance, _ = _shares(asked, [variable], values[place], joint=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = (wanted - share) / np.sqrt(variance)
        return np.asarray(np.where(share == wanted, 0.0, score) - critical)

    first, stop = steps.start[:-1], steps.start[1:]
    last = np.array([_before_largest(steps.value, a, b) for a, b in zip(first, stop, strict=True)], dtype=np.int64)
    flat = last < first
    low, high = (np.repeat(np.where(flat, steps.value.size, one)[:, None], wanted.size, 1) for one in (first, last))
    above, below = excess(low), excess(high)
    passes = ~flat[:, None] & (above > 0.0) & (below <= 0.0)
    while (high - low > 1).any():
        middle = (low + high) // 2
        found = excess(middle)
        low, above = np.where(found > 0.0, middle, low), np.where(found > 0.0, found, above)
        high, below = np.where(found > 0.0, high, middle), np.where(found > 0.0, below, found)
    if asked.interval == "francisco_fuller":
        limit = values[high]
    else:
        limit = _at_unweighted_share(asked, steps, values[np.where(np.abs(above) < np.abs(below), low, high)])
    return np.stack(np.split(np.where(passes, limit, np.nan), 2, axis=1))


def _before_largest(values: FloatArray, first: int, stop: int) -> int:
    """Place of the last value of a domain below its largest."""
    if first == stop:
        return first - 1
    return first + int(np.searchsorted(values[first:stop], values[stop - 1])) - 1


def _at_unweighted_share(asked: Asked, steps: Ladder, thresholds: FloatArray) -> FloatArray:
    """Quantiles at the share of rows, not of weight, at or below each threshold."""
    share = np.full(thresholds.shape, np.nan)
    for d in range(asked.domains):
        values = steps.value[steps.start[d] : steps.start[d + 1]]
        if values.size:
            share[d] = np.searchsorted(values, thresholds[d], side="right") / values.size
    return read(steps, share, asked.rule)


def _through_density(matrix: FloatArray, se: FloatArray) -> FloatArray:
    """Covariances of quantiles: the correlations of the shares below them, at the standard errors of the quantiles."""
    spread = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    errors = se.T.ravel()
    scale = np.divide(errors, spread, out=np.zeros_like(errors), where=spread > 0.0)
    result = matrix * np.outer(scale, scale)
    unknown = np.isnan(errors)
    result[unknown, :] = result[:, unknown] = np.nan
    np.fill_diagonal(result, errors**2)
    return np.asarray(result)
