"""One declaration per embedded file: columns, types, allowed values, ranges, key, number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target87.datasets.schema import Column, Rule, Table

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
"""Version of the declarations below; it rises when a column changes its meaning or goes."""

STATUS = (
    r"READ|READ_APPROX|RATE_READ_NUMBER_RECALLED|NUMBER_READ_RATE_RECALLED|RECALLED|DERIVED \(.+\)"  # data/README.md
)
_AREA = Column("area", heading="iso3", pattern="[A-Z]{3}")
_SEX = Column("sex", allowed=("T", "M", "F"))
_AGE = r"\d{1,2}-\d{1,2}"
_SOURCE = Column("source_id")
_STATUS = Column("status", pattern=STATUS)

_INDICATORS = (
    "child_labour",
    "hazardous_work",
    "children_in_employment",
    "child_labour_incl_chores_21h",
    "child_labour_sector_share",
    "child_labour_not_in_school",
    "forced_labour",
    "forced_marriage",
    "modern_slavery",
    "illegal_profits_usd_billion",
    "illegal_profit_per_victim_usd",
)
_GROUP_TYPES = (
    "world",
    "sex",
    "age",
    "sex_age",
    "area",
    "sector",
    "type",
    "income",
    "region_ilo",
    "region_ilo_trend",
    "region_2005",
    "region_2012",
)
_RATE_UNITS = (
    "percent",
    "percent_of_child_labour",
    "per_1000_population",
    "usd_billion",
    "usd",
    "usd_inflation_adjusted",
)


def _without_figure(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["number_millions"].isna() & frame["rate"].isna()


def _unit_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["rate"].isna() != frame["rate_unit"].isna()


def _interval_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    parts = frame[["lower", "upper", "interval"]].isna().sum(axis=1)
    return ~parts.isin([0, 3]) | (frame["lower"] > frame["upper"])


def _figure_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["projected_millions"].isna() != frame["kind"].eq("acceleration_factor")


def _ends_before_start(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["period_end"] < frame["period_start"]


_GLOBAL = Table(
    name="global_estimates",
    file="global_estimates.csv",
    rows=204,
    columns=(
        Column("indicator", embedded=_INDICATORS),
        Column("group_type", allowed=_GROUP_TYPES),
        Column("group"),
        Column("year", "integer", low=2000, high=2024),
        Column("number_millions", "number", unit="million persons", missing=True, low=0),
        Column("rate", "number", unit="as in rate_unit", missing=True, low=0),
        Column("rate_unit", missing=True, allowed=_RATE_UNITS),
        Column("lower", "number", unit="million persons", missing=True, low=0),
        Column("upper", "number", unit="million persons", missing=True, low=0),
        Column("interval", missing=True),
        _SOURCE,
        _STATUS,
    ),
    key=("indicator", "group_type", "group", "year", "source_id"),
    rules=(
        Rule("neither a number nor a rate", ("number_millions", "rate"), _without_figure),
        Rule("a rate and its unit go together", ("rate", "rate_unit"), _unit_apart),
        Rule("an interval has lower <= upper and says what it is", ("lower", "upper", "interval"), _interval_apart),
    ),
    note="Two reports may give one year: choose by source_id, never add. Types and trend regions do not add up.",
)

_PROJECTIONS = Table(
    name="published_projections",
    file="published_projections.csv",
    rows=14,
    columns=(
        Column("projection_id"),
        _SOURCE,
        Column("published_year", "integer", low=2000, high=2030),
        Column("indicator", allowed=_INDICATORS),
        Column("base_window"),
        Column("target_year", "integer", low=2000, high=2100),
        Column("projected_millions", "number", unit="million persons", missing=True, low=0),
        Column(
            "kind",
            allowed=("aspirational", "business_as_usual", "return_to_pace", "scenario", "acceleration_factor"),
        ),
        Column("statement", missing=True),
        _STATUS,
    ),
    key=("projection_id",),
    rules=(Rule("only acceleration factors have no figure", ("projected_millions", "kind"), _figure_apart),),
    note="Acceleration factors stand in the statement only.",
)

_SURVEYS = Table(
    name="country_surveys",
    file="child_labour_country_surveys.csv",
    rows=2622,
    columns=(
        _AREA,
        Column("country"),
        Column("year", "integer", missing=True, low=1990, high=2030),
        Column(
            "series",
            embedded=(
                "SL_TLF_CHLDEA",
                "SL_TLF_CHLDEC",
                "CLD_XCHL_SEX_AGE_RT",
                "SDG_B871_SEX_AGE_RT",
                "SL.TLF.0714.ZS",
                "ILAB_CHILDREN_WORKING",
            ),
        ),
        Column("source_id", embedded=("ilostat_cld", "ilostat_sdg", "unsd_sdg_2020-10", "usdol_ilab", "wdi")),
        Column("survey_type", embedded=("not stated by source",)),
        Column("age_range", missing=True, pattern=_AGE),
        _SEX,
        Column("percent", "number", unit="percent of the age group", low=0, high=100),
        Column("n_children_working", "integer", unit="children (estimated, not a sample)", missing=True, low=0),
        Column("note", missing=True),
    ),
    key=("area", "year", "series", "source_id", "age_range", "sex"),
    key_without=("year", "note"),
    note="Rows of different series are different quantities: never pool or average them. No source prints an error.",
)

_SERIES = Table(
    name="series",
    file="child_labour_series.csv",
    rows=6,
    columns=(Column("series"), Column("indicator_definition")),
    key=("series",),
    note="Definitions of the series of country_surveys.",
)

_HISTORICAL = Table(
    name="historical",
    file="child_labour_historical.csv",
    rows=30,
    columns=(
        Column("entity"),
        Column("year", "integer", low=1851, high=2012),
        Column("age_range", pattern=_AGE),
        Column("percent", "number", unit="percent of the age group", low=0, high=100),
        Column("source_note"),
    ),
    key=("entity", "year"),
    sources=("OWID-historical",),
    note="Participation at 10-14 (United States 10-13); the last block is child labour at 5-17. Not one series.",
)

_VERIFIED = Table(
    name="verified_cases",
    file="verified_cases.csv",
    rows=9,
    columns=(
        Column("indicator", embedded=("children_recruited_in_armed_conflict", "trafficking_victims_detected")),
        Column("period_start", "integer", low=2000, high=2030),
        Column("period_end", "integer", low=2000, high=2030),
        Column("count", "integer", unit="verified or detected cases", low=0),
        Column("lower_bound", allowed=("yes",)),
        Column("scope", missing=True),
        _SOURCE,
        _STATUS,
    ),
    key=("indicator", "period_start", "period_end"),
    rules=(Rule("the period ends before it starts", ("period_start", "period_end"), _ends_before_start),),
    note="Counts of what was detected: lower bounds, never prevalence. Cumulative rows overlap the yearly ones.",
)


def _areas_table() -> Table:
    names = ("m49_subregion", "m49_region", "sdg_region", "ilo_region")
    income = ("low income", "lower middle income", "upper middle income", "high income")
    return Table(
        name="areas",
        file="regions.csv",
        rows=250,
        columns=(
            _AREA,
            Column("m49", pattern=r"\d{3}"),
            Column("name"),
            *(Column(name, missing=True) for name in names),
            Column("wb_income_fy2026", missing=True, allowed=income),
            Column("wb_region", missing=True),
            Column("ldc", allowed=("yes", "no")),
        ),
        key=("area",),
        sources=("regions",),
        note="ILO regions are derived by rule; Antarctica is in no region; income groups: fiscal year 2026.",
    )


_BANDS = ("pop_5_11", "pop_12_14", "pop_15_17")


def _bands_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame[list(_BANDS)].sum(axis=1) != frame["pop_5_17"]


def _sexes_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    """Rows of an area and year whose total differs from its sexes by more than two persons (rounding of each)."""
    signed = frame["pop_5_17"].where(frame["sex"] != "T", -frame["pop_5_17"])
    groups = signed.groupby([frame["area"], frame["year"]])
    apart: pd.Series[bool] = (groups.transform("size") == 3) & (groups.transform("sum").abs() > 2)
    return apart


def _total_apart(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["pop_male"] + frame["pop_female"] != frame["pop_total"]


def _population_5_17(name: str, rows: int, vintage: str, age_split: tuple[str, ...] = ()) -> Table:
    split = (Column("age_split", allowed=age_split),) if age_split else ()
    return Table(
        name=name,
        file=f"{name}.csv",
        rows=rows,
        columns=(
            _AREA,
            Column("year", "integer", low=2000, high=2035),
            _SEX,
            *(Column(band, "integer", unit="persons", low=0) for band in (*_BANDS, "pop_5_17")),
            *split,
            Column("vintage", embedded=(vintage,)),
        ),
        key=("area", "year", "sex"),
        rules=(
            Rule("the bands do not add up to 5-17", (*_BANDS, "pop_5_17"), _bands_apart),
            Rule("male and female do not add up to the total", ("area", "year", "sex", "pop_5_17"), _sexes_apart),
        ),
        sources=(vintage,),
        note="Medium variant, mid-year.",
    )


_TOTAL = Table(
    name="population_total",
    file="population_total.csv",
    rows=8532,
    columns=(
        _AREA,
        Column("year", "integer", low=2000, high=2035),
        *(Column(name, "integer", unit="persons", low=0) for name in ("pop_male", "pop_female", "pop_total")),
    ),
    key=("area", "year"),
    rules=(Rule("male and female do not add up to the total", ("pop_male", "pop_female", "pop_total"), _total_apart),),
    sources=("WPP2024",),
    note="Medium variant, mid-year.",
)

_SOURCES = Table(
    name="sources",
    file="sources.csv",
    rows=31,
    columns=(
        Column("source_id"),
        *(Column(name) for name in ("publication", "publisher", "read_in", "licence", "note")),
    ),
    key=("source_id",),
    note="Where each figure was read; licences marked as recalled or not known are not confirmed.",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _GLOBAL,
        _PROJECTIONS,
        _SURVEYS,
        _SERIES,
        _HISTORICAL,
        _VERIFIED,
        _areas_table(),
        _population_5_17("population_5_17", 25596, "WPP2024", ("wpp2019_share", "world_share")),
        _population_5_17("population_5_17_wpp2019", 21600, "WPP2019"),
        _population_5_17("population_5_17_world_wpp2019", 108, "WPP2019", ("single_year",)),
        _TOTAL,
        _SOURCES,
    )
}
"""Schema of every embedded file by name."""
