"""``Projection``: joint draws of rate and number over scenario, area, year and draw."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels.ordered import quantiles
from target87.results.files import write_netcdf

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SCHEMA_VERSION = 1
LEVELS = (0.80, 0.95)
_TAILS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])


@dataclass(frozen=True, repr=False)
class Projection:
    """Draws of a rate through the record and beyond it, and of the number of people where a population is given.

    Parameters
    ----------
    draws : xarray.Dataset
        ``rate`` (proportion) over ``(scenario, area, year, draw)``; ``number`` (persons) likewise, missing in years
        beyond the population; ``population`` (persons) over ``(area, year)``.
    chains : int
        Chains the draws come from, one after another along ``draw``.
    attributes : mapping
        Indicator, definition, last year with data, population vintage, seed and version.
    """

    draws: xr.Dataset
    chains: int
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def years(self) -> NDArray[np.int64]:
        """Years, increasing."""
        return np.asarray(self.draws["year"].to_numpy())

    @property
    def number_years(self) -> NDArray[np.int64]:
        """Years in which the number of people is known as well as the rate."""
        return self.years[np.isfinite(self.draws["population"].to_numpy()).any(axis=0)]

    @property
    def last_number_year(self) -> int:
        """Last year in which the number of people is known as well as the rate."""
        return int(self.number_years[-1])

    def at(self, year: int, measure: str = "rate", *, scenario: int = 0, area: int = 0) -> NDArray[np.float64]:
        """Draws of ``measure`` in one year, ``(draw,)``.

        Raises
        ------
        InputError
            If the projection does not reach the year, or a number is asked for beyond the population.
        """
        if year not in self.years:
            raise InputError(
                "this year is outside the projection",
                where="year",
                expected=f"{self.years[0]} to {self.years[-1]}",
                got=str(year),
            )
        if measure == "number" and year not in self.number_years:
            raise InputError(
                "numbers of people cannot be given beyond the population data",
                where="year",
                expected=f"{self.number_years[0]} to {self.last_number_year} "
                f"({self.attributes.get('population', 'population')})",
                got=str(year),
                remedies=("ask for the rate, which runs on", "pass a population that reaches the year (population=)"),
            )
        return np.asarray(self.draws[measure].sel(year=year).to_numpy()[scenario, area])

    def summary(self, measure: str = "rate", *, scenario: int = 0, area: int = 0) -> pd.DataFrame:
        """Mean, median, 80 and 95 % intervals by year."""
        import pandas as pd

        values = self.draws[measure].to_numpy()[scenario, area]
        known = np.isfinite(values[:, 0])
        low95, low80, median, high80, high95 = quantiles(values[known], _TAILS).T
        columns = {"mean": values[known].mean(axis=1), "median": median, "lower_80": low80, "upper_80": high80}
        columns |= {"lower_95": low95, "upper_95": high95}
        return pd.DataFrame(columns, index=pd.Index(self.years[known], name="year"))

    def to_dataframe(self) -> pd.DataFrame:
        """Summaries of rate and number as a tidy table: area, scenario, measure, year and the summary columns."""
        import pandas as pd

        parts = []
        for s, scenario in enumerate(self.draws["scenario"].values):
            for a, area in enumerate(self.draws["area"].values):
                for measure in ("rate", "number"):
                    table = self.summary(measure, scenario=s, area=a).reset_index()
                    labels = {"area": area, "scenario": scenario, "measure": measure}
                    parts.append(table.assign(**labels))
        whole = pd.concat(parts, ignore_index=True)
        return whole[
            ["area", "scenario", "measure", "year", *whole.columns.drop(["area", "scenario", "measure", "year"])]
        ]

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the draws to a NetCDF file, whole or not at all."""
        header = {
            "attributes": json.dumps(dict(self.attributes)),
            "chains": self.chains,
            "schema_version": SCHEMA_VERSION,
        }
        write_netcdf(path, self.draws.assign_attrs(header))

    @classmethod
    def from_netcdf(cls, path: str | os.PathLike[str]) -> Projection:
        """Read what :meth:`to_netcdf` wrote."""
        import xarray as xr

        with xr.open_dataset(path, engine="h5netcdf") as opened:
            loaded = opened.load()
        attributes, chains = json.loads(loaded.attrs["attributes"]), int(loaded.attrs["chains"])
        return cls(loaded.drop_attrs(), chains, attributes)

    def plot(self, measure: str = "rate", **options: Any) -> Any:
        """Fan chart of the first area and scenario; returns the axes."""
        from target87.plots.fan import fan

        return fan(self.summary(measure), last_year=self.attributes.get("last_year"), **options)

    def __repr__(self) -> str:
        return (
            f"<Projection of {self.attributes.get('title', 'a rate')}: {self.years[0]}-{self.years[-1]}, numbers to "
            f"{self.last_number_year} ({self.attributes.get('population', '')}), {self.draws.sizes['draw']:,} draws>"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(repr(self))}</p>" + self.summary().to_html(float_format=lambda value: f"{value:.4g}")
