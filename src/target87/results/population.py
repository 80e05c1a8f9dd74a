"""``Population``: counts of people over area, year, sex and age, with their vintage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from target87.errors import DataError, InputError, UnknownNameError
from target87.results.age_bands import bounds, cover, span
from target87.results.files import write_netcdf
from target87.results.population_table import checked, to_array

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

SCHEMA_VERSION = 1
WORLD = "WLD"


@dataclass(frozen=True, repr=False, eq=False)
class Population:
    """Counts of people at mid-year, in persons.

    Parameters
    ----------
    counts : xarray.DataArray
        Over ``area`` (ISO 3166 alpha-3, ``WLD`` for the world, or groups), ``year`` (every year from first to last),
        ``sex`` (``total``, ``male``, ``female``, or some of them) and ``age`` (``"5-11"``, ``"18+"``, ``"all"`` ...).
        ``attrs`` must hold ``vintage`` and may hold ``variant``, ``source`` and ``note``. It is copied, and the copy
        cannot be written to.

    Raises
    ------
    DataError
        If dimensions, labels, years or values are not so.

    See Also
    --------
    target87.datasets.population : the embedded populations.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"area": "WLD", "year": [2020, 2021], "sex": "total", "age": "5-17", "count": [100.0, 121.0]}
    ... )
    >>> population = Population.from_dataframe(table, vintage="mine")
    >>> population
    <Population mine, variant not stated: 1 area, 2020-2021, total, ages 5-17>
    >>> round(population.at(2020.5), 6)
    110.0
    """

    counts: xr.DataArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", checked(self.counts))

    @property
    def vintage(self) -> str:
        """Which revision the counts come from, such as ``WPP2024``."""
        return str(self.counts.attrs["vintage"])

    @property
    def variant(self) -> str:
        """Variant of the projection, such as ``medium``."""
        return str(self.counts.attrs["variant"])

    @property
    def years(self) -> tuple[int, int]:
        """First and last year."""
        years = self.counts["year"].values
        return int(years[0]), int(years[-1])

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas or groups, in order."""
        return tuple(str(area) for area in self.counts["area"].values)

    @property
    def ages(self) -> tuple[str, ...]:
        """Age groups as stored."""
        return tuple(str(age) for age in self.counts["age"].values)

    def series(self, area: str = WORLD, sex: str = "total", ages: str | None = None) -> xr.DataArray:
        """Counts of one area by year.

        Parameters
        ----------
        area : str
            Area or group; ``"world"`` is ``"WLD"``. The world is the stored total, never a sum of areas.
        sex : {"total", "male", "female"}
            The total is the stored one; where none is stored, male and female are added.
        ages : str, optional
            Age group: a stored one, or one that stored bands make up, such as ``"12-17"``. All stored ages together if
            not given.

        Returns
        -------
        xarray.DataArray
            Over ``year``, in persons.

        Raises
        ------
        UnknownNameError
            If the area or sex is not among those stored.
        InputError
            If the stored ages do not make up ``ages``, or overlap where it is not given.

        Examples
        --------
        >>> from target87 import datasets
        >>> boys = datasets.population().series("BGD", sex="male", ages="12-17")
        >>> boys.sel(year=[2000, 2024]).dims, boys["age"].item()
        (('year',), '12-17')
        """
        bands = self._bands(ages)
        own = self.counts.sel(area=self._area(area), age=bands).sum("age", keep_attrs=True)
        return _of_sex(own, sex).assign_coords(sex=sex, age=ages or span(bands))

    def at(self, year: float, area: str = WORLD, sex: str = "total", ages: str | None = None) -> float:
        """Count at a moment, changing at a constant rate from one mid-year to the next.

        Parameters
        ----------
        year : float
            ``2016`` is the middle of 2016 (the stored count), ``2016.5`` half a year later, the start of 2017.
        area, sex, ages : str
            As in :meth:`series`.

        Raises
        ------
        InputError
            If the moment lies outside the table.

        Examples
        --------
        >>> from target87 import datasets
        >>> everybody = datasets.population(ages="all")
        >>> [round(everybody.at(year) / 1e9, 3) for year in (2024, 2024.5, 2025)]
        [8.162, 8.197, 8.232]
        """
        first, last = self.years
        if not first <= year <= last:  # also refuses what is not a number
            raise InputError(
                "the population table does not reach this year",
                where="year",
                expected=f"{first} to {last} ({self.vintage}, variant {self.variant})",
                got=f"{year:g}",
                remedies=("bring a longer table: Population.from_dataframe(table, vintage=...)",),
            )
        counts = self.series(area, sex, ages).to_numpy()
        before = min(int(year - first), last - first)
        low, high, part = counts[before], counts[min(before + 1, last - first)], year - first - before
        if min(low, high) <= 0.0:  # no constant rate leads to or from nobody
            return float(low + part * (high - low))
        return float(low * (high / low) ** part)

    def group(self, membership: Mapping[str, str] | pd.Series[str]) -> Population:
        """Sum areas into groups.

        Parameters
        ----------
        membership : mapping or Series of area to group
            Such as ``datasets.region_membership("region_ilo")`` or ``datasets.areas()["sdg_region"]``. Areas without a
            group are left out; the world is no member of a group.

        Returns
        -------
        Population
            Its areas are the groups. ``counts.attrs`` counts the areas left out (``areas_without_group``) and the
            members that this population does not have (``members_without_population``).

        Raises
        ------
        InputError
            If no area has a group, or the world is put into one.

        Examples
        --------
        >>> from target87 import datasets
        >>> children = datasets.population(ages="5-17", vintage="WPP2019")
        >>> regions = children.group(datasets.region_membership("region_ilo_trend"))
        >>> round(regions.at(2020, "Sub-Saharan Africa") / 1e6)
        362
        """
        groups = {str(area): str(name) for area, name in membership.items() if _is_name(name)}
        if WORLD in groups:
            raise InputError("the world cannot be a member of a group", where="membership", got=groups[WORLD])
        labels = np.array([groups.get(area, "") for area in self.areas])
        names = sorted(set(labels) - {""})
        if not names:
            raise InputError("no area of this population has a group", where="membership", examples=self.areas)
        values = self.counts.to_numpy()
        sums = np.stack([values[labels == name].sum(axis=0) for name in names])
        attrs = self.counts.attrs | {
            "areas_without_group": sum(
                label == "" and area != WORLD for area, label in zip(self.areas, labels, strict=True)
            ),
            "members_without_population": len(groups.keys() - set(self.areas)),
        }
        grouped = self.counts.isel(area=[0] * len(names)).assign_coords(area=names)
        return Population(grouped.copy(data=sums).assign_attrs(attrs))

    def to_dataframe(self) -> pd.DataFrame:
        """Long table with columns ``area``, ``year``, ``sex``, ``age``, ``count``."""
        frame = self.counts.to_dataframe(name="count").reset_index()
        frame.attrs = dict(self.counts.attrs)
        return frame

    @classmethod
    def from_dataframe(
        cls, frame: pd.DataFrame, *, vintage: str, variant: str = "not stated", source: str = "given by the user"
    ) -> Population:
        """Population from a long table of one's own, such as another variant.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns ``area``, ``year``, ``sex`` (total, male, female, or T, M, F), ``age`` and ``count`` (persons at
            mid-year); others are not looked at. Every area needs the same years, without gaps, sexes and ages.
        vintage, variant, source : str
            What the table is, for every result that uses it.

        Raises
        ------
        DataError
            If the table has a fault; the error says which, in which column, how many rows, and the first five.

        Examples
        --------
        >>> from target87 import datasets
        >>> table = datasets.population().to_dataframe().query("area == 'BGD'")
        >>> Population.from_dataframe(table.assign(count=1.02 * table["count"]), vintage="WPP2024", variant="2 % more")
        <Population WPP2024, variant 2 % more: 1 area, 2000-2035, total/male/female, ages 5-11, 12-14, 15-17>
        """
        attrs = {"vintage": vintage, "variant": variant, "source": source}
        return cls(to_array(frame).assign_attrs(attrs))

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write a NetCDF file, whole or not at all."""
        write_netcdf(path, self.counts.to_dataset(name="population").assign_attrs(schema_version=SCHEMA_VERSION))

    @classmethod
    def from_netcdf(cls, path: str | os.PathLike[str]) -> Population:
        """Read what :meth:`to_netcdf` wrote.

        Raises
        ------
        DataError
            If the file holds no population, or one of a later version of the format.
        """
        import xarray as xr

        with xr.open_dataset(path, engine="h5netcdf") as opened:
            data = opened.load()
        version = int(data.attrs.get("schema_version", 0))
        if "population" not in data or not 1 <= version <= SCHEMA_VERSION:
            raise DataError(
                "the file does not hold a population of this format",
                where=str(path),
                expected=f"a variable 'population', schema_version up to {SCHEMA_VERSION}",
                got=f"{', '.join(map(str, data.data_vars))}; schema_version {version}",
            )
        return cls(data["population"])

    def plot(
        self,
        ax: Axes | None = None,
        *,
        areas: list[str] | None = None,
        sex: str = "total",
        ages: str | None = None,
    ) -> Axes:
        """Draw counts by year, in millions, and return the axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if not given.
        areas : list of str, optional
            Areas to draw; the world, or else the first six, if not given.
        sex, ages : str
            As in :meth:`series`.

        Examples
        --------
        >>> from target87 import datasets
        >>> axes = datasets.population(ages="5-17").plot()
        >>> axes.get_ylabel()
        'millions'
        """
        from matplotlib import pyplot as plt

        if ax is None:
            ax = plt.subplots()[1]
        for area in areas if areas is not None else self._shown():
            counts = self.series(area, sex, ages)
            ax.plot(counts["year"].values, counts.values / 1e6, label=area)
        ax.set(xlabel="year", ylabel="millions", title=f"{self.vintage}, variant {self.variant}, mid-year")
        ax.legend()
        return ax

    def __repr__(self) -> str:
        first, last = self.years
        areas = f"{len(self.areas):,} area{'s' if len(self.areas) != 1 else ''}"
        sexes = "/".join(str(sex) for sex in self.counts["sex"].values)
        return (
            f"<Population {self.vintage}, variant {self.variant}: {areas}, {first}-{last}, {sexes}, "
            f"ages {', '.join(self.ages)}>"
        )

    def _repr_html_(self) -> str:
        import html

        first, last = self.years
        shown = self.counts.sel(
            area=self._shown(), sex=self.counts["sex"][0], year=sorted({first, (first + last) // 2, last})
        )
        rows = (shown / 1e6).to_dataframe(name="count")
        table = rows.pivot_table(index=["area", "age"], columns="year", values="count", sort=False)
        caption = f"{self!r}, millions of persons, {self.counts['sex'].values[0]}"
        return f"<p>{html.escape(caption)}</p>{table.to_html(float_format='{:,.2f}'.format)}"

    def _shown(self) -> list[str]:
        return [WORLD] if WORLD in self.areas else list(self.areas[:6])

    def _area(self, area: str) -> str:
        if area in self.areas:
            return area
        if str(area).casefold() in ("world", "wld") and WORLD in self.areas:
            return WORLD
        raise UnknownNameError.of(area, self.areas, kind="area of this population")

    def _bands(self, ages: str | None) -> list[str]:
        if ages is not None:
            return cover(ages, self.ages)
        limits = sorted(bounds(band) for band in self.ages)
        if any(after[0] < before[1] for before, after in pairwise(limits)):
            raise InputError(
                "stored ages overlap: say which", where="ages", expected=f"made up of {', '.join(self.ages)}"
            )
        return list(self.ages)


def _of_sex(counts: xr.DataArray, sex: str) -> xr.DataArray:
    stored = [str(one) for one in counts["sex"].values]
    if sex in stored:
        return counts.sel(sex=sex)
    if sex == "total" and {"male", "female"} <= set(stored):
        return counts.sum("sex", keep_attrs=True)
    raise UnknownNameError.of(sex, stored, kind="sex of this population")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""
