"""The arithmetic behind published projections.

Oracle: a note that works the same arithmetic out apart from this library, from the same figures, to one decimal:
hence tolerances of half a unit of the last digit. The printed projections themselves are oracles only where they were
read at their source (status READ).
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from target87 import datasets
from target87.errors import DataError
from target87.results.assessment import records, to_json
from target87.studies import printed_figures, published
from target87.studies.printed_figures import REST, TREND_REGIONS, children, figure
from target87.studies.published import published_projections_table, regional_projections_table
from target87.studies.readings import NumberPath, PaceFactor, RatePath, RegionalPath

DIGIT = 0.05
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return published_projections_table()


@pytest.fixture(scope="module")
def adopted(table) -> pd.DataFrame:
    return table[table["reading"] == "adopted"].set_index("projection_id")


OURS = {
    "ILO2013a": 133.9,
    "ILO2013b": 107.1,
    "ILO2013c": 64.5,
    "ILO2013d": 49.0,
    "ILO2017a": 120.3,
    "ILO2017b": 50.3,
    "UN2021a": 138.8,
    "UN2021b": 123.7,
    "UN2021f": 17.7,
    "UN2025a": 11.4,
}


def test_every_adopted_reading_gives_the_number_worked_out(adopted):
    assert adopted["ours"].to_dict() == pytest.approx(OURS, abs=DIGIT)


def test_other_readings_give_the_numbers_worked_out(table):
    other = table[table["reading"] == "other"]
    found = other.groupby("projection_id")["ours"].apply(list).to_dict()
    assert {name: pytest.approx(values, abs=DIGIT) for name, values in found.items()} == {
        "UN2021a": [141.4, 140.7],
        "UN2021b": [125.0, 123.8],
        "UN2025a": [13.7, 10.9],
    }


# Rows: indicator, window, start and target. Columns: numbers linear and log-linear; printed rate times growth linear,
# log-linear; implied rate times population; log-linear with the later population.
WORLD_PATHS = {
    ("child_labour", (2008, 2012), 2012, 2016): (120.8, 131.2, 123.2, 133.9, 132.8, 134.7),
    ("child_labour", (2008, 2012), 2012, 2020): (73.6, 102.4, 76.5, 107.1, 105.3, 108.7),
    ("hazardous_work", (2008, 2012), 2012, 2016): (55.3, 63.1, 56.6, 64.5, 63.9, 64.9),
    ("hazardous_work", (2008, 2012), 2012, 2020): (25.3, 46.7, 26.5, 49.0, 48.0, 49.7),
    ("child_labour", (2012, 2016), 2016, 2025): (114.7, 120.3, 122.3, 127.8, 120.5, 128.0),
    ("hazardous_work", (2012, 2016), 2016, 2025): (43.7, 50.3, 46.5, 53.3, 50.3, 53.3),
    ("child_labour", (2008, 2016), 2020, 2025): (120.2, 128.5, 121.5, 132.1, 129.3, 131.2),
    ("child_labour", (2008, 2016), 2020, 2030): (80.5, 103.3, 79.6, 107.5, 102.9, 103.3),
}


@pytest.mark.parametrize(("indicator", "window", "start", "target"), WORLD_PATHS)
def test_every_world_path_tried(indicator, window, start, target):
    paths = (
        NumberPath(window, start, "linear"),
        NumberPath(window, start),
        RatePath(window, start, scale="linear"),
        RatePath(window, start),
        RatePath(window, start, implied=True),
        RatePath(window, start, "WPP2024"),
    )
    ours = [path.value(indicator, target) for path in paths]
    assert ours == pytest.approx(WORLD_PATHS[indicator, window, start, target], abs=DIGIT)


def test_regions_of_the_projections_of_2021():
    ours = regional_projections_table().set_index("region")
    expected = dict(zip((*TREND_REGIONS, REST, "sum"), (89.1, 33.5, 6.6, 9.6, 138.8), strict=True))
    assert ours[2025].to_dict() == pytest.approx(expected, abs=DIGIT)
    expected = dict(zip((*TREND_REGIONS, REST, "sum"), (90.2, 22.8, 5.4, 5.4, 123.7), strict=True))
    assert ours[2030].to_dict() == pytest.approx(expected, abs=DIGIT)


def test_regions_under_another_population_and_on_straight_lines():
    later = RegionalPath((2008, 2016), 2020, "WPP2024")
    assert [later.value("child_labour", year) for year in (2025, 2030)] == pytest.approx([137.9, 121.0], abs=DIGIT)
    # straight lines for the regions with a printed rate; the rest, which has none, as before
    for target, expected in ((2025, 120.7), (2030, 82.9)):
        lines = {
            group: RatePath((2008, 2016), 2020, group=group, scale="linear").value("child_labour", target)
            for group in TREND_REGIONS
        }
        rest = RegionalPath((2008, 2016), 2020).parts("child_labour", target)[REST]
        assert sum(lines.values()) + rest == pytest.approx(expected, abs=DIGIT)
    assert lines["Asia and the Pacific"] == pytest.approx(-15, abs=0.5)


def test_population_of_the_regions():
    africa = children("Sub-Saharan Africa", "WPP2019")
    assert [africa[year] / 1e6 for year in (2020, 2025, 2030)] == pytest.approx([362, 402, 439], abs=0.5)
    whole = sum(children(group, "WPP2019")[2020] for group in (*TREND_REGIONS, REST))
    assert whole == pytest.approx(children("World", "WPP2019")[2020], rel=1e-12)


def test_five_years_for_the_factor_of_2025():
    five = PaceFactor((2000, 2024), 2024, years=5)
    assert five.value("child_labour", 2030) == pytest.approx(13.7, abs=DIGIT)
    assert str(five.factor("child_labour", 2030)).endswith("threshold 1%, from 2024 to 2029]")
    assert PaceFactor((2000, 2024), 2024).value("child_labour", 2029) == five.value("child_labour", 2030)


def test_only_figures_read_at_their_source_are_pass_marks(table, adopted):
    marked = table[table["pass_mark"] != ""]
    assert marked["projection_id"].tolist() == ["ILO2017a", "UN2025a"]
    assert (marked["status"] == "READ").all()
    assert (marked["reading"] == "adopted").all()
    assert marked["passed"].all()
    assert table.loc[table["pass_mark"] == "", "passed"].isna().all()
    assert adopted.loc["ILO2017a", "ours"] == pytest.approx(121, rel=0.01)
    assert round(adopted.loc["UN2025a", "ours"]) == 11


def test_a_pass_mark_can_be_missed():
    row = {"unit": "million children", "ours": 127.8, "ratio": 127.8 / 121.0, "published": 121.0}
    assert not published._mark(row)["passed"]
    assert not published._mark({"unit": "times", "ours": 13.7, "published": 11.0})["passed"]


def test_printed_figures_stand_beside_ours_with_their_status(table):
    printed = datasets.published_projections().set_index("projection_id")
    assert set(table["projection_id"]) == set(printed.index)
    assert table["status"].tolist() == printed.loc[table["projection_id"], "status"].tolist()
    numbers = table[table["unit"] == "million children"]
    assert numbers["published"].tolist() == printed.loc[numbers["projection_id"], "projected_millions"].tolist()
    factors = table[table["unit"] == "times"].drop_duplicates("projection_id").set_index("projection_id")
    assert factors["published"].to_dict() == {"UN2021f": 18.0, "UN2025a": 11.0}


def test_differences_and_ratios(adopted):
    assert adopted["difference"].to_numpy() == pytest.approx((adopted["ours"] - adopted["published"]).to_numpy())
    assert adopted.loc["ILO2017a", "ratio"] == pytest.approx(120.3 / 121, abs=DIGIT / 121)


def test_windows_are_those_the_reports_state():
    printed = datasets.published_projections().set_index("projection_id")
    for name, readings in published.READINGS.items():
        stated = str(printed.loc[name, "base_window"])
        assert "{}-{}".format(*readings[0].window) in stated, name


def test_definitions_say_window_start_and_population(adopted):
    for name, words in adopted["definition"].items():
        assert "constant annual rate of change" in words, name
    assert "2008-2012" in adopted.loc["ILO2013a", "definition"]
    assert "from 2012" in adopted.loc["ILO2013a", "definition"]
    assert "WPP2019" in adopted.loc["UN2021a", "definition"]
    assert "no population enters" in adopted.loc["ILO2017a", "definition"]
    assert "1 % by 2030" in adopted.loc["UN2025a", "definition"]


def test_what_cannot_be_reproduced_names_the_missing_input(table):
    none = table[table["reading"] == "none"].set_index("projection_id")
    assert set(none.index) == {"ILO2006a", "UN2021c", "UN2021d", "UN2021e"}
    assert none["ours"].isna().all()
    assert (none["missing_input"] != "").all()
    assert (table.loc[table["reading"] != "none", "missing_input"] == "").all()


def test_the_straight_line_of_2006_ends_in_2016():
    line = NumberPath((2000, 2004), 2004, "linear")
    assert line.value("hazardous_work", 2016) > 0 > line.value("hazardous_work", 2017)
    assert "in 2016" in published.NOT_REPRODUCIBLE["ILO2006a"]


def test_a_projection_without_reading_or_reason_is_an_error(monkeypatch):
    monkeypatch.delitem(published.NOT_REPRODUCIBLE, "UN2021c")
    with pytest.raises(DataError, match="UN2021c"):
        published_projections_table()


def test_inputs_that_were_not_read_are_named(adopted):
    assert (adopted.loc[["ILO2013a", "ILO2017a", "UN2021f", "UN2025a"], "unconfirmed_inputs"] == "").all()
    named = adopted.loc["UN2021a", "unconfirmed_inputs"].split("; ")
    assert "number of Sub-Saharan Africa 2016 (RATE_READ_NUMBER_RECALLED)" in named
    assert "rate of Sub-Saharan Africa 2016 (RATE_READ_NUMBER_RECALLED)" not in named
    assert len(named) == 5


def test_one_report_a_year_is_chosen_by_name():
    both = datasets.global_estimates("child_labour", "world", year=2004)
    assert len(both) == 2
    taken = figure("child_labour", 2004)
    assert (taken.number, taken.rate, taken.status) == (222.3, pytest.approx(0.142), "READ")
    for year in printed_figures.REPORTS:
        for indicator in ("child_labour", "hazardous_work"):
            assert figure(indicator, year).status == "READ"


def test_a_figure_that_no_report_prints_is_an_error():
    with pytest.raises(DataError, match="2010"):
        figure("child_labour", 2010)


def test_the_table_can_be_written_as_json(table):
    written = json.loads(to_json({"rows": records(table)}))["rows"]
    assert len(written) == len(table) == 20
    assert written[0]["ours"] is None
    assert [row["passed"] for row in written if row["pass_mark"]] == [True, True]


def test_the_page_in_the_documentation_is_what_the_library_computes():
    page = runpy.run_path(str(DOCS / "make_published_projections.py"))["page"]()
    assert (DOCS / "published_projections.md").read_text(encoding="utf-8") == page, (
        "rewrite it: python docs/make_published_projections.py"
    )


def test_numbers_are_not_rounded_on_the_way(adopted):
    assert not np.isclose(adopted["ours"] * 10, (adopted["ours"] * 10).round()).all()
