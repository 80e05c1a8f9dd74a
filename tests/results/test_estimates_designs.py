"""Estimates as designs give them: rules, surveys and names go through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87 import Estimates, PublicationRule, SurveyDesign
from target87.errors import InputError, UnknownNameError


def design(survey: str | None = None, rows: int = 240, **declared: Any) -> SurveyDesign:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"region": rng.choice(["North", "South"], rows), "sex": rng.choice(["boy", "girl"], rows)})
    frame["cluster"], frame["weight"] = np.arange(rows) % 24, rng.uniform(100.0, 900.0, rows)
    frame["child_labour"], frame["hours"] = rng.random(rows) < 0.3, rng.gamma(2.0, 6.0, rows)
    return SurveyDesign(frame, **({"psu": "cluster", "weights": "weight", "survey": survey} | declared))


ESTIMANDS = {
    "mean": lambda own, **rule: own.mean("hours", **rule),
    "proportion": lambda own, **rule: own.proportion("child_labour", **rule),
    "rate": lambda own, **rule: own.rate_per_thousand("child_labour", **rule),
    "total": lambda own, **rule: own.total("hours", **rule),
    "ratio": lambda own, **rule: own.ratio("hours", "weight", **rule),
}


@pytest.mark.parametrize("name", ESTIMANDS)
def test_rule_means_the_same_for_every_estimand(name):
    estimate, own = ESTIMANDS[name], design()
    assert estimate(own, rule=None).attributes["rule"] is None
    assert estimate(own, rule=None).to_dataframe()["quality"].tolist() == ["unassessed"]
    default = estimate(own)
    assert default.attributes["rule"] is not None
    assert estimate(own, rule="default").attributes["rule"] == default.attributes["rule"]
    assert estimate(own, rule=None).with_rule().attributes["rule"] == default.attributes["rule"]
    named = estimate(own, rule="statistics_canada_cv").attributes["rule"]
    assert named == PublicationRule.statistics_canada_cv().to_dict()
    with pytest.raises(UnknownNameError, match="nchs_proportions, statistics_canada_cv"):
        estimate(own, rule="nchs")


def test_estimands_without_the_keyword_are_judged_by_default():
    standard = design().standardised_mean("hours", over="sex", standard={"boy": 1, "girl": 1})
    for one in (design().variance("hours"), design().quantile("hours"), standard):
        assert one.attributes["rule"]["name"] == "Statistics Canada guidelines by CV"


def test_labels_of_domains_are_enough_for_a_contrast():
    rates = design().proportion("child_labour", by=["region", "sex"])
    gap = rates.contrast({"N": {("North", "boy"): 1, ("North", "girl"): -1}})
    wanted = rates.contrast({"N": [1, -1, 0, 0]})
    assert gap.data["se"].item() == wanted.data["se"].item()


@pytest.mark.parametrize("survey", ["MICS 2023", None])
def test_replicates_of_a_sample_are_no_other_survey(survey):
    own = design(survey)
    made = own.to_replicates("JK1")
    for other in (made, own.rake({"sex": {"boy": 60000.0, "girl": 60000.0}}), made.subset("child_labour")):
        parts = [own.mean("hours", by="sex"), other.mean("child_labour", by="sex")]
        with pytest.raises(InputError, match="estimates of one survey come in several parts"):
            Estimates.concat(parts)
        unknown = Estimates.concat(parts, same_survey="unknown").covariance(unknown="missing").to_numpy()
        assert np.isnan(unknown[:2, 2:]).all()


def test_a_survey_without_a_name_may_be_any_other():
    named, other = design("MICS 2023").mean("hours"), design("MICS 2019").mean("child_labour")
    unnamed = design().total("child_labour")
    declared = design(psu=None).quantile("hours")
    for parts in ([named, unnamed], [unnamed, other], [unnamed, declared], [named, other, unnamed]):
        with pytest.raises(InputError, match="cannot be told") as caught:
            Estimates.concat(parts)
        assert "name the surveys (survey=)" in caught.value.remedies[0]
        assert caught.value.examples[0].startswith("'unnamed survey of 240 rows")
    left = Estimates.concat([named, unnamed, declared], same_survey="unknown").covariance(unknown="missing")
    assert np.isnan(left.to_numpy()[~np.eye(3, dtype=bool)]).all()
    apart = Estimates.concat([named, unnamed], same_survey="independent").covariance().to_numpy()
    assert apart[0, 1] == 0.0
    assert Estimates.concat([named, other]).has_covariance
    assert Estimates.concat([unnamed]).has_covariance
