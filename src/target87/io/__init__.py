"""Microdata files in and out: SPSS, Stata, CSV, Parquet and Arrow, with labels and missing codes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
