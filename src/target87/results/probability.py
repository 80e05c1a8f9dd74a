"""A probability from draws, with its Monte Carlo error, never printed as more certain than the draws can say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.results.diagnostics import indicator_mcse

FEWEST = 10
"""With fewer draws than this on one side a probability is printed as a bound."""


LEAST_TOLD = 0.999
"""A bound never exceeds this, nor falls below its complement, however few the draws."""

TWO_DIGITS = 0.002
"""From this Monte Carlo error on a third digit would be noise."""


@dataclass(frozen=True)
class Probability:
    """Share of draws for which a statement holds.

    Parameters
    ----------
    value : float
        The share.
    mcse : float
        Monte Carlo standard error, allowing for autocorrelation.
    hits, draws : int
        Draws for which it holds, and all draws.

    Examples
    --------
    >>> str(Probability(0.0, 0.0, 0, 4000))
    '< 0.003'
    >>> str(Probability(0.4561, 0.008, 1824, 4000))
    '0.46'
    """

    value: float
    mcse: float
    hits: int
    draws: int

    @classmethod
    def of(cls, holds: NDArray[np.bool_], chains: int) -> Probability:
        """Probability from ``(draw,)`` truth values of ``chains`` chains one after another.

        Raises
        ------
        InputError
            If there are no draws.
        """
        if holds.size == 0:
            raise InputError("a probability needs draws", where="holds", got="none")
        hits = int(holds.sum())
        return cls(hits / holds.size, indicator_mcse(holds.reshape(chains, -1)), hits, int(holds.size))

    @property
    def bound(self) -> str | None:
        """``"upper"`` or ``"lower"`` where the draws give only a bound, else None."""
        few, side = min((self.hits, "upper"), (self.draws - self.hits, "lower"), key=lambda one: one[0])
        return side if few < FEWEST else None

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        # so few draws that a bound would be 1 or more: the nearest that still says something
        limit = min(math.ceil(1000 * FEWEST / self.draws) / 1000, LEAST_TOLD)
        if self.bound == "upper":
            return f"< {limit:g}"
        if self.bound == "lower":
            return f"> {1 - limit:g}"
        # rounding must not turn what the draws say into 0 or 1, nor show digits that are noise
        exact = self.mcse == 0.0
        fewest = math.ceil(-math.log10(min(self.value, 1.0 - self.value)))
        return f"{self.value:.{max(2 if exact or self.mcse >= TWO_DIGITS else 3, fewest)}f}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "value": self.value,
            "mcse": self.mcse,
            "draws": self.draws,
            "draws_for": self.hits,
            "printed": str(self),
            "bound": self.bound,
        }
