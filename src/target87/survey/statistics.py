"""Functions of weighted totals: their values, and the derivatives that linearisation needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]


class Statistic(Protocol):
    """A smooth function of totals.

    Totals are ``(..., k + 1)``: the sum of weights first, then the weighted totals of ``k`` row variables; values are
    ``(..., j)`` and derivatives ``(..., j, k + 1)``.
    """

    @property
    def size(self) -> int:
        """Number ``j`` of values."""
        ...

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals; NaN where they are not defined."""
        ...

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        ...


@dataclass(frozen=True)
class Mean:
    """Weighted means of ``size`` variables, times ``scale``."""

    size: int
    scale: float = 1.0

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals."""
        return self.scale * _quotient(totals[..., 1:], totals[..., :1])

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        result = np.zeros((*totals.shape[:-1], self.size, self.size + 1))
        inverse = self.scale * _quotient(np.ones_like(totals[..., :1]), totals[..., :1])
        diagonal = np.arange(self.size)
        result[..., diagonal, diagonal + 1] = inverse
        result[..., 0] = -_quotient(totals[..., 1:], totals[..., :1]) * inverse
        return result


@dataclass(frozen=True)
class Total:
    """Weighted totals of ``size`` variables."""

    size: int

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals."""
        return np.array(totals[..., 1:])

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        result = np.zeros((*totals.shape[:-1], self.size, self.size + 1))
        diagonal = np.arange(self.size)
        result[..., diagonal, diagonal + 1] = 1.0
        return result


@dataclass(frozen=True)
class Ratio:
    """Ratios of totals: variable ``numerator`` over variable ``denominator``, counted from 1."""

    pairs: Sequence[tuple[int, int]]
    variables: int

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.pairs)

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals."""
        above, below = (list(side) for side in zip(*self.pairs, strict=True))
        return _quotient(totals[..., above], totals[..., below])

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        result = np.zeros((*totals.shape[:-1], self.size, self.variables + 1))
        ratio = self.value(totals)
        for j, (above, below) in enumerate(self.pairs):
            inverse = _quotient(np.ones_like(totals[..., below]), totals[..., below])
            result[..., j, above] += inverse
            result[..., j, below] -= ratio[..., j] * inverse
        return result


@dataclass(frozen=True)
class Covariances:
    """Population variances and covariances of variables, with divisor n - 1.

    The totals are those of ``variables`` first (each about the domain's mean, so that derivatives by them
    vanish), then of the products of ``pairs``; ``factor`` is n / (n - 1), ``(..., 1)``.
    """

    pairs: Sequence[tuple[int, int]]
    variables: int
    factor: FloatArray

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.pairs)

    def _means(self, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
        means = _quotient(totals[..., 1:], totals[..., :1])
        return means[..., : self.variables], means[..., self.variables :]

    def value(self, totals: FloatArray) -> FloatArray:
        """Values at the totals."""
        mean, product = self._means(totals)
        first, second = (list(side) for side in zip(*self.pairs, strict=True))
        factor = self.factor if totals.ndim == self.factor.ndim else self.factor[..., None, :]
        return np.asarray(factor * (product - mean[..., first] * mean[..., second]))

    def jacobian(self, totals: FloatArray) -> FloatArray:
        """Derivatives by each total."""
        _, product = self._means(totals)
        inverse = _quotient(self.factor, totals[..., :1])
        result = np.zeros((*totals.shape[:-1], self.size, totals.shape[-1]))
        for j in range(self.size):
            result[..., j, 1 + self.variables + j] = inverse[..., 0]
            result[..., j, 0] = -product[..., j] * inverse[..., 0]
        return result


def _quotient(above: FloatArray, below: FloatArray) -> FloatArray:
    """Elementwise quotient, NaN where the divisor is 0."""
    above, below = np.broadcast_arrays(above, below)
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0.0))
