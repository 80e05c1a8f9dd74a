"""``Assessment``: the answer to one question, with everything it rests on."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from target87.results.files import write_text
from target87.results.probability import Probability

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from target87.results.posterior import Posterior
    from target87.results.projection import Projection

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True)
class Answer:
    """One probability with the statement it belongs to.

    Parameters
    ----------
    statement : str
        What the probability is of: "rate below 1 % in 2025".
    measure : {"rate", "number"}
        Rate or number of people.
    year : int
        Year the statement speaks of.
    threshold : float or None
        Threshold, as a proportion, where the statement has one.
    base_year : int or None
        Year compared with, where the statement is of a decline.
    probability : Probability
        Posterior probability.
    prior : Probability or None
        The same from the prior alone, where that says something (decline).
    """

    statement: str
    measure: str
    year: int
    threshold: float | None
    base_year: int | None
    probability: Probability
    prior: Probability | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "statement": self.statement,
            "measure": self.measure,
            "year": self.year,
            "threshold": self.threshold,
            "base_year": self.base_year,
            "probability": self.probability.to_dict(),
            "prior_probability": None if self.prior is None else self.prior.to_dict(),
        }


@dataclass(frozen=True, repr=False)
class Assessment:
    """The answer to one question of target 8.7 for one area.

    Attributes
    ----------
    kind : {"threshold", "decline"}
        Whether the question is of reaching a threshold or of declining from a base year.
    question : str
        The question in words.
    indicator, area, group_type, definition : str
        What, for whom, by which grouping of the published estimates, by which definition.
    threshold : float or None
        Threshold of the headline, as a proportion.
    target_year : int
        Year of the headline.
    base_year : int or None
        Base year of the headline, for a decline.
    count_years : tuple of int
        Years besides the target year in which rate and number are spelled out.
    rate_scale, rate_unit : float, str
        Factor and words in which rates are printed (100, " %").
    people : str
        Who is counted.
    answers : tuple of Answer
        Every probability given, the headline first.
    estimates : pandas.DataFrame
        ``measure``, ``year``, ``mean``, ``median``, ``lower_80``, ``upper_80``, ``lower_95``, ``upper_95``, ``basis``.
    years_reached : pandas.DataFrame
        ``threshold``, ``median``, interval bounds, ``not_before`` and the probability of that.
    pace : pandas.DataFrame
        ``kind`` (observed, needed), ``start``, ``end``, ``scale``, ``threshold``, median and intervals.
    acceleration : pandas.DataFrame
        Factors by basis, window, scale, threshold and target, with the probability that they are undefined.
    points : pandas.DataFrame
        Figures used.
    sensitivity : pandas.DataFrame
        The same answers under other assumptions.
    diagnostics : pandas.DataFrame
        R-hat and effective sample sizes of sampled parameters and reported quantities.
    level_notes : tuple of str
        What a reader must know of the levels, said beside them.
    notes : tuple of str
        What a reader must know besides.
    model : tuple of str
        The model in two lines.
    priors : tuple of str
        The priors in words.
    sources : pandas.DataFrame
        Source of each figure.
    seed : str
        Root entropy of the random streams.
    versions : mapping
        Versions of the library and of what it computes with.
    superseded : pandas.DataFrame
        Figures of the same years that a later report restated; not used.
    hindcast : Hindcast or None
        The last figure against the prediction made without it.
    posterior : Posterior
        Draws of parameters and of the prevalence through the record.
    projection : Projection
        Draws of rate and number through the record and beyond.
    """

    kind: Literal["threshold", "decline"]
    question: str
    indicator: str
    area: str
    group_type: str
    definition: str
    threshold: float | None
    target_year: int
    base_year: int | None
    count_years: tuple[int, ...]
    rate_scale: float
    rate_unit: str
    people: str
    answers: tuple[Answer, ...]
    estimates: pd.DataFrame
    years_reached: pd.DataFrame
    pace: pd.DataFrame
    acceleration: pd.DataFrame
    points: pd.DataFrame
    sensitivity: pd.DataFrame
    diagnostics: pd.DataFrame
    level_notes: tuple[str, ...]
    notes: tuple[str, ...]
    model: tuple[str, ...]
    priors: tuple[str, ...]
    sources: pd.DataFrame
    seed: str
    versions: Mapping[str, str]
    superseded: pd.DataFrame
    hindcast: Any
    posterior: Posterior
    projection: Projection

    @property
    def probability(self) -> Probability:
        """Posterior probability of the headline; ``float(...)`` gives the number."""
        return self.answers[0].probability

    @property
    def draws(self) -> xr.Dataset:
        """Joint draws of ``rate`` and ``number`` over year and draw."""
        return self.projection.draws.isel(scenario=0, area=0)

    def estimate(self, year: int, measure: str = "rate") -> dict[str, float]:
        """Mean, median and intervals of one year, from the draws.

        Raises
        ------
        InputError
            If the year is outside the projection, or a number is asked for beyond the population.
        """
        self.projection.at(year, measure)
        row = self.projection.summary(measure).loc[[year]].to_dict("records")[0]
        return {str(name): float(value) for name, value in row.items()}

    def to_dataframe(self) -> pd.DataFrame:
        """Estimates by year as a tidy table, with indicator and area."""
        table = self.estimates.copy()
        table.insert(0, "indicator", self.indicator)
        table.insert(1, "area", self.area)
        return table

    def to_dict(self) -> dict[str, Any]:
        """Everything but the draws as plain values, as ``answer.schema.json`` describes."""
        return {
            "kind": self.kind,
            "question": self.question,
            "indicator": self.indicator,
            "area": self.area,
            "group_type": self.group_type,
            "definition": self.definition,
            "threshold": self.threshold,
            "target_year": self.target_year,
            "base_year": self.base_year,
            "count_years": list(self.count_years),
            "rate_unit": self.rate_unit.strip(),
            "probability": self.probability.to_dict(),
            "answers": [answer.to_dict() for answer in self.answers],
            "estimates": records(self.estimates),
            "year_reached": [_whole_years(row) for row in records(self.years_reached)],
            "pace": records(self.pace),
            "acceleration": records(self.acceleration),
            "points": records(self.points),
            "sensitivity": records(self.sensitivity),
            "hindcast": None if self.hindcast is None else asdict(self.hindcast),
            "diagnostics": records(self.diagnostics.reset_index()),
            "level_notes": list(self.level_notes),
            "notes": list(self.notes),
            "model": list(self.model),
            "priors": list(self.priors),
            "population": str(self.projection.attributes["population"]),
            "sources": records(self.sources),
            "seed": self.seed,
            "versions": dict(self.versions),
        }

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The answer as JSON text with its schema version; also written to ``path``, whole or not at all."""
        text = to_json({"schema_version": SCHEMA_VERSION, "answers": [self.to_dict()]})
        if path is not None:
            write_text(path, text)
        return text

    def sentences(self) -> tuple[str, ...]:
        """The answer in plain sentences, each made from the numbers in this object."""
        from target87.results.sentences import sentences

        return sentences(self)

    def plot(self, **options: Any) -> Any:
        """Published points, fan of the forecast, thresholds and target year; returns the axes."""
        from target87.plots.assessment import plot_assessment

        return plot_assessment(self, **options)

    def __repr__(self) -> str:
        return f"<Assessment: {self.question} Probability {self.probability} (mcse {self.probability.mcse:.3f})>"

    def _repr_html_(self) -> str:
        import html

        paragraphs = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences())
        return f"<h4>{html.escape(self.question)}</h4>{paragraphs}"


def _whole_years(row: dict[str, Any]) -> dict[str, Any]:
    """Years as whole numbers; they stand as floats beside those never reached."""
    return {
        name: int(value) if name != "threshold" and isinstance(value, float) else value for name, value in row.items()
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values; missing and infinite become None."""
    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """A cell as a JSON value: NumPy scalars unwrapped, missing and infinite as None."""
    import pandas as pd

    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, Probability):
        return value.to_dict()
    if pd.isna(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_json(content: Mapping[str, Any]) -> str:
    """JSON text, sorted as written, without NaN."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
