"""The least that domain estimates can cost: reading the rows once and writing the totals of units by domain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.measure import seconds

_MOST_DENSE = 1 << 23


def pass_seconds(columns: dict[str, NDArray[Any]], units: int, domains: int, repeats: int) -> float:
    """Time of the faster of two bare loops over coded rows, one value: a full table, or the pairs that occur.

    They check nothing, know no missing values and take the rows as they lie, unit by unit.
    """
    unit, domain, weight, value = columns["unit"], columns[f"domain{domains}"], columns["w"], columns["y"]
    loops = [lambda: _pairs(unit, domain, weight, value, domains)]
    if 2 * units * domains <= _MOST_DENSE:
        loops.append(lambda: _table(unit, domain, weight, value, np.zeros((units, domains, 2))))
    return min(seconds(loop, repeats=repeats) for loop in loops)


def encode_seconds(labels: Any, repeats: int) -> float:
    """Time that Arrow takes to turn the labels of the rows into codes."""
    import pyarrow as pa

    column = pa.array(labels)
    return seconds(column.dictionary_encode, repeats=repeats)


@njit(cache=True)
def _table(unit, domain, weight, value, totals):  # type: ignore[no-untyped-def]
    for i in range(unit.size):
        totals[unit[i], domain[i], 0] += weight[i]
        totals[unit[i], domain[i], 1] += weight[i] * value[i]
    return totals


@njit(cache=True)
def _pairs(unit, domain, weight, value, domains):  # type: ignore[no-untyped-def]
    place = np.full(domains, -1, dtype=np.int64)
    pair_domain = np.empty(unit.size, dtype=np.int32)
    totals = np.empty((unit.size, 2))
    new, own = 0, 0
    for i in range(unit.size):
        if i and unit[i] != unit[i - 1]:
            own = new
        p = place[domain[i]]
        if p < own:
            place[domain[i]] = new
            pair_domain[new] = domain[i]
            totals[new, 0] = weight[i]
            totals[new, 1] = weight[i] * value[i]
            new += 1
        else:
            totals[p, 0] += weight[i]
            totals[p, 1] += weight[i] * value[i]
    return pair_domain, totals, new
