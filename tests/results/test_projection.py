"""Oracle: NumPy on the same draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from target87.errors import InputError
from target87.results.projection import Projection

YEARS = np.arange(2020, 2026)


@pytest.fixture
def projection():
    rng = np.random.default_rng(1)
    rate = rng.lognormal(-3, 0.3, (1, 2, YEARS.size, 101))
    people = np.array([[1e6, 1.1e6, 1.2e6, 1.3e6, math.nan, math.nan]] * 2)
    dims = ("scenario", "area", "year", "draw")
    draws = xr.Dataset(
        {
            "rate": (dims, rate),
            "number": (dims, rate * people[None, :, :, None]),
            "population": (("area", "year"), people),
        },
        coords={"scenario": ["model"], "area": ["A", "B"], "year": YEARS, "draw": np.arange(101)},
    )
    return Projection(draws, 1, {"title": "a test", "last_year": 2022, "population": "V1, high variant"})


def test_at_picks_one_year(projection):
    rate = projection.draws["rate"].to_numpy()
    np.testing.assert_array_equal(projection.at(2021), rate[0, 0, 1])
    np.testing.assert_array_equal(projection.at(2021, area=1), rate[0, 1, 1])
    np.testing.assert_allclose(projection.at(2023, "number"), rate[0, 0, 3] * 1.3e6)


def test_numbers_end_with_the_population(projection):
    assert projection.last_number_year == 2023
    with pytest.raises(InputError, match="beyond the population data") as caught:
        projection.at(2024, "number")
    assert "V1, high variant" in str(caught.value)
    assert np.isfinite(projection.at(2024)).all()


def test_numbers_begin_with_the_population(projection):
    """A record may begin before the population does: no number, rather than a missing one compared as if it were."""
    projection.draws["population"][:, 0] = math.nan
    projection.draws["number"][:, :, 0] = math.nan
    with pytest.raises(InputError, match="2021 to 2023"):
        projection.at(2020, "number")
    assert projection.summary("number").index.tolist() == [2021, 2022, 2023]


@pytest.mark.parametrize("year", [2019, 2026])
def test_years_outside(projection, year):
    with pytest.raises(InputError, match="2020 to 2025"):
        projection.at(year)


def test_summary_is_numpys(projection):
    table, rate = projection.summary(), projection.draws["rate"].to_numpy()[0, 0]
    assert table.index.tolist() == YEARS.tolist()
    np.testing.assert_allclose(table["mean"], rate.mean(axis=1), rtol=1e-13)
    columns = {"lower_95": 0.025, "lower_80": 0.1, "median": 0.5, "upper_80": 0.9, "upper_95": 0.975}
    for name, level in columns.items():
        np.testing.assert_allclose(table[name], np.quantile(rate, level, axis=1), rtol=1e-13)
    assert projection.summary("number").index.tolist() == [2020, 2021, 2022, 2023]


def test_tidy_table(projection):
    table = projection.to_dataframe()
    assert table.columns[:4].tolist() == ["area", "scenario", "measure", "year"]
    assert len(table) == 2 * (6 + 4)
    assert not table.isna().any().any()
    one = table[(table["area"] == "B") & (table["measure"] == "rate") & (table["year"] == 2025)]
    assert one["median"].item() == pytest.approx(np.median(projection.at(2025, area=1)))


def test_written_and_read_back(projection, tmp_path):
    projection.to_netcdf(tmp_path / "future.nc")
    again = Projection.from_netcdf(tmp_path / "future.nc")
    assert again.draws.identical(projection.draws)
    assert again.chains == projection.chains
    assert again.attributes == projection.attributes
    assert [one.name for one in tmp_path.iterdir()] == ["future.nc"]


def test_what_it_says_of_itself(projection):
    assert repr(projection) == "<Projection of a test: 2020-2025, numbers to 2023 (V1, high variant), 101 draws>"
    html = Projection(projection.draws, 1, {"title": "<script>"})._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<table" in html
