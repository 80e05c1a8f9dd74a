"""What a definition of child labour asks about, and the columns of a survey that hold the answers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from target87.errors import InputError, UnknownNameError
from target87.indicators.child_definitions import ChildLabourDefinition
from target87.indicators.reading import Columns


class Role(NamedTuple):
    """One thing asked about: what it means, the names it has in surveys, and whether several columns hold it."""

    means: str
    known: tuple[str, ...]
    several: bool = False


ROLES: dict[str, Role] = {
    "age": Role("age in completed years", ("age", "CB3", "HL6", "SL9C")),
    "hours": Role("hours of economic activity in the reference week", ("hours", "CL3")),
    "activities": Role(
        "whether any economic activity was done, yes or no",
        ("worked", "CL1A", "CL1B", "CL1C", "CL1X"),
        several=True,
    ),
    "paid": Role("whether the child was paid for work", ("paid",)),
    "hazards": Role(
        "hazardous conditions of the work, yes or no",
        ("CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X"),
        several=True,
    ),
    "night": Role("whether the child worked at night", ("night", "night_work")),
    "industry": Role("industry of the work: ISIC division, or a longer code", ("industry", "isic")),
    "occupation": Role("occupation: ISCO code", ("occupation", "isco")),
    "water": Role("whether water was fetched", ("CL7",)),
    "water_hours": Role("hours of fetching water", ("CL8",)),
    "firewood": Role("whether firewood was collected", ("CL9",)),
    "firewood_hours": Role("hours of collecting firewood", ("CL10",)),
    "chores": Role(
        "whether other household chores were done, yes or no",
        ("CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X"),
        several=True,
    ),
    "chores_hours": Role("hours of other household chores", ("chores_hours", "CL13")),
}
WATER_AND_FIREWOOD = ("water", "water_hours", "firewood", "firewood_hours")
MICS5 = {
    "hours": ("CL4",),
    "activities": ("CL2A", "CL2B", "CL2C", "CL2D"),
    "hazards": ("CL5", "CL6", *(f"CL7{letter}" for letter in "ABCDEFX")),
    "water": ("CL8",),
    "water_hours": ("CL9",),
    "firewood": (),
    "firewood_hours": (),
    "chores": tuple(f"CL10{letter}" for letter in "ABCDEFGX"),
    "chores_hours": ("chores_hours", "CL12"),
}
"""Names that MICS5 gives differently: 4 to 12 mean other things there than in MICS6. Water stands for firewood too."""
FIRST_QUESTIONS = {"6": ("cl1a", "cl1b", "cl1c", "cl1x"), "5": ("cl2a", "cl2b", "cl2c", "cl2d")}
"""Questions that tell the round of MICS, by round."""


def known_names(role: str, names: Iterable[str]) -> tuple[str, ...]:
    """Names a role is looked for under; those of MICS5 where the data have its first questions and not those of MICS6.

    MICS3 and MICS4 ask in CL3 whether a child worked for others (1 paid, 2 unpaid, 3 no) and have a CL6 of their own
    (read in UNICEF's codebook of MICS3 in Serbia): such data have no usual names that begin with CL.
    """
    sixth, fifth, older = _rounds(names)
    if older:
        return tuple(name for name in ROLES[role].known if not name.startswith("CL"))
    return MICS5.get(role, ROLES[role].known) if fifth and not sixth else ROLES[role].known


def _rounds(names: Iterable[str]) -> tuple[bool, bool, bool]:
    """Whether the data have questions of MICS6, of MICS5, or of rounds before."""
    there = {name.casefold() for name in names}
    sixth, fifth = (any(one in there for one in FIRST_QUESTIONS[version]) for version in "65")
    return sixth, fifth, "cl6" in there and not (sixth or fifth)


def found_columns(data: Columns, given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Columns of each role: those given, else those found under their usual names, in capitals or not.

    A column that is given for one role is not found for another.

    Raises
    ------
    UnknownNameError
        If a role or a column is not known.
    InputError
        If one column is given for two roles, or several where only one can be.
    """
    for role in given:
        if role not in ROLES:
            raise UnknownNameError.of(str(role), ROLES, kind="thing a definition asks about", remedy=_MEANINGS)
    named = {role: _given(data, role, held) for role, held in given.items()}
    taken = [name for own in named.values() for name in own]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise InputError("a column is given for two things", where="columns", count=len(twice), examples=twice)
    own_case = {name.casefold(): name for name in reversed(data.names)} | {name: name for name in data.names}
    found: dict[str, tuple[str, ...]] = {}
    for role, what in ROLES.items():
        if role in named:
            own = named[role]
        else:
            there = (own_case.get(name, own_case.get(name.casefold())) for name in known_names(role, data.names))
            own = tuple(name for name in there if name is not None and name not in taken)
            own = own if what.several else own[:1]
        if own:
            found[role] = own
    return found


def _given(data: Columns, role: str, held: Any) -> tuple[str, ...]:
    own = (held,) if isinstance(held, str) else tuple(held or ())
    for name in own:
        data.check(name, role=role)
    if len(own) > 1 and not ROLES[role].several:
        raise InputError(f"one column is wanted for {role}", where=f"columns[{role!r}]", got=", ".join(own))
    return own


def require(found: Mapping[str, Any], definition: ChildLabourDefinition, names: Sequence[str]) -> None:
    """Raise if the definition needs what no column holds.

    Raises
    ------
    InputError
        Listing everything that is needed, what it means, the names it is known under, and names in the data like them.
    """
    wanted = needed(definition)
    lacking = [role for role in wanted if not any(one in found for one in role.split(" or "))]
    if not lacking:
        return
    first = lacking[0].split(" or ")[0]
    raise InputError(
        f"the definition {definition.name} needs columns that were not found",
        where="columns",
        expected="; ".join(f"{role} ({wanted[role]})" for role in wanted),
        got="columns " + ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else ""),
        count=len(lacking),
        examples=lacking,
        remedies=(
            *(
                ["CL3 to CL10 of MICS3 and MICS4 are other questions, so they are not taken"]
                if _rounds(names)[2]
                else []
            ),
            *_nearest(lacking, found, names),
            f"name them: columns={{{first!r}: 'your column', ...}}",
        ),
    )


def needed(definition: ChildLabourDefinition) -> dict[str, str]:
    """What a definition needs, and what each means with the names it is looked for under."""
    roles = ["age", "hours", *(["chores_hours"] if definition.chores_hours else [])]
    told = {role: _told(role) for role in roles}
    if definition.hazard_counts:
        kinds = [role for role, wanted in hazard_roles(definition).items() if wanted and role != "night"]
        if kinds:
            told[" or ".join(kinds)] = "; ".join(_told(kind) for kind in kinds)
    return told


def hazard_roles(definition: ChildLabourDefinition) -> dict[str, bool]:
    """What hazards are found by, and whether the definition uses it."""
    return {
        "hazards": definition.hazard_questions,
        "industry": bool(definition.hazardous_industries_3 or definition.hazardous_industries_4),
        "occupation": bool(definition.hazardous_occupations_08 or definition.hazardous_occupations_88),
        "night": definition.night_is_hazardous,
    }


def unused_roles(definition: ChildLabourDefinition) -> set[str]:
    """What a definition does not look at."""
    unused = {role for role, used in hazard_roles(definition).items() if not used}
    if not definition.chores_hours:
        unused |= {"chores", "chores_hours"}
        unused |= set(WATER_AND_FIREWOOD) if definition.water_and_firewood == "chores" else set()
    return unused


def _nearest(lacking: Sequence[str], found: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> list[str]:
    """Columns of no role yet whose names are like those looked for."""
    taken = {name for own in found.values() for name in own}
    free = {name.casefold(): name for name in names if name not in taken}
    remedies = []
    for role in (one for several in lacking for one in several.split(" or ")):
        near = [
            free[one]
            for known in (role, *known_names(role, names))
            for one in difflib.get_close_matches(known.casefold(), list(free), n=2, cutoff=0.6)
        ]
        if near:
            remedies.append(f"is {role} in {' or '.join(repr(name) for name in dict.fromkeys(near))}?")
    return remedies


def _told(role: str) -> str:
    return f"{ROLES[role].means}; usual names {', '.join(ROLES[role].known)}"


_SHOWN = 12
_MEANINGS = "; ".join(f"{role}: {what.means}" for role, what in ROLES.items())
