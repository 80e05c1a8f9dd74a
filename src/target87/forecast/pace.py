"""Rates of change between levels, and the factor by which a decline would have to be faster.

Plain arrays in and out: levels are proportions or numbers, years are durations, everything broadcasts as in NumPy and
draws are the last axis. A pace is the change a year on a named scale: ``"log"`` (a constant annual rate of change),
``"logit"`` or ``"linear"``; declines are negative.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from target87.errors import InputError, UnknownNameError
from target87.forecast.scales import backward, check_rates, check_years, forward, together
from target87.results.acceleration import Acceleration, Basis, Scale

__all__ = ["Acceleration", "aarr", "acceleration", "annual_change", "extrapolate", "required_pace"]

type FloatArray = NDArray[np.float64]


def annual_change(start: ArrayLike, end: ArrayLike, years: ArrayLike, scale: Scale = "log") -> FloatArray:
    r"""Constant change a year that leads from one level to another.

    :math:`(f(p_T) - f(p_0)) / T` with :math:`f` the logarithm, the log-odds or the identity; on the log scale
    :math:`e^x - 1` turns it into a compound rate.

    Parameters
    ----------
    start, end : array_like
        Levels at both ends.
    years : array_like
        Years between them, above 0.
    scale : {"log", "logit", "linear"}
        Scale on which the change is constant.

    Returns
    -------
    ndarray
        Change a year on the scale, below 0 for a decline.

    Raises
    ------
    InputError
        If a level has no finite value on the scale, or the years are not above 0.

    References
    ----------
    Preston, Heuveline and Guillot (2001), Demography, chapter 1: mean annualised growth rate.

    Examples
    --------
    >>> round(float(annual_change(0.160, 0.078, 24)), 5)
    -0.02994
    """
    return _change(scale, years, start=start, end=end)


def aarr(start: ArrayLike, end: ArrayLike, years: ArrayLike) -> FloatArray:
    r"""Average annual rate of reduction between two levels.

    :math:`1 - (p_T / p_0)^{1/T}`, the share of the level that is lost each year.

    Parameters
    ----------
    start, end : array_like
        Levels at both ends, above 0.
    years : array_like
        Years between them, above 0.

    Returns
    -------
    ndarray
        Reduction a year as a proportion, below 0 for a rise.

    Raises
    ------
    InputError
        If a level or the years are not above 0.

    References
    ----------
    UNICEF (2007), Technical note: how to calculate average annual rate of reduction (AARR); its form for two points.

    Examples
    --------
    >>> round(float(aarr(0.160, 0.078, 24)), 4)
    0.0295
    """
    return np.asarray(-np.expm1(annual_change(start, end, years)))


def required_pace(level: ArrayLike, threshold: ArrayLike, years: ArrayLike, scale: Scale = "log") -> FloatArray:
    """Change a year that brings a level to a threshold in the years left; above 0 where it is already below.

    Parameters
    ----------
    level : array_like
        Level now.
    threshold : array_like
        Level to be reached; 0 can be reached on the linear scale only.
    years : array_like
        Years left, above 0.
    scale : {"log", "logit", "linear"}
        Scale on which the change is constant.

    Returns
    -------
    ndarray
        Change a year on the scale.

    Raises
    ------
    InputError
        As :func:`annual_change`.

    Examples
    --------
    >>> round(float(required_pace(0.078, 0.01, 6)), 4)
    -0.3424
    """
    return _change(scale, years, level=level, threshold=threshold)


def extrapolate(level: ArrayLike, pace: ArrayLike, years: ArrayLike, scale: Scale = "log") -> FloatArray:
    """Level after some years of constant change, the inverse of :func:`annual_change`.

    On the linear scale a decline crosses 0 sooner or later; the result is left below 0, since a path cut off at 0 would
    look like a target reached.

    Parameters
    ----------
    level : array_like
        Level at the start.
    pace : array_like
        Change a year on the scale.
    years : array_like
        Years of change, 0 or more.
    scale : {"log", "logit", "linear"}
        Scale on which the change is constant.

    Returns
    -------
    ndarray
        Levels at the end.

    Raises
    ------
    InputError
        If a level has no finite value on the scale, or the years are below 0.

    Examples
    --------
    >>> float(extrapolate(151.6, annual_change(168.0, 151.6, 4), 9).round(1))
    120.3
    """
    start, change, duration = together(level=level, pace=pace, years=years)
    check_years(duration, zero=True)
    return backward(forward(start, scale, "level") + change * duration, scale)


def acceleration(
    level_now: ArrayLike,
    threshold: float,
    years_left: int,
    base_start: ArrayLike,
    base_end: ArrayLike,
    base_years: tuple[int, int],
    scale: Scale = "log",
    *,
    basis: Basis = "rate",
    now: int | None = None,
) -> Acceleration:
    r"""How many times faster a level must fall to reach a threshold than it fell over a window.

    On the log scale :math:`\frac{\ln(p / \theta) / h}{\ln(p_0 / p_1) / T}`, likewise on the others.

    Parameters
    ----------
    level_now : array_like
        Level the needed pace starts from: a proportion, or a number with ``basis="number"``.
    threshold : float
        Level to be reached; 0 can be reached on the linear scale only.
    years_left : int
        Years from now to the target, above 0.
    base_start, base_end : array_like
        Levels at both ends of the window, draw for draw those of ``level_now``.
    base_years : tuple of (int, int)
        First and last year of the window.
    scale : {"log", "logit", "linear"}
        Scale on which both paces are constant.
    basis : {"rate", "number"}
        What declines.
    now : int, optional
        Year of ``level_now``; the window's last if not given.

    Returns
    -------
    Acceleration
        The factors, with all they depend on.

    Raises
    ------
    InputError
        If a level has no finite value on the scale, a rate is no proportion, or years are not in order.

    Examples
    --------
    >>> acceleration(0.078, 0.01, 6, 0.160, 0.078, (2000, 2024))
    <Acceleration: 11.4 times [basis rate, window 2000-2024, log scale, threshold 1%, from 2024 to 2030]>
    >>> acceleration(0.096, 0.01, 5, 0.094, 0.096, (2016, 2020)).reason
    'the rate did not fall from 2016 to 2020: no decline to speed up'
    """
    if basis not in ("rate", "number"):
        raise UnknownNameError.of(basis, ("rate", "number"), kind="basis")
    level, start, end = together(level_now=level_now, base_start=base_start, base_end=base_end)
    if basis == "rate":
        for where, values in (("level_now", level), ("threshold", threshold), ("base_start", start), ("base_end", end)):
            check_rates(np.asarray(values, dtype=np.float64), where)
    opening, closing = _window(base_years)
    observed = -_change(scale, closing - opening, base_start=start, base_end=end)
    needed = np.maximum(-required_pace(level, threshold, years_left, scale), 0.0)
    falling = observed > 0
    factor = np.where(falling, needed / np.where(falling, observed, 1.0), np.nan)
    first = closing if now is None else now
    return Acceleration(factor, basis, (opening, closing), scale, float(threshold), first, first + years_left)


def _change(scale: Scale, years: ArrayLike, **levels: ArrayLike) -> FloatArray:
    """Change a year from the first of two levels to the second; an error calls them by the names given."""
    duration, first, last = together(years=years, **levels)
    check_years(duration)
    start, end = (forward(level, scale, name) for name, level in zip(levels, (first, last), strict=True))
    return np.asarray((end - start) / duration)


def _window(years: tuple[int, int]) -> tuple[int, int]:
    try:
        first, last = years
    except (TypeError, ValueError):
        raise InputError(
            "a window names its first and its last year", where="base_years", expected="(2000, 2024)", got=repr(years)
        ) from None
    return int(first), int(last)
