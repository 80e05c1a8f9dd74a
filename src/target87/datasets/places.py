"""Areas and the regions they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.datasets.reading import read
from target87.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

_ASIA = "Asia and the Pacific"
_SDG_TREND_REGIONS = ("Sub-Saharan Africa", "Latin America and the Caribbean")
_WITHOUT_LIST = ("region_2005", "region_2012")


def areas() -> pd.DataFrame:
    """Countries and territories with the regions and groups they belong to.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``area`` (ISO 3166 alpha-3, with XKX for Kosovo): ``m49`` (three digits, as text), ``name``,
        ``m49_subregion``, ``m49_region``, ``sdg_region``, ``ilo_region`` (derived by rule), ``wb_income_fy2026``,
        ``wb_region``, ``ldc``.

    See Also
    --------
    region_membership : countries of the regions that child labour is published for.

    Examples
    --------
    >>> from target87 import datasets
    >>> datasets.areas().loc["BGD", ["m49", "name", "sdg_region"]].tolist()
    ['050', 'Bangladesh', 'Central and Southern Asia']
    """
    return read("areas").set_index("area")


def region_membership(group_type: str) -> dict[str, str]:
    """Region of each area in a grouping that estimates are published for.

    Parameters
    ----------
    group_type : {"region_ilo", "region_ilo_trend"}
        ``"region_ilo"`` are the five regions of the ILO. ``"region_ilo_trend"`` are the three with a trend of child
        labour since 2008: Sub-Saharan Africa and Latin America and the Caribbean as the SDGs draw them, Asia and the
        Pacific as the ILO does. They do not overlap, and areas outside them are left out.

    Returns
    -------
    dict of str to str
        Area code to region.

    Raises
    ------
    InputError
        For the groupings of older forced labour reports, of which no country list is embedded.
    UnknownNameError
        If there is no such grouping.

    Examples
    --------
    >>> from target87 import datasets
    >>> datasets.region_membership("region_ilo")["SDN"], datasets.region_membership("region_ilo_trend").get("SDN")
    ('Africa', None)
    """
    if group_type in _WITHOUT_LIST:
        raise InputError(
            "no country list embedded for the regions of this report",
            where="group_type",
            got=repr(group_type),
            remedies=("use 'region_ilo' or 'region_ilo_trend'", "any column of areas() is a grouping too"),
        )
    table = areas()
    if group_type == "region_ilo":
        region = table["ilo_region"]
    elif group_type == "region_ilo_trend":
        in_asia = table["ilo_region"].where(table["ilo_region"] == _ASIA)
        region = table["sdg_region"].where(table["sdg_region"].isin(_SDG_TREND_REGIONS)).fillna(in_asia)
    else:
        raise UnknownNameError.of(
            group_type,
            ("region_ilo", "region_ilo_trend"),
            kind="grouping with a country list",
            remedy="any column of areas() is a grouping too: areas()['sdg_region']",
        )
    return {str(area): str(name) for area, name in region.dropna().items()}
