"""Hadamard matrices: square matrices of +1 and -1 whose rows are orthogonal.

Orders 1, 2 and multiples of 4 that Sylvester's doubling, Paley's two constructions (1933) and Kronecker products of
these reach: every multiple of 4 up to 1,200 but 71, the first of which is 92.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

type SignMatrix = NDArray[np.int8]


def smallest_order(at_least: int) -> int:
    """The smallest order not below ``at_least`` that :func:`matrix` can construct."""
    order = max(at_least, 1)
    if order > 2:
        order += -order % 4
    while not constructible(order):
        order += 4
    return order


@cache
def constructible(order: int) -> bool:
    """Whether :func:`matrix` has a matrix of this order."""
    return order in (1, 2) or (order > 0 and order % 4 == 0 and _plan(order) is not None)


def matrix(order: int) -> SignMatrix | None:
    """A Hadamard matrix whose first row is all +1, so that each other row sums to zero.

    Parameters
    ----------
    order : int
        Number of rows and columns.

    Returns
    -------
    ndarray of int8, shape (order, order), or None
        None if the order is impossible or out of reach of the constructions. Powers of 2 are in Sylvester's form.
    """
    if not constructible(order):
        return None
    signs = _build(order)
    return np.ascontiguousarray(signs * signs[0])


@cache
def _plan(order: int) -> tuple[str, int] | None:
    """How an order is made: doubling first, so that powers of 2 are Sylvester's; then Paley's; then products."""
    if order & (order - 1) == 0:
        return ("double", order // 2)
    if (order - 1) % 4 == 3 and _prime_of(order - 1):
        return ("first", order - 1)
    if order // 2 % 2 == 0 and (order // 2 - 1) % 4 == 1 and _prime_of(order // 2 - 1):
        return ("second", order // 2 - 1)
    for factor in range(2, int(order**0.5) + 1):
        if order % factor == 0 and constructible(factor) and constructible(order // factor):
            return ("product", factor)
    return None


def _build(order: int) -> SignMatrix:
    if order == 1:
        return np.ones((1, 1), dtype=np.int8)
    way, size = _plan(order) or ("double", 1)
    if way == "double":
        return np.kron(np.array([[1, 1], [1, -1]], dtype=np.int8), _build(size))
    if way == "product":
        return np.kron(_build(size), _build(order // size))
    character = _jacobsthal(size)
    border = np.zeros((size + 1, size + 1), dtype=np.int8)
    border[0, 1:] = 1
    border[1:, 0] = -1 if way == "first" else 1
    border[1:, 1:] = character
    if way == "first":  # the border is skew-symmetric: adding the unit matrix fills its diagonal
        return border + np.eye(size + 1, dtype=np.int8)
    unit = np.eye(size + 1, dtype=np.int8)
    return np.kron(np.array([[1, 1], [1, -1]], dtype=np.int8), border) + np.kron(
        np.array([[1, -1], [-1, -1]], dtype=np.int8), unit
    )


def _jacobsthal(q: int) -> SignMatrix:
    """Whether differences of the elements of the field of ``q`` elements are squares: +1, -1, and 0 on the diagonal."""
    product, difference = _field(q)
    character = np.full(q, -1, dtype=np.int8)
    character[np.diag(product)] = 1
    character[0] = 0
    return character[difference]


def _field(q: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tables of products and differences of the field of ``q = p^k`` elements; an element's digits to base ``p``."""
    p = _prime_of(q)
    k = round(np.log(q) / np.log(p))
    digits = np.arange(q)[:, None] // p ** np.arange(k) % p
    places = p ** np.arange(k)
    difference = ((digits[:, None] - digits[None]) % p) @ places
    reduction = _irreducible(p, k)
    long = np.zeros((q, q, 2 * k - 1), dtype=np.int64)
    for i in range(k):
        for j in range(k):
            long[:, :, i + j] += digits[:, None, i] * digits[None, :, j]
    for top in range(2 * k - 2, k - 1, -1):
        for j in range(k):
            long[:, :, top - k + j] -= long[:, :, top] * reduction[j]
    return (long[:, :, :k] % p) @ places, difference


def _irreducible(p: int, k: int) -> NDArray[np.int64]:
    """Lower coefficients of a polynomial of degree ``k`` with leading coefficient 1 and no factor over ``p``."""
    places = p ** np.arange(k + 1)
    products = {
        tuple(np.convolve(_monic(a, p, low), _monic(b, p, k - low)) % p)
        for low in range(1, k // 2 + 1)
        for a in range(p**low)
        for b in range(p ** (k - low))
    }
    candidates = (np.append(number // places[:k] % p, 1) for number in range(p**k))
    return next(candidate[:k] for candidate in candidates if tuple(candidate) not in products)


def _monic(number: int, p: int, degree: int) -> NDArray[np.int64]:
    return np.append(number // p ** np.arange(degree) % p, 1)


def _prime_of(q: int) -> int:
    """The prime of which ``q`` is a power, or 0."""
    for p in range(2, int(q**0.5) + 1):
        if q % p == 0:
            while q % p == 0:
                q //= p
            return p if q == 1 else 0
    return q if q > 1 else 0
