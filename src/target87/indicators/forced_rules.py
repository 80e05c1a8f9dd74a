"""The rules of forced labour, spell by spell: both conditions at once, children, types, and the reason in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.indicators.forced_columns import Asked
from target87.indicators.forced_definition import MOST_FORMS, ForcedForm, ForcedLabourDefinition
from target87.indicators.reading import Columns, answers, kinds, numbers
from target87.indicators.truth import Truth, any_true

type Codes = NDArray[np.int64]

_BY_TEST, _BY_SEX, _BY_THIRD, _BY_PARENTS, _EITHER = range(5)
CHILD_RULES = {
    _BY_SEX: "sexual exploitation of a child",
    _BY_THIRD: "a third party coerced the child or its parents",
    _BY_PARENTS: "a child that worked because its parents were in forced labour",
    _EITHER: "forced whether adult or child",
}
"""Rules besides the test of both conditions, in words."""


@dataclass(frozen=True, eq=False)
class SpellVerdicts:
    """What holds of each spell, wherever its days are.

    Parameters
    ----------
    involuntary, coercion, child, forced : Truth
        The conditions, and whether the work was forced labour.
    of_type : dict of str to Truth
        Whether it was forced labour of each type.
    debt : Truth or None
        Whether it was debt bondage; None if no form of debt was asked.
    rule : array of int
        The rule by which it counts.
    pattern : array of int
        Forms answered "yes", as bits.
    unknown : dict of str to array of bool
        What is not known of each spell, by role.
    exempted : array of bool
        Whether it would be forced labour and is surely exempted.
    kind : array of int
        Place of its type among those of the definition; -1 where missing.
    """

    involuntary: Truth
    coercion: Truth
    child: Truth
    forced: Truth
    of_type: dict[str, Truth]
    debt: Truth | None
    rule: Codes
    pattern: Codes
    unknown: dict[str, NDArray[np.bool_]]
    exempted: NDArray[np.bool_]
    kind: Codes


def judge_spells(data: Columns, asked: Asked, definition: ForcedLabourDefinition, types: Any) -> SpellVerdicts:
    """Hold every spell against the definition.

    Both conditions are taken within a row, so they are never brought together from two spells of a person. A missing
    answer leaves a spell undecided unless the answers that are known suffice.
    """
    held = {role: _forms(data, forms, definition) for role, forms in asked.forms.items()}
    involuntary, coercion = (any_true(list(held[role].values()), data.n) for role in ("involuntary", "coercion"))
    plain = {
        role: _answers(data, asked.plain[role], definition) if role in asked.plain else Truth.every(data.n, False)
        for role in ("third_party", "parents_forced", "exempt")
    }
    kind = _types(data, asked.plain.get("type"), definition, types)
    child = _children(data, asked.plain.get("age"), definition)
    test, due = involuntary & coercion, ~plain["exempt"]
    ways = _child_ways(test, plain, definition)
    sexual = _is(kind, definition, "sexual_exploitation", definition.child_sexual_exploitation)
    every = any_true([*ways.values(), sexual], data.n)
    imposed = child.either(every, test)
    forced = due & imposed
    of_type = {}
    for name in definition.types:
        waived = name == "sexual_exploitation" and definition.child_sexual_exploitation
        as_child = Truth.every(data.n, True) if waived else any_true(list(ways.values()), data.n)
        of_type[name] = _is(kind, definition, name, True) & due & child.either(as_child, test)
    debts = [answer for one in held.values() for form, answer in one.items() if form.debt]
    return SpellVerdicts(
        involuntary=involuntary,
        coercion=coercion,
        child=child,
        forced=forced,
        of_type=of_type,
        debt=forced & any_true(debts, data.n) if debts else None,
        rule=_rule(test, child, sexual, ways),
        pattern=_bits(held["involuntary"]) | _bits(held["coercion"]) << MOST_FORMS,
        unknown={
            "involuntary answers": involuntary.undecided,
            "coercion answers": coercion.undecided,
            "type": kind < 0,
            "age": child.undecided,
            **{role: answer.undecided for role, answer in plain.items()},
            "debt": any_true(debts, data.n).undecided,
        },
        exempted=imposed.sure & plain["exempt"].sure,
        kind=kind,
    )


def reasons(rule: Codes, pattern: Codes, asked: Asked) -> NDArray[Any]:
    """In words, why spells count; each different one is worded once."""
    places = {role: list(forms) for role, forms in asked.forms.items()}

    def worded(key: int) -> str:
        by, bits = key >> 2 * MOST_FORMS, key & (1 << 2 * MOST_FORMS) - 1
        said = " under ".join(
            f"{role} ({names})"
            for role, shift in (("involuntary", 0), ("coercion", MOST_FORMS))
            if (names := ", ".join(_named(places[role], bits >> shift)))
        )
        if by == _BY_TEST:
            return said
        return CHILD_RULES[by] + (f"; {said}" if said else "")

    return _worded(pattern | rule << 2 * MOST_FORMS, worded)


def lacks(unknown: dict[str, NDArray[np.bool_]]) -> NDArray[Any]:
    """In words, what is not known of spells; each different one is worded once."""
    names = list(unknown)
    keys = sum(missing.astype(np.int64) << place for place, missing in enumerate(unknown.values()))
    return _worded(
        np.asarray(keys), lambda key: ", ".join(name for place, name in enumerate(names) if key >> place & 1)
    )


def _answers(data: Columns, name: str, definition: ForcedLabourDefinition) -> Truth:
    return answers(data, name, yes=definition.yes, no=definition.no, no_answer=definition.no_answer)


def _forms(
    data: Columns, forms: dict[ForcedForm, tuple[str, ...]], definition: ForcedLabourDefinition
) -> dict[ForcedForm, Truth]:
    """Answers by form; a form of several columns holds if any does."""
    return {
        form: any_true([_answers(data, name, definition) for name in names], data.n) for form, names in forms.items()
    }


def _types(data: Columns, name: str | None, definition: ForcedLabourDefinition, types: Any) -> Codes:
    """Place of each spell's type among those of the definition; -1 where missing."""
    order = {kind: kind for kind in definition.types}
    if name is None:
        return np.full(data.n, definition.types.index(types), dtype=np.int64)
    known: dict[Any, str] = dict(order)
    if types is None:
        known |= {kind.replace("_", " "): kind for kind in definition.types}
        labels = {code: str(label).strip().casefold().replace(" ", "_") for code, label in data.labels(name).items()}
        known |= {code: label for code, label in labels.items() if label in order}
    else:
        known |= types
    return kinds(data.series(name, role="type"), name, known, what="type of forced labour")


def _is(kind: Codes, definition: ForcedLabourDefinition, name: str, applies: bool) -> Truth:
    if not applies or name not in definition.types:
        return Truth.every(kind.size, False)
    place = definition.types.index(name)
    return Truth(kind == place, (kind == place) | (kind < 0))


def _children(data: Columns, name: str | None, definition: ForcedLabourDefinition) -> Truth:
    if name is None:
        return Truth(np.zeros(data.n, dtype=bool), np.ones(data.n, dtype=bool))
    age = numbers(data, name, role="age", low=0, high=120)
    with np.errstate(invalid="ignore"):
        young = age < definition.child_below
    return Truth(young, young | np.isnan(age))


def _child_ways(test: Truth, plain: dict[str, Truth], definition: ForcedLabourDefinition) -> dict[int, Truth]:
    """The ways in which the work of a child counts, whatever its type."""
    ways = {
        _BY_TEST: (test, definition.child_adult_test),
        _BY_THIRD: (plain["third_party"], definition.child_third_party_coercion),
        _BY_PARENTS: (plain["parents_forced"], definition.child_parents_forced),
    }
    return {way: answer for way, (answer, holds) in ways.items() if holds}


def _rule(test: Truth, child: Truth, sexual: Truth, ways: dict[int, Truth]) -> Codes:
    """The first rule that is surely met."""
    rule = np.full(test.sure.size, _EITHER, dtype=np.int64)
    for way in (_BY_PARENTS, _BY_THIRD):
        if way in ways:
            rule[child.sure & ways[way].sure] = way
    rule[child.sure & sexual.sure] = _BY_SEX
    by_test = test.sure if _BY_TEST in ways else test.sure & ~child.possible
    rule[by_test] = _BY_TEST
    return rule


def _bits(held: dict[ForcedForm, Truth]) -> Codes:
    total = np.zeros(next(iter(held.values())).sure.size, dtype=np.int64)
    for place, answer in enumerate(held.values()):
        total |= answer.sure.astype(np.int64) << place
    return total


def _named(forms: list[ForcedForm], bits: int) -> list[str]:
    return [form.name.replace("_", " ") for place, form in enumerate(forms) if bits >> place & 1]


def _worded(keys: Codes, word: Callable[[int], str]) -> NDArray[Any]:
    import pandas as pd

    place, different = pd.factorize(keys)
    texts = np.array([word(int(key)) for key in different], dtype=object)
    return texts[place] if texts.size else np.empty(0, dtype=object)
