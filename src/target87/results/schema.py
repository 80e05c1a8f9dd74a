"""The description of ``answer.json``, as it is shipped."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

__all__ = ["answer_schema"]


def answer_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``answer.json``: every field with its meaning and unit.

    Returns
    -------
    dict
        A fresh copy at every call.

    Examples
    --------
    >>> from target87.results.schema import answer_schema
    >>> answer_schema()["properties"]["schema_version"]["const"]
    '1.0'
    """
    schema: dict[str, Any] = json.loads(files("target87.results").joinpath("answer.schema.json").read_text("utf-8"))
    return schema
