"""``AssessmentSet``: the world's answers with their breakdowns, as ``python -m target87 assess`` gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target87.results.assessment import SCHEMA_VERSION, Assessment, records, to_json

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class AssessmentSet:
    """Several answers made in one run.

    Attributes
    ----------
    main : tuple of Assessment
        The questions asked, each in full.
    breakdowns : tuple of Assessment
        The same questions for regions, sexes and age bands.
    declined : tuple of (str, str, str, str)
        Indicator, group type, group and the reason why nothing is answered for it.
    published : pandas.DataFrame or None
        Published projections beside our own arithmetic.
    parts : pandas.DataFrame or None
        Expected numbers of children by year: three regions, their sum, and the world as answered on its own.
    """

    main: tuple[Assessment, ...]
    breakdowns: tuple[Assessment, ...] = ()
    declined: tuple[tuple[str, str, str, str], ...] = ()
    published: pd.DataFrame | None = None
    parts: pd.DataFrame | None = None

    def __iter__(self) -> Iterator[Assessment]:
        return iter((*self.main, *self.breakdowns))

    def to_dataframe(self) -> pd.DataFrame:
        """Estimates by year of every answer, one tidy table."""
        import pandas as pd

        tables = [one.to_dataframe() for one in (*self.main, *self.breakdowns)]
        return pd.concat(tables, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the draws as plain values, as ``answer.schema.json`` describes."""
        return {
            "schema_version": SCHEMA_VERSION,
            "answers": [one.to_dict() for one in self.main],
            "breakdowns": [one.to_dict() for one in self.breakdowns],
            "declined": [
                dict(zip(("indicator", "group_type", "group", "reason"), row, strict=True)) for row in self.declined
            ],
            "parts_and_world": [] if self.parts is None else records(self.parts),
            "published_projections": [] if self.published is None else records(self.published),
        }

    def to_json(self) -> str:
        """The answers as JSON text with its schema version."""
        return to_json(self.to_dict())

    def __repr__(self) -> str:
        return (
            "\n".join(repr(one) for one in self.main)
            + f"\n{len(self.breakdowns)} breakdowns, {len(self.declined)} declined"
        )
