"""Effective draws a second of the worst sampled parameter, beside PyMC's NUTS on the same posterior.

PyMC samples the plain model, nothing integrated out, as a person would write it; its compilation is timed apart. Both
run in one process on one core, one after the other.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.measure import Measurement
from target87.kernels import elliptical_slice, smooth_trend
from target87.prevalence import TrendModel, published_series
from target87.prevalence.trend import CHAINS, NAMES, THINNING, WARMUP
from target87.results.diagnostics import convergence


def run(*, smoke: bool) -> Iterator[Measurement]:
    for name in ("child_labour",) if smoke else ("child_labour", "forced_labour"):
        model = TrendModel(published_series(name))
        ours, worst = _ours(model, 80 if smoke else 4000)
        yield Measurement(f"{name}: worst effective draws of elliptical slice", worst, "draws")
        yield Measurement(f"{name}: effective draws a second", worst / ours, "1/s")
        together = _stacked(model, 40 if smoke else 2000)
        yield Measurement(f"{name}: the same, 20 models in one stack, added up", together, "1/s")
        theirs, least, compiling, divergences = _nuts(model, 20 if smoke else 1000)
        yield Measurement(f"{name}: worst effective draws of NUTS ({divergences} divergences)", least, "draws")
        yield Measurement(f"{name}: effective draws a second of NUTS, compilation apart", least / theirs, "1/s")
        yield Measurement(f"{name}: compilation of NUTS", compiling, "s")
        yield Measurement(f"{name}: elliptical slice over NUTS", worst / ours / (least / theirs), "x")


def _sample(models: list[TrendModel], draws: int) -> np.ndarray:
    stack = smooth_trend.Stack([one.problem() for one in models])
    generators = [np.random.default_rng(seed) for seed in range(len(models))]
    return elliptical_slice.sample(
        stack.log_likelihood,
        smooth_trend.PARAMETERS,
        generators,
        chains=CHAINS,
        warmup=WARMUP,
        draws=draws // CHAINS,
        thin=THINNING[0],
    )


def _worst(values: dict[str, np.ndarray]) -> float:
    return float(convergence(values)[["ess_bulk", "ess_tail"]].to_numpy().min())


def _ours(model: TrendModel, draws: int) -> tuple[float, float]:
    start = time.perf_counter()
    z = _sample([model], draws)[0]
    return time.perf_counter() - start, _worst({name: z[..., i] for i, name in enumerate(NAMES)})


def _stacked(model: TrendModel, draws: int) -> float:
    start = time.perf_counter()
    z = _sample([model] * 20, draws)
    took = time.perf_counter() - start
    every = [_worst({name: one[..., i] for i, name in enumerate(NAMES)}) for one in z]
    return float(np.sum(every)) / took


def _nuts(model: TrendModel, draws: int) -> tuple[float, float, float, int]:
    import pymc as pm

    with warnings.catch_warnings(), plain_model(model):
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        fit = pm.sample(
            draws,
            tune=draws,
            chains=4,
            cores=1,
            random_seed=87,
            nuts_sampler="pymc",
            target_accept=0.95,
            progressbar=False,
            quiet=True,
        )
        whole = time.perf_counter() - start
    took = float(fit["posterior"].attrs["sampling_time"])
    worst = _worst({name: fit["posterior"][name].to_numpy() for name in NAMES})
    return took, worst, whole - took, int(fit["sample_stats"]["diverging"].sum())


def plain_model(trend: TrendModel) -> Any:
    """Everything of the model as random variables: level, slope, path, shifts, figures."""
    import pymc as pm
    import pytensor.tensor as pt

    problem, prior = trend.problem(), trend.priors
    moments = np.unique(problem.support[problem.support > 0])
    weigh = np.stack([problem.averages[:, problem.support == t].sum(axis=1) for t in moments], axis=1)
    shared = np.where(np.isfinite(problem.gap), np.outer(problem.scale, problem.scale), 0.0)
    rounds = np.where(np.isfinite(problem.gap), problem.gap, 0.0)
    least, most = np.minimum.outer(moments, moments), np.maximum.outer(moments, moments)
    with pm.Model() as model:
        error = pm.LogNormal("relative_error", math.log(prior.error), prior.error_sd)
        common = pm.LogitNormal("error_correlation", math.log(prior.common / (1 - prior.common)), prior.common_sd)
        variation = pm.HalfNormal("pace_variation", prior.variation_sd)
        memory = pm.LogNormal("pace_memory", math.log(prior.memory), prior.memory_sd)
        reading = problem.mean + prior.level_sd * pm.Normal("level")
        reading += prior.pace_sd * pm.Normal("pace") * problem.x
        if problem.shift_sd.size:
            reading += pt.dot(problem.shifts * problem.shift_sd, pm.Normal("shifts", shape=problem.shift_sd.size))
        covariance = 2 * memory * least - memory**2 * (1 - pt.exp(-least / memory))
        covariance -= memory**2 * (pt.exp(-(most - least) / memory) - pt.exp(-most / memory))
        root = pt.linalg.cholesky(covariance + 1e-9 * np.eye(moments.size))
        reading += variation * pt.dot(weigh, pt.dot(root, pm.Normal("path", shape=moments.size)))
        errors = np.diag(problem.known) + error**2 * shared * common**rounds
        pm.MvNormal("figures", reading, cov=errors, observed=problem.y)
    return model
