"""``PublicationRule``: when an estimate is precise enough to be published, declared as data and open to change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError, UnknownNameError

QUALITIES = ("reliable", "caution", "unassessed", "review", "unreliable", "missing")
"""Words of ``quality``, the gravest last; the gravest that applies is given."""
PROPORTION_SCALES = {"proportion": 1.0, "rate_per_thousand": 1000.0}
"""Estimands that are proportions, and what one is multiplied by in them."""
FACTS = ("estimate", "se", "cv", "ci_lower", "ci_upper", "df", "n", "n_effective")

type _Word = Literal["caution", "unassessed", "review", "unreliable"]
type _Array = NDArray[np.float64]
type Rule = PublicationRule | Literal["default", "nchs_proportions", "statistics_canada_cv"] | None
"""What ``rule=`` takes: a rule, the name of one that the library has, ``"default"``, or None, which judges nothing."""

_NAMED = ("nchs_proportions", "statistics_canada_cv")
_TAIL = 0.025


@dataclass(frozen=True)
class PublicationRule:
    """Thresholds that an estimate is held against; those not given are not looked at.

    The rule says a word about each estimate and why; it never hides the number.

    Parameters
    ----------
    name : str
        Name of the rule.
    source : str
        Where it is published.
    minimum_n, minimum_effective_n : float, optional
        Fewer observations, or fewer effective ones: unreliable. The effective number of a proportion without a design
        effect is ``p (1 - p) / se**2``, and never more than the number of observations.
    minimum_df : float, optional
        Fewer degrees of freedom: review by a statistician.
    narrow_width, wide_width : float, optional
        Absolute width of the 95 % interval: reliable up to the first, whatever the relative width; unreliable from the
        second on. For a proportion the interval is Korn and Graubard's (1998), made here from estimate, standard error,
        n and degrees of freedom, so that the word does not depend on the interval asked for; otherwise, or if one of
        these is not known, it is the one that the estimates carry.
    relative_width : float, optional
        Between the two widths: a width of more than this share of the estimate is unreliable; of more than this share
        of the complement of a proportion, caution (the complement is not to be presented).
    caution_cv, unreliable_cv : float, optional
        Coefficient of variation: caution from the first on, unreliable above the second.
    review_extremes : bool
        Whether a proportion of exactly 0 or 1 needs review by a statistician.

    Raises
    ------
    InputError
        If a threshold is not a positive number, thresholds are out of order, or there is none.

    Examples
    --------
    >>> rule = PublicationRule.nchs_proportions().changed(minimum_n=50)
    >>> rule.minimum_n, rule.wide_width
    (50, 0.3)
    >>> rule.name
    'NCHS standards for proportions, changed: minimum_n = 50'
    """

    name: str
    source: str = ""
    minimum_n: float | None = None
    minimum_effective_n: float | None = None
    minimum_df: float | None = None
    narrow_width: float | None = None
    wide_width: float | None = None
    relative_width: float | None = None
    caution_cv: float | None = None
    unreliable_cv: float | None = None
    review_extremes: bool = False

    def __post_init__(self) -> None:
        given = {name: value for name, value in self._thresholds().items() if value is not None}
        for name, value in given.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and 0.0 < value < np.inf):
                raise InputError("a threshold must be a positive number", where=name, got=repr(value))
        if not given and not self.review_extremes:
            raise InputError(
                "a publication rule needs a threshold",
                where="PublicationRule",
                expected=", ".join(self._thresholds()),
                remedies=("to judge nothing, pass rule=None instead",),
            )
        for low, high in (("narrow_width", "wide_width"), ("caution_cv", "unreliable_cv")):
            if low in given and high in given and given[low] >= given[high]:
                raise InputError(f"{low} must be below {high}", where=low, got=f"{given[low]:g} and {given[high]:g}")

    @classmethod
    def nchs_proportions(cls) -> PublicationRule:
        """Standards of the U.S. National Center for Health Statistics for proportions: the default for proportions.

        Parker, Talih, Malec and others (2017), Vital and Health Statistics, Series 2, No. 175; thresholds also as in
        the agency's own program ``surveytable``.

        Examples
        --------
        >>> PublicationRule.nchs_proportions().relative_width
        1.3
        """
        return cls(
            name="NCHS standards for proportions",
            source="Parker JD, Talih M, Malec DJ, et al. (2017). National Center for Health Statistics Data "
            "Presentation Standards for Proportions. Vital and Health Statistics, Series 2, No. 175.",
            minimum_n=30,
            minimum_effective_n=30,
            minimum_df=8,
            narrow_width=0.05,
            wide_width=0.30,
            relative_width=1.30,
            review_extremes=True,
        )

    @classmethod
    def statistics_canada_cv(cls) -> PublicationRule:
        """Statistics Canada's release guidelines by coefficient of variation: the default for all else.

        Guidelines of the Canadian Community Health Survey (user guide 2009, section 10), as the Association of Public
        Health Epidemiologists in Ontario restates them: marginal from 16.6 %, unacceptable above 33.3 %, and no
        release below 10 observations.

        Examples
        --------
        >>> PublicationRule.statistics_canada_cv().unreliable_cv
        0.333
        """
        return cls(
            name="Statistics Canada guidelines by CV",
            source="Statistics Canada (2010). Canadian Community Health Survey, user guide 2009, section 10: "
            "guidelines for tabulation, analysis and release (as restated by APHEO, release guidelines for CCHS data).",
            minimum_n=10,
            caution_cv=0.166,
            unreliable_cv=0.333,
        )

    @classmethod
    def default_for(cls, estimand: str) -> PublicationRule | None:
        """The rule used where none is given; none for contrasts, of which a CV says nothing when they are near zero.

        Examples
        --------
        >>> PublicationRule.default_for("total").name
        'Statistics Canada guidelines by CV'
        """
        if estimand == "contrast":
            return None
        return cls.nchs_proportions() if estimand in PROPORTION_SCALES else cls.statistics_canada_cv()

    @classmethod
    def of(cls, rule: Rule, estimand: str) -> PublicationRule | None:
        """The rule that ``rule`` says for an estimand.

        Parameters
        ----------
        rule : PublicationRule, "default", "nchs_proportions", "statistics_canada_cv" or None
            ``"default"`` is :meth:`default_for` the estimand.
        estimand : str
            Such as ``"proportion"``.

        Returns
        -------
        PublicationRule or None
            None judges nothing.

        Raises
        ------
        UnknownNameError
            If no rule has the name.
        InputError
            If it is no rule at all.

        Examples
        --------
        >>> PublicationRule.of("nchs_proportions", "mean").minimum_df
        8
        """
        if rule is None or isinstance(rule, cls):
            return rule
        if not isinstance(rule, str):
            raise InputError(
                "a publication rule is a PublicationRule, the name of one, or None",
                where="rule",
                expected=", ".join(("default", *_NAMED)),
                got=repr(rule),
            )
        if rule == "default":
            return cls.default_for(estimand)
        if rule not in _NAMED:
            remedy = "thresholds of your own: PublicationRule(name, minimum_n=, ...); rule=None judges nothing"
            raise UnknownNameError.of(rule, ("default", *_NAMED), kind="publication rule", remedy=remedy)
        made: PublicationRule = getattr(cls, rule)()
        return made

    def changed(self, **thresholds: float | bool | None) -> PublicationRule:
        """The rule with other thresholds; its name says what was changed.

        Raises
        ------
        UnknownNameError
            If there is no such threshold.
        InputError
            As for a new rule.

        Examples
        --------
        >>> PublicationRule.statistics_canada_cv().changed(minimum_n=None).minimum_n is None
        True
        """
        known = [*self._thresholds(), "review_extremes"]
        for name in thresholds:
            if name not in known:
                raise UnknownNameError.of(name, known, kind="threshold")
        said = ", ".join(f"{name} = {value}" for name, value in thresholds.items())
        changes: dict[str, Any] = {"name": f"{self.name}, changed: {said}", **thresholds}
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Fields of the rule that are set, as plain data."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}

    def judge(
        self, facts: Mapping[str, NDArray[Any]], *, proportion: bool
    ) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        """Hold estimates against the thresholds.

        Parameters
        ----------
        facts : mapping of str to array
            ``estimate``, ``se``, ``cv``, ``ci_lower``, ``ci_upper``, ``df``, ``n``, ``n_effective``; missing where not
            known. Proportions between 0 and 1.
        proportion : bool
            Whether the estimates are proportions.

        Returns
        -------
        quality, reason : array of str
            A word of :data:`QUALITIES` and what led to it; thresholds that could not be looked at for want of a fact
            are named too.

        Examples
        --------
        >>> import numpy as np
        >>> facts = {name: np.array([np.nan]) for name in FACTS}
        >>> facts |= {"estimate": np.array([0.1]), "se": np.array([0.02]), "df": np.array([20.0])}
        >>> facts |= {"n": np.array([25.0]), "n_effective": np.array([25.0])}
        >>> quality, reason = PublicationRule.nchs_proportions().judge(facts, proportion=True)
        >>> str(quality[0]), str(reason[0])
        ('unreliable', 'n below 30; effective n below 30; 95 % interval wider than 130 % of the estimate')
        """
        known = {name: np.asarray(facts[name], dtype=np.float64) for name in FACTS}
        verdict = _Verdict(known["estimate"].size)
        if proportion:
            known["n_effective"] = _effective_n(known)
        self._count(verdict, known)
        self._measure_width(verdict, known, proportion=proportion)
        cv = known["cv"]
        verdict.at_least(cv, self.caution_cv, "caution", "CV of {:g} or more")
        if self.unreliable_cv is not None:
            verdict.mark(cv > self.unreliable_cv, "unreliable", f"CV above {self.unreliable_cv:g}")
        if self.caution_cv is not None or self.unreliable_cv is not None:
            verdict.mark(np.isnan(cv), "unassessed", "CV not known")
        if proportion and self.review_extremes:
            extreme = (known["estimate"] == 0.0) | (known["estimate"] == 1.0)
            verdict.mark(extreme, "review", "a proportion of exactly 0 or 1")
        return verdict.words(known["estimate"], known["n"])

    def _thresholds(self) -> dict[str, Any]:
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("name", "source", "review_extremes")
        }

    def _count(self, verdict: _Verdict, known: Mapping[str, _Array]) -> None:
        verdict.below(known["n"], self.minimum_n, "unreliable", "n")
        verdict.below(known["n_effective"], self.minimum_effective_n, "unreliable", "effective n")
        verdict.below(known["df"], self.minimum_df, "review", "degrees of freedom")

    def _measure_width(self, verdict: _Verdict, known: Mapping[str, _Array], *, proportion: bool) -> None:
        if self.narrow_width is None and self.wide_width is None and self.relative_width is None:
            return
        estimate = known["estimate"]
        width = _width(known, proportion=proportion)
        verdict.mark(np.isnan(width), "unassessed", "interval not known")
        verdict.at_least(width, self.wide_width, "unreliable", "95 % interval {:g} or more wide")
        if self.relative_width is None:
            return
        between = np.ones(width.size, dtype=bool)
        if self.narrow_width is not None:
            between &= width > self.narrow_width
        if self.wide_width is not None:
            between &= width < self.wide_width
        limit = self.relative_width
        broad = between & (width > limit * np.abs(estimate))
        verdict.mark(broad, "unreliable", f"95 % interval wider than {100 * limit:.0f} % of the estimate")
        if proportion:
            mirrored = between & ~broad & (width > limit * (1.0 - estimate))
            verdict.mark(mirrored, "caution", f"95 % interval wider than {100 * limit:.0f} % of the complement")


class _Verdict:
    """The gravest word so far and all reasons, a cell each."""

    def __init__(self, size: int) -> None:
        self.gravity = np.zeros(size, dtype=np.int8)
        self.reasons = np.full(size, "", dtype=object)

    def mark(self, marked: NDArray[np.bool_], word: _Word, why: str) -> None:
        self.gravity[marked] = np.maximum(self.gravity[marked], QUALITIES.index(word))
        before = self.reasons[marked]
        self.reasons[marked] = np.where(before == "", why, before + "; " + why)

    def below(self, values: _Array, limit: float | None, word: _Word, name: str) -> None:
        if limit is not None:
            self.mark(values < limit, word, f"{name} below {limit:g}")
            self.mark(np.isnan(values), "unassessed", f"{name} not known")

    def at_least(self, values: _Array, limit: float | None, word: _Word, why: str) -> None:
        if limit is not None:
            self.mark(values >= limit, word, why.format(limit))

    def words(self, estimate: _Array, n: _Array) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        missing = np.isnan(estimate)
        self.gravity[missing] = QUALITIES.index("missing")
        self.reasons[missing] = "no estimate"
        self.reasons[missing & (n == 0)] = "no observations"
        return np.array(QUALITIES)[self.gravity], self.reasons.astype(np.str_)


def _effective_n(known: Mapping[str, _Array]) -> _Array:
    """Effective number of observations behind proportions, from the variance where no design effect is known."""
    p, n = known["estimate"], known["n"]
    with np.errstate(divide="ignore", invalid="ignore"):
        implied = np.where((p == 0.0) | (p == 1.0), n, p * (1.0 - p) / known["se"] ** 2)
    given = known["n_effective"]
    return np.asarray(np.fmin(np.where(np.isnan(given), implied, given), n))


def _width(known: Mapping[str, _Array], *, proportion: bool) -> _Array:
    carried = known["ci_upper"] - known["ci_lower"]
    if not proportion:
        return np.asarray(carried)
    exact = _korn_graubard_width(known["estimate"], known["se"], known["n"], known["df"])
    return np.where(np.isnan(exact), carried, exact)


def _korn_graubard_width(p: _Array, se: _Array, n: _Array, df: _Array) -> _Array:
    """Width of the 95 % interval of Korn and Graubard (1998): Clopper and Pearson's at the effective sample size.

    The effective size is multiplied by the squared ratio of the t quantiles with n - 1 and with the design's degrees
    of freedom, and is never more than n, as in the standard.
    """
    from target87.kernels.proportion_limits import adjusted_size, exact_limits, upper_t

    with np.errstate(divide="ignore", invalid="ignore"):
        implied = np.where((p == 0.0) | (p == 1.0), n, p * (1.0 - p) / se**2)
        t_simple, t = upper_t(n - 1.0, _TAIL), upper_t(df, _TAIL)
        size = np.minimum(adjusted_size(implied, t_simple, t), n)
    lower, upper = exact_limits(np.where((p >= 0.0) & (p <= 1.0), p, np.nan), size, _TAIL)
    return np.asarray(upper - lower)
