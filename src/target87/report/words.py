"""Numbers, probabilities and marks in words, once for every way of showing them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from target87.results.probability import FEWEST
from target87.results.sentences import number as number_words
from target87.results.sentences import rate as rate_words

if TYPE_CHECKING:
    from target87.results.assessment import Assessment
    from target87.results.probability import Probability

NOTHING = ""
FIXED = "\N{NO-BREAK SPACE}"
INTERVALS = ("median", f"80{FIXED}% interval", f"95{FIXED}% interval")

# The words and limits of Mastrandrea et al. (2010), Guidance note for authors of the IPCC Fifth Assessment Report
LIKELIHOODS = (
    (0.01, "exceptionally unlikely"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
    (0.66, "about as likely as not"),
    (0.90, "likely"),
    (0.99, "very likely"),
)
LIKELIHOOD_KEY = (
    "exceptionally unlikely (below 1 %), very unlikely (1 to 10 %), unlikely (10 to 33 %), about as likely as not (33 "
    "to 66 %), likely (66 to 90 %), very likely (90 to 99 %), virtually certain (above 99 %)"
)

UNCONFIRMED, ROUNDED, COMPUTED, TWO_FIGURES = "†", "‡", "§", "¶"
FOOTNOTES = {
    UNCONFIRMED: "† recalled, not read: written down from memory of the report and never seen in a page or file.",
    ROUNDED: "‡ read rounded: good to the digits printed.",
    COMPUTED: "§ computed here, not printed in the report: see “How figures became rates”.",
    TWO_FIGURES: "¶ from two figures: what was assumed says more here than the record; no finding.",
}
READ_MEANS = "“Read”: seen in the page or file named under the sources, which often only quotes the report."
_MARKS = {
    "READ": ("", ""),
    "READ_APPROX": (ROUNDED, ROUNDED),
    "RECALLED": (UNCONFIRMED, UNCONFIRMED),
    "RATE_READ_NUMBER_RECALLED": ("", UNCONFIRMED),
    "NUMBER_READ_RATE_RECALLED": (UNCONFIRMED, ""),
    "DERIVED": (COMPUTED, COMPUTED),
}
"""Marks of the rate and of the number, by the first word of the status; a word not here counts as recalled."""

STATUS_WORDS = {
    "READ": "read",
    "READ_APPROX": "read, rounded",
    "RECALLED": "recalled, not read",
    "RATE_READ_NUMBER_RECALLED": "rate read; number recalled",
    "NUMBER_READ_RATE_RECALLED": "number read; rate recalled",
    "DERIVED": "computed from other figures",
}


def likelihood(probability: Probability) -> str:
    """A probability in the IPCC's words; where draws cannot tell two words apart, the one nearer to even.

    A boundary that lies within two Monte Carlo errors, or within a bound, towards even odds counts as passed: another
    seed might pass it, and no word should hang on the seed.

    Examples
    --------
    >>> from target87.results.probability import Probability
    >>> likelihood(Probability(0.4, 0.01, 1600, 4000))
    'about as likely as not'
    >>> likelihood(Probability(0.32, 0.01, 1280, 4000))
    'about as likely as not'
    """
    share = float(probability)
    slack = max(2.0 * probability.mcse, FEWEST / probability.draws if probability.bound else 0.0)
    # rounded: a share of 0.31 with an error of 0.01 stands on the boundary, whatever the last binary digit says
    share = round(min(0.5, share + slack) if share < 0.5 else max(0.5, share - slack), 9)
    if share < 0.5:
        return next(words for limit, words in LIKELIHOODS if share < limit)
    return next((words for limit, words in LIKELIHOODS if share <= limit), "virtually certain")


FEW = 2
"""So many figures or fewer make no finding."""


def few_figures(answer: Assessment) -> bool:
    """Whether a probability rests on so few figures that no word for it should be read as a finding."""
    return len(answer.points) <= FEW and answer.probability.bound is None


def verdict(answer: Assessment) -> str:
    """The headline's probability in words; two figures get a caution in place of them."""
    if few_figures(answer):
        return f"No finding (two figures only){TWO_FIGURES}"
    return sentence_case(likelihood(answer.probability))


def under_others(answer: Assessment, statement: str) -> str:
    """The range of a statement's probability over the other assumptions tried: "0.30–0.43"; nothing without any."""
    tried = tried_for(answer, statement)
    if len(tried) < 2:
        return NOTHING
    low, high = (str(one(tried.values(), key=float)) for one in (min, max))
    return low if low == high else f"{low}–{high}"


def tried_for(answer: Assessment, statement: str) -> dict[str, Probability]:
    """The probability of a statement by assumption; a figure withheld is none."""
    table = answer.sensitivity
    rows = table[(table["statement"] == statement) & ~table["assumption"].str.endswith("withheld")]
    return dict(zip(rows["assumption"], rows["probability"], strict=True))


def rate(answer: Assessment, value: float) -> str:
    """A rate in the answer's unit, the unit left to the heading."""
    return rate_words(answer, value).removesuffix(answer.rate_unit) if math.isfinite(value) else NOTHING


def millions(value: float) -> str:
    """A number of people in millions, the unit left to the heading."""
    return number_words(value).removesuffix(" million") if math.isfinite(value) else NOTHING


def unit(answer: Assessment) -> str:
    """The unit of rates for a heading: "%" or "per 1,000"."""
    return answer.rate_unit.strip()


def threshold(answer: Assessment, value: float) -> str:
    """A threshold as printed: "1%"."""
    return f"{answer.rate_scale * value:g}{answer.rate_unit}"


def signed(value: float) -> str:
    """A change in per cent a year, with its sign."""
    return f"{value:+.{0 if abs(value) >= 20 else 1}f}".replace("-", "−")


def span(low: str, high: str) -> str:
    """An interval of values that are never negative."""
    return f"{low}–{high}" if low and high else NOTHING


def signed_span(low: float, high: float) -> str:
    """An interval of changes."""
    return f"{signed(low)} to {signed(high)}"


def listed(texts: Sequence[str]) -> str:
    """Texts as a list in a sentence.

    Examples
    --------
    >>> listed(["2016", "2021"]), listed(["a", "b", "c"])
    ('2016 and 2021', 'a, b and c')
    """
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def bind(text: str) -> str:
    """The text with "< 0.003" and "80 %" kept on one line."""
    return re.sub(r"(?<=[<>]) (?=\d)|(?<=\d) (?=%(?!\w))", FIXED, text)


def title(answer: Assessment) -> str:
    """What an answer is about, and of whom: "child labour, World"."""
    return str(answer.posterior.attributes["title"])


def sentence_case(text: str) -> str:
    """The text with a capital first."""
    return text[:1].upper() + text[1:]


def rate_mark(point: Mapping[Any, Any]) -> str:
    """Mark of the rate a published figure entered the model with."""
    by_rate, by_number = _marks(point)
    if math.isfinite(float(point["rate_published"])):
        return by_rate
    return COMPUTED + by_number.replace(COMPUTED, "")


def number_mark(point: Mapping[Any, Any]) -> str:
    """Mark of a published number."""
    return _marks(point)[1]


def _marks(row: Mapping[Any, Any]) -> tuple[str, str]:
    return _MARKS.get(status_key(row), (UNCONFIRMED, UNCONFIRMED))


def status_key(row: Mapping[Any, Any]) -> str:
    """First word of a status: "DERIVED (how)" says in brackets how."""
    return str(row["status"]).split(" ", 1)[0]


def status(row: Mapping[Any, Any]) -> str:
    """How a figure was confirmed, in words."""
    return STATUS_WORDS.get(status_key(row), str(row["status"]))


def unlike(point: Mapping[Any, Any], method: str) -> str:
    """Why a published figure does not measure its year as ``method`` would: period and method; empty where it does."""
    years = f"{point['first_year']}–{point['last_year']}" if point["first_year"] < point["last_year"] else ""
    return ", ".join(one for one in (years, "" if point["method"] == method else "earlier method") if one)


def footnotes(marked: Sequence[str]) -> tuple[str, ...]:
    """The footnotes of the marks that occur in some cells."""
    text = "".join(marked)
    return tuple(note for mark, note in FOOTNOTES.items() if mark in text)


_ASCII = str.maketrans({"–": "-", "—": "-", "−": "-", "×": "x", "’": "'", "“": '"', "”": '"', "…": "."})
_ASCII_MARKS = str.maketrans(
    {UNCONFIRMED: "*", ROUNDED: "~", COMPUTED: "#", TWO_FIGURES: "^", "•": "*", "·": ".", "≥": ">", "≤": "<"}
)


def ascii_only(text: str) -> str:
    """The text in ASCII, character for character, so that columns stay where they are.

    Examples
    --------
    >>> ascii_only("Côte d’Ivoire, 5–17: −3.0 †")
    "Cote d'Ivoire, 5-17: -3.0 *"
    """
    import unicodedata

    spread = unicodedata.normalize("NFKD", text.translate(_ASCII).translate(_ASCII_MARKS))
    return "".join(one for one in spread if not unicodedata.combining(one)).encode("ascii", "replace").decode()
