"""Peak memory of one survey job above that after imports and loading, in a process of its own.

``python -m benchmarks.survey_memory job file.parquet [stream]`` prints two numbers of bytes: the peak above loading,
and the columns that the job uses. With ``stream`` the design reads the file itself. Beside the file lie its margins'
targets (``.json``) and ``small.parquet``, a little of the same for the job to warm up on.
"""

from __future__ import annotations

import ctypes
import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.survey_data import MARGINS, OUTCOMES

DESIGN = ("stratum", "unit", "w")
JOINT = "domain50"


def _rake(design: Any, targets: Any) -> Any:
    return design.rake(targets)


def _median(design: Any, _: Any) -> Any:
    return design.quantile("y", by=JOINT)


def _rake_replicates(design: Any, targets: Any) -> Any:
    return design.to_replicates("subbootstrap", replicates=200, rng=1).rake(targets)


def _replicate(design: Any, _: Any) -> Any:
    return design.to_replicates("subbootstrap", replicates=200, rng=1).mean("y", by=JOINT)


JOBS: dict[str, tuple[tuple[str, ...], Callable[[Any, Any], Any]]] = {
    "design alone": (DESIGN, lambda design, _: design),
    "mean of 3 variables": ((*DESIGN, *OUTCOMES), lambda design, _: design.mean(list(OUTCOMES))),
    "50 domains, full covariance": ((*DESIGN, "y", JOINT), lambda design, _: design.mean("y", by=JOINT)),
    "rake to 4 margins": ((*DESIGN, *MARGINS), _rake),
    "medians of 50 domains": ((*DESIGN, "y", JOINT), _median),
    "50 domains by 200 replicates": ((*DESIGN, "y", JOINT), _replicate),
    "rake all 200 replicates": ((*DESIGN, *MARGINS), _rake_replicates),
}
"""Columns used, and the job; each builds its design first."""
STREAMED = ("50 domains, full covariance", "rake to 4 margins", "medians of 50 domains")
"""Jobs that are also measured from a file read in batches."""


def measure(job: str, file: Path, *, stream: bool = False) -> tuple[int, int]:
    """Peak above loading and bytes of the columns used, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.survey_memory", job, str(file), *(["stream"] if stream else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise RuntimeError(f"memory of {job!r} ended with {done.returncode}: {done.stderr[-2000:]}")
    peak, used = json.loads(done.stdout)
    return peak, used


def _main(job: str, file: Path, *, stream: bool) -> None:
    import pandas as pd

    from benchmarks.survey_jobs import design_of

    columns, call = JOBS[job]
    targets = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    small = file.with_name("small.parquet")  # compiles, and imports what is imported when first used
    call(design_of(str(small) if stream else pd.read_parquet(small, columns=list(columns))), targets)
    frame = None if stream else pd.read_parquet(file, columns=list(columns))
    used = 0 if frame is None else int(frame.memory_usage(index=False, deep=True).sum())
    before = _resident()
    result = call(design_of(str(file) if stream else frame), targets)
    peak = _peak() - before
    del result
    print(json.dumps([peak, used]))


def _resident() -> int:
    """Memory held now, what was freed given back first; the peak is counted from here where the system can."""
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except (AttributeError, OSError):
        return _peak()
    return _status("VmRSS")


def _peak() -> int:
    try:
        return _status("VmHWM")
    except OSError:
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), stream=sys.argv[3:] == ["stream"])
