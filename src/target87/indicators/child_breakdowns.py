"""Breakdowns that tables of child labour have: sex, age, residence, sector, school, family work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.child_bands import band_column
from target87.indicators.child_definitions import definition
from target87.indicators.child_hazards import industry_sector
from target87.indicators.child_reading import ChildColumns
from target87.indicators.flags import Flags
from target87.indicators.reading import folded

if TYPE_CHECKING:
    import pandas as pd

type Codes = np.ndarray[Any, np.dtype[np.int64]]
type Meanings = Mapping[Any, str]

NO_ANSWER = ("don't know", "dk", "no response", "no answer", "refused", "missing", "7", "8", "9")


class Breakdown(NamedTuple):
    """What a breakdown is made of: the names of its column in surveys, its labels, and the values that mean each."""

    known: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str] = {}
    """A label and the word whose occurrence in a value's label means it."""


BREAKDOWNS: dict[str, Breakdown] = {
    "sex": Breakdown(
        ("sex", "HL4"), {"boys": ("1", "boy", "boys", "male", "m"), "girls": ("2", "girl", "girls", "female", "f")}
    ),
    "age_band": Breakdown(("age", "CB3", "HL6", "SL9C"), {}),
    "residence": Breakdown(("residence", "HH6", "area"), {"urban": ("1", "urban"), "rural": ("2", "rural")}),
    "sector": Breakdown(("industry", "isic"), {}),
    "school": Breakdown(
        ("school", "schoolAttendance", "CB7"),
        {"attending school": ("1", "yes", "attending"), "not attending school": ("2", "0", "no", "not attending")},
    ),
    "family_work": Breakdown(
        ("status", "status_in_employment"),
        {"family work": (), "other work": ()},
        {"family work": "family"},
    ),
    "work_and_school": Breakdown(("school", "schoolAttendance", "CB7"), {}),
}


def breakdowns(
    data: Any,
    names: str | Iterable[str] | None = None,
    *,
    flags: Flags | None = None,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, Meanings] | None = None,
    isic: Literal["3", "4"] | None = None,
) -> pd.DataFrame:
    """Labelled columns to break estimates down by, one row a row of the data.

    ``design.with_columns(breakdowns(data))`` attaches them.

    Parameters
    ----------
    data : frame or microdata
        The rows of the design.
    names : str or iterable of str, optional
        ``"sex"``, ``"age_band"``, ``"residence"``, ``"sector"`` (agriculture, industry, services by ISIC),
        ``"school"``, ``"family_work"``, ``"work_and_school"`` (in child labour, in school, both, neither). Those whose
        columns are found, if not given.
    flags : Flags, optional
        Of the same rows: their definition gives the bands of age, children without work have no sector, and
        ``work_and_school`` needs them.
    columns : mapping of str to str, optional
        Columns by breakdown, where they are not found under their usual names.
    values : mapping, optional
        By breakdown, the label that each value of its column means, such as ``{"sex": {0: "boys", 1: "girls"}}``.
    isic : {"3", "4"}, optional
        Revision of the industries, where codes do not tell.

    Returns
    -------
    pandas.DataFrame
        Ordered categories, missing where the answer is, where a child does not work, and outside the ages of bands.

    Raises
    ------
    UnknownNameError
        If a breakdown or column is not known.
    InputError
        If the column of a breakdown asked for is not found, or flags are of other rows or are wanted.
    DataError
        If it is not known what a value means.

    Notes
    -----
    Sectors are sections A (agriculture), B to F (industry) and G to U (services) of ISIC Rev. 4, or A and B, C to F,
    G to Q of Rev. 3 (recalled, to be checked against the classification).

    Examples
    --------
    >>> import pandas as pd
    >>> children = pd.DataFrame({"sex": [1, 2, 2], "age": [7, 13, 16], "industry": ["01", None, "47"]})
    >>> breakdowns(children)
         sex age_band       sector
    0   boys     5-11  agriculture
    1  girls    12-14          NaN
    2  girls    15-17     services
    """
    import pandas as pd

    for given in (columns or {}, values or {}):
        for name in given:
            _known(name)
    read = ChildColumns(data, flags.definition if flags is not None else definition("sdg_8_7_1_a"))
    if flags is not None and len(flags) != read.n:
        raise InputError("flags are of other rows", where="flags", expected=f"{read.n:,} rows", got=f"{len(flags):,}")
    found = _found(read, names, columns or {}, flags)
    made: dict[str, Any] = {}
    for name, column in found.items():
        meaning = (values or {}).get(name)
        if name == "age_band":
            made[name] = band_column(read.ages(column), read.definition.bands)
        elif name == "sector":
            made[name] = _sectors(read, column, flags, isic)
        elif name == "work_and_school":
            made[name] = _work_and_school(read, column, flags, meaning)
        else:
            made[name] = _labelled(read, column, name, meaning)
    index = getattr(data, "index", None)
    # a pandas frame sorted since is known by its index when the columns are attached
    return pd.DataFrame(made, index=range(read.n) if index is None or callable(index) else index)


def _known(name: str) -> str:
    if name not in BREAKDOWNS:
        raise UnknownNameError.of(str(name), BREAKDOWNS, kind="breakdown")
    return name


def _found(
    data: ChildColumns, names: str | Iterable[str] | None, columns: Mapping[str, str], flags: Flags | None
) -> dict[str, str]:
    """Column of each breakdown asked for, or of all that can be made."""
    asked = BREAKDOWNS if names is None else [_known(one) for one in ([names] if isinstance(names, str) else names)]
    own_case = {name.casefold(): name for name in data.names}
    found = {}
    for name in asked:
        there = [own_case[one.casefold()] for one in BREAKDOWNS[name].known if one.casefold() in own_case]
        if name in columns:
            data.check(columns[name], role=name)
            there = [columns[name]]
        if name == "work_and_school" and flags is None:
            if names is not None:
                raise InputError("work and school together need flags", where="flags", remedies=("child_labour(data)",))
            continue
        if there:
            found[name] = there[0]
        elif names is not None:
            raise InputError(
                f"no column for the breakdown {name!r} was found",
                where="columns",
                expected=f"one of {', '.join(BREAKDOWNS[name].known)}",
                remedies=(f"name it: columns={{{name!r}: 'your column'}}",),
            )
    if not found:
        raise InputError("there is no column to break down by", where="columns", got=", ".join(data.names[:12]))
    return found


def _labelled(data: ChildColumns, column: str, name: str, meaning: Meanings | None) -> pd.Categorical[Any]:
    """A column in the labels of its breakdown, by what its values mean or by their own labels."""
    wanted = BREAKDOWNS[name]
    labels = list(wanted.labels)
    own = {folded(code): text for code, text in data.labels(column).items()}

    def place(value: object) -> int | None:
        said = folded(value)
        if meaning is not None:
            told = {folded(code): label for code, label in meaning.items()}
            return labels.index(told[said]) if told.get(said) in labels else None
        said = folded(own.get(said, said))
        for label, means in wanted.labels.items():
            if said in means:
                return labels.index(label)
        if said in NO_ANSWER or said == "":
            return -1
        if wanted.words and not said.isdigit():
            return next((labels.index(label) for label, word in wanted.words.items() if word in said), len(labels) - 1)
        return None

    return _categories(data, column, name, labels, place)


def _categories(
    data: ChildColumns, column: str, name: str, labels: Sequence[str], place: Callable[[object], int | None]
) -> pd.Categorical[Any]:
    import pandas as pd

    series = data.series(column, role=name)
    codes, levels = pd.factorize(series)
    places = [place(level) for level in levels]
    wrong = [number for number, one in enumerate(places) if one is None]
    if wrong:
        rows = np.flatnonzero(np.isin(codes, wrong))
        raise DataError(
            f"it is not known what values mean for the breakdown {name!r}",
            where=f"column {column!r}",
            expected=", ".join(labels),
            count=int(rows.size),
            examples=[f"row {row}: {series.iloc[[row]].tolist()[0]!r}" for row in rows[:5]],
            remedies=(f"say it: values={{{name!r}: {{value: {labels[0]!r}, ...}}}}",),
        )
    own = np.array([*places, -1], dtype=np.int64)
    return pd.Categorical.from_codes(own[codes], pd.Index(labels), ordered=True)


def _sectors(data: ChildColumns, column: str, flags: Flags | None, isic: str | None) -> pd.Categorical[Any]:
    """Sector of each row's work; missing for who surely does not work."""
    import pandas as pd

    places, labels = industry_sector(data.series(column, role="sector"), column, isic)
    if flags is not None and "economic_work" in flags.columns:
        places = np.where(flags["economic_work"].fillna(True).to_numpy(bool), places, -1)
    return pd.Categorical.from_codes(places, pd.Index(labels), ordered=True)


def _work_and_school(
    data: ChildColumns, column: str, flags: Flags | None, meaning: Meanings | None
) -> pd.Categorical[Any]:
    import pandas as pd

    assert flags is not None  # _found has seen to it
    name = flags.definition.flag
    if name not in flags.columns:
        remedies = ('flags made with missing="omit"',)
        raise InputError("flags with two ends are in no one group", where="flags", remedies=remedies)
    flag = flags[name]
    school = np.asarray(_labelled(data, column, "school", meaning).codes)
    words = "child labour" if name == "child_labour" else name.removeprefix("in_").replace("_", " ")
    labels = [f"in {words} and in school", f"in {words}, not in school", f"in school, not in {words}", "neither"]
    codes = np.where(flag.fillna(False).to_numpy(bool), 0, 2) + school
    codes = np.where(flag.isna().to_numpy(bool) | (school < 0), -1, codes)
    return pd.Categorical.from_codes(codes, pd.Index(labels), ordered=True)
