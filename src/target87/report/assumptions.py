"""What was assumed for an answer, in words that stand without the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.report import words
from target87.results.target import asked_by_target

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment

type Section = tuple[str, tuple[str, ...]]


def assumptions(answer: Assessment) -> tuple[Section, ...]:
    """Headings with their sentences: measured, asked, figures, errors, model, priors, numbers, left out."""
    return (
        ("What is measured", (answer.definition,)),
        ("What is asked", _asked(answer)),
        ("How figures became rates", _rates(answer)),
        ("Which figures are taken for one method", _methods(answer)),
        ("How wrong a figure may be", _errors(answer)),
        ("Model", answer.model),
        ("Priors, changes of method included", answer.priors),
        ("How rates become numbers of people", _numbers(answer)),
        ("What is left out", _left_out()),
    )


def _asked(answer: Assessment) -> tuple[str, ...]:
    """The question as the model takes it, after what the target itself asks."""
    return (asked_by_target(answer.indicator, answer.kind), *_asked_of_the_model(answer))


def _methods(answer: Assessment) -> tuple[str, ...]:
    """Figures between which no break is allowed for, and what period each is taken to speak of."""
    said = []
    for method, part in answer.points.groupby("method", sort=False):
        years = [str(year) for year in part["year"]]
        named = words.listed(years)
        if len(years) > 1:
            said.append(f"{named} are taken for figures of one method ({method}), with no break between them.")
    single = answer.points[answer.points["first_year"] == answer.points["last_year"]]["year"]
    if answer.indicator == "forced_labour" and len(single):
        said.append(
            f"{words.listed([str(year) for year in single])} {'is' if len(single) == 1 else 'are each'} taken for a "
            "figure of that single year, although the surveys beneath asked about longer periods."
        )
    said.append("A change of method between others is a parameter with a prior, listed below, where one is known.")
    return tuple(said)


def _asked_of_the_model(answer: Assessment) -> tuple[str, ...]:
    if answer.kind == "decline":
        return (
            f"Whether the model's own rate (or number of people) of {answer.target_year} lies below its own of the "
            "base year, draw by draw, both ends uncertain; the published figure of the base year is not the base.",
            "Beforehand a rise and a decline of the rate are held equally likely; of the number a rise is likelier, "
            "since the population grows. The difference between the two probabilities is what the figures add as they "
            "are read here; how they are read is part of the priors.",
        )
    limits = dict.fromkeys(one.threshold for one in answer.answers if one.threshold is not None)
    topic = answer.indicator.replace("_", " ")
    named = [words.threshold(answer, one) for one in limits]
    if answer.people != "children":
        return (
            f"Whether the rate is below {' or '.join(named)}. The target asks to end {topic} and gives no "
            "threshold; this one was asked for.",
        )
    return (
        f"“Zero” is read as a rate below {named[0]}. No agency states a threshold; the answers for "
        f"{' and '.join(named[1:])} stand beside it. A rate of exactly 0 is never reached by a modelled rate, and no "
        "survey could see it.",
    )


def _rates(answer: Assessment) -> tuple[str, ...]:
    """How the figures of an answer became rates."""
    sentences = []
    for how, part in answer.points.groupby("how", sort=False):
        years = ", ".join(str(year) for year in part["year"])
        sentences.append(f"{words.sentence_case(str(how))}: {years}.")
    share = 100 * float(answer.points["denominator_sd"].max())
    if share > 0:
        sentences.append(
            f"A number divided by a population chosen here carries an added error of {share:.1f} % for that."
        )
    one_estimate = (
        "A printed number and a printed rate are one estimate, so they enter once: as the rate. An old number is never "
        "divided by a new population."
    )
    return (one_estimate, *sentences)


def _errors(answer: Assessment) -> tuple[str, ...]:
    own = answer.points[answer.points["known_sd"].notna()]
    known, total = len(own), len(answer.points)
    carried = "No figure carries a published error: the"
    if known:
        carried = f"{known} of {total} {'carries' if known == 1 else 'carry'} a published error{_recalled(own)}; the"
    sentences = [
        f"{carried} relative error {'of the others ' if known else ''}is itself a parameter with a prior, shared in "
        "part by adjacent rounds, and rounding comes on top."
    ]
    if len(answer.sensitivity):
        sentences.append("The answer with that error halved and doubled is given among the other assumptions.")
    unconfirmed = answer.points.loc[~answer.points["confirmed"].astype(bool), "year"]
    if len(unconfirmed):
        years = ", ".join(str(year) for year in unconfirmed)
        sentences.append(f"{len(unconfirmed)} of the {total} rates used are recalled, not read: {years}.")
    else:
        sentences.append("Every rate used was read where the sources say, or computed from a number read there.")
    return tuple(sentences)


def _recalled(own: pd.DataFrame) -> str:
    """A remark on published errors that were not read."""
    years = own.loc[~own["error_confirmed"].astype(bool), "year"]
    if years.empty:
        return ""
    which = "it is" if len(own) == 1 else f"of {', '.join(map(str, years))}"
    return f" ({which} recalled, not read{words.UNCONFIRMED})"


def _numbers(answer: Assessment) -> tuple[str, ...]:
    population = answer.projection.attributes["population"]
    return (
        f"Rate times {population}, one vintage for all years, so numbers of past years differ from those printed in "
        f"older reports. {numbers_end(answer)}",
    )


def numbers_end(answer: Assessment) -> str:
    """For which years numbers of people are given."""
    known = answer.estimates.loc[answer.estimates["measure"] == "number", "year"]
    if known.empty:
        return "There are no population data, so no numbers."
    return f"Numbers are given for {known.min()} to {known.max()}, the years of the population data."


def _left_out() -> tuple[str, ...]:
    return (
        "Only the published figures and the priors enter: no household survey, no economic series, no policy, no "
        "shock. The forecast is the past pace carried on, with the variation of pace that the record and the prior "
        "allow.",
    )
