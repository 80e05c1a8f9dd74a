"""Dates and times of SPSS and Stata: numbers with a format in their files, dates and times in memory.

SPSS counts seconds from 14 October 1582; Stata days, or milliseconds, or weeks, months, quarters, half-years and
years, from 1 January 1960 (recalled, to be checked against the manuals: SPSS "Date and time variables", Stata [D]
Datetime). Tests hold the conversions against those of pyreadstat and pandas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, OutputError

if TYPE_CHECKING:
    import pandas as pd

    from target87.io.column import Kind

type System = Literal["spss", "stata"]
type FloatArray = NDArray[np.float64]

SPSS_START = 12_219_379_200
"""Seconds from the start of SPSS's calendar to 1970."""
STATA_START = 3_653
"""Days from the start of Stata's calendar to 1970."""
_SPSS: dict[str, Kind] = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "MOYR", "QYR", "WKYR"), "date"),
    **dict.fromkeys(("DATETIME", "YMDHMS"), "datetime"),
    **dict.fromkeys(("TIME", "DTIME", "MTIME"), "time"),
}
_STATA = re.compile(r"^%-?(?P<unit>t[dcCwmqhy]|d)(?P<shown>.*)$")
_DAY = 86_400
_MICRO = 1_000_000
_MOST = float(2**63 - 1)


def kind_of(format: str, system: System) -> Kind:
    """What a numeric column holds by its format.

    Examples
    --------
    >>> kind_of("DATE11", "spss"), kind_of("F8.2", "spss"), kind_of("%td", "stata"), kind_of("%tcHH:MM", "stata")
    ('date', 'number', 'date', 'time')
    """
    if system == "spss":
        return _SPSS.get(re.sub(r"[\d.]+$", "", format).upper(), "number")
    found = _STATA.match(format)
    if found is None:
        return "number"
    if found["unit"] not in ("tc", "tC"):
        return "date"
    return "time" if found["shown"].startswith("HH:MM") else "datetime"


def from_numbers(numbers: FloatArray, format: str, system: System, *, where: str) -> pd.Series[Any]:
    """Numbers of a file as dates and times, or as spans of time where no day is meant.

    Raises
    ------
    DataError
        If a number lies outside every calendar.
    """
    import pandas as pd

    with np.errstate(over="ignore", invalid="ignore"):
        seconds = numbers if system == "spss" else _stata_seconds(numbers, format)
        since = seconds - SPSS_START if system == "spss" and kind_of(format, system) != "time" else seconds
        micro = np.round(since * _MICRO)
    wrong = ~np.isnan(numbers) & ~(np.abs(micro) < _MOST)
    if wrong.any():
        raise DataError(
            "a number is no date or time of any calendar",
            where=where,
            expected=f"a number that its format {format} can show",
            count=int(wrong.sum()),
            examples=[f"row {row}: {numbers[row]:g}" for row in np.flatnonzero(wrong)[:5]],
            remedies=("mend the value or the format in the program that wrote the file", "read the other columns"),
        )
    whole = np.where(np.isnan(micro), np.iinfo(np.int64).min, np.nan_to_num(micro)).astype(np.int64)
    kind = "m8[us]" if kind_of(format, system) == "time" else "M8[us]"
    return pd.Series(whole.view(kind))


def to_numbers(values: pd.Series[Any], kind: Kind, format: str, system: System) -> FloatArray:
    """Dates and times as the numbers of a file; the reverse of :func:`from_numbers`.

    Raises
    ------
    OutputError
        If the format counts in units of which a date is no whole number.
    """
    micro = values.to_numpy().astype("m8[us]" if kind == "time" else "M8[us]").astype(np.int64)
    seconds = np.where(np.asarray(values.isna()), np.nan, micro / _MICRO)
    if system == "spss":
        return seconds if kind == "time" else seconds + SPSS_START
    if kind == "time":
        return seconds * 1000.0
    since = seconds + STATA_START * _DAY
    if kind == "datetime":
        return since * 1000.0
    days: FloatArray = since / _DAY
    if (np.mod(days[~np.isnan(days)], 1.0) != 0.0).any():
        raise OutputError("a date has a time of day, for which Stata's days have no place", where=format)
    return days


def format_for(kind: Kind, format: str, system: System) -> str:
    """The format a column of dates or times is written with: its own if it is one of the system, else the usual."""
    if format and kind_of(format, system) == kind and (system == "spss" or _STATA.match(format)):
        return "%td" if system == "stata" and kind == "date" else format
    if system == "spss":
        return {"date": "DATE11", "datetime": "DATETIME20", "time": "TIME8"}[kind]
    return {"date": "%td", "datetime": "%tc", "time": "%tcHH:MM:SS"}[kind]


def _stata_seconds(numbers: FloatArray, format: str) -> FloatArray:
    """Seconds from 1970, or from midnight for times of day."""
    found = _STATA.match(format)
    unit = "td" if found is None or found["unit"] == "d" else found["unit"]
    if unit in ("tc", "tC"):
        own = numbers / 1000.0
        return own if kind_of(format, "stata") == "time" else own - STATA_START * _DAY
    if unit == "td":
        return (numbers - STATA_START) * _DAY
    months = {"tm": numbers, "tq": 3.0 * numbers, "th": 6.0 * numbers, "ty": 12.0 * (numbers - 1960.0)}
    if unit == "tw":  # 52 weeks a year, the last of eight or nine days
        year = np.floor(numbers / 52.0)
        return _month_starts(12.0 * year) + 7.0 * _DAY * (numbers - 52.0 * year)
    return _month_starts(months[unit])


def _month_starts(months: FloatArray) -> FloatArray:
    """Seconds from 1970 to the first day of months counted from January 1960."""
    known = np.abs(months) < 1e7
    whole = np.where(known, months, 0.0).astype(np.int64) - 120
    seconds = whole.astype("M8[M]").astype("M8[s]").astype(np.int64).astype(np.float64)
    return np.where(known, seconds, np.where(np.isnan(months), np.nan, np.inf))
