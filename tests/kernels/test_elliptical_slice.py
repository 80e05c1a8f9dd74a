"""Oracles: closed-form Gaussian posteriors, and SciPy's quadrature for a target that is not Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.integrate import quad

from target87.kernels import elliptical_slice

DESIGN = np.array([[1.0, 0.4, -0.3], [0.2, 1.5, 0.8]])
OBSERVED = np.array([[1.1, -0.7], [0.0, 2.5]])
ERROR_SD = np.array([0.5, 0.2])


def two_gaussians(z, which):
    residual = OBSERVED[which] - z @ DESIGN.T
    return -0.5 * (residual**2).sum(axis=1) / ERROR_SD[which] ** 2


def draw(log_likelihood, dimension, seeds, **options):
    generators = [np.random.default_rng(seed) for seed in seeds]
    return elliptical_slice.sample(log_likelihood, dimension, generators, **options)


def mcse(values, method="mean", **options):
    return float(array_stats.mcse(values, method=method, chain_axis=-2, draw_axis=-1, **options))


@pytest.fixture(scope="module")
def gaussian_draws():
    return draw(two_gaussians, 3, (1, 2), chains=4, warmup=300, draws=8000, thin=2)


@pytest.mark.parametrize("target", [0, 1])
def test_gaussian_posterior(gaussian_draws, target):
    z = gaussian_draws[target]
    precision = np.eye(3) + DESIGN.T @ DESIGN / ERROR_SD[target] ** 2
    covariance = np.linalg.inv(precision)
    mean = covariance @ DESIGN.T @ OBSERVED[target] / ERROR_SD[target] ** 2
    for i in range(3):
        # mixed first: chains that each stay somewhere have errors so large that any mean would do
        assert float(array_stats.rhat(z[..., i], chain_axis=-2, draw_axis=-1)) < 1.01
        assert abs(z[..., i].mean() - mean[i]) < 4 * mcse(z[..., i])
        for j in range(i + 1):
            product = (z[..., i] - mean[i]) * (z[..., j] - mean[j])
            assert abs(product.mean() - covariance[i, j]) < 4 * mcse(product)


def skewed(z, which):
    """Log likelihood of a count of 2 with log mean 1 + 1.5 z: a skewed posterior with a long left tail."""
    del which
    return 2 * (1 + 1.5 * z[:, 0]) - np.exp(1 + 1.5 * z[:, 0])


def test_a_target_that_is_not_gaussian():
    z = draw(skewed, 1, (87,), chains=4, warmup=300, draws=10_000)[0, ..., 0]

    def density(x):
        return np.exp(-0.5 * x * x + 2 * (1 + 1.5 * x) - np.exp(1 + 1.5 * x))

    whole, _ = quad(density, -8, 4)
    for power in (1, 2, 3):
        expected, _ = quad(lambda x, power=power: x**power * density(x) / whole, -8, 4)
        assert abs((z**power).mean() - expected) < 4 * mcse(z**power)
    for cut in (-1.5, -0.5, 0.0, 0.4):
        expected, _ = quad(lambda x: density(x) / whole, -8, cut)
        assert abs((z < cut).mean() - expected) < 4 * mcse((z < cut).astype(float))


def test_no_data_gives_the_prior_back():
    z = draw(lambda z, which: np.zeros(len(z)), 2, (5,), chains=4, warmup=10, draws=5000)[0]
    for i in range(2):
        assert abs(z[..., i].mean()) < 4 * mcse(z[..., i])
        assert abs((z[..., i] ** 2).mean() - 1) < 4 * mcse(z[..., i] ** 2)


def test_every_iteration_moves():
    """The bracket shrinks towards where the chain stands, so that some point is accepted in the end."""
    z = draw(skewed, 1, (3,), chains=4, warmup=0, draws=500)[0, ..., 0]
    assert (np.diff(z, axis=1) != 0).all()


def test_company_changes_nothing():
    options = {"chains": 3, "warmup": 20, "draws": 50, "thin": 3}
    both = draw(two_gaussians, 3, (1, 2), **options)
    alone = draw(two_gaussians, 3, (1,), **options)
    np.testing.assert_array_equal(alone[0], both[0])
    second = draw(lambda z, which: two_gaussians(z, which + 1), 3, (2,), **options)
    np.testing.assert_array_equal(second[0], both[1])


def test_same_seed_same_draws_and_another_seed_others():
    options = {"chains": 2, "warmup": 5, "draws": 20}
    one, again, other = (draw(two_gaussians, 3, seeds, **options) for seeds in ((4, 5), (4, 5), (6, 5)))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_thinning_keeps_every_nth_draw():
    every = draw(two_gaussians, 3, (1,), chains=2, warmup=7, draws=30)
    third = draw(two_gaussians, 3, (1,), chains=2, warmup=7, draws=10, thin=3)
    np.testing.assert_array_equal(third, every[:, :, 2::3])


def test_shape_and_progress():
    seen: list[tuple[int, int]] = []
    z = draw(two_gaussians, 3, (1, 2), chains=2, warmup=50, draws=100, thin=4, progress=lambda *done: seen.append(done))
    assert z.shape == (2, 2, 100, 3)
    assert z.flags.c_contiguous
    assert {whole for _, whole in seen} == {450}
    assert 90 <= len(seen) <= 120
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_point_nothing_beats_is_kept():
    """Where no point of the ellipse is accepted the chain stays, rather than take a worse point or loop for ever."""
    points: list[int] = []

    def spike(z, which):
        points.append(len(z))
        return np.zeros(len(z)) if len(points) == 1 else np.full(len(z), -np.inf)

    generator = np.random.default_rng(9)
    z = elliptical_slice.sample(spike, 2, [generator], chains=2, warmup=0, draws=3)[0]
    start = np.random.default_rng(9).standard_normal((2, 2))
    np.testing.assert_array_equal(z, np.repeat(start[:, None], 3, axis=1))
    assert sum(points) == 2 * (1 + 3 * (elliptical_slice.MAX_SHRINKS + 1))


@pytest.mark.parametrize(("rows", "most"), [(1, 1), (64, 2), (1000, 8), (1000, 49)])
def test_trying_ahead_changes_nothing(rows, most, monkeypatch):
    """One angle at a time, as the algorithm is written, or many at once: the same draws, bit for bit."""
    options = {"chains": 3, "warmup": 20, "draws": 60}
    usual = draw(two_gaussians, 3, (1, 2), **options)
    monkeypatch.setattr(elliptical_slice, "ROWS", rows)
    monkeypatch.setattr(elliptical_slice, "MOST_AHEAD", most)
    np.testing.assert_array_equal(draw(two_gaussians, 3, (1, 2), **options), usual)
