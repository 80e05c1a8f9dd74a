"""Totals of units by domain, beside numpy.bincount."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Measurement, seconds
from benchmarks.survey_data import Size, make_survey
from target87.kernels import unit_totals

EVERYWHERE = np.empty(0, dtype=np.int32)


def run(*, smoke: bool) -> Iterator[Measurement]:
    size = Size(2_000, strata=10, units=100, domains=(50,)) if smoke else Size(1_000_000, domains=(50, 5_000))
    columns, repeats = make_survey(size).columns, 1 if smoke else 15
    unit, weight, values = columns["unit"], columns["w"], columns["y"][None]

    def one_by_one() -> list[np.ndarray]:
        return [np.bincount(unit, one, minlength=size.units) for one in (weight, weight * values[0])]

    ours = seconds(lambda: unit_totals.dense(unit, size.units, EVERYWHERE, 1, weight, values), repeats=repeats)
    theirs = seconds(one_by_one, repeats=repeats)
    yield Measurement(f"totals of {size.units:,} units, {size.rows:,} rows", 1e3 * ours, "ms")
    yield Measurement("numpy.bincount", 1e3 * theirs, "ms")
    yield Measurement("times as fast", theirs / ours, "x")
    order, start = unit_totals.grouped(unit, size.units)
    for domains in size.domains:
        domain = columns[f"domain{domains}"]
        key = unit.astype(np.int64) * domains + domain

        def by_key(key: np.ndarray = key, most: int = size.units * domains) -> list[np.ndarray]:
            return [np.bincount(key, one, minlength=most) for one in (weight, weight * values[0])]

        def pairs(domain: np.ndarray = domain, domains: int = domains) -> object:
            return unit_totals.sparse(order, start, domain, domains, weight, values)

        def table(domain: np.ndarray = domain, domains: int = domains) -> object:
            return unit_totals.dense(unit, size.units, domain, domains, weight, values)

        ours, name = seconds(pairs, repeats=repeats), f"{size.units:,} units x {domains:,} domains"
        theirs = seconds(by_key, repeats=1 if domains > 500 else repeats)
        if domains <= 500:
            yield Measurement(f"{name}, a table", 1e3 * seconds(table, repeats=repeats), "ms")
        yield Measurement(f"{name}, pairs that occur", 1e3 * ours, "ms")
        yield Measurement("numpy.bincount, key ready", 1e3 * theirs, "ms")
        yield Measurement("times as fast", theirs / ours, "x")
