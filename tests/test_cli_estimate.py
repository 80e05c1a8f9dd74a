"""The verb ``estimate`` at the prompt, in this process."""

from __future__ import annotations

import pytest

import target87 as t87
from target87 import cli
from target87.cli.arguments import parser
from target87.cli.estimate import settings_of

PATH = str(t87.datasets.synthetic_survey_path())
SAMPLE = ("--weights", "weight", "--strata", "stratum", "--psu", "cluster")


def settings(*words):
    return settings_of(parser().parse_args(["estimate", *words]))


def test_options_become_settings():
    found = settings(
        *("a.sav", "--weights", "w", "--strata", "s", "--psu", "c,h", "--by", "sex,region", "--by", "age"),
        *("--where", "result=1", "--where", "region=North,South", "--column", "age=q1", "--codes", "q2=97,98.5"),
        *("--missing", "spss", "--level", "0.9", "--suppress-below", "25", "--nest"),
    )
    assert found.psu == ("c", "h")
    assert found.by == (("sex", "region"), ("age",))
    assert found.where == {"result": 1, "region": ["North", "South"]}
    assert found.columns == {"age": ("q1",)}
    assert found.missing_codes == {"q2": [97, 98.5]}
    assert (found.missing, found.level, found.suppress_below, found.nest) == ("spss", 0.9, 25, True)


def test_options_come_before_settings(tmp_path):
    (tmp_path / "run.toml").write_text('file = "a.sav"\nweights = "w"\nlevel = 0.9\n')
    found = settings("--settings", str(tmp_path / "run.toml"), "--level", "0.8")
    assert (found.weights, found.level) == ("w", 0.8)


def test_the_command_writes_its_folder_and_says_the_figures(tmp_path, capsys):
    words = ["estimate", PATH, *SAMPLE, "--indicator", "sdg_8_7_1_a", "--by", "sex,region"]
    assert cli.main([*words, "--out", str(tmp_path / "tables")]) == 0
    out, err = capsys.readouterr()
    assert "% of children (95 % interval" in out
    assert "undecided" in out
    assert f"written to {tmp_path / 'tables'}" in err
    again = ["estimate", "--settings", str(tmp_path / "tables" / "settings.toml"), "--quiet"]
    assert cli.main(again) == 0
    assert capsys.readouterr().out.strip() in out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "no file is named"),
        (["nowhere.sav"], None, "nowhere.sav"),
        ([PATH, "--weights", "wieght"], 2, "'weight'"),
        ([PATH, "--by", "sexe"], 2, "'sex'"),
        ([PATH, "--indicator", "mics7"], 2, "'mics6'"),
        ([PATH, "--missing", "error"], 1, "undecided"),
        ([PATH, "--where", "result"], 2, "COLUMN=VALUE"),
        ([PATH, "--column", "hours=CL33"], 2, "'CL3'"),
        ([PATH, *SAMPLE[:2], "--strata", "stratum", "--psu", "household"], 1, "more than one stratum"),
        ([PATH, "--level", "95"], 2, "level"),
        ([PATH, "--by", ""], 2, "names no column"),
        ([PATH, "--where", "age=12", "--where", "age=13"], 2, "named twice"),
        ([PATH, "--where", "CL3=98"], 1, "--most-undecided 1"),
        ([PATH, "--where", "CL3=98", "--most-undecided", "1"], 1, "nothing to estimate"),
    ],
)
def test_bad_input_ends_in_a_sentence(words, status, said, capsys):
    found = cli.main(["estimate", *words])
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert found in ((1, 2) if status is None else (status,))


def test_the_output_folder_is_checked_before_any_work(tmp_path, capsys):
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "file").touch()
    assert cli.main(["estimate", "nowhere.sav", "--out", str(tmp_path / "held")]) == 2
    assert "already holds" in capsys.readouterr().err
