"""What every estimand does: read its variables, take totals, and turn a function of them into labelled cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError
from target87.kernels import unit_totals
from target87.survey.cells import DesignEffect, cell_labels, design_effects, domain_means, limits, simple_variance
from target87.survey.checking import is_number, joint_wanted
from target87.survey.domains import Condition, Domains
from target87.survey.history import Step
from target87.survey.rows import Rows
from target87.survey.statistics import Statistic
from target87.survey.variables import Missing, Variables, as_names, read_variables

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.results.publication_rule import Rule

type FloatArray = NDArray[np.float64]
type Columns = str | Sequence[str]
type Freedom = Literal["design", "domain"] | float
type RowFunction = Callable[[Variables, Rows, FloatArray], tuple[FloatArray, Domains]]
"""From variables, other columns and weights of some rows to values ``(k, rows)`` and domains of the same rows."""


class DomainTotals(Protocol):
    """Totals of row variables by domain, and the sampling variances of their functions."""

    point: FloatArray
    """``(D, K + 1)``: sum of weights first."""

    def moments(self, pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], FloatArray]:
        """Rows with a weight ``(D,)``, and weighted products of pairs of variables about the domain's means."""
        ...

    def variance(self, statistic: Statistic) -> FloatArray:
        """Variances ``(D, J)``."""
        ...

    def covariance(self, statistic: Statistic) -> FloatArray:
        """Covariances ``(J D, J D)``, statistics slowest."""
        ...


class Estimating:
    """The part of a design that turns statistics into estimates."""

    if TYPE_CHECKING:  # what a design provides
        _rows: Rows
        _inside: NDArray[np.bool_] | None
        history: tuple[Step, ...]

        @property
        def _active_weights(self) -> FloatArray: ...

        def _totals(self, values: FloatArray, domains: Domains) -> DomainTotals: ...

        def _design_df(self, inside: NDArray[np.bool_] | None) -> float: ...

        def _domain_df(self, domains: Domains) -> FloatArray: ...

    # what estimands share

    def _totals_of(self, read: Variables, products: Sequence[tuple[int, int]]) -> DomainTotals:
        """Totals of variables read; their moments will be asked for these ``products``."""
        return self._totals(read.values, read.domains)

    def _counts(self, domains: Domains) -> NDArray[np.int64]:
        """Rows with a weight, by domain."""
        used = self._active_weights != 0.0
        if domains.codes.size:
            used &= domains.codes >= 0
        return np.bincount(domains.row_codes(used.size)[used], minlength=len(domains))

    def _middles(self, read: Variables) -> tuple[FloatArray, NDArray[np.int64]]:
        """Weighted means of the variables by domain ``(D, K)``, and rows with a weight."""
        weights, domains = self._active_weights, read.domains
        everywhere = np.zeros(weights.size, dtype=np.int32)
        point = unit_totals.dense(everywhere, 1, domains.codes, len(domains), weights, read.values)[0]
        return domain_means(point), self._counts(domains)

    def _labels(self, name: str, argument: str) -> tuple[Any, ...]:
        """Categories of a column."""
        return self._rows.category(name, argument=argument).levels

    def _derived(
        self,
        read: Variables,
        make: RowFunction,
        names: tuple[str, ...],
        categories: tuple[object | None, ...],
        *,
        columns: Sequence[str] = (),
    ) -> Variables:
        """Variables made row by row of those read and of further ``columns``."""
        values, domains = make(read, self._rows, self._active_weights)
        return Variables(values, names, categories, domains, read.inside)

    def _read(
        self,
        variables: Columns,
        by: Columns | None,
        where: Condition,
        missing: Missing,
        *,
        numbers: bool = False,
        proportions: bool = False,
    ) -> Variables:
        return read_variables(
            self._rows,
            self._active_weights,
            as_names(variables),
            by=() if by is None else as_names(by, "by"),
            where=where,
            inside=self._inside,
            missing=missing,
            numbers=numbers,
            proportions=proportions,
        )

    def _freedom(self, df: Freedom, read: Variables) -> FloatArray:
        if isinstance(df, str) and df == "design":
            return np.full(len(read.domains), self._design_df(read.inside))
        if isinstance(df, str) and df == "domain":
            return self._domain_df(read.domains)
        if is_number(df) and float(df) > 0.0:
            return np.full(len(read.domains), float(df))
        raise InputError(
            'degrees of freedom must be a positive number, or "design" or "domain"', where="df", got=repr(df)
        )

    def _estimate(
        self,
        read: Variables,
        statistic: Statistic,
        products: Sequence[tuple[int, int]],
        *,
        estimand: str,
        unit: str,
        interval: str,
        level: float,
        df: Freedom,
        deff: DesignEffect,
        covariance: bool | None,
        rule: Rule,
        missing: Missing,
    ) -> Estimates:
        if deff not in ("srswor", "srswr", False):
            raise UnknownNameError.of(deff, ("srswor", "srswr"), kind="design effect")
        wanted = sorted(set(products)) if deff is not False else []
        totals, domains = self._totals_of(read, wanted), read.domains
        value = statistic.value(totals.point)
        cells = value.size
        matrix = totals.covariance(statistic) if joint_wanted(covariance, cells) else None
        variance = self._variances(totals, statistic, matrix, len(domains))
        counts, moments = totals.moments(np.array(wanted, dtype=np.int64).reshape(-1, 2))
        _leave_empty(counts == 0, value, variance, matrix)
        effect, effective = (np.full(value.shape, np.nan),) * 2
        if wanted:
            simple = simple_variance(statistic.jacobian(totals.point), totals.point, wanted, moments)
            effect, effective = design_effects(variance, simple, totals.point[:, :1], counts[:, None], deff)
        freedom = np.repeat(self._freedom(df, read)[:, None], statistic.size, axis=1)
        n = np.repeat(counts[:, None], statistic.size, axis=1)
        lower, upper = limits(estimand, interval, value, variance, n, freedom, level)
        return self._built(
            read,
            value,
            variance,
            matrix,
            lower,
            upper,
            freedom,
            n,
            effective,
            effect,
            estimand=estimand,
            unit=unit,
            interval=interval,
            level=level,
            rule=rule,
            missing=missing,
        )

    def _variances(
        self, totals: DomainTotals, statistic: Statistic, matrix: FloatArray | None, domains: int
    ) -> FloatArray:
        if matrix is not None and not self._lonely_by_domain(domains):
            found: FloatArray = np.diag(matrix).reshape(-1, domains).T
        else:
            found = totals.variance(statistic)
        # the Horvitz-Thompson form can come out negative; such a standard error is missing, never 0
        return np.where(found < 0.0, np.nan, found)

    def _lonely_by_domain(self, domains: int) -> bool:
        """Whether a domain's own variance may differ from its place in the joint covariance."""
        return False

    def _built(
        self,
        read: Variables,
        value: FloatArray,
        variance: FloatArray,
        matrix: FloatArray | None,
        lower: FloatArray,
        upper: FloatArray,
        freedom: FloatArray,
        n: NDArray[np.int64],
        effective: FloatArray,
        effect: FloatArray,
        *,
        estimand: str,
        unit: str,
        interval: str,
        level: float,
        rule: Rule,
        missing: Missing,
    ) -> Estimates:
        from target87.results.estimates import Estimates

        def column(values: NDArray[Any]) -> NDArray[Any]:
            return values.T.ravel()

        return Estimates.build(
            cell_labels(read),
            estimate=column(value),
            variance=column(variance),
            covariance=matrix,
            lower=column(lower),
            upper=column(upper),
            df=column(freedom),
            n=column(n),
            n_effective=column(effective),
            deff=column(effect),
            domain_columns=read.domains.columns,
            interval=interval,
            level=level,
            estimand=estimand,
            unit=unit,
            attributes=self._attributes(missing, (*read.names, *read.domains.columns)),
            rule=rule,
        )

    def _attributes(self, missing: Missing, columns: Sequence[str] = ()) -> dict[str, Any]:
        """What estimates say of the design, and of the indicators whose flags are among ``columns``."""
        first = self.history[0]  # every design made from this one keeps it: it says which survey the rows are of
        named = first.details.get("survey") or ""
        last = {name: step.details for step in self.history for name in step.details.get("columns", ())}
        set_by = [last[name] for name in columns if name in last]
        used = [one for k, one in enumerate(set_by) if one.get("definition") and one not in set_by[:k]]
        return {
            "definition": "; ".join(dict.fromkeys(one["definition"] for one in used)),
            "definition_notes": [note for one in used for note in one["notes"]],
            "survey": named or f"unnamed survey of {first.text}",
            "source": named,
            "design": repr(self),
            "history": [str(step) for step in self.history],
            "missing": missing,
        }


def _leave_empty(empty: NDArray[np.bool_], value: FloatArray, variance: FloatArray, matrix: FloatArray | None) -> None:
    """Make everything of domains without rows missing: a total of nobody seen is not known to be 0."""
    if not empty.any():
        return
    value[empty] = np.nan
    variance[empty] = np.nan
    if matrix is not None:
        cells = np.tile(empty, value.shape[1])
        matrix[cells] = np.nan
        matrix[:, cells] = np.nan
