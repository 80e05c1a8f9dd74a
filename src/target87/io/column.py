"""``Column``: the values of a column as they stand in a file, with what the file says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.io.label_words import repeats_code

if TYPE_CHECKING:
    import pandas as pd

type Code = Any
"""A value of a column: a number, a text, a date; or a tag."""
type Kind = Literal["number", "text", "truth", "date", "datetime", "time"]
type BoolArray = NDArray[np.bool_]

TAGS = tuple(f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
"""Stata's extended missing values; ``.`` alone is missing without a reason and reads NaN."""


@dataclass(frozen=True)
class Missing:
    """Codes that stand for a missing answer.

    Parameters
    ----------
    codes : tuple
        Single codes, of the type of the column.
    ranges : tuple of (float, float)
        Closed ranges of numbers; infinite where open.
    by_label : tuple
        Codes that the file does not declare missing, but whose label says nothing else.
    """

    codes: tuple[Code, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    by_label: tuple[Code, ...] = ()

    @property
    def single(self) -> tuple[Code, ...]:
        """All single codes, declared or by label."""
        return (*self.codes, *(code for code in self.by_label if code not in self.codes))

    def __bool__(self) -> bool:
        return bool(self.codes or self.ranges or self.by_label)

    def holds(self, code: Code) -> bool:
        """Whether a code is among them."""
        if code in self.single:
            return True
        return not isinstance(code, str) and any(low <= code <= high for low, high in self.ranges)


@dataclass(frozen=True, eq=False, repr=False)
class Column:
    """One column of microdata.

    Parameters
    ----------
    values : pandas.Series
        As in the file, user-missing codes among them; NaN where nothing stands, or a tag.
    kind : {"number", "text", "truth", "date", "datetime", "time"}
        What the values are.
    label : str
        Words of the file for the column.
    value_labels : mapping
        From code to text; tags are ".a" to ".z".
    missing : Missing
        Codes that stand for a missing answer; tags need not be named.
    tags : ndarray of uint8, optional
        0, or the letter of Stata's extended missing value in a row.
    format, measure : str
        How the program that wrote the file shows and classes the column.
    distinct : ndarray, optional
        Values without a label in the whole file, where ``values`` are some of its rows.
    """

    values: pd.Series[Any]
    kind: Kind
    label: str = ""
    value_labels: Mapping[Code, str] = field(default_factory=dict)
    missing: Missing = field(default_factory=Missing)
    tags: NDArray[np.uint8] | None = None
    format: str = ""
    measure: str = ""
    distinct: NDArray[Any] | None = None

    def codes(self) -> pd.Series[Any]:
        """The values as in the file; tags are the texts ".a" to ".z" among numbers."""
        if self.tags is None or not self.tags.any():
            return self.values.copy(deep=False)
        mixed = self.values.astype(object)
        for letter in np.unique(self.tags[self.tags > 0]):
            mixed[self.tags == letter] = f".{chr(letter)}"
        return mixed

    def is_missing(self) -> BoolArray:
        """Rows without an answer: nothing, a blank text, a tag or a missing code."""
        return np.asarray(self.values.isna()) | self.is_coded_missing() | self._is_blank()

    def is_coded_missing(self) -> BoolArray:
        """Rows with a missing code or tag, whose reason the file says."""
        gone: BoolArray = np.zeros(len(self.values), dtype=bool) if self.tags is None else self.tags > 0
        single = [code for code in self.missing.single if code not in TAGS]
        if single:
            gone = gone | np.asarray(self.values.isin(single))
        for low, high in self.missing.ranges:
            gone = gone | np.asarray(self.values.between(low, high))
        return gone

    def missing_codes(self) -> tuple[Code, ...]:
        """Single codes, those of ranges that occur or have a label, and tags that do."""
        found = {code for code in self.missing.single if code not in TAGS}
        for low, high in self.missing.ranges:
            inside = self.values[self.values.between(low, high)].unique()
            found |= {plain(code) for code in inside} | {
                code for code in self.numbers_labelled() if low <= code <= high
            }
        tags = {code for code in (*self.value_labels, *self.missing.single) if code in TAGS}
        if self.tags is not None and self.kind != "text":
            tags |= {f".{chr(letter)}" for letter in np.unique(self.tags[self.tags > 0])}
        return (*sorted(found), *(sorted(tags) if self.kind != "text" else ()))

    def numbers_labelled(self) -> list[Code]:
        """Codes with a label that are no tags."""
        return [code for code in self.value_labels if self.kind == "text" or code not in TAGS]

    @property
    def answers(self) -> dict[Code, str]:
        """Labels of codes that are answers, in the order of the codes, if they name all answers that occur.

        Labels that only repeat their number name nothing. Two codes of one label are told apart by the code.
        """
        if self.kind not in ("number", "text"):
            return {}
        given = {
            code: self.value_labels[code]
            for code in self.numbers_labelled()
            if not self.missing.holds(code) and not repeats_code(self.value_labels[code], code)
        }
        if not given or any(plain(value) not in given and not self.missing.holds(plain(value)) for value in self._bare):
            return {}
        ordered = given if self.kind == "text" else {code: given[code] for code in sorted(given)}
        texts = list(ordered.values())
        return {code: text if texts.count(text) == 1 else f"{text} [{show(code)}]" for code, text in ordered.items()}

    def analysed(self) -> pd.Series[Any]:
        """Values for analysis: missing codes are missing; ordered labels where all answers have one."""
        import pandas as pd

        answers = self.answers
        if answers:
            place = pd.Index(list(answers)).get_indexer(pd.Index(self.values)).astype(np.int64)
            place[self.is_missing()] = -1
            return pd.Series(
                pd.Categorical.from_codes(place, categories=pd.Index(list(answers.values()), dtype="str"), ordered=True)
            )
        gone = self.is_coded_missing() | self._is_blank()
        if not gone.any():
            return self.values.copy(deep=False)
        if self.kind == "number":
            numbers = self.values.to_numpy(dtype=np.float64, copy=True)
            numbers[gone] = np.nan
            return pd.Series(numbers)
        return self.values.mask(gone)

    def whole_days(self) -> bool:
        """Whether the values are dates without a time of day."""
        if self.kind != "date":
            return False
        known = self.values.dropna()
        return bool((known == known.dt.normalize()).all())

    def at(self, rows: NDArray[Any]) -> Column:
        """The column in some rows; what all its values are named is kept."""
        values = self.values[rows].reset_index(drop=True)
        return replace(self, values=values, tags=None if self.tags is None else self.tags[rows], distinct=self._bare)

    @cached_property
    def _bare(self) -> NDArray[Any]:
        """Distinct values whose label is none, or only repeats them."""
        if self.distinct is not None:
            return self.distinct
        if not self.value_labels:
            return np.empty(0)
        named = [code for code in self.numbers_labelled() if not repeats_code(self.value_labels[code], code)]
        values = self.values[~(np.asarray(self.values.isna()) | self._is_blank())]
        distinct = values.drop_duplicates()
        return distinct[~distinct.isin(named)].to_numpy()

    def _is_blank(self) -> BoolArray:
        if self.kind != "text":
            return np.zeros(len(self.values), dtype=bool)
        return np.asarray((self.values == "").fillna(False), dtype=bool)


def plain(value: Any) -> Any:
    """A value as Python's own: whole floats stay floats."""
    return value.item() if isinstance(value, np.number | np.bool) else value


def show(code: Code) -> str:
    """A code as people write it: 97, not 97.0."""
    return f"{code:g}" if isinstance(code, float) else str(code)
