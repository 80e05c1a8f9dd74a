"""``Estimates`` in words and figures: the line and the table that are shown of them, and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.results.estimates_names import label_columns, naming_columns

if TYPE_CHECKING:
    import xarray as xr

type _Array = NDArray[np.float64]

MISSING = "–"
_DIGITS = 4
_LARGE, _SMALL = 1e12, 1e-6
"""Numbers from the first on, and below the second, are written with an exponent."""
_MOST, _HEAD = 30, 20
"""Rows that are shown whole, and how many of a longer table."""
_LIMITS = ("estimate", "ci_lower", "ci_upper")
_SHOWN = (*_LIMITS[:1], "se", *_LIMITS[1:], "n", "deff")


def number(value: float, decimals: int | None = None) -> str:
    """A number in four digits, or with so many decimals; thousands are set apart.

    Examples
    --------
    >>> number(1062240.3), number(0.23114), number(float("nan")), number(3e15)
    ('1,062,240', '0.2311', '–', '3e+15')
    """
    if math.isnan(value):
        return MISSING
    size = abs(value)
    if math.isinf(value) or size >= _LARGE or 0.0 < size < _SMALL:
        return f"{value:.{_DIGITS}g}"
    if decimals is None:
        decimals = 0 if size % 1 == 0 else _decimals(size)
    return f"{value + 0.0:,.{decimals}f}"


def headline(data: xr.Dataset, *, known: bool) -> str:
    """One line: of what, how many cells, intervals, whether the covariance is known, source."""
    attrs, size = data.attrs, data.sizes["cell"]
    domains = ", ".join(attrs["domain_columns"])
    return (
        f"Estimates of {attrs['estimand']}: {size:,} cell{'s' if size != 1 else ''}"
        f"{f' by {domains}' if domains else ''}; {100 * attrs['level']:g} % intervals ({attrs['interval']}); "
        f"covariance {'known' if known else 'not known'}{f'; {attrs["source"]}' if attrs.get('source') else ''}"
    )


def described(data: xr.Dataset, *, known: bool) -> str:
    """The line, what holds for all cells, the table (its head if it is long), the rule of quality, and the design."""
    size = data.sizes["cell"]
    rows = size if size <= _MOST else _HEAD
    naming = naming_columns(data)
    columns = label_columns(data)
    apart = [name for name in columns if name in naming or np.unique(data[name].values).size > 1]
    common = [f"{name} {data[name].values[0]}" for name in columns if name not in apart]
    lines = [headline(data, known=known), f"unit: {data.attrs['unit']}"]
    lines += [f"all cells: {', '.join(common)}"] if common else []
    numbers = {name: column[:rows] for name, column in written(data).items() if name in _SHOWN}
    if not np.isfinite(data["deff"].values).any():
        del numbers["deff"]
    labels = {name: list(map(str, data[name].values[:rows])) for name in apart}
    labels_after = {"quality": data["quality"].values[:rows].tolist()}
    lines += ["", *_table(labels, numbers, labels_after)]
    lines += [f"… {size - rows:,} more cells: to_dataframe() has all"] if size > rows else []
    rule = data.attrs.get("rule")
    quality = f"{rule['name']}; quality_reasons() says why" if rule else "no publication rule"
    return "\n".join([*lines, "", f"quality: {quality}", *_designs(data.attrs)])


def written(data: xr.Dataset) -> dict[str, list[str]]:
    """All numbers as text, by column; those of one variable with the same decimals."""
    variables = data["variable"].values
    groups = [np.flatnonzero(variables == one) for one in dict.fromkeys(variables.tolist())]
    made: dict[str, list[str]] = {}
    for name in ("estimate", "se", "cv", "ci_lower", "ci_upper", "df", "n", "n_effective", "deff"):
        values = data[name].values
        text = [""] * values.size
        for group in groups:
            shared = data["estimate"].values[group] if name in _LIMITS else values[group]
            for place, one in zip(group, _alike(values[group], shared), strict=True):
                text[place] = one
        made[name] = text
    return made


def _alike(values: _Array, shared: _Array) -> list[str]:
    """Numbers with the decimals that the largest of ``shared`` has in four digits; whole ones have none."""
    finite = np.abs(shared[np.isfinite(shared)])
    decimals = _decimals(float(finite.max(initial=0.0)))
    seen = values[np.isfinite(values)]
    if (seen % 1 == 0).all():
        return [number(float(one), 0) for one in values]
    unseen = (values != 0.0) & (np.abs(values) * 10.0**decimals < 10.0)  # fewer than two digits would be left
    return [number(float(one), None if tiny else decimals) for one, tiny in zip(values, unseen, strict=True)]


def _decimals(size: float) -> int:
    if size == 0.0:
        return 0
    return min(max(_DIGITS - 1 - math.floor(math.log10(size)), 0), 12)


def _table(*blocks: Mapping[str, Sequence[str]]) -> list[str]:
    """Lines of a table: words at the left of their column, numbers at the right."""
    columns = []
    for place, block in enumerate(blocks):
        for name, cells in block.items():
            width = max(len(name), *map(len, cells))
            right = place == 1
            columns.append([one.rjust(width) if right else one.ljust(width) for one in (name, *cells)])
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def _designs(attrs: Mapping[str, Any]) -> list[str]:
    """The design, or those of the parts."""
    said = [attrs.get("design"), *(part.get("design") for part in attrs.get("parts", []))]
    return [f"design: {one}" for one in dict.fromkeys(said) if one]
