"""What every definition shares: it is data, open to change, written and read as TOML, each rule with its source."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from target87.errors import DataError, InputError, UnknownNameError


@dataclass(frozen=True)
class Basis:
    """A rule, where it is published, and whether it was read there or is recalled.

    Parameters
    ----------
    rule, source, sure : str
        The rule in words, its document, and "read" or "recalled".
    """

    rule: str
    source: str = ""
    sure: str = ""


class Declared:
    """A definition: a frozen dataclass with a ``name``, changed by copying and kept as TOML."""

    name: str
    parts: ClassVar[Mapping[str, type]] = {"basis": Basis}
    """Fields that hold tuples of dataclasses, and the class of each."""

    def replace(self, **changes: Any) -> Self:
        """The definition with other values; its name says what was changed.

        Parameters
        ----------
        **changes : object
            Fields and their new values.

        Returns
        -------
        Self
            The changed definition.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        InputError
            As for a new definition.
        """
        _refuse_unknown(changes, self.fields(), f"field of the definition {self.name!r}")
        values = {field: _frozen(value) for field, value in changes.items()}
        said = [field if field in (*self.parts, "title") else f"{field} = {value}" for field, value in values.items()]
        values.setdefault("name", f"{self.name}, changed: {', '.join(said)}" if said else self.name)
        return dataclasses.replace(self, **values)  # type: ignore[type-var]

    def to_toml(self) -> str:
        """The definition as TOML text, as :meth:`from_toml` reads it."""
        import tomli_w

        held = {field: value for field, value in dataclasses.asdict(self).items() if value is not None}  # type: ignore[call-overload]
        return tomli_w.dumps({held.pop("name"): held})

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str], name: str | None = None) -> Self:
        """Read a definition of one's own.

        Parameters
        ----------
        path : path
            File with one table a definition.
        name : str, optional
            Which, if the file holds several.

        Returns
        -------
        Self
            The definition.

        Raises
        ------
        InputError
            If the file cannot be read.
        DataError
            If it is no TOML, or fields are missing.
        UnknownNameError
            If no definition has the name, or a field is not known.
        """
        try:
            held = tomllib.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise InputError("the file cannot be read", where=str(path), got=error.strerror) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DataError("the file is no TOML", where=str(path), got=str(error)) from error
        tables = {key: value for key, value in held.items() if isinstance(value, dict)}
        if name is None and len(tables) == 1:
            name = next(iter(tables))
        if name is None:
            raise InputError(
                "one definition a file is wanted, or the name of one", where=str(path), examples=list(tables)
            )
        if name not in tables:
            raise UnknownNameError.of(name, tables, kind=f"definition in {Path(path).name}")
        return cls.of_fields(name, tables[name])

    @classmethod
    def of_fields(cls, name: str, given: Mapping[str, Any]) -> Self:
        """The definition that the fields of a TOML table hold."""
        known = [field for field in cls.fields() if field != "name"]
        _refuse_unknown(given, known, f"field of the definition {name!r}")
        values: dict[str, Any] = {field: _frozen(value) for field, value in given.items()}
        try:
            for field, part in cls.parts.items():
                values[field] = tuple(part(**one) for one in given.get(field, ()))
            return cls(name=name, **values)  # type: ignore[call-arg]
        except TypeError as error:
            what = f"a definition lacks fields, or its {' or '.join(cls.parts)} has others than it takes"
            raise DataError(what, where=name, got=str(error)) from error

    @classmethod
    def fields(cls) -> list[str]:
        """Names of the fields, that of the definition first."""
        return [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]


def _refuse_unknown(given: Mapping[str, Any], known: list[str], kind: str) -> None:
    for field in given:
        if field not in known:
            raise UnknownNameError.of(field, known, kind=kind)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
