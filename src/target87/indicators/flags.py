"""``Flags``: what an indicator found, row by row, with the reason, the definition, and how it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Flags:
    """Flags of an indicator, aligned to the rows or persons they are about; immutable.

    ``design.with_indicator(flags)`` attaches them, and every estimate made of them carries the definition.

    Parameters
    ----------
    definition : Declared
        The definition the rows were held against.
    definition_text : str
        The same in one line, with what became of missing answers; as estimates carry it.
    notes : tuple of str
        How many rows each decision concerned.
    """

    definition: Any
    definition_text: str
    notes: tuple[str, ...]
    _frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self._frame)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`to_dataframe`."""
        return tuple(str(name) for name in self._frame.columns)

    def to_dataframe(self) -> pd.DataFrame:
        """One row each, in their order: flags, missing where undecided or outside what they are about; reasons."""
        return self._frame.copy()

    def __getitem__(self, name: str) -> pd.Series[Any]:
        if name not in self.columns:
            raise UnknownNameError.of(name, self.columns, kind="column of flags")
        return self._frame[name].copy()

    def summary(self) -> pd.DataFrame:
        """How many rows each flag marks, unweighted.

        Returns
        -------
        pandas.DataFrame
            One row a flag; columns ``yes``, ``no`` and ``missing`` (undecided, or outside what the flags are about).
        """
        import pandas as pd

        rows = {}
        for name in self.columns:
            if self._frame[name].dtype == "boolean":
                values = self._frame[name]
                rows[name] = (int(values.sum()), int((~values).sum()), int(values.isna().sum()))
        return pd.DataFrame.from_dict(rows, orient="index", columns=["yes", "no", "missing"]).astype(np.int64)

    def __repr__(self) -> str:
        counts = [
            f"  {name}: {yes:,} yes, {no:,} no, {missing:,} undecided or outside"
            for name, yes, no, missing in self.summary().itertuples()
        ]
        notes = [f"  note: {note}" for note in self.notes]
        return "\n".join([f"<{type(self).__name__}: {len(self):,} rows, {self.definition_text}>", *counts, *notes])
