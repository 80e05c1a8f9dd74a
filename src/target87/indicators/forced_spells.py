"""Forced labour from spells of work: involuntary and under coercion in the same spell, flow and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from target87.errors import InputError, UnknownNameError
from target87.indicators.forced_columns import Asked, find_columns
from target87.indicators.forced_definition import ForcedLabourDefinition
from target87.indicators.forced_flags import ForcedFlags, flag_frame
from target87.indicators.forced_notes import notes_of
from target87.indicators.forced_outcomes import Outcomes
from target87.indicators.forced_people import People
from target87.indicators.forced_rules import judge_spells
from target87.indicators.forced_times import Times, read_times
from target87.indicators.reading import Columns

__all__ = ["forced_labour"]

type Missing = Literal["error", "omit", "bounds"]
_MISSING = ("error", "omit", "bounds")


def forced_labour(
    spells: Any,
    *,
    person: str | Sequence[str] = "person",
    columns: Mapping[str, Any] | None = None,
    definition: str | ForcedLabourDefinition = "icls_20",
    interview: Any = None,
    window: Any = None,
    persons: Any = None,
    types: str | Mapping[Any, str] | None = None,
    missing: Missing = "error",
) -> ForcedFlags:
    """Persons in forced labour within a window, by type, with the days that make the average stock.

    A spell of work is forced labour if any involuntary form and any form of coercion hold in that spell; a person who
    was deceived in one job and threatened in another was not in forced labour.

    Parameters
    ----------
    spells : frame or microdata
        One row a spell of work. Any frame narwhals reads, or microdata with labels and missing codes.
    person : str or sequence of str
        Columns that say whose spell it is; also in ``persons``.
    columns : mapping, optional
        Column of each role. ``"involuntary"`` and ``"coercion"``: a mapping of the definition's forms to columns, or a
        list of columns; by default columns named as the forms. ``"start"`` and ``"end"``: first and last day, both
        worked, as dates or numbers of days; without either, days and stock are left out and every spell is in the
        window. ``"ongoing"``, ``"type"``, ``"age"`` (when the spell began), ``"third_party"``, ``"parents_forced"``,
        ``"exempt"``, ``"spell"``: columns of that name if not given; None leaves one out.
    definition : str or ForcedLabourDefinition
        ``"icls_20"``, or your own.
    interview : str, date or number, optional
        Column of ``persons`` or ``spells``, or one day for all; the column ``interview`` by default.
    window : float or pair of days, optional
        Years before each interview (the definition's by default), or a first and a last day for all.
    persons : frame or microdata, optional
        One row a person interviewed, spells or none. Without it only persons with spells appear, so shares of them are
        not shares of the population.
    types : str or mapping, optional
        Type meant by each value of the type column, such as ``{1: "private_labour"}``; or the type of all spells.
    missing : {"error", "omit", "bounds"}
        What to do where missing answers or dates leave something undecided: refuse, leave those values missing, or
        also give the least and the most they may be. A missing answer is never read as "no".

    Returns
    -------
    ForcedFlags
        One row a person, in the order of ``persons``, or of sorted identifiers. Truth values ``forced_labour``, one a
        type, and ``debt_bondage``; ``reason`` (of the earliest spell that counts); ``days`` in forced labour inside
        the window, overlapping spells once; ``stock``, days over days of the window, also by type. ``.spells`` has the
        same a spell.

    Raises
    ------
    InputError, UnknownNameError
        If an argument, role, form or column is unknown, or the interview or the type of work is not given.
    DataError
        If answers are neither yes nor no, dates contradict one another, spells stand twice or belong to nobody, or
        with ``missing="error"`` if anything is undecided.

    Notes
    -----
    The weighted number of persons with ``forced_labour`` is the flow over the window; the weighted total of ``stock``
    is the average number in forced labour on a day of the window, the sum of w d / W (days d of a window of W). Spells
    that began before the window or still went on are cut at its ends. Stock is never more than flow.

    A spell crossing the age of majority is judged by the age at which it began.

    Sources: ILO (2018), Guidelines concerning the measurement of forced labour, 20th ICLS; print the definition for
    which rules were read there and which are recalled.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> spells = pd.DataFrame(
    ...     {
    ...         "person": [1, 1, 2],
    ...         "different_job": ["yes", "no", "yes"],
    ...         "threats": ["no", "yes", "yes"],
    ...         "start": ["2022-01-01", "2023-01-01", "2019-01-01"],
    ...         "end": ["2022-06-30", "2023-03-31", "2019-12-31"],
    ...     }
    ... )
    >>> from target87.indicators.forced_spells import forced_labour
    >>> flags = forced_labour(spells, interview="2024-06-30", types="private_labour")
    >>> flags.to_dataframe()[["person", "forced_labour", "days"]]
       person  forced_labour   days
    0       1          False    0.0
    1       2           True  184.0
    >>> flags["reason"][1]
    'involuntary (different job) under coercion (threats)'
    >>> flags.notes[4]
    '1 person with involuntary work and coercion, but never in the same spell: not in forced labour'
    """
    if missing not in _MISSING:
        raise UnknownNameError.of(missing, _MISSING, kind="way to treat missing answers")
    rule = ForcedLabourDefinition.of(definition)
    data = Columns(spells, "spells")
    people = People.of(data, (person,) if isinstance(person, str) else tuple(person), persons)
    asked = find_columns(columns, data, rule)
    _check_types(types, asked, rule)
    people.refuse_repeated_spells(data, asked.plain.get("spell"))
    times = _times(data, asked, people, interview, window, rule)
    outcomes = Outcomes(judge_spells(data, asked, rule, types), times, people.whose, len(people))
    by_person = outcomes.of_persons()
    if missing == "error":
        outcomes.refuse_undecided(by_person, people.who)
    by_spell = outcomes.of_spells(asked, rule)
    by_person["reason"] = outcomes.reasons_of_persons(by_spell["reason"])
    bounds = missing == "bounds"
    said = "every spell in the window" if times is None else f"window: {times.said}"
    return ForcedFlags(
        definition=rule,
        definition_text=f"forced labour by {rule.name}; {said}; missing: {missing}",
        notes=notes_of(outcomes, by_person, asked, rule, listed=people.listed is not None),
        _frame=people.frame(flag_frame(by_person, bounds=bounds), spells=False),
        _spells=people.frame(flag_frame(by_spell, bounds=bounds), spells=True),
    )


def _times(
    data: Columns, asked: Asked, people: People, interview: Any, window: Any, definition: ForcedLabourDefinition
) -> Times | None:
    if "start" in asked.plain:
        return read_times(data, asked.plain, people, interview=interview, window=window, definition=definition)
    if interview is not None or window is not None:
        raise InputError(
            "a window needs the days of spells",
            where="columns",
            expected="columns for start and end",
            remedies=("columns={'start': 'column', 'end': 'column'}", "or leave interview and window out"),
        )
    return None


def _check_types(types: Any, asked: Asked, definition: ForcedLabourDefinition) -> None:
    for name in (types,) if isinstance(types, str) else (types or {}).values():
        if name not in definition.types:
            raise UnknownNameError.of(name, definition.types, kind="type of forced labour")
    if "type" in asked.plain and isinstance(types, str):
        raise InputError(
            "types gives all spells one type, and a column holds types too",
            where="types",
            got=f"types={types!r} and column {asked.plain['type']!r}",
            remedies=("columns={'type': None} leaves the column out",),
        )
    if "type" not in asked.plain and not isinstance(types, str):
        raise InputError(
            "the type of work is needed",
            where="columns['type']",
            expected=f"a column of types ({', '.join(definition.types)}), or one type for all spells",
            remedies=("columns={'type': 'column'}", "types='private_labour' says that all spells are of that type"),
        )
