"""Tables in lines: no word is lost, no line too long, figures end where their heading ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.report import layout
from target87.report.cells import Table

word = st.text("abcdefgh0123456789.–%", min_size=1, max_size=8)
cell = st.lists(word, max_size=6).map(" ".join)


@st.composite
def tables(draw) -> Table:
    columns = draw(st.integers(1, 6))
    row = st.tuples(*[cell] * columns)
    heading = draw(st.tuples(*[st.lists(word, min_size=1, max_size=4).map(" ".join)] * columns))
    wordy = draw(st.sets(st.integers(0, columns - 1)))
    return Table("A table", heading, tuple(draw(st.lists(row, max_size=5))), words=tuple(wordy))


@given(tables(), st.integers(70, 130))
def test_no_line_is_too_long_and_no_word_lost(table, width):
    lines = layout.table_lines(table, width)
    assert max(len(line) for line in lines) <= width
    said = sorted(" ".join(lines[2:]).replace("-", " ").split())
    assert said == sorted(word for row in (table.columns, *table.rows) for one in row for word in one.split())


def test_figures_stand_right_and_words_left():
    table = Table("T", ("group", "rate"), (("Africa", "1.5"), ("World", "10.25")))
    assert layout.table_lines(table, 60) == [
        "",
        "T",
        "group    rate",
        "------  -----",
        "Africa    1.5",
        "World   10.25",
    ]


def test_a_value_is_not_torn_from_its_sign():
    lines = layout.paragraph("a probability < 0.003 and 80 % of them", 17)
    assert not any(line.endswith("<") or line.startswith("%") for line in lines)


def test_an_uneven_row_is_refused():
    with pytest.raises(ValueError, match="1 rows have not one cell a heading"):
        Table("T", ("a", "b"), (("1",),))
