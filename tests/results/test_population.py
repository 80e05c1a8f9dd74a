"""``Population``: what it holds, refuses, gives back and writes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from target87.errors import DataError, InputError, OutputError, Target87Error, UnknownNameError
from target87.results.population import Population


def table(**columns: object) -> pd.DataFrame:
    """Two areas and the world, three years, both sexes and their total, two bands."""
    rows = [
        (area, year, sex, age, float(round(size * people * (1.0 + 0.1 * step))))
        for area, size in (("AAA", 1.0), ("BBB", 2.0), ("WLD", 3.5))
        for step, year in enumerate((2019, 2020, 2021))
        for sex, people in (("T", 2000.0), ("M", 1100.0), ("F", 900.0))
        for age in ("5-11", "12-17")
    ]
    return pd.DataFrame(rows, columns=["area", "year", "sex", "age", "count"]).assign(**columns)


@pytest.fixture
def population() -> Population:
    return Population.from_dataframe(table(), vintage="V1", variant="high", source="a test")


def test_what_it_says_of_itself(population):
    assert (population.vintage, population.variant, population.years) == ("V1", "high", (2019, 2021))
    assert (population.areas, population.ages) == (("AAA", "BBB", "WLD"), ("5-11", "12-17"))
    assert population.counts.dims == ("area", "year", "sex", "age")
    assert population.counts.attrs["units"] == "persons"
    assert repr(population) == (
        "<Population V1, variant high: 3 areas, 2019-2021, total/male/female, ages 5-11, 12-17>"
    )


def test_it_is_frozen_and_shares_no_memory(population):
    with pytest.raises(dataclasses.FrozenInstanceError):
        population.counts = population.counts
    with pytest.raises(ValueError, match="read-only"):
        population.counts[0, 0, 0, 0] = 1.0
    mine = population.counts.copy(deep=True)
    own = Population(mine)
    mine.values[:] = 0.0
    mine.attrs["vintage"] = "other"
    assert own.at(2019) == population.at(2019)
    assert own.vintage == "V1"
    series = own.series()
    series[:] = 0.0
    assert own.at(2019) > 0


# series


def test_series_by_area_sex_and_age(population):
    assert population.series("AAA").values.tolist() == [4000.0, 4400.0, 4800.0]
    assert population.series("BBB", sex="female", ages="12-17").values.tolist() == [1800.0, 1980.0, 2160.0]
    one = population.series("BBB", ages="5-17")
    assert one.dims == ("year",)
    assert {name: one[name].item() for name in ("area", "sex", "age")} == {"area": "BBB", "sex": "total", "age": "5-17"}
    assert one.attrs["vintage"] == "V1"
    assert population.series("AAA")["age"].item() == "5-17"


@pytest.mark.parametrize("name", ["WLD", "world", "World"])
def test_the_world_is_the_stored_total_not_the_sum_of_areas(population, name):
    assert population.series(name).values[0] == 3.5 * 4000.0
    assert population.series("AAA").values[0] + population.series("BBB").values[0] == 3.0 * 4000.0


def test_the_total_is_the_stored_one_or_else_the_sum_of_sexes():
    stored = table()
    stored.loc[stored["sex"] == "T", "count"] += 1.0
    assert Population.from_dataframe(stored, vintage="V1").series("AAA").values[0] == 4002.0
    sexes = Population.from_dataframe(table().query("sex != 'T'"), vintage="V1")
    assert sexes.series("AAA").values[0] == 4000.0
    with pytest.raises(UnknownNameError, match="unknown sex of this population 'total'"):
        Population.from_dataframe(table().query("sex == 'M'"), vintage="V1").series("AAA")


def test_series_refuses_what_is_not_there(population):
    with pytest.raises(UnknownNameError, match="unknown area of this population 'CCC'"):
        population.series("CCC")
    with pytest.raises(UnknownNameError, match="unknown sex of this population 'boys'"):
        population.series("AAA", sex="boys")
    with pytest.raises(InputError, match="does not have the ages '5-14'"):
        population.series("AAA", ages="5-14")
    countries = Population.from_dataframe(table().query("area != 'WLD'"), vintage="V1")
    with pytest.raises(UnknownNameError):
        countries.series("world")


def test_ages_that_overlap_are_never_added():
    twice = pd.concat([table(), table().query("age == '5-11'").assign(age="5-17", count=9000.0)])
    twice = twice[twice["sex"] == "T"]
    population = Population.from_dataframe(twice, vintage="V1")
    with pytest.raises(InputError, match="stored ages overlap"):
        population.series("AAA")
    assert population.series("AAA", ages="5-17").values[0] == 9000.0


# at


def test_at_a_mid_year_it_is_the_stored_count(population):
    assert [population.at(year, "AAA") for year in (2019, 2020, 2021)] == [4000.0, 4400.0, 4800.0]


def test_between_mid_years_it_grows_at_a_constant_rate(population):
    assert population.at(2019.5, "AAA") == pytest.approx(math.sqrt(4000.0 * 4400.0), rel=1e-14)
    # the same by the definition of a constant rate: the logarithm is linear
    parts = np.linspace(0.0, 1.0, 11)
    logs = [math.log(population.at(2020 + part, "BBB")) for part in parts]
    np.testing.assert_allclose(np.diff(logs), (math.log(9600.0) - math.log(8800.0)) / 10, rtol=1e-10)


def test_from_nobody_it_is_a_straight_line():
    frame = table(count=0.0)
    frame.loc[frame["year"] == 2020, "count"] = np.where(frame.loc[frame["year"] == 2020, "sex"] == "T", 8.0, 4.0)
    assert Population.from_dataframe(frame, vintage="V1").at(2019.25, "AAA") == pytest.approx(4.0)


@pytest.mark.parametrize("year", [2018, 2018.99, 2021.01, 2060, math.nan, math.inf])
def test_outside_the_table_it_is_an_error(population, year):
    with pytest.raises(InputError, match=r"2019 to 2021 \(V1, variant high\)"):
        population.at(year, "AAA")


# group


def test_groups_are_sums_and_what_is_left_out_is_counted(population):
    groups = population.group({"AAA": "one", "BBB": "one", "ZZZ": "two"})
    assert groups.areas == ("one",)
    assert groups.at(2019, "one") == 12000.0
    assert groups.at(2019, "one", sex="male") == 6600.0
    assert groups.counts.attrs["areas_without_group"] == 0
    assert groups.counts.attrs["members_without_population"] == 1
    assert groups.vintage == "V1"
    part = population.group(pd.Series({"AAA": "one", "BBB": None}))
    assert part.counts.attrs["areas_without_group"] == 1
    np.testing.assert_array_equal(part.series("one"), population.series("AAA"))


def test_group_refuses_nobody_and_the_world(population):
    with pytest.raises(InputError, match="no area of this population has a group"):
        population.group({"ZZZ": "one"})
    with pytest.raises(InputError, match="world cannot be a member"):
        population.group({"AAA": "one", "WLD": "one"})


@given(st.lists(st.sampled_from(["x", "y", "z", ""]), min_size=6, max_size=6).filter(any))
def test_groups_hold_everybody_who_has_one(labels):
    areas = [f"A{i}" for i in range(6)]
    counts = np.arange(1.0, 7.0)
    frame = pd.DataFrame({"area": areas, "year": 2020, "sex": "total", "age": "all", "count": counts})
    groups = Population.from_dataframe(frame, vintage="V1").group(dict(zip(areas, labels, strict=True)))
    expected: dict[str, float] = {}
    for label, count in zip(labels, counts, strict=True):
        if label:
            expected[label] = expected.get(label, 0.0) + count
    assert {name: groups.at(2020, name) for name in groups.areas} == expected
    assert groups.counts.attrs["areas_without_group"] == labels.count("")


# tables of one's own


def test_a_table_goes_there_and_back(population):
    frame = population.to_dataframe()
    assert list(frame) == ["area", "year", "sex", "age", "count"]
    assert frame.attrs["vintage"] == "V1"
    again = Population.from_dataframe(frame.sample(frac=1.0, random_state=1), vintage="V1", variant="high")
    xr.testing.assert_equal(again.counts.sortby("sex").sortby("age"), population.counts.sortby("sex").sortby("age"))


def test_the_callers_table_is_left_alone():
    frame = table(year=[str(year) for year in table()["year"]])
    before = frame.copy()
    assert Population.from_dataframe(frame, vintage="V1").years == (2019, 2021)
    pd.testing.assert_frame_equal(frame, before)


def spoilt(column: str, value: object, rows: int = 7) -> pd.DataFrame:
    frame = table().astype({column: object})
    frame.loc[range(3, 3 + rows), column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "what", "where"),
    [
        (spoilt("count", np.nan), "empty cells", "column count"),
        (spoilt("area", ""), "empty cells", "column area"),
        (spoilt("count", -5.0), "negative counts", "column count"),
        (spoilt("count", np.inf), "not finite", "column count"),
        (spoilt("count", "5 000"), "no numbers", "column count"),
        (spoilt("year", 2019.5), "not whole numbers", "column year"),
        (spoilt("sex", "boys"), "unknown sexes", "column sex"),
        (spoilt("age", "children"), "unknown age groups", "column age"),
    ],
)
def test_a_fault_is_named_with_its_column_how_many_and_the_first_five(frame, what, where):
    with pytest.raises(DataError) as caught:
        Population.from_dataframe(frame, vintage="V1")
    error = caught.value
    assert what in error.what
    assert error.where == where
    assert error.count == 7
    assert [example.split(" (")[0] for example in error.examples] == [f"row {i}" for i in range(3, 8)]


def test_repeated_rows_are_refused():
    frame = pd.concat([table(), table().iloc[:2]])
    with pytest.raises(DataError, match="repeats earlier rows") as caught:
        Population.from_dataframe(frame, vintage="V1")
    assert (caught.value.count, caught.value.where) == (2, "column area, year, sex, age")


@pytest.mark.parametrize(
    ("kept", "what", "count", "first"),
    [
        ("year != 2020", "gaps in its years", 1, 2020),
        ("not (area == 'BBB' and year == 2021)", "every area needs the same", 6, "BBB, 2021, total, 5-11"),
        ("not (sex == 'F' and age == '12-17')", "every area needs the same", 9, "AAA, 2019, female, 12-17"),
    ],
)
def test_gaps_are_refused(kept, what, count, first):
    with pytest.raises(DataError, match=what) as caught:
        Population.from_dataframe(table().query(kept), vintage="V1")
    assert (caught.value.count, caught.value.examples[0]) == (count, first)


def test_a_total_far_from_its_sexes_is_refused():
    frame = table()
    frame["count"] *= 1e6
    Population.from_dataframe(frame.assign(count=frame["count"].round(-3)), vintage="V1")
    chosen = (frame["sex"] == "M") & (frame["area"] == "AAA")
    with pytest.raises(DataError, match="not the sum of its sexes") as caught:
        Population.from_dataframe(frame.assign(count=frame["count"] * np.where(chosen, 1.01, 1.0)), vintage="V1")
    assert (caught.value.count, caught.value.examples[0]) == (6, "AAA, 2019, total, 5-11")


def test_missing_repeated_columns_and_empty_tables_are_refused():
    with pytest.raises(DataError, match="lacks columns") as caught:
        Population.from_dataframe(table().drop(columns=["sex", "count"]), vintage="V1")
    assert caught.value.where == "sex, count"
    with pytest.raises(DataError, match="more than once"):
        Population.from_dataframe(pd.concat([table(), table()[["year"]]], axis=1), vintage="V1")
    with pytest.raises(DataError, match="no rows"):
        Population.from_dataframe(table().iloc[:0], vintage="V1")
    with pytest.raises(DataError, match="must say its vintage"):
        Population.from_dataframe(table(), vintage="")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda counts: counts.isel(age=0), "labelled dimensions"),
        (lambda counts: counts.drop_vars("sex"), "labelled dimensions"),
        (lambda counts: counts.drop_attrs(), "must say its vintage"),
        (lambda counts: -counts.assign_attrs(vintage="V1"), "finite and not negative"),
        (lambda counts: counts.where(counts["year"] > 2019).assign_attrs(vintage="V1"), "finite and not negative"),
        (lambda counts: counts.sel(year=[2019, 2021]), "years must be whole"),
        (lambda counts: counts.isel(year=slice(None, None, -1)), "years must be whole"),
        (lambda counts: counts.assign_coords(area=["AAA", "AAA", "WLD"]), "labels must be there and differ"),
        (lambda counts: counts.assign_coords(sex=["total", "boys", "girls"]), "unknown sexes"),
        (lambda counts: counts.assign_coords(age=["5-11", "rest"]), "no age group"),
    ],
)
def test_an_array_that_is_no_population_is_refused(population, change, what):
    with pytest.raises(Target87Error, match=what):
        Population(change(population.counts))


def test_dimensions_may_come_in_any_order(population):
    turned = Population(population.counts.transpose("age", "sex", "year", "area").astype("int64"))
    xr.testing.assert_identical(turned.counts, population.counts)


# files, figures


def test_a_file_goes_there_and_back(population, tmp_path):
    population.to_netcdf(tmp_path / "people.nc")
    xr.testing.assert_identical(Population.from_netcdf(tmp_path / "people.nc").counts, population.counts)
    assert [path.name for path in tmp_path.iterdir()] == ["people.nc"]


def test_a_file_is_written_whole_or_not_at_all(population, tmp_path, monkeypatch):
    (tmp_path / "people.nc").write_text("what stood there")

    def half(self: xr.Dataset, path: object, **options: object) -> None:
        with open(str(path), "w") as file:
            file.write("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_netcdf", half)
    with pytest.raises(KeyboardInterrupt):
        population.to_netcdf(tmp_path / "people.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["people.nc"]
    assert (tmp_path / "people.nc").read_text() == "what stood there"


def test_a_path_that_cannot_be_written(population, tmp_path):
    with pytest.raises(OutputError):
        population.to_netcdf(tmp_path / "no such folder" / "people.nc")


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"rate": ("year", [1.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match="does not hold a population"):
        Population.from_netcdf(path)


def test_a_later_version_of_the_format_is_refused(population, tmp_path):
    path = tmp_path / "later.nc"
    population.counts.to_dataset(name="population").assign_attrs(schema_version=2).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(DataError, match="schema_version 2"):
        Population.from_netcdf(path)


def test_notebook_display_shows_millions(population):
    shown = population._repr_html_()
    assert "&lt;Population V1" in shown
    assert "2020" in shown
    assert "0.01" in shown  # 7,700 people


def test_plot_draws_the_world_or_the_areas_named(population):
    from matplotlib import pyplot as plt

    axes = population.plot()
    np.testing.assert_allclose(axes.lines[0].get_ydata(), population.series("WLD").values / 1e6)
    given_axes = plt.figure().subplots()
    assert population.plot(given_axes, areas=["AAA", "BBB"], sex="male", ages="5-11") is given_axes
    assert [line.get_label() for line in given_axes.lines] == ["AAA", "BBB"]
    assert "V1" in given_axes.get_title()
    plt.close("all")
