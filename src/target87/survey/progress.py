"""A progress bar on long jobs, where there is a terminal to show it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator


def shown[T](items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items, with a bar on the error stream while they pass if that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=what, total=total, console=Console(stderr=True), transient=True)
