"""Labels and missing codes that contradict one another or the values, found when a file is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from target87.errors import InputError
from target87.io.column import TAGS, Code, Column, Missing, show
from target87.io.label_words import says_amount, says_missing


def settled(columns: Mapping[str, Column]) -> tuple[dict[str, Column], list[str]]:
    """Columns with labels of their own type, codes labelled as missing among the missing, and what was found.

    A code that the file does not declare missing, but labels "don't know", is taken as missing: no such code enters a
    sum. Everything decided here is told in a line that names the column.
    """
    built: dict[str, Column] = {}
    notes: list[str] = []
    for name, column in columns.items():
        fitting, said = _labels_of_its_type(name, column)
        fitting, more = _labelled_missing(name, fitting)
        built[name] = fitting
        notes += [*said, *more, *_amounts_declared_missing(name, fitting), *_shared_labels(name, fitting)]
    return built, notes


def declared(name: str, column: Column, codes: tuple[Code, ...]) -> tuple[Column, list[str]]:
    """A column with these missing codes and no others, and what contradicts them.

    Raises
    ------
    InputError
        If a code is not of the type of the column.
    """
    wrong = [code for code in codes if code not in TAGS and not _is_of(column, code)]
    if wrong:
        held = "text" if column.kind == "text" else {"number": "numbers"}.get(column.kind, f"{column.kind}s")
        raise InputError(
            f"missing codes must be of the type of the column, which holds {held}",
            where=f"column {name!r}",
            got=", ".join(repr(code) for code in wrong),
        )
    changed = replace(column, missing=Missing(codes))
    return changed, _amounts_declared_missing(name, changed)


def _is_of(column: Column, code: Code) -> bool:
    if column.kind == "text":
        return isinstance(code, str)
    if column.kind in ("number", "truth"):
        return isinstance(code, int | float)
    return not isinstance(code, str | int | float)


def _labels_of_its_type(name: str, column: Column) -> tuple[Column, list[str]]:
    labels = {code: said.strip() for code, said in column.value_labels.items() if said.strip()}
    wrong = [code for code in labels if code not in TAGS and not _is_of(column, code)]
    if not wrong:
        return replace(column, value_labels=labels), []
    kept = {code: said for code, said in labels.items() if code not in wrong}
    note = (
        f"{name}: labels are given for values of another type than the column's ({column.kind}) and are not used: "
        + ", ".join(f"{code!r} {labels[code]!r}" for code in wrong[:5])
    )
    return replace(column, value_labels=kept), [note]


def _labelled_missing(name: str, column: Column) -> tuple[Column, list[str]]:
    found = [
        code
        for code in column.numbers_labelled()
        if says_missing(column.value_labels[code]) and not column.missing.holds(code)
    ]
    if not found:
        return column, []
    rows = int(column.values.isin(found).sum())
    named = ", ".join(f"{show(code)} {column.value_labels[code]!r}" for code in found)
    note = (
        f"{name}: not declared missing in the file but labelled so, and taken as missing in {rows:,} rows: {named}; "
        f"with_missing({{{name!r}: (...)}}) says which codes are"
    )
    missing = replace(column.missing, by_label=(*column.missing.by_label, *found))
    return replace(column, missing=missing), [note]


def _amounts_declared_missing(name: str, column: Column) -> list[str]:
    if column.kind != "number":
        return []
    found = [
        code
        for code in column.numbers_labelled()
        if column.missing.holds(code) and says_amount(column.value_labels[code], code)
    ]
    return [
        f"{name}: {show(code)} is declared missing but labelled {column.value_labels[code]!r}, which reads as an "
        f"amount; it stays missing in {int((column.values == code).sum()):,} rows unless with_missing says otherwise"
        for code in found
    ]


def _shared_labels(name: str, column: Column) -> list[str]:
    by_label: dict[str, list[Code]] = {}
    for code in column.numbers_labelled():
        if not column.missing.holds(code):
            by_label.setdefault(column.value_labels[code], []).append(code)
    return [
        f"{name}: codes {', '.join(show(code) for code in codes)} have one label, {label!r}; they are kept apart as "
        f"'{label} [{show(codes[0])}]' and so on"
        for label, codes in by_label.items()
        if len(codes) > 1
    ]
