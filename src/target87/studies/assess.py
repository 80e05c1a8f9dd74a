"""The two questions of target 8.7, asked of the published record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from target87.errors import InputError
from target87.prevalence.hindcast import without_last
from target87.prevalence.priors import TrendPrior, prior_for
from target87.prevalence.published import indicator as published_indicator
from target87.prevalence.trend import TrendModel, fit_trends
from target87.rng import RandomState, root_seed
from target87.studies import questions
from target87.studies.compose import Fits, compose
from target87.studies.questions import Question

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet
    from target87.results.population import Population

__all__ = ["SEED", "assess", "assess_all"]

SEED = 87
"""Seed used when none is given, so that the same call gives the same numbers."""

STATED = "stated priors"
FEWEST_DRAWS = 800
MAIN = ("child_labour", "hazardous_work", "forced_labour")


def assess(
    indicator: str,
    area: str = "world",
    *,
    group: str | None = None,
    threshold: float | str | None = None,
    target_year: int | None = None,
    horizon: int = questions.LAST_YEAR,
    count_years: Sequence[int] | None = None,
    population: Population | None = None,
    confirmed_only: bool = False,
    draws: int = 4000,
    rng: RandomState = SEED,
    check: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Assessment:
    """Answer one question of target 8.7 from published figures.

    Is the rate of child labour (or hazardous work) below a threshold in a year; does forced labour decline by a year?
    A trend with time-varying pace is fitted on the log-odds scale, with the error of the figures, their common part,
    rounding and changes of method as parameters (:mod:`target87.prevalence.trend`), and carried on draw by draw.

    Parameters
    ----------
    indicator : {"child_labour", "hazardous_work", "forced_labour"}
        What is asked about.
    area : str
        ``"world"`` or a region with published figures.
    group : str, optional
        A sex or age band published for the world, such as ``"girls"`` or ``"5-11"``.
    threshold : float or str, optional
        Operational zero as a proportion (``0.005``) or percentage (``"0.5%"``); 1 % for child labour if not given. For
        forced labour a threshold asks about it instead of about a decline.
    target_year : int, optional
        2025 for child labour, 2030 for forced labour if not given.
    horizon : int
        Last year of the rates, at most 2060.
    count_years : sequence of int, optional
        Years in which the number of people is reported; within the population data.
    population : Population, optional
        Population that turns rates into numbers; World Population Prospects 2024, medium variant, if not given.
    confirmed_only : bool
        Leave out figures not confirmed at their source.
    draws : int
        Joint draws, a multiple of eight.
    rng : int, SeedSequence or Generator
        Root of the random streams.
    check : bool
        Raise if the sampler has not converged.
    progress : callable, optional
        Called with (done, in all) while it samples.

    Returns
    -------
    Assessment
        ``probability``, ``draws``, ``to_dataframe()``, ``plot()``, ``to_json()`` and the rest.

    Raises
    ------
    InputError
        For a question that cannot be answered; the message says why and what can.
    UnconvergedError
        If R-hat or an effective sample size misses its limit for a parameter or a reported quantity.

    Examples
    --------
    >>> import target87 as t87
    >>> answer = t87.assess("child_labour", area="world", threshold=0.005, target_year=2025)
    >>> str(answer.probability)
    '< 0.003'
    """
    _check_draws(draws, check=check)
    question = questions.ask(
        indicator,
        area,
        group=group,
        threshold=threshold,
        target_year=target_year,
        horizon=horizon,
        count_years=count_years,
        population=population,
        confirmed_only=confirmed_only,
    )
    return _answer([_Plan(question, full=True)], draws, rng, population, check, progress)[0]


def assess_all(
    indicator: str | None = None,
    *,
    threshold: float | str | None = None,
    target_year: int | None = None,
    horizon: int = questions.LAST_YEAR,
    count_years: Sequence[int] | None = None,
    population: Population | None = None,
    confirmed_only: bool = False,
    draws: int = 4000,
    rng: RandomState = SEED,
    check: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> AssessmentSet:
    """Answer for the world and for every published region, sex and age band with two or more figures.

    Parameters
    ----------
    indicator : str, optional
        One indicator; all three if not given.
    threshold : float or str, optional
        As in :func:`assess`; needs one indicator.
    target_year : int, optional
        As in :func:`assess`; needs one indicator.
    horizon : int
        As in :func:`assess`.
    count_years : sequence of int, optional
        As in :func:`assess`.
    population : Population, optional
        As in :func:`assess`.
    confirmed_only : bool
        As in :func:`assess`.
    draws : int
        As in :func:`assess`.
    rng : int, SeedSequence or Generator
        As in :func:`assess`.
    check : bool
        As in :func:`assess`.
    progress : callable, optional
        As in :func:`assess`.

    Returns
    -------
    AssessmentSet
        The world's answers, the breakdowns, the groups declined with the reason, and the published projections beside
        our own arithmetic.

    Raises
    ------
    InputError
        As in :func:`assess`, or if a threshold or target year is given without an indicator.
    UnconvergedError
        As in :func:`assess`.

    Examples
    --------
    >>> import target87 as t87
    >>> answers = t87.assess_all("hazardous_work")
    >>> len(answers.main), answers.declined[0][2]
    (1, 'Africa')
    """
    from target87.results.assessment_set import AssessmentSet
    from target87.studies.published import published_projections_table

    if indicator is None and (threshold is not None or target_year is not None):
        raise InputError(
            "a threshold or target year needs one indicator: child labour and forced labour are asked different things",
            where="indicator",
            remedies=("name the indicator too",),
        )
    _check_draws(draws, check=check)
    names = MAIN if indicator is None else (published_indicator(indicator).name,)
    ask = partial(
        questions.ask,
        target_year=target_year,
        horizon=horizon,
        count_years=count_years,
        population=population,
        confirmed_only=confirmed_only,
    )
    plans: list[_Plan] = []
    declined: list[tuple[str, str, str, str]] = []
    for name in names:
        plans.append(_Plan(ask(name, threshold=threshold), full=True))
        good, refused = questions.askable(name)
        declined.extend((name, *one) for one in refused)
        for kind, label in good:
            area, group = (label, None) if kind in questions.REGION_TYPES else ("world", label)
            try:
                plans.append(_Plan(ask(name, area, group=group, threshold=threshold), full=False))
            except InputError as error:
                declined.append((name, kind, label, error.what))
    answers = _answer(plans, draws, rng, population, check, progress)
    return AssessmentSet(
        main=tuple(one for one, plan in zip(answers, plans, strict=True) if plan.full),
        breakdowns=tuple(one for one, plan in zip(answers, plans, strict=True) if not plan.full),
        declined=tuple(declined),
        published=published_projections_table(),
        parts=_parts(answers),
    )


def _check_draws(draws: int, *, check: bool) -> None:
    """Raise before sampling if so few draws could never reach the effective sample sizes asked for."""
    if check and isinstance(draws, int) and draws < FEWEST_DRAWS:
        raise InputError(
            "too few draws for an effective sample size of 400 in every quantity",
            where="draws",
            expected=f"{FEWEST_DRAWS} or more",
            got=str(draws),
        )


def _parts(answers: Sequence[Assessment]) -> pd.DataFrame:
    """Expected numbers of children of the world beside those of its three regions with a trend, added.

    Expected values add up whatever the correlation, so this comparison needs no joint draws.
    """
    import pandas as pd

    numbers = {
        one.area: one.projection.summary("number")["mean"]
        for one in answers
        if one.indicator == "child_labour" and one.group_type in ("world", "region_ilo_trend")
    }
    if len(numbers) < 2 or "World" not in numbers:
        return pd.DataFrame()
    table = pd.DataFrame(numbers).dropna().drop(columns="World")
    table["three regions"] = table.sum(axis=1)
    table["World"] = numbers["World"]
    return table.loc[table.index.isin([2024, 2025, 2030, 2035])].reset_index()


@dataclass(frozen=True)
class _Plan:
    question: Question
    full: bool

    def models(self) -> dict[str, TrendModel]:
        """The fits an answer needs: the stated priors, and for a full answer the variants shown beside it."""
        series, prior = self.question.series, prior_for(self.question.what.name, self.question.series.group_type)
        fits = {STATED: TrendModel(series, prior, STATED)}
        if not self.full:
            return fits
        fits |= {name: TrendModel(series, variant, name) for name, variant in _variants(self.question, prior).items()}
        surveys = [year for year in series.years if series.indicator.methods.get(year) == "household surveys"]
        kept = set(self.question.base_years) <= set(surveys)
        if self.question.kind == "decline" and kept and 2 <= len(surveys) < len(series.years):
            fits["surveys only"] = TrendModel(series.keep(tuple(surveys)), replace(prior, changes=()), "surveys only")
        if len(series.points) > 2:
            withheld = without_last(fits[STATED])
            fits[withheld.variant] = withheld
        return fits


def _variants(question: Question, prior: TrendPrior) -> dict[str, TrendPrior]:
    """Other priors that an answer is repeated under, by what was changed."""
    variants = {
        "assumed error halved": prior.with_error(0.5),
        "assumed error doubled": prior.with_error(2.0),
        "changes of method twice as uncertain": prior.with_changes(spread=2.0),
    }
    if question.kind == "threshold":
        return variants | {"long-run pace twice as uncertain": replace(prior, pace_sd=2.0 * prior.pace_sd)}
    if any(change.mean for change in prior.changes):
        variants["2005 not taken for a minimum"] = prior.with_changes(mean=0.0)
    return variants | {
        "prior to the power 0.5 (wider)": prior.scaled(0.5),
        "prior to the power 2 (tighter)": prior.scaled(2),
    }


def _answer(
    plans: Sequence[_Plan],
    draws: int,
    rng: RandomState,
    population: Population | None,
    check: bool,
    progress: Callable[[int, int], None] | None,
) -> list[Assessment]:
    root = root_seed(rng)
    models = [plan.models() for plan in plans]
    posteriors = iter(
        fit_trends([one for group in models for one in group.values()], draws=draws, rng=root, progress=progress)
    )
    fits = [Fits(group, {name: next(posteriors) for name in group}) for group in models]
    return [
        compose(plan.question, one, root=root, population=population, check=check)
        for plan, one in zip(plans, fits, strict=True)
    ]
