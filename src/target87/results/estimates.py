"""``Estimates``: estimates over labelled cells, with their standard errors, intervals and full covariance."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_build import completed
from target87.results.estimates_data import UNNAMED
from target87.results.estimates_functions import EstimatesFunctions
from target87.results.files import write_netcdf
from target87.results.publication_rule import Rule

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.estimates_join import SameSurvey
    from target87.results.estimates_scales import Scale

SCHEMA_VERSION = 1


@dataclass(frozen=True, repr=False, eq=False)
class Estimates(EstimatesFunctions):
    """Estimates over cells: a domain, a variable, a category or quantile each.

    Estimands of a design give them; :meth:`from_dataframe` reads a published table.

    Parameters
    ----------
    data : xarray.Dataset
        Over ``cell``: ``estimate``, ``se``, ``cv``, ``ci_lower``, ``ci_upper``, ``df``, ``n``, ``n_effective``,
        ``deff`` (missing where not defined), ``quality`` and ``reason``; labels ``variable``, perhaps ``category`` or
        ``quantile``, the columns of domains, and ``survey``, which says between which cells covariance can exist.
        ``covariance`` over ``(cell, cell_other)`` if it was computed. ``attrs`` are plain data. It is copied, and the
        copy cannot be written to.

    Raises
    ------
    DataError
        If parts are missing, numbers are not possible, or a cell occurs twice.

    See Also
    --------
    target87.PublicationRule : what ``quality`` follows.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"sex": ["boys", "girls"], "rate": [11.2, 7.8], "low": [10.1, 6.9], "high": [12.3, 8.7]})
    >>> rates = Estimates.from_dataframe(
    ...     table, estimate="rate", lower="low", upper="high", by=["sex"], unit="percent", covariance="independent"
    ... )
    >>> rates
    <Estimates of proportion: 2 cells by sex; 95 % intervals (published); covariance known>
    >>> gap = rates.contrast({"boys - girls": {"boys": 1, "girls": -1}})
    >>> gap.to_dataframe()[["variable", "estimate", "se"]]
           variable  estimate        se
    0  boys - girls     0.034  0.007251
    """

    @classmethod
    def build(
        cls,
        cells: pd.DataFrame | Mapping[str, NDArray[Any]],
        *,
        estimate: ArrayLike,
        variance: ArrayLike,
        covariance: NDArray[np.float64] | None = None,
        lower: ArrayLike,
        upper: ArrayLike,
        df: ArrayLike,
        n: ArrayLike,
        n_effective: ArrayLike,
        deff: ArrayLike,
        domain_columns: Sequence[str],
        interval: str,
        level: float,
        estimand: str,
        unit: str,
        attributes: Mapping[str, Any] | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Estimates from arrays, one value a cell; a number alone goes for all cells.

        Parameters
        ----------
        cells : pandas.DataFrame or mapping of arrays
            One row a cell: the domain columns, ``variable``, and where needed ``category`` or ``quantile``.
        estimate, variance : array_like
            Missing (NaN) in empty domains.
        covariance : array, optional
            ``(cells, cells)``.
        lower, upper, df, n, n_effective, deff : array_like
            NaN where not defined.
        domain_columns : sequence of str
            Columns of ``cells`` that are domains.
        interval, level : str, float
            Type of the intervals and their level.
        estimand, unit : str
            Such as ``"proportion"``, ``"total"``; ``"proportion"``, ``"persons"``.
        attributes : mapping, optional
            Plain data: ``survey`` (which survey, the same for all estimates from it), ``definition``, ``source``,
            ``history`` (a list of lines) and whatever else.
        rule : PublicationRule, "default", name of a rule, or None
            What ``quality`` follows; None judges nothing.
        """
        extra = dict(attributes or {})
        survey = extra.pop("survey", UNNAMED)
        given = {"estimate": estimate, "variance": variance, "ci_lower": lower, "ci_upper": upper, "df": df}
        given |= {"n": n, "n_effective": n_effective, "deff": deff}
        facts = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
        labels = {str(name): column for name, column in cells.items()}
        size = len(next(iter(labels.values()), ()))
        facts = {name: np.full(size, one) if one.ndim == 0 else one for name, one in facts.items()}
        fixed = {"estimand": estimand, "unit": unit, "interval": interval, "level": float(level)}
        return cls(
            completed(
                labels,
                facts,
                survey=survey,
                domain_columns=domain_columns,
                attributes={**extra, **fixed},
                covariance=covariance,
                rule=rule,
            )
        )

    @classmethod
    def from_dataframe(
        cls,
        frame: pd.DataFrame,
        *,
        estimate: str = "estimate",
        se: str | None = None,
        variance: str | None = None,
        cv: str | None = None,
        lower: str | None = None,
        upper: str | None = None,
        level: float = 0.95,
        scale: Scale = "identity",
        by: Sequence[str] = (),
        variable: str | None = None,
        n: str | float | None = None,
        n_effective: str | float | None = None,
        df: str | float | None = None,
        covariance: ArrayLike | pd.DataFrame | None = None,
        survey: str | None = None,
        unit: str,
        estimand: str | None = None,
        definition: str = "",
        source: str = "",
        unstated: bool = False,
        rule: Rule = "default",
    ) -> Estimates:
        """Estimates from a published table with standard errors or intervals.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row an estimate.
        estimate : str
            Column of the estimates.
        se, variance, cv : str, optional
            Column of standard errors, variances, or coefficients of variation (0.12, not 12 %): at most one.
        lower, upper : str, optional
            Columns of the limits of intervals. Standard errors are derived from them where no column gives them.
        level : float
            Level of the intervals.
        scale : {"identity", "logit", "log"}
            Scale on which the intervals are symmetric. Where one of standard error and limits is derived from the
            other, ``attributes["history"]`` says how, and how far the estimates are off the middle.
        by : sequence of str
            Columns that are domains, such as area, year or sex.
        variable : str, optional
            A column, or a name for all rows; the name of the column of estimates if not given.
        n, n_effective, df : str or float, optional
            Columns, or a number for all rows. With ``df``, intervals are of Student's t.
        covariance : array_like, "independent" or None
            Covariance between the rows in the unit of the table. Rows of different surveys are independent anyway.
        survey : str, optional
            A column that says which survey a row comes from, or the name of the one survey; ``source`` if not given.
        unit : str
            ``"proportion"``, ``"percent"`` or ``"per thousand"`` for proportions, which are held as proportions; or any
            other unit, such as ``"persons"``. Whether 0.3 is 30 % or 0.3 % is never guessed.
        estimand : str, optional
            What is estimated; ``"proportion"`` follows from the unit.
        definition, source : str
            What is counted, and where the table comes from.
        unstated : bool
            Whether estimates without standard error are read too; their error is missing.
        rule : PublicationRule, "default", name of a rule, or None
            What ``quality`` follows; None judges nothing.

        Raises
        ------
        InputError
            If not one kind of precision is given, or an argument is not possible.
        DataError
            If values are missing, no numbers, negative, outside their interval, or not possible in the unit; if a
            cell occurs twice. The error names the column, how many rows and the first.
        UnknownNameError
            If a column is not in the table.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"area": ["AAA", "BBB"], "percent": [9.0, 12.0], "se": [0.9, 1.5]})
        >>> rates = Estimates.from_dataframe(
        ...     table, estimate="percent", se="se", by=["area"], survey="area", unit="percent", scale="logit"
        ... )
        >>> rates.to_dataframe()[["area", "estimate", "se", "ci_lower", "ci_upper"]]
          area  estimate     se  ci_lower  ci_upper
        0  AAA      0.09  0.009  0.073849  0.109267
        1  BBB      0.12  0.015  0.093567  0.152642
        """
        from target87.results.estimates_table import UNITS, read_table

        what = estimand or ("proportion" if unit in UNITS else "estimate")
        return cls(
            read_table(
                frame,
                {"se": se, "variance": variance, "cv": cv, "lower": lower, "upper": upper},
                {"n": n, "n_effective": n_effective, "df": df},
                estimate=estimate,
                by=by,
                variable=variable,
                survey=survey,
                covariance=covariance,
                scale=scale,
                level=level,
                unit=unit,
                unstated=unstated,
                attributes={"estimand": what, "definition": definition, "source": source},
                rule=rule,
            )
        )

    @classmethod
    def concat(cls, parts: Sequence[Estimates], *, same_survey: SameSurvey = "error") -> Estimates:
        """Several estimates as one; covariance within each is kept, and is nought between different surveys.

        Parameters
        ----------
        parts : sequence of Estimates
            Of one unit and level. A column that a part does not have reads ``"all"`` in its cells.
        same_survey : {"error", "independent", "unknown"}
            What to do if a survey is in two parts: the covariance between these was never computed.

        Raises
        ------
        InputError
            If units or levels differ, or a survey is in two parts.
        """
        from target87.results.estimates_join import joined

        parts = list(parts)
        wrong = [type(part).__name__ for part in parts if not isinstance(part, Estimates)]
        if wrong or not parts:
            raise InputError(
                "concat needs a list of Estimates",
                where="parts",
                got=", ".join(wrong) or "none",
                remedies=("read a table of estimates by Estimates.from_dataframe",) if wrong else (),
            )
        return cls(joined([part.data for part in parts], same_survey))

    def to_observations(self, *, area: Any, year: Any, source: Any = None, definition: Any = None) -> Estimates:
        """Ready the estimates for models over areas and years, which need these four columns.

        Parameters
        ----------
        area, year, source, definition : str, number or sequence
            The name of a domain column, whose labels are taken and which is then called so; or one label for all
            cells; or a sequence of one a cell. Source and definition are the estimates' own if not given. A label that
            is nearly the name of a column is refused as a slip.

        Returns
        -------
        Estimates
            With domain columns area, year, source, definition and what else there was.

        Raises
        ------
        InputError
            If a value is not so, or hides a column.
        DataError
            If a year is no number.
        """
        from target87.results.estimates_join import observed

        attrs = self.data.attrs
        given = {"area": area, "year": year, "source": attrs.get("source") or None if source is None else source}
        given["definition"] = (attrs.get("definition") or "not stated") if definition is None else definition
        return Estimates(observed(self.data, given))

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write everything to a NetCDF file, whole or not at all.

        Raises
        ------
        InputError
            If the name of a column cannot be that of a NetCDF variable.
        """
        wrong = [str(name) for name in self.data.variables if "/" in str(name) or not str(name).strip()]
        if wrong:
            raise InputError(
                "NetCDF takes no names with a slash", where=", ".join(wrong), remedies=("rename the columns",)
            )
        header = {"attributes": json.dumps(self.data.attrs), "schema_version": SCHEMA_VERSION}
        write_netcdf(path, self.data.drop_attrs().assign_attrs(header))

    @classmethod
    def from_netcdf(cls, path: str | os.PathLike[str]) -> Estimates:
        """Read what :meth:`to_netcdf` wrote.

        Raises
        ------
        DataError
            If the file holds no estimates, or those of a later version of the format.
        """
        import xarray as xr

        with xr.open_dataset(path, engine="h5netcdf") as opened:
            data = opened.load()
        version = int(data.attrs.get("schema_version", 0))
        if "estimate" not in data or not 1 <= version <= SCHEMA_VERSION:
            raise DataError(
                "the file does not hold estimates of this format",
                where=str(path),
                expected=f"a variable 'estimate', schema_version up to {SCHEMA_VERSION}",
                got=f"{', '.join(map(str, data.data_vars))}; schema_version {version}",
            )
        data.attrs = json.loads(data.attrs["attributes"])
        return cls(data)
