"""Child labour and forced labour against SDG target 8.7, with the uncertainty carried all the way.

Names below load what they need when first used, so that ``import target87`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target87 import datasets as datasets
    from target87 import errors as errors
    from target87 import forecast as forecast
    from target87 import indicators as indicators
    from target87 import io as io
    from target87 import plots as plots
    from target87 import prevalence as prevalence
    from target87 import report as report
    from target87 import results as results
    from target87 import studies as studies
    from target87 import survey as survey
    from target87.results.assessment import Assessment as Assessment
    from target87.results.assessment_set import AssessmentSet as AssessmentSet
    from target87.results.estimates import Estimates as Estimates
    from target87.results.population import Population as Population
    from target87.results.posterior import Posterior as Posterior
    from target87.results.projection import Projection as Projection
    from target87.results.publication_rule import PublicationRule as PublicationRule
    from target87.studies.assess import assess as assess
    from target87.studies.assess import assess_all as assess_all
    from target87.survey.design import SurveyDesign as SurveyDesign
    from target87.survey.replicate_design import ReplicateDesign as ReplicateDesign

    __version__: str

# A public name and the module that holds it; the imports above say the same to type checkers.
_HOMES = {
    "Assessment": "target87.results.assessment",
    "AssessmentSet": "target87.results.assessment_set",
    "Estimates": "target87.results.estimates",
    "Population": "target87.results.population",
    "Posterior": "target87.results.posterior",
    "Projection": "target87.results.projection",
    "PublicationRule": "target87.results.publication_rule",
    "ReplicateDesign": "target87.survey.replicate_design",
    "SurveyDesign": "target87.survey.design",
    "assess": "target87.studies.assess",
    "assess_all": "target87.studies.assess",
    "datasets": "target87.datasets",
    "errors": "target87.errors",
    "forecast": "target87.forecast",
    "indicators": "target87.indicators",
    "io": "target87.io",
    "plots": "target87.plots",
    "prevalence": "target87.prevalence",
    "report": "target87.report",
    "results": "target87.results",
    "studies": "target87.studies",
    "survey": "target87.survey",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("target87")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    home = import_module(_HOMES[name])
    value = home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
