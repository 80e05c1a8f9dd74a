"""Replicate weights made from the strata and sampling units of a design."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import replicate_multipliers as kernel
from target87.rng import RandomState, root_seed
from target87.survey import replicate_balance, replicate_draws
from target87.survey.checking import check_truth
from target87.survey.history import Step
from target87.survey.replicate_checks import (
    DRAWN,
    check_arguments,
    check_design,
    check_freedom,
    refuse_lonely_units,
    refuse_policy,
)
from target87.survey.replicate_design import ReplicateDesign
from target87.survey.replicate_factors import Factor, Jackknife, Multipliers, ReplicateWeights
from target87.survey.replicate_methods import METHODS, canonical, check_rho
from target87.survey.replicate_variance import ReplicateWarning, Scaling
from target87.survey.stages import Stage
from target87.survey.taylor import refuse_lonely

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign

type FloatArray = NDArray[np.float64]

_DEFAULT = 200
_SUCCESSIVE = 160
"""Replicates of successive differences unless fewer make them exact: as many as the Current Population Survey has."""


@dataclass(frozen=True, eq=False)
class Made:
    """Replicates made: their multipliers, how they scale, and what a reader should know."""

    factor: Factor
    scale: float
    rscales: FloatArray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Planned:
    """What a replicate design is made of, but for its rows."""

    made: Made
    scaling: Scaling
    method: str
    rho: float | None
    degf: float | None
    step: Step


def to_replicates(
    design: SurveyDesign,
    method: str,
    *,
    replicates: int | None = None,
    rho: float | None = None,
    rng: RandomState = None,
    mse: bool = False,
    draws: int | None = None,
    hadamard: NDArray[np.int8] | None = None,
    degf: float | None = None,
) -> ReplicateDesign:
    """Make replicate weights from the strata and sampling units of a design.

    Parameters
    ----------
    design : SurveyDesign
        Before any calibration: calibrate the replicates, each of which is then weighted anew.
    method : str
        ``"JK1"`` (one stratum), ``"JKn"`` (stratified): one replicate a unit, finite populations in the scales;
        strata counted completely have none.
        ``"JK2"``, ``"BRR"``, ``"Fay"``: two units a stratum; even numbers are paired in the order of the data.
        ``"bootstrap"``: as many units as there are, from a made-up finite population where there is one.
        ``"subbootstrap"``: one unit fewer in each stratum, with replacement.
        ``"rao_wu"``: ``draws`` in each stratum, rescaled, finite populations in the rescaling.
        ``"preston"``: half of the units of every stage, rescaled, with the finite populations of all stages.
        ``"SDR"``, ``"ACS"``: successive differences of the units of a stratum in the order of the data.
    replicates : int, optional
        Number of replicates: of bootstraps (200 by default; R's default is 50), of successive differences (by default
        what makes them exact, up to 160), or order of the Hadamard matrix (by default the smallest that will do).
    rho : float, optional
        Fay's coefficient.
    rng : int, SeedSequence or Generator, optional
        Seed of the bootstraps. A replicate's draws depend on the seed, method and number of the replicate alone.
    mse : bool
        Centre replicates at the estimate of the whole sample. ``"JK2"`` and ``"ACS"`` always do: the former drops one
        unit of each pair, so that its replicates' mean is off.
    draws : int, optional
        Units drawn in each stratum by ``"rao_wu"``; one fewer than there are by default.
    hadamard : ndarray, optional
        A Hadamard matrix of one's own for BRR, Fay and successive differences.
    degf : float, optional
        Degrees of freedom, instead of the rank of the replicate weights less one.

    Returns
    -------
    ReplicateDesign
        With the design's rows, weights and subset.

    Raises
    ------
    InputError
        If the design was calibrated, has unequal probabilities without replacement, or does not suit the method.
    DataError
        If strata with a single unit are refused, or units cannot be paired.

    Warns
    -----
    ReplicateWarning
        If population sizes of the design have no part in the method.

    Notes
    -----
    Scales are those of R's ``as.svrepdesign``; so is what becomes of single-unit strata in the stratified jackknife:
    under ``certainty`` and ``remove`` they have no replicate, ``average`` scales up by units over replicates,
    ``adjust`` drops the stratum as a whole, whatever its population, and raises all others. Bootstraps and the like
    know ``certainty`` and ``remove``. In the bootstrap R completes the made-up population by the same units in all
    replicates, here they are drawn anew.

    The bootstrap from a finite population of whole clusters is scaled as in R: by the units of the sample, not of the
    made-up population. Its variance is therefore N / (N - 1) times the linearised one on average, with N the sampling
    units of a stratum in the population, which is seen where these are few.

    Sources: Wolter (2007); Rao and Wu (1988); Rao, Wu and Yue (1992); Canty and Davison (1999); Preston (2009); Fay and
    Train (1995).

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> data = pd.DataFrame({"stratum": [1, 1, 2, 2], "w": [5.0, 5, 9, 9], "hours": [1.0, 3, 2, 8]})
    >>> design = t87.SurveyDesign(data, strata="stratum", weights="w")
    >>> design.to_replicates("BRR").total("hours").to_dataframe()["se"].item()
    54.91812087098393
    >>> design.total("hours").to_dataframe()["se"].item()
    54.91812087098393
    """
    plan = planned(
        design,
        method,
        replicates=replicates,
        rho=rho,
        rng=rng,
        mse=mse,
        draws=draws,
        hadamard=hadamard,
        degf=degf,
    )
    return ReplicateDesign._made(design, ReplicateWeights(design._weights, (plan.made.factor,)), plan)


def planned(
    design: SurveyDesign,
    method: str,
    *,
    replicates: int | None,
    rho: float | None,
    rng: RandomState,
    mse: bool,
    draws: int | None,
    hadamard: NDArray[np.int8] | None,
    degf: float | None,
) -> Planned:
    """Multipliers of the sampling units, and all else that does not depend on rows; see :func:`to_replicates`."""
    name = canonical(method)
    coefficient = check_rho(name, rho)
    check_design(design, name)
    replicates, draws = check_arguments(name, replicates, draws, hadamard)
    mse = check_truth(mse, "mse")
    freedom = None if degf is None else check_freedom(degf, "degf")
    if name in ("JK1", "JKn"):
        made = _jackknife(design, name)
    elif name in DRAWN:
        made = _drawn(design, name, _DEFAULT if replicates is None else replicates, draws, rng)
    elif name in ("SDR", "ACS"):
        made = _successive(design, replicates, hadamard)
    else:
        made = _paired(design, name, coefficient, replicates, hadamard)
    for note in made.notes:
        if note.startswith("population sizes"):
            warnings.warn(note, ReplicateWarning, stacklevel=4)
    said = (f"{METHODS[name]}, {made.factor.replicates:,} replicates", f"scale {made.scale:.6g}", *made.notes)
    details = {"method": name, "replicates": made.factor.replicates, "scale": made.scale, "rho": rho, "mse": mse}
    return Planned(
        made,
        Scaling(made.scale, made.rscales, mse or name in ("JK2", "ACS")),
        name,
        rho,
        freedom,
        Step("to_replicates", "; ".join(said), details),
    )


def _jackknife(design: SurveyDesign, name: str) -> Made:
    stage = design._stages.first
    if name == "JK1" and stage.groups > 1:
        raise InputError(
            "method 'JK1' is for one stratum", where="method", got=f"{stage.groups} strata", remedies=('method="JKn"',)
        )
    refuse_lonely_units(design)
    unsampled = _unsampled(stage)
    dropped = np.flatnonzero(((stage.sampled > 1) & ~stage.complete)[stage.group] | _recentred(design, stage))
    if dropped.size < 2:
        raise DataError(
            "the jackknife needs two sampling units or more",
            where="strata",
            count=int(dropped.size),
            remedies=("a complete count has no sampling variance",),
        )
    group = stage.group[dropped]
    alone = stage.sampled[group] == 1
    n = np.where(alone, stage.groups, stage.sampled[group])
    rscales = np.where(alone, 1.0, unsampled[group]) * (n - 1.0) / n
    scale = 1.0
    if design.lonely_psu == "average":
        scale = stage.units / dropped.size
    if name == "JK1":
        scale, rscales = float(rscales[0]), np.ones(rscales.size)
    return Made(
        Jackknife(stage.unit, stage.group, stage.sampled, dropped.astype(np.int64)), scale, rscales, _later(design)
    )


def _recentred(design: SurveyDesign, stage: Stage) -> NDArray[np.bool_]:
    """Units alone in a stratum that a replicate drops all the same."""
    if design.lonely_psu != "adjust":
        return np.zeros(stage.units, dtype=bool)
    return np.asarray(stage.lonely[stage.group])


def _paired(
    design: SurveyDesign, name: str, rho: float, replicates: int | None, hadamard: NDArray[np.int8] | None
) -> Made:
    stage = design._stages.first
    pair, side, notes = replicate_balance.pairs(stage)
    count = int(pair.max()) + 1
    ignored = _ignored(design)
    if name == "JK2":
        matrix = kernel.one_of_pair(pair, side, count)
        if count < 2:
            raise InputError(
                "the paired jackknife needs two strata or more", where="method", remedies=('method="JK1"',)
            )
        return Made(Multipliers(stage.unit, matrix), 1.0, np.ones(count), (*notes, *ignored))
    signs = replicate_balance.signs(count + 1, replicates, hadamard)
    matrix = kernel.balanced(pair, side, signs, rho)
    number = matrix.shape[1]
    return Made(Multipliers(stage.unit, matrix), 1.0 / (number * (1.0 - rho) ** 2), np.ones(number), (*notes, *ignored))


def _successive(design: SurveyDesign, replicates: int | None, hadamard: NDArray[np.int8] | None) -> Made:
    stage = design._stages.first
    refuse_lonely_units(design)
    refuse_policy(design)
    order, start = replicate_balance.listed(stage)
    exact = replicate_balance.smallest(stage.units + 1)
    wanted = min(exact, _SUCCESSIVE) if replicates is None and hadamard is None else replicates
    signs = replicate_balance.signs(2, wanted, hadamard)
    chain = np.empty((stage.units, 2), dtype=np.int64)
    chain[order] = kernel.successive_rows(start, signs.shape[0])
    matrix = kernel.successive_differences(chain, signs, _unsampled(stage)[stage.group])
    number = signs.shape[1]
    notes = () if number > stage.units else (f"fewer replicates than sampling units ({stage.units:,}): approximate",)
    return Made(Multipliers(stage.unit, matrix), 4.0 / number, np.ones(number), (*notes, *_later(design)))


def _drawn(design: SurveyDesign, name: str, replicates: int, draws: int | None, rng: RandomState) -> Made:
    stage, root = design._stages.first, root_seed(rng)
    refuse_policy(design)
    if name != "preston":
        refuse_lonely_units(design)
        make: Callable[..., FloatArray] = replicate_draws.MAKERS[name]
        matrix = make(stage, replicates, root, draws)
        scale, notes = 1.0 / (replicates - 1.0), _later(design)
        if name == "bootstrap":
            several = stage.sampled[stage.sampled > 1]
            middle = 1.0 / float(np.mean(1.0 / several)) if several.size else 2.0
            scale *= middle / (middle - 1.0)
        if name == "subbootstrap":
            notes = _ignored(design)
        return Made(Multipliers(stage.unit, matrix), scale, np.ones(replicates), notes)
    if design.lonely_psu == "error":
        refuse_lonely(design)
    matrix = replicate_draws.multistage(design._stages, replicates, root)
    rscales = np.full(replicates, 1.0 / (replicates - 1.0))
    return Made(Multipliers(design._stages.levels[-1].unit, matrix), 1.0, rscales)


def _unsampled(stage: Stage) -> FloatArray:
    """1 less the sampling fraction of each stratum, 0 for complete counts."""
    fraction = np.zeros(stage.groups)
    fraction[stage.group] = stage.fraction
    return np.where(stage.complete, 0.0, 1.0 - fraction)


def _ignored(design: SurveyDesign) -> tuple[str, ...]:
    return ("population sizes (fpc) have no part in this method",) if design._stages.has_fpc else ()


def _later(design: SurveyDesign) -> tuple[str, ...]:
    if len(design._stages.levels) < 2:
        return ()
    return ('population sizes (fpc) after the first stage have no part in this method; "preston" has them',)
