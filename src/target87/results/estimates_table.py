"""A published table of estimates with standard errors or intervals, read with each fault named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.results.estimates_build import completed
from target87.results.estimates_data import UNNAMED, label_array
from target87.results.estimates_scales import check_level, check_scale, from_scale, quantiles, to_scale
from target87.results.estimates_text import number
from target87.results.publication_rule import Rule

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

type _Array = NDArray[np.float64]

UNITS = {"proportion": 1.0, "percent": 100.0, "per thousand": 1000.0}
"""Units of a proportion, and what it is divided by to be one."""
_LARGE_CV = 2.0
_APART = 1e-6


def read_table(
    frame: pd.DataFrame,
    columns: Mapping[str, str | None],
    numbers: Mapping[str, str | float | None],
    *,
    estimate: str,
    by: Sequence[str],
    variable: str | None,
    survey: str | None,
    covariance: Any,
    scale: str,
    level: float,
    unit: str,
    unstated: bool,
    attributes: Mapping[str, Any],
    rule: Rule,
) -> xr.Dataset:
    """Data set of ``Estimates`` from a published table; see :meth:`target87.Estimates.from_dataframe`.

    ``columns`` names those of ``se``, ``variance``, ``cv``, ``lower``, ``upper``; ``numbers`` gives a column or a
    number for ``n``, ``n_effective`` and ``df``.
    """
    table = Table(frame, by, unstated=unstated)
    per = UNITS.get(unit, 1.0)
    values = table.numbers(estimate)
    require_unit(table, estimate, values, unit)
    values = values / per
    facts = {name: table.either(value) for name, value in numbers.items()}
    spread = read_spread(table, values, columns, scale=scale, level=level, df=facts["df"], per=per)
    named = estimate if variable is None else variable
    labels = {name: table.labels(name) for name in table.by}
    labels["variable"] = table.labels(named) if variable in table.names else np.full(values.size, named)
    divided = [f"values divided by {per:g}, as their unit is {unit}"] if per != 1.0 else []
    history = ["read from a published table", *divided, *spread.history]
    facts |= {"estimate": values, "variance": spread.se**2, "deff": np.full(values.size, np.nan)}
    facts |= {"ci_lower": spread.lower, "ci_upper": spread.upper}
    fixed = {"unit": "proportion" if unit in UNITS else unit, "interval": spread.interval, "level": float(level)}
    return completed(
        labels,
        facts,
        survey=table.labels(str(survey)) if survey in table.names else survey or attributes["source"] or UNNAMED,
        domain_columns=table.by,
        attributes={**attributes, **fixed, "history": history},
        covariance=read_covariance(covariance, spread.se**2, per),
        rule=rule,
    )


class Spread(NamedTuple):
    """Standard errors and limits, and sentences on how one was derived from the other."""

    se: _Array
    lower: _Array
    upper: _Array
    interval: str
    history: list[str]


class Table:
    """Columns of a table of estimates, each fault named with its column, count and first rows."""

    def __init__(self, frame: pd.DataFrame, by: Sequence[str], *, unstated: bool = False) -> None:
        names = [str(name) for name in frame.columns]
        again = sorted({name for name in names if names.count(name) > 1})
        if again:
            raise DataError("the table has columns of one name more than once", where=", ".join(again))
        if frame.empty:
            raise DataError("the table has no rows")
        self.frame = frame
        self.names = names
        self.unstated = unstated
        self.by: list[str] = []
        self.by = [self._known(name) for name in ([by] if isinstance(by, str) else by)]

    def labels(self, name: str) -> NDArray[Any]:
        """A column of labels; none may be missing."""
        column = self.frame[self._known(name)]
        self._refuse(np.asarray(column.isna()), "labels are missing", name)
        return label_array(column, name)

    def numbers(self, name: str, *, missing: bool = False, remedy: str | None = None) -> _Array:
        """A column of numbers, none missing unless said so."""
        import pandas as pd

        column = self.frame[self._known(name)]
        found = np.array(pd.to_numeric(column.astype(object), errors="coerce").astype("float64"))
        absent = np.asarray(column.isna())
        self._refuse(np.isnan(found) & ~absent, "values are no numbers", name)
        self._refuse(np.isinf(found), "values are not finite", name)
        if not missing:
            self._refuse(absent, "values are missing", name, remedy or "leave these rows out of the table yourself")
        return found

    def precision(self, name: str) -> _Array:
        """A column of standard errors or limits; some may be missing if the reader said so."""
        return self.numbers(name, missing=self.unstated, remedy="unstated=True keeps rows without one")

    def either(self, value: str | float | None) -> _Array:
        """Numbers of a column, or one number for all rows, or none known."""
        if isinstance(value, str):
            return self.numbers(value, missing=True)
        return np.full(len(self.frame), np.nan if value is None else float(value))

    def refuse(self, marked: NDArray[np.bool_], what: str, column: str, remedy: str | None = None) -> None:
        """Raise for marked rows, if any."""
        self._refuse(marked, what, column, remedy)

    def _known(self, name: str) -> str:
        if name not in self.names:
            raise UnknownNameError.of(name, self.names, kind="column of the table")
        return name

    def _refuse(self, marked: NDArray[np.bool_], what: str, column: str, remedy: str | None = None) -> None:
        if not marked.any():
            return
        shown = list(dict.fromkeys([*self.by, *(one.strip() for one in column.split(","))]))
        first = self.frame.loc[marked, shown].head()
        raise DataError(
            f"{what} in the table of estimates",
            where=f"column {column}",
            count=int(marked.sum()),
            examples=[
                f"row {label} ({', '.join(map(str, row))})"
                for label, row in zip(first.index, first.itertuples(index=False), strict=True)
            ],
            remedies=() if remedy is None else (remedy,),
        )


def read_spread(
    table: Table,
    estimate: _Array,
    columns: Mapping[str, str | None],
    *,
    scale: str,
    level: float,
    df: _Array,
    per: float,
) -> Spread:
    """Standard errors from what the table gives of them, and limits from the standard errors where it gives none.

    Parameters
    ----------
    table, estimate
        The table and its estimates, in the unit wanted.
    columns : mapping
        Names of the columns ``se``, ``variance``, ``cv``, ``lower``, ``upper``; None where not given.
    scale, level, df
        Scale on which intervals are symmetric, their level, and degrees of freedom (missing: normal quantiles).
    per : float
        What values of the table are divided by to be in the unit wanted.
    """
    check_scale(scale)
    check_level(level)
    given = _given(columns, table.unstated)
    quantile = quantiles(level, df)
    names = [f"row {label}" for label in table.frame.index]
    if "lower" not in given:
        se, history = _stated_se(table, estimate, given, per)
        centre, slope = to_scale(estimate, scale, names)
        half = quantile * se * slope
        words = f"limits = estimate -/+ quantile x standard error, {100 * level:g} %, on the {scale} scale"
        return Spread(se, from_scale(centre - half, scale), from_scale(centre + half, scale), scale, [*history, words])
    lower, upper = (table.precision(given[name]) / per for name in ("lower", "upper"))
    both = f"{given['lower']}, {given['upper']}"
    table.refuse(lower > upper, "lower limits lie above upper limits", both)
    table.refuse((estimate < lower) | (estimate > upper), "estimates lie outside their interval", both)
    stated = {name: column for name, column in given.items() if name not in ("lower", "upper")}
    if stated:
        se, history = _stated_se(table, estimate, stated, per)
        return Spread(se, lower, upper, "published", [*history, f"{100 * level:g} % limits as published"])
    (low, _), (high, _), (centre, slope) = (to_scale(one, scale, names) for one in (lower, upper, estimate))
    se = (high - low) / (2.0 * quantile) / slope
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.abs((low + high) / 2.0 - centre) / ((high - low) / 2.0)
    history = [
        f"standard error = (upper - lower) / (2 x quantile), from {100 * level:g} % limits as published, taken as "
        f"symmetric on the {scale} scale, quantile "
        + ("of t with the degrees of freedom given" if np.isfinite(df).any() else f"{quantile[0]:.6g} (normal)"),
        f"estimates lie up to {100 * np.nanmax(skew, initial=0.0):.0f} % of half a width off the middle of their "
        f"interval on the {scale} scale",
    ]
    return Spread(se, lower, upper, "published", history)


def read_covariance(given: Any, variance: _Array, per: float) -> _Array | None:
    """Covariance between the rows of a table: a matrix, ``"independent"``, or None where it is not known.

    Raises
    ------
    DataError
        If a matrix is not square, not symmetric, or its diagonal differs from the variances.
    """
    if given is None:
        return None
    if isinstance(given, str):
        if given != "independent":
            raise InputError("covariance must be a matrix, 'independent' or None", where="covariance", got=repr(given))
        return np.diag(variance)
    matrix = np.array(given, dtype=np.float64) / per**2
    size = variance.size
    if matrix.shape != (size, size):
        raise DataError(
            "the covariance needs a row and a column for each row of the table",
            where="covariance",
            expected=f"{size:,} x {size:,}",
            got=" x ".join(map(str, matrix.shape)),
        )
    if not np.allclose(matrix, matrix.T, rtol=_APART, atol=0.0, equal_nan=True):
        raise DataError("the covariance is not symmetric", where="covariance")
    apart = ~np.isclose(np.diag(matrix), variance, rtol=_APART, atol=0.0, equal_nan=True)
    if apart.any():
        pairs = zip(np.diag(matrix)[apart][:5], variance[apart][:5], strict=True)
        raise DataError(
            "the diagonal of the covariance differs from the squared standard errors",
            where="covariance",
            count=int(apart.sum()),
            examples=[f"{number(one)} and {number(other)}" for one, other in pairs],
            remedies=("is the covariance in the unit of the table?",),
        )
    return np.asarray((matrix + matrix.T) / 2.0)


def require_unit(table: Table, column: str, values: _Array, unit: str) -> None:
    """Refuse values that cannot be proportions in the unit said."""
    if unit not in UNITS:
        return
    table.refuse(values < 0.0, "proportions below nought", column)
    remedy = "say unit='percent'" if unit == "proportion" else "is the unit of the table another one?"
    table.refuse(values > UNITS[unit], f"values too large for the unit {unit!r}", column, remedy)


def _given(columns: Mapping[str, str | None], unstated: bool) -> dict[str, str]:
    given = {name: column for name, column in columns.items() if column is not None}
    one_sided = len({"lower", "upper"} & given.keys()) == 1
    several = len({"se", "variance", "cv"} & given.keys()) > 1
    if (not given and not unstated) or one_sided or several:
        raise InputError(
            "a table of estimates needs one column of their precision",
            where="se=, variance=, cv=, lower= and upper=",
            expected="one of se, variance and cv, or lower and upper together, or both kinds",
            got=", ".join(given) or "none",
            remedies=("unstated=True reads estimates without any",) if not given else (),
        )
    return given


def _stated_se(table: Table, estimate: _Array, given: Mapping[str, str], per: float) -> tuple[_Array, list[str]]:
    if not given:
        return np.full(estimate.size, np.nan), ["no standard errors published"]
    ((kind, column),) = given.items()
    values = table.precision(column)
    table.refuse(values < 0.0, f"negative {'standard errors' if kind == 'se' else kind}", column)
    if kind == "se":
        return values / per, ["standard errors as published"]
    if kind == "variance":
        return np.sqrt(values) / per, ["standard error = square root of the published variance"]
    remedy = "divide the column by 100 if it is in per cent"
    table.refuse(values >= _LARGE_CV, "coefficients of variation of 200 % or more", column, remedy)
    return values * np.abs(estimate), ["standard error = published coefficient of variation x estimate"]
