"""``Microdata``: the rows of a survey file, with the labels and missing codes the file gives them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.io.collisions import declared, settled
from target87.io.column import Code, Column, show

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 8
"""Columns, or codes, that are named in one line."""


@dataclass(frozen=True, eq=False, repr=False)
class Microdata:
    """Rows of a survey file with labels and missing codes; immutable, each step returns a new one.

    :func:`target87.io.read` gives it, and designs and indicators take it. ``m[name]`` is a column for analysis, in
    which missing codes are missing; ``m.codes(name)`` the same column as it stands in the file.

    Parameters
    ----------
    held : mapping
        Columns by name, as the readers make them; :meth:`from_dataframe` makes them of a data frame.
    facts : mapping
        What :attr:`source` gives.
    notes : tuple of str
        What was found and decided when the file was read.

    Examples
    --------
    >>> import pandas as pd
    >>> from target87.io import Microdata
    >>> children = Microdata.from_dataframe(
    ...     pd.DataFrame({"sex": [1, 2, 2], "hours": [12, 98, 30]}),
    ...     value_labels={"sex": {1: "boy", 2: "girl"}, "hours": {98: "don't know"}},
    ...     missing={"hours": (98,)},
    ... )
    >>> float(children["hours"].sum()), children.codes("hours").tolist(), list(children["sex"])
    (42.0, [12, 98, 30], ['boy', 'girl', 'girl'])
    """

    held: Mapping[str, Column]
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "held", dict(self.held))
        object.__setattr__(self, "facts", dict(self.facts))
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def from_dataframe(
        cls,
        frame: pd.DataFrame,
        *,
        labels: Mapping[str, str] | None = None,
        value_labels: Mapping[str, Mapping[Code, str]] | None = None,
        missing: Mapping[str, Iterable[Code]] | None = None,
    ) -> Microdata:
        """Microdata of a pandas data frame.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person or household; it is copied.
        labels : mapping of str to str, optional
            Words for columns.
        value_labels : mapping, optional
            From column to a mapping from code to text.
        missing : mapping, optional
            From column to the codes that stand for a missing answer.

        Returns
        -------
        Microdata
            With ``notes`` on labels and codes that contradict one another.

        Raises
        ------
        DataError
            If a column holds neither numbers, texts, truth values nor times.
        UnknownNameError
            If labels or codes are given for a column that is not there.
        """
        from target87.io.arrow_columns import columns_of_frame

        columns, notes = columns_of_frame(frame)
        for argument in (labels, value_labels, missing):
            for name in argument or {}:
                _known(name, columns)
        for name, label in (labels or {}).items():
            columns[name] = replace(columns[name], label=label)
        for name, given in (value_labels or {}).items():
            columns[name] = replace(columns[name], value_labels=dict(given))
        made, more = settled(columns)
        data = cls(made, {}, (*notes, *more))
        return data.with_missing(missing) if missing else data

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return tuple(self.held)

    @property
    def source(self) -> dict[str, Any]:
        """``file`` (its name), ``sha256`` and ``format`` of the file they were read from; empty if there is none."""
        return dict(self.facts)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(next(iter(self.held.values())).values) if self.held else 0

    def codes(self, name: str) -> pd.Series[Any]:
        """A column as it stands in the file.

        Parameters
        ----------
        name : str
            A column.

        Returns
        -------
        pandas.Series
            Codes such as 97 among them; missing only where nothing stands. Stata's extended missing values are the
            texts ``".a"`` to ``".z"``, and the series then holds objects.
        """
        return self._column(name).codes().rename(name)

    def missing_codes(self, name: str) -> tuple[Code, ...]:
        """Codes of a column that stand for a missing answer.

        Parameters
        ----------
        name : str
            A column.

        Returns
        -------
        tuple
            Those the file declares (of a range: those that occur or have a label), those whose label says nothing
            else, such as "don't know", and Stata's ``".a"`` to ``".z"`` that occur or have a label.
        """
        return self._column(name).missing_codes()

    def value_labels(self, name: str) -> dict[Code, str]:
        """Labels of the codes of a column, missing ones among them.

        Parameters
        ----------
        name : str
            A column.

        Returns
        -------
        dict
            From code to text; empty if there are none.
        """
        return dict(self._column(name).value_labels)

    def label(self, name: str) -> str:
        """Words of the file for a column; empty if there are none.

        Parameters
        ----------
        name : str
            A column.
        """
        return self._column(name).label

    def with_missing(self, codes: Mapping[str, Iterable[Code]]) -> Microdata:
        """Say which codes stand for a missing answer: these and no others in the columns named.

        Parameters
        ----------
        codes : mapping
            From column to codes, such as ``{"CL3": (97, 98, 99)}``, ``range(-9, 0)``, or ``()`` for none.

        Returns
        -------
        Microdata
            Whose ``notes`` tell of a code that is labelled as an amount.

        Raises
        ------
        InputError
            If codes are not of the type of the column.
        """
        held, notes = dict(self.held), list(self.notes)
        for name, given in codes.items():
            column = self._column(name)
            several = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
            held[name], more = declared(name, column, several)
            told = ", ".join(show(code) for code in several[:_SHOWN]) + (" ..." if len(several) > _SHOWN else "")
            notes += [f"{name}: with_missing says which codes are missing: {told or 'none'}", *more]
        return replace(self, held=held, notes=tuple(notes))

    def select(self, names: Sequence[str]) -> Microdata:
        """The same rows with some columns, in the order asked for.

        Parameters
        ----------
        names : sequence of str
            Columns.
        """
        chosen = (names,) if isinstance(names, str) else tuple(names)
        repeated = [name for name in dict.fromkeys(chosen) if chosen.count(name) > 1]
        if not chosen or repeated:
            what = f"columns are named twice: {', '.join(repeated)}" if repeated else "no column is named"
            raise InputError(what, where="names")
        return replace(self, held={name: self._column(name) for name in chosen})

    def where(self, mask: Any) -> Microdata:
        """The rows for which a condition holds.

        Rows of a survey belong to its design: estimates for a part of the population want all rows and
        ``SurveyDesign.subset``, not fewer rows.

        Parameters
        ----------
        mask : sequence of bool, or callable
            A truth value a row, or a function of these data that gives them, such as ``lambda m: m["age"] >= 5``.

        Returns
        -------
        Microdata
            Labels, missing codes and the kind of ``m[name]`` are those of all rows.

        Raises
        ------
        InputError
            If the condition is not one truth value a row.
        """
        kept = _truths(mask(self) if callable(mask) else mask, self.n)
        return replace(self, held={name: column.at(kept) for name, column in self.held.items()})

    def rename(self, names: Mapping[str, str]) -> Microdata:
        """The same data with other names of columns.

        Parameters
        ----------
        names : mapping of str to str
            From old to new.

        Raises
        ------
        InputError
            If two columns would have one name.
        """
        for name in names:
            self._column(name)
        new = [names.get(name, name) for name in self.held]
        repeated = sorted({name for name in new if new.count(name) > 1})
        if repeated:
            raise InputError("two columns would have one name", where="names", examples=repeated)
        return replace(self, held=dict(zip(new, self.held.values(), strict=True)))

    def to_pandas(self) -> pd.DataFrame:
        """All columns for analysis, as ``m[name]`` gives them.

        Returns
        -------
        pandas.DataFrame
            Missing codes are missing; columns whose answers all have a label are ordered categories of the labels.
        """
        import pandas as pd

        return pd.DataFrame({name: column.analysed() for name, column in self.held.items()})

    def codebook(self) -> pd.DataFrame:
        """What is in the data: one row a column.

        Returns
        -------
        pandas.DataFrame
            ``name``, ``label``, ``kind``, ``n`` (answers), ``missing`` (rows without), ``values`` (of columns with few
            values: codes, labels and counts, missing ones marked), and ``min``, ``max``, ``mean`` of numbers. Printed
            or shown in a notebook it is set for reading.
        """
        from target87.io.codebook import codebook

        return codebook(self)

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write to a file, as :func:`target87.io.write` does.

        Parameters
        ----------
        path : path
            Its extension says the format.
        overwrite : bool
            Whether a file of this name may be replaced.
        """
        from target87.io.writing import write

        write(self, path, overwrite=overwrite)

    def __getitem__(self, name: str) -> pd.Series[Any]:
        if isinstance(name, list | tuple):
            raise InputError("one column at a time", where="m[...]", remedies=("several: m.select([...])",))
        return self._column(name).analysed().rename(name)

    def __contains__(self, name: object) -> bool:
        return name in self.held

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        named = f" of {self.facts['file']}" if "file" in self.facts else ""
        shown = ", ".join(self.columns[:_SHOWN]) + (", ..." if len(self.columns) > _SHOWN else "")
        told = f"; {len(self.notes)} note{'s' if len(self.notes) > 1 else ''}" if self.notes else ""
        several = "s" if len(self.columns) != 1 else ""
        return f"<Microdata{named}: {self.n:,} rows, {len(self.columns):,} column{several} ({shown}){told}>"

    def _repr_html_(self) -> str:
        from target87.io.codebook import overview_html

        return overview_html(self)

    def _column(self, name: str) -> Column:
        _known(name, self.held)
        return self.held[name]


def _known(name: str, columns: Mapping[str, Column]) -> None:
    if name not in columns:
        raise UnknownNameError.of(name, columns, kind="column")


def _truths(mask: Any, n: int) -> NDArray[np.bool_]:
    """A truth value a row."""
    import pandas as pd

    index = getattr(mask, "index", None)
    if index is not None and not callable(index) and not (len(mask) == n and index.equals(pd.RangeIndex(n))):
        raise InputError(
            "the condition is for other rows than these, by its index",
            where="mask",
            expected=f"rows 0 to {n - 1:,}",
            got=f"{len(mask):,} rows",
            remedies=("make it of these data, such as where(lambda m: m['age'] >= 5)",),
        )
    try:
        values = pd.Series(mask)
    except (TypeError, ValueError) as error:
        raise InputError("a condition is a truth value a row", where="mask", got=type(mask).__name__) from error
    if len(values) != n or values.dtype not in ("bool", "boolean"):
        raise InputError(
            "a condition is a truth value a row",
            where="mask",
            expected=f"{n:,} values, True or False",
            got=f"{len(values):,} of type {values.dtype}",
        )
    if values.isna().any():
        raise DataError(
            "the condition is missing in some rows",
            where="mask",
            count=int(values.isna().sum()),
            remedies=("say what these are: mask.fillna(False)",),
        )
    return values.to_numpy(dtype=bool)
