"""Tables of several answers: groups, what is declined, published projections."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from target87.report import words
from target87.report.cells import Table

if TYPE_CHECKING:
    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet

GROUP_TYPES = {
    "world": "world",
    "region_ilo": "region",
    "region_ilo_trend": "region, trend series",
    "sex": "sex",
    "age": "age",
}
ADDED, WHOLE = "three regions", "World"
"""Columns of the parts: the regions added up, and the world as answered on its own."""

ERROR_VARIANTS = ("assumed error halved", "assumed error doubled")
ROUNDED = ("READ_APPROX",)
"""Statuses of figures that were read, but rounded; other doubts are of figures recalled."""


def breakdowns(answers: AssessmentSet) -> tuple[Table, ...]:
    """Two tables a question, one row a group: the answers, and how they move with the error assumed."""
    tables = []
    for main in answers.main:
        own = [one for one in answers.breakdowns if one.indicator == main.indicator]
        if own:
            tables += [_breakdown([main, *own]), *_errors([main, *own])]
    return tuple(tables)


def _breakdown(answers: Sequence[Assessment]) -> Table:
    head, unit = answers[0], words.unit(answers[0])
    year, decline = head.target_year, head.kind == "decline"
    rows = tuple(_group(answer) for answer in answers)
    last = ("before any figure", "with the figures") if decline else ("probability",)
    claim = "chance of decline," if decline else f"P(below {words.threshold(head, head.threshold or 0.0)} in {year})"
    columns = (
        *("group", "kind", "figures", f"rate at the last figure, {unit} (95 %)"),
        *(f"rate in {year}, {unit} (95 %)", f"million {head.people} in {year} (95 %)"),
        *(f"{claim} {name}" if decline else claim for name in last),
    )
    title = f"World and groups: {words.title(head).split(',')[0]}"
    return Table(title, columns, rows, _remarks(answers, decline=decline), words=(0, 1, 2))


def _remarks(answers: Sequence[Assessment], *, decline: bool) -> tuple[str, ...]:
    """Notes of a table of groups: those that hold for these groups."""
    notes = ["Medians with 95 % intervals. Groups are answered one by one and need not add up to the world."]
    if not all(answer.points["confirmed"].all() for answer in answers):
        notes.append(
            f"{words.UNCONFIRMED} rests in part on a figure recalled, not read: written down from memory of the report "
            "and never seen in a page or file."
        )
    if any(len(answer.points) <= words.FEW for answer in answers):
        beside = " Read each probability with the figures beside the one before any." if decline else ""
        notes.append(f"A trend from two figures rests mostly on the prior and on the error assumed for them.{beside}")
    if any(words.few_figures(answer) for answer in answers):
        notes.append(words.FOOTNOTES[words.TWO_FIGURES])
    notes += _priors(answers[0], answers[1:])
    if any(answer.sensitivity.empty for answer in answers[1:]):
        notes.append(
            "How the answers for these groups move with the error assumed is not computed in this run; asked alone (by "
            "area or group), each is repeated under every assumption."
        )
    if decline:
        notes.append("Decline: the rate in the target year below that of the last figure's year, draw by draw.")
    return tuple(notes)


def _priors(main: Assessment, groups: Sequence[Assessment]) -> tuple[str, ...]:
    """The priors of the groups where they differ from the world's, each once."""
    own = list(dict.fromkeys(prior for answer in groups for prior in answer.priors if prior not in main.priors))
    if not own:
        return ()
    return (
        "Priors of the groups that are not the world's, since a part rests on fewer people surveyed (the world's stand "
        f"with its answer): {'; '.join(own)}.",
    )


def _errors(answers: Sequence[Assessment]) -> tuple[Table, ...]:
    """The world and groups of two figures with the assumed error halved and doubled."""
    head = answers[0]
    found = {place: _by_error(answer) for place, answer in enumerate(answers)}
    rows = []
    for place, by_error in found.items():
        if len(by_error) == len(ERROR_VARIANTS):
            both = [by_error[name] for name in ERROR_VARIANTS]
            shown = [with_interval(head, row, "rate") for row in both]
            chances = [str(row["probability"]) for row in both]
            rows.append((answers[place].area, *shown, *chances))
    if len(rows) < 2:
        return ()
    rate = f"rate in {head.target_year}, {words.unit(head)} (95 %), error"
    columns = ("group", f"{rate} halved", f"{rate} doubled", "probability, error halved", "probability, error doubled")
    title = (
        f"World and groups of two figures, with the assumed error halved and doubled: {words.title(head).split(',')[0]}"
    )
    note = f"Probability of: {head.answers[0].statement}."
    return (Table(title, columns, tuple(rows), (note,)),)


def _by_error(answer: Assessment) -> dict[str, dict[Any, Any]]:
    """Rows of the first statement under another error, by variant."""
    table = answer.sensitivity
    rows = table[(table["statement"] == answer.answers[0].statement) & table["assumption"].isin(ERROR_VARIANTS)]
    return {row["assumption"]: row for row in rows.to_dict("records")}


def _group(answer: Assessment) -> tuple[str, ...]:
    years = [int(year) for year in answer.points["year"]]
    doubtful = "" if answer.points["confirmed"].all() else words.UNCONFIRMED
    table = {(row["measure"], row["year"]): row for row in answer.estimates.to_dict("records")}
    head = answer.answers[0]
    prior = () if answer.kind == "threshold" else (words.NOTHING if head.prior is None else str(head.prior),)
    return (
        answer.area + doubtful,
        GROUP_TYPES.get(answer.group_type, answer.group_type),
        f"{len(years)} ({years[0]}–{years[-1]})",
        f"{years[-1]}: {with_interval(answer, table.get(('rate', years[-1])), 'rate')}",
        with_interval(answer, table.get(("rate", answer.target_year)), "rate"),
        with_interval(answer, table.get(("number", answer.target_year)), "number"),
        *prior,
        str(head.probability) + (words.TWO_FIGURES if words.few_figures(answer) else ""),
    )


def with_interval(answer: Assessment, row: dict[Any, Any] | None, measure: str) -> str:
    """Median with its 95 % interval in brackets; nothing where there is no row."""
    if row is None:
        return words.NOTHING
    values = [float(row[name]) for name in ("median", "lower_95", "upper_95")]
    median, low, high = (words.rate(answer, one) if measure == "rate" else words.millions(one) for one in values)
    return f"{median} ({words.span(low, high)})"


def parts(answers: AssessmentSet) -> Table | None:
    """The world's expected numbers beside those of its regions added up."""
    table = answers.parts
    if table is None or table.empty:
        return None
    left = (table[WHOLE] - table[ADDED]).to_numpy()
    names = [str(name) for name in table.columns if name != "year"]
    rows = [
        (f"{row['year']:.0f}", *(words.millions(row[name]) for name in names), words.signed(rest / 1e6))
        for row, rest in zip(table.to_dict("records"), left, strict=True)
    ]
    return Table(
        "The world beside its parts: children in child labour, million, expected (mean)",
        ("year", *names, "left for others"),
        tuple(rows),
        _parts_say(table["year"].astype(int).tolist(), (-left / 1e6).tolist()),
    )


def _parts_say(years: Sequence[int], excess: Sequence[float]) -> tuple[str, ...]:
    """What the sum of the parts says of the whole; expected numbers add up whatever the correlation."""
    first = (
        "Each column is answered on its own. Expected numbers add up however the regions hang together, so the three "
        "regions can never expect more children than the world."
    )
    over = [(year, more) for year, more in zip(years, excess, strict=True) if more > 0.0]
    if not over:
        return (first, "They do not in any of these years: the world's path is no lower than they allow.")
    named = " and ".join(f"{more:.0f} million more in {year}" for year, more in over)
    return (
        first,
        f"They do ({named}): a world record cannot see that regions with slow progress gain weight in the world's "
        f"population. So by {over[0][0]} at the latest the world's path is likely too low, and its probability of "
        "being below a threshold too high.",
    )


OUT_OF_SCOPE = (
    "Out of scope, and not listed one by one: groupings with a figure for one year only (sex within age bands, rural "
    "and urban, income of countries, the regions of 2005 and those of 2012, which are not today's), and kinds of "
    "forced labour, which are parts of what is measured, not groups of people."
)


def declined(answers: AssessmentSet) -> Table | None:
    """Groups nothing is answered for, with the reason."""
    if not answers.declined:
        return None
    rows = tuple(
        (name.replace("_", " "), group, GROUP_TYPES.get(kind, kind), reason)
        for name, kind, group, reason in answers.declined
    )
    columns = ("question", "group", "kind", "reason")
    return Table("Groups declined", columns, rows, (OUT_OF_SCOPE,), words=(0, 1, 2, 3))


def published(answers: AssessmentSet) -> Table | None:
    """Published projections beside the same arithmetic here and beside this report's model."""
    table = answers.published
    if table is None or table.empty:
        return None
    records = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    # long definitions, several of them shared: by number, beneath the table
    how = {text: f"({number})" for number, text in enumerate(dict.fromkeys(_how(row) for row in records), start=1)}
    rows = tuple(_projection(row, how[_how(row)], answers.main) for row in records)
    columns = (
        "report",
        "what",
        "for",
        "published",
        "confirmed",
        "ours",
        "how",
        f"model here: median (95{words.FIXED}%)",
    )
    notes = (
        *words.footnotes([cell for row in rows for cell in (row[3], row[5])]),
        "Ours: the same arithmetic from the embedded figures. The reports do not print their arithmetic; ours is what "
        "comes nearest, and a second reading shows that another would do too. Only a figure that was read can say "
        "whether ours agrees.",
        "Model here: this report's own answer for the same year, on one population vintage.",
        *(f"{number} {text}." for text, number in how.items()),
    )
    return Table(
        "Published projections, beside the same arithmetic and beside this model",
        columns,
        rows,
        notes,
        words=(0, 1, 2, 4, 6),
    )


def _how(row: dict[str, Any]) -> str:
    if not math.isfinite(float(row["ours"])):
        return f"not computed: needs {row['missing_input']}"
    how = f"another reading: {row['definition']}" if row["reading"] == "other" else str(row["definition"])
    doubts = [f"{what} ({'rounded' if key in ROUNDED else 'recalled'})" for what, key in _doubts(row)]
    return f"{how}; not read as printed: {', '.join(doubts)}" if doubts else how


def _doubts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What went into a reading without having been read as printed, with its status."""
    found = (one.rstrip(")").split(" (", 1) for one in str(row["unconfirmed_inputs"]).split("; ") if one)
    return [(what, status) for what, status in found]


def _doubt_marks(row: dict[str, Any]) -> str:
    rounded = {key in ROUNDED for _, key in _doubts(row)}
    return (words.UNCONFIRMED if False in rounded else "") + (words.ROUNDED if True in rounded else "")


def _projection(row: dict[str, Any], how: str, main: Iterable[Assessment]) -> tuple[str, ...]:
    factor = row["unit"] == "times"
    what = str(row["indicator"]).replace("_", " ") + (", times faster" if factor else ", million")
    said = f" ({row['statement']})" if row["statement"] and not factor else ""
    ours = float(row["ours"])
    return (
        str(row["source_id"]),
        what + said,
        f"{row['target_year']}",
        f"{row['published']:g}{words.number_mark(row)}",
        _confirmed(row),
        f"{ours:.1f}{_doubt_marks(row)}" if math.isfinite(ours) else words.NOTHING,
        how,
        words.NOTHING if factor else _model(row, main),
    )


def _confirmed(row: dict[str, Any]) -> str:
    """How the printed figure was confirmed, and whether ours agrees where that can be judged."""
    if not row["pass_mark"]:
        return words.status(row)
    return f"{words.status(row)}; ours {'agrees' if row['passed'] else 'DIFFERS'} ({row['pass_mark']})"


def _model(row: dict[str, Any], main: Iterable[Assessment]) -> str:
    for answer in main:
        if answer.indicator == row["indicator"]:
            table = answer.estimates
            found = table[(table["measure"] == "number") & (table["year"] == row["target_year"])].to_dict("records")
            return (
                with_interval(answer, {str(key): value for key, value in found[0].items()}, "number") if found else ""
            )
    return words.NOTHING
