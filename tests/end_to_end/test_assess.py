"""``python -m target87 assess --out``: every file of one real run, against its own draws and against each other.

Summaries are made again from ``draws.nc`` with NumPy and ArviZ, not with the code that made them.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import arviz as az
import jsonschema
import numpy as np
import pytest
import xarray as xr

import target87 as t87
from target87 import cli
from target87.cli import console
from target87.results.assessment_set import AssessmentSet
from target87.results.schema import answer_schema
from target87.studies import assess as study
from target87.studies import writing

SRC = Path(cli.__file__).parents[2]
TAILS = {"lower_95": 0.025, "lower_80": 0.1, "median": 0.5, "upper_80": 0.9, "upper_95": 0.975}
# JSON list of an answer, and the CSV file of the same rows
TWINS = {
    "answers": "probabilities",
    "year_reached": "years_reached",
    **{name: name for name in ("estimates", "pace", "acceleration", "points", "sensitivity", "diagnostics", "sources")},
}


@dataclass(frozen=True)
class Run:
    """A run's folder, what it printed, and the answers it was made from."""

    folder: Path
    out: str
    err: str
    answers: AssessmentSet

    def json(self) -> dict[str, Any]:
        return json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run") / "out"
    made: list[AssessmentSet] = []
    assess_all = study.assess_all

    def recorded(*arguments: Any, **options: Any) -> AssessmentSet:
        made.append(assess_all(*arguments, **options))
        return made[-1]

    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(study, "assess_all", recorded)
        status = cli.main(["assess", "--out", str(folder)])
    assert status == 0, err.getvalue()
    return Run(folder, out.getvalue(), err.getvalue(), made[0])


@pytest.fixture(scope="module")
def draws(run: Run) -> Iterator[xr.DataTree]:
    with xr.open_datatree(run.folder / "draws.nc", engine="h5netcdf") as tree:
        yield tree.load()


def of(draws: xr.DataTree, answer: dict[str, Any], measure: str, year: int) -> np.ndarray:
    """Stored draws of one answer, measure and year, in double precision."""
    group = rates(draws, answer).sel(year=year)
    rate = group["rate"].to_numpy().astype(float)
    return rate if measure == "rate" else rate * float(group["population"])


def rates(draws: xr.DataTree, answer: dict[str, Any]) -> xr.Dataset:
    """Stored rates of one answer, from its first year on; those of parts of the world lie side by side."""
    place = answer["area"] if answer["area"] == "World" else "groups"
    group = draws[f"{answer['indicator']}/{place}/prevalence"].to_dataset().sel(area=answer["area"])
    return group.dropna("year", how="all", subset=["rate"])


def every(content: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Every answer, and how precisely its draws are stored."""
    return [*((one, 1e-12) for one in content["answers"]), *((one, 2e-7) for one in content["breakdowns"])]


# The files


def test_files_are_those_named(run):
    assert {file.name for file in run.folder.iterdir()} == {
        *("answer.json", "draws.nc", "report.html"),
        *(
            f"{name}.csv"
            for name in ("hindcast", "declined", "parts_and_world", "published_projections", *TWINS.values())
        ),
    }
    assert [entry.name for entry in run.folder.parent.iterdir()] == ["out"]
    assert run.err == f"written to {run.folder}\n"


def test_both_questions_are_answered_for_the_world(run):
    asked = [(one["indicator"], one["area"], one["target_year"]) for one in run.json()["answers"]]
    assert asked == [
        ("child_labour", "World", 2025),
        ("hazardous_work", "World", 2025),
        ("forced_labour", "World", 2030),
    ]


def test_groups_with_two_figures_are_answered_and_others_declined(run):
    """From the published table itself."""
    published: dict[tuple[str, str, str], set[str]] = {}
    table = Path(t87.__file__).parent / "datasets/data/global_estimates.csv"
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["group_type"] in ("region_ilo", "region_ilo_trend", "sex", "age"):
                key = row["indicator"], row["group_type"], row["group"]
                published.setdefault(key, set()).add(row["year"])
    published = {
        key: years for key, years in published.items() if key[0] in ("child_labour", "hazardous_work", "forced_labour")
    }
    content = run.json()
    answered = {(one["indicator"], one["group_type"], one["area"]) for one in content["breakdowns"]}
    declined = {(one["indicator"], one["group_type"], one["group"]): one["reason"] for one in content["declined"]}
    assert answered | set(declined) == set(published)
    assert answered & set(declined) == set()
    assert {key for key, years in published.items() if len(years) < 2} <= set(declined)
    assert all(declined.values())


def test_json_keeps_its_schema(run):
    schema = answer_schema()
    jsonschema.Draft202012Validator(schema).validate(run.json())
    alone = json.loads(run.answers.main[2].to_json())
    jsonschema.Draft202012Validator(schema).validate(alone)
    assert alone["answers"][0] == run.json()["answers"][2]


def test_json_and_tables_agree_in_every_cell(run):
    content = run.json()
    for name, table in TWINS.items():
        rows = iter(run.rows(table))
        for one in (*content["answers"], *content["breakdowns"]):
            for expected in one[name]:
                row = next(rows)
                assert (row["indicator"], row["area"], row["group_type"]) == (
                    one["indicator"],
                    one["area"],
                    one["group_type"],
                )
                assert {key: cell(row, key, value) for key, value in expected.items()} == expected
        assert next(rows, None) is None


def cell(row: dict[str, str], name: str, like: Any) -> Any:
    """A CSV cell, read as the JSON value it should equal."""
    if isinstance(like, dict):
        keys = {
            "value": name,
            "printed": f"{name}_printed",
            **{key: f"{name}_{key}" for key in ("mcse", "draws", "draws_for")},
        }
        return {key: cell(row, keys[key], value) if key in keys else value for key, value in like.items()}
    text = row[name]
    if like is None:
        return None if text == "" else text
    return {"True": True, "False": False}.get(text, text) if isinstance(like, bool) else type(like)(text)


def test_declined_and_published_agree_with_json(run):
    content = run.json()
    assert [(row["indicator"], row["group_type"], row["area"], row["reason"]) for row in run.rows("declined")] == [
        tuple(one[key] for key in ("indicator", "group_type", "group", "reason")) for one in content["declined"]
    ]
    for row, one in zip(run.rows("published_projections"), content["published_projections"], strict=True):
        assert {key: cell(row, key, value) for key, value in one.items()} == one


def test_parts_and_world_are_means_of_the_draws(run, draws):
    content = run.json()
    assert [{key: float(value) for key, value in row.items()} for row in run.rows("parts_and_world")] == content[
        "parts_and_world"
    ]
    assert [row["year"] for row in content["parts_and_world"]] == [2024, 2025, 2030, 2035]
    answers = {one["area"]: one for one, _ in every(content) if one["indicator"] == "child_labour"}
    for row in content["parts_and_world"]:
        regions = {name: value for name, value in row.items() if name in answers}
        assert len(regions) == 4
        for name, value in regions.items():
            assert value == pytest.approx(of(draws, answers[name], "number", row["year"]).mean(), rel=2e-7)
        assert row["three regions"] == pytest.approx(sum(regions.values()) - row["World"], rel=1e-12)


# The numbers


def test_estimates_are_quantiles_of_the_draws(run, draws):
    for one, precision in every(run.json()):
        for row in one["estimates"]:
            values = of(draws, one, row["measure"], row["year"])
            assert row["mean"] == pytest.approx(values.mean(), rel=precision)
            again = np.quantile(values, list(TAILS.values()))
            np.testing.assert_allclose([row[name] for name in TAILS], again, rtol=precision)
            last = max(point["year"] for point in one["points"])
            assert row["basis"] == ("record" if row["year"] <= last else "forecast")


def test_years_run_to_the_horizon_and_numbers_to_the_population(run):
    for one, _ in every(run.json()):
        years = {
            measure: [row["year"] for row in one["estimates"] if row["measure"] == measure]
            for measure in ("rate", "number")
        }
        assert years["rate"] == list(range(years["rate"][0], 2061))
        assert years["number"][-1] == 2035


def test_probabilities_are_shares_of_the_draws(run, draws):
    for one, precision in every(run.json()):
        for said in one["answers"]:
            values = of(draws, one, said["measure"], said["year"])
            limit = (
                said["threshold"] if said["base_year"] is None else of(draws, one, said["measure"], said["base_year"])
            )
            # single precision may move a draw across a limit
            slack = 0.0 if precision == 1e-12 else 0.001
            assert said["probability"]["value"] == pytest.approx((values < limit).mean(), abs=slack)
            assert said["probability"]["draws_for"] == round(said["probability"]["value"] * 4000)


def test_monte_carlo_error_is_that_of_arviz(run, draws):
    one = run.json()["answers"][2]
    said = one["answers"][0]
    hits = of(draws, one, "rate", 2030) < of(draws, one, "rate", 2021)
    by_chain = hits.astype(float).reshape(draws["forced_labour/World/posterior"].sizes["chain"], -1)
    ess = float(az.ess(by_chain, method="mean"))
    share = hits.mean()
    assert said["probability"]["mcse"] == pytest.approx(np.sqrt(share * (1 - share) / ess), rel=1e-6)


def test_few_draws_on_one_side_are_printed_as_a_bound(run):
    content = run.json()
    said = [answer["probability"] for one, _ in every(content) for answer in one["answers"]]
    assert any(one["bound"] for one in said)
    for one in said:
        few = min(one["draws_for"], one["draws"] - one["draws_for"]) < 10
        assert (one["bound"] is not None) == few
        assert one["printed"].startswith(("<", ">")) == few
        assert one["printed"] not in ("0", "0.000", "1", "1.000")


def test_year_reached_is_the_first_year_below(run, draws):
    for one, precision in every(run.json()):
        group = rates(draws, one).sel(year=slice(max(point["year"] for point in one["points"]), None))
        years, rate = group["year"].to_numpy(), group["rate"].to_numpy()
        for row in one["year_reached"]:
            below = rate < row["threshold"]
            first = np.where(below.any(axis=0), years[below.argmax(axis=0)].astype(float), np.inf)
            slack = 0.0 if precision == 1e-12 else 0.001
            assert row["p_not_before"]["value"] == pytest.approx((first >= row["not_before"]).mean(), abs=slack)
            if row["median"] is None:
                assert (first < row["not_before"]).mean() <= 0.5
            else:
                assert (first <= row["median"]).mean() >= 0.5 - slack
                assert (first < row["median"]).mean() <= 0.5 + slack


def test_pace_and_acceleration_follow_from_the_draws(run, draws):
    for one, precision in every(run.json()):
        observed = {}
        for row in one["pace"]:
            end = row["threshold"] if row["kind"] == "needed" else of(draws, one, "rate", row["end"])
            change = np.log(end / of(draws, one, "rate", row["start"])) / (row["end"] - row["start"])
            again = np.quantile(100 * np.expm1(change), list(TAILS.values()))
            np.testing.assert_allclose([row[name] for name in TAILS], again, rtol=1e3 * precision, atol=1e3 * precision)
            if row["kind"] == "observed":
                observed[row["start"], row["end"]] = change
        last = max(point["year"] for point in one["points"])
        for row in one["acceleration"]:
            seen = observed[row["window_start"], row["window_end"]]
            needed = np.log(row["threshold"] / of(draws, one, "rate", last)) / (row["target_year"] - last)
            factor = np.where(seen < 0, needed / seen, np.inf)
            assert row["p_undefined"]["value"] == pytest.approx((seen >= 0).mean(), abs=0.001)
            if row["upper_80"] is not None:
                again = np.quantile(factor, [0.1, 0.5])
                np.testing.assert_allclose([row["lower_80"], row["median"]], again, rtol=1e-3)


def test_numbers_are_rates_times_the_population(draws):
    for path in ("child_labour/World", "forced_labour/World"):
        group = draws[f"{path}/prevalence"].to_dataset()
        np.testing.assert_allclose(group["number"], group["rate"] * group["population"], rtol=1e-12)


def test_sampled_quantities_have_converged(run, draws):
    for one, _ in every(run.json()):
        for row in one["diagnostics"]:
            assert row["rhat"] is None or row["rhat"] < 1.01
            assert row["ess_bulk"] is None or min(row["ess_bulk"], row["ess_tail"]) > 400
    summary = az.summary(draws["child_labour/World"], fmt="xarray")
    assert float(summary["relative_error"].sel(summary="r_hat")) < 1.02


def test_figures_are_those_published(run):
    points = run.json()["answers"][0]["points"]
    assert [(one["year"], one["rate"]) for one in points] == [
        *((2000, 0.16), (2004, 0.142), (2008, 0.136), (2012, 0.106)),
        *((2016, 0.096), (2020, 0.096), (2024, 0.078)),
    ]


def printed(sentence: str) -> list[str]:
    """Numbers of a sentence but the levels of intervals and the unit."""
    return re.findall(r"\d+(?:\.\d+)?", re.sub(r"(80|95) %|1,000|^In \d{4}", "", sentence))


def shows(text: str, value: float) -> bool:
    """Whether ``text`` is ``value`` rounded to the digits it has."""
    decimals = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * 10.0**-decimals * (1 + 1e-6)


@pytest.mark.parametrize(("place", "scale"), [(0, 100), (1, 100), (2, 1000)])
@pytest.mark.parametrize("year", [2025, 2030])
def test_sentences_say_what_the_draws_say(run, draws, place, scale, year):
    one = run.json()["answers"][place]
    said = next(text for text in run.answers.main[place].sentences() if text.startswith(f"In {year} the rate is"))
    order = ["median", "lower_80", "upper_80", "lower_95", "upper_95"]
    rate, number = scale * of(draws, one, "rate", year), of(draws, one, "number", year) / 1e6
    expected = [
        *np.quantile(rate, [TAILS[name] for name in order]),
        number.mean(),
        *np.quantile(number, [TAILS[name] for name in order]),
    ]
    assert len(printed(said)) == len(expected)
    assert all(shows(text, value) for text, value in zip(printed(said), expected, strict=True)), said


# What is shown


def test_what_is_printed_holds_every_headline(run):
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    flat, plain = (" ".join(text.split()) for text in (run.out, html.unescape(page)))
    for one in run.json()["answers"]:
        assert one["question"] in flat
        assert one["question"] in plain
        assert one["probability"]["printed"] in flat
        assert one["probability"]["printed"] in plain


def test_report_needs_no_other_file(run):
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    loaded = re.findall(r"""<(?:img|script|link|iframe|source)[^>]*(?:src|href)=["']([^"']+)""", page)
    assert all(one.startswith("data:") for one in loaded)
    assert not re.search(r"@import|url\(\s*[\"']?https?:", page)
    assert "<svg" in page or "data:image" in page


# The same again, and not at all


def test_one_question_alone_gives_the_same_bytes(run, tmp_path):
    """In another process, with other hashes, without the company of the other questions."""
    command = [sys.executable, "-m", "target87", "assess", "--indicator", "forced_labour", "--area", "world"]
    environment = {**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": "1"}
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--quiet"], capture_output=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    alone = json.loads((tmp_path / "out/answer.json").read_text(encoding="utf-8"))
    assert json.dumps(alone["answers"][0]) == json.dumps(run.json()["answers"][2])
    for table in TWINS.values():
        whole = (run.folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        mine = (tmp_path / f"out/{table}.csv").read_text(encoding="utf-8").splitlines()
        assert mine[0] == whole[0]
        assert mine[1:] == [line for line in whole if line.startswith("forced_labour,World,world,")]


def test_another_seed_gives_other_draws_of_the_same_answer(run, capsys):
    command = ["assess", "--indicator", "forced_labour", "--area", "world", "--format", "json", "--rng", "88"]
    assert cli.main(command) == 0
    other = json.loads(capsys.readouterr().out)["answers"][0]
    own = run.json()["answers"][2]
    assert other["seed"] == "88"
    difference = other["probability"]["value"] - own["probability"]["value"]
    assert difference != 0
    assert abs(difference) < 5 * np.hypot(other["probability"]["mcse"], own["probability"]["mcse"])


def test_interrupt_while_sampling_leaves_nothing(tmp_path, monkeypatch, capsys):
    calls = []

    @contextlib.contextmanager
    def progress(*, quiet: bool) -> Iterator[Any]:
        def interrupt(done: int, total: int) -> None:
            calls.append(done)
            if len(calls) == 3:
                raise KeyboardInterrupt

        yield interrupt

    monkeypatch.setattr(console, "progress", progress)
    assert cli.main(["assess", "--out", str(tmp_path / "out")]) == 130
    assert len(calls) == 3
    assert capsys.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("error", "status"), [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), 130)])
@pytest.mark.parametrize("writer", ["write_netcdf", "write_text"])
def test_failing_writer_leaves_nothing(run, tmp_path, monkeypatch, capsys, writer, error, status):
    def fail(path: Path, content: object) -> None:
        path.write_text("half")
        raise error

    monkeypatch.setattr(study, "assess_all", lambda *_, **__: run.answers)
    monkeypatch.setattr(writing, writer, fail)
    assert cli.main(["assess", "--out", str(tmp_path / "out")]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert ("No space left on device" in err) == (status == 1)
    assert list(tmp_path.iterdir()) == []


def test_every_threshold_and_year_is_asked_once(run):
    said = [(one["threshold"], one["year"]) for one in run.json()["answers"][0]["answers"]]
    assert sorted(said) == sorted(product((0.001, 0.005, 0.01), (2025, 2030)))
    assert said[0] == (0.01, 2025)
