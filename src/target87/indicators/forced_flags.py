"""What :func:`forced_labour` and :func:`forced_marriage` return: flags aligned to the rows they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.indicators.flags import Flags
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ForcedFlags"]


@dataclass(frozen=True, eq=False, repr=False)
class ForcedFlags(Flags):
    """Flags of persons, and of the spells they were found in.

    A survey design takes them as they are: ``design.with_indicator(flags, on="person")``.

    Parameters
    ----------
    definition : Declared
        The definition the persons were held against.
    definition_text : str
        The same in one line.
    notes : tuple of str
        How many persons and spells each decision concerned.
    """

    _spells: pd.DataFrame | None = None

    @property
    def spells(self) -> pd.DataFrame | None:
        """Flags aligned to the rows of spells; None for an indicator without spells."""
        return None if self._spells is None else self._spells.copy()


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
