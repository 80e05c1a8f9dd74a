"""Oracles: ArviZ's labelled functions, and the known effective size of an autoregression."""

from __future__ import annotations

import math

import arviz_stats
import numpy as np
import pytest
import xarray as xr

from target87.errors import UnconvergedError
from target87.results import diagnostics

SHAPE = (4, 1000)


def autoregression(seed, strength, shape=SHAPE):
    noise = np.random.default_rng(seed).normal(size=shape)
    chains = np.empty(shape)
    chains[:, 0] = noise[:, 0]
    for t in range(1, shape[1]):
        chains[:, t] = strength * chains[:, t - 1] + math.sqrt(1 - strength**2) * noise[:, t]
    return chains


@pytest.fixture(scope="module")
def table():
    apart = autoregression(3, 0.0) + np.array([0.0, 0.0, 0.0, 1.0])[:, None]
    quantities = {
        "independent": autoregression(1, 0.0),
        "sticky": autoregression(2, 0.95),
        "apart": apart,
        "constant": np.full(SHAPE, 3.0),
    }
    return quantities, diagnostics.convergence(quantities)


@pytest.mark.parametrize("name", ["independent", "sticky", "apart"])
def test_as_arviz_gives_them_by_label(table, name):
    quantities, ours = table
    data = xr.Dataset({"x": (("chain", "draw"), quantities[name])})
    theirs = {
        "rhat": arviz_stats.rhat(data),
        "ess_bulk": arviz_stats.ess(data, method="bulk"),
        "ess_tail": arviz_stats.ess(data, method="tail", prob=(0.05, 0.95)),
    }
    for column, value in theirs.items():
        assert ours.loc[name, column] == pytest.approx(float(value["x"]), rel=1e-10)


def test_effective_size_of_an_autoregression():
    """AR(0.9): n (1 - a) / (1 + a) = 211 of 4,000; the mean of 40 estimates, each good to about a quarter."""
    ours = diagnostics.convergence({str(seed): autoregression(seed, 0.9) for seed in range(40)})
    assert ours["ess_bulk"].mean() == pytest.approx(4000 * 0.1 / 1.9, rel=0.15)
    independent = diagnostics.convergence({"x": autoregression(1, 0.0)})
    assert independent.loc["x", "ess_bulk"] == pytest.approx(4000, rel=0.2)


def test_a_quantity_that_never_varies_has_none(table):
    _, ours = table
    assert ours.loc["constant"].isna().all()


def test_a_quantity_that_is_not_finite_has_failed():
    """A year never reached is infinite in some draws; it must not pass for one without diagnostics."""
    for value in (np.inf, np.nan):
        bad = autoregression(5, 0.0)
        bad[1, 7] = value
        ours = diagnostics.convergence({"bad": bad, "good": autoregression(6, 0.0)})
        assert ours.loc["bad"].tolist() == [np.inf, 0.0, 0.0]
        assert diagnostics.failures(ours).index.tolist() == ["bad"]


def test_quick_convergence_is_arvizs_without_ranks():
    chains = np.stack([autoregression(7, 0.5), autoregression(8, 0.9)])
    rhat, ess = diagnostics.quick_convergence(chains)
    for row, one in enumerate(chains):
        data = xr.Dataset({"x": (("chain", "draw"), one)})
        assert rhat[row] == pytest.approx(float(arviz_stats.rhat(data, method="split")["x"]))
        assert ess[row] == pytest.approx(float(arviz_stats.ess(data, method="mean")["x"]))


def test_failures_name_what_missed(table):
    _, ours = table
    assert diagnostics.failures(ours).index.tolist() == ["sticky", "apart"]
    with pytest.raises(UnconvergedError) as caught:
        diagnostics.require_convergence(ours, of="a test")
    assert caught.value.count == 2
    text = str(caught.value)
    assert "sticky" in text
    assert "apart" in text
    assert "independent" not in text
    diagnostics.require_convergence(ours.loc[["independent", "constant"]], of="a test")


@pytest.mark.parametrize(
    ("row", "good"),
    [
        ((1.0099, 400.1, 400.1), True),
        ((1.0, 400.0, 4000.0), False),
        ((1.0, 4000.0, 400.0), False),
        ((1.01, 4000.0, 4000.0), False),
        ((1.0, 399.9, 4000.0), False),
        ((1.0, 4000.0, 399.9), False),
    ],
)
def test_the_limits(row, good):
    import pandas as pd

    one = pd.DataFrame([row], index=["x"], columns=["rhat", "ess_bulk", "ess_tail"])
    assert diagnostics.failures(one).empty == good


def test_error_of_a_share():
    hits = np.random.default_rng(4).random(SHAPE) < 0.2
    data = xr.Dataset({"x": (("chain", "draw"), hits.astype(float))})
    theirs = float(arviz_stats.mcse(data, method="mean")["x"])
    # theirs takes the sample's standard deviation (n - 1), ours the binomial one
    assert diagnostics.indicator_mcse(hits) == pytest.approx(theirs, rel=1e-3)
    assert diagnostics.indicator_mcse(np.zeros(SHAPE, dtype=bool)) == 0.0
    assert diagnostics.indicator_mcse(np.ones(SHAPE, dtype=bool)) == 0.0
