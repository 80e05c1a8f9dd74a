"""Finite populations with strata, clusters and informative weights, and samples drawn from them as surveys do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

SHARES = (0.005, 0.01, 0.02, 0.05, 0.10, 0.20, 0.30, 0.50)
"""Proportions: forced labour lies from 0.5 to 5 %, child labour up to a half."""
STRATA = 10
COMMON = 0.05
"""Correlation within clusters of the variables behind the proportions."""


def flag(share: float) -> str:
    """Column of the truth values with this share."""
    return f"p{1000 * share:03.0f}"


@dataclass(frozen=True)
class World:
    """A population of persons in clusters in strata.

    ``size`` is the size measure of each cluster: it goes with the outcomes, so that selection by size is informative.
    """

    persons: pd.DataFrame
    stratum: NDArray[np.int64]
    size: NDArray[np.float64]
    first: NDArray[np.int64]

    def truth(self, name: str) -> float:
        """Mean over all persons."""
        return float(self.persons[name].mean())


def make_world(clusters: int, persons: int, rng: np.random.Generator) -> World:
    """``clusters`` a stratum of about so many ``persons`` each."""
    stratum = np.repeat(np.arange(STRATA), clusters)
    level = 0.25 * rng.normal(size=STRATA)[stratum]
    effect = rng.normal(size=stratum.size)
    size = persons * np.exp(0.4 * rng.normal(size=stratum.size) - 0.25 * effect)
    people = np.maximum(5, np.round(persons * np.exp(0.3 * rng.normal(size=stratum.size)))).astype(int)
    row = np.repeat(np.arange(stratum.size), people)
    n = row.size
    frame = pd.DataFrame({"stratum": stratum[row], "cluster": row})
    for share in SHARES:
        own = np.sqrt(COMMON) * (0.6 * effect + 0.8 * rng.normal(size=stratum.size))
        latent = (level + own)[row] + np.sqrt(1.0 - COMMON) * rng.normal(size=n)
        frame[flag(share)] = latent > np.quantile(latent, 1.0 - share)
    frame["hours"] = np.exp(1.5 + (level + 0.3 * effect)[row] + 0.6 * rng.normal(size=n))
    frame["children"] = 1.0 + rng.poisson(1.5, n)
    frame["sex"] = np.where(rng.random(n) < 0.49, "girl", "boy")
    frame["age"] = np.array(["5-11", "12-14", "15-17"])[np.searchsorted([0.52, 0.77], rng.random(n))]
    return World(frame, stratum, size, np.concatenate([[0], np.cumsum(people)]))


@dataclass(frozen=True)
class Plan:
    """A way to sample: ``units`` clusters a stratum, ``persons`` in each (None: all)."""

    name: str
    units: int
    persons: int | None
    by_size: bool

    def arguments(self) -> Mapping[str, Any]:
        """Arguments of the design that describe the plan."""
        common = {"strata": "stratum", "weights": "w"}
        if self.by_size:  # with replacement: each draw of a cluster is a sampling unit
            return common | {"psu": "draw"}
        stages = ["draw"] if self.persons is None else ["draw", "person"]
        return common | {"psu": stages, "fpc": ["clusters", "people"][: len(stages)]}

    def draw(self, world: World, rng: np.random.Generator) -> pd.DataFrame:
        """One sample: persons with their weight and what the design needs."""
        rows, draws, weights = [], [], []
        for stratum in range(STRATA):
            inside = np.flatnonzero(world.stratum == stratum)
            share = world.size[inside] / world.size[inside].sum()
            if self.by_size:
                place = rng.choice(inside.size, self.units, p=share)
                expected = self.units * share[place]
            else:
                place = rng.choice(inside.size, self.units, replace=False)
                expected = np.full(self.units, self.units / inside.size)
            for chosen, times in zip(inside[place], expected, strict=True):
                people = np.arange(world.first[chosen], world.first[chosen + 1])
                taken = people if self.persons is None else rng.choice(people, min(self.persons, people.size), False)
                draws.append(np.full(taken.size, len(draws)))
                rows.append(taken)
                weights.append(np.full(taken.size, people.size / taken.size / times))
        chosen_rows = np.concatenate(rows)
        sample = world.persons.iloc[chosen_rows].reset_index(drop=True)
        sample["draw"], sample["w"] = np.concatenate(draws), np.concatenate(weights)
        sample["person"] = chosen_rows
        sample["clusters"] = np.bincount(world.stratum)[sample["stratum"]]
        sample["people"] = np.diff(world.first)[sample["cluster"]]
        return sample


PLANS = (
    Plan("clusters, all persons in them", units=4, persons=None, by_size=False),
    Plan("clusters, then persons", units=5, persons=12, by_size=False),
    Plan("clusters by size with replacement, then persons", units=4, persons=12, by_size=True),
)


def within_chance(values: NDArray[np.float64], truth: float, errors: float = 3.0) -> float:
    """Distance of the mean of ``values`` from ``truth`` in Monte Carlo errors, over ``errors``: below 1 is within."""
    return float(abs(values.mean() - truth) / (errors * values.std(ddof=1) / np.sqrt(values.size)))


def normal_quantile(level: float) -> float:
    """Quantile of the normal for a two-sided interval."""
    return float(ndtri(0.5 + level / 2.0))
