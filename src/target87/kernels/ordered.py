"""Quantiles and shares below a level from one sort along the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]


def quantiles(draws: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Quantiles along the last axis, linear between order statistics (type 7 of Hyndman and Fan 1996).

    ``(..., s)`` draws and ``(q,)`` probabilities give ``(..., q)``, equal to ``np.quantile`` and several times faster.
    """
    ordered = np.sort(draws, axis=-1)
    position = np.asarray(probabilities, dtype=np.float64) * (draws.shape[-1] - 1)
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, draws.shape[-1] - 1)
    weight = position - low
    # infinite draws (a level never reached) must not turn into inf - inf
    with np.errstate(invalid="ignore"):
        between = ordered[..., low] + weight * (ordered[..., high] - ordered[..., low])
    return np.asarray(
        np.where(weight == 0.0, ordered[..., low], np.where(np.isnan(between), ordered[..., high], between))
    )
