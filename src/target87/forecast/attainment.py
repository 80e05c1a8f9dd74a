"""Is the target reached: probabilities, the year it happens, and the pace it needs, from joint draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.results.probability import Probability

if TYPE_CHECKING:
    from target87.results.projection import Projection

type FloatArray = NDArray[np.float64]

OPERATIONAL_ZEROS = (0.001, 0.005, 0.01)
"""What "zero" may mean: no agency defines it for child labour, and a modelled rate never equals 0."""


def probability_below(projection: Projection, threshold: float, year: int) -> Probability:
    """Probability that the rate is below ``threshold`` in ``year``.

    Parameters
    ----------
    projection : Projection
        Draws of the rate.
    threshold : float
        Threshold, as a proportion.
    year : int
        Year within the projection.

    Returns
    -------
    Probability
        The share of draws, with its Monte Carlo error.

    Raises
    ------
    InputError
        If the threshold is not between 0 and 1 or the year is outside the projection.

    Examples
    --------
    >>> from target87.forecast import project
    >>> from target87.prevalence import TrendModel, published_series
    >>> posterior = TrendModel(published_series("child_labour")).fit(rng=1)
    >>> str(probability_below(project(posterior, until=2025, rng=1), 0.01, 2025))
    '< 0.003'
    """
    check_threshold(threshold)
    return Probability.of(projection.at(year) < threshold, projection.chains)


def probability_of_decline(projection: Projection, year: int, base_year: int, measure: str = "rate") -> Probability:
    """Probability that ``measure`` in ``year`` is below its own draw in ``base_year``: paired, both ends uncertain.

    Parameters
    ----------
    projection : Projection
        Draws of rate and number.
    year, base_year : int
        Years within the projection.
    measure : {"rate", "number"}
        What declines.

    Returns
    -------
    Probability
        The share of draws, with its Monte Carlo error.

    Raises
    ------
    InputError
        If a year is outside the projection, or a number is asked for beyond the population.

    Examples
    --------
    >>> from target87.forecast import probability_of_decline, project
    >>> from target87.prevalence import TrendModel, published_series
    >>> future = project(TrendModel(published_series("forced_labour")).fit(rng=1), until=2030, rng=1)
    >>> 0.2 < float(probability_of_decline(future, 2030, 2021)) < 0.5
    True
    """
    return Probability.of(projection.at(year, measure) < projection.at(base_year, measure), projection.chains)


def year_reached(projection: Projection, threshold: float) -> FloatArray:
    """First year from the last figure on in which each draw's rate is below ``threshold``.

    The year of the last figure where it is below already; infinite where the projection ends first. A draw that is
    below once need not stay below.

    Parameters
    ----------
    projection : Projection
        Draws of the rate.
    threshold : float
        Threshold, as a proportion.

    Returns
    -------
    ndarray (draw,)
        Years.

    Raises
    ------
    InputError
        If the threshold is not between 0 and 1.

    Examples
    --------
    >>> from target87.forecast import project, year_reached
    >>> from target87.prevalence import TrendModel, published_series
    >>> future = project(TrendModel(published_series("hazardous_work")).fit(rng=1), until=2060, rng=1)
    >>> bool(2035 < np.median(year_reached(future, 0.01)) < 2055)
    True
    """
    check_threshold(threshold)
    start = int(projection.attributes.get("last_year", projection.years[0]))
    ahead = projection.years >= start
    below = projection.draws["rate"].to_numpy()[0, 0][ahead] < threshold
    first = projection.years[ahead][below.argmax(axis=0)].astype(float)
    return np.where(below.any(axis=0), first, np.inf)


def check_threshold(threshold: float) -> None:
    """Raise unless the threshold can be an operational zero.

    Raises
    ------
    InputError
        If it is 0 (the operational zeros are listed with the call for each), outside (0, 1), or like a percentage.
    """
    if threshold == 0:
        calls = tuple(f"threshold={one:g}" for one in OPERATIONAL_ZEROS)
        raise InputError(
            "a rate of exactly 0 is never reached by a modelled rate and cannot be seen by a survey; "
            "say which operational zero is meant",
            where="threshold",
            got="0",
            remedies=calls,
        )
    if not np.isfinite(threshold) or threshold < 0:
        raise InputError(
            "a threshold is a proportion between 0 and 1", where="threshold", got=f"{threshold:g}", remedies=_EXAMPLES
        )
    if threshold >= 1:
        percent = f"if {threshold:g} per cent is meant, write {threshold:g}% or {threshold / 100:g}"
        raise InputError(
            "a threshold is a proportion between 0 and 1",
            where="threshold",
            got=f"{threshold:g}",
            remedies=(percent,) if threshold < 100 else _EXAMPLES,
        )


_EXAMPLES = ("write 0.5% or 0.005",)
