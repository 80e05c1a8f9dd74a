"""What so few figures can tell of forced labour, said next to the probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.report import words

if TYPE_CHECKING:
    from target87.results.assessment import Assessment

NO_MINIMUM = "2005 not taken for a minimum"
"""The assumption under which the figure of 2005 has no direction given to its error."""

NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven")


def caution(answer: Assessment) -> tuple[str, ...]:
    """Sentences on how far the figures decide a question of forced labour; none for another."""
    if answer.indicator != "forced_labour":
        return ()
    return (_spread(answer), *_moved(answer), *_assumed(answer), *_surveys_only(answer), *_methods(answer))


def _spread(answer: Assessment) -> str:
    pace = answer.pace[answer.pace["kind"] == "observed"].to_dict("records")[0]
    low, high = float(pace["lower_95"]), float(pace["upper_95"])
    figures = words.sentence_case(f"{_numeral(len(answer.points))} figures")
    span = words.signed_span(low, high)
    spread = f"since {pace['start']:.0f} the rate may have changed by anything from {span} % a year (95 %)"
    if low < 0.0 < high:
        return f"{figures} do not tell a decline from a rise: {spread}."
    way = "decline" if high <= 0.0 else "rise"
    return f"{figures} would point to a {way}, under the stated priors: {spread}."


def _moved(answer: Assessment) -> tuple[str, ...]:
    head = answer.answers[0]
    if head.prior is None:
        return ()
    return (f"Before any figure was seen the probability was {head.prior}; with them it is {head.probability}.",)


def _assumed(answer: Assessment) -> tuple[str, ...]:
    """How far the first probability hangs on what was assumed, the reading of the earliest figure named."""
    head = answer.answers[0]
    tried = words.tried_for(answer, head.statement)
    if len(tried) < 2:
        return ()
    low, high = min(tried.values(), key=float), max(tried.values(), key=float)
    text = (
        f"How the figures are read is assumed too. Over the assumptions tried the probability runs from {low} to {high}"
    )
    if NO_MINIMUM in tried:
        text += f"; reading 2005 as a minimum alone moves it from {tried[NO_MINIMUM]} to {head.probability}"
    return (f"{text}.", *_even(answer))


def _even(answer: Assessment) -> tuple[str, ...]:
    """That no assumption tried leans towards a decline or a rise beforehand, where that is so."""
    table = answer.sensitivity
    before = table.loc[table["statement"] == answer.answers[0].statement, "prior_probability"]
    if not all(one is not None and one.value == 0.5 for one in before):
        return ()
    return (
        "Every one of these assumptions keeps the probability before any figure at 0.50: none that leans to a decline "
        "or to a rise beforehand was tried, and with so few figures such a leaning would show in the answer.",
    )


def _surveys_only(answer: Assessment) -> tuple[str, ...]:
    """The probability from the figures of one method, beside the one from all."""
    table = answer.sensitivity
    rows = table[(table["assumption"] == "surveys only") & (table["statement"] == answer.answers[0].statement)]
    return tuple(
        f"With the survey figures alone, leaving out those of earlier methods: {row['prior_probability']} before, "
        f"{row['probability']} after."
        for row in rows.to_dict("records")
    )


def _methods(answer: Assessment) -> tuple[str, ...]:
    methods = int(answer.points["method"].nunique())
    if methods == 1:
        return ()
    return (
        f"The figures were made by {_numeral(methods)} methods. How far a change of method moved them was not "
        "measured: it is a parameter, and what is known of it is mostly its prior.",
    )


def _numeral(number: int) -> str:
    return NUMERALS[number] if number < len(NUMERALS) else str(number)
