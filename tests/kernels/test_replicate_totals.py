"""Oracle: replicate weights written out, one row and replicate at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from target87.kernels import replicate_multipliers, replicate_totals, unit_totals


def written_out(domain, domains, weight, values, matrix):
    """Totals ``(domains, k + 1, replicates)`` by loops."""
    out = np.zeros((domains, values.shape[0] + 1, matrix.shape[1]))
    for i, d in enumerate(domain):
        for r in range(matrix.shape[1]):
            if d >= 0:
                out[d, 0, r] += weight[i] * matrix[i, r]
                for k, value in enumerate(values[:, i]):
                    out[d, k + 1, r] += weight[i] * matrix[i, r] * value
    return out


@st.composite
def rows(draw):
    n, domains, replicates = draw(st.integers(1, 30)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    units, cells, k = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return {
        "domain": rng.integers(-1, domains, n).astype(np.int32),
        "domains": domains,
        "weight": rng.lognormal(size=n) * (rng.random(n) < 0.9),
        "values": rng.normal(size=(k, n)),
        "unit": rng.integers(0, units, n).astype(np.int32),
        "cell": rng.integers(0, cells, n).astype(np.int32),
        "own": rng.lognormal(size=(n, replicates)),
        "first": rng.lognormal(size=(units, replicates)),
        "second": rng.lognormal(size=(cells, replicates)),
    }


@given(data=rows(), parts=st.sets(st.sampled_from(["own", "first", "second"]), min_size=1))
def test_rows_times_any_factors(data, parts):
    nothing = np.zeros((0, data["own"].shape[1]))
    out = np.zeros((data["domains"], data["values"].shape[0] + 1, data["own"].shape[1]))
    matrices = {name: data[name] if name in parts else nothing for name in ("own", "first", "second")}
    replicate_totals.add_rows(
        data["domain"],
        data["weight"],
        data["values"],
        matrices["own"],
        data["unit"],
        matrices["first"],
        data["cell"],
        matrices["second"],
        out,
    )
    whole = np.ones_like(data["own"])
    written = {"own": data["own"], "first": data["first"][data["unit"]], "second": data["second"][data["cell"]]}
    for name in parts:
        whole = whole * written[name]
    expected = written_out(data["domain"], data["domains"], data["weight"], data["values"], whole)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


def test_no_domains_are_one():
    out, own = np.zeros((1, 1, 2)), np.array([[1.0, 3.0], [5.0, 7.0]])
    none, nothing = np.zeros(0, dtype=np.int32), np.zeros((0, 2))
    weight, values = np.array([1.0, 2.0]), np.zeros((0, 2))
    replicate_totals.add_rows(none, weight, values, own, none, nothing, none, nothing, out)
    np.testing.assert_array_equal(out[0, 0], [11.0, 17.0])


@given(data=rows(), adjusted=st.booleans())
def test_pairs_of_unit_and_cell(data, adjusted):
    order = np.argsort(data["unit"], kind="stable")
    start = np.searchsorted(data["unit"][order], np.arange(data["first"].shape[0] + 1))
    cells = data["second"].shape[0] if adjusted else 1
    cell = data["cell"] if adjusted else np.zeros_like(data["cell"])
    code = np.where(data["domain"] >= 0, cell * data["domains"] + data["domain"], -1).astype(np.int32)
    pairs = unit_totals.sparse(order, start, code, cells * data["domains"], data["weight"], data["values"])
    second = data["second"] if adjusted else np.zeros((0, data["second"].shape[1]))
    out = np.zeros((data["domains"], data["values"].shape[0] + 1, data["own"].shape[1]))
    replicate_totals.add_pairs(*pairs[:2], data["domains"], pairs[2], data["first"], second, out)
    whole = data["first"][data["unit"]] * (data["second"][data["cell"]] if adjusted else 1.0)
    expected = written_out(data["domain"], data["domains"], data["weight"], data["values"], whole)
    np.testing.assert_allclose(out, expected, rtol=1e-11, atol=1e-11)


@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5), seed=st.integers(0, 2**32 - 1))
def test_jackknife_in_closed_form(sizes, seed):
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int32)
    size, dropped = np.array(sizes, dtype=float), rng.permutation(group.size)
    totals = rng.normal(size=(group.size, 3))
    got = replicate_totals.jackknife(totals, group, size, dropped, len(sizes))
    written = replicate_multipliers.jackknife(group, size, dropped, len(sizes))
    np.testing.assert_allclose(got, totals.T @ written, rtol=1e-10, atol=1e-10)
