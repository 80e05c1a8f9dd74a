"""``Rows``: the data of a design as columns, read from any kind of frame and never written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.survey.encoding import Category, encode
from target87.survey.objects import are_numbers, neither_numbers_nor_labels, of_objects

type FloatArray = NDArray[np.float64]

_AMOUNTS = ("weights", "probabilities", "fpc")
"""Arguments whose columns hold amounts: truth values there are a column mistaken for another."""
_NO_WORDS = "some columns have no name in words: data.rename(columns=str) gives them one"


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
        self._objects: dict[str, Any] = {}
        self._kinds = dict(self._frame.schema)
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
            raise UnknownNameError.of(
                name,
                map(str, self.names),
                kind=f"column for {argument}",
                remedy=None if all(isinstance(one, str) for one in self.names) else _NO_WORDS,
            )

    def is_numeric(self, name: str) -> bool:
        """Whether a column holds numbers or truth values."""
        if name in self._extra:
            return not isinstance(self._extra[name], Category)
        kind = self._kinds[name]
        if kind.is_numeric() or kind == _nw().Boolean:
            return True
        return self._object_numbers(name) is not None

    def is_boolean(self, name: str) -> bool:
        """Whether a column holds truth values."""
        if name in self._extra:
            return False
        import pyarrow as pa

        found = self._object_numbers(name)
        return self._kinds[name] == _nw().Boolean or (found is not None and pa.types.is_boolean(found.type))

    def refuse_times(self, name: str, *, argument: str) -> None:
        """Raise if a column holds dates, times or spans of time, which are neither numbers nor categories."""
        if name in self._extra:
            return
        import pyarrow as pa

        kind = self._frame[name].dtype
        objects = kind == _nw().Object and pa.types.is_temporal(self._of_objects(name).type)
        if not kind.is_temporal() and not objects:
            return
        raise DataError(
            "dates and times are neither numbers nor categories",
            where=f"column {name!r}, for {argument}",
            got=str(kind),
            count=self.n,
            remedies=(
                "attach what you mean as a number, such as years or days, by with_columns",
                "or as labels: a column of text",
            ),
        )

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
        if argument in _AMOUNTS and self.is_boolean(name):
            raise DataError(
                "numbers are needed and the column holds truth values",
                where=f"column {name!r}, for {argument}",
                count=self.n,
                remedies=("if 1 and 0 are meant: convert the column to numbers before the design is made",),
            )
        if name in self._extra:
            return self._extra[name]  # type: ignore[return-value]
        found = self._object_numbers(name)
        if found is not None:
            import pyarrow as pa

            return np.ascontiguousarray(found.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        column = self._frame[name]
        if column.dtype == _nw().Boolean and column.null_count() == 0:
            return np.asarray(column.to_numpy()).astype(np.float64)
        if not column.dtype.is_float() and column.null_count():
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
        if self._holds_objects(name):
            return encode(self._of_objects(name))
        try:
            return encode(column.to_arrow(), column.dtype.categories if isinstance(column.dtype, _nw().Enum) else None)
        except (pa.ArrowException, TypeError) as error:
            raise neither_numbers_nor_labels(name, str(getattr(native, "dtype", column.dtype)), self.n) from error

    def _holds_objects(self, name: str) -> bool:
        """Whether a column holds objects of Python, of whatever kind; labels of pandas may be such."""
        column = self._frame[name]
        own = getattr(column.to_native(), "dtype", None)
        return column.dtype == _nw().Object or (isinstance(own, np.dtype) and own.kind == "O")

    def _of_objects(self, name: str) -> Any:
        return of_objects(np.asarray(self._frame[name].to_native(), dtype=object), name)

    def _object_numbers(self, name: str) -> Any:
        """Numbers or truth values that a column of objects holds, as an Arrow array; None for any other column."""
        if name not in self._objects:
            found = None
            if self._holds_objects(name):
                found = self._of_objects(name)
            self._objects[name] = found if found is not None and are_numbers(found) else None
        return self._objects[name]

    def with_columns(self, columns: Mapping[str, FloatArray | Category]) -> Rows:
        """The same rows with columns added or replaced."""
        rows = Rows(self._frame, extra={**self._extra, **columns})
        rows._categories = {name: value for name, value in self._categories.items() if name not in columns}
        rows._objects = dict(self._objects)
        return rows


def _nw() -> Any:
    import narwhals

    return narwhals


def _frame(data: Any) -> Any:
    nw = _nw()
    if hasattr(data, "collect_schema") and not hasattr(data, "shape"):
        raise InputError(
            "the data are a query that has not been run",
            where="data",
            got=type(data).__name__,
            remedies=("run it: data.collect()",),
        )
    _refuse_repeated(getattr(data, "columns", None) if not hasattr(data, "column_names") else data.column_names)
    try:
        frame = data if isinstance(data, nw.DataFrame) else nw.from_native(_tabular(data), eager_only=True)
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


def _tabular(data: Any) -> Any:
    """Microdata read from a file as the frame they hold: their missing codes are missing there."""
    return data.to_pandas() if callable(getattr(data, "missing_codes", None)) else data


def _refuse_repeated(columns: Any) -> None:
    names = [name for name in columns if isinstance(name, str)] if columns is not None else []
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError("two columns have one name", where="data", count=len(repeated), examples=repeated)


def _labels(category: Category) -> list[Any]:
    return [category.levels[code] if code >= 0 else None for code in category.codes]
