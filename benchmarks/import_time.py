"""``import target87`` in a process of its own, less the bare interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Measurement, process_seconds


def run(*, smoke: bool) -> Iterator[Measurement]:
    repeats = 1 if smoke else 15
    bare = process_seconds(["-c", "pass"], repeats=repeats)
    ours = process_seconds(["-c", "import target87"], repeats=repeats)
    peer = process_seconds(["-c", "import numpy"], repeats=repeats)
    yield Measurement("import target87", ours - bare, "s", target=0.2)
    yield Measurement("import numpy, for comparison", peer - bare, "s")
