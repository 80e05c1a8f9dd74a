"""The README shows what a run says: the same words; numbers may differ in the last digit from machine to machine."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def maker():
    spec = importlib.util.spec_from_file_location("make_readme", ROOT / "docs" / "make_readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def words(text):
    return re.findall(r"[A-Za-z]{2,}", text)


def test_readme_shows_the_real_output():
    make = maker()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, text in make.answers().items():
        shown = re.search(rf"```text {name}\n(.*?)\n```", readme, flags=re.DOTALL)
        assert shown is not None, name
        assert words(shown.group(1)) == words(text)


def test_figure_is_there():
    make = maker()
    assert make.FIGURE.read_text(encoding="utf-8").startswith("<?xml")
