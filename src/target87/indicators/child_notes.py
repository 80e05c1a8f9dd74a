"""What is said, or refused, of children whose answers decide nothing, contradict each other, or are no answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.indicators.child_answers import Answers, Found
from target87.indicators.child_columns import WATER_AND_FIREWOOD, hazard_roles, unused_roles
from target87.indicators.child_definitions import ChildLabourDefinition
from target87.indicators.child_reading import ChildColumns
from target87.indicators.truth import Truth, any_true

type BoolArray = NDArray[np.bool_]


def asked_rows(rows: Any, n: int) -> BoolArray:
    """Rows the flags are about, all if none are named.

    Raises
    ------
    InputError
        If there is not one truth value a row.
    """
    if rows is None:
        return np.ones(n, dtype=bool)
    asked = np.asarray(rows)
    if asked.dtype != bool or asked.shape != (n,):
        what = "one truth value a row is wanted"
        raise InputError(what, where="rows", expected=f"{n:,}", got=f"{asked.dtype} of shape {asked.shape}")
    return asked


def inside_ages(age: NDArray[np.float64], definition: ChildLabourDefinition, asked: BoolArray) -> BoolArray:
    """Rows asked about of the ages the definition is about.

    Raises
    ------
    DataError
        If there is none.
    """
    first, last = definition.ages
    inside: BoolArray = (age >= first) & (age <= last) & asked
    if not inside.any():
        raise DataError(
            "no row is of the ages of the definition", where="age", expected=f"{first} to {last}", count=age.size
        )
    return inside


def refuse_undecided(
    data: ChildColumns, columns: Found, answers: Answers, undecided: BoolArray, ageless: BoolArray
) -> None:
    """Raise if missing answers, or a missing age, leave a child undecided.

    Raises
    ------
    DataError
        With the columns that lack answers of those children, and how many each.
    """
    rows = np.flatnonzero(undecided | ageless)
    if not rows.size:
        return
    lacking = {"age": ageless.sum()}
    unused = unused_roles(data.definition) | (
        set() if data.definition.hazard_counts else {*hazard_roles(data.definition)}
    )
    for role in columns:
        if role not in unused and role != "age":
            asked = undecided & _asked(role, data, columns, answers)
            lacking |= {name: (data.unanswered(name) & asked).sum() for name in columns[role]}
    told = [f"{columns['age'][0] if name == 'age' else name} ({count:,})" for name, count in lacking.items() if count]
    raise DataError(
        "missing answers leave children undecided",
        where=f"columns {', '.join(told)}" if told else "columns the data lack: see describe(definition)",
        count=int(rows.size),
        examples=[f"row {row}" for row in rows[:5]],
        remedies=(
            'missing="omit" leaves them without a flag',
            'missing="bounds" gives both ends',
            'missing="spss" decides as the published MICS syntax does',
        ),
    )


def _asked(role: str, data: ChildColumns, columns: Found, answers: Answers) -> BoolArray:
    """Children who may have been asked: of work those who may have worked, of hours those who may have done it."""
    if role in ("hours", "paid", *hazard_roles(data.definition)):
        return answers.works.possible
    names = columns.get(role.removesuffix("_hours"), ()) if role.endswith("_hours") else ()
    return any_true([data.answer(name) for name in names], data.n).possible if names else np.ones(data.n, dtype=bool)


def age_notes(
    age: NDArray[np.float64], inside: BoolArray, definition: ChildLabourDefinition, asked: BoolArray
) -> list[str]:
    """Rows asked about that no figure is about."""
    unknown = np.isnan(age) & asked
    first, last = definition.ages
    return [
        *_counted(unknown, "without an age, in no figure", noun="row"),
        *_counted(asked & ~inside & ~unknown, f"outside the ages {first}-{last}, in no figure", noun="row"),
    ]


def contradiction_notes(answers: Answers, inside: BoolArray, *, refuse: bool) -> list[str]:
    """Children whose answers contradict each other.

    Raises
    ------
    DataError
        If they are to be refused.
    """
    notes = []
    for what, rows in answers.contradictions.items():
        own = np.flatnonzero(rows & inside)
        if own.size and refuse:
            raise DataError(
                f"answers contradict each other: {what}",
                where="data",
                count=int(own.size),
                examples=[f"row {row}" for row in own[:5]],
                remedies=('contradictions="note" counts them and goes on', "or mend the rows"),
            )
        notes += _counted(rows & inside, f"with contradictory answers: {what}")
    return notes


def answer_notes(answers: Answers, inside: BoolArray, columns: Found, definition: ChildLabourDefinition) -> list[str]:
    """Special codes, children who worked zero hours, and hazards and chores the data do not tell."""
    notes = [
        f"{int(count):,} special {'code' if count == 1 else 'codes'} among hours in {name} read as missing"
        for name, coded in answers.special.items()
        if (count := (coded & inside).sum())
    ]
    zero = answers.works.sure & (answers.hours.most == 0.0) & inside
    notes += _counted(zero, "who worked for 0 hours, taken for less than an hour")
    if definition.finds_hazard:
        lacking = [role for role, wanted in hazard_roles(definition).items() if wanted and role not in columns]
        notes += [f"not in the data, so never hazardous here: {', '.join(lacking)}"] if lacking else []
    if definition.chores_hours and not any(role in columns for role in WATER_AND_FIREWOOD):
        notes.append(
            "fetching water and firewood are not asked about apart, so count as far as hours of chores hold them"
        )
    return notes


def decided_note(inside: BoolArray, undecided: BoolArray, missing: str) -> str:
    """How many children their answers decide."""
    count, children = int(undecided.sum()), int(inside.sum())
    if not count:
        return f"all {children:,} children are decided by their answers" if children > 1 else "the child is decided"
    share = f"{count:,} of {children:,} children ({100 * count / children:.1f} %) undecided for missing answers"
    return f"{share}: {'both ends are given' if missing == 'bounds' else 'they have no flag'}"


def syntax_notes(answered: Truth, flag: BoolArray, by_code: BoolArray, inside: BoolArray) -> list[str]:
    """How many children the published syntax decides where their answers do not, or otherwise than they do."""
    undecided = inside & answered.undecided
    yes, count = int((undecided & flag).sum()), int(undecided.sum())
    notes = [
        f"{count:,} of {int(inside.sum()):,} children are decided by the published MICS syntax, not by their answers: "
        f"{yes:,} as yes, {count - yes:,} as no"
    ]
    notes += _counted(inside & answered.sure & ~flag, "counting by their answers are none by the syntax")
    notes += _counted(inside & ~answered.possible & flag, "not counting by their answers are by the syntax")
    notes += _counted(inside & by_code, "counted by the syntax for a special code taken as hours")
    return notes


def _counted(rows: BoolArray, words: str, *, noun: str = "child") -> list[str]:
    """A count and words, if there is any: "1 child with ...", "2 children with ..."."""
    count = int(rows.sum())
    several = {"child": "children", "row": "rows"}[noun]
    return [f"{count:,} {noun if count == 1 else several} {words}"] if count else []
