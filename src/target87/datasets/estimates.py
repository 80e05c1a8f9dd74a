"""Published figures for the world and its groups: estimates, projections, counts of verified cases, history."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from target87.datasets.reading import as_printed, one_of, read
from target87.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def global_estimates(
    indicator: str | Collection[str] | None = None,
    group_type: str | Collection[str] | None = None,
    group: str | Collection[str] | None = None,
    year: int | Collection[int] | None = None,
    confirmed_only: bool = False,
) -> pd.DataFrame:
    """Published global and regional estimates, as printed in one report each.

    Two reports may give the same year in different forms: choose by ``source_id``, never add. A number and a rate of
    one row are one observation, made with that report's own population.

    Parameters
    ----------
    indicator, group_type, group : str or collection of str, optional
        Rows to take, such as ``"child_labour"``, ``"region_ilo"``, ``"Africa"``; all if not given.
    year : int or collection of int, optional
        Reference years to take.
    confirmed_only : bool
        Take only rows with nothing recalled or derived. A row with one half confirmed is left out whole; to use that
        half, take all rows and look at ``number_confirmed`` and ``rate_confirmed``.

    Returns
    -------
    pandas.DataFrame
        Columns of the file (``number_millions``, ``rate`` in ``rate_unit``, ``source_id``, ``status`` ...) and

        - ``confirmed``: the row was read at its source, both halves;
        - ``number_confirmed``, ``rate_confirmed``, ``interval_confirmed``: that value is given and was read there;
        - ``approximate``: it was read rounded;
        - ``number_decimals``, ``rate_decimals``: digits printed after the point, which give the rounding of the figure.

        ``attrs["not_confirmed"]`` counts the rows asked for that are not confirmed, left out or not.

    Raises
    ------
    UnknownNameError
        If an indicator, group type or group is in no row; the nearest names are offered.
    InputError
        If a year is not a whole number.

    Examples
    --------
    >>> from target87 import datasets
    >>> world = datasets.global_estimates("child_labour", "world", year=[2020, 2024])
    >>> world[["year", "number_millions", "rate", "rate_decimals", "confirmed"]]
       year  number_millions  rate  rate_decimals  confirmed
    0  2020            160.0   9.6              1       True
    1  2024            137.6   7.8              1       True
    """
    frame = _marked()
    keep = frame["year"].notna()
    for column, wanted in {"indicator": indicator, "group_type": group_type, "group": group}.items():
        if wanted is not None:
            keep &= one_of(frame[column], wanted, frame[column].unique(), column.replace("_", " "))
    if year is not None:
        keep &= frame["year"].isin(_years(year))
    taken = frame[keep]
    taken.attrs["not_confirmed"] = int((~taken["confirmed"]).sum())
    if confirmed_only:
        taken = taken[taken["confirmed"]]
    return taken.reset_index(drop=True)


def published_projections() -> pd.DataFrame:
    """Projections that reports have printed, for comparison with what is computed here.

    Returns
    -------
    pandas.DataFrame
        ``projected_millions`` (million persons; missing where the report printed an acceleration factor, which stands
        in ``statement``), ``base_window``, ``target_year``, ``kind``, ``source_id``, ``status``, and ``confirmed``:
        whether it was read at its source.

    Examples
    --------
    >>> from target87 import datasets
    >>> table = datasets.published_projections().set_index("projection_id")
    >>> table.loc[["ILO2017a"], ["target_year", "projected_millions", "status"]]
                   target_year  projected_millions status
    projection_id
    ILO2017a              2025               121.0   READ
    """
    frame = read("published_projections")
    return frame.assign(confirmed=_read_at_source(frame["status"]))


def verified_cases() -> pd.DataFrame:
    """Cases that somebody verified or detected: lower bounds, driven by detection, never a prevalence.

    Returns
    -------
    pandas.DataFrame
        ``count`` of ``indicator`` from ``period_start`` to ``period_end`` (years, inclusive) within ``scope``, with
        ``source_id``, ``status`` and ``confirmed``. Cumulative periods overlap the yearly ones.

    Examples
    --------
    >>> from target87 import datasets
    >>> cases = datasets.verified_cases()
    >>> int(cases.loc[(cases["period_start"] == 2023) & (cases["period_end"] == 2023), "count"].iloc[0])
    8655
    """
    frame = read("verified_cases")
    return frame.assign(confirmed=_read_at_source(frame["status"]))


def historical() -> pd.DataFrame:
    """Children's work in England, Italy, the United States and the world, 1851 to 2012.

    Returns
    -------
    pandas.DataFrame
        ``percent`` of the ages ``age_range`` by ``entity`` and ``year``, with ``source_note`` (authors) and
        ``source_id``. The last block is child labour at 5-17, the rest participation at 10-14: not one series.

    Examples
    --------
    >>> from target87 import datasets
    >>> italy = datasets.historical().query("entity == 'Italy'")
    >>> italy["percent"].tolist()[:2]
    [64.3, 49.9]
    """
    return read("historical").assign(source_id="OWID-historical")


@cache
def _marked() -> pd.DataFrame:
    """The whole table with its marks, made once; nothing here writes to it or hands it out whole."""
    frame = read("global_estimates")
    status = frame["status"]
    read_whole = _read_at_source(status)
    given = frame[["number_millions", "rate", "interval"]].notna()
    printed = as_printed("global_estimates")
    return frame.assign(
        confirmed=read_whole,
        number_confirmed=(read_whole | status.eq("NUMBER_READ_RATE_RECALLED")) & given["number_millions"],
        rate_confirmed=(read_whole | status.eq("RATE_READ_NUMBER_RECALLED")) & given["rate"],
        # the interval can be recalled where the row itself was read: then its own text says so
        interval_confirmed=read_whole & given["interval"] & ~frame["interval"].fillna("").str.contains("RECALLED"),
        approximate=status.eq("READ_APPROX"),
        number_decimals=_decimals(printed["number_millions"]),
        rate_decimals=_decimals(printed["rate"]),
    )


def _read_at_source(status: pd.Series[str]) -> pd.Series[bool]:
    return status.isin(["READ", "READ_APPROX"])


def _decimals(printed: pd.Series[str]) -> pd.Series[Any]:
    """Digits after the point of numbers as text; missing where there is no number."""
    import pandas as pd

    digits = printed.str.partition(".")[2].str.len()
    return pd.to_numeric(digits.where(printed.notna())).astype("Int64")


def _years(year: int | Collection[int]) -> list[int]:
    from numbers import Integral

    years = list(year) if isinstance(year, Collection) and not isinstance(year, str) else [year]
    for one in years:
        if not isinstance(one, Integral) or isinstance(one, bool):
            raise InputError("a year must be a whole number", where="year", got=repr(one))
    return [int(one) for one in years]
