"""Bands of ages: the band of each row, and the threshold that goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.indicators.child_limits import NONE

if TYPE_CHECKING:
    import pandas as pd

type FloatArray = NDArray[np.float64]
type Bands = Sequence[tuple[int, int]]


def band_places(age: FloatArray, bands: Bands) -> NDArray[np.int64]:
    """Place of each row's band, -1 outside all."""
    places = np.full(age.size, -1)
    for place, (low, high) in enumerate(bands):
        places[(age >= low) & (age <= high)] = place
    return places


def thresholds(age: FloatArray, bands: Bands, hours: Sequence[float]) -> FloatArray:
    """Threshold of each row by its age, missing outside all bands and where hours, or none at all, never count."""
    own = np.array([*(np.nan if value == NONE else value for value in hours or [NONE] * len(bands)), np.nan])
    found: FloatArray = own[band_places(age, bands)]
    return found


def band_column(age: FloatArray, bands: Bands) -> pd.Categorical[Any]:
    """Bands in words, such as "5-11"."""
    import pandas as pd

    labels = [f"{low}-{high}" for low, high in bands]
    return pd.Categorical.from_codes(band_places(age, bands), pd.Index(labels), ordered=True)


def hours_column(hours: FloatArray, limits: Sequence[float]) -> pd.Categorical[Any]:
    """Hours in bands between the thresholds in use, such as "14 to below 43 h"; NaN is missing."""
    import pandas as pd

    edges = sorted(set(limits))
    labels = [f"below {edges[0]:g} h", *map(_span, edges, [*edges[1:], None])]
    codes = np.where(np.isnan(hours), -1, np.searchsorted(edges, hours, side="right"))
    return pd.Categorical.from_codes(codes, pd.Index(labels), ordered=True)


def _span(low: float, high: float | None) -> str:
    return f"{low:g} h or more" if high is None else f"{low:g} to below {high:g} h"
