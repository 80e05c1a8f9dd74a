"""Rewrite ``published_projections.md`` beside this file: ``python docs/make_published_projections.py``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from target87.studies.published import published_projections_table, regional_projections_table
from target87.studies.readings import RatePath

PAGE = Path(__file__).with_name("published_projections.md")

HEAD = """\
# Published projections and the arithmetic that gives them

This page is generated from the embedded figures; `python docs/make_published_projections.py` rewrites it, and a test
holds it to what the library computes.

The pages read of these reports state no method. For each projection the arithmetic below is the one found to come
nearest to the printed result **after** seeing it: agreement shows that the convention is plausible, not that it was
used. A printed figure that was not read at its source (status other than `READ`) is shown for comparison
and decides nothing; a `READ` one sets a pass mark: 1 % for numbers, the same whole number for factors.
"""

OTHER = """\
## Other arithmetic

Agreement alone identifies nothing. Numbers of the world give the projections of 2021 as well as regions do, but leave
the window stated there (2008-16). The words of 2025, "within next five years", taken as five years after 2024, do not
give the printed factor at the threshold that gives the one of 2021; six years do, and so do numbers since 2020 in five.
"""

NONE = """\
## Not reproducible from public inputs
"""

REGIONS = """\
## The projections of 2021 by region

Millions of children. The region where the rate falls slowest gains weight, which one path for the world cannot show.
"""

DOUBTS = """\
## Figures used above that were not read as printed
"""


def page() -> str:
    """The page as it should stand."""
    table = published_projections_table()
    kinds = dict(tuple(table.groupby("reading", sort=False)))
    parts = [
        HEAD,
        _markdown(_compared(kinds["adopted"])),
        OTHER,
        _markdown(_compared(kinds["other"]).drop(columns=["pass mark"])),
        NONE,
        _markdown(_named(kinds["none"]).assign(missing=kinds["none"]["missing_input"])),
        REGIONS,
        _markdown(_regions()),
        DOUBTS,
        _doubts(table),
    ]
    return "\n".join(parts)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    what = rows["indicator"].str.replace("_", " ") + rows["target_year"].map(" {}".format)
    printed = rows["published"].map("{:g}".format) + rows["unit"].map(
        {"times": " times", "million children": " million"}
    )
    return pd.DataFrame(
        {
            "projection": rows["projection_id"],
            "of": what,
            "printed": printed,
            "in words": rows["statement"],
            "status": rows["status"],
        }
    )


def _compared(rows: pd.DataFrame) -> pd.DataFrame:
    verdict = rows["passed"].map({True: ": met", False: ": **not met**"}).fillna("")
    return _named(rows).assign(
        ours=rows["ours"].map("{:.1f}".format),
        difference=(100 * (rows["ratio"] - 1)).map("{:+.1f} %".format).replace("-0.0 %", "+0.0 %"),
        **{"pass mark": rows["pass_mark"] + verdict, "arithmetic": rows["definition"]},
    )


def _regions() -> pd.DataFrame:
    table = regional_projections_table().set_index("region")
    world = RatePath(window=(2008, 2016), start=2020)
    table.loc["one path for the world"] = [world.value("child_labour", int(year)) for year in table.columns]
    return table.map("{:.1f}".format).rename(columns=str).reset_index()


def _doubts(table: pd.DataFrame) -> str:
    named: dict[str, list[str]] = {}
    for row in table.to_dict("records"):
        for doubt in filter(None, row["unconfirmed_inputs"].split("; ")):
            named.setdefault(doubt, []).append(row["projection_id"])
    return "".join(f"- {doubt}: {', '.join(used)}\n" for doubt, used in named.items())


def _markdown(table: pd.DataFrame) -> str:
    lines = [table.columns.tolist(), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
