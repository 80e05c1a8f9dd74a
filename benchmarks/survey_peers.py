"""Peers of the survey core on the same columns, each in a process with its own number of threads.

``python -m benchmarks.survey_peers folder joint repeats slow replicates tolerance`` runs ``svy`` and prints what
``survey_peers.R`` prints for R: times and values, a line each.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.survey_data import MARGINS, OUTCOMES, MadeSurvey

_THREADS = ("RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Peer:
    """What a peer took and found; ``missing`` says why it did not run."""

    name: str
    missing: str = ""
    version: str = ""
    times: dict[str, float] = field(default_factory=dict)
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def hand_over(made: MadeSurvey, folder: Path) -> None:
    """Write what peers read."""
    made.write(folder)
    for name, counts in made.targets().items():
        lines = [f"{name},Freq", *(f"{label},{count!r}" for label, count in counts.items())]
        (folder / f"target_{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_r(arguments: Sequence[str]) -> Peer:
    """R's survey package, by its command."""
    command = shutil.which("Rscript")
    if command is None:
        return Peer("R survey", missing="there is no Rscript on the path")
    if subprocess.run([command, "-e", "library(survey)"], capture_output=True, check=False).returncode:
        return Peer("R survey", missing="R has no package survey: install.packages('survey')")
    script = Path(__file__).with_name("survey_peers.R")
    return _run("R survey", [command, "--vanilla", str(script), *arguments], threads=1)


def run_svy(arguments: Sequence[str], threads: int) -> Peer:
    """The Python package svy."""
    name = f"svy, {threads} thread{'s' if threads > 1 else ''}"
    if importlib.util.find_spec("svy") is None:
        return Peer(name, missing="svy is not installed: pip install 'target87[bench]'")
    return _run(name, [sys.executable, "-m", "benchmarks.survey_peers", *arguments], threads=threads)


def _run(name: str, command: Sequence[str], threads: int) -> Peer:
    environment = {**os.environ, **dict.fromkeys(_THREADS, str(threads))}
    done = subprocess.run(
        command,
        env=environment,
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
    peer = Peer(name)
    for line in done.stdout.splitlines():
        kind, what, given = line.split("\t")
        numbers = np.array(given.split(","), dtype=np.float64)
        if kind == "time":
            peer.times[what] = float(numbers[0])
        elif kind == "value":
            peer.values[what] = numbers
        else:
            peer.version = what
    return peer


def _read(folder: Path, joint: int) -> Any:
    import polars as pl

    columns: dict[str, Any] = {}
    for name in ("stratum", "unit"):
        columns[name] = np.fromfile(folder / f"{name}.bin", dtype=np.int32)
    for name in ("w", *OUTCOMES):
        columns[name] = np.fromfile(folder / f"{name}.bin", dtype=np.float64)
    for name in (f"domain{joint}", *MARGINS):
        labels = pl.Series((folder / f"{name}.txt").read_text(encoding="utf-8").split())
        columns[name] = labels.gather(np.fromfile(folder / f"{name}.bin", dtype=np.int32))
    return pl.DataFrame(columns)


def _targets(folder: Path) -> dict[str, dict[str, float]]:
    result = {}
    for name in MARGINS:
        lines = (folder / f"target_{name}.csv").read_text(encoding="utf-8").splitlines()[1:]
        result[name] = {label: float(count) for label, count in (line.split(",") for line in lines)}
    return result


def _say(kind: str, name: str, values: Any) -> None:
    print(kind, name, ",".join(repr(float(one)) for one in np.ravel(values)), sep="\t", flush=True)


def _timed(key: str, setup: Callable[[], Any], call: Callable[[Any], Any], repeats: int, *, warm: bool = True) -> Any:
    if warm:
        call(setup())
    times, result = [], None
    for _ in range(repeats):
        start = setup()
        begin = time.perf_counter()
        result = call(start)
        times.append(time.perf_counter() - begin)
    _say("time", key, statistics.median(times))
    return result


def _svy(folder: Path, joint: int, repeats: int, slow: bool, replicates: int, tolerance: float) -> None:
    import svy

    data, targets, domain = _read(folder, joint), _targets(folder), f"domain{joint}"
    rake = {"controls": targets, "tol": tolerance, "max_iter": 1000}

    def built() -> Any:
        return svy.Sample(data, svy.Design(stratum="stratum", psu="unit", wgt="w"))

    def resampled() -> Any:
        return built().weighting.create_bs_wgts(replicates, rstate=1)

    _say("version", f"svy {importlib.metadata.version('svy')}", 0.0)
    _timed("design", lambda: None, lambda _: built(), repeats)
    mean = _timed("mean_1", built, lambda s: s.estimation.mean("y"), repeats)
    means = _timed("mean_3", built, lambda s: s.estimation.mean(list(OUTCOMES)), repeats)
    _say("value", "mean", [one.estimates[0].est for one in means])
    _say("value", "se", mean.estimates[0].se)
    joint_means = _timed("domains", built, lambda s: s.estimation.mean("y", by=domain), repeats)
    _say("value", "domain means", [one.est for one in joint_means.estimates])
    _say("value", "domain covariance", joint_means.covariance)
    raked = _timed("rake", built, lambda s: s.weighting.rake(**rake), repeats)
    _say("value", "raked weights", raked.data["rk_wgt"].to_numpy()[:1000])
    if not slow:
        return
    # minutes and gigabytes: once
    sample = _timed("bootstrap", built, lambda s: s.weighting.create_bs_wgts(replicates, rstate=1), 1, warm=False)
    by_replicates = {"by": domain, "method": "replication"}
    _timed("bootstrap_domains", lambda: sample, lambda s: s.estimation.mean("y", **by_replicates), repeats)
    _timed("rake_replicates", lambda: sample, lambda s: s.weighting.rake(**rake), 1, warm=False)


if __name__ == "__main__":
    import importlib.metadata

    given = sys.argv[1:]
    _svy(Path(given[0]), int(given[1]), int(given[2]), given[3] == "TRUE", int(given[4]), float(given[5]))
