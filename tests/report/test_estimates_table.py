"""Tables of estimates: figures, marks, layout, every form."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import target87 as t87
from target87.errors import InputError, UnknownNameError
from target87.report.suppression import determined, margins

CELLS = pd.DataFrame(
    {
        "region": ["all", "all", "all", "North & West", "North & West", "North & West", "<East>", "<East>", "<East>"],
        "sex": ["all", "boy", "girl"] * 3,
        "variable": "child_labour",
    }
)
N = np.array([1000, 520, 480, 900, 470, 430, 100, 50, 50])
RATE = np.array([0.102, 0.121, 0.082, 0.1, 0.12, 0.08, 0.12, 0.13, np.nan])


def made(**changes):
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
    return t87.Estimates.build(CELLS, **(given | changes))


def test_text_is_aligned_with_notes_below():
    table = t87.report.table(made(rule=None), columns="sex", values=["estimate", "n"], title="Child labour")
    lines = table.to_text().splitlines()
    assert lines[5].split() == ["All", "10.2", "1,000", "12.1", "520", "8.2", "480"]
    assert lines[6].split() == ["North", "&", "West", "10.0", "900", "12.0", "470", "8.0", "430"]
    assert lines[7].split() == ["<East>", "12.0", "100", "13.0", "50", "..", "50"]
    assert lines[-3:] == ["Definition: a definition.", "a note.", "Source: A survey."]
    assert lines[0] == "Child labour (per cent)"
    assert set(lines[4]) == {"-"}
    assert {len(line) for line in lines[5:8]} == {len(lines[4])}  # figures end in one column


def test_figures_are_those_of_the_estimates():
    table = t87.report.table(made(), values=["estimate", "interval", "se", "cv", "n", "n_effective", "deff"])
    labels, cells = table.rows[1]
    assert labels == ("All", "boy")
    assert [cell.text for cell in cells] == ["12.1", "9.7 to 14.5", "1.21", "10.0", "520", "260", "2.00"]
    assert [cell.number for cell in cells if cell.number is not None] == pytest.approx(
        [12.1, 1.21, 10.0, 520, 260, 2.0]
    )


def test_totals_and_rates_have_their_own_units():
    totals = made(estimand="total", unit="as the variable", estimate=N * 1000.0, variance=N**2.0, lower=1, upper=2e9)
    table = t87.report.table(totals, values=["estimate"], title="Children", unit="children")
    assert table.title == "Children (children)"
    assert table.rows[0][1][0].text == "1,000,000"
    per = made(
        estimand="rate_per_thousand", unit="per thousand", estimate=10 * RATE, variance=RATE**2, lower=0, upper=9
    )
    assert t87.report.table(per, values=["estimate"], digits=2).rows[0][1][0].text == "1.02"


def test_marks_of_quality_have_footnotes():
    table = t87.report.table(made(n=np.where(N < 100, 20, N)))
    marked = {labels: cells[0].mark for labels, cells in table.rows}
    assert marked["<East>", "boy"] == "c"
    assert marked["All", "All"] == ""
    assert any(note.startswith("c  unreliable by the publication rule (NCHS") for note in table.notes)
    assert not any("caution" in note for note in table.notes)  # marks that no cell has are not explained


class Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html_is_balanced_escaped_and_has_scopes():
    page = Balance()
    page.feed(t87.report.table(made(), columns="sex", title="A <title>").to_html())
    assert page.open == []
    assert "<East>" in page.text
    assert "A <title> (per cent)" in page.text
    scopes = [attrs.get("scope") for tag, attrs in page.seen if tag == "th"]
    assert {"col", "colgroup", "row"} == set(scopes)
    spans = sum(int(attrs.get("colspan", 1)) for tag, attrs in page.seen if attrs.get("scope") == "colgroup")
    assert spans == sum(1 for _, attrs in page.seen if attrs.get("scope") == "col") - 1


def test_latex_escapes_and_markdown_keeps_its_bars():
    table = t87.report.table(made(), columns="sex", notes=["50 % of a_b & c|d"])
    latex = table.to_latex()
    assert r"North \& West & " in latex
    assert r"50 \% of a\_b \& c|d." in latex
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    body = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert {line.replace(r"\&", "").count("&") for line in body[1:]} == {9}
    markdown = table.to_markdown().splitlines()
    rows = [line for line in markdown if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {11}
    assert any(r"c\|d" in line for line in markdown)


def test_frame_has_what_is_printed():
    frame = t87.report.table(made(), columns="sex", values=["estimate"]).to_dataframe()
    assert frame.columns.tolist() == ["region", "All estimate", "boy estimate", "girl estimate"]
    assert frame.iloc[2].tolist() == ["<East>", "12.0", "13.0", ".."]


def test_suppressed_cells_are_protected_and_said():
    few = made(n=np.array([1000, 520, 480, 900, 470, 430, 100, 90, 10]))
    table = t87.report.table(few, suppress_below=30)
    hidden = np.array([cells[0].text == "(s)" for _, cells in table.rows])
    labels = [tuple("all" if label == "All" else label for label in labels) for labels, _ in table.rows]
    assert hidden[labels.index(("<East>", "girl"))]
    assert hidden.sum() == 4  # a row, a column and the corner
    assert not determined(margins(labels, "all"), hidden).any()
    shown = [{cell.text for cell in cells} for (_, cells), hide in zip(table.rows, hidden, strict=True) if hide]
    assert shown == [{"(s)"}] * 4
    assert "1 of fewer than 30 persons in the sample, 3 to protect them" in " ".join(table.notes)
    alone = t87.report.table(few, suppress_below=30, secondary=False)
    assert sum(cells[0].text == "(s)" for _, cells in alone.rows) == 1


def test_bad_input_is_named():
    with pytest.raises(UnknownNameError, match="estimate"):
        t87.report.table(made(), values=["estimates"])
    with pytest.raises(UnknownNameError, match="sex"):
        t87.report.table(made(), columns="sexe")
    with pytest.raises(InputError, match="0 or more"):
        t87.report.table(made(), suppress_below=-1)
    with pytest.raises(InputError, match="0 or more"):
        t87.report.table(made(), suppress_below=float("nan"))
