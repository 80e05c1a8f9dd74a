"""Charts in lines of text: places on the scale, ASCII alone where asked, the streams that can take more."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from target87.errors import InputError
from target87.plots import can_print_unicode, interval_chart

ROWS = [("2000", 10.0, 20.0, 30.0, 40.0, 50.0, 20.0), ("2060", 0.0, 5.0, 10.0, 15.0, 20.0, None)]
WIDTH = 5 + 51 + 5  # margin, one column a unit, a blank and the median


def test_every_value_stands_on_its_column():
    first, second, axis, scale, key = interval_chart(ROWS, width=WIDTH, unicode=False).splitlines()
    assert first == "2000 " + " " * 10 + "-" * 10 + "x" + "=" * 9 + "o" + "=" * 10 + "-" * 10 + " 30.0"
    assert second == "2060 " + "-" * 5 + "=" * 5 + "o" + "=" * 5 + "-" * 5 + " " * 30 + " 10.0"
    assert [place - 5 for place, one in enumerate(axis) if one == "|"] == [0, 10, 20, 30, 40, 50]
    assert [float(word) for word in scale.split()] == [0, 10, 20, 30, 40, 50]
    assert key == "o median, x published, @ both, = 80 % interval, - 95 % interval"


def test_a_published_value_on_the_median_is_one_sign():
    chart = interval_chart([("a", 1.0, 2.0, 3.0, 4.0, 5.0, 3.0)], width=60, unicode=True)
    assert "⊗" in chart.splitlines()[0]
    assert "●" not in chart.splitlines()[0]


def test_a_published_value_of_something_else_has_its_own_sign():
    rows = [("a", 10.0, 20.0, 30.0, 40.0, 50.0, 30.0), ("b", 10.0, 20.0, 30.0, 40.0, 50.0, 20.0)]
    lines = interval_chart(rows, width=WIDTH, unicode=False, apart=["a"]).splitlines()
    assert lines[0].count("+") == 1
    assert not set("x@o") & set(lines[0])
    assert "x" in lines[1]
    assert lines[-1] == "+ published, but by an earlier method or averaged over years"
    # nothing is explained that is not drawn
    assert "published" not in interval_chart([(*ROWS[1][:6], None)], width=WIDTH, apart=["2060"])
    alone = interval_chart(rows[:1], width=WIDTH, unicode=False, apart=["a"])
    assert "@ both" not in alone
    assert "x published" not in alone


def test_thresholds_are_marked_and_explained():
    lines = interval_chart(ROWS, width=WIDTH, unicode=False, marks=[5.0]).splitlines()
    assert lines[0][5 + 5] == ":"
    assert lines[-1].endswith(": threshold")


def test_a_long_unit_goes_to_the_key():
    short = interval_chart(ROWS, width=WIDTH, unit="%").splitlines()
    assert short[-2].endswith("50 %")
    long = interval_chart(ROWS, width=WIDTH, unit="per 1,000").splitlines()
    assert long[-1].startswith("per 1,000; ")


values = st.lists(st.floats(0, 1e6), min_size=5, max_size=5).map(sorted)


@given(st.lists(values, min_size=1, max_size=6), st.integers(20, 160), st.booleans())
@example([[0.0, 0.0, 0.0, 0.0, 5e-324]], 20, False)
def test_lines_keep_to_the_width(rows, width, unicode):
    charted = [(str(2000 + place), *row, row[2]) for place, row in enumerate(rows)]
    lines = interval_chart(charted, width=width, unicode=unicode).splitlines()
    assert max(len(line) for line in lines[: len(rows) + 1]) <= max(width, 40)
    assert all(line.isascii() for line in lines) or unicode


@pytest.mark.parametrize("rows", [[], [("2000", 1.0, 2.0, float("nan"), 4.0, 5.0, None)]])
def test_nothing_to_draw_is_an_error(rows):
    with pytest.raises(InputError):
        interval_chart(rows)


@pytest.mark.parametrize(("encoding", "able"), [("utf-8", True), ("ascii", False), ("cp1252", False), ("utf-16", True)])
def test_unicode_only_where_the_stream_has_it(encoding, able):
    assert can_print_unicode(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is able


def test_a_stream_without_encoding_gets_ascii():
    assert not can_print_unicode(io.StringIO())
