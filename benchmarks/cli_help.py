"""``python -m target87 --help``, the whole process."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Measurement, process_seconds


def run(*, smoke: bool) -> Iterator[Measurement]:
    repeats = 1 if smoke else 15
    yield Measurement("--help", process_seconds(["-m", "target87", "--help"], repeats=repeats), "s", target=0.5)
    whole = process_seconds(["-m", "target87", "assess", "--help"], repeats=repeats)
    yield Measurement("assess --help", whole, "s", target=0.5)
