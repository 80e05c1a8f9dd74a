"""From posterior to futures: pace, projection, attainment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.forecast.attainment import OPERATIONAL_ZEROS as OPERATIONAL_ZEROS
    from target87.forecast.attainment import probability_below as probability_below
    from target87.forecast.attainment import probability_of_decline as probability_of_decline
    from target87.forecast.attainment import year_reached as year_reached
    from target87.forecast.pace import aarr as aarr
    from target87.forecast.pace import acceleration as acceleration
    from target87.forecast.pace import annual_change as annual_change
    from target87.forecast.pace import extrapolate as extrapolate
    from target87.forecast.pace import required_pace as required_pace
    from target87.forecast.projecting import project as project

_HOMES = {
    "OPERATIONAL_ZEROS": "attainment",
    "aarr": "pace",
    "acceleration": "pace",
    "annual_change": "pace",
    "extrapolate": "pace",
    "probability_below": "attainment",
    "probability_of_decline": "attainment",
    "project": "projecting",
    "required_pace": "pace",
    "year_reached": "attainment",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
