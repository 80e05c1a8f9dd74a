"""A long table of counts to the array that ``Population`` holds, each fault of the table named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import DataError, InputError
from target87.results.age_bands import bounds

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

LABELS = ("area", "year", "sex", "age")
SEXES = ("total", "male", "female")
_SHORT = {"T": "total", "M": "male", "F": "female"}
_ROUNDED = 1500.0
_APART = 0.001
"""A total may differ from its sexes by this share, or by three figures rounded to the thousand."""


def to_array(frame: pd.DataFrame) -> xr.DataArray:
    """Array over ``(area, year, sex, age)`` from columns of those names and ``count``.

    Raises
    ------
    DataError
        If a column is missing or a cell empty; a year or count is no number, a count negative or not finite; a sex or
        age group is unknown; a row occurs twice; an area lacks a year, sex or age that another has; years have gaps;
        the total is far from the sum of the sexes.
    """
    import pandas as pd
    import xarray as xr

    _check_columns(frame)
    table = frame[[*LABELS, "count"]].copy()
    table["year"], table["count"] = _years(table), _counts(table)
    table["sex"] = _sexes(table)
    _check_ages(table)
    _refuse(table, table.duplicated(list(LABELS)), "repeats earlier rows", ", ".join(LABELS))
    codes, labels = zip(*(pd.factorize(table[name], sort=name in ("area", "year")) for name in LABELS), strict=True)
    cube = np.full([len(label) for label in labels], np.nan)
    cube[codes] = table["count"].to_numpy()
    coords = {name: _label_array(label) for name, label in zip(LABELS, labels, strict=True)}
    array = xr.DataArray(cube, dims=LABELS, coords=coords)
    _check_gaps(array)
    _check_total(array)
    return array


def checked(counts: xr.DataArray) -> xr.DataArray:
    """Copy of what ``Population`` may hold, dimensions in order, not to be written to.

    Raises
    ------
    DataError
        If dimensions, labels, the vintage or values are not as they must be.
    """
    if set(counts.dims) != set(LABELS) or set(LABELS) - set(counts.coords):
        got = ", ".join(map(str, counts.dims))
        raise DataError("counts need labelled dimensions", where="counts", expected=", ".join(LABELS), got=got)
    if not counts.attrs.get("vintage"):
        raise DataError("a population must say its vintage", where="counts.attrs['vintage']")
    own = counts.transpose(*LABELS).astype(np.float64)
    _check_labels(own)
    values = own.to_numpy().copy()
    faulty = ~(np.isfinite(values) & (values >= 0.0))
    if faulty.any():
        raise DataError(
            "counts must be finite and not negative",
            where="counts",
            count=int(faulty.sum()),
            examples=_cells(faulty, own),
        )
    values.flags.writeable = False
    attrs = {"variant": "not stated", "source": "", "note": ""} | counts.attrs | {"units": "persons"}
    own = own.copy(data=values).drop_vars([name for name in own.coords if name not in LABELS])
    own.name = "population"
    own.attrs = attrs
    return own


def _check_columns(frame: pd.DataFrame) -> None:
    names = list(frame.columns)
    wrong = [name for name in (*LABELS, "count") if names.count(name) != 1]
    if wrong:
        raise DataError(
            "the population table lacks columns, or has them more than once",
            where=", ".join(wrong),
            expected="columns area, year, sex, age, count, once each",
            got=", ".join(map(str, names)),
        )
    if frame.empty:
        raise DataError("the population table has no rows")
    for name in (*LABELS, "count"):
        _refuse(frame, frame[name].isna() | frame[name].astype(object).eq(""), "has empty cells", name)


def _years(table: pd.DataFrame) -> pd.Series[int]:
    numbers = _numbers(table, "year")
    _refuse(table, numbers % 1 != 0, "has years that are not whole numbers", "year")
    return numbers.astype("int64")


def _counts(table: pd.DataFrame) -> pd.Series[float]:
    numbers = _numbers(table, "count")
    _refuse(table, numbers < 0, "has negative counts", "count")
    return numbers


def _numbers(table: pd.DataFrame, name: str) -> pd.Series[float]:
    import pandas as pd

    numbers = pd.to_numeric(table[name].astype(object), errors="coerce").astype("float64")
    _refuse(table, numbers.isna(), "has values that are no numbers", name)
    _refuse(table, np.isinf(numbers), "has values that are not finite", name)
    return numbers


def _sexes(table: pd.DataFrame) -> pd.Series[str]:
    sexes: pd.Series[str] = table["sex"].replace(_SHORT)
    _refuse(table, ~sexes.isin(SEXES), "has unknown sexes (known: total, male, female, or T, M, F)", "sex")
    return sexes


def _check_ages(table: pd.DataFrame) -> None:
    unknown = []
    for ages in table["age"].unique():
        try:
            bounds(ages)
        except InputError:
            unknown.append(ages)
    _refuse(table, table["age"].isin(unknown), "has unknown age groups (such as '5-17', '18+' or 'all')", "age")


def _check_gaps(array: xr.DataArray) -> None:
    absent = np.isnan(array.to_numpy())
    if absent.any():
        raise DataError(
            "the population table has gaps: every area needs the same years, sexes and ages",
            where=", ".join(LABELS),
            count=int(absent.sum()),
            examples=_cells(absent, array),
        )
    years = array["year"].to_numpy()
    lacking = np.setdiff1d(np.arange(years[0], years[-1] + 1), years)
    if len(lacking):
        raise DataError(
            "the population table has gaps in its years",
            where="year",
            expected=f"every year from {years[0]} to {years[-1]}",
            count=len(lacking),
            examples=lacking.tolist(),
        )


def _check_total(array: xr.DataArray) -> None:
    if set(SEXES) - set(array["sex"].values.tolist()):
        return
    total = array.sel(sex=["total"])
    gap = abs(array.sel(sex=["male", "female"]).sum("sex") - total).transpose(*LABELS)
    apart = (gap > np.maximum(_ROUNDED, _APART * total)).to_numpy()
    if apart.any():
        raise DataError(
            "the total of the population table is not the sum of its sexes",
            where="column count",
            expected="male + female = total, within 0.1 % or 1,500 persons",
            count=int(apart.sum()),
            examples=_cells(apart, total),
        )


def _cells(marked: np.ndarray[Any, Any], array: xr.DataArray) -> list[str]:
    """Labels of the first five marked cells."""
    labels = [array[name].values for name in LABELS]
    return [", ".join(str(label[i]) for label, i in zip(labels, cell, strict=True)) for cell in np.argwhere(marked)[:5]]


def _label_array(labels: Any) -> np.ndarray[Any, Any]:
    values = np.asarray(labels)
    return values if values.dtype.kind == "i" else values.astype(str)


def _refuse(table: pd.DataFrame, faulty: pd.Series[bool] | np.ndarray[Any, Any], what: str, column: str) -> None:
    """Raise for the rows marked as faulty, with the column, how many, and the first of them."""
    marked = np.asarray(faulty, dtype=bool)
    if not marked.any():
        return
    shown = [name for name in (*LABELS, "count") if name in table]
    first = table.loc[marked, shown].head()
    raise DataError(
        f"the population table {what}",
        where=f"column {column}",
        count=int(marked.sum()),
        examples=[
            f"row {label} ({', '.join(map(str, row))})" for label, row in zip(first.index, first.values, strict=True)
        ],
    )


def _check_labels(counts: xr.DataArray) -> None:
    for name in LABELS:
        labels = counts[name].to_index()
        if labels.empty or not labels.is_unique:
            raise DataError(
                "labels must be there and differ", where=name, examples=labels[labels.duplicated()].tolist()
            )
    years = counts["year"].values
    if years.dtype.kind not in "iu" or (np.diff(years) != 1).any():
        raise DataError(
            "years must be whole numbers without gaps, increasing", where="year", examples=years[:5].tolist()
        )
    unknown = set(counts["sex"].values.tolist()) - set(SEXES)
    if unknown:
        raise DataError("unknown sexes", where="sex", expected=", ".join(SEXES), examples=sorted(unknown))
    for ages in counts["age"].values:
        bounds(str(ages))
