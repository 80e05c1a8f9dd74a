"""Answers that an interview does not get: who gives none depends on nothing else, so that leaving them out is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.datasets.synthetic.answers import ACTIVITIES, CHORES, HAZARDS, YES

if TYPE_CHECKING:
    import pandas as pd

type Flags = NDArray[np.bool_]

DO_NOT_KNOW, NO_ANSWER = 8, 9
INCONSISTENT_HOURS, DO_NOT_KNOW_HOURS, NO_HOURS = 97, 98, 99
MODULE_INCOMPLETE = 0.05
"""Share of interviews in which the work of the child stays unknown, whether there is any or not."""
ALL_OF_IT = 0.85
"""Share of these in which nothing else about work and chores is known either."""
SINGLE_ITEM = 0.006
"""Share of other interviews that lack the hours of a chore, and of all that lack school attendance, each."""
SINGLE_HAZARD = 0.005
"""Share of other interviews with a child at work that lack the answer to a question on hazards, each."""


def with_missing_codes(survey: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put codes for missing information in place of some answers.

    Whether work is unknown is drawn before looking at the answers, with one probability for all. A child who works
    then has no hours; of one who does not, a question on activities stays open. Were hours alone to go missing, only
    children at work could lack a flag, and leaving these out would bias every prevalence downwards.
    """
    frame = survey.copy()
    n = len(frame)
    open_work = rng.random(n) < MODULE_INCOMPLETE
    everything = open_work & (rng.random(n) < ALL_OF_IT)
    works = (survey[list(ACTIVITIES)] == YES).any(axis=1).to_numpy()
    _put(frame, "CL3", open_work & works, rng.choice([97, 98, 98, 99], n))
    _leave_activities_open(frame, open_work & ~works, rng)
    _forget_work(frame, everything & works, rng)
    for name in ("CL8", "CL10", "CL13"):
        asked = survey[name].notna().to_numpy()
        alone = ~open_work & (rng.random(n) < SINGLE_ITEM)
        _put(frame, name, asked & (everything | alone), rng.choice([DO_NOT_KNOW_HOURS, NO_HOURS], n))
    for name in HAZARDS:
        alone = works & ~open_work & (rng.random(n) < SINGLE_HAZARD)
        _put(frame, name, alone, rng.choice([DO_NOT_KNOW, NO_ANSWER], n))
    _put(frame, "school", rng.random(n) < SINGLE_ITEM, NO_ANSWER)
    return frame


def _leave_activities_open(frame: pd.DataFrame, rows: Flags, rng: np.random.Generator) -> None:
    """No answer to one of the questions on activities, or to all of them and to those on chores."""
    n = len(frame)
    one, code = rng.integers(len(ACTIVITIES), size=n), rng.choice([DO_NOT_KNOW, NO_ANSWER], n)
    refused = rng.random(n) < 0.4
    for place, name in enumerate(ACTIVITIES):
        _put(frame, name, rows & ((one == place) | refused), code)
    for name in ("CL7", "CL9", *CHORES):
        _put(frame, name, rows & refused & (frame[name] != YES).to_numpy(), NO_ANSWER)


def _forget_work(frame: pd.DataFrame, rows: Flags, rng: np.random.Generator) -> None:
    """Nothing known of the work but that it was done; industry and occupation are left blank."""
    code = rng.choice([DO_NOT_KNOW, NO_ANSWER], len(frame))
    for name in (*HAZARDS, "night"):
        _put(frame, name, rows, code)
    _put(frame, "status", rows, NO_ANSWER)
    for name in ("industry", "occupation"):
        _put(frame, name, rows, np.nan)


def _put(frame: pd.DataFrame, name: str, rows: Flags, values: NDArray[np.generic] | float) -> None:
    frame[name] = np.where(rows, values, frame[name])
