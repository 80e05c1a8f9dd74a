"""The synthetic survey: the file is what its seed makes, its truth a plain count, its shape that of a survey."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import target87 as t87
from target87 import datasets
from target87.datasets.synthetic.missing import with_missing_codes
from target87.datasets.synthetic.sampling import draw_clusters
from target87.errors import InputError, UnknownNameError

ROOT = Path(__file__).parents[2]
PATH = datasets.synthetic_survey_path()
ACCOUNT = json.loads(PATH.with_suffix(".json").read_text(encoding="utf-8"))
COLUMNS = [
    *("cluster", "household", "stratum", "region", "residence", "weight", "household_weight", "eligible_children"),
    *("sex", "age", "school", "CL1A", "CL1B", "CL1C", "CL1X", "CL3", "CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D"),
    *("CL6E", "CL6X", "CL7", "CL8", "CL9", "CL10", "CL11A", "CL11B", "CL11C", "CL11D", "CL11E", "CL11F", "CL11X"),
    *("CL13", "industry", "occupation", "status", "night", "result"),
]
ACTIVITIES = [name for name in COLUMNS if name.startswith("CL1") and name[3:] in ("A", "B", "C", "X")]
TASKS = [name for name in COLUMNS if name.startswith("CL11")]
HAZARDS = [name for name in COLUMNS if name in ("CL4", "CL5") or name.startswith("CL6")]
HOURS = ["CL3", "CL8", "CL10", "CL13"]


@pytest.fixture(scope="module")
def population():
    return datasets.synthetic_population(rng=ACCOUNT["seed"])


@pytest.fixture(scope="module")
def complete(population):
    """Answers of all children, nothing missing."""
    return population.frame()


@pytest.fixture(scope="module")
def coded():
    """The shipped file, missing codes as they stand."""
    return pyreadstat.read_sav(PATH, user_missing=True)


# the file


def test_the_file_is_what_its_seed_makes(population, coded):
    made = datasets.synthetic_survey(population, rng=ACCOUNT["seed"])
    pd.testing.assert_frame_equal(coded[0], made, rtol=1e-12, atol=0.0)
    assert len(made) == ACCOUNT["rows"]
    counted = {"clusters": population.clusters, "households": population.households, "children": population.n}
    assert ACCOUNT["population"] == counted


def test_the_account_is_of_this_file():
    assert hashlib.sha256(PATH.read_bytes()).hexdigest() == ACCOUNT["sha256"]
    assert PATH.stat().st_size < 700_000


def test_it_has_the_columns_of_a_survey_of_children(coded):
    frame = coded[0]
    assert frame.columns.tolist() == COLUMNS
    assert 6_000 <= len(frame) <= 10_000
    assert frame["age"].between(5, 17).all()
    assert (frame["result"] == 1).all()
    assert not frame.duplicated(["cluster", "household"]).any()
    assert frame.groupby("cluster")["stratum"].nunique().max() == 1
    assert frame.groupby("cluster").size().max() <= 24
    assert frame["stratum"].nunique() == 10


def test_it_says_everywhere_that_it_is_synthetic(coded):
    meta = coded[1]
    assert "SYNTHETIC" in meta.file_label
    assert any("Synthetic" in note for note in meta.notes)
    assert all(label.endswith("(synthetic)") for label in meta.column_labels)
    assert ACCOUNT["synthetic"] is True
    assert ACCOUNT["statement"].startswith("Synthetic")
    assert datasets.synthetic_survey_truth().attrs["statement"] == ACCOUNT["statement"]
    assert "Synthetic" in (ROOT / "docs" / "synthetic_survey.md").read_text(encoding="utf-8").split("\n\n")[1]


def test_every_code_of_a_labelled_column_has_a_label(coded):
    frame, meta = coded
    for name, labels in meta.variable_value_labels.items():
        values = set(frame[name].dropna()) - (set(range(97)) if name in HOURS else set())
        assert values <= set(labels), name


def test_missing_codes_are_declared_and_read_as_missing(coded):
    frame, meta = coded
    plain, _ = pyreadstat.read_sav(PATH)
    hours = [{"lo": float(code), "hi": float(code)} for code in (97, 98, 99)]
    assert all(meta.missing_ranges[name] == hours for name in HOURS)
    for name in [*ACTIVITIES, *HAZARDS, *TASKS, "CL7", "CL9"]:
        assert frame[name].isin([1, 2, 8, 9]).sum() + frame[name].isna().sum() == len(frame)
        assert plain[name].isin([1, 2]).sum() + plain[name].isna().sum() == len(frame)
    for name in HOURS:
        assert frame[name].isin([98, 99]).any()
        assert plain[name].max() <= 84


def test_questions_are_asked_where_the_filter_says(coded):
    frame = coded[0]
    works = (frame[ACTIVITIES] == 1).any(axis=1)
    for name in ["CL3", *HAZARDS, "status", "night"]:
        assert (frame[name].notna() == works).all(), name
    for name in ("industry", "occupation"):  # blank too where nothing is known of the work
        assert not frame.loc[~works, name].notna().any()
        assert frame.loc[works, name].notna().mean() > 0.9
    assert (frame["CL8"].notna() == (frame["CL7"] == 1)).all()
    assert (frame["CL10"].notna() == (frame["CL9"] == 1)).all()
    assert (frame["CL13"].notna() == (frame[TASKS] == 1).any(axis=1)).all()


def test_paid_work_has_hours(complete):
    assert (complete.loc[complete["CL1X"] == 1, "CL3"] >= 1).all()
    assert (complete["CL3"] == 0).any()


def test_flags_of_the_file_are_those_of_its_rows(coded):
    """Read by the library with its declared missing codes, and as plain numbers: the same children, left out alike."""
    read = t87.io.read(PATH)
    for name in ("sdg_8_7_1_a", "sdg_8_7_1_b", "ilo_global"):
        flags = [t87.indicators.child_labour(data, name, missing="omit")["child_labour"] for data in (read, coded[0])]
        assert flags[0].tolist() == flags[1].tolist()
        assert 0.03 < flags[0].isna().mean() < 0.07


# weights


def test_the_weight_is_the_households_times_its_children_times_an_adjustment_of_the_stratum(coded):
    frame = coded[0]
    factor = frame["weight"] / (frame["household_weight"] * frame["eligible_children"])
    bounds = factor.groupby(frame["stratum"]).agg(["min", "max"])
    assert (bounds["max"] / bounds["min"] - 1).max() < 1e-5
    assert bounds["min"].between(1.0, 1.15).all()


def test_weights_add_up_to_the_population_over_many_samples(population, complete):
    """Children in all, and by region, within four Monte Carlo errors of what is there (Horvitz and Thompson 1952)."""
    sums = []
    for number in range(40):
        survey = datasets.synthetic_survey(population, rng=number)
        by_region = survey.groupby("region")["weight"].sum()
        sums.append([by_region.sum(), *by_region])
    there = [population.n, *complete["region"].value_counts().sort_index()]
    off = (np.mean(sums, axis=0) - there) / (np.std(sums, axis=0, ddof=1) / np.sqrt(len(sums)))
    assert np.abs(off).max() < 4.0


def test_clusters_are_drawn_by_size(population):
    """The chance of a cluster is its share of the size of its stratum; drawn that often, none twice in a sample."""
    total = np.bincount(population.stratum, population.size)
    sampled = np.array([32, 64, 34, 58, 30, 54, 30, 44, 54, 40])
    chance = sampled[population.stratum] * population.size / total[population.stratum]
    drawn = np.zeros(population.clusters)
    for number in range(200):
        taken, own = draw_clusters(population, np.random.default_rng(number))
        np.testing.assert_allclose(own, chance[taken], rtol=1e-12)
        assert np.bincount(population.stratum[taken]).tolist() == sampled.tolist()
        assert np.unique(taken).size == taken.size
        drawn[taken] += 1
    # each is drawn a binomial number of times, however the others fall
    scaled = (drawn - 200 * chance) / np.sqrt(200 * chance * (1 - chance))
    assert (scaled**2).mean() == pytest.approx(1.0, abs=0.06)
    assert np.corrcoef(drawn, chance)[0, 1] > 0.5


def test_samples_follow_their_seed(population):
    first, again, other = (datasets.synthetic_survey(population, rng=rng) for rng in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["weight"].head(50).equals(other["weight"].head(50))


# the truth


def counted(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Flags in plain words on complete answers; nothing of the library's definitions is used."""
    age = frame["age"].to_numpy()
    hours = frame["CL3"].fillna(0).to_numpy()
    chores = frame[["CL8", "CL10", "CL13"]].fillna(0).sum(axis=1).to_numpy()
    economic = np.where(age < 12, hours >= 1, np.where(age < 15, hours >= 14, hours >= 43))
    housework = (age < 15) & (chores >= 21)
    hazard = (frame[HAZARDS] == 1).any(axis=1).to_numpy()
    dangerous = frame["industry"].isin([5, 6, 7, 8, 9, 41, 42, 43]).to_numpy() | (frame["night"] == 1).to_numpy()
    old = np.where(age < 15, chores >= 28, chores >= 43)
    return {
        "sdg_8_7_1_a": economic,
        "sdg_8_7_1_b": economic | housework,
        "mics5": economic | old | hazard,
        "mics6": economic | housework,
        "mics6_with_hazard": economic | housework | hazard,
        "ilo_global": economic | hazard | dangerous | (hours >= 43),
        "children_in_employment": hours >= 1,
    }


def test_the_truth_is_what_a_plain_count_finds(complete):
    groups = {
        "all": np.full(len(complete), "all"),
        "sex": complete["sex"].map({1: "boy", 2: "girl"}),
        "region": complete["region"].map({1: "North", 2: "East", 3: "South", 4: "West", 5: "Centre"}),
        "residence": complete["residence"].map({1: "urban", 2: "rural"}),
        "age_band": np.select([complete["age"] < 12, complete["age"] < 15], ["5-11", "12-14"], "15-17"),
    }
    flags = counted(complete)
    assert set(ACCOUNT["truth"]) - set(flags) == {"children_in_employment_7_14"}
    for name, flag in flags.items():
        for by, labels in groups.items():
            plain = pd.Series(flag).groupby(np.asarray(labels)).agg(["size", "sum"])
            table = datasets.synthetic_survey_truth(name, None if by == "all" else by)
            assert table["children"].to_dict() == plain["size"].to_dict(), (name, by)
            assert table["number"].to_dict() == plain["sum"].to_dict(), (name, by)
            assert (table["prevalence"] == table["number"] / table["children"]).all()


def test_employment_at_7_14_is_about_those_ages(complete):
    inside = complete["age"].between(7, 14)
    table = datasets.synthetic_survey_truth("children_in_employment_7_14")
    assert table.loc["all", "children"] == inside.sum()
    assert table.loc["all", "number"] == (inside & (complete["CL3"] >= 1)).sum()
    assert datasets.synthetic_survey_truth("children_in_employment_7_14", "age_band").index.tolist() == [
        "5-11",
        "12-14",
    ]


def test_work_differs_as_the_page_says(complete):
    flag = pd.Series(counted(complete)["sdg_8_7_1_a"])
    by_size = flag.groupby(complete["eligible_children"]).mean().loc[1:6]
    assert by_size.is_monotonic_increasing
    truth = datasets.synthetic_survey_truth(by="sex")["prevalence"]
    assert truth["boy"] > truth["girl"]
    assert np.ptp(datasets.synthetic_survey_truth(by="region")["prevalence"]) > 0.1


def test_reported_hours_are_heaped(complete):
    counts = complete["CL3"].value_counts()
    for heap, beside in {5: 4, 7: 8, 10: 11, 14: 13, 20: 19, 21: 22, 28: 27, 35: 34, 40: 41, 42: 43}.items():
        assert counts[heap] > 2 * counts[beside], heap
    assert complete["CL3"].dropna().between(0, 84).all()


def test_what_is_not_known_is_refused():
    with pytest.raises(UnknownNameError, match="sdg_8_7_1_a"):
        datasets.synthetic_survey_truth("sdg_8_7_1_c")
    with pytest.raises(UnknownNameError, match="sex"):
        datasets.synthetic_survey_truth(by="sexes")
    with pytest.raises(InputError, match="synthetic population"):
        datasets.synthetic_survey(2087)


def test_what_is_given_out_is_a_copy():
    table = datasets.synthetic_survey_truth()
    table.loc["all", "number"] = 0
    table.attrs["seed"] = 0
    assert datasets.synthetic_survey_truth().attrs["seed"] == ACCOUNT["seed"]
    assert datasets.synthetic_survey_truth().loc["all", "number"] > 0


# missing answers


def test_unknown_work_goes_with_no_answer(complete):
    """One probability for all: those at work and not, in child labour and not, each within four standard errors."""
    seen = with_missing_codes(complete, np.random.default_rng(5))
    some = (seen[ACTIVITIES] == 1).any(axis=1)
    unknown = np.where(some, seen["CL3"] >= 97, (seen[ACTIVITIES] >= 8).any(axis=1))
    works = (complete[ACTIVITIES] == 1).any(axis=1)
    flags = counted(complete)
    groups = {"works": works, "idle": ~works, **{name: pd.Series(flag) for name, flag in flags.items()}}
    for name, inside in groups.items():
        share, n = unknown[inside].mean(), inside.sum()
        assert abs(share - 0.05) < 4.0 * np.sqrt(0.05 * 0.95 / n), name
    assert some.equals(works)


def test_what_is_known_is_as_it_was(complete):
    """A code takes the place of an answer; no answer becomes another."""
    part = complete.iloc[:50_000]
    seen = with_missing_codes(part, np.random.default_rng(5))
    for name in part.columns:
        missing = seen[name].isin([97, 98, 99] if name in HOURS else [8, 9]) & (seen[name] != part[name])
        blanked = seen[name].isna() & part[name].notna()
        assert blanked.sum() == 0 or name in ("industry", "occupation")
        kept = ~missing & ~blanked
        pd.testing.assert_series_equal(seen.loc[kept, name], part.loc[kept, name])


# the script


def test_the_script_finds_nothing_to_change(budget):
    if budget == "short":
        pytest.skip("eight definitions over the whole population are held again under the full budget")
    script = ROOT / "docs" / "make_synthetic_survey.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
