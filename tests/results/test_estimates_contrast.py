"""Functions of estimates: against R's ``svycontrast``, algebra, and derivatives known in closed form.

Numbers of blocks named ``a.*`` and ``b.*`` are from the golden values of R ``survey`` 4.5 (relative tolerance 1e-8, as
stated with them): means of api00 and api99 with their covariance, and what ``svycontrast`` and ``confint`` give.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from target87.errors import DataError, InputError, UnknownNameError
from target87.results.estimates import Estimates
from target87.results.estimates_contrast import jacobian

# design: (degf, estimates and covariance of a.<design>.mean_nona)
MEANS = {
    "dstrat": (
        197,
        [662.287363159321, 629.394844783961],
        [[88.5281670303046, 91.8006753459257], [91.8006753459257, 99.2802457706111]],
    ),
    "dclus1": (
        14,
        [644.169398907104, 606.978142076503],
        [[554.23709688392, 565.785631731595], [565.785631731595, 586.852606903836]],
    ),
}
# b.<design>.contrast.lin: list(avg=c(0.5,0.5), diff=c(1,-1)) -> estimate, vcov, ci_t_degf95, ci_normal95
LINEAR = {
    "dstrat": (
        [645.841103971641, 32.8925183753596],
        [[92.8524408731918, -5.37603937015326], [-5.37603937015326, 4.20706210906437]],
        [[626.838156043208, 664.844051900074], [28.8475626001906, 36.9374741505286]],
        [[626.954896623015, 664.727311320267], [28.8724119280036, 36.9126248227156]],
    ),
    "dclus1": (
        [625.573770491803, 37.1912568306011],
        [[568.165241812736, -16.307755009958], [-16.3077550099579, 9.5184403245654]],
        [[574.450169537518, 676.697371446088], [30.5741674463908, 43.8083462148114]],
        [[578.855643605408, 672.291897378199], [31.144381890266, 43.2381317709362]],
    ),
}
# b.<design>.contrast.nl: list(r=quote(api00/api99), l=quote(log(api00)-log(api99)), g=quote(exp(api00/1000)*api99))
NONLINEAR = {
    "dstrat": (
        [1.05226054621825, 0.0509407511588247, 1220.53694172526],
        [
            [1.32781692244351e-05, 1.26187086194156e-05, -0.0546809452912323],
            [1.26187086194156e-05, 1.1992000141758e-05, -0.0519652147823577],
            [-0.0546809452912322, -0.0519652147823577, 939.798012046586],
        ],
        [[1.04507444358608, 1.05944664885041], [0.0441115464927445, 0.0577699558249049]],
    ),
    "dclus1": (
        [1.0612728107529, 0.0594689526436607, 1155.93194866142],
        [
            [3.88232576498738e-05, 3.65817886376749e-05, -0.266930802707937],
            [3.65817886376751e-05, 3.44697313141593e-05, -0.251519496215651],
            [-0.266930802707937, -0.251519496215651, 5359.92953224558],
        ],
        [[1.04790900690485, 1.07463661460095], [0.0468767108443388, 0.0720611944429826]],
    ),
}
# b.dclus1.by.mean (api00 by stype, first three rows) and b.dclus1.contrast.by: list(EH=c(1,-1,0), EM=c(1,0,-1))
DOMAINS = (
    [648.868055555556, 618.571428571429, 631.44],
    [
        [500.077331534932, 521.979779636953, 646.837432379581],
        [521.979779636953, 1445.53936135153, 658.330933383657],
        [646.837432379581, 658.330933383657, 999.158291952444],
    ],
)
BETWEEN = (
    [30.296626984127, 17.4280555555555],
    [[901.657133612555, -10.4089470979445], [-10.4089470979445, 205.560758728214]],
    [[-34.1061830461813, 94.6994370144353], [-13.3225881582754, 48.1786992693863]],
)


def made(estimate: object, covariance: object, cells: pd.DataFrame | None = None, **changes: object) -> Estimates:
    estimate, covariance = np.asarray(estimate, dtype=float), np.asarray(covariance, dtype=float)
    cells = pd.DataFrame({"variable": [f"y{i}" for i in range(estimate.size)]}) if cells is None else cells
    given = {"lower": np.nan, "upper": np.nan, "df": 20, "n": 100, "n_effective": 100, "deff": 1, "interval": "t"}
    given |= {"level": 0.95, "estimand": "mean", "unit": "points", "attributes": {"survey": "S1", "history": ["first"]}}
    domains = [name for name in cells.columns if name != "variable"]
    return Estimates.build(
        cells,
        estimate=estimate,
        variance=np.diag(covariance),
        covariance=covariance,
        domain_columns=domains,
        **(given | changes),
    )


def means(design: str) -> Estimates:
    df, estimate, covariance = MEANS[design]
    return made(estimate, covariance, pd.DataFrame({"variable": ["api00", "api99"]}), df=df)


def limits(estimates: Estimates) -> np.ndarray:
    return estimates.to_dataframe()[["ci_lower", "ci_upper"]].to_numpy()


@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_linear_contrasts_are_those_of_r(design):
    estimate, covariance, t, normal = LINEAR[design]
    found = means(design).contrast({"avg": [0.5, 0.5], "diff": {"api00": 1, "api99": -1}})
    assert found.names == ["avg", "diff"]
    np.testing.assert_allclose(found.data["estimate"], estimate, rtol=1e-8)
    np.testing.assert_allclose(found.covariance(), covariance, rtol=1e-8)
    np.testing.assert_allclose(limits(found), t, rtol=1e-8)
    np.testing.assert_allclose(limits(found.confint(method="normal")), normal, rtol=1e-8)
    np.testing.assert_allclose(limits(found.confint(df=MEANS[design][0])), t, rtol=1e-8)


@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_smooth_functions_are_those_of_r(design):
    estimate, covariance, t = NONLINEAR[design]
    functions = {
        "r": lambda e: e["api00"] / e["api99"],
        "l": lambda e: np.log(e["api00"]) - np.log(e["api99"]),
        "g": lambda e: np.exp(e["api00"] / 1000) * e["api99"],
    }
    found = means(design).contrast(functions)
    np.testing.assert_allclose(found.data["estimate"], estimate, rtol=1e-8)
    np.testing.assert_allclose(found.covariance(), covariance, rtol=1e-8)
    np.testing.assert_allclose(limits(found)[:2], t, rtol=1e-8)
    together = means(design).contrast(lambda e: {name: function(e) for name, function in functions.items()})
    assert together.names == ["r", "l", "g"]
    np.testing.assert_allclose(together.covariance(), found.covariance(), rtol=1e-13)


def test_differences_between_domains_are_those_of_r():
    cells = pd.DataFrame({"stype": ["E", "H", "M"], "variable": "api00"})
    found = made(*DOMAINS, cells, df=14).contrast({"EH": {"E": 1, "H": -1}, "EM": {("E", "api00"): 1, 2: -1}})
    np.testing.assert_allclose(found.data["estimate"], BETWEEN[0], rtol=1e-8)
    np.testing.assert_allclose(found.covariance(), BETWEEN[1], rtol=1e-8)
    np.testing.assert_allclose(limits(found), BETWEEN[2], rtol=1e-8)


positive = st.floats(0.1, 50.0)


@st.composite
def pairs(draw) -> tuple[np.ndarray, np.ndarray]:
    """Two positive estimates and a covariance."""
    root = draw(arrays(float, (2, 2), elements=st.floats(-2.0, 2.0)))
    return np.array([draw(positive), draw(positive)]), root @ root.T + 0.01 * np.eye(2)


@given(pairs())
def test_ratios_logs_and_products_in_closed_form(pair):
    (a, b), v = pair
    found = made((a, b), v).contrast(
        {"ratio": lambda e: e[0] / e[1], "log": lambda e: np.log(e["y0"]), "product": lambda e: np.prod(e)}
    )
    gradient = np.array([[1 / b, -a / b**2], [1 / a, 0.0], [b, a]])
    np.testing.assert_allclose(found.data["estimate"], [a / b, np.log(a), a * b], rtol=1e-14)
    size = np.abs(gradient) @ np.abs(v) @ np.abs(gradient).T  # rounding is relative to the terms of the sum
    assert (np.abs(found.covariance().to_numpy() - gradient @ v @ gradient.T) <= 1e-12 * size).all()


@settings(max_examples=30)  # each makes several sets of estimates
@given(pairs(), arrays(float, (3, 2), elements=st.floats(-5, 5)))
def test_forms_of_a_linear_contrast_agree(pair, matrix):
    estimates = made(*pair)
    wanted = matrix @ pair[1] @ matrix.T
    size = np.abs(matrix) @ np.abs(pair[1]) @ np.abs(matrix).T
    frame = pd.DataFrame(matrix, index=["a", "b", "c"], columns=["y0", "y1"])
    forms = [
        estimates.contrast(matrix, names=["a", "b", "c"]),
        estimates.contrast(dict(zip("abc", matrix, strict=True))),
        estimates.contrast({name: dict(enumerate(row)) for name, row in zip("abc", matrix, strict=True)}),
        estimates.contrast(frame),
        estimates.contrast(frame[["y1", "y0"]]),
        estimates.contrast(lambda e: matrix @ np.asarray(e), names=["a", "b", "c"]),
    ]
    for found in forms:
        assert found.names == ["a", "b", "c"]
        np.testing.assert_allclose(found.data["estimate"], matrix @ pair[0], rtol=1e-12, atol=1e-10)
        assert (np.abs(found.covariance().to_numpy() - wanted) <= 1e-10 * size + 1e-13).all()


def test_one_row_and_a_series_are_one_contrast():
    estimates = made([3.0, 2.0], np.eye(2))
    assert estimates.contrast(np.array([1.0, -1.0])).names == ["contrast"]
    assert estimates.contrast(np.array([1.0, -1.0]), names="gap").names == ["gap"]
    assert estimates.contrast(pd.Series({"y1": -1.0, "y0": 1.0})).data["estimate"].item() == 1.0
    assert estimates.contrast(np.eye(2)).names == ["contrast 1", "contrast 2"]
    assert estimates.contrast(lambda e: e.sum()).data["estimate"].item() == 5.0


# gradients

SMOOTH = [
    (lambda x: x**3, lambda x: 3 * x**2),
    (np.exp, np.exp),
    (lambda x: np.sin(3 * x), lambda x: 3 * np.cos(3 * x)),
    (lambda x: np.log(x) - np.log1p(-x), lambda x: 1 / (x * (1 - x))),
    (lambda x: np.exp(-200 * x), lambda x: -200 * np.exp(-200 * x)),
    (lambda x: x**0.5 * np.tanh(x), lambda x: 0.5 * x**-0.5 * np.tanh(x) + x**0.5 / np.cosh(x) ** 2),
]
NOT_ANALYTIC = [
    (lambda x: np.abs(x - 2), lambda x: -np.ones_like(x)),
    (lambda x: np.array([math.exp(one) for one in x]), np.exp),
    (lambda x: expit(x.real), lambda x: expit(x) * expit(-x)),
    (lambda x: np.maximum(np.real(x), 0.001) ** 2, lambda x: 2 * x),
    (lambda x: np.hypot(x, 1.0), lambda x: x / np.hypot(x, 1.0)),
    (lambda x: np.array([float(one) ** 2 for one in x]), lambda x: 2 * x),
]


@pytest.mark.parametrize(("function", "slope"), SMOOTH)
@given(x=st.floats(0.005, 0.995))
def test_gradients_of_analytic_functions_are_exact(function, slope, x):
    found = jacobian(function, np.array([x]))
    np.testing.assert_allclose(found, np.array([[slope(np.float64(x))]]), rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize(("function", "slope"), NOT_ANALYTIC)
@given(x=st.floats(0.005, 0.995))
def test_gradients_of_functions_not_written_for_complex_numbers(function, slope, x):
    with np.errstate(all="ignore"):
        found = jacobian(function, np.array([x]))
    np.testing.assert_allclose(found, np.array([[slope(np.float64(x))]]), rtol=1e-8)


def test_gradients_at_nought_and_near_the_end_of_a_function():
    np.testing.assert_allclose(jacobian(lambda x: np.exp(x) + x**2, np.array([0.0])), [[1.0]], rtol=1e-13)
    end = 1 - 1e-5
    np.testing.assert_allclose(jacobian(lambda x: np.log(1 - x), np.array([end])), [[-1 / (1 - end)]], rtol=1e-9)


# degrees of freedom, missing cells, unknown covariance, rounding


def test_degrees_of_freedom_are_the_least_of_the_cells_used():
    estimates = made([1.0, 2.0, 3.0], np.eye(3), df=[5, np.inf, 30])
    found = estimates.contrast({"a": [1, -1, 0], "b": [0, 1, -1], "c": [0, 1, 0], "d": [1, 0, 1]})
    assert found.to_dataframe()["df"].tolist() == [5, 30, np.inf, 5]
    assert estimates.contrast({"a": [1, -1, 0]}, df=7).to_dataframe()["df"].tolist() == [7]
    unknown = made([1.0, 2.0], np.eye(2), df=np.nan).contrast({"a": [1, -1]}).to_dataframe()
    assert unknown["df"].isna().all()
    np.testing.assert_allclose(unknown["ci_upper"], -1 + 1.959963984540054 * np.sqrt(2))


def test_a_missing_cell_spoils_only_what_uses_it():
    covariance = np.diag([1.0, 4.0, np.nan])
    covariance[2, :2] = covariance[:2, 2] = np.nan
    estimates = made([1.0, 2.0, np.nan], covariance)
    found = estimates.contrast(
        {"without": [1, -1, 0], "with": [1, 0, -1], "f": lambda e: e[0] * e[1], "g": lambda e: e[0] * e[2]}
    ).to_dataframe()
    np.testing.assert_allclose(found["estimate"], [-1, np.nan, 2, np.nan])
    np.testing.assert_allclose(found["se"], [np.sqrt(5), np.nan, np.sqrt(8), np.nan], rtol=1e-14)
    assert found["quality"].tolist() == ["unassessed"] * 4


def test_only_covariances_that_are_used_must_be_known():
    cells = pd.DataFrame({"variable": ["a", "b"]})
    parts = [made([1.0, 2.0], np.eye(2), cells, attributes={"survey": "S1"}), made([5.0], [[9.0]])]
    joined = Estimates.concat(parts, same_survey="unknown")
    assert joined.contrast({"within": {"a": 1, "b": -1}}).to_dataframe()["se"].item() == pytest.approx(np.sqrt(2))
    with pytest.raises(DataError, match="not computed") as caught:
        joined.contrast({"across": {"a": 1, "y0": -1}})
    assert caught.value.examples == ("a and y0",)


def test_a_sum_that_is_fixed_has_no_variance_and_none_below_nought():
    p = np.array([0.1, 0.3, 0.6])
    covariance = (np.diag(p) - np.outer(p, p)) / 97
    found = made(p, covariance).contrast({"sum": [1, 1, 1]}).to_dataframe()
    assert found["se"].item() <= 1e-9
    assert found["estimate"].item() == pytest.approx(1)


def test_what_it_says_of_itself():
    estimates = made([1.0, 2.0], np.eye(2))
    linear, curved = estimates.contrast([1, -1]), estimates.contrast(lambda e: e[0] / e[1])
    assert linear.attributes["history"] == ["first", "linear contrasts of 2 estimates"]
    assert curved.attributes["history"][-1] == "functions, by the delta method, of 2 estimates"
    assert (linear.attributes["estimand"], linear.attributes["unit"]) == ("contrast", "points")
    assert curved.attributes["unit"] == "function of estimates"
    assert linear.data["survey"].item() == "S1"
    own = made([1.0, 2.0], np.eye(2), pd.DataFrame({"sex": ["b", "g"], "variable": "hours"}), unit="as the variable")
    assert own.contrast([1, -1]).attributes["unit"] == "as hours"
    both = made([1.0, 2.0], np.eye(2), unit="as the variable")
    assert both.contrast([1, -1]).attributes["unit"] == "as the variable"
    assert linear.to_dataframe()[["n", "n_effective", "deff"]].isna().all().all()


def test_a_contrast_over_two_surveys_belongs_to_both():
    parts = [made([1.0], [[1.0]]), made([3.0], [[4.0]], attributes={"survey": "S2"})]
    dated = [part.to_observations(area="A", year=y, source="s") for part, y in zip(parts, (2016, 2021), strict=True)]
    change = Estimates.concat(dated)
    found = change.contrast({"change": [-1, 1]})
    assert found.data["survey"].item() == "S1 + S2"
    np.testing.assert_allclose(found.data["se"], np.sqrt(5))
    with pytest.raises(InputError, match="one survey come in several parts"):
        Estimates.concat([found, parts[0]])


# faults


@pytest.mark.parametrize(
    ("contrasts", "where"),
    [
        ([1.0], "contrasts"),
        ({"a": [1, 2, 3]}, "a"),
        ({"a": [1, np.nan]}, "a"),
        ({"a": "text"}, "a"),
        ({"a": {"y0": "one"}}, "a"),
        ({"a": {"y0": "1"}}, "a"),
        (["1", "2"], "contrasts"),
        ([1 + 1j, 1.0], "contrasts"),
        (np.ones((2, 3)), "contrasts"),
        ({}, "contrasts"),
        (lambda e: "text", "contrasts"),
        (lambda e: [], "contrasts"),
    ],
)
def test_contrasts_of_another_form_are_refused(contrasts, where):
    with pytest.raises(InputError) as caught:
        made([1.0, 2.0], np.eye(2)).contrast(contrasts)
    assert caught.value.where == where


def test_cells_that_are_not_there_are_refused():
    estimates = made([1.0, 2.0], np.eye(2))
    with pytest.raises(UnknownNameError, match="y0, y1"):
        estimates.contrast({"a": {"y2": 1}})
    with pytest.raises(InputError, match="no cell of this number"):
        estimates.contrast({"a": {2: 1}})
    with pytest.raises(UnknownNameError):
        estimates.contrast({"a": lambda e: e["y9"]})


@pytest.mark.parametrize(
    "function", [lambda e: np.log(e[0] - 1), lambda e: np.sqrt(e[0] - 1), lambda e: 1 / (e[0] - 1)]
)
def test_functions_that_are_not_finite_are_refused(function):
    with pytest.raises(DataError, match="no finite number") as caught:
        made([1.0, 2.0], np.eye(2)).contrast({"odd": function})
    assert caught.value.where == "odd"


def test_names_must_fit():
    estimates = made([1.0, 2.0], np.eye(2))
    with pytest.raises(InputError, match="a name a contrast"):
        estimates.contrast(np.eye(2), names=["a"])
    with pytest.raises(DataError, match="more than once"):
        estimates.contrast(np.eye(2), names=["a", "a"])


@pytest.mark.parametrize("names", [3, 1.5, b"x", object()])
@pytest.mark.parametrize("contrasts", [[1.0, -1.0], lambda e: e[0] / e[1], {"gap": [1.0, -1.0]}])
def test_names_are_words(contrasts, names):
    with pytest.raises(InputError, match="names of contrasts are words") as caught:
        made([1.0, 2.0], np.eye(2)).contrast(contrasts, names=names)
    assert caught.value.where == "names"


@pytest.mark.parametrize("df", ["a", "3", -1, 0, np.nan, True, [3], np.array([3.0, 4.0]), 1j])
def test_degrees_of_freedom_are_a_positive_number(df):
    estimates = made([1.0, 2.0], np.eye(2))
    for call in (lambda: estimates.contrast([1.0, -1.0], df=df), lambda: estimates.confint(df=df)):
        with pytest.raises(InputError, match="degrees of freedom must be a positive number") as caught:
            call()
        assert caught.value.where == "df"


@pytest.mark.parametrize("level", ["a", "0.9", None, [0.9], True, 1j])
def test_a_level_is_a_number(level):
    with pytest.raises(InputError, match="level must lie between 0 and 1"):
        made([1.0, 2.0], np.eye(2)).confint(level)


def test_a_method_of_intervals_is_a_word():
    with pytest.raises(InputError, match="method must be"):
        made([1.0, 2.0], np.eye(2)).confint(method=np.array(["t", "normal"]))
