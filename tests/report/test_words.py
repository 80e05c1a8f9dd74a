"""Words for numbers, marks for how figures were confirmed, and ASCII in place of typography."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.report import words
from target87.results.probability import Probability


@pytest.mark.parametrize(
    ("share", "term"),
    [
        # Mastrandrea et al. (2010), table 1: narrowest term that fits
        (0.005, "exceptionally unlikely"),
        (0.05, "very unlikely"),
        (0.2, "unlikely"),
        (0.5, "about as likely as not"),
        (0.8, "likely"),
        (0.95, "very likely"),
        (0.995, "virtually certain"),
    ],
)
def test_likelihoods_are_those_of_the_ipcc(share, term):
    assert words.likelihood(Probability(share, 0.0, round(4000 * share), 4000)) == term
    assert term in words.LIKELIHOOD_KEY


@pytest.mark.parametrize(
    ("share", "error", "term"),
    [
        (0.32, 0.002, "unlikely"),
        (0.32, 0.005, "about as likely as not"),
        (0.31, 0.01, "about as likely as not"),
        (0.34, 0.02, "about as likely as not"),
        (0.67, 0.002, "likely"),
        (0.67, 0.006, "about as likely as not"),
        (0.098, 0.001, "unlikely"),
        (0.901, 0.001, "likely"),
        (0.991, 0.001, "very likely"),
        (0.5, 0.3, "about as likely as not"),
    ],
)
def test_no_word_hangs_on_the_seed(share, error, term):
    """Limits of table 1 of Mastrandrea et al. (2010), moved by two Monte Carlo errors away from even odds."""
    assert words.likelihood(Probability(share, error, round(4000 * share), 4000)) == term


@given(st.floats(0, 1), st.floats(0, 0.05))
def test_words_are_as_cautious_on_either_side(share, error):
    order = [term for _, term in words.LIKELIHOODS] + ["virtually certain"]
    given_, sure = (
        order.index(words.likelihood(Probability(share, one, round(4000 * share), 4000))) for one in (error, 0.0)
    )
    even = order.index("about as likely as not")
    assert abs(given_ - even) <= abs(sure - even)
    assert (given_ - even) * (sure - even) >= 0


def test_a_bound_is_no_more_certain_than_its_limit():
    assert words.likelihood(Probability(0.0, 0.0, 0, 4000)) == "exceptionally unlikely"
    assert words.likelihood(Probability(0.0, 0.0, 0, 400)) == "very unlikely"
    assert words.likelihood(Probability(1.0, 0.0, 400, 400)) == "very likely"


@pytest.mark.parametrize(
    ("period", "method", "said"),
    [
        ((2021, 2021), "household surveys", ""),
        ((2021, 2021), "reported cases", "earlier method"),
        ((1995, 2004), "reported cases", "1995–2004, earlier method"),
        ((1995, 2004), "household surveys", "1995–2004"),
    ],
)
def test_a_figure_of_something_else_says_so(period, method, said):
    point = {"first_year": period[0], "last_year": period[1], "method": method}
    assert words.unlike(point, "household surveys") == said


@pytest.mark.parametrize(
    ("status", "rate_published", "marks"),
    [
        ("READ", 9.6, ("", "")),
        ("READ_APPROX", 9.6, ("‡", "‡")),
        ("RECALLED", 9.6, ("†", "†")),
        ("RATE_READ_NUMBER_RECALLED", 9.6, ("", "†")),
        ("NUMBER_READ_RATE_RECALLED", 9.6, ("†", "")),
        ("DERIVED (from the world)", 9.6, ("§", "§")),
        ("READ", math.nan, ("§", "")),
        ("RECALLED", math.nan, ("§†", "†")),
        ("NUMBER_READ_RATE_RECALLED", math.nan, ("§", "")),
        ("a word of another vocabulary", 9.6, ("†", "†")),
    ],
)
def test_marks_follow_what_was_read(status, rate_published, marks):
    point = {"status": status, "rate_published": rate_published}
    assert (words.rate_mark(point), words.number_mark(point)) == marks
    assert all(note[0] in "".join(marks) for note in words.footnotes(marks))
    assert len(words.footnotes(marks)) == len(set("".join(marks)))


@given(st.text())
def test_ascii_is_ascii(text):
    assert words.ascii_only(text).isascii()


def test_ascii_keeps_columns_where_they_are():
    text = "14.6–18.2  134†  2.0§  −3.0  “not before 2060”  § ‡ × ’"
    assert words.ascii_only(text) == '14.6-18.2  134*  2.0#  -3.0  "not before 2060"  # ~ x \''


def test_numbers_are_kept_with_their_signs():
    assert words.bind("P < 0.003, 80 % of 5") == "P <\N{NO-BREAK SPACE}0.003, 80\N{NO-BREAK SPACE}% of 5"
    assert words.signed_span(-3.8, 2.14) == "−3.8 to +2.1"
    assert words.span("", "3") == ""
