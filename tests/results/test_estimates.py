"""``Estimates``: what it holds, refuses, shows, gives back and writes."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import target87
from target87.errors import DataError, InputError, OutputError, UnknownNameError
from target87.results.estimates import SCHEMA_VERSION, Estimates
from target87.results.publication_rule import PublicationRule

COLUMNS = ["estimate", "se", "cv", "ci_lower", "ci_upper", "df", "n", "n_effective", "deff", "quality"]
VARIANCE = np.array([[4.0, 1.0, 0.5], [1.0, 9.0, -2.0], [0.5, -2.0, 16.0]]) * 1e-4
CELLS = pd.DataFrame({"sex": ["boys", "girls", "girls"], "year": [2019, 2019, 2022], "variable": "works"})


def made(cells: pd.DataFrame = CELLS, **changes: object) -> Estimates:
    estimate, size = np.array([0.1, 0.2, 0.3, 0.4])[: len(cells)], len(cells)
    variance = np.diag(VARIANCE)[:size] if size <= 3 else np.full(size, 1e-4)
    given = {
        "estimate": estimate,
        "variance": variance,
        "covariance": VARIANCE[:size, :size] if size <= 3 else None,
        "lower": estimate - 0.05,
        "upper": estimate + 0.05,
        "df": 20,
        "n": np.full(size, 500),
        "n_effective": 400.0,
        "deff": 1.25,
        "domain_columns": [name for name in cells.columns if name not in ("variable", "category", "quantile")],
        "interval": "logit",
        "level": 0.95,
        "estimand": "proportion",
        "unit": "proportion",
        "attributes": {"survey": "S1", "source": "a test", "history": ["weights as given"]},
    }
    return Estimates.build(cells, **(given | changes))


@pytest.fixture
def estimates() -> Estimates:
    return made()


def test_the_table_has_the_columns_promised(estimates):
    frame = estimates.to_dataframe()
    assert list(frame.columns) == ["sex", "year", "variable", *COLUMNS]
    np.testing.assert_allclose(frame["se"], [0.02, 0.03, 0.04], rtol=1e-15)
    np.testing.assert_allclose(frame["cv"], [0.2, 0.15, 0.4 / 3], rtol=1e-14)
    assert frame["df"].tolist() == [20.0] * 3
    assert frame["year"].dtype == np.int64
    assert frame.attrs["source"] == "a test"


@pytest.mark.parametrize("extra", [{"category": ["a", "b", "c"]}, {"quantile": [0.1, 0.5, 0.9]}])
def test_category_and_quantile_are_there_where_needed(extra):
    cells = pd.DataFrame({"variable": ["y"] * 3, **extra})
    (name,) = extra
    assert list(made(cells).to_dataframe().columns) == ["variable", name, *COLUMNS]
    assert made(cells).names == list(map(str, extra[name]))


def test_cv_is_positive_and_missing_at_nought():
    frame = made(estimate=np.array([-0.1, 0.0, 0.3]), estimand="mean").to_dataframe()
    np.testing.assert_allclose(frame["cv"], [0.2, np.nan, 0.4 / 3])


def test_covariance_is_labelled_on_both_sides(estimates):
    covariance = estimates.covariance()
    assert covariance.index.names == covariance.columns.names == ["sex", "year", "variable"]
    np.testing.assert_array_equal(covariance.to_numpy(), VARIANCE)
    assert covariance.loc[("boys", 2019, "works"), ("girls", 2022, "works")] == VARIANCE[0, 2]
    single = made(pd.DataFrame({"variable": ["a", "b", "c"]})).covariance()
    assert single.index.name == "variable"
    assert single.loc["a", "c"] == VARIANCE[0, 2]


def test_correlation_is_that_of_the_covariance(estimates):
    np.testing.assert_allclose(estimates.correlation(), [[1, 1 / 6, 1 / 16], [1 / 6, 1, -1 / 6], [1 / 16, -1 / 6, 1]])


def test_covariance_that_was_not_computed_is_an_error_that_says_how_to_ask():
    without = made(covariance=None)
    with pytest.raises(DataError, match="not computed") as caught:
        without.covariance()
    assert caught.value.count == 3
    assert caught.value.examples[0] == "boys:2019 and girls:2019"
    assert any("covariance=True" in remedy for remedy in caught.value.remedies)
    assert not without.has_covariance
    np.testing.assert_array_equal(np.isnan(without.covariance(unknown="missing")), ~np.eye(3, dtype=bool))
    with pytest.raises(InputError, match="unknown must be"):
        without.covariance(unknown="zero")


def test_one_cell_needs_no_covariance():
    one = made(CELLS[:1], covariance=None)
    assert one.has_covariance
    np.testing.assert_allclose(one.covariance(), [[4e-4]])


def test_missing_cells_do_not_make_the_covariance_unknown():
    gaps = VARIANCE.copy()
    gaps[2, :] = gaps[:, 2] = np.nan
    known = {"estimate": [0.1, 0.2, np.nan], "variance": [4e-4, 9e-4, np.nan], "n": [500, 500, 0]}
    empty = made(**known, covariance=gaps, lower=np.nan, upper=np.nan)
    assert empty.has_covariance
    np.testing.assert_array_equal(empty.covariance(), gaps)
    assert empty.to_dataframe()["quality"].tolist()[2] == "missing"


def test_it_is_frozen_and_shares_no_memory():
    mine = VARIANCE.copy()
    estimate = np.array([0.1, 0.2, 0.3])
    attributes = {"survey": "S1", "history": ["one"]}
    own = made(covariance=mine, estimate=estimate, attributes=attributes)
    mine[:], estimate[:] = 0.0, 0.0
    attributes["history"].append("two")
    np.testing.assert_array_equal(own.covariance(), VARIANCE)
    assert own.to_dataframe()["estimate"].tolist() == [0.1, 0.2, 0.3]
    assert own.attributes["history"] == ["one"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        own.data = own.data
    with pytest.raises(ValueError, match="read-only"):
        own.data["estimate"].values[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        own.data["covariance"].values[0, 0] = 1.0
    given = own.attributes
    given["history"].append("three")
    frame = own.to_dataframe()
    frame.loc[0, "estimate"] = 9.0
    covariance = own.covariance()
    covariance.iloc[0, 0] = 9.0
    assert own.attributes["history"] == ["one"]
    assert own.to_dataframe()["estimate"][0] == 0.1
    assert own.covariance().iloc[0, 0] == VARIANCE[0, 0]


def test_labels_keep_their_kind():
    kinds = pd.DataFrame(
        {
            "text": pd.Categorical(["a", "b", "a"], categories=["b", "a", "unused"]),
            "truth": [True, False, True],
            "number": [1.5, 2.5, 3.5],
            "mixed": ["1", 2, 3.0],
            "variable": "y",
        }
    )
    data = made(kinds).data
    assert [data[name].dtype.kind for name in ("text", "truth", "number", "mixed")] == ["U", "b", "f", "U"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"variance": [-1e-4, 1e-4, 1e-4]}, "variance"),
        ({"covariance": np.eye(2)}, "covariance"),
        ({"n": [1.0, 2.0]}, "n"),
        ({"lower": [0.3, 0.1, 0.1], "upper": [0.2, 0.3, 0.4]}, "ci_lower, ci_upper"),
        ({"estimate": [np.inf, 0.1, 0.1]}, "estimate"),
        ({"domain_columns": ["sex", "region"]}, "region"),
    ],
)
def test_impossible_parts_are_refused(changes, where):
    with pytest.raises(DataError) as caught:
        made(**changes)
    assert caught.value.where == where


def test_columns_cannot_take_the_names_of_the_table():
    with pytest.raises(DataError, match="names that the table") as caught:
        made(CELLS.rename(columns={"sex": "survey"}), domain_columns=["survey", "year"])
    assert caught.value.where == "survey"


def test_a_cell_cannot_occur_twice():
    with pytest.raises(DataError, match="more than once") as caught:
        made(CELLS.assign(year=2019))
    assert (caught.value.where, caught.value.count, caught.value.examples) == (
        "sex, year, variable",
        1,
        ("girls:2019:S1",),
    )


def test_missing_labels_are_refused():
    with pytest.raises(DataError, match="labels are missing") as caught:
        made(CELLS.assign(sex=["boys", None, "girls"]))
    assert (caught.value.where, caught.value.examples) == ("column sex", (1,))


def test_no_cells_are_refused():
    with pytest.raises(DataError, match="no estimates"):
        made(CELLS[:0], covariance=None)


def test_attributes_must_be_plain():
    with pytest.raises(InputError, match="plain data") as caught:
        made(attributes={"good": 1, "bad": object()})
    assert caught.value.where == "bad"


def test_a_data_set_without_its_parts_is_refused(estimates):
    with pytest.raises(DataError, match="lack parts") as caught:
        Estimates(estimates.data.drop_vars(["se", "survey"]))
    assert caught.value.where == "se, survey"


# quality


def test_quality_follows_the_default_rule_of_the_estimand():
    share = made(lower=0.0, upper=0.9, n=29)
    assert set(share.to_dataframe()["quality"]) == {"unreliable"}
    assert share.attributes["rule"]["name"] == "NCHS standards for proportions"
    assert share.quality_reasons()["reason"].str.contains("n below 30").all()
    total = made(estimand="total", unit="persons")
    assert total.to_dataframe()["quality"].tolist() == ["caution", "reliable", "reliable"]
    assert total.attributes["rule"]["unreliable_cv"] == 0.333
    assert total.quality_reasons().columns.tolist() == ["sex", "year", "variable", "quality", "reason"]
    assert total.quality_reasons()["reason"].tolist() == ["CV of 0.166 or more", "", ""]


def test_the_number_is_never_hidden():
    frame = made(n=3, n_effective=2.0).to_dataframe()
    assert set(frame["quality"]) == {"unreliable"}
    assert np.isfinite(frame[["estimate", "se", "ci_lower", "ci_upper"]]).all().all()


def test_a_rate_per_thousand_is_judged_as_the_proportion_it_is(estimates):
    thousand = made(
        estimate=1000 * np.array([0.1, 0.2, 0.3]),
        variance=1e6 * np.diag(VARIANCE),
        covariance=1e6 * VARIANCE,
        lower=0.0,
        upper=900.0,
        estimand="rate_per_thousand",
        unit="per thousand",
    )
    assert thousand.quality_reasons()["reason"].tolist() == estimates.quality_reasons()["reason"].tolist()


def test_the_rule_can_be_changed_or_left_out(estimates):
    strict = estimates.with_rule(PublicationRule.nchs_proportions().changed(minimum_n=501))
    assert set(strict.to_dataframe()["quality"]) == {"unreliable"}
    assert strict.attributes["rule"]["minimum_n"] == 501
    none = made(rule=None)
    assert none.quality_reasons()["reason"].tolist() == ["no publication rule"] * 3
    assert none.attributes["rule"] is None
    again = none.with_rule()
    pd.testing.assert_frame_equal(again.quality_reasons(), estimates.quality_reasons())
    assert again.with_rule(None).to_dataframe()["quality"].tolist() == ["unassessed"] * 3
    assert none.with_rule("nchs_proportions").attributes["rule"] == again.attributes["rule"]
    with pytest.raises(UnknownNameError, match="nchs_proportions, statistics_canada_cv"):
        none.with_rule("nchs")
    with pytest.raises(UnknownNameError, match="publication rule"):
        made(rule="cv")


# choosing cells


def test_select_by_labels(estimates):
    girls = estimates.select(sex="girls")
    assert girls.names == ["2019", "2022"]
    np.testing.assert_array_equal(girls.covariance(), VARIANCE[1:, 1:])
    assert estimates.select(sex=["boys", "girls"], year=2019).names == ["boys", "girls"]
    assert len(estimates.select(survey="S1", variable="works")) == 3


def test_select_refuses_what_is_not_there(estimates):
    with pytest.raises(UnknownNameError, match="did you mean 'sex'"):
        estimates.select(sexe="girls")
    with pytest.raises(UnknownNameError, match="did you mean 'girls'"):
        estimates.select(sex="girl")
    with pytest.raises(InputError, match="no cell has all"):
        estimates.select(sex="boys", year=2022)


@pytest.mark.parametrize(
    ("key", "places"),
    [
        (0, [0]),
        (-1, [2]),
        (slice(1, None), [1, 2]),
        ([2, 0], [2, 0]),
        ("girls:2022", [2]),
        (("girls", 2019, "works"), [1]),
        (["girls:2022", "boys:2019"], [2, 0]),
        (np.array([True, False, True]), [0, 2]),
    ],
)
def test_cells_by_key(estimates, key, places):
    taken = estimates[key]
    assert taken.to_dataframe()["estimate"].tolist() == [estimates.to_dataframe()["estimate"][one] for one in places]
    np.testing.assert_array_equal(taken.covariance(), VARIANCE[np.ix_(places, places)])


def test_cells_that_are_not_there(estimates):
    with pytest.raises(InputError, match="no cell of this number"):
        estimates[3]
    with pytest.raises(UnknownNameError, match="did you mean 'girls:2022'"):
        estimates["girls:2021"]
    with pytest.raises(UnknownNameError, match="cell of these estimates"):
        estimates[("girls", 2023, "works")]
    with pytest.raises(DataError, match="more than once"):
        estimates[[0, 0]]


def test_iteration_gives_one_cell_each(estimates):
    assert [len(one) for one in estimates] == [1, 1, 1]
    assert [one.names for one in estimates] == [["boys:2019"], ["girls:2019"], ["girls:2022"]]


# intervals


@pytest.mark.parametrize(("method", "df"), [("t", None), ("t", 5.0), ("t", np.inf), ("normal", None)])
def test_intervals_made_anew(estimates, method, df):
    again = estimates.confint(0.9, df=df, method=method).to_dataframe()
    point = stats.norm.ppf(0.95) if method == "normal" or df == np.inf else stats.t.ppf(0.95, df or 20)
    se = np.sqrt(np.diag(VARIANCE))
    np.testing.assert_allclose(again["ci_lower"], [0.1, 0.2, 0.3] - point * se, rtol=1e-12)
    np.testing.assert_allclose(again["ci_upper"], [0.1, 0.2, 0.3] + point * se, rtol=1e-12)
    assert (again.attrs["level"], again.attrs["interval"]) == (0.9, method)
    assert estimates.attributes["interval"] == "logit"


@pytest.mark.parametrize(
    ("options", "where"),
    [({"level": 95}, "level"), ({"method": "z"}, "method"), ({"df": 0}, "df"), ({"df": np.nan}, "df")],
)
def test_impossible_intervals(estimates, options, where):
    with pytest.raises(InputError) as caught:
        estimates.confint(**options)
    assert caught.value.where == where


# showing


def test_repr_says_what_it_is(estimates):
    assert repr(estimates) == (
        "<Estimates of proportion: 3 cells by sex, year; 95 % intervals (logit); covariance known; a test>"
    )
    assert "1 cell;" in repr(made(pd.DataFrame({"variable": ["y"]}), covariance=None))
    assert "covariance not known" in repr(made(covariance=None))


def test_notebooks_show_the_table(estimates):
    shown = made(attributes={"source": "<b>bold</b>"})._repr_html_()
    assert "&lt;b&gt;bold" in shown
    assert "<b>" not in shown
    assert shown.count("<tr") == 4
    assert "girls" in estimates._repr_html_()


def test_identity_is_the_only_equality(estimates):
    assert estimates != made()
    assert len({estimates, made()}) == 2


def test_it_is_public():
    assert target87.Estimates is Estimates
    assert target87.PublicationRule is PublicationRule
    assert target87.results.Estimates is Estimates


# files


def same(one: Estimates, other: Estimates) -> None:
    xr.testing.assert_identical(one.data, other.data)
    for name in one.data.variables:
        assert one.data[name].dtype == other.data[name].dtype


labels = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=0, max_size=6)
numbers = st.one_of(st.just(np.nan), st.floats(0.0, 1e300))


@settings(max_examples=25)  # each writes a file
@given(st.data())
def test_files_round_trip_exactly(tmp_path_factory, data):
    size = data.draw(st.integers(1, 4))
    column = st.lists(numbers, min_size=size, max_size=size)
    cells = pd.DataFrame(
        {
            "region": pd.Series(data.draw(st.lists(labels, min_size=size, max_size=size, unique=True)), dtype=object),
            "old": data.draw(st.lists(st.booleans(), min_size=size, max_size=size)),
            "variable": "y",
        }
    )
    estimate = np.array(data.draw(column))
    variance = np.array(data.draw(column))
    covariance = np.outer(np.sqrt(variance), np.sqrt(variance)) if data.draw(st.booleans()) else None
    one = made(
        cells,
        estimate=estimate,
        variance=variance,
        covariance=covariance,
        lower=np.nan,
        upper=np.nan,
        df=np.inf,
        n=np.array(data.draw(column)),
        estimand="mean",
        attributes={"survey": data.draw(labels), "nested": {"a": [1, 2.5, None, data.draw(labels)]}},
    )
    path = tmp_path_factory.mktemp("estimates") / "a.nc"
    one.to_netcdf(path)
    same(one, Estimates.from_netcdf(path))


def test_files_keep_the_rule_and_the_history(estimates, tmp_path):
    estimates.to_netcdf(tmp_path / "a.nc")
    again = Estimates.from_netcdf(tmp_path / "a.nc")
    same(estimates, again)
    assert PublicationRule(**again.attributes["rule"]) == PublicationRule.nchs_proportions()
    assert again.attributes["history"] == ["weights as given"]
    assert again.attributes["target87_version"] == target87.__version__
    again.to_netcdf(tmp_path / "a.nc")
    same(estimates, Estimates.from_netcdf(tmp_path / "a.nc"))


def test_other_files_are_refused(estimates, tmp_path):
    path = tmp_path / "a.nc"
    xr.Dataset({"x": 1}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match="does not hold estimates"):
        Estimates.from_netcdf(path)
    later = {"attributes": json.dumps({}), "schema_version": SCHEMA_VERSION + 1}
    estimates.data.drop_attrs().assign_attrs(later).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match=f"schema_version {SCHEMA_VERSION + 1}"):
        Estimates.from_netcdf(path)


def test_files_appear_whole_or_not_at_all(estimates, tmp_path, monkeypatch):
    with pytest.raises(OutputError):
        estimates.to_netcdf(tmp_path / "nowhere" / "a.nc")
    with pytest.raises(OutputError):
        estimates.to_csv(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(InputError, match="slash") as caught:
        made(CELLS.rename(columns={"sex": "boys/girls"})).to_netcdf(tmp_path / "a.nc")
    assert caught.value.where == "boys/girls"
    assert list(tmp_path.iterdir()) == []


def test_csv_reads_back_as_the_table(estimates, tmp_path):
    estimates.to_csv(tmp_path / "a.csv")
    frame = estimates.to_dataframe()
    frame.attrs = {}
    read = pd.read_csv(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(read, frame, check_exact=True, check_dtype=False)
