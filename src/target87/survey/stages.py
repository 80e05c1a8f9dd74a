"""``Stages``: how the rows were sampled: strata, sampling units and their numbers in the population, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import unit_totals
from target87.survey.encoding import Category, combine, dense_codes
from target87.survey.rows import Rows

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.int32]

_COMPLETE = 1e-7
"""A sampling fraction within this of one is a complete count, which adds no variance."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling.

    Parameters
    ----------
    unit : ndarray of int32, shape (n,)
        Sampling unit of each row.
    group : ndarray of int32, shape (units,)
        Stratum, within the unit of the stage before, that each unit was drawn from.
    sampled, population : ndarray, shape (groups,)
        Units drawn and units there are; the latter is infinite where sampling was with replacement.
    scope : ndarray of int32, shape (groups,)
        Unit of the stage before (0 at the first stage).
    multiplier : ndarray, shape (groups,)
        Product of the sampling fractions of the stages before.
    fraction : ndarray, shape (units,)
        Sampling fraction of each unit; equal within a group unless units had probabilities of their own.
    """

    unit: IntArray
    group: IntArray
    sampled: FloatArray
    population: FloatArray
    scope: IntArray
    multiplier: FloatArray
    fraction: FloatArray
    unit_labels: tuple[Category, ...]
    group_labels: tuple[Category, ...]
    first_row: NDArray[np.int64]

    @property
    def units(self) -> int:
        """Number of sampling units."""
        return self.group.size

    @property
    def groups(self) -> int:
        """Number of strata they were drawn from."""
        return self.sampled.size

    @cached_property
    def complete(self) -> NDArray[np.bool_]:
        """Groups counted completely."""
        whole = np.ones(self.groups, dtype=bool)
        whole[self.group[1.0 - self.fraction >= _COMPLETE]] = False
        return whole

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Groups with one sampling unit that are no complete count."""
        return np.asarray((self.sampled == 1) & ~self.complete)

    @cached_property
    def unit_scale(self) -> FloatArray:
        """Multiplier of the square of each unit's centred total: (1 - f) n / (n - 1), times the fractions above.

        For the only unit of a group n / (n - 1) is left out, as in the policies that centre it elsewhere.
        """
        spread = self.sampled / np.maximum(self.sampled - 1.0, 1.0)
        scale = (self.multiplier * spread)[self.group] * (1.0 - self.fraction)
        return np.where(self.complete[self.group], 0.0, scale)

    @cached_property
    def unit_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sampling units group by group (of length 0 if they lie so), and where each group starts."""
        return unit_totals.grouped(self.group, self.groups)

    @cached_property
    def equal_fractions(self) -> bool:
        """Whether all units of a group have one sampling fraction."""
        first = np.zeros(self.groups)
        first[self.group] = self.fraction
        return bool((self.fraction == first[self.group]).all())

    def group_name(self, group: int) -> str:
        """Label of a group, such as ``"North"`` or ``"North / 17"``."""
        return _label(self.group_labels, self._row(self.group, group))

    def unit_name(self, unit: int) -> str:
        """Label of a sampling unit."""
        return _label(self.unit_labels, int(self.first_row[unit]))

    def _row(self, code: IntArray, wanted: int) -> int:
        return int(self.first_row[np.flatnonzero(code == wanted)[0]])


@dataclass(frozen=True, eq=False)
class Stages:
    """All stages that matter to variances, outermost first."""

    levels: tuple[Stage, ...]
    ignored: int
    """Stages declared below one sampled with replacement; they add nothing to the variance."""
    has_fpc: bool
    has_strata: bool

    @property
    def first(self) -> Stage:
        """The first stage."""
        return self.levels[0]


def encode_stages(
    rows: Rows, *, strata: Sequence[str], psu: Sequence[str], fpc: Sequence[str], nest: bool, fractions_of_units: bool
) -> tuple[Stages, FloatArray | None]:
    """Code the sampling of the rows; also the weights that the population counts imply, or None without them.

    Raises
    ------
    DataError
        If a label is missing, a unit lies in two strata without ``nest``, or population counts are impossible.
    """
    check_stage_numbers(strata, psu, fpc)
    unit_columns = [rows.category(name, argument="psu") for name in psu]
    strata_columns = [rows.category(name, argument="strata") for name in strata]
    for name, column in zip([*psu, *strata], [*unit_columns, *strata_columns], strict=True):
        refuse_missing_labels(column, name)
    sizes = [population_sizes(rows, name) for name in fpc]
    counts = are_counts(sizes, fpc)
    levels: list[Stage] = []
    implied = np.ones(rows.n) if fpc else None
    # of every row, without the memory
    parent: IntArray = np.broadcast_to(np.int32(0), rows.n)
    multiplier: FloatArray = np.broadcast_to(1.0, rows.n)
    for k in range(max(1, len(psu))):
        own = strata_columns[min(k, len(strata) - 1)] if strata else None
        if own is None:
            group = parent
        elif k == 0:
            group = dense_codes(own.codes)[0]
        else:
            group = combine(parent, own.codes, len(own))[0]
        if k == 0 and nest is False and own is not None and psu:
            _check_nesting(unit_columns[0], group, psu[0], strata[0])
        unit = _units(rows, unit_columns, k, group, nested=nest or k > 0)
        size = sizes[k] if k < len(sizes) else None
        level = _stage(
            unit, group, parent, multiplier, size, counts, fractions_of_units, fpc[k] if size is not None else ""
        )
        levels.append(
            Stage(
                **level,
                unit_labels=(*strata_columns[:1], *unit_columns[: k + 1]) if nest else tuple(unit_columns[: k + 1]),
                group_labels=(*((own,) if own is not None else ()), *unit_columns[:k]),
            )
        )
        if fpc:
            fraction = levels[-1].fraction[unit]
            if implied is not None and size is not None:
                implied /= np.where(fraction > 0.0, fraction, np.nan)
            multiplier = multiplier * fraction
        else:
            multiplier = np.broadcast_to(0.0, rows.n)
        parent = unit
    kept = _that_matter(levels)
    stages = Stages(tuple(kept), ignored=len(levels) - len(kept), has_fpc=bool(fpc), has_strata=bool(strata))
    return stages, implied if len(fpc) == len(levels) else None


def _that_matter(levels: list[Stage]) -> list[Stage]:
    kept = [levels[0]]
    for level in levels[1:]:
        if not (level.multiplier > 0.0).any():
            break
        kept.append(level)
    return kept


def _units(rows: Rows, columns: list[Category], k: int, group: IntArray, *, nested: bool) -> IntArray:
    if not columns:
        return np.arange(rows.n, dtype=np.int32)
    column = columns[k]
    if nested:
        return combine(group, column.codes, len(column))[0]
    return dense_codes(column.codes)[0]


def _stage(
    unit: IntArray,
    group: IntArray,
    parent: IntArray,
    multiplier: FloatArray,
    size: FloatArray | None,
    counts: bool,
    fractions_of_units: bool,
    name: str,
) -> dict[str, Any]:
    first_row = _first_rows(unit)
    units = first_row.size
    group_of_unit, _ = dense_codes(group[first_row])
    groups = int(group_of_unit.max()) + 1
    first_unit = _first_rows(group_of_unit)
    sampled = np.bincount(group_of_unit, minlength=groups).astype(np.float64)
    if size is None:
        fraction = np.zeros(units)
    elif fractions_of_units:
        _check_constant(size, unit, first_row, name, "within a sampling unit")
        fraction = size[first_row]
    else:
        group_row = first_row[first_unit]
        _check_constant(size, group_of_unit[unit], group_row, name, "within a stratum")
        per_group = sampled / size[group_row] if counts else size[group_row]
        check_enough(sampled, size[group_row], counts, name)
        fraction = per_group[group_of_unit]
    mean_fraction = np.bincount(group_of_unit, fraction, minlength=groups) / sampled
    with np.errstate(divide="ignore"):
        population = np.where(mean_fraction > 0.0, sampled / mean_fraction, np.inf)
    return {
        "unit": unit,
        "group": group_of_unit,
        "sampled": sampled,
        "population": population,
        "scope": parent[first_row[first_unit]],
        "multiplier": multiplier[first_row[first_unit]],
        "fraction": fraction,
        "first_row": first_row,
    }


def _first_rows(code: IntArray) -> NDArray[np.int64]:
    return np.asarray(unit_totals.first_rows(code, int(code.max()) + 1))


def population_sizes(rows: Rows, name: str) -> FloatArray:
    """Column of population sizes or sampling fractions; raises unless all are above zero."""
    values = rows.numeric(name, argument="fpc")
    faulty = ~(values > 0.0)
    if faulty.any():
        raise DataError(
            "population sizes or sampling fractions must be there and above zero",
            where=f"column {name!r}",
            count=int(faulty.sum()),
            examples=[f"row {i}: {values[i]}" for i in np.flatnonzero(faulty)[:5]],
        )
    return values


def are_counts(sizes: list[FloatArray], names: Sequence[str]) -> bool:
    """Whether population sizes were given; False if sampling fractions; raises if both were."""
    if not sizes or not any((values > 1.0).any() for values in sizes):
        return False
    for values, name in zip(sizes, names, strict=True):
        small = values < 1.0
        if small.any():
            raise DataError(
                "fpc mixes population sizes (1 or more) and sampling fractions (1 or less)",
                where=f"column {name!r}",
                count=int(small.sum()),
                examples=[f"row {i}: {values[i]}" for i in np.flatnonzero(small)[:5]],
                remedies=("give sizes at every stage, or fractions at every stage",),
            )
    return True


def check_stage_numbers(strata: Sequence[str], psu: Sequence[str], fpc: Sequence[str]) -> None:
    """Raise if strata or population sizes are of more stages than there are."""
    stages = max(1, len(psu))
    for name, given in (("fpc", fpc), ("strata", strata)):
        if len(given) > stages:
            raise InputError(
                f"{name} names more stages than there are sampling units",
                where=name,
                expected=f"at most {stages} column{'s' if stages > 1 else ''}",
                got=", ".join(given),
                remedies=("name the sampling units of every stage in psu, outermost first",),
            )


def refuse_missing_labels(column: Category, name: str) -> None:
    """Raise if a label of a stratum or sampling unit is missing."""
    missing = column.codes < 0
    if missing.any():
        raise DataError(
            "labels of strata and sampling units must not be missing",
            where=f"column {name!r}",
            count=int(missing.sum()),
            examples=[f"row {i}" for i in np.flatnonzero(missing)[:5]],
        )


def _check_nesting(units: Category, group: IntArray, psu: str, strata: str) -> None:
    first = _first_rows(units.codes)
    faulty = group != group[first[units.codes]]
    if faulty.any():
        names = [units.levels[code] for code in np.unique(units.codes[faulty])]
        raise DataError(
            "sampling units lie in more than one stratum",
            where=f"columns {psu!r} and {strata!r}",
            count=len(names),
            examples=names,
            remedies=(
                "if unit labels start anew in every stratum: nest=True (R: nest=TRUE; Stata nests them always)",
                "if they do not: mend the labels",
            ),
        )


def _check_constant(size: FloatArray, code: IntArray, first_row: NDArray[np.int64], name: str, within: str) -> None:
    faulty = size != size[first_row][code]
    if faulty.any():
        raise DataError(
            f"fpc varies {within}",
            where=f"column {name!r}",
            count=int(np.unique(code[faulty]).size),
            examples=[f"row {i}: {size[i]} beside {size[first_row][code[i]]}" for i in np.flatnonzero(faulty)[:5]],
            remedies=("give each stratum one population size or sampling fraction",),
        )


def check_enough(sampled: FloatArray, size: FloatArray, counts: bool, name: str) -> None:
    """Raise if the population of a stratum is smaller than its sample, or a sampling fraction above 1."""
    faulty = size < sampled if counts else size > 1.0
    if faulty.any():
        raise DataError(
            "the population is smaller than the sample",
            where=f"column {name!r}",
            count=int(faulty.sum()),
            examples=[f"{size[g]:g} for {sampled[g]:g} sampled units" for g in np.flatnonzero(faulty)[:5]],
            remedies=("fpc is the number of sampling units in the population's stratum, or the sampling fraction",),
        )


def _label(columns: tuple[Category, ...], row: int) -> str:
    return " / ".join(str(column.levels[column.codes[row]]) for column in columns) or f"row {row}"
