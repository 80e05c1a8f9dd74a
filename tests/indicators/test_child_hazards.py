"""Industries and occupations: codes of one version of ISIC and ISCO, and what is hazardous among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from target87.errors import DataError, InputError
from target87.indicators import child_labour, definition
from target87.indicators.child_hazards import ONLY_ISCO_08, ONLY_ISCO_88, ONLY_ISIC_3, ONLY_ISIC_4, industry_sector


def minor_groups(text: str) -> list[str]:
    """Minor groups by their first two digits: "1112" stands for 111 and 112."""
    return [word[:2] + digit for word in text.split() for digit in word[2:]]


# minor groups of ISCO and divisions of ISIC, apart from the library: those of ISCO-88, ISIC Rev. 3.1 and Rev. 4 as in
# public label files of surveys, those of ISCO-08 recalled
ISCO_08 = minor_groups(
    "011 021 031 1112 1212 131234 14123 21123456 22123456 2312345 24123 2512 2612345 3112345 3212345 3312345 "
    "34123 3512 41123 4212 4312 441 51123456 521234 5312 541 61123 6212 631234 71123 72123 7312 7412 751234 "
    "8112345678 821 8312345 9112 921 93123 941 9512 9612"
)
ISCO_88 = minor_groups(
    "011 111234 12123 131 211234 22123 2312345 241234567 3112345 321234 331234 3412345678 4112349 4212 "
    "51123456 52123 6112345 621 711234 721234 731234 741234 811234567 82123456789 831234 91123456 921 93123"
)
ISIC_4 = [*range(1, 4), *range(5, 10), *range(10, 34), *range(35, 40), *range(41, 44), *range(45, 48), *range(49, 54)]
ISIC_4 += [55, 56, *range(58, 64), 64, 65, 66, 68, *range(69, 76), *range(77, 83), 84, 85, 86, 87, 88, *range(90, 100)]
ISIC_3 = [1, 2, 5, *range(10, 15), *range(15, 38), 40, 41, 45, 50, 51, 52, 55, *range(60, 65), 65, 66, 67]
ISIC_3 += [*range(70, 75), 75, 80, 85, *range(90, 94), 95, 96, 97, 99]

OWN = definition("ilo_global").replace(hazardous_occupations_08=("7112", "93"), hazardous_occupations_88=("7122",))


def hazardous(column: str, codes: list[Any], **options: Any) -> list[bool]:
    data = pd.DataFrame({"age": 16, "hours": 3, column: codes})
    flags = child_labour(data, options.pop("own", OWN), missing="omit", **options)
    return [None if pd.isna(value) else bool(value) for value in flags["hazardous"]]  # type: ignore[misc]


class TestVersionsAreTold:
    def test_marks_of_isco(self):
        for mark in ONLY_ISCO_08:
            assert any(code.startswith(mark) for code in ISCO_08), mark
            assert not any(code.startswith(mark) for code in ISCO_88), mark
        for mark in ONLY_ISCO_88:
            assert mark in ISCO_88, mark
            assert mark not in ISCO_08, mark

    def test_marks_of_isic(self):
        assert {int(mark) for mark in ONLY_ISIC_4} <= set(ISIC_4) - set(ISIC_3)
        assert {int(mark) for mark in ONLY_ISIC_3} <= set(ISIC_3) - set(ISIC_4)

    def test_every_code_of_a_version_goes_with_it(self):
        for version, groups in (("08", ISCO_08), ("88", ISCO_88)):
            said = hazardous("occupation", [f"{group}2" for group in groups])
            wanted = ("7112", "93") if version == "08" else ("7122",)
            assert said == [f"{group}2".startswith(wanted) for group in groups]

    @pytest.mark.parametrize(("revision", "divisions"), [("4", ISIC_4), ("3", ISIC_3)])
    def test_every_industry_of_a_revision_goes_with_it(self, revision: str, divisions: list[int]):
        mining = {"4": range(5, 10), "3": range(10, 15)}[revision]
        building = {"4": (41, 42, 43), "3": (45,)}[revision]
        assert hazardous("industry", divisions) == [one in mining or one in building for one in divisions]

    @pytest.mark.parametrize(
        ("column", "codes"),
        [("occupation", ["6310", "7432", "9111"]), ("industry", ["43", "40", "01"])],
    )
    def test_mixed_versions(self, column: str, codes: list[str]):
        with pytest.raises(DataError, match="mix versions") as caught:
            hazardous(column, codes)
        assert caught.value.where == f"column {column!r}"
        assert caught.value.count == 1

    def test_stated_version_against_the_codes(self):
        with pytest.raises(DataError, match="not of ISCO-88"):
            hazardous("occupation", ["6310"], isco="88")
        with pytest.raises(DataError, match=r"not of ISIC Rev\. 3"):
            hazardous("industry", ["43"], isic="3")
        with pytest.raises(InputError, match="isco is one of"):
            hazardous("occupation", ["7112"], isco="2008")

    def test_where_it_cannot_be_told_and_matters(self):
        # 7122: floor layers and tile setters in ISCO-08, bricklayers in ISCO-88
        with pytest.raises(InputError, match="ISCO-08 or ISCO-88, and it matters"):
            hazardous("occupation", ["7122"])
        assert hazardous("occupation", ["7122"], isco="88") == [True]
        assert hazardous("occupation", ["7122"], isco="08") == [False]
        # 10 and 45: food and motor trade in Rev. 4, coal and construction in Rev. 3
        with pytest.raises(InputError, match=r"ISIC Rev\. 4 or ISIC Rev. 3"):
            hazardous("industry", ["10", "45"])
        assert hazardous("industry", ["10", "45"], isic="3") == [True, True]
        assert hazardous("industry", ["10", "45"], isic="4") == [False, False]

    def test_where_it_does_not_matter(self):
        assert hazardous("industry", ["01", "20", "52"]) == [False] * 3
        assert hazardous("occupation", ["2111", "1110"]) == [False] * 2

    def test_no_list_for_the_version_is_no_all_clear(self):
        own = definition("ilo_global").replace(hazardous_occupations_88=("7122",))
        with pytest.raises(InputError, match="lists nothing hazardous for it"):
            hazardous("occupation", ["9411"], own=own)


class TestCodes:
    def test_as_numbers_or_text_of_any_length(self):
        for codes in (["0510", "4100", "0111", "4711"], [510, 4100, 111, 4711], [510.0, 4100.0, 111.0, 4711.0]):
            assert hazardous("industry", codes) == [True, True, False, False]
        assert hazardous("industry", [8, 43, 1, 47]) == [True, True, False, False]
        assert hazardous("industry", ["8", "43", "1", "47"]) == [True, True, False, False]

    def test_text_that_lost_its_zeros_is_refused(self):
        # 810 would be division 81, services to buildings, and is 0810, quarrying
        with pytest.raises(DataError, match="may have lost a zero") as caught:
            hazardous("industry", ["4100", "810", "4711"])
        assert (caught.value.count, caught.value.examples) == (1, ("row 1: '810'",))
        assert hazardous("industry", ["810", "410"]) == [False, True]  # groups of three digits alone

    def test_letters_of_sections(self):
        assert hazardous("industry", ["B", "F", "A", "S"]) == [True, True, False, False]
        assert hazardous("industry", ["c", "f", "b"], isic="3") == [True, True, False]
        with pytest.raises(InputError, match="it matters which"):
            hazardous("industry", ["C", "F"])

    def test_missing_is_not_safe(self):
        assert hazardous("industry", ["43", None]) == [True, None]

    @pytest.mark.parametrize("code", ["mine", 47110, "4-1", 1.5])
    def test_no_codes(self, code: Any):
        with pytest.raises(DataError, match="no codes of the classification") as caught:
            hazardous("industry", ["43", code])
        assert caught.value.examples[0].startswith("row 1")


class TestSectors:
    @pytest.mark.parametrize(
        ("revision", "expected"),
        [
            ("4", {1: 0, 3: 0, 5: 1, 10: 1, 33: 1, 39: 1, 43: 1, 45: 2, 47: 2, 99: 2}),
            ("3", {1: 0, 2: 0, 5: 0, 10: 1, 37: 1, 41: 1, 45: 1, 50: 2, 99: 2}),
        ],
    )
    def test_of_divisions(self, revision: str, expected: dict[int, int]):
        places, names = industry_sector(pd.Series([*map(float, expected), np.nan]), "industry", revision)
        assert names == ("agriculture", "industry", "services")
        assert places.tolist() == [*expected.values(), -1]

    def test_of_sections(self):
        places, _ = industry_sector(pd.Series(["A", "B", "F", "G", "U"]), "industry", "4")
        assert places.tolist() == [0, 1, 1, 2, 2]
        places, _ = industry_sector(pd.Series(["A", "B", "C", "F", "G"]), "industry", "3")
        assert places.tolist() == [0, 0, 1, 1, 2]

    def test_of_no_stated_revision(self):
        assert industry_sector(pd.Series(["01", "20", "52"]), "industry", None)[0].tolist() == [0, 1, 2]
        with pytest.raises(InputError, match="it matters which"):
            industry_sector(pd.Series(["05"]), "industry", None)
