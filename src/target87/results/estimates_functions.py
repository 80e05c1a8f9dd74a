"""What is made of ``Estimates``: some of their cells, functions of them, other intervals, draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from target87.errors import InputError, UnknownNameError
from target87.results.estimates_build import rejudged
from target87.results.estimates_names import CellFinder, label_columns, same_label
from target87.results.estimates_view import EstimatesView
from target87.results.publication_rule import Rule

if TYPE_CHECKING:
    import xarray as xr

    from target87.results.estimates_contrast import Contrasts
    from target87.results.estimates_scales import Scale
    from target87.rng import RandomState


@dataclass(frozen=True, repr=False, eq=False)
class EstimatesFunctions(EstimatesView):
    """The making half of :class:`target87.Estimates`."""

    def select(self, **labels: Any) -> Self:
        """Cells by their labels, in their order.

        Parameters
        ----------
        **labels : label or list of labels
            By column: ``sex="girls"``, ``area=["AAA", "BBB"]``.

        Raises
        ------
        UnknownNameError
            If a column or label is not known.
        InputError
            If no cell has all the labels.
        """
        columns = [*label_columns(self.data), "survey"]
        keep = np.ones(len(self), dtype=bool)
        for name, wanted in labels.items():
            if name not in columns:
                raise UnknownNameError.of(name, columns, kind="column of these estimates")
            values = self.data[name].values.tolist()
            items = [wanted] if np.ndim(wanted) == 0 else list(wanted)
            found = np.array([[same_label(item, value) for value in values] for item in items]).reshape(-1, len(self))
            for item, here in zip(items, found, strict=True):
                if not here.any():
                    raise UnknownNameError.of(item, map(str, values), kind=f"label of column {name!r}")
            keep &= found.any(axis=0)
        if not keep.any():
            raise InputError("no cell has all these labels", where=", ".join(labels), got=repr(labels))
        return self[keep]

    def __getitem__(self, key: Any) -> Self:
        """Cells by name, labels that tell it apart, number, a list of these, a slice, or one truth value a cell."""
        if not isinstance(key, slice):
            array = np.asarray(key) if not isinstance(key, (str, tuple)) else np.empty(0)
            if array.dtype == bool and array.shape == (len(self),):
                key = np.flatnonzero(array)
            else:
                finder = CellFinder(self.data)
                keys = list(key) if np.ndim(key) == 1 and not isinstance(key, tuple) else [key]
                key = np.array([finder.place(one) for one in keys], dtype=np.intp)
        other = {"cell_other": key} if "covariance" in self.data else {}
        return type(self)(self.data.isel({"cell": key, **other}))

    def __iter__(self) -> Iterator[Self]:
        return (self[place] for place in range(len(self)))

    def contrast(
        self, contrasts: Contrasts, *, names: Sequence[str] | str | None = None, df: float | None = None
    ) -> Self:
        """Contrasts and other smooth functions of the estimates, with their full covariance by the delta method.

        Like ``svycontrast`` of R and ``nlcom`` and ``lincom`` of Stata: the covariance is ``G V G'``, with ``G`` the
        coefficients, or the gradient at the estimates, exact to rounding (complex step).

        Parameters
        ----------
        contrasts : mapping, callable, array or DataFrame
            By name: a mapping of cell to coefficient, one coefficient a cell, or a function. A cell is meant by its
            name, by labels that tell it apart (``("North", "boys")``, or ``"North"`` if that is all), or by its number.
            A function is given the estimates as an array whose cells can also be taken so, and gives a number (or, if
            it stands alone, several, by name or not). An array has a row a contrast.
        names : sequence of str, optional
            Names for an array or a function alone.
        df : float, optional
            Degrees of freedom; the least of the cells used if not given.

        Returns
        -------
        Estimates
            A cell a contrast; intervals of Student's t at the level of these estimates. Missing where a cell used is.

        Raises
        ------
        InputError
            If a contrast has another form or length, or names no cell or several.
        DataError
            If a covariance it needs is not known, or a function or its slope is not finite.

        Examples
        --------
        >>> import pandas as pd
        >>> from target87 import Estimates
        >>> table = pd.DataFrame({"sex": ["boys", "girls"], "rate": [0.112, 0.078], "se": [0.006, 0.005]})
        >>> rates = Estimates.from_dataframe(
        ...     table, estimate="rate", se="se", by=["sex"], unit="proportion", covariance="independent"
        ... )
        >>> ratio = rates.contrast({"ratio": lambda rate: rate["boys"] / rate["girls"]})
        >>> ratio.to_dataframe()[["variable", "estimate", "se", "ci_lower", "ci_upper"]]
          variable  estimate        se  ci_lower  ci_upper
        0    ratio  1.435897  0.119956  1.200788  1.671006
        """
        from target87.results.estimates_contrast import contrasted

        return type(self)(contrasted(self.data, contrasts, names=names, df=df))

    def confint(self, level: float = 0.95, *, df: float | None = None, method: Literal["t", "normal"] = "t") -> Self:
        """The estimates with intervals made anew: estimate -/+ quantile x standard error, like ``confint`` of R.

        Parameters
        ----------
        level : float
            Level of the intervals.
        df : float, optional
            Degrees of freedom for all cells, also infinite; each cell's own if not given.
        method : {"t", "normal"}
            Quantiles of Student's t, or of the normal distribution.
        """
        from target87.results.estimates_contrast import symmetric

        return type(self)(symmetric(self.data, level, df, method))

    def draws(self, n: int, *, rng: RandomState = None, scale: Scale = "identity") -> xr.DataArray:
        """Joint normal draws with the estimates' covariance, for models that take these estimates on.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : int, SeedSequence, Generator or None
            Randomness; each survey has a stream of its own, so other surveys beside it change nothing.
        scale : {"identity", "logit", "log"}
            Scale on which the draws are normal (variances by the delta method); they are given back off it.

        Returns
        -------
        xarray.DataArray
            Over ``(cell, draw)``; missing in cells without estimate or standard error.

        Raises
        ------
        InputError
            If an argument is not possible.
        DataError
            If a covariance is not known, or an estimate is off the scale.
        """
        from target87.results.estimates_draws import drawn

        values = drawn(self.data, n, rng=rng, scale=scale)
        labels = self.data.coords.to_dataset().copy(deep=True)
        made = labels.assign(draws=(("cell", "draw"), values)).assign_coords(draw=np.arange(n))["draws"]
        made.attrs = {"scale": scale, "unit": self.data.attrs["unit"], "estimand": self.data.attrs["estimand"]}
        return made

    def with_rule(self, rule: Rule = "default") -> Self:
        """The estimates with ``quality`` by another publication rule.

        Parameters
        ----------
        rule : PublicationRule, "default", "nchs_proportions", "statistics_canada_cv" or None
            The rule or its name; None judges nothing.

        Raises
        ------
        UnknownNameError
            If no rule has the name.
        """
        return type(self)(rejudged(self.data, rule))
