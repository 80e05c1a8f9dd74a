"""Microdata files in and out: SPSS, Stata, CSV, Parquet and Arrow, with labels and missing codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.io.microdata import Microdata as Microdata
    from target87.io.reading import read as read
    from target87.io.writing import write as write

_HOMES = {
    "Microdata": "microdata",
    "read": "reading",
    "write": "writing",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
