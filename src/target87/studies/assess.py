"""The two questions of target 8.7, asked of the published record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from target87.errors import InputError
from target87.prevalence.hindcast import without_last
from target87.prevalence.priors import TrendPrior, prior_for
from target87.prevalence.published import indicator as published_indicator
from target87.prevalence.trend import TrendModel, posterior_of, sample_trends
from target87.rng import RandomState, root_seed
from target87.studies import questions
from target87.studies.compose import Fits, compose
from target87.studies.parts import beside_parts, world_and_parts
from target87.studies.questions import Question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet
    from target87.results.population import Population

type FloatArray = NDArray[np.float64]

__all__ = ["SEED", "assess", "assess_all"]

SEED = 87
"""Seed used when none is given, so that the same call gives the same numbers."""

STATED = "stated priors"
FEWEST_DRAWS = 800
TWO_FIGURES = 2
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
    groups: bool = True,
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
    executor: Executor | None = None,
) -> AssessmentSet:
    """Answer for the world and for every published region, sex and age band with two or more figures.

    Parameters
    ----------
    indicator : str, optional
        One indicator; all three if not given.
    groups : bool
        Whether regions, sexes and age bands are answered too, or the world alone.
    threshold : float or str, optional
        As in :func:`assess`; needs one indicator.
    target_year : int, optional
        As in :func:`assess`.
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
        As in :func:`assess`; of the work done here, if there is an executor.
    executor : concurrent.futures.Executor, optional
        Takes a part of the work, such as a ``ProcessPoolExecutor(1)`` for a second core; the numbers are the same.

    Returns
    -------
    AssessmentSet
        The world's answers, the breakdowns, the groups declined with the reason, and the published projections beside
        our own arithmetic.

    Raises
    ------
    InputError
        As in :func:`assess`, or if a threshold is given without an indicator.
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

    if indicator is None and threshold is not None:
        raise InputError(
            "a threshold needs one indicator: child labour and forced labour are asked different things",
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
        if groups:
            good, refused = _group_plans(name, partial(ask, threshold=threshold))
            plans += good
            declined += refused
    answers = _answer(plans, draws, rng, population, check, progress, executor)
    main = [one for one, plan in zip(answers, plans, strict=True) if plan.full]
    parts = world_and_parts(answers)
    return AssessmentSet(
        main=tuple(beside_parts(one, parts) for one in main),
        breakdowns=tuple(one for one, plan in zip(answers, plans, strict=True) if not plan.full),
        declined=tuple(declined),
        published=published_projections_table(),
        parts=parts,
    )


def _group_plans(name: str, ask: Callable[..., Question]) -> tuple[list[_Plan], list[tuple[str, str, str, str]]]:
    """Groups of an indicator that can be answered, and those that cannot with the reason."""
    good, refused = questions.askable(name)
    plans, declined = [], [(name, *one) for one in refused]
    for kind, label in good:
        area, group = (label, None) if kind in questions.REGION_TYPES else ("world", label)
        try:
            plans.append(_Plan(ask(name, area, group=group), full=False))
        except InputError as error:
            declined.append((name, kind, label, error.what))
    return plans, declined


def _check_draws(draws: int, *, check: bool) -> None:
    """Raise before sampling if so few draws could never reach the effective sample sizes asked for."""
    if check and isinstance(draws, int) and draws < FEWEST_DRAWS:
        raise InputError(
            "too few draws for an effective sample size of 400 in every quantity",
            where="draws",
            expected=f"{FEWEST_DRAWS} or more",
            got=str(draws),
        )


@dataclass(frozen=True)
class _Plan:
    question: Question
    full: bool

    @property
    def hangs(self) -> bool:
        """Whether the probability hangs on the error assumed: a decline told from two figures.

        For other groups the time is not spent, and the report says so.
        """
        return self.question.kind == "decline" and len(self.question.series.points) <= TWO_FIGURES

    def models(self) -> dict[str, TrendModel]:
        """The fits an answer needs: the stated priors, and the variants shown beside it."""
        series, prior = self.question.series, prior_for(self.question.what.name, self.question.series.group_type)
        stated = TrendModel(series, prior, STATED)
        variants = _variants(self.question, stated) if self.full else _error_variants(stated) if self.hangs else {}
        fits = {STATED: stated} | {name: TrendModel(series, variant, name) for name, variant in variants.items()}
        if not self.full:
            return fits
        surveys = [year for year in series.years if series.indicator.methods.get(year) == "household surveys"]
        kept = set(self.question.base_years) <= set(surveys)
        if self.question.kind == "decline" and kept and 2 <= len(surveys) < len(series.years):
            fits["surveys only"] = TrendModel(series.keep(tuple(surveys)), replace(prior, changes=()), "surveys only")
        if len(series.points) > 2:
            withheld = without_last(stated)
            fits[withheld.variant] = withheld
        return fits


def _error_variants(model: TrendModel) -> dict[str, TrendPrior]:
    """The assumed error halved and doubled; nothing where every figure prints its own."""
    if model.series.points["known_sd"].notna().all():
        return {}
    return {"assumed error halved": model.priors.with_error(0.5), "assumed error doubled": model.priors.with_error(2.0)}


def _variants(question: Question, model: TrendModel) -> dict[str, TrendPrior]:
    """Other priors that an answer is repeated under, by what was changed; none of a parameter the model has not."""
    prior = model.priors
    variants = _error_variants(model)
    if model.changes:
        variants["changes of method twice as uncertain"] = prior.with_changes(spread=2.0)
    if question.kind == "threshold":
        return variants | {"long-run pace twice as uncertain": replace(prior, pace_sd=2.0 * prior.pace_sd)}
    if any(change.mean for change in model.changes):
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
    executor: Executor | None = None,
) -> list[Assessment]:
    """Answers in the order of ``plans``; ``executor`` samples and puts together a part of them."""
    root = root_seed(rng)
    models = [plan.models() for plan in plans]
    every = [one for group in models for one in group.values()]
    sampled = iter(sample_trends(every, draws=draws, root=root, progress=progress, executor=executor))
    tasks = [
        partial(_put_together, plan, group, [next(sampled) for _ in group], root, population, check=check)
        for plan, group in zip(plans, models, strict=True)
    ]
    return _done(tasks, [len(group) for group in models], executor)


def _put_together(
    plan: _Plan,
    models: Mapping[str, TrendModel],
    sampled: Sequence[FloatArray],
    root: np.random.SeedSequence,
    population: Population | None,
    *,
    check: bool,
) -> Assessment:
    chains = zip(models.items(), sampled, strict=True)
    fits = Fits(models, {name: posterior_of(model, z, root=root) for (name, model), z in chains}, plan.full)
    return compose(plan.question, fits, root=root, population=population, check=check)


def _done(
    tasks: Sequence[Callable[[], Assessment]], sizes: Sequence[int], executor: Executor | None
) -> list[Assessment]:
    """Results of the tasks in their order: done here, and by ``executor`` as far as it comes to them first."""
    if executor is None:
        return [task() for task in tasks]
    largest_first = sorted(range(len(tasks)), key=lambda place: -sizes[place])
    away = {place: executor.submit(tasks[place]) for place in largest_first}
    try:
        # what has not been begun there is taken back and done here; only then is the rest waited for
        here = {place: tasks[place]() for place, one in away.items() if one.cancel()}
        return [here[place] if place in here else away[place].result() for place in range(len(tasks))]
    finally:
        for one in away.values():
            one.cancel()
