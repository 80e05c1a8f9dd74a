"""``Acceleration``: how many times faster a level must fall, never without what the factor depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from target87.errors import InputError
from target87.kernels.ordered import quantiles

type FloatArray = NDArray[np.float64]
type Scale = Literal["log", "logit", "linear"]
type Basis = Literal["rate", "number"]


@dataclass(frozen=True, repr=False, eq=False)
class Acceleration:
    """Needed over observed pace, with everything the factor depends on.

    A ratio of draws has no finite mean, so there is none to ask for. A draw without a decline to speed up has no
    factor: it stands above every factor there is, and a quantile that falls on it is NaN.

    Attributes
    ----------
    factor : ndarray
        Factors, draws last; NaN where the level did not fall over the window, else 0 where it is already below the
        threshold.
    basis : {"rate", "number"}
        What declines.
    window : tuple of (int, int)
        Years between which the pace was observed.
    scale : {"log", "logit", "linear"}
        Scale on which both paces are constant.
    threshold : float
        What is to be reached, in the unit of the level.
    now, target : int
        Year the needed pace starts from, and year by which the threshold is to be reached.
    """

    factor: FloatArray
    basis: Basis
    window: tuple[int, int]
    scale: Scale
    threshold: float
    now: int
    target: int

    def __post_init__(self) -> None:
        factor = np.array(self.factor, dtype=np.float64)
        factor.setflags(write=False)
        object.__setattr__(self, "factor", factor)

    @property
    def probability_undefined(self) -> FloatArray:
        """Share of draws without a factor."""
        return np.asarray(np.isnan(np.atleast_1d(self.factor)).mean(axis=-1))

    @property
    def reason(self) -> str:
        """Why factors are undefined; empty if none is."""
        lost, (first, last) = int(np.isnan(self.factor).sum()), self.window
        if not lost:
            return ""
        share = f"in {lost:,} of {self.factor.size:,} draws " if self.factor.ndim else ""
        return f"{share}the {self.basis} did not fall from {first} to {last}: no decline to speed up"

    @property
    def median(self) -> FloatArray:
        """Median over draws."""
        return self.quantile([0.5])[..., 0]

    def quantile(self, probabilities: ArrayLike) -> FloatArray:
        """Quantiles over draws, ``(..., q)``, NaN where they fall on draws without a factor.

        Raises
        ------
        InputError
            If a probability is outside 0 to 1.
        """
        wanted = np.atleast_1d(np.asarray(probabilities, dtype=np.float64))
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise InputError("a probability lies between 0 and 1", where="probabilities", examples=wanted.tolist())
        ordered = np.where(np.isnan(self.factor), np.inf, self.factor)
        found = quantiles(np.atleast_1d(ordered), wanted)
        return np.where(np.isinf(found), np.nan, found)

    def __str__(self) -> str:
        limit = f"{100 * self.threshold:g}%" if self.basis == "rate" else f"{self.threshold:,.10g}"
        terms = (
            f"basis {self.basis}, window {self.window[0]}-{self.window[1]}, {self.scale} scale, threshold {limit}, "
            f"from {self.now} to {self.target}"
        )
        return f"{self._figure()} [{terms}{'; ' if self.reason else ''}{self.reason}]"

    def __repr__(self) -> str:
        return f"<Acceleration: {self}>"

    def _figure(self) -> str:
        if self.factor.ndim == 0:
            return _times(self.factor)
        if self.factor.ndim > 1:
            low, high = np.sort(self.median, axis=None)[[0, -1]]
            return f"medians of {self.median.size} series {_times(low)} to {_times(high)}"
        lower, middle, upper = self.quantile([0.1, 0.5, 0.9])
        return (
            f"{_times(middle)} (median of {self.factor.size:,} draws; 80 % interval {_times(lower)} to {_times(upper)})"
        )


def _times(factor: FloatArray) -> str:
    return "undefined" if np.isnan(factor) else f"{float(factor):.1f} times"
