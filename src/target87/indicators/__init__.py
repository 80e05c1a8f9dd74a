"""What counts as child labour, hazardous work, forced labour, forced marriage: definitions as data, and their flags.

Names load what they need when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.indicators.child_breakdowns import breakdowns as breakdowns
    from target87.indicators.child_definitions import ChildLabourDefinition as ChildLabourDefinition
    from target87.indicators.child_definitions import definition as definition
    from target87.indicators.child_definitions import definitions as definitions
    from target87.indicators.children import child_labour as child_labour
    from target87.indicators.children import describe as describe
    from target87.indicators.flags import Flags as Flags
    from target87.indicators.forced_definition import ForcedLabourDefinition as ForcedLabourDefinition
    from target87.indicators.forced_flags import ForcedFlags as ForcedFlags
    from target87.indicators.forced_marriages import ForcedMarriageDefinition as ForcedMarriageDefinition
    from target87.indicators.forced_marriages import forced_marriage as forced_marriage
    from target87.indicators.forced_spells import forced_labour as forced_labour

_HOMES = {
    "ChildLabourDefinition": "child_definitions",
    "Flags": "flags",
    "ForcedFlags": "forced_flags",
    "ForcedLabourDefinition": "forced_definition",
    "ForcedMarriageDefinition": "forced_marriages",
    "breakdowns": "child_breakdowns",
    "child_labour": "children",
    "definition": "child_definitions",
    "definitions": "child_definitions",
    "describe": "children",
    "forced_labour": "forced_spells",
    "forced_marriage": "forced_marriages",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
