"""The program as a process: how fast it starts, what it does to its streams, and how signals end it.

Each test costs seconds, so there are few; ``test_cli.py`` has the rest.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from target87 import cli

SRC = Path(cli.__file__).parents[2]
ONE_ANSWER = ("assess", "--indicator", "forced_labour", "--area", "world")
HEAVY = {"arviz", "h5netcdf", "jinja2", "matplotlib", "numpy", "pandas", "pymc", "rich", "scipy", "xarray"}


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without what would decide the encoding of output and when it is flushed."""
    deciding = {"LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE"}
    deciding |= {"PYTHONIOENCODING", "PYTHONUTF8", "PYTHONCOERCECLOCALE", "PYTHONUNBUFFERED"}
    kept = {name: value for name, value in os.environ.items() if name not in deciding}
    return {**kept, "PYTHONPATH": str(SRC), **variables}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "target87", *arguments]
    return subprocess.run(command, capture_output=True, check=False, env=environment(**variables), timeout=120)


def test_help_is_quick_and_loads_nothing_heavy():
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        done = run("assess", "--help")
        seconds.append(time.perf_counter() - start)
        assert done.returncode == 0
    assert min(seconds) < 0.5
    code = (
        "import sys\nfrom target87.cli import main\ntry:\n main(['--help'])\nexcept SystemExit:\n print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    "variables",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["PYTHONIOENCODING=ascii", "LC_ALL=C"],
)
def test_locale_without_unicode_gets_ascii(variables):
    done = run(*ONE_ANSWER, **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"forced labour" in done.stdout.lower()
    assert done.stderr == b""


def test_json_is_json_in_a_locale_without_unicode():
    done = run(*ONE_ANSWER, "--format", "json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["answers"][0]["indicator"] == "forced_labour"


@pytest.mark.parametrize(("ending", "status"), [(">&-", 0), (">/dev/full", 1)], ids=["closed from the start", "full"])
def test_standard_output_that_takes_nothing(ending, status):
    program = f"{sys.executable} -m target87 {' '.join(ONE_ANSWER)} {ending}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, env=environment(), check=False, timeout=120)
    assert done.returncode == status
    assert (b"cannot be printed: No space left" in done.stderr) == (status == 1)
    assert unharmed(done.stderr)


@pytest.mark.parametrize("arguments", [ONE_ANSWER, ("--help",)])
def test_reader_that_has_gone_is_no_error(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "target87", *arguments]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False, timeout=120)
    os.close(writer)
    assert done.returncode == 0
    assert unharmed(done.stderr)


def unharmed(stderr: bytes) -> bool:
    """Whether the interpreter has nothing to complain of."""
    return b"Traceback" not in stderr and b"Exception ignored" not in stderr


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Two ends of a terminal: ours, and the one for the process."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def read_until(descriptor: int, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        try:
            seen += os.read(descriptor, 4096)
        except OSError:  # the other end is closed
            break
    return seen


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_while_sampling_leaves_nothing(sent, status, tmp_path):
    command = [sys.executable, "-m", "target87", "assess", "--out", str(tmp_path / "out")]
    with terminal() as (ours, theirs):
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env=environment(TERM="xterm"),
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        )
        os.close(theirs)
        assert b"sampling" in read_until(ours, b"sampling")  # the progress bar
        process.send_signal(sent)
        rest = read_until(ours, b"nothing stops this")
        assert process.wait(timeout=60) == status
    assert b"Traceback" not in rest
    assert (b"stopped (Ctrl-C)" in rest) == (sent == signal.SIGINT)
    assert list(tmp_path.iterdir()) == []
