"""Unequal probabilities without replacement: the matrix of a variance from joint inclusion probabilities."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.stages import Stages

type FloatArray = NDArray[np.float64]
type Blocks = tuple[tuple[NDArray[np.int64], FloatArray], ...]

APPROXIMATIONS = ("brewer", "overton", "hartley_rao")
_LARGEST = 20_000
"""Units of a stratum for which a full matrix is made."""


def joint_blocks(
    stages: Stages, weights: FloatArray, pps: str | NDArray[Any] | None, variance: Literal["HT", "YG"]
) -> Blocks | None:
    """Units and matrix ``(pi_ij - pi_i pi_j) / pi_ij`` of every stratum, so that a variance is ``z' M z``.

    None for designs whose variance needs no matrix: equal probabilities, and Brewer's approximation, in which the
    sampling fraction is each unit's own.

    Raises
    ------
    InputError
        If the form or approximation is unknown, or there are several stages.
    DataError
        If the matrix is not one of joint probabilities of the rows.
    """
    if variance not in ("HT", "YG"):
        raise UnknownNameError.of(variance, ("HT", "YG"), kind="form of the variance")
    if pps is None:
        return None
    if isinstance(pps, str) and pps not in APPROXIMATIONS:
        raise UnknownNameError.of(pps, APPROXIMATIONS, kind="approximation for unequal probabilities")
    if isinstance(pps, str) and not stages.has_fpc:
        raise InputError(
            f'pps="{pps}" needs the inclusion probabilities of the sampling units',
            where="pps",
            remedies=("name their column in probabilities= (rows as units), or in fpc= (one column a stage)",),
        )
    if isinstance(pps, str) and pps == "brewer":
        return None
    if len(stages.levels) > 1:
        raise InputError("this variance holds for one stage of sampling", where="pps", remedies=('use pps="brewer"',))
    if not isinstance(pps, str):
        blocks: Blocks = ((np.arange(stages.first.units), _checked(pps, stages, weights)),)
    else:
        blocks = tuple(_approximate(stages, pps))
    return blocks if variance == "HT" else tuple((units, _yates_grundy(matrix)) for units, matrix in blocks)


def _approximate(stages: Stages, name: str) -> list[tuple[NDArray[np.int64], FloatArray]]:
    """Overton (1985) or Hartley and Rao (1962), the latter with the sum of squares estimated from the sample.

    R's ``HR`` also takes pairs whose probabilities happen to add up to 1 for independent; they are not.
    """
    stage = stages.first
    result = []
    for group in range(stage.groups):
        units = np.flatnonzero(stage.group == group)
        n, probability = units.size, stage.fraction[units]
        if n > _LARGEST:
            raise InputError(
                "a stratum has too many units for a matrix of joint probabilities",
                where=f"stratum {stage.group_name(group)}",
                expected=f"at most {_LARGEST:,}",
                got=f"{n:,}",
                remedies=('use pps="brewer", which needs none',),
            )
        both = probability[:, None] + probability[None, :]
        inner = both / 2.0 if name == "overton" else both - probability.mean()
        matrix = 1.0 - (n - inner) / max(n - 1.0, 1.0)
        certain = probability == 1.0
        # a unit that is always drawn is drawn independently of any other
        matrix[certain[:, None] & certain if name == "overton" else certain[:, None] | certain] = 0.0
        np.fill_diagonal(matrix, 1.0 - probability)
        result.append((units, matrix))
    return result


def _yates_grundy(matrix: FloatArray) -> FloatArray:
    """The matrix of ``-½ ΣΣ m_ij (z_i - z_j)²``."""
    return np.asarray(matrix - np.diag(matrix.sum(axis=1)))


def _checked(joint: NDArray[Any], stages: Stages, weights: FloatArray) -> FloatArray:
    raw = np.array(joint)
    if raw.dtype.kind not in "iuf":
        raise InputError(
            "joint probabilities are a matrix of numbers",
            where="pps",
            expected=", ".join(map(repr, APPROXIMATIONS)) + ", or such a matrix",
            got=type(joint).__name__,
        )
    matrix = raw.astype(np.float64)
    n = stages.first.units
    if matrix.shape != (n, n):
        raise DataError(
            "the matrix of joint probabilities does not fit the rows",
            where="pps",
            expected=f"{n:,} rows and columns, the sampling units in the order in which they first occur in the data",
            got=f"shape {matrix.shape}",
        )
    if not np.isfinite(matrix).all() or (matrix <= 0.0).any() or (matrix > 1.0).any():
        faulty = ~((matrix > 0.0) & (matrix <= 1.0))
        raise DataError(
            "joint probabilities must lie above 0 and at most at 1",
            where="pps",
            count=int(faulty.sum()),
            examples=[f"units {i} and {j}: {matrix[i, j]}" for i, j in np.argwhere(faulty)[:5]],
            remedies=("a pair that can never be drawn together has no unbiased estimate of variance",),
        )
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=0.0):
        raise DataError("the matrix of joint probabilities is not symmetric", where="pps")
    place = np.argsort(np.argsort(stages.first.first_row))  # the matrix has units as they first occur in the data
    matrix = matrix[np.ix_(place, place)]
    own = np.diag(matrix)
    apart = ~np.isclose(own * weights[stages.first.first_row], 1.0, rtol=1e-6)
    if apart.any():
        raise DataError(
            "the diagonal of the joint probabilities is not 1 / weight",
            where="pps",
            count=int(apart.sum()),
            examples=[
                f"unit {stages.first.unit_name(int(i))}: {own[i]:g} and weight {weights[stages.first.first_row[i]]:g}"
                for i in np.flatnonzero(apart)[:5]
            ],
        )
    return np.asarray((matrix - np.outer(own, own)) / matrix)
