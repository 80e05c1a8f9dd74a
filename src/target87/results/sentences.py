"""An answer in plain sentences, each made from the numbers of the ``Assessment`` and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from target87.results.assessment import Answer, Assessment
    from target87.results.probability import Probability


def sentences(answer: Assessment) -> tuple[str, ...]:
    """The answer in plain sentences: probability, level, year, pace, what it hangs on, what was said of it before."""
    if answer.kind == "threshold":
        parts = [*_threshold(answer), *_levels(answer), *answer.level_notes, *_years(answer), *_pace(answer)]
        parts += _acceleration(answer)
    else:
        parts = [*_decline(answer), *_levels(answer), *answer.level_notes, *_pace(answer)]
    return (*parts, *_sensitivity(answer), *_hindcast(answer), *answer.notes)


def rate(answer: Assessment, value: float) -> str:
    """A proportion in the unit the indicator is published in, with the digits it deserves."""
    scaled = answer.rate_scale * value
    digits = 0 if scaled >= 100 else 1 if scaled >= 1 else 2
    return f"{scaled:.{digits}f}{answer.rate_unit}"


def number(persons: float) -> str:
    """A number of people in millions, three figures."""
    millions = persons / 1e6
    digits = 0 if millions >= 100 else 1 if millions >= 1 else 2
    return f"{millions:.{digits}f} million"


def chance(probability: Probability) -> str:
    """A probability as words of a sentence: "probability 0.456", "probability < 0.003"."""
    return f"probability {probability}"


def threshold_words(answer: Assessment, threshold: float) -> str:
    """A threshold as it is printed: "1 %"."""
    return f"{answer.rate_scale * threshold:g}{answer.rate_unit}"


def _subject(answer: Assessment) -> str:
    title = answer.posterior.attributes["title"]
    return str(title).removesuffix(", World")


def _threshold(answer: Assessment) -> list[str]:
    head = answer.answers[0]
    own = [one for one in answer.answers if one.year == head.year]
    others = "; ".join(f"below {threshold_words(answer, _limit(one))}: {one.probability}" for one in own[1:])
    text = (
        f"{_capital(_subject(answer))} below {threshold_words(answer, _limit(head))} in {head.year}: "
        f"{chance(head.probability)}"
    )
    text += f" ({others})" if others else ""
    later = [one for one in answer.answers if one.year != head.year]
    if later:
        text += f"; in {later[0].year}: " + ", ".join(
            f"below {threshold_words(answer, _limit(one))} {one.probability}" for one in later
        )
    bounded = any(one.probability.bound for one in answer.answers)
    reading = " A bound (< or >) means that fewer than 10 of the draws lie on one side." if bounded else ""
    return [text + "." + reading]


def _limit(answer: Answer) -> float:
    if answer.threshold is None:
        raise ValueError("a threshold statement without a threshold")
    return answer.threshold


def _decline(answer: Assessment) -> list[str]:
    parts = []
    for measure in dict.fromkeys(one.measure for one in answer.answers):
        own = [one for one in answer.answers if one.measure == measure]
        what = "Prevalence" if measure == "rate" else "The number of people"
        claims = "; ".join(f"below {one.base_year}'s: {chance(one.probability)}{_before(one)}" for one in own)
        parts.append(f"{what} in {own[0].year} {claims}.")
    return [*parts, _verdict(answer)]


def _verdict(answer: Assessment) -> str:
    """What so few figures can tell, said before anybody reads a probability as a finding."""
    pace = answer.pace[answer.pace["kind"] == "observed"].to_dict("records")[0]
    methods = answer.points["method"].nunique()
    made = "by one method" if methods == 1 else f"by {methods} different methods"
    figures = f"{_count(len(answer.points))} figures, made {made},"
    low, high, start = float(pace["lower_95"]), float(pace["upper_95"]), int(pace["start"])
    topic = answer.indicator.replace("_", " ")
    reading = (
        f"They do not show that {topic} is falling, nor that it is rising."
        if _undecided(answer)
        else "What they seem to show holds under the stated priors, above all that of the figures' error."
    )
    return (
        f"{figures} can tell little: since {start} the rate may have changed by anything from {low:+.1f} to "
        f"{high:+.1f} % a year (95 % interval){_moved(answer)}. {reading}"
    )


def _moved(answer: Assessment) -> str:
    head = answer.answers[0]
    if head.prior is None:
        return ""
    shift = f"from {head.prior.value:.2f} to {head.probability.value:.2f}"
    return f", and the figures moved the first probability {shift}"


def _undecided(answer: Assessment) -> bool:
    """Whether no probability is beyond 0.9 or below 0.1: nothing a reader should act on as a finding."""
    return all(0.1 < float(one.probability) < 0.9 for one in answer.answers)


def _before(one: Answer) -> str:
    return "" if one.prior is None else f" (before any figure: {one.prior})"


def _levels(answer: Assessment) -> list[str]:
    parts = []
    table = {(row["measure"], row["year"]): row for row in answer.estimates.to_dict("records")}
    for year in sorted({answer.target_year, *answer.count_years}):
        if ("rate", year) not in table:
            continue
        text = f"In {year} the rate is {_interval(answer, table['rate', year], 'rate')}"
        row = table.get(("number", year))
        if row is not None:
            expected = f"{number(float(row['mean']))} {answer.people} expected (mean)"
            text += f"; that is {expected}, {_interval(answer, row, 'number')}"
        parts.append(text + ".")
    return parts


def _interval(answer: Assessment, row: Mapping[Any, Any], measure: str) -> str:
    unit = answer.rate_unit if measure == "rate" else " million"

    def show(name: str) -> str:
        value = float(row[name])
        return (rate(answer, value) if measure == "rate" else number(value)).removesuffix(unit)

    return (
        f"{show('median')}{unit} (median; 80 % interval {show('lower_80')} to {show('upper_80')}, "
        f"95 % {show('lower_95')} to {show('upper_95')})"
    )


def _years(answer: Assessment) -> list[str]:
    parts = []
    for row in answer.years_reached.to_dict("records"):
        horizon = int(row["not_before"])
        claim = (
            f"First below {threshold_words(answer, float(row['threshold']))}: not before {horizon} with probability "
        )
        claim += str(row["p_not_before"])
        if np.isfinite(float(row["median"])):
            late = _year(row["upper_80"], horizon)
            claim += (
                f"; median year {float(row['median']):.0f}, 80 % interval {_year(row['lower_80'], horizon)} to {late}"
            )
        elif float(row["lower_95"]) > float(answer.points["year"].iloc[-1]) and np.isfinite(float(row["lower_95"])):
            claim += f"; one draw in forty reaches it by {float(row['lower_95']):.0f}"
        parts.append(claim + ".")
    return parts


def _year(value: Any, horizon: int) -> str:
    return f"{float(value):.0f}" if np.isfinite(float(value)) else f"{horizon} or later"


def _pace(answer: Assessment) -> list[str]:
    observed = answer.pace[answer.pace["kind"] == "observed"].to_dict("records")
    parts = [
        f"{row['start']:.0f} to {row['end']:.0f} it changed by {float(row['median']):+.1f} % a year (median; 80 % "
        f"interval {float(row['lower_80']):+.1f} to {float(row['upper_80']):+.1f}, 95 % "
        f"{float(row['lower_95']):+.1f} to {float(row['upper_95']):+.1f})"
        for row in observed
    ]
    text = "Pace in the model, as a constant rate of change: " + "; ".join(parts) + "."
    needed = answer.pace[(answer.pace["kind"] == "needed") & (answer.pace["threshold"] == answer.threshold)]
    if answer.threshold is not None and len(needed):
        text += f" Pace needed to be below {threshold_words(answer, answer.threshold)}: " + "; ".join(
            f"by {row['end']:.0f}, {float(row['median']):+.0f} % a year" for row in needed.to_dict("records")
        )
        text += "."
    return [text]


def _acceleration(answer: Assessment) -> list[str]:
    """Factors of the headline threshold; basis, window, scale, threshold and target stand beside each."""
    rows = answer.acceleration[answer.acceleration["threshold"] == answer.threshold].to_dict("records")
    if answer.threshold is None or not rows:
        return []
    parts = []
    for window in dict.fromkeys((row["window_start"], row["window_end"]) for row in rows):
        own = [row for row in rows if (row["window_start"], row["window_end"]) == window]
        factors = ", ".join(f"{_factor(row)} for {row['target_year']}" for row in own)
        parts.append(f"against {window[0]}-{window[1]} {factors} (no decline to speed up: {own[0]['p_undefined']})")
    basis = f"{rows[0]['basis']}, {rows[0]['scale']} scale, threshold {threshold_words(answer, answer.threshold)}"
    return [f"Acceleration, pace needed over pace observed ({basis}): " + "; ".join(parts) + "."]


def _factor(row: Mapping[Any, Any]) -> str:
    if not np.isfinite(float(row["median"])):
        return "undefined for more than half the draws"
    upper = f"{float(row['upper_80']):.1f}" if np.isfinite(float(row["upper_80"])) else "undefined"
    return f"{float(row['median']):.1f} times (80 % interval {float(row['lower_80']):.1f} to {upper})"


def _sensitivity(answer: Assessment) -> list[str]:
    head = answer.sensitivity[answer.sensitivity["statement"] == answer.answers[0].statement]
    rows = [row for row in head.to_dict("records")[1:] if not str(row["assumption"]).endswith("withheld")]
    if not rows:
        return []
    parts = []
    for row in rows:
        before = "" if row["prior_probability"] is None else f" (before any figure {row['prior_probability']})"
        level = "" if answer.kind == "decline" else f", rate {_interval_80(answer, row)}"
        parts.append(f"{row['assumption']}: {row['probability']}{before}{level}")
    return [f"The same under other assumptions, {answer.answers[0].statement}: " + "; ".join(parts) + "."]


def _interval_80(answer: Assessment, row: Mapping[Any, Any]) -> str:
    low, middle, high = (
        rate(answer, float(row[name])).removesuffix(answer.rate_unit) for name in ("lower_80", "median", "upper_80")
    )
    return f"{middle}{answer.rate_unit} (80 % interval {low} to {high})"


def _hindcast(answer: Assessment) -> list[str]:
    held = answer.hindcast
    if held is None:
        return []
    inside = "inside" if held.lower_80 <= held.published <= held.upper_80 else "OUTSIDE"
    low, high = (rate(answer, bound).removesuffix(answer.rate_unit) for bound in (held.lower_80, held.upper_80))
    return [
        f"Had {held.year} been withheld (the other figures as later restated), its figure was predicted at "
        f"{rate(answer, held.median)} (80 % interval {low} to {high}); {rate(answer, held.published)} was published, "
        f"{inside} that interval, at quantile {held.quantile:.2f} of the prediction."
    ]


def _count(figures: int) -> str:
    words = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven"}
    return words.get(figures, str(figures))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
