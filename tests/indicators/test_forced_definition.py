"""The definition of forced labour as data: its content, its TOML, its changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators.forced_definition import ForcedForm, ForcedLabourDefinition
from target87.indicators.forced_spells import forced_labour

ICLS = ForcedLabourDefinition.of("icls_20")


def test_holds_what_the_guidelines_name():
    # DEFINITIONS 3.1; elements and circumstances as the guidelines of the 20th ICLS list them
    involuntary = {form.name for form in ICLS.forms_of("involuntary")}
    coercion = {form.name for form in ICLS.forms_of("coercion")}
    assert {"unfree_recruitment", "different_job", "forced_overtime", "low_pay", "cannot_leave"} <= involuntary
    assert {"violence", "threats", "confinement", "debt", "withheld_documents", "threat_of_deportation"} <= coercion
    assert ICLS.reference_years == 5
    assert all(form.means and form.sure for form in ICLS.forms)
    assert all(one.source and one.sure for one in ICLS.basis)


def test_toml_there_and_back(tmp_path: Path):
    changed = ICLS.replace(reference_years=0.5, child_adult_test=False, title='a "title"\nof two lines – ö')
    for definition in (ICLS, changed):
        path = tmp_path / "definition.toml"
        path.write_text(definition.to_toml(), encoding="utf-8")
        assert ForcedLabourDefinition.from_toml(path) == definition


@given(st.text(max_size=20), st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=3))
def test_toml_holds_any_text(text: str, codes: list[int]):
    import tomllib

    definition = ICLS.replace(name=f"x{text}", source=text, no_answer=tuple(100 + code for code in codes))
    read = tomllib.loads(definition.to_toml())
    assert next(iter(read)) == f"x{text}"
    assert read[f"x{text}"]["source"] == text
    assert read[f"x{text}"]["no_answer"] == [100 + code for code in codes]


def test_print_says_the_rules_and_how_sure_they_are():
    said = str(ICLS)
    for words in ("different_job: had to do a job of another nature", "[recalled]", "debt bondage by", "5 years"):
        assert words in said


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "field": ({"years": 5}, UnknownNameError, "field of the definition"),
    "window": ({"reference_years": 0}, InputError, "number of years"),
    "role": ({"forms": (ForcedForm("x", "threat"),)}, UnknownNameError, "role of form 'x'"),  # type: ignore[arg-type]
    "one role": ({"forms": (ForcedForm("x", "coercion"),)}, InputError, "'involuntary'"),
    "twice": ({"forms": (*ICLS.forms, ICLS.forms[0])}, InputError, "twice"),
    "codes": ({"yes": (1, 2)}, InputError, "twice"),
    "type": ({"types": ("private",)}, UnknownNameError, "private_labour"),
    "age": ({"child_below": -1}, InputError, "age in years"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_definitions(case: str):
    changes, error, match = BAD[case]
    with pytest.raises(error, match=match):
        ICLS.replace(**changes)


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("[a", DataError, "no TOML"),
        ("[a]\n[b]", InputError, "one definition a file is wanted"),
        ("[a]\nyears = 5", UnknownNameError, "field of the definition 'a'"),
        ("[a]\n[[a.forms]]\nkind = 'x'", DataError, "others than it takes"),
    ],
)
def test_bad_files(text: str, error: type[Exception], match: str, tmp_path: Path):
    path = tmp_path / "definition.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=match):
        ForcedLabourDefinition.from_toml(path)
    with pytest.raises(InputError, match="cannot be read"):
        ForcedLabourDefinition.from_toml(tmp_path / "none.toml")


CHILD = pd.DataFrame(
    {
        "person": [1, 2, 3, 4],
        "low_pay": ["yes", "no", "no", "no"],
        "threats": ["yes", "no", "no", "no"],
        "third_party": ["no", "yes", "no", "no"],
        "parents_forced": ["no", "no", "yes", "no"],
        "type": [*["private_labour"] * 3, "sexual_exploitation"],
        "age": [12, 12, 12, 12],
    }
)
RULES = ["child_adult_test", "child_third_party_coercion", "child_parents_forced", "child_sexual_exploitation"]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_for_children_decides_its_own_child(rule: str):
    assert forced_labour(CHILD)["forced_labour"].tolist() == [True] * 4
    without = forced_labour(CHILD, definition=ICLS.replace(**{rule: False}))["forced_labour"]
    assert without.tolist() == [one != rule for one in RULES]
    adults = forced_labour(CHILD, definition=ICLS.replace(child_below=12))["forced_labour"]
    assert adults.tolist() == [True, False, False, False]


def test_age_not_known_matters_only_where_a_rule_for_children_decides():
    found = forced_labour(CHILD.drop(columns="age"), missing="omit")
    assert found["forced_labour"].isna().tolist() == [False, True, True, True]
    strict = forced_labour(CHILD.drop(columns="age"), missing="omit", definition=ICLS.replace(child_adult_test=False))
    assert strict["forced_labour"].isna().all()
