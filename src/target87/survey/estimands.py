"""The estimands that every design offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from target87.errors import InputError
from target87.survey.cells import DesignEffect, each
from target87.survey.domains import Condition, Domains
from target87.survey.estimating import Columns, Estimating, FloatArray, Freedom
from target87.survey.statistics import Covariances, Mean, Ratio, Total
from target87.survey.variables import Missing, Variables, as_names

if TYPE_CHECKING:
    from target87.results.estimates import Estimates
    from target87.results.publication_rule import Rule
    from target87.survey.rows import Rows


class Estimands(Estimating):
    """Means, totals, proportions, ratios and the like, each with its sampling variance and full covariance.

    All take the same keywords: ``by`` (columns whose crossing gives the domains, all in one pass), ``where`` (a
    subpopulation: the sampling units outside stay in the variance), ``interval`` and ``level``, ``df`` (``"design"``:
    sampling units less strata of the design; ``"domain"``: of each domain; or a number), ``missing`` (``"error"``,
    ``"omit"`` listwise over the variables of the call, as R's ``na.rm=TRUE``, or ``"propagate"``), ``deff`` (design
    effect against simple random sampling without replacement ``"srswor"``, with replacement ``"srswr"``, or False),
    ``covariance`` (True, False, or None: up to 500 cells), and ``rule`` (publication rule of the ``quality`` column, or
    the name of one; None judges nothing).
    """

    def mean(
        self,
        variables: Columns,
        *,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "t",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        deff: DesignEffect = "srswor",
        covariance: bool | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Weighted means; of a column of labels the proportion of each category.

        Parameters
        ----------
        variables : str or sequence of str
            Columns of numbers, truth values or labels.
        by, where, interval, level, df, missing, deff, covariance, rule
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            One cell a domain and variable.

        Raises
        ------
        DataError
            If values are missing under ``missing="error"``, or single-unit strata are refused.

        Notes
        -----
        A ratio of two estimated totals; variance by linearisation (Särndal, Swensson and Wretman 1992, result 5.6.2)
        or by replicates. The population size is estimated, as in R's ``svymean`` and Stata's ``svy: mean``.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"area": ["a", "a", "b", "b"], "w": [1.0, 1, 2, 2], "hours": [10.0, 14, 20, 30]})
        >>> hours = t87.SurveyDesign(data, weights="w").mean("hours", by="area")
        >>> hours.to_dataframe()[["area", "estimate"]].to_dict("list")
        {'area': ['a', 'b'], 'estimate': [12.0, 25.0]}
        """
        read = self._read(variables, by, where, missing)
        return self._estimate(
            read,
            Mean(read.size),
            each(read.size),
            estimand="mean",
            unit="as the variable",
            interval=interval,
            level=level,
            df=df,
            deff=deff,
            covariance=covariance,
            rule=rule,
            missing=missing,
        )

    def proportion(
        self,
        variables: Columns,
        *,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "korn_graubard",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        deff: DesignEffect = "srswor",
        covariance: bool | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Proportions of the population: of truth values (or 0 and 1) those true, of labels each category.

        Parameters
        ----------
        variables : str or sequence of str
            Columns of truth values, 0 and 1, or labels (whole numbers are labels).
        interval : str
            One of :data:`target87.survey.intervals.METHODS`.
        by, where, level, df, missing, deff, covariance, rule
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            One cell a domain and category.

        Raises
        ------
        InputError
            If a column holds fractions.
        DataError
            As for :meth:`mean`.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 2], "works": [True, False, False]})
        >>> t87.SurveyDesign(data, weights="w").proportion("works").to_dataframe()["estimate"].item()
        0.25
        """
        read = self._read(variables, by, where, missing, proportions=True)
        return self._estimate(
            read,
            Mean(read.size),
            each(read.size),
            estimand="proportion",
            unit="proportion",
            interval=interval,
            level=level,
            df=df,
            deff=deff,
            covariance=covariance,
            rule=rule,
            missing=missing,
        )

    def rate_per_thousand(
        self,
        variables: Columns,
        *,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "korn_graubard",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        deff: DesignEffect = "srswor",
        covariance: bool | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Proportions times 1,000, the scale of forced labour.

        Parameters
        ----------
        variables : str or sequence of str
            As for :meth:`proportion`.
        by, where, interval, level, df, missing, deff, covariance, rule
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            In persons per 1,000.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 2], "forced": [True, False, False]})
        >>> t87.SurveyDesign(data, weights="w").rate_per_thousand("forced").to_dataframe()["estimate"].item()
        250.0
        """
        read = self._read(variables, by, where, missing, proportions=True)
        return self._estimate(
            read,
            Mean(read.size, scale=1000.0),
            each(read.size),
            estimand="rate_per_thousand",
            unit="per 1,000",
            interval=interval,
            level=level,
            df=df,
            deff=deff,
            covariance=covariance,
            rule=rule,
            missing=missing,
        )

    def total(
        self,
        variables: Columns,
        *,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "t",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        deff: DesignEffect = "srswor",
        covariance: bool | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Totals of the population; of a column of labels the number of persons in each category.

        Parameters
        ----------
        variables : str or sequence of str
            Columns of numbers, truth values or labels.
        by, where, interval, level, df, missing, deff, covariance, rule
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            One cell a domain and variable.

        Notes
        -----
        Horvitz-Thompson; variance of Särndal, Swensson and Wretman (1992), results 2.8.1 and 4.3.1.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [10.0, 10, 20], "works": [True, False, True]})
        >>> t87.SurveyDesign(data, weights="w").total("works").to_dataframe()["estimate"].item()
        30.0
        """
        read = self._read(variables, by, where, missing)
        return self._estimate(
            read,
            Total(read.size),
            each(read.size),
            estimand="total",
            unit="as the variable",
            interval=interval,
            level=level,
            df=df,
            deff=deff,
            covariance=covariance,
            rule=rule,
            missing=missing,
        )

    def ratio(
        self,
        numerator: Columns,
        denominator: Columns,
        *,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "t",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        deff: DesignEffect = "srswor",
        covariance: bool | None = None,
        rule: Rule = "default",
    ) -> Estimates:
        """Ratios of totals, every numerator over every denominator (numerators fastest).

        Parameters
        ----------
        numerator, denominator : str or sequence of str
            Columns of numbers.
        by, where, interval, level, df, missing, deff, covariance, rule
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            With ``variable`` such as ``"hours/children"``.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1], "working": [1, 2], "children": [2, 4]})
        >>> t87.SurveyDesign(data, weights="w").ratio("working", "children").to_dataframe()["estimate"].item()
        0.5
        """
        above, below = as_names(numerator, "numerator"), as_names(denominator, "denominator")
        columns = tuple(dict.fromkeys((*above, *below)))
        read = self._read(columns, by, where, missing, numbers=True)
        pairs = [(columns.index(a) + 1, columns.index(b) + 1) for b in below for a in above]
        labelled = replace(read, names=tuple(f"{a}/{b}" for b in below for a in above), categories=(None,) * len(pairs))
        products = [(min(a, b) - 1, max(a, b) - 1) for one in pairs for a, b in ((one[0],) * 2, (one[1],) * 2, one)]
        return self._estimate(
            labelled,
            Ratio(pairs, len(columns)),
            products,
            estimand="ratio",
            unit="ratio",
            interval=interval,
            level=level,
            df=df,
            deff=deff,
            covariance=covariance,
            rule=rule,
            missing=missing,
        )

    def variance(
        self,
        variables: Columns,
        *,
        covariances: bool = False,
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "t",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        covariance: bool | None = None,
    ) -> Estimates:
        """Variances of variables in the population, divisor n - 1; with ``covariances`` also of every pair.

        Parameters
        ----------
        variables : str or sequence of str
            Columns of numbers.
        covariances : bool
            Whether to estimate the whole matrix, as R's ``svyvar``: rows by ``variable``, columns by ``category``.
        by, where, interval, level, df, missing, covariance
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            One cell a domain and variable, or pair of variables.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [2.0, 2, 2], "hours": [1.0, 2.0, 3.0]})
        >>> t87.SurveyDesign(data, weights="w").variance("hours").to_dataframe()["estimate"].item()
        1.0
        """
        names = as_names(variables)
        read = self._read(names, by, where, missing, numbers=True)
        k = len(names)
        pairs = [(a, b) for a in range(k) for b in range(k)] if covariances else [(a, a) for a in range(k)]
        return self._population_variance(read, pairs, interval, level, df, covariance, missing, pairwise=covariances)

    def _population_variance(
        self,
        read: Variables,
        pairs: list[tuple[int, int]],
        interval: str,
        level: float,
        df: Freedom,
        covariance: bool | None,
        missing: Missing,
        *,
        pairwise: bool,
    ) -> Estimates:
        middle, n = self._middles(read)
        counts = n.astype(np.float64)
        factor = np.divide(counts, counts - 1.0, out=np.full(counts.size, np.nan), where=counts > 1.0)[:, None]

        def about_the_mean(part: Variables, rows: Rows, weights: FloatArray) -> tuple[FloatArray, Domains]:
            place = np.maximum(part.domains.row_codes(weights.size), 0)
            centred = part.values - np.nan_to_num(middle)[place].T
            return np.concatenate([centred, *(centred[None, a] * centred[None, b] for a, b in pairs)]), part.domains

        labelled = self._derived(
            read,
            about_the_mean,
            tuple(read.names[a] for a, _ in pairs),
            tuple(read.names[b] if pairwise else None for _, b in pairs),
        )
        return self._estimate(
            labelled,
            Covariances(pairs, read.size, factor),
            [],
            estimand="variance",
            unit="square of the variable's",
            interval=interval,
            level=level,
            df=df,
            deff=False,
            covariance=covariance,
            rule="default",
            missing=missing,
        )

    def quantile(
        self,
        variables: Columns,
        quantiles: float | Sequence[float] = 0.5,
        *,
        by: Columns | None = None,
        where: Condition = None,
        rule: str = "math",
        interval: str = "mean",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
        covariance: bool | None = None,
    ) -> Estimates:
        """Quantiles of variables.

        Parameters
        ----------
        variables : str or sequence of str
            Columns of numbers.
        quantiles : float or sequence of float
            Probabilities, 0.5 for the median.
        by, where, level, df, missing, covariance
            As for every estimand, see the class.
        rule : str
            What lies between two observations, by R's names (``qrule``).
        interval : str
            How limits are found, by R's names (``interval.type``).

        Returns
        -------
        Estimates
            One cell a domain, variable and quantile.

        See Also
        --------
        target87.survey.quantiles.quantile : all rules and intervals, their sources, and where they are not to be used.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 2], "hours": [10.0, 20, 30]})
        >>> t87.SurveyDesign(data, weights="w").quantile("hours").to_dataframe()["estimate"].item()
        20.0
        """
        from target87.survey.quantiles import quantile

        return quantile(
            self,
            variables,
            quantiles,
            by=by,
            where=where,
            rule=rule,
            interval=interval,
            level=level,
            df=df,
            missing=missing,
            covariance=covariance,
        )

    def contrast(
        self,
        estimates: Estimates,
        contrasts: Any,
        *,
        names: Sequence[str] | str | None = None,
        df: float | None = None,
    ) -> Estimates:
        """Contrasts and other smooth functions of estimates of this design, as R's ``svycontrast``.

        Parameters
        ----------
        estimates : Estimates
            What one call gave, with its covariance.
        contrasts, names, df
            As for :meth:`target87.Estimates.contrast`, which this is.

        Returns
        -------
        Estimates
            A cell a contrast.

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0, 1, 2, 2], "sex": ["f", "m", "f", "m"], "hours": [4.0, 6, 5, 9]})
        >>> design = t87.SurveyDesign(data, weights="w")
        >>> gap = design.contrast(design.mean("hours", by="sex"), {"boys less girls": {"m": 1, "f": -1}})
        >>> round(gap.to_dataframe()["estimate"].item(), 4)
        3.3333
        """
        from target87.results.estimates import Estimates

        if not isinstance(estimates, Estimates):
            raise InputError("contrasts are of estimates", where="estimates", got=type(estimates).__name__)
        return estimates.contrast(contrasts, names=names, df=df)

    def standardised_mean(
        self,
        variables: Columns,
        *,
        over: str,
        standard: Mapping[Any, float],
        by: Columns | None = None,
        where: Condition = None,
        interval: str = "t",
        level: float = 0.95,
        df: Freedom = "design",
        missing: Missing = "error",
    ) -> Estimates:
        """Means standardised directly to given shares of age groups (or of any other column).

        Parameters
        ----------
        variables : str or sequence of str
            Columns of numbers or truth values.
        over : str
            Column of age groups.
        standard : mapping
            Persons or shares of the standard population in each age group; scaled to sum to 1.
        by, where, interval, level, df, missing
            As for every estimand, see the class.

        Returns
        -------
        Estimates
            One cell a domain and variable.

        Raises
        ------
        InputError
            If the standard names other groups than the column holds.

        Notes
        -----
        A sum of group means with fixed shares, with the covariances between groups (R's ``svystandardize``; Stata's
        ``stdize``).

        Examples
        --------
        >>> import pandas as pd
        >>> import target87 as t87
        >>> data = pd.DataFrame({"w": [1.0] * 4, "age": ["5-11", "5-11", "12-17", "12-17"], "works": [0, 1, 1, 1]})
        >>> design = t87.SurveyDesign(data, weights="w")
        >>> rate = design.standardised_mean("works", over="age", standard={"5-11": 3, "12-17": 1})
        >>> rate.to_dataframe()["estimate"].item()
        0.625
        """
        from target87.survey.standardising import standardised_mean

        return standardised_mean(
            self,
            variables,
            over=over,
            standard=standard,
            by=by,
            where=where,
            interval=interval,
            level=level,
            df=df,
            missing=missing,
        )
