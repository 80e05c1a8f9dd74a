"""Weighting steps of designs on a Parquet path: the numbers of the same steps on the same data in memory."""

from __future__ import annotations

import tracemalloc
from functools import cache

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import target87 as t87
from target87.errors import DataError, InputError
from target87.survey import parquet, streamed_totals, streamed_weighting_cells
from tests.survey.test_parquet import DESIGNS, agree, both, make_table, write

SEX = {"f": 1700.0, "m": 1500.0}
SECTOR = {"farm": 1200.0, "shop": 900.0, "home": 1100.0}
AGE = {0: 700.0, 1: 800.0, 2: 900.0, 3: 800.0}
CROSSED = {("sex", "works"): {("f", True): 500.0, ("f", False): 1200.0, ("m", True): 600.0, ("m", False): 900.0}}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(parquet, "BATCH", 97)


@pytest.fixture(scope="module")
def table():
    made = make_table()
    rng = np.random.default_rng(11)
    status = np.array(["respondent", "nonrespondent", "ineligible", "unknown"])
    return (
        made.append_column("status", pa.array(rng.choice(status, made.num_rows, p=[0.6, 0.2, 0.1, 0.1])))
        .append_column("answered", pa.array(rng.random(made.num_rows) < 0.7))
        .append_column("children", pa.array(rng.integers(1, 5, made.num_rows)))
    )


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    return write(table, tmp_path_factory.mktemp("parquet") / "survey")


@pytest.fixture(scope="module")
def pairs(folder):
    return cache(lambda kind: both(folder, lonely_psu="certainty", **DESIGNS[kind]))


STEPS = {
    "post-strata": lambda d: d.post_stratify({"sex": SEX}),
    "post-strata crossed": lambda d: d.post_stratify(CROSSED),
    "post-strata partial": lambda d: d.post_stratify({"sex": SEX | {"x": 10.0}}, partial=True),
    "rake": lambda d: d.rake({"sex": SEX, "sector": SECTOR, "age": AGE}),
    "rake, regression": lambda d: d.rake({"sex": SEX, "sector": SECTOR, "age": AGE}, residuals="regression"),
    "rake by R's rule": lambda d: d.rake({"sex": SEX, "sector": SECTOR}, tolerance=1.0),
    "calibrate": lambda d: d.calibrate({"sex": SEX, "age": AGE}),
    "calibrate numbers": lambda d: d.calibrate({"sex": SEX, "size.of.household": 15_000.0, "hours": 60_000.0}),
    "calibrate size": lambda d: d.calibrate({"(Intercept)": 3200.0, "hours": 60_000.0}),
    "calibrate, raking": lambda d: d.calibrate({"sex": SEX, "hours": 60_000.0}, "raking"),
    "calibrate, logit": lambda d: d.calibrate({"sex": SEX, "age": AGE}, "logit", bounds=(0.3, 3.0)),
    "calibrate, bounds": lambda d: d.calibrate({"sex": SEX, "age": AGE}, bounds=(0.5, 2.0)),
    "calibrate, variance": lambda d: d.calibrate({"sex": SEX, "age": AGE}, variance="size.of.household"),
    "calibrate, within": lambda d: d.calibrate({"sex": SEX, "age": AGE}, equal_within="district"),
    "calibrate, trim": lambda d: d.calibrate({"sex": SEX, "hours": 60_000.0}, trim=(0.9, 1.1)),
    "calibrate, penalty": lambda d: d.calibrate({"sex": SEX, "hours": 90_000.0}, penalty={"hours": 0.1}),
    "normalise": lambda d: d.normalise(),
    "normalise by": lambda d: d.normalise(1000.0, by=["sex", "sector"]),
    "unknown": lambda d: d.adjust_unknown_eligibility("status", by="stratum"),
    "nonresponse": lambda d: d.adjust_unknown_eligibility("status").adjust_nonresponse("status", by=["sex", "stratum"]),
    "nonresponse, units": lambda d: d.adjust_nonresponse("answered", by="sector", weighted=False),
    "trim": lambda d: d.trim(upper=7.0),
    "trim, both": lambda d: d.trim(lower=2.0, upper=7.0, strict=True),
    "trim, median": lambda d: d.trim(upper=1.4, relative_to="median"),
    "trim, mean": lambda d: d.trim(lower=0.5, upper=1.5, relative_to="mean"),
    "trim, quartiles": lambda d: d.trim(upper=0.8, lower=0.9, relative_to="iqr", strict=True),
    "one of several": lambda d: d.select_one("children"),
    "multiplicity": lambda d: d.multiplicity("children"),
    "post-strata of a subset": lambda d: d.subset("asked").post_stratify({"sex": SEX}),
    "rake, then a subset": lambda d: d.rake({"sex": SEX, "age": AGE}).subset("asked"),
    "several": lambda d: (
        d.select_one("children").adjust_nonresponse("answered", by="sex").rake({"sex": SEX, "sector": SECTOR})
        .trim(upper=2.5, relative_to="mean").calibrate({"age": AGE, "sex": SEX}).normalise()
    ),
    "three calibrations": lambda d: (
        d.post_stratify({"sex": SEX}).rake({"age": AGE, "sector": SECTOR}).calibrate({"sex": SEX, "hours": 60_000.0})
    ),
}  # fmt: skip
ESTIMATES = (
    lambda d: d.mean(["y", "income"]),
    lambda d: d.total("income", by=["sex", "age"]),
    lambda d: d.proportion("meals", by="sector", where="works"),
    lambda d: d.mean(["y", "girl"], by="sector", covariance=False, df="domain"),
    lambda d: d.ratio("y", "income", where=lambda data: data["hours"] > 20),
    lambda d: d.subset("girl").total("works", by="born"),
    lambda d: d.variance("income", by="sex"),
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["strata", "two stages", "rows in strata", "counts"])
def test_steps_are_those_of_data_in_memory(pairs, table, kind, step):
    here, there = (STEPS[step](design) for design in pairs(kind))
    np.testing.assert_allclose(there.weights, here.weights, rtol=1e-12, atol=1e-14)
    assert [str(one) for one in there.history] == [str(one) for one in here.history]
    assert repr(there) == repr(here)
    assert repr(there.summary()) == repr(here.summary())
    assert there.degrees_of_freedom() == here.degrees_of_freedom()
    older = pc.greater(table["hours"], 20).to_numpy()
    for number, estimate in enumerate(ESTIMATES):
        one = here.ratio("y", "income", where=older) if number == 4 else estimate(here)
        agree(one, estimate(there))


NUMBERS = {
    "alone": lambda d: d.calibrate({"income": 1e6}),
    "with the size": lambda d: d.calibrate({"income": 1e6, "(Intercept)": 3200.0}),
    "with categories": lambda d: d.calibrate({"hours": 60_000.0, "sex": SEX, "income": 1e6, "age": AGE}),
    "variance": lambda d: d.calibrate({"sex": SEX, "income": 1e6}, variance="size.of.household"),
    "variance of numbers": lambda d: d.calibrate({"sex": SEX}, variance={"hours_and_1": 0.5, "size.of.household": 1}),
    "price": lambda d: d.calibrate({"sex": SEX, "income": 1.5e6}, penalty={"income": 0.1}),
    "after others": lambda d: d.rake({"sex": SEX, "age": AGE}).calibrate({"sex": SEX, "income": 1e6}).normalise(),
    "of a subset": lambda d: d.subset("asked").calibrate({"sex": SEX, "income": 1e6}),
    "before others": lambda d: d.calibrate({"income": 1e6, "sex": SEX}).rake({"age": AGE, "sector": SECTOR}),
}


@pytest.mark.parametrize("step", NUMBERS)
@pytest.mark.parametrize("kind", ["strata", "two stages", "rows in strata"])
def test_totals_of_numbers_with_many_values(pairs, monkeypatch, kind, step):
    monkeypatch.setattr(streamed_weighting_cells, "_LOOK", 30)
    pair = (d.with_columns(hours_and_1=nw.col("hours") + 1) for d in pairs(kind))
    here, there = (NUMBERS[step](design) for design in pair)
    np.testing.assert_allclose(there.weights, here.weights, rtol=1e-12, atol=1e-14)
    assert [str(one) for one in there.history] == [str(one) for one in here.history]
    agree(*(d.total("y", by=["sex", "age"]) for d in (here, there)))
    agree(*(d.ratio("y", "works", where="asked", df="domain") for d in (here, there)))
    for number in (2, 3, 5, 6):
        agree(*(ESTIMATES[number](d) for d in (here, there)))


def test_totals_of_numbers_that_contradict_one_another(pairs, monkeypatch):
    here, there = (d.with_columns(double=nw.col("income") * 2) for d in pairs("strata"))
    totals = {"income": 1e6, "double": 3e6}
    with pytest.raises(DataError, match="did not reach"):
        here.calibrate(totals)
    monkeypatch.setattr(streamed_weighting_cells, "_LOOK", 30)
    with pytest.raises(DataError, match="did not reach"):
        there.calibrate(totals)


@pytest.mark.parametrize("residuals", ["alternating", "regression"])
def test_pairs_that_occur_are_enough_where_the_table_would_be_large(folder, monkeypatch, residuals):
    here, there = (d.rake({"sex": SEX, "age": AGE}, residuals=residuals) for d in both(folder, **DESIGNS["units"]))
    monkeypatch.setattr(streamed_totals, "DENSE", 100)
    monkeypatch.setattr(streamed_totals, "_PENDING", 300)
    for covariance in (True, False):
        agree(*(d.mean("y", by=["hours", "sex"], covariance=covariance) for d in (here, there)))


@pytest.mark.parametrize("policy", ["certainty", "remove", "adjust", "average"])
@pytest.mark.parametrize("kind", ["strata", "rows in strata"])
def test_policies_for_single_unit_strata(folder, kind, policy):
    for adjust in (False, True):
        pair = both(folder, lonely_psu=policy, adjust_domain_lonely=adjust, **DESIGNS[kind])
        here, there = (d.rake({"sex": SEX, "age": AGE}) for d in pair)
        agree(*(d.mean("y", by=["sector", "age"]) for d in (here, there)))


@pytest.mark.parametrize("missing", ["omit", "propagate"])
@pytest.mark.parametrize("kind", ["strata", "rows in strata"])
def test_missing_values_left_out_or_passed_on(pairs, kind, missing):
    here, there = (d.rake({"sex": SEX, "age": AGE}) for d in pairs(kind))
    agree(*(d.mean(["gap", "y"], by=["area", "sex"], missing=missing) for d in (here, there)))


def test_attached_columns_make_cells_and_factors(pairs, table):
    old = pc.greater(table["hours"], 20).to_numpy()
    kind = np.where(old, "old", "young")
    here, there = pairs("strata")
    one = here.with_columns(kind=kind, many=1 + old, old=old)
    other = there.with_columns(
        kind=kind, many=lambda data: 1 + (data["hours"] > 20), old=lambda data: data["hours"] > 20
    )
    for step in (
        lambda d: d.post_stratify({"kind": {"old": 1500.0, "young": 1700.0}}),
        lambda d: d.select_one("many").rake({("old", "sex"): {(o, s): 800.0 for o in (True, False) for s in "fm"}}),
        lambda d: d.calibrate({"many": 4700.0, "kind": {"old": 1500.0, "young": 1700.0}}),
    ):
        first, second = step(one), step(other)
        np.testing.assert_allclose(second.weights, first.weights, rtol=1e-12)
        agree(*(d.total("y", by="kind") for d in (first, second)))
        # columns attached later, and a subset by them
        first, second = first.with_columns(z=old), second.with_columns(z=lambda data: data["hours"] > 20)
        agree(*(d.subset("z").mean("y", by="sex") for d in (first, second)))


def test_columns_that_weights_are_read_from_stay(pairs):
    there = pairs("strata")[1].post_stratify({"sex": SEX})
    for name in ("sex", "w", "district"):
        with pytest.raises(InputError, match="cannot be replaced"):
            there.with_columns(**{name: 1.0})
    assert there.with_columns(y=lambda data: data["y"] * 2).mean("y").to_dataframe()["se"].notna().all()


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.post_stratify({"sex": SEX, "age": AGE}),
        lambda d: d.post_stratify({"sex": {"f": 1.0}}),
        lambda d: d.post_stratify({"sex": SEX | {"x": 3.0}}),
        lambda d: d.post_stratify({"sx": SEX}),
        lambda d: d.post_stratify({"area": {"a": 1.0, "b": 1.0, "c": 2.0}}),
        lambda d: d.post_stratify({"sex": {"f": 0.5, "m": 0.5}}),
        lambda d: d.post_stratify("sex"),
        lambda d: d.rake({"sex": SEX, "age": {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}}),
        lambda d: d.rake({"sex": SEX, "hours": 3.0}),
        lambda d: d.rake({"sex": SEX, "age": AGE}, max_iterations=1),
        lambda d: d.rake({"sex": SEX}, residuals="none"),
        lambda d: d.calibrate({"sex": SEX, "hours": 60_000.0}, bounds=(0.99, 1.01)),
        lambda d: d.calibrate({"count_gap": 60_000.0}),
        lambda d: d.calibrate({"sex": 3.0}),
        lambda d: d.calibrate({"sex": SEX}, "logit"),
        lambda d: d.calibrate({"sex": SEX}, np.array(["linear", "logit"])),
        lambda d: d.calibrate({"sex": SEX}, variance="hours"),
        lambda d: d.calibrate({"sex": SEX}, variance="sector"),
        lambda d: d.calibrate({"sex": SEX}, equal_within="area"),
        lambda d: d.calibrate({"sex": SEX, "hours": 100.0}).calibrate({"sex": SEX}),
        lambda d: d.normalise(0.0),
        lambda d: d.normalise(by="area"),
        lambda d: d.normalise(by=["sex", "sex"]),
        lambda d: d.adjust_nonresponse("status"),
        lambda d: d.adjust_nonresponse("sector"),
        lambda d: d.adjust_nonresponse("hours"),
        lambda d: d.adjust_nonresponse("in_doubt"),
        lambda d: d.adjust_nonresponse("answered", by="area"),
        lambda d: d.adjust_nonresponse("answered", by="district", classes=3),
        lambda d: d.adjust_unknown_eligibility("status", by="school"),
        lambda d: d.trim(),
        lambda d: d.trim(upper=0.001),
        lambda d: d.trim(lower=5.0, upper=2.0),
        lambda d: d.trim(upper=1.0, relative_to="mode"),
        lambda d: d.trim(lower=8.0),
        lambda d: d.trim(upper="a"),
        lambda d: d.trim(upper=[2.0]),
        lambda d: d.trim(lower=np.inf),
        lambda d: d.trim(upper=1.0, relative_to=["median"]),
        lambda d: d.trim(upper=2.0, strict="x"),
        lambda d: d.subset(np.zeros(len(d), dtype=bool)).trim(upper=2.0),
        lambda d: d.subset(np.zeros(len(d), dtype=bool)).trim(upper=2.0, relative_to="median"),
        lambda d: d.subset(np.zeros(len(d), dtype=bool)).trim(upper=2.0, relative_to="mean"),
        lambda d: d.subset(np.zeros(len(d), dtype=bool)).trim(upper=2.0, relative_to="iqr"),
        lambda d: d.post_stratify({"sex": SEX}, partial="x"),
        lambda d: d.rake({"sex": SEX}, tolerance="a"),
        lambda d: d.rake({"sex": SEX}, max_iterations=np.inf),
        lambda d: d.calibrate({"sex": SEX}, tolerance=[1.0]),
        lambda d: d.calibrate({"sex": SEX}, max_iterations=2.5),
        lambda d: d.calibrate({"sex": SEX}, variance={"y": "a"}),
        lambda d: d.calibrate({"sex": SEX}, penalty="a"),
        lambda d: d.calibrate({"sex": SEX, "y": 3.0}, penalty={"sex": None}),
        lambda d: d.normalise(np.array([1.0, 2.0])),
        lambda d: d.adjust_nonresponse("answered", weighted="x"),
        lambda d: d.adjust_unknown_eligibility("status", weighted=1),
        lambda d: d.select_one("hours"),
        lambda d: d.select_one("size.of.household").select_one("y"),
        lambda d: d.multiplicity("count_gap"),
        lambda d: d.multiplicity("sector"),
        lambda d: d.multiplicity("hourz"),
    ],
)
def test_errors_are_those_of_data_in_memory(pairs, call):
    here, there = pairs("strata")
    with pytest.raises((InputError, DataError)) as expected:
        call(here)
    with pytest.raises(type(expected.value)) as got:
        call(there)
    assert str(got.value) == str(expected.value)


def test_what_needs_all_rows_says_how_to_have_them(pairs, monkeypatch):
    there = pairs("strata")[1]
    with pytest.raises(InputError, match="response model needs all rows at once"):
        there.adjust_nonresponse("answered", model="age")
    with pytest.raises(InputError, match="columns alone"):
        there.select_one(np.ones(700))
    monkeypatch.setattr(streamed_weighting_cells, "MOST", 100)
    with pytest.raises(InputError, match="many labels of 'school'"):
        there.normalise(by="school")
    monkeypatch.setattr(streamed_weighting_cells, "_LOOK", 10)
    with pytest.raises(InputError, match="many labels of 'hours'"):
        there.calibrate({"hours": 60_000.0}, "raking")


def test_data_that_changed_since_are_refused(table, tmp_path):
    path = tmp_path / "moving.parquet"
    pq.write_table(table, path)
    design = t87.SurveyDesign(path, psu="district", weights="w").post_stratify({"sex": SEX})
    other = table.set_column(table.column_names.index("sex"), "sex", pa.array(["x"] * table.num_rows))
    pq.write_table(other, path)
    with pytest.raises(DataError, match="not what it was when the weights were made"):
        design.mean("y")


@pytest.mark.parametrize("kind", ["strata", "rows in strata"])
def test_memory_does_not_grow_with_rows(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(parquet, "BATCH", 20_000)
    plain = make_table(40_000).select(["stratum", "district", "w", "y", "income", "sector", "sex", "age", "works"])

    def peak(times):
        path = tmp_path / f"{kind}{times}.parquet"
        with pq.ParquetWriter(path, plain.schema) as file:
            for _ in range(times):
                file.write_table(plain, row_group_size=20_000)
        held = []

        def watched(batches):
            for batch in batches:
                held.append(pa.total_allocated_bytes())
                yield batch

        original = parquet.ParquetRows._batches
        monkeypatch.setattr(parquet.ParquetRows, "_batches", lambda self, *given: watched(original(self, *given)))
        tracemalloc.start()
        design = t87.SurveyDesign(path, weights="w", lonely_psu="certainty", **DESIGNS[kind])
        design = design.rake({"sex": SEX, "age": AGE}).calibrate({"sex": SEX, "income": 1e6}).trim(upper=1.0)
        design.mean(["y", "income"], by="sector", where="works")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        monkeypatch.setattr(parquet.ParquetRows, "_batches", original)
        return most + max(held)

    peak(1)  # what is loaded and compiled the first time is not the data's
    few, many = peak(2), peak(8)
    assert many < 1.2 * few
