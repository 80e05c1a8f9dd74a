"""The page: its numbers against the draws, nothing fetched, the same bytes, nothing of a reader's input unescaped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from target87 import datasets
from target87.report import overview, render_html, words
from target87.report.caution import caution
from target87.results.assessment_set import AssessmentSet
from target87.results.probability import Probability

VOID = {"meta"}


@dataclass
class Page(HTMLParser):
    """A page read back as a program would: tables by title, attributes, text, tags that do not match."""

    tables: dict[str, list[list[list[str]]]] = field(default_factory=dict)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "table":
            self.rows = []
            self.tables.setdefault(plain(dict(attrs)["aria-label"]), []).append(self.rows)
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.stray.append(tag)

    def handle_data(self, data):
        if {"td", "th"} & set(self.stack):
            self.rows[-1][-1] += plain(data)
        if "style" not in self.stack:
            self.words.append(plain(data))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def row(self, title: str, first: str) -> list[str]:
        """The row of a table that starts with some words."""
        found = next(table for table in self.tables[title] if any(row[0] == first for row in table))
        return next(row for row in found if row[0] == first)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def html(answers) -> str:
    return render_html(answers)


@pytest.fixture(scope="module")
def page(html) -> Page:
    read = Page()
    read.feed(html)
    read.close()
    return read


def shown(values: np.ndarray, quantile: float) -> float:
    return float(np.quantile(values, quantile))


def numbers(cell: str) -> list[float]:
    """Numbers of a cell; the dash of an interval is no minus."""
    return [float(one.replace("−", "-")) for one in re.findall(r"[−+]?\d+(?:\.\d+)?", cell)]


@pytest.mark.parametrize(
    ("place", "title", "scale"), [(0, "child labour, World", 100), (1, "forced labour, World", 1000)]
)
@pytest.mark.parametrize("year", ["2025", "2030"])
def test_estimates_are_quantiles_of_the_draws(answers, page, place, title, scale, year):
    row = page.row(f"Estimates for key years: {title}", year)
    for measure, factor, first in (("rate", scale, 2), ("number", 1e-6, 5)):
        draws = factor * answers.main[place].draws[measure].sel(year=int(year)).to_numpy()
        wanted = [shown(draws, one) for one in (0.5, 0.1, 0.9, 0.025, 0.975)]
        printed = [one for cell in row[first : first + 3] for one in numbers(cell)]
        np.testing.assert_allclose(printed, wanted, rtol=0.006, atol=0.05 if measure == "rate" else 0.5)


def test_published_values_stand_in_their_year(page):
    assert page.row("Estimates for key years: child labour, World", "2024")[1] == "7.8"
    assert page.row("Estimates for key years: child labour, World", "2016")[1] == "9.6 [earlier method]"
    # a number alone was printed for 2005: the rate is computed, and marked
    assert page.row("Estimates for key years: forced labour, World", "2005")[1].startswith("2.0§ [")


def test_year_reached_counts_the_draws(answers, page):
    rate = answers.main[0].draws["rate"].to_numpy()
    years = answers.main[0].draws["year"].to_numpy()
    late = np.mean((rate < 0.01)[years < 2060].sum(axis=0) == 0)
    row = page.row("Year in which the rate is first below each threshold", "below 1 %")
    assert float(row[1]) == pytest.approx(late, abs=5e-4)
    assert row[2] == "not before 2060"
    head = page.tables["Year in which the rate is first below each threshold"][0][0]
    assert head[1] == "probability of “not before 2060”"


def test_pace_is_the_compound_change_of_the_draws(answers, page):
    rate = answers.main[0].draws["rate"]
    change = 100 * ((rate.sel(year=2024) / rate.sel(year=2000)) ** (1 / 24) - 1).to_numpy()
    row = page.row("Pace of the rate, % a year (constant rate of change over the window)", "observed")
    assert row[1] == "2000–2024"
    wanted = [shown(change, one) for one in (0.5, 0.1, 0.9, 0.025, 0.975)]
    np.testing.assert_allclose([one for cell in row[2:] for one in numbers(cell)], wanted, atol=0.051)


def test_no_acceleration_without_its_terms(answers, page):
    table = page.tables["Acceleration: pace needed over pace observed, times"][0]
    assert table[0][:5] == ["basis", "window", "scale", "threshold", "target"]
    assert all(all(row[:5]) for row in table[1:])
    rate = answers.main[0].draws["rate"]
    now, first = rate.sel(year=2024).to_numpy(), rate.sel(year=2000).to_numpy()
    factor = (np.log(0.01 / now) / 6) / (np.log(now / first) / 24)
    row = next(row for row in table if row[:5] == ["rate", "2000–2024", "log", "1 %", "2030"])
    assert float(row[5]) == pytest.approx(np.median(factor), abs=0.051)


def test_prior_stands_beside_posterior_everywhere(answers, page):
    head = answers.main[1].answers[0]
    pair = [str(head.prior), str(head.probability)]
    row = page.row("The answers", answers.main[1].question)
    assert row[1] == pair[0]
    assert row[2].startswith(f"{pair[1]} (")
    assert page.row("Probability of each statement", "rate in 2030 below 2021's")[1:3] == pair
    assert page.row("The same under other assumptions", "surveys only")[2:4] != ["", ""]
    assert all(row[-2] for row in page.tables["World and groups: forced labour"][0])
    assert f"Before any figure was seen it was {head.prior}" in page.text
    assert "Four figures do not tell a decline from a rise" in page.text


def test_probability_in_the_page_is_the_share_of_draws(answers, page):
    rate = answers.main[1].draws["rate"]
    share = np.mean(rate.sel(year=2030).to_numpy() < rate.sel(year=2021).to_numpy())
    printed = float(page.row("Probability of each statement", "rate in 2030 below 2021's")[2])
    assert printed == pytest.approx(share, abs=5.01e-3)  # two digits, as more would be noise


@pytest.mark.parametrize(("place", "group", "title"), [(0, "Africa†", "child labour"), (1, "Africa", "forced labour")])
def test_a_group_has_its_own_numbers(answers, page, place, group, title):
    answer = answers.breakdowns[place]
    row = page.row(f"World and groups: {title}", group)
    assert row[-1] == str(answer.probability) + {"child labour": "", "forced labour": "¶"}[title]
    assert row[2] == {"child labour": "2 (2016–2020)", "forced labour": "2 (2016–2021)"}[title]
    scale, target = {"child labour": (100, 2025), "forced labour": (1000, 2030)}[title]
    wanted = np.quantile(scale * answer.draws["rate"].sel(year=target), [0.5, 0.025, 0.975])
    np.testing.assert_allclose(numbers(row[4]), wanted, atol=0.051)


@pytest.mark.parametrize(("place", "title"), [(0, "child labour"), (1, "forced labour")])
def test_a_group_is_repeated_under_another_error(answers, page, place, title):
    answer = answers.breakdowns[place]
    table = answer.sensitivity[answer.sensitivity["statement"] == answer.answers[0].statement].set_index("assumption")
    both = ("assumed error halved", "assumed error doubled")
    heading = f"World and groups of two figures, with the assumed error halved and doubled: {title}"
    row = page.row(heading, "Africa")
    assert row[3:] == [str(table.loc[name, "probability"]) for name in both]
    medians = [answer.rate_scale * table.loc[name, "median"] for name in both]
    np.testing.assert_allclose([numbers(cell)[0] for cell in row[1:3]], medians, atol=0.051)


def test_priors_of_groups_stand_under_their_table(answers, page):
    for answer, main in zip(answers.breakdowns, answers.main, strict=True):
        own = [prior for prior in answer.priors if prior not in main.priors]
        assert any("relative error" in prior for prior in own)
        assert all(" ".join(prior.split()) in page.text for prior in own)
    assert "median 10, 90 % between 4.1 and 25 %" in page.text
    assert "median 20, 90 % between 8 and 50 %" in page.text


def test_two_figures_get_a_caution_and_no_word(answers):
    group = answers.breakdowns[1]
    text = render_html(group)
    assert "No finding (two figures only)" in text
    assert words.likelihood(group.probability).capitalize() + ": probability" not in text
    assert words.verdict(answers.main[1]) == words.sentence_case(words.likelihood(answers.main[1].probability))
    # far from a threshold two figures decide as well as seven
    assert words.verdict(answers.breakdowns[0]) == words.sentence_case(
        words.likelihood(answers.breakdowns[0].probability)
    )


def test_top_table_gives_the_range_and_the_numbers_of_people(answers, page):
    forced = answers.main[1]
    table = forced.sensitivity[~forced.sensitivity["assumption"].str.endswith("withheld")]
    for place, question in (
        (0, forced.question),
        (2, "Does the number of people in forced labour decline between 2021 and 2030?"),
    ):
        said = forced.answers[place]
        tried = [float(one) for one in table.loc[table["statement"] == said.statement, "probability"]]
        row = page.row("The answers", question)
        assert row[2] == f"{said.probability} ({min(tried):.2f}–{max(tried):.2f} under other assumptions)"
        assert row[1] == str(said.prior)
    assert all(all(row) and "–" not in row[1] for row in page.tables["The answers"][0])
    top = page.text.split("How to read it")[0]
    assert caution(forced)[0] in top
    assert all(note in top for note in answers.main[0].level_notes)


def test_what_the_target_asks_stands_under_the_title(page):
    top = page.text.split("The answers")[0]
    assert "asks to eradicate forced labour" in top
    assert "end child labour in all its forms by 2025 (UN General Assembly resolution 70/1, 2015)" in top
    assert "a weaker question" in top
    assert page.text.count("Target 8.7 asks") == 3


def test_figures_stand_before_sentences(html):
    for chapter in html.split('<section id="')[1:3]:
        assert chapter.index("<svg") < chapter.index("<h3>In sentences</h3>")


def test_no_far_year_of_a_decline_is_shown(page):
    years = [row[0] for row in page.tables["Estimates for key years: forced labour, World"][0][1:]]
    assert years[-1] == "2030"
    assert page.row("Estimates for key years: child labour, World", "2060")


def test_figures_of_one_method_are_named(page):
    assert (
        "2016 and 2021 are taken for figures of one method (household surveys), with no break between them."
        in page.text
    )
    assert "2016 and 2021 are each taken for a figure of that single year" in page.text


def test_no_assumption_leans_beforehand_and_that_is_said(answers, page):
    assert "Every one of these assumptions keeps the probability before any figure at 0.50" in page.text
    forced = answers.main[1]
    leaning = [Probability(0.6, 0.0, 240, 400)] * len(forced.sensitivity)
    said = caution(replace(forced, sensitivity=forced.sensitivity.assign(prior_probability=leaning)))
    assert not any("at 0.50" in text for text in said)


def test_every_grouping_is_answered_declined_or_out_of_scope():
    """From the published table: what is in no answer is named in the sentence, and has one figure or is a kind."""
    table = datasets.global_estimates()
    table = table[table["indicator"].isin(["child_labour", "hazardous_work", "forced_labour"])]
    named = {"sex_age": "sex within age bands", "area": "rural and urban", "income": "income of countries"}
    named |= {"region_2005": "regions of 2005", "region_2012": "those of 2012", "type": "kinds of forced labour"}
    assert set(table["group_type"]) - set(named) == set(overview.GROUP_TYPES)
    assert all(words_ in overview.OUT_OF_SCOPE for words_ in named.values())
    for kind in set(named) - {"type"}:
        one = table[table["group_type"] == kind]
        assert one.groupby(["indicator", "group"])["year"].nunique().max() == 1


def test_what_was_assumed_is_said(answers, page):
    for answer in answers.main:
        for text in (answer.definition, *answer.model, *answer.priors, *answer.sentences()):
            assert " ".join(text.split()) in page.text
    for heading in ("What is measured", "What is asked", "How figures became rates", "What is left out"):
        assert page.words.count(heading) == len(answers.main)


def test_every_source_of_a_figure_is_listed(answers, page):
    listed = {row[0] for row in page.tables["Sources of the figures"][0][1:]}
    assert listed == {source for answer in answers for source in answer.points["source_id"]} | {"WPP2024"}


def test_unconfirmed_figures_are_marked_and_explained(html, page):
    assert page.row("World and groups: child labour", "Africa†")
    assert page.row("Published projections, beside the same arithmetic and beside this model", "ILO2013")[3:5] == [
        "134†",
        "recalled, not read",
    ]
    assert '<abbr class="mark" title="† recalled, not read' in html


def test_inputs_that_were_not_read_are_named(page):
    rows = page.tables["Published projections, beside the same arithmetic and beside this model"][0][1:]
    ours = {(row[0], row[2], row[6]): row[5] for row in rows}
    # regions of 2020 were read rounded, the number of Sub-Saharan Africa of 2016 is recalled
    assert ours["ILO-UNICEF2021", "2025", "(5)"] == "138.8†‡"
    assert ours["ILO-UNICEF2021", "2030", "(9)"] == "125.0"
    assert "number of Sub-Saharan Africa 2016 (recalled)" in page.text
    assert "READ_APPROX" not in page.text


def test_world_stands_beside_its_parts(page):
    title = "The world beside its parts: children in child labour, million, expected (mean)"
    assert page.row(title, "2030") == ["2030", "22.0", "90.0", "112", "111", "−1.0"]
    assert page.row(title, "2025")[-1] == "+12.0"
    assert "They do (1 million more in 2030)" in page.text
    assert "by 2030 at the latest the world's path is likely too low" in page.text


def test_parts_that_fit_into_the_world_are_not_said_to_exceed_it():
    parts = pd.DataFrame({"year": [2025], "Africa": [9e7], "three regions": [9e7], "World": [1.3e8]})
    table = overview.parts(AssessmentSet((), parts=parts))
    assert table is not None
    said = " ".join(table.notes)
    assert "do not in any of these years" in said
    assert "too low" not in said
    assert overview.parts(AssessmentSet(())) is None


def test_how_far_a_decline_hangs_on_assumptions_is_said(answers, page):
    answer = answers.main[1]
    rate = answer.sensitivity[answer.sensitivity["statement"] == "rate in 2030 below 2021's"]
    shares = {
        row["assumption"]: float(row["probability"])
        for row in rate.to_dict("records")
        if row["assumption"] != "2021 withheld"
    }
    assert len(shares) == 8
    other = shares["2005 not taken for a minimum"]
    assert (
        f"runs from {min(shares.values()):.2f} to {max(shares.values()):.2f}; reading 2005 as a minimum alone moves it "
        f"from {other:.2f} to {float(answer.probability):.2f}."
    ) in page.text
    assert "comes from the figures" not in page.text


def test_a_figure_withheld_is_no_assumption(answers):
    forced = answers.main[1]
    sure = Probability(0.99, 0.0, 396, 400)
    table = forced.sensitivity.copy()
    table["probability"] = [
        sure if row["assumption"] == "2021 withheld" else row["probability"] for row in table.to_dict("records")
    ]
    assert caution(replace(forced, sensitivity=table)) == caution(forced)


def test_figures_that_agree_only_point_somewhere(answers):
    forced = answers.main[1]
    pace = forced.pace.assign(lower_95=0.2, upper_95=2.0)
    assert caution(replace(forced, pace=pace))[0].startswith("Four figures would point to a rise, under the stated")
    pace = forced.pace.assign(lower_95=-2.0, upper_95=-0.2)
    assert caution(replace(forced, pace=pace))[0].startswith("Four figures would point to a decline, under")
    assert caution(answers.main[0]) == ()


def test_published_projections_stand_beside_ours(page):
    rows = page.tables["Published projections, beside the same arithmetic and beside this model"][0][1:]
    by_report = {(row[0], row[2], row[3]): row for row in rows}
    assert by_report[("ILO2017", "2025", "121")][4:6] == ["read; ours agrees (within 1 %)", "120.3"]
    assert by_report[("ILO2013", "2016", "134†")][5] == "133.9"


def test_seed_draws_population_and_versions_are_given(answers, page):
    for text in (
        "87 (the same seed gives the same numbers)",
        "400 a question",
        "Prospects 2024, medium variant",
        "target87 ",
    ):
        assert text in page.text
    assert all(version in page.text for version in answers.main[0].versions.values())


def test_the_page_needs_nothing_else(html, page):
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "action", "data"):
            assert value.startswith("#"), (tag, name, value)
    assert not re.search(r"@import|url\((?!#)", html)
    # the name of a namespace is not fetched
    assert set(re.findall(r"https?://[^\"' <]+", html)) == {"http://www.w3.org/1999/xlink"}


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in page.attributes if name in ("href", "xlink:href")} <= set(ids)


def test_tags_match(page):
    assert page.stray == page.stack == []


def test_figures_are_inline_and_described(answers, page):
    labels = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(labels) == len(set(labels)) == 4 * len(answers.main)


def test_text_of_figures_is_text(html):
    assert "target 2025</text>" in html


def test_what_a_table_holds_is_escaped(html, page):
    assert "1 published figure <b>only</b>" not in html
    assert page.row("Groups declined", "forced labour")[3] == "1 published figure <b>only</b>"


def test_the_same_answers_give_the_same_bytes(answers, html):
    assert render_html(answers) == html


def test_drawings_do_not_depend_on_the_process():
    code = (
        "import pandas as pd; from target87.plots.fan import COLUMNS, fan; "
        "from target87.report.figures import inline_svg; "
        "frame = pd.DataFrame({name: [1.0, 2.0] for name in COLUMNS}, index=[2020, 2021]); "
        "print(inline_svg(fan(frame), 'a-name', 'a fan'))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch},
        ).stdout
        for seed, epoch in (("1", "0"), ("2", "1000000000"))
    }
    assert len(made) == 1
    assert "<svg viewBox" in made.pop()


def test_one_answer_makes_a_page_too(answers):
    text = render_html(answers.main[1])
    assert "<h1>Does forced labour decline between 2021 and 2030?</h1>" in text
    assert "Published projections" not in text
