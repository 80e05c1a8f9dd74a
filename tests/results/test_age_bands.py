"""Age groups made up of bands, against a search of all subsets."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.errors import InputError
from target87.results.age_bands import bounds, cover, span


def ages_in(band: str) -> set[int]:
    first, last = band.split("-")
    return set(range(int(first), int(last) + 1))


def covers(ages: str, bands: list[str]) -> list[set[str]]:
    """All sets of bands that hold each age once and no other."""
    wanted = ages_in(ages)
    found = []
    for size in range(1, len(bands) + 1):
        for some in combinations(bands, size):
            held = [age for band in some for age in ages_in(band)]
            if len(held) == len(set(held)) and set(held) == wanted:
                found.append(set(some))
    return found


band = st.tuples(st.integers(0, 8), st.integers(0, 4)).map(lambda pair: f"{pair[0]}-{pair[0] + pair[1]}")


@given(ages=band, bands=st.lists(band, min_size=1, max_size=7, unique=True))
def test_cover_finds_bands_exactly_when_there_are_some(ages, bands):
    possible = covers(ages, bands)
    if possible:
        assert set(cover(ages, bands)) in possible
    else:
        with pytest.raises(InputError, match="does not have the ages"):
            cover(ages, bands)


def test_the_group_itself_comes_first():
    assert cover("5-17", ["5-11", "12-17", "5-17"]) == ["5-17"]


def test_open_ended_ages():
    assert cover("all", ["0-17", "18+"]) == ["0-17", "18+"]
    assert cover("15+", ["15-17", "18+"]) == ["15-17", "18+"]
    with pytest.raises(InputError, match="made up of all"):
        cover("5-17", ["all"])


@pytest.mark.parametrize("ages", ["children", "5 to 17", "17-5", "", "5-", 5, None])
def test_no_age_group(ages):
    with pytest.raises(InputError, match="age group"):
        bounds(ages)


def test_span_names_what_is_contiguous():
    assert span(["12-14", "5-11", "15-17"]) == "5-17"
    assert span(["all"]) == "all"
    assert span(["5-11", "15-17"]) == "5-11, 15-17"
