"""Trimming: weights cut to bounds, what was cut off shared among the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError

type FloatArray = NDArray[np.float64]
type Yardstick = Literal["median", "mean", "iqr"]


def trim_bounds(
    weights: FloatArray, lower: float | None, upper: float | None, relative_to: Yardstick | None
) -> tuple[float, float]:
    """Bounds in units of weight.

    ``"median"`` and ``"mean"`` multiply the bounds by that of the weights; ``"iqr"`` takes the median less ``lower``,
    and plus ``upper``, times the interquartile range (Potter and Zheng 2015).

    Raises
    ------
    InputError
        If no bound is given, or they exclude each other.
    """
    if lower is None and upper is None:
        raise InputError("trimming needs a bound", where="lower, upper")
    for name, bound in (("lower", lower), ("upper", upper)):
        if bound is not None and not bound >= 0.0:
            raise InputError("a bound of weights cannot be negative", where=name, got=repr(bound))
    middle = float(np.median(weights))
    if relative_to == "iqr":
        spread = float(np.subtract(*np.percentile(weights, [75, 25])))
        low = -np.inf if lower is None else middle - lower * spread
        high = np.inf if upper is None else middle + upper * spread
    else:
        try:
            unit = {None: 1.0, "median": middle, "mean": float(weights.mean())}[relative_to]
        except KeyError as error:
            raise InputError(
                "unknown yardstick for trimming",
                where="relative_to",
                expected="'median', 'mean', 'iqr', or None for bounds in units of weight",
                got=repr(relative_to),
            ) from error
        low = -np.inf if lower is None else lower * unit
        high = np.inf if upper is None else upper * unit
    if low > high:
        raise InputError("the lower bound is above the upper", where="lower, upper", got=f"{low:g} and {high:g}")
    return low, high


def trim_weights(
    weights: FloatArray, lower: float, upper: float, *, strict: bool
) -> tuple[FloatArray, Mapping[str, Any]]:
    """Cut weights to the bounds and share what was cut off equally among the units that were not.

    With ``strict`` this is repeated, without raising units once cut, until all weights are within the bounds. If no
    unit is left to take a share, the weights are cut all the same and their sum changes (R's ``trimWeights`` does so
    with a warning); the result says by how much.
    """
    trimmed, cut = weights.copy(), np.zeros(weights.size, dtype=bool)
    rounds = 0
    while True:
        outside = (trimmed < lower) | (trimmed > upper)
        if not outside.any() or (rounds and not strict):
            break
        within = np.clip(trimmed, lower, upper)
        excess = float(np.sum(trimmed - within))
        free = ~outside & ~cut
        if free.any():
            within[free] += excess / int(free.sum())
        trimmed, cut = within, cut | outside
        rounds += 1
    if (trimmed < 0.0).any():
        raise DataError(
            "raising weights to the lower bound would take more from the others than they have",
            where="lower",
            got=f"{lower:g}",
            count=int((trimmed < 0.0).sum()),
            remedies=("choose a smaller lower bound", "or strict=True"),
        )
    old, new = float(weights.sum()), float(trimmed.sum())
    return trimmed, {
        "lower": lower,
        "upper": upper,
        "cut": int(cut.sum()),
        "raised": int((cut & (weights < lower)).sum()),
        "rounds": rounds,
        "outside": int(((trimmed < lower) | (trimmed > upper)).sum()),
        "sum_before": old,
        "sum_after": new,
        "sum_kept": bool(abs(new - old) <= 1e-9 * old),
    }


def trim_notes(details: Mapping[str, Any]) -> tuple[str, ...]:
    """What the history says of a trim."""
    notes = [f"{details['cut']:,} cut in {details['rounds']} round{'s' if details['rounds'] != 1 else ''}"]
    if details["outside"]:
        notes.append(f"{details['outside']:,} pushed outside the bounds by their share (strict=True repeats)")
    if not details["sum_kept"]:
        notes.append(
            "sum of weights not kept, no unit was left to take the excess: "
            f"{details['sum_before']:,.6g} -> {details['sum_after']:,.6g}"
        )
    return tuple(notes)
