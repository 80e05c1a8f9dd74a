from __future__ import annotations

import pickle

import pytest

from target87 import errors
from target87.errors import DataError, InputError, OutputError, Target87Error, UnconvergedError, UnknownNameError


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (InputError, ValueError),
        (UnknownNameError, ValueError),
        (DataError, ValueError),
        (OutputError, OSError),
        (UnconvergedError, RuntimeError),
    ],
)
def test_every_error_is_also_the_builtin_that_fits(kind, builtin):
    error = kind("what is wrong")
    assert isinstance(error, Target87Error)
    assert isinstance(error, builtin)
    assert str(error) == "what is wrong"


def test_all_are_listed():
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, (Exception, Warning)) and value.__module__ == errors.__name__
    }
    assert defined == set(errors.__all__)


def test_fields_and_text():
    error = InputError(
        "the weights do not add up",
        where="weights",
        expected="above 0",
        got="-1",
        count=12345,
        examples=range(9),
        remedies=("drop them", "mend them"),
    )
    assert str(error).splitlines() == [
        "the weights do not add up",
        "  where: weights",
        "  expected: above 0",
        "  got: -1",
        "  how many: 12,345",
        "  first: 0; 1; 2; 3; 4",
        "  to mend it: drop them",
        "  to mend it: mend them",
    ]
    assert (error.where, error.count, error.examples) == ("weights", 12345, (0, 1, 2, 3, 4))


def test_nearest_names_are_offered():
    error = UnknownNameError.of("chld_labour", ["forced_labour", "child_labour"], kind="indicator", remedy="or ask")
    assert str(error).splitlines() == [
        "unknown indicator 'chld_labour'",
        "  to mend it: did you mean 'child_labour', 'forced_labour'?",
        "  to mend it: known: child_labour, forced_labour",
        "  to mend it: or ask",
    ]


def test_nothing_near_nothing_offered():
    error = UnknownNameError.of("xyz", ["child_labour"], kind="indicator")
    assert "did you mean" not in str(error)
    assert "known: child_labour" in str(error)


def test_case_does_not_hide_a_name():
    assert "did you mean 'Africa'" in str(UnknownNameError.of("AFRICA", ["Africa", "Asia"], kind="area"))


def test_an_error_goes_to_another_process_and_back():
    error = InputError("no", where="x", count=3, examples=(1, 2), remedies=("yes",))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert vars(again) == vars(error)
    assert str(again) == str(error)
