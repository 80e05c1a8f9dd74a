"""The reference blocks themselves: all are asserted, a slip in any part is noticed, and the data are as they came."""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.reference.survey.calls import recognised
from tests.reference.survey.compare import agree, compare
from tests.reference.survey.data import FOLDER, LATER_BLOCKS, belongs_here, blocks, every_block, names, numbers
from tests.reference.survey.designs import known
from tests.reference.test_survey_designs import ERRORS

ORIGINAL = Path(__file__).parents[3] / "shared" / "golden" / "survey"


def test_every_block_is_asserted_or_belongs_to_a_later_issue():
    asserted = [name for group in "abcd" for name in names(group)]
    assert len(asserted) == len(set(asserted)) == 1073
    later = Counter(block["group"] for block in every_block() if not belongs_here(block))
    assert later == {"e test": 97, "e model": 38, "d replicates": len(LATER_BLOCKS)}
    assert len(asserted) + sum(later.values()) == len(every_block()) == 1210


def test_every_design_and_call_is_known():
    assert [name for name, block in blocks().items() if not known(block["design_name"])] == []
    assert [name for name, block in blocks().items() if name not in ERRORS and not recognised(block)] == []


def test_no_block_is_skipped_or_expected_to_fail():
    for module in ("designs", "estimates", "weighting", "replicates"):
        source = Path(__file__).with_name(f"test_survey_{module}.py").read_text(encoding="utf-8")
        assert "xfail" not in source
        assert "skip" not in source


NUMBERS = ("estimate", "se", "vcov", "deff", "ci_normal95", "ci_t_degf95", "table", "values", "ci", "var", "quantiles")
EXAMPLES = (
    "a.dsrs.mean",
    "a.dstrat.factortot",
    "b.dclus1.by.mean1",
    "b.dclus2.quantile.mean",
    "b.dclus2.ciprop.likelihood.ell0",
    "c.dclus1_ps.weights",
    "c.dclus1_lin.factor",
    "d.jkn_scd.mean",
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_slip_is_noticed(name):
    block = blocks()[name]
    compare(own_result(block), block)
    for key in set(NUMBERS) & set(block["result"]):
        got = own_result(block)
        if largest(got[key]) == 0.0:  # nothing to be off by
            continue
        largest(got[key], times=1 + 3 * block["rtol"])
        with pytest.raises(AssertionError):
            compare(got, block)


def largest(values, times=1.0):
    """Multiply the largest value of an array, or of the first table of quantiles."""
    array = next(iter(values.values()))["values"] if isinstance(values, dict) else values
    size = np.where(np.isfinite(array), np.abs(array), 0.0)
    array.flat[size.argmax()] *= times
    return size.max()


def own_result(block):
    """R's own numbers as a result to compare."""
    got = copy.deepcopy(block["result"])
    for key in NUMBERS:
        if key == "quantiles" and key in got:
            for table in got[key].values():
                table["values"] = numbers(table["values"])
        elif key in got:
            got[key] = numbers(got[key])
    if "columns" in got:
        got["columns"] = got["columns"][:1]
    if "exact_ci" in block:
        got["ci"] = numbers([block["exact_ci"]])
    return got


def test_zero_in_theory_is_no_licence():
    block = {"result": {"estimate": [100.0], "se": [0.0], "vcov": [[0.0]]}, "rtol": 1e-8}
    compare({"estimate": [100.0], "se": [9e-6], "vcov": [[8e-11]]}, block)
    with pytest.raises(AssertionError):
        compare({"estimate": [100.0], "se": [2e-5], "vcov": [[0.0]]}, block)
    with pytest.raises(AssertionError):
        compare({"estimate": [100.0], "se": [0.0], "vcov": [[2e-10]]}, block)


@pytest.mark.parametrize(
    "got", [[1.0, 2.0], [float("nan"), 1.0, 2.0], [1.0, float("inf"), 2.0], [1.0, float("nan"), 3.0]]
)
def test_missing_infinite_and_misshapen_values_are_noticed(got):
    with pytest.raises(AssertionError):
        agree("toy", got, [1.0, None, 2.0], 1e-8)
    agree("toy", [1.0, float("nan"), float("inf")], [1.0, None, "inf"], 1e-8)


def test_the_data_are_as_they_came():
    if not ORIGINAL.is_dir():
        pytest.skip("the original files are not beside this clone")
    kept = {path.name for path in FOLDER.iterdir()} - {"README.md"}
    assert kept == {path.name for path in ORIGINAL.iterdir()} - {"README.md"}
    assert [name for name in sorted(kept) if (FOLDER / name).read_bytes() != (ORIGINAL / name).read_bytes()] == []
