"""Histories drawn from the model's own prior: intervals hold the truth as often as they say, ranks are uniform."""

from __future__ import annotations

import numpy as np
import pytest

from target87.prevalence import PRIORS, published_series
from tests.statistical.coverage import DRAWS, LEVELS, YEARS, band, covered, outcomes, uniformity
from tests.statistical.histories import draw_world, measure
from tests.statistical.report import table

SEED = 8787
NAMES = ("child_labour", "forced_labour")


@pytest.fixture(scope="module")
def size(budget):
    """Histories, and bins of the rank histograms."""
    return (400, 20) if budget == "full" else (60, 6)


@pytest.fixture(scope="module", params=NAMES)
def found(request, size):
    template, prior = published_series(request.param), PRIORS[request.param]
    streams = np.random.SeedSequence([SEED, NAMES.index(request.param)]).spawn(size[0])
    histories = []
    for one in streams:
        rng = np.random.default_rng(one)
        histories.append(measure(draw_world(template, prior, rng, max(YEARS)), rng))
    with pytest.MonkeyPatch.context() as monkeypatch:
        return request.param, outcomes(histories, monkeypatch, seed=SEED, thin=10)


@pytest.fixture(scope="module")
def collected():
    return {}


def test_forecast_intervals_cover(found, collected, write_down, size):
    name, results = found
    collected[name] = results
    write_down("trend", "calibration", "Calibration on the model's own histories", _text(collected, size), seed=SEED)
    low, high = band(len(results), 0.8)
    counts = {year: covered(results, f"rate {year}", 0.8) for year in YEARS}
    assert all(low <= count <= high for count in counts.values()), (counts, (low, high))


def test_ranks_are_uniform(found, size):
    """Every sampled parameter, the long-run pace, the shifts and the rates; 1 % over all of a design (Bonferroni)."""
    _, results = found
    values = {quantity: uniformity(results, quantity, size[1]) for quantity in results[0].below}
    assert min(values.values()) > 0.01 / len(values), values


def test_histories_are_not_all_alike(found):
    """The test would be empty if the draws told nothing: intervals of the rate are much narrower than the prior's."""
    _, results = found
    widths = np.array([one.width for one in results])
    assert np.median(widths) < 1.5
    assert widths.std() > 0.02


def _text(collected, size):
    parts = [
        f"{size[0]} histories a design, simulated by dense algebra from the prior (years, reference periods, methods, "
        f"rounding and known errors of the published record), {DRAWS:,} draws each. Covered of {size[0]} by central "
        "intervals; in brackets the 99 % binomial band around nominal."
    ]
    for name, results in collected.items():
        rows = []
        for quantity in results[0].below:
            cells = []
            for level in LEVELS:
                low, high = band(len(results), level)
                cells.append(f"{covered(results, quantity, level)} [{low}, {high}]")
            rows.append((quantity, *cells, f"{uniformity(results, quantity, size[1]):.3f}"))
        header = ("quantity", *(f"{100 * level:g} %" for level in LEVELS), f"rank uniformity, p ({size[1]} bins)")
        parts.append(f"### {name}\n\n" + table(header, rows))
    return "\n\n".join(parts)
