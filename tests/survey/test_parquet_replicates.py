"""Replicates made from a design on a Parquet path: R's values, and those of the same data in memory."""

from __future__ import annotations

import tracemalloc
import warnings
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import target87 as t87
from target87.errors import DataError, InputError
from target87.survey import (
    parquet,
    propensity,
    replicate_factors,
    replicate_variance,
    streamed_replication,
    streamed_totals,
)
from tests.reference.survey import designs
from tests.reference.survey.calls import evaluate
from tests.reference.survey.compare import compare
from tests.reference.survey.data import blocks, names
from tests.survey.test_parquet import AGES, DESIGNS, ESTIMANDS, FromParquet, agree, make_table, write

pytestmark = pytest.mark.filterwarnings("ignore::target87.survey.replicate_variance.ReplicateWarning")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 97)


@pytest.fixture(scope="module")
def table():
    plain = make_table()
    side = np.random.default_rng(5).integers(0, 2, plain.num_rows)
    pair = pa.array(plain["district"].to_numpy() // 3)
    return plain.append_column("pair", pair).append_column("side", pa.array(side))


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    return write(table, tmp_path_factory.mktemp("parquet") / "survey")


KINDS = DESIGNS | {"pairs": {"strata": "pair", "psu": "side", "nest": True}}
MADE = {
    "JK1": ("units", {}),
    "JKn": ("counts", {}),
    "JKn, average": ("two stages", {"mse": True}),
    "JK2": ("pairs", {}),
    "BRR": ("pairs", {}),
    "Fay": ("pairs", {"rho": 0.3, "replicates": 24}),
    "bootstrap": ("counts", {"replicates": 30, "rng": 11}),
    "subbootstrap": ("nested", {"replicates": 30, "rng": 12}),
    "rao_wu": ("fractions", {"replicates": 30, "rng": 13, "draws": 2}),
    "preston": ("two stages", {"replicates": 30, "rng": 14}),
    "SDR": ("strata", {}),
    "ACS": ("implied weights", {"replicates": 20}),
}
GROUPS = ({"by": ["born", "sex"]}, {"where": "asked"})


@pytest.fixture(scope="module")
def pairs(folder):
    """Replicate designs in memory and on the path, made once."""

    def made(name):
        kind, options = MADE[name]
        arguments = {"weights": "w", "lonely_psu": "average" if "average" in name else "certainty"} | KINDS[kind]
        each = t87.SurveyDesign(pq.read_table(folder), **arguments), t87.SurveyDesign(folder, **arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(one.to_replicates(name.split(",")[0], **options) for one in each)

    return cache(made)


class OnlyParquet(FromParquet):
    """Refuses replicate weights that are columns of the data: they are read in memory alone."""

    def ReplicateDesign(self, *_, **__):
        raise InputError("all rows at once")


def test_reference_values_of_r(tmp_path, monkeypatch):
    # R 4.2.2, survey 4.5, at each block's own tolerance: all blocks of replicates made from sampling units but those of
    # weighting after replication, of functions, of replicates' own quantiles, and those that read the frame itself
    monkeypatch.setattr(designs, "t87", OnlyParquet(tmp_path))
    monkeypatch.setattr(parquet, "BATCH", 97)
    designs.design.cache_clear()
    compared = 0
    for name in names("d"):
        try:
            result = evaluate(blocks()[name])
        except InputError as refused:
            assert "all rows at once" in str(refused)  # noqa: PT017
            continue
        except TypeError as frame:
            assert "subscriptable" in str(frame)  # noqa: PT017
            continue
        compare(result, blocks()[name])
        compared += 1
    designs.design.cache_clear()
    assert compared == 30


@pytest.mark.parametrize("estimand", ESTIMANDS)
@pytest.mark.parametrize("name", MADE)
def test_numbers_are_those_of_data_in_memory(pairs, name, estimand):
    for groups in GROUPS:
        agree(*(ESTIMANDS[estimand](design, **groups) for design in pairs(name)))


@pytest.mark.parametrize("name", MADE)
def test_words_and_degrees_of_freedom_are_those_of_data_in_memory(pairs, name):
    here, there = pairs(name)
    for one, other in ((here, there), (here.subset("works"), there.subset("works"))):
        assert repr(other) == repr(one)
        assert repr(other.summary()) == repr(one.summary())
        assert other.degrees_of_freedom() == one.degrees_of_freedom()
        assert other.degrees_of_freedom("girl") == one.degrees_of_freedom("girl")
        np.testing.assert_array_equal(other.weights, one.weights)
        np.testing.assert_array_equal(other.rscales, one.rscales)
        for df in ("design", "domain", 7.0):
            agree(*(d.mean("y", by=["age", "sector"], where="girl", df=df) for d in (one, other)))


def test_a_jackknife_of_totals_is_the_linearised_variance(folder):
    # Wolter (2007), section 4.5: exact for linear estimators
    design = t87.SurveyDesign(folder, weights="w", lonely_psu="certainty", **DESIGNS["counts"])
    total, jackknife = design.total("y", by="sex"), design.to_replicates("JKn").total("y", by="sex")
    np.testing.assert_allclose(jackknife.covariance(), total.covariance(), rtol=1e-10)


@pytest.mark.parametrize("name", ["JKn", "bootstrap", "preston"])
def test_many_domains_are_worked_out_in_parts(pairs, name, monkeypatch):
    here, there = pairs(name)
    monkeypatch.setattr(streamed_totals, "DENSE", 100)  # totals are held as the pairs that occur
    monkeypatch.setattr(streamed_totals, "_PENDING", 100)
    monkeypatch.setattr(streamed_replication, "DENSE", 300)
    monkeypatch.setattr(replicate_variance, "_HELD", 500)
    for options in ({}, {"df": "domain", "covariance": False}):
        agree(*(d.mean(["y", "income"], by=["age", "sector", "sex"], **options) for d in (here, there)))
    agree(*(d.variance("y", by=["age", "sector", "sex"]) for d in (here, there)))


@pytest.mark.parametrize("missing", ["omit", "propagate"])
def test_missing_values_left_out_or_passed_on(pairs, missing):
    for by in (None, ["area", "sex"]):
        agree(*(d.mean(["gap", "y"], by=by, missing=missing, df="domain") for d in pairs("JKn")))
    agree(*(d.variance("gap", by="sex", missing=missing) for d in pairs("bootstrap")))


def test_columns_attached_and_contrasts(pairs):
    def gap(design):
        added = design.with_columns(rich=lambda data: np.asarray(data["income"]) > 300)
        assert str(added.history[-1]) == "with_columns: rich"
        return added.contrast(added.mean("rich", by="sex"), {"boys less girls": {"m": 1, "f": -1}})

    agree(*(gap(design) for design in pairs("bootstrap")))


def test_degrees_of_freedom_given(folder):
    design = t87.SurveyDesign(folder, weights="w", lonely_psu="certainty", psu="district")
    given = design.to_replicates("JK1", degf=5)
    assert given.degrees_of_freedom() == 5
    for df in ("design", "domain"):
        assert (given.mean("y", by="sex", df=df).to_dataframe()["df"] == 5).all()


@pytest.mark.parametrize(
    ("kind", "method", "options"),
    [
        ("strata", "JK1", {}),
        ("strata", "BRR", {}),
        ("strata", "jack", {}),
        ("strata", "Fay", {}),
        ("strata", "JKn", {"replicates": 4}),
        ("strata", "JKn", {"degf": -1}),
        ("strata", "JKn", {"degf": "a"}),
        ("strata", "JKn", {"mse": "x"}),
        ("strata", "Fay", {"rho": "a"}),
        ("strata", "bootstrap", {"replicates": np.inf}),
        ("strata", "rao_wu", {"draws": [2]}),
        ("strata", "other", {}),
        ("unequal probabilities", "JK1", {}),
        ("counts", "rao_wu", {"draws": 50}),
    ],
)
def test_errors_are_those_of_data_in_memory(folder, kind, method, options):
    arguments = {"weights": "w", "lonely_psu": "certainty"} | DESIGNS[kind]
    with pytest.raises((InputError, DataError)) as expected:
        t87.SurveyDesign(pq.read_table(folder), **arguments).to_replicates(method, **options)
    with pytest.raises(type(expected.value)) as got:
        t87.SurveyDesign(folder, **arguments).to_replicates(method, **options)
    assert str(got.value) == str(expected.value)


def test_missing_values_and_single_units_are_refused_as_in_memory(folder, pairs):
    for call in (
        lambda d: d.mean("gap"),
        lambda d: d.mean("y", by="area"),
        lambda d: d.mean("y", df="none"),
        lambda d: d.mean("y", df=np.array([1.0, 2.0])),
        lambda d: d.mean("y", df=np.array("design")),
    ):
        here, there = pairs("JKn")
        with pytest.raises((InputError, DataError)) as expected:
            call(here)
        with pytest.raises(type(expected.value)) as got:
            call(there)
        assert str(got.value) == str(expected.value)
    with pytest.raises(DataError, match="single"):
        t87.SurveyDesign(folder, weights="w", **DESIGNS["strata"]).to_replicates("JKn")


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.replicate_weights(),
        lambda d: d.with_replicates(lambda w, rows: w.sum()),
        lambda d: d.trim(upper=3.0),
        lambda d: d.normalise(),
        lambda d: d.select_one("hours"),
        lambda d: d.rake({"sex": {"f": 100, "m": 90}}),
        lambda d: d.post_stratify({"sex": {"f": 100, "m": 90}}),
        lambda d: d.calibrate({"y": 3.0}),
        lambda d: d.adjust_nonresponse("works", by="sex"),
        lambda d: d.adjust_unknown_eligibility("works", by="sex"),
    ],
)
def test_what_needs_all_rows_at_once_says_how_to_have_them(pairs, call):
    with pytest.raises(InputError, match="all rows at once") as caught:
        call(pairs("JK1")[1])
    assert "read_table" in str(caught.value)


def test_rows_as_units_have_no_replicates(folder):
    with pytest.raises(InputError, match="no psu is named"):
        t87.SurveyDesign(folder, weights="w").to_replicates("bootstrap")


def test_population_sizes_without_a_part_are_told(folder):
    arguments = {"weights": "w", "lonely_psu": "certainty"} | DESIGNS["counts"]
    with pytest.warns(replicate_variance.ReplicateWarning, match="population sizes") as told:
        t87.SurveyDesign(folder, **arguments).to_replicates("subbootstrap", 10, rng=1)
    assert told[0].filename == __file__


def test_a_unit_without_weight_has_no_degree_of_freedom(table, tmp_path):
    # R's degf is the rank of the weights of the analysis, which that unit does not have
    weights = np.where(table["district"].to_numpy() == 4, 0.0, 1.0)
    changed = table.set_column(table.column_names.index("w"), "w", pa.array(weights))
    pq.write_table(changed, tmp_path / "data.parquet")
    for data in (changed, tmp_path / "data.parquet"):
        design = t87.SurveyDesign(data, weights="w", psu="district").to_replicates("JK1")
        assert design.degrees_of_freedom() == np.linalg.matrix_rank(1.0 - np.eye(30)[np.arange(30) != 4]) - 1


def test_a_subset_of_nobody_has_a_summary(pairs):
    for design in pairs("JKn"):
        nobody = design.with_columns(nobody=False).subset("nobody")
        assert "the subset is empty" in repr(nobody.summary())


def test_degrees_of_freedom_after_a_response_model_of_numbers_take_little_memory(monkeypatch):
    # every row has factors of its own, which are worked out for few replicates at a time
    rng = np.random.default_rng(2)
    n, replicates = 20_000, 200
    x = rng.normal(size=n)
    answers = rng.random(n) < 1.0 / (1.0 + np.exp(-x - 1.0))
    data = pa.table({"psu": rng.integers(0, 150, n), "w": rng.uniform(1, 5, n), "x": x, "answers": answers})
    made = t87.SurveyDesign(data, weights="w", psu="psu").to_replicates("bootstrap", replicates, rng=1)
    monkeypatch.setattr(propensity, "_HELD", 0)  # the factors of so many rows and replicates are not kept
    design = made.adjust_nonresponse("answers", model="x")
    expected = np.linalg.matrix_rank(design.replicate_weights()[rng.permutation(n)[:2000]]) - 1
    monkeypatch.setattr(replicate_factors, "_DENSE", 1 << 17)
    tracemalloc.start()
    assert design.degrees_of_freedom() == expected
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < n * replicates * 8 / 2


def test_memory_does_not_grow_with_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 20_000)
    plain = make_table(40_000).select(["stratum", "district", "w", "y", "income", "sector", "works", "age"])

    def peak(times):
        path = tmp_path / f"{times}.parquet"
        with pq.ParquetWriter(path, plain.schema) as file:
            for _ in range(times):
                file.write_table(plain, row_group_size=20_000)
        tracemalloc.start()
        design = t87.SurveyDesign(path, weights="w", lonely_psu="certainty", **DESIGNS["strata"])
        made = design.to_replicates("bootstrap", 200, rng=1)
        made.mean(["y", "income"], by="sector", where="works")
        made.standardised_mean("y", over="age", standard=AGES)
        made.summary()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is loaded and compiled the first time is not the data's
    few, many = peak(2), peak(8)
    assert many < 1.2 * few
