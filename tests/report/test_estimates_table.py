"""Tables of estimates: figures, units, layout, notes, and what suppression shows of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import target87 as t87
from target87.errors import DataError, InputError, UnknownNameError

CELLS = pd.DataFrame(
    {
        "region": ["all", "all", "all", "North & West", "North & West", "North & West", "<East>", "<East>", "<East>"],
        "sex": ["all", "boy", "girl"] * 3,
        "variable": "child_labour",
    }
)
N = np.array([1000, 520, 480, 900, 470, 430, 100, 50, 50])
FEW = np.array([1000, 520, 480, 900, 470, 430, 100, 90, 10])
RATE = np.array([0.102, 0.121, 0.082, 0.1, 0.12, 0.08, 0.12, 0.13, np.nan])


def made(cells=CELLS, **changes):
    given = {
        "estimate": RATE,
        "variance": (0.1 * RATE) ** 2,
        "lower": 0.8 * RATE,
        "upper": 1.2 * RATE,
        "df": 40.0,
        "n": N,
        "n_effective": N / 2.0,
        "deff": 2.0,
        "domain_columns": ["region", "sex"],
        "interval": "korn_graubard",
        "level": 0.95,
        "estimand": "proportion",
        "unit": "proportion",
        "attributes": {"definition": "a definition", "definition_notes": ["a note"], "source": "A survey"},
    }
    return t87.Estimates.build(cells, **(given | changes))


def simple(labels, n, column="region", variable="child_labour", **changes):
    """Estimates by one column."""
    cells = pd.DataFrame({column: labels, "variable": variable})
    rate = np.full(len(cells), 0.2)
    given = {"estimate": rate, "variance": rate**2 / 100, "lower": 0.1, "upper": 0.3, "n": n, "n_effective": n}
    return made(cells, **(given | {"domain_columns": [column]} | changes))


def hidden(table):
    """Labels of the rows that show nothing."""
    return [labels for labels, cells in table.rows if {cell.text for cell in cells} == {"(s)"}]


def test_figures_are_those_of_the_estimates():
    table = t87.report.table(made(), values=["estimate", "interval", "se", "cv", "n", "n_effective", "deff"])
    labels, cells = table.rows[1]
    assert labels == ("All", "boy")
    assert [cell.text for cell in cells] == ["12.1", "9.7 to 14.5", "1.21", "10.0", "520", "260", "2.00"]
    numbers = [cell.number for cell in cells if cell.number is not None]
    assert numbers == pytest.approx([12.1, 1.21, 10.0, 520, 260, 2.0])
    assert cells[1].limits == pytest.approx((9.68, 14.52))


@pytest.mark.parametrize(
    ("largest", "unit", "asked", "text", "title"),
    [
        (999_999.4, "children", None, "999,999", "Children (children)"),
        (1_234_567.0, "children", None, "1,234.6", "Children (thousand children)"),
        (1_234_567.0, "children", False, "1,234,567", "Children (children)"),
        (1_234_567.0, None, None, "1,234.6", "Children (thousands)"),
        (9_000.0, None, True, "9.0", "Children (thousands)"),
        (9_000.0, None, None, "9,000", "Children"),
    ],
)
def test_large_totals_are_in_thousands(largest, unit, asked, text, title):
    totals = simple(["a"], [50], estimand="total", unit="as the variable", estimate=[largest], lower=0, upper=1e9)
    table = t87.report.table(totals, values=["estimate"], title="Children", unit=unit, thousands=asked)
    assert (table.rows[0][1][0].text, table.title) == (text, title)


def test_rates_and_means_keep_their_unit():
    rate = simple(["a"], [50], estimand="rate_per_thousand", unit="per 1,000", estimate=[10.236], lower=0, upper=20)
    table = t87.report.table(rate, values=["estimate", "se"], digits=2)
    assert table.title == "Rate per thousand: child_labour (per 1,000)"
    assert [cell.text for cell in table.rows[0][1]] == ["10.24", "0.020"]
    mean = simple(["a"], [50], estimand="mean", unit="as the variable", estimate=[-0.04], lower=-1, upper=1)
    table = t87.report.table(mean)
    assert table.title == "Mean: child_labour"
    assert [cell.text for cell in table.rows[0][1][:2]] == ["0.0", "-1.0 to 1.0"]


def test_infinite_and_missing_figures_are_said():
    tiny = simple(
        ["a", "b"], [50, 0], estimate=[1e-320, np.nan], variance=[1.0, np.nan], lower=[0, np.nan], upper=[1, np.nan]
    )
    table = t87.report.table(tiny, values=["estimate", "interval", "cv", "n"])
    assert [cell.text for cell in table.rows[0][1]] == ["0.0", "0.0 to 100.0", "∞", "50"]
    assert [cell.text for cell in table.rows[1][1]] == ["..", "..", "..", "0"]
    assert "..  no observations, or not estimated." in table.notes


def test_marks_of_quality_are_explained_in_the_words_of_the_rule():
    table = t87.report.table(made(n=np.where(N < 100, 20, N)))
    marked = {labels: cells[0].mark for labels, cells in table.rows}
    assert marked["<East>", "boy"] == "c"
    assert marked["All", "All"] == ""
    assert "c  unreliable: n below 30; effective n below 30; 95 % interval 0.3 or more wide." in table.notes
    assert "Publication rule: NCHS standards for proportions." in table.notes
    assert "Series 2, No. 175" in table.sources[1]
    assert not any("caution" in note for note in table.notes)  # marks that no cell has are not explained
    rule = t87.PublicationRule("house rule", caution_cv=0.05)
    other = t87.report.table(made(rule=rule), values=["n", "quality"])
    assert other.rows[0][1][0].mark == "a"  # behind the first figure where there is no estimate
    assert "a  to be used with caution: CV of 0.05 or more." in other.notes
    assert "Publication rule: house rule." in other.notes


def test_without_quality_nothing_is_marked():
    table = t87.report.table(made(n=20), values=["estimate"])
    assert {cell.mark for _, cells in table.rows for cell in cells} == {""}
    assert not any("rule" in note or "unreliable" in note for note in table.notes)


def test_rows_and_columns_are_as_asked():
    table = t87.report.table(made(), rows="sex", columns="region", values=["n"])
    assert table.labels == ("sex",)
    assert table.groups == ("All", "North & West", "<East>")
    assert [cell.text for cell in table.rows[2][1]] == ["480", "430", "50"]
    table = t87.report.table(made(), rows=["sex", "region"], values=["n"])
    assert table.rows[1][0] == ("boy", "All")
    both = t87.report.table(made(), columns=["sex", "region"], values=["n"])
    assert len(both.groups) == 9
    assert both.rows[0][0] == ("child_labour",)


def test_several_variables_and_categories_have_their_place():
    cells = pd.DataFrame(
        {
            "sex": ["boy", "girl"] * 3,
            "variable": ["school"] * 4 + ["work"] * 2,
            "category": ["yes"] * 2 + ["no"] * 2 + [""] * 2,
        }
    )
    rate = np.array([0.6, 0.7, 0.4, 0.3, 0.1, 0.2])
    both = made(
        cells, domain_columns=["sex"], estimate=rate, variance=1e-4, lower=0, upper=1, n=500.0, n_effective=500.0
    )
    table = t87.report.table(both, columns="sex", values=["estimate"])
    assert table.labels == ("variable", "category")
    assert [labels for labels, _ in table.rows] == [("school", "yes"), ("school", "no"), ("work", "")]
    assert [[cell.text for cell in cells] for _, cells in table.rows] == [
        ["60.0", "70.0"],
        ["40.0", "30.0"],
        ["10.0", "20.0"],
    ]
    assert table.title == "Proportion (per cent)"


def test_what_holds_for_all_cells_is_said():
    cells = CELLS.assign(year=2019, area="BGD")
    table = t87.report.table(made(cells, domain_columns=["area", "year", "region", "sex"]))
    assert "All cells: area BGD; year 2019." in table.notes
    assert not any(note.startswith("All cells") for note in t87.report.table(made()).notes)


def test_joined_estimates_keep_the_notes_and_rules_of_their_parts():
    one = simple(["a"], [50], attributes={"source": "S1", "definition_notes": ["first note"], "survey": "S1"})
    two = simple(["a"], [60], attributes={"source": "S2", "definition_notes": ["other note"], "survey": "S2"})
    table = t87.report.table(t87.Estimates.concat([one, two]))
    assert {"first note.", "other note.", "Source: S1; S2."} <= set(table.notes)
    assert [labels for labels, _ in table.rows] == [("S1",), ("S2",)]


def test_suppressed_cells_are_protected_and_nothing_is_told_of_them():
    table = t87.report.table(made(n=FEW), suppress_below=30)
    assert hidden(table) == [("North & West", "boy"), ("North & West", "girl"), ("<East>", "boy"), ("<East>", "girl")]
    assert "(s)  suppressed: fewer than 30 persons in the sample, or needed to protect such a cell." in table.notes
    assert not any("unreliable" in note for note in table.notes)  # the mark of a cell that is not shown
    assert hidden(t87.report.table(made(n=FEW), suppress_below=30, secondary=False)) == [("<East>", "girl")]
    assert hidden(t87.report.table(made(n=FEW))) == []


def test_a_domain_is_hidden_on_all_variables():
    labels, n = ["all", "a", "b", "c"], np.array([500, 12, 88, 400])
    both = t87.Estimates.concat(
        [simple(labels, n), simple(labels, n + np.array([0, 40, 0, 0]), variable="hazardous")], same_survey="unknown"
    )
    table = t87.report.table(both, suppress_below=30, columns="variable", values=["n"])
    assert hidden(table) == [("a",), ("b",)]


def test_the_unit_does_not_tell_of_a_suppressed_figure():
    large = simple(["a", "b"], [5, 400], estimand="total", unit="children", estimate=[5e6, 5e4], lower=0, upper=1e8)
    table = t87.report.table(large, suppress_below=30)
    assert table.title == "Total: child_labour (children)"
    assert table.rows[1][1][0].text == "50,000"


def test_tables_published_beside_each_other_hide_the_same_domains():
    """By region and sex in one, by region in another: alone, the second shows the margin that the first left out."""
    inner = {("a", "boy"): 12, ("a", "girl"): 5, ("b", "boy"): 200, ("b", "girl"): 210}
    cells = pd.DataFrame([*inner], columns=["region", "sex"]).assign(variable="child_labour")
    rate = np.full(4, 0.2)
    crossed = made(cells, estimate=rate, variance=1e-4, lower=0.1, upper=0.3, n=[*inner.values()], n_effective=100.0)
    margins = simple(["all", "a", "b"], [427, 17, 410])
    by_sex = simple(["boy", "girl"], [212, 215], column="sex")
    every = [crossed, margins, by_sex]
    assert hidden(t87.report.table(by_sex, suppress_below=10)) == []
    found = [hidden(t87.report.table(one, suppress_below=10, beside=every)) for one in every]
    assert found[0] == [("a", "boy"), ("a", "girl"), ("b", "boy"), ("b", "girl")]  # else by_sex would give them away
    again = [hidden(t87.report.table(one, suppress_below=10, beside=every[::-1])) for one in every]
    assert again == found


def test_surveys_do_not_add_up_to_each_other():
    one = simple(["all", "a"], [100, 95], attributes={"survey": "S1"})
    two = simple(["b"], [5], attributes={"survey": "S2"})
    table = t87.report.table(t87.Estimates.concat([one, two]), suppress_below=10)
    assert hidden(table) == [("b",)]


def test_frames_hold_what_is_printed_or_its_numbers():
    table = t87.report.table(made(n=FEW), columns="sex", values=["estimate", "interval"], suppress_below=30)
    frame = table.to_dataframe()
    assert frame.columns.tolist()[:3] == ["region", "All estimate", "All interval"]
    assert frame.iloc[2].tolist() == ["<East>", "12.0", "9.6 to 14.4", "(s)", "(s)", "(s)", "(s)"]
    numbers = table.to_dataframe(numbers=True)
    assert numbers.columns.tolist()[:4] == ["region", "All estimate", "All interval, from", "All interval, to"]
    assert numbers.iloc[2, 1:4].tolist() == pytest.approx([12.0, 9.6, 14.4])
    assert numbers.iloc[2, 4:].isna().all()
    assert (numbers.dtypes.iloc[1:] == np.float64).all()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"values": ["estimates"]}, UnknownNameError, "estimate"),
        ({"values": ["quality"]}, InputError, "a figure at least"),
        ({"values": []}, InputError, "a figure at least"),
        ({"columns": "sexe"}, UnknownNameError, "sex"),
        ({"rows": "sex"}, InputError, "region"),
        ({"rows": ["sex", "region"], "columns": "sex"}, InputError, "once"),
        ({"digits": 1.5}, InputError, "whole number"),
        ({"digits": -1}, InputError, "whole number"),
        ({"suppress_below": -1}, InputError, "0 or more"),
        ({"suppress_below": float("nan")}, InputError, "0 or more"),
        ({"suppress_below": float("inf")}, InputError, "0 or more"),
        ({"suppress_below": "25"}, InputError, "0 or more"),
        ({"beside": [CELLS]}, InputError, "made from Estimates"),
    ],
)
def test_bad_input_is_named(asked, error, words):
    with pytest.raises(error, match=words):
        t87.report.table(made(), **asked)


def test_only_estimates_make_a_table():
    with pytest.raises(InputError, match="made from Estimates"):
        t87.report.table(CELLS)


def test_cells_without_known_numbers_are_not_shown_unasked():
    with pytest.raises(DataError, match="not known how many persons"):
        t87.report.table(made(n=np.where(N == 100, np.nan, N)), suppress_below=30)
