"""The last published figure withheld and forecast from the others: reported, whatever the quantile is.

That the quantile is the right one is tested in tests/prevalence/test_hindcast.py.
"""

from __future__ import annotations

import pytest

from target87.prevalence import INDICATORS, TrendModel, published_series
from target87.prevalence.hindcast import hindcast, without_last
from tests.statistical.report import table

SEED = 87


@pytest.fixture(scope="module")
def collected():
    return {}


@pytest.mark.parametrize("name", INDICATORS)
def test_the_last_figure_is_reported(name, budget, collected, write_down):
    model = TrendModel(published_series(name))
    posterior = without_last(model).fit(draws=16_000 if budget == "full" else 4000, rng=SEED)
    held = collected[name] = hindcast(model, posterior.check(), rng=SEED)
    assert held.year == model.series.years[-1]
    assert held.lower_95 < held.lower_80 < held.median < held.upper_80 < held.upper_95
    # the quantile is an average of normal probabilities, the interval made of draws: they tell the same story
    assert (held.lower_95 < held.published < held.upper_95) == (0.025 < held.quantile < 0.975)
    write_down("trend", "hindcast", "The last figure withheld", _text(collected), seed=SEED)


def _text(collected):
    rows = []
    for name, one in collected.items():
        scale = INDICATORS[name].rate_scale
        span = [f"{scale * low:.3g} to {scale * high:.3g}" for low, high in _intervals(one)]
        published = f"{scale * one.published:.3g}{INDICATORS[name].rate_unit}"
        rows.append((name, one.year, published, f"{scale * one.median:.3g}", *span, f"{one.quantile:.3f}"))
    header = ("indicator", "withheld", "published", "predicted median", "80 %", "95 %", "predictive quantile")
    return (
        "Predicted from the earlier figures alone, the figure's own error included. One figure an indicator: no "
        "test of the model, only what it would have said.\n\n" + table(header, rows)
    )


def _intervals(one):
    return (one.lower_80, one.upper_80), (one.lower_95, one.upper_95)
