"""What an answer is repeated under, what must have converged for it, and what its parts say of the world."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from target87 import cli
from target87.errors import UnconvergedError
from target87.prevalence.priors import prior_for
from target87.studies import assess as study
from target87.studies import questions
from target87.studies.assess import assess, assess_all
from target87.studies.parts import beside_parts

ASKED = [
    ("child_labour", "world"),
    ("hazardous_work", "world"),
    ("forced_labour", "world"),
    ("forced_labour", "Africa"),
]
WITHOUT_CHECK = {"draws": 400, "check": False}


def models(name, area="world", *, full=True):
    return study._Plan(questions.ask(name, area), full=full).models()


@pytest.fixture(scope="module")
def child():
    return assess("child_labour", **WITHOUT_CHECK)


# What it is repeated under


@pytest.mark.parametrize(("name", "area"), ASKED)
def test_error_halved_and_doubled_are_half_and_twice_the_stated_median(name, area):
    found = models(name, area, full=True)
    stated = prior_for(name, "world" if area == "world" else "region_ilo")
    assert found["stated priors"].priors == stated
    for variant, factor in (("assumed error halved", 0.5), ("assumed error doubled", 2.0)):
        prior = found[variant].priors
        assert prior.error == pytest.approx(factor * stated.error, rel=1e-15)
        # nothing else moves, and the model that is sampled has that median
        assert replace(prior, error=stated.error) == stated
        assert np.exp(found[variant].problem().location[0]) == pytest.approx(factor * stated.error)


def test_a_decline_told_from_two_figures_is_repeated_under_the_error_alone():
    assert list(models("forced_labour", "Africa", full=False)) == [
        "stated priors",
        "assumed error halved",
        "assumed error doubled",
    ]


@pytest.mark.parametrize("area", ["Africa", "Sub-Saharan Africa"])
def test_a_group_far_from_a_threshold_is_answered_once(area):
    """That it is not repeated is said beneath its table."""
    assert list(models("child_labour", area, full=False)) == ["stated priors"]
    assert len(models("child_labour", area)) > 3


def test_no_assumption_is_tried_that_the_model_has_not():
    """Both figures of a region are from surveys: no change of method, no minimum of 2005."""
    absent = {"changes of method twice as uncertain", "2005 not taken for a minimum"}
    assert not absent & set(models("forced_labour", "Americas"))
    assert absent <= set(models("forced_labour"))
    assert absent & set(models("child_labour")) == {"changes of method twice as uncertain"}


@pytest.mark.parametrize(("name", "area"), ASKED)
def test_no_assumption_gives_the_problem_of_another(name, area):
    """Two variants of one record with the same numbers would be one, printed twice."""
    problems = [(one.series.years, repr(one.problem())) for one in models(name, area).values()]
    assert len(set(problems)) == len(problems)


# What must have converged


def test_every_reported_quantity_is_checked(child):
    checked = set(child.diagnostics.index)
    assert {f"rate {year}" for year in range(2000, 2061)} <= checked
    assert set(child.posterior.parameters) <= checked
    for limit in ("1 %", "0.5 %", "0.1 %"):
        assert f"year below {limit}" in checked
        for window in ("2000-2024", "2020-2024"):
            assert f"pace {window}" in checked
            for target in (2025, 2030):
                assert f"observed {window} over needed pace to {limit} by {target}" in checked
    factors = {(row["threshold"], row["window_start"], row["target_year"]) for _, row in child.acceleration.iterrows()}
    assert len(factors) == sum("over needed pace" in name for name in checked) == 12


def test_quantities_of_every_variant_are_checked(child):
    checked = set(child.diagnostics.index)
    tried = [name for name in dict.fromkeys(child.sensitivity["assumption"]) if name != "stated priors"]
    assert {"assumed error halved", "assumed error doubled", "2024 withheld"} <= set(tried)
    for name in tried:
        assert f"{name}: rate 2025" in checked
        assert {f"{name}: {one}" for one in ("relative_error", "pace_memory", "long_run_pace")} <= checked


def test_a_decline_has_its_ratios_checked():
    forced = assess("forced_labour", area="Africa", **WITHOUT_CHECK)
    assert {"rate 2030 over 2021", "rate 2030 over 2016"} <= set(forced.diagnostics.index)


def stuck(posterior):
    """The same posterior with half its chains somewhere else."""
    error = posterior.parameters["relative_error"]
    apart = np.where(np.arange(error.sizes["chain"]) < 4, 1.0, 0.0)[:, None]
    parameters = posterior.parameters.assign(relative_error=error + apart)
    return replace(posterior, parameters=parameters)


@pytest.mark.parametrize("variant", ["assumed error halved", "assumed error doubled"])
def test_a_variant_that_has_not_converged_stops_the_answer(variant, monkeypatch, capsys):
    real = study.posterior_of

    def posterior_of(model, z, *, root):
        found = real(model, z, root=root)
        return stuck(found) if model.variant == variant else found

    monkeypatch.setattr(study, "posterior_of", posterior_of)
    with pytest.raises(UnconvergedError, match=f"{variant}: relative_error"):
        assess("forced_labour", area="Africa")
    assert cli.main(["assess", "--indicator", "forced_labour", "--area", "Africa"]) == 3
    assert capsys.readouterr().out == ""


# The same with help


def test_an_executor_changes_nothing():
    alone = assess_all("hazardous_work", groups=False, **WITHOUT_CHECK)
    with ThreadPoolExecutor(1) as executor:
        helped = assess_all("hazardous_work", groups=False, executor=executor, **WITHOUT_CHECK)
    assert helped.to_json() == alone.to_json()


class Never(Executor):
    """Takes work and never begins it."""

    def submit(self, function, /, *arguments, **options):
        return Future()


def test_what_an_executor_never_begins_is_done_here():
    assert study._done([lambda: 1, lambda: 2, lambda: 3], [1, 3, 2], Never()) == [1, 2, 3]


def test_an_error_there_is_an_error_here_and_nothing_more_is_begun():
    begun = []

    def fail():
        raise UnconvergedError("not converged")

    with ThreadPoolExecutor(1) as executor, pytest.raises(UnconvergedError):
        study._done([fail, *[lambda: begun.append(1)] * 3], [9, 1, 1, 1], executor)
    with pytest.raises(UnconvergedError):
        study._done([fail, lambda: begun.append(2)], [9, 1], Never())
    assert 2 not in begun


def test_the_world_alone_has_no_groups():
    found = assess_all("hazardous_work", groups=False, **WITHOUT_CHECK)
    assert (len(found.main), found.breakdowns, found.declined) == (1, (), ())


# The world beside its parts


def parts(**added):
    rows = [{"year": int(year[1:]), "Africa": 1e6 * one, "three regions": 1e6 * one} for year, one in added.items()]
    return pd.DataFrame(rows).assign(World=[1.39e8, 1.34e8, 1.11e8][: len(rows)])


def test_parts_that_exceed_the_world_are_said_beside_its_number(child):
    notes = beside_parts(child, parts(y2024=124, y2025=121.3, y2030=112)).level_notes
    assert len(notes) == 2
    assert "in 2025" in notes[0]
    assert "leaves 12.7 million for all others (15.0 million in 2024)" in notes[0]
    assert "The number for 2030 disagrees with the sum of its parts" in notes[1]
    assert "1.0 million more than this path gives the whole world (111 million)" in notes[1]
    assert "it would be 127 million" in notes[1]
    said = replace(child, level_notes=notes).sentences()
    place = next(number for number, text in enumerate(said) if text.startswith("In 2030 the rate"))
    assert said[place + 1 : place + 3] == notes


def test_parts_that_leave_far_less_than_before_disagree_too(child):
    notes = beside_parts(child, parts(y2024=124, y2025=121.3, y2030=108)).level_notes
    assert "which leaves only 3.0 million of this path's 111 million" in notes[1]


def test_parts_that_leave_enough_do_not_disagree(child):
    notes = beside_parts(child, parts(y2024=124, y2025=121.3, y2030=100)).level_notes
    assert not any("disagrees" in note for note in notes)


def test_without_parts_the_doubt_is_still_said(child):
    assert beside_parts(child, pd.DataFrame()) is child
    assert "cannot see that regions with slow progress" in child.level_notes[-1]
    assert "ten years" not in " ".join(child.sentences())


# What the record alone would not say


def test_a_published_stall_is_not_taken_for_established(child):
    note = next(one for one in child.notes if "did not fall" in one)
    rate = child.draws["rate"]
    fell = float((rate.sel(year=2020) < rate.sel(year=2016)).mean())
    assert note.startswith("The published rate did not fall from 2016 (9.6 %) to 2020 (9.6 %).")
    assert "does not take that stall as established" in note
    assert f"probability {fell:.2f}" in note
    assert fell > 0.5


def test_a_hindcast_outside_its_interval_is_said_beside_the_medians(child):
    hazardous = assess("hazardous_work", **WITHOUT_CHECK)
    assert hazardous.hindcast.published < hazardous.hindcast.lower_80
    assert hazardous.level_notes[0].startswith("Take these medians with reserve: the last figure (3.1 % in 2024)")
    assert child.hindcast.lower_80 < child.hindcast.published < child.hindcast.upper_80
    assert not any("reserve" in note for note in child.level_notes)
