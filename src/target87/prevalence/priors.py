"""Priors of the trend model, in units people think in, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from target87.errors import InputError

__all__ = ["PRIORS", "MethodChange", "TrendPrior", "prior_for"]


@dataclass(frozen=True)
class MethodChange:
    """A change of method between rounds, as a parameter.

    Figures for years before ``first_year`` are read as the current method's log-odds plus this offset.

    Parameters
    ----------
    name : str
        Key of the parameter.
    first_year : int
        First year measured by the newer method.
    mean, sd : float
        Normal prior of older minus newer, on the log-odds scale (for small rates, about the relative difference).
    reason : str
        Why this prior.
    """

    name: str
    first_year: int
    mean: float
    sd: float
    reason: str

    def sentence(self) -> str:
        """The change in words: the earlier method's odds over the current one's, as a per cent difference."""
        low, middle, high = 100.0 * np.expm1(self.mean + 1.645 * self.sd * np.array([-1.0, 0.0, 1.0]))
        return (
            f"{self.name}: earlier figures differ by {middle:+.0f} % on the odds (median; 90 % between {low:+.0f} and "
            f"{high:+.0f} %), since {self.reason}"
        )


@dataclass(frozen=True)
class TrendPrior:
    """Priors of a trend with time-varying pace on the log-odds scale.

    Every prior is normal on the scale given, so raising the joint prior to a power is dividing each standard deviation
    by the square root of that power.

    Parameters
    ----------
    level, level_sd : float
        Median rate in the first year, and standard deviation of its log-odds.
    pace_sd : float
        Standard deviation of the long-run pace, log-odds a year; its mean is zero: decline and rise alike.
    variation_sd : float
        Scale of the half-normal prior of the pace's standard deviation around the long-run pace.
    memory, memory_sd : float
        Median in years, and standard deviation of the log, of the time over which the pace forgets.
    error, error_sd : float
        Median relative error of a published rate, and standard deviation of its log.
    common, common_sd : float
        Median correlation of the errors of rounds ``round_gap`` years apart, and standard deviation of its logit.
    round_gap : float
        Usual years between rounds; the correlation decays with the gap as ``common ** (gap / round_gap)``.
    changes : tuple of MethodChange
        Method changes.
    power : float
        Power the joint prior was raised to (1: as stated).
    """

    level: float
    level_sd: float = 1.0
    pace_sd: float = 0.05
    variation_sd: float = 0.04
    memory: float = 5.0
    memory_sd: float = 0.7
    error: float = 0.05
    error_sd: float = 0.545
    common: float = 0.5
    common_sd: float = 1.0
    round_gap: float = 4.0
    changes: tuple[MethodChange, ...] = ()
    power: float = 1.0

    def with_error(self, factor: float) -> TrendPrior:
        """The same prior with the median relative error multiplied by ``factor``."""
        return replace(self, error=self.error * factor)

    def scaled(self, power: float) -> TrendPrior:
        """The joint prior raised to ``power`` (Kallioinen et al. 2024): above 1 tighter, below 1 wider.

        Raises
        ------
        InputError
            If the power is not positive.
        """
        if not power > 0:
            raise InputError("the prior can be raised to a positive power only", where="power", got=repr(power))
        shrink = 1.0 / float(np.sqrt(power))
        return replace(
            self,
            level_sd=self.level_sd * shrink,
            pace_sd=self.pace_sd * shrink,
            variation_sd=self.variation_sd * shrink,
            memory_sd=self.memory_sd * shrink,
            error_sd=self.error_sd * shrink,
            common_sd=self.common_sd * shrink,
            changes=tuple(replace(change, sd=change.sd * shrink) for change in self.changes),
            power=self.power * power,
        )

    def with_changes(self, *, spread: float = 1.0, mean: float | None = None) -> TrendPrior:
        """The same prior with the standard deviations of method changes multiplied, or their means set to ``mean``."""
        return replace(
            self,
            changes=tuple(
                replace(change, sd=change.sd * spread, mean=change.mean if mean is None else mean)
                for change in self.changes
            ),
        )

    def sentences(
        self, rate_scale: float = 100.0, rate_unit: str = " %", changes: tuple[MethodChange, ...] | None = None
    ) -> tuple[str, ...]:
        """The priors in words, one sentence each, with 90 % ranges; rates in the unit given.

        ``changes`` are the method changes that the record at hand spans; all if not given.
        """
        odds = self.level / (1.0 - self.level) * np.exp(1.645 * self.level_sd * np.array([-1.0, 1.0]))
        low, high = rate_scale * odds / (1.0 + odds)
        common = 1.0 / (1.0 + (1.0 / self.common - 1.0) * np.exp(1.645 * self.common_sd * np.array([1.0, -1.0])))
        return (
            f"rate in the first year: median {rate_scale * self.level:g}{rate_unit}, 90 % between {low:.2g} and "
            f"{high:.2g}",
            f"long-run pace: normal with mean 0, so decline and rise are equally likely beforehand; 90 % between "
            f"{-164.5 * self.pace_sd:.1f} and {164.5 * self.pace_sd:+.1f} % a year on the odds",
            f"straying of the pace in a given year: half-normal, median {67.4 * self.variation_sd:.1f} and 90 % below "
            f"{164.5 * self.variation_sd:.1f} % a year; forgotten over {_range(self.memory, self.memory_sd)} years",
            f"relative error of a figure that prints none: {_range(100 * self.error, self.error_sd)} %; rounds "
            f"{self.round_gap:g} years apart share it with correlation {self.common:.2g}, 90 % between "
            f"{common[0]:.2f} and {common[1]:.2f}",
            *(change.sentence() for change in (self.changes if changes is None else changes)),
        )


def _range(median: float, log_sd: float) -> str:
    low, high = median * np.exp(-1.645 * log_sd), median * np.exp(1.645 * log_sd)
    return f"median {median:.2g}, 90 % between {low:.2g} and {high:.2g}"


_CHILD_CHANGES = (
    MethodChange(
        "change of method before 2016",
        2016,
        0.0,
        0.05,
        "revisions of a few per cent happen (the 2004 world figure was restated from 13.9 to 14.2 %)",
    ),
    MethodChange(
        "change of method before 2020",
        2020,
        0.0,
        0.05,
        "ILO and UNICEF joined their sources and harmonised surveys anew, with an effect not published",
    ),
)

PRIORS: dict[str, TrendPrior] = {
    "child_labour": TrendPrior(level=0.10, changes=_CHILD_CHANGES),
    "hazardous_work": TrendPrior(level=0.05, changes=_CHILD_CHANGES),
    "forced_labour": TrendPrior(
        level=0.003,
        error=0.10,
        error_sd=0.557,
        round_gap=5.0,
        changes=(
            MethodChange(
                "2012 revision of the 2005 minimum",
                2012,
                -0.3,
                0.3,
                "the 2005 figure is a minimum by its authors' own word",
            ),
            MethodChange(
                "surveys instead of reported cases",
                2016,
                0.0,
                0.3,
                "estimates from reported cases and from household surveys need not agree, in either direction",
            ),
        ),
    ),
}
"""Prior of each world record. The error of forced labour is wider: it is rare, and a survey meets few people in it."""

PART_OF_THE_WORLD = 2.0
"""A region, sex or age band rests on fewer people surveyed: twice the median error and the sd of method changes."""


def prior_for(indicator: str, group_type: str) -> TrendPrior:
    """Prior of an indicator's record for a kind of group.

    Parameters
    ----------
    indicator : str
        Name of the indicator.
    group_type : str
        ``"world"``, or the kind of part of it.

    Returns
    -------
    TrendPrior
        The stated prior.

    Examples
    --------
    >>> prior_for("forced_labour", "region_ilo").error
    0.2
    """
    prior = PRIORS[indicator]
    if group_type == "world":
        return prior
    return prior.with_error(PART_OF_THE_WORLD).with_changes(spread=PART_OF_THE_WORLD)
