"""Replicate weights: jackknife, BRR, Fay, bootstraps, and their weighting anew, against R's survey 4.5.

Oracle: ``data/survey/expected.json``, computed with R 4.2.2 and survey 4.5 (which see for the calls, and
``data/survey/README.md`` for conventions). Every block is asserted at its own tolerance, mostly 1e-8.
"""

from __future__ import annotations

import pytest

from tests.reference.survey.calls import evaluate
from tests.reference.survey.compare import compare
from tests.reference.survey.data import blocks, names


@pytest.mark.parametrize("name", names("d"))
def test_block(name):
    compare(evaluate(blocks()[name]), blocks()[name])
