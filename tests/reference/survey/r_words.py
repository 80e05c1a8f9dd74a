"""R's words in Python: calls as data, and the conditions and expressions that occur in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Call:
    """An R call: its function, its arguments by position and by name, as text."""

    function: str
    arguments: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> Call:
    """Read one R call; arguments are left as text."""
    function, rest = text.strip().split("(", 1)
    arguments, options = [], {}
    for part in split(rest[: rest.rindex(")")]):
        named = re.fullmatch(r"([A-Za-z][\w.]*)\s*=(?!=)\s*(.*)", part, flags=re.DOTALL)
        if named:
            options[named[1]] = named[2]
        else:
            arguments.append(part)
    return Call(function, tuple(arguments), options)


def split(text: str) -> list[str]:
    """Split at the commas outside parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0 and not quoted:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def terms(formula: str) -> list[str]:
    """Variables of a one-sided formula."""
    return [term.strip() for term in formula.removeprefix("~").split("+")]


def vector(text: str) -> list[float]:
    """Numbers of R's ``c(...)``, or the one number."""
    return [float(one) for one in text.removeprefix("c(").removesuffix(")").split(",")]


def unquoted(text: str) -> str:
    """Text without R's quotes."""
    return text.strip("'")


CONDITIONS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "sch.wide=='Yes' & meals>40": lambda rows: (rows["sch.wide"] == "Yes") & (rows["meals"] > 40),
    "comp.imp=='Yes'": lambda rows: rows["comp.imp"] == "Yes",
    "stype=='H'": lambda rows: rows["stype"] == "H",
    "meals>40": lambda rows: rows["meals"] > 40,
    "sch.wide=='Yes'": lambda rows: rows["sch.wide"] == "Yes",
    "ell==0": lambda rows: rows["ell"] == 0,
    "api00>870": lambda rows: rows["api00"] > 870,
}

EXPRESSIONS: dict[str, Callable[[Any], Any]] = {
    "api00/api99": lambda cells: cells["api00"] / cells["api99"],
    "log(api00)-log(api99)": lambda cells: np.log(cells["api00"]) - np.log(cells["api99"]),
    "exp(api00/1000)*api99": lambda cells: np.exp(cells["api00"] / 1000) * cells["api99"],
    "yn/nn": lambda cells: cells["yn"] / cells["nn"],
    "yy/ny": lambda cells: cells["yy"] / cells["ny"],
    "alive/arrests": lambda cells: cells["alive"] / cells["arrests"],
}

DERIVED: dict[str, Callable[[pd.DataFrame], Any]] = {
    "api00*(comp.imp=='No')": lambda rows: rows["api00"] * (rows["comp.imp"] == "No"),
    "api00*(comp.imp=='Yes')": lambda rows: rows["api00"] * (rows["comp.imp"] == "Yes"),
    "1*(comp.imp=='No')": lambda rows: 1.0 * (rows["comp.imp"] == "No"),
    "1*(comp.imp=='Yes')": lambda rows: 1.0 * (rows["comp.imp"] == "Yes"),
}


def interaction(term: str, design: Any) -> pd.Categorical:
    """R's crossing of two factors: the first varies fastest."""
    first, second = (design.data[name].astype("category") for name in parse(term).arguments)
    levels = [f"{a}.{b}" for b in second.cat.categories for a in first.cat.categories]
    return pd.Categorical(first.astype(str) + "." + second.astype(str), categories=levels)
