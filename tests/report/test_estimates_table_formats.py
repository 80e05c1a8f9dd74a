"""Every form of a table, held against texts written by hand."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import target87 as t87
from target87.report.estimates_table_cells import VALUES


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "area": ["all", "all", "R&D_1", "R&D_1", "<b>x|y</b>"],
            "sex": ["all", "girls", "all", "girls", "all"],
            "rate": [11.24, 7.8, 12.0, 40.0, 9.0],
            "se": [0.6, 0.5, 1.0, 9.0, 0.9],
            "n": [2000, 980, 1200, 25, 9],
        }
    )
    rates = t87.Estimates.from_dataframe(
        frame,
        estimate="rate",
        se="se",
        by=["area", "sex"],
        n="n",
        unit="percent",
        definition="5-17 years & 100 % of {x}",
        source="Survey_1",
        rule=t87.PublicationRule("house rule", minimum_n=30),
    )
    return t87.report.table(rates, columns="sex", title="Rates #1", suppress_below=10, notes=["A ~ note"])


TEXT = """\
Rates #1 (per cent)

                         All                          girls
area        estimate      interval      n  estimate      interval    n
----------------------------------------------------------------------
All             11.2  10.1 to 12.4  2,000       7.8    6.8 to 8.8  980
R&D_1           12.0  10.0 to 14.0  1,200     40.0c  22.4 to 57.6   25
<b>x|y</b>       (s)           (s)    (s)        ..            ..   ..

c  unreliable: n below 30.
Publication rule: house rule.
..  no observations, or not estimated.
(s)  suppressed: fewer than 10 persons in the sample, or needed to protect such a cell.
Intervals: 95 %, symmetric, normal.
Definition: 5-17 years & 100 % of {x}.
A ~ note.
Source: Survey_1."""

MARKDOWN = """\
**Rates #1 (per cent)**

| area | All estimate | All interval | All n | girls estimate | girls interval | girls n |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| All | 11.2 | 10.1 to 12.4 | 2,000 | 7.8 | 6.8 to 8.8 | 980 |
| R&D\\_1 | 12.0 | 10.0 to 14.0 | 1,200 | 40.0c | 22.4 to 57.6 | 25 |
| &lt;b&gt;x\\|y&lt;/b&gt; | (s) | (s) | (s) | .. | .. | .. |

c  unreliable: n below 30.
"""

LATEX = r"""\begin{table}
\centering
\caption{Rates \#1 (per cent)}
\begin{tabular}{lrrrrrr}
\toprule
 & \multicolumn{3}{c}{All} & \multicolumn{3}{c}{girls} \\
\cmidrule(lr){2-4} \cmidrule(lr){5-7}
area & estimate & interval & n & estimate & interval & n \\
\midrule
All & 11.2 & 10.1 to 12.4 & 2,000 & 7.8 & 6.8 to 8.8 & 980 \\
R\&D\_1 & 12.0 & 10.0 to 14.0 & 1,200 & 40.0\textsuperscript{c} & 22.4 to 57.6 & 25 \\
\textless{}b\textgreater{}x\textbar{}y\textless{}/b\textgreater{} & (s) & (s) & (s) & .. & .. & .. \\
\bottomrule
"""

HTML = """\
<table>
<caption>Rates #1 (per cent)</caption>
<thead>
<tr><th scope="col" class="words" rowspan="2">area</th><th scope="colgroup" colspan="3">All</th>\
<th scope="colgroup" colspan="3">girls</th></tr>
<tr><th scope="col">estimate</th><th scope="col">interval</th><th scope="col">n</th>\
<th scope="col">estimate</th><th scope="col">interval</th><th scope="col">n</th></tr>
</thead>
<tbody>
<tr><th scope="row" class="words short">All</th><td>11.2</td><td>10.1 to 12.4</td><td>2,000</td>\
<td>7.8</td><td>6.8 to 8.8</td><td>980</td></tr>
<tr><th scope="row" class="words short">R&amp;D_1</th><td>12.0</td><td>10.0 to 14.0</td><td>1,200</td>\
<td>40.0<sup>c</sup></td><td>22.4 to 57.6</td><td>25</td></tr>
"""


def test_text(table):
    assert table.to_text() == TEXT
    assert repr(table) == TEXT
    assert table.to_text(notes=False) == TEXT[: TEXT.index("\n\nc  ")]


def test_markdown(table):
    assert table.to_markdown().startswith(MARKDOWN)
    assert table.to_markdown().endswith("\nA \\~ note.\n\nSource: Survey\\_1.")


def test_latex(table):
    latex = table.to_latex()
    assert latex.startswith(LATEX)
    assert r"\footnotesize Definition: 5-17 years \& 100 \% of \{x\}.} \\" in latex
    assert r"A \textasciitilde{} note." in latex
    assert latex.endswith("\\end{tabular}\n\\end{table}")
    assert re.findall(r"\\begin\{(\w+)", latex) == re.findall(r"\\end\{(\w+)", latex)[::-1]


class Page(HTMLParser):
    """What a browser makes of the table: tags that close, cells as a grid, text without tags."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text, self.rows = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += int(dict(attrs).get("colspan", 1))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html(table):
    html = table.to_html()
    assert html.startswith(HTML)
    assert table._repr_html_() == html
    page = Page()
    page.feed(html)
    assert page.open == []
    assert page.rows == [7, 6, 7, 7, 7, 7]  # the heading of the labels spans two rows
    assert "<b>x|y</b>" in page.text
    assert "b" not in {tag for tag, _ in page.seen}
    meant = [attrs["title"] for tag, attrs in page.seen if tag == "abbr"]
    assert meant == ["suppressed"] * 3 + ["not available"] * 3
    assert {attrs.get("scope") for tag, attrs in page.seen if tag == "th"} == {"col", "colgroup", "row"}


def test_html_of_one_group_has_one_row_of_headings(table):
    frame = pd.DataFrame({"sex": ["boys"], "rate": [11.2], "se": [0.6]})
    rates = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=["sex"], unit="percent")
    page = Page()
    page.feed(t87.report.table(rates).to_html())
    assert page.rows == [4, 4, 4]
    assert not any("rowspan" in attrs for _, attrs in page.seen)


# letters of one column each, which is what a line of text is counted in
PLAIN = st.characters(
    codec="utf-8", exclude_categories=("C", "M", "Lo", "So", "Z"), include_characters=" <>&|\\{}_#$%^~"
)
LABELS = st.lists(
    st.text(PLAIN, min_size=1, max_size=70), min_size=1, max_size=5, unique_by=lambda one: " ".join(one.split())
)
TAGS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "sup", "abbr"}


@settings(derandomize=True, max_examples=40, deadline=None)
@given(LABELS, st.booleans(), st.integers(1, 4))
def test_any_labels_fit_a_line_and_are_read_as_text(labels, aside, columns):
    names = [f"column_{k}" for k in range(columns)]
    frame = pd.DataFrame(dict.fromkeys(names, labels) | {"rate": 11.2, "se": 0.6, "n": 100.0})
    rates = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=names, n="n", unit="percent")
    table = t87.report.table(rates, columns="column_0" if aside else None, values=VALUES)
    assert max(len(line) for line in table.to_text().splitlines()) <= 100
    assert len(re.findall(r"(?m) 11\.2d(?= |$)", table.to_text(notes=False))) == len(labels)
    page = Page()
    page.feed(table.to_html())
    assert page.open == []
    assert {tag for tag, _ in page.seen} <= TAGS
    latex = table.to_latex().splitlines()
    body = latex[latex.index(r"\midrule") + 1 : latex.index(r"\bottomrule")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {len(table.labels) + len(table.headings) - 1}
    assert not any(re.search(r"(?<!\\)[%#_^~]", line) for line in body)
    rows = [line for line in table.to_markdown().splitlines() if line.startswith("| ")]
    assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in rows}) == 1


def test_a_wide_table_is_broken_by_groups():
    names = [f"band {k}" for k in range(7)]
    frame = pd.DataFrame({"band": names * 2, "sex": ["boys"] * 7 + ["girls"] * 7, "rate": 11.2, "se": 0.6, "n": 100})
    rates = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=["band", "sex"], n="n", unit="percent")
    lines = t87.report.table(rates, columns="band").to_text(notes=False).splitlines()
    shown = [re.findall(r"band \d", line) for line in lines if "band" in line]
    assert len(shown) > 1
    assert [name for panel in shown for name in panel] == names
    assert sum(line.startswith("boys") for line in lines) == sum(line.startswith("girls") for line in lines) > 1
    assert max(len(line) for line in lines) <= 100
