"""The nouns that flow along the chain, and what is theirs by nature."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target87.results.assessment import Assessment as Assessment
    from target87.results.assessment_set import AssessmentSet as AssessmentSet
    from target87.results.estimates import Estimates as Estimates
    from target87.results.population import Population as Population
    from target87.results.posterior import Posterior as Posterior
    from target87.results.probability import Probability as Probability
    from target87.results.projection import Projection as Projection
    from target87.results.publication_rule import PublicationRule as PublicationRule
    from target87.results.schema import answer_schema as answer_schema

_HOMES = {
    "Assessment": "assessment",
    "AssessmentSet": "assessment_set",
    "Estimates": "estimates",
    "Population": "population",
    "Posterior": "posterior",
    "Probability": "probability",
    "Projection": "projection",
    "PublicationRule": "publication_rule",
    "answer_schema": "schema",
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
