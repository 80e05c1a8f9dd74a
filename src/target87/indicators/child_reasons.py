"""Why a child counts, in words, one text a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.indicators.child_bands import band_places
from target87.indicators.child_definitions import ChildLabourDefinition
from target87.indicators.child_limits import NONE
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = "outside the ages"
NO_AGE = "age missing"
LACKING = {
    "economic_above": "hours of economic activity",
    "chores_above": "hours of chores",
    "hazardous": "hazards",
}
"""What is missing where a part is undecided."""


def reasons(
    parts: Mapping[str, Truth],
    definition: ChildLabourDefinition,
    age: NDArray[np.float64],
    inside: NDArray[np.bool_],
) -> pd.Categorical[Any]:
    """The reason of every row: what surely counts, else what leaves it undecided, else nothing.

    Rows share few texts, so that a number stands for each combination and the texts are made of those that occur.
    """
    import pandas as pd

    counting = [name for name in LACKING if name in parts and (name != "hazardous" or definition.hazard_counts)]
    chores_bands = definition.chores_bands or definition.bands
    undecided = parts[definition.flag].undecided
    digits = [
        (band_places(age, definition.bands) + 1, len(definition.bands) + 1),
        (band_places(age, chores_bands) + 1, len(chores_bands) + 1),
        (undecided.astype(np.int64), 2),
        *((np.where(undecided, parts[name].undecided, parts[name].sure).astype(np.int64), 2) for name in counting),
    ]
    sizes = tuple(size for _, size in digits)
    key = np.ravel_multi_index(tuple(values for values, _ in digits), sizes) + 2
    key[~inside] = 0
    key[np.isnan(age)] = 1
    found = np.flatnonzero(np.bincount(key))
    words = [_words(int(one), sizes, counting, definition) for one in found]
    texts = list(dict.fromkeys(words))
    place = np.zeros(found[-1] + 1, dtype=np.int64)
    place[found] = [texts.index(word) for word in words]
    return pd.Categorical.from_codes(place[key], pd.Index(texts))


def _words(key: int, sizes: tuple[int, ...], counting: list[str], definition: ChildLabourDefinition) -> str:
    if key < 2:
        return (OUTSIDE, NO_AGE)[key]
    band, chores_band, undecided, *held = (int(one) for one in np.unravel_index(key - 2, sizes))
    shown = [name for name, there in zip(counting, held, strict=True) if there]
    if undecided:
        return "undecided: " + ", ".join(LACKING[name] for name in shown) + " missing"
    return "; ".join(_reason(name, band - 1, chores_band - 1, definition) for name in shown)


def _reason(name: str, band: int, chores_band: int, definition: ChildLabourDefinition) -> str:
    if name == "hazardous":
        return "hazardous work"
    what, place, bands, hours = {
        "economic_above": ("economic activity", band, definition.bands, definition.hours),
        "chores_above": (
            "household chores",
            chores_band,
            definition.chores_bands or definition.bands,
            definition.chores_hours,
        ),
    }[name]
    low, high = bands[place]
    compare = "more than" if definition.strictly_above else "at least"
    return what if hours[place] == NONE else f"{what}, {compare} {hours[place]:g} h at {low}-{high}"
