"""Oracle: the model written a second time from its equations (tests/statistical/dense.py)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from target87.errors import InputError
from target87.kernels import smooth_trend
from target87.prevalence import INDICATORS, PRIORS, TrendModel, fit_trends, published_series, trend
from tests.statistical.dense import DenseTrend, Theta, from_z
from tests.statistical.histories import record

QUICK = 200


@pytest.fixture(scope="module")
def models():
    return {name: TrendModel(published_series(name)) for name in INDICATORS}


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_the_likelihood_is_that_of_the_equations(models, name):
    model = models[name]
    z = np.random.default_rng(3).normal(0, 1.5, (100, 4))
    ours = smooth_trend.Stack([model.problem()]).log_likelihood(z, np.zeros(100, dtype=np.intp))
    theirs = DenseTrend(model.series, model.priors, nodes=60).log_likelihood(from_z(model.priors, z))
    # 1e-6: the determinant of a covariance with a condition number of 1e5; 0.02 where reference periods are averaged
    # by three nodes here and sixty midpoints there
    np.testing.assert_allclose(ours, theirs, atol=0.02 if name == "forced_labour" else 1e-6)


@pytest.mark.parametrize("memory", [1.0, 5.0, 25.0])
def test_three_nodes_average_a_reference_period(models, memory):
    """Of ten years each: prior covariances of what the figures measure within 0.2 % of those of 200 midpoints."""
    model, theta = models["forced_labour"], Theta(0.1, 0.5, 0.04, memory)
    problem = model.problem()
    values = smooth_trend.Parameters(*(np.array([one]) for one in vars(theta).values()))
    ours = smooth_trend._data_covariance(problem, values, np.zeros((1, 4, 4)))[0]
    fine = DenseTrend(model.series, model.priors, nodes=200)
    figures = [fine.figure(row) for row in fine.rows]
    theirs = np.array([[float(fine.covariance(a, b, theta)) for a in figures] for b in figures])
    np.testing.assert_allclose(ours, theirs, rtol=2e-3)
    # the wandering alone, which is all that the nodes approximate but the smallest part of the whole
    calm = Theta(0.1, 0.5, 0.0, memory)
    still = np.array([[float(fine.covariance(a, b, calm)) for a in figures] for b in figures])
    np.testing.assert_allclose(ours - still, theirs - still, rtol=0.04)


def test_moments_of_a_period_are_its_whole_years(models):
    """1995-2004 runs from 1994.5 to 2004.5 where a year's number is its middle; the posterior starts in 1995."""
    model = models["forced_labour"]
    assert model.origin == 1994.5
    assert model.years()[[0, -1]].tolist() == [1995, 2021]
    assert model.problem().x[0] == pytest.approx(5.0)
    np.testing.assert_allclose(model.problem().averages.sum(axis=1), 1.0)


def test_changes_need_figures_on_both_sides(models):
    assert [one.first_year for one in models["child_labour"].changes] == [2016, 2020]
    early = TrendModel(published_series("child_labour").keep((2000, 2004, 2008)))
    assert early.changes == ()
    late = TrendModel(published_series("forced_labour").keep((2016, 2021)))
    assert late.changes == ()
    shifts = models["forced_labour"].problem().shifts
    assert shifts.tolist() == [[1, 1], [0, 1], [0, 0], [0, 0]]


def test_known_errors_replace_the_sampled_one(models):
    problem = models["forced_labour"].problem()
    assert (problem.scale == 0).tolist() == [False, True, False, False]
    point = models["forced_labour"].series.points.iloc[1]
    own = (point["known_sd"] ** 2 + point["rounding_sd"] ** 2) / (1 - point["rate"]) ** 2
    assert problem.known[1] == pytest.approx(own)


def test_errors_are_shared_within_a_method_only_for_forced_labour(models):
    gap = models["forced_labour"].problem().gap
    assert gap[2, 3] == pytest.approx(1.0)
    assert np.isinf(gap[[0, 0, 0, 1, 1], [1, 2, 3, 2, 3]]).all()
    assert np.isfinite(models["child_labour"].problem().gap).all()


def test_priors_are_the_indicators_own(models):
    for name, model in models.items():
        assert model.priors is PRIORS[name]
    own = PRIORS["child_labour"].with_error(3)
    assert TrendModel(published_series("child_labour"), own).priors is own


def test_one_figure_is_no_trend():
    with pytest.raises(InputError, match="a trend needs two or more"):
        TrendModel(published_series("child_labour").keep((2024,)))


@pytest.mark.parametrize("draws", [0, 3, 1001, -8, 80.0])
def test_draws_are_a_multiple_of_the_chains(models, draws):
    with pytest.raises(InputError, match=f"multiple of {trend.CHAINS}"):
        models["child_labour"].fit(draws=draws, rng=1)


def test_two_figures_are_enough():
    posterior = TrendModel(record("child_labour", {2016: 0.196, 2020: 0.216})).fit(draws=QUICK, rng=1)
    assert np.isfinite(posterior.prevalence).all()


@pytest.fixture
def one_pass(monkeypatch):
    """No second, longer pass for chains that 50 draws cannot show to have mixed."""
    monkeypatch.setattr(trend, "THINNING", (2,))


@pytest.mark.usefixtures("one_pass")
def test_company_and_order_change_nothing(models):
    every = fit_trends(list(models.values()), draws=QUICK, rng=87)
    for model, together in zip(models.values(), every, strict=True):
        alone = model.fit(draws=QUICK, rng=87)
        for part in ("parameters", "prevalence", "state"):
            assert getattr(alone, part).identical(getattr(together, part))
    backwards = fit_trends(list(models.values())[::-1], draws=QUICK, rng=87)
    assert backwards[0].prevalence.identical(every[-1].prevalence)


@pytest.mark.usefixtures("one_pass")
def test_the_same_seed_however_it_is_given(models):
    model = models["child_labour"]
    first = model.fit(draws=QUICK, rng=5)
    assert first.prevalence.identical(model.fit(draws=QUICK, rng=np.random.SeedSequence(5)).prevalence)
    one, two = (model.fit(draws=QUICK, rng=np.random.default_rng(5)) for _ in range(2))
    assert one.prevalence.identical(two.prevalence)
    assert not first.prevalence.identical(model.fit(draws=QUICK, rng=6).prevalence)


@pytest.mark.usefixtures("one_pass")
def test_variants_share_a_stream_and_groups_do_not(models):
    """What differs between variants of one record is what was changed, not the random numbers."""
    model = models["child_labour"]
    first = model.fit(draws=QUICK, rng=5).prevalence
    assert first.identical(replace(model, variant="again").fit(draws=QUICK, rng=5).prevalence)
    elsewhere = replace(model, series=replace(model.series, group="Elsewhere"))
    assert not np.array_equal(first, elsewhere.fit(draws=QUICK, rng=5).prevalence)


def test_chains_that_have_not_mixed_are_sampled_longer(models, monkeypatch):
    """A limit nothing meets makes every pass run; one that all meet, only the first; company keeps its own."""
    passes: list[tuple[int, int]] = []
    sample = trend._sample

    def watched(chosen, root, draws, thin, progress):
        passes.append((len(chosen), thin))
        return sample(chosen, root, draws, thin, progress)

    monkeypatch.setattr(trend, "_sample", watched)
    pair = [models["child_labour"], models["forced_labour"]]
    monkeypatch.setattr(trend, "MIXED_RHAT", 0.0)
    monkeypatch.setattr(trend, "THINNING", (1, 2, 3))
    fit_trends(pair, draws=40, rng=1)
    assert passes == [(2, 1), (2, 2), (2, 3)]
    passes.clear()
    monkeypatch.setattr(trend, "MIXED_RHAT", math.inf)
    monkeypatch.setattr(trend, "MIXED_ESS", 0.0)
    fit_trends(pair, draws=40, rng=1)
    assert passes == [(2, 1)]
    passes.clear()
    # as they stand, for the number of draws they are meant for: the record of the world passes at once
    monkeypatch.undo()
    monkeypatch.setattr(trend, "_sample", watched)
    fit_trends([models["forced_labour"]], rng=1)
    assert passes == [(1, trend.THINNING[0])]


def test_prior_draws_have_the_stated_priors(models):
    """Against the priors' own quantiles: share of draws below each within 4.5 binomial standard errors."""
    model, draws = models["child_labour"], 20_000
    prior, sample = model.priors, model.prior_predictive(draws=draws, rng=87)
    for p in (0.05, 0.5, 0.95):
        z = np.zeros((1, 4)) + math.sqrt(2) * _erfinv(2 * p - 1)
        theta = from_z(prior, z)
        exact = dict(zip(trend.NAMES, (one.item() for one in vars(theta).values()), strict=True))
        exact["long_run_pace"] = prior.pace_sd * z[0, 0]
        exact[prior.changes[0].name] = prior.changes[0].mean + prior.changes[0].sd * z[0, 0]
        for name, value in exact.items():
            share = float((sample.parameters[name] < value).mean())
            assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / draws), name
        start = 1 / (1 + math.exp(-(math.log(prior.level / (1 - prior.level)) + prior.level_sd * z[0, 0])))
        share = float((sample.prevalence.sel(year=2000) < start).mean())
        assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / draws)


def _erfinv(x):
    from scipy.special import erfinv

    return float(erfinv(x))


def test_prior_draws_do_not_see_the_data(models):
    model = models["child_labour"]
    changed = replace(model, series=record("child_labour", dict.fromkeys(model.series.years, 0.3)))
    one, other = (each.prior_predictive(draws=400, rng=1) for each in (model, changed))
    assert one.prevalence.identical(other.prevalence)


def test_labels_and_state(models):
    posterior = models["forced_labour"].fit(draws=400, rng=1)
    assert posterior.prevalence.dims == ("area", "year", "draw")
    assert posterior.prevalence["draw"].values.tolist() == list(range(400))
    assert posterior.prevalence["chain"].values.tolist() == np.repeat(range(trend.CHAINS), 400 // trend.CHAINS).tolist()
    state = posterior.state.sel(area="World")
    odds = np.log(posterior.prevalence / (1 - posterior.prevalence)).sel(year=2021, area="World")
    np.testing.assert_allclose(state["log_odds"], odds, rtol=1e-12)
    for name in ("pace_variation", "pace_memory", "long_run_pace"):
        np.testing.assert_array_equal(state[name], posterior.parameters[name].to_numpy().ravel())
    # 2005 and 2012 are averages over years, and so no figure of one year of the path
    assert posterior.attributes["figure_years"] == [2005, 2012, 2016, 2021]
    assert posterior.attributes["last_year"] == 2021


def test_a_tight_record_is_met():
    """Figures with next to no error leave nothing to guess: the posterior passes through them."""
    rates = {2000: 0.16, 2008: 0.13, 2016: 0.10, 2024: 0.08}
    series = record("child_labour", rates, known_sd=[1e-4] * 4)
    posterior = TrendModel(series, replace(PRIORS["child_labour"], changes=())).fit(draws=400, rng=1)
    for year, rate in rates.items():
        values = posterior.prevalence.sel(year=year)
        assert float(values.mean()) == pytest.approx(rate, rel=4e-3)
        assert float(values.std() / rate) < 5e-3
