"""What a survey analyst asks for, each job timed from a design that was just built."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.survey_data import MARGINS, OUTCOMES, MadeSurvey

if TYPE_CHECKING:
    import pandas as pd

REPLICATES = 200
DESIGN_COLUMNS = ("stratum", "unit", "w")
COMPARED = 1_000
"""Raked weights that are held against a peer's."""
TOLERANCE = 1e-8
"""Of raking, of its targets; the same number is given to every peer, whose rules for it differ."""


@dataclass(frozen=True)
class Job:
    """One call; ``setup`` makes what it starts from and is not timed."""

    key: str
    what: str
    columns: tuple[str, ...]
    """Columns that the call reads, the weights among them."""
    setup: Callable[[], Any]
    call: Callable[[Any], Any]
    slow: bool = False

    def seconds(self, repeats: int) -> float:
        """Median time of the call, each on a fresh start, after one that does not count."""
        self.call(self.setup())
        times = []
        for _ in range(repeats):
            start = self.setup()
            begin = time.perf_counter()
            self.call(start)
            times.append(time.perf_counter() - begin)
        return statistics.median(times)


def design_of(data: Any) -> Any:
    """Build the design of a made survey."""
    from target87.survey import SurveyDesign

    return SurveyDesign(data, weights="w", strata="stratum", psu="unit")


def jobs(made: MadeSurvey, frame: pd.DataFrame) -> list[Job]:
    """All jobs that peers are timed on too."""
    targets, domain = made.targets(), f"domain{made.size.joint}"

    def built() -> Any:
        return design_of(frame)

    def replicates() -> Any:
        return built().to_replicates("subbootstrap", replicates=REPLICATES, rng=1)

    return [
        Job("design", "design built", DESIGN_COLUMNS, lambda: frame, design_of),
        Job("mean_1", "mean, 1 variable", ("w", "unit", "y"), built, lambda d: d.mean("y")),
        Job("mean_3", "means, 3 variables", ("w", "unit", *OUTCOMES), built, lambda d: d.mean(list(OUTCOMES))),
        Job(
            "domains",
            f"{made.size.joint} domains, full covariance",
            ("w", "unit", "y", domain),
            built,
            lambda d: d.mean("y", by=domain),
        ),
        Job("rake", "rake to 4 margins", ("w", *MARGINS), built, lambda d: d.rake(targets, tolerance=TOLERANCE)),
        Job(
            "bootstrap",
            f"{REPLICATES} bootstrap replicates made",
            ("unit",),
            built,
            lambda d: d.to_replicates("subbootstrap", replicates=REPLICATES, rng=1),
        ),
        Job(
            "bootstrap_domains",
            f"{made.size.joint} domains, covariance by replicates",
            ("w", "unit", "y", domain),
            replicates,
            lambda d: d.mean("y", by=domain),
        ),
        Job(
            "rake_replicates",
            f"rake all {REPLICATES} replicates",
            ("w", "unit", *MARGINS),
            replicates,
            lambda d: d.rake(targets, tolerance=TOLERANCE),
            slow=True,
        ),
    ]


def answers(made: MadeSurvey, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the jobs find, to be compared with what peers find."""
    design, domain = design_of(frame), f"domain{made.size.joint}"
    mean, joint = design.mean(list(OUTCOMES)), design.mean("y", by=domain)
    one = design.mean("y").to_dataframe()
    return {
        "mean": mean.to_dataframe()["estimate"].to_numpy(),
        "se": one["se"].to_numpy(),
        "domain means": joint.to_dataframe()["estimate"].to_numpy(),
        "domain covariance": np.asarray(joint.covariance()).ravel(),
        "raked weights": design.rake(made.targets(), tolerance=TOLERANCE).weights[:COMPARED],
    }


def read_seconds(frame: pd.DataFrame, columns: Sequence[str], repeats: int) -> float:
    """Median time to read every byte of some columns once: the roofline of any job that needs them."""
    import pyarrow as pa

    columns_read = pa.Table.from_pandas(frame[list(columns)], preserve_index=False).itercolumns()
    buffers = [one for column in columns_read for chunk in column.chunks for one in chunk.buffers() if one is not None]
    pieces = [np.frombuffer(one, dtype=np.int64, count=one.size // 8) for one in buffers]
    times = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        for piece in pieces:
            piece.sum()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])
