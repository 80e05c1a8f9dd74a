"""Published tables: standard errors from intervals and the other way by quantiles of SciPy, and every fault named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit

from target87.errors import DataError, InputError, UnknownNameError
from target87.results.estimates import Estimates

TABLE = pd.DataFrame(
    {
        "area": ["AAA", "BBB", "CCC"],
        "percent": [10.0, 20.0, 4.0],
        "se": [1.0, 2.0, 0.5],
        "variance": [1.0, 4.0, 0.25],
        "cv": [0.1, 0.1, 0.125],
        "low": [8.0, 16.5, 3.0],
        "high": [12.0, 24.0, 5.2],
        "n": [900, 400, 1500],
        "survey": ["MICS", "SIMPOC", "MICS"],
    }
)


def read(frame: pd.DataFrame = TABLE, **changes: object) -> Estimates:
    given = {"estimate": "percent", "by": ["area"], "unit": "percent", "source": "a yearbook"}
    if not {"se", "variance", "cv", "lower", "upper", "unstated"} & changes.keys():
        given["se"] = "se"
    return Estimates.from_dataframe(frame, **(given | changes))


def columns(estimates: Estimates, *names: str) -> np.ndarray:
    return estimates.to_dataframe()[list(names)].to_numpy().T


@pytest.mark.parametrize("kind", ["se", "variance", "cv"])
def test_kinds_of_precision_agree(kind):
    found = read(**{kind: kind})
    np.testing.assert_allclose(columns(found, "estimate", "se"), [[0.1, 0.2, 0.04], [0.01, 0.02, 0.005]], rtol=1e-14)
    point = stats.norm.ppf(0.975)
    np.testing.assert_allclose(
        columns(found, "ci_lower")[0], [0.1 - point * 0.01, 0.2 - point * 0.02, 0.04 - point * 0.005]
    )
    assert any(("published" in line) for line in found.attributes["history"])


def test_what_is_said_of_how_one_came_from_the_other():
    assert read(cv="cv").attributes["history"] == [
        "read from a published table",
        "values divided by 100, as their unit is percent",
        "standard error = published coefficient of variation x estimate",
        "limits = estimate -/+ quantile x standard error, 95 %, on the identity scale",
    ]
    assert read(lower="low", upper="high", level=0.9).attributes["history"][2:] == [
        "standard error = (upper - lower) / (2 x quantile), from 90 % limits as published, taken as symmetric on the "
        "identity scale, quantile 1.64485 (normal)",
        "estimates lie up to 9 % of half a width off the middle of their interval on the identity scale",
    ]
    both = read(se="se", lower="low", upper="high")
    assert both.attributes["history"][2:] == ["standard errors as published", "95 % limits as published"]
    np.testing.assert_allclose(columns(both, "se", "ci_lower"), [[0.01, 0.02, 0.005], [0.08, 0.165, 0.03]])


@pytest.mark.parametrize("scale", ["identity", "logit", "log"])
@pytest.mark.parametrize("df", [None, 12.0])
@settings(max_examples=40)  # each makes several sets of estimates
@given(p=st.floats(0.02, 0.95), relative=st.floats(0.01, 0.3), level=st.floats(0.5, 0.99))
def test_limits_and_standard_errors_are_each_others_inverse(scale, df, p, relative, level):
    to, back, slope = {
        "identity": (lambda x: x, lambda x: x, 1.0),
        "logit": (logit, expit, 1 / (p * (1 - p))),
        "log": (np.log, np.exp, 1 / p),
    }[scale]
    se = relative * p * (1 - p)
    point = stats.norm.ppf(0.5 + level / 2) if df is None else stats.t.ppf(0.5 + level / 2, df)
    table = pd.DataFrame({"p": [p], "se": [se]})
    options = {"estimate": "p", "scale": scale, "level": level, "df": df, "unit": "share"}
    made = Estimates.from_dataframe(table, se="se", **options)
    low, high = columns(made, "ci_lower", "ci_upper")[:, 0]
    np.testing.assert_allclose([low, high], back(to(p) + np.array([-1, 1]) * point * se * slope), rtol=1e-9)
    again = Estimates.from_dataframe(table.assign(low=low, high=high), lower="low", upper="high", **options)
    np.testing.assert_allclose(columns(again, "se")[0, 0], se, rtol=1e-7)


@pytest.mark.parametrize(("unit", "per"), [("proportion", 1), ("percent", 100), ("per thousand", 1000)])
def test_proportions_are_held_as_proportions(unit, per):
    frame = TABLE.assign(percent=TABLE["percent"] / 100 * per, se=TABLE["se"] / 100 * per)
    found = read(frame, unit=unit, n="n", df=30)
    np.testing.assert_allclose(columns(found, "estimate", "se"), [[0.1, 0.2, 0.04], [0.01, 0.02, 0.005]], rtol=1e-14)
    assert (found.attributes["unit"], found.attributes["estimand"]) == ("proportion", "proportion")
    assert found.to_dataframe()["quality"].tolist() == ["reliable"] * 3
    assert columns(found, "n").tolist() == [[900, 400, 1500]]


def test_other_units_stay_as_they_are():
    found = read(unit="children", estimand="total")
    assert columns(found, "estimate")[0].tolist() == [10.0, 20.0, 4.0]
    assert (found.attributes["unit"], found.attributes["estimand"]) == ("children", "total")
    assert read(unit="children").attributes["estimand"] == "estimate"


def test_small_percentages_are_taken_at_their_word():
    forced = pd.DataFrame({"rate": [0.35], "se": [0.05]})
    for unit, proportion in (("percent", 0.0035), ("proportion", 0.35)):
        found = Estimates.from_dataframe(forced, estimate="rate", se="se", unit=unit)
        assert found.data["estimate"].item() == pytest.approx(proportion, rel=1e-14)


def test_variable_is_a_column_or_a_name():
    assert set(read().data["variable"].values) == {"percent"}
    assert set(read(variable="child labour").data["variable"].values) == {"child labour"}
    assert read(variable="survey").data["variable"].values.tolist() == ["MICS", "SIMPOC", "MICS"]


def test_surveys_say_between_which_rows_covariance_can_exist():
    assert set(read().data["survey"].values) == {"a yearbook"}
    assert set(read(survey="DHS 2019").data["survey"].values) == {"DHS 2019"}
    some = read(survey="survey")
    assert some.data["survey"].values.tolist() == ["MICS", "SIMPOC", "MICS"]
    with pytest.raises(DataError, match="not computed") as caught:
        some.covariance()
    assert caught.value.examples == ("AAA and CCC",)
    apart = read(survey="area")
    np.testing.assert_allclose(apart.covariance(), np.diag([1e-4, 4e-4, 0.25e-4]))
    assert "covariance" not in apart.data, "surveys alone say it"
    assert apart.has_covariance


def test_covariance_in_the_unit_of_the_table():
    matrix = np.array([[1.0, 0.4, 0.1], [0.4, 4.0, 0.2], [0.1, 0.2, 0.25]])
    for given_ in (matrix, pd.DataFrame(matrix), matrix.tolist()):
        np.testing.assert_allclose(read(covariance=given_).covariance(), matrix / 1e4, rtol=1e-14)
    np.testing.assert_allclose(read(covariance="independent").covariance(), np.diag(np.diag(matrix)) / 1e4)


def test_estimates_without_standard_errors_only_if_asked_for():
    gaps = TABLE.assign(se=[1.0, np.nan, 0.5])
    with pytest.raises(DataError, match="values are missing") as caught:
        read(gaps)
    assert caught.value.examples == ("row 1 (BBB, nan)",)
    assert caught.value.remedies == ("unstated=True keeps rows without one",)
    kept = read(gaps, unstated=True, se="se", survey="area")
    np.testing.assert_allclose(columns(kept, "se", "ci_lower")[:, 1], np.nan)
    assert kept.to_dataframe()["quality"].tolist()[1] == "unassessed"
    assert np.isfinite(kept.contrast({"AAA - CCC": {"AAA": 1, "CCC": -1}}).data["se"].item())
    none = read(unstated=True)
    assert none.to_dataframe()["se"].isna().all()
    assert "no standard errors published" in none.attributes["history"]
    with pytest.raises(InputError, match="one column of their precision"):
        Estimates.from_dataframe(TABLE, estimate="percent", unit="percent")


@pytest.mark.parametrize(
    ("frame", "changes", "what", "where"),
    [
        (TABLE.assign(percent=[10, np.nan, 4]), {}, "values are missing", "column percent"),
        (TABLE.assign(percent=["10", "many", "4"]), {}, "values are no numbers", "column percent"),
        (TABLE.assign(percent=[10, np.inf, 4]), {}, "not finite", "column percent"),
        (TABLE.assign(se=[1, -2, 0.5]), {}, "negative standard errors", "column se"),
        (TABLE.assign(variance=[1, -2, 0.5]), {"variance": "variance"}, "negative variance", "column variance"),
        (TABLE.assign(cv=[0.1, -0.1, 0.1]), {"cv": "cv"}, "negative cv", "column cv"),
        (TABLE.assign(cv=[10.0, 10.0, 12.5]), {"cv": "cv"}, "200 % or more", "column cv"),
        (TABLE.assign(low=[8, 25, 3]), {"lower": "low", "upper": "high"}, "above upper", "column low, high"),
        (TABLE.assign(low=[8, 21, 3]), {"lower": "low", "upper": "high"}, "outside their interval", "column low, high"),
        (TABLE.assign(high=[12, np.nan, 5]), {"lower": "low", "upper": "high"}, "missing", "column high"),
        (TABLE, {"unit": "proportion"}, "too large for the unit 'proportion'", "column percent"),
        (TABLE.assign(percent=[10, 101, 4]), {}, "too large for the unit 'percent'", "column percent"),
        (TABLE.assign(percent=[10, -1, 4]), {}, "below nought", "column percent"),
        (TABLE.assign(area=["AAA", None, "CCC"]), {}, "labels are missing", "column area"),
        (TABLE.assign(area="AAA"), {}, "more than once", "area, variable"),
        (TABLE.iloc[:0], {}, "no rows", None),
        (pd.concat([TABLE, TABLE["se"]], axis=1), {}, "one name more than once", "se"),
        (TABLE, {"covariance": np.eye(2)}, "a row and a column", "covariance"),
        (TABLE, {"covariance": [[1, 0.1, 0], [0.2, 4, 0], [0, 0, 0.25]]}, "not symmetric", "covariance"),
        (TABLE, {"covariance": np.eye(3)}, "diagonal of the covariance differs", "covariance"),
        (TABLE.assign(percent=[10, 0, 4]), {"scale": "logit"}, "not on the logit scale", "scale"),
        (TABLE.assign(low=[8, 0, 3]), {"scale": "log", "lower": "low", "upper": "high"}, "log scale", "scale"),
    ],
)
def test_faults_of_a_table_are_named(frame, changes, what, where):
    with pytest.raises(DataError) as caught:
        read(frame, **changes)
    assert what in str(caught.value)
    assert caught.value.where == where


def test_a_fault_shows_its_rows():
    with pytest.raises(DataError) as caught:
        read(TABLE.assign(se=[-1, 2, -0.5]).set_index(pd.Index([7, 8, 9])))
    assert (caught.value.count, caught.value.examples) == (2, ("row 7 (AAA, -1.0)", "row 9 (CCC, -0.5)"))


def test_percentages_are_told_from_proportions_by_what_is_said():
    with pytest.raises(DataError) as caught:
        read(unit="proportion")
    assert caught.value.remedies == ("say unit='percent'",)
    with pytest.raises(TypeError, match="unit"):
        Estimates.from_dataframe(TABLE, estimate="percent", se="se")


@pytest.mark.parametrize(
    "changes",
    [
        {"se": "se", "cv": "cv"},
        {"lower": "low"},
        {"upper": "high", "se": "se"},
        {"level": 95, "se": "se"},
        {"level": 0, "se": "se"},
        {"scale": "probit", "se": "se"},
        {"covariance": "none", "se": "se"},
    ],
)
def test_arguments_that_are_not_possible(changes):
    with pytest.raises(InputError):
        read(**changes)


def test_a_level_in_per_cent_is_put_right():
    with pytest.raises(InputError) as caught:
        read(level=95)
    assert caught.value.remedies == ("level=0.95",)


@pytest.mark.parametrize("changes", [{"estimate": "percents"}, {"se": "ses"}, {"by": ["areas"]}, {"n": "nn"}])
def test_unknown_columns_with_the_nearest(changes):
    with pytest.raises(UnknownNameError, match="did you mean"):
        read(**changes)


def test_the_table_is_not_touched():
    before = TABLE.copy(deep=True)
    found = read(lower="low", upper="high")
    assert len(found) == 3
    pd.testing.assert_frame_equal(TABLE, before)
