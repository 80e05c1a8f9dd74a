"""A made survey for benchmarks: strata, sampling units, weights, outcomes, domains and margins, any number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MARGINS = {"m1": 5, "m2": 2, "m3": 8, "m4": 4}
DOMAINS = (5, 50, 500, 5_000)
OUTCOMES = ("y", "hours", "income")
_PEOPLE = 20_000_000.0


@dataclass(frozen=True)
class Size:
    """How large a survey is."""

    rows: int
    strata: int = 200
    units: int = 10_000
    domains: tuple[int, ...] = DOMAINS
    joint: int = 50
    """Domains whose full covariance is asked for; one of ``domains``."""


@dataclass(frozen=True)
class MadeSurvey:
    """Columns as numbers or codes, and the labels of the coded ones."""

    size: Size
    columns: dict[str, NDArray[Any]]
    labels: dict[str, list[str]]

    def frame(self) -> pd.DataFrame:
        """The data as a user has them: labels are strings."""
        import pyarrow as pa

        # through Arrow: a million Python strings a column would be made otherwise
        arrays = {
            name: pa.DictionaryArray.from_arrays(values, self.labels[name]).cast(pa.string())
            if name in self.labels
            else pa.array(values)
            for name, values in self.columns.items()
        }
        frame: pd.DataFrame = pa.table(arrays).to_pandas()
        return frame

    def targets(self) -> dict[str, dict[str, float]]:
        """Population counts of the margins: the sample's own, moved by up to a tenth, at one total."""
        weight = self.columns["w"]
        result = {}
        for name, levels in MARGINS.items():
            counts = np.bincount(self.columns[name], weight, minlength=levels)
            moved = counts * (1.0 + 0.1 * np.cos(np.arange(levels)))
            moved *= _PEOPLE / moved.sum()
            result[name] = dict(zip(self.labels[name], moved.tolist(), strict=True))
        return result

    def write(self, folder: Path) -> None:
        """Write each column as it lies in memory, labels as lines of text, for a peer in another language."""
        for name, values in self.columns.items():
            values.tofile(folder / f"{name}.bin")
        for name, labels in self.labels.items():
            (folder / f"{name}.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")


def make_survey(size: Size, seed: int = 1) -> MadeSurvey:
    """Rows sorted by sampling unit; domains cross units; outcomes have effects of stratum and unit."""
    rng = np.random.default_rng(seed)
    unit = np.sort(rng.integers(0, size.units, size.rows, dtype=np.int32))
    unit[: min(size.units, size.rows)] = np.arange(min(size.units, size.rows), dtype=np.int32)  # none without rows
    unit.sort()
    stratum = (unit // (size.units // size.strata)).astype(np.int32)
    effect = 0.4 * rng.normal(size=size.strata)[stratum] + 0.3 * rng.normal(size=size.units)[unit]
    y = (rng.random(size.rows) < 1.0 / (1.0 + np.exp(1.5 - effect))).astype(np.float64)
    columns: dict[str, NDArray[Any]] = {
        "stratum": stratum,
        "unit": unit,
        "w": np.exp(0.5 * rng.normal(size=size.rows)) * _PEOPLE / size.rows,
        "y": y,
        "hours": 20.0 + 5.0 * effect + 4.0 * rng.normal(size=size.rows),
        "income": np.exp(1.0 + 0.5 * effect + 0.6 * rng.normal(size=size.rows)),
    }
    labels: dict[str, list[str]] = {}
    for name, levels in {**{f"domain{d}": d for d in size.domains}, **MARGINS}.items():
        columns[name] = rng.integers(0, levels, size.rows, dtype=np.int32)
        labels[name] = [f"{name}_{k:04d}" for k in range(levels)]
    return MadeSurvey(size, columns, labels)
