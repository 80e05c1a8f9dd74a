"""Answers as text for a terminal: sentences first, then tables and a chart, then what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from target87.plots.terminal import Row, interval_chart
from target87.report import answers as tables
from target87.report import evidence, layout, overview, words
from target87.report.assumptions import assumptions
from target87.report.cells import Table
from target87.results.target import asked_by_target

if TYPE_CHECKING:
    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet

__all__ = ["render_text"]

LEAST_WIDTH = 60


def render_text(
    answers: Assessment | AssessmentSet, *, width: int = 100, unicode: bool = True, quiet: bool = False
) -> str:
    """Answers in plain text.

    Parameters
    ----------
    answers : Assessment or AssessmentSet
        One answer, or several made in one run.
    width : int
        Columns to fill; at least 60 are used, and a table of many columns may need about 100.
    unicode : bool
        Use characters outside ASCII; otherwise none is used.
    quiet : bool
        The questions and sentences alone.

    Returns
    -------
    str
        Ends with a line feed.

    Examples
    --------
    >>> import target87 as t87
    >>> answer = t87.assess("forced_labour", draws=400, check=False)
    >>> print(render_text(answer, quiet=True).splitlines()[0])
    Does forced labour decline between 2021 and 2030?
    """
    whole = _as_set(answers)
    width = max(width, LEAST_WIDTH)
    lines = list(_sentences(whole, width))
    if not quiet:
        for number, answer in enumerate(whole.main, start=1):
            lines += _details(answer, width, number if len(whole.main) > 1 else None, unicode=unicode)
        lines += _parts(whole, width)
        lines += _run(whole, width)
    text = "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"
    return text if unicode else words.ascii_only(text)


def _as_set(answers: Assessment | AssessmentSet) -> AssessmentSet:
    from target87.results.assessment_set import AssessmentSet

    return answers if isinstance(answers, AssessmentSet) else AssessmentSet((answers,))


def _sentences(whole: AssessmentSet, width: int) -> Iterator[str]:
    for answer in whole.main:
        yield from layout.heading(answer.question, width, underline="=")
        head = answer.answers[0]
        before = "" if head.prior is None else f" Before any figure was seen: {head.prior}."
        verdict = f"{words.verdict(answer)}: probability {head.probability}.{before}"
        yield from layout.paragraph(verdict, width)
        yield from layout.paragraph(asked_by_target(answer.indicator, answer.kind), width)
        yield from layout.bullets(answer.sentences(), width)


def _details(answer: Assessment, width: int, number: int | None, *, unicode: bool) -> Iterator[str]:
    place = "" if number is None else f"{number}. "
    yield from layout.heading(f"{place}{words.sentence_case(words.title(answer))}", width, underline="=")
    if answer.kind == "decline":
        yield from layout.table_lines(tables.probabilities(answer), width)
    yield from layout.table_lines(tables.estimates(answer), width)
    yield from layout.heading(f"Rate by year, {words.unit(answer)}", width)
    yield chart(answer, width=width, unicode=unicode)
    yield from _rests_on(answer, width)


def chart(answer: Assessment, *, width: int, unicode: bool) -> str:
    """The terminal chart of an answer: years with a figure, and the years that were asked about."""
    table = answer.estimates[answer.estimates["measure"] == "rate"].set_index("year")
    scaled = answer.rate_scale * table[["lower_95", "lower_80", "median", "upper_80", "upper_95"]]
    published = dict(zip(answer.points["year"], answer.rate_scale * answer.points["rate"], strict=True))
    rows: list[Row] = []
    # a far horizon is left to the table: its wide interval would squeeze all others into a corner
    latest = max(*published, *tables.SHOWN_YEARS, *answer.count_years, answer.target_year)
    years = [year for year in tables.key_years(answer) if year <= latest]
    for year, low95, low80, median, high80, high95 in scaled.loc[years].itertuples():
        rows.append((year, low95, low80, median, high80, high95, published.get(year)))
    marks = [] if answer.threshold is None else [answer.rate_scale * answer.threshold]
    method = str(answer.points["method"].iloc[-1])
    apart = [row["year"] for row in answer.points.to_dict("records") if words.unlike(row, method)]
    return interval_chart(rows, width=width, unicode=unicode, unit=words.unit(answer), marks=marks, apart=apart)


def _rests_on(answer: Assessment, width: int) -> Iterator[str]:
    yield from layout.heading("What this rests on", width, underline="-")
    yield from layout.table_lines(evidence.points(answer), width)
    for heading, texts in assumptions(answer):
        yield from layout.heading(heading, width)
        yield from layout.bullets(texts, width)
    yield from layout.heading("Convergence", width)
    yield from layout.bullets([evidence.convergence(answer)], width)


def _parts(whole: AssessmentSet, width: int) -> Iterator[str]:
    found: list[Table | None] = [
        *overview.breakdowns(whole),
        overview.parts(whole),
        overview.declined(whole),
        overview.published(whole),
    ]
    shown = [table for table in found if table is not None]
    if shown:
        yield from layout.heading("Groups, and what was published before", width, underline="=")
    for table in shown:
        yield from layout.table_lines(table, width)


def _run(whole: AssessmentSet, width: int) -> Iterator[str]:
    first = whole.main[0]
    yield from layout.heading("Sources", width, underline="=")
    for row in evidence.all_sources(whole).to_dict("records"):
        text = f"{row['source_id']}: {row['publication']}. {row['publisher']}. Read in: {row['read_in']}."
        yield from layout.bullets([text], width)
    versions = ", ".join(f"{name} {version}" for name, version in first.versions.items())
    population = str(first.projection.attributes["population"])
    draws = first.probability.draws
    yield ""
    yield from layout.paragraph(
        f"Seed {first.seed}, {draws:,} draws. Population: {population}. Versions: {versions}.", width
    )
