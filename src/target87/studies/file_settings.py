"""``FileSettings``: all that decides what is estimated from a file, so that a run can be archived and repeated."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from pathlib import Path
from typing import Any

from target87.errors import InputError, UnknownNameError

LISTS = ("strata", "psu", "fpc")
TABLES = ("columns", "missing_codes", "definition", "where")
KINDS: dict[str, tuple[type, str]] = {
    "nest": (bool, "true or false"),
    "level": (Real, "a number such as 0.95"),
    "most_undecided": (Real, "a number such as 0.2"),
    "suppress_below": (int, "a whole number"),
}
"""What a setting must be, where it is no text."""
STEPS = (
    *("adjust_nonresponse", "adjust_unknown_eligibility", "post_stratify", "rake", "calibrate"),
    *("trim", "normalise", "select_one", "multiplicity"),
)
"""Weighting steps that settings may name, in the order they are to be done."""


@dataclass(frozen=True)
class FileSettings:
    """What is to be estimated from a file of microdata, and how.

    Parameters
    ----------
    file : str
        Path of the file: SPSS, Stata, CSV, Parquet.
    weights : str, optional
        Column of the sampling weights; every row weighs the same if not given.
    strata, psu, fpc : tuple of str
        Columns of strata, sampling units and population sizes, outermost stage first.
    nest : bool
        Whether labels of sampling units are unique within a stratum only.
    lonely_psu : str
        Policy for strata with one sampling unit.
    indicator : str
        Name of a definition of child labour, such as ``"sdg_8_7_1_a"``.
    definition : mapping
        Changes to that definition, such as a national minimum age.
    by : tuple of tuple of str
        Breakdowns, each one column or several that are crossed.
    where : mapping
        Columns and the values rows must have to be estimated about; the others keep their place in the sampling.
    columns : mapping
        What the definition asks about and the columns that hold it, where they are not found by their usual names.
    missing : str
        ``"omit"``, ``"error"``, ``"bounds"`` or ``"spss"``; see :func:`target87.indicators.child_labour`.
    contradictions : str
        Whether children with contradictory answers are refused (``"error"``) or counted in a note (``"note"``).
    isco, isic : str, optional
        Versions of the codes of occupations and industries, where the codes do not tell.
    most_undecided : float
        Share of children that missing answers may leave undecided before the run is refused, with ``missing="omit"``:
        where more are, a question was probably not found.
    missing_codes : mapping
        Further codes of columns that mean missing, such as ``{"CL3": [97, 98, 99]}``.
    weighting : tuple of mapping
        Steps, each with its ``step`` (``"rake"``, ``"trim"`` ...) and its arguments by name.
    interval : str
        Type of intervals.
    level : float
        Their level.
    suppress_below : int, optional
        Cells with fewer children than this are suppressed in the tables people read.
    survey : str
        Name of the survey and its year.
    sha256 : str
        Hash the file must have; not looked at if empty. Settings written beside a run hold it.
    encoding : str, optional
        Encoding of the file, where it does not say.
    decimal : str
        Decimal mark of the numbers of a CSV file.

    Examples
    --------
    >>> settings = FileSettings("survey.sav", weights="weight", by=(("sex",), ("sex", "region")))
    >>> FileSettings.from_toml_text(settings.to_toml()) == settings
    True
    """

    file: str
    weights: str | None = None
    strata: tuple[str, ...] = ()
    psu: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    nest: bool = False
    lonely_psu: str = "error"
    indicator: str = "sdg_8_7_1_a"
    definition: Mapping[str, Any] = field(default_factory=dict)
    by: tuple[tuple[str, ...], ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    missing: str = "omit"
    contradictions: str = "error"
    isco: str | None = None
    isic: str | None = None
    most_undecided: float = 0.2
    missing_codes: Mapping[str, Any] = field(default_factory=dict)
    weighting: tuple[Mapping[str, Any], ...] = ()
    interval: str = "korn_graubard"
    level: float = 0.95
    suppress_below: int | None = None
    survey: str = ""
    sha256: str = ""
    encoding: str | None = None
    decimal: str = "."

    def __post_init__(self) -> None:
        defaults = {one.name: one.default for one in fields(self)}
        for name, default in defaults.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), default))

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> FileSettings:
        """Read settings; a relative ``file`` in them is looked for beside them, then where the process stands.

        Parameters
        ----------
        path : path
            A TOML file.

        Raises
        ------
        InputError
            If there is no such file, it is no TOML, or a value is of a wrong kind.
        UnknownNameError
            If it holds a setting that is not known.
        """
        source = Path(path)
        try:
            text = source.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise InputError("there is no such file of settings", where="settings", got=str(path)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("the settings cannot be read", where=str(path), got=str(error)) from error
        found = cls.from_toml_text(text, where=str(path))
        beside = source.parent / found.file
        return replace(found, file=str(beside)) if beside.exists() or not Path(found.file).exists() else found

    def beside(self, folder: str | os.PathLike[str]) -> FileSettings:
        """The same settings as they stand in a folder: the file named from there."""
        try:
            named = os.path.relpath(self.file, folder)
        except ValueError:  # on another drive
            named = os.path.abspath(self.file)
        return replace(self, file=Path(named).as_posix())

    @classmethod
    def from_toml_text(cls, text: str, *, where: str = "settings") -> FileSettings:
        """Read settings from the text of a TOML file."""
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError("the settings are no TOML", where=where, got=str(error)) from error
        return cls.of(given, where=where)

    @classmethod
    def of(cls, given: Mapping[str, Any], *, where: str = "settings") -> FileSettings:
        """Settings from plain data, each checked.

        Raises
        ------
        UnknownNameError
            If a setting is not known.
        InputError
            If a value is of a wrong kind, or no file is named.
        """
        known = {one.name for one in fields(cls)}
        for name in given:
            if name not in known:
                raise UnknownNameError.of(name, sorted(known), kind=f"setting in {where}")
        if "file" not in given:
            raise InputError("the settings name no file", where=where, remedies=('file = "survey.sav"',))
        return cls(**given)

    def to_toml(self) -> str:
        """The settings as TOML, those at their defaults too: another version may have others."""
        import tomli_w

        held = {one.name: getattr(self, one.name) for one in fields(self)}
        try:
            return tomli_w.dumps({name: value for name, value in held.items() if value not in (None, {}, ())})
        except TypeError as error:
            raise InputError("settings hold what TOML cannot", where="settings", got=str(error)) from error


def _checked(name: str, value: Any, default: Any) -> Any:
    if value is None and default is None:
        return None
    if name in LISTS:
        return _names(name, value)
    if name == "by":
        return tuple(_names(name, one) for one in _several(name, value, "columns, or lists of columns to be crossed"))
    if name == "weighting":
        return tuple(_step(one) for one in _several(name, value, "[[weighting]] tables"))
    if name in TABLES:
        _require(name, value, Mapping, "a table")
        return (
            {role: _names(f"columns.{role}", own) for role, own in value.items()} if name == "columns" else dict(value)
        )
    kind, expected = KINDS.get(name, (str, "text"))
    _require(name, value, kind, expected)
    return value


def _several(name: str, value: Any, expected: str) -> tuple[Any, ...]:
    listed = (value,) if isinstance(value, str) else value
    _require(name, listed, (list, tuple), expected)
    return tuple(listed)


def _names(name: str, value: Any) -> tuple[str, ...]:
    names = _several(name, value, "a column or a list of columns")
    for one in names:
        _require(name, one, str, "names of columns")
    if not names and name == "by":
        raise InputError("a breakdown names no column", where=name, remedies=('by = ["sex", ["sex", "region"]]',))
    return names


def _step(given: Any) -> Mapping[str, Any]:
    _require("weighting", given, Mapping, "a table for each step")
    if "step" not in given:
        raise InputError("a weighting step does not say which it is", where="weighting", remedies=('step = "rake"',))
    if given["step"] not in STEPS:
        raise UnknownNameError.of(str(given["step"]), STEPS, kind="weighting step")
    return dict(given)


def _require(name: str, value: Any, kind: Any, expected: str) -> None:
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, kind):
        raise InputError(f"{name} is of a wrong kind", where=name, expected=expected, got=repr(value))
