"""Methods of replication by name, and how each scales its replicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.survey.checking import is_number
from target87.survey.replicate_variance import Scaling

type FloatArray = NDArray[np.float64]

METHODS = {
    "JK1": "jackknife of one stratum",
    "JKn": "stratified jackknife",
    "JK2": "paired jackknife",
    "BRR": "balanced repeated replication",
    "Fay": "Fay's balanced repeated replication",
    "bootstrap": "bootstrap (Canty and Davison)",
    "subbootstrap": "bootstrap of one unit fewer (Rao and Wu)",
    "rao_wu": "rescaled bootstrap (Rao and Wu)",
    "preston": "multistage rescaled bootstrap (Preston)",
    "SDR": "successive differences",
    "ACS": "successive differences, as the American Community Survey",
    "other": "replicates of a declared scale",
}
"""Names and what they mean; other packages' names are in :data:`ALIASES`."""

ALIASES = {
    "cantydavison": "bootstrap",
    "raowu": "rao_wu",
    "raowuyue": "subbootstrap",
    "mrb": "preston",
    "mrbbootstrap": "preston",
    "multistage": "preston",
    "successivedifference": "SDR",
    "successivedifferences": "SDR",
}

_BALANCED = ("BRR", "Fay", "SDR", "ACS")
_FIXED = ("BRR", "Fay", "JK2", "SDR", "ACS")
_EQUAL = ("JK2", "SDR", "ACS")
_SAME = 1e-9


def canonical(method: str) -> str:
    """The library's name of a method, whatever the case, hyphens and underscores.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    """
    plain = _plain(str(method))
    known = {_plain(name): name for name in METHODS} | ALIASES
    if plain not in known:
        raise UnknownNameError.of(
            method,
            METHODS,
            kind="method of replication",
            remedy="R's 'mrbbootstrap' is 'preston', its 'successive-difference' is 'SDR'; Stata's sdr is 'SDR'",
        )
    return known[plain]


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def check_rho(method: str, rho: float | None) -> float:
    """Fay's coefficient, 0 for other methods.

    Raises
    ------
    InputError
        If ``method`` needs it and it is not there, or does not know it.
    """
    if method != "Fay":
        if rho is not None:
            raise InputError(
                f"method {method!r} has no rho", where="rho", got=repr(rho), remedies=('method="Fay" has it',)
            )
        return 0.0
    if not (is_number(rho) and 0.0 <= float(rho) < 1.0):  # type: ignore[arg-type]
        raise InputError(
            "Fay's method needs its coefficient, from 0 to below 1",
            where="rho",
            got=repr(rho),
            remedies=("the survey's documentation has it: often 0.3 or 0.5 (R: rho; Stata: fay())",),
        )
    return float(rho)  # type: ignore[arg-type]


def scaling_of(
    method: str,
    replicates: int,
    *,
    rows: int,
    scale: float | None,
    rscales: Sequence[float] | NDArray[Any] | None,
    rho: float | None,
    mse: bool,
    largest: FloatArray | None,
) -> Scaling:
    """How replicates read from data become a variance.

    Parameters
    ----------
    method : str
        Canonical name.
    replicates, rows : int
        Numbers of replicates and rows.
    scale, rscales, rho, mse
        As the caller gave them.
    largest : ndarray, shape (replicates,), or None
        Largest multiplier of each replicate, or None where the weights are combined.

    Raises
    ------
    InputError
        If the number of replicates does not fit the method, or the scales do not.
    """
    coefficient = check_rho(method, rho)
    _check_number(method, replicates, rows)
    factors = _rscales(method, replicates, rscales, largest)
    default = _default_scale(method, replicates, coefficient, largest)
    if scale is None:
        scale = default
    else:
        scale = _positive(scale)
        if method in _FIXED and abs(scale / default - 1.0) > _SAME:
            raise InputError(
                f"method {method!r} has a scale of its own",
                where="scale",
                expected=f"{default:.10g}, or leave it out",
                got=f"{scale:.10g}",
                remedies=('method="other" takes any scale and rscales',),
            )
    return Scaling(scale, factors, mse or method == "ACS")


def _default_scale(method: str, replicates: int, rho: float, largest: FloatArray | None) -> float:
    if method in ("BRR", "Fay"):
        return 1.0 / (replicates * (1.0 - rho) ** 2)
    if method in ("SDR", "ACS"):
        return 4.0 / replicates
    if method in ("bootstrap", "subbootstrap", "rao_wu", "preston"):
        return 1.0 / (replicates - 1.0)
    if method == "JK1":
        return (replicates - 1.0) / replicates if largest is None else float(1.0 / largest[0])
    return 1.0


def _rscales(
    method: str, replicates: int, given: Sequence[float] | NDArray[Any] | None, largest: FloatArray | None
) -> FloatArray:
    if given is None:
        if method != "JKn":
            return np.ones(replicates)
        if largest is None:
            raise InputError(
                "the stratified jackknife needs the scale of each replicate",
                where="rscales",
                expected=f"{replicates} numbers, (n - 1) / n with the sampling units n of the stratum",
                remedies=(
                    "give rscales (R: rscales; Stata: multiplier of jkrweight)",
                    'method="JK2" if units are paired',
                ),
            )
        return 1.0 / largest
    if not all(is_number(one) for one in np.asarray(given, dtype=object).flat):
        raise InputError("scales of replicates are numbers", where="rscales", got=repr(given)[:200])
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if values.size == 1:
        values = np.full(replicates, values.item())
    if values.shape != (replicates,):
        raise InputError(
            "there is not one scale a replicate",
            where="rscales",
            expected=f"{replicates} numbers, or one for all",
            got=f"{values.size}",
        )
    faulty = ~(np.isfinite(values) & (values >= 0.0))
    if faulty.any():
        raise InputError(
            "scales of replicates must be finite and not negative",
            where="rscales",
            count=int(faulty.sum()),
            examples=[f"replicate {k}: {values[k]}" for k in np.flatnonzero(faulty)[:5]],
        )
    if method in _EQUAL and np.abs(values - 1.0).max() > _SAME:
        raise InputError(
            f"method {method!r} scales all replicates alike",
            where="rscales",
            remedies=('method="other" takes rscales',),
        )
    return np.array(values)


def _check_number(method: str, replicates: int, rows: int) -> None:
    if replicates < 2:
        raise InputError("a variance needs two replicates or more", where="replicate_weights", got=str(replicates))
    if method in _BALANCED and replicates > 2 and replicates % 4:
        raise InputError(
            f"the number of replicates does not match method {method!r}",
            where="replicate_weights",
            expected="a multiple of 4, the order of a Hadamard matrix",
            got=str(replicates),
            remedies=(
                "see whether a column is missing, or the full-sample weight is among them",
                'for partially balanced replicates: method="other" with scale=1 / number of replicates',
            ),
        )
    if method in ("JK1", "JKn") and replicates > rows:
        raise InputError(
            f"the number of replicates does not match method {method!r}",
            where="replicate_weights",
            expected=f"at most one for each of {rows:,} rows",
            got=f"{replicates:,}",
        )


def _positive(scale: float) -> float:
    if not (is_number(scale) and 0.0 < scale < np.inf):
        raise InputError("the scale of a variance must be finite and above zero", where="scale", got=repr(scale))
    return float(scale)
