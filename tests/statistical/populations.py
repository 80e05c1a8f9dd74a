"""Finite populations with strata, clusters and informative weights, and samples drawn from them as surveys do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SHARES = (0.005, 0.01, 0.02, 0.05, 0.10, 0.20, 0.30, 0.50)
"""Proportions: forced labour lies from 0.5 to 5 %, child labour up to a half."""
STRATA = 10
AGES = ("5-11", "12-14", "15-17")
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

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """Persons in each cluster."""
        return np.diff(self.first)

    @cached_property
    def strata(self) -> list[NDArray[np.int64]]:
        """The clusters of each stratum."""
        return [np.flatnonzero(self.stratum == stratum) for stratum in range(STRATA)]

    @cached_property
    def chances(self) -> list[NDArray[np.float64]]:
        """Probability of each cluster in one draw by size from its stratum."""
        return [self.size[inside] / self.size[inside].sum() for inside in self.strata]

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
    frame["age"] = np.array(AGES)[np.searchsorted([0.52, 0.77], rng.random(n))]
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
        for inside, share in zip(world.strata, world.chances, strict=True):
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
        sample["clusters"] = np.array([inside.size for inside in world.strata])[sample["stratum"]]
        sample["people"] = world.people[sample["cluster"]]
        return sample

    def variance_of_total(self, world: World, name: str) -> float:
        """Variance of the estimated total over all samples, in closed form.

        Cochran (1977), Sampling Techniques, chapter 9A for whole clusters, chapter 11 for persons sampled within them.
        """
        values = np.split(world.persons[name].to_numpy(dtype=float), world.first[1:-1])
        sums = np.array([one.sum() for one in values])
        taken = world.people if self.persons is None else np.minimum(self.persons, world.people)
        inner = np.array([one.var(ddof=1) for one in values]) * world.people * (world.people - taken) / taken
        variance = 0.0
        for inside, share in zip(world.strata, world.chances, strict=True):
            own, size = sums[inside], inside.size
            if self.by_size:
                between = (share * (own / share - own.sum()) ** 2).sum()
                variance += (between + (inner[inside] / share).sum()) / self.units
            else:
                variance += size * (size - self.units) / self.units * own.var(ddof=1)
                variance += size / self.units * inner[inside].sum()
        return float(variance)


PLANS = (
    Plan("clusters, all persons in them", units=4, persons=None, by_size=False),
    Plan("clusters, then persons", units=5, persons=12, by_size=False),
    Plan("clusters by size with replacement, then persons", units=6, persons=12, by_size=True),
)


def errors_apart(values: NDArray[np.float64], truth: float) -> float:
    """Distance of the mean of ``values`` from ``truth`` in Monte Carlo errors."""
    return float(abs(values.mean() - truth) / (values.std(ddof=1) / np.sqrt(values.size)))
