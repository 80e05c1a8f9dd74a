"""What a design looks like before any estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from target87.survey.design import SurveyDesign

WIDE = 20.0
"""Multiple of the median above which a weight is told of."""
FEW = 30.0
"""Degrees of freedom below which their number is told."""


@dataclass(frozen=True, repr=False)
class DesignSummary:
    """A design in figures, with what is unusual in words.

    Parameters
    ----------
    figures : mapping
        Names and figures, units in the names.
    stages : tuple of mapping
        Sampling units, strata and sampling fractions of each stage.
    unusual : tuple of str
        What a reader should look at before trusting an estimate.
    history : tuple of str
        Steps in the making of the design.
    """

    figures: Mapping[str, Any]
    stages: tuple[Mapping[str, Any], ...]
    unusual: tuple[str, ...]
    history: tuple[str, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """The figures as a table of names and values."""
        import pandas as pd

        return pd.DataFrame({"figure": list(self.figures), "value": list(self.figures.values())})

    def __repr__(self) -> str:
        lines = ["Survey design"]
        lines += [f"  {name}: {_shown(value)}" for name, value in self.figures.items()]
        for number, stage in enumerate(self.stages, start=1):
            lines.append(f"  stage {number}: " + ", ".join(f"{name} {_shown(value)}" for name, value in stage.items()))
        lines.append("unusual:" if self.unusual else "nothing unusual")
        lines += [f"  - {line}" for line in self.unusual]
        lines.append("history:")
        lines += [f"  - {line}" for line in self.history]
        return "\n".join(lines)


def weighting_effect(weights: NDArray[np.float64]) -> float:
    """Design effect of unequal weights, n Σw² / (Σw)² over weights above zero (Kish 1965, section 11.7)."""
    used = weights[weights > 0.0]
    return float(used.size * np.sum(used**2) / np.sum(used) ** 2) if used.size else float("nan")


def summarise(design: SurveyDesign) -> DesignSummary:
    """Make the summary of a design."""
    weights = design._active_weights
    used = weights[weights > 0.0]
    shown = used if used.size else np.array([np.nan])  # an empty subset has no least weight
    figures = {
        "rows": design._rows.n,
        "rows with a weight": int(used.size),
        "sum of weights": float(used.sum()),
        "least weight": float(shown.min()),
        "median weight": float(np.median(shown)),
        "greatest weight": float(shown.max()),
        "design effect of weighting": weighting_effect(weights),
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
    return DesignSummary(figures, stages, tuple(_unusual(design, used)), tuple(str(step) for step in design.history))


def _unusual(design: SurveyDesign, used: NDArray[np.float64]) -> list[str]:
    said = []
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
    negative = int((design._active_weights < 0.0).sum())
    if negative:
        said.append(f"{negative:,} weights are negative, from a calibration without bounds")
    zero = design._rows.n - used.size - negative
    if zero and design._inside is None:
        said.append(f"{zero:,} rows have weight 0")
    if not used.size:
        said.append("the subset is empty: no row has a weight, and every estimate will be missing, with n = 0")
    elif used.max() > WIDE * np.median(used):
        high = int((used > WIDE * np.median(used)).sum())
        said.append(f"{high:,} weights over {WIDE:g} times the median: consider trim()")
    if (used < 1.0).any():
        said.append(f"{int((used < 1.0).sum()):,} weights below 1: a person stands for less than one person")
    freedom = design.degrees_of_freedom()
    if freedom < FEW:
        said.append(f"only {freedom} degrees of freedom: intervals rest on t, and are wide")
    return said


def _shown(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else (f"{value:,}" if isinstance(value, int) else str(value))
