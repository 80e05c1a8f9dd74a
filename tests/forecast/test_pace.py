"""Paces and the acceleration factor against hand computation and tables worked out by others from printed figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.errors import InputError, UnknownNameError
from target87.forecast import pace
from target87.forecast.pace import aarr, acceleration, annual_change, extrapolate, required_pace

SCALES = ("log", "logit", "linear")
proportions = st.floats(1e-6, 1 - 1e-6)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("log", -0.0693147180559945),  # -ln(2)/10
        ("logit", -0.1098612288668110),  # log-odds 0 to -ln(3), over 10
        ("linear", -0.025),
    ],
)
def test_a_half_to_a_quarter_in_ten_years(scale, expected):
    assert annual_change(0.5, 0.25, 10, scale) == pytest.approx(expected, rel=1e-14)
    assert required_pace(0.5, 0.25, 10, scale) == pytest.approx(expected, rel=1e-14)


def test_aarr_by_hand():
    assert aarr(0.16, 0.04, 2) == pytest.approx(0.5, rel=1e-14)
    assert aarr(0.1, 0.121, 2) == pytest.approx(-0.1, rel=1e-13)


# World rates as printed, and what constant annual change since each year gives: compound change a year in per cent, and
# the year, rounded, in which the rate crosses 1 % from 2024 on. Worked out apart from this library, to these digits.
@pytest.mark.parametrize(
    ("first", "rate", "change", "crossing"),
    [(2000, 16.0, -2.95, 2093), (2008, 13.6, -3.41, 2083), (2016, 9.6, -2.56, 2103), (2020, 9.6, -5.06, 2064)],
)
def test_pace_of_the_printed_world_rates(first, rate, change, crossing):
    assert -100 * aarr(rate / 100, 0.078, 2024 - first) == pytest.approx(change, abs=0.005)
    around = np.array([crossing - 0.5, crossing + 0.5]) - 2024
    before, after = extrapolate(0.078, annual_change(rate / 100, 0.078, 2024 - first), around)
    assert before > 0.01 > after


@given(proportions, proportions, st.floats(0.5, 100), st.sampled_from(SCALES))
def test_extrapolating_the_change_gives_the_end(start, end, years, scale):
    change = annual_change(start, end, years, scale)
    assert extrapolate(start, change, years, scale) == pytest.approx(float(end), rel=1e-9)


@given(proportions, st.floats(-0.05, 0.05), st.floats(0.5, 40), st.sampled_from(("log", "linear")))
def test_the_change_of_an_extrapolation_is_the_pace(start, change, years, scale):
    end = extrapolate(start + 3.0, change, years, scale)
    assert annual_change(start + 3.0, end, years, scale) == pytest.approx(change, abs=1e-12)


@given(proportions, proportions, st.integers(1, 60))
def test_aarr_taken_off_each_year_gives_the_end(start, end, years):
    assert start * (1 - float(aarr(start, end, years))) ** years == pytest.approx(end, rel=1e-8)


def test_extrapolation_keeps_inside_the_scale_and_does_not_stop_at_zero_where_it_has_none():
    assert extrapolate(0.078, -50.0, 100, "logit") >= 0
    assert extrapolate(0.078, 50.0, 100, "logit") <= 1
    assert extrapolate(0.07, -0.02, 5, "linear") == pytest.approx(-0.03)
    assert extrapolate(0.07, -0.02, 0, "linear") == pytest.approx(0.07)


# Children in millions and per cent in 2000, 2020 and 2024 as rounded by the table's author; end within five years.
# Lines: basis, window's first year. Columns: linear to 0, exponential to 0.5, 1 and 2 %.
FACTORS = {
    ("number", 2000): (6.1, 22.8, 17.1, 11.3),
    ("number", 2020): (5.0, 14.9, 11.1, 7.4),
    ("rate", 2000): (4.6, 18.4, 13.7, 9.1),
    ("rate", 2020): (3.5, 10.6, 7.9, 5.2),
}


@pytest.mark.parametrize(("basis", "first"), FACTORS)
def test_factors_worked_out_by_others(basis, first):
    levels = {"number": {2000: 246, 2020: 160, 2024: 138}, "rate": {2000: 0.160, 2020: 0.096, 2024: 0.078}}[basis]
    children = 138 / 0.078  # a threshold of numbers is that share of the children of 2024
    unit = 1.0 if basis == "rate" else children
    terms = (5, levels[first], levels[2024], (first, 2024))
    ours = [acceleration(levels[2024], 0, *terms, "linear", basis=basis)]
    ours += [acceleration(levels[2024], limit * unit, *terms, basis=basis) for limit in (0.005, 0.01, 0.02)]
    assert [float(one.factor) for one in ours] == pytest.approx(list(FACTORS[basis, first]), abs=0.051)


@pytest.mark.parametrize(
    ("scale", "basis", "threshold", "expected"),
    [
        ("log", "rate", 0.01, 17.7),
        ("log", "rate", 0.005, 23.1),
        ("log", "rate", 0.02, 12.3),
        ("linear", "rate", 0.0, 6.0),
        ("linear", "number", 0.0, 7.5),
    ],
)
def test_factors_of_2021_worked_out_by_others(scale, basis, threshold, expected):
    start, end = {"rate": (0.160, 0.096), "number": (245.5, 160.0)}[basis]
    ours = acceleration(end, threshold, 5, start, end, (2000, 2020), scale, basis=basis)
    assert float(ours.factor) == pytest.approx(expected, abs=0.05)


def test_factor_on_the_log_odds_scale_by_hand():
    # log-odds 0 to -ln 3 in ten years, then -ln 3 to -ln 9 in five: the same fall in half the time
    assert float(acceleration(0.25, 0.1, 5, 0.5, 0.25, (2000, 2010), "logit").factor) == pytest.approx(2.0, rel=1e-13)


@pytest.mark.parametrize("end", [0.10, 0.11])
def test_no_factor_without_a_decline(end):
    ours = acceleration(end, 0.01, 5, 0.10, end, (2016, 2020))
    assert np.isnan(ours.factor)
    assert np.isnan(ours.median)
    assert ours.probability_undefined == 1
    assert ours.reason == "the rate did not fall from 2016 to 2020: no decline to speed up"
    assert str(ours).startswith("undefined [")


def test_no_reason_where_every_factor_is_defined():
    assert acceleration(0.09, 0.01, 5, 0.1, 0.09, (2016, 2020)).reason == ""


def test_nothing_to_speed_up_below_the_threshold():
    ours = acceleration(np.array([0.009, 0.01, 0.02]), 0.01, 5, 0.1, 0.05, (2016, 2020))
    assert ours.factor[:2].tolist() == [0.0, 0.0]
    assert not np.signbit(ours.factor).any()
    assert ours.factor[2] > 0


def test_draws_without_a_decline_stand_above_every_factor():
    start, end = np.full(5, 0.10), np.array([0.05, 0.06, 0.08, 0.10, 0.12])
    ours = acceleration(end, 0.01, 4, start, end, (2016, 2020))
    assert np.isnan(ours.factor).tolist() == [False, False, False, True, True]
    by_hand = [np.log(one / 0.01) / np.log(0.10 / one) for one in (0.05, 0.06, 0.08)]
    assert ours.factor[:3] == pytest.approx(by_hand, rel=1e-12)
    # two of five draws stand above: the middle one of five is the third, not the second of three
    assert float(ours.median) == pytest.approx(by_hand[2], rel=1e-12)
    assert ours.probability_undefined == pytest.approx(0.4)
    assert np.isnan(ours.quantile([0.0, 0.5, 0.75, 1.0])).tolist() == [False, False, True, True]
    assert "in 2 of 5 draws the rate did not fall" in ours.reason


def test_there_is_no_mean_of_ratios():
    ours = acceleration(0.078, 0.01, 6, 0.160, 0.078, (2000, 2024))
    assert not hasattr(ours, "mean")


def test_draws_are_the_last_axis():
    rng = np.random.default_rng(1)
    start = rng.uniform(0.1, 0.2, (3, 200))
    now = start * rng.uniform(0.4, 0.9, (3, 200))
    ours = acceleration(now, 0.01, 6, start, now, (2000, 2024))
    assert ours.median.shape == (3,)
    assert ours.quantile([0.1, 0.9]).shape == (3, 2)
    assert ours.probability_undefined.shape == (3,)
    one = acceleration(now[1], 0.01, 6, start[1], now[1], (2000, 2024))
    assert ours.quantile([0.1, 0.5, 0.9])[1] == pytest.approx(one.quantile([0.1, 0.5, 0.9]), rel=1e-15)
    assert one.quantile([0.1, 0.5]) == pytest.approx(np.quantile(one.factor, [0.1, 0.5]), rel=1e-12)
    assert "medians of 3 series" in str(ours)
    assert extrapolate(start, annual_change(start, now, 24), np.array([[1], [2], [3]])).shape == (3, 200)


@pytest.mark.parametrize("shape", [(), (100,), (2, 100)])
def test_a_factor_is_never_printed_without_what_it_depends_on(shape):
    now = np.full(shape, 0.078)
    ours = acceleration(now, 0.005, 6, 0.160, now, (2000, 2024))
    for shown in (str(ours), repr(ours), f"{ours}"):
        for term in ("basis rate", "window 2000-2024", "log scale", "threshold 0.5%", "from 2024 to 2030"):
            assert term in shown
    with pytest.raises(TypeError):
        f"{ours:.1f}"
    with pytest.raises(TypeError):
        float(ours)


def test_thresholds_of_numbers_are_printed_as_numbers():
    ours = acceleration(138e6, 1_000_000, 5, 246e6, 138e6, (2000, 2024), basis="number", now=2025)
    assert "basis number" in str(ours)
    assert "threshold 1,000,000, from 2025 to 2030" in str(ours)


def test_a_factor_cannot_be_changed_from_outside():
    draws = np.array([1.0, 2.0])
    ours = pace.Acceleration(draws, "rate", (2000, 2024), "log", 0.01, 2024, 2030)
    draws[:] = 0
    assert ours.factor.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        ours.factor[0] = 3.0


@pytest.mark.parametrize(
    ("call", "where", "said"),
    [
        (lambda: required_pace(0.1, 0.0, 5), "threshold", "such as 0.01"),
        (lambda: required_pace(0.1, 0.0, 5, "logit"), "threshold", "such as 0.01"),
        (lambda: required_pace(0.1, 0.01, -5), "years", "above 0"),
        (lambda: required_pace(0.1, 0.01, 0), "years", "above 0"),
        (lambda: annual_change(0.1, 0.2, -1), "years", "above 0"),
        (lambda: annual_change(0.1, 0.2, np.inf), "years", "above 0"),
        (lambda: annual_change(1.2, 0.2, 1, "logit"), "start", "below 1"),
        (lambda: annual_change(0.2, 1.0, 1, "logit"), "end", "below 1"),
        (lambda: annual_change(0.2, -0.1, 1), "end", "above 0"),
        (lambda: annual_change([0.2, np.nan], 0.1, 1, "linear"), "start", "how many: 1"),
        (lambda: annual_change([0.2, 0.3], [0.1, 0.1, 0.1], 1), "years, start, end", "(2,)"),
        (lambda: aarr(0.0, 0.1, 1), "start", "above 0"),
        (lambda: extrapolate(0.1, -0.01, -1), "years", "0 or more"),
        (lambda: extrapolate(1.0, -0.01, 1, "logit"), "level", "below 1"),
        (lambda: acceleration(0.078, 0.0, 6, 0.16, 0.078, (2000, 2024)), "threshold", "such as 0.01"),
        (lambda: acceleration(7.8, 0.01, 6, 16.0, 7.8, (2000, 2024)), "level_now", "write 0.096"),
        (lambda: acceleration(0.078, 1.0, 6, 0.16, 0.078, (2000, 2024)), "threshold", "write 0.096"),
        (lambda: acceleration(0.078, 0.01, 0, 0.16, 0.078, (2000, 2024)), "years", "above 0"),
        (lambda: acceleration(0.078, 0.01, 6, 0.16, 0.078, (2024, 2000)), "years", "-24"),
        (lambda: acceleration(0.078, 0.01, 6, 0.0, 0.078, (2000, 2024)), "base_start", "above 0"),
        (lambda: acceleration(0.078, 0.01, 6, 0.16, 0.078, 24), "base_years", "(2000, 2024)"),
        (lambda: acceleration(0.078, 0.01, 6, 0.16, 0.078, (2000, 2024)).quantile(95), "probabilities", "95"),
    ],
)
def test_bad_input(call, where, said):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.where == where
    assert said in str(caught.value)


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="linear"):
        annual_change(0.2, 0.1, 1, "line")
    with pytest.raises(UnknownNameError, match="number"):
        acceleration(0.2, 0.1, 1, 0.3, 0.2, (2000, 2010), basis="numbers")
