"""Answers for all tests of figures: few draws, as nothing here depends on their number."""

from __future__ import annotations

import pytest

from target87.results.assessment import Assessment
from target87.studies.assess import assess


@pytest.fixture(scope="session")
def children() -> Assessment:
    return assess("child_labour", draws=400, check=False)


@pytest.fixture(scope="session")
def africa() -> Assessment:
    return assess("child_labour", area="Africa", draws=400, check=False)


@pytest.fixture(scope="session")
def forced() -> Assessment:
    return assess("forced_labour", draws=400, check=False)
