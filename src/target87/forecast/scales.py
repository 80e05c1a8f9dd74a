"""Scales on which a change can be constant, and what a level, a duration and a rate must be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from target87.errors import InputError, UnknownNameError
from target87.results.acceleration import Scale

type FloatArray = NDArray[np.float64]

DOMAINS = {"log": (0.0, np.inf), "logit": (0.0, 1.0), "linear": (-np.inf, np.inf)}
"""Levels that have a finite value on each scale lie between these, ends left out."""


def forward(level: FloatArray, scale: Scale, where: str) -> FloatArray:
    """Levels on a scale, refused where they have no finite value on it."""
    if scale not in DOMAINS:
        raise UnknownNameError.of(scale, DOMAINS, kind="scale")
    low, high = DOMAINS[scale]
    bad = ~((level > low) & (level < high))
    if bad.any():
        remedies = ["name the level that counts as zero, such as 0.01 or 0.001"] if (level == 0).any() else []
        raise InputError(
            f"a constant change on the {scale} scale neither starts from nor leads to such a level",
            where=where,
            expected=f"above {low:g} and below {high:g}",
            count=int(bad.sum()),
            examples=level[bad].tolist(),
            remedies=remedies,
        )
    if scale == "linear":
        return level
    return np.asarray(np.log(level) if scale == "log" else np.log(level) - np.log1p(-level))


def backward(values: FloatArray, scale: Scale) -> FloatArray:
    """Values on a scale as levels, without overflow on the log-odds scale."""
    if scale == "linear":
        return values
    return np.asarray(np.exp(values) if scale == "log" else np.exp(-np.logaddexp(0.0, -values)))


def together(**values: ArrayLike) -> list[FloatArray]:
    """Arguments as arrays, refused where their shapes do not broadcast."""
    arrays = [np.asarray(value, dtype=np.float64) for value in values.values()]
    try:
        np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(values, arrays, strict=True))
        raise InputError(
            "these arrays do not go together; draws are the last axis", where=", ".join(values), got=shapes
        ) from None
    return arrays


def check_years(years: FloatArray, *, zero: bool = False) -> None:
    """Refuse durations that are not above 0, or below 0 where ``zero`` is a duration too."""
    bad = ~((years >= 0 if zero else years > 0) & np.isfinite(years))
    if bad.any():
        expected = "0 or more" if zero else "above 0"
        count, examples = int(bad.sum()), years[bad].tolist()
        raise InputError("a change needs time", where="years", expected=expected, count=count, examples=examples)


def check_rates(values: FloatArray, where: str) -> None:
    """Refuse rates that are no proportions, as percentages and numbers are not."""
    bad = ~((values >= 0) & (values < 1))
    if bad.any():
        raise InputError(
            "a rate is a proportion between 0 and 1",
            where=where,
            count=int(bad.sum()),
            examples=values[bad].tolist(),
            remedies=("for 9.6 per cent write 0.096", "for numbers of people say basis='number'"),
        )
