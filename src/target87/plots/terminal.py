"""Intervals by year as lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError

if TYPE_CHECKING:
    from typing import SupportsFloat

type FloatArray = NDArray[np.float64]
type Row = tuple[object, float, float, float, float, float, float | None]
"""Label, lower 95, lower 80, median, upper 80, upper 95, published value or None."""

LEAST_WIDTH = 40
APART = "published, but by an earlier method or averaged over years"


class _Glyphs(NamedTuple):
    wide: str
    narrow: str
    median: str
    published: str
    both: str
    apart: str
    mark: str
    axis: str
    tick: str


UNICODE = _Glyphs(wide="─", narrow="━", median="●", published="×", both="⊗", apart="+", mark="┊", axis="─", tick="┴")
ASCII = _Glyphs(wide="-", narrow="=", median="o", published="x", both="@", apart="+", mark=":", axis="_", tick="|")


def interval_chart(
    rows: Sequence[Row],
    *,
    width: int = 100,
    unicode: bool = True,
    unit: str = "",
    marks: Sequence[float] = (),
    apart: Collection[object] = (),
) -> str:
    """Draw one line a row: 95 % interval, 80 % interval, median and published value, over a common scale from zero.

    Parameters
    ----------
    rows : sequence of tuple
        Label, lower 95 %, lower 80 %, median, upper 80 %, upper 95 %, published value or None.
    width : int
        Columns of the terminal; at least 40 are used.
    unicode : bool
        Draw with box characters; otherwise nothing but ASCII.
    unit : str
        Words for the scale.
    marks : sequence of float
        Values marked by a vertical line, such as a threshold.
    apart : collection
        Labels of rows whose published value measures something else than the intervals: it gets a sign of its own.

    Returns
    -------
    str
        Lines joined by line feeds, a key last.

    Raises
    ------
    InputError
        If there are no rows, or a value of a row is missing.

    Examples
    --------
    >>> print(interval_chart([("2024", 6.9, 7.3, 7.9, 8.6, 9.1, 7.8)], width=44, unicode=False, unit="%"))
    2024                        --==@==--    7.9
         |______|______|_____|______|______|
         0      2      4     6      8     10 %
    o median, x published, @ both, = 80 % interval, - 95 % interval
    """
    values = _values(rows)
    glyphs = UNICODE if unicode else ASCII
    names = [str(row[0]) for row in rows]
    numbers = [f"{median:.{_decimals(values)}f}" for median in values[:, 2]]
    margin = max(len(name) for name in names) + 1
    columns = max(width, LEAST_WIDTH) - margin - max(len(number) for number in numbers) - 1
    ticks = _ticks(float(np.nanmax([values.max(), *marks])))
    scale = _Scale(columns, float(ticks[-1]))
    lines = [
        f"{name:<{margin}}{_draw(one, scale, signs, marks)} {number:>{max(map(len, numbers))}}".rstrip()
        for name, signs, one, number in zip(
            names, [_signs(glyphs, row, apart) for row in rows], _with_published(rows, values), numbers, strict=True
        )
    ]
    axis, words = _axis(ticks, scale, glyphs, margin)
    key = _key(glyphs, rows, marks, apart)
    if len(words) + 1 + len(unit) <= max(width, LEAST_WIDTH):
        words = f"{words} {unit}".rstrip()
    else:
        key = f"{unit}; {key}"
    explained = [f"{glyphs.apart} {APART}"] if any(_is_apart(row, apart) for row in rows) else []
    return "\n".join([*lines, axis, words, key, *explained])


def can_print_unicode(stream: TextIO) -> bool:
    """Whether a stream's encoding has the characters of a Unicode chart.

    Parameters
    ----------
    stream : file-like
        Where the text will go.

    Returns
    -------
    bool
        False also for a stream that has no encoding.

    Examples
    --------
    >>> import io
    >>> can_print_unicode(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    False
    """
    encoding = getattr(stream, "encoding", None)
    if not encoding:
        return False
    try:
        "".join((*UNICODE, "†‡–−’")).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Scale(NamedTuple):
    columns: int
    top: float

    def column(self, value: SupportsFloat) -> int:
        return round(float(value) / self.top * (self.columns - 1))


def _values(rows: Sequence[Row]) -> FloatArray:
    if not rows:
        raise InputError("a chart needs at least one row", where="rows", got="none")
    values = np.array([[float(one) for one in row[1:6]] for row in rows], dtype=np.float64)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        named = [row[0] for row, missing in zip(rows, bad, strict=True) if missing]
        raise InputError("a row of the chart has a missing value", where="rows", count=len(named), examples=named)
    return values


def _with_published(rows: Sequence[Row], values: FloatArray) -> list[tuple[FloatArray, float | None]]:
    return [
        (one, None if row[6] is None or not np.isfinite(row[6]) else row[6])
        for one, row in zip(values, rows, strict=True)
    ]


def _is_apart(row: Row, apart: Collection[object]) -> bool:
    return row[0] in apart and row[6] is not None


def _signs(glyphs: _Glyphs, row: Row, apart: Collection[object]) -> _Glyphs:
    """The glyphs of one row: a published value of something else is never drawn as agreeing with the median."""
    return glyphs._replace(published=glyphs.apart, both=glyphs.apart) if row[0] in apart else glyphs


def _draw(
    one: tuple[FloatArray, float | None],
    scale: _Scale,
    glyphs: _Glyphs,
    marks: Sequence[float],
) -> str:
    (low95, low80, median, high80, high95), published = (scale.column(value) for value in one[0]), one[1]
    cells = [" "] * scale.columns
    for mark in marks:
        cells[scale.column(mark)] = glyphs.mark
    cells[low95 : high95 + 1] = glyphs.wide * (high95 + 1 - low95)
    cells[low80 : high80 + 1] = glyphs.narrow * (high80 + 1 - low80)
    cells[median] = glyphs.median
    if published is not None:
        place = scale.column(published)
        if place < scale.columns:
            cells[place] = glyphs.both if place == median else glyphs.published
    return "".join(cells)


def _ticks(highest: float) -> FloatArray:
    """Round steps from zero to just beyond the highest value."""
    if highest < np.finfo(np.float64).tiny:  # nothing, or so little that its fifth vanishes
        return np.array([0.0, 1.0])
    rough = highest / 5.0
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough)
    return np.asarray(step * np.arange(np.ceil(highest / step) + 1))


def _decimals(values: FloatArray) -> int:
    median = float(np.median(values[:, 2]))
    return 0 if median >= 100 else 1 if median >= 1 else 2


def _axis(ticks: FloatArray, scale: _Scale, glyphs: _Glyphs, margin: int) -> tuple[str, str]:
    line = [glyphs.axis] * scale.columns
    words = [" "] * (scale.columns + 8)
    for tick in ticks:
        place = scale.column(tick)
        line[place] = glyphs.tick
        text = f"{tick:g}"
        start = max(0, place - len(text) // 2)
        words[start : start + len(text)] = text
    pad = " " * margin
    return pad + "".join(line), (pad + "".join(words)).rstrip()


def _key(glyphs: _Glyphs, rows: Sequence[Row], marks: Sequence[float], apart: Collection[object]) -> str:
    parts = [f"{glyphs.median} median"]
    if any(row[6] is not None and not _is_apart(row, apart) for row in rows):
        parts += [f"{glyphs.published} published", f"{glyphs.both} both"]
    parts += [f"{glyphs.narrow} 80 % interval", f"{glyphs.wide} 95 % interval"]
    if marks:
        parts.append(f"{glyphs.mark} threshold")
    return ", ".join(parts)
