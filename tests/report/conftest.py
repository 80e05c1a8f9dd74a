"""One small set of answers for all tests of the reports: few draws, as nothing here depends on their number."""

from __future__ import annotations

import pandas as pd
import pytest

from target87.results.assessment_set import AssessmentSet
from target87.studies.assess import assess
from target87.studies.published import published_projections_table


@pytest.fixture(scope="session")
def answers() -> AssessmentSet:
    ask = {"draws": 400, "check": False}
    return AssessmentSet(
        main=(assess("child_labour", **ask), assess("forced_labour", **ask)),
        breakdowns=(assess("child_labour", area="Africa", **ask), assess("forced_labour", area="Africa", **ask)),
        declined=(("forced_labour", "age", "18+", "1 published figure <b>only</b>"),),
        published=published_projections_table(),
        parts=pd.DataFrame(
            {
                "year": [2025, 2030],
                "Asia and the Pacific": [3.2e7, 2.2e7],
                "Sub-Saharan Africa": [9e7, 9e7],
                "three regions": [1.22e8, 1.12e8],
                "World": [1.34e8, 1.11e8],
            }
        ),
    )
