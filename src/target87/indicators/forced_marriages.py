"""Forced marriage: married without one's own free consent, by whom, and at what age."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.declared import Basis, Declared
from target87.indicators.forced_flags import ForcedFlags, flag_frame, undecided
from target87.indicators.reading import Columns, answers, numbers
from target87.indicators.truth import Truth

__all__ = ["ForcedMarriageDefinition", "forced_marriage"]

_MISSING = ("error", "omit", "bounds")
_ROLES = {
    "married": ("whether ever married or in a union: yes or no", ("married", "ever_married")),
    "forced": ("whether forced to marry: yes or no", ("forced", "forced_to_marry")),
    "consent": ("whether the person consented, freely and herself or himself", ("consent", "consented")),
    "third_party_consent": ("whether only somebody else consented in the person's stead", ("third_party_consent",)),
    "by_whom": ("who forced the marriage, in the words or codes of the file", ("by_whom", "forced_by")),
    "age": ("age in completed years at marriage", ("age_at_marriage", "age_married")),
}


@dataclass(frozen=True)
class ForcedMarriageDefinition(Declared):
    """A definition of forced marriage.

    Parameters
    ----------
    name, title, source : str
        Its names and where it is published.
    child_below : float
        Persons married younger than this married as children.
    children_cannot_consent : bool
        Whether every marriage of a child counts; if not, only those reported as forced.
    yes, no, no_answer : tuple
        Codes and words of answers; ``no_answer`` is missing, never "no".
    basis : tuple of Basis
        Source of each rule and how sure it is.

    Examples
    --------
    >>> ForcedMarriageDefinition().replace(children_cannot_consent=True).name
    'reported, changed: children_cannot_consent = True'
    """

    name: str = "reported"
    title: str = "Forced marriage as reported, without the person's own consent"
    source: str = (
        "Walk Free Foundation (2018), Insight series 1: Forced marriage, on ILO and Walk Free (2017), "
        "Methodology of the global estimates of modern slavery"
    )
    child_below: float = 18
    children_cannot_consent: bool = False
    yes: tuple[int | str, ...] = (1, "yes")
    no: tuple[int | str, ...] = (0, 2, "no")
    no_answer: tuple[int | str, ...] = (7, 8, 9, 97, 98, 99, "don't know", "refused", "no answer", "missing")
    basis: tuple[Basis, ...] = dataclasses.field(
        default=(
            Basis(
                "forced to marry, and did not consent to that marriage (asked second, against over-counting)",
                "Walk Free Foundation (2018), Insight series 1",
                "read in an extract",
            ),
            Basis(
                "at any age; marriages of children count only if reported as forced",
                "ILO, Walk Free and IOM (2022), Global estimates of modern slavery",
                "read in an extract",
            ),
            Basis("consent of a third party alone is not consent", "Supplementary Convention of 1956", "recalled"),
        ),
        repr=False,
    )


def forced_marriage(
    data: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    definition: ForcedMarriageDefinition | None = None,
    missing: Literal["error", "omit", "bounds"] = "error",
) -> ForcedFlags:
    """Persons married without their own free consent.

    A marriage is forced if the person was forced to marry and did not consent; where only one of the two was asked, it
    decides. That only somebody else consented is no consent. Whoever never married is not in forced marriage.

    Parameters
    ----------
    data : frame or microdata
        One row a person. Any frame narwhals reads, or microdata with labels and missing codes.
    columns : mapping, optional
        Column of each role: ``"married"``, ``"forced"``, ``"consent"``, ``"third_party_consent"``, ``"by_whom"``,
        ``"age"`` (at marriage); columns of that name if not given, None leaves one out.
    definition : ForcedMarriageDefinition, optional
        Your own.
    missing : {"error", "omit", "bounds"}
        As for :func:`target87.indicators.forced_labour`.

    Returns
    -------
    ForcedFlags
        One row a row of ``data``: ``forced_marriage``; with ages also ``forced_marriage_of_child`` and
        ``age_at_marriage`` of those forced; ``by_whom`` of those forced; ``reason``.

    Raises
    ------
    InputError, UnknownNameError
        If an argument, role or column is unknown.
    DataError
        If no column says how the marriage came about, answers contradict one another or are neither yes nor no, or
        with ``missing="error"`` if anything is undecided.

    Notes
    -----
    Kept apart from forced labour: a person can be in both, and is then in each count.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"forced": [1, 1, 2], "consent": [2, 1, 1], "age_at_marriage": [15, 20, 22]})
    >>> flags = forced_marriage(data)
    >>> flags.to_dataframe()[["forced_marriage", "forced_marriage_of_child"]]
       forced_marriage  forced_marriage_of_child
    0             True                      True
    1            False                     False
    2            False                     False
    """
    if missing not in _MISSING:
        raise UnknownNameError.of(missing, _MISSING, kind="way to treat missing answers")
    rule = definition or ForcedMarriageDefinition()
    table = Columns(data, "data")
    plain = _columns(columns, table)
    held: dict[str, Truth] = {
        role: answers(table, plain[role], yes=rule.yes, no=rule.no, no_answer=rule.no_answer)
        for role in ("married", "forced", "consent", "third_party_consent")
        if role in plain
    }
    _refuse_contradictions(held)
    age = numbers(table, plain["age"], role="age", low=0, high=120) if "age" in plain else None
    if rule.children_cannot_consent and age is None:
        raise InputError("this definition needs the age at marriage", where="columns['age']", expected=_ROLES["age"][0])
    flags, way = _judged(held, age, rule, table.n)
    if missing == "error":
        _refuse_undecided(flags)
    made = flag_frame(flags, bounds=missing == "bounds") | _told(table, plain, flags["forced_marriage"], age)
    made["reason"] = np.where(
        flags["forced_marriage"].sure, way, np.where(flags["forced_marriage"].undecided, "undecided", "")
    )
    import pandas as pd

    return ForcedFlags(
        definition=rule,
        definition_text=f"forced marriage by {rule.name}; missing: {missing}",
        notes=_notes(held, flags, plain),
        _frame=pd.DataFrame(made),
    )


def _columns(columns: Mapping[str, str | None] | None, data: Columns) -> dict[str, str]:
    given = dict(columns or {})
    for role in given:
        if role not in _ROLES:
            raise UnknownNameError.of(role, _ROLES, kind="role in columns")
    found = {}
    for role, (_, usual) in _ROLES.items():
        name = given[role] if role in given else next((one for one in usual if one in data), None)
        if name is not None:
            data.check(name, role=role)
            found[role] = name
    if not {"forced", "consent", "third_party_consent"} & set(found):
        raise DataError(
            "no column says how the marriage came about",
            where="columns",
            expected="; ".join(f"{role} ({means})" for role, (means, _) in _ROLES.items()),
            got=f"columns {', '.join(data.names)}",
            remedies=("columns={'forced': 'column', 'consent': 'column'}",),
        )
    return found


def _judged(
    held: Mapping[str, Truth], age: NDArray[np.float64] | None, rule: ForcedMarriageDefinition, n: int
) -> tuple[dict[str, Truth], NDArray[Any]]:
    """Flags, and why each marriage that counts does."""
    every = Truth.every(n, True)
    only_others = held.get("third_party_consent", ~every)
    without = every
    if "consent" in held:
        without = ~held["consent"] | only_others
    elif "forced" not in held:
        without = only_others
    married = held.get("married", every)
    reported = married & held.get("forced", every) & without
    child = ~every
    if age is not None:
        with np.errstate(invalid="ignore"):
            young = age < rule.child_below
        child = Truth(young, young | np.isnan(age))
    as_child = married & child if rule.children_cannot_consent else ~every
    flags = {"forced_marriage": reported | as_child}
    if age is not None:
        flags["forced_marriage_of_child"] = as_child if rule.children_cannot_consent else reported & child
    parts = ["forced to marry"] if "forced" in held else []
    parts += ["without consent"] if "consent" in held else []
    why = np.full(n, ", ".join(parts) or "without consent", dtype=object)
    why[only_others.sure & ("consent" in held or "forced" not in held)] = ", ".join(
        [*(part for part in parts if part == "forced to marry"), "only somebody else consented"]
    )
    return flags, np.where(reported.sure, why, "married as a child")


def _told(table: Columns, plain: Mapping[str, str], forced: Truth, age: NDArray[np.float64] | None) -> dict[str, Any]:
    """Who forced the marriages that surely count, and the age at them."""
    told: dict[str, Any] = {}
    if age is not None:
        told["age_at_marriage"] = np.where(forced.sure, age, np.nan)
    if "by_whom" in plain:
        said = table.series(plain["by_whom"], role="by_whom")
        labels = table.labels(plain["by_whom"])
        words = (said.map(labels).where(said.isin(list(labels)), said) if labels else said).astype(object)
        told["by_whom"] = words.where(forced.sure & words.notna().to_numpy(bool), None)
    return told


def _refuse_contradictions(held: Mapping[str, Truth]) -> None:
    pairs = []
    if {"married", "forced"} <= set(held):
        pairs.append(("persons who never married were forced to marry", ~held["married"] & held["forced"]))
    if {"consent", "third_party_consent"} <= set(held):
        both = held["consent"] & held["third_party_consent"]
        pairs.append(("persons consented themselves, and only somebody else consented", both))
    for what, wrong in pairs:
        rows = np.flatnonzero(wrong.sure)
        if rows.size:
            raise DataError(
                what,
                where="columns of answers",
                count=int(rows.size),
                examples=[f"row {row}" for row in rows[:5]],
                remedies=("correct the answers", "or leave one column out: columns={'role': None}"),
            )


def _refuse_undecided(flags: Mapping[str, Truth]) -> None:
    rows = np.flatnonzero(np.logical_or.reduce([undecided(held) for held in flags.values()]))
    if rows.size:
        raise DataError(
            "missing answers leave marriages undecided",
            where=", ".join(name for name, held in flags.items() if undecided(held).any()),
            expected="answers that suffice to decide",
            count=int(rows.size),
            examples=[f"row {row}" for row in rows[:5]],
            remedies=(
                "missing='omit' leaves what is undecided missing, and says how many",
                "missing='bounds' gives the least and the most that it may be",
            ),
        )


def _notes(held: Mapping[str, Truth], flags: Mapping[str, Truth], plain: Mapping[str, str]) -> tuple[str, ...]:
    forced = flags["forced_marriage"]
    notes = [f"persons: {forced.sure.size:,}; surely in forced marriage: {int(forced.sure.sum()):,}"]
    if {"forced", "consent"} <= set(held):
        count = int((held["forced"] & held["consent"]).sure.sum())
        notes.append(f"forced to marry but consented to that marriage, not counted: {count:,}")
    if {"forced", "third_party_consent"} <= set(held) and "consent" not in held:
        notes.append("third_party_consent decides nothing: own consent was not asked, being forced was")
    if "married" not in plain:
        notes.append("whether persons ever married was not asked: every row is taken to be a marriage")
    open_of = {name: int(undecided(one).sum()) for name, one in flags.items()}
    notes += [f"persons undecided for {name}: {count:,}" for name, count in open_of.items() if count]
    return tuple(notes)
