"""Figures of an answer: what is drawn is what its tables and draws say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from target87.errors import InputError
from target87.plots import plot_assessment, plot_pace, plot_probability, style


def words(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def labels(axes) -> list[str]:
    return axes.get_legend_handles_labels()[1]


def line(axes, label: str):
    return next(one for one in axes.lines if one.get_label() == label)


def test_points_are_the_published_rates(children):
    axes = plot_assessment(children)
    earlier, last = line(axes, "published, earlier method"), line(axes, "published, last method")
    assert [*earlier.get_xdata(), *last.get_xdata()] == [2000, 2004, 2008, 2012, 2016, 2020, 2024]
    # the printed rates, in per cent
    drawn = [*earlier.get_ydata(), *last.get_ydata()]
    np.testing.assert_allclose(drawn, [16.0, 14.2, 13.6, 10.6, 9.6, 9.6, 7.8])


def test_vertical_bars_are_95_percent_intervals_on_the_log_odds_scale(children):
    axes = plot_assessment(children)
    drawn = np.array([one[:, 1] for one in axes.collections[2].get_segments()]) / 100
    rate = np.array([0.16, 0.142, 0.136, 0.106, 0.096, 0.096, 0.078])
    assumed = np.median(children.posterior.parameters["relative_error"])
    # published to a tenth of a per cent: uniform within 0.05 points either side
    relative = np.hypot(assumed, 0.001 / np.sqrt(12) / rate)
    half = norm.ppf(0.975) * relative / (1 - rate)
    np.testing.assert_allclose(drawn, expit(logit(rate)[:, None] + np.outer(half, [-1, 1])), rtol=1e-4)


def test_a_figure_with_a_printed_error_keeps_it(forced):
    axes = plot_assessment(forced)
    low, high = np.array(axes.collections[2].get_segments()[1])[:, 1] / 1000
    # 2012: 20.9 million, standard error 1.4; rate 3.0 per 1,000 printed to a tenth
    relative = np.hypot(1.4 / 20.9, 0.1 / np.sqrt(12) / 3.0)
    np.testing.assert_allclose(np.diff(logit([low, high])), 2 * 1.96 * relative / 0.997, rtol=1e-3)


def test_periods_are_drawn_where_a_figure_averages(forced):
    axes = plot_assessment(forced)
    periods = [tuple(one[:, 0]) for one in axes.collections[3].get_segments()]
    assert periods == [(1995, 2004), (2002, 2011)]
    assert "the period it averages over" in words(axes)[-1]


def test_unconfirmed_figures_are_hollow_and_named(africa):
    axes = plot_assessment(africa)
    hollow = line(axes, "published, last method; recalled, not read")
    assert hollow.get_markerfacecolor() == "white"
    assert list(hollow.get_xdata()) == [2020]
    assert "published, last method; recalled, not read" in labels(axes)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == labels(axes)


def test_thresholds_and_target_year_are_drawn_and_named(children):
    axes = plot_assessment(children)
    level = {round(float(one.get_ydata()[0]), 6) for one in axes.lines if one.get_color() == style.VERMILION}
    assert level == {1.0, 0.5, 0.1}
    assert {"1 % threshold", "0.5 % threshold", "0.1 % threshold", "target 2025"} <= set(words(axes))
    assert [one.get_xdata()[0] for one in axes.lines if one.get_color() == style.GREEN] == [2025]


def test_a_decline_shows_base_and_target_and_no_threshold(forced):
    axes = plot_assessment(forced)
    assert [one.get_xdata()[0] for one in axes.lines if one.get_color() == style.GREEN] == [2030, 2021]
    assert not any("threshold" in text for text in words(axes))


def test_numbers_are_millions_beside_those_printed(forced):
    axes = plot_assessment(forced, measure="number")
    printed = line(axes, "number as printed, on the population its report used")
    assert dict(zip(printed.get_xdata(), printed.get_ydata(), strict=True)) == {2016: 24.9, 2021: 27.6}
    # 1995-2004 and 2002-2011, from reported cases
    other = line(axes, "the same, by an earlier method or of a period")
    assert dict(zip(other.get_xdata(), other.get_ydata(), strict=True)) == {1999.5: 12.3, 2006.5: 20.9}
    assert [one.tolist() for one in axes.collections[-1].get_segments()] == [
        [[1995, 12.3], [2004, 12.3]],
        [[2002, 20.9], [2011, 20.9]],
    ]
    assert axes.get_ylabel() == "million people"
    median = dict(zip(axes.lines[0].get_xdata(), axes.lines[0].get_ydata(), strict=True))
    assert median[2021] == pytest.approx(np.median(forced.draws["number"].sel(year=2021)) / 1e6)


def test_source_line_names_sources_draws_and_seed(children):
    text = words(plot_assessment(children))[-1].replace("\n", " ")
    for part in ("ILO-UNICEF2025", "ILO2017", "ILO-UNICEF2021", "400 draws", "seed 87"):
        assert part in text


def test_another_measure_is_refused(children):
    with pytest.raises(InputError, match="a rate or a number"):
        plot_assessment(children, measure="share")


def test_years_shown_can_be_chosen(children):
    assert plot_assessment(children, until=2060).get_xlim()[1] == 2060
    assert plot_assessment(children).get_xlim()[1] == 2030


def test_probability_below_each_threshold_by_year(children):
    axes = plot_probability(children)
    rate = children.draws["rate"].sel(year=slice(2024, None)).to_numpy()
    for drawn, threshold in zip(axes.lines, (0.01, 0.005, 0.001), strict=False):
        assert list(drawn.get_xdata()) == [*range(2024, 2061)]
        np.testing.assert_array_equal(drawn.get_ydata(), np.mean(rate < threshold, axis=1))
    assert {"below 1 %", "below 0.5 %", "below 0.1 %"} <= set(words(axes))


def test_probability_of_decline_passes_through_the_answers(forced):
    axes = plot_probability(forced)
    for drawn, answer in zip(axes.lines, forced.answers, strict=False):
        at_target = dict(zip(drawn.get_xdata(), drawn.get_ydata(), strict=True))[2030]
        assert at_target == float(answer.probability)


def test_prior_is_marked_beside_the_posterior(forced):
    axes = plot_probability(forced)
    hollow = [one.get_ydata()[0] for one in axes.lines if one.get_markerfacecolor() == "white" and len(one.get_ydata())]
    assert hollow == [float(answer.prior) for answer in forced.answers]
    assert labels(axes) == ["with the figures (posterior)", "before any figure (prior)"]


def test_numbers_end_with_the_population(forced):
    ends = {
        text: int(one.get_xdata()[-1])
        for text, one in zip(["rate", "rate ", "number", "number "], plot_probability(forced).lines, strict=False)
    }
    assert ends == {"rate": 2060, "rate ": 2060, "number": 2035, "number ": 2035}


def test_pace_draws_the_table(children):
    axes = plot_pace(children)
    rows = children.pace.to_dict("records")
    dots = [float(one.get_xdata()[0]) for one in axes.lines if one.get_marker() in "oD" and len(one.get_xdata()) == 1]
    assert dots == pytest.approx([row["median"] for row in rows])
    bars = [tuple(one.get_xdata()) for one in axes.lines if one.get_linewidth() == 1.4 and len(one.get_xdata()) == 2]
    assert bars == [(row["lower_95"], row["upper_95"]) for row in rows]
    assert "needed 2024–2030, below 1 %" in words(axes)
    assert axes.get_xlabel() == "change of the rate, % a year (compound)"


def test_pace_of_a_decline_needs_nothing(forced):
    axes = plot_pace(forced)
    assert not any("needed" in text for text in (*words(axes), *labels(axes), axes.get_title(loc="left")))


def test_years_are_whole_and_a_far_threshold_is_left_out():
    from target87.studies.assess import assess

    answer = assess("forced_labour", threshold="3 per 1000", draws=400, check=False)
    far = replace(answer, answers=(*answer.answers, replace(answer.answers[0], threshold=0.05)))
    axes = plot_assessment(far, until=2026)
    assert 3.0 < axes.get_ylim()[1] < 50.0
    assert {text for text in words(axes) if "threshold" in text} == {"3 per 1,000 threshold"}
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
