"""``Rows``: the data of a design as columns, read from any kind of frame and never written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.encoding import Category, encode

type FloatArray = NDArray[np.float64]


class Rows:
    """Columns of a data frame.

    Parameters
    ----------
    data : frame
        Any frame narwhals reads: pandas, polars, Arrow, and others.

    Raises
    ------
    InputError
        If ``data`` is no such frame, has no rows, or has two columns of one name.
    """

    def __init__(self, data: Any, *, extra: Mapping[str, FloatArray | Category] | None = None) -> None:
        self._frame = _frame(data)
        self._extra = dict(extra or {})
        self._categories: dict[str, Category] = {}
        self.n = int(self._frame.shape[0])
        self.names: tuple[str, ...] = tuple(dict.fromkeys([*self._frame.columns, *self._extra]))

    @property
    def native(self) -> Any:
        """The frame as it came, with the columns attached since."""
        import narwhals as nw

        added = []
        for name, values in self._extra.items():
            labels = _labels(values) if isinstance(values, Category) else values
            added.append(nw.new_series(name, labels, backend=self._frame.implementation))
        return self._frame.with_columns(*added).to_native() if added else self._frame.to_native()

    def refuse_other_order(self, values: Any, argument: str) -> None:
        """Raise if a pandas object says by its index that its rows are not those of the data, in their order.

        An index that only counts from 0 says nothing: such values go by position.
        """
        theirs = getattr(values, "index", None)
        if theirs is None or callable(theirs) or not self._frame.implementation.is_pandas():
            return
        own = self._frame.to_native().index
        counts = theirs.dtype.kind == "i" and len(theirs) == self.n and bool((theirs == np.arange(self.n)).all())
        if len(theirs) == self.n and not theirs.equals(own) and not counts:
            apart = [f"row {i}: {theirs[i]!r} for {own[i]!r}" for i in np.flatnonzero(theirs != own)[:5]]
            raise DataError(
                "the rows to match are in another order than the data, by their index",
                where=argument,
                count=int(np.sum(theirs != own)),
                examples=apart,
                remedies=(
                    "bring them into the data's order (.loc[data.index])",
                    "or give the values alone (.to_numpy())",
                ),
            )

    def evaluated(self, given: Any) -> Any:
        """What a function of the data frame, or an expression of polars or narwhals, gives for it."""
        if callable(given):
            return given(self.native)
        if type(given).__name__ == "Expr":
            own = type(given).__module__.startswith("narwhals")
            frame = _frame(self.native) if own else self.native
            return frame.select(given).to_dict(as_series=True).popitem()[1]
        return given

    def check(self, name: str, *, argument: str) -> None:
        """Raise if there is no column of this name."""
        if not isinstance(name, str):
            raise InputError(
                f"{argument} wants the name of a column",
                where=argument,
                got=type(name).__name__,
                remedies=("attach values by with_columns(name=values), then name the column",),
            )
        if name not in self.names:
            raise UnknownNameError.of(name, self.names, kind=f"column for {argument}")

    def is_numeric(self, name: str) -> bool:
        """Whether a column holds numbers or truth values."""
        if name in self._extra:
            return not isinstance(self._extra[name], Category)
        kind = self._frame.schema[name]
        return bool(kind.is_numeric()) or kind == _nw().Boolean

    def is_boolean(self, name: str) -> bool:
        """Whether a column holds truth values."""
        return name not in self._extra and self._frame.schema[name] == _nw().Boolean

    def numeric(self, name: str, *, argument: str = "variables") -> FloatArray:
        """A column as numbers, NaN where it is missing; truth values are 0 and 1.

        Raises
        ------
        UnknownNameError
            If there is no such column.
        DataError
            If it holds labels.
        """
        self.check(name, argument=argument)
        if not self.is_numeric(name):
            label = self.category(name)
            raise DataError(
                "numbers are needed and the column holds labels",
                where=f"column {name!r}, for {argument}",
                count=self.n,
                examples=label.levels[:5],
                remedies=("convert the column to numbers before the design is made",),
            )
        if name in self._extra:
            return self._extra[name]  # type: ignore[return-value]
        column = self._frame[name]
        if column.dtype == _nw().Boolean and column.null_count() == 0:
            return np.asarray(column.to_numpy()).astype(np.float64)
        if column.null_count() and not column.dtype.is_float():
            column = column.cast(_nw().Float64)
        return np.ascontiguousarray(np.asarray(column.to_numpy(), dtype=np.float64))

    def category(self, name: str, *, argument: str = "by") -> Category:
        """A column as codes and levels."""
        self.check(name, argument=argument)
        if name not in self._categories:
            self._categories[name] = self._encoded(name)
        return self._categories[name]

    def _encoded(self, name: str) -> Category:
        import pyarrow as pa

        if name in self._extra:
            values = self._extra[name]
            return values if isinstance(values, Category) else encode(pa.array(values, from_pandas=True))
        column = self._frame[name]
        native = column.to_native()
        if self._frame.implementation.is_pandas() and hasattr(native, "cat"):  # Arrow would lose unused categories
            return Category(native.cat.codes.to_numpy().astype(np.int32), tuple(native.cat.categories))
        try:
            array = column.to_arrow()
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise DataError(
                "the column mixes kinds of values", where=f"column {name!r}", got=str(error).splitlines()[0]
            ) from error
        return encode(array, column.dtype.categories if isinstance(column.dtype, _nw().Enum) else None)

    def with_columns(self, columns: Mapping[str, FloatArray | Category]) -> Rows:
        """The same rows with columns added or replaced."""
        rows = Rows(self._frame, extra={**self._extra, **columns})
        rows._categories = {name: value for name, value in self._categories.items() if name not in columns}
        return rows


def _nw() -> Any:
    import narwhals

    return narwhals


def _frame(data: Any) -> Any:
    nw = _nw()
    _refuse_repeated(getattr(data, "columns", None) if not hasattr(data, "column_names") else data.column_names)
    try:
        frame = data if isinstance(data, nw.DataFrame) else nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise InputError(
            "the data must be a data frame (pandas, polars, Arrow ...) or the path of a Parquet data set",
            where="data",
            got=type(data).__name__,
        ) from error
    except Exception as error:  # each backend has its own word for two columns of one name
        raise InputError(f"the frame cannot be read: {error}", where="data") from error
    if frame.implementation.is_pandas():
        frame = nw.from_native(frame.to_native().copy(deep=False), eager_only=True)
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        raise InputError("the frame has no rows" if frame.shape[1] else "the frame has no columns", where="data")
    return frame


def _refuse_repeated(columns: Any) -> None:
    names = [name for name in columns if isinstance(name, str)] if columns is not None else []
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError("two columns have one name", where="data", count=len(repeated), examples=repeated)


def _labels(category: Category) -> list[Any]:
    return [category.levels[code] if code >= 0 else None for code in category.codes]
