"""Columns of a questionnaire as forced labour and forced marriage need them: answers, ages, kinds, dates, persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN_DAY = np.iinfo(np.int64).min
"""Stands for a missing day; never a day that is read."""
_LAST_DAY = 10_000_000  # 27,000 years: sums of persons and days stay far from the end of the integers


class Columns:
    """Columns of any frame narwhals reads, or of microdata with codes and missing codes; never written to.

    Parameters
    ----------
    data : frame or microdata
        Microdata offer ``columns``, ``codes(name)``, ``missing_codes(name)`` and ``value_labels(name)``.
    argument : str
        Name of the argument, for errors.

    Raises
    ------
    InputError
        If ``data`` is neither.
    """

    def __init__(self, data: Any, argument: str) -> None:
        self.argument = argument
        self.microdata = all(callable(getattr(data, name, None)) for name in ("codes", "missing_codes"))
        self._data = data if self.microdata else _frame(data, argument)
        self.names = tuple(str(name) for name in self._data.columns)
        self.n = len(self._data)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def series(self, name: str, *, role: str) -> pd.Series[Any]:
        """A column as a series of its own, in row order; declared missing codes are missing."""
        self.check(name, role=role)
        if not self.microdata:
            values: pd.Series[Any] = self._data[name].to_pandas().reset_index(drop=True)
            return values
        codes: pd.Series[Any] = self._data.codes(name).reset_index(drop=True)
        missing = list(self._data.missing_codes(name))
        return codes.mask(codes.isin(missing)) if missing else codes

    def raw_numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers as it stands in the file, missing codes among them; NaN where blank or no number."""
        import pandas as pd

        values = self._data.codes(name) if self.microdata else self._data[name].to_pandas()
        read = pd.to_numeric(values.astype(object), errors="coerce")
        return np.asarray(read.to_numpy(np.float64, na_value=np.nan))

    def labels(self, name: str) -> dict[Any, str]:
        """Value labels of a column of microdata."""
        return dict(self._data.value_labels(name)) if self.microdata else {}

    def check(self, name: object, *, role: str) -> None:
        """Raise if there is no column of this name."""
        if not isinstance(name, str):
            raise InputError(f"{role} wants the name of a column", where=f"columns[{role!r}]", got=repr(name))
        if name not in self.names:
            raise UnknownNameError.of(name, self.names, kind=f"column of {self.argument} for {role}")


def answers(
    data: Columns, name: str, *, yes: Sequence[int | str], no: Sequence[int | str], no_answer: Sequence[int | str]
) -> Truth:
    """A column of answers; missing is neither yes nor no.

    Raises
    ------
    DataError
        If a value is none of those given, both 0 and 2 stand for "no", or value labels say otherwise.
    """
    values = data.series(name, role="an answer")
    _refuse_other_labels(data.labels(name), name, yes=yes, no=no)
    said, missing = _folded(values)
    is_yes, is_no = said.isin(_folds(yes)).to_numpy(bool), said.isin(_folds(no)).to_numpy(bool)
    missing = missing | (said.isin(_folds(no_answer)).to_numpy(bool) & ~is_yes & ~is_no)
    wrong = np.flatnonzero(~(is_yes | is_no | missing))
    if wrong.size:
        raise DataError(
            "answers are neither yes, no nor missing",
            where=f"column {name!r}",
            expected=f"yes {_words(yes)}; no {_words(no)}; missing {_words(no_answer)} or empty",
            count=int(wrong.size),
            examples=_shown(values, wrong),
            remedies=("recode the column", "or declare its codes: definition.replace(yes=..., no=..., no_answer=...)"),
        )
    if {0, 2} <= set(no) and {"0", "2"} <= set(said[is_no]):
        raise DataError(
            "both 0 and 2 stand in one column of answers, so its coding is not known",
            where=f"column {name!r}",
            expected="0 for no and 1 for yes, or 1 for yes and 2 for no",
            count=int(said.isin(["0", "2"]).sum()),
            remedies=("say which is no: definition.replace(no=(2,), no_answer=(0, 8, 9))",),
        )
    return Truth(is_yes, is_yes | missing)


def numbers(data: Columns, name: str, *, role: str, low: float, high: float) -> NDArray[np.float64]:
    """A column of numbers between ``low`` and ``high``; NaN where missing.

    Raises
    ------
    DataError
        If a value is no number or out of range.
    """
    import pandas as pd

    values = data.series(name, role=role)
    read = pd.to_numeric(values.astype(object), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero((np.isnan(read) & ~values.isna().to_numpy(bool)) | (read < low) | (read > high))
    if wrong.size:
        raise DataError(
            f"values of {role} are no numbers, or out of range",
            where=f"column {name!r}",
            expected=f"{low:g} to {high:g}, or missing",
            count=int(wrong.size),
            examples=_shown(values, wrong),
            remedies=("make special codes missing before",),
        )
    return read


def kinds(values: pd.Series[Any], name: str, known: dict[Any, str], *, what: str) -> NDArray[np.int64]:
    """Place of each value's kind among the kinds of ``known`` (in their order); -1 where missing.

    Raises
    ------
    DataError
        If a value is none of those known.
    """
    places = {kind: place for place, kind in enumerate(dict.fromkeys(known.values()))}
    said, missing = _folded(values)
    codes = said.map({folded(value): places[kind] for value, kind in known.items()})
    read: NDArray[np.int64] = np.asarray(codes.fillna(-1), dtype=np.int64)
    wrong = np.flatnonzero((read < 0) & ~missing)
    if wrong.size:
        raise DataError(
            f"values are no {what}",
            where=f"column {name!r}",
            expected=_words(list(known)),
            count=int(wrong.size),
            examples=_shown(values, wrong),
            remedies=("say what its values mean: types={1: 'private_labour', ...}",),
        )
    return read


def days(values: Any, where: str) -> tuple[NDArray[np.int64], bool]:
    """Dates, or numbers of days, as whole days; and whether they were dates.

    Raises
    ------
    DataError
        If a value is no date, or a number of days is not whole.
    """
    import pandas as pd

    series = pd.Series(values).reset_index(drop=True)
    given = ~series.isna().to_numpy(bool)
    read = np.full(series.size, UNKNOWN_DAY)
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series) and given.any():
        found = series.to_numpy(np.float64, na_value=np.nan)
        bad = given & ~((found == np.floor(found)) & (np.abs(found) < _LAST_DAY))
        _refuse_days(series, bad, where, "whole numbers of days")
        read[given] = found[given].astype(np.int64)
        return read, False
    try:
        stamped = pd.api.types.is_datetime64_dtype(series)
        dates = series if stamped else pd.to_datetime(series.astype(object), errors="coerce", format="ISO8601")
        if getattr(dates.dtype, "tz", None) is not None:
            dates = dates.dt.tz_localize(None)  # the day where it was written, not in Greenwich
        stamps = dates.to_numpy("datetime64[D]")
    except (ValueError, TypeError) as error:
        raise DataError("the dates cannot be read", where=where, got=str(error)) from error
    bad = given & np.isnat(stamps)
    _refuse_days(series, bad, where, "dates, or text such as 2024-06-30")
    read[given] = stamps[given].astype(np.int64)
    return read, True


def dates_of(read: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Days as dates, missing where unknown."""
    return read.astype("datetime64[D]")  # the least integer is NumPy's missing date


def persons_of(data: Columns, person: tuple[str, ...]) -> pd.Index[Any]:
    """Who each row belongs to.

    Raises
    ------
    DataError
        If an identifier is missing.
    """
    import pandas as pd

    parts = [data.series(name, role="person") for name in person]
    gone = np.logical_or.reduce([part.isna().to_numpy(bool) for part in parts])
    if gone.any():
        raise DataError(
            "rows do not say which person they belong to",
            where=f"{data.argument}, column {', '.join(person)}",
            count=int(gone.sum()),
            examples=[f"row {row}" for row in np.flatnonzero(gone)[:5]],
        )
    parts = [part.astype(object) if isinstance(part.dtype, pd.CategoricalDtype) else part for part in parts]
    if len(parts) == 1:
        single: pd.Index[Any] = pd.Index(parts[0], name=person[0])
        return single
    several: pd.Index[Any] = pd.MultiIndex.from_arrays(parts, names=person)
    return several


def _frame(data: Any, argument: str) -> Any:
    import narwhals as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise InputError(
            "the data are no frame",
            where=argument,
            expected="a pandas, polars or Arrow frame, or microdata read by target87.io",
            got=type(data).__name__,
        ) from error
    if len(set(frame.columns)) < len(frame.columns):
        raise InputError("two columns have one name", where=argument)
    return frame


def _refuse_days(series: pd.Series[Any], bad: NDArray[np.bool_], where: str, expected: str) -> None:
    if bad.any():
        raise DataError(
            "values are no dates",
            where=where,
            expected=expected,
            count=int(bad.sum()),
            examples=_shown(series, np.flatnonzero(bad)),
        )


def _refuse_other_labels(
    labels: dict[Any, str], name: str, *, yes: Sequence[int | str], no: Sequence[int | str]
) -> None:
    """A file whose own labels call "no" what the definition takes for "yes" would turn every answer round."""
    meant = {**dict.fromkeys(_folds(yes), "yes"), **dict.fromkeys(_folds(no), "no")}
    wrong = [
        f"{code} is labelled {label!r}"
        for code, label in labels.items()
        if folded(label) in ("yes", "no") and meant.get(folded(code), folded(label)) != folded(label)
    ]
    if wrong:
        raise DataError(
            "value labels say the opposite of the definition's codes",
            where=f"column {name!r}",
            expected=f"yes {_words(yes)}; no {_words(no)}",
            count=len(wrong),
            examples=wrong,
            remedies=("definition.replace(yes=..., no=...)",),
        )


def _folded(values: pd.Series[Any]) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Values as text to compare by (1, 1.0 and "1" alike), and which are missing or empty."""
    import pandas as pd

    codes, levels = pd.factorize(values)
    words = pd.Series([folded(level) for level in levels], dtype=object)
    said = words.reindex(codes).reset_index(drop=True)
    said[codes < 0] = ""
    return said, (said == "").to_numpy(bool)


def _folds(values: Iterable[object]) -> list[str]:
    return [folded(value) for value in values]


def folded(value: object) -> str:
    """A value as text to compare by: 1, 1.0 and "1" alike, words in any case."""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, float, np.integer, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip().casefold()


def _shown(values: pd.Series[Any], rows: NDArray[np.int64]) -> list[str]:
    """The first few rows and their values, as Python writes them."""
    first = rows[:5]
    return [f"row {row}: {value!r}" for row, value in zip(first, values.iloc[first].tolist(), strict=True)]


def _words(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values) or "(none)"
