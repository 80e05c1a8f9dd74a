"""Ways in which a published projection can be read as arithmetic on published figures and populations.

A reading is data: the window its pace is taken from, the year it starts from, the vintage of the population. Its number
and the words that describe it come from the same fields, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from target87.forecast.pace import acceleration, annual_change, extrapolate
from target87.results.acceleration import Basis, Scale
from target87.studies.printed_figures import AGES, REST, TREND_REGIONS, WORLD, Figure, Half, children, figure

if TYPE_CHECKING:
    from target87.results.acceleration import Acceleration

_WORDS = {
    "log": "constant annual rate of change",
    "logit": "constant annual change of the log-odds",
    "linear": "constant annual change in points",
}


class Reading(Protocol):
    """Arithmetic that may stand behind a published projection."""

    def value(self, indicator: str, target: int) -> float:
        """Projected millions, or the factor."""

    def words(self, target: int) -> str:
        """What the arithmetic does."""

    def doubts(self, indicator: str) -> tuple[str, ...]:
        """Figures it uses that were not read as printed."""


@dataclass(frozen=True)
class NumberPath:
    """Numbers that go on changing as they did over a window."""

    window: tuple[int, int]
    start: int
    scale: Scale = "log"

    def value(self, indicator: str, target: int) -> float:
        """Projected millions."""
        first, last, start = (figure(indicator, year).number for year in (*self.window, self.start))
        pace = annual_change(first, last, self.window[1] - self.window[0], self.scale)
        return float(extrapolate(start, pace, target - self.start, self.scale))

    def words(self, target: int) -> str:
        """What the arithmetic does."""
        return (
            f"number of {self.start} carried to {target} at the {_WORDS[self.scale]} of the number in "
            f"{_years(self.window)}; no population enters"
        )

    def doubts(self, indicator: str) -> tuple[str, ...]:
        """Figures it uses that were not read as printed."""
        return _doubts((figure(indicator, year), "number") for year in (*self.window, self.start))


@dataclass(frozen=True)
class RatePath:
    """A number that follows its rate and its population, ``N (r_T / r) (P_T / P)`` from a start year.

    The rate is the printed one, or ``implied``: the number over the population of the stated vintage. For the rest of
    the world no rate is printed, so it must be implied; its number and population are the world's less the regions'.
    """

    window: tuple[int, int]
    start: int
    vintage: str = "WPP2019"
    group: str = WORLD
    implied: bool = False
    scale: Scale = "log"

    def value(self, indicator: str, target: int) -> float:
        """Projected millions."""
        first, last, start = (self._rate(indicator, year) for year in (*self.window, self.start))
        pace = annual_change(first, last, self.window[1] - self.window[0], self.scale)
        rate = float(extrapolate(start, pace, target - self.start, self.scale))
        people = children(self.group, self.vintage)
        return self._number(indicator, self.start) * (rate / start) * (people[target] / people[self.start])

    def words(self, target: int) -> str:
        """What the arithmetic does."""
        what = "number / population" if self.implied else "rate"
        ratios = f"({what} {target} / {self.start}) x (children {AGES} {target} / {self.start})"
        return (
            f"number of {self.start} x {ratios}; {what} goes on from {self.start} at its {_WORDS[self.scale]} of "
            f"{_years(self.window)}; population {self.vintage}"
        )

    def doubts(self, indicator: str) -> tuple[str, ...]:
        """Figures it uses that were not read as printed."""
        groups = (WORLD, *TREND_REGIONS) if self.group == REST else (self.group,)
        years = (*self.window, self.start)
        rates: Half = "number" if self.implied else "rate"
        used = [(figure(indicator, year, group), rates) for group in groups for year in years]
        return _doubts([*used, *((figure(indicator, self.start, group), "number") for group in groups)])

    def _rate(self, indicator: str, year: int) -> float:
        if not self.implied:
            return figure(indicator, year, self.group).rate
        return self._number(indicator, year) * 1e6 / children(self.group, self.vintage)[year]

    def _number(self, indicator: str, year: int) -> float:
        if self.group != REST:
            return figure(indicator, year, self.group).number
        regions = sum(figure(indicator, year, region).number for region in TREND_REGIONS)
        return figure(indicator, year).number - regions


@dataclass(frozen=True)
class RegionalPath:
    """The sum of a path of the rate for each region with a published trend and for the rest of the world."""

    window: tuple[int, int]
    start: int
    vintage: str = "WPP2019"

    def paths(self) -> dict[str, RatePath]:
        """Path of each region; the rest's rate is its number over its population."""
        return {
            group: RatePath(self.window, self.start, self.vintage, group, implied=group == REST)
            for group in (*TREND_REGIONS, REST)
        }

    def parts(self, indicator: str, target: int) -> dict[str, float]:
        """Projected millions of each region."""
        return {group: path.value(indicator, target) for group, path in self.paths().items()}

    def value(self, indicator: str, target: int) -> float:
        """Projected millions."""
        return sum(self.parts(indicator, target).values())

    def words(self, target: int) -> str:
        """What the arithmetic does."""
        one = RatePath(self.window, self.start, self.vintage).words(target)
        return (
            f"sum over regions of {one}; Sub-Saharan Africa and Latin America by SDG region, Asia and the Pacific by "
            "ILO region, the rest as the world minus these with number / population for its rate"
        )

    def doubts(self, indicator: str) -> tuple[str, ...]:
        """Figures it uses that were not read as printed."""
        return tuple(dict.fromkeys(one for path in self.paths().values() for one in path.doubts(indicator)))


@dataclass(frozen=True)
class PaceFactor:
    """Pace needed to bring the rate to a threshold over the pace seen in a window.

    With ``basis="number"`` numbers decline instead, to the threshold times that round's own population.
    """

    window: tuple[int, int]
    now: int
    threshold: float = 0.01
    basis: Basis = "rate"
    years: int | None = None

    def factor(self, indicator: str, target: int) -> Acceleration:
        """The factor with everything it depends on."""
        first, last, now = (figure(indicator, year) for year in (*self.window, self.now))
        rates = self.basis == "rate"
        levels = [one.rate if rates else one.number for one in (now, first, last)]
        threshold = self.threshold if rates else self.threshold * now.number / now.rate
        left = self._left(target)
        return acceleration(
            levels[0], threshold, left, levels[1], levels[2], self.window, basis=self.basis, now=self.now
        )

    def value(self, indicator: str, target: int) -> float:
        """The factor alone."""
        return float(self.factor(indicator, target).factor)

    def words(self, target: int) -> str:
        """What the arithmetic does."""
        limit = f"{100 * self.threshold:g} %" + ("" if self.basis == "rate" else " of the children of that year")
        by = self.now + self._left(target)
        return (
            f"pace needed for the {self.basis} to fall from its level of {self.now} to {limit} by {by}, over its pace "
            f"of {_years(self.window)}, each a {_WORDS['log']}; the threshold is inferred, no page read states it"
        )

    def doubts(self, indicator: str) -> tuple[str, ...]:
        """Figures it uses that were not read as printed."""
        return _doubts((figure(indicator, year), self.basis) for year in (*self.window, self.now))

    def _left(self, target: int) -> int:
        return target - self.now if self.years is None else self.years


def _doubts(used: Iterable[tuple[Figure, Half]]) -> tuple[str, ...]:
    found = (one.doubt(half) for one, half in used)
    return tuple(dict.fromkeys(words for words in found if words))


def _years(window: tuple[int, int]) -> str:
    return f"{window[0]}-{window[1]}"
