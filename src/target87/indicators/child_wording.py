"""A definition of child labour in words: what counts in one line, and all of it for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from target87.indicators.child_limits import NONE

if TYPE_CHECKING:
    from target87.indicators.child_definitions import ChildLabourDefinition


def what_counts(definition: ChildLabourDefinition) -> str:
    """What counts, in one line."""
    compare = "more than" if definition.strictly_above else "at least"
    parts = [f"economic activity for {compare} {_by_band(definition.hours, definition.bands)}"]
    if definition.chores_hours:
        told = _by_band(definition.chores_hours, definition.chores_bands or definition.bands)
        parts.append(f"household chores for {compare} {told}")
    if definition.hazard_counts:
        parts.append("hazardous work")
    return f"{'; or '.join(parts)}; in {definition.reference_period}"


def printed(definition: ChildLabourDefinition) -> str:
    """Every rule of a definition, one a line, with its source."""
    own = definition
    economic = own.water_and_firewood == "economic"
    lines = [
        f"{own.title} ({own.name})",
        f"  ages: {own.ages[0]}-{own.ages[1]} completed years",
        f"  counts: {what_counts(own)}",
        f"  water and firewood: {'economic activity' if economic else 'chores'}",
    ]
    if own.finds_hazard:
        told = "; ".join(_hazards(own)) + (", of children at work" if own.hazard_needs_work else "")
        low, high = own.light_ages
        lines += [
            f"  hazardous: {told}{'' if own.hazard_counts else ' (told apart)'}",
            f"  light work: ages {low}-{high}, below {own.light_hours:g} hours, not hazardous",
        ]
    lines += [
        f"  answers: yes {_listed(own.yes)}; no {_listed(own.no)}; missing {_listed(own.no_answer)}",
        f"  codes among hours that are none: {_listed(own.special_codes) or 'no code'}",
        f"  missing answers that would decide: {own.missing_rule}",
        *(f"  rule: {one.rule} [{one.sure}: {one.source}]" for one in own.basis),
        f"  source: {own.source}",
    ]
    return "\n".join(lines)


def _hazards(definition: ChildLabourDefinition) -> list[str]:
    own = definition
    lists = {
        "ISIC Rev. 4 divisions": own.hazardous_industries_4,
        "ISIC Rev. 3 divisions": own.hazardous_industries_3,
        "ISCO-08": own.hazardous_occupations_08,
        "ISCO-88": own.hazardous_occupations_88,
    }
    told = ["conditions asked about"] if own.hazard_questions else []
    told += [f"{name} {_listed(codes)}" for name, codes in lists.items() if codes]
    told += ["night work"] if own.night_is_hazardous else []
    if own.long_hours:
        compare = "more than" if own.long_hours_strictly else "at least"
        told.append(f"{compare} {own.long_hours:g} hours")
    return told


def _by_band(hours: Sequence[float], bands: Sequence[tuple[int, int]]) -> str:
    told = zip(hours, bands, strict=True)
    return ", ".join(f"{value:g} h at {low}-{high}" for value, (low, high) in told if value != NONE)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
