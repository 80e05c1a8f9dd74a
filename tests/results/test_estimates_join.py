"""Joining estimates, and readying them for models over areas and years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag

from target87.errors import DataError, InputError
from target87.results.estimates import Estimates


def part(survey: str, size: int = 2, *, labels: str = "ab", covariance: bool = True, **changes: object) -> Estimates:
    root = np.arange(1.0, size * size + 1).reshape(size, size) / 10
    variance = root @ root.T + np.eye(size)
    cells = pd.DataFrame({"region": list(labels)[:size], "variable": "works"})
    cells = changes.pop("cells", cells)
    given_ = {"lower": np.nan, "upper": np.nan, "df": 9, "n": 50, "n_effective": 40, "deff": 1.2, "interval": "t"}
    given_ |= {"level": 0.95, "estimand": "mean", "unit": "hours", "domain_columns": ["region"]}
    given_ |= {"attributes": {"survey": survey, "source": survey, "history": [f"from {survey}"]}}
    return Estimates.build(
        cells,
        estimate=np.arange(1.0, size + 1),
        variance=np.diag(variance),
        covariance=variance if covariance else None,
        **(given_ | changes),
    )


def test_blocks_are_kept_and_surveys_are_independent():
    parts = [part("A"), part("B", 3, labels="cde"), part("C", 1, labels="f")]
    whole = Estimates.concat(parts)
    np.testing.assert_array_equal(whole.covariance(), block_diag(*(one.covariance() for one in parts)))
    assert whole.names == list("abcdef")
    assert whole.data["survey"].values.tolist() == list("AABBBC")
    for place, one in zip((slice(0, 2), slice(2, 5), slice(5, 6)), parts, strict=True):
        frame, own = whole[place].to_dataframe(), one.to_dataframe()
        frame.attrs = own.attrs = {}
        pd.testing.assert_frame_equal(frame, own)
    assert whole.attributes["history"] == ["from A", "from B", "from C", "joined 3 sets of estimates"]
    assert whole.attributes["source"] == "A; B; C"
    assert (whole.attributes["estimand"], whole.attributes["unit"]) == ("mean", "hours")


@settings(max_examples=25)  # each makes several sets of estimates
@given(st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_joining_in_one_go_or_step_by_step_is_the_same(sizes):
    letters = iter("abcdefghijklmno")
    parts = [part(f"S{i}", size, labels="".join(next(letters) for _ in range(size))) for i, size in enumerate(sizes)]
    whole = Estimates.concat(parts)
    steps = parts[0]
    for one in parts[1:]:
        steps = Estimates.concat([steps, one])
    np.testing.assert_array_equal(whole.covariance(), steps.covariance())
    assert whole.names == steps.names


def test_one_survey_in_two_parts_is_refused_with_the_ways_out():
    with pytest.raises(InputError, match="not known") as caught:
        Estimates.concat([part("A"), part("B", labels="cd"), part("A", labels="ef")])
    assert caught.value.examples == ("'A' in parts 0 and 2",)
    assert any("one call" in remedy for remedy in caught.value.remedies)


def test_one_survey_in_two_parts_taken_as_independent_or_left_unknown():
    parts = [part("A"), part("B", labels="cd"), part("A", labels="ef")]
    blocks = block_diag(*(one.covariance() for one in parts))
    np.testing.assert_array_equal(Estimates.concat(parts, same_survey="independent").covariance(), blocks)
    unknown = Estimates.concat(parts, same_survey="unknown")
    with pytest.raises(DataError, match="not computed") as caught:
        unknown.covariance()
    assert caught.value.count == 4
    found = unknown.covariance(unknown="missing").to_numpy()
    assert np.isnan(found[:2, 4:]).all()
    assert np.isnan(found[4:, :2]).all()
    np.testing.assert_array_equal(found[2:4], blocks[2:4])
    with pytest.raises(InputError, match="same_survey must be"):
        Estimates.concat(parts, same_survey="guess")


def test_estimates_whose_survey_is_not_named_count_as_one():
    nameless = [part("A", attributes={}), part("A", attributes={}, labels="cd")]
    with pytest.raises(InputError, match="survey not named"):
        Estimates.concat(nameless)


@pytest.mark.parametrize("covariance", [True, False])
def test_a_survey_without_a_name_may_be_that_of_another_part(covariance):
    parts = [
        part("A", attributes={}, covariance=covariance),
        part("B", labels="cd", covariance=covariance),
        part("unnamed survey of 20 rows", labels="ef", covariance=covariance),
    ]
    for some in (parts, parts[:2], parts[1:], parts[::2]):
        with pytest.raises(InputError, match="cannot be told") as caught:
            Estimates.concat(some)
        assert caught.value.remedies[0].startswith("name the surveys (survey=)")
        assert any("same_survey='independent'" in remedy for remedy in caught.value.remedies)
    unknown = Estimates.concat(parts, same_survey="unknown")
    found = np.isnan(unknown.covariance(unknown="missing").to_numpy())
    blocks = block_diag(*(np.ones((2, 2), dtype=bool),) * 3)
    assert found[~blocks.astype(bool)].all()
    assert not unknown.has_covariance
    with pytest.raises(DataError, match="not computed"):
        unknown.draws(2, rng=1)
    single = [one[0] for one in parts]
    with pytest.raises(DataError, match="not computed"):
        Estimates.concat(single, same_survey="unknown").draws(2, rng=1)
    if covariance:
        whole = Estimates.concat(parts, same_survey="independent").covariance().to_numpy()
        np.testing.assert_array_equal(whole, block_diag(*(one.covariance() for one in parts)))


def test_covariance_that_a_part_lacks_stays_unknown():
    mixed = Estimates.concat([part("A", covariance=False), part("B", labels="cd")])
    assert not mixed.has_covariance
    found = mixed.covariance(unknown="missing").to_numpy()
    assert np.isnan(found[0, 1])
    np.testing.assert_array_equal(found[:2, 2:], 0.0)
    np.testing.assert_array_equal(found[2:, 2:], part("B").covariance())
    single = Estimates.concat([part("A", 1, covariance=False), part("B", 1, labels="c", covariance=False)])
    assert "covariance" not in single.data, "nothing to hold: surveys alone say it"
    assert single.has_covariance
    assert single.covariance().iloc[0, 1] == 0.0


def test_a_column_that_a_part_lacks_reads_all():
    total = part("A", 1, cells=pd.DataFrame({"variable": ["works"]}), domain_columns=[])
    years = part("B", cells=pd.DataFrame({"year": [2016, 2021], "variable": "works"}), domain_columns=["year"])
    whole = Estimates.concat([total, part("C"), years])
    assert whole.data["region"].values.tolist() == ["all", "a", "b", "all", "all"]
    assert whole.data["year"].values.tolist() == ["all", "all", "all", "2016", "2021"]
    numbers = Estimates.concat(
        [years, part("D", cells=pd.DataFrame({"year": [2016.5, 2017.5], "variable": "works"}), domain_columns=["year"])]
    )
    assert numbers.data["year"].values.tolist() == [2016, 2021, 2016.5, 2017.5]
    kinds = pd.DataFrame({"region": ["a", "b"], "variable": "works", "category": ["x", "y"]})
    assert Estimates.concat([part("A"), part("B", cells=kinds)]).data["category"].values.tolist() == ["", "", "x", "y"]
    medians = kinds.drop(columns="category").assign(quantile=0.5)
    found = Estimates.concat([part("A"), part("B", cells=medians)]).data["quantile"].values
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0.5, 0.5])


def test_the_same_cell_of_two_surveys_is_told_apart_by_the_survey():
    whole = Estimates.concat([part("A"), part("B")])
    assert whole.names == ["a:A", "b:A", "a:B", "b:B"]
    assert whole.covariance().index.names == ["region", "variable", "survey"]
    gap = whole.contrast({"a": {"a:A": 1, ("a", "works", "B"): -1}})
    assert gap.data["estimate"].item() == 0.0


def test_what_the_parts_say_differently_is_kept():
    whole = Estimates.concat([part("A", interval="logit"), part("B", labels="cd", estimand="total")])
    attributes = whole.attributes
    assert (attributes["interval"], attributes["estimand"]) == ("mixed", "mixed")
    assert [one["interval"] for one in attributes["parts"]] == ["logit", "t"]
    with pytest.raises(InputError, match="several kinds"):
        whole.with_rule()


@pytest.mark.parametrize(("name", "other"), [("unit", "days"), ("level", 0.9)])
def test_units_and_levels_are_not_mixed(name, other):
    with pytest.raises(InputError, match=f"differ in {name}") as caught:
        Estimates.concat([part("A"), part("B", labels="cd", **{name: other})])
    assert caught.value.where == name


def test_only_estimates_can_be_joined():
    with pytest.raises(InputError, match="a list of Estimates"):
        Estimates.concat([])
    with pytest.raises(InputError) as caught:
        Estimates.concat([part("A"), pd.DataFrame()])
    assert caught.value.got == "DataFrame"


# observations


def test_labels_for_all_cells():
    ready = part("A").to_observations(area="BGD", year=2019, source="MICS", definition="ILO")
    frame = ready.to_dataframe()
    assert list(frame.columns[:6]) == ["area", "year", "source", "definition", "region", "variable"]
    assert frame[["area", "year", "source", "definition"]].drop_duplicates().values.tolist() == [
        ["BGD", 2019, "MICS", "ILO"]
    ]
    assert ready.data["year"].dtype == np.int64
    np.testing.assert_array_equal(ready.covariance(), part("A").covariance())


def test_a_column_is_taken_and_called_so():
    cells = pd.DataFrame({"region": ["a", "b"], "survey_year": ["2016", "2021"], "variable": "works"})
    ready = part("A", cells=cells, domain_columns=["region", "survey_year"]).to_observations(
        area="region", year="survey_year"
    )
    assert list(ready.to_dataframe().columns[:5]) == ["area", "year", "source", "definition", "variable"]
    assert ready.data["area"].values.tolist() == ["a", "b"]
    assert ready.data["year"].values.tolist() == [2016, 2021]
    assert set(ready.data["source"].values) == {"A"}, "the estimates' own"
    assert set(ready.data["definition"].values) == {"not stated"}


def test_one_label_a_cell():
    ready = part("A").to_observations(area=["X", "Y"], year=[2016.5, 2019])
    assert ready.data["area"].values.tolist() == ["X", "Y"]
    assert ready.data["year"].values.tolist() == [2016.5, 2019.0]


def test_observations_of_countries_join():
    parts = [part(f"S{year}", 1).to_observations(area="BGD", year=year) for year in (2013, 2019, 2022)]
    whole = Estimates.concat(parts)
    assert whole.data["year"].values.tolist() == [2013, 2019, 2022]
    np.testing.assert_allclose(whole.covariance(), np.diag(whole.to_dataframe()["se"] ** 2), rtol=1e-15)
    with pytest.raises(InputError, match="some are not") as caught:
        Estimates.concat([*parts, part("B", 1)])
    assert caught.value.examples == ("part 3",)
    again = whole.to_observations(area="area", year="year", source="source", definition="definition")
    assert again.names == whole.names


@pytest.mark.parametrize(
    ("given_", "kind", "where"),
    [
        ({"area": "regions", "year": 2019}, InputError, "area"),
        ({"area": "Region", "year": 2019}, InputError, "area"),
        ({"area": ["X"], "year": 2019}, InputError, "area"),
        ({"area": None, "year": 2019}, InputError, "area"),
        ({"area": "X", "year": "region"}, DataError, "year"),
        ({"area": "X", "year": 19}, DataError, "year"),
        ({"area": "X", "year": np.nan}, DataError, "column year"),
    ],
)
def test_slips_are_refused(given_, kind, where):
    with pytest.raises(kind) as caught:
        part("A").to_observations(**given_)
    assert caught.value.where == where


def test_a_column_is_not_hidden_nor_a_source_missing():
    cells = pd.DataFrame({"area": ["a", "b"], "variable": "works"})
    own = part("A", cells=cells, domain_columns=["area"])
    with pytest.raises(InputError, match="column of this name already") as caught:
        own.to_observations(area="BGD", year=2019)
    assert caught.value.remedies == ("pass area='area' to take it",)
    assert own.to_observations(area="area", year=2019).data["area"].values.tolist() == ["a", "b"]
    with pytest.raises(InputError, match="need their source"):
        part("A", attributes={"survey": "A"}).to_observations(area="X", year=2019)
