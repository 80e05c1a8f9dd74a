"""Every part of the flags against plain enumeration of what missing answers could have been.

A part is true or false only where all ways to fill in the blanks agree, and is undecided wherever they differ.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.indicators import child_labour

ACTIVITIES, HAZARDS = ("CL1A", "CL1X"), ("CL4", "CL6A")
CHORES = {"CL7": "CL8", "CL9": "CL10", "CL11A": "CL13"}
YES_NO = (*ACTIVITIES, *HAZARDS, *CHORES)
HOURS = ("CL3", *CHORES.values())
POSSIBLE: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys((*YES_NO, "night"), (1, 2)),
    "CL3": (0, 0.5, 1, 13, 14, 42, 43, 168),
    "CL8": (0, 21, 28, 168),
    "CL10": (0, 21, 28, 168),
    "CL13": (0, 21, 28, 43, 168),
    "industry": ("01", "43"),
}
SAID: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys((*YES_NO, "night"), (1, 2, 2, 2, 2, 9)),
    "CL3": (98, 0, 0.5, 1, 13, 13, 14, 14, 42, 43),
    "CL8": (97, 0, 5, 16, 20, 21),
    "CL10": (0, 0, 5, 16),
    "CL13": (99, 0, 5, 16, 21, 28),
    "industry": (None, "01", "01", "43"),
}
ECONOMIC = {5: 1, 12: 14, 16: 43}
CHORE_HOURS = {"sdg_8_7_1_b": {5: 21, 12: 21}, "mics6": {5: 21, 12: 21}, "mics5": {5: 28, 12: 28, 16: 43}}
ASKED = {
    "ilo_global": (*ACTIVITIES, "CL3", *HAZARDS, "night", "industry"),
    **dict.fromkeys(("mics5", "mics6"), (*ACTIVITIES, "CL3", *HAZARDS, *CHORES, *CHORES.values())),
    "sdg_8_7_1_b": (*ACTIVITIES, "CL3", *CHORES, *CHORES.values()),
}


def consistent(child: dict[str, Any]) -> bool:
    """Hours only of what was done, conditions of work only of those who worked."""
    works = any(child[name] == 1 for name in ACTIVITIES)
    told = child["CL3"] != 0 or any(child.get(name) == 1 for name in (*HAZARDS, "night"))
    return (works or not told) and all(child[q] == 1 or child[hours] == 0 for q, hours in CHORES.items() if q in child)


def parts(name: str, age: int, child: dict[str, Any]) -> dict[str, bool]:
    """DEFINITIONS, sections 1.2, 1.4 and 1.5, on complete answers."""
    works = any(child[one] == 1 for one in ACTIVITIES)
    held = {"economic_work": works, "economic_above": child["CL3"] >= ECONOMIC[age], "employment": child["CL3"] >= 1}
    counts = held["economic_above"]
    if name in CHORE_HOURS:
        held["chores"] = any(child[question] == 1 for question in CHORES)
        spent = sum(child[hours] for hours in CHORES.values())
        held["chores_above"] = age in CHORE_HOURS[name] and spent >= CHORE_HOURS[name][age]
        counts = counts or held["chores_above"]
    if name != "sdg_8_7_1_b":
        hazard = any(child[one] == 1 for one in HAZARDS)
        if name == "ilo_global":
            hazard = works and (hazard or child["night"] == 1 or child["industry"] == "43" or child["CL3"] >= 43)
        held["hazardous"] = hazard
        held["light_work"] = age == 12 and works and child["CL3"] < 14 and not hazard
        counts = counts or (hazard and name != "mics6")
    return {**held, "child_labour": counts}


def blank(name: str, value: Any) -> bool:
    return value is None or (name in HOURS and value >= 97) or (name in (*YES_NO, "night") and value == 9)


def interviewed(rng: np.random.Generator, asked: tuple[str, ...]) -> dict[str, Any]:
    """Answers of one child, with the skips of the questionnaire."""
    child = {name: SAID[name][rng.integers(len(SAID[name]))] for name in asked}
    skipped = [hours for question, hours in CHORES.items() if child.get(question) == 2]
    if all(child[name] == 2 for name in ACTIVITIES):
        skipped += ["CL3", *HAZARDS, "night", "industry"]
    return {name: None if name in skipped else value for name, value in child.items()}


@pytest.mark.parametrize("name", ASKED)
def test_parts_are_decided_where_all_completions_agree(name: str):
    rng = np.random.default_rng(3)
    children: list[dict[str, Any]] = []
    expected: list[dict[str, set[bool]]] = []
    while len(children) < 250:
        age, child = int(rng.choice(list(ECONOMIC))), interviewed(rng, ASKED[name])
        options = [POSSIBLE[one] if blank(one, value) else (value,) for one, value in child.items()]
        if math.prod(map(len, options)) > 4000:
            continue
        every = (dict(zip(child, values, strict=True)) for values in itertools.product(*options))
        said = [parts(name, age, one) for one in every if consistent(one)]
        if said:
            children.append({"age": age, **child})
            expected.append({part: {one[part] for one in said} for part in said[0]})
    options_of = {"isic": "4"} if name == "ilo_global" else {}
    flags = child_labour(pd.DataFrame(children), name, missing="omit", contradictions="note", **options_of)
    for part in expected[0]:
        found = [None if pd.isna(value) else bool(value) for value in flags[part]]
        wanted = [next(iter(one[part])) if len(one[part]) == 1 else None for one in expected]
        differing = [(children[row], wanted[row], found[row]) for row in range(len(found)) if found[row] != wanted[row]]
        assert not differing, (part, differing[0])
        assert {True, False} <= set(wanted), part
    assert any(len(one["child_labour"]) == 2 for one in expected)
