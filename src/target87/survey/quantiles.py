"""Quantiles of a survey, with intervals by inversion of the estimated distribution function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.kernels.weighted_quantile import RULES
from target87.survey.cells import cell_labels
from target87.survey.checking import is_number, joint_wanted
from target87.survey.quantile_intervals import INTERVALS, Answer, Asked, by_inversion, by_replicates
from target87.survey.streamed_quantiles import by_passes
from target87.survey.streamed_reading import StreamedVariables
from target87.survey.variables import as_names

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.survey.domains import Condition
    from target87.survey.estimating import Columns, Estimating, Freedom
    from target87.survey.variables import Missing, Variables

type FloatArray = NDArray[np.float64]

RULES_ELSEWHERE: Final = {
    "inverted_cdf": "math",
    "averaged_inverted_cdf": "school",
    "interpolated_inverted_cdf": "hf4",
    "hazen": "hf5",
    "weibull": "hf6",
    "linear": "hf7",
    "median_unbiased": "hf8",
    "normal_unbiased": "hf9",
}
"""Names of numpy's methods that a rule agrees with where all weights are equal."""


def quantile(
    design: Estimating,
    variables: Columns,
    quantiles: float | Sequence[float] = 0.5,
    *,
    by: Columns | None = None,
    where: Condition = None,
    rule: str = "math",
    interval: str = "mean",
    level: float = 0.95,
    df: Freedom = "design",
    missing: Missing = "error",
    covariance: bool | None = None,
) -> Estimates:
    """Quantiles of variables, by domain.

    Parameters
    ----------
    design : SurveyDesign or ReplicateDesign
        Design.
    variables : str or sequence of str
        Columns of numbers.
    quantiles : float or sequence of float
        Probabilities, 0.5 for the median.
    by, where, level, df, missing
        As for every estimand. R's ``svyby`` has the degrees of freedom of each domain: ``df="domain"``.
    rule : str
        What lies between two observations, by R's ``qrule`` names: ``math`` (the smallest value at which the
        distribution function reaches the probability), ``school``, ``hf1`` to ``hf9`` (Hyndman and Fan's, carried over
        to weights), ``shahvaish`` as R has it, which changes with the scale of the weights, or
        ``shahvaish_rescaled``, for which they are scaled to mean 1.
    interval : str
        ``mean`` (or ``woodruff``), ``beta``, ``xlogit``, ``asin``: Woodruff's, with that interval of the proportion
        below the quantile; ``score`` as R has it or ``francisco_fuller`` as published; ``quantile``: the quantile of
        each replicate, for replicate designs.
    covariance : bool, optional
        Whether covariances between cells are wanted; up to 500 cells if not given.

    Returns
    -------
    Estimates
        One cell a domain, variable and quantile. ``se`` is the width of the interval divided by 2 t.

    Raises
    ------
    UnknownNameError
        If a rule, an interval or a column is not known.
    InputError
        If a probability is outside [0, 1], ``quantile`` intervals are asked of a design without replicates, or
        ``score``, ``francisco_fuller`` or ``quantile`` of a design on a path.
    DataError
        If values are missing under ``missing="error"``, or single-unit strata are refused.

    Notes
    -----
    Woodruff (1952), JASA 47, 635-646: the estimated proportion at or below the quantile has limits under the design;
    read off the distribution function by the same rule, they are those of the quantile. A limit of the proportion
    below 0 or above 1 (``mean``), or no row above the quantile (``beta``, ``xlogit``, ``asin``), leaves the limit
    missing: the data do not reach so far. Where all values are equal, ``mean`` has limits without width.

    R's ``score`` finds where the score test of Francisco and Fuller (1991), Annals of Statistics 19, 454-469, is at its
    critical values, and then reads the quantile at the *unweighted* share of rows below: with unequal weights the
    interval need not hold the estimate. ``francisco_fuller`` has the values themselves as limits.

    Jackknife replicates give no valid variance of a quantile by ``quantile`` (Kovar, Rao and Wu 1988); Woodruff's
    intervals do not have that defect.

    Data on a path are read in some ten passes (``shahvaish``: more), in memory that grows with cells, not with rows.

    Covariances between cells follow from those of the proportions below, each divided by the density that the standard
    error implies (Francisco and Fuller 1991).

    Rules ``school``, ``hf3`` and ``hf4`` do below the first observation's share as R does: the mean of the first two
    values, the second, the continued first segment. Rows of equal value keep the order of the data, which for unequal
    weights moves ``hf4`` to ``hf9`` a little, as in R.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> data = pd.DataFrame({"w": [1.0, 2, 1, 4, 2], "hours": [3.0, 8, 12, 20, 41]})
    >>> design = t87.SurveyDesign(data, weights="w")
    >>> design.quantile("hours", [0.25, 0.5], rule="school").to_dataframe()[["quantile", "estimate"]].to_dict("list")
    {'quantile': [0.25, 0.5], 'estimate': [8.0, 20.0]}
    """
    levels = _probabilities(quantiles)
    _check_names(rule, interval)
    given = design._read(as_names(variables), by, where, missing, numbers=True)
    joint = joint_wanted(covariance, len(given.domains) * given.size * levels.size)
    if isinstance(given, StreamedVariables):
        asked = Asked(design, given, levels, rule, interval, level, np.empty(0))
        return _built(asked, by_passes(asked, df, joint), missing)
    asked = Asked(design, given, levels, rule, interval, level, design._freedom(df, _complete(given)))
    answer = by_replicates(asked, joint) if interval == "quantile" else by_inversion(asked, joint)
    return _built(asked, answer, missing)


def _complete(given: Variables) -> Variables:
    """The same with rows of missing values outside, as R counts the degrees of freedom of quantiles."""
    codes = given.domains.codes
    return replace(given, inside=codes >= 0) if codes.size else given


def _built(asked: Asked, answer: Answer, missing: Missing) -> Estimates:
    from target87.results.estimates import Estimates

    domains, size = asked.given.domains, asked.levels.size
    names = tuple(np.repeat(np.array(asked.given.names, dtype=object), size))
    labels = cell_labels(replace(asked.given, names=names, categories=(None,) * len(names)))
    labels["quantile"] = np.repeat(np.tile(asked.levels, asked.given.size), asked.domains)

    def column(values: NDArray[Any]) -> NDArray[Any]:
        return np.broadcast_to(values, (asked.domains, len(names))).T.ravel()

    return Estimates.build(
        labels,
        estimate=column(answer.estimate),
        variance=column(answer.se**2),
        covariance=answer.covariance,
        lower=column(answer.lower),
        upper=column(answer.upper),
        df=column(answer.df[:, None]),
        n=column(answer.n[:, None]),
        n_effective=np.nan,
        deff=np.nan,
        domain_columns=domains.columns,
        interval=asked.interval,
        level=asked.level,
        estimand="quantile",
        unit="as the variable",
        attributes={
            **asked.design._attributes(missing, (*asked.given.names, *domains.columns)),
            "quantile_rule": asked.rule,
        },
    )


def _probabilities(quantiles: float | Sequence[float]) -> FloatArray:
    given = np.asarray(quantiles, dtype=object)  # numbers as they came: among others, True would be 1
    if not all(is_number(one) for one in given.flat):
        raise InputError("quantiles are probabilities", where="quantiles", got=repr(quantiles))
    levels = np.atleast_1d(given.astype(np.float64))
    outside = ~((levels >= 0.0) & (levels <= 1.0))
    if levels.ndim != 1 or levels.size == 0 or outside.any():
        raise InputError(
            "quantiles are probabilities between 0 and 1",
            where="quantiles",
            count=int(outside.sum()) or None,
            examples=[f"{one:g}" for one in levels[outside]],
            remedies=("divide percentages by 100",) if (levels > 1.0).any() else (),
        )
    if np.unique(levels).size < levels.size:
        raise InputError("a probability stands twice", where="quantiles", got=", ".join(f"{one:g}" for one in levels))
    return levels


def _check_names(rule: str, interval: str) -> None:
    if not (isinstance(rule, str) and rule in RULES):
        near = RULES_ELSEWHERE.get(str(rule).casefold())
        raise UnknownNameError.of(
            rule,
            RULES,
            kind="rule for quantiles",
            remedy=(f"numpy's {rule!r} is {near!r} here; " if near else "")
            + "Stata's _pctile and SAS's PCTLDEF=5 average as 'school', SAS's SURVEYMEANS interpolates as 'hf4', "
            "SPSS as 'hf6'; type k of Hyndman and Fan (R's quantile) is 'hf' and the number",
        )
    if not (isinstance(interval, str) and interval in INTERVALS):
        raise UnknownNameError.of(
            interval,
            INTERVALS,
            kind="interval for quantiles",
            remedy="R's 'mean', SAS's and SUDAAN's Woodruff interval is 'mean' here; replicates' own is 'quantile'",
        )
