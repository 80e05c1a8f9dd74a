"""Faulty rows found batch by batch, told as one error about all rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from target87.errors import DataError

_ROW = re.compile(r"^row (\d+)")


class Faults:
    """Errors of batches by kind; the first kind that was found is raised once all rows are counted."""

    def __init__(self) -> None:
        self._found: dict[int, DataError] = {}

    @contextmanager
    def noted(self, kind: int, first: int) -> Iterator[None]:
        """Keep an error about faulty rows of the batch that begins at row ``first``; lower kinds are raised first."""
        try:
            yield
        except DataError as error:
            self.add(kind, told(error, count=error.count, place=lambda row: first + row))

    def add(self, kind: int, error: DataError) -> None:
        """Add to the faults of a kind."""
        before = self._found.get(kind)
        if before is not None:
            error = told(before, count=(before.count or 0) + (error.count or 0), more=error.examples)
        self._found[kind] = error

    def refuse(self) -> None:
        """Raise if there are any.

        Raises
        ------
        DataError
            With the number of faulty rows of all batches, and the first of them.
        """
        if self._found:
            raise self._found[min(self._found)]


def told(
    error: DataError,
    *,
    count: int | None,
    place: Callable[[int], int] | None = None,
    more: tuple[object, ...] = (),
) -> DataError:
    """The same error with another count, with rows counted from elsewhere, or with ``more`` examples."""

    def moved(example: object) -> object:
        if place is None or not isinstance(example, str):
            return example
        return _ROW.sub(lambda found: f"row {place(int(found[1]))}", example)

    return DataError(
        error.what,
        where=error.where,
        expected=error.expected,
        got=error.got,
        count=count,
        examples=[*(moved(one) for one in error.examples), *more],
        remedies=error.remedies,
    )
