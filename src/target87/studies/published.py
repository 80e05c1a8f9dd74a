"""Published projections beside the same arithmetic done here, each with the status of its printed figure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target87.errors import DataError
from target87.studies.readings import NumberPath, PaceFactor, RatePath, Reading, RegionalPath

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOT_REPRODUCIBLE", "READINGS", "published_projections_table", "regional_projections_table"]

_ILO2013 = RatePath(window=(2008, 2012), start=2012)
_ILO2017 = NumberPath(window=(2012, 2016), start=2016)
_BY_REGION = RegionalPath(window=(2008, 2016), start=2020)
_WORLD_NUMBERS = (NumberPath(window=(2008, 2020), start=2020), NumberPath(window=(2012, 2016), start=2020))

READINGS: dict[str, tuple[Reading, ...]] = {
    "ILO2013a": (_ILO2013,),
    "ILO2013b": (_ILO2013,),
    "ILO2013c": (_ILO2013,),
    "ILO2013d": (_ILO2013,),
    "ILO2017a": (_ILO2017,),
    "ILO2017b": (_ILO2017,),
    "UN2021a": (_BY_REGION, *_WORLD_NUMBERS),
    "UN2021b": (_BY_REGION, *_WORLD_NUMBERS),
    "UN2021f": (PaceFactor(window=(2000, 2020), now=2020),),
    "UN2025a": (
        PaceFactor(window=(2000, 2024), now=2024),
        PaceFactor(window=(2000, 2024), now=2024, years=5),
        PaceFactor(window=(2020, 2024), now=2024, basis="number", years=5),
    ),
}
"""Readings of each projection: the adopted one first, then others.

World numbers come as near to the projections of 2021 but leave the window stated there (2008-16); for the factor of
2025 five years are nearer to its words and six to its number.
"""

_POVERTY = "the poverty rates simulated for 2022 and the response of child labour to poverty"
_PROTECTION = "the social protection coverage supposed for 2022 and the response of child labour to it"

NOT_REPRODUCIBLE = {
    "ILO2006a": (
        "a threshold: elimination is stated without one; a constant rate of change never reaches 0, a straight line in "
        "numbers does, in 2016"
    ),
    "UN2021c": _POVERTY,
    "UN2021d": _PROTECTION,
    "UN2021e": _PROTECTION,
}
"""Projections that public inputs cannot reproduce, and the input that is missing."""


def published_projections_table() -> pd.DataFrame:
    """Published projections, and what the arithmetic that comes nearest to each gives here.

    Figures and populations are the embedded ones; the readings are inferences from the printed results, since no report
    read prints its method. A figure that was not read at its source is shown with its status and decides nothing.

    Returns
    -------
    pandas.DataFrame
        One row a projection and reading:

        - ``projection_id``, ``source_id``, ``published_year``, ``indicator``, ``target_year``, ``statement``;
        - ``published``, ``unit`` (million children, or times), ``status``: the printed figure and how it was confirmed;
        - ``reading``: ``adopted``; ``other``, which shows how far another arithmetic would do as well; or ``none``;
        - ``ours``, ``definition``: our number, and the arithmetic, window, start and population that give it;
        - ``difference``, ``ratio``: ours minus and over published;
        - ``pass_mark``, ``passed``: the condition on an adopted reading, only where the printed figure was READ;
        - ``missing_input``: why there is no reading;
        - ``unconfirmed_inputs``: figures used that were not read as printed.

    Examples
    --------
    >>> from target87.studies.published import published_projections_table
    >>> table = published_projections_table().query("reading == 'adopted'").set_index("projection_id")
    >>> table.loc[["ILO2017a", "UN2025a"], ["published", "ours", "status", "pass_mark"]].round(1)
                   published   ours status                 pass_mark
    projection_id
    ILO2017a           121.0  120.3   READ                within 1 %
    UN2025a             11.0   11.4   READ  equal in whole numbers
    """
    import pandas as pd

    from target87 import datasets

    rows: list[dict[str, Any]] = []
    for printed in datasets.published_projections().to_dict("records"):
        labels = _labels({str(name): value for name, value in printed.items()})
        readings = READINGS.get(labels["projection_id"], ())
        if not readings:
            rows.append({**labels, "reading": "none", "missing_input": _missing_input(labels["projection_id"])})
        rows.extend(_row(labels, reading, adopted=reading is readings[0]) for reading in readings)
    table = pd.DataFrame(rows)[list(_COLUMNS)]
    text = [name for name, kind in _COLUMNS.items() if kind == "str"]
    return table.fillna(dict.fromkeys(text, "")).astype(_COLUMNS)


def regional_projections_table() -> pd.DataFrame:
    """Parts of the projections of 2021 by region, in millions: the slow region's growing weight is what makes them.

    Returns
    -------
    pandas.DataFrame
        ``region`` and one column a target year; the last row is the sum.

    Examples
    --------
    >>> from target87.studies.published import regional_projections_table
    >>> regional_projections_table().set_index("region").loc["sum"].round(1).tolist()
    [138.8, 123.7]
    """
    import pandas as pd

    years = {year: _BY_REGION.parts("child_labour", year) for year in (2025, 2030)}
    table = pd.DataFrame(years)
    table.loc["sum"] = table.sum()
    return table.rename_axis("region").reset_index()


_COLUMNS = {
    "projection_id": "str",
    "source_id": "str",
    "published_year": "int64",
    "indicator": "str",
    "target_year": "int64",
    "published": "float64",
    "unit": "str",
    "statement": "str",
    "status": "str",
    "reading": "str",
    "ours": "float64",
    "definition": "str",
    "difference": "float64",
    "ratio": "float64",
    "pass_mark": "str",
    "passed": "boolean",
    "missing_input": "str",
    "unconfirmed_inputs": "str",
}
_AS_PRINTED = ("projection_id", "source_id", "published_year", "indicator", "target_year", "status")


def _labels(printed: dict[str, Any]) -> dict[str, Any]:
    """What was published, with an acceleration factor taken out of its statement."""
    statement = printed["statement"] if isinstance(printed["statement"], str) else ""
    labels = {name: printed[name] for name in _AS_PRINTED} | {"statement": statement}
    if printed["kind"] != "acceleration_factor":
        return {**labels, "published": printed["projected_millions"], "unit": "million children"}
    found = re.search(r"(\d+(?:\.\d+)?) times", statement)
    if found is None:
        raise DataError("an acceleration factor is not in its statement", where=labels["projection_id"], got=statement)
    return {**labels, "published": float(found.group(1)), "unit": "times"}


def _row(labels: dict[str, Any], reading: Reading, *, adopted: bool) -> dict[str, Any]:
    ours = reading.value(labels["indicator"], labels["target_year"])
    row = {
        **labels,
        "reading": "adopted" if adopted else "other",
        "ours": ours,
        "definition": reading.words(labels["target_year"]),
        "difference": ours - labels["published"],
        "ratio": ours / labels["published"],
        "unconfirmed_inputs": "; ".join(reading.doubts(labels["indicator"])),
    }
    return row | _mark(row) if adopted and labels["status"] == "READ" else row


def _mark(row: dict[str, Any]) -> dict[str, Any]:
    """The condition a READ figure sets: numbers to 1 %, factors to the whole number they are printed as."""
    if row["unit"] == "times":
        return {"pass_mark": "equal in whole numbers", "passed": round(row["ours"]) == row["published"]}
    return {"pass_mark": "within 1 %", "passed": abs(row["ratio"] - 1.0) <= 0.01}


def _missing_input(projection_id: str) -> str:
    try:
        return NOT_REPRODUCIBLE[projection_id]
    except KeyError:
        raise DataError("a published projection has neither a reading nor a reason", where=projection_id) from None
