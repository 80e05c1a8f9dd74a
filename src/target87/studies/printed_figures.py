"""The printed estimates that readings of published projections start from, each with how it was confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from target87.errors import DataError
from target87.prevalence import denominators

AGES = "5-17"
WORLD = "World"
TREND_REGIONS = ("Sub-Saharan Africa", "Asia and the Pacific", "Latin America and the Caribbean")
REST = "rest of the world"

REPORTS = {
    **dict.fromkeys((2000, 2004, 2008, 2012), "ILO-UNICEF2025"),
    2016: "ILO2017",
    2020: "ILO-UNICEF2021",
    2024: "ILO-UNICEF2025",
}
"""Report a year's figures are taken from: the latest that prints them and was read. Two print 2004."""

type Half = Literal["number", "rate"]


@dataclass(frozen=True)
class Figure:
    """One printed estimate: millions, proportion, and how far each was confirmed at its source."""

    group: str
    year: int
    number: float
    rate: float
    status: str
    number_read: bool
    rate_read: bool

    def doubt(self, half: Half) -> str:
        """Why one of its values is not a full confirmation; empty if it was read as printed."""
        read = self.number_read if half == "number" else self.rate_read
        return "" if read else f"{half} of {self.group} {self.year} ({self.status})"


def figure(indicator: str, year: int, group: str = WORLD) -> Figure:
    """The figure of the world or a trend region for a year, from the report named in :data:`REPORTS`.

    Raises
    ------
    DataError
        If that report's row is not there, or is there twice.
    """
    found = _figures(indicator).get((group, year), ())
    if len(found) != 1:
        raise DataError(
            "a reading needs one figure",
            where=f"{indicator}, {group}, {year}",
            expected=f"one row of {REPORTS.get(year, 'a report')}",
            got=f"{len(found)} rows",
        )
    return found[0]


@cache
def _figures(indicator: str) -> dict[tuple[str, int], tuple[Figure, ...]]:
    from target87 import datasets

    rows = datasets.global_estimates(indicator=indicator, group_type=("world", "region_ilo_trend"))
    rows = rows[rows["source_id"] == rows["year"].map(REPORTS)]
    found: dict[tuple[str, int], tuple[Figure, ...]] = {}
    for row in rows.to_dict("records"):
        one = Figure(
            group=row["group"],
            year=int(row["year"]),
            number=float(row["number_millions"]),
            rate=float(row["rate"]) / 100.0,
            status=row["status"],
            number_read=bool(row["number_confirmed"]) and not row["approximate"],
            rate_read=bool(row["rate_confirmed"]) and not row["approximate"],
        )
        found[one.group, one.year] = (*found.get((one.group, one.year), ()), one)
    return found


@cache
def children(group: str, vintage: str) -> dict[int, float]:
    """Children aged 5-17 of the world, a trend region or the rest by year, in persons."""
    if group == REST:
        parts = [children(region, vintage) for region in TREND_REGIONS]
        return {year: count - sum(part[year] for part in parts) for year, count in children(WORLD, vintage).items()}
    kind = "world" if group == WORLD else "region_ilo_trend"
    counts = denominators.group_counts(denominators.population_of(AGES, vintage), AGES, kind, group)
    return {int(year): float(count) for year, count in zip(counts["year"].values, counts.values, strict=True)}
