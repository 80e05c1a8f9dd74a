"""What people read and circulate, made from results: text, tables and workbooks of estimates, the HTML report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.report.estimates_table import Table as Table
    from target87.report.estimates_table import table as table
    from target87.report.html import render_html as render_html
    from target87.report.text import render_text as render_text
    from target87.report.workbooks import workbook as workbook

_HOMES = {
    "Table": "estimates_table",
    "render_html": "html",
    "render_text": "text",
    "table": "estimates_table",
    "workbook": "workbooks",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
