"""The posterior of the trend model by direct numerical integration over its four sampled parameters.

A tensor of Gauss-Legendre panels in standard normal coordinates weighs the dense density of
:mod:`tests.statistical.dense`; everything else is Gaussian given a grid point, so posteriors of rates are mixtures of
normals on the log-odds scale with known weights. No random numbers, and no code of ``target87.kernels``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtr

from tests.statistical.dense import DenseTrend, Functional, Theta, from_z

type Array = NDArray[np.float64]

BREAKS = (-5.5, -2.2, -0.7, 0.0, 0.7, 2.2, 5.5)
"""Ends of the panels; outside lies 4e-8 of the prior. Distribution functions are compared at the inner ones."""


@dataclass(frozen=True)
class ExactPosterior:
    """Weights of the grid points and what follows from them."""

    model: DenseTrend
    nodes: int = 5

    @cached_property
    def axis(self) -> tuple[Array, Array]:
        """Points of one coordinate, and weights that include the standard normal density."""
        points, weights = np.polynomial.legendre.leggauss(self.nodes)
        middle = [((b + a) / 2, (b - a) / 2) for a, b in pairwise(BREAKS)]
        z = np.concatenate([centre + half * points for centre, half in middle])
        w = np.concatenate([half * weights for _, half in middle])
        return z, w * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)

    @cached_property
    def theta(self) -> Theta:
        """Parameters, each along an axis of its own."""
        z, _ = self.axis
        along = from_z(self.model.prior, np.repeat(z[:, None], 4, axis=1))
        shapes = [tuple(-1 if i == j else 1 for j in range(4)) for i in range(4)]
        return Theta(*(value.reshape(shape) for value, shape in zip(vars(along).values(), shapes, strict=True)))

    @cached_property
    def weights(self) -> Array:
        """Posterior weights over the grid, ``(n, n, n, n)``, adding up to 1."""
        _, w = self.axis
        log_likelihood = self.model.log_likelihood(self.theta)
        raw = np.exp(log_likelihood - log_likelihood.max()) * np.einsum("i,j,k,l->ijkl", w, w, w, w)
        return np.asarray(raw / raw.sum())

    def parameter(self, number: int) -> tuple[Array, Array]:
        """Values of one sampled parameter and their posterior weights."""
        values = list(vars(self.theta).values())[number]
        others = tuple(i for i in range(4) if i != number)
        return np.asarray(values).ravel(), self.weights.sum(axis=others)

    def cut(self, number: int, panel: int) -> tuple[float, float]:
        """Value of a parameter at the end of a panel, and the posterior probability below it."""
        z = np.full((1, 4), BREAKS[panel + 1])
        value = list(vars(from_z(self.model.prior, z)).values())[number].item()
        _, weights = self.parameter(number)
        return value, float(weights[: self.nodes * (panel + 1)].sum())

    @cached_property
    def precision(self) -> Array:
        """Inverse covariance of the data at every grid point."""
        return np.linalg.inv(self.model.data_covariance(self.theta))

    def mixture(self, functional: Functional, *, offset: float = 0.0) -> Mixture:
        """Posterior of a linear functional, ``offset`` added: mean ``c P r``, variance ``v - c P c``."""
        shape, figures = self.weights.shape, [self.model.figure(row) for row in self.model.rows]
        cross = np.empty((*shape, len(figures)))
        for column, figure in enumerate(figures):
            cross[..., column] = self.model.covariance(functional, figure, self.theta)
        gain = np.einsum("...i,...ij->...j", cross, self.precision)
        variance = self.model.covariance(functional, functional, self.theta) - (gain * cross).sum(axis=-1)
        mean = gain @ self.model.residual() + offset
        return Mixture(mean.ravel(), np.sqrt(np.broadcast_to(variance, shape)).ravel(), self.weights.ravel())

    def log_odds(self, year: float) -> Mixture:
        level = self.model.prior.level
        return self.mixture(self.model.rate(year), offset=math.log(level / (1 - level)))

    def change(self, end: float, start: float) -> Mixture:
        """Change of the log-odds between two years."""
        one, other = self.model.rate(end), self.model.rate(start)
        path = (*one.path, *((t, -w) for t, w in other.path))
        return self.mixture(Functional(0.0, one.slope - other.slope, path, None, one.shifts))


@dataclass(frozen=True)
class Mixture:
    """A mixture of normals."""

    means: Array
    sds: Array
    weights: Array

    def below(self, value: float) -> float:
        return float(self.weights @ ndtr((value - self.means) / self.sds))

    def quantile(self, probability: float) -> float:
        spread = 12 * self.sds.max()
        low, high = self.means.min() - spread, self.means.max() + spread
        return float(brentq(lambda value: self.below(value) - probability, low, high, xtol=1e-10))

    def mean(self) -> float:
        return float(self.weights @ self.means)

    def sd(self) -> float:
        return math.sqrt(self.weights @ (self.sds**2 + self.means**2) - self.mean() ** 2)

    def rate_moments(self) -> tuple[float, float]:
        """Mean and standard deviation of the rate: thirty Gauss-Hermite nodes for each normal."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(30)
        weights = weights / weights.sum()
        first = second = 0.0
        for node, weight in zip(nodes, weights, strict=True):
            rates = expit(self.means + node * self.sds)
            first += weight * float(self.weights @ rates)
            second += weight * float(self.weights @ rates**2)
        return first, math.sqrt(second - first**2)
