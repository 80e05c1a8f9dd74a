"""The finite population of which the synthetic survey is a sample; its truth is counted, not assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.datasets.synthetic.answers import BLANK, Circumstances, reported_answers
from target87.datasets.synthetic.places import HOUSEHOLDS_A_CLUSTER, STRATA
from target87.rng import root_seed, stream

if TYPE_CHECKING:
    import pandas as pd

    from target87.rng import RandomState

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SyntheticPopulation:
    """Children 5-17 in households in clusters in strata, each with the answers they would give.

    Attributes
    ----------
    stratum : numpy.ndarray
        Stratum of each cluster, from 0.
    size : numpy.ndarray
        Size measure of each cluster: households of an old count, near to but not equal to those that live there.
    first_household, first_child : numpy.ndarray
        Where the households of each cluster and the children of each household begin, with the total at the end.
    answers : dict of numpy.ndarray
        Codes over all children; -1 where a question does not apply.
    """

    stratum: Ints
    size: Floats
    first_household: Ints
    first_child: Ints
    answers: dict[str, NDArray[np.int16]] = field(repr=False)

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return self.stratum.size

    @property
    def households(self) -> int:
        """Number of households, those without children included."""
        return int(self.first_household[-1])

    @property
    def n(self) -> int:
        """Number of children."""
        return int(self.first_child[-1])

    @cached_property
    def eligible(self) -> Ints:
        """Children 5-17 of each household."""
        return np.diff(self.first_child)

    def frame(self, rows: Ints | slice = slice(None)) -> pd.DataFrame:
        """Answers of some children, or of all: codes as in the file, NaN where a question does not apply.

        Parameters
        ----------
        rows : numpy.ndarray or slice
            Which children, by their place.

        Returns
        -------
        pandas.DataFrame
            One row a child; no code of missing information is among them.
        """
        import pandas as pd

        columns = {}
        for name, codes in self.answers.items():
            own = codes[rows]
            blank = own == BLANK
            columns[name] = np.where(blank, np.nan, own) if blank.any() else own.astype(np.float64)
        return pd.DataFrame(columns)


def synthetic_population(rng: RandomState = None) -> SyntheticPopulation:
    """Make a synthetic population of children: 8,800 clusters, about 400,000 households.

    Work goes with region, residence, cluster, sex, age and the number of children of a household, so that a sample of
    one child a household is biased unless it is weighted.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        Source of randomness; the same seed gives the same population.

    Returns
    -------
    SyntheticPopulation
        Every child with the answers it would give; no code of missing information is among them.

    Raises
    ------
    InputError
        If ``rng`` is no source of randomness.

    Examples
    --------
    >>> from target87 import datasets
    >>> population = datasets.synthetic_population(rng=87)
    >>> population.clusters
    8800
    >>> population.frame()["age"].max().item()
    17.0
    """
    root = root_seed(rng)
    draw = stream(root, "synthetic population", "households")
    stratum = np.repeat(np.arange(len(STRATA)), [one.clusters for one in STRATA])
    place = draw.normal(size=stratum.size)
    households = np.maximum(HOUSEHOLDS_A_CLUSTER + 4, np.rint(44 * np.exp(0.35 * draw.normal(size=stratum.size))))
    size = np.maximum(20.0, np.rint(households * np.exp(0.12 * draw.normal(size=stratum.size))))
    cluster = np.repeat(np.arange(stratum.size), households.astype(np.int64))
    eligible = _eligible(stratum[cluster], place[cluster], draw)
    household = np.repeat(np.arange(cluster.size), eligible)
    answers = _children(stratum, place, cluster, eligible, household, stream(root, "synthetic population", "children"))
    first = [np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]) for counts in (households, eligible)]
    return SyntheticPopulation(stratum, size, first[0], first[1], answers)


def _eligible(stratum: Ints, place: Floats, rng: np.random.Generator) -> Ints:
    """Children 5-17 of each household: none in a quarter, more in the countryside and where more children work."""
    rural = np.array([one.residence == 2 for one in STRATA])[stratum]
    some = rng.random(stratum.size) < np.where(rural, 0.77, 0.68)
    more = rng.poisson(np.exp(-0.15 + 0.35 * rural + 0.12 * place))
    return np.where(some, np.minimum(1 + more, 9), 0).astype(np.int64)


def _children(
    stratum: Ints, place: Floats, cluster: Ints, eligible: Ints, household: Ints, rng: np.random.Generator
) -> dict[str, NDArray[np.int16]]:
    own = stratum[cluster[household]]
    ages = np.arange(5, 18)
    age = rng.choice(ages, p=(30.0 - ages) / (30.0 - ages).sum(), size=household.size)
    girl = rng.random(household.size) < 0.49
    family = 0.45 * rng.normal(size=eligible.size) + 0.30 * (eligible - 2.0)
    effect = place[cluster[household]]
    level = np.array([one.level for one in STRATA])[own] + 0.55 * effect + family[household]
    rural = np.array([one.residence == 2 for one in STRATA])[own]
    child = Circumstances(age.astype(np.float64), girl, rural, level, effect)
    known = {
        "stratum": own + 1,
        "region": np.array([one.region for one in STRATA])[own],
        "residence": np.array([one.residence for one in STRATA])[own],
        "eligible_children": eligible[household],
        "sex": np.where(girl, 2, 1),
        "age": age,
    }
    return {name: codes.astype(np.int16) for name, codes in known.items()} | reported_answers(child, rng)
