"""Totals of 50 domains in 200 replicates of a million rows, beside replicate weights written out and multiplied."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels import replicate_totals as kernel
from target87.kernels import unit_totals


def run(*, smoke: bool) -> Iterator[Measurement]:
    n, units, cells, domains, replicates = (500, 20, 6, 5, 8) if smoke else (1_000_000, 10_000, 320, 50, 200)
    repeats = 1 if smoke else 3
    rng = np.random.default_rng(1)
    unit = np.sort(rng.integers(0, units, n)).astype(np.int32)
    cell, domain = (rng.integers(0, size, n).astype(np.int32) for size in (cells, domains))
    weight, values = rng.lognormal(size=n), rng.normal(size=(1, n))
    first, second = rng.uniform(size=(units, replicates)), rng.uniform(0.5, 1.5, (cells, replicates))
    start = np.searchsorted(unit, np.arange(units + 1))
    none, nothing = np.zeros(0, dtype=np.int32), np.zeros((0, replicates))

    def by_unit() -> object:
        totals = unit_totals.dense(unit, units, domain, domains, weight, values)
        return totals.reshape(units, -1).T @ first

    def by_pairs() -> object:
        out = np.zeros((domains, 2, replicates))
        code = cell * np.int32(domains) + domain
        pairs = unit_totals.sparse(np.arange(n), start, code, cells * domains, weight, values)
        kernel.add_pairs(*pairs[:2], domains, pairs[2], first, second, out)
        return out

    def by_row() -> object:
        out = np.zeros((domains, 2, replicates))
        kernel.add_rows(domain, weight, values, nothing, unit, first, cell, second, out)
        return out

    yield Measurement("one factor by unit: unit totals, then a product", seconds(by_unit, repeats=repeats), "s")
    yield Measurement("two factors, rows of a unit and cell added up first", seconds(by_pairs, repeats=repeats), "s")
    yield Measurement("two factors, row by row", seconds(by_row, repeats=repeats), "s")
    written = first[unit] * weight[:, None]

    def by_written() -> object:
        out = np.zeros((domains, 2, replicates))
        kernel.add_rows(domain, np.ones(n), values, written, none, nothing, none, nothing, out)
        return out

    def by_numpy() -> object:
        return np.stack([values[:, domain == d] @ written[domain == d] for d in range(domains)])

    yield Measurement("weights by row and replicate", seconds(by_written, repeats=repeats), "s")
    yield Measurement("the same in numpy, domain by domain", seconds(by_numpy, repeats=repeats), "s")
    strata = max(units // 50, 1)
    size, group = np.full(strata, units / strata), np.arange(units) * strata // units
    table = rng.normal(size=(units, 2 * domains))
    jackknife = seconds(
        lambda: kernel.jackknife(table, group.astype(np.int32), size, np.arange(units), size.size), repeats=repeats
    )
    yield Measurement(f"jackknife of {units:,} units, in closed form", jackknife, "s")
