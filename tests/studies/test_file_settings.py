from __future__ import annotations

import pytest

from target87.errors import InputError, UnknownNameError
from target87.studies.file_settings import FileSettings

WHOLE = FileSettings(
    file="survey.sav",
    weights="w",
    strata=("stratum",),
    psu=("cluster", "household"),
    fpc=("clusters",),
    nest=True,
    lonely_psu="adjust",
    indicator="mics6",
    definition={"hours": [1, 14, 36], "special_codes": [98, 99]},
    by=(("sex",), ("region", "sex")),
    where={"result": 1, "region": ["North", "South"]},
    columns={"age": ("q1",), "hazards": ("q2", "q3")},
    missing="bounds",
    contradictions="note",
    isco="88",
    isic="3",
    missing_codes={"CL3": [97, 98]},
    weighting=({"step": "rake", "totals": {"sex": {"boy": 10.0, "girl": 12.0}}}, {"step": "trim", "upper": 5.0}),
    interval="logit",
    level=0.9,
    suppress_below=25,
    survey='A "survey", 2026',
    encoding="latin-1",
)


def test_settings_survive_their_text():
    assert FileSettings.from_toml_text(WHOLE.to_toml()) == WHOLE
    assert FileSettings.from_toml_text(FileSettings("a.sav").to_toml()) == FileSettings("a.sav")


def test_the_file_is_looked_for_beside_the_settings(tmp_path):
    (tmp_path / "run.toml").write_text('file = "survey.sav"\nby = ["sex", ["sex", "region"]]\npsu = "cluster"\n')
    found = FileSettings.from_toml(tmp_path / "run.toml")
    assert found.file == str(tmp_path / "survey.sav")
    assert found.beside(tmp_path / "out").file == "../survey.sav"
    assert found.by == (("sex",), ("sex", "region"))
    assert found.psu == ("cluster",)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", InputError, "name no file"),
        ("file = 1", InputError, "file is of a wrong kind"),
        ("file = ", InputError, "no TOML"),
        ('file = "a.sav"\nstrat = "s"', UnknownNameError, "strat"),
        ('file = "a.sav"\nlevel = true', InputError, "level is of a wrong kind"),
        ('file = "a.sav"\nnest = 1', InputError, "nest is of a wrong kind"),
        ('file = "a.sav"\nwhere = "x"', InputError, "where is of a wrong kind"),
        ('file = "a.sav"\n[columns]\nhours = 3', InputError, "columns.hours is of a wrong kind"),
        ('file = "a.sav"\nby = [[1]]', InputError, "by is of a wrong kind"),
        ('file = "a.sav"\n[[weighting]]\nupper = 2', InputError, "does not say which"),
        ('file = "a.sav"\n[[weighting]]\nstep = "racke"', UnknownNameError, "rake"),
    ],
)
def test_bad_settings_say_what_is_wrong(text, error, words):
    with pytest.raises(error, match=words):
        FileSettings.from_toml_text(text)


def test_settings_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file of settings"):
        FileSettings.from_toml(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        FileSettings.from_toml(tmp_path / "binary.toml")
