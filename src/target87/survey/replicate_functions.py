"""Estimates of whatever a function computes from weights and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey import intervals
from target87.survey.checking import is_number
from target87.survey.progress import shown

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]


def with_replicates(
    design: ReplicateDesign,
    function: Callable[[FloatArray, Any], Any],
    *,
    interval: str,
    level: float,
    df: float | None,
) -> Estimates:
    """See :meth:`target87.survey.replicate_design.ReplicateDesign.with_replicates`."""
    import pandas as pd

    from target87.results.estimates import Estimates

    if not callable(function):
        raise InputError("a function of weights and data is needed", where="function", got=type(function).__name__)
    if df is not None and not (is_number(df) and df > 0.0):
        raise InputError("degrees of freedom must be a positive number", where="df", got=repr(df))
    rows = None if design._inside is None else np.flatnonzero(design._inside)
    data = _taken(design.data, rows)
    weights = design.weights if rows is None else design.weights[rows]
    names, point = _values(function(weights, data))
    theta = np.empty((design.replicates, point.size))
    for r, own in shown(_each(design, rows), design.replicates, "replicates"):
        theta[r] = _same_size(_values(function(own, data))[1], point.size, r)
    covariance = design._scaling.covariance(point, theta)
    freedom = np.full(point.size, design._design_df(None) if df is None else float(df))
    variance = np.diag(covariance).copy()
    lower, upper = intervals.interval(interval, point, variance, df=freedom, level=level)
    n = np.full(point.size, int((weights > 0.0).sum()))
    return Estimates.build(
        pd.DataFrame({"variable": names or [f"value {k}" for k in range(1, point.size + 1)]}),
        estimate=point,
        variance=variance,
        covariance=covariance,
        lower=lower,
        upper=upper,
        df=freedom,
        n=n,
        n_effective=np.full(point.size, np.nan),
        deff=np.full(point.size, np.nan),
        domain_columns=(),
        interval=interval,
        level=level,
        estimand="statistic",
        unit="as the function returns",
        attributes=design._attributes("error"),
    )


def _each(design: ReplicateDesign, rows: NDArray[np.int64] | None) -> Any:
    for part, block in design._replicate_blocks(rows):
        yield from zip(range(part.start, part.stop), block, strict=True)


def _taken(data: Any, rows: NDArray[np.int64] | None) -> Any:
    if rows is None:
        return data
    import narwhals as nw

    return nw.from_native(data, eager_only=True)[rows.tolist()].to_native()


def _values(returned: Any) -> tuple[tuple[str, ...] | None, FloatArray]:
    names = tuple(map(str, returned)) if isinstance(returned, Mapping) else None
    numbers = list(returned.values()) if isinstance(returned, Mapping) else returned
    try:
        raw = np.asarray(numbers)
        # NumPy would read numbers in text, and drop the imaginary part of others
        cast = returned is None or raw.dtype.kind in "USc" or any(isinstance(one, str) for one in raw.flat)
        values = np.empty(0) if cast else np.atleast_1d(raw.astype(np.float64))
    except (TypeError, ValueError) as error:
        raise InputError("the function must return numbers", where="function", got=type(returned).__name__) from error
    if cast:
        raise InputError("the function must return numbers", where="function", got=type(returned).__name__)
    if values.ndim != 1 or values.size == 0:
        raise InputError("the function must return a number or a flat array", where="function", got=str(values.shape))
    return names, values


def _same_size(values: FloatArray, size: int, replicate: int) -> FloatArray:
    if values.size != size:
        raise InputError(
            "the function returned another number of values for a replicate",
            where=f"function, replicate {replicate + 1}",
            expected=f"{size}",
            got=f"{values.size}",
            remedies=("return NaN for values that a replicate does not have",),
        )
    return values
