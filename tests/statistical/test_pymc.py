"""Once against another sampler: PyMC's NUTS on the plain model, nothing integrated out, written out in PyMC's words.

Only under ``--full``: it samples for minutes. The path is sampled at the figures' moments and at the years compared,
with the covariance of :mod:`tests.statistical.dense`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from arviz_stats.base import array_stats

from target87.forecast.projecting import project
from target87.prevalence import TrendModel, published_series, trend
from tests.statistical.dense import DenseTrend
from tests.statistical.report import table

SEED = 87
LATER = (2025, 2030)
LIMIT = 4.0


def plain_model(dense: DenseTrend):
    """Level, slope, path, shifts, errors and figures as random variables."""
    import pymc as pm
    import pytensor.tensor as pt

    prior, figures = dense.prior, [dense.figure(row) for row in dense.rows]
    moments = sorted({t for one in figures for t, _ in one.path} | {year - dense.origin for year in LATER})
    moments = [t for t in moments if t > 0]
    weigh = np.array([[sum(w for s, w in one.path if s == t) for t in moments] for one in figures])
    n, years = len(figures), np.array([row["year"] for row in dense.rows], dtype=float)
    rates = np.array([row["rate"] for row in dense.rows])
    known = np.array([[dense.error_covariance(i, j, _no_sampled_error()) for j in range(n)] for i in range(n)])
    shared = np.array([[_shares(dense, i, j) for j in range(n)] for i in range(n)])
    rounds = np.abs(years[:, None] - years) / prior.round_gap
    stretch = 1 / (1 - rates)
    with pm.Model() as model:
        error = pm.LogNormal("relative_error", math.log(prior.error), prior.error_sd)
        common = pm.LogitNormal("error_correlation", math.log(prior.common / (1 - prior.common)), prior.common_sd)
        variation = pm.HalfNormal("pace_variation", prior.variation_sd)
        memory = pm.LogNormal("pace_memory", math.log(prior.memory), prior.memory_sd)
        level = pm.Normal("level", math.log(prior.level / (1 - prior.level)), prior.level_sd)
        slope = pm.Normal("long_run_pace", 0, prior.pace_sd)
        shifts = [pm.Normal(one.name, one.mean, one.sd) for one in dense.changes]
        s, t = np.minimum.outer(moments, moments), np.maximum.outer(moments, moments)
        covariance = 2 * memory * s - memory**2 * (1 - pt.exp(-s / memory))
        covariance -= memory**2 * (pt.exp(-(t - s) / memory) - pt.exp(-t / memory))
        root = pt.linalg.cholesky(covariance + 1e-9 * np.eye(len(moments)))
        path = variation * pt.dot(root, pm.Normal("path", 0, 1, shape=len(moments)))
        reading = level + slope * np.array([one.slope for one in figures]) + pt.dot(weigh, path)
        for number, shift in enumerate(shifts):
            reading += shift * np.array([one.shifts[number] for one in figures])
        errors = known + error**2 * np.outer(stretch, stretch) * shared * common**rounds
        pm.MvNormal("figures", reading, cov=errors, observed=np.log(rates / (1 - rates)))
        for year in LATER:
            at = year - dense.origin
            pm.Deterministic(f"rate {year}", pm.math.sigmoid(level + slope * at + path[moments.index(at)]))
    return model


def _no_sampled_error():
    from tests.statistical.dense import Theta

    return Theta(0.0, 0.5, 0.0, 1.0)


def _shares(dense, i, j):
    """Whether figures share the sampled error at all: none where either prints its own."""
    one, other = dense.rows[i], dense.rows[j]
    unknown = math.isnan(one["known_sd"]) and math.isnan(other["known_sd"])
    return float(unknown and (dense.series.indicator.share_error_across_methods or one["method"] == other["method"]))


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", ["child_labour", "forced_labour"])
def test_nuts_on_the_plain_model_agrees(name, budget, write_down, collected):
    if budget == "short":
        pytest.skip("samples for minutes: under --full")
    import pymc as pm

    model = TrendModel(published_series(name))
    dense = DenseTrend(model.series, model.priors, nodes=10)
    with plain_model(dense):
        theirs = pm.sample(
            2000,
            tune=2000,
            chains=4,
            cores=1,
            random_seed=SEED,
            target_accept=0.97,
            nuts_sampler="pymc",
            progressbar=False,
        )
    divergences = int(theirs["sample_stats"]["diverging"].sum())
    ours = model.fit(draws=16_000, rng=SEED)
    future = project(ours, until=2030, rng=SEED)
    draws = {one: ours.parameters[one].to_numpy() for one in ours.parameters.data_vars}
    draws |= {f"rate {year}": future.at(year).reshape(trend.CHAINS, -1) for year in LATER}
    for quantity, values in draws.items():
        for method in ("mean", "sd", "quantile 0.1", "quantile 0.9"):
            collected.append(_line(name, quantity, method, values, theirs["posterior"][quantity].to_numpy()))
    write_down("trend", "sampler", "Posterior against PyMC's NUTS on the plain model", _text(collected), seed=SEED)
    worst = max(abs(line[-1]) for line in collected if line[0] == name)
    # a funnel (small pace_variation) costs NUTS a few divergences; more would spoil the comparison
    assert divergences < 40
    assert worst < LIMIT


@pytest.fixture(scope="module")
def collected():
    return []


def _line(name, quantity, method, ours, theirs):
    kind, _, probability = method.partition(" ")
    options = {"prob": float(probability)} if probability else {}
    values, errors = [], []
    for draws in (ours, theirs):
        if kind == "quantile":
            values.append(float(np.quantile(draws, options["prob"])))
        else:
            values.append(float(draws.mean() if kind == "mean" else draws.std(ddof=1)))
        errors.append(float(array_stats.mcse(draws, method=kind, chain_axis=-2, draw_axis=-1, **options)))
    distance = (values[0] - values[1]) / math.hypot(*errors)
    return name, quantity, method, values[0], values[1], math.hypot(*errors), distance


def _text(collected):
    rows = [(*line[:3], *(f"{value:.4g}" for value in line[3:6]), f"{line[6]:+.1f}") for line in collected]
    import pymc as pm

    return (
        f'16,000 draws of ours, 8,000 of PyMC {pm.__version__} (`nuts_sampler="pymc"`, uncollapsed, non-centred). '
        f"Distance in joint Monte Carlo errors; limit {LIMIT:g}.\n\n"
        + table(("record", "quantity", "summary", "target87", "PyMC", "MCSE of the difference", "distance"), rows)
    )
