"""The summary of a streamed design, in passes over its weights that hold none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.survey import summary

if TYPE_CHECKING:
    from target87.survey.streaming import StreamedDesign

type FloatArray = NDArray[np.float64]

_DIGITS = (48, 32, 16, 0)
"""Shifts of the four digits, of 16 bits each, of a number."""
_BASE = 1 << 16


def summarise(design: StreamedDesign) -> summary.DesignSummary:
    """Make the summary of a streamed design; see :func:`target87.survey.summary.summarise`."""
    figures = design._figures
    middle = median_weight(design._weight_batches, figures.used)
    empty = not figures.used  # an empty subset has no least weight
    shown = {
        "rows": design._rows.n,
        "rows with a weight": figures.used,
        "sum of weights": figures.total,
        "least weight": float("nan") if empty else figures.least,
        "median weight": middle,
        "greatest weight": float("nan") if empty else figures.greatest,
        "design effect of weighting": float("nan") if empty else figures.used * figures.squares / figures.total**2,
        "degrees of freedom": design.degrees_of_freedom(),
        "policy for single-unit strata": design.lonely_psu,
    }
    stages = tuple(
        {
            "sampling units": stage.units,
            "strata": stage.groups,
            "units a stratum, least": int(stage.sampled.min()),
            "most": int(stage.sampled.max()),
            "largest sampling fraction": float(stage.fraction.max()),
        }
        for stage in design._stages.levels
    )
    return summary.DesignSummary(
        shown, stages, tuple(_unusual(design, middle)), tuple(str(step) for step in design.history)
    )


def order_statistics(passes: Callable[[], Iterator[FloatArray]], ranks: Sequence[int]) -> list[float]:
    """Numbers of given ranks (from 0) among the numbers above zero of all batches, exactly, in four passes; NaN if
    there are none.

    Bit patterns of numbers above zero, read as whole numbers, are in the order of the numbers: each pass counts one
    digit of those that begin like the number wanted.
    """
    begin, left = [0] * len(ranks), list(ranks)
    for shift in _DIGITS:
        counts = np.zeros((len(ranks), _BASE), dtype=np.int64)
        for values in passes():
            bits = values[values > 0.0].view(np.uint64)
            before = bits >> np.uint64(shift)
            for k, start in enumerate(begin):
                alike = before[(before >> np.uint64(16)) == np.uint64(start)]
                counts[k] += np.bincount((alike & np.uint64(_BASE - 1)).astype(np.int64), minlength=_BASE)
        if not counts.any():
            return [float("nan")] * len(ranks)
        for k, table in enumerate(counts):
            upto = np.cumsum(table)
            digit = int(np.searchsorted(upto, left[k], side="right"))
            left[k] -= int(upto[digit] - table[digit])
            begin[k] = begin[k] * _BASE + digit
    return [float(np.array([one], dtype=np.uint64).view(np.float64)[0]) for one in begin]


def median_weight(passes: Callable[[], Iterator[FloatArray]], count: int) -> float:
    """Median of the weights above zero of all batches, of which there are ``count``; NaN if there are none."""
    if not count:
        return float("nan")
    return float(np.mean(order_statistics(passes, sorted({(count - 1) // 2, count // 2}))))


def _unusual(design: StreamedDesign, middle: float) -> list[str]:
    figures, said = design._figures, []
    for number, stage in enumerate(design._stages.levels, start=1):
        lonely = np.flatnonzero(stage.lonely)
        if lonely.size:
            names = ", ".join(stage.group_name(int(g)) for g in lonely[:5])
            said.append(f"{lonely.size} strata with a single sampling unit at stage {number}: {names}")
    if design._stages.ignored:
        said.append(
            f"{design._stages.ignored} stages below one sampled with replacement (no fpc) add nothing to the variance"
        )
    declared = design._declared
    if not declared["weights"] and not declared["probabilities"] and not design._stages.has_fpc:
        said.append("no weights were given: every row counts alike")
    if figures.negative:
        said.append(f"{figures.negative:,} weights are negative, from a calibration without bounds")
    if figures.zero and design._kept is None:
        said.append(f"{figures.zero:,} rows have weight 0")
    bound = summary.WIDE * middle
    if not figures.used:
        said.append("the subset is empty: no row has a weight, and every estimate will be missing, with n = 0")
    elif figures.greatest > bound:
        high = sum(int((weights > bound).sum()) for weights in design._weight_batches())
        said.append(f"{high:,} weights over {summary.WIDE:g} times the median: consider trim()")
    if figures.below_one:
        said.append(f"{figures.below_one:,} weights below 1: a person stands for less than one person")
    freedom = design.degrees_of_freedom()
    if freedom < summary.FEW:
        said.append(f"only {freedom} degrees of freedom: intervals rest on t, and are wide")
    return said
