"""What ``Estimates`` holds: a data set over cells, checked and copied at the door, and the covariance between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_names import PLACES, full_names, repeated, short_names

if TYPE_CHECKING:
    import xarray as xr

VALUES = ("estimate", "se", "cv", "ci_lower", "ci_upper", "df", "n", "n_effective", "deff")
WORDS = ("quality", "reason")
TAKEN = {*VALUES, *WORDS, *PLACES, "covariance", "survey", "cell", "cell_other"}
UNNAMED = "survey not named"
_UNNAMED = (UNNAMED, "unnamed survey of ")
"""How the names of surveys begin that nobody named."""
JOINED = " + "
"""Between the names of surveys that one cell comes from."""
ALL = "all"
"""Label of a cell that a column does not divide."""


def assemble(
    labels: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    survey: str | NDArray[Any],
    domain_columns: Sequence[str],
    attributes: Mapping[str, Any],
    covariance: NDArray[np.float64] | None = None,
    words: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> xr.Dataset:
    """Data set of ``Estimates`` from columns of labels and of numbers, each ``(cells,)``; not yet copied.

    Raises
    ------
    DataError
        If lengths differ or the covariance has another shape.
    """
    import xarray as xr

    refuse_taken(domain_columns)
    size = np.size(values["estimate"])
    columns = {name: label_array(labels[name], name) for name in labels}
    columns["survey"] = np.full(size, survey) if isinstance(survey, str) else label_array(survey, "survey")
    numbers = {name: np.asarray(values[name], dtype=np.float64) for name in VALUES}
    require_length({**columns, **numbers}, size)
    variables: dict[str, Any] = {name: ("cell", column) for name, column in numbers.items()}
    quality, reason = words or (np.full(size, "unassessed"), np.full(size, "no publication rule"))
    variables |= {"quality": ("cell", quality.astype(np.str_)), "reason": ("cell", reason.astype(np.str_))}
    if covariance is not None:
        if np.shape(covariance) != (size, size):
            raise DataError(
                "the covariance needs a row and a column for each cell",
                where="covariance",
                expected=f"{size:,} x {size:,}",
                got=" x ".join(f"{one:,}" for one in np.shape(covariance)),
            )
        variables["covariance"] = (("cell", "cell_other"), np.asarray(covariance, dtype=np.float64))
    coords = {name: ("cell", column) for name, column in columns.items()}
    attrs = {**attributes, "domain_columns": list(domain_columns)}
    return xr.Dataset(variables, coords=coords, attrs=attrs)


def checked(data: xr.Dataset) -> xr.Dataset:
    """Copy of what ``Estimates`` may hold, not to be written to.

    Raises
    ------
    DataError
        If a part is missing, a column has a name of the library's own, a number is not possible or a cell occurs twice.
    InputError
        If an attribute cannot be written as JSON.
    """
    lacking = [name for name in (*VALUES, *WORDS, "variable", "survey") if name not in data.variables]
    if lacking:
        raise DataError(
            "estimates lack parts", where=", ".join(lacking), remedies=("make them by Estimates.from_dataframe",)
        )
    own = data.copy(deep=True)
    own.attrs = plain(data.attrs)
    _check_names(own)
    for name in own.variables:
        values = own[name].values
        if values.dtype.kind not in "biuf" and not _is_tight(values):  # a file may hold text otherwise
            own[name].values = values = np.array(values.tolist(), dtype=np.str_)
        values.flags.writeable = False
    _check_numbers(own)
    _check_twice(own)
    return own


def require_length(columns: Mapping[str, NDArray[Any]], size: int) -> None:
    """Refuse columns that have not one value a cell."""
    faulty = [name for name, column in columns.items() if np.shape(column) != (size,)]
    if faulty:
        raise DataError("every column needs one value a cell", where=", ".join(faulty), expected=f"{size:,} values")


def plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Deep copy of attributes as JSON holds them.

    Raises
    ------
    InputError
        If one cannot be written as JSON; the error names it.
    """
    try:
        kept: dict[str, Any] = json.loads(json.dumps(dict(attributes)))
    except (TypeError, ValueError):
        faulty = [str(name) for name, value in attributes.items() if not _is_json(value)]
        raise InputError(
            "attributes must be plain data: text, numbers, lists and mappings of them", where=", ".join(faulty)
        ) from None
    return kept


def surveys_in(name: object) -> list[str]:
    """Surveys that one cell comes from, given the label of its survey."""
    return str(name).split(JOINED)


def is_named(survey: object) -> bool:
    """Whether all surveys of a cell were named, so that a differently named one is known to be another."""
    return not any(one.startswith(_UNNAMED) for one in surveys_in(survey))


def joint_covariance(data: xr.Dataset, used: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
    """Covariance between all cells, or those used, missing where it is not known.

    Where none was computed it is known between a cell and itself, and nought between surveys of different names.
    """
    cells = np.arange(data.sizes["cell"]) if used is None else used
    if "covariance" in data:
        whole = np.asarray(data["covariance"].values)
        return whole if used is None else whole[np.ix_(cells, cells)]
    names, survey = np.unique(data["survey"].values[cells], return_inverse=True)
    named = np.array([is_named(name) for name in names])[survey]
    apart = (survey[:, None] != survey[None, :]) & named[:, None] & named[None, :]
    matrix = np.where(apart, 0.0, np.nan)
    np.fill_diagonal(matrix, data["se"].values[cells] ** 2)
    return matrix


def require_known(matrix: NDArray[np.float64], data: xr.Dataset, used: NDArray[np.intp] | None = None) -> None:
    """Refuse covariances that are not known between cells whose standard errors are.

    Raises
    ------
    DataError
        If there is one; the error says how to ask for it.
    """
    cells = np.arange(data.sizes["cell"]) if used is None else used
    known = np.isfinite(data["se"].values[cells])
    unknown = np.isnan(matrix) & known[:, None] & known[None, :]
    if not unknown.any():
        return
    names = short_names(data)
    pairs = np.argwhere(np.triu(unknown))
    raise DataError(
        "the covariance between these estimates was not computed",
        where="covariance",
        count=len(pairs),
        examples=[f"{names[cells[i]]} and {names[cells[j]]}" for i, j in pairs[:5]],
        remedies=(
            "estimate again with covariance=True (R: svyby(covmat=TRUE); Stata: over() gives e(V))",
            "for a published table: Estimates.from_dataframe(..., covariance=a matrix, or 'independent')",
        ),
    )


def label_array(values: Any, name: str) -> NDArray[Any]:
    """Labels as a plain array of text, whole numbers, numbers or truth values.

    Raises
    ------
    DataError
        If a label is missing.
    """
    text = getattr(values, "dtype", None) == "str" and not values.isna().any()  # pandas' text: no loop over it
    array = np.array(values, dtype=np.str_ if text else None)
    if array.dtype.kind in "biuU" or (array.dtype.kind == "f" and (name == "quantile" or not np.isnan(array).any())):
        return array
    items = array.tolist()
    if {type(item) for item in items} == {str}:
        return np.array(items, dtype=np.str_)
    faulty = [place for place, item in enumerate(items) if item is None or item != item]
    if faulty:
        raise DataError("labels are missing", where=f"column {name}", count=len(faulty), examples=faulty)
    kinds = {np.asarray(item).dtype.kind for item in items}
    if len(kinds) == 1 and kinds <= set("biuf"):
        return np.array(items)
    return np.array([str(item) for item in items], dtype=np.str_)


def _is_tight(text: NDArray[Any]) -> bool:
    """Whether text is held as wide as it needs."""
    return text.dtype.kind == "U" and text.size > 0 and text.dtype.itemsize == 4 * int(np.strings.str_len(text).max())


def _is_json(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def refuse_taken(domains: Sequence[str]) -> None:
    """Raise if a domain column is called as a column of the estimates is.

    Raises
    ------
    DataError
        Naming the columns.
    """
    wrong = sorted(set(domains) & TAKEN)
    if wrong:
        raise DataError(
            "columns of domains have names that the table of estimates needs itself",
            where=", ".join(wrong),
            remedies=("rename the columns",),
        )


def _check_names(data: xr.Dataset) -> None:
    domains = data.attrs.get("domain_columns", [])
    refuse_taken(domains)
    lacking = [name for name in domains if name not in data.coords]
    if lacking:
        raise DataError("columns of domains are missing", where=", ".join(lacking))


def _check_numbers(data: xr.Dataset) -> None:
    if data.sizes["cell"] == 0:
        raise DataError("there are no estimates", where="cells")
    se, low, high = (data[name].values for name in ("se", "ci_lower", "ci_upper"))
    for faulty, what, where in (
        (se < 0, "standard errors cannot be negative", "se"),
        (low > high, "lower limits lie above upper limits", "ci_lower, ci_upper"),
        (np.isinf(data["estimate"].values), "estimates must be finite", "estimate"),
    ):
        if faulty.any():
            raise DataError(what, where=where, count=int(faulty.sum()), examples=_some(data, faulty))


def _check_twice(data: xr.Dataset) -> None:
    present = [name for name in PLACES if name in data.coords]
    again = repeated(data, [*data.attrs["domain_columns"], *present, "survey"])
    if again.any():
        raise DataError(
            "cells occur more than once",
            where=", ".join([*data.attrs["domain_columns"], *present]),
            count=int(again.sum()),
            examples=_some(data, again),
            remedies=("name the columns that tell the cells apart, or name the surveys they come from",),
        )


def _some(data: xr.Dataset, marked: NDArray[np.bool_]) -> list[str]:
    names = full_names(data)
    return [names[place] for place in np.flatnonzero(marked)[:5]]
