"""Published figures, country surveys, populations and areas, each with its source; and a synthetic survey.

Names load what they need when first used. Every frame carries in its ``attrs`` the units of its columns, where it comes
from, and the version of its schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.datasets.estimates import global_estimates as global_estimates
    from target87.datasets.estimates import historical as historical
    from target87.datasets.estimates import published_projections as published_projections
    from target87.datasets.estimates import verified_cases as verified_cases
    from target87.datasets.places import areas as areas
    from target87.datasets.places import region_membership as region_membership
    from target87.datasets.populations import population as population
    from target87.datasets.provenance import catalog as catalog
    from target87.datasets.provenance import sources as sources
    from target87.datasets.surveys import country_surveys as country_surveys
    from target87.datasets.surveys import series as series
    from target87.datasets.synthetic.population import SyntheticPopulation as SyntheticPopulation
    from target87.datasets.synthetic.population import synthetic_population as synthetic_population
    from target87.datasets.synthetic.sampling import synthetic_survey as synthetic_survey
    from target87.datasets.synthetic.shipped import synthetic_survey_path as synthetic_survey_path
    from target87.datasets.synthetic.shipped import synthetic_survey_truth as synthetic_survey_truth
    from target87.datasets.tables import TABLES as TABLES
    from target87.datasets.validation import SchemaError as SchemaError
    from target87.datasets.validation import validate as validate

_HOMES = {
    "TABLES": "tables",
    "SchemaError": "validation",
    "SyntheticPopulation": "synthetic.population",
    "areas": "places",
    "catalog": "provenance",
    "country_surveys": "surveys",
    "global_estimates": "estimates",
    "historical": "estimates",
    "population": "populations",
    "published_projections": "estimates",
    "region_membership": "places",
    "series": "surveys",
    "sources": "provenance",
    "synthetic_population": "synthetic.population",
    "synthetic_survey": "synthetic.sampling",
    "synthetic_survey_path": "synthetic.shipped",
    "synthetic_survey_truth": "synthetic.shipped",
    "validate": "validation",
    "verified_cases": "estimates",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
