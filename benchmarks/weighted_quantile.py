"""Weighted quantiles of a million rows, beside numpy's sort alone and svy's median with its standard error."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Measurement, seconds
from target87.kernels.weighted_quantile import ladder, read, replicate_quantiles, value_order, weighted_quantile

type FloatArray = NDArray[np.float64]

EVERYWHERE = np.empty(0, dtype=np.int32)


def run(*, smoke: bool) -> Iterator[Measurement]:
    rows, domains, replicates, repeats = (1_000, 5, 3, 1) if smoke else (1_000_000, 50, 4, 5)
    rng = np.random.default_rng(1)
    weights = rng.uniform(20.0, 180.0, rows)
    domain = rng.integers(0, domains, rows).astype(np.int32)
    income = rng.lognormal(6.0, 1.0, rows)
    for what, values in {"lognormal": income, "whole hours": rng.integers(0, 80, rows).astype(np.float64)}.items():
        yield from _median(what, values, weights, repeats, aim=not smoke)
        yield from _by_domain(values, weights, domain, domains, repeats)
    sets = weights * rng.poisson(1.0, (replicates, rows))
    yield from _replicated(income, sets, repeats)
    yield from _design(income, weights, rng.integers(0, max(200, rows // 100), rows), repeats, aim=not smoke)


def _median(what: str, values: FloatArray, weights: FloatArray, repeats: int, *, aim: bool) -> Iterator[Measurement]:
    one = np.array([[0.5]])
    ours = seconds(lambda: weighted_quantile(values, weights, EVERYWHERE, 1, one, "math"), repeats=repeats)
    sort = seconds(lambda: np.argsort(values, kind="stable"), repeats=repeats)
    yield Measurement(f"median of {values.size:,} {what}", 1e3 * ours, "ms")
    yield Measurement("numpy.argsort alone, equal values kept in order", 1e3 * sort, "ms")
    yield Measurement("times as fast", sort / ours, "x", target=1.0 if aim else None, more_is_better=True)


def _by_domain(
    values: FloatArray, weights: FloatArray, domain: NDArray[np.int32], domains: int, repeats: int
) -> Iterator[Measurement]:
    rows, start = value_order(values, domain, domains)
    ordered, sums = values[rows], weights[rows]
    steps = ladder(ordered, sums, start)
    nine = np.tile(np.linspace(0.1, 0.9, 9), (domains, 1))
    whole = seconds(lambda: weighted_quantile(values, weights, domain, domains, nine, "math"), repeats=repeats)
    order = seconds(lambda: value_order(values, domain, domains), repeats=repeats)
    climb = seconds(lambda: ladder(ordered, sums, start), repeats=repeats)
    yield Measurement(f"nine quantiles in {domains} domains", 1e3 * whole, "ms")
    yield Measurement("  of which the order", 1e3 * order, "ms")
    yield Measurement("  of which the sums of weights", 1e3 * climb, "ms")
    for rule in ("math", "hf3", "hf7", "shahvaish"):
        took = seconds(lambda rule=rule: read(steps, nine, rule), repeats=repeats)
        yield Measurement(f"  nine more, rule {rule}", 1e3 * took, "ms")


def _replicated(values: FloatArray, sets: FloatArray, repeats: int) -> Iterator[Measurement]:
    rows, start = value_order(values, EVERYWHERE, 1)
    ordered, sets, one = values[rows], sets[:, rows], np.array([[0.5]])
    took = seconds(lambda: replicate_quantiles(ordered, sets, start, one, "math"), repeats=repeats)
    yield Measurement("median of one replicate more", 1e3 * took / len(sets), "ms")


def _design(
    values: FloatArray, weights: FloatArray, psu: NDArray[np.int64], repeats: int, *, aim: bool
) -> Iterator[Measurement]:
    import pandas as pd

    from target87.survey.design import SurveyDesign

    columns = {"y": values, "w": weights, "psu": psu, "stratum": psu % 20}
    design = SurveyDesign(pd.DataFrame(columns), weights="w", strata="stratum", psu="psu")
    ours = seconds(lambda: design.quantile("y"), repeats=repeats)
    yield Measurement("median of a design with its Woodruff interval", 1e3 * ours, "ms")
    if find_spec("svy") is None:
        return
    import polars as pl
    import svy

    sample = svy.Sample(pl.DataFrame(columns), svy.Design(wgt="w", stratum="stratum", psu="psu"))
    theirs = seconds(lambda: sample.estimation.median("y"), repeats=repeats)
    yield Measurement("svy, the same", 1e3 * theirs, "ms")
    yield Measurement("times as fast as svy", theirs / ours, "x", target=1.0 if aim else None, more_is_better=True)
