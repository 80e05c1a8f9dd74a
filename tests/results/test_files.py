"""Whole or not at all: what is left on the disk after a success, an error, an interrupt and a kill."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time

import numpy as np
import pytest
import xarray as xr

from target87.errors import OutputError
from target87.results import files


def held(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


def failing(error):
    def write(path):
        path.write_text("half")
        raise error

    return write


def test_text_is_utf8_with_unix_line_ends(tmp_path):
    assert files.write_text(tmp_path / "a.txt", "père\nmère\n") == tmp_path / "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == "père\nmère\n".encode()
    assert held(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_or_interrupt_leaves_what_was(tmp_path, error):
    old = tmp_path / "a.txt"
    with pytest.raises(type(error)):
        files.write_whole(old, failing(error))
    assert held(tmp_path) == []
    old.write_text("before")
    with pytest.raises(type(error)):
        files.write_whole(old, failing(error))
    assert held(tmp_path) == ["a.txt"]
    assert old.read_text() == "before"


def test_the_umask_decides_who_may_read(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_text(tmp_path / "a.txt", "x")
        assert os.umask(0o027) == 0o027, "the umask is put back"
        with files.whole_folder(tmp_path / "out") as folder:
            (folder / "b.txt").write_text("x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o750


def test_netcdf(tmp_path):
    data = xr.Dataset({"x": ("t", np.arange(3.0))})
    files.write_netcdf(tmp_path / "a.nc", data)
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as again:
        assert again.identical(data)
    bad = xr.Dataset({"x": ("t", np.array([object()], dtype=object))})
    with pytest.raises(Exception, match="object"):
        files.write_netcdf(tmp_path / "b.nc", bad)
    assert held(tmp_path) == ["a.nc"]


def test_places_where_no_file_can_go(tmp_path):
    with pytest.raises(OutputError, match="a folder stands"):
        files.write_text(tmp_path, "x")
    with pytest.raises(OutputError, match="No such file"):
        files.write_text(tmp_path / "none" / "a.txt", "x")
    assert held(tmp_path) == []


def test_a_folder_appears_at_the_end(tmp_path):
    target = tmp_path / "deep" / "out"
    with files.whole_folder(target) as folder:
        (folder / "answer.json").write_text("{}")
        assert not target.exists()
    assert held(target) == ["answer.json"]
    assert held(tmp_path) == ["deep", "deep/out", "deep/out/answer.json"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    with files.whole_folder(tmp_path / "out") as folder:
        (folder / "a.txt").write_text("x")
    assert held(tmp_path) == ["out", "out/a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_folder_vanishes_with_an_error(tmp_path, error):
    def interrupted():
        with files.whole_folder(tmp_path / "out") as folder:
            (folder / "a.txt").write_text("x")
            (folder / "b.csv").write_text("x")
            raise error

    with pytest.raises(error):
        interrupted()
    assert held(tmp_path) == []


def test_folders_made_on_the_way_vanish_too(tmp_path):
    def interrupted():
        with files.whole_folder(tmp_path / "deep" / "deeper" / "out"):
            raise KeyboardInterrupt

    (tmp_path / "before").mkdir()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert held(tmp_path) == ["before"]


def test_a_folder_within_the_folder_vanishes_too(tmp_path):
    def interrupted():
        with files.whole_folder(tmp_path / "out") as folder:
            (folder / "figures").mkdir()
            (folder / "figures" / "a.svg").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert held(tmp_path) == []


def test_an_earlier_run_is_never_written_over(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "answer.json").write_text("{}")
    with pytest.raises(OutputError, match="already holds a run"):
        files.check_folder(out)
    (out / "answer.json").rename(out / "notes.txt")
    with pytest.raises(OutputError, match="already holds files"), files.whole_folder(out):
        pass
    assert held(out) == ["notes.txt"]


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        files.check_folder(tmp_path / "out")
    with pytest.raises(OutputError, match="on the way"):
        files.check_folder(tmp_path / "out" / "deeper")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        files.check_folder(tmp_path / "out")
    tmp_path.chmod(0o700)


def test_no_right_to_write_is_said(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(OutputError, match="cannot be written: Read-only file system"):
        files.check_folder(tmp_path / "out")


def test_checking_leaves_nothing(tmp_path):
    assert files.check_folder(tmp_path / "deep" / "out") == (tmp_path / "deep" / "out").resolve()
    assert held(tmp_path) == []


def test_the_folder_one_stands_in_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="you stand in"):
        files.check_folder(".")


def test_a_real_interrupt_leaves_nothing(tmp_path):
    """Ctrl-C while the process writes: the signal itself, not an exception raised by the test."""
    script = textwrap.dedent("""
        import signal, sys, time
        from target87.results import files

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

        def slow(path):
            path.write_text("half")
            print("writing", flush=True)
            time.sleep(60)

        with files.whole_folder(sys.argv[1]) as folder:
            files.write_whole(folder / "a.txt", slow)
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    assert held(tmp_path) != []
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    process.stdout.close()
    assert process.returncode != 0
    time.sleep(0.05)
    assert held(tmp_path) == []
