"""Labels and missing codes that contradict one another: named in a note, and never let into a sum."""

from __future__ import annotations

import pandas as pd
import pytest

from target87.errors import InputError, UnknownNameError
from target87.io import Microdata, read
from target87.io.label_words import says_missing

HOURS = pd.DataFrame({"hours": [5, 97, 98, 98, 40]})


def test_a_code_labelled_missing_is_missing_though_the_file_does_not_declare_it():
    data = Microdata.from_dataframe(HOURS, value_labels={"hours": {98: "DK/Missing"}})
    assert data["hours"].sum() == 5 + 97 + 40
    assert data.missing_codes("hours") == (98,)
    assert len(data.notes) == 1
    for words in ("hours:", "not declared missing", "98 'DK/Missing'", "2 rows"):
        assert words in data.notes[0]


def test_the_caller_has_the_last_word():
    data = Microdata.from_dataframe(HOURS, value_labels={"hours": {98: "DK"}}).with_missing({"hours": ()})
    assert data["hours"].sum() == 5 + 97 + 98 + 98 + 40
    assert "with_missing says which codes are missing: none" in data.notes[-1]


def test_a_missing_code_labelled_as_an_amount_is_named():
    data = Microdata.from_dataframe(HOURS, value_labels={"hours": {97: "97 hours or more"}}, missing={"hours": (97,)})
    assert data["hours"].sum() == 5 + 98 + 98 + 40
    assert any("hours: 97 is declared missing but labelled '97 hours or more'" in note for note in data.notes)
    assert any("1 rows" in note for note in data.notes)


def test_two_codes_of_one_label_are_kept_apart():
    frame = pd.DataFrame({"place": [1, 2, 6, 9]})
    labels = {"place": {1: "urban", 2: "other", 6: "other ", 9: "rural"}}
    data = Microdata.from_dataframe(frame, value_labels=labels)
    assert list(data["place"]) == ["urban", "other [2]", "other [6]", "rural"]
    assert "place: codes 2, 6 have one label, 'other'" in data.notes[0]


def test_labels_for_values_of_another_type_are_named_and_not_used():
    frame = pd.DataFrame({"sex": [1, 2], "code": ["A", "B"]})
    data = Microdata.from_dataframe(frame, value_labels={"sex": {"1": "boy", 2: "girl"}, "code": {1: "one"}})
    assert data.value_labels("sex") == {2: "girl"}
    assert data.value_labels("code") == {}
    assert [note.split(":")[0] for note in data.notes] == ["sex", "code"]
    assert "'1' 'boy'" in data.notes[0]


def test_missing_codes_of_another_type_are_an_error():
    data = Microdata.from_dataframe(pd.DataFrame({"sex": [1, 2], "code": ["A", "B"]}))
    with pytest.raises(InputError, match=r"holds numbers(.|\n)*'sex'(.|\n)*'9'"):
        data.with_missing({"sex": ("9",)})
    with pytest.raises(InputError, match=r"holds text(.|\n)*'code'"):
        data.with_missing({"code": (9,)})
    with pytest.raises(UnknownNameError, match="did you mean 'sex'"):
        data.with_missing({"sexe": (9,)})


def test_labels_that_repeat_their_number_make_no_category():
    frame = pd.DataFrame({"age": [5, 6, 17, 99]})
    labels = {"age": {5: "5", 6: "6", 17: "17", 99: "missing"}}
    data = Microdata.from_dataframe(frame, value_labels=labels)
    assert data["age"].tolist()[:3] == [5, 6, 17]
    assert pd.isna(data["age"][3])


def test_missing_of_read_replaces_what_the_file_says(sav):
    data = read(sav, missing={"hours": (99,)})
    assert data.missing_codes("hours") == (99,)
    assert data["hours"].sum() == 12 + 98 + 97 + 3.5
    with pytest.raises(UnknownNameError, match="unknown column 'hour'"):
        read(sav, missing={"hour": (99,)})


@pytest.mark.parametrize(
    ("label", "missing"),
    [
        ("DK", True),
        ("98 - Don’t know", True),
        ("No response", True),
        ("Ne sait pas / Non réponse", True),
        ("NS/NR", True),
        ("não sabe", True),
        ("(99) Missing", True),
        ("no", False),
        ("No school", False),
        ("Refused entry", False),
        ("Other", False),
        ("97", False),
        ("", False),
        ("Unknown father", False),
    ],
)
def test_words_for_missing(label, missing):
    assert says_missing(label) is missing
