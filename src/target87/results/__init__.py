"""The nouns that flow along the chain, and what is theirs by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

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
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
