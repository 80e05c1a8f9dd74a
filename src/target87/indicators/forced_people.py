"""Whose each spell is: persons given or found, and spells that stand twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.indicators.reading import Columns, persons_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class People:
    """Persons, and who owns each spell.

    Parameters
    ----------
    keys : tuple of str
        Columns that identify persons.
    persons, owners : pandas.Index
        Identifiers of persons, and of each spell's.
    whose : array of int
        Place of each spell's person.
    listed : Columns or None
        The persons as they were given.
    """

    keys: tuple[str, ...]
    persons: pd.Index[Any]
    owners: pd.Index[Any]
    whose: NDArray[np.int64]
    listed: Columns | None

    @classmethod
    def of(cls, data: Columns, keys: tuple[str, ...], persons: Any) -> People:
        """Match spells to persons.

        Raises
        ------
        DataError
            If persons stand twice, or spells belong to nobody among them.
        """
        owners = persons_of(data, keys)
        if persons is None:
            people, listed = owners.drop_duplicates().sort_values(), None
        else:
            listed = Columns(persons, "persons")
            people = persons_of(listed, keys)
            _refuse(people.duplicated(), "persons stand twice", f"persons, column {', '.join(keys)}", people)
        whose = np.asarray(people.get_indexer(owners), dtype=np.int64)
        _refuse(
            whose < 0,
            "spells belong to persons who are not among those given",
            f"spells, column {', '.join(keys)}",
            owners,
            ("numbers and text are not the same: give both frames one type of identifier",),
        )
        return cls(keys, people, owners, whose, listed)

    def __len__(self) -> int:
        return len(self.persons)

    def who(self, row: int) -> str:
        """How a spell is named in errors."""
        return f"row {row} (person {self.owners[[row]].tolist()[0]})"

    def refuse_repeated_spells(self, data: Columns, name: str | None) -> None:
        """Raise if two spells of a person have one number.

        Raises
        ------
        DataError
            If so.
        """
        if name is None:
            return
        import pandas as pd

        keys = pd.DataFrame({"whose": self.whose, "spell": data.series(name, role="spell")})
        twice = np.flatnonzero(keys.duplicated().to_numpy(bool))
        if twice.size:
            raise DataError(
                "spells of one person have the same number",
                where=f"spells, column {name!r}",
                count=int(twice.size),
                examples=[f"{self.who(int(row))}: spell {keys['spell'].iloc[row]}" for row in twice[:5]],
                remedies=("keep one row a spell", "columns={'spell': None} if the column numbers something else"),
            )

    def frame(self, columns: dict[str, Any], *, spells: bool) -> pd.DataFrame:
        """Columns with the identifiers of persons, or of the persons of spells, before them."""
        import pandas as pd

        who = self.owners if spells else self.persons
        return pd.DataFrame({key: who.get_level_values(at).to_numpy() for at, key in enumerate(self.keys)} | columns)


def _refuse(
    wrong: NDArray[np.bool_], what: str, where: str, who: pd.Index[Any], remedies: tuple[str, ...] = ()
) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        examples = [f"row {row}: {one}" for row, one in zip(rows[:5], who[rows[:5]].tolist(), strict=True)]
        raise DataError(what, where=where, count=int(rows.size), examples=examples, remedies=remedies)
