"""Microdata to direct estimates: designs, weighting, replication, estimation, intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.survey.design import SurveyDesign as SurveyDesign
    from target87.survey.replicate_design import ReplicateDesign as ReplicateDesign
    from target87.survey.summary import DesignSummary as DesignSummary

_HOMES = {
    "DesignSummary": "summary",
    "ReplicateDesign": "replicate_design",
    "SurveyDesign": "design",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
