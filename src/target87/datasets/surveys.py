"""Prevalences of children's work that surveys gave, by country and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.datasets.reading import one_of, read

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

SUSPECT = "SUSPECT"


def country_surveys(
    series: str | Collection[str] | None = None,
    area: str | Collection[str] | None = None,
    include_suspect: bool = False,
) -> pd.DataFrame:
    """Country survey figures of children's work, from five collections.

    Rows of different ``series`` are different quantities (:func:`target87.datasets.series` defines them): take one.
    No collection prints a standard error, a sample size or the survey's name.

    Parameters
    ----------
    series : str or collection of str, optional
        Series to take; all if not given.
    area : str or collection of str, optional
        ISO 3166 alpha-3 codes of the countries to take; all if not given.
    include_suspect : bool
        Also give rows that contradict themselves (word SUSPECT in ``note``). Otherwise they are left out and counted.

    Returns
    -------
    pandas.DataFrame
        ``percent`` of the age group in columns of the file, the country code in ``area``, and ``suspect``.
        ``n_children_working`` is an estimated number of children, not a sample size. ``attrs["suspect_left_out"]``
        counts the rows left out by reason; ``attrs["without_year"]`` the rows given that have no year, which cannot
        enter a trend.

    Raises
    ------
    UnknownNameError
        If a series or an area is not known; the nearest are offered. A country without a survey gives no rows.

    Examples
    --------
    >>> from target87 import datasets
    >>> rows = datasets.country_surveys("CLD_XCHL_SEX_AGE_RT", area="AFG")
    >>> rows.loc[rows["age_range"] == "5-11", ["area", "year", "sex", "percent"]]
      area  year sex  percent
    2  AFG  2014   T   20.442
    8  AFG  2023   T   22.583
    >>> datasets.country_surveys("SL_TLF_CHLDEA").attrs["suspect_left_out"]
    {'total outside the range of boys and girls': 3}
    """
    frame = read("country_surveys")
    keep = frame["percent"].notna()
    if series is not None:
        keep &= one_of(frame["series"], series, read("series")["series"], "series")
    if area is not None:
        keep &= one_of(frame["area"], area, read("areas")["area"], "area")
    suspect = frame["note"].fillna("").str.contains(SUSPECT, regex=False)
    taken = frame.assign(suspect=suspect)[keep]
    left_out = taken[taken["suspect"]] if not include_suspect else taken.iloc[:0]
    taken = taken.drop(index=left_out.index).reset_index(drop=True)
    reasons = left_out["note"].str.extract(f"{SUSPECT}: (.+)", expand=False).value_counts()
    taken.attrs["suspect_left_out"] = {str(reason): int(count) for reason, count in reasons.items()}
    taken.attrs["without_year"] = int(taken["year"].isna().sum())
    return taken


def series() -> pd.DataFrame:
    """Definitions of the series of country survey figures.

    Returns
    -------
    pandas.DataFrame
        ``series`` and ``indicator_definition``.

    Examples
    --------
    >>> from target87 import datasets
    >>> datasets.series().loc[4, "indicator_definition"]
    'WDI: children in employment (at least 1 hour of economic activity in reference week), not child labour'
    """
    return read("series")
