"""Identities that hold for every estimand on every design, whatever the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from target87.survey.design import SurveyDesign

FEW = settings(max_examples=20)
"""Each example fits several designs: twenty cover what matters in the time a suite has."""

ESTIMANDS = {
    "mean": lambda design, **keywords: design.mean(["y", "x"], **keywords),
    "total": lambda design, **keywords: design.total(["y", "x"], **keywords),
    "proportion": lambda design, **keywords: design.proportion("flag", **keywords),
    "categories": lambda design, **keywords: design.proportion("kind", **keywords),
    "ratio": lambda design, **keywords: design.ratio("y", "x", **keywords),
    "rate": lambda design, **keywords: design.rate_per_thousand("flag", **keywords),
    "variance": lambda design, **keywords: design.variance(["y", "x"], **keywords),
    "median": lambda design, **keywords: design.quantile("y", 0.5, **keywords),
}
WITH_COVARIANCE = [name for name in ESTIMANDS if name != "median"]


@st.composite
def samples(draw):
    """A sample of two strata or more, two units or more in each, of unequal sizes."""
    units = draw(st.lists(st.integers(2, 4), min_size=2, max_size=3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    stratum = np.repeat(np.arange(len(units)), units)
    sizes = rng.integers(1, 6, stratum.size)
    rows = np.repeat(np.arange(stratum.size), sizes)
    n = rows.size
    return pd.DataFrame(
        {
            "stratum": stratum[rows],
            "psu": rows,
            "w": rng.uniform(1.0, 9.0, n),
            "y": rng.normal(50.0, 9.0, n),
            "x": rng.gamma(3.0, 2.0, n) + 0.5,
            "flag": rng.random(n) < 0.4,
            "kind": np.array(["a", "b", "c"])[rng.integers(0, 3, n)],
            "by": np.array(["north", "south"])[rng.integers(0, 2, n)],
        }
    )


def design(data, **changes):
    return SurveyDesign(data, **({"strata": "stratum", "psu": "psu", "weights": "w"} | changes))


def numbers(estimates):
    return estimates.to_dataframe()[["estimate", "se", "ci_lower", "ci_upper"]].to_numpy(dtype=float)


def same(first, second, rtol=1e-9):
    np.testing.assert_allclose(numbers(first), numbers(second), rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("name", ESTIMANDS)
@FEW
@given(data=samples(), seed=st.integers(0, 1000))
def test_order_of_rows_does_not_matter(name, data, seed):
    shuffled = data.sample(frac=1.0, random_state=seed)
    same(ESTIMANDS[name](design(data), by="by"), ESTIMANDS[name](design(shuffled), by="by"))


@pytest.mark.parametrize("name", ESTIMANDS)
@FEW
@given(data=samples())
def test_labels_of_strata_and_units_do_not_matter(name, data):
    renamed = data.assign(stratum="s" + (9 - data["stratum"]).astype(str), psu=(1000 - data["psu"]) * 7)
    same(ESTIMANDS[name](design(data)), ESTIMANDS[name](design(renamed)))


@pytest.mark.parametrize("name", ["mean", "total", "proportion", "categories", "ratio", "rate"])
@FEW
@given(data=samples(), share=st.floats(0.1, 0.9))
def test_a_row_split_in_two_of_the_same_unit_changes_nothing(name, data, share):
    first = data.iloc[[0]]
    parts = [first.assign(w=first["w"] * share), first.assign(w=first["w"] * (1.0 - share)), data.iloc[1:]]
    whole, split = (numbers(ESTIMANDS[name](design(one)))[:, :2] for one in (data, pd.concat(parts)))
    np.testing.assert_allclose(whole, split, rtol=1e-9, atol=1e-9)  # limits may hang on the number of rows


@pytest.mark.parametrize("name", ["mean", "proportion", "categories", "ratio", "rate", "variance", "median"])
@FEW
@given(data=samples(), times=st.floats(0.01, 100.0))
def test_weights_scaled_by_a_constant_change_no_ratio(name, data, times):
    same(ESTIMANDS[name](design(data)), ESTIMANDS[name](design(data.assign(w=data["w"] * times))))


@pytest.mark.parametrize("name", ESTIMANDS)
@FEW
@given(data=samples())
def test_a_domain_that_is_everything_is_the_whole(name, data):
    whole = ESTIMANDS[name](design(data))
    same(whole, ESTIMANDS[name](design(data.assign(by="all")), by="by"))
    same(whole, ESTIMANDS[name](design(data), where=np.ones(len(data), dtype=bool)))


@pytest.mark.parametrize("name", ESTIMANDS)
@FEW
@given(data=samples())
def test_a_domain_equals_its_subset(name, data):
    made = design(data)
    table = ESTIMANDS[name](made, by="by")
    for place in data["by"].unique():
        inside = (table.to_dataframe()["by"] == place).to_numpy()
        np.testing.assert_allclose(
            numbers(table)[inside],
            numbers(ESTIMANDS[name](made.subset(data["by"] == place), df=made.degrees_of_freedom())),
            rtol=1e-9,
            atol=1e-9,
        )


@FEW
@given(data=samples())
def test_covariances_of_domain_totals_sum_to_the_variance_of_the_total(data):
    made = design(data)
    whole = made.total("y").to_dataframe().iloc[0]
    parts = made.total("y", by=["by", "kind"])
    assert parts.to_dataframe()["estimate"].sum() == pytest.approx(whole["estimate"], rel=1e-10)  # empty: missing
    assert np.nansum(parts.covariance().to_numpy()) == pytest.approx(whole["se"] ** 2, rel=1e-8)


@pytest.mark.parametrize("name", WITH_COVARIANCE)
@FEW
@given(data=samples())
def test_standard_errors_are_the_diagonal_and_the_matrix_is_a_covariance(name, data):
    found = ESTIMANDS[name](design(data), by="by")
    matrix = found.covariance().to_numpy()
    alone = ESTIMANDS[name](design(data), by="by", covariance=False)
    np.testing.assert_allclose(numbers(found), numbers(alone), rtol=1e-9, atol=1e-9)
    there = ~np.isnan(np.diag(matrix))
    inside = matrix[np.ix_(there, there)]
    np.testing.assert_allclose(
        np.sqrt(np.maximum(np.diag(inside), 0.0)), numbers(found)[there, 1], rtol=1e-9, atol=1e-9
    )
    assert np.linalg.eigvalsh(inside / max(np.trace(inside), 1e-300)).min() > -1e-9


@pytest.mark.parametrize("name", WITH_COVARIANCE)
@FEW
@given(data=samples())
def test_pairs_that_occur_give_what_the_full_table_gives(name, data):
    from target87.survey import totals

    full = ESTIMANDS[name](design(data), by=["by", "kind"], covariance=False)
    before, totals._DENSE = totals._DENSE, 0
    try:
        wide = data.assign(by=data["by"] + data["psu"].astype(str))  # so many domains that most are empty
        pairs = ESTIMANDS[name](design(wide), by=["by", "kind"], covariance=False)
        joint = ESTIMANDS[name](design(wide), by=["by", "kind"], covariance=True)
        sparse = ESTIMANDS[name](design(data), by=["by", "kind"], covariance=False)
    finally:
        totals._DENSE = before
    same(full, sparse)
    same(pairs, joint)
