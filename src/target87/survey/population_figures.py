"""Population figures as people write them, matched to the columns of a design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.survey.margins import INTERCEPT, Margin, NumericTotal
from target87.survey.row_values import Present, category_label, refuse_missing
from target87.survey.rows import Rows


def read_totals(
    rows: Rows, present: Present, totals: Any, *, partial: bool = False
) -> tuple[list[Margin], list[NumericTotal]]:
    """Match population figures to columns.

    Parameters
    ----------
    rows : Rows
        The data.
    present : ndarray of bool or None
        Rows with a weight above zero; None if all have one.
    totals : mapping, frame, series, or list of them
        See :meth:`target87.survey.weighting.Weighting.rake`.
    partial : bool
        Leave out categories of the population that are not in the sample.

    Raises
    ------
    InputError, DataError
        If figures are not numbers, negative, or name other categories than the sample has.
    """
    margins: list[Margin] = []
    numbers: list[NumericTotal] = []
    for key, figures in figure_pairs(rows, totals):
        if isinstance(figures, Mapping):
            margins.append(_margin(rows, present, key, figures, partial=partial))
        else:
            numbers.append(_numeric(rows, present, key, figures))
    if not margins and not numbers:
        raise InputError("no population figures were given", where="totals")
    return margins, numbers


def figure_pairs(rows: Rows, totals: Any) -> Iterable[tuple[Any, Any]]:
    """Columns, one or several, and the figures of each, from any form in which they are written."""
    if isinstance(totals, Mapping):
        return [(key, _figures(rows, key, value)) for key, value in totals.items()]
    if isinstance(totals, (list, tuple)):
        return [pair for one in totals for pair in figure_pairs(rows, one)]
    frame = _as_frame(totals)
    if frame is None:
        raise InputError(
            "population figures must be a mapping of columns to figures, or a frame of categories and counts",
            where="totals",
            got=type(totals).__name__,
            remedies=("such as {'sex': {'female': 510, 'male': 490}, 'income': 12_300}",),
        )
    columns = tuple(_columns_of(rows, frame))
    return [(columns, _from_frame(rows, frame, columns))]


def _figures(rows: Rows, key: Any, value: Any) -> Any:
    """A mapping of categories to counts, or one number."""
    if isinstance(value, Mapping):
        return value
    if hasattr(value, "to_dict") and hasattr(value, "index"):  # a pandas series of counts over categories
        return value.to_dict() if not hasattr(value, "columns") else _figures_of_frame(rows, key, value)
    if _as_frame(value) is not None:
        return _figures_of_frame(rows, key, value)
    return value


def _figures_of_frame(rows: Rows, key: Any, value: Any) -> Mapping[Any, Any]:
    return _from_frame(rows, _as_frame(value), key if isinstance(key, tuple) else (key,))


def _as_frame(value: Any) -> Any:
    import narwhals as nw

    if hasattr(value, "reset_index") and not hasattr(value, "columns"):  # a pandas series with named index levels
        value = value.rename("count").reset_index()
    try:
        return value if isinstance(value, nw.DataFrame) else nw.from_native(value, eager_only=True)
    except TypeError:
        return None


def _columns_of(rows: Rows, frame: Any) -> list[str]:
    """The columns of a frame of counts that are columns of the design: all but one."""
    known = [name for name in frame.columns if name in rows.names]
    others = [name for name in frame.columns if name not in rows.names]
    if not others and len(known) > 1:  # the column of counts has the name of a column of the data: it is the last
        return known[:-1]
    if len(others) != 1 or not known:
        raise InputError(
            "a frame of population counts needs columns of the design and one column of counts",
            where="totals",
            got=", ".join(map(repr, frame.columns)),
            examples=[f"not in the design: {name!r}" for name in others],
        )
    return known


def _from_frame(rows: Rows, frame: Any, columns: tuple[str, ...]) -> Mapping[Any, Any]:
    for name in columns:
        if name not in frame.columns:
            raise InputError(f"the frame of counts has no column {name!r}", where="totals", got=str(frame.columns))
    counts = [name for name in frame.columns if name not in columns]
    if len(counts) != 1:
        raise InputError("a frame of counts needs one column of counts", where="totals", got=", ".join(counts))
    keys = list(zip(*(frame[name].to_list() for name in columns), strict=True))
    if len(set(keys)) < len(keys):
        repeated = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
        raise DataError("a category has two counts", where="totals", count=len(repeated), examples=repeated)
    flat = [key[0] for key in keys] if len(columns) == 1 else keys
    return dict(zip(flat, frame[counts[0]].to_list(), strict=True))


def _margin(rows: Rows, present: Present, key: Any, figures: Mapping[Any, Any], *, partial: bool) -> Margin:
    columns = key if isinstance(key, tuple) else (key,)
    name = " × ".join(map(str, columns))
    categories = [rows.category(column, argument="totals") for column in columns]
    for column, category in zip(columns, categories, strict=True):
        refuse_missing(category.codes < 0, present, column)
    width = [len(category) for category in categories]
    code = categories[0].codes
    for category in categories[1:]:
        code = code * np.int32(len(category)) + category.codes
    if present is not None:
        code = np.where(present, code, -1)
    counts = _counts(name, columns, figures)
    in_sample = np.zeros(int(np.prod(width)) + 1, dtype=bool)
    in_sample[code] = True  # -1, of rows that take no part, is the last
    levels = list(product(*(category.levels for category in categories)))
    kept = _match(name, columns, levels, in_sample[:-1], counts, partial=partial)
    if len(kept) < len(levels) or present is not None:
        place = np.zeros(len(levels) + 1, dtype=np.int32)  # the last for rows that take no part: any category will do
        place[kept] = np.arange(len(kept), dtype=np.int32)
        code = place[code]
    labels = tuple(category_label(columns, levels[k]) for k in kept)
    return Margin(name, code, labels, np.array([counts[levels[k]] for k in kept]))


def _counts(name: str, columns: tuple[str, ...], figures: Mapping[Any, Any]) -> dict[tuple[Any, ...], float]:
    counts = {}
    for label, count in figures.items():
        labels = label if isinstance(label, tuple) else (label,)
        if len(labels) != len(columns):
            raise InputError(
                "a category needs one label for each column",
                where=f"totals of {name!r}",
                expected=f"{len(columns)}: {', '.join(map(str, columns))}",
                got=repr(label),
            )
        counts[labels] = _number(count, category_label(columns, labels))
    faulty = [f"{category_label(columns, labels)}: {count:g}" for labels, count in counts.items() if count < 0.0]
    if faulty:
        raise DataError(
            "population counts cannot be negative", where=f"totals of {name!r}", count=len(faulty), examples=faulty
        )
    return counts


def _number(value: Any, label: str) -> float:
    try:
        number = float(value) if not isinstance(value, (str, bytes, bool, np.bool_)) else np.nan
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise DataError("a population figure must be a finite number", where=f"totals, {label}", got=repr(value))
    return number


def _match(
    name: str,
    columns: tuple[str, ...],
    levels: list[tuple[Any, ...]],
    in_sample: NDArray[np.bool_],
    counts: Mapping[tuple[Any, ...], float],
    *,
    partial: bool,
) -> list[int]:
    """Levels that are in the sample, after checking them against those that have a count above zero."""
    sampled = [k for k, seen in enumerate(in_sample) if seen]
    uncounted = [k for k in sampled if levels[k] not in counts]
    known = {levels[k] for k in sampled}
    absent = [labels for labels, count in counts.items() if count > 0.0 and labels not in known]
    empty = [k for k in sampled if counts.get(levels[k]) == 0.0]
    spelling = (f"the sample has {', '.join(repr(_plain(levels[k])) for k in sampled[:8])}",)
    if uncounted:
        raise DataError(
            "categories of the sample have no population count",
            where=f"totals of {name!r}",
            count=len(uncounted),
            examples=[category_label(columns, levels[k]) for k in uncounted],
            remedies=("give each a count, or recode the column so that the categories are the same", *spelling),
        )
    if absent and not partial:
        raise DataError(
            "categories of the population are absent from the sample",
            where=f"totals of {name!r}",
            count=len(absent),
            examples=[f"{category_label(columns, labels)} ({counts[labels]:,g})" for labels in absent],
            remedies=(
                "join them with categories that were sampled",
                "or leave them out: post_stratify(..., partial=True) (R: partial=TRUE)",
                *spelling,
            ),
        )
    if empty:
        raise DataError(
            "categories of the sample have a population count of zero",
            where=f"totals of {name!r}",
            count=len(empty),
            examples=[category_label(columns, levels[k]) for k in empty],
            remedies=("drop these units with subset(), or give the categories their counts",),
        )
    return sampled


def _numeric(rows: Rows, present: Present, key: Any, figure: Any) -> NumericTotal:
    target = _number(figure, str(key))
    if key in INTERCEPT and key not in rows.names:
        return NumericTotal(INTERCEPT[0], np.ones(rows.n), target)
    if isinstance(key, tuple) or not rows.is_numeric(_known(rows, key)):
        raise InputError(
            "one number was given for a column of categories",
            where=f"totals of {key!r}",
            expected="a count for each category",
            got=repr(figure),
        )
    values = rows.numeric(key, argument="totals")
    missing = ~np.isfinite(values)
    refuse_missing(missing, present, key)
    return NumericTotal(str(key), np.where(missing, 0.0, values) if missing.any() else values, target)


def _known(rows: Rows, name: Any) -> str:
    rows.check(name, argument="totals")
    return str(name)


def _plain(labels: tuple[Any, ...]) -> Any:
    return labels[0] if len(labels) == 1 else labels
