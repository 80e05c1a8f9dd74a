"""What cells are called, and which cell a name or some labels mean."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.errors import InputError, UnknownNameError
from target87.results.estimates import Estimates

REGIONS, SEXES = ("North", "South"), ("boy", "girl")


def made(cells: pd.DataFrame, **changes: object) -> Estimates:
    size = len(cells)
    given_ = {"lower": np.nan, "upper": np.nan, "df": 9, "n": 50, "n_effective": 40, "deff": 1.2, "interval": "t"}
    given_ |= {"level": 0.95, "estimand": "mean", "unit": "hours", "attributes": {"survey": "S", "source": "S"}}
    domains = [name for name in cells.columns if name not in ("variable", "category", "quantile")]
    return Estimates.build(
        cells,
        estimate=np.arange(1.0, size + 1),
        variance=np.arange(1.0, size + 1) ** 2,
        covariance=np.diag(np.arange(1.0, size + 1) ** 2),
        domain_columns=domains,
        **(given_ | changes),
    )


def crossed(*variables: str) -> Estimates:
    rows = [(region, sex, one) for one in variables for region in REGIONS for sex in SEXES]
    return made(pd.DataFrame(rows, columns=["region", "sex", "variable"]))


def value(estimates: Estimates) -> float:
    return float(estimates.data["estimate"].item())


# which cell is meant


def test_a_contrast_takes_labels_of_domains_alone():
    found = crossed("child_labour").contrast({"N": {("North", "boy"): 1, ("North", "girl"): -1}})
    assert (value(found), float(found.data["se"].item())) == (-1.0, pytest.approx(np.sqrt(5)))
    by_function = crossed("child_labour").contrast({"N": lambda e: e["North", "boy"] - e["North:girl"]})
    assert value(by_function) == -1.0


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (("North", "boy", "hours"), 4),
        (("North", "hours", "boy"), None),
        (("South", "girl", "child_labour"), 3),
        ("North:girl:hours", 5),
        ("girl:hours", None),
        (("North", "boy"), None),
        ("North", None),
        ("hours", None),
        (("West", "boy"), None),
    ],
)
def test_labels_must_tell_one_cell_apart(key, place):
    estimates = crossed("child_labour", "hours")
    if place is None:
        with pytest.raises(InputError):
            estimates[key]
    else:
        assert value(estimates[key]) == place + 1


def test_one_label_is_enough_where_it_names_one_cell():
    estimates = made(pd.DataFrame({"region": ["North", "South", "South"], "year": [2019, 2019, 2023], "variable": "y"}))
    assert value(estimates["North"]) == value(estimates[("North",)]) == 1.0
    assert value(estimates[(2023,)]) == value(estimates["2023"]) == value(estimates[("South", "2023")]) == 3.0
    assert value(estimates[2]) == 3.0, "a whole number alone is a position"
    with pytest.raises(InputError, match="no cell of this number"):
        estimates[2023]


def test_several_cells_are_refused_and_named():
    with pytest.raises(InputError, match="several cells") as caught:
        crossed("child_labour").contrast({"gap": {"North": 1, "South": -1}})
    assert not isinstance(caught.value, UnknownNameError)
    assert (caught.value.got, caught.value.count) == ("'North'", 2)
    assert caught.value.examples == ("North:boy", "North:girl")
    assert caught.value.remedies == ("say more of the labels (region, sex, variable)",)


def test_no_cell_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'North:boy'"):
        crossed("child_labour")["North:boys"]


def test_labels_in_another_order_are_another_cell():
    pairs = made(pd.DataFrame({"variable": ["a", "a", "b"], "category": ["a", "b", "b"]}))
    assert value(pairs[("a", "b")]) == 2.0
    with pytest.raises(UnknownNameError):
        pairs[("b", "a")]


labels = st.text("ab:", min_size=1, max_size=2)


@given(st.lists(st.tuples(labels, labels, labels), min_size=1, max_size=6, unique=True))
def test_a_key_means_the_only_cell_that_holds_it(rows):
    """Against writing out every choice of labels, in order, of every cell."""
    estimates = made(pd.DataFrame(rows, columns=["one", "two", "three"]).assign(variable="y"))
    full = [(*row, "y") for row in rows]
    for size in (1, 2, 3, 4):
        for places in combinations(range(4), size):
            for row in full:
                key = tuple(row[place] for place in places)
                holding = [k for k, other in enumerate(full) if key in combinations(other, size)]
                if len(holding) == 1:
                    assert value(estimates[key]) == holding[0] + 1
                elif key not in full:
                    with pytest.raises(InputError, match="several cells"):
                        estimates[key]


def test_select_takes_numbers_that_joining_made_text():
    years = made(pd.DataFrame({"year": [2016, 2021], "variable": "y"}))
    total = made(pd.DataFrame({"variable": ["y"]}), attributes={"survey": "T", "source": "T"})
    whole = Estimates.concat([years, total])
    assert whole.data["year"].values.tolist() == ["2016", "2021", "all"]
    assert value(whole.select(year=2021)) == value(whole.select(year=[2021, "2021"])) == 2.0
    assert value(whole[(2021,)]) == 2.0


# what cells are called


def test_parts_that_all_cells_share_are_dropped():
    ready = crossed("child_labour").to_observations(area="region", year=2023, source="MICS 2023", definition="ILO 2008")
    whole = Estimates.concat([ready])
    assert whole.names == ["North:boy", "North:girl", "South:boy", "South:girl"]
    assert value(whole["North:2023:MICS 2023:ILO 2008:girl"]) == 2.0, "the whole name still means the cell"
    assert value(whole["North", "girl"]) == 2.0
    axes = whole.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == whole.names


def test_a_source_stays_only_where_it_tells_cells_apart():
    def of(survey: str, year: int, source: str) -> Estimates:
        own = made(
            pd.DataFrame({"sex": ["boy", "girl"], "variable": "y"}), attributes={"survey": survey, "source": source}
        )
        return own.to_observations(area="ZMB", year=year, definition=f"of {year}")

    years = Estimates.concat([of("A", 2019, "MICS 2019"), of("B", 2023, "MICS 2023")])
    assert years.names == ["2019:boy", "2019:girl", "2023:boy", "2023:girl"]
    sources = Estimates.concat([of("A", 2019, "MICS"), of("B", 2019, "LFS")])
    assert sources.names == ["MICS:boy", "MICS:girl", "LFS:boy", "LFS:girl"]


def test_a_single_cell_keeps_its_domains():
    ready = crossed("y").to_observations(area="region", year=2023)
    assert ready[0].names == ["North:2023:boy"]
    assert made(pd.DataFrame({"variable": ["y"]})).names == ["y"]


def test_a_category_that_a_cell_does_not_have_is_passed_over():
    kinds = made(pd.DataFrame({"variable": "stype", "category": ["E", "H"]}))
    plain = made(pd.DataFrame({"variable": ["hours"]}), attributes={"survey": "T", "source": "T"})
    medians = made(pd.DataFrame({"variable": "pay", "quantile": [0.5]}), attributes={"survey": "Q", "source": "Q"})
    assert Estimates.concat([kinds, plain, medians]).names == ["stype:E", "stype:H", "hours", "pay:0.5"]
