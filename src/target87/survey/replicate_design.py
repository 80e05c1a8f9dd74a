"""``ReplicateDesign``: data with replicate weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.survey.checking import check_truth, check_weights
from target87.survey.domains import Condition, Domains, condition
from target87.survey.estimands import Estimands
from target87.survey.history import Step, sum_text
from target87.survey.replicate_checks import check_freedom
from target87.survey.replicate_factors import Multipliers, ReplicateWeights
from target87.survey.replicate_freedom import rank
from target87.survey.replicate_methods import METHODS, canonical, scaling_of
from target87.survey.replicate_reading import doubt_about_combination, read_replicates
from target87.survey.replicate_summary import summarise
from target87.survey.replicate_variance import ReplicateTotals
from target87.survey.replicate_weighting import ReplicateWeighting
from target87.survey.rows import Rows
from target87.survey.sample import Sample
from target87.survey.summary import DesignSummary

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.survey.design import SurveyDesign
    from target87.survey.replication import Planned

type FloatArray = NDArray[np.float64]

_NUMBERS = 1 << 22
"""Replicate weights written out at one time."""


class ReplicateDesign(Sample, ReplicateWeighting, Estimands):
    """A sample with its weights and replicate weights; immutable, each step returns a new one.

    Parameters
    ----------
    data : data frame
        Any frame narwhals reads (pandas, polars, Arrow), one row an observed person or unit.
    weights : str
        Column of the weights of the whole sample.
    replicate_weights : str, sequence of str, ndarray or data frame
        Columns of replicate weights: their common prefix, a regular expression of their names, a list, an array of
        shape ``(n, replicates)``, or a frame of the same rows.
    method : str
        ``"JK1"``, ``"JKn"``, ``"JK2"``, ``"BRR"``, ``"Fay"``, ``"bootstrap"``, ``"subbootstrap"``, ``"rao_wu"``,
        ``"preston"``, ``"SDR"``, ``"ACS"`` or ``"other"``; R's names are understood.
    scale : float, optional
        Factor of the sum over replicates. By default of the method: 1/R (BRR), 1/(R (1 - rho)²) (Fay), 1/(R - 1)
        (bootstraps), (R - 1)/R (JK1), 4/R (SDR, ACS), else 1.
    rscales : sequence of float, optional
        Factor of each replicate, 1 by default; the stratified jackknife (JKn) needs it.
    rho : float, optional
        Fay's coefficient.
    mse : bool
        Centre replicates at the estimate of the whole sample, not at their mean (R and Stata: ``mse``). The American
        Community Survey (``"ACS"``) always does.
    combined : bool
        Whether replicate weights hold the sampling weight; if not they are its multipliers.
    degf : float, optional
        Degrees of freedom. By default the rank of the replicate weights less one, as in R.
    survey : str, optional
        Name of the survey and its year, carried to every estimate.

    Raises
    ------
    UnknownNameError
        If a column or method is not known.
    InputError
        If the number of replicates does not fit the method, or the scales do not.
    DataError
        If weights are missing, not finite or add up to nothing; sampling weights may not be negative, replicate
        weights may.

    Notes
    -----
    The variance is ``scale * sum of rscales (θ_r - c)(θ_r - c)'`` (Wolter 2007; R's ``svrepdesign``). With few units in
    a domain a replicate may give no value: it is left out with a warning. Estimands and their keywords are those of
    :class:`target87.SurveyDesign`.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> data = pd.DataFrame({"w": [10.0, 10, 10], "hours": [1.0, 2, 6]})
    >>> jackknife = [[0.0, 1.5, 1.5], [1.5, 0.0, 1.5], [1.5, 1.5, 0.0]]
    >>> design = t87.ReplicateDesign(data, weights="w", replicate_weights=jackknife, method="JK1", combined=False)
    >>> design
    <ReplicateDesign: 3 rows, 3 replicates (JK1), scale 0.666667, weights sum to 30>
    >>> design.mean("hours").to_dataframe()["se"].round(6).item()
    1.527525
    """

    def __init__(
        self,
        data: Any,
        *,
        weights: str,
        replicate_weights: str | Sequence[str] | NDArray[Any] | Any,
        method: str,
        scale: float | None = None,
        rscales: Sequence[float] | NDArray[Any] | None = None,
        rho: float | None = None,
        mse: bool = False,
        combined: bool = True,
        degf: float | None = None,
        survey: str | None = None,
    ) -> None:
        if survey is not None and not isinstance(survey, str):
            raise InputError("survey is a name", where="survey", got=type(survey).__name__)
        mse, combined = check_truth(mse, "mse"), check_truth(combined, "combined")
        self.method = canonical(method)
        self.rho = rho
        self._rows = Rows(data)
        self._weights = np.array(self._rows.numeric(weights, argument="weights"))
        check_weights(self._weights, f"column {weights!r}")
        matrix, self._names = read_replicates(self._rows, replicate_weights, weights)
        self._scaling = scaling_of(
            self.method,
            matrix.shape[1],
            rows=self._rows.n,
            scale=scale,
            rscales=rscales,
            rho=rho,
            mse=mse,
            largest=None if combined else matrix.max(axis=0),
        )
        base = np.ones(self._rows.n) if combined else self._weights
        self._replicates = ReplicateWeights(base, (Multipliers(None, matrix),))
        self._inside: NDArray[np.bool_] | None = None
        self._degf = None if degf is None else check_freedom(degf, "degf")
        doubt = doubt_about_combination(matrix, self._weights, combined)
        self._unusual: tuple[str, ...] = () if doubt is None else (doubt,)
        self._cache: dict[Any, Any] = {}
        replicates = f"{matrix.shape[1]} replicates, {METHODS[self.method]}"
        text = f"{self._rows.n:,} rows, {replicates}; weights {weights}, which sum to {self._weights.sum():,.12g}"
        details = {
            "weights": weights,
            "method": self.method,
            "scale": self.scale,
            "mse": self.mse,
            "combined": combined,
            "survey": survey,
        }
        self.history: tuple[Step, ...] = (Step("replicate design", text, details),)

    @classmethod
    def _made(cls, sample: Sample | SurveyDesign, replicates: ReplicateWeights, plan: Planned) -> Self:
        """The replicate design of a sample whose replicates were made by the library."""
        design = cls.__new__(cls)
        design.method, design.rho = plan.method, plan.rho
        design._take(sample)
        design._replicates, design._scaling = replicates, plan.scaling
        design._names = tuple(f"replicate {k}" for k in range(1, replicates.replicates + 1))
        design._degf, design._unusual, design._cache = plan.degf, plan.made.notes, {}
        design.history = (*sample.history, plan.step)
        return design

    def _take(self, sample: Sample | SurveyDesign) -> None:
        """Take the rows of a sample, with their weights."""
        self._rows, self._weights, self._inside = sample._rows, sample._weights, sample._inside

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self._replicates.replicates

    @property
    def scale(self) -> float:
        """Factor of the sum over replicates."""
        return self._scaling.scale

    @property
    def rscales(self) -> FloatArray:
        """Factor of each replicate."""
        return self._scaling.rscales.copy()

    @property
    def mse(self) -> bool:
        """Whether replicates are centred at the estimate of the whole sample."""
        return self._scaling.mse

    def __repr__(self) -> str:
        kept = self._rows_inside()
        inside = "" if kept is None else f" ({kept:,} in the subset)"
        total = sum_text(self._weight_sum())
        return (
            f"<ReplicateDesign: {self._rows.n:,} row{'s' if self._rows.n > 1 else ''}{inside}, {self.replicates:,} "
            f"replicates ({self.method}), scale {self.scale:.6g}, weights sum to {total}>"
        )

    def replicate_weights(self) -> FloatArray:
        """Weights of all rows in every replicate, written out.

        Returns
        -------
        ndarray, shape (n, replicates)
            With the sampling weight in them; 0 outside a subset.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> design = t87.SurveyDesign(pd.DataFrame({"w": [1.0, 3.0]}), weights="w").to_replicates("JK1")
        >>> design.replicate_weights()
        array([[0., 2.],
               [6., 0.]])
        """
        return self._active_replicates.matrix()

    def summary(self) -> DesignSummary:
        """Weights, replicates, design effect of weighting, and whatever is unusual."""
        return summarise(self)

    def degrees_of_freedom(self, where: Condition = None) -> int | float:
        """Rank of the replicate weights of rows with a weight, less one (R's ``degf``), or the number given.

        Parameters
        ----------
        where : condition, optional
            Rows to count.

        Returns
        -------
        int or float
            Degrees of freedom.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> t87.SurveyDesign(pd.DataFrame({"w": [1.0, 3.0, 2.0]}), weights="w").to_replicates(
        ...     "JK1"
        ... ).degrees_of_freedom()
        2
        """
        value = self._design_df(condition(self._rows, where))
        return int(value) if value == int(value) else value

    def with_replicates(
        self,
        function: Callable[[FloatArray, Any], Any],
        *,
        interval: str = "t",
        level: float = 0.95,
        df: float | None = None,
    ) -> Estimates:
        """Estimate anything that is computed from weights and data, by computing it once for every replicate.

        Parameters
        ----------
        function : callable
            Takes the weights and the data of the rows (of the subset, if there is one) and returns a number, an array
            of numbers, or a mapping of names to numbers.
        interval, level
            As for every estimand.
        df : float, optional
            Degrees of freedom, the design's by default.

        Returns
        -------
        Estimates
            One cell a number, with their covariance.

        Raises
        ------
        InputError
            If ``function`` is none or returns something else, or another number of values for some replicate, or
            degrees of freedom are no number above zero.

        Notes
        -----
        R's ``withReplicates``. The function must be smooth in the weights for jackknives to hold (not a median).

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 2], "working": [1, 0, 2], "children": [2, 1, 2]})
        >>> design = t87.SurveyDesign(data, weights="w").to_replicates("JK1")
        >>> share = design.with_replicates(lambda w, rows: (w * rows["working"]).sum() / (w * rows["children"]).sum())
        >>> round(share.to_dataframe()["estimate"].item(), 4)
        0.7143
        """
        from target87.survey.replicate_functions import with_replicates

        return with_replicates(self, function, interval=interval, level=level, df=df)

    # what estimands and weighting steps ask of a design

    def _weight_sum(self) -> float:
        return float(self._active_weights.sum())

    def _rows_inside(self) -> int | None:
        """Rows of the subset; None if there is none."""
        return None if self._inside is None else int(self._inside.sum())

    @property
    def _active_replicates(self) -> ReplicateWeights:
        if "replicates" not in self._cache:
            self._cache["replicates"] = self._replicates.inside(self._inside)
        return self._cache["replicates"]  # type: ignore[no-any-return]

    def _totals(self, values: FloatArray, domains: Domains) -> ReplicateTotals:
        return ReplicateTotals(self, values, domains)

    def _design_df(self, inside: NDArray[np.bool_] | None) -> float:
        if self._degf is not None:
            return self._degf
        used = inside if self._inside is None else (self._inside if inside is None else self._inside & inside)
        if used is None or bool(used.all()):
            if "df" not in self._cache:
                self._cache["df"] = rank(self._replicates, np.arange(self._rows.n)) - 1.0
            return float(self._cache["df"])
        return max(rank(self._replicates, np.flatnonzero(used)) - 1.0, 0.0)

    def _domain_df(self, domains: Domains) -> FloatArray:
        if self._degf is not None:
            return np.full(len(domains), self._degf)
        codes = domains.row_codes(self._rows.n)
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(domains) + 1))
        ranks = [rank(self._replicates, order[first:end]) for first, end in pairwise(ends)]
        return np.maximum(np.array(ranks) - 1.0, 0.0)

    def _replicate_blocks(self, rows: NDArray[np.int64] | None = None) -> Iterator[tuple[slice, FloatArray]]:
        """Weights of some replicates at a time, ``(b, rows)`` with each replicate contiguous."""
        active = self._active_replicates
        order = np.arange(self._rows.n) if rows is None else rows
        step = max(1, min(self.replicates, _NUMBERS // max(1, order.size)))
        for first in range(0, self.replicates, step):
            part = slice(first, min(first + step, self.replicates))
            yield part, np.ascontiguousarray(active.columns(part, order).T)

    def _attributes(self, missing: Any, columns: Sequence[str] = ()) -> dict[str, Any]:
        replication: Mapping[str, Any] = {
            "method": self.method, "replicates": self.replicates, "scale": self.scale, "mse": self.mse,
        }  # fmt: skip
        return {**super()._attributes(missing, columns), "replication": dict(replication)}
