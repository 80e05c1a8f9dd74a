"""Designs, their basic estimates, and strata with one sampling unit, against R's survey 4.5.

Oracle: ``data/survey/expected.json``, computed with R 4.2.2 and survey 4.5 (which see for the calls, and
``data/survey/README.md`` for conventions). Every block is asserted at its own tolerance, mostly 1e-8.
"""

from __future__ import annotations

import pytest

import target87 as t87
from target87.errors import DataError
from tests.reference.survey.calls import evaluate
from tests.reference.survey.compare import compare
from tests.reference.survey.data import blocks, frame, names
from tests.reference.survey.designs import lonely

ERRORS = ("a.lonely.fail", "a.nested.error")  # blocks that hold an error of R's


@pytest.mark.parametrize("name", [name for name in names("a") if name not in ERRORS])
def test_block(name):
    compare(evaluate(blocks()[name]), blocks()[name])


def test_single_unit_strata_are_an_error_that_names_them():
    assert "Stratum (3) has only one PSU" in blocks()["a.lonely.fail"]["result"]["text"][0]
    with pytest.raises(DataError, match="lonely_psu") as caught:
        lonely(lonely_psu="error").mean("y")
    assert caught.value.count == 2
    assert [str(one).split()[-1].strip("'") for one in caught.value.examples] == ["3", "5"]
    assert any("survey.lonely.psu" in remedy for remedy in caught.value.remedies)


def test_units_in_two_strata_are_an_error_that_names_them():
    assert "Clusters not nested in strata" in blocks()["a.nested.error"]["result"]["text"][0]
    with pytest.raises(DataError, match="more than one stratum") as caught:
        t87.SurveyDesign(frame("lonely"), psu="psu", strata="stratum", weights="w")
    assert caught.value.count == 2  # unit 3 lies in one stratum only
    assert [str(one) for one in caught.value.examples] == ["1", "2"]
    assert any("nest=TRUE" in remedy for remedy in caught.value.remedies)
