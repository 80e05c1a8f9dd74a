from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from target87.errors import InputError, UnconvergedError
from target87.results.posterior import Posterior

CHAINS, ITERATIONS = 4, 500


def made_up(parameters=None, prevalence=None):
    rng = np.random.default_rng(1)
    draws = CHAINS * ITERATIONS
    if parameters is None:
        parameters = rng.normal(size=(CHAINS, ITERATIONS))
    if prevalence is None:
        prevalence = rng.uniform(0.05, 0.1, (1, 3, draws))
    draw = np.arange(draws)
    coords = {"draw": draw, "chain": ("draw", draw // ITERATIONS), "iteration": ("draw", draw % ITERATIONS)}
    return Posterior(
        xr.Dataset({"pace": (("chain", "iteration"), parameters)}),
        xr.DataArray(
            prevalence,
            dims=("area", "year", "draw"),
            coords={"area": ["World"], "year": [2020, 2021, 2022], **coords},
            name="prevalence",
        ),
        xr.Dataset({"log_odds": (("area", "draw"), rng.normal(size=(1, draws)))}, {"area": ["World"], **coords}),
        {"title": "a test", "figure_years": [2020, 2022], "priors": ["one", "two"]},
    )


@pytest.fixture
def posterior():
    return made_up()


def test_draw_ids_map_to_chains(posterior):
    """Position along ``draw`` and (chain, iteration) say the same, which is what pairs parameters with prevalences."""
    assert (posterior.chains, posterior.draws) == (CHAINS, CHAINS * ITERATIONS)
    values = posterior.prevalence["draw"].to_numpy()
    by_chain = posterior.by_chain(values)
    assert by_chain.shape == (CHAINS, ITERATIONS)
    for draw in (0, 499, 500, 1999):
        at = posterior.prevalence.sel(draw=draw)
        assert by_chain[int(at["chain"]), int(at["iteration"])] == draw


def test_diagnostics_of_parameters_and_figure_years(posterior):
    assert posterior.diagnostics().index.tolist() == ["pace", "prevalence[World, 2020]", "prevalence[World, 2022]"]
    assert posterior.check() is posterior


@pytest.mark.parametrize("part", ["parameter", "prevalence"])
def test_an_unconverged_quantity_is_refused(part):
    rng = np.random.default_rng(2)
    apart = rng.normal(size=(CHAINS, ITERATIONS)) + np.arange(CHAINS)[:, None]
    if part == "parameter":
        bad = made_up(parameters=apart)
    else:
        prevalence = rng.uniform(0.05, 0.1, (1, 3, CHAINS * ITERATIONS))
        prevalence[0, 2] += apart.ravel()
        bad = made_up(prevalence=prevalence)
    with pytest.raises(UnconvergedError, match="a test") as caught:
        bad.check()
    assert ("pace" if part == "parameter" else "prevalence[World, 2022]") in str(caught.value)


def test_summary_is_numpys(posterior):
    row = posterior.summary(0.9).loc["pace"]
    values = posterior.parameters["pace"].to_numpy()
    expected = [values.mean(), np.median(values), values.std(ddof=1), *np.quantile(values, [0.05, 0.95])]
    np.testing.assert_allclose(row[["mean", "median", "sd", "lower_90", "upper_90"]].to_numpy(float), expected)
    for wrong in (0, 1, 95):
        with pytest.raises(InputError, match="between 0 and 1"):
            posterior.summary(wrong)


def test_long_table(posterior):
    table = posterior.to_dataframe()
    assert len(table) == 3 * CHAINS * ITERATIONS
    one = table[(table["year"] == 2021) & (table["draw"] == 700)]
    assert one["prevalence"].item() == posterior.prevalence.sel(area="World", year=2021, draw=700).item()


def test_written_and_read_back(posterior, tmp_path):
    posterior.to_netcdf(tmp_path / "fit.nc")
    again = Posterior.from_netcdf(tmp_path / "fit.nc")
    for part in ("parameters", "prevalence", "state"):
        xr.testing.assert_equal(getattr(again, part), getattr(posterior, part))
    assert again.attributes == posterior.attributes
    assert again.diagnostics().equals(posterior.diagnostics())


def test_arviz_reads_the_tree(posterior):
    import arviz_stats

    tree = posterior.to_datatree()
    assert tree["posterior"].to_dataset().sizes == {"chain": CHAINS, "draw": ITERATIONS}
    theirs = arviz_stats.rhat(tree, group="posterior")
    theirs = theirs.to_dataset() if isinstance(theirs, xr.DataTree) else theirs
    assert float(theirs["pace"]) == pytest.approx(posterior.diagnostics().loc["pace", "rhat"], rel=1e-12)


def test_what_it_says_of_itself(posterior):
    assert repr(posterior) == ("<Posterior of a test: World, 2020-2022, 2,000 draws in 4 chains; parameters pace>")
