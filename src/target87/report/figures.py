"""Figures of a report as inline SVG: text stays text, and the same figure gives the same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from target87.plots.assessment import plot_assessment
from target87.plots.pace import plot_pace
from target87.plots.probability import plot_probability
from target87.report import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from target87.results.assessment import Assessment


LABELLED, BARE = 0.66, 0.84
"""Width of axes with labels on their right and without, as a part of the figure: then all come out equally wide."""


@dataclass(frozen=True)
class Drawing:
    """A figure ready for the page.

    Parameters
    ----------
    svg : str
        The drawing, without declarations, for use inside HTML.
    caption : str
        What it shows.
    """

    svg: str
    caption: str


def figures(answer: Assessment) -> tuple[Drawing, ...]:
    """The four figures of an answer: rate, probability by year, pace, number."""
    name = f"{answer.indicator}-{answer.group_type}-{answer.area}"
    title = words.sentence_case(words.title(answer))
    shown = [
        ("rate", plot_assessment(answer), f"{title}: rate. {_POINTS} {_THRESHOLDS[answer.kind]}"),
        ("probability", plot_probability(answer), f"{title}: probability by year. {_PROBABILITY[answer.kind]}"),
        ("pace", plot_pace(answer), f"{title}: {_PACE[answer.kind]}"),
        ("number", plot_assessment(answer, measure="number"), f"{title}: number of {answer.people}. {_NUMBER}"),
    ]
    widths = {"pace": BARE}
    return tuple(
        Drawing(inline_svg(axes, f"{name}-{kind}", caption, width=widths.get(kind, LABELLED)), caption)
        for kind, axes, caption in shown
    )


_POINTS = (
    "Points: published figures with 95 % bars (rounding and the relative error the model finds); squares: made by an "
    "earlier method than the last figure’s; hollow: recalled, not read. Bands: 80 and 95 % intervals of the rate as "
    "the last method would measure it; line: median, dashed where it is a forecast."
)
_THRESHOLDS = {
    "threshold": "Dotted: thresholds. Green: target year.",
    "decline": "Green: base and target year.",
}
_PROBABILITY = {
    "threshold": "Share of draws in which the rate of that year is below each threshold.",
    "decline": (
        "Share of draws in which the rate (or number) of that year is below the same draw’s value in the base year. "
        "Hollow: the probability before any figure was seen; the distance to the filled mark is what the figures add "
        "under the stated priors."
    ),
}
_PACE = {
    "threshold": "pace observed (bars) against the pace needed (diamonds), % a year.",
    "decline": "pace observed, % a year. A bar that reaches to both sides of zero does not tell a decline from a rise.",
}
_NUMBER = (
    "Bands: the rate times one population vintage. Diamonds: numbers as printed, each on the population of its own "
    "report, so they need not lie on the band; squares: of an earlier method or averaged over the period drawn."
)


def inline_svg(axes: Axes, name: str, description: str, *, width: float = LABELLED) -> str:
    """The figure of some axes as an SVG element for a page that may hold others.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes of the figure.
    name : str
        A name no other figure of the page has: ids are made from it.
    description : str
        What a reader who cannot see the figure is told.
    width : float
        Width of the axes as a part of the figure.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = axes.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise TypeError("these axes belong to no figure")
    # cut to what is drawn without the drawings before the drawing that a layout or "tight" margins would make
    FigureCanvasSVG(figure)
    figure.set_layout_engine(None)
    axes.set_position((0.1, 0.22, width, 0.62))
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": f"target87 {name}", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", bbox_inches=figure.get_tightbbox().padded(0.04))
    return _for_page(buffer.getvalue(), description)


def _for_page(text: str, description: str) -> str:
    """Drop what belongs to a file of its own, the date among it, and every id nothing refers to."""
    import html

    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(|href=")#([\w-]+)', text))
    text = re.sub(r' id="([\w.-]+)"', lambda found: found.group(0) if found.group(1) in used else "", text)
    box = re.search(r'viewBox="[^"]+"', text)
    if box is None:
        raise ValueError("the drawing has no viewBox")
    label = html.escape(description, quote=True)
    opening = f'<svg {box.group(0)} role="img" aria-label="{label}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    body = text[text.index(">") + 1 :]
    return re.sub(r"\n\s*", "\n", re.sub(r"<defs>\s*</defs>", "", opening + body)).strip()
