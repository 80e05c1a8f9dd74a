"""``table``: estimates as the table that a report prints, with intervals, marks of quality, notes and sources."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import InputError, UnknownNameError
from target87.report import estimates_table_formats as formats
from target87.report.estimates_table_cells import (
    HEADINGS,
    VALUES,
    Cell,
    Row,
    Unit,
    figures,
    layout,
    placed,
    written,
)
from target87.report.estimates_table_hidden import hidden_cells
from target87.report.estimates_table_notes import notes_of, title_of

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.estimates import Estimates

__all__ = ["Cell", "Table", "table"]

_MOST_DIGITS = 10


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table ready to be printed, in any form.

    Parameters
    ----------
    title : str
        What it shows, with the unit.
    labels : tuple of str
        Headings of the columns that say what a row is.
    groups : tuple of str
        What each of the other columns is of, where a column of the estimates runs across; empty texts otherwise.
    headings : tuple of str
        Headings of the other columns.
    rows : tuple
        A row each: its labels, and its cells.
    notes : tuple of str
        Marks explained, intervals, definition, notes, source.
    sources : tuple of str
        For a list of references: the source again, and the publication rule with where it is published.
    """

    title: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...] = ()

    @property
    def full_headings(self) -> tuple[str, ...]:
        """Headings with the group that each is of."""
        return tuple(" ".join(filter(None, pair)) for pair in zip(self.groups, self.headings, strict=True))

    def to_text(self, *, notes: bool = True) -> str:
        """The table for a terminal of 100 columns, with its notes or without."""
        return formats.text(self, notes=notes)

    def to_html(self) -> str:
        """The table for a page: with caption and scopes, notes below; all labels escaped."""
        return formats.html(self)

    def to_markdown(self) -> str:
        """The table in Markdown."""
        return formats.markdown(self)

    def to_latex(self) -> str:
        """The table in LaTeX, for the package booktabs."""
        return formats.latex(self)

    def to_dataframe(self, *, numbers: bool = False) -> pd.DataFrame:
        """The table as a frame.

        Parameters
        ----------
        numbers : bool
            Whether figures are numbers in the unit of the table, and missing where none is shown, with the ends of
            intervals in two columns; otherwise what is printed, as text.
        """
        import pandas as pd

        shown = self.with_limits_apart() if numbers else self
        rows = [
            [*labels, *(cell.number if numbers else cell.text + cell.mark for cell in cells)]
            for labels, cells in shown.rows
        ]
        made = pd.DataFrame(rows, columns=[*shown.labels, *shown.full_headings])
        return made.astype(dict.fromkeys(shown.full_headings, np.float64)) if numbers else made

    def to_excel(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the table as a workbook; see :func:`target87.report.workbook`."""
        from target87.report.workbooks import workbook

        return workbook([self], path, overwrite=overwrite)

    def with_limits_apart(self) -> Table:
        """The table with the ends of intervals in a column each, as numbers."""
        two = [name == HEADINGS["interval"] for name in self.headings]

        def apart(columns: Sequence[Any], ends: Callable[[Any], tuple[Any, Any]]) -> tuple[Any, ...]:
            pairs = (ends(one) if wide else (one,) for one, wide in zip(columns, two, strict=True))
            return tuple(one for pair in pairs for one in pair)

        return dataclasses.replace(
            self,
            groups=apart(self.groups, lambda group: (group, group)),
            headings=apart(self.headings, lambda name: (f"{name}, from", f"{name}, to")),
            rows=tuple((labels, apart(cells, _ends)) for labels, cells in self.rows),
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_text()


def table(
    estimates: Estimates,
    *,
    values: Sequence[str] = ("estimate", "interval", "n", "quality"),
    rows: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    digits: int = 1,
    title: str | None = None,
    unit: str | None = None,
    thousands: bool | None = None,
    notes: Sequence[str] = (),
    source: str | None = None,
    suppress_below: float | None = None,
    secondary: bool = True,
    beside: Sequence[Estimates] = (),
) -> Table:
    """Estimates as a table for a report.

    Parameters
    ----------
    estimates : Estimates
        Cells to show, in their order; those that a column does not divide are its margin, shown as "All".
    values : sequence of str
        Of ``"estimate"``, ``"interval"``, ``"se"``, ``"cv"``, ``"n"``, ``"n_effective"``, ``"deff"``, ``"quality"`` (a
        mark behind the first of the others). Proportions and their errors are shown in per cent.
    rows, columns : str or sequence of str, optional
        Columns of the estimates that run down and across. Without ``rows``, all that differ and do not run across.
    digits : int
        Decimals of proportions, rates and figures in thousands; totals and figures from 1,000 on have none otherwise.
    title : str, optional
        Title, to which the unit is added; made from the estimates if not given.
    unit : str, optional
        Words for the unit; "per cent" for proportions, else that of the estimates.
    thousands : bool, optional
        Whether figures that are not proportions are shown in thousands; from a million on if not said.
    notes : sequence of str
        Further notes.
    source : str, optional
        Source; that of the estimates if not given.
    suppress_below : float, optional
        Fewest persons in the sample that a domain may have to be shown; see Notes.
    secondary : bool
        Whether to suppress further domains without which these could be worked out from margins.
    beside : sequence of Estimates
        Others that are published with these, whose margins and cells are known to the reader too. Tables of one
        publication that are given all of its estimates here suppress the same domains.

    Returns
    -------
    Table
        To print as text, HTML, Markdown, LaTeX, Excel, or take as a frame.

    Raises
    ------
    UnknownNameError
        If a value or column is not known.
    InputError
        If an argument is not possible, or cells would share a place.
    DataError
        If cells are to be suppressed and it is not known how many persons are in one.

    See Also
    --------
    target87.report.suppression.suppressed : how cells are chosen.

    Notes
    -----
    What suppression protects. All figures of a domain of few persons are left out, on every variable. Further domains
    are left out until a reader who knows all other figures can still not tell, by sums over the table, its margins and
    what is given as ``beside``, that such a domain has fewer persons than the minimum; numbers of persons in the
    population that add up as those in the sample do are no more determined. A proportion of a margin is a mean of
    those of its cells weighted by their populations: if these are published too, as totals or elsewhere, numerators add
    up and are protected as totals are; if not, proportions tell less.

    What it does not protect. Numerators: in a domain that is shown, n times a proportion is nearly the number of those
    concerned, which may be few. Approximate guesses: a reader learns bounds, and knows that what was left out is small.
    Other tables, of this survey or another, which are not given as ``beside``; populations known from elsewhere;
    persons who look for themselves. Domains in which nobody was asked are shown as such.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> published = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.2, 7.8], "se": [0.6, 0.5], "n": [2000, 1900]})
    >>> rates = t87.Estimates.from_dataframe(published, estimate="rate", se="se", by=["sex"], n="n", unit="percent")
    >>> print(t87.report.table(rates, values=["estimate", "interval"], title="Child labour").to_text())
    Child labour (per cent)
    <BLANKLINE>
    sex    estimate      interval
    -----------------------------
    boys       11.2  10.0 to 12.4
    girls       7.8    6.8 to 8.8
    <BLANKLINE>
    Intervals: 95 %, symmetric, normal.
    """
    from target87.results.estimates_names import label_columns

    asked = _checked(estimates, values, digits, beside)
    data = estimates.data
    frame = estimates.to_dataframe().assign(reason=data["reason"].values)
    across = [columns] if isinstance(columns, str) else list(columns or ())
    down, across = layout(frame, label_columns(data), [rows] if isinstance(rows, str) else rows, across)
    hidden = hidden_cells(data, [one.data for one in beside], suppress_below, secondary=secondary)
    shown, marked = [value for value in asked if value != "quality"], "quality" in asked
    # a unit chosen by the largest figure must not tell that a larger one is suppressed
    own = Unit.of(data.attrs, data["estimate"].values[~hidden], digits, unit, thousands=thousands)
    cells = [
        figures(row, shown, own, hide=hide, marked=marked)
        for row, hide in zip(frame.to_dict("records"), hidden.tolist(), strict=True)
    ]
    made, groups = placed(frame, down, across, cells, len(shown))
    told, sources = notes_of(
        frame,
        data.attrs,
        texts={cell.text for _, row in made for cell in row},
        hidden=hidden,
        values=asked,
        layout=[*down, *across],
        notes=[notes] if isinstance(notes, str) else notes,
        source=source,
        below=suppress_below,
    )
    return Table(
        title=title_of(title, frame, data.attrs, own),
        labels=tuple(down),
        groups=tuple(group for group in groups for _ in shown),
        headings=tuple(HEADINGS[value] for value in shown) * len(groups),
        rows=made,
        notes=told,
        sources=sources,
    )


def _checked(estimates: Any, values: str | Sequence[str], digits: Any, beside: Sequence[Any]) -> list[str]:
    """What is asked to be shown, once each; anything else that is not possible is refused."""
    from target87.results.estimates import Estimates

    for where, one in (("estimates", estimates), *(("beside", one) for one in beside)):
        if not isinstance(one, Estimates):
            raise InputError(
                "a table is made from Estimates",
                where=where,
                got=type(one).__name__,
                remedies=("read a table of estimates by Estimates.from_dataframe",),
            )
    asked = list(dict.fromkeys([values] if isinstance(values, str) else values))
    for value in asked:
        if value not in VALUES:
            raise UnknownNameError.of(str(value), VALUES, kind="value of a table")
    if not set(asked) - {"quality"}:
        raise InputError(
            "a table shows a figure at least; quality is a mark behind it",
            where="values",
            expected=", ".join(VALUES),
            got=", ".join(asked) or "none",
        )
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= _MOST_DIGITS:
        raise InputError("decimals are a whole number, 0 to 10", where="digits", got=repr(digits))
    return asked


def _ends(cell: Cell) -> tuple[Cell, Cell]:
    if cell.limits is None:
        return cell, cell
    low, high = (
        Cell(written(end, cell.decimals), end if np.isfinite(end) else None, cell.decimals) for end in cell.limits
    )
    return dataclasses.replace(low, mark=cell.mark), high
