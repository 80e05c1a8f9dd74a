"""From a file to tables, held against the same steps done one by one."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import target87 as t87
from target87.errors import DataError, InputError, OutputError, UnknownNameError
from target87.studies.estimate_file import estimate_file
from target87.studies.estimate_writing import write_file_estimates
from target87.studies.file_settings import FileSettings
from target87.studies.publication import publish

PATH = str(t87.datasets.synthetic_survey_path())
SAMPLE = {"weights": "weight", "strata": ("stratum",), "psu": ("cluster",)}


@pytest.fixture(scope="module")
def made():
    return estimate_file(FileSettings(PATH, by=(("sex", "region"),), **SAMPLE))


def same_rates(estimates, other):
    a, b = estimates.to_dataframe(), other.to_dataframe()
    for name in ("estimate", "se", "ci_lower", "ci_upper", "n"):
        np.testing.assert_allclose(a[name].to_numpy(float), b[name].to_numpy(float), rtol=1e-13)


def test_rates_are_those_of_the_steps_one_by_one(made):
    data = t87.io.read(PATH)
    flags = t87.indicators.child_labour(data, "sdg_8_7_1_a", missing="omit")
    design = t87.SurveyDesign(data, weights="weight", strata="stratum", psu="cluster").with_indicator(flags)
    whole = made.rates.select(variable="child_labour", sex="all", region="all")
    same_rates(whole, design.proportion("child_labour", missing="omit"))
    crossed = design.proportion("child_labour", by=["sex", "region"], missing="omit")
    table = made.rates.to_dataframe()
    own = table[(table["sex"] != "all") & (table["region"] != "all")]
    np.testing.assert_allclose(own["estimate"], crossed.to_dataframe()["estimate"], rtol=1e-13)
    np.testing.assert_allclose(own["se"], crossed.to_dataframe()["se"], rtol=1e-13)


def test_crossed_breakdowns_bring_their_margins(made):
    table = made.rates.to_dataframe().query("variable == 'child_labour'")
    kinds = set(zip(table["sex"] == "all", table["region"] == "all", strict=True))
    assert kinds == {(True, True), (False, True), (True, False), (False, False)}


def test_estimates_carry_the_definition_and_what_was_decided(made):
    assert "sdg_8_7_1_a" in made.rates.data.attrs["definition"]
    assert any("undecided" in note for note in made.notes)


def test_a_file_written_holds_everything_and_repeats_itself(made, tmp_path):
    folder = write_file_estimates(publish(made), tmp_path / "out")
    names = {file.name for file in folder.iterdir()}
    wanted = {"estimates.xlsx", "rates.csv", "rates.nc", "summary.html", "settings.toml", "manifest.json"}
    assert wanted <= names
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    with open(PATH, "rb") as file:
        assert manifest["source"]["sha256"] == hashlib.file_digest(file, "sha256").hexdigest()
    assert set(manifest["files"]) == names - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert [step["step"] for step in manifest["steps"]] == ["design", "with_indicator"]
    again = estimate_file(FileSettings.from_toml(folder / "settings.toml"))
    same_rates(again.rates, made.rates)
    same_rates(t87.Estimates.from_netcdf(folder / "rates.nc"), made.rates)
    read = pd.read_csv(folder / "rates.csv")
    np.testing.assert_allclose(read["estimate"], made.rates.to_dataframe()["estimate"], rtol=1e-12)
    page = (folder / "summary.html").read_text("utf-8")
    assert publish(made).sentences[0].split(":")[0] in page
    assert "<svg" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="http', page)


def test_nothing_is_overwritten_and_nothing_half_written(made, tmp_path, monkeypatch):
    write_file_estimates(publish(made), tmp_path / "out")
    with pytest.raises(OutputError, match="already holds"):
        write_file_estimates(publish(made), tmp_path / "out")
    monkeypatch.setattr(t87.Estimates, "to_netcdf", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OutputError, match="No space left"):
        write_file_estimates(publish(made), tmp_path / "other")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out"]


def test_parts_of_the_flag_are_about_the_children_it_decides(made):
    whole = made.rates.to_dataframe().query("sex == 'all' and region == 'all'").set_index("variable")
    assert len(set(whole["n"])) == 1
    truth = t87.datasets.synthetic_survey_truth("children_in_employment")["prevalence"].item()
    assert whole.loc["employment", "ci_lower"] < truth < whole.loc["employment", "ci_upper"]
    assert whole.loc["economic_work", "ci_lower"] < truth + 0.002  # less than an hour is work as well


def test_a_headline_is_suppressed_as_its_cell_is():
    made = estimate_file(FileSettings(PATH, suppress_below=10_000, **SAMPLE))
    assert "suppressed" in publish(made).sentences[0]
    assert "%" not in publish(made).sentences[0]


def test_both_ends_are_estimated_where_asked():
    made = estimate_file(FileSettings(PATH, missing="bounds", **SAMPLE))
    table = made.rates.to_dataframe().set_index("variable")
    assert table.loc["child_labour_lower", "estimate"] < table.loc["child_labour_upper", "estimate"]
    assert [("at least" in one, "at most" in one) for one in publish(made).sentences] == [(True, False), (False, True)]


def test_weighting_steps_are_done_in_order_and_recorded():
    data = t87.io.read(PATH)
    boys = float(data["weight"][data["sex"] == "boy"].sum())
    girls = float(data["weight"][data["sex"] == "girl"].sum())
    step = {"step": "post_stratify", "totals": {"sex": {"boy": 2 * boys, "girl": girls}}}
    made = estimate_file(FileSettings(PATH, weighting=(step, {"step": "normalise"}), **SAMPLE))
    assert [one.name for one in made.design.history] == ["design", "post_stratify", "normalise", "with_indicator"]
    weights = made.design.weights
    assert weights[(data["sex"] == "boy").to_numpy()].sum() / weights.sum() == pytest.approx(
        2 * boys / (2 * boys + girls)
    )
    assert made.numbers is None
    assert any("normalised" in note for note in made.notes)


def test_the_rows_asked_for_are_in_every_title(tmp_path):
    made = estimate_file(FileSettings(PATH, where={"region": "North"}, **SAMPLE))
    folder = write_file_estimates(publish(made), tmp_path / "out")
    assert "region North" in (folder / "summary.html").read_text("utf-8")
    assert all("region North" in one.title for one in publish(made).tables)
    assert "region North" in publish(made).sentences[0]


def test_what_is_suppressed_is_in_no_file(tmp_path):
    made = estimate_file(FileSettings(PATH, by=(("region", "residence"),), suppress_below=600, **SAMPLE))
    folder = write_file_estimates(publish(made), tmp_path / "out")
    whole = made.rates.to_dataframe().query("variable == 'child_labour'")
    few = whole[(whole["n"] < 600) & (whole["region"] != "all") & (whole["residence"] != "all")]
    assert len(few) > 0
    for name in ("rates", "numbers"):
        read = pd.read_csv(folder / f"{name}.csv").query("variable == 'child_labour'")
        kept = t87.Estimates.from_netcdf(folder / f"{name}.nc").to_dataframe().query("variable == 'child_labour'")
        for region, residence in zip(few["region"], few["residence"], strict=True):
            for held in (read, kept):
                row = held[(held["region"] == region) & (held["residence"] == residence)]
                assert row[["estimate", "se", "ci_lower", "ci_upper", "n", "n_effective", "deff"]].isna().all(axis=None)


def test_several_breakdowns_hide_the_same_cells():
    by = (("region", "residence"), ("residence",), ("sex", "residence"))
    made = estimate_file(FileSettings(PATH, by=by, suppress_below=600, **SAMPLE))
    out = publish(made).rates.to_dataframe()
    hidden = out[out["estimate"].isna()]
    assert len(hidden) > 0
    for table in publish(made).tables:
        frame = table.to_dataframe()
        for _, row in frame.iterrows():
            labels = {
                name: str(row[name]).replace("All", "all") for name in ("region", "residence", "sex") if name in row
            }
            own = out
            for name in ("region", "residence", "sex"):
                own = own[own[name] == labels.get(name, "all")]
            if len(own) and "variable" not in frame:
                assert (row["n"] == "(s)") == bool(own["estimate"].isna().iloc[0]), (table.title, labels)


def test_a_question_not_found_is_no_share_of_those_at_work(tmp_path):
    children = t87.io.read(PATH).to_pandas()[["age", "CL3", "weight"]].rename(columns={"CL3": "hours"})
    children.to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(DataError, match="too many children undecided"):
        estimate_file(FileSettings(str(tmp_path / "few.csv"), weights="weight"))


def test_children_without_a_label_are_told(tmp_path):
    children = t87.io.read(PATH).to_pandas()
    children.loc[:99, "region"] = None
    children.to_parquet(tmp_path / "gaps.parquet")
    made = estimate_file(FileSettings(str(tmp_path / "gaps.parquet"), by=(("region",),), **SAMPLE))
    assert any("have no region" in note for note in made.notes)


def test_settings_of_a_run_repeat_it_from_anywhere(tmp_path, monkeypatch):
    import shutil

    shutil.copy(PATH, tmp_path / "survey.sav")
    monkeypatch.chdir(tmp_path)
    write_file_estimates(publish(estimate_file(FileSettings("survey.sav", **SAMPLE))), "out")
    monkeypatch.chdir(tmp_path / "out")
    again = FileSettings.from_toml("settings.toml")
    estimate_file(again)
    (tmp_path / "survey.sav").write_bytes(b"$FL2 another")
    with pytest.raises((DataError, InputError)):
        estimate_file(again)


def test_rows_the_figures_are_about_may_be_named_by_label_or_code():
    by_label = estimate_file(FileSettings(PATH, where={"sex": "girl"}, **SAMPLE))
    by_code = estimate_file(FileSettings(PATH, where={"sex": 2}, **SAMPLE))
    same_rates(by_label.rates, by_code.rates)
    by_sex = estimate_file(FileSettings(PATH, by=(("sex",),), **SAMPLE)).rates
    girls = by_sex.select(variable="child_labour", sex="girl")
    alone, table = by_label.rates.select(variable="child_labour").to_dataframe(), girls.to_dataframe()
    # intervals differ a little: fewer sampling units have girls, so that there are fewer degrees of freedom
    np.testing.assert_allclose(alone[["estimate", "se"]], table[["estimate", "se"]], rtol=1e-13)


def test_contradictory_answers_are_refused_or_counted(tmp_path):
    children = pd.DataFrame({"w": 1.0, "age": [7, 8, 9, 13], "hours": [0, 3, 5, 20], "paid": [1, 2, 2, 1]})
    children.to_csv(tmp_path / "few.csv", index=False)
    asked = FileSettings(str(tmp_path / "few.csv"), weights="w")
    with pytest.raises(DataError, match="paid"):
        estimate_file(asked)
    made = estimate_file(replace(asked, contradictions="note"))
    assert any("paid" in note for note in made.notes)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"file": PATH + "x"}, (InputError, DataError), "sav"),
        ({"weights": "wieght"}, UnknownNameError, "weight"),
        ({"indicator": "sdg_8_7_1_c"}, UnknownNameError, "sdg_8_7_1_a"),
        ({"by": (("sexx",),)}, UnknownNameError, "sex"),
        ({"missing": "error"}, DataError, "undecided"),
        ({"where": {"sex": "man"}}, DataError, "no row has these values"),
        ({"where": {"sxe": 1}}, UnknownNameError, "sex"),
        ({"columns": {"hours": "CL33"}}, UnknownNameError, "CL3"),
        ({"definition": {"hour": [1]}}, UnknownNameError, "hours"),
        ({"by": ((),)}, InputError, "names no column"),
        ({"weighting": ({"step": "trim", "uper": 3.0},)}, InputError, "cannot take these arguments"),
    ],
)
def test_bad_input_is_named(changes, error, words):
    with pytest.raises(error, match=words):
        estimate_file(FileSettings(**({"file": PATH} | SAMPLE | changes)))


def test_one_column_may_be_a_word(made):
    again = FileSettings(PATH, weights="weight", strata="stratum", psu="cluster", by=(("sex", "region"),))
    assert again == made.settings


def test_notes_are_about_the_rows_of_the_figures():
    made = estimate_file(FileSettings(PATH, where={"region": "North"}, **SAMPLE))
    data = t87.io.read(PATH)
    north = int((data["region"] == "North").sum())
    assert any(f"of {north:,} children" in note for note in made.notes)
