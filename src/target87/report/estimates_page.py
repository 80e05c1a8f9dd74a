"""Estimates from microdata on one HTML page that needs nothing else: the figures, a drawing, how they were made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from target87.report.figures import inline_svg
from target87.report.html import environment

if TYPE_CHECKING:
    from target87.report.estimates_table import Table
    from target87.results.estimates import Estimates


def render_page(
    *,
    title: str,
    sentences: Sequence[str],
    tables: Sequence[Table],
    shown: Estimates,
    notes: Sequence[str] = (),
    history: Sequence[str] = (),
) -> str:
    """Estimates as one self-contained HTML page; the same estimates give the same bytes.

    Parameters
    ----------
    title : str
        Heading of the page.
    sentences : sequence of str
        The main figures in words.
    tables : sequence of Table
        Tables in the order they are to be read.
    shown : Estimates
        What is drawn.
    notes : sequence of str
        What readers of the figures must know.
    history : sequence of str
        How the design was made, a line a step.

    Returns
    -------
    str
        The page.
    """
    from markupsafe import Markup

    drawing = inline_svg(shown.plot(), "estimates", f"{title}: estimates with their intervals")
    return (
        environment()
        .get_template("estimates.html.j2")
        .render(
            title=title,
            sentences=tuple(sentences),
            drawing=Markup(drawing),
            tables=[Markup(one.to_html()) for one in tables],
            notes=tuple(notes),
            history=tuple(history),
        )
    )
