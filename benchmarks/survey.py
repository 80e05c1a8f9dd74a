"""Survey estimation from a million rows, beside R's survey and svy: time, memory, growth with rows, agreement."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import survey_memory
from benchmarks.measure import Measurement, seconds
from benchmarks.survey_bound import encode_seconds, pass_seconds
from benchmarks.survey_data import MadeSurvey, Size, make_survey
from benchmarks.survey_jobs import REPLICATES, TOLERANCE, Job, answers, design_of, jobs, read_seconds
from benchmarks.survey_peers import Peer, hand_over, run_r, run_svy

if TYPE_CHECKING:
    import pandas as pd

FULL = Size(1_000_000)
SMOKE = Size(6_000, strata=20, units=200, domains=(5, 50))
TARGETS = {  # times as fast as R, and as svy on one thread
    "design": (15.0, 0.5),
    "mean_1": (8.0, 1.0),
    "mean_3": (8.0, 1.0),
    "domains": (50.0, 8.0),
    "rake": (25.0, 8.0),
    "bootstrap": (100.0, 40.0),
    "bootstrap_domains": (50.0, 1.0),
    "rake_replicates": (None, 20.0),
}
DIGITS = {"raked weights": 6.0}
"""Significant digits that must agree with peers: all but the last few, except where each stops iterating by a rule."""
GROWTH = ("design", "mean_1", "domains", "rake")


def run(*, smoke: bool) -> Iterator[Measurement]:
    size, repeats = (SMOKE, 1) if smoke else (FULL, 5)
    made = make_survey(size)
    frame = made.frame()
    print(f"  {size.rows:,} rows, {size.strata} strata, {size.units:,} sampling units; labels are strings")
    with tempfile.TemporaryDirectory() as folder:
        todo = jobs(made, frame)
        ours = {job.key: job.seconds(1 if job.slow else repeats) for job in todo}
        rooflines = {job.key: read_seconds(frame, job.columns, repeats) for job in todo}
        peers = [] if smoke else _peers(made, Path(folder), repeats)
        _print_times(todo, ours, rooflines, peers)
        yield from _agreement(made, frame, peers)
        yield from _ratios(todo, ours, peers)
        yield from _standard_errors(made, frame, repeats, target=None if smoke else 3.0)
        yield from _more_covariance(made, frame, repeats)
        yield from _memory(made, frame, Path(folder), smoke=smoke)
        yield from _streaming(made, frame, Path(folder), smoke=smoke)
    del frame, todo
    if not smoke:
        yield from _growth()


def _peers(made: MadeSurvey, folder: Path, repeats: int) -> list[Peer]:
    hand_over(made, folder)
    arguments = [str(folder), str(made.size.joint), str(repeats), "TRUE", str(REPLICATES), repr(TOLERANCE)]
    threads = sorted({1, os.cpu_count() or 1})
    peers = [run_r(arguments), *(run_svy(arguments, count) for count in threads)]
    for peer in peers:
        if peer.missing:
            print(f"  skipped {peer.name}: {peer.missing}")
    return [peer for peer in peers if not peer.missing]


def _print_times(todo: Sequence[Job], ours: dict[str, float], rooflines: dict[str, float], peers: list[Peer]) -> None:
    print("  milliseconds, and how many times ours; roofline: ours over one pass through the columns that it reads")
    print(f"  {'':<38}{'ours':>10}{'roofline':>10}" + "".join(f"{peer.version or peer.name:>26}" for peer in peers))
    threads = "".join(f"{peer.name:>26}" for peer in peers)
    if peers:
        print(f"  {'':<58}{threads}")
    for job in todo:
        line = f"  {job.what:<38}{1e3 * ours[job.key]:>10.4g}{ours[job.key] / rooflines[job.key]:>9.3g}x"
        for peer in peers:
            time = peer.times.get(job.key)
            line += f"{'':>26}" if time is None else f"{1e3 * time:>16,.4g}{time / ours[job.key]:>9.3g}x"
        print(line, flush=True)


def _agreement(made: MadeSurvey, frame: pd.DataFrame, peers: list[Peer]) -> Iterator[Measurement]:
    found = answers(made, frame)
    for peer in peers:
        for what, theirs in peer.values.items():
            mine = found[what]
            off = float(np.max(np.abs(mine - theirs)) / np.max(np.abs(mine)))
            digits = min(16.0, -np.log10(off)) if off else 16.0
            name = f"{what}, beside {peer.name}"
            yield Measurement(name, digits, "digits", target=DIGITS.get(what, 9.0), more_is_better=True)


def _ratios(todo: Sequence[Job], ours: dict[str, float], peers: list[Peer]) -> Iterator[Measurement]:
    for job in todo:
        yield Measurement(job.what, 1e3 * ours[job.key], "ms")
    for job in todo:
        for_r, for_svy = TARGETS[job.key]
        for peer in peers:
            if job.key not in peer.times:
                continue
            target = for_r if peer.name.startswith("R ") else for_svy if peer.name == "svy, 1 thread" else None
            ratio = peer.times[job.key] / ours[job.key]
            yield Measurement(f"{job.what}: times as fast as {peer.name}", ratio, "x", target, more_is_better=True)
    threaded = [peer for peer in peers if peer.name.startswith("svy")]
    for job in todo:
        best = min((peer.times[job.key] for peer in threaded if job.key in peer.times), default=None)
        if best is not None:
            yield Measurement(f"{job.what}: times as fast as svy at its best", best / ours[job.key], "x")


def _standard_errors(
    made: MadeSurvey, frame: pd.DataFrame, repeats: int, target: float | None
) -> Iterator[Measurement]:
    """Standard errors by domain beside a bare pass: with labels still strings, and with their codes at hand."""
    for domains in made.size.domains:
        by = f"domain{domains}"
        first = Job(by, by, (), lambda: design_of(frame), lambda d, by=by: d.mean("y", by=by, covariance=False))
        design = design_of(frame)
        again = seconds(lambda d=design, by=by: d.mean("y", by=by, covariance=False), repeats=repeats)
        bare = pass_seconds(made.columns, made.size.units, domains, repeats)
        encode = encode_seconds(frame[by], repeats)
        once = first.seconds(repeats)
        what = f"standard errors of {domains:,} domains"
        yield Measurement(what, 1e3 * once, "ms")
        yield Measurement("  over reading the rows and writing the unit totals", once / (bare + encode), "x", target)
        yield Measurement(f"{what}, column coded before", 1e3 * again, "ms")
        yield Measurement("  over one pass through the coded rows, unit totals written", again / bare, "x", target)


def _more_covariance(made: MadeSurvey, frame: pd.DataFrame, repeats: int) -> Iterator[Measurement]:
    for domains in made.size.domains:
        if made.size.joint < domains <= 500:
            by = f"domain{domains}"
            job = Job(by, by, (), lambda: design_of(frame), lambda d, by=by: d.mean("y", by=by))
            yield Measurement(f"{domains} domains, full covariance, by default", 1e3 * job.seconds(repeats), "ms")


def _write(made: MadeSurvey, frame: pd.DataFrame, file: Path) -> None:
    kept = [name for name in frame.columns if name not in ("domain5", "domain500", "domain5000")]
    frame[kept].to_parquet(file, row_group_size=100_000)
    # every unit of the first strata: a design of its own to warm up on
    frame.loc[frame["stratum"] < 5, kept].to_parquet(file.with_name("small.parquet"))
    file.with_suffix(".json").write_text(json.dumps(made.targets()), encoding="utf-8")


def _memory(made: MadeSurvey, frame: pd.DataFrame, folder: Path, *, smoke: bool) -> Iterator[Measurement]:
    file = folder / "survey.parquet"
    _write(made, frame, file)
    for job in list(survey_memory.JOBS)[: 1 if smoke else None]:
        peak, used = survey_memory.measure(job, file)
        what = f"peak memory, design built and {job}"
        if smoke:
            yield Measurement(what, peak / 1e6, "MB")
        else:
            yield Measurement(f"{what}, of {used / 1e6:.0f} MB used", peak / used, "x", target=3)


def _streaming(made: MadeSurvey, frame: pd.DataFrame, folder: Path, *, smoke: bool) -> Iterator[Measurement]:
    """The same from a file read in batches."""
    from target87.errors import InputError

    file = folder / "survey.parquet"
    try:
        streamed = design_of(str(file))
    except InputError as error:
        print(f"  skipped designs from a Parquet file: {str(error).splitlines()[0]}")
        return
    job = "50 domains, full covariance"
    here, there = (design.mean("y", by="domain50") for design in (design_of(frame), streamed))
    apart = np.abs(np.asarray(here.covariance()) - np.asarray(there.covariance())).max()
    apart /= np.abs(np.asarray(here.covariance())).max()
    yield Measurement("from a Parquet file: covariance apart, of its largest", float(apart), "", target=1e-12)
    time = seconds(lambda: design_of(str(file)).mean("y", by="domain50"), repeats=1 if smoke else 3)
    yield Measurement(f"from a Parquet file: design and {job}", 1e3 * time, "ms")
    if smoke:
        return
    peaks: dict[str, list[int]] = {job: [] for job in survey_memory.STREAMED}
    for rows in (FULL.rows, 10 * FULL.rows):
        if rows != made.size.rows:
            larger = make_survey(Size(rows, domains=(50,)), seed=2)
            _write(larger, larger.frame(), file)
            del larger
        for job, found in peaks.items():
            found.append(survey_memory.measure(job, file, stream=True)[0])
            yield Measurement(f"from a Parquet file: peak memory of {job}, {rows:,} rows", found[-1] / 1e6, "MB")
    for job, (few, many) in peaks.items():
        yield Measurement(f"from a Parquet file: peak of ten times the rows, {job}", many / few, "x", target=1.2)


def _growth() -> Iterator[Measurement]:
    """Cost by rows; units stay as many."""
    sizes = (100_000, 1_000_000, 10_000_000)
    times: dict[str, list[float]] = {key: [] for key in GROWTH}
    names: dict[str, str] = {}
    for rows in sizes:
        made = make_survey(Size(rows, domains=(50,)), seed=3)
        frame = made.frame()
        for job in jobs(made, frame):
            if job.key in GROWTH:
                names[job.key] = job.what
                times[job.key].append(job.seconds(5 if rows < 10_000_000 else 3))
        del made, frame, job
    print("  milliseconds by number of rows" + "".join(f"{rows:>14,}" for rows in sizes))
    for key, taken in times.items():
        print(f"  {names[key]:<30}" + "".join(f"{1e3 * one:>14.4g}" for one in taken), flush=True)
    for key, taken in times.items():
        yield Measurement(f"{names[key]}: ten times the rows of {sizes[1]:,} cost", taken[2] / taken[1], "x", target=15)
