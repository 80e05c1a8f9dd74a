"""Quantiles of a design on a Parquet path: R's values, and those of the same data in memory, in batches."""

from __future__ import annotations

import tracemalloc
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError
from target87.kernels.weighted_quantile import RULES
from target87.survey import parquet, streamed_narrowing, streamed_values
from tests.reference.survey import designs
from tests.reference.survey.calls import evaluate
from tests.reference.survey.compare import compare
from tests.reference.survey.data import blocks, names
from tests.survey.test_parquet import DESIGNS, agree, make_table, write
from tests.survey.test_parquet_replicates import OnlyParquet

pytestmark = pytest.mark.filterwarnings("ignore::target87.survey.replicate_variance.ReplicateWarning")

WOODRUFF = ("mean", "woodruff", "beta", "xlogit", "asin")
SIZES = {"few bins": (16, 64), "usual": (1 << 20, 1 << 18)}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 97)


@pytest.fixture(params=SIZES)
def narrowing(request, monkeypatch):
    """Few bins need many passes, and tables of few values many parts."""
    bins, values = SIZES[request.param]
    monkeypatch.setattr(streamed_narrowing, "_BINS", bins)
    monkeypatch.setattr(streamed_values, "MOST_VALUES", values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(make_table(), tmp_path_factory.mktemp("parquet") / "survey")


@pytest.fixture(scope="module")
def pairs(folder):
    def made(kind):
        arguments = {"weights": "w", "lonely_psu": "certainty"} | DESIGNS[kind]
        return t87.SurveyDesign(pq.read_table(folder), **arguments), t87.SurveyDesign(folder, **arguments)

    return cache(made)


@pytest.mark.parametrize(("group", "expected"), [("b", 54), ("d", 4)])
def test_reference_values_of_r(group, expected, tmp_path, monkeypatch):
    # R 4.2.2, survey 4.5, at each block's own tolerance: all blocks of quantiles but those of the intervals refused
    monkeypatch.setattr(designs, "t87", OnlyParquet(tmp_path))
    designs.design.cache_clear()
    compared = 0
    for name in names(group):
        if "quantile" not in str(blocks()[name]):
            continue
        try:
            result = evaluate(blocks()[name])
        except InputError as refused:
            assert "all rows at once" in str(refused)  # noqa: PT017
            continue
        compare(result, blocks()[name])
        compared += 1
    designs.design.cache_clear()
    assert compared == expected


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", ["strata", "rows, implied weights", "equal weights"])
def test_rules_are_those_of_data_in_memory(pairs, narrowing, kind, rule):
    # whole numbers have ties, and with equal weights running sums that reach a probability exactly
    for groups in ({"by": "sex", "where": "asked"}, {"covariance": False}):
        agree(*(d.quantile(["y", "hours", "meals"], [0.1, 0.5, 0.9], rule=rule, **groups) for d in pairs(kind)))


@pytest.mark.parametrize("interval", WOODRUFF)
@pytest.mark.parametrize("kind", ["two stages", "rows in strata"])
def test_intervals_are_those_of_data_in_memory(pairs, kind, interval):
    for groups in ({}, {"by": ["born", "sex"]}, {"by": "sex", "df": "domain"}, {"where": "asked", "df": 7.0}):
        for rule in ("math", "hf7"):
            agree(*(d.quantile(["income", "hours"], [0.0, 0.3, 1.0], rule=rule, interval=interval, **groups)
                    for d in pairs(kind)))  # fmt: skip


def test_subsets_and_replicates(pairs):
    for kind, change in (
        ("strata", lambda d: d.subset("works")),
        ("strata", lambda d: d.to_replicates("JKn")),
        ("two stages", lambda d: d.to_replicates("bootstrap", 30, rng=1).subset("works")),
    ):
        here, there = (change(d) for d in pairs(kind))
        for df in ("design", "domain"):
            agree(*(d.quantile(["y", "hours"], [0.25, 0.5], by="sex", df=df) for d in (here, there)))


@pytest.mark.parametrize("missing", ["omit", "propagate"])
@pytest.mark.parametrize("kind", ["strata", "rows in strata"])
def test_missing_values_left_out_or_passed_on(pairs, kind, missing):
    for by in (None, ["area", "sex"]):
        for variables in (["gap", "y"], "count_gap"):
            agree(*(d.quantile(variables, [0.5, 0.7], by=by, missing=missing) for d in pairs(kind)))


VALUES = st.one_of(
    st.integers(-3, 3).map(float),
    st.sampled_from([0.0, -0.0, 1e100, -1e100, 5e-324, 1.0, np.nextafter(1.0, 2.0)]),
    st.floats(-1e100, 1e100),
)
WEIGHTS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, 0.1, 3.7]), st.floats(0.01, 100.0))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(VALUES, WEIGHTS, st.integers(0, 2)), min_size=1, max_size=40),
    st.lists(st.floats(0.0, 1.0) | st.sampled_from([0.25, 0.5, 0.75]), min_size=1, max_size=3, unique=True),
    st.sampled_from(RULES),
)
def test_any_values(tmp_path, narrowing, rows, probabilities, rule):
    values, weights, group = map(np.array, zip(*rows, strict=True))
    if not weights.any():
        weights = weights + 1.0
    table = pa.table({"x": values, "w": weights, "group": group})
    pq.write_table(table, tmp_path / "any.parquet")
    here, there = (
        t87.SurveyDesign(data, weights="w", lonely_psu="certainty")
        .quantile("x", probabilities, by="group", rule=rule)
        .to_dataframe()
        for data in (table, tmp_path / "any.parquet")
    )
    np.testing.assert_allclose(there["estimate"], here["estimate"], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("weight", [0.1, 3.7])
def test_ties_of_many_equal_weights(tmp_path, monkeypatch, weight):
    # plain sums of 300,000 such weights are off by more than what counts as a tie
    monkeypatch.setattr(parquet, "BATCH", 1 << 18)
    n = 600_000
    table = pa.table({"x": np.random.default_rng(0).permutation(n).astype(np.float64), "w": np.full(n, weight)})
    pq.write_table(table, tmp_path / "equal.parquet")
    for rule, expected in {"math": n / 2 - 1, "school": (n - 1) / 2, "hf3": n / 2 - 1, "hf4": n / 2 - 1}.items():
        design = t87.SurveyDesign(tmp_path / "equal.parquet", weights="w")
        assert design.quantile("x", rule=rule).to_dataframe()["estimate"].item() == expected


def test_weights_too_small_to_tell_two_sums_apart(tmp_path):
    # sums that differ by less than 1e-12 of the total are one: the last such value has half of the weight below it
    table = pa.table({"x": [1.0, 2.0, 3.0, 4.0], "w": [1.0, 1e-14, 1e-14, 1.0]})
    pq.write_table(table, tmp_path / "small.parquet")
    for data in (table, tmp_path / "small.parquet"):
        design = t87.SurveyDesign(data, weights="w")
        found = [design.quantile("x", rule=rule).to_dataframe()["estimate"].item() for rule in ("math", "school")]
        assert found == [3.0, 3.5]


@pytest.mark.parametrize("kind", ["strata", "rows in strata"])
@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.quantile(["gap", "y"]),
        lambda d: d.quantile("y", by="area"),
        lambda d: d.quantile("y", [0.5, 1.5]),
        lambda d: d.quantile("y", True),
        lambda d: d.quantile("y", rule=np.array("math")),
        lambda d: d.quantile("y", df="none"),
        lambda d: d.quantile("sex"),
        lambda d: d.quantile("y", rule="hf10"),
        lambda d: d.quantile("y", interval="wald"),
        lambda d: d.quantile("y", interval="quantile"),
        lambda d: d.quantile("hourz"),
    ],
)
def test_errors_are_those_of_data_in_memory(pairs, kind, call):
    here, there = pairs(kind)
    with pytest.raises((InputError, DataError, UnknownNameError)) as expected:
        call(here)
    with pytest.raises(type(expected.value)) as got:
        call(there)
    assert str(got.value) == str(expected.value)


def test_single_units_are_refused(folder):
    with pytest.raises(DataError, match="single"):
        t87.SurveyDesign(folder, weights="w", **DESIGNS["strata"]).quantile("y")


@pytest.mark.parametrize("interval", ["score", "francisco_fuller", "quantile"])
def test_intervals_that_need_all_rows_say_what_to_do(pairs, interval):
    design = pairs("strata")[1]
    with pytest.raises(InputError, match=rf"interval '{interval}' needs all rows at once") as caught:
        (design.to_replicates("JKn") if interval == "quantile" else design).quantile("y", interval=interval)
    assert "'mean'" in str(caught.value)
    assert "read_table" in str(caught.value)


def test_an_empty_domain_has_no_quantile(pairs):
    here, there = (d.subset("works").quantile("y", [0.1, 0.5], by="sex", where="nobody") for d in (
        pairs("strata")[0].with_columns(nobody=False), pairs("strata")[1].with_columns(nobody=False)))  # fmt: skip
    agree(here, there)
    assert there.to_dataframe()["estimate"].isna().all()


@pytest.mark.parametrize("rule", ["math", "hf3", "hf7", "shahvaish"])
def test_memory_does_not_grow_with_rows(tmp_path, monkeypatch, rule):
    monkeypatch.setattr(parquet, "BATCH", 20_000)
    monkeypatch.setattr(streamed_narrowing, "_BINS", 1 << 14)
    monkeypatch.setattr(streamed_values, "MOST_VALUES", 1 << 13)
    plain = make_table(40_000).select(["stratum", "district", "w", "income", "sector"])
    rng = np.random.default_rng(8)

    def peak(times):
        path = tmp_path / f"{times}.parquet"
        with pq.ParquetWriter(path, plain.schema) as file:
            for _ in range(times):
                income = pa.array(rng.normal(300.0, 100.0, plain.num_rows))
                file.write_table(plain.set_column(3, "income", income), row_group_size=20_000)
        # equal weights reach one half exactly, where the rule hf3 counts all values below
        by, weights = (None, None) if rule == "hf3" else ("sector", "w")
        design = t87.SurveyDesign(path, lonely_psu="certainty", **DESIGNS["strata"] | {"weights": weights})
        tracemalloc.start()
        design.quantile("income", [0.25, 0.5], by=by, rule=rule)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is loaded and compiled the first time is not the data's
    few, many = peak(2), peak(8)
    assert many < 1.2 * few
