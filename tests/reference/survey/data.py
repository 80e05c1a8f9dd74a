"""The reference blocks and the data sets they read."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parents[1] / "data" / "survey"
LATER = ("e model", "e test")  # groups of regressions and tests, which have an issue of their own
LATER_BLOCKS = ("d.glm.jk1", "d.glm.boot1")  # likewise: regressions on replicate designs


@cache
def every_block() -> tuple[dict[str, Any], ...]:
    """All blocks as they stand in the file."""
    return tuple(json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["blocks"])


def belongs_here(block: dict[str, Any]) -> bool:
    """Whether a block is one of survey estimation proper."""
    return block["group"] not in LATER and block["id"] not in LATER_BLOCKS


@cache
def blocks() -> dict[str, dict[str, Any]]:
    """The blocks asserted here, by name."""
    return {block["id"]: block for block in every_block() if belongs_here(block)}


def names(group: str) -> list[str]:
    """Names of the blocks of the groups that start with a letter."""
    return [name for name, block in blocks().items() if block["group"].startswith(group)]


@cache
def frame(name: str) -> pd.DataFrame:
    """A data set with its factors as categories in the declared order, and text as text."""
    kinds = json.loads((FOLDER / "columns.json").read_text(encoding="utf-8")).get(name, {})
    text = {column: str for column, kind in kinds.items() if kind == "character"}
    table = pd.read_csv(FOLDER / f"{name}.csv", dtype=text)
    for column, kind in kinds.items():
        if isinstance(kind, list):
            table[column] = pd.Categorical(table[column], categories=kind)
    return table


@cache
def matrix(name: str) -> np.ndarray:
    """Replicate weights or scales, which have no header: one row a line of the file."""
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", ndmin=2)


def numbers(value: Any) -> np.ndarray:
    """An array from the file: null is NaN, and infinite values are written as strings."""
    if isinstance(value, list):
        return np.array([numbers(one) for one in value], dtype=float)
    return np.array(np.nan if value is None else float(value))
