"""Columns of children's answers, read once each: a file has few different answers, so rules are applied to those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.indicators.child_definitions import ChildLabourDefinition
from target87.indicators.child_limits import MOST_HOURS
from target87.indicators.reading import Columns, answers, numbers
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

type BoolArray = NDArray[np.bool_]
type FloatArray = NDArray[np.float64]

OLDEST = 120


class ChildColumns(Columns):
    """Columns of data about children, each read once.

    Parameters
    ----------
    data : frame or microdata
        As :class:`target87.indicators.reading.Columns` has them.
    definition : ChildLabourDefinition
        Says which codes and words are answers.

    Raises
    ------
    InputError
        If ``data`` is neither.
    """

    def __init__(self, data: Any, definition: ChildLabourDefinition) -> None:
        super().__init__(data, "data")
        self.definition = definition
        self._answers: dict[str, Truth] = {}
        self._numbers: dict[str, FloatArray] = {}

    def answer(self, name: str) -> Truth:
        """A column of yes and no; missing is neither.

        Raises
        ------
        DataError
            As :func:`target87.indicators.reading.answers`.
        """
        if name not in self._answers:
            self._answers[name] = self._read_answer(name)
        return self._answers[name]

    def ages(self, name: str) -> FloatArray:
        """Ages in completed years, NaN where missing.

        Raises
        ------
        DataError
            If an age is negative, above 120 or no whole number.
        """
        age = self._within(name, "age", 0, OLDEST)
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero(~np.isnan(age) & (age != np.floor(age)))
        if rows.size:
            raise DataError(
                "ages are completed years, whole numbers",
                where=f"column {name!r}",
                count=int(rows.size),
                examples=[f"row {row}: {age[row]:g}" for row in rows[:5]],
                remedies=("round down to completed years",),
            )
        return age

    def hours(self, name: str) -> FloatArray:
        """Hours of a week, NaN where missing; special codes among them.

        Raises
        ------
        DataError
            If a value is none, or lies outside 0 to 168 and is no special code.
        """
        special = self.definition.special_codes
        given = self._within(name, "hours of a week", min([0, *special]), max([MOST_HOURS, *special]))
        with np.errstate(invalid="ignore"):
            wrong = np.flatnonzero(~np.isin(given, special) & ((given < 0) | (given > MOST_HOURS)))
        if wrong.size:
            raise DataError(
                "hours of a week lie between 0 and 168",
                where=f"column {name!r}",
                count=int(wrong.size),
                examples=[f"row {row}: {given[row]:g}" for row in wrong[:5]],
                remedies=("special codes are declared: definition.replace(special_codes=(97, 98, 99))",),
            )
        return given

    def special(self, name: str) -> BoolArray:
        """Rows of a column of hours that hold a special code."""
        return np.isin(self.hours(name), self.definition.special_codes)

    def raw_numbers(self, name: str) -> FloatArray:
        """A column of numbers as the syntax meets it: codes among them, NaN where blank or declared missing.

        SPSS leaves out what a file declares missing before any comparison; a frame declares nothing.
        """
        values = self.series(name, role="hours")
        if values.dtype.kind in "iuf":
            return np.asarray(values.to_numpy(np.float64, na_value=np.nan))
        return super().raw_numbers(name)

    def unanswered(self, name: str) -> BoolArray:
        """Rows of a column that hold no answer: blank, declared missing, or a special code of hours or answers."""
        if name in self._answers:
            return self._answers[name].undecided
        if name in self._numbers:
            return np.isnan(self._numbers[name]) | np.isin(self._numbers[name], self.definition.special_codes)
        return self.series(name, role="an answer").isna().to_numpy(bool)

    def _within(self, name: str, role: str, low: float, high: float) -> FloatArray:
        """Numbers of a column; those of a numeric type without a look at each."""
        if name not in self._numbers:
            values = self.series(name, role=role)
            if values.dtype.kind == "b":
                raise DataError(f"yes and no are no {role}", where=f"column {name!r}", expected=f"{low:g} to {high:g}")
            read: FloatArray | None = None
            if values.dtype.kind in "iuf":
                read = values.to_numpy(np.float64, na_value=np.nan)
                with np.errstate(invalid="ignore"):
                    read = None if ((read < low) | (read > high)).any() else read
            self._numbers[name] = numbers(self, name, role=role, low=low, high=high) if read is None else read
        return self._numbers[name]

    def _read_answer(self, name: str) -> Truth:
        import pandas as pd

        own = self.definition
        codes, levels = pd.factorize(self.series(name, role="an answer"))
        different = _Levels(pd.Series(levels), self.labels(name))
        try:
            said = answers(different, name, yes=own.yes, no=own.no, no_answer=own.no_answer)  # type: ignore[arg-type]
        except DataError:
            # once more on all rows, so that the error counts and shows them
            return answers(self, name, yes=own.yes, no=own.no, no_answer=own.no_answer)
        # the last place is that of rows without a value
        return Truth(np.append(said.sure, False)[codes], np.append(said.possible, True)[codes])


class _Levels:
    """The different values of one column, to be read as if they were the column."""

    def __init__(self, values: pd.Series[Any], labels: dict[Any, str]) -> None:
        self._values, self._labels = values, labels

    def series(self, name: str, *, role: str) -> pd.Series[Any]:
        return self._values

    def labels(self, name: str) -> dict[Any, str]:
        return self._labels
