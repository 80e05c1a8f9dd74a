"""Which column of the spells says what: given by role, or found under its usual name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.forced_definition import MOST_FORMS, ForcedForm, ForcedLabourDefinition
from target87.indicators.reading import Columns

PLAIN_ROLES = {
    "spell": ("number of the spell, once a person", ("spell", "spell_id")),
    "start": ("first day of the spell: a date, or a number of days", ("start", "start_date")),
    "end": ("last day of the spell, likewise; missing while it is ongoing", ("end", "end_date")),
    "ongoing": ("whether the spell still went on at the interview: yes or no", ("ongoing",)),
    "type": ("type of work: private labour, sexual exploitation, state-imposed", ("type", "work_type")),
    "age": ("age in completed years when the spell began", ("age", "age_at_start")),
    "third_party": ("whether a third party, not the parents, coerced the child or its parents", ("third_party",)),
    "parents_forced": ("whether the child worked because its parents were in forced labour", ("parents_forced",)),
    "exempt": ("whether the work is exempted by Convention No. 29, article 2, paragraph 2", ("exempt",)),
}
"""Roles of single columns: what each means and the names it is looked for under."""


@dataclass(frozen=True)
class Asked:
    """What the data hold.

    Parameters
    ----------
    forms : dict of str to dict of ForcedForm to tuple of str
        By role, the columns of each form that was asked.
    plain : dict of str to str
        Columns of the other roles.
    """

    forms: dict[str, dict[ForcedForm, tuple[str, ...]]]
    plain: dict[str, str]


def find_columns(columns: Mapping[str, Any] | None, data: Columns, definition: ForcedLabourDefinition) -> Asked:
    """Columns by role.

    Raises
    ------
    UnknownNameError
        If there is no such role, form or column.
    InputError
        If one column has two roles, or only one of start and end is there.
    DataError
        If no column holds a condition of forced labour.
    """
    given = dict(columns or {})
    known = [*PLAIN_ROLES, "involuntary", "coercion"]
    for role in given:
        if role not in known:
            raise UnknownNameError.of(role, known, kind="role in columns")
    forms = {role: _forms(role, given.get(role), data, definition) for role in ("involuntary", "coercion")}
    plain = {role: name for role in PLAIN_ROLES if (name := _plain(role, given, data)) is not None}
    _refuse_twice([*plain.values(), *(name for one in forms.values() for names in one.values() for name in names)])
    if ("start" in plain) != ("end" in plain):
        there, absent = ("start", "end") if "start" in plain else ("end", "start")
        raise InputError(
            f"spells have a {there} but no {absent}",
            where=f"columns[{absent!r}]",
            expected=PLAIN_ROLES[absent][0],
            remedies=("name the column", f"or leave days and stock out: columns={{{there!r}: None}}"),
        )
    return Asked(forms, plain)


def _plain(role: str, given: Mapping[str, Any], data: Columns) -> str | None:
    if role in given:
        if given[role] is not None:
            data.check(given[role], role=role)
        name: str | None = given[role]
        return name
    return next((name for name in PLAIN_ROLES[role][1] if name in data), None)


def _forms(
    role: str, given: Any, data: Columns, definition: ForcedLabourDefinition
) -> dict[ForcedForm, tuple[str, ...]]:
    defined = {form.name: form for form in definition.forms_of(role)}
    found: dict[ForcedForm, tuple[str, ...]]
    if given is None:
        found = {form: (name,) for name, form in defined.items() if name in data}
    elif isinstance(given, Mapping):
        for name in given:
            if name not in defined:
                remedy = f"or give a list of columns: columns={{{role!r}: [...]}}"
                raise UnknownNameError.of(name, defined, kind=f"form of {role}", remedy=remedy)
        found = {defined[name]: _names(held) for name, held in given.items()}
    else:
        found = {defined.get(name, ForcedForm(name, role)): (name,) for name in _names(given)}  # type: ignore[arg-type]
    for names in found.values():
        for name in names:
            data.check(name, role=role)
    if not 1 <= len(found) <= MOST_FORMS:
        raise DataError(
            f"no column holds the condition {role!r}" if not found else f"too many columns hold the condition {role!r}",
            where=data.argument,
            expected=f"1 to {MOST_FORMS} columns of yes and no, of " + "; ".join(map(_said, defined.values())),
            got=f"columns {', '.join(data.names)}",
            remedies=(f"columns={{{role!r}: {{form: column, ...}}}}", f"or columns={{{role!r}: [column, ...]}}"),
        )
    return found


def _names(held: Any) -> tuple[str, ...]:
    return (held,) if isinstance(held, str) else tuple(held)


def _said(form: ForcedForm) -> str:
    return f"{form.name} ({form.means})"


def _refuse_twice(names: Iterable[str]) -> None:
    every = list(names)
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        raise InputError("a column stands in two roles", where="columns", count=len(twice), examples=twice)
