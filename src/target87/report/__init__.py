"""What people read and circulate, made from results: text, tables and workbooks of estimates, the HTML report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target87.report.estimates_table import Table as Table
    from target87.report.estimates_table import table as table
    from target87.report.html import render_html as render_html
    from target87.report.text import render_text as render_text
    from target87.report.workbooks import workbook as workbook

# no module bears the name of a function: once imported it would take the function's place here
_HOMES = {
    "Table": "estimates_table",
    "render_html": "html",
    "render_text": "text",
    "table": "estimates_table",
    "workbook": "workbooks",
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
