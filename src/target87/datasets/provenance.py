"""Where the embedded data come from, and what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.datasets.reading import read
from target87.datasets.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

_LOADERS = {
    "population_5_17": "population(ages='5-17', vintage='WPP2024')",
    "population_5_17_wpp2019": "population(ages='5-17', vintage='WPP2019')",
    "population_5_17_world_wpp2019": "population(ages='5-17', vintage='WPP2019')",
    "population_total": "population(ages='all', vintage='WPP2024')",
}
_YEARS = ("year", "period_start", "period_end", "target_year")
_PLACES = ("area", "entity")


def sources() -> pd.DataFrame:
    """Publications that every embedded figure comes from.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``source_id``: ``publication``, ``publisher``, ``read_in`` (where the figures were read, seldom the
        report itself), ``licence``, ``note``. Population vintages, the regions and the historical table have a row
        each.

    Examples
    --------
    >>> from target87 import datasets
    >>> datasets.sources().loc["WPP2024", ["publication", "publisher", "licence"]].tolist()
    ['World Population Prospects 2024, medium variant', 'UN DESA', 'CC BY 3.0 IGO']
    """
    return read("sources").set_index("source_id")


def catalog() -> pd.DataFrame:
    """What data are embedded: one row a file.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``dataset``: ``loader`` (the call that gives it), ``file``, ``rows``, ``first_year`` and
        ``last_year``, ``areas`` (countries and territories, or entities; the world counts as one), ``key`` (columns
        that identify a row), ``note``.

    Examples
    --------
    >>> from target87 import datasets
    >>> datasets.catalog().loc["country_surveys", ["rows", "first_year", "last_year", "areas"]].tolist()
    [2622, 1994, 2025, 125]
    """
    import pandas as pd

    rows = {name: _catalogued(name) for name in TABLES}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("dataset")
    return table.astype({"first_year": "Int64", "last_year": "Int64", "areas": "Int64"})


def _catalogued(name: str) -> dict[str, object]:
    table, frame = TABLES[name], read(name)
    years = [int(bound) for column in _YEARS if column in frame for bound in (frame[column].min(), frame[column].max())]
    places = [frame[column].nunique() for column in _PLACES if column in frame]
    return {
        "loader": _LOADERS.get(name, f"{name}()"),
        "file": table.file,
        "rows": len(frame),
        "first_year": min(years, default=None),
        "last_year": max(years, default=None),
        "areas": max(places, default=None),
        "key": ", ".join(table.key),
        "note": table.note,
    }
