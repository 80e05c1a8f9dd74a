"""Microdata to direct estimates: designs, weighting, replication, estimation, intervals."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
