"""Labels to codes: every column that names something becomes small integers once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

type IntArray = NDArray[np.int32]

_NUMBER = re.compile("([0-9]+)")
_DIGITS = str.maketrans("123456789", "000000000")
_SPREAD = 4
"""Whole numbers are coded by a table as long as their range is below this many times their count."""


@dataclass(frozen=True, eq=False)
class Category:
    """A column of labels.

    Parameters
    ----------
    codes : ndarray of int32
        Place of each row's label in ``levels``; -1 where it is missing.
    levels : tuple
        Labels, in their declared order or sorted.
    """

    codes: IntArray
    levels: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def has_missing(self) -> bool:
        """Whether any row has no label."""
        return bool((self.codes < 0).any())


def encode(values: Any, categories: Sequence[Any] | None = None) -> Category:
    """Code an Arrow array or chunked array.

    Levels are the ``categories`` if given (labels outside them are missing), else the categories of a dictionary
    array, else the labels that occur, sorted.
    """
    import pyarrow as pa

    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(array, pa.ChunkedArray):  # several chunks that could not be made one
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_dictionary(array.type):
        declared = categories is None
        codes, levels = _dictionary(array)
        return Category(codes, tuple(levels)) if declared else _recode(codes, levels, categories or ())
    if pa.types.is_integer(array.type) and array.null_count == 0:
        codes, whole = dense_codes(array.to_numpy(zero_copy_only=False))
        return _ordered(codes, whole.tolist(), categories, in_order=True)
    codes, levels = _dictionary(array.dictionary_encode())
    return _ordered(codes, levels, categories, in_order=False)


def dense_codes(values: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    """Rank of every whole number among those that occur, and these in order."""
    if values.size == 0:
        return np.zeros(0, dtype=np.int32), values
    low, high = int(values.min()), int(values.max())
    if high - low > _SPREAD * values.size + 1024:
        levels, codes = np.unique(values, return_inverse=True)
        return codes.astype(np.int32), levels
    offset = values.astype(np.int64) - low if values.dtype.itemsize < 8 else values - values.dtype.type(low)
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[offset] = True
    rank = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    found = np.flatnonzero(seen)
    if values.dtype.itemsize == 8:  # added in the column's own type, which may hold more than a signed number can
        return rank[offset], found.astype(values.dtype) + values.dtype.type(low)
    return rank[offset], (found + low).astype(values.dtype)


def combine(first: IntArray, second: IntArray, width: int) -> tuple[IntArray, NDArray[np.int64]]:
    """Code the pairs that occur; the second result holds ``first * width + second`` of each, in order.

    Missing in either is missing (-1) in the pair.
    """
    key = first.astype(np.int64)
    key *= width
    key += second
    missing = (first < 0) | (second < 0)
    if not missing.any():
        return dense_codes(key)
    codes = np.full(key.size, -1, dtype=np.int32)
    codes[~missing], pairs = dense_codes(key[~missing])
    return codes, pairs


def _dictionary(array: Any) -> tuple[IntArray, list[Any]]:
    import pyarrow as pa

    indices = array.indices.cast(pa.int32())
    codes = np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False))
    levels = array.dictionary.to_pylist()
    if None in levels:
        gone = levels.index(None)
        codes = np.where(codes == gone, -1, codes).astype(np.int32)
    return codes, levels


def _ordered(codes: IntArray, levels: list[Any], categories: Sequence[Any] | None, *, in_order: bool) -> Category:
    if categories is not None:
        return _recode(codes, levels, categories)
    if in_order:
        return Category(codes, tuple(levels))
    kept = [label for label in levels if label is not None and label == label]
    return _recode(codes, levels, _sorted(kept))


def _sorted(labels: list[Any]) -> list[Any]:
    """Labels in their order; words by the numbers in them, so that 5-11 comes before 12-14."""
    if not all(isinstance(label, str) for label in labels):
        return sorted(labels)
    if len(set("\n".join(labels).translate(_DIGITS).split("\n"))) <= 1:  # alike but for digits: places decide
        return sorted(labels)
    return sorted(labels, key=_natural)


def _natural(label: str) -> list[tuple[bool, int, str]]:
    parts = _NUMBER.split(label)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part]


def _recode(codes: IntArray, levels: Sequence[Any], wanted: Sequence[Any]) -> Category:
    place = {label: k for k, label in enumerate(wanted)}
    table = np.array([place.get(label, -1) for label in levels] + [-1], dtype=np.int32)
    return Category(table[codes], tuple(wanted))
