"""What a benchmark returns, and how it is timed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One number with its unit; ``target`` is the most it may be (the least, if ``more_is_better``)."""

    what: str
    value: float
    unit: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        good = self.value >= self.target if self.more_is_better else self.value <= self.target
        side = "at least" if self.more_is_better else "at most"
        return f"{'met' if good else 'MISSED'} ({side} {self.target:g})"

    def __str__(self) -> str:
        return f"{self.what:<66} {self.value:>11.4g} {self.unit:<14} {self.verdict}".rstrip()


def seconds(call: Callable[[], object], *, repeats: int) -> float:
    """Median wall time of a call, after one call that does not count."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process_seconds(arguments: Sequence[str], *, repeats: int, environment: Mapping[str, str] | None = None) -> float:
    """Median wall time of this Python with ``arguments``, from start to end of the process."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        times.append(time.perf_counter() - start)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return statistics.median(times)
