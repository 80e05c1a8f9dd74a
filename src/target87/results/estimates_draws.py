"""Joint normal draws of estimates on a stated scale, for models that take them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_data import is_named, joint_covariance, require_known
from target87.results.estimates_names import short_names
from target87.results.estimates_scales import Scale, check_scale, from_scale, to_scale
from target87.rng import RandomState, root_seed, stream

if TYPE_CHECKING:
    import xarray as xr

type _Array = NDArray[np.float64]

_NEGATIVE = 1e-8
"""Eigenvalues down to this share of the largest below zero are rounding."""


def drawn(data: xr.Dataset, size: int, *, rng: RandomState, scale: Scale) -> _Array:
    """Draws ``(cells, size)``; cells without estimate or standard error are missing.

    Cells whose covariances link them are drawn together, from a stream keyed by their surveys, so that other surveys
    beside them change nothing.

    Raises
    ------
    InputError
        If ``size`` is no positive whole number or the scale is not known.
    DataError
        If a covariance is not known, the covariance is none, or an estimate is off the scale.
    """
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise InputError("the number of draws must be a positive whole number", where="n", got=repr(size))
    check_scale(scale)
    estimate, se = data["estimate"].values, data["se"].values
    known = np.flatnonzero(np.isfinite(estimate) & np.isfinite(se))
    names = short_names(data)
    centre, slope = to_scale(estimate[known], scale, [names[place] for place in known])
    survey = data["survey"].values[known]
    root, result = root_seed(rng), np.full((estimate.size, size), np.nan)
    for block in _linked(data, known):
        matrix = joint_covariance(data, known[block])
        require_known(matrix, data, known[block])
        matrix = matrix * slope[block, None] * slope[None, block]
        key = " + ".join(sorted(set(map(str, survey[block]))))
        normal = stream(root, "estimates", key).standard_normal((size, block.size))
        moved = centre[block] + normal @ _root(matrix).T
        result[known[block]] = from_scale(moved.T, scale)
    return result


def _linked(data: xr.Dataset, known: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Places in ``known`` of the cells of one survey, or of several with covariance between them, together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names, codes = np.unique(data["survey"].values[known], return_inverse=True)
    within = "covariance" not in data and all(map(is_named, names))
    pairs = (known[:0], known[:0]) if within else np.nonzero(joint_covariance(data, known))
    rows, columns = (codes[one] for one in pairs)
    between = coo_array((np.ones(rows.size), (rows, columns)), shape=(names.size, names.size))
    count, component = connected_components(between, directed=False)
    return [np.flatnonzero(component[codes] == one) for one in range(count)]


def _root(matrix: _Array) -> _Array:
    """Symmetric square root; proportions that add to one have a covariance without full rank."""
    values, vectors = np.linalg.eigh(matrix)
    if values.size and values[0] < -_NEGATIVE * max(values[-1], 0.0):
        raise DataError(
            "the covariance between these estimates is none: it has a negative eigenvalue",
            where="covariance",
            got=f"{values[0]:.3g}, beside the largest {values[-1]:.3g}",
        )
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
