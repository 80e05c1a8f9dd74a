"""Industries and occupations of children's work: codes read, versions told apart, hazardous ones found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 4
"""Of the longest codes of ISCO and ISIC."""


def _spans(text: str) -> frozenset[str]:
    """Groups of two digits: "05-09 41" stands for 05, 06, 07, 08, 09 and 41."""
    ends = [one.partition("-") for one in text.split()]
    return frozenset(f"{code:02d}" for low, _, high in ends for code in range(int(low), int(high or low) + 1))


# groups of any version, recalled; a code of none, such as 998 or 9999, is no work that is known to be safe
GROUPS_ISCO = _spans("01-03 11-14 21-26 31-35 41-44 51-54 61-63 71-75 81-83 91-96")
GROUPS_ISIC = _spans("01-03 05-43 45-47 49-53 55-56 58-75 77-82 84-88 90-99")
LONGER = {"97": ("970",), "98": ("981", "982"), "99": ("990",)}
"""Groups of ISIC divisions whose numbers surveys give to "don't know" too: 998 and 9999 are no groups of 99."""
# groups that one version of a classification has and the other has not: ISCO-88, ISIC Rev. 3.1 and Rev. 4 as in public
# label files of surveys; ISCO-08 recalled, to be checked against the classification
ONLY_ISCO_08 = ("02", "03", "14", "25", "26", "35", "43", "44", "53", "54", "63", "75", "94", "95", "96")
ONLY_ISCO_88 = (
    *("113", "114", "123", "244", "245", "246", "247", "344", "345", "346", "347", "348", "414", "419", "614", "615"),
    *("714", "724", "733", "734", "743", "744", "822", "823", "824", "825", "826", "827", "828", "829"),
    *("913", "914", "915", "916"),
)
ONLY_ISIC_4 = (
    *("03", "06", "07", "08", "09", "38", "39", "42", "43", "46", "47", "49", "53", "56", "58", "59", "68", "69"),
    *("77", "78", "79", "81", "82", "84", "86", "87", "88", "94", "98"),
)
ONLY_ISIC_3 = ("34", "40", "67")
OWN_ISIC = {"4": (*ONLY_ISIC_4, "R", "S", "T", "U"), "3": ONLY_ISIC_3}
SECTORS = ("agriculture", "industry", "services")
SECTOR_ENDS = {"4": ((3, "A"), (43, "F")), "3": ((5, "B"), (45, "F"))}
"""Last division and section of agriculture and of industry, by revision of ISIC."""
SECTIONS = {"4": {"B": (5, 9), "F": (41, 43)}, "3": {"C": (10, 14), "F": (45, 45)}}
"""Mining and construction as letters of sections, by revision of ISIC: their first and last division."""


@dataclass(frozen=True, eq=False)
class CodeColumn:
    """A column of codes: its different codes as text, and the place of each row's among them, -1 where missing."""

    name: str
    codes: NDArray[np.int64]
    words: tuple[str, ...]

    def truth(self, found: Sequence[bool]) -> Truth:
        """A truth of each code as one of each row; undecided where the code is missing."""
        return Truth(np.array([*found, False])[self.codes], np.array([*found, True])[self.codes])

    def begins(self, listed: Sequence[str]) -> list[bool]:
        """Whether each code begins with one of those listed."""
        return [word.startswith(tuple(listed)) for word in self.words]


def read_codes(values: pd.Series[Any], name: str, groups: frozenset[str], *, letters: bool) -> CodeColumn:
    """Codes of a classification, zeros that numbers lost put back.

    Raises
    ------
    DataError
        If a value is no code of up to four digits that begins with one of the ``groups``, nor, where ``letters`` are
        read, the letter of a section.
    """
    import pandas as pd

    codes, levels = pd.factorize(values)
    numeric = pd.api.types.is_numeric_dtype(values)
    words = [
        str(int(level)) if numeric and float(level).is_integer() else str(level).strip().upper() for level in levels
    ]
    # numbers have lost their leading zeros: the codes of one column are of one length
    width = max([2, *map(len, words)]) if numeric else 2
    words = [word.zfill(width) if word.isdigit() else word for word in words]
    wrong = [
        place
        for place, word in enumerate(words)
        if not _is_code(word, groups) and not (letters and len(word) == 1 and "A" <= word <= "U")
    ]
    if wrong:
        rows = np.flatnonzero(np.isin(codes, wrong))
        raise DataError(
            "values are no codes of the classification",
            where=f"column {name!r}",
            expected=f"2 to {DIGITS} digits, as the classification has them"
            + (", or the letter of a section" if letters else ""),
            count=int(rows.size),
            examples=[f"row {row}: {values.iloc[[row]].tolist()[0]!r}" for row in rows[:5]],
            remedies=("recode special codes, such as 998, to missing before",),
        )
    _refuse_lost_zeros(values, codes, words, name, groups)
    return CodeColumn(name, np.asarray(codes, dtype=np.int64), tuple(words))


def _refuse_lost_zeros(
    values: pd.Series[Any], codes: Any, words: Sequence[str], name: str, groups: frozenset[str]
) -> None:
    """Raise if three digits beside four may be a group or have lost a zero: 810 is 81 and 0, or 08 and 10."""
    if not any(len(word) == DIGITS for word in words):
        return
    both = [len(word) == 3 and _is_code(word, groups) and _is_code(f"0{word}", groups) for word in words]
    doubtful = np.flatnonzero(both)
    if doubtful.size:
        rows = np.flatnonzero(np.isin(codes, doubtful))
        raise DataError(
            "codes of three digits stand beside codes of four: they may have lost a zero in front",
            where=f"column {name!r}",
            expected="codes of one length",
            count=int(rows.size),
            examples=[f"row {row}: {values.iloc[[row]].tolist()[0]!r}" for row in rows[:5]],
            remedies=("put the zeros back, or cut all codes to two digits",),
        )


def occupation_hazard(
    values: pd.Series[Any], name: str, listed: Mapping[str, Sequence[str]], version: str | None
) -> Truth:
    """Whether an occupation is on the list of its version of ISCO, ``{"08": codes, "88": codes}``.

    Raises
    ------
    DataError
        If codes of both versions are mixed, or are of another version than stated.
    InputError
        If nothing tells the version and it matters, or the definition has no list for it.
    """
    column = read_codes(values, name, GROUPS_ISCO, letters=False)
    own = {"08": ONLY_ISCO_08, "88": ONLY_ISCO_88}
    return _hazard(column, listed, version, own, title="ISCO-", argument="isco")


def industry_hazard(
    values: pd.Series[Any], name: str, listed: Mapping[str, Sequence[int]], version: str | None
) -> Truth:
    """Whether an industry is on the list of its revision of ISIC, ``{"4": divisions, "3": divisions}``.

    Letters of sections are read as well; C is manufacturing in Rev. 4 and mining in Rev. 3.

    Raises
    ------
    DataError, InputError
        As :func:`occupation_hazard`.
    """
    column = read_codes(values, name, GROUPS_ISIC, letters=True)
    lists = {
        one: [*(f"{division:02d}" for division in divisions), *_sections(one, divisions)]
        for one, divisions in listed.items()
    }
    return _hazard(column, lists, version, OWN_ISIC, title="ISIC Rev. ", argument="isic")


def industry_sector(
    values: pd.Series[Any], name: str, version: str | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Place of each industry's sector among the names of sectors, -1 where missing; and these names.

    Raises
    ------
    DataError, InputError
        As :func:`occupation_hazard`.
    """
    column = read_codes(values, name, GROUPS_ISIC, letters=True)
    told = version_of(column, version, OWN_ISIC, title="ISIC Rev. ", argument="isic")
    either = {one: [_sector(word, one) for word in column.words] for one in OWN_ISIC}
    if told is None and either["3"] != either["4"]:
        raise _which(column, OWN_ISIC, title="ISIC Rev. ", argument="isic")
    return np.array([*either[told or "4"], -1])[column.codes], SECTORS


def version_of(
    column: CodeColumn, stated: str | None, own: Mapping[str, Sequence[str]], *, title: str, argument: str
) -> str | None:
    """The version the codes are of: as stated, else as codes that one version alone has tell; None if none tells.

    Raises
    ------
    DataError
        If codes of two versions are mixed, or are of another version than stated.
    """
    if stated is not None and stated not in own:
        raise InputError(f"{argument} is one of {', '.join(map(repr, own))}", where=argument, got=repr(stated))
    seen = {one: marked for one, codes in own.items() if any(marked := column.begins(codes))}
    if len(seen) <= 1 and stated in (None, *seen):
        return stated or next(iter(seen), None)
    if stated is not None and not seen:
        return stated
    told = ", ".join(
        f"{title}{one}: {', '.join(word for word, own_one in zip(column.words, marked, strict=True) if own_one)}"
        for one, marked in seen.items()
    )
    # where no version is stated, the rarer is taken for the one astray
    rows = {one: np.flatnonzero(column.truth(marked).sure) for one, marked in seen.items() if one != stated}
    astray = min(rows.values(), key=len)
    mixed = "mix versions of the classification" if len(seen) > 1 else f"are not of {title}{stated}"
    raise DataError(
        f"the codes {mixed}",
        where=f"column {column.name!r}",
        got=f"codes that one version alone has: {told}",
        count=int(astray.size),
        examples=[f"row {row}: {column.words[column.codes[row]]}" for row in astray[:5]],
        remedies=("recode them to one version", f"or state the version, if it is another: {argument}="),
    )


def _hazard(
    column: CodeColumn,
    listed: Mapping[str, Sequence[str]],
    stated: str | None,
    own: Mapping[str, Sequence[str]],
    *,
    title: str,
    argument: str,
) -> Truth:
    version = version_of(column, stated, own, title=title, argument=argument)
    if version is not None:
        if not listed.get(version):  # an empty list would read every child as safe
            raise InputError(
                f"the codes are of {title}{version}, and the definition lists nothing hazardous for it",
                where=f"column {column.name!r}",
                remedies=("add a list to the definition", "or recode the column to the version it lists"),
            )
        return column.truth(column.begins(listed[version]))
    either = [column.begins(listed.get(one, ())) for one in own]
    if either[0] != either[1]:
        raise _which(column, own, title=title, argument=argument)
    return column.truth(either[0])


def _which(column: CodeColumn, own: Iterable[str], *, title: str, argument: str) -> InputError:
    return InputError(
        f"the codes may be of {' or '.join(title + one for one in own)}, and it matters which",
        where=f"column {column.name!r}",
        remedies=("say which: " + " or ".join(f"{argument}={one!r}" for one in own),),
    )


def _is_code(word: str, groups: frozenset[str]) -> bool:
    """Whether a code is of one of the groups of its classification."""
    if not (word.isdigit() and len(word) <= DIGITS and word[:2] in groups):
        return False
    return groups is not GROUPS_ISIC or len(word) == 2 or word.startswith(LONGER.get(word[:2], (word[:2],)))


def _sector(word: str, version: str) -> int:
    """Place of the sector of a division, or a letter of a section."""
    return sum(
        word > letter if word.isalpha() else int(word[:2]) > division for division, letter in SECTOR_ENDS[version]
    )


def _sections(revision: str, divisions: Sequence[int]) -> list[str]:
    """Letters of sections all of whose divisions are hazardous."""
    known = SECTIONS[revision].items()
    return [letter for letter, (low, high) in known if set(range(low, high + 1)) <= set(divisions)]
