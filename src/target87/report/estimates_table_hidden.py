"""Which cells of a table of estimates are suppressed, given all that is published beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.report.suppression import suppressed
from target87.results.estimates_data import ALL
from target87.results.estimates_names import PLACES, short_names

if TYPE_CHECKING:
    import xarray as xr

    from target87.results.estimates import Estimates

type Key = tuple[str, ...]


def hidden_cells(data: xr.Dataset, beside: Sequence[xr.Dataset], below: Any, *, secondary: bool) -> NDArray[np.bool_]:
    """Cells of ``data`` to suppress, protected against margins in it and in what is published beside it.

    All figures of a domain are shown or suppressed together. The same estimates give the same cells in whatever order
    and whichever of them is ``data``, so that no table of a publication shows what another hides.

    Parameters
    ----------
    data : xarray.Dataset
        Of the estimates that the table shows.
    beside : sequence of xarray.Dataset
        Of others published with them.
    below : float or None
        Fewest persons that a domain may have.
    secondary : bool
        Whether to protect cells by suppressing others.

    Raises
    ------
    InputError
        If the minimum is not a number, 0 or more.
    DataError
        If it is not known how many persons are in a cell.
    """
    if below is None:
        return np.zeros(data.sizes["cell"], dtype=bool)
    if isinstance(below, bool) or not isinstance(below, (int, float, np.number)) or not 0.0 <= below < np.inf:
        raise InputError(
            "the fewest persons of a cell are a number, 0 or more", where="suppress_below", got=repr(below)
        )
    every = [data, *beside]
    for one in every:
        _require_counts(one)
    columns = sorted({str(name) for one in every for name in one.attrs["domain_columns"]})
    keys = [_domains(one, columns) for one in every]
    domains = sorted({key for own in keys for key in own})
    few, further = suppressed(domains, _counts(every, keys, domains), float(below), margin=ALL, secondary=secondary)
    hidden = dict(zip(domains, (few | further).tolist(), strict=True))
    return np.array([hidden[key] for key in keys[0]], dtype=bool)


def without_hidden(estimates: Estimates, beside: Sequence[Estimates], below: float | None) -> Estimates:
    """The estimates with all figures missing of the cells that :func:`hidden_cells` suppresses."""
    from target87.results.estimates import Estimates
    from target87.results.estimates_data import VALUES

    if below is None:
        return estimates
    data = estimates.data.copy(deep=True)
    hidden = hidden_cells(data, [one.data for one in beside], below, secondary=True)
    for name in VALUES:
        data[name].values[hidden] = np.nan
    data["quality"] = ("cell", np.where(hidden, "missing", data["quality"].values))
    data["reason"] = ("cell", np.where(hidden, "suppressed", data["reason"].values))
    if "covariance" in data:
        data["covariance"].values[hidden] = np.nan
        data["covariance"].values[:, hidden] = np.nan
    return Estimates(data)


def _domains(data: xr.Dataset, columns: Sequence[str]) -> list[Key]:
    """Survey and domain of each cell; a column that the estimates do not have divides none of them."""
    size = data.sizes["cell"]
    labels = [[str(one) for one in data[name].values] if name in data.coords else [ALL] * size for name in columns]
    surveys = [f"survey {name}" for name in data["survey"].values]  # never the label of a margin
    return list(zip(surveys, *labels, strict=True))


def _counts(every: Sequence[xr.Dataset], keys: Sequence[Sequence[Key]], domains: Sequence[Key]) -> NDArray[np.float64]:
    """Persons in each domain by variable, category and quantile of each set of estimates; missing where it has none."""
    rows = {key: row for row, key in enumerate(domains)}
    columns: dict[tuple[Any, ...], NDArray[np.float64]] = {}
    for place, (data, own) in enumerate(zip(every, keys, strict=True)):
        present = [[str(one) for one in data[name].values] for name in PLACES if name in data.coords]
        for key, variable, n in zip(own, zip(*present, strict=True), data["n"].values.tolist(), strict=True):
            column = columns.setdefault((place, *variable), np.full(len(domains), np.nan))
            column[rows[key]] = n
    return np.column_stack(list(columns.values()))


def _require_counts(data: xr.Dataset) -> None:
    unknown = np.isnan(data["n"].values) & ~np.isnan(data["estimate"].values)
    if unknown.any():
        names = short_names(data)
        raise DataError(
            "it is not known how many persons are in these cells, so that they can be neither shown nor suppressed",
            where="n",
            count=int(unknown.sum()),
            examples=[names[place] for place in np.flatnonzero(unknown)[:5]],
            remedies=(
                "a published table: Estimates.from_dataframe(..., n=the column of persons in the sample)",
                "leave these cells out: estimates.select(...)",
            ),
        )
