"""Errors as data: what is wrong, where, how many, and what would mend it.

Every error of the library derives from :class:`Target87Error` and from the built-in that fits, so that
``except ValueError`` keeps working. The wording of a situation is written once, where it is raised through
one of the constructors; fields are kept so that a caller can act on them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "InputError",
    "OutputError",
    "Target87Error",
    "UnconvergedError",
    "UnknownNameError",
]


class Target87Error(Exception):
    """Base of all errors raised by the library.

    Parameters
    ----------
    what : str
        One sentence saying what is wrong.
    where : str, optional
        Argument, column or file it was found in.
    expected, got : str, optional
        What was wanted and what came.
    count : int, optional
        How many values are concerned.
    examples : sequence, optional
        The first few offenders; at most five are shown.
    remedies : sequence of str, optional
        What would mend it, one way a line.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        got: str | None = None,
        count: int | None = None,
        examples: Sequence[object] = (),
        remedies: Sequence[str] = (),
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.count = count
        self.examples = tuple(examples)[:5]
        self.remedies = tuple(remedies)
        super().__init__(self.render())

    def render(self) -> str:
        """Return the message as plain text."""
        lines = [self.what]
        if self.where is not None:
            lines.append(f"  where: {self.where}")
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.got is not None:
            lines.append(f"  got: {self.got}")
        if self.count is not None:
            lines.append(f"  how many: {self.count:,}")
        if self.examples:
            lines.append("  first: " + "; ".join(str(example) for example in self.examples))
        lines.extend(f"  to mend it: {remedy}" for remedy in self.remedies)
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.render()


class InputError(Target87Error, ValueError):
    """An argument is outside what the function can answer."""


class UnknownNameError(InputError):
    """A name is not among those known."""

    @classmethod
    def of(cls, name: object, known: Iterable[str], *, kind: str, remedy: str | None = None) -> UnknownNameError:
        """Build the error for a ``name`` of a ``kind`` ("indicator"), offering the nearest known ones."""
        options = sorted(set(known))
        folded = {option.casefold(): option for option in options}
        near = difflib.get_close_matches(str(name).casefold(), list(folded), n=3, cutoff=0.5)
        remedies = [f"did you mean {', '.join(repr(folded[one]) for one in near)}?"] if near else []
        remedies.append("known: " + ", ".join(options))
        if remedy is not None:
            remedies.append(remedy)
        return cls(f"unknown {kind} {str(name)!r}", remedies=remedies)


class DataError(Target87Error, ValueError):
    """A data file or table does not hold what its schema says."""


class OutputError(Target87Error, OSError):
    """A result cannot be written where it was asked for."""


class UnconvergedError(Target87Error, RuntimeError):
    """A sampler has not converged, so its draws are not summarised."""


class ConvergenceWarning(UserWarning):
    """Draws of an unconverged sampler are summarised because the caller asked for it."""
