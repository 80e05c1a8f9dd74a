"""The synthetic survey drawn again and again: do the flags and the design give back the truth it was made with?

Full budget: 500 samples. The truth is counted over the population; that it is what the definition says is held in
``tests/datasets/test_synthetic.py`` by a plain count that uses nothing of the library's definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

import target87 as t87
from tests.statistical.coverage import band
from tests.statistical.populations import errors_apart
from tests.statistical.report import table
from tests.statistical.test_survey_truth import relative_bias

SEED = 2087
SIZES = {"full": 500, "short": 40}
LEVEL = 0.95
DOMAINS = ("sex", "age_band", "region")
ACTIVITIES = ["CL1A", "CL1B", "CL1C", "CL1X"]
SEXES, REGIONS = {1: "boy", 2: "girl"}, {1: "North", 2: "East", 3: "South", 4: "West", 5: "Centre"}
OTHERS = ("children_in_employment", "sdg_8_7_1_b", "mics6_with_hazard", "ilo_global")
MISREAD = {"missing read as no": -1, "missing read as yes": 1, "hours alone missing": -1}
"""Wrong ways with missing answers, and on which side of the truth they lead."""

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """What all samples said of one share, and its truth."""

    truth: float
    estimate: Array
    variance: Array
    low: Array
    high: Array

    @property
    def covered(self) -> int:
        """Intervals that hold the truth."""
        return int(((self.low <= self.truth) & (self.truth <= self.high)).sum())

    @property
    def bias(self) -> float:
        """Mean error."""
        return float(self.estimate.mean() - self.truth)

    @property
    def errors(self) -> float:
        """The bias in Monte Carlo errors."""
        return errors_apart(self.estimate, self.truth)


@pytest.fixture(scope="module")
def population():
    return t87.datasets.synthetic_population(rng=SEED)


@pytest.fixture(scope="module")
def drawn(population, budget):
    """Every share by its name, and what is known of the samples."""
    rows: dict[str, list[tuple[float, float, float, float]]] = {}
    samples = []
    for number in range(SIZES[budget]):
        survey = t87.datasets.synthetic_survey(population, rng=np.random.SeedSequence([SEED, number]))
        estimates = _estimates(survey, others=budget == "full")
        for name, row in estimates.items():
            rows.setdefault(name, []).append((row["estimate"], row["se"] ** 2, row["ci_lower"], row["ci_upper"]))
        whole = estimates["all"]
        weight = survey["weight"]
        samples.append((len(survey), whole["n"], whole["deff"], len(survey) * (weight**2).sum() / weight.sum() ** 2))
    truth = _truths()
    found = {name: Found(truth.get(name, truth["all"]), *np.array(values).T) for name, values in rows.items()}
    assert all(len(one.estimate) == SIZES[budget] for one in found.values())
    return found, pd.DataFrame(samples, columns=["rows", "flagged", "deff", "kish"])


@pytest.fixture(scope="module")
def found(drawn):
    return drawn[0]


def _estimates(survey: pd.DataFrame, *, others: bool) -> dict[str, pd.Series]:
    """Estimates of one sample: as it should be done, and as it should not."""
    hours_alone = survey.replace({name: {8: 2, 9: 2} for name in ACTIVITIES})
    flags = {
        "all": _flag(survey, "sdg_8_7_1_a", "omit"),
        "hours alone missing": _flag(hours_alone, "sdg_8_7_1_a", "omit"),
    }
    ends = t87.indicators.child_labour(survey, "sdg_8_7_1_a", missing="bounds").to_dataframe()
    for answer, end in (("no", "lower"), ("yes", "upper")):
        flags[f"missing read as {answer}"] = ends[f"child_labour_{end}"].astype("float64")
    flags |= {name: _flag(survey, name, "omit") for name in OTHERS if others}
    bands = pd.cut(survey["age"], [4, 11, 14, 17], labels=["5-11", "12-14", "15-17"]).astype(str)
    groups = {"sex": survey["sex"].map(SEXES), "region": survey["region"].map(REGIONS), "age_band": bands}
    data = survey.assign(one=1.0, **groups, **flags)
    design = t87.SurveyDesign(data, strata="stratum", psu="cluster", weights="weight")
    made = {name: _whole(design, name) for name in flags}
    made["unweighted"] = _whole(t87.SurveyDesign(data, strata="stratum", psu="cluster", weights="one"), "all")
    for by in DOMAINS:
        cells = design.proportion("all", by=by, missing="omit", deff=False).to_dataframe()
        made |= {f"{by} {row[by]}": row for _, row in cells.iterrows()}
    return made


def _flag(survey: pd.DataFrame, definition: str, missing: str) -> pd.Series:
    """The definition's own flag as a number, NaN where there is none."""
    flags = t87.indicators.child_labour(survey, definition, missing=missing)
    return flags.to_dataframe()[flags.definition.flag].astype("float64")


def _whole(design: t87.SurveyDesign, name: str) -> pd.Series:
    return design.proportion(name, missing="omit").to_dataframe().iloc[0]


def _truths() -> dict[str, float]:
    """Truth of every share by its name."""
    known = t87.datasets.synthetic_survey_truth
    truth = {"all": known()["prevalence"]["all"]}
    truth |= {name: known(name)["prevalence"]["all"] for name in OTHERS}
    for by in DOMAINS:
        truth |= {f"{by} {group}": value for group, value in known(by=by)["prevalence"].items()}
    return truth


def domains(found: dict[str, Found]) -> dict[str, Found]:
    return {name: one for name, one in found.items() if name.split(" ")[0] in DOMAINS}


def test_estimates_are_unbiased(found, budget):
    """Within three Monte Carlo errors of the truth; five under the short budget, and for domains, which are ten."""
    assert found["all"].errors < (3.0 if budget == "full" else 5.0)
    assert {name: one.errors for name, one in domains(found).items() if one.errors > 5.0} == {}


def test_intervals_hold_the_truth_as_often_as_they_say(found, budget):
    """Inside the central 99 % of the binomial law; the ten domains together inside theirs, at 0.1 % each."""
    low, high = band(SIZES[budget], LEVEL)
    assert low <= found["all"].covered <= high
    tail = 0.01 / (2 * len(domains(found)))
    least, most = binom.ppf([tail, 1 - tail], SIZES[budget], LEVEL)
    assert len(domains(found)) == 10
    assert {name: one.covered for name, one in domains(found).items() if not least <= one.covered <= most} == {}


def test_the_variance_is_that_of_the_estimates(found, budget):
    """At most 10 % off, chance apart: drawing 5 % of the clusters without replacement makes it too large by less."""
    bias, error = relative_bias(found["all"].estimate, found["all"].variance)
    assert abs(bias) < 0.10 + (2.0 if budget == "full" else 5.0) * error


def test_leaving_out_the_weights_is_seen(found):
    """Children of large households work more and are drawn less often: several standard errors too low, always."""
    one = found["unweighted"]
    assert one.bias < -3.0 * np.sqrt(one.variance.mean())
    assert one.covered <= 0.05 * one.estimate.size


@pytest.mark.parametrize("name", MISREAD)
def test_missing_answers_misread_are_seen(found, name, budget):
    """Read as "no" or "yes", and left out of those at work alone, as a file would that lacks nothing but hours."""
    one, side = found[name], MISREAD[name]
    assert side * one.bias > 0.0
    assert one.errors > (5.0 if budget == "full" else 2.0)
    assert side * (one.estimate - found["all"].estimate).mean() > 0.002


def test_other_definitions_are_biased_by_little(found, budget):
    """Where chores or hazards decide, who has no flag is not quite a matter of chance: by under a third of an error."""
    if budget == "short":
        pytest.skip("other definitions are estimated under the full budget")
    assert found["children_in_employment"].errors < 3.0
    for name in OTHERS:
        assert abs(found[name].bias) < np.sqrt(found[name].variance.mean()) / 3.0, name


def test_design_is_that_of_a_household_survey(drawn):
    """Clustered and weighted: the design effect is between two and three, the weights' part of it under half."""
    samples = drawn[1]
    assert samples["rows"].between(6_000, 7_500).all()
    assert 2.0 < samples["deff"].mean() < 3.0
    assert 1.2 < samples["kish"].mean() < 1.6
    assert (1.0 - samples["flagged"] / samples["rows"]).mean() == pytest.approx(0.05, abs=0.002)


def test_what_was_found_is_written(drawn, write_down, budget):
    found, samples = drawn
    low, high = band(SIZES[budget], LEVEL)
    rows = []
    for name, one in found.items():
        bias = f"{100 * one.bias:+.2f} ({one.errors:.1f})"
        error = f"{100 * np.sqrt(one.variance.mean()):.2f}"
        held = f"{one.covered} ({100 * one.covered / SIZES[budget]:.1f} %)"
        shown = f"`{name}`" if name in OTHERS else name.replace("_", " ")
        rows.append([shown, f"{100 * one.truth:.2f}", bias, error, held])
    relative, chance = relative_bias(found["all"].estimate, found["all"].variance)
    mean = samples.mean()
    text = [
        f"{SIZES[budget]:,} samples of {mean['rows']:,.0f} children on average; design effect {mean['deff']:.1f}, of",
        f"which unequal weights {mean['kish']:.2f}; {100 * (1 - mean['flagged'] / mean['rows']):.1f} % without a flag.",
        'Child labour by `sdg_8_7_1_a` with `missing="omit"`, in per cent, unless another definition or a misuse is',
        f"named. Intervals at 95 % ought to hold the truth in {low} to {high} samples (central 99 % of the binomial",
        "law).",
        f"The variance of the whole is off by {100 * relative:+.1f} % (Monte Carlo error {100 * chance:.1f}).",
        "",
        table(["share", "truth", "bias (in Monte Carlo errors)", "standard error", "intervals that hold it"], rows),
        "",
        '*missing read as no* and *as yes* are the two ends of `missing="bounds"`. *hours alone missing* leaves out',
        "children at work without hours while all others are known not to work, as in a file that lacks nothing but",
        "hours: leaving out is no remedy then, since only those at work can be left out.",
    ]
    write_down("indicators", "calibration", "The synthetic survey, drawn again", "\n".join(text), seed=SEED)
    assert {*MISREAD, "all", "unweighted"} <= set(found)
