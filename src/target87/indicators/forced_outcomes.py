"""From verdicts on spells to flags, days, stock and reasons of persons, and what is left undecided."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.indicators.forced_columns import Asked
from target87.indicators.forced_definition import ForcedLabourDefinition
from target87.indicators.forced_flags import undecided
from target87.indicators.forced_rules import SpellVerdicts, lacks, reasons
from target87.indicators.forced_times import Times
from target87.indicators.forced_window import Who
from target87.indicators.truth import Truth

type Codes = NDArray[np.int64]
type Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Verdicts on spells, seen through the windows of their persons.

    Parameters
    ----------
    verdicts : SpellVerdicts
        What holds of each spell.
    times : Times or None
        Windows and days; None if spells have no dates.
    whose : array of int
        Place of each spell's person.
    n : int
        Number of persons.
    """

    verdicts: SpellVerdicts
    times: Times | None
    whose: Codes
    n: int

    @cached_property
    def inside(self) -> Truth:
        """Whether each spell has a day in the window."""
        return Truth.every(self.whose.size, True) if self.times is None else self.times.spells.inside

    @cached_property
    def counted(self) -> Truth:
        """Whether each spell is forced labour inside the window."""
        return self.verdicts.forced & self.inside

    def of_persons(self) -> dict[str, Any]:
        """Truths, and numbers as least and most, a person."""
        verdicts, n = self.verdicts, self.n
        columns: dict[str, Any] = {"spells": np.bincount(self.whose, minlength=n)}
        columns["forced_labour"] = self.counted.any_of(self.whose, n)
        columns |= {name: (held & self.inside).any_of(self.whose, n) for name, held in verdicts.of_type.items()}
        if verdicts.debt is not None:
            columns["debt_bondage"] = (verdicts.debt & self.inside).any_of(self.whose, n)
        if self.times is not None:
            days = self.times.spells.bounds(verdicts.forced, self.whose, n)
            columns |= {"window_days": self.times.windows.length, "days": days, "stock": _shares(days, self.times)}
            for name, held in verdicts.of_type.items():
                columns[f"stock_{name}"] = _shares(self.times.spells.bounds(held, self.whose, n), self.times)
        return columns

    def of_spells(self, asked: Asked, definition: ForcedLabourDefinition) -> dict[str, Any]:
        """Truths, days and reasons a spell."""
        verdicts = self.verdicts
        columns: dict[str, Any] = {
            "involuntary": verdicts.involuntary,
            "coercion": verdicts.coercion,
            "child": verdicts.child,
            "type": np.array([*definition.types, ""], dtype=object)[verdicts.kind],
            "forced_labour": self.counted,
        }
        if verdicts.debt is not None:
            columns["debt_bondage"] = verdicts.debt & self.inside
        if self.times is not None:
            each = np.arange(self.whose.size)
            columns |= {"in_window": self.inside, "days": self.times.spells.bounds(verdicts.forced, each, each.size)}
        counts, open_rows = np.flatnonzero(self.counted.sure), np.flatnonzero(self.counted.undecided)
        reason = np.full(self.whose.size, "", dtype=object)
        reason[counts] = reasons(verdicts.rule[counts], verdicts.pattern[counts], asked)
        reason[open_rows] = "undecided, not known: " + lacks(self._unknown(open_rows))
        columns["reason"] = reason
        return columns

    def reasons_of_persons(self, reason: NDArray[Any]) -> NDArray[Any]:
        """The reason of the earliest spell that counts, else of the earliest undecided one; and how many there are."""
        import pandas as pd

        start = np.zeros(self.whose.size, dtype=np.int64) if self.times is None else self.times.start
        words = pd.factorize(reason, sort=True)[0]
        order = np.lexsort((words, start))[::-1]  # the earliest stands last, so that it is what a person keeps
        said = np.full(self.n, "", dtype=object)
        for chosen in (self.counted.undecided, self.counted.sure):
            rows = order[chosen[order]]
            said[self.whose[rows]] = reason[rows]
            many = np.bincount(self.whose[rows], minlength=self.n)
            more = many > 1
            said[more] = said[more] + ("; " + many[more].astype(str).astype(object) + " spells")
        return said

    def refuse_undecided(self, columns: dict[str, Any], who: Who) -> None:
        """Raise if anything of a person is undecided.

        Raises
        ------
        DataError
            With the spells it is undecided by, and what is not known of them.
        """
        open_of = {name: undecided(held) for name, held in columns.items() if isinstance(held, (Truth, tuple))}
        of_person = np.logical_or.reduce(list(open_of.values()))
        if not of_person.any():
            return
        rows = np.flatnonzero(self._open() & of_person[self.whose])
        texts = lacks(self._unknown(rows[:5]))
        raise DataError(
            f"missing answers or dates leave {int(of_person.sum()):,} of {self.n:,} persons undecided",
            where=f"spells, for {', '.join(name for name, held in open_of.items() if held.any())}",
            expected="answers and dates that suffice to decide",
            count=int(rows.size),
            examples=[f"{who(int(row))}: not known: {text}" for row, text in zip(rows[:5], texts, strict=True)],
            remedies=(
                "missing='omit' leaves what is undecided missing, and says how many",
                "missing='bounds' gives the least and the most that it may be",
            ),
        )

    def _unknown(self, rows: Codes) -> dict[str, Bools]:
        dates = {} if self.times is None else {"start or end": self.times.spells.undated}
        return {role: missing[rows] for role, missing in (self.verdicts.unknown | dates).items()}

    def _open(self) -> Bools:
        """Spells that something is undecided of."""
        debt = [] if self.verdicts.debt is None else [self.verdicts.debt]
        held = [self.verdicts.forced, *self.verdicts.of_type.values(), *debt]
        doubtful = np.logical_or.reduce([(one & self.inside).undecided for one in held])
        undated = np.zeros(self.whose.size, dtype=bool) if self.times is None else self.times.spells.undated
        result: Bools = doubtful | (undated & self.counted.possible)
        return result


def _shares(days: tuple[Codes, Codes], times: Times) -> tuple[Any, Any]:
    """Days over the days of the window; a person without days may have no window."""
    length = times.windows.length
    lower, upper = (np.divide(end, length, out=np.zeros(end.size), where=end > 0) for end in days)
    return lower, upper
