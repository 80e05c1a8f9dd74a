"""Fits of many histories in one pass, and how often their intervals hold the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import binom, chi2

from target87.forecast.projecting import project
from target87.prevalence import PublishedSeries, TrendModel, fit_trends, trend
from target87.prevalence.denominators import CURRENT_VINTAGE, population_of
from tests.statistical.histories import Truth

DRAWS = 1000
YEARS = (2025, 2030)
LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Outcome:
    """One history: the truth's share of draws below it, by quantity, and the width of the 80 % interval of 2030."""

    below: dict[str, float]
    width: float


def outcomes(
    histories: Sequence[tuple[PublishedSeries, Truth]], monkeypatch: pytest.MonkeyPatch, *, seed: int, thin: int
) -> list[Outcome]:
    """Fit every history with a stream of its own; ``thin`` iterations a draw, all in one stack.

    The limit at which the library samples again is meant for 4,000 draws: a quarter of them passes it by chance only.
    """
    monkeypatch.setattr(trend, "THINNING", (thin,))
    # a stream belongs to a group, so each history is a group of its own
    models = [TrendModel(replace(series, group=f"history {number}")) for number, (series, _) in enumerate(histories)]
    posteriors = fit_trends(models, draws=DRAWS, rng=seed)
    people = population_of(models[0].series.indicator.ages, CURRENT_VINTAGE)
    out = []
    for (_, truth), model, posterior in zip(histories, models, posteriors, strict=True):
        future = project(posterior, until=max(YEARS), population=people, rng=seed)
        true = dict(zip(trend.NAMES, (float(value) for value in vars(truth.theta).values()), strict=True))
        true |= {"long_run_pace": truth.pace}
        true |= {one.name: float(shift) for one, shift in zip(model.changes, truth.shifts, strict=True)}
        below = {name: float((posterior.parameters[name] < value).mean()) for name, value in true.items()}
        for year in (model.series.years[-1], *YEARS):
            below[f"rate {year}"] = float((future.at(year) < truth.rate(year)).mean())
        low, high = (float(np.quantile(np.log(future.at(YEARS[-1])), level)) for level in (0.1, 0.9))
        out.append(Outcome(below, high - low))
    return out


def covered(found: Sequence[Outcome], quantity: str, level: float) -> int:
    """How many central intervals of ``level`` hold the truth."""
    tail = (1 - level) / 2
    return sum(tail <= one.below[quantity] <= 1 - tail for one in found)


def band(count: int, level: float) -> tuple[int, int]:
    """Central 99 % of the binomial law of a number covered."""
    low, high = binom.ppf([0.005, 0.995], count, level)
    return int(low), int(high)


def uniformity(found: Sequence[Outcome], quantity: str, bins: int) -> float:
    """P-value of the chi-square test that the truth's place among the draws is uniform (Talts et al. 2018)."""
    counts, _ = np.histogram([one.below[quantity] for one in found], bins=bins, range=(0, 1))
    expected = len(found) / bins
    return float(chi2.sf(((counts - expected) ** 2).sum() / expected, bins - 1))
