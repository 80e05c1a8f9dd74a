"""Histories that break the model: coverage is reported, whatever it is. Nothing is asserted of it; ``--full`` only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from target87.prevalence import PRIORS, published_series
from tests.statistical.coverage import LEVELS, YEARS, covered, outcomes
from tests.statistical.histories import draw_world, measure
from tests.statistical.report import table

SEED = 8788
COUNT = 400
THIN = 4


def stalled(world, rng):
    """No change after a year between 2012 and 2024."""
    since = rng.integers(2012, 2025)
    flat = world.path[world.moments == since]
    return measure(replace(world, path=np.where(world.moments > since, flat, world.path)), rng)


def shocked(world, rng):
    """The odds a fifth higher from a year between 2016 and 2029 on."""
    since = rng.integers(2016, 2030)
    return measure(replace(world, path=world.path + 0.18 * (world.moments >= since)), rng)


def changed(world, rng):
    """One more change of method, not known of: figures before it read higher or lower by 15 % (one sd)."""
    years = world.model.series.years
    since, by = rng.choice(years[1:]), 0.15 * rng.standard_normal()
    return measure(world, rng, offsets=dict.fromkeys([year for year in years if year < since], by))


def heavy_tailed(world, rng):
    """Errors of Student's t with 2 degrees of freedom, of the same median size."""

    def errors(generator, covariance):
        normal = generator.multivariate_normal(np.zeros(len(covariance)), covariance, method="eigh")
        return normal * np.sqrt(2 / generator.chisquare(2, len(covariance))) * 0.6745 / 0.8165

    return measure(world, rng, errors=errors)


def rounded(world, rng):
    """Figures rounded to the last printed digit, as reports do, instead of having noise of its size."""
    return measure(world, rng, round_to=0.1 / world.model.series.indicator.rate_scale)


CASES = {
    "a stall": ("child_labour", stalled),
    "a shock": ("child_labour", shocked),
    "an unknown change of method": ("child_labour", changed),
    "heavy-tailed errors": ("child_labour", heavy_tailed),
    "real rounding to 0.1 point": ("child_labour", rounded),
    "real rounding to 0.1 per thousand": ("forced_labour", rounded),
}


@pytest.fixture(scope="module")
def collected():
    return {}


def histories(case, count):
    name, breaking = CASES[case]
    template, prior = published_series(name), PRIORS[name]
    for one in np.random.SeedSequence([SEED, list(CASES).index(case)]).spawn(count):
        rng = np.random.default_rng(one)
        yield breaking(draw_world(template, prior, rng, max(YEARS)), rng)


@pytest.mark.parametrize("case", CASES)
def test_coverage_is_reported(case, budget, collected, write_down, monkeypatch):
    # the short budget only shows that every case can be run
    count = COUNT if budget == "full" else 2
    found = outcomes(list(histories(case, count)), monkeypatch, seed=SEED, thin=THIN)
    collected[case] = found
    assert all(0 <= share <= 1 for one in found for share in one.below.values())
    write_down("trend", "broken", "Coverage where the model is wrong", _text(collected), seed=SEED)


def _text(collected):
    rows = []
    for case, found in collected.items():
        name, _ = CASES[case]
        for year in YEARS:
            shares = [f"{100 * covered(found, f'rate {year}', level) / len(found):.1f} %" for level in LEVELS]
            below = np.mean([one.below[f"rate {year}"] < 0.5 for one in found])
            rows.append((case, name, year, *shares, f"{100 * below:.0f} %"))
    intervals = [f"{100 * level:g} % interval" for level in LEVELS]
    header = ("broken by", "design", "rate in", *intervals, "truth below median")
    what = "\n".join(f"- {case}: {breaking.__doc__}" for case, (_, breaking) in CASES.items())
    return (
        f"{COUNT} histories a case, else as in the calibration above. Share of central intervals that hold the truth, "
        "reported whatever it is; one standard error is 2 points at 80 %.\n\n" + what + "\n\n" + table(header, rows)
    )
