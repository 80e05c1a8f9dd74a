"""Columns of Python objects: numbers, truth values or labels, as an Arrow array of one type."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError


def of_objects(values: NDArray[Any], name: str) -> Any:
    """Python objects as an Arrow array of the type that fits all, null where one is missing.

    Raises
    ------
    DataError
        If there is no such type, because they are of several kinds or of one that is neither number nor label.
    """
    import pyarrow as pa

    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        missing = _missing(values)
        kinds = [None if gone else _kind(one) for one, gone in zip(values, missing, strict=True)]
        number = Counter(kind for kind in kinds if kind is not None)
        if set(number) != {"number"}:
            raise _mixed(values, kinds, number, name) from error
        if isinstance(error, OverflowError) and all(isinstance(one, int) for one in values[~missing]):
            raise DataError(
                "whole numbers are too large to be told apart as numbers",
                where=f"column {name!r}",
                count=int((~missing).sum()),
                examples=[f"row {i}: {values[i]}" for i in np.flatnonzero(~missing)[:5]],
                remedies=("if they are labels, make them text: data[...].astype(str)",),
            ) from error
        # whole numbers, fractions and decimals side by side
        found = pa.array([None if gone else float(one) for one, gone in zip(values, missing, strict=True)])
    if pa.types.is_nested(found.type):
        raise neither_numbers_nor_labels(name, str(found.type), values.size)
    return found


def are_numbers(array: Any) -> bool:
    """Whether an Arrow array holds numbers or truth values."""
    import pyarrow as pa

    kind = array.type
    return any(
        test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    )


def neither_numbers_nor_labels(name: str, got: str, count: int) -> DataError:
    """The error of a column that cannot be used at all."""
    return DataError(
        "the column holds values that are neither numbers nor labels",
        where=f"column {name!r}",
        got=got,
        count=count,
        remedies=("convert the column to numbers or text before the design is made",),
    )


def _mixed(values: NDArray[Any], kinds: list[str | None], number: Counter[str], name: str) -> DataError:
    if len(number) == 1:
        return neither_numbers_nor_labels(name, next(iter(number)), values.size)
    usual = number.most_common(1)[0][0]
    others = [i for i, kind in enumerate(kinds) if kind not in (None, usual)]
    return DataError(
        "the column mixes kinds of values",
        where=f"column {name!r}",
        expected=f"one kind; most are {usual}s",
        count=len(others),
        examples=[f"row {i}: {values[i]!r} ({kinds[i]})" for i in others[:5]],
        remedies=("convert the column to numbers, or to text, before the design is made",),
    )


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    import pandas as pd

    return np.fromiter((pd.api.types.is_scalar(one) and bool(pd.isna(one)) for one in values), bool, values.size)


def _kind(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "truth value"
    if isinstance(value, (Real, Decimal)):
        return "number"
    return "word" if isinstance(value, str) else type(value).__name__
