"""Definitions as data: thresholds of DEFINITIONS 1.2 to 1.4, copies with a change, files, what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from target87.errors import DataError, InputError, UnknownNameError
from target87.indicators import ChildLabourDefinition, child_labour, definition, definitions

NEVER = -1


class TestShipped:
    @pytest.mark.parametrize(
        ("name", "hours", "chores", "hazard"),
        [
            ("sdg_8_7_1_a", (1, 14, 43), (), False),
            ("sdg_8_7_1_b", (1, 14, 43), (21, 21, NEVER), False),
            ("mics6", (1, 14, 43), (21, 21, NEVER), False),
            ("mics6_with_hazard", (1, 14, 43), (21, 21, NEVER), True),
            ("mics5", (1, 14, 43), (28, 28, 43), True),
            ("ilo_global", (1, 14, 43), (), True),
        ],
    )
    def test_thresholds(self, name: str, hours: Any, chores: Any, hazard: bool):
        own = definition(name)
        assert own.bands == ((5, 11), (12, 14), (15, 17))
        assert (own.hours, own.chores_hours, own.hazard_counts) == (hours, chores, hazard)
        assert not own.strictly_above
        assert own.special_codes == (97, 98, 99)

    def test_hazardous_industries_are_mining_and_construction(self):
        own = definition("ilo_global")
        assert own.hazardous_industries_4 == (5, 6, 7, 8, 9, 41, 42, 43)
        assert own.hazardous_industries_3 == (10, 11, 12, 13, 14, 45)

    def test_employment(self):
        assert definition("children_in_employment").ages == (5, 17)
        assert definition("children_in_employment_7_14").ages == (7, 14)
        assert definition("children_in_employment").flag == "in_employment"

    def test_each_says_how_sure_it_is(self):
        for name in definitions()["name"]:
            own = definition(name)
            assert own.source
            assert own.basis
            assert {one.sure for one in own.basis} <= {"read", "recalled", "not seen"}
            text = str(own)
            assert all(one.rule in text for one in own.basis)

    def test_table(self):
        table = definitions().set_index("name")
        assert "28 h at 5-11" in table.loc["mics5", "counts"]
        assert "hazardous work" in table.loc["ilo_global", "counts"]
        assert "hazardous work" not in table.loc["mics6", "counts"]
        assert (table["source"] != "").all()

    def test_unknown_name(self):
        with pytest.raises(UnknownNameError, match="did you mean 'mics"):
            definition("mics7")


class TestCopies:
    def test_one_threshold_changed(self):
        own = definition("mics6").replace(chores_hours=(14, 21, NEVER))
        assert own.chores_hours == (14, 21, NEVER)
        assert definition("mics6").chores_hours == (21, 21, NEVER)
        assert "changed" in own.name
        assert "chores_hours" in own.text
        assert definition("mics6").replace(name="ours", hours=(1, 14, 40)).name == "ours"

    def test_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            definition("mics6").hours = (1, 1, 1)  # type: ignore[misc]

    def test_lists_become_tuples(self):
        assert definition("mics6").replace(hours=[1, 14, 40]).hours == (1, 14, 40)

    @pytest.mark.parametrize(
        ("age", "bands", "light"),
        [
            (14, ((5, 11), (12, 13), (14, 17)), (12, 13)),
            (15, ((5, 12), (13, 14), (15, 17)), (13, 14)),
            (16, ((5, 12), (13, 15), (16, 17)), (13, 15)),
        ],
    )
    def test_minimum_age(self, age: int, bands: Any, light: Any):
        own = definition("mics6").replace(minimum_age=age)
        assert (own.bands, own.light_ages) == (bands, light)
        assert own.chores_bands == ((5, 11), (12, 14), (15, 17))
        assert f"minimum_age = {age}" in own.name

    def test_light_work_from_another_age(self):
        assert definition("mics6").with_minimum_age(15, light_from=12).bands == ((5, 11), (12, 14), (15, 17))
        with pytest.raises(InputError, match="light work begins"):
            definition("mics6").with_minimum_age(15, light_from=15)

    @pytest.mark.parametrize("age", [13, 18, 14.5, True, "15"])
    def test_no_minimum_age(self, age: Any):
        with pytest.raises(InputError, match="minimum age"):
            definition("mics6").replace(minimum_age=age)

    def test_minimum_age_wants_three_bands(self):
        with pytest.raises(InputError, match="three bands"):
            definition("children_in_employment").replace(minimum_age=15)

    def test_other_ages(self):
        own = definition("children_in_employment").replace(ages=(7, 14), bands=((7, 14),))
        assert own.ages == definition("children_in_employment_7_14").ages

    def test_printed_whole(self):
        text = str(definition("ilo_global").replace(minimum_age=15, hazardous_occupations_08=["7112"]))
        for words in (
            *("minimum_age = 15", "1 h at 5-12, 14 h at 13-14, 43 h at 15-17", "or hazardous work"),
            *("ISIC Rev. 4 divisions 5, 6, 7, 8, 9, 41, 42, 43", "ISIC Rev. 3 divisions 10, 11, 12, 13, 14, 45"),
            *(
                "ISCO-08 7112",
                "night work",
                "at least 43 hours",
                "light work: ages 13-14, below 14 hours",
                "97, 98, 99",
            ),
            *("recalled", "not seen", "missing answers that would decide: error"),
        ):
            assert words in text
        assert "told apart" in str(definition("mics6"))
        assert "more than 1 h at 5-11" in definition("mics6").replace(strictly_above=True).text

    def test_the_missing_rule_is_used(self):
        data = pd.DataFrame({"age": [7, 7], "hours": [98, 1]})
        assert child_labour(data, missing_rule="omit")["child_labour"].isna().tolist() == [True, False]
        assert "child_labour_lower" in child_labour(data, "mics6", missing_rule="bounds", chores_hours=()).columns
        with pytest.raises(DataError, match="undecided"):
            child_labour(data)
        with pytest.raises(UnknownNameError, match="treatment of missing answers"):
            definition("mics6").replace(missing_rule="drop")


class TestRefused:
    @pytest.mark.parametrize(
        "change",
        [
            {"bands": ((5, 11), (13, 14), (15, 17))},
            {"bands": ((5, 11), (11, 14), (15, 17))},
            {"bands": ((5, 14), (15, 16))},
            {"bands": ((5, 11), (12, 14), (15,))},
            {"ages": (5, 18)},
            {"ages": (17, 5)},
            {"hours": (1, 14)},
            {"hours": (1, 14, 169)},
            {"hours": (0, 14, 43)},
            {"hours": (1, 14, "43")},
            {"hours": (1, 14, NEVER)},
            {"chores_hours": (21, 21)},
            {"chores_bands": ((5, 14), (15, 16))},
            {"long_hours": -3},
            {"light_hours": 0},
            {"light_ages": (14, 12)},
            {"water_and_firewood": "work"},
            {"yes": (1, 2)},
        ],
    )
    def test_what_does_not_fit(self, change: dict[str, Any]):
        with pytest.raises(InputError):
            definition("mics6").replace(**change)

    def test_a_field_that_is_none(self):
        with pytest.raises(UnknownNameError, match="did you mean 'chores_hours'"):
            definition("mics6").replace(chore_hours=(21, 21, NEVER))


class TestFiles:
    @pytest.mark.parametrize("name", definitions()["name"])
    def test_round_trip(self, name: str, tmp_path: Path):
        path = tmp_path / "own.toml"
        path.write_text(definition(name).to_toml(), encoding="utf-8")
        assert ChildLabourDefinition.from_toml(path) == definition(name)

    def test_a_copy_written_by_hand(self, tmp_path: Path):
        path = tmp_path / "national.toml"
        path.write_text(
            "[national]\ntitle = 'child labour by national law'\nbands = [[5, 13], [14, 17]]\nhours = [1, 36]\n"
            "source = 'Labour Code, article 5'\n",
            encoding="utf-8",
        )
        own = ChildLabourDefinition.from_toml(path)
        assert (own.name, own.bands, own.hours) == ("national", ((5, 13), (14, 17)), (1, 36))

    @pytest.mark.parametrize(
        ("text", "error", "words"),
        [
            ("[a]\ntitle = ", DataError, "no TOML"),
            ("", InputError, "one definition a file"),
            ("[a]\n[b]\n", InputError, "one definition a file"),
            ("[a]\ntitle = 'x'\n", DataError, "lacks fields"),
            ("[a]\ntitle = 'x'\nbands = [[5, 17]]\nhour = [1]\n", UnknownNameError, "did you mean 'hours'"),
            ("[a]\ntitle = 'x'\nbands = [[5, 17]]\nhours = 1\n", InputError, "hours"),
            ("[a]\ntitle = 'x'\nbands = [5, 17]\nhours = [1]\n", InputError, "age"),
            ("[a]\ntitle = 'x'\nbands = [[5, 17]]\nhours = [1]\nbasis = [{ rules = 'x' }]\n", DataError, "basis"),
        ],
    )
    def test_files_that_hold_none(self, text: str, error: Any, words: str, tmp_path: Path):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(error, match=words):
            ChildLabourDefinition.from_toml(path)

    def test_no_file(self, tmp_path: Path):
        with pytest.raises(InputError, match="cannot be read"):
            ChildLabourDefinition.from_toml(tmp_path / "none.toml")
