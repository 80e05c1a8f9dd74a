"""``Posterior``: joint draws of parameters and prevalences, with the state that a forecast starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import InputError
from target87.results import diagnostics
from target87.results.files import write_netcdf

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SCHEMA_VERSION = 1


@dataclass(frozen=True, repr=False)
class Posterior:
    """Joint draws of a fitted model.

    Parameters
    ----------
    parameters : xarray.Dataset
        Sampled and derived parameters over ``(chain, iteration)``.
    prevalence : xarray.DataArray
        Proportions over ``(area, year, draw)``; ``draw`` is the draw id, and the coordinates ``chain`` and
        ``iteration`` along it say where the draw came from.
    state : xarray.Dataset
        What the process needs to be carried on beyond the last year, over ``(area, draw)``.
    attributes : mapping
        Indicator, definition, model in words, priors, sources, seed and version.

    See Also
    --------
    target87.forecast.project : carries the draws on into the future.
    """

    parameters: xr.Dataset
    prevalence: xr.DataArray
    state: xr.Dataset
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chains(self) -> int:
        """Number of chains."""
        return int(self.parameters.sizes["chain"])

    @property
    def draws(self) -> int:
        """Number of draws over all chains."""
        return int(self.prevalence.sizes["draw"])

    def by_chain(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Reshape an array whose last axis is the draw id to ``(..., chain, iteration)``."""
        return values.reshape(*values.shape[:-1], self.chains, -1)

    def diagnostics(self) -> pd.DataFrame:
        """R-hat and effective sample sizes of every parameter and of the prevalence in each year with a figure.

        Parameters whose sign carries no meaning are stored as absolute values already.
        """
        quantities = {str(name): values.to_numpy() for name, values in self.parameters.data_vars.items()}
        shown = set(self.attributes.get("figure_years", self.prevalence["year"].values.tolist()))
        for area in self.prevalence["area"].values:
            for year in self.prevalence["year"].values:
                if year in shown:
                    values = self.prevalence.sel(area=area, year=year).to_numpy()
                    quantities[f"prevalence[{area}, {year}]"] = self.by_chain(values)
        return diagnostics.convergence(quantities)

    def check(self) -> Posterior:
        """Return the posterior itself, or raise if it has not converged.

        Raises
        ------
        UnconvergedError
            Unless R-hat < 1.01 and bulk and tail effective sample sizes are above 400 for every parameter and
            prevalence.
        """
        diagnostics.require_convergence(self.diagnostics(), of=str(self.attributes.get("title", "this model")))
        return self

    def summary(self, probability: float = 0.95) -> pd.DataFrame:
        """Mean, median, standard deviation and equal-tailed interval of every parameter, with diagnostics."""
        import pandas as pd

        if not 0.0 < probability < 1.0:
            raise InputError("probability must lie between 0 and 1", where="probability", got=repr(probability))
        tail = (1.0 - probability) / 2.0
        rows = {}
        for name, values in self.parameters.data_vars.items():
            flat = values.to_numpy().ravel()
            low, median, high = np.quantile(flat, [tail, 0.5, 1.0 - tail])
            rows[str(name)] = (flat.mean(), median, flat.std(ddof=1), low, high)
        level = f"{100 * probability:g}"
        columns = ["mean", "median", "sd", f"lower_{level}", f"upper_{level}"]
        table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return table.join(self.diagnostics())

    def to_dataframe(self) -> pd.DataFrame:
        """Prevalence draws as a long table: area, year, draw, prevalence."""
        return self.prevalence.to_dataframe(name="prevalence").reset_index()

    def to_datatree(self) -> xr.DataTree:
        """Groups ``posterior``, ``prevalence`` and ``state``, as ArviZ reads them."""
        import xarray as xr

        root = xr.Dataset(attrs=dict(_plain(self.attributes), schema_version=SCHEMA_VERSION))
        parameters = self.parameters.rename(iteration="draw")
        return xr.DataTree.from_dict(
            {
                "/": root,
                "posterior": parameters,
                "prevalence": self.prevalence.to_dataset(name="rate"),
                "state": self.state,
            }
        )

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a NetCDF file, whole or not at all."""
        write_netcdf(path, self.to_datatree())

    @classmethod
    def from_netcdf(cls, path: str | os.PathLike[str]) -> Posterior:
        """Read what :meth:`to_netcdf` wrote."""
        import json

        import xarray as xr

        with xr.open_datatree(path, engine="h5netcdf") as tree:
            loaded = tree.load()
        attributes = json.loads(loaded.attrs["attributes"])
        return cls(
            parameters=loaded["posterior"].to_dataset().rename(draw="iteration"),
            prevalence=loaded["prevalence"].to_dataset()["rate"].rename("prevalence"),
            state=loaded["state"].to_dataset(),
            attributes=attributes,
        )

    def __repr__(self) -> str:
        years = self.prevalence["year"].values
        areas = ", ".join(str(area) for area in self.prevalence["area"].values[:3])
        names = ", ".join(str(name) for name in self.parameters.data_vars)
        return (
            f"<Posterior of {self.attributes.get('title', 'prevalence')}: {areas}, {years[0]}-{years[-1]}, "
            f"{self.draws:,} draws in {self.chains} chains; parameters {names}>"
        )


def _plain(attributes: Mapping[str, Any]) -> dict[str, str]:
    import json

    return {"attributes": json.dumps(attributes)}
