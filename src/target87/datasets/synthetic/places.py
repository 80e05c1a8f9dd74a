"""Where the synthetic children live: regions, residence, strata and what differs between them."""

from __future__ import annotations

from typing import NamedTuple

REGIONS = {1: "North", 2: "East", 3: "South", 4: "West", 5: "Centre"}
RESIDENCE = {1: "urban", 2: "rural"}
HOUSEHOLDS_A_CLUSTER = 24
"""Households drawn in each sampled cluster."""


class Stratum(NamedTuple):
    """One crossing of region and residence: its size, its level of work, how its sample responds."""

    region: int
    residence: int
    clusters: int
    sampled: int
    level: float
    households_respond: float
    children_respond: float


STRATA = (
    Stratum(1, 1, 560, 32, -0.55, 0.90, 0.96),
    Stratum(1, 2, 1640, 64, 0.75, 0.96, 0.98),
    Stratum(2, 1, 640, 34, -0.90, 0.88, 0.95),
    Stratum(2, 2, 1320, 58, 0.20, 0.95, 0.98),
    Stratum(3, 1, 500, 30, -0.75, 0.91, 0.96),
    Stratum(3, 2, 1180, 54, 0.45, 0.97, 0.98),
    Stratum(4, 1, 420, 30, -1.10, 0.86, 0.94),
    Stratum(4, 2, 760, 44, -0.10, 0.94, 0.97),
    Stratum(5, 1, 1180, 54, -1.45, 0.80, 0.92),
    Stratum(5, 2, 600, 40, -0.50, 0.92, 0.96),
)
"""In the order of their number, 1 to 10. Sampled clusters are nearer to equal than to proportional."""
