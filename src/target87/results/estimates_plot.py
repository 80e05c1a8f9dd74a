"""``Estimates`` as a figure: on one axis where all cells share a unit, else a panel a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from target87.errors import InputError
from target87.results.estimates_names import short_names

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_OWN = ("as the variable", "square of the variable's", "as the function returns", "function of estimates")
"""Units that say nothing of whether two variables share one."""
_MOST = 12


def drawn(data: xr.Dataset, ax: Axes | None, *, scale: float, unit: str | None) -> Axes:
    """Axes with the cells; see :meth:`target87.Estimates.plot`."""
    from target87.plots.estimates import EstimatePanel, plot_panels

    variables = list(dict.fromkeys(data["variable"].values.tolist()))
    apart = unit is None and data.attrs["unit"] in _OWN and len(variables) > 1
    if apart and (ax is not None or len(variables) > _MOST):
        raise InputError(
            "the variables have each a unit of its own, and cannot share these axes"
            if ax is not None
            else "these are too many variables for panels, and each has a unit of its own",
            where="plot",
            count=len(variables),
            examples=variables,
            remedies=(
                "draw one at a time: .select(variable=...).plot()",
                "if they are all in one unit, say it: .plot(unit=...)",
            ),
        )
    panels = []
    for variable in variables if apart else [None]:
        part = data if variable is None else data.isel(cell=np.flatnonzero(data["variable"].values == variable))
        middle, low, high = (scale * part[name].values for name in ("estimate", "ci_lower", "ci_upper"))
        words = _words(part) if unit is None else unit
        title = str(variable) if apart else ""
        panels.append(EstimatePanel(middle, low, high, short_names(part), part["quality"].values, words, title))
    return plot_panels(panels, level=float(data.attrs["level"]), ax=ax)


def _words(data: xr.Dataset) -> str:
    """Words for the axis: the unit, or what is estimated of the one variable whose unit it is."""
    unit = str(data.attrs["unit"])
    variables = np.unique(data["variable"].values)
    if unit != "as the variable" or variables.size > 1:
        return unit
    return f"{str(data.attrs['estimand']).replace('_', ' ')} of {variables[0]}"
