"""Which children are in child labour, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.indicators.child_answers import Answers, read_answers
from target87.indicators.child_bands import band_column, hours_column, thresholds
from target87.indicators.child_columns import (
    MICS5,
    ROLES,
    found_columns,
    hazard_roles,
    needed,
    require,
    unused_roles,
)
from target87.indicators.child_definitions import ChildLabourDefinition
from target87.indicators.child_definitions import definition as definition_of
from target87.indicators.child_limits import MISSING
from target87.indicators.child_notes import (
    age_notes,
    answer_notes,
    asked_rows,
    contradiction_notes,
    decided_note,
    inside_ages,
    refuse_undecided,
    syntax_notes,
)
from target87.indicators.child_reading import ChildColumns
from target87.indicators.child_reasons import reasons
from target87.indicators.child_spss import tabulated
from target87.indicators.flags import Flags
from target87.indicators.truth import Truth

if TYPE_CHECKING:
    import pandas as pd

type BoolArray = NDArray[np.bool_]
type Missing = Literal["error", "omit", "bounds", "spss"]


def child_labour(
    data: Any,
    definition: str | ChildLabourDefinition = "sdg_8_7_1_a",
    columns: Mapping[str, Any] | None = None,
    missing: Missing | None = None,
    *,
    contradictions: Literal["error", "note"] = "error",
    isco: Literal["08", "88"] | None = None,
    isic: Literal["3", "4"] | None = None,
    rows: Sequence[bool] | NDArray[np.bool_] | None = None,
    **changes: Any,
) -> Flags:
    """Flag the children in child labour, each with the reason.

    Parameters
    ----------
    data : frame or microdata
        One row a person: pandas, polars, Arrow, or what :func:`target87.io.read` gives.
    definition : str or ChildLabourDefinition
        ``"sdg_8_7_1_a"``, ``"sdg_8_7_1_b"``, ``"mics5"``, ``"mics6"``, ``"mics6_with_hazard"``, ``"ilo_global"``,
        ``"children_in_employment"``, ``"children_in_employment_7_14"``, or one of your own.
    columns : mapping, optional
        What is asked about and the columns that hold it, such as ``{"hours": "q12", "hazards": ["q20", "q21"]}``;
        columns of usual names (those of MICS among them) are found by themselves. :func:`describe` lists them.
    missing : {"error", "omit", "bounds", "spss"}, optional
        What becomes of children whose missing answers would decide; if not given as the definition says, which is
        ``error`` for all that come with the library: refuse them (``error``); leave them without a flag
        (``omit``); give both ends, everything missing read as "no" and as "yes" (``bounds``); or decide as the
        published MICS syntax does, which takes most of what is missing for "no" (``spss``). A child that counts
        whatever the missing answers would be is always flagged.
    contradictions : {"error", "note"}
        Whether answers that contradict each other are refused, as they are if nothing is said, or counted in a note.
        Then hours of what was not done at all count as none, as the published syntax has it, and all else stands.
    isco, isic : str, optional
        Versions of the codes of occupations and industries, where codes do not tell.
    rows : array of bool, optional
        Rows the flags are about; the others have no flag and are in no note.
    **changes
        Changes to the definition, such as ``minimum_age=14``.

    Returns
    -------
    Flags
        Aligned to the rows: the flag, then its parts as far as the definition has them (``economic_work``,
        ``economic_above`` the threshold, ``chores``, ``chores_above``, ``hazardous``, ``light_work``, ``employment`` of
        an hour or more; ``economic_below`` and ``chores_below`` of the MICS tables with ``missing="spss"``),
        ``hours_band``, ``band`` of age, and ``reason``. Flags are missing where undecided and outside the ages.

    Raises
    ------
    UnknownNameError
        If the definition, a column, or what it is for is not known.
    InputError
        If columns the definition needs are not there.
    DataError
        If an age, hour, code or answer is impossible; if answers contradict each other; and with ``missing="error"``
        if missing answers leave children undecided.

    Notes
    -----
    Thresholds and vintages are those of the definition, each with its source: ``print(definition(name))``.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> children = pd.DataFrame({"age": [7, 13, 16, 30], "hours": [1, 13, 50, 40]})
    >>> flags = t87.indicators.child_labour(children, "sdg_8_7_1_a")
    >>> flags["child_labour"].tolist()
    [True, False, True, <NA>]
    >>> flags["reason"].tolist()[0]
    'economic activity, at least 1 h at 5-11'
    """
    if contradictions not in ("error", "note"):
        raise UnknownNameError.of(str(contradictions), ("error", "note"), kind="treatment of contradictions")
    chosen = definition_of(definition)
    chosen = chosen.replace(**changes) if changes else chosen
    missing = missing or chosen.missing_rule  # type: ignore[assignment]
    if missing not in MISSING:
        raise UnknownNameError.of(str(missing), MISSING, kind="treatment of missing answers")
    read = ChildColumns(data, chosen)
    found = found_columns(read, columns or {})
    require(found, chosen, read.names)
    answers = read_answers(read, found, {"isco": isco, "isic": isic})
    asked = asked_rows(rows, read.n)
    inside = inside_ages(answers.age, chosen, asked)
    contradicting = contradiction_notes(answers, inside, refuse=contradictions == "error")
    parts = _parts(answers, chosen)
    undecided = inside & parts[chosen.flag].undecided
    if missing == "error":
        refuse_undecided(read, found, answers, undecided, np.isnan(answers.age) & asked)
    decided: dict[str, Truth] = parts
    if missing == "spss":
        decided, last = _as_syntax(read, found, answers, parts, inside)
    else:
        last = [decided_note(inside, undecided, missing)]
    notes = [
        *age_notes(answers.age, inside, chosen, asked),
        *contradicting,
        *answer_notes(answers, inside, found, chosen),
        *last,
    ]
    frame = _frame(chosen, decided, answers, inside, bounds=missing == "bounds")
    index = getattr(data, "index", None)
    if index is not None and not callable(index):
        frame.index = index  # a pandas frame sorted since is known by it when the flags are attached
    return Flags(chosen, f"{chosen.text}; missing answers: {_MISSING_WORDS[missing]}", tuple(notes), frame)


def describe(definition: str | ChildLabourDefinition) -> pd.DataFrame:
    """What a definition needs and may use, what each means, and the names it is looked for under.

    Parameters
    ----------
    definition : str or ChildLabourDefinition
        A name or a definition.

    Returns
    -------
    pandas.DataFrame
        One row for each thing asked about: ``asked`` (what ``columns`` calls it), ``needed``, ``use`` ("needed",
        "one of these is needed", "may be used", "not used"), ``means``, ``usual_names``, and ``mics5_names`` for files
        that have CL2A.

    Examples
    --------
    >>> describe("sdg_8_7_1_b").query("needed")["asked"].tolist()
    ['age', 'hours', 'chores_hours']
    """
    import pandas as pd

    chosen = definition_of(definition)
    wanted = {one: key for key in needed(chosen) for one in key.split(" or ")}
    unused = unused_roles(chosen)
    rows = []
    for role, what in ROLES.items():
        use = "not used" if role in unused else "may be used"
        if role in wanted:
            use = "one of these is needed" if " or " in wanted[role] else "needed"
        names = (", ".join(what.known), ", ".join(MICS5.get(role, what.known)))
        rows.append((role, role in wanted, use, what.means, *names))
    return pd.DataFrame(rows, columns=["asked", "needed", "use", "means", "usual_names", "mics5_names"])


_MISSING_WORDS = {
    "error": "none left a child undecided",
    "omit": "undecided children left out",
    "bounds": "both ends",
    "spss": "as the published MICS syntax",
}


def _parts(answers: Answers, definition: ChildLabourDefinition) -> dict[str, Truth]:
    """The flag and the parts it is made of, by name."""
    strictly = definition.strictly_above
    limit = thresholds(answers.age, definition.bands, definition.hours)
    parts = {"economic_work": answers.works, "economic_above": answers.hours.reach(limit, strictly=strictly)}
    flag = parts["economic_above"]
    if definition.chores_hours:
        limit = thresholds(answers.age, definition.chores_bands or definition.bands, definition.chores_hours)
        parts["chores"] = answers.chores
        parts["chores_above"] = answers.chores_hours.reach(limit, strictly=strictly)
        flag = flag | parts["chores_above"]
    if definition.finds_hazard:
        parts["hazardous"] = answers.hazard
        flag = flag | answers.hazard if definition.hazard_counts else flag
        # light work is told where hazards are: without them it would be a matter of hours alone
        first, last = definition.light_ages
        light_age = Truth.known((answers.age >= first) & (answers.age <= last))
        short = ~answers.hours.reach(definition.light_hours, strictly=False)
        parts["light_work"] = light_age & answers.works & short & ~answers.hazard
    parts["employment"] = answers.hours.reach(1.0, strictly=False)
    return {definition.flag: flag, **parts}


def _as_syntax(
    data: ChildColumns,
    columns: Mapping[str, tuple[str, ...]],
    answers: Answers,
    parts: Mapping[str, Truth],
    inside: BoolArray,
) -> tuple[dict[str, Truth], list[str]]:
    """Parts as the published syntax has them, and how many children it decides that their answers do not."""
    definition = data.definition
    others = [role for role, used in hazard_roles(definition).items() if used and role != "hazards"]
    if others or definition.hazard_needs_work or definition.long_hours:
        raise InputError(
            "the MICS syntax knows no industries, occupations, night work or long hours",
            where="missing",
            got=f"{definition.name} with missing='spss'",
            remedies=("a definition of MICS or SDG 8.7.1", 'or missing="omit", "bounds"'),
        )
    own = tabulated(data, columns, answers.age)
    flag = own.economic_above
    known = {name: getattr(own, name) for name in ("economic_work", "economic_below", "economic_above")}
    if definition.chores_hours:
        known |= {"chores_below": own.chores_below, "chores_above": own.chores_above}
        flag = flag | own.chores_above
    if definition.finds_hazard:
        known["hazardous"] = own.hazardous
        flag = flag | own.hazardous if definition.hazard_counts else flag
    notes = syntax_notes(parts[definition.flag], flag, own.by_code, inside)
    return {name: Truth.known(values) for name, values in {definition.flag: flag, **known}.items()}, notes


def _frame(
    definition: ChildLabourDefinition,
    parts: Mapping[str, Truth],
    answers: Answers,
    inside: BoolArray,
    *,
    bounds: bool,
) -> pd.DataFrame:
    import pandas as pd

    made: dict[str, Any] = {name: _truth(part, inside) for name, part in parts.items()}
    if bounds:
        flag = parts[definition.flag]
        ends = {"lower": flag.sure, "upper": flag.possible}
        made = {
            **{f"{definition.flag}_{end}": _truth(Truth.known(values), inside) for end, values in ends.items()},
            **{name: values for name, values in made.items() if name != definition.flag},
        }
    known = inside & (answers.hours.least == answers.hours.most)
    made["hours_band"] = hours_column(np.where(known, answers.hours.least, np.nan), definition.hours)
    made["band"] = band_column(np.where(inside, answers.age, np.nan), definition.bands)
    made["reason"] = reasons(parts, definition, answers.age, inside)
    return pd.DataFrame(made)


def _truth(part: Truth, inside: BoolArray) -> Any:
    """Nullable truth values, missing where undecided or outside the ages."""
    import pandas as pd

    return pd.arrays.BooleanArray(part.sure & inside, part.undecided | ~inside)
