"""Quantiles of a streamed design.

Values are ordered by keys, whole numbers in the order of the doubles. A pass counts the rows and weights of an interval
of keys in bins and goes on with the bin in which the running sum of the weights reaches the level that is looked for,
until that holds a single value. What a rule reads then lies in that value and those beside it, and the ladder of these
alone, with sums for all other rows, gives what the ladder of all rows would.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels.weighted_quantile import at_most
from target87.survey.domains import Domains
from target87.survey.estimating import Freedom
from target87.survey.quantile_intervals import WOODRUFF, Answer, Asked, answered, refuse_without_replicates, woodruff
from target87.survey.replicate_factors import slices
from target87.survey.rows import Rows
from target87.survey.statistics import Mean
from target87.survey.streamed_reading import Account, Chunk, StreamedVariables
from target87.survey.streamed_values import Values
from target87.survey.variables import Variables

type FloatArray = NDArray[np.float64]
type IndexArray = NDArray[np.int64]
_TOGETHER = 8
"""Indicators of rows added up in one pass where no joint covariance is wanted."""
_ROUNDING = 1e-12


def by_passes(asked: Asked, df: Freedom, joint: bool) -> Answer:
    """Limits where the estimated proportion at or below a value has its own; see ``quantile_intervals.by_inversion``.

    Raises
    ------
    InputError
        If the intervals are not Woodruff's: others look for their limits among all values.
    DataError
        If values are missing and refused.
    """
    _check_interval(asked)
    given = _complete(cast("StreamedVariables", asked.given))
    values = Values(asked.design, given)
    estimate = values.quantiles(asked.repeated(np.tile(asked.levels, given.size)), asked.rule)
    estimate[np.repeat(values.missing.T, asked.levels.size, axis=1)] = np.nan
    share, variance, matrix, last, counts = _shares(asked, given, estimate, joint)
    share[np.isnan(estimate)] = np.nan
    asked = replace(asked, df=asked.design._freedom(df, last))
    low, high = woodruff(asked, share, variance, counts)
    size = asked.levels.size
    both = np.concatenate([side.reshape(-1, given.size, size) for side in (low, high)], axis=2)
    limits = values.quantiles(both.reshape(asked.domains, -1), asked.rule).reshape(both.shape)
    lower, upper = (limits[:, :, part].reshape(estimate.shape) for part in (slice(size), slice(size, None)))
    return answered(asked, estimate, lower, upper, matrix, counts)


def _check_interval(asked: Asked) -> None:
    if asked.interval in WOODRUFF:
        return
    if asked.interval == "quantile":
        refuse_without_replicates(asked.design)
    raise InputError(
        f"interval {asked.interval!r} needs all rows at once, and those of a path are read in batches",
        where="interval",
        remedies=(
            f"interval={', '.join(map(repr, WOODRUFF))} read batches",
            "hold the data in memory: SurveyDesign(pyarrow.parquet.read_table(path), ...)",
        ),
    )


def _complete(given: StreamedVariables) -> StreamedVariables:
    """The same with rows of missing values outside, as R counts the degrees of freedom of quantiles."""

    def reader(chunk: Chunk, account: Account) -> Variables:
        part = given.reader(chunk, account)
        return replace(part, inside=part.domains.codes >= 0) if part.domains.codes.size else part

    return replace(given, reader=reader, scans=[])


def _shares(
    asked: Asked, given: StreamedVariables, thresholds: FloatArray, joint: bool
) -> tuple[FloatArray, FloatArray, FloatArray | None, Variables, IndexArray]:
    """Proportions at or below the thresholds ``(D, J)``, their variances and covariances, and rows with a weight.

    Also what was read last, which the degrees of freedom are counted from.
    """
    each, size, design = asked.levels.size, thresholds.shape[1], asked.design
    shares, variances, matrix = [], [], None
    derived: Variables = given
    counts = np.zeros(asked.domains, dtype=np.int64)
    for own in slices(size, size if joint else _TOGETHER):
        columns = range(own.start, own.stop)

        def below(
            part: Variables, rows: Rows, weights: FloatArray, columns: range = columns
        ) -> tuple[FloatArray, Domains]:
            marks = [at_most(part.values[j // each], part.domains.codes, thresholds[:, j : j + 1]) for j in columns]
            return np.concatenate(marks), part.domains

        derived = design._derived(given, below, tuple(map(str, columns)), (None,) * len(columns))
        totals, statistic = design._totals_of(derived, []), Mean(len(columns))
        shares.append(statistic.value(totals.point))
        matrix = totals.covariance(statistic) if joint else None
        variances.append(design._variances(totals, statistic, matrix, asked.domains))
        counts, _ = totals.moments(np.zeros((0, 2), dtype=np.int64))
    share, variance = np.concatenate(shares, axis=1), np.concatenate(variances, axis=1)
    # an indicator that is the same in all rows of a domain has no variance, which sums of squares may leave a trace of
    certain = (share < _ROUNDING) | (share > 1.0 - _ROUNDING)
    share[certain], variance[certain] = np.round(share[certain]), 0.0
    if matrix is not None:
        cells = certain.T.ravel()
        matrix[cells] = matrix[:, cells] = 0.0
    return share, variance, matrix, derived, counts
