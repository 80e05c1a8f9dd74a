"""Oracles: derivatives of the distances as Deville and Särndal print them, SciPy's SLSQP, R's `calibrate` (4.5)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from target87.kernels.calibration import calibrate
from target87.kernels.calibration_distances import DISTANCES
from tests.reference.survey.data import blocks, frame

LOWER, UPPER = 0.4, 2.5
BOUNDS = {"linear": {}, "raking": {}, "logit": {"lower": LOWER, "upper": UPPER}, "sinh": {}}


def derivative(distance: str, g: np.ndarray) -> np.ndarray:
    """Derivative of the distance in the factor, whose inverse the kernel holds."""
    if distance == "linear":
        return g - 1.0
    if distance == "raking":
        return np.log(g)
    if distance == "sinh":
        return np.sinh(g - 1.0 / g) / 2.0
    a = (UPPER - LOWER) / ((1.0 - LOWER) * (UPPER - 1.0))
    return (np.log((g - LOWER) / (1.0 - LOWER)) - np.log((UPPER - g) / (UPPER - 1.0))) / a


def loss(distance: str, g: np.ndarray) -> np.ndarray:
    """The distance itself: of squares, and of raking."""
    return (g - 1.0) ** 2 / 2.0 if distance == "linear" else g * np.log(g) - g + 1.0


@pytest.mark.parametrize("distance", DISTANCES)
def test_factor_is_the_inverse_of_the_derivative(distance):
    g = np.linspace(0.45, 2.4, 40)
    bounds = (LOWER, UPPER) if distance == "logit" else (-np.inf, np.inf)
    factor, slope = DISTANCES[distance](derivative(distance, g), *bounds)
    np.testing.assert_allclose(factor, g, rtol=1e-12)
    h = 1e-6
    up, _ = DISTANCES[distance](derivative(distance, g) + h, *bounds)
    down, _ = DISTANCES[distance](derivative(distance, g) - h, *bounds)
    np.testing.assert_allclose(slope, (up - down) / (2.0 * h), rtol=1e-7)  # central differences


def example(seed: int, n: int = 30):
    """Weights, auxiliaries (an intercept, a group, a number), and totals that moderate factors reach."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.random(n) < 0.4, rng.normal(5.0, 2.0, n)]).astype(float)
    x[0, 1], x[1, 1] = 1.0, 0.0
    w = rng.lognormal(2.0, 0.4, n)
    return x, w, (w * rng.uniform(0.8, 1.3, n)) @ x


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(DISTANCES)))
def test_totals_are_reproduced(seed, distance):
    x, w, targets = example(seed)
    done = calibrate(x, w, targets, distance=distance, **BOUNDS[distance])
    assert done.converged
    np.testing.assert_allclose((w * done.factors) @ x, targets, rtol=1e-10)
    np.testing.assert_allclose(done.missed, 0.0, atol=1e-9 * np.abs(targets).max())
    # the factors lie on the distance's curve over the linear predictor, which makes them the nearest
    np.testing.assert_allclose(derivative(distance, done.factors), x @ done.multipliers, rtol=1e-7, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(DISTANCES)))
def test_nothing_to_do_leaves_ones(seed, distance):
    x, w, _ = example(seed)
    done = calibrate(x, w, w @ x, distance=distance, **BOUNDS[distance])
    assert done.converged
    np.testing.assert_allclose(done.factors, 1.0, rtol=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(DISTANCES)))
def test_neither_order_nor_units_nor_cells_matter(seed, distance):
    x, w, targets = example(seed)
    done = calibrate(x, w, targets, distance=distance, **BOUNDS[distance])
    order, scale = np.random.default_rng(seed).permutation(w.size), np.array([1.0, 100.0, 1e-3])
    other = calibrate(x[order] * scale, w[order], targets * scale, distance=distance, **BOUNDS[distance])
    np.testing.assert_allclose(other.factors, done.factors[order], rtol=1e-8)
    split = calibrate(
        np.repeat(x, 2, axis=0), np.repeat(w, 2) * np.tile([0.3, 0.7], w.size), targets, distance=distance,
        **BOUNDS[distance],
    )  # fmt: skip
    np.testing.assert_allclose(split.factors[::2], done.factors, rtol=1e-8)


def test_linear_is_the_generalised_regression_estimator():
    """Särndal, Swensson and Wretman (1992), equation 6.5.8: g = 1 + (T - t)' (sum w x x' / v)^-1 x / v."""
    x, w, targets = example(5)
    v = 0.5 + x[:, 2] ** 2
    matrix = sum(weight * np.outer(row, row) / own for weight, row, own in zip(w, x, v, strict=True))
    expected = 1.0 + x @ np.linalg.solve(matrix, targets - w @ x) / v
    np.testing.assert_allclose(calibrate(x, w, targets, variance=v).factors, expected, rtol=1e-11)


@pytest.mark.parametrize("distance", ["linear", "raking"])
@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0.93, 1.15)])
def test_nothing_is_nearer(distance, bounds):
    """SciPy minimises the distance itself under the totals (SLSQP, good to about 1e-6)."""
    x, w, targets = example(11, n=12)
    if np.isfinite(bounds[0]):
        targets = (w * np.clip(1.0 + 0.1 * (x[:, 2] - 5.0), 0.935, 1.145)) @ x
    done = calibrate(x, w, targets, distance=distance, lower=bounds[0], upper=bounds[1])
    assert done.converged
    box = (max(bounds[0], 1e-3), min(bounds[1], 10.0))
    best = minimize(
        lambda g: float(w @ loss(distance, g)),
        np.ones(12),
        jac=lambda g: w * (g - 1.0 if distance == "linear" else np.log(g)),
        bounds=[box] * 12,
        constraints={"type": "eq", "fun": lambda g: (w * g) @ x - targets, "jac": lambda g: (w[:, None] * x).T},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(done.factors, best.x, atol=2e-5)
    assert w @ loss(distance, done.factors) <= best.fun * (1.0 + 1e-7) + 1e-10
    if np.isfinite(bounds[0]):
        assert done.factors.min() == pytest.approx(bounds[0])  # the bounds are felt


@pytest.mark.parametrize("distance", DISTANCES)
def test_dependent_auxiliaries_are_harmless(distance):
    """Two full sets of categories share their sum, as in any calibration to several margins."""
    x, w, targets = example(7)
    full = np.column_stack([x, 1.0 - x[:, 1], x[:, 2] * 2.0])
    more = np.array([*targets, targets[0] - targets[1], 2.0 * targets[2]])
    one = calibrate(x, w, targets, distance=distance, **BOUNDS[distance])
    other = calibrate(full, w, more, distance=distance, **BOUNDS[distance])
    assert other.converged
    np.testing.assert_allclose(other.factors, one.factors, rtol=1e-9)


def test_contradicting_totals_are_told():
    x, w, targets = example(7)
    done = calibrate(np.column_stack([x, x[:, 0]]), w, np.array([*targets, targets[0] * 1.1]))
    assert not done.converged
    assert np.abs(done.missed).max() > 0.04 * targets[0]


@pytest.mark.parametrize("distance", DISTANCES)
def test_bounds_that_exclude_the_totals_are_told(distance):
    x, w, _ = example(9)
    done = calibrate(x, w, 1.5 * (w @ x), distance=distance, lower=0.8, upper=1.2)
    assert not done.converged
    assert done.missed[0] == pytest.approx(0.3 * w.sum(), rel=1e-3)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("seed", [*range(40), 108, 657, 717, 1187, 1438])
def test_bounds_that_leave_little_room_are_kept(distance, seed):
    """Most factors of a solution that is known to exist are at their bounds, so Newton's matrix is often singular."""
    rng = np.random.default_rng(seed)
    n, p = rng.integers(8, 40), rng.integers(1, 5)
    x, w = np.column_stack([np.ones(n), rng.normal(5, 2, (n, p))]), rng.lognormal(2, 0.6, n)
    score = x @ rng.normal(size=p + 1)
    factors = np.where(score > np.median(score), 1.7, 0.6)
    free = rng.random(n) < 0.3
    factors[free] = rng.uniform(0.6, 1.7, free.sum())
    done = calibrate(x, w, (w * factors) @ x, distance=distance, lower=0.6, upper=1.7)
    assert done.converged
    assert done.factors.min() >= 0.6
    assert done.factors.max() <= 1.7
    np.testing.assert_allclose((w * done.factors) @ x, (w * factors) @ x, rtol=1e-8)


def test_ridge_is_the_penalised_minimum():
    """Derivative of sum w (g - 1)^2 / 2 + sum of miss^2 / (2 ridge) set to zero, solved in the factors."""
    x, w, targets = example(13)
    ridge = np.array([0.5, 2.0, 30.0]) * w.sum() / 10.0
    hessian = np.diag(w) + (w[:, None] * x) @ np.diag(1.0 / ridge) @ (w[:, None] * x).T
    expected = np.linalg.solve(hessian, w + (w[:, None] * x) @ (targets / ridge))
    done = calibrate(x, w, targets, ridge=ridge)
    np.testing.assert_allclose(done.factors, expected, rtol=1e-9)
    np.testing.assert_allclose(done.missed, targets - (w * done.factors) @ x, rtol=1e-9)
    tiny = calibrate(x, w, targets, ridge=np.zeros(3))
    np.testing.assert_allclose(tiny.factors, calibrate(x, w, targets).factors)


@pytest.mark.parametrize(("distance", "times"), [("raking", 1000.0), ("logit", 1000.0), ("sinh", 10.0)])
def test_far_targets_are_reached(distance, times):
    """Weights that start many times too small: Newton's first step is far too long."""
    x, w, _ = example(15)
    bounds = {"lower": 0.01, "upper": 5000.0} if distance == "logit" else {}
    done = calibrate(x, w, times * (w @ x), distance=distance, **bounds)
    assert done.converged
    np.testing.assert_allclose(done.factors, times, rtol=1e-6)


def test_rows_in_blocks():
    """More rows than are worked on at a time."""
    rng = np.random.default_rng(1)
    n = 70_001
    x, w, v = np.column_stack([np.ones(n), rng.normal(size=n)]), rng.random(n) + 0.5, rng.random(n) + 0.5
    targets = (w @ x) * [1.1, 0.9]
    matrix = (x * (w / v)[:, None]).T @ x
    expected = 1.0 + x @ np.linalg.solve(matrix, targets - w @ x) / v
    np.testing.assert_allclose(calibrate(x, w, targets, variance=v).factors, expected, rtol=1e-10)


KINDS = {
    "lin": {},
    "calrake": {"distance": "raking"},
    "logit": {"distance": "logit", "lower": 0.5, "upper": 2.0},
    "linb": {"lower": 0.6, "upper": 1.8},
    "sinh": {"distance": "sinh", "lower": 0.5, "upper": 2.0},
    "linvar": {},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("design", "data"),
    [("dclus1", "apiclus1"), ("dclus1_nofpc", "apiclus1"), ("dclus2", "apiclus2"), ("dstrat", "apistrat")],
)
def test_weights_of_r(design, data, kind):
    rows = frame(data)
    w, api99 = rows["pw"].to_numpy(float), rows["api99"].to_numpy(float)
    x = np.column_stack([*(rows["stype"] == kind for kind in "EHM"), api99]).astype(float)
    targets, options = np.array([4421.0, 755.0, 1018.0, 3914069.0]), dict(KINDS[kind])
    if kind == "linvar":
        x, targets, options = x[:, 3:], targets[3:], {"variance": api99}
    if kind == "linb" and design == "dstrat":
        options = {"lower": 0.8, "upper": 1.3}
    block = blocks()[f"c.{design}_{kind}.weights"]
    done = calibrate(x, w, targets, **options)
    np.testing.assert_allclose(w * done.factors, block["result"]["values"], rtol=block["rtol"])
