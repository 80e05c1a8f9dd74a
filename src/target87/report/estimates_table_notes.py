"""What stands above and below a table of estimates: title, marks explained, definition, intervals, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.report.estimates_table_cells import HIDDEN, MARKS, MISSING, Unit
from target87.results.estimates_data import ALL

if TYPE_CHECKING:
    import pandas as pd

SAID = {
    "caution": "to be used with caution",
    "review": "needs review by a statistician",
    "unreliable": "unreliable",
    "unassessed": "quality not assessed",
}
INTERVALS = {
    "asin": "arc-sine",
    "asin_stopped": "arc-sine",
    "beta": "exact binomial at the effective sample size",
    "francisco_fuller": "Francisco and Fuller's",
    "identity": "symmetric, normal",
    "korn_graubard": "Korn and Graubard's",
    "likelihood": "likelihood",
    "log": "symmetric on the logarithmic scale",
    "logit": "symmetric on the logit scale",
    "mean": "Woodruff's",
    "mixed": "of several kinds",
    "percentile": "percentile",
    "published": "as published",
    "t": "Student's t",
    "wald": "normal",
    "wilson": "Wilson's",
    "woodruff": "Woodruff's",
    "xlogit": "symmetric on the logit scale",
}
"""Names of intervals as readers know them; others are printed by their own."""


def title_of(title: str | None, frame: pd.DataFrame, attrs: Mapping[str, Any], unit: Unit) -> str:
    """The title given, or the estimand and its variable, with the unit."""
    variables = list(dict.fromkeys(frame["variable"].astype(str)))
    own = str(attrs["estimand"]).replace("_", " ").capitalize() + (f": {variables[0]}" if len(variables) == 1 else "")
    return f"{own if title is None else title}{f' ({unit.words})' if unit.words else ''}"


def notes_of(
    frame: pd.DataFrame,
    attrs: Mapping[str, Any],
    *,
    texts: set[str],
    hidden: NDArray[np.bool_],
    values: Sequence[str],
    layout: Sequence[str],
    notes: Sequence[str],
    source: str | None,
    below: float | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes in the order they are read; and for a list of references the source and the publication rule in full.

    Nothing is told of suppressed cells but why there are any: how many are few, and what their quality would be, would
    help to work them out.
    """
    made = list(_marks(frame[~hidden], attrs)) if "quality" in values else []
    if MISSING in texts:
        made.append(f"{MISSING}  no observations, or not estimated.")
    if HIDDEN in texts:
        made.append(
            f"{HIDDEN}  suppressed: fewer than {below:g} persons in the sample, or needed to protect such a cell."
        )
    if "interval" in values:
        method = str(attrs["interval"])
        made.append(f"Intervals: {100 * attrs['level']:g} %, {INTERVALS.get(method, method.replace('_', ' '))}.")
    common = [
        f"{name} {frame[name].iloc[0]}"
        for name in attrs["domain_columns"]
        if name not in layout and frame[name].iloc[0] != ALL
    ]
    if common:
        made.append(f"All cells: {'; '.join(common)}.")
    if attrs.get("definition"):
        made.append(sentence(f"Definition: {attrs['definition']}"))
    made += [sentence(note) for note in (*_said(attrs, "definition_notes"), *notes)]
    named = source or str(attrs.get("source") or "")
    told = sentence(f"Source: {named}") if named else ""
    sources = [told] if told else []
    rules = [f"{name} {where}".strip() for name, where in _rules(attrs).items()] if "quality" in values else []
    return tuple(dict.fromkeys([*made, *sources])), (*sources, *rules)


def sentence(text: object) -> str:
    """The text on one line, with a stop."""
    line = " ".join(str(text).split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _marks(frame: pd.DataFrame, attrs: Mapping[str, Any]) -> Iterator[str]:
    """Each mark that is printed, with the words of the publication rule on the cells that have it; then the rule."""
    for word, mark in MARKS.items():
        reasons = frame.loc[frame["quality"] == word, "reason"].tolist()
        if reasons:
            said = dict.fromkeys(one for reason in reasons for one in str(reason).split("; ") if one)
            yield f"{mark}  {SAID[word]}: {'; '.join(said)}."
    yield from _rules(attrs)


def _rules(attrs: Mapping[str, Any]) -> dict[str, str]:
    """The publication rules that quality follows, and where they are published."""
    rules = [attrs.get("rule"), *(part.get("rule") for part in attrs.get("parts", ()))]
    return {sentence(f"Publication rule: {rule['name']}"): rule.get("source", "") for rule in rules if rule}


def _said(attrs: Mapping[str, Any], name: str) -> list[str]:
    """What the estimates, or the parts they were joined from, say."""
    return [*attrs.get(name, ()), *(one for part in attrs.get("parts", ()) for one in part.get(name, ()))]
