"""The fan draws the numbers of its frame, and nothing of matplotlib's global state."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from target87.plots.fan import BAND_80, BAND_95, fan


@pytest.fixture
def summary() -> pd.DataFrame:
    years = np.arange(2018, 2027)
    middle = 0.10 - 0.004 * (years - 2018)
    spread = 0.01 + 0.002 * np.arange(years.size)
    columns = {"mean": middle, "median": middle}
    columns |= {"lower_80": middle - spread, "upper_80": middle + spread}
    columns |= {"lower_95": middle - 2 * spread, "upper_95": middle + 3 * spread}
    return pd.DataFrame(columns, index=pd.Index(years, name="year"))


def edges(axes, colour: str) -> set[tuple[float, float]]:
    """Corners of the band of a colour."""
    from matplotlib.colors import to_rgba

    band = next(one for one in axes.collections if tuple(one.get_facecolor()[0]) == to_rgba(colour))
    return {(round(float(x), 9), round(float(y), 9)) for x, y in band.get_paths()[0].vertices}


@pytest.mark.parametrize(("colour", "level"), [(BAND_80, "80"), (BAND_95, "95")])
def test_bands_are_the_intervals(summary, colour, level):
    drawn = edges(fan(summary, scale=100), colour)
    for side in ("lower", "upper"):
        wanted = {(float(year), round(100 * value, 9)) for year, value in summary[f"{side}_{level}"].items()}
        assert wanted <= drawn


def test_median_is_dashed_after_the_last_figure(summary):
    seen, ahead = fan(summary, last_year=2024).lines
    assert (seen.get_linestyle(), ahead.get_linestyle()) == ("-", "--")
    assert list(seen.get_xdata()) == [*range(2018, 2025)]
    assert list(ahead.get_xdata()) == [2024, 2025, 2026]
    np.testing.assert_allclose(ahead.get_ydata(), summary["median"].loc[2024:])


def test_scale_starts_at_zero_and_has_its_unit(summary):
    axes = fan(summary, unit="% of children")
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylabel() == "% of children"
    assert axes.get_xlabel() == "Year"


def test_bands_are_named_with_their_level(summary):
    assert {text.get_text() for text in fan(summary).texts} == {"95 % interval", "80 % interval", "median"}
    assert not fan(summary, label=False).texts


def test_projection_plots_its_fan(forced):
    axes = forced.projection.plot(scale=1000, unit="per 1,000")
    assert axes.get_ylabel() == "per 1,000"
    np.testing.assert_allclose(axes.lines[0].get_ydata()[-1], 1000 * np.median(forced.draws["rate"].sel(year=2021)))


def test_pyplot_is_never_imported():
    code = (
        "import io, sys, pandas as pd; from target87.plots.fan import COLUMNS, fan; "
        "frame = pd.DataFrame({name: [1.0, 2.0] for name in COLUMNS}, index=[2020, 2021]); "
        "fan(frame).figure.savefig(io.BytesIO(), format='png'); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
