"""What was decided on the way from spells to persons in forced labour, in counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from target87.indicators.forced_columns import Asked
from target87.indicators.forced_definition import ForcedLabourDefinition
from target87.indicators.forced_flags import undecided
from target87.indicators.forced_outcomes import Outcomes
from target87.indicators.forced_rules import CHILD_RULES
from target87.indicators.truth import Truth


def notes_of(
    outcomes: Outcomes, columns: dict[str, Any], asked: Asked, definition: ForcedLabourDefinition, *, listed: bool
) -> tuple[str, ...]:
    """Counts of persons and spells that each decision concerned, one sentence each."""
    whose, n = outcomes.whose, outcomes.n
    notes = [f"spells: {whose.size:,}, of {np.unique(whose).size:,} persons; persons in all: {n:,}"]
    if not listed:
        notes.append("persons without spells are not among the rows: give persons= for shares of a population")
    notes += _of_times(outcomes, columns) + _of_rules(outcomes) + _of_gaps(columns) + _of_forms(asked, definition)
    return tuple(notes)


def _of_times(outcomes: Outcomes, columns: dict[str, Any]) -> list[str]:
    times = outcomes.times
    if times is None:
        return ["spells have no days: every spell is taken to lie in the window, and there is no stock"]
    forced = outcomes.verdicts.forced.sure
    alone = np.zeros(outcomes.n)
    alone += np.bincount(
        outcomes.whose,
        weights=np.maximum(times.spells.narrow_end - times.spells.narrow_start + 1, 0) * forced,
        minlength=outcomes.n,
    )
    counts = {
        "spells outside the window, not counted": ~outcomes.inside.possible,
        "spells of forced labour that began before the window, cut at its first day": forced
        & times.spells.began_before,
        "spells ongoing at the interview, ending there": times.ongoing,
        "persons with spells of forced labour that overlap, whose days count once": alone > columns["days"][0],
    }
    return [f"window: {times.said}", *_said(counts)]


def _of_rules(outcomes: Outcomes) -> list[str]:
    verdicts, whose, n = outcomes.verdicts, outcomes.whose, outcomes.n
    apart = (
        (verdicts.involuntary & outcomes.inside).any_of(whose, n).sure
        & (verdicts.coercion & outcomes.inside).any_of(whose, n).sure
        & ~(verdicts.involuntary & verdicts.coercion & outcomes.inside).any_of(whose, n).possible
    )
    counts: dict[str, Any] = {
        "persons with involuntary work and coercion, but never in the same spell: not in forced labour": apart
    }
    for rule, words in CHILD_RULES.items():
        counts[f"spells counted by a rule for children: {words}"] = outcomes.counted.sure & (verdicts.rule == rule)
    counts["spells exempted by Convention No. 29, not counted"] = verdicts.exempted
    return _said(counts)


def _of_gaps(columns: dict[str, Any]) -> list[str]:
    open_of = {name: undecided(held) for name, held in columns.items() if isinstance(held, (Truth, tuple))}
    counts = [f"{name} {int(held.sum()):,}" for name, held in open_of.items() if held.any()]
    return [f"persons undecided for want of answers or dates: {', '.join(counts)}"] if counts else []


def _of_forms(asked: Asked, definition: ForcedLabourDefinition) -> list[str]:
    notes = []
    for role, forms in asked.forms.items():
        held = {form.name for form in forms}
        absent = [form.name for form in definition.forms_of(role) if form.name not in held]
        if absent:
            notes.append(f"forms of {role} not asked, so not counted: {', '.join(absent)}")
    if not any(form.debt for forms in asked.forms.values() for form in forms):
        notes.append("no form of debt was asked: debt bondage is not told apart")
    if "age" in asked.plain:
        notes.append(f"age when the spell began, not at the interview, is read from column {asked.plain['age']!r}")
    else:
        notes.append("no column of ages: where a rule for children would decide, the spell is undecided")
    return notes


def _said(counts: dict[str, Any]) -> list[str]:
    sums = {words: int(np.sum(held)) for words, held in counts.items()}
    return [_counted(count, words) for words, count in sums.items() if count]


def _counted(count: int, words: str) -> str:
    """A count before a phrase that begins with "spells" or "persons", in the singular if it is one."""
    noun, _, rest = words.partition(" ")
    return f"{count:,} {noun.removesuffix('s') if count == 1 else noun} {rest}"
