"""Figures: arrays, frames or an answer in, matplotlib axes (or lines of text) out.

The fan chart of a projection is :func:`target87.plots.fan.fan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.lazy import lazy_names

if TYPE_CHECKING:
    from target87.plots.assessment import plot_assessment as plot_assessment
    from target87.plots.estimates import plot_estimates as plot_estimates
    from target87.plots.pace import plot_pace as plot_pace
    from target87.plots.probability import plot_probability as plot_probability
    from target87.plots.terminal import can_print_unicode as can_print_unicode
    from target87.plots.terminal import interval_chart as interval_chart

_HOMES = {
    "can_print_unicode": "terminal",
    "interval_chart": "terminal",
    "plot_assessment": "assessment",
    "plot_estimates": "estimates",
    "plot_pace": "pace",
    "plot_probability": "probability",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
