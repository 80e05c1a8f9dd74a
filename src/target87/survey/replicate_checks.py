"""What methods of replication ask of a design and of their arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.checking import is_number
from target87.survey.taylor import refuse_lonely

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

DRAWN = ("bootstrap", "subbootstrap", "rao_wu", "preston")
"""Methods that draw their replicates."""

_MOST = 1 << 24
"""Replicates, or draws, that nobody means: their multipliers would not be done in a lifetime."""
_CALIBRATED = ("post_stratify", "rake", "calibrate")


def check_design(design: SurveyDesign, name: str) -> None:
    """Raise if no method makes replicates of a design.

    Raises
    ------
    InputError
        If the design was calibrated, or has unequal probabilities without replacement.
    """
    if design._calibrations:
        raise InputError(
            "replicates are made before weights are calibrated, so that each can be calibrated",
            where="to_replicates",
            got="; ".join(str(step) for step in design.history if step.name in _CALIBRATED),
            remedies=(
                f'design.to_replicates("{name}") first, then post_stratify, rake or calibrate it (as R asks too)',
            ),
        )
    if design._joint is not None or not design._stages.first.equal_fractions:
        raise InputError(
            "there are no replicates for unequal probabilities without replacement",
            where="to_replicates",
            remedies=("make the design without pps, as if units were drawn with replacement: a cautious variance",),
        )


def check_arguments(
    name: str, replicates: Any, draws: Any, hadamard: NDArray[np.int8] | None
) -> tuple[int | None, int | None]:
    """Numbers of replicates and draws, after checking that the method takes what it was given.

    Raises
    ------
    InputError
        If an argument is another method's, no whole number or out of range, or the method makes no replicates.
    """
    given = {"replicates": replicates, "draws": draws, "hadamard": hadamard}
    known: dict[str, tuple[str, ...]] = {
        "replicates": (*DRAWN, "BRR", "Fay", "SDR", "ACS"),
        "draws": ("rao_wu",),
        "hadamard": ("BRR", "Fay", "SDR", "ACS"),
    }
    for argument, value in given.items():
        if value is not None and name not in known[argument]:
            raise InputError(
                f"method {name!r} takes no {argument}", where=argument, expected=f"for {', '.join(known[argument])}"
            )
    if replicates is not None and not _is_whole(replicates, 2):
        raise InputError(
            "a variance needs two replicates or more, a whole number of them",
            where="replicates",
            expected=f"2 to {_MOST:,}",
            got=repr(replicates),
        )
    if draws is not None and not _is_whole(draws, 1):
        raise InputError("at least one unit is drawn, and a whole number of them", where="draws", got=repr(draws))
    if name == "other":
        raise InputError("method 'other' is for replicate weights from data", where="method")
    return None if replicates is None else int(replicates), None if draws is None else int(draws)


def _is_whole(value: Any, least: int) -> bool:
    return is_number(value) and bool(least <= value <= _MOST) and value == int(value)


def check_freedom(df: Any, argument: str) -> float:
    """Degrees of freedom that were given.

    Raises
    ------
    InputError
        If they are no finite number above zero.
    """
    if not (is_number(df) and 0.0 < df < np.inf):
        raise InputError("degrees of freedom must be finite and above zero", where=argument, got=repr(df))
    return float(df)


def refuse_lonely_units(design: SurveyDesign) -> None:
    """Raise if single-unit strata of the first stage are refused, and there are such strata.

    Raises
    ------
    DataError
        If there are.
    """
    if design.lonely_psu == "error":  # of the first stage alone: no other has a part in these methods
        refuse_lonely(design._changed(_stages=replace(design._stages, levels=design._stages.levels[:1])))


def refuse_policy(design: SurveyDesign) -> None:
    """Raise if the policy for single-unit strata is none that bootstraps and the like know, and there are such strata.

    Raises
    ------
    InputError
        If there are.
    """
    if design.lonely_psu in ("adjust", "average") and any(stage.lonely.any() for stage in design._stages.levels):
        raise InputError(
            f"single-unit strata under {design.lonely_psu!r} have no replicates by this method",
            where="lonely_psu",
            remedies=(
                'design.with_lonely_psu("certainty"): they add nothing',
                "combine each with a similar stratum before the design is made",
                'method="JKn" knows all policies',
            ),
        )
