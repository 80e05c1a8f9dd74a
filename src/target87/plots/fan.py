"""A fan: 80 and 95 % bands round a median that is dashed where it is a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = ("lower_95", "lower_80", "median", "upper_80", "upper_95")
BAND_95, BAND_80 = "#CFE3F1", "#94C1E0"


def fan(
    summary: pd.DataFrame,
    *,
    last_year: int | None = None,
    ax: Axes | None = None,
    scale: float = 1.0,
    unit: str = "",
    label: bool = True,
) -> Axes:
    """Draw intervals and median by year.

    Parameters
    ----------
    summary : pandas.DataFrame
        Indexed by year, with columns ``median``, ``lower_80``, ``upper_80``, ``lower_95``, ``upper_95``.
    last_year : int, optional
        Last year with data: the median is dashed after it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; axes of a new figure if not given.
    scale : float
        Factor from the frame's values to the axis (100 for per cent).
    unit : str
        Words for the vertical axis.
    label : bool
        Name the bands at their right end.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on; ``.figure`` saves it.

    Examples
    --------
    >>> import pandas as pd
    >>> years = pd.Index([2020, 2025], name="year")
    >>> summary = pd.DataFrame({"median": [0.09, 0.08]}, index=years)
    >>> for name, width in (("80", 0.01), ("95", 0.02)):
    ...     summary[f"lower_{name}"] = summary["median"] - width
    ...     summary[f"upper_{name}"] = summary["median"] + width
    >>> fan(summary, scale=100, unit="% of children").get_ylabel()
    '% of children'
    """
    ax = style.on_axes(ax)
    years = summary.index.to_numpy()
    columns = {name: scale * summary[name].to_numpy() for name in COLUMNS}
    ax.fill_between(years, columns["lower_95"], columns["upper_95"], color=BAND_95, linewidth=0)
    ax.fill_between(years, columns["lower_80"], columns["upper_80"], color=BAND_80, linewidth=0)
    last = years[-1] if last_year is None else last_year
    seen, ahead = years <= last, years >= last
    ax.plot(years[seen], columns["median"][seen], color=style.BLUE, linewidth=1.6)
    ax.plot(years[ahead], columns["median"][ahead], color=style.BLUE, linewidth=1.6, linestyle=(0, (4, 2)))
    style.years(ax, years[0] - 1, years[-1])
    ax.set_ylabel(unit, fontsize=style.TEXT)
    ax.set_ylim(bottom=0)
    style.tidy(ax)
    if label:
        style.end_labels(ax, band_labels(summary, scale))
    return ax


def band_labels(summary: pd.DataFrame, scale: float = 1.0) -> list[style.EndLabel]:
    """Names of the bands and the median at their last year."""
    end = scale * summary[list(COLUMNS)].iloc[-1]
    return [
        style.EndLabel(float(end["upper_95"]), "95 % interval", style.GREY),
        style.EndLabel(float(end["upper_80"]), "80 % interval", style.GREY),
        style.EndLabel(float(end["median"]), "median", style.BLUE),
    ]
