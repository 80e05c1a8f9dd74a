"""From fits to an answer: every table of an ``Assessment``, made from the same joint draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.forecast.attainment import probability_below, probability_of_decline, year_reached
from target87.forecast.pace import acceleration, annual_change, required_pace
from target87.forecast.projecting import project
from target87.kernels.ordered import quantiles
from target87.prevalence.denominators import CURRENT_VINTAGE
from target87.prevalence.hindcast import Hindcast, hindcast
from target87.results.assessment import Answer, Assessment
from target87.results.diagnostics import convergence, require_convergence
from target87.results.probability import Probability
from target87.studies.parts import ONE_RECORD, WITH_PARTS
from target87.studies.versions import versions

if TYPE_CHECKING:
    import pandas as pd

    from target87.prevalence.trend import TrendModel
    from target87.results.population import Population
    from target87.results.posterior import Posterior
    from target87.results.projection import Projection
    from target87.studies.questions import Question

type FloatArray = NDArray[np.float64]

TAILS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
BOUNDS = ("lower_95", "lower_80", "median", "upper_80", "upper_95")
NEXT_TARGET = 2030
PRIOR_DRAWS = 4_000
FEW = 3


@dataclass(frozen=True)
class Fits:
    """Models of one question and their posteriors, by variant; the stated priors come first.

    ``full`` says whether every assumption is tried, or the assumed error alone.
    """

    models: Mapping[str, TrendModel]
    posteriors: Mapping[str, Posterior]
    full: bool = True

    @property
    def stated(self) -> str:
        """Name of the variant that answers."""
        return next(iter(self.models))

    def same_before(self, name: str) -> bool:
        """Whether a variant says the same before any figure is seen: the error of figures alone is another."""
        one, other = self.models[name], self.models[self.stated]
        return one.series is other.series and replace(one.priors, error=other.priors.error) == other.priors


def compose(
    question: Question,
    fits: Fits,
    *,
    root: np.random.SeedSequence,
    population: Population | None,
    check: bool,
) -> Assessment:
    """Put one question's answer together from its fits."""
    model, posterior = fits.models[fits.stated], fits.posteriors[fits.stated]
    future = project(posterior, until=question.horizon, population=population, rng=root)
    prior = _prior_projection(model, question, root, population)
    held = _hindcast(fits, root)
    observed, needed = _paces(question, future)
    sensitivity, checked = _sensitivity(question, fits, (future, prior), root, population)
    diagnostics = convergence(_quantities(question, posterior, future, observed, needed) | checked)
    if check:
        require_convergence(diagnostics, of=str(posterior.attributes["title"]))
    return Assessment(
        kind=question.kind,
        question=_words(question),
        indicator=question.what.name,
        area=question.series.group,
        group_type=question.series.group_type,
        definition=question.what.definition,
        threshold=question.thresholds[0] if question.thresholds else None,
        target_year=question.target_year,
        base_year=question.base_years[0] if question.base_years else None,
        count_years=question.count_years,
        rate_scale=question.what.rate_scale,
        rate_unit=question.what.rate_unit,
        people=question.what.people,
        answers=tuple(_answers(question, future, prior)),
        estimates=_estimates(question, future),
        years_reached=_years_reached(question, future),
        pace=_pace_table(observed, needed),
        acceleration=_acceleration(question, future, observed, needed),
        points=question.series.points,
        superseded=question.series.superseded,
        sensitivity=sensitivity,
        diagnostics=diagnostics,
        level_notes=tuple(_level_notes(question, held)),
        notes=tuple(_notes(question, future)),
        model=_model_lines(model),
        priors=model.priors.sentences(question.what.rate_scale, question.what.rate_unit, model.changes),
        sources=_sources(question, population),
        seed=str(root.entropy),
        versions=versions("target87", "numpy", "scipy"),
        hindcast=held,
        posterior=posterior,
        projection=future,
    )


def _words(question: Question) -> str:
    place = "" if question.series.group == "World" else f" ({question.series.group})"
    title, year = question.what.title + place, question.target_year
    if question.kind == "decline":
        return f"Does {title} decline between {question.base_years[0]} and {year}?"
    return f"Is {title} below {_rate(question, question.thresholds[0])} in {year}?"


def _rate(question: Question, rate: float) -> str:
    return f"{question.what.rate_scale * rate:g}{question.what.rate_unit}"


def _answers(question: Question, future: Projection, prior: Projection | None) -> list[Answer]:
    if question.kind == "threshold":
        years = [question.target_year]
        if question.target_year < NEXT_TARGET <= int(future.years[-1]):
            years.append(NEXT_TARGET)
        return [
            Answer(
                f"rate below {_rate(question, threshold)} in {year}",
                "rate",
                year,
                threshold,
                None,
                probability_below(future, threshold, year),
            )
            for year in years
            for threshold in question.thresholds
        ]
    measures = ["rate", *(["number"] if question.target_year <= future.last_number_year else [])]
    return [
        Answer(
            f"{measure} in {question.target_year} below {base}'s",
            measure,
            question.target_year,
            None,
            base,
            probability_of_decline(future, question.target_year, base, measure),
            None if prior is None else _before(prior, question.target_year, base, measure),
        )
        for measure in measures
        for base in question.base_years
    ]


def _before(prior: Projection, year: int, base: int, measure: str) -> Probability:
    """Probability of a decline from the prior alone: for the rate one half exactly, as the prior is symmetric in time.

    The change of the log-odds between two years is a mixture of normals with mean 0, whatever the changes of method.
    """
    if measure == "rate":
        draws = int(prior.draws.sizes["draw"])
        return Probability(0.5, 0.0, draws // 2, draws)
    return probability_of_decline(prior, year, base, measure)


def _prior_projection(
    model: TrendModel,
    question: Question,
    root: np.random.SeedSequence,
    population: Population | None,
) -> Projection | None:
    if question.kind != "decline":
        return None
    before = model.prior_predictive(draws=PRIOR_DRAWS, rng=root)
    until = max(question.target_year, int(before.prevalence["year"].values[-1]))
    return project(before, until=until, population=population, rng=root)


def _hindcast(fits: Fits, root: np.random.SeedSequence) -> Hindcast | None:
    withheld = [name for name in fits.models if name.endswith("withheld")]
    return hindcast(fits.models[fits.stated], fits.posteriors[withheld[0]], rng=root) if withheld else None


def _summary(draws: FloatArray) -> dict[str, float]:
    return dict(zip(BOUNDS, (float(one) for one in quantiles(draws, TAILS)), strict=True))


def _estimates(question: Question, future: Projection) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for measure in ("rate", "number"):
        table = future.summary(measure).reset_index()
        table.insert(0, "measure", measure)
        parts.append(table)
    whole = pd.concat(parts, ignore_index=True)
    last = question.series.years[-1]
    return whole.assign(basis=np.where(whole["year"] <= last, "record", "forecast"))


def _years_reached(question: Question, future: Projection) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for threshold in question.thresholds:
        first = year_reached(future, threshold)
        late = first >= question.horizon
        # a year is an order statistic: between two draws the later one, never an average with "not reached"
        ordered = np.sort(np.where(late, np.inf, first))
        marks = ordered[np.ceil(TAILS * (first.size - 1)).astype(int)]
        row = {"threshold": threshold, **dict(zip(BOUNDS, marks, strict=True)), "not_before": question.horizon}
        rows.append({**row, "p_not_before": Probability.of(late, future.chains)})
    return pd.DataFrame(rows, columns=["threshold", *BOUNDS, "not_before", "p_not_before"])


@dataclass(frozen=True)
class _Pace:
    kind: str
    start: int
    end: int
    threshold: float
    log_change: FloatArray


def _paces(question: Question, future: Projection) -> tuple[list[_Pace], list[_Pace]]:
    """Pace seen over the whole record and since the last figure but one, and pace needed for each threshold."""
    years = question.series.years
    first = max(years[0], int(future.years[0]))
    windows = dict.fromkeys([(first, years[-1]), (years[-2], years[-1])])
    observed = [_Pace("observed", a, b, np.nan, annual_change(future.at(a), future.at(b), b - a)) for a, b in windows]
    now = future.at(years[-1])
    needed = []
    for target in dict.fromkeys([question.target_year, NEXT_TARGET]):
        if years[-1] < target <= question.horizon:
            needed += [
                _Pace("needed", years[-1], target, one, required_pace(now, one, target - years[-1]))
                for one in question.thresholds
            ]
    return observed, needed


def _pace_table(observed: list[_Pace], needed: list[_Pace]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for pace in [*observed, *needed]:
        labels = {"kind": pace.kind, "start": pace.start, "end": pace.end, "scale": "per cent a year, compound"}
        rows.append({**labels, "threshold": pace.threshold, **_summary(100.0 * np.expm1(pace.log_change))})
    return pd.DataFrame(rows)


def _acceleration(question: Question, future: Projection, observed: list[_Pace], needed: list[_Pace]) -> pd.DataFrame:
    """Needed over observed pace, both as constant annual rates of change; undefined where the rate did not fall."""
    import pandas as pd

    rows = []
    for pace in observed:
        levels = future.at(pace.start), future.at(pace.end)
        for target in needed:
            left = target.end - target.start
            one = acceleration(future.at(target.start), target.threshold, left, *levels, (pace.start, pace.end))
            labels: dict[str, object] = {"basis": one.basis, "scale": one.scale, "threshold": one.threshold}
            labels |= {"window_start": pace.start, "window_end": pace.end, "target_year": one.target}
            marks = dict(zip(BOUNDS, (float(mark) for mark in one.quantile(TAILS)), strict=True))
            rows.append({**labels, **marks, "p_undefined": Probability.of(np.isnan(one.factor), future.chains)})
    columns = ["basis", "window_start", "window_end", "scale", "threshold", "target_year", *BOUNDS, "p_undefined"]
    return pd.DataFrame(rows, columns=columns)


def _sensitivity(
    question: Question,
    fits: Fits,
    stated: tuple[Projection, Projection | None],
    root: np.random.SeedSequence,
    population: Population | None,
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """Answers under each variant, and the quantities whose convergence they rest on.

    ``stated`` holds the projections of the stated priors, with the figures and before them.
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    checked: dict[str, FloatArray] = {}
    for name, posterior in fits.posteriors.items() if len(fits.posteriors) > 1 else ():
        future, prior = stated
        if name != fits.stated:
            until = question.horizon if fits.full else max(question.target_year, question.series.years[-1])
            future = project(posterior, until=until, population=population, rng=root)
            prior = (
                prior if fits.same_before(name) else _prior_projection(fits.models[name], question, root, population)
            )
            for parameter, values in posterior.parameters.data_vars.items():
                checked[f"{name}: {parameter}"] = values.to_numpy()
            checked[f"{name}: rate {question.target_year}"] = posterior.by_chain(future.at(question.target_year))
        level = {"year": question.target_year, **_summary(future.at(question.target_year))}
        rows += [{"assumption": name, **row, **level} for row in _claims(question, fits, future, prior)]
    columns = ["assumption", "statement", "probability", "prior_probability", "year", *BOUNDS]
    return pd.DataFrame(rows, columns=columns), checked


def _claims(
    question: Question, fits: Fits, future: Projection, prior: Projection | None
) -> Iterator[dict[str, object]]:
    """Statements of the target year with their probabilities, and for a full answer those of never."""
    for answer in _answers(question, future, prior):
        if answer.year == question.target_year:
            labels = {"statement": answer.statement, "probability": answer.probability}
            yield {**labels, "prior_probability": answer.prior}
    for threshold in question.thresholds if fits.full else ():
        late = Probability.of(year_reached(future, threshold) >= question.horizon, future.chains)
        yield {"statement": _not_before(question, threshold), "probability": late, "prior_probability": None}


def _not_before(question: Question, threshold: float) -> str:
    return f"rate below {_rate(question, threshold)} not before {question.horizon}"


def _quantities(
    question: Question, posterior: Posterior, future: Projection, observed: list[_Pace], needed: list[_Pace]
) -> dict[str, FloatArray]:
    """Every sampled parameter and every continuous quantity that is reported, ``(chain, draw)``."""
    quantities: dict[str, FloatArray] = {
        str(name): values.to_numpy() for name, values in posterior.parameters.data_vars.items()
    }
    for year, rate in zip(future.years.tolist(), future.draws["rate"].to_numpy()[0, 0], strict=True):
        # the number is the rate times a constant: its ranks, and so its diagnostics, are the rate's
        quantities[f"rate {year}"] = posterior.by_chain(rate)
    for pace in observed:
        quantities[f"pace {pace.start}-{pace.end}"] = posterior.by_chain(pace.log_change)
    for target in needed:
        for seen in observed:
            # the factor's reciprocal: the same ranks, and finite where the factor is undefined
            limit = _rate(question, target.threshold)
            label = f"observed {seen.start}-{seen.end} over needed pace to {limit} by {target.end}"
            quantities[label] = posterior.by_chain(seen.log_change / target.log_change)
    for base in question.base_years:
        ratio = future.at(question.target_year) / future.at(base)
        quantities[f"rate {question.target_year} over {base}"] = posterior.by_chain(ratio)
    for threshold in question.thresholds:
        reached = np.minimum(year_reached(future, threshold), question.horizon + 1.0)
        quantities[f"year below {_rate(question, threshold)}"] = posterior.by_chain(reached)
    return quantities


def _level_notes(question: Question, held: Hindcast | None) -> list[str]:
    """What a reader must know of the levels, said beside them."""
    notes = []
    if held is not None and not held.lower_80 <= held.published <= held.upper_80:
        low, high = (f"{question.what.rate_scale * one:.2g}" for one in (held.lower_80, held.upper_80))
        unit, side = question.what.rate_unit, "below" if held.published < held.lower_80 else "above"
        notes.append(
            f"Take these medians with reserve: the last figure ({_rate(question, held.published)} in {held.year}) lies "
            f"{side} the 80 % interval that the model gave it from the earlier ones ({low} to {high}{unit}), so "
            "the intervals may be too narrow, and the later path hangs on that one figure."
        )
    if question.series.group_type == "world" and question.what.people == "children":
        notes.append(ONE_RECORD + (WITH_PARTS if question.what.name == "child_labour" else ""))
    return notes


def _notes(question: Question, future: Projection) -> list[str]:
    points, last = question.series.points, question.series.years[-1]
    notes = []
    if question.target_year <= last:
        notes.append(
            f"{question.target_year} is past and the record reaches {last}: the answer is the model's reading of the "
            "record, not a forecast."
        )
    else:
        notes.append(f"No figure later than {last} is in the record: {question.target_year} is a forecast.")
    unconfirmed = int((~points["confirmed"]).sum())
    if unconfirmed:
        which = ", ".join(str(year) for year in points.loc[~points["confirmed"], "year"])
        notes.append(f"{unconfirmed} of {len(points)} figures are recalled, not read: {which}.")
    recalled = points.loc[(points["error_published"] != "") & ~points["error_confirmed"], "year"]
    if len(recalled):
        notes.append(f"The standard error of the {', '.join(map(str, recalled))} figure is recalled, not read.")
    if question.kind == "decline" and question.target_year > future.last_number_year:
        notes.append(
            f"Nothing is said of the number of people in {question.target_year}: population data end in "
            f"{future.last_number_year}."
        )
    if question.series.group_type == "world":
        notes += _stalls(question, future)
    if len(points) <= FEW:
        notes.append(f"{len(points)} figures: the answer rests on the assumed error and pace more than on the record.")
    notes.append(
        f"Numbers of people are the rate times {future.attributes['population']}, for every year; those of "
        "past years differ from the numbers printed in older reports, which used older populations."
    )
    if len(question.series.superseded):
        notes.append(f"Figures restated by a later report and not used: {len(question.series.superseded)}.")
    return notes


def _stalls(question: Question, future: Projection) -> list[str]:
    """Where the published rate did not fall from one figure to the next: how far the model takes that for established.

    Adjacent figures of one period each, in a question of falling below a threshold.
    """
    if question.kind != "threshold":
        return []
    points = question.series.points
    rates = dict(zip(question.series.years, points["rate"].astype(float), strict=True))
    methods = dict(zip(question.series.years, points["method"], strict=True))
    notes = []
    for first, last in pairwise(question.series.years):
        if rates[last] < rates[first]:
            continue
        fell = Probability.of(future.at(last) < future.at(first), future.chains)
        scaled = [question.what.rate_scale * float(np.median(future.at(year))) for year in (first, last)]
        levels = [f"{one:.1f}{question.what.rate_unit}" for one in scaled]
        method = "" if methods[first] == methods[last] else " and the change of method between them"
        verdict = "does not take that stall as established" if float(fell) > 0.5 else "takes that for a stall too"
        notes.append(
            f"The published rate did not fall from {first} ({_rate(question, rates[first])}) to {last} "
            f"({_rate(question, rates[last])}). With the error assumed for the figures{method}, the model {verdict}: "
            f"its own rate fell in those years with probability {fell} (medians {levels[0]} and {levels[1]})."
        )
    return notes


def _model_lines(model: TrendModel) -> tuple[str, str]:
    return (
        f"Log-odds of the rate: level + long-run pace x time + a wandering pace that returns to it (integrated "
        f"Ornstein-Uhlenbeck); {len(model.series.points)} figures, each seen with relative error, an error shared by "
        f"adjacent rounds, rounding, and {len(model.changes)} change(s) of method as parameters.",
        "Level, pace, path and method changes are integrated out exactly and drawn back; error, its correlation, the "
        "pace's variation and memory are sampled (elliptical slice sampling, 8 chains).",
    )


def _sources(question: Question, population: Population | None) -> pd.DataFrame:
    from target87 import datasets

    table = datasets.sources().reset_index()
    used = {*question.series.points["source_id"], *([CURRENT_VINTAGE] if population is None else [population.vintage])}
    return table[table["source_id"].isin(used)].reset_index(drop=True)
