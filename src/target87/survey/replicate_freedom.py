"""Degrees of freedom of replicate weights: their rank, less one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from target87.rng import root_seed, stream
from target87.survey.domains import Domains
from target87.survey.encoding import combine
from target87.survey.replicate_factors import Jackknife, ReplicateWeights

type FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-5
"""Columns whose remainder is below this share of their size depend on the others, as in R."""
_MOST = 4000
"""Replicates up to which the rank is worked out; beyond, and other than the jackknife's, it is taken as full."""


def rank(weights: ReplicateWeights, rows: NDArray[np.int64]) -> int:
    """Rank of the replicate weights of some rows.

    A sample of rows may show full rank. If it does not, one row is kept of those that have their multipliers in common,
    and if these are many they are added up, with random coefficients, to a few more rows than replicates, which keeps
    the rank with probability one.
    """
    only, rows = weights.factors[0], rows[weights.base[rows] != 0.0]
    if isinstance(only, Jackknife) and (len(weights.factors) == 1 or only.replicates > _MOST):
        return _jackknife_rank(only, rows)
    if weights.replicates > _MOST:
        return min(weights.replicates, _representatives(weights, rows).size)
    generator = stream(root_seed(0), "rank")
    few = 2 * weights.replicates + 64
    if rows.size > few:
        sample = np.unique(generator.integers(0, rows.size, few))
        if _numerical_rank(weights.multipliers(slice(None), rows[sample])) == weights.replicates:
            return weights.replicates
        rows = _representatives(weights, rows)
    if rows.size <= 2 * few:
        return _numerical_rank(weights.multipliers(slice(None), rows))
    mixed = np.zeros(weights.base.size)
    mixed[rows] = generator.normal(size=rows.size)
    bucket = np.full(mixed.size, -1, dtype=np.int32)
    bucket[rows] = generator.integers(0, few, size=rows.size)
    buckets = Domains(("bucket",), (tuple(range(few)),), bucket)
    return _numerical_rank(ReplicateWeights(mixed, weights.factors).totals(buckets, np.zeros((0, mixed.size)))[:, 0])


def _numerical_rank(matrix: FloatArray) -> int:
    from scipy.linalg import qr

    size = np.abs(matrix).max(axis=1, initial=0.0)
    kept = matrix[size > 0.0] / size[size > 0.0, None]
    if not kept.size:
        return 0
    triangle = np.abs(np.diag(qr(kept, mode="r", pivoting=True)[0]))
    return int((triangle > _TOLERANCE * triangle[0]).sum())


def _representatives(weights: ReplicateWeights, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """One of the rows for each combination of levels of the factors."""
    coded = [factor.codes for factor in weights.factors if factor.codes is not None]
    if len(coded) < len(weights.factors):
        return rows
    code = coded[0][rows]
    for other, factor in zip(coded[1:], weights.factors[1:], strict=True):
        code = combine(code, other[rows], factor.levels)[0]
    row = np.full(int(code.max(initial=-1)) + 1, -1, dtype=np.int64)
    row[code] = rows
    return row[row >= 0]


def _jackknife_rank(factor: Jackknife, rows: NDArray[np.int64]) -> int:
    """Rank of a jackknife in closed form.

    Units that no replicate drops have a row of ones. The rows of the others are independent, but for strata that are
    whole: theirs add up to a row of ones too.
    """
    inside = np.zeros(factor.levels, dtype=bool)
    inside[factor.codes[rows]] = True
    ever = np.zeros(factor.levels, dtype=bool)
    ever[factor.dropped] = True
    by_group = np.bincount(factor.group[inside & ever], minlength=factor.size.size)
    whole = int(((by_group == factor.size) & (factor.size > 1.0)).sum())
    ones = whole > 0 or bool((inside & ~ever).any())
    return int(by_group.sum()) - whole + ones
