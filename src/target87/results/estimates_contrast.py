"""Functions of estimates: linear contrasts, and smooth functions by the delta method with a checked gradient."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_build import completed
from target87.results.estimates_data import JOINED, joint_covariance, require_known, surveys_in
from target87.results.estimates_names import CellFinder
from target87.results.estimates_scales import check_level, quantiles

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

type _Vector = NDArray[np.float64]
type Contrasts = Mapping[str, Any] | Callable[[CellValues], Any] | NDArray[Any] | pd.DataFrame

_IMAGINARY = 1e-20
_STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Widest differences, as shares of the estimate."""
_AGREE, _LOOSE = 1e-6, 1e-3
_ROUNDING = 1e-12


def contrasted(data: xr.Dataset, contrasts: Any, *, names: Any, df: float | None) -> xr.Dataset:
    """Data set of contrasts with their covariance; see :meth:`target87.Estimates.contrast`."""
    _check_names(names)
    freedom = None if df is None else _freedom(df)
    labels, values, gradient, linear = evaluated(contrasts, data, names)
    used = np.flatnonzero((gradient != 0.0).any(axis=0))
    matrix = joint_covariance(data, used)
    require_known(matrix, data, used)
    covariance = _sandwich(gradient[:, used], matrix)
    attrs, level = data.attrs, data.attrs["level"]
    df_ = _least_df(gradient, data["df"].values) if freedom is None else np.full(values.size, freedom)
    half = quantiles(level, df_) * np.sqrt(np.diag(covariance))
    unknown = np.full(values.size, np.nan)
    kept = {name: attrs[name] for name in ("definition", "source", "target87_version") if name in attrs}
    line = f"{'linear contrasts' if linear else 'functions, by the delta method,'} of {used.size:,} estimates"
    return completed(
        {"variable": np.array(labels, dtype=np.str_)},
        {
            "estimate": values,
            "variance": np.diag(covariance).copy(),
            "ci_lower": values - half,
            "ci_upper": values + half,
            "df": df_,
            **dict.fromkeys(("n", "n_effective", "deff"), unknown),
        },
        survey=_surveys(gradient, data["survey"].values),
        domain_columns=[],
        attributes={
            **kept,
            "estimand": "contrast",
            "unit": _unit(data, used) if linear else "function of estimates",
            "interval": "t",
            "level": level,
            "history": [*attrs.get("history", []), line],
        },
        covariance=covariance,
        rule="default",
    )


def symmetric(data: xr.Dataset, level: float, df: float | None, method: str) -> xr.Dataset:
    """Data set with intervals made anew; see :meth:`target87.Estimates.confint`."""
    check_level(level)
    if not (isinstance(method, str) and method in ("t", "normal")):
        raise InputError("method must be 't' or 'normal'", where="method", got=repr(method))
    own = data["df"].values if df is None else np.full(data.sizes["cell"], _freedom(df))
    half = quantiles(level, np.full(own.size, np.inf) if method == "normal" else own) * data["se"].values
    estimate = data["estimate"].values
    line = f"intervals made anew: {100 * level:g} %, {method}"
    return data.assign(
        ci_lower=("cell", estimate - half), ci_upper=("cell", estimate + half), df=("cell", own.copy())
    ).assign_attrs(level=float(level), interval=method, history=[*data.attrs.get("history", []), line])


class CellValues(np.ndarray[Any, np.dtype[Any]]):
    """Estimates as an array that a function of them is given; a cell can also be taken by name: ``e["E"]``.

    Parameters
    ----------
    values : array
        Values, one a cell.
    finder : CellFinder
        Finds cells by their names and labels.
    """

    finder: CellFinder | None

    def __new__(cls, values: NDArray[Any], finder: CellFinder) -> CellValues:
        """Make the array; it shares the memory of ``values``."""
        made = np.asarray(values).view(cls)
        made.finder = finder
        return made

    def __array_finalize__(self, of: Any) -> None:
        self.finder = getattr(of, "finder", None)

    def __getitem__(self, key: Any) -> Any:
        labels = isinstance(key, str) or (isinstance(key, tuple) and any(isinstance(one, str) for one in key))
        if labels and self.finder is not None:
            key = self.finder.place(key)
        return np.asarray(self)[key]


def evaluated(contrasts: Any, data: xr.Dataset, names: Any = None) -> tuple[list[str], _Vector, _Vector, bool]:
    """Names, values ``(k,)`` and gradient ``(k, cells)`` of contrasts, and whether all are linear.

    Raises
    ------
    InputError
        If a contrast has another form or length, names no cell, or is no finite number at the estimates.
    """
    point, finder = data["estimate"].values, CellFinder(data)
    if callable(contrasts):
        return _by_function(contrasts, point, finder, names)
    if isinstance(contrasts, Mapping):
        parts = {str(name): _one(str(name), spec, point, finder) for name, spec in contrasts.items()}
        if not parts:
            raise InputError("there is no contrast", where="contrasts")
        values, gradients, linear = zip(*parts.values(), strict=True)
        return list(parts), np.array(values), np.array(gradients), all(linear)
    if hasattr(contrasts, "to_dict"):  # a data frame or series: labels say which cell, whatever their order
        contrasts = contrasts.to_frame(_named(names, 1)[0]).T if contrasts.ndim == 1 else contrasts
        return evaluated(contrasts.T.to_dict(), data)
    matrix = np.atleast_2d(_coefficients(contrasts, point.size, "contrasts"))
    return _named(names, len(matrix)), _times(matrix, point), matrix, True


def jacobian(function: Callable[[NDArray[Any]], NDArray[Any]], point: _Vector) -> _Vector:
    """Gradient of ``function`` (from ``(m,)`` to ``(k,)``) at ``point``, ``(k, m)``.

    The complex step is exact to rounding where the function is analytic as written (Squire and Trapp 1998, SIAM
    Review 40); where it is not (``abs``, functions without complex arguments), central differences extrapolated twice
    (Richardson) are taken instead; the two are compared, within what the differences can tell.
    """
    with np.errstate(all="ignore"):
        return np.stack([_slope(function, point, place) for place in range(point.size)], axis=-1)


def _freedom(df: Any) -> float:
    if not isinstance(df, Real) or isinstance(df, (bool, np.bool_)) or not float(df) > 0.0:
        raise InputError("degrees of freedom must be a positive number", where="df", got=repr(df))
    return float(df)


def _check_names(names: Any) -> None:
    if names is None or isinstance(names, str):
        return
    if isinstance(names, bytes) or not isinstance(names, Iterable):
        raise InputError("names of contrasts are words, one a contrast", where="names", got=repr(names))


def _sandwich(gradient: _Vector, matrix: _Vector) -> _Vector:
    """``G V G'``; rows that use a cell without variance are missing, and the others are not touched by it."""
    lost = np.isnan(np.diag(matrix))
    missing = ((gradient != 0.0) & lost[None, :]).any(axis=1)
    known = np.where(lost[:, None] | lost[None, :], 0.0, matrix)
    result = gradient @ known @ gradient.T
    result = (result + result.T) / 2.0
    variances = np.diag(result)
    rounding = _ROUNDING * (np.abs(gradient) @ np.sqrt(np.diag(known))) ** 2
    np.fill_diagonal(result, np.where((variances < 0.0) & (variances > -rounding), 0.0, variances))
    result[missing, :] = result[:, missing] = np.nan
    return np.asarray(result)


def _unit(data: xr.Dataset, used: NDArray[np.intp]) -> str:
    """Unit of linear contrasts: that of the variable, if it is the only one."""
    unit = str(data.attrs["unit"])
    variables = np.unique(data["variable"].values[used])
    return f"as {variables[0]}" if unit == "as the variable" and variables.size == 1 else unit


def _least_df(gradient: _Vector, df: _Vector) -> _Vector:
    spread = np.where((gradient != 0.0) & np.isfinite(df)[None, :], df[None, :], np.inf)
    least = spread.min(axis=1, initial=np.inf)
    unknown = ((gradient != 0.0) & np.isnan(df)[None, :]).any(axis=1)
    return np.where(np.isinf(least) & unknown, np.nan, least)


def _surveys(gradient: _Vector, survey: NDArray[np.str_]) -> NDArray[np.str_]:
    """Names of the surveys that each contrast uses."""
    return np.array(
        [
            JOINED.join(sorted({part for one in set(survey[row].tolist()) for part in surveys_in(one)})) or survey[0]
            for row in gradient != 0.0
        ],
        dtype=np.str_,
    )


def _one(name: str, spec: Any, point: _Vector, finder: CellFinder) -> tuple[float, _Vector, bool]:
    if callable(spec):
        _, values, gradient, _ = _by_function(lambda cells: np.reshape(spec(cells), ()), point, finder, [name])
        return float(values[0]), gradient[0], False
    if isinstance(spec, Mapping):
        weights = np.zeros(point.size)
        for key, coefficient in spec.items():
            weights[finder.place(key)] += _coefficients([coefficient], 1, name)[0]
    else:
        weights = np.ravel(_coefficients(spec, point.size, name))
    return float(_times(weights[None, :], point)[0]), weights, True


def _coefficients(values: Any, size: int, where: str) -> _Vector:
    try:
        raw = np.asarray(values)
        words = raw.dtype.kind in "USc" or any(isinstance(one, str) for one in raw.flat)  # NumPy would cast them
        array = np.array([np.nan]) if words else raw.astype(np.float64)
    except (TypeError, ValueError):
        array = np.array([np.nan])
    if array.ndim not in (1, 2) or array.shape[-1] != size or not np.isfinite(array).all():
        raise InputError(
            "a contrast needs one finite coefficient a cell",
            where=where,
            expected=f"{size:,} numbers, or a mapping of cell to coefficient, or a function of the estimates",
            got=repr(values)[:200],
        )
    return array


def _times(matrix: _Vector, point: _Vector) -> _Vector:
    """Product in which a cell without coefficient does not count, even if it is missing."""
    return np.asarray(np.where(matrix == 0.0, 0.0, matrix * np.where(matrix == 0.0, 0.0, point)).sum(axis=1))


def _by_function(
    function: Callable[[CellValues], Any], point: _Vector, finder: CellFinder, names: Any
) -> tuple[list[str], _Vector, _Vector, bool]:
    found: list[str] = []

    def flat(values: NDArray[Any]) -> NDArray[Any]:
        with np.errstate(all="ignore"):
            result = function(CellValues(values, finder))
        if isinstance(result, Mapping):
            found[:] = map(str, result)
            result = list(result.values())
        return np.ravel(np.asarray(result))

    values = flat(point.copy())
    if values.dtype.kind not in "iuf" or values.size == 0:
        raise InputError("the function must give numbers", where="contrasts", got=repr(values)[:200])
    labels = list(found) or _named(names, values.size)
    gradient = jacobian(flat, point)
    needed = (gradient != 0.0) | np.isnan(gradient)
    missing = (needed & np.isnan(point)).any(axis=1)
    faulty = ~np.isfinite(values) & ~missing
    if faulty.any() or (~np.isfinite(gradient[~missing])).any():
        marked = faulty | (~np.isfinite(gradient).all(axis=1) & ~missing)
        raise DataError(
            "the function, or its slope, is no finite number at the estimates",
            where=", ".join(labels[place] for place in np.flatnonzero(marked)),
            examples=values[marked].tolist(),
        )
    return labels, values.astype(np.float64), gradient, False


def _named(names: Any, size: int) -> list[str]:
    if names is None:
        return ["contrast"] if size == 1 else [f"contrast {number}" for number in range(1, size + 1)]
    given = [names] if isinstance(names, str) else list(map(str, names))
    if len(given) != size:
        raise InputError(
            "there must be a name a contrast", where="names", expected=f"{size} names", got=", ".join(given)
        )
    return given


def _slope(function: Callable[[NDArray[Any]], NDArray[Any]], point: _Vector, place: int) -> _Vector:
    """Slopes ``(k,)`` along one estimate: of the complex step where the differences bear it out, else of these."""
    if np.isnan(point[place]):
        return np.where(np.isnan(np.asarray(function(point.copy()), dtype=np.float64)), np.nan, 0.0)
    exact = _complex(function, point, place)
    best, least, settled = np.array(np.nan), np.array(np.inf), np.array(False)
    for step in _STEPS:  # smaller ones where the function bends or ends close by, as log(1 - p) does at one
        central, doubt, noise = _central(function, point, place, step * (abs(point[place]) or 0.1))
        size = np.abs(central)
        near = np.abs(exact - central) <= _AGREE * size + np.minimum(10 * doubt, _LOOSE * size) + noise
        settled = settled | near
        if settled.all():
            return exact
        best, least = np.where(doubt + noise < least, central, best), np.fmin(least, doubt + noise)
    return np.where(settled, exact, best)


def _complex(function: Callable[[NDArray[Any]], NDArray[Any]], point: _Vector, place: int) -> _Vector:
    step = _IMAGINARY * max(abs(point[place]), 1e-3)
    moved = point.astype(np.complex128)
    moved[place] += 1j * step
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            result = np.asarray(function(moved)).astype(np.complex128)
    except (TypeError, ValueError, ArithmeticError, AttributeError, np.exceptions.ComplexWarning):
        return np.array(np.nan)  # not written for complex numbers
    return np.asarray(result.imag / step, dtype=np.float64)


def _central(
    function: Callable[[NDArray[Any]], NDArray[Any]], point: _Vector, place: int, first: float
) -> tuple[_Vector, _Vector, _Vector]:
    """Slopes from central differences extrapolated twice, how far they may be off, and what rounding adds."""
    slopes = []
    largest = np.array(0.0)
    for step in (first, first / 2, first / 4):
        above, below = point.copy(), point.copy()
        above[place] += step
        below[place] -= step
        high, low = (np.asarray(function(moved), dtype=np.float64) for moved in (above, below))
        slopes.append((high - low) / (above[place] - below[place]))
        largest = np.maximum(largest, np.maximum(np.abs(high), np.abs(low)))
    wide, half, quarter = slopes
    once, again = (4 * half - wide) / 3, (4 * quarter - half) / 3
    result = (16 * again - once) / 15
    return result, np.abs(result - again), 16 * np.finfo(np.float64).eps * largest / first
