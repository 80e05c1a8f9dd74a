"""Designs no reference block covers, beside R's ``survey`` in the same run; skipped where R is not installed.

Oracle: whatever version of ``survey`` is installed (4.1-1 or later; in 4.1-1 "adjust" centred totals elsewhere, so
only means and ratios are compared under it). Tolerance 1e-9 relative: both compute the same closed forms in double
precision.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from target87.survey.design import SurveyDesign

RSCRIPT = shutil.which("Rscript")


def has_survey():
    done = subprocess.run([RSCRIPT, "-e", "library(survey)"], capture_output=True, check=False)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(
    RSCRIPT is None or not has_survey(), reason="R with the package survey is not installed"
)


@pytest.fixture(scope="module")
def data():
    """Three stages: districts in strata, villages in districts, households in villages, with populations at each."""
    rng = np.random.default_rng(87)
    rows = []
    for stratum in range(3):
        for district in range(rng.integers(2, 5)):
            for village in range(rng.integers(1, 4)):
                for household in range(rng.integers(2, 5)):
                    unit = (stratum, 10 * stratum + district, village, household)
                    rows += [unit] * int(rng.integers(1, 4))
    frame = pd.DataFrame(rows, columns=["stratum", "district", "village", "household"])
    n = len(frame)
    frame["districts"] = frame["stratum"].map({0: 9, 1: 12, 2: 20})
    frame["villages"] = 6 + frame["district"] % 4
    frame["households"] = 20 + 3 * frame["village"]
    frame["half"] = np.where(frame["village"] % 2 == 0, "even", "odd")
    frame["w"] = rng.uniform(20.0, 60.0, n)
    frame["y"] = rng.normal(10.0, 3.0, n) + frame["district"] / 5
    frame["x"] = rng.gamma(4.0, 1.0, n)
    frame["group"] = np.array(["a", "b", "c"])[rng.integers(0, 3, n)]
    return frame


def in_r(data, folder, design, *calls, options=""):
    """Estimates and standard errors that R gives for each call on the design."""
    data.to_csv(folder / "data.csv", index=False)
    script = f"""
suppressMessages(library(survey)); {options}
d <- read.csv("{folder / "data.csv"}", stringsAsFactors=TRUE)
design <- {design}
for (r in list({", ".join(calls)})) {{
  cat(sprintf("%.17g", as.numeric(coef(r))), "\\n"); cat(sprintf("%.17g", as.numeric(SE(r))), "\\n")
}}
"""
    done = subprocess.run([RSCRIPT, "-e", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [np.array(line.split(), dtype=float) for line in done.stdout.splitlines()]
    return list(zip(lines[::2], lines[1::2], strict=True))


def agree(ours, theirs):
    table = ours.to_dataframe()
    np.testing.assert_allclose(table["estimate"], theirs[0], rtol=1e-11)
    np.testing.assert_allclose(table["se"], theirs[1], rtol=1e-9)


CALLS = (
    "svymean(~y+x, design)",
    "svytotal(~y+x, design)",
    "svyratio(~y, ~x, design)",
    "svyby(~y, ~group, design, svymean)",
)


def compare(made, theirs):
    agree(made.mean(["y", "x"]), theirs[0])
    agree(made.total(["y", "x"]), theirs[1])
    agree(made.ratio("y", "x"), theirs[2])
    agree(made.mean("y", by="group", deff=False), theirs[3])


THREE = {"strata": "stratum", "psu": ["district", "village", "household"], "weights": "w"}
UNITS = "district+village+household"


def test_three_stages_with_populations_at_each(data, tmp_path):
    made = SurveyDesign(data, **THREE, fpc=["districts", "villages", "households"], lonely_psu="certainty")
    r = f"svydesign(~{UNITS}, strata=~stratum, weights=~w, fpc=~districts+villages+households, data=d)"
    compare(made, in_r(data, tmp_path, r, *CALLS, options='options(survey.lonely.psu="certainty")'))


@pytest.mark.parametrize("policy", ["certainty", "average", "adjust"])
def test_single_units_at_the_second_stage(data, tmp_path, policy):
    made = SurveyDesign(data, **THREE, fpc=["districts", "villages"], lonely_psu=policy)
    # R 4.1-1 wants a population at every stage: one so large that its fraction vanishes
    r = f"svydesign(~{UNITS}, strata=~stratum, weights=~w, fpc=~districts+villages+I(0*w+1e15), data=d)"
    theirs = in_r(data, tmp_path, r, CALLS[0], CALLS[2], options=f'options(survey.lonely.psu="{policy}")')
    agree(made.mean(["y", "x"]), theirs[0])
    agree(made.ratio("y", "x"), theirs[1])


def test_strata_within_the_second_stage(data, tmp_path):
    made = SurveyDesign(
        data,
        strata=["stratum", "half"],
        psu=["district", "village"],
        weights="w",
        fpc=["districts", "villages"],
        lonely_psu="certainty",
    )
    r = "svydesign(~district+village, strata=~stratum+half, weights=~w, fpc=~districts+villages, data=d)"
    compare(made, in_r(data, tmp_path, r, *CALLS, options='options(survey.lonely.psu="certainty")'))


def test_sampling_fractions_at_two_stages(data, tmp_path):
    data = data.assign(f1=0.2 + data["stratum"] / 10, f2=0.3)
    made = SurveyDesign(
        data, strata="stratum", psu=["district", "village"], weights="w", fpc=["f1", "f2"], lonely_psu="certainty"
    )
    r = "svydesign(~district+village, strata=~stratum, weights=~w, fpc=~f1+f2, data=d)"
    compare(made, in_r(data, tmp_path, r, *CALLS, options='options(survey.lonely.psu="certainty")'))


def test_a_break_is_seen(data, tmp_path):
    """The comparison fails when the populations of the first stage are forgotten."""
    made = SurveyDesign(data, **THREE, lonely_psu="certainty")
    r = f"svydesign(~{UNITS}, strata=~stratum, weights=~w, fpc=~districts+villages+households, data=d)"
    theirs = in_r(data, tmp_path, r, CALLS[0], options='options(survey.lonely.psu="certainty")')
    with pytest.raises(AssertionError):
        agree(made.mean(["y", "x"]), theirs[0])
