"""The world beside its parts: what its regions, answered one by one, leave for all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from target87.results.sentences import number

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.assessment import Assessment

ADDED, WHOLE = "three regions", "World"
"""Columns: the regions added up, and the world as answered on its own."""

SHOWN = (2024, 2025, 2030, 2035)
FAR_LESS = 0.5
"""A rest below this part of the rest at the last figure is said to disagree."""

ONE_RECORD = (
    "The world is answered as one record, which cannot see that regions with slow progress gain weight in the world's "
    "population: what lies years ahead is likely too low."
)
WITH_PARTS = " A run with the regions says from which year the two disagree."


def world_and_parts(answers: Sequence[Assessment]) -> pd.DataFrame:
    """Expected numbers of children of the world beside those of its three regions with a trend, added.

    Expected values add up whatever the correlation, so this comparison needs no joint draws.
    """
    import pandas as pd

    numbers = {
        one.area: one.projection.summary("number")["mean"]
        for one in answers
        if one.indicator == "child_labour" and one.group_type in ("world", "region_ilo_trend")
    }
    if len(numbers) < 2 or WHOLE not in numbers:
        return pd.DataFrame()
    table = pd.DataFrame(numbers).dropna().drop(columns=WHOLE)
    table[ADDED] = table.sum(axis=1)
    table[WHOLE] = numbers[WHOLE]
    return table.loc[table.index.isin(SHOWN)].reset_index()


def beside_parts(answer: Assessment, parts: pd.DataFrame) -> Assessment:
    """The world's answer with what its parts say of it, in place of the remark that they may say something."""
    if parts.empty or answer.indicator != "child_labour" or answer.group_type != "world":
        return answer
    last = int(answer.points["year"].iloc[-1])
    rows = {int(row["year"]): (row[ADDED], row[WHOLE]) for row in parts.to_dict("records")}
    asked = [year for year in sorted({answer.target_year, *answer.count_years}) if year > last and year in rows]
    if last not in rows or not asked:
        return answer
    kept = tuple(note for note in answer.level_notes if not note.startswith(ONE_RECORD))
    return replace(answer, level_notes=(*kept, *_said(answer, last, {year: rows[year] for year in (last, *asked)})))


def _said(answer: Assessment, last: int, rows: dict[int, tuple[float, float]]) -> list[str]:
    """One sentence a year: whether the parts leave room for the others."""
    before = rows[last][1] - rows[last][0]
    said = []
    for year, (added, whole) in rows.items():
        rest = whole - added
        if year == last:
            continue
        if rest >= FAR_LESS * before:
            said.append(
                f"Beside its parts: in {year} three regions answered one by one expect {number(added)} of these "
                f"{number(whole)} {answer.people}, which leaves {number(rest)} for all others ({number(before)} in "
                f"{last})."
            )
            continue
        found = (
            f"{number(-rest)} more than this path gives the whole world ({number(whole)}): less than none is left for"
            if rest < 0.0
            else f"which leaves only {number(rest)} of this path's {number(whole)} for"
        )
        said.append(
            f"The number for {year} disagrees with the sum of its parts: three regions answered one by one expect "
            f"{number(added)} {answer.people}, {found} all others, who had {number(before)} in {last}. Both cannot "
            f"hold; were the others still as many, it would be {number(added + before)}. A world record cannot see "
            "that regions with slow progress gain weight, so the world's path is the likelier to be too low."
        )
    return said
