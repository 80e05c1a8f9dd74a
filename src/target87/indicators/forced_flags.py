"""What :func:`forced_labour` and :func:`forced_marriage` return: flags aligned to the rows they are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.indicators.forced_truth import Truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ForcedFlags"]


@dataclass(frozen=True, eq=False, repr=False)
class ForcedFlags:
    """Flags of an indicator, one row a person, with what was decided on the way; immutable.

    A survey design takes it as it is: ``design.with_indicator(flags, on="person")``.

    Attributes
    ----------
    definition : ForcedLabourDefinition or ForcedMarriageDefinition
        The definition the rows were held against.
    definition_text : str
        The same in one line, as estimates carry it.
    notes : tuple of str
        How many persons and spells each decision concerned.
    """

    definition: Any
    definition_text: str
    notes: tuple[str, ...]
    _persons: pd.DataFrame = field()
    _spells: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self._persons)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`to_dataframe`."""
        return tuple(str(name) for name in self._persons.columns)

    @property
    def spells(self) -> pd.DataFrame | None:
        """Flags aligned to the rows of spells; None for an indicator without spells."""
        return None if self._spells is None else self._spells.copy()

    def __getitem__(self, name: str) -> pd.Series[Any]:
        from target87.errors import UnknownNameError

        if name not in self.columns:
            raise UnknownNameError.of(name, self.columns, kind="column of flags")
        return self._persons[name].copy()

    def to_dataframe(self) -> pd.DataFrame:
        """One row a person, in the order of the persons given, or of their sorted identifiers."""
        return self._persons.copy()

    def summary(self) -> pd.DataFrame:
        """How many rows each flag marks, unweighted.

        Returns
        -------
        pandas.DataFrame
            One row a flag: how many are true, false and undecided.
        """
        import pandas as pd

        flags = [
            name
            for name in self.columns
            if str(self._persons[name].dtype) == "boolean" and not name.endswith(("_lower", "_upper"))
        ]
        counts = {
            name: {
                "true": int(self._persons[name].sum()),
                "false": int((~self._persons[name]).sum()),
                "undecided": int(self._persons[name].isna().sum()),
            }
            for name in flags
        }
        return pd.DataFrame.from_dict(counts, orient="index")

    def __repr__(self) -> str:
        lines = [f"<{type(self).__name__}: {len(self):,} rows, {self.definition_text}>"]
        lines += [
            f"  {name}: {true:,} yes, {false:,} no, {left:,} undecided"
            for name, true, false, left in self.summary().itertuples()
        ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def flag_frame(columns: dict[str, Any], *, bounds: bool) -> dict[str, Any]:
    """Truths as nullable truth values, pairs of numbers as numbers missing where the ends differ; both ends on request.

    Parameters
    ----------
    columns : dict of str to Truth, pair of arrays, or array
        By name.
    bounds : bool
        Whether to give the ends too, as ``name_lower`` and ``name_upper``.
    """
    import pandas as pd

    made: dict[str, Any] = {}
    for name, held in columns.items():
        if isinstance(held, Truth):
            made[name] = pd.arrays.BooleanArray(held.sure.copy(), held.undecided.copy())
            ends: tuple[Any, Any] = (pd.array(held.sure, dtype="boolean"), pd.array(held.possible, dtype="boolean"))
        elif isinstance(held, tuple):
            made[name] = np.where(undecided(held), np.nan, held[0].astype(np.float64))
            ends = (held[0].astype(np.float64), held[1].astype(np.float64))
        else:
            made[name] = held
            continue
        if bounds:
            made |= {f"{name}_lower": ends[0], f"{name}_upper": ends[1]}
    return made


def undecided(held: Any) -> NDArray[np.bool_]:
    """Rows of a truth or a pair of numbers whose ends differ."""
    if isinstance(held, Truth):
        return held.undecided
    differ: NDArray[np.bool_] = np.asarray(held[0] != held[1])
    return differ
