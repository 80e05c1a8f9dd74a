"""What is read off ``Estimates``: tables, covariance, words on quality, a figure."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from target87.errors import InputError
from target87.results import estimates_data as held
from target87.results.estimates_names import label_frame, label_index, short_names
from target87.results.estimates_text import described, headline, written
from target87.results.files import write_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False, eq=False)
class EstimatesView:
    """The reading half of :class:`target87.Estimates`."""

    data: xr.Dataset

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", held.checked(self.data))

    @property
    def attributes(self) -> dict[str, Any]:
        """Estimand, unit, interval, level, definition, source, history, rule and version, as a copy."""
        return held.plain(self.data.attrs)

    @property
    def names(self) -> list[str]:
        """A readable name a cell, by which contrasts and ``[...]`` take it."""
        return short_names(self.data)

    @property
    def has_covariance(self) -> bool:
        """Whether the covariance between all cells is known."""
        data = self.data
        if "covariance" in data:
            known = np.isfinite(data["se"].values)
            return bool(np.isfinite(data["covariance"].values[np.ix_(known, known)]).all())
        surveys = np.unique(data["survey"].values)
        return data.sizes["cell"] == 1 or (surveys.size == data.sizes["cell"] and all(map(held.is_named, surveys)))

    def to_dataframe(self) -> pd.DataFrame:
        """One row a cell.

        Returns
        -------
        pandas.DataFrame
            The domain columns, ``variable``, ``category`` or ``quantile`` if any, ``estimate``, ``se``, ``cv`` (of the
            absolute estimate), ``ci_lower``, ``ci_upper``, ``df``, ``n``, ``n_effective``, ``deff`` and ``quality``.
            ``attrs`` are :attr:`attributes`.

        Examples
        --------
        >>> import pandas as pd
        >>> from target87 import Estimates
        >>> table = pd.DataFrame({"area": ["AAA"], "children": [1.2e6], "cv": [0.1]})
        >>> total = Estimates.from_dataframe(table, estimate="children", cv="cv", by=["area"], unit="persons")
        >>> total.to_dataframe()[["area", "variable", "estimate", "se"]]
          area  variable   estimate        se
        0  AAA  children  1200000.0  120000.0
        """
        frame = label_frame(self.data)
        for name in (*held.VALUES, "quality"):
            frame[name] = self.data[name].values.copy()
        if (frame["n"] % 1 == 0).all():  # rows are counted, where they are known
            frame["n"] = frame["n"].astype("int64")
        frame.attrs.update(self.attributes)
        return frame

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`to_dataframe` as CSV, whole or not at all."""
        write_text(path, self.to_dataframe().to_csv(index=False, lineterminator="\n"))

    def covariance(self, *, unknown: Literal["error", "missing"] = "error") -> pd.DataFrame:
        """Covariance between all cells, labelled in rows and columns.

        Parameters
        ----------
        unknown : {"error", "missing"}
            What to do about covariances that were not computed.

        Raises
        ------
        DataError
            If a covariance was not computed; the error says how to ask for it.
        """
        import pandas as pd

        if unknown not in ("error", "missing"):
            raise InputError("unknown must be 'error' or 'missing'", where="unknown", got=repr(unknown))
        matrix = held.joint_covariance(self.data)
        if unknown == "error":
            held.require_known(matrix, self.data)
        index = label_index(self.data)
        return pd.DataFrame(matrix.copy(), index=index, columns=index)

    def correlation(self, *, unknown: Literal["error", "missing"] = "error") -> pd.DataFrame:
        """Correlation between all cells; missing for a cell without variance.

        Parameters
        ----------
        unknown : {"error", "missing"}
            As for :meth:`covariance`.
        """
        import pandas as pd

        covariance = self.covariance(unknown=unknown)
        se = np.sqrt(np.diag(covariance.to_numpy()))
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = covariance.to_numpy() / np.outer(se, se)
        return pd.DataFrame(scaled, index=covariance.index, columns=covariance.columns)

    def quality_reasons(self) -> pd.DataFrame:
        """Labels of each cell, its ``quality`` and the ``reason`` for it; the rule is in :attr:`attributes`."""
        frame = label_frame(self.data)
        return frame.assign(quality=self.data["quality"].values.copy(), reason=self.data["reason"].values.copy())

    def plot(self, ax: Axes | None = None, *, scale: float = 1.0, unit: str | None = None) -> Axes:
        """Point and interval of each cell; hollow where the quality is in doubt.

        Variables that have each a unit of its own are drawn in panels one above the other.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; axes of a new figure if not given.
        scale : float
            Factor from the estimates to the axis (100 for per cent).
        unit : str, optional
            Words for the axis, and that all cells are in this unit; the unit of the estimates if not given.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on, of several panels the first: ``.figure.axes`` has all, ``.figure`` saves them.

        Raises
        ------
        InputError
            If variables have units of their own and ``ax`` is given, or there are too many for panels.
        """
        from target87.results.estimates_plot import drawn

        return drawn(self.data, ax, scale=scale, unit=unit)

    def __len__(self) -> int:
        return int(self.data.sizes["cell"])

    def __repr__(self) -> str:
        return f"<{headline(self.data, known=self.has_covariance)}>"

    def __str__(self) -> str:
        return described(self.data, known=self.has_covariance)

    def _repr_html_(self) -> str:
        import html

        table = label_frame(self.data).assign(**written(self.data), quality=self.data["quality"].values)
        return f"<p>{html.escape(repr(self))}</p>" + table.to_html(index=False, max_rows=30)
