"""Replicates made from a design.

Oracles: R's survey 4.5 (scales and matrices in ``tests/reference/data/survey``), R itself side by side where it is
installed, and textbook variances of totals written out here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.replicate_variance import ReplicateWarning

FOLDER = Path(__file__).parents[1] / "reference" / "data" / "survey"


@cache
def expected(name):
    blocks = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["blocks"]
    return next(block for block in blocks if block["id"] == name)["result"]


def frame(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def matrix(name):
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", ndmin=2)


def scd():
    data = frame("scd").assign(w=1.0)
    return t87.SurveyDesign(data, psu="ambulance", strata="ESA", nest=True, weights="w")


def one_stage(fpc="fpc"):
    return t87.SurveyDesign(frame("apiclus1"), psu="dnum", weights="pw", fpc=fpc)


def stratified():
    return t87.SurveyDesign(frame("apistrat"), strata="stype", weights="pw", fpc="fpc")


def two_stage():
    return t87.SurveyDesign(frame("apiclus2"), psu=["dnum", "snum"], weights="pw", fpc=["fpc1", "fpc2"])


def made(strata=4, units=5, rows=3, seed=1, population=None):
    """Strata of ``units`` sampling units with ``rows`` rows each."""
    rng = np.random.default_rng(seed)
    size = strata * units * rows
    data = pd.DataFrame(
        {
            "stratum": np.repeat(np.arange(strata), units * rows),
            "unit": np.repeat(np.arange(strata * units), rows),
            "w": rng.lognormal(size=size),
            "y": rng.normal(10.0, 3.0, size=size),
            "domain": rng.choice(["a", "b"], size=size),
            "population": 20.0 if population is None else population,
        }
    )
    fpc = None if population is None else "population"
    return data, t87.SurveyDesign(data, strata="stratum", psu="unit", weights="w", fpc=fpc)


def textbook(data, fraction=0.0):
    """Σ (1 - f) n / (n - 1) Σ (t - mean)² of the total of ``y``."""
    totals = (data["w"] * data["y"]).groupby([data["stratum"], data["unit"]]).sum()
    by_stratum = totals.groupby(level=0)
    return float((1.0 - fraction) * (by_stratum.size() * by_stratum.var(ddof=1)).sum())


def variance(design, **options):
    return float(design.total("y", **options).to_dataframe()["se"].iloc[0] ** 2)


MADE = {
    "jk1_mse": lambda: one_stage().to_replicates("JK1", mse=True),
    "jkn_mse": lambda: stratified().to_replicates("JKn", mse=True),
    "jkn_scd_mse": lambda: scd().to_replicates("JKn", mse=True),
    "brr_scd_mse": lambda: scd().to_replicates("BRR", mse=True),
    "fay_scd_mse": lambda: scd().to_replicates("Fay", rho=0.3, mse=True),
    "jk2_scd_mse": lambda: scd().to_replicates("JK2"),
}


@pytest.mark.parametrize("name", MADE)
def test_scales_and_degrees_of_freedom_are_those_of_r(name):
    design = MADE[name]()
    got = [design.replicates, design.scale, design.rscales.sum(), design.degrees_of_freedom()]
    np.testing.assert_allclose(got, expected(f"d.{name}.scale")["values"], rtol=1e-12)


@pytest.mark.parametrize(
    ("method", "rho", "name"), [("BRR", None, "rep_brr_scd"), ("Fay", 0.3, "rep_fay_scd"), ("JK2", None, "rep_jk2_scd")]
)
def test_multipliers_are_those_of_r(method, rho, name):
    np.testing.assert_allclose(scd().to_replicates(method, rho=rho).replicate_weights(), matrix(name), rtol=1e-14)


@pytest.mark.parametrize("replicates", [60, 61])
@pytest.mark.parametrize(
    ("method", "build", "scale", "rscales"),
    [
        ("bootstrap", one_stage, lambda r: 15 / (14 * (r - 1)), 1.0),
        ("subbootstrap", lambda: stratified(), lambda r: 1 / (r - 1), 1.0),
        ("mrbbootstrap", two_stage, lambda r: 1.0, None),
    ],
)
def test_scales_of_bootstraps_are_those_of_r(method, build, scale, rscales, replicates):
    if method == "subbootstrap":
        with pytest.warns(ReplicateWarning, match="population sizes"):
            design = build().to_replicates(method, replicates=replicates, rng=1)
    else:
        design = build().to_replicates(method, replicates=replicates, rng=1)
    assert design.scale == pytest.approx(scale(replicates), rel=1e-13)
    np.testing.assert_allclose(design.rscales, 1.0 / (replicates - 1) if rscales is None else rscales)


@pytest.mark.parametrize("population", [None, 20.0])
def test_jackknife_of_totals_is_the_textbook_variance(population):
    data, design = made(population=population)
    fraction = 0.0 if population is None else 5 / 20
    assert variance(design.to_replicates("JKn")) == pytest.approx(textbook(data, fraction), rel=1e-12)


def test_unstratified_jackknife():
    data, design = made(strata=1, units=7)
    assert variance(design.to_replicates("JK1")) == pytest.approx(textbook(data), rel=1e-12)
    assert variance(design.to_replicates("JKn")) == pytest.approx(textbook(data), rel=1e-12)


@pytest.mark.parametrize(("method", "rho"), [("BRR", None), ("Fay", 0.5), ("JK2", None), ("SDR", None)])
def test_two_units_a_stratum(method, rho):
    data, design = made(strata=7, units=2)
    assert variance(design.to_replicates(method, rho=rho)) == pytest.approx(textbook(data), rel=1e-12)


def test_larger_strata_are_paired_in_the_order_of_the_data():
    data, design = made(strata=3, units=4)
    replicates = design.to_replicates("BRR")
    totals = (data["w"] * data["y"]).groupby(data["unit"]).sum().to_numpy()
    assert variance(replicates) == pytest.approx(np.sum((totals[::2] - totals[1::2]) ** 2), rel=1e-12)
    assert "split into pairs" in str(replicates.history[-1])


@pytest.mark.parametrize("method", ["BRR", "SDR"])
def test_the_order_of_the_data_counts_where_strata_are_mixed(method):
    data, _ = made(strata=3, units=4)
    mixed = data.iloc[np.random.default_rng(7).permutation(len(data))]
    replicates = t87.SurveyDesign(mixed, strata="stratum", psu="unit", weights="w").to_replicates(method)
    totals = (data["w"] * data["y"]).groupby(data["unit"]).sum()
    expected_variance = 0.0
    for _, units in mixed.drop_duplicates("unit").groupby("stratum")["unit"]:
        own = totals[units].to_numpy()
        if method == "BRR":
            expected_variance += np.sum((own[::2] - own[1::2]) ** 2)
        else:
            expected_variance += 0.5 * np.sum((own - np.roll(own, 1)) ** 2)
    assert variance(replicates) == pytest.approx(expected_variance, rel=1e-12)


def test_successive_differences_follow_the_data_in_each_stratum():
    data, design = made(strata=2, units=6, population=24.0)
    replicates = design.to_replicates("SDR")
    totals = (data["w"] * data["y"]).groupby(data["unit"]).sum().to_numpy().reshape(2, 6)
    expected_variance = 0.75 * 0.5 * np.sum((totals - np.roll(totals, 1, axis=1)) ** 2)  # Wolter (2007), section 8.2
    assert variance(replicates) == pytest.approx(expected_variance, rel=1e-12)
    assert "approximate" in str(design.to_replicates("SDR", replicates=8).history[-1])
    assert design.to_replicates("ACS").mse


@pytest.mark.parametrize(
    ("method", "draws", "population"),
    [
        ("subbootstrap", None, None),
        ("rao_wu", None, 20.0),
        ("rao_wu", 2, 20.0),
        ("bootstrap", None, None),
        ("preston", None, 20.0),
        ("preston", None, None),
    ],
)
def test_bootstraps_converge_to_the_textbook_variance(method, draws, population):
    data, design = made(strata=3, units=5, population=population)
    replicates = 20_000
    boot = design.to_replicates(method, replicates=replicates, draws=draws, rng=87, mse=True)
    fraction = 0.0 if population is None else 5 / 20
    totals = (boot.replicate_weights() * data["y"].to_numpy()[:, None]).sum(axis=0)
    square = (totals - (data["w"] * data["y"]).sum()) ** 2
    error = square.std() / np.sqrt(replicates) * boot.scale * boot.rscales.sum()
    assert abs(variance(boot) - textbook(data, fraction)) <= 4.0 * error
    assert error < 0.02 * textbook(data, fraction)  # so that a factor of n / (n - 1) is seen


def test_bootstrap_of_a_made_up_population_has_its_variance():
    """With N = 4 n: (N - n) / (N - 1) where the textbook has (N - n) / N (Canty and Davison 1999)."""
    data, design = made(strata=3, units=5, population=20.0)
    boot = design.to_replicates("bootstrap", replicates=20_000, rng=87, mse=True)
    wanted = textbook(data) * (20 - 5) / (20 - 1)
    assert variance(boot) == pytest.approx(wanted, rel=0.04)


def test_multistage_bootstrap_converges_to_the_variance_of_both_stages():
    """Särndal, Swensson and Wretman (1992), result 4.3.1, written out for equal sizes."""
    rng = np.random.default_rng(4)
    psu = np.repeat(np.arange(8), 4)
    data = pd.DataFrame({"psu": psu, "ssu": np.arange(32), "y": rng.normal(10.0, 4.0, 32), "w": 10.0, "N": 16, "M": 20})
    design = t87.SurveyDesign(data, psu=["psu", "ssu"], weights="w", fpc=["N", "M"])
    by_unit = (data["w"] * data["y"]).groupby(data["psu"])
    first = (1 - 8 / 16) * 8 * by_unit.sum().var(ddof=1)
    second = 8 / 16 * (1 - 4 / 20) * 4 * by_unit.var(ddof=1).sum()
    replicates = 20_000
    boot = design.to_replicates("preston", replicates=replicates, rng=3, mse=True)
    totals = boot.replicate_weights().T @ data["y"].to_numpy()
    error = ((totals - data["y"].sum() * 10.0) ** 2).std() / np.sqrt(replicates)
    assert abs(variance(boot) - first - second) <= 4.0 * error
    assert second > 10.0 * error


@pytest.mark.parametrize("method", ["subbootstrap", "rao_wu", "bootstrap", "preston"])
def test_draws_belong_to_the_seed_and_the_number_of_the_replicate(method):
    _, design = made()
    many = design.to_replicates(method, replicates=30, rng=5).replicate_weights()
    np.testing.assert_array_equal(design.to_replicates(method, replicates=12, rng=5).replicate_weights(), many[:, :12])
    assert (design.to_replicates(method, replicates=30, rng=6).replicate_weights() != many).any()


@pytest.mark.parametrize("method", ["JKn", "subbootstrap", "bootstrap", "preston"])
def test_order_of_rows_changes_nothing(method):
    data, design = made()
    shuffled = np.random.default_rng(2).permutation(len(data))
    other = t87.SurveyDesign(data.iloc[shuffled], strata="stratum", psu="unit", weights="w")
    options = {} if method == "JKn" else {"replicates": 20, "rng": 1}
    mine = design.to_replicates(method, **options).replicate_weights()
    theirs = other.to_replicates(method, **options).replicate_weights()
    np.testing.assert_array_equal(theirs, mine[shuffled])


@pytest.mark.parametrize("method", ["JKn", "bootstrap"])
def test_subsets_are_taken_of_whole_replicates(method):
    data, design = made()
    inside = data["domain"] == "a"
    options = {} if method == "JKn" else {"replicates": 20, "rng": 1}
    early = design.subset(inside).to_replicates(method, **options)
    late = design.to_replicates(method, **options).subset(inside)
    pd.testing.assert_frame_equal(early.mean("y").to_dataframe(), late.mean("y").to_dataframe())
    where = design.to_replicates(method, **options).mean("y", where=inside)
    pd.testing.assert_frame_equal(where.to_dataframe(), late.mean("y").to_dataframe())


def test_single_unit_strata_are_refused_by_name():
    design = t87.SurveyDesign(frame("lonely"), psu="psu", strata="stratum", weights="w", nest=True)
    for method in ("JKn", "subbootstrap", "SDR"):
        with pytest.raises(DataError, match="single sampling unit") as caught:
            design.to_replicates(method)
        assert caught.value.count == 2
        assert caught.value.examples == ("3", "5")
    with pytest.raises(InputError, match="no replicates by this method"):
        design.with_lonely_psu("adjust").to_replicates("bootstrap")
    kept = design.with_lonely_psu("certainty").to_replicates("subbootstrap", replicates=10, rng=1).replicate_weights()
    alone = frame("lonely")["stratum"].isin([3, 5]).to_numpy()
    np.testing.assert_allclose(kept[alone], np.repeat(frame("lonely")["w"].to_numpy()[alone, None], 10, axis=1))


def test_odd_strata_cannot_be_paired():
    _, design = made(strata=3, units=3)
    with pytest.raises(DataError, match="odd number of sampling units") as caught:
        design.to_replicates("BRR")
    assert caught.value.count == 3
    assert caught.value.examples == ("0: 3", "1: 3", "2: 3")


def test_calibrated_designs_are_refused_with_the_remedy():
    design = one_stage().post_stratify({"stype": {"E": 4421, "H": 755, "M": 1018}})
    with pytest.raises(InputError, match="before weights are calibrated") as caught:
        design.to_replicates("JK1")
    assert 'to_replicates("JK1") first' in caught.value.remedies[0]


def test_population_sizes_without_part_are_told():
    _, design = made(strata=3, units=2, population=20.0)
    with pytest.warns(ReplicateWarning, match="population sizes"):
        replicates = design.to_replicates("BRR")
    assert any("population sizes" in line for line in replicates.summary().unusual)
    with pytest.warns(ReplicateWarning, match="after the first stage"):
        two_stage().to_replicates("JK1")


@pytest.mark.parametrize(
    ("method", "options", "error", "says"),
    [
        ("JK3", {}, UnknownNameError, "method of replication"),
        ("JK1", {}, InputError, "one stratum"),
        ("JKn", {"replicates": 20}, InputError, "takes no replicates"),
        ("JKn", {"rho": 0.3}, InputError, "no rho"),
        ("Fay", {}, InputError, "needs its coefficient"),
        ("Fay", {"rho": 1.0}, InputError, "needs its coefficient"),
        ("BRR", {"replicates": 4}, InputError, "more pairs of units than this number"),
        ("BRR", {"replicates": 92}, InputError, "no Hadamard matrix of this order"),
        ("BRR", {"hadamard": np.ones((8, 8))}, InputError, "not orthogonal"),
        ("BRR", {"hadamard": np.ones((8, 7))}, InputError, "no square of two values"),
        ("bootstrap", {"replicates": 1}, InputError, "two replicates or more"),
        ("bootstrap", {"draws": 2}, InputError, "takes no draws"),
        ("rao_wu", {"draws": 0}, InputError, "at least one unit"),
        ("rao_wu", {"draws": 9}, InputError, "negative"),
        ("other", {}, InputError, "from data"),
    ],
)
def test_what_cannot_be_made_says_so(method, options, error, says):
    _, design = made(strata=7, units=2)
    with pytest.raises(error, match=says):
        design.to_replicates(method, **options)


@pytest.mark.parametrize("value", ["a", "3", True, [3], np.array([3, 4]), np.array(3), 2.5, np.inf, np.nan, 1j, 10**30])
@pytest.mark.parametrize(
    ("method", "argument"),
    [("bootstrap", "replicates"), ("BRR", "replicates"), ("SDR", "replicates"), ("rao_wu", "draws")],
)
def test_replicates_and_draws_are_whole_numbers(method, argument, value):
    _, design = made(strata=3, units=2)
    with pytest.raises(InputError, match="a whole number of them") as caught:
        design.to_replicates(method, **{argument: value})
    assert caught.value.where == argument


def test_whole_numbers_of_any_kind_are_the_same_number():
    _, design = made(strata=3, units=4)
    expected = design.to_replicates("rao_wu", replicates=5, draws=2, rng=1).replicate_weights()
    for kind in (float, np.int64, np.float32):
        same = design.to_replicates("rao_wu", replicates=kind(5), draws=kind(2), rng=1).replicate_weights()
        np.testing.assert_array_equal(same, expected)


@pytest.mark.parametrize("value", ["a", "0.3", True, [0.3], np.array([0.3, 0.4]), np.nan, 1j, -0.1])
def test_the_coefficient_of_fay_is_a_number(value):
    _, design = made(strata=3, units=2)
    with pytest.raises(InputError, match="needs its coefficient") as caught:
        design.to_replicates("Fay", rho=value)
    assert caught.value.where == "rho"


@pytest.mark.parametrize("value", ["a", "3", True, [3], np.array([3, 4]), np.inf, np.nan, 1j, -1, 0])
def test_degrees_of_freedom_are_a_number(value):
    _, design = made(strata=3, units=2)
    with pytest.raises(InputError, match="finite and above zero") as caught:
        design.to_replicates("JKn", degf=value)
    assert caught.value.where == "degf"


@pytest.mark.parametrize("value", ["x", "no", 1, None, np.array([True, False])])
def test_the_centre_is_true_or_false(value):
    _, design = made(strata=3, units=2)
    with pytest.raises(InputError, match="True or False") as caught:
        design.to_replicates("JKn", mse=value)
    assert caught.value.where == "mse"


def test_a_matrix_of_unequal_rows_is_no_square():
    _, design = made(strata=3, units=2)
    with pytest.raises(InputError, match="no square of two values"):
        design.to_replicates("BRR", hadamard=[[1, 1], [1, -1], [1]])


def test_the_next_order_is_named():
    _, design = made(strata=7, units=2)
    with pytest.raises(InputError) as caught:
        design.to_replicates("BRR", replicates=92)
    assert "96" in caught.value.expected


def test_a_hadamard_matrix_of_ones_own():
    data, design = made(strata=3, units=2)
    own = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 1], [1, 0, 1, 0]])
    assert variance(design.to_replicates("BRR", hadamard=own)) == pytest.approx(textbook(data), rel=1e-12)


def test_unequal_probabilities_are_refused():
    data = pd.DataFrame({"p": [0.2, 0.4, 0.3], "y": [1.0, 2, 3]})
    design = t87.SurveyDesign(data, probabilities="p", pps="brewer")
    with pytest.raises(InputError, match="unequal probabilities"):
        design.to_replicates("JK1")


SIDE_BY_SIDE = r"""
suppressMessages(library(survey))
options(digits = 17)
data <- read.csv(commandArgs(TRUE)[1])
data$npsu[data$stratum == 3] <- 4  # complete, it would be left out of totals but not of means
for (policy in c("certainty", "remove", "average", "adjust")) for (finite in c(FALSE, TRUE)) {
  options(survey.lonely.psu = policy)
  fpc <- if (finite) ~npsu else NULL
  design <- svydesign(id = ~psu, strata = ~stratum, weights = ~w, fpc = fpc, nest = TRUE, data = data)
  rep <- as.svrepdesign(design, type = "JKn", mse = FALSE)
  part <- subset(rep, dom == "a")
  cat(policy, finite, ncol(weights(rep)), rep$scale, sum(rep$rscales), degf(rep), degf(part),
      SE(svytotal(~y, rep)), SE(svymean(~y, part)), "\n")
}
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_single_unit_strata_in_the_jackknife_beside_r(tmp_path):
    script = tmp_path / "side_by_side.R"
    script.write_text(SIDE_BY_SIDE, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", str(script), str(FOLDER / "lonely.csv")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"R has no package survey: {done.stderr.strip().splitlines()[-1]}")
    data = frame("lonely")
    data.loc[data["stratum"] == 3, "npsu"] = 4
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 8
    for line in lines:
        policy, finite, *figures = line.split()
        fpc = "npsu" if finite == "TRUE" else None
        design = t87.SurveyDesign(
            data, psu="psu", strata="stratum", weights="w", fpc=fpc, nest=True, lonely_psu=policy
        ).to_replicates("JKn")
        part = design.subset(data["dom"] == "a")
        got = [
            design.replicates,
            design.scale,
            design.rscales.sum(),
            design.degrees_of_freedom(),
            part.degrees_of_freedom(),
            design.total("y").to_dataframe()["se"].item(),
            part.mean("y").to_dataframe()["se"].item(),
        ]
        np.testing.assert_allclose(got, [float(one) for one in figures], rtol=1e-10, err_msg=line)
