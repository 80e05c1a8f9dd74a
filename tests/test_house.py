"""The seams of the house: what is imported when, what is public and described, what must not be in the tree."""

from __future__ import annotations

import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from numpydoc.validate import validate

import target87

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = {
    "arviz",
    "jinja2",
    "matplotlib",
    "numba",
    "pandas",
    "pymc",
    "pytensor",
    "rich",
    "scipy.stats",
    "statsmodels",
    "xarray",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def public() -> Iterator[tuple[str, object]]:
    """Everything a user reaches as ``target87.x`` or ``target87.x.y``."""
    for name in target87.__all__:
        member = getattr(target87, name)
        yield f"target87.{name}", member
        if isinstance(member, ModuleType):
            for inner in getattr(member, "__all__", ()):
                yield f"target87.{name}.{inner}", getattr(member, inner)


def rules_for(member: object) -> set[str]:
    """The numpydoc rules a public name must keep."""
    chosen = set(PYPROJECT["tool"]["numpydoc_validation"]["checks"])
    if inspect.isroutine(member):
        return chosen
    if inspect.isclass(member) and not issubclass(member, BaseException):
        # Users get a result from a function, which holds the example; its fields may be listed as attributes.
        return chosen - {"EX01", "PR01"}
    return set()


def test_import_loads_nothing_heavy():
    done = run(sys.executable, "-c", "import sys, target87; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert "target87" in done.stdout.split()
    assert not HEAVY & set(done.stdout.split())


def test_imports_go_one_way():
    check = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = run(sys.executable, "-c", check, "--no-cache", "--no-logo")
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_names_resolve_and_have_docstrings():
    described = {name: member for name, member in public() if isinstance(member, ModuleType) or callable(member)}
    assert [name for name, member in described.items() if not inspect.getdoc(member)] == []


def test_no_module_takes_the_place_of_a_function():
    taken = []
    for name, package in public():
        if isinstance(package, ModuleType) and hasattr(package, "__path__"):
            functions = {one for one in dir(package) if not isinstance(getattr(package, one), ModuleType)}
            modules = {one.name for one in pkgutil.iter_modules(package.__path__)}
            taken += [f"{name}.{one}" for one in sorted(functions & modules)]
    assert taken == []


def test_type_checkers_see_every_public_name():
    source = (ROOT / "src/target87/__init__.py").read_text(encoding="utf-8")
    seen = set(re.findall(r"^    from [\w.]+ import \w+ as (\w+)$", source, flags=re.MULTILINE))
    assert seen == set(target87.__all__)


def test_docstrings_keep_the_chosen_rules():
    faults = [
        f"{name}: {code} {text}"
        for name, member in public()
        if (rules := rules_for(member))
        for code, text in validate(name)["errors"]
        if code in rules
    ]
    assert not faults, "\n".join(faults)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = target87.no_such_name


def test_version_is_written_once():
    assert target87.__version__ == version("target87") == PYPROJECT["project"]["version"]


def test_types_are_declared_to_users():
    assert (Path(inspect.getfile(target87)).parent / "py.typed").is_file()


def test_no_path_of_one_machine_is_in_the_tree():
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode != 0:
        pytest.skip("not a clone: git does not list the files")
    own_path = re.compile(rb"(?<![\w.])/(root|home|work)/")
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert "pyproject.toml" in names
    assert [name for name in names if own_path.search((ROOT / name).read_bytes())] == []
