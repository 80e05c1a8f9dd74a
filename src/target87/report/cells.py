"""A table as readers see it: words only, the same for a terminal and for HTML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells ready to be read.

    Parameters
    ----------
    title : str
        What it shows, with the units of what has no unit in its cells.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Cells; one a heading.
    notes : tuple of str
        Footnotes.
    words : tuple of int
        Columns that hold words, set to the left; the others hold figures, set to the right.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    words: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        uneven = [row for row in self.rows if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"{self.title}: {len(uneven)} rows have not one cell a heading, first {uneven[0]}")
