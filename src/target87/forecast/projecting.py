"""Posterior draws carried on into the future, draw by draw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import InputError
from target87.kernels import integrated_ou
from target87.prevalence import denominators
from target87.prevalence.published import INDICATORS
from target87.rng import RandomState, root_seed, stream

if TYPE_CHECKING:
    import xarray as xr

    from target87.results.population import Population
    from target87.results.posterior import Posterior
    from target87.results.projection import Projection


def project(
    posterior: Posterior, *, until: int, population: Population | None = None, rng: RandomState = None
) -> Projection:
    """Extend the fitted process of each draw with that draw's own parameters.

    Parameters
    ----------
    posterior : Posterior
        From :meth:`target87.prevalence.TrendModel.fit` or ``prior_predictive``.
    until : int
        Last year of the rate.
    population : Population, optional
        Population that turns rates into numbers, in every year it has; the embedded World Population Prospects 2024
        (medium variant) if not given. Numbers end where it ends.
    rng : int, SeedSequence or Generator
        Root of the random stream; the stream itself is keyed by the indicator and group.

    Returns
    -------
    Projection
        From the first year of the posterior to ``until``.

    Raises
    ------
    InputError
        If ``until`` lies before the last year with data, or no population belongs to the group.

    Examples
    --------
    >>> from target87.prevalence import TrendModel, published_series
    >>> posterior = TrendModel(published_series("child_labour")).fit(rng=1)
    >>> future = project(posterior, until=2030, rng=1)
    >>> int(future.years[-1]), future.at(2030, "number").shape
    (2030, (4000,))
    """
    import xarray as xr

    from target87.results.projection import Projection

    attributes = posterior.attributes
    last = int(posterior.prevalence["year"].values[-1])
    if until < last:
        raise InputError(
            "a projection cannot end before the last year with data",
            where="until",
            expected=f"{last} or later",
            got=str(until),
        )
    key = (attributes["indicator"], attributes["group_type"], attributes["group"])
    future = _extend(posterior, until - last, stream(root_seed(rng), "future", *key))
    years = np.arange(int(posterior.prevalence["year"].values[0]), until + 1)
    rate = np.concatenate([posterior.prevalence.to_numpy(), future], axis=1)
    people, vintage = _people(attributes, population, years)
    coords: dict[str, Any] = {"scenario": ["model"], "area": posterior.prevalence["area"].values, "year": years}
    coords["draw"] = posterior.prevalence["draw"].values
    dims = ("scenario", "area", "year", "draw")
    draws = xr.Dataset(
        {
            "rate": (dims, rate[None], {"units": "1", "long_name": "proportion of the population"}),
            "number": (dims, (rate * people[:, None])[None], {"units": "persons"}),
            "population": (("area", "year"), people[None], {"units": "persons", "vintage": vintage}),
        },
        coords=coords,
    )
    return Projection(draws, posterior.chains, {**attributes, "population": vintage})


def _extend(posterior: Posterior, steps: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Future rates, ``(area, step, draw)``: the line goes on and the pace wanders on from where it stood."""
    state = {str(name): values.to_numpy()[0] for name, values in posterior.state.data_vars.items()}
    ahead = np.arange(1.0, steps + 1.0)
    wander, _ = integrated_ou.simulate(
        ahead, state["pace_variation"], state["pace_memory"], rng, start=state["pace_deviation"]
    )
    level = state["log_odds"][:, None] + state["long_run_pace"][:, None] * ahead + wander
    return np.asarray((1.0 / (1.0 + np.exp(-level))).T[None])


def _people(
    attributes: Any, population: Population | None, years: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], str]:
    ages = INDICATORS[attributes["indicator"]].ages
    if population is None:
        population = denominators.population_of(ages, denominators.CURRENT_VINTAGE)
    counts: xr.DataArray = denominators.group_counts(
        population, ages, attributes["group_type"], attributes["group"]
    ).astype(float)
    name = re.sub(r"^WPP(?=\d{4}$)", "World Population Prospects ", population.vintage)
    return counts.reindex(year=years).to_numpy(), f"{name}, {population.variant} variant"
