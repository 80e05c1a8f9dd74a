"""Designs with replicate weights: what they read, refuse, and make of replicates.

Oracles: the variance formula written out, ``numpy.linalg.matrix_rank``, and R's survey 4.5
(``tests/reference/data/survey``, whose every block is asserted in ``tests/reference``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.replicate_variance import ReplicateWarning, Scaling

FOLDER = Path(__file__).parents[1] / "reference" / "data" / "survey"


def sample(n=24, replicates=8, seed=1):
    """Rows with weights, an outcome, a domain, and replicate weights without structure."""
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(3.0, 0.3, n)
    matrix = weights[:, None] * rng.uniform(0.0, 2.0, (n, replicates))
    data = pd.DataFrame({"w": weights, "y": rng.normal(5.0, 2.0, n), "domain": rng.choice(["a", "b", "c"], n)})
    return data, matrix


def built(**options):
    data, matrix = sample()
    given_options = {"weights": "w", "replicate_weights": matrix, "method": "bootstrap", **options}
    return t87.ReplicateDesign(data, **given_options)


def written_out(values, point, scale, rscales, mse):
    """Σ scale rscale (θ - c)(θ - c)' by a loop over replicates."""
    centre = point if mse else values[rscales > 0].mean(axis=0)
    total = np.zeros((point.size, point.size))
    for theta, factor in zip(values, rscales, strict=True):
        total += scale * factor * np.outer(theta - centre, theta - centre)
    return total


@pytest.mark.parametrize("mse", [False, True])
@pytest.mark.parametrize("rscales", [None, "some"])
def test_covariance_of_domain_means_is_the_formula(mse, rscales):
    data, matrix = sample()
    factors = np.ones(8) if rscales is None else np.array([0.5, 0.0, 1.0, 2.0, 1.0, 0.0, 0.3, 1.0])
    design = built(method="other", scale=0.7, rscales=None if rscales is None else factors, mse=mse)

    def means(weights):
        return np.array([np.average(data["y"][k], weights=weights[k]) for k in (data["domain"] == d for d in "abc")])

    values = np.array([means(column) for column in matrix.T])
    expected = written_out(values, means(data["w"].to_numpy()), 0.7, factors, mse)
    estimates = design.mean("y", by="domain")
    np.testing.assert_allclose(estimates.covariance().to_numpy(), expected, rtol=1e-11)
    np.testing.assert_allclose(estimates.to_dataframe()["se"], np.sqrt(np.diag(expected)), rtol=1e-11)
    apart = design.mean("y", by="domain", covariance=False).to_dataframe()["se"]
    np.testing.assert_allclose(apart, np.sqrt(np.diag(expected)), rtol=1e-11)


def ways_to_give(data, matrix):
    columns = {f"rep{k}": matrix[:, k] for k in range(matrix.shape[1])}
    whole = data.assign(**columns)
    return [
        (whole, "rep"),
        (whole, r"rep\d"),
        (whole, list(columns)),
        (data, matrix),
        (data, matrix.tolist()),
        (data, pd.DataFrame(columns)),
        (data, pd.DataFrame(matrix)),
        (data, pd.DataFrame(matrix, columns=["same"] * matrix.shape[1])),
        (data, pd.DataFrame(matrix, columns=[1, "1", *range(2, matrix.shape[1])])),
        (data, polars.DataFrame(columns)),
        (polars.from_pandas(whole), "rep"),
    ]


@pytest.mark.parametrize("way", range(11))
def test_every_way_to_give_replicate_weights_is_the_same(way):
    data, matrix = sample()
    rows, given_weights = ways_to_give(data, matrix)[way]
    design = t87.ReplicateDesign(rows, weights="w", replicate_weights=given_weights, method="bootstrap")
    np.testing.assert_array_equal(design.replicate_weights(), matrix)
    pd.testing.assert_frame_equal(design.mean("y").to_dataframe(), built().mean("y").to_dataframe())


def test_a_prefix_takes_numbered_columns_and_never_the_weight_itself():
    data, matrix = sample(replicates=12)
    columns = {f"pwgtp{k}": matrix[:, k - 1] for k in range(1, 13)}
    frame = data.rename(columns={"w": "pwgtp"}).assign(**columns, pwgtp_flag=0.0)
    design = t87.ReplicateDesign(frame, weights="pwgtp", replicate_weights="pwgtp", method="SDR")
    np.testing.assert_array_equal(design.replicate_weights(), matrix)


def test_multipliers_and_combined_weights_are_the_same():
    data, matrix = sample()
    multipliers = matrix / data["w"].to_numpy()[:, None]
    apart = built(replicate_weights=multipliers, combined=False)
    np.testing.assert_allclose(apart.replicate_weights(), matrix, rtol=1e-14)
    pd.testing.assert_frame_equal(apart.total("y").to_dataframe(), built().total("y").to_dataframe())


def test_nothing_is_shared_with_the_caller():
    data, matrix = sample()
    design = t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap")
    before = design.mean("y").to_dataframe()
    matrix[:] = 7.0
    data["w"] = 1.0
    design.rscales[:] = 9.0
    design.replicate_weights()[:] = 3.0
    pd.testing.assert_frame_equal(design.mean("y").to_dataframe(), before)


@pytest.mark.parametrize(
    ("method", "options", "scale"),
    [
        ("BRR", {}, 1 / 8),
        ("Fay", {"rho": 0.5}, 1 / (8 * 0.25)),
        ("JK1", {}, 7 / 8),
        ("JK2", {}, 1.0),
        ("bootstrap", {}, 1 / 7),
        ("successive-difference", {}, 0.5),
        ("ACS", {}, 0.5),
        ("JKn", {"rscales": np.full(8, 0.8)}, 1.0),
        ("other", {}, 1.0),
    ],
)
def test_default_scales(method, options, scale):
    design = built(method=method, **options)
    assert design.scale == pytest.approx(scale)
    assert design.mse == (method == "ACS")


def test_scales_are_guessed_from_multipliers_as_r_does():
    jackknife = np.full((4, 4), 4 / 3)
    np.fill_diagonal(jackknife, 0.0)
    data = pd.DataFrame({"w": [1.0, 2, 3, 4], "y": [1.0, 5, 2, 2]})
    one = t87.ReplicateDesign(data, weights="w", replicate_weights=jackknife, method="JK1", combined=False)
    assert one.scale == pytest.approx(0.75)
    each = t87.ReplicateDesign(data, weights="w", replicate_weights=jackknife, method="JKn", combined=False)
    np.testing.assert_allclose(each.rscales, 0.75)
    pd.testing.assert_frame_equal(one.total("y").to_dataframe(), each.total("y").to_dataframe())


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"method": "jackknife"}, UnknownNameError, "unknown method of replication"),
        ({"weights": "weight"}, UnknownNameError, "column for weights"),
        ({"replicate_weights": "rep"}, UnknownNameError, "prefix or expression of replicate weights"),
        ({"replicate_weights": "rep("}, InputError, "expression cannot be read"),
        ({"replicate_weights": ["w", "w"]}, InputError, "stands twice"),
        ({"replicate_weights": ["w", "v"]}, UnknownNameError, "column for replicate_weights"),
        ({"replicate_weights": ["w", "domain"]}, DataError, "labels"),
        ({"replicate_weights": np.ones((23, 8))}, InputError, "do not fit the rows"),
        ({"replicate_weights": np.ones(24)}, InputError, "do not fit the rows"),
        ({"replicate_weights": np.full((24, 2), "x")}, InputError, "must be numbers"),
        ({"replicate_weights": np.ones((24, 1))}, InputError, "two replicates or more"),
        ({"replicate_weights": np.ones((24, 7)), "method": "BRR"}, InputError, "does not match method 'BRR'"),
        (
            {"replicate_weights": np.ones((24, 6)), "method": "Fay", "rho": 0.3},
            InputError,
            "does not match method 'Fay'",
        ),
        ({"replicate_weights": np.ones((24, 10)), "method": "SDR"}, InputError, "does not match method 'SDR'"),
        ({"replicate_weights": np.ones((24, 25)), "method": "JK1"}, InputError, "does not match method 'JK1'"),
        ({"method": "JKn"}, InputError, "needs the scale of each replicate"),
        ({"method": "Fay"}, InputError, "needs its coefficient"),
        ({"rho": 0.3}, InputError, "has no rho"),
        ({"method": "BRR", "scale": 1.0}, InputError, "scale of its own"),
        ({"method": "JK2", "rscales": np.arange(8.0)}, InputError, "all replicates alike"),
        ({"rscales": np.ones(7)}, InputError, "not one scale a replicate"),
        ({"rscales": np.full(8, -1.0)}, InputError, "finite and not negative"),
        ({"scale": 0.0}, InputError, "above zero"),
        ({"scale": np.inf}, InputError, "above zero"),
        ({"degf": 0}, InputError, "degrees of freedom"),
        *[({"degf": one}, InputError, "degrees of freedom") for one in ("a", "3", True, [3], np.array([3, 4]), 1j)],
        *[({"scale": one}, InputError, "above zero") for one in ("a", "3", True, [3], np.array([3, 4]), 1j)],
        *[
            ({"rscales": one}, InputError, "scales of replicates are numbers")
            for one in ("a", "3", True, 1j, ["1"] * 8, [True] * 8, [1j] * 8, {1, 2}, [*[0.1] * 7, "1"], [None] * 8)
        ],
        *[
            ({"method": "Fay", "rho": one}, InputError, "needs its coefficient")
            for one in ("a", "0.3", True, [0.3], np.array([0.3, 0.4]), 1j, np.nan)
        ],
        *[({"mse": one}, InputError, "True or False") for one in ("x", 1, None, np.array([True, False]))],
        *[({"combined": one}, InputError, "True or False") for one in ("x", 1, None, np.array([True, False]))],
        *[({"survey": one}, InputError, "survey is a name") for one in (3, ["a"], b"x", True)],
    ],
)
def test_what_does_not_fit_says_so(options, error, says):
    with pytest.raises(error, match=says):
        built(**options)


def test_replicate_weights_are_not_made_of_what_is_no_number():
    data, matrix = sample()
    one_word = matrix.astype(object)
    one_word[3, 2] = "1.5"
    half_complex = matrix.astype(object)
    half_complex[0, 0] = np.complex64(1 + 1j)
    for given_weights in (
        matrix.astype(str), matrix.astype(str).tolist(), matrix.astype("S"), one_word,
        [*matrix.tolist()[:-1], ["1"] * 8],
        matrix + 1j, (matrix + 0j).tolist(), half_complex,
        matrix.astype("datetime64[s]"), matrix.astype("timedelta64[s]"),
    ):  # fmt: skip
        with pytest.raises(InputError, match="replicate weights must be numbers") as caught:
            built(replicate_weights=given_weights)
        assert caught.value.where == "replicate_weights"
    with pytest.raises(InputError, match="data frame"):
        built(replicate_weights=data["w"])
    np.testing.assert_array_equal(built(replicate_weights=matrix.astype(object)).replicate_weights(), matrix)


def test_missing_replicate_weights_are_counted_by_column():
    data, matrix = sample()
    matrix[3, 2] = np.nan
    matrix[5, 2] = np.inf
    with pytest.raises(DataError, match="missing or not finite") as caught:
        t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap")
    assert caught.value.count == 2
    assert caught.value.where == "column 'replicate 3'"
    assert caught.value.examples == ("row 3, replicate 3: nan", "row 5, replicate 3: inf")


def test_an_empty_replicate_is_refused():
    data, matrix = sample()
    matrix[:, [1, 4]] = 0.0
    with pytest.raises(DataError, match="do not add up") as caught:
        t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap")
    assert caught.value.count == 2


def test_faulty_sampling_weights_are_refused():
    data, matrix = sample()
    with pytest.raises(DataError, match="negative"):
        t87.ReplicateDesign(data.assign(w=-1.0), weights="w", replicate_weights=matrix, method="bootstrap")


def test_replicate_weights_below_zero_are_allowed_and_told():
    data, matrix = sample()
    matrix[0, 0] = -3.0
    design = t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="ACS")
    assert "1 replicate weights below zero" in design.summary().unusual


@pytest.mark.parametrize(("combined", "factor"), [(True, 0.01), (False, 30.0)])
def test_weights_that_do_not_look_as_declared_are_told(combined, factor):
    _, matrix = sample()
    design = built(replicate_weights=factor * matrix / (20.0 if combined else 1.0), combined=combined)
    assert any("combined" in line for line in design.summary().unusual)


def test_paired_jackknife_about_the_mean_is_told():
    assert any("mse=True" in line for line in built(method="JK2").summary().unusual)
    assert not any("mse=True" in line for line in built(method="JK2", mse=True).summary().unusual)


def test_a_replicate_without_a_value_is_left_out_with_a_warning():
    """As R does: the rest is not scaled up."""
    data, matrix = sample()
    inside = (data["domain"] == "a").to_numpy()
    matrix[inside, 2] = 0.0
    design = t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="other", scale=1.0, mse=True)
    with pytest.warns(ReplicateWarning, match="1 of 8 replicates give no value in 1 of 3 cells"):
        estimates = design.mean("y", by="domain")
    point = np.average(data["y"][inside], weights=data["w"][inside])
    others = [np.average(data["y"][inside], weights=matrix[inside, k]) for k in range(8) if k != 2]
    assert estimates.to_dataframe()["se"].iloc[0] ** 2 == pytest.approx(np.sum((np.array(others) - point) ** 2))
    assert np.linalg.eigvalsh(estimates.covariance().to_numpy()).min() > -1e-12


def test_an_empty_domain_stays_missing_without_a_warning():
    data, matrix = sample()
    data["domain"] = pd.Categorical(data["domain"], categories=["a", "b", "c", "nobody"])
    row = t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="BRR").mean("y", by="domain")
    frame = row.to_dataframe().set_index("domain")
    assert frame.loc["nobody", "n"] == 0
    assert np.isnan(frame.loc["nobody", ["estimate", "se"]].astype(float)).all()
    assert not frame.loc["a":"c", "se"].isna().any()


def test_a_subset_is_the_rows_of_it_alone():
    data, matrix = sample()
    inside = (data["y"] > 4.5).to_numpy()
    part = built().subset(inside)
    alone = t87.ReplicateDesign(data[inside], weights="w", replicate_weights=matrix[inside], method="bootstrap")
    columns = ["estimate", "se", "n", "df"]
    pd.testing.assert_frame_equal(part.mean("y").to_dataframe()[columns], alone.mean("y").to_dataframe()[columns])
    np.testing.assert_array_equal(part.replicate_weights()[~inside], 0.0)
    assert repr(part).startswith(f"<ReplicateDesign: 24 rows ({inside.sum()} in the subset), 8 replicates (bootstrap)")


def test_columns_attached_are_seen_and_told():
    design = (
        built().with_columns(double=lambda rows: 2 * rows["y"]).with_indicator(pd.DataFrame({"works": [True] * 24}))
    )
    ratio = design.mean("double").to_dataframe()["se"].item() / design.mean("y").to_dataframe()["se"].item()
    assert ratio == pytest.approx(2.0)
    assert [step.name for step in design.history] == ["replicate design", "with_columns", "with_indicator"]
    assert design.columns[-2:] == ("double", "works")


def test_blocks_are_the_replicate_weights_of_the_rows_asked_for(monkeypatch):
    monkeypatch.setattr("target87.survey.replicate_design._NUMBERS", 30)  # three replicates of ten rows at a time
    rows = np.random.default_rng(1).permutation(24)[:10]
    blocks = list(built()._replicate_blocks(rows))
    assert len(blocks) == 3
    got = np.concatenate([block for _, block in blocks])
    np.testing.assert_array_equal(got, built().replicate_weights()[rows].T)


# ---- degrees of freedom ------------------------------------------------------------------------------------------


@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    method=st.sampled_from(["JKn", "subbootstrap"]),
    adjust=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60)
def test_degrees_of_freedom_are_the_rank_less_one(sizes, method, adjust, seed):
    if max(sizes) == 1:
        sizes = [*sizes, 2]
    rng = np.random.default_rng(seed)
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    unit = np.arange(stratum.size)
    rows = np.repeat(np.arange(unit.size), rng.integers(1, 4, unit.size))
    data = pd.DataFrame({"stratum": stratum[rows], "unit": unit[rows], "w": rng.lognormal(size=rows.size)})
    policy = "adjust" if adjust and method == "JKn" else "certainty"
    design = t87.SurveyDesign(data, strata="stratum", psu="unit", weights="w", lonely_psu=policy)
    options = {} if method == "JKn" else {"replicates": 9, "rng": seed}
    replicates = design.to_replicates(method, **options)
    inside = rng.random(rows.size) < 0.7
    for part, used in ((replicates, np.ones(rows.size, bool)), (replicates.subset(inside), inside)):
        rank = np.linalg.matrix_rank(replicates.replicate_weights()[used]) if used.any() else 0
        assert part.degrees_of_freedom() == max(rank - 1, 0)
        assert replicates.degrees_of_freedom(where=used) == max(rank - 1, 0)


@pytest.mark.parametrize("deficient", [False, True])
def test_rank_of_many_rows_is_found_from_few(deficient):
    rng = np.random.default_rng(3)
    matrix = rng.uniform(0.5, 1.5, (4000, 20))
    if deficient:
        matrix = rng.uniform(0.1, 1.0, (4000, 7)) @ rng.uniform(0.1, 1.0, (7, 20))
        matrix[0, 0] += 50.0  # a single row that adds one to the rank
    data = pd.DataFrame({"w": np.ones(4000), "y": rng.normal(size=4000)})
    design = t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap")
    assert design.degrees_of_freedom() == np.linalg.matrix_rank(matrix) - 1 == (7 if deficient else 19)


def test_degrees_of_freedom_by_domain_and_by_hand():
    _, matrix = sample()
    data, _ = sample()
    design = built()
    by_domain = design.mean("y", by="domain", df="domain").to_dataframe()["df"]
    ranks = [np.linalg.matrix_rank(matrix[(data["domain"] == d).to_numpy()]) - 1 for d in "abc"]
    np.testing.assert_array_equal(by_domain, ranks)
    own = built(degf=5.5)
    assert own.degrees_of_freedom() == 5.5
    assert own.subset(data["domain"] == "a").mean("y").to_dataframe()["df"].item() == 5.5
    assert own.mean("y", by="domain", df="domain").to_dataframe()["df"].tolist() == [5.5] * 3


# ---- functions of weights and data -------------------------------------------------------------------------------


def test_any_function_over_the_replicates():
    design = built()
    ratio = design.with_replicates(lambda w, rows: np.average(rows["y"], weights=w))
    expected = design.mean("y").to_dataframe()
    np.testing.assert_allclose(ratio.to_dataframe()[["estimate", "se"]], expected[["estimate", "se"]], rtol=1e-12)
    np.testing.assert_allclose(ratio.to_dataframe()[["ci_lower", "ci_upper"]], expected[["ci_lower", "ci_upper"]])
    both = design.with_replicates(lambda w, rows: {"total": (w * rows["y"]).sum(), "persons": w.sum()})
    assert both.to_dataframe()["variable"].tolist() == ["total", "persons"]
    assert both.to_dataframe()["se"].iloc[0] == pytest.approx(design.total("y").to_dataframe()["se"].item())
    assert both.covariance().shape == (2, 2)


def test_functions_see_the_rows_of_a_subset():
    data, _ = sample()
    inside = (data["domain"] == "a").to_numpy()
    design = built().subset(inside)
    rows = design.with_replicates(lambda w, rows: [len(rows), len(w), w.sum()]).to_dataframe()
    assert rows["estimate"].tolist() == pytest.approx([inside.sum(), inside.sum(), data["w"][inside].sum()])
    assert rows["variable"].tolist() == ["value 1", "value 2", "value 3"]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda w, rows: "many", "must return numbers"),
        (lambda w, rows: "3", "must return numbers"),
        (lambda w, rows: {"a": "3"}, "must return numbers"),
        (lambda w, rows: [1.0, "3"], "must return numbers"),
        (lambda w, rows: np.array([1.0, "3"], dtype=object), "must return numbers"),
        (lambda w, rows: None, "must return numbers"),
        (lambda w, rows: np.array([1j]), "must return numbers"),
        (lambda w, rows: np.ones((2, 2)), "flat array"),
        (lambda w, rows: [], "flat array"),
        (lambda w, rows: np.ones(2 if w.sum() > 500 else 3), "another number of values"),
    ],
)
def test_functions_that_do_not_answer(function, says):
    with pytest.raises(InputError, match=says):
        built().with_replicates(function)


@pytest.mark.parametrize("function", [3, "mean", None, [len]])
def test_something_that_is_no_function(function):
    with pytest.raises(InputError, match="a function of weights and data") as caught:
        built().with_replicates(function)
    assert caught.value.where == "function"


@pytest.mark.parametrize("df", ["a", "3", "design", -1, 0, np.nan, True, [3], np.array([3, 4]), 1j])
def test_degrees_of_freedom_of_a_function_are_a_positive_number(df):
    with pytest.raises(InputError, match="degrees of freedom must be a positive number") as caught:
        built().with_replicates(lambda w, rows: w.sum(), df=df)
    assert caught.value.where == "df"


# ---- blocks of domains -------------------------------------------------------------------------------------------


def by_domain(method, *, calibrated=False):
    """Replicates of 60 units in 12 strata, 120 rows, with 9 domains of which the last lies in one unit."""
    rng = np.random.default_rng(5)
    unit = np.repeat(np.arange(60), 2)
    domain = rng.integers(0, 8, 120)
    domain[40:42] = 8
    data = pd.DataFrame({"u": unit, "s": unit // 5, "w": rng.lognormal(size=120), "d": domain, "half": unit % 2})
    data["y"], data["x"] = rng.normal(5.0, 2.0, 120), rng.uniform(1.0, 2.0, 120)
    if method == "rows":
        matrix = data["w"].to_numpy()[:, None] * rng.uniform(0.0, 2.0, (120, 30))
        return t87.ReplicateDesign(data, weights="w", replicate_weights=matrix, method="bootstrap")
    options = {"replicates": 30, "rng": 1} if method == "bootstrap" else {}
    design = t87.SurveyDesign(data, weights="w", psu="u", strata="s").to_replicates(method, **options)
    return design.post_stratify({"half": {0: 90.0, 1: 110.0}}) if calibrated else design


def set_blocks(monkeypatch, numbers):
    monkeypatch.setattr("target87.survey.replicate_factors._DENSE", numbers)
    monkeypatch.setattr("target87.survey.replicate_factors._HELD", numbers)
    monkeypatch.setattr("target87.survey.replicate_variance._HELD", numbers)


@pytest.mark.filterwarnings("ignore::target87.survey.replicate_variance.ReplicateWarning")
@pytest.mark.parametrize("covariance", [False, True])
@pytest.mark.parametrize("numbers", [1, 400])
@pytest.mark.parametrize("given_design", [("JKn", False), ("JKn", True), ("bootstrap", False), ("rows", False)])
def test_domains_in_blocks_are_the_domains_at_once(monkeypatch, given_design, numbers, covariance):
    method, calibrated = given_design
    design = by_domain(method, calibrated=calibrated)
    asked = [
        lambda: design.mean(["y", "x"], by="d", covariance=covariance),
        lambda: design.total("y", by="d", covariance=covariance),
        lambda: design.ratio("y", "x", by="d", covariance=covariance),
        lambda: design.variance("y", by="d", covariance=covariance),
    ]
    together = [ask() for ask in asked]
    set_blocks(monkeypatch, numbers)
    for whole, ask in zip(together, asked, strict=True):
        blocks = ask()
        pd.testing.assert_frame_equal(blocks.to_dataframe(), whole.to_dataframe(), rtol=1e-11)
        if covariance:
            pd.testing.assert_frame_equal(blocks.covariance(), whole.covariance(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("numbers", [1, 1 << 22])
def test_jackknife_by_domain_is_the_formula_over_written_weights(monkeypatch, numbers):
    set_blocks(monkeypatch, numbers)
    design = by_domain("JKn")
    data, matrix = design._rows.native, design.replicate_weights()
    inside = np.array([(data["d"] == d).to_numpy() for d in range(9)])
    values = np.array([[column[k] @ data["y"][k] for k in inside] for column in matrix.T])
    point = np.array([data["w"][k] @ data["y"][k] for k in inside])
    expected = written_out(values, point, design.scale, design.rscales, design.mse)
    estimates = design.total("y", by="d")
    np.testing.assert_allclose(estimates.covariance(), expected, rtol=1e-10, atol=1e-10 * expected.max())


@pytest.mark.parametrize("covariance", [False, True])
def test_replicates_without_a_value_are_told_once_for_all_blocks(monkeypatch, covariance):
    set_blocks(monkeypatch, 1)
    with pytest.warns(ReplicateWarning, match="1 of 60 replicates give no value in 1 of 9 cells") as caught:
        by_domain("JKn").mean("y", by="d", covariance=covariance)
    assert len(caught) == 1


def test_totals_of_many_domains_never_write_the_jackknife_out(monkeypatch):
    set_blocks(monkeypatch, 1)
    monkeypatch.setattr("target87.survey.replicate_factors.Jackknife.block", None)
    assert by_domain("JKn").total("y", by="d", df=48.0).to_dataframe()["se"].notna().all()


# ---- the formula itself ------------------------------------------------------------------------------------------


@given(
    replicates=st.integers(2, 8),
    cells=st.integers(1, 4),
    mse=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_missing_replicates_leave_a_covariance_that_agrees_with_its_variances(replicates, cells, mse, seed):
    rng = np.random.default_rng(seed)
    values, point = rng.normal(size=(replicates, cells)), rng.normal(size=cells)
    values[rng.random(values.shape) < 0.2] = np.nan
    scaling = Scaling(0.5, rng.uniform(size=replicates), mse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scaling, "_tell", lambda self, missing: None)
        covariance, variance = scaling.covariance(point, values), scaling.variance(point, values)
    np.testing.assert_allclose(np.diag(covariance), variance, rtol=1e-12)
    for k in range(cells):
        kept = ~np.isnan(values[:, k])
        if kept.any():
            own = written_out(values[kept][:, [k]], point[[k]], 0.5, scaling.rscales[kept], mse)
            assert variance[k] == pytest.approx(own.item(), rel=1e-10)
        else:
            assert np.isnan(variance[k])
    defined = covariance[np.ix_(~np.isnan(variance), ~np.isnan(variance))]
    assert not defined.size or np.linalg.eigvalsh(defined).min() > -1e-12
