"""A run in a folder: what its files hold, and that they appear all or none. The numbers are checked end to end."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from target87.errors import OutputError
from target87.results.assessment_set import AssessmentSet
from target87.studies import writing
from target87.studies.assess import assess
from target87.studies.draws_file import draws_tree
from target87.studies.published import published_projections_table
from target87.studies.tables import tables, to_csv
from target87.studies.writing import write_run

DOCS = Path(__file__).parents[2] / "docs/answer_schema.md"
FILES = {
    *("answer.json", "draws.nc", "report.html"),
    *("estimates.csv", "probabilities.csv", "years_reached.csv", "pace.csv", "acceleration.csv", "points.csv"),
    *("sensitivity.csv", "hindcast.csv", "diagnostics.csv", "sources.csv", "declined.csv"),
    *("parts_and_world.csv", "published_projections.csv"),
}

WHOLE_WORLD = ("parts_and_world", "published_projections")
"""Tables that belong to no single answer."""


@pytest.fixture(scope="module")
def answers() -> AssessmentSet:
    """Few draws: nothing here depends on how good they are."""
    girls = assess("child_labour", group="girls", draws=400, check=False)
    forced = assess("forced_labour", draws=400, check=False)
    child = assess("child_labour", horizon=2040, draws=400, check=False)
    published = pd.DataFrame({"projection_id": ["a"], "published": [134.0]})
    parts = pd.DataFrame({"year": [2030], "Sub-Saharan Africa": [9e7], "three regions": [1.12e8], "World": [1.11e8]})
    return AssessmentSet((child, forced), (girls,), (("forced_labour", "sex", "male", "one figure"),), published, parts)


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("target87.report.html.render_html", lambda _: "<p>Côte d’Ivoire</p>")


def described(text: str) -> dict[str, set[str]]:
    """Columns that the documentation gives each CSV file: the names in backticks of its first table cells."""
    sections = re.split(r"^### (\S+\.csv)$", text.split("## draws.nc")[0], flags=re.MULTILINE)
    found = {}
    for name, body in zip(sections[1::2], sections[2::2], strict=True):
        cells = re.findall(r"^\| (`.*?) \|", body, flags=re.MULTILINE)
        found[name] = {column for cell in cells for column in re.findall(r"`(\w+)`", cell)}
    return found


def test_every_file_is_written_and_described(answers, no_report, tmp_path):
    folder = write_run(answers, tmp_path / "new" / "out")
    assert {file.name for file in folder.iterdir()} == FILES
    assert all(f"`{name}`" in DOCS.read_text(encoding="utf-8") for name in FILES)
    assert (folder / "report.html").read_text(encoding="utf-8") == "<p>Côte d’Ivoire</p>"
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]


def test_every_column_is_described(answers):
    columns = described(DOCS.read_text(encoding="utf-8"))
    labels = {"indicator", "area", "group_type", "lower_95", "lower_80", "median", "upper_80", "upper_95"}
    spread = re.compile(r"_(mcse|draws_for|draws|printed)$")
    for name, table in tables(answers).items():
        if name not in WHOLE_WORLD:
            plain = {column for column in table.columns if not spread.search(column)}
            assert plain - labels == columns[f"{name}.csv"] - labels, name


def test_published_projections_are_described():
    columns = described(DOCS.read_text(encoding="utf-8"))["published_projections.csv"]
    assert set(published_projections_table()) == columns


def test_tables_of_answers_start_with_what_they_are_of(answers):
    for name, table in tables(answers).items():
        if name not in WHOLE_WORLD:
            assert list(table.columns[:3]) == ["indicator", "area", "group_type"], name
    places = tables(answers)["estimates"][["indicator", "area", "group_type"]].drop_duplicates()
    assert places.to_numpy().tolist() == [
        ["child_labour", "World", "world"],
        ["forced_labour", "World", "world"],
        ["child_labour", "girls", "sex"],
    ]


def test_text_has_unix_line_ends_and_every_digit(answers):
    text = to_csv(tables(answers)["estimates"])
    assert "\r" not in text
    assert text.endswith("\n")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["mean"]) for row in rows[:61]] == answers.main[0].estimates["mean"].tolist()[:61]


def test_probability_takes_plain_cells(answers):
    table = tables(answers)["probabilities"]
    forced = table[table["indicator"] == "forced_labour"].iloc[0]
    own = answers.main[1].answers[0]
    assert own.prior is not None
    assert forced["probability"] == own.probability.value
    assert forced["probability_mcse"] == own.probability.mcse
    assert forced["probability_draws_for"] == own.probability.hits
    assert forced["prior_probability_printed"] == str(own.prior)
    assert table["headline"].tolist().count(True) == 3
    child = to_csv(table[table["indicator"] == "child_labour"]).splitlines()[1].split(",")
    assert child[-5:] == [""] * 5  # no prior probability is given for a threshold


def test_years_are_whole_or_missing(answers):
    text = to_csv(tables(answers)["years_reached"])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["not_before"] for row in rows} == {"2040", "2060"}
    for row in rows:
        assert all(re.fullmatch(r"|20\d\d", row[name]) for name in ("lower_95", "lower_80", "median", "upper_95"))
    assert "inf" not in text


def test_only_declines_leave_their_columns(answers):
    alone = tables(AssessmentSet((answers.main[1],)))
    assert len(alone["years_reached"]) == 0
    assert list(alone["years_reached"]) == list(tables(answers)["years_reached"])
    assert not set(WHOLE_WORLD) & set(alone)


def test_draws_keep_their_precision_and_place(answers, tmp_path):
    draws_tree(answers).to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as tree:
        stored = tree.load()
    child, girls = answers.main[0], answers.breakdowns[0]
    world = stored["child_labour/World/prevalence"]
    np.testing.assert_array_equal(world["rate"].to_numpy()[0], child.draws["rate"].to_numpy())
    np.testing.assert_array_equal(world["number"].to_numpy()[0], child.draws["number"].to_numpy())
    single = stored["child_labour/groups/prevalence"].to_dataset().sel(area="girls")
    assert single["rate"].dtype == np.float32
    np.testing.assert_allclose(single["rate"].to_numpy(), girls.draws["rate"].to_numpy(), rtol=2**-24)
    number = (single["rate"].astype(float) * single["population"]).to_numpy()
    np.testing.assert_allclose(number, girls.draws["number"].to_numpy(), rtol=2**-24)
    assert world["rate"].attrs["units"] == "1"
    assert world["basis"].sel(year=[2024, 2025]).to_numpy().tolist() == ["record", "forecast"]
    assert stored["child_labour/World"].attrs["question"] == child.question


def test_draws_of_parameters_and_rates_are_the_same_draws(answers):
    tree = draws_tree(answers)
    posterior, rates = (tree[f"forced_labour/World/{group}"].to_dataset() for group in ("posterior", "prevalence"))
    pace = posterior["long_run_pace"].to_numpy()[rates["chain"].to_numpy(), rates["iteration"].to_numpy()]
    np.testing.assert_array_equal(pace, answers.main[1].posterior.state["long_run_pace"].to_numpy()[0])
    summary = az.summary(tree["forced_labour/World"], fmt="xarray")
    assert float(summary["long_run_pace"].sel(summary="mean")) == pytest.approx(pace.mean(), abs=1e-3)


def test_two_groupings_of_one_name_are_told_apart(answers):
    girls = answers.breakdowns[0]
    twins = AssessmentSet(answers.main, (replace(girls, area="Asia/Pacific"), replace(girls, area="World")))
    assert set(draws_tree(twins)["child_labour"].children) == {"World", "groups"}
    twins = AssessmentSet(answers.main, (replace(girls, area="Asia/Pacific"), girls, replace(girls, group_type="age")))
    places = draws_tree(twins)["child_labour/groups/prevalence"]["area"].to_numpy().tolist()
    assert places == ["Asia-Pacific", "girls (sex)", "girls (age)"]


def test_parts_that_start_in_other_years_lie_side_by_side(answers):
    girls, child = answers.breakdowns[0], answers.main[0]
    tree = draws_tree(AssessmentSet((child,), (girls, replace(child, area="all", group_type="sex"))))
    rates, parameters = (tree[f"child_labour/groups/{name}"].to_dataset() for name in ("prevalence", "posterior"))
    assert int(rates["year"][0]) == 2000
    np.testing.assert_array_equal(np.isnan(rates["rate"].sel(area="girls")).all("draw"), rates["year"] < 2008)
    for one in (girls, replace(child, area="all")):
        own = rates["rate"].sel(area=one.area, year=one.draws["year"]).to_numpy()
        np.testing.assert_array_equal(own, one.draws["rate"].to_numpy().astype(np.float32))
        pace = parameters["long_run_pace"].sel(area=one.area).to_numpy()
        np.testing.assert_array_equal(pace, one.posterior.parameters["long_run_pace"].to_numpy())


def test_same_answers_give_the_same_bytes(answers, no_report, tmp_path):
    one, two = (write_run(answers, tmp_path / name) for name in ("one", "two"))
    for name in FILES - {"draws.nc"}:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def failing_at(call: int, error: BaseException) -> Callable[[Path, str], Path]:
    """``write_text``, but for one call."""
    calls = iter(range(99))
    real = writing.write_text

    def write(path: Path, text: str) -> Path:
        if next(calls) == call:
            raise error
        return real(path, text)

    return write


@pytest.mark.parametrize("call", [0, 5])
def test_full_disk_leaves_nothing(answers, no_report, tmp_path, monkeypatch, call):
    monkeypatch.setattr(writing, "write_text", failing_at(call, OSError(28, "No space left on device")))
    with pytest.raises(OutputError, match="No space left on device"):
        write_run(answers, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing(answers, no_report, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "write_text", failing_at(5, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_run(answers, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_earlier_run_is_not_touched(answers, no_report, tmp_path):
    (tmp_path / "answer.json").write_text("mine")
    with pytest.raises(OutputError, match="already holds a run"):
        write_run(answers, tmp_path)
    assert (tmp_path / "answer.json").read_text() == "mine"
