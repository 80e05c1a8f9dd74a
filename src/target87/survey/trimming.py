"""Trimming: weights cut to bounds, what was cut off shared among the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.checking import check_truth, is_number

type FloatArray = NDArray[np.float64]
type Yardstick = Literal["median", "mean", "iqr"]

_YARDSTICKS = ("median", "mean", "iqr")


class Spread(Protocol):
    """What bounds may be measured by: the weights that are not zero, wherever they are held."""

    def median(self) -> float:
        """Their median; NaN if there are none."""
        ...

    def mean(self) -> float:
        """Their mean; NaN, or a division by zero, if there are none."""
        ...

    def quartiles(self) -> tuple[float, float]:
        """Their first and third quartile, between observations as NumPy has them."""
        ...


@dataclass(frozen=True, eq=False)
class SpreadOf:
    """Of weights in memory."""

    weights: FloatArray

    def median(self) -> float:
        """Their median."""
        return float(np.median(self.weights))

    def mean(self) -> float:
        """Their mean."""
        return float(self.weights.mean())

    def quartiles(self) -> tuple[float, float]:
        """Their first and third quartile."""
        low, high = np.percentile(self.weights, [25, 75])
        return float(low), float(high)


def trim_bounds(
    weights: FloatArray | Spread, lower: float | None, upper: float | None, relative_to: Yardstick | None
) -> tuple[float, float]:
    """Bounds in units of weight.

    ``"median"`` and ``"mean"`` multiply the bounds by that of the weights; ``"iqr"`` takes the median less ``lower``,
    and plus ``upper``, times the interquartile range (Potter and Zheng 2015).

    Raises
    ------
    InputError
        If no bound is given, or they are no numbers, or exclude each other.
    DataError
        If bounds are to be measured by weights and there are none.
    """
    lower, upper = _checked_bound(lower, "lower"), _checked_bound(upper, "upper")
    if lower is None and upper is None:
        raise InputError("trimming needs a bound", where="lower, upper")
    if relative_to is not None and not (isinstance(relative_to, str) and relative_to in _YARDSTICKS):
        raise InputError(
            "unknown yardstick for trimming",
            where="relative_to",
            expected="'median', 'mean', 'iqr', or None for bounds in units of weight",
            got=repr(relative_to),
        )
    if isinstance(weights, np.ndarray) and not weights.size:
        _refuse_nothing()
    middle, unit = _measured(SpreadOf(weights) if isinstance(weights, np.ndarray) else weights, relative_to)
    below, above = (-1.0, 1.0) if relative_to == "iqr" else (1.0, 1.0)
    low = -np.inf if lower is None else middle + below * lower * unit
    high = np.inf if upper is None or np.isinf(upper) else middle + above * upper * unit
    if low > high:
        raise InputError("the lower bound is above the upper", where="lower, upper", got=f"{low:g} and {high:g}")
    return low, high


def _checked_bound(bound: Any, argument: str) -> float | None:
    if bound is None:
        return None
    if not is_number(bound):
        raise InputError("a bound of weights is a number", where=argument, got=repr(bound))
    if not bound >= 0.0:
        raise InputError("a bound of weights cannot be negative", where=argument, got=repr(bound))
    if argument == "lower" and np.isinf(float(bound)):
        raise InputError("no weight reaches this bound", where=argument, got=repr(bound))
    return float(bound)


def _measured(spread: Spread, relative_to: Yardstick | None) -> tuple[float, float]:
    """Where bounds are counted from, and in which unit."""
    if relative_to is None:
        return 0.0, 1.0
    try:
        if relative_to == "iqr":
            middle, (first, third) = spread.median(), spread.quartiles()
        else:
            middle, first, third = 0.0, 0.0, spread.mean() if relative_to == "mean" else spread.median()
    except ZeroDivisionError:
        _refuse_nothing()
    if np.isnan(middle + third):
        _refuse_nothing()
    return middle, third - first


def _refuse_nothing() -> NoReturn:
    raise DataError(
        "there is nothing to trim: no row has a weight",
        where="trim",
        remedies=("choose a subset that holds rows",),
    )


def trim_weights(
    weights: FloatArray, lower: float, upper: float, *, strict: bool
) -> tuple[FloatArray, Mapping[str, Any]]:
    """Trimmed weights, and what is to be told of it; see :class:`Trim` and :func:`trim_rounds`."""
    trim, details = trim_rounds(lambda: (weights,), lower, upper, strict=strict)
    return trim.state(weights).weights, details


@dataclass(frozen=True)
class Trim:
    """Bounds, and what each round so far gave to every unit that it did not cut.

    A round cuts weights to the bounds and shares what was cut off equally among the units that were never cut. If no
    unit is left to take a share, the weights are cut all the same and their sum changes (R's ``trimWeights`` does so
    with a warning). Each weight goes its way by itself once the shares are known.
    """

    lower: float
    upper: float
    shares: tuple[float, ...] = ()

    def state(self, weights: FloatArray) -> Trimmed:
        """Where weights stand after the rounds."""
        now, cut = weights, np.zeros(weights.size, dtype=bool)
        for share in self.shares:
            within, outside = self._cut(now)
            free = ~outside & ~cut
            now, cut = np.where(free, within + share, within), cut | outside
        within, outside = self._cut(now)
        return Trimmed(now, cut, outside, within)

    def _cut(self, weights: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        return np.clip(weights, self.lower, self.upper), (weights < self.lower) | (weights > self.upper)


class Trimmed(NamedTuple):
    """Weights after some rounds, those that were cut, those now outside the bounds, and what these would be cut to."""

    weights: FloatArray
    cut: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    within: FloatArray


@dataclass
class Tally:
    """What is to be known of all weights between two rounds; parts of the weights add up."""

    cut: int = 0
    raised: int = 0
    outside: int = 0
    negative: int = 0
    free: int = 0
    excess: float = 0.0
    sum_before: float = 0.0
    sum_after: float = 0.0

    def add(self, trim: Trim, weights: FloatArray) -> None:
        """Add some weights."""
        state = trim.state(weights)
        self.cut += int(state.cut.sum())
        self.raised += int((state.cut & (weights < trim.lower)).sum())
        self.outside += int(state.outside.sum())
        self.negative += int((state.weights < 0.0).sum())
        self.free += int((~state.outside & ~state.cut).sum())
        self.excess += float(np.sum(state.weights - state.within))
        self.sum_before += float(weights.sum())
        self.sum_after += float(state.weights.sum())


def trim_rounds(
    weights: Callable[[], Iterable[FloatArray]], lower: float, upper: float, *, strict: bool
) -> tuple[Trim, Mapping[str, Any]]:
    """The rounds of a trim, and what is to be told of it.

    ``weights`` gives all weights that are not zero, in parts, as often as asked: once before each round and once
    after the last. With ``strict`` rounds are repeated until all weights are within the bounds.

    Raises
    ------
    InputError
        If ``strict`` is no truth value.
    DataError
        If there are no weights, or they would fall below zero.
    """
    strict, trim = check_truth(strict, "strict"), Trim(lower, upper)
    while True:
        tally = Tally()
        for part in weights():
            tally.add(trim, part)
        if not (tally.cut or tally.free or tally.outside):
            _refuse_nothing()
        if not tally.outside or (trim.shares and not strict):
            break
        trim = replace(trim, shares=(*trim.shares, tally.excess / tally.free if tally.free else 0.0))
    if tally.negative:
        raise DataError(
            "raising weights to the lower bound would take more from the others than they have",
            where="lower",
            got=f"{lower:g}",
            count=tally.negative,
            remedies=("choose a smaller lower bound", "or strict=True"),
        )
    old, new = tally.sum_before, tally.sum_after
    return trim, {
        "lower": lower,
        "upper": upper,
        "cut": tally.cut,
        "raised": tally.raised,
        "rounds": len(trim.shares),
        "outside": tally.outside,
        "sum_before": old,
        "sum_after": new,
        "sum_kept": bool(abs(new - old) <= 1e-9 * old),
    }


def trim_subject(details: Mapping[str, Any]) -> str:
    """What the weights were trimmed to.

    Raises
    ------
    DataError
        If the bounds are evidently not in the unit of the weights.
    """
    low, high, old, new = (details[name] for name in ("lower", "upper", "sum_before", "sum_after"))
    if not 0.5 <= new / old <= 2.0:
        raise DataError(
            "these bounds take most of the weight away, or more than double it; nothing was changed",
            where="trim",
            expected=f"about {old:,.6g}",
            got=f"a sum of {new:,.6g}",
            remedies=('bounds are weights; in multiples of the median weight: relative_to="median"',),
        )
    ends = (f"{low:.6g} and above", f"{high:.6g} and below", f"{low:.6g} to {high:.6g}")
    return "to " + ends[0 if np.isinf(high) else 1 if np.isinf(low) else 2]


def trim_notes(details: Mapping[str, Any]) -> tuple[str, ...]:
    """What the history says of a trim."""
    notes = [f"{details['cut']:,} cut in {details['rounds']} round{'s' if details['rounds'] != 1 else ''}"]
    if details["outside"]:
        notes.append(f"{details['outside']:,} pushed outside the bounds by their share (strict=True repeats)")
    if not details["sum_kept"]:
        notes.append(
            "sum of weights not kept, no unit was left to take the excess: "
            f"{details['sum_before']:,.6g} -> {details['sum_after']:,.6g}"
        )
    return tuple(notes)
