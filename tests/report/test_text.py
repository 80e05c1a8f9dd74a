"""The text of a terminal: sentences first, numbers of the draws, ASCII alone where asked."""

from __future__ import annotations

import numpy as np
import pytest

from target87.report import render_text
from target87.report.text import chart
from target87.studies.assess import assess


def run_together(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def text(answers) -> str:
    return render_text(answers, width=100)


def test_sentences_of_all_questions_come_first(answers, text):
    flat = run_together(text)
    places = [flat.index(run_together(sentence)) for answer in answers.main for sentence in answer.sentences()]
    assert places[0] < places[-1] < flat.index("Estimates for key years")
    assert flat.startswith(answers.main[0].question)


def test_parts_come_in_order(text):
    parts = (
        *("1. Child labour, World", "Estimates for key years", "Rate by year", "What this rests on"),
        *(
            "2. Forced labour, World",
            "Groups, and what was published before",
            "Published projections",
            "Sources",
            "Seed 87",
        ),
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_quiet_is_questions_and_sentences_alone(answers):
    quiet = run_together(render_text(answers, quiet=True))
    for answer in answers.main:
        assert answer.question in quiet
        assert all(run_together(sentence) in quiet for sentence in answer.sentences())
    assert "Estimates" not in quiet
    assert "Seed" not in quiet


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_ascii_mode_holds_ascii_only(answers, width):
    plain = render_text(answers, width=width, unicode=False)
    assert plain.isascii()
    assert "?" not in plain.replace("%?", "").replace("2030?", "").replace("2025?", "")
    assert "Africa*" in plain
    assert "* recalled, not read" in plain


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_lines_keep_to_the_width(answers, width, unicode):
    lines = render_text(answers, width=width, unicode=unicode).splitlines()
    assert max(len(line) for line in lines) <= width


def test_table_holds_the_quantiles_of_the_draws(answers, text):
    draws = answers.main[0].draws
    rate, number = (draws[name].sel(year=2030).to_numpy() for name in ("rate", "number"))
    row = next(line for line in text.splitlines() if line.startswith("2030 ") and "–" in line).split()
    low, high = np.quantile(100 * rate, [0.025, 0.975])
    assert row[1] == f"{100 * np.median(rate):.1f}"
    assert row[3] == f"{low:.1f}–{high:.1f}"
    assert float(row[4]) == pytest.approx(np.median(number) / 1e6, rel=0.006)


def test_prior_is_printed_beside_posterior(answers, text):
    head = answers.main[1].answers[0]
    line = next(line for line in text.splitlines() if line.startswith("rate in 2030 below 2021's"))
    assert line.split()[5:7] == [str(head.prior), str(head.probability)]
    assert f"probability {head.probability}. Before any figure was seen: {head.prior}." in text


def test_every_figure_has_its_source_and_how_it_was_confirmed(answers, text):
    for answer in answers.main:
        for row in answer.points.to_dict("records"):
            line = next(
                line for line in text.splitlines() if line.startswith(f"{row['year']}") and row["source_id"] in line
            )
            assert line.endswith("read")


def test_convergence_seed_and_versions_are_given(answers, text):
    flat = run_together(text)
    table = answers.main[0].diagnostics
    worst = table["rhat"].max()
    smallest = min(table["ess_bulk"].min(), table["ess_tail"].min())
    assert f"smallest effective sample size {smallest:,.0f}" in flat
    assert f"largest R-hat {worst:.3f}" in flat
    assert "Seed 87, 400 draws." in flat
    assert "World Population Prospects 2024, medium variant" in flat


def test_a_figure_of_something_else_is_marked_beside_the_model(text):
    rows = {line[:4]: line for line in text.splitlines() if "[" in line}
    assert "2.0§ [1995–2004, earlier method]" in rows["2005"]
    # 2012 stands in both tables; the later is that of forced labour
    assert "3.0 [2002–2011, earlier method]" in rows["2012"]
    assert "9.6 [earlier method]" in rows["2016"]
    assert set(rows) == {"2000", "2004", "2005", "2008", "2012", "2016"}


def test_a_figure_of_something_else_has_its_own_sign_in_the_chart(answers):
    lines = chart(answers.main[1], width=100, unicode=True).splitlines()
    assert {line[:4]: "+" in line for line in lines[:4]} == {"2005": True, "2012": True, "2016": False, "2021": False}
    assert not any("×" in line or "⊗" in line for line in lines[:2])


def test_an_error_that_is_recalled_is_said_to_be(text):
    assert "1 of 4 carries a published error (it is recalled, not read†)" in run_together(text)


def test_a_threshold_asked_for_is_named_in_its_unit():
    flat = run_together(render_text(assess("forced_labour", threshold="3 per 1000", draws=400, check=False)))
    assert "Whether the rate is below 3 per 1,000." in flat
    assert "Is forced labour below 3 per 1,000 in 2030?" in flat
    assert "“Zero”" not in flat
    assert "0.3 %" not in flat


def test_declined_groups_have_their_reason(text):
    assert "1 published figure <b>only</b>" in text


def test_one_answer_is_rendered_alone(answers):
    alone = render_text(answers.main[1])
    assert alone.startswith("Does forced labour decline")
    assert "Groups" not in alone
    assert alone.endswith("\n")


def test_the_same_answers_give_the_same_text(answers, text):
    assert render_text(answers, width=100) == text
