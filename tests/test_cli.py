"""The prompt: what it takes, what it says of what it does not take, and how it ends.

All in this process; ``test_cli_processes.py`` tests what only a process of its own can show.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from target87 import cli
from target87.cli import console
from target87.cli.wording import at_prompt
from target87.errors import DataError, InputError, OutputError, UnconvergedError
from target87.prevalence.trend import CHAINS
from target87.results import diagnostics
from target87.results.assessment_set import AssessmentSet
from target87.results.files import check_folder
from target87.studies import assess as study

CHILD = ("--indicator", "child_labour")
FORCED_WORLD = ("assess", "--indicator", "forced_labour", "--area", "world")


@pytest.fixture
def no_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked wrongly must be refused before anything is sampled."""

    def sampled(*_: object, **__: object) -> None:
        pytest.fail("something was sampled")

    monkeypatch.setattr(study, "sample_trends", sampled)


@pytest.fixture(scope="module")
def answers() -> AssessmentSet:
    return AssessmentSet((study.assess("forced_labour", draws=400, check=False),))


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, answers: AssessmentSet) -> dict[str, object]:
    """Every question is answered at once; gives the arguments it was asked with."""
    asked: dict[str, object] = {}

    def assess_all(indicator: str | None = None, **options: object) -> AssessmentSet:
        asked.update(options, indicator=indicator)
        return answers

    def assess(indicator: str, area: str, **options: object) -> object:
        asked.update(options, indicator=indicator, area=area)
        return answers.main[0]

    monkeypatch.setattr(study, "assess_all", assess_all)
    monkeypatch.setattr(study, "assess", assess)
    return asked


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second process: what it does is tested where it is at work."""
    monkeypatch.setattr(cli, "second_core", lambda *, wanted: nullcontext())


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(study, "assess_all", fail)


# What is refused


BAD = {
    "indicator misspelt": (
        ("--indicator", "child_labor"),
        ["unknown indicator 'child_labor'", "did you mean 'child_labour'"],
    ),
    "area misspelt": ((*CHILD, "--area", "Afrika"), ["unknown area 'Afrika'", "'Africa'"]),
    "area unlike any": ((*CHILD, "--area", "Atlantis"), ["known: ", "Sub-Saharan Africa", "world"]),
    "country": ((*CHILD, "--area", "Bangladesh"), ["'Bangladesh' is a country", "single countries", "--area"]),
    "country by code": ((*CHILD, "--area", "BGD"), ["'BGD' is a country"]),
    "group misspelt": ((*CHILD, "--group", "girl"), ["unknown group 'girl'", "'girls'"]),
    "group within a region": ((*CHILD, "--group", "girls", "--area", "Africa"), ["for the world only", "--group"]),
    "zero": (
        (*CHILD, "--threshold", "0"),
        ["exactly 0", "--threshold 0.1%", "--threshold 0.5%", "--threshold 1%"],
    ),
    "zero per cent": ((*CHILD, "--threshold", "0%"), ["exactly 0", "--threshold 0.5%"]),
    "percentage without its sign": ((*CHILD, "--threshold", "5"), ["write 5% or 0.05", "--threshold"]),
    "one": ((*CHILD, "--threshold", "1"), ["write 1% or 0.01"]),
    "beyond one": ((*CHILD, "--threshold", "150%"), ["less than everybody", "below 100%", "got: 150%", "write 0.5%"]),
    "everybody": ((*CHILD, "--threshold", "100%"), ["below 100%", "got: 100%"]),
    "everybody per thousand": ((*CHILD, "--threshold", "1000 per 1000"), ["below 1000 per 1000", "write 3 per 1000"]),
    "per cent below zero": ((*CHILD, "--threshold", "-1%"), ["not below 0", "got: -1%", "write 0.5%"]),
    "below zero": ((*CHILD, "--threshold", "-0.1"), ["between 0 and 1", "0.5% or 0.005"]),
    "not finite": ((*CHILD, "--threshold", "nan"), ["--threshold", "0.5% or 0.005"]),
    "no number": ((*CHILD, "--threshold", "few"), ["cannot be read", "'few'"]),
    "before the first figure": (
        (*CHILD, "--target-year", "1999"),
        ["first figure", "2000", "--target-year", "got: 1999"],
    ),
    "after 2060": ((*CHILD, "--target-year", "2061"), ["2060", "--target-year"]),
    "horizon too late": (("--horizon", "2061"), ["--horizon", "2060"]),
    "horizon before the target": (
        (*CHILD, "--target-year", "2050", "--horizon", "2040"),
        ["--horizon", "2050 to 2060"],
    ),
    "count beyond the population": (("--counts", "2030,2050"), ["population data", "2035", "--counts", "first: 2050"]),
    "draws not in chains": (("--draws", "4001"), [f"multiple of {CHAINS}", "--draws"]),
    "too few draws": (("--draws", "40"), ["too few draws", "800 or more", "--draws"]),
    "area of no indicator": (("--area", "Africa"), ["--area Africa must come with --indicator"]),
    "group of no indicator": (("--group", "girls"), ["--group must come with --indicator"]),
    "threshold of no indicator": (("--threshold", "1%"), ["--threshold must come with --indicator"]),
    "year no indicator has": (("--target-year", "2061"), ["2060", "--target-year"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_argument_is_explained(case, capsys, monkeypatch):
    arguments, expected = BAD[case]
    if case != "draws not in chains":  # found where the draws are made
        monkeypatch.setattr(study, "sample_trends", lambda *_, **__: pytest.fail("something was sampled"))
    assert cli.main(["assess", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert [words for words in expected if words not in err] == []
    assert "Traceback" not in err
    # the words of the prompt, not of Python
    assert re.findall(r"threshold=|target_year=|draws=|population=|where: (?!--)", err) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--target-year", "soon"], "--target-year: a year is a whole number"),
        (["--counts", "2025;2030"], "--counts: a year is a whole number"),
        (["--rng", "-1"], "--rng: a whole number, 0 or more"),
        (["--rng", "one"], "--rng: a whole number"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["--thresh", "1%"], "unrecognized arguments"),
    ],
)
def test_unreadable_argument_is_explained(arguments, expected, capsys, no_sampling):
    with pytest.raises(SystemExit) as stop:
        cli.main(["assess", *arguments])
    assert stop.value.code == 2
    assert expected in capsys.readouterr().err


def test_no_verb_is_an_error(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([])
    assert stop.value.code == 2
    assert "VERB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "expected"),
    [("file", "is a file"), ("file/out", "file"), ("run", "already holds a run"), ("full", "already holds files")],
)
def test_output_folder_is_checked_before_sampling(place, expected, tmp_path, capsys, no_sampling):
    (tmp_path / "file").write_text("mine")
    for folder, name in (("run", "answer.json"), ("full", "notes.txt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("mine")
    assert cli.main(["assess", "--out", str(tmp_path / place)]) == 2
    assert expected in capsys.readouterr().err
    assert {file.read_text() for file in tmp_path.rglob("*") if file.is_file()} == {"mine"}


def test_impossible_name_of_the_output_folder_is_refused(capsys, no_sampling):
    assert cli.main(["assess", "--out", "a" * 5000]) == 2
    assert "cannot have this name" in capsys.readouterr().err


def test_folder_that_cannot_be_written_is_refused_before_sampling(tmp_path, capsys, monkeypatch, no_sampling):
    # permissions do not stop every user (root), so the answer of the system is put in its place
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    assert cli.main(["assess", "--out", str(tmp_path / "out")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_remedies_only_python_has_are_left_out():
    error = InputError(
        "?", where="count_years", remedies=("pass a population (population=)", "more draws (draws=8000)")
    )
    shown = at_prompt(error)
    assert shown.where == "--counts"
    assert shown.remedies == ("more draws (--draws 8000)",)


# How it ends


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnconvergedError("not converged", remedies=("ask for more draws (draws=8000)",)), 3),
        (OutputError("the disk is full"), 1),
        (DataError("a row is broken"), 1),
        (ZeroDivisionError("division\nby zero"), 1),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_exit_status(error, status, tmp_path, capsys, monkeypatch):
    failing(monkeypatch, error)
    assert cli.main(["assess", "--out", str(tmp_path / "out")]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_unconverged_run_says_what_to_do(capsys, monkeypatch):
    monkeypatch.setattr(diagnostics, "ESS_LIMIT", 1e6)
    assert cli.main([*FORCED_WORLD, "--draws", "800"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "R-hat" in err
    assert "--draws 8000" in err


def test_unforeseen_failure_takes_one_line_and_a_hint(capsys, monkeypatch):
    failing(monkeypatch, ZeroDivisionError("division\nby zero"))
    cli.main(["assess"])
    assert capsys.readouterr().err.splitlines() == [
        "error: the run failed: ZeroDivisionError: division by zero",
        "  to mend it: add --debug to see where it failed, and report it",
    ]


def test_traceback_is_shown_when_asked_for(capsys, monkeypatch):
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    assert cli.main(["assess", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_takes_one_line(capsys, monkeypatch):
    failing(monkeypatch, KeyboardInterrupt())
    cli.main(["assess"])
    assert capsys.readouterr().err == "stopped (Ctrl-C): no file is left half-written\n"


def test_folder_that_fills_up_while_sampling_is_a_failed_run(tmp_path, capsys, monkeypatch, answered):
    monkeypatch.setattr("target87.report.html.render_html", lambda _: "")
    late = iter([None])

    def check(path: str) -> Path:
        if next(late, "again") == "again":
            raise OutputError("the output folder already holds a run", where=str(path))
        return check_folder(path)

    monkeypatch.setattr("target87.results.files.check_folder", check)
    assert cli.main(["assess", "--out", str(tmp_path / "out")]) == 1
    assert "already holds a run" in capsys.readouterr().err


# What is asked


def test_without_arguments_everything_is_asked(answered, capsys):
    assert cli.main(["assess"]) == 0
    assert answered == {"indicator": None, "groups": True, "confirmed_only": False, "progress": None, "executor": None}


def test_options_reach_the_question(answered, capsys):
    words = "--indicator child_labour --threshold 0.5% --target-year 2030 --horizon 2050 --counts 2025,2030 --rng 5"
    assert cli.main(["assess", *words.split(), "--draws", "8000", "--confirmed-only"]) == 0
    assert answered == {
        "indicator": "child_labour",
        "threshold": "0.5%",
        "target_year": 2030,
        "horizon": 2050,
        "count_years": (2025, 2030),
        "rng": 5,
        "draws": 8000,
        "confirmed_only": True,
        "groups": True,
        "progress": None,
        "executor": None,
    }


def test_the_world_alone_and_a_year_need_no_indicator(answered, capsys):
    assert cli.main(["assess", "--area", "world", "--target-year", "2035"]) == 0
    assert (answered["indicator"], answered["groups"], answered["target_year"]) == (None, False, 2035)


@pytest.mark.parametrize(
    ("words", "area", "group"),
    [
        (["--area", "Africa"], "Africa", None),
        (["--group", "girls"], "world", "girls"),
        (["--area", "world"], "world", None),
    ],
)
def test_one_area_or_group_is_one_answer(answered, capsys, words, area, group):
    assert cli.main(["assess", *CHILD, *words]) == 0
    assert (answered["indicator"], answered["area"], answered["group"]) == ("child_labour", area, group)


def test_help_names_the_defaults_of_the_functions(capsys):
    with pytest.raises(SystemExit):
        cli.main(["assess", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    defaults = study.assess.__kwdefaults__
    assert f"seed; {defaults['rng']} if not given" in words
    assert f"a multiple of {CHAINS}; {defaults['draws']} if not given" in words
    assert f"{defaults['horizon']} at most and if not given" in words
    assert words.isascii()


# What comes out


def test_json_on_standard_output_is_the_answer(answered, answers, capsys):
    assert cli.main(["assess", "--format", "json"]) == 0
    assert capsys.readouterr().out == answers.to_json()


def test_standard_error_says_where_files_are(answered, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("target87.report.html.render_html", lambda _: "")
    assert cli.main(["assess", "--out", str(tmp_path / "one"), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert err == f"written to {tmp_path / 'one'}\n"
    assert json.loads(out)
    assert (tmp_path / "one" / "answer.json").read_text(encoding="utf-8") == out
    assert cli.main(["assess", "--out", str(tmp_path / "two"), "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_characters_that_cannot_be_printed_are_replaced(encoding):
    shown = console.encodable("Côte d’Ivoire – ≥ 5 ‰ ▇", encoding)
    shown.encode(encoding)
    assert shown.startswith("Cote d")
    assert console.encodable("Côte", "latin-1") == "Côte"


def printed_in_ascii(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> bytes:
    """What is written to a standard output that takes ASCII only."""
    written = io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
        assert cli.main(["assess", *arguments]) == 0
        return written.getvalue()


def test_text_is_made_for_the_encoding_and_then_forced_into_it(answered, monkeypatch):
    asked = []

    def render_text(_: AssessmentSet, *, width: int, unicode: bool, quiet: bool) -> str:
        asked.append((unicode, quiet))
        return "Côte d'Ivoire"

    monkeypatch.setattr("target87.report.text.render_text", render_text)
    assert printed_in_ascii(monkeypatch, "--quiet") == b"Cote d'Ivoire\n"
    assert asked == [(False, True)]


def test_json_loses_no_character_to_the_encoding(answers, monkeypatch):
    noted = replace(answers.main[0], notes=("Côte d’Ivoire",))
    monkeypatch.setattr(study, "assess_all", lambda *_, **__: AssessmentSet((noted,)))
    written = printed_in_ascii(monkeypatch, "--format", "json")
    assert json.loads(written)["answers"][0]["notes"] == ["Côte d’Ivoire"]


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert re.fullmatch(r"target87 \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
