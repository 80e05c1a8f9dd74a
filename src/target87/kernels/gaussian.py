"""Batched small Gaussian algebra: log densities and conditional draws by simulate-and-correct."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]

LOG_2PI = float(np.log(2.0 * np.pi))
BORDER = 1e200
"""Larger than any squared whitened residual; it touches nothing but the last pivot."""


def log_density(residual: FloatArray, covariance: FloatArray, size: FloatArray) -> FloatArray:
    """Log density of ``N(residual; 0, covariance)`` over a batch, ``(k, n)`` and ``(k, n, n)`` to ``(k,)``.

    ``size`` is the number of real observations of each entry: the rest is padding, with residual 0 and a row of the
    identity in the covariance, and adds nothing.
    """
    batch, n = residual.shape
    bordered = np.empty((batch, n + 1, n + 1))
    bordered[:, :n, :n] = covariance
    # the Cholesky factor of the matrix bordered by the residual has the whitened residual as its last row
    bordered[:, n, :n] = residual
    bordered[:, n, n] = BORDER
    root = np.linalg.cholesky(bordered)
    white = root[:, n, :n]
    log_det = np.log(np.diagonal(root, axis1=1, axis2=2)[:, :n]).sum(axis=1)
    return np.asarray(-0.5 * np.einsum("kn,kn->k", white, white) - log_det - 0.5 * LOG_2PI * size)


def solve_lower(root: FloatArray, right: FloatArray) -> FloatArray:
    """Solve ``root x = right`` for lower triangular ``root`` over a batch: ``n`` vector steps, no per-matrix call."""
    x = np.empty_like(right)
    for row in range(right.shape[1]):
        done = np.einsum("kj,kj->k", root[:, row, :row], x[:, :row])
        x[:, row] = (right[:, row] - done) / root[:, row, row]
    return x


def solve_upper(root: FloatArray, right: FloatArray) -> FloatArray:
    """Solve ``root.T x = right`` for lower triangular ``root`` over a batch."""
    x = np.empty_like(right)
    for row in range(right.shape[1] - 1, -1, -1):
        done = np.einsum("kj,kj->k", root[:, row + 1 :, row], x[:, row + 1 :])
        x[:, row] = (right[:, row] - done) / root[:, row, row]
    return x


def correct(
    simulated: FloatArray, cross: FloatArray, covariance: FloatArray, observed: FloatArray, replicated: FloatArray
) -> FloatArray:
    """Turn joint prior draws into draws given the data.

    ``simulated`` ``(k, g)`` and ``replicated`` ``(k, n)`` are drawn jointly from the prior; ``cross`` ``(k, g, n)`` is
    their covariance, ``covariance`` ``(k, n, n)`` that of the data. Adding ``cross covariance^-1 (observed -
    replicated)`` gives an exact conditional draw (Doucet 2010, A note on efficient conditional simulation of Gaussian
    distributions, equation 4).
    """
    root = np.linalg.cholesky(covariance)
    weights = solve_upper(root, solve_lower(root, observed - replicated))
    return np.asarray(simulated + np.einsum("kgn,kn->kg", cross, weights))
