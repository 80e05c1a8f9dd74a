"""What was done to a design, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step in the making of a design.

    Parameters
    ----------
    name : str
        What was done: ``"design"``, ``"rake"``, ``"subset"`` ...
    text : str
        One line that says on what, how many units, and what it did to the weights.
    details : mapping
        The same as data, for manifests.
    """

    name: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


def sum_text(value: float) -> str:
    """A sum of weights in words: whole persons from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:,.6g}"
