"""Standard output and standard error as they are found: narrow, closed, full, or unable to take Unicode."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from target87.errors import OutputError

type Progress = Callable[[int, int], None]

WIDEST = 120
UNKNOWN_WIDTH = 100
"""Columns where the output goes to a file or a pipe."""


def write(text: str) -> None:
    """Write to standard output in the characters it can take; a reader that has gone is no error.

    Raises
    ------
    OutputError
        If it cannot be written for another reason, such as a full disk.
    """
    if sys.stdout is None:  # closed before the start
        return
    try:
        sys.stdout.write(encodable(text, sys.stdout.encoding or "utf-8"))
        sys.stdout.flush()
    except BrokenPipeError:
        return
    except OSError as error:
        raise OutputError(f"the answer cannot be printed: {error.strerror}", where="standard output") from error


def say(text: str) -> None:
    """Write a line to standard error; where nobody can read it, nothing is lost."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        return


def flush() -> None:
    """Leave standard output so that the interpreter, which flushes it as it ends, has nothing to complain of."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # what could not be written goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def takes_unicode() -> bool:
    """Whether standard output can print every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return codecs.lookup(encoding).name.startswith("utf")


def width() -> int:
    """Columns to fill."""
    import shutil

    return min(WIDEST, shutil.get_terminal_size(fallback=(UNKNOWN_WIDTH, 24)).columns)


def encodable(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: accents dropped, the rest replaced by question marks.

    Examples
    --------
    >>> encodable("Côte d'Ivoire", "ascii")
    "Cote d'Ivoire"
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
        return bare.encode(encoding, errors="replace").decode(encoding)
    return text


@contextmanager
def progress(*, quiet: bool, word: str = "sampling") -> Iterator[Progress | None]:
    """A bar on standard error that leaves no trace; none where nobody watches."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich import progress as parts
    from rich.console import Console

    columns = (
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.TaskProgressColumn(),
        parts.TimeElapsedColumn(),
    )
    with parts.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word, total=None)
        before, said = 0, word

        def show(done: int, total: int) -> None:
            nonlocal before, said
            # chains that came out poor are sampled again, longer
            said = f"{word} again" if done < before else said
            before = done
            near = done >= total - total // 50
            bar.update(task, completed=done, total=total, description="putting together" if near else said)

        yield show
