"""Variances of domain means from the totals of units, beside plain NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from target87.kernels import unit_totals, unit_variance


def run(*, smoke: bool) -> Iterator[Measurement]:
    groups, each, domains, per_unit = (10, 10, 50, 20) if smoke else (200, 50, 500, 100)
    units, repeats = groups * each, 1 if smoke else 7
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(groups, dtype=np.int32), each)
    unit = np.repeat(np.arange(units, dtype=np.int32), per_unit)
    domain = rng.integers(0, domains, unit.size, dtype=np.int32)
    jacobian = rng.normal(size=(domains, 1, 2))
    rows = (rng.random(unit.size), rng.normal(size=(1, unit.size)))
    table = unit_totals.dense(unit, units, domain, domains, *rows)
    first, pair_domain, pairs, _ = unit_totals.sparse(*unit_totals.grouped(unit, units), domain, domains, *rows)
    order, start = unit_totals.grouped(group, groups)
    scale, size = np.full(groups, each / (each - 1.0)), np.full(groups, float(each))

    def from_pairs() -> np.ndarray:
        variance = np.zeros(domains)
        unit_variance.sparse_variance(order, start, first, pair_domain, pairs, jacobian[:, 0], scale, size, variance)
        return variance

    def scores() -> np.ndarray:
        z = np.empty((units, domains))
        unit_variance.scores(table, jacobian, z)
        return z

    def from_table() -> np.ndarray:
        variance = np.zeros(domains)
        unit_variance.dense_variance(order, start, table, jacobian[:, 0], scale, size, variance)
        return variance

    def covariance() -> np.ndarray:
        z, sums, total = scores(), np.zeros((groups, domains)), np.zeros((domains, domains))
        unit_variance.add_rows(z, group, sums)
        unit_variance.add_products(z, group, sums / each, np.sqrt(scale[group]), total)
        return total

    def centred() -> np.ndarray:
        z = np.einsum("udk,djk->ud", table, jacobian).reshape(groups, each, domains)
        return (z - z.mean(axis=1, keepdims=True)).reshape(units, domains) * np.sqrt(each / (each - 1.0))

    plain = seconds(lambda: np.square(centred()).sum(axis=0), repeats=repeats)
    for name, call in (("from pairs that occur", from_pairs), ("from a table", from_table)):
        ours = seconds(call, repeats=repeats)
        yield Measurement(f"variances of {domains} domains, {units:,} units, {name}", 1e3 * ours, "ms")
        yield Measurement("times as fast as NumPy", plain / ours, "x")
    ours = seconds(covariance, repeats=repeats)
    yield Measurement(f"covariance of {domains} domains, {units:,} units", 1e3 * ours, "ms")
    yield Measurement("times as fast as NumPy", seconds(lambda: centred().T @ centred(), repeats=repeats) / ours, "x")
