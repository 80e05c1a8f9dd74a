"""What is printed of estimates: a table, with numbers that a reader can read."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.results.estimates import Estimates
from target87.results.estimates_text import number


def made(size: int = 2, **changes: object) -> Estimates:
    estimate = np.array([0.21533, 0.1923] * size)[:size]
    given_ = {"estimate": estimate, "variance": np.array([1e-4] * size), "covariance": np.eye(size) * 1e-4}
    given_ |= {"lower": estimate - 0.02, "upper": estimate + 0.02, "df": 59, "n": np.full(size, 1740)}
    given_ |= {"n_effective": 900.0, "deff": 1.9, "interval": "logit", "level": 0.9, "estimand": "proportion"}
    given_ |= {"unit": "proportion", "domain_columns": ["sex"]}
    given_ |= {"attributes": {"survey": "S", "source": "MICS", "design": "<SurveyDesign: 3,480 rows>"}}
    cells = changes.pop("cells", None)
    if cells is None:
        cells = pd.DataFrame({"sex": [f"s{i}" for i in range(size)], "variable": "child_labour"})
    return Estimates.build(cells, **(given_ | changes))


def test_print_shows_the_table():
    assert str(made()).split("\n") == [
        "Estimates of proportion: 2 cells by sex; 90 % intervals (logit); covariance known; MICS",
        "unit: proportion",
        "all cells: variable child_labour",
        "",
        "sex  estimate       se  ci_lower  ci_upper      n   deff  quality",
        "s0     0.2153  0.01000    0.1953    0.2353  1,740  1.900  reliable",
        "s1     0.1923  0.01000    0.1723    0.2123  1,740  1.900  reliable",
        "",
        "quality: NCHS standards for proportions; quality_reasons() says why",
        "design: <SurveyDesign: 3,480 rows>",
    ]
    assert repr(made()).startswith("<Estimates of proportion: 2 cells by sex; ")
    assert "\n" not in repr(made())


def test_a_long_table_shows_its_head():
    lines = str(made(48)).split("\n")
    assert sum(line.startswith("s") for line in lines) == 1 + 20
    assert "… 28 more cells: to_dataframe() has all" in lines
    assert len(str(made(30)).split("\n")) == 30 + 8


def test_large_numbers_have_thousands_and_no_exponent():
    totals = {"estimate": [1062240.3, 999999999999.0], "variance": [52000.0**2, 4e10], "covariance": None}
    totals |= {"lower": [960000.0, 9e11], "upper": [1.2e6, 1.1e12], "estimand": "total", "unit": "persons"}
    shown = made(**totals)
    for text in (str(shown), shown._repr_html_()):
        assert "1,062,240" in text
        assert "999,999,999,999" in text
        assert "52,000" in text
        assert "1,740" in text
        assert "e+0" not in text
    axes = shown.plot()
    axes.figure.canvas.draw()
    assert all("," in tick.get_text() or tick.get_text() == "0" for tick in axes.get_xticklabels())
    assert axes.xaxis.get_offset_text().get_text() == ""


def test_variables_of_different_size_keep_their_digits():
    cells = pd.DataFrame({"variable": ["works", "hours"]})
    both = made(cells=cells, domain_columns=[], estimate=[0.2153, 12345.6], variance=[1e-4, 400.0], covariance=None)
    shown = str(both)
    assert "0.2153" in shown
    assert "12,346" in shown


def test_a_small_number_beside_a_large_one_is_not_rounded_away():
    tiny = made(estimate=[5000.0, 0.0123], lower=np.nan, upper=np.nan, estimand="mean", unit="pay")
    assert "0.01230" in str(tiny)


def test_missing_is_a_dash_and_no_rule_is_said():
    empty = {"estimate": [0.2, np.nan], "variance": [1e-4, np.nan], "covariance": None}
    none = str(made(**empty, lower=np.nan, upper=np.nan, n=[100, 0], deff=np.nan, rule=None))
    assert "–" in none
    assert "quality: no publication rule" in none
    assert "deff" not in none


def test_designs_of_joined_parts_are_told():
    one, other = (
        made(cells=pd.DataFrame({"sex": list(sexes), "variable": "y"}), attributes={"survey": s, "design": f"<{s}>"})
        for sexes, s in (("ab", "A"), ("cd", "B"))
    )
    assert str(Estimates.concat([one, other])).split("\n")[-2:] == ["design: <A>", "design: <B>"]


@given(st.floats(-1e300, 1e300))
def test_numbers_read_back_to_four_digits(value):
    text = number(value)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-4)
    if 1e-6 <= abs(value) < 1e12:
        assert "e" not in text


def test_numbers_at_the_edges():
    assert [number(one) for one in (math.nan, math.inf, -math.inf, -0.0, 1.0, -1234.5)] == [
        "–", "inf", "-inf", "0", "1", "-1,234",
    ]  # fmt: skip
    assert (number(1e12), number(999999999999.4), number(2.5e-7)) == ("1e+12", "999,999,999,999", "2.5e-07")
