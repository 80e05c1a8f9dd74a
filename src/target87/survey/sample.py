"""What designs of either kind do with their rows: subsets, columns attached, weights shown."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.checking import column_names
from target87.survey.columns import definition_of, derived_columns, flag_columns
from target87.survey.domains import Condition, condition
from target87.survey.history import Step
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type Names = str | Sequence[str] | None


class Sample:
    """The rows of a design; immutable, each step returns a new one."""

    _rows: Rows
    _weights: FloatArray
    _inside: NDArray[np.bool_] | None
    _cache: dict[Any, Any]
    history: tuple[Step, ...]

    @property
    def weights(self) -> FloatArray:
        """Weights of all rows, in the order of the data; 0 outside a subset."""
        return self._active_weights.copy()

    @property
    def data(self) -> Any:
        """The data frame, with the columns attached since."""
        return self._rows.native

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._rows.names

    def __len__(self) -> int:
        return self._rows.n

    def subset(self, where: Condition) -> Self:
        """The same design with estimates confined to some rows; the others keep their place in the sampling.

        Parameters
        ----------
        where : str, sequence of bool, or callable
            Column of truth values, truth values of all rows, or a function of the data frame.

        Returns
        -------
        design
            With the step in its history.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> design = t87.SurveyDesign(pd.DataFrame({"w": [1.0, 2.0], "girl": [True, False]}), weights="w")
        >>> design.subset("girl")
        <SurveyDesign: 2 rows (1 in the subset), 2 sampling units, 1 stratum, weights sum to 1>
        """
        inside = condition(self._rows, where)
        if inside is None:
            raise InputError("say which rows the subset holds", where="where")
        kept = inside if self._inside is None else inside & self._inside
        name = where if isinstance(where, str) else "condition"
        step = Step("subset", f"{name}: {int(kept.sum()):,} of {kept.size:,} rows", {"rows": int(kept.sum())})
        return self._changed(_inside=kept, history=(*self.history, step))

    def with_columns(self, frame: Any = None, *, on: Names = None, **columns: Any) -> Self:
        """Attach columns, by row order or by key.

        Parameters
        ----------
        frame : data frame or mapping, optional
            Columns of the same number of rows, or with ``on`` one row a key.
        on : str or sequence of str, optional
            Key columns in both; every key of the data must be in ``frame`` once.
        **columns : array-like
            Further columns in row order, or functions of the data frame.

        Returns
        -------
        design
            With the step in its history.

        Raises
        ------
        DataError
            If lengths differ, a key is missing or repeated.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> design = t87.SurveyDesign(pd.DataFrame({"w": [1.0, 2.0], "age": [9, 15]}), weights="w")
        >>> design.with_columns(young=lambda data: data["age"] < 12).columns
        ('w', 'age', 'young')
        """
        added = derived_columns(self._rows, frame, names(on), columns)
        step = Step("with_columns", ", ".join(added), {"columns": list(added)})
        return self._changed(_rows=self._rows.with_columns(added), history=(*self.history, step))

    def with_indicator(self, flags: Any, *, on: Names = None) -> Self:
        """Attach the flags of an indicator, one row a person, by row order or key; as :meth:`with_columns`, checked.

        Parameters
        ----------
        flags : data frame
            Flags of the same rows; truth values, numbers or labels.
        on : str or sequence of str, optional
            Key columns in both.

        Returns
        -------
        design
            Whose history says how many rows each flag marks.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> design = t87.SurveyDesign(pd.DataFrame({"w": [1.0, 2.0]}), weights="w")
        >>> print(design.with_indicator(pd.DataFrame({"works": [True, False]})).history[-1])
        with_indicator: works true for 1 of 2 rows
        """
        added, note = flag_columns(self._rows, flags, names(on))
        step = Step("with_indicator", note, {"columns": list(added), **definition_of(flags)})
        return self._changed(_rows=self._rows.with_columns(added), history=(*self.history, step))

    @property
    def _active_weights(self) -> FloatArray:
        if self._inside is None:
            return self._weights
        if "active" not in self._cache:
            self._cache["active"] = np.where(self._inside, self._weights, 0.0)
        return self._cache["active"]  # type: ignore[no-any-return]

    def _changed(self, **changes: Any) -> Self:
        other = copy.copy(self)
        other._cache = {}
        for name, value in changes.items():
            setattr(other, name, value)
        return other


def names(given: Names, argument: str = "on") -> tuple[str, ...]:
    """One name, several or none, as a tuple."""
    return () if given is None else column_names(given, argument)
