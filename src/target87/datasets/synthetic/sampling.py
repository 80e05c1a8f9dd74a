"""The sample: clusters by size, households in them, one child a household, weights that undo each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.datasets.synthetic.missing import with_missing_codes
from target87.datasets.synthetic.places import HOUSEHOLDS_A_CLUSTER, STRATA
from target87.datasets.synthetic.population import SyntheticPopulation
from target87.errors import InputError
from target87.rng import root_seed, stream

if TYPE_CHECKING:
    import pandas as pd

    from target87.rng import RandomState

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]
type Flags = NDArray[np.bool_]

COLUMNS = (
    *("cluster", "household", "stratum", "region", "residence", "weight", "household_weight", "eligible_children"),
    *("sex", "age", "school", "CL1A", "CL1B", "CL1C", "CL1X", "CL3", "CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D"),
    *("CL6E", "CL6X", "CL7", "CL8", "CL9", "CL10", "CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X"),
    *("CL13", "industry", "occupation", "status", "night", "result"),
)
"""Columns of the survey, in their order."""


def synthetic_survey(population: SyntheticPopulation, rng: RandomState = None) -> pd.DataFrame:
    """Draw a synthetic survey: two stages in ten strata, one child a household, with nonresponse and missing codes.

    440 of 8,800 clusters are drawn with probability proportional to size, systematically in random order; 24 households
    in each at random; one child 5-17 at random in each household that has any.

    Parameters
    ----------
    population : SyntheticPopulation
        From :func:`target87.datasets.synthetic_population`.
    rng : int, SeedSequence, Generator or None
        Source of randomness; the same seed gives the same sample.

    Returns
    -------
    pandas.DataFrame
        One row a completed interview, codes as in the file shipped. ``weight`` (children of the population that the
        child stands for) is ``household_weight`` times ``eligible_children`` times an adjustment for children not
        interviewed; ``household_weight`` is adjusted for households that did not respond; both by stratum.

    Raises
    ------
    InputError
        If the population is something else, or ``rng`` no source of randomness.

    Notes
    -----
    The first stage takes 5 % of the clusters without replacement: a variance as if with replacement is too large by
    less than that.

    Examples
    --------
    >>> from target87 import datasets
    >>> survey = datasets.synthetic_survey(datasets.synthetic_population(rng=87), rng=87)
    >>> survey["cluster"].nunique()
    440
    """
    if not isinstance(population, SyntheticPopulation):
        raise InputError(
            "the synthetic survey is drawn from a synthetic population",
            where="population",
            got=type(population).__name__,
            remedies=("make one: synthetic_population(rng=...)",),
        )
    root = root_seed(rng)
    draw = stream(root, "synthetic survey", "sample")
    cluster, chance = draw_clusters(population, draw)
    household, share = _households(population, cluster, draw)
    place = np.repeat(np.arange(cluster.size), HOUSEHOLDS_A_CLUSTER)
    own = population.stratum[cluster][place]
    weight = 1.0 / (chance * share)[place]
    responds = draw.random(own.size) < np.array([one.households_respond for one in STRATA])[own]
    household_weight = weight * _adjustment(own, weight, responds)
    eligible = population.eligible[household]
    asked = responds & (eligible > 0)
    answered = asked & (draw.random(own.size) < np.array([one.children_respond for one in STRATA])[own])
    child_weight = household_weight * eligible
    child_weight *= _adjustment(own, np.where(asked, child_weight, 0.0), answered)
    child = population.first_child[household] + np.floor(draw.random(own.size) * eligible).astype(np.int64)
    frame = population.frame(child[answered]).assign(
        cluster=place[answered] + 1.0,
        household=np.tile(np.arange(HOUSEHOLDS_A_CLUSTER), cluster.size)[answered] + 1.0,
        household_weight=np.round(household_weight[answered], 4),
        weight=np.round(child_weight[answered], 4),
        result=1.0,
    )
    return with_missing_codes(frame[list(COLUMNS)], stream(root, "synthetic survey", "missing"))


def draw_clusters(population: SyntheticPopulation, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Clusters by size, systematically in random order, stratum by stratum, and the probability of each.

    Madow (1949); no cluster is so large that it would be drawn for certain.
    """
    taken, chances = [], []
    for number, stratum in enumerate(STRATA):
        order = rng.permutation(np.flatnonzero(population.stratum == number))
        size = population.size[order]
        along = np.cumsum(size)
        step = along[-1] / stratum.sampled
        place = np.searchsorted(along, step * (rng.random() + np.arange(stratum.sampled)), side="right")
        taken.append(order[place])
        chances.append(size[place] / step)
    return np.concatenate(taken), np.concatenate(chances)


def _households(population: SyntheticPopulation, cluster: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """The same number of households at random in each cluster, and the share of its households that is."""
    first = population.first_household
    there = first[cluster + 1] - first[cluster]
    begins = np.concatenate([[0], np.cumsum(there)[:-1]])
    place = np.repeat(np.arange(cluster.size), there)
    order = np.lexsort((rng.random(place.size), place))
    within = np.arange(place.size) - begins[place]
    kept = within < HOUSEHOLDS_A_CLUSTER
    household = (first[cluster] - begins)[place] + order
    return household[kept], HOUSEHOLDS_A_CLUSTER / there


def _adjustment(stratum: Ints, weight: Floats, responded: Flags) -> Floats:
    """Weight of all over weight of those who responded, by stratum."""
    every = np.bincount(stratum, weight, len(STRATA))
    return (every / np.bincount(stratum, weight * responded, len(STRATA)))[stratum]
