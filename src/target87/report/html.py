"""The HTML report: one page that needs nothing else, the same for the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from target87.report import answers as tables
from target87.report import evidence, overview, words
from target87.report.assumptions import Section, assumptions
from target87.report.caution import caution
from target87.report.cells import Table
from target87.report.figures import Drawing, figures
from target87.results.target import asked_of_all

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet

__all__ = ["render_html"]


def render_html(answers: Assessment | AssessmentSet) -> str:
    """Answers as one self-contained HTML page: inline figures and styles, no scripts, nothing fetched.

    Parameters
    ----------
    answers : Assessment or AssessmentSet
        One answer, or several made in one run.

    Returns
    -------
    str
        The page; the same answers give the same bytes.

    Examples
    --------
    >>> import target87 as t87
    >>> page = render_html(t87.assess("forced_labour", draws=400, check=False))
    >>> page[:15], "<script" in page
    ('<!DOCTYPE html>', False)
    """
    from target87.results.assessment_set import AssessmentSet

    whole = answers if isinstance(answers, AssessmentSet) else AssessmentSet((answers,))
    return environment().get_template("report.html.j2").render(_page(whole))


@dataclass(frozen=True)
class _Chapter:
    """One main answer as the template takes it."""

    anchor: str
    title: str
    question: str
    verdict: str
    probability: str
    prior: str | None
    caution: tuple[str, ...]
    claims: Table
    sentences: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    results: tuple[Table, ...]
    assumed: tuple[Section, ...]
    evidence: tuple[Table, ...]
    convergence: str
    checks: Table


def _page(whole: AssessmentSet) -> dict[str, Any]:
    first = whole.main[0]
    return {
        "heading": _heading(whole),
        "target": asked_of_all({one.kind for one in whole.main}),
        "summary": _summary(whole),
        "likelihoods": words.LIKELIHOOD_KEY,
        "footnotes": tuple(words.FOOTNOTES.values()),
        "chapters": [_chapter(answer) for answer in whole.main],
        "groups": overview.breakdowns(whole),
        "parts": overview.parts(whole),
        "declined": overview.declined(whole),
        "published": overview.published(whole),
        "sources": evidence.sources(evidence.all_sources(whole)),
        "seed": first.seed,
        "draws": f"{first.probability.draws:,}",
        "population": _populations(whole),
        "versions": ", ".join(f"{name} {version}" for name, version in first.versions.items()),
    }


def _heading(whole: AssessmentSet) -> str:
    if {"child_labour", "forced_labour"} <= {one.indicator for one in whole.main}:
        return "Does child labour reach zero by 2025, and does forced labour decline by 2030?"
    return whole.main[0].question


def _summary(whole: AssessmentSet) -> Table:
    """One row a question, and one for numbers of people where a decline is asked of them too."""
    rows = [row for answer in whole.main for row in _summary_rows(answer)]
    columns = (
        *("question", "before any figure (prior)", "with the figures (posterior)", "in words"),
        *("rate in the target year: median (95 %)", "million people in the target year: median (95 %)"),
    )
    notes = [
        f"{words.sentence_case(words.title(answer))}: {text}"
        for answer in whole.main
        for text in (*caution(answer)[:1], *answer.level_notes)
    ]
    if any(answer.kind == "threshold" for answer in whole.main):
        notes.append(
            f"{NOT_GIVEN}: a prior probability of lying below a threshold would only repeat where the prior puts the "
            "level of the first year."
        )
    if any(words.few_figures(answer) for answer in whole.main):
        notes.append(words.FOOTNOTES[words.TWO_FIGURES])
    return Table("The answers", columns, tuple(rows), tuple(dict.fromkeys(notes)), words=(0, 3))


NOT_GIVEN = "not given"
"""Where a prior probability would say nothing."""


def _summary_rows(answer: Assessment) -> Iterator[tuple[str, ...]]:
    table = answer.estimates[answer.estimates["year"] == answer.target_year]
    level = {row["measure"]: row for row in table.to_dict("records")}
    shown = {
        "rate": overview.with_interval(answer, level.get("rate"), "rate") + answer.rate_unit,
        "number": overview.with_interval(answer, level.get("number"), "number") or "no population data",
    }
    heads = {one.measure: one for one in reversed(answer.answers) if one.year == answer.target_year}
    for measure in ("rate", "number"):
        if measure not in heads:
            continue
        head = answer.answers[0] if measure == "rate" else heads[measure]
        other, own = words.under_others(answer, head.statement), str(head.probability)
        beside = f" ({'the same' if other == own else other} under other assumptions)" if other else ""
        yield (
            answer.question
            if measure == "rate"
            else answer.question.replace("Does", "Does the number of people in", 1),
            NOT_GIVEN if head.prior is None else str(head.prior),
            own + beside,
            words.verdict(answer) if measure == "rate" else words.sentence_case(words.likelihood(head.probability)),
            shown["rate"],
            shown["number"],
        )


def _chapter(answer: Assessment) -> _Chapter:
    head = answer.answers[0]
    shown = [
        tables.estimates(answer),
        tables.years_reached(answer),
        tables.pace(answer),
        tables.acceleration(answer),
        tables.sensitivity(answer),
        tables.hindcast(answer),
    ]
    rests = [
        evidence.points(answer),
        evidence.superseded(answer),
        evidence.parameters(answer),
        evidence.diagnostics(answer),
    ]
    return _Chapter(
        anchor=answer.indicator.replace("_", "-"),
        title=words.sentence_case(words.title(answer)),
        question=answer.question,
        verdict=words.verdict(answer),
        probability=str(head.probability),
        prior=None if head.prior is None else str(head.prior),
        caution=caution(answer),
        claims=tables.probabilities(answer),
        sentences=answer.sentences(),
        drawings=figures(answer),
        results=tuple(table for table in shown if table is not None),
        assumed=assumptions(answer),
        evidence=tuple(table for table in rests if table is not None),
        convergence=evidence.convergence(answer),
        checks=evidence.diagnostics(answer, worst=None),
    )


def _populations(whole: AssessmentSet) -> str:
    return "; ".join(dict.fromkeys(str(answer.projection.attributes["population"]) for answer in whole))


@cache
def environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("target87.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_bound,
    )
    environment.filters["marked"] = _marked
    environment.filters["drawn"] = _drawn
    return environment


def _bound(value: Any) -> Any:
    return words.bind(value) if type(value) is str else value


def _marked(cell: str) -> Markup:
    """A cell with its marks set apart, so that a figure not read is seen to be one."""
    from markupsafe import Markup, escape

    text = str(escape(words.bind(cell)))
    for mark, note in words.FOOTNOTES.items():
        if mark in text:
            text = text.replace(mark, str(Markup('<abbr class="mark" title="{}">{}</abbr>').format(note, mark)))
    return Markup(text)


def _drawn(drawing: Drawing) -> Markup:
    """The drawing as it is: made here, not by a reader."""
    from markupsafe import Markup

    return Markup(drawing.svg)
