"""From a file of microdata to estimates of child labour: read, define, weight, estimate; every step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError
from target87.studies.file_design import about, file_data, file_design, file_flags, rows_where
from target87.studies.file_settings import FileSettings

if TYPE_CHECKING:
    from target87.indicators.flags import Flags
    from target87.io.microdata import Microdata
    from target87.results.estimates import Estimates
    from target87.survey.design import SurveyDesign

_POPULATION = 1.5
"""Weights of this mean or less are taken for those of a sample: normalised ones have a mean of 1."""

type Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class FileEstimates:
    """What was estimated from a file.

    Parameters
    ----------
    settings : FileSettings
        What was asked.
    rates : Estimates
        Proportions of every flag of the indicator for all children, then of the main one by breakdown.
    numbers : Estimates or None
        Estimated numbers of children; None where the weights add up to the sample, not to the population.
    design : SurveyDesign
        The design they come from, with its history.
    flags : Flags
        The indicator, with its definition and notes.
    source : mapping
        Name, format and SHA-256 of the file.
    notes : tuple of str
        What readers of the figures must know.
    """

    settings: FileSettings
    rates: Estimates
    numbers: Estimates | None
    design: SurveyDesign
    flags: Flags
    source: Mapping[str, Any]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        cells = len(self.rates.to_dataframe())
        return f"<FileEstimates: {self.settings.indicator} from {self.source['file']}, {cells} rates>"

    @property
    def main(self) -> list[str]:
        """The flags that the indicator is about: one, or its two ends."""
        return main_flags(self.flags)


def estimate_file(settings: FileSettings | str, *, progress: Progress | None = None) -> FileEstimates:
    """Estimate child labour from a file of microdata, as the settings say.

    Parameters
    ----------
    settings : FileSettings or str
        What to estimate, or the path of a file of microdata, whose rows are then a simple random sample.
    progress : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    FileEstimates

    Raises
    ------
    InputError, DataError, UnknownNameError
        As the parts raise them: for the file, the definition, the design, the weighting.

    Examples
    --------
    >>> import target87 as t87
    >>> settings = FileSettings(
    ...     str(t87.datasets.synthetic_survey_path()),
    ...     weights="weight",
    ...     strata=("stratum",),
    ...     psu=("cluster",),
    ...     by=(("sex",),),
    ... )
    >>> estimate_file(settings).rates.select(sex=["boy", "girl"]).to_dataframe()[["sex", "variable"]]
        sex      variable
    0   boy  child_labour
    1  girl  child_labour
    """
    asked = FileSettings(settings) if isinstance(settings, str) else settings
    total = 4 + len(asked.by)
    tell = progress or (lambda done, total: None)
    data = file_data(asked)
    rows = rows_where(data, asked.where)
    tell(1, total)
    flags = file_flags(data, asked, rows)
    tell(2, total)
    design = file_design(data, flags, asked, rows)
    tell(3, total)
    shown = main_flags(flags)
    _refuse_undecided(flags, shown, asked)
    decided = flags[shown[0]].notna().to_numpy()
    parts = [_rates(design, flag, (), asked) for flag in shown]
    # parts of the flag about the same children: who is known to work is known of more of those who do
    parts += [_rates(design, flag, (), asked, where=decided) for flag in _components(flags)]
    _refuse_nobody(parts[0], asked)
    tell(4, total)
    for place, columns in enumerate(_breakdowns(asked.by)):
        parts += [_rates(design, flag, columns, asked) for flag in shown]
        tell(min(total, 5 + place), total)
    rates = _together(parts)
    counted = _counts_people(design)
    groups = [(), *_breakdowns(asked.by)]
    numbers = [_numbers(design, flag, columns, asked) for columns in groups for flag in shown] if counted else []
    unlabelled = _unlabelled(data, decided, asked)
    return FileEstimates(
        settings=asked,
        rates=rates,
        numbers=_together(numbers) if counted else None,
        design=design,
        flags=flags,
        source=data.source,
        notes=(*_sample_notes(design, asked, counted=counted), *flags.notes, *unlabelled),
    )


def main_flags(flags: Flags) -> list[str]:
    """Names of the flags the indicator is about: one, or its two ends."""
    columns = list(flags.to_dataframe().columns)
    ends = [name for name in columns if name.endswith(("_lower", "_upper"))]
    return ends or columns[:1]


def _components(flags: Flags) -> list[str]:
    """The other flags: columns of truth values, some of them perhaps missing."""
    frame, shown = flags.to_dataframe(), main_flags(flags)
    return [
        name
        for name in frame.columns
        if name not in shown and frame[name].dtype in ("bool", "boolean") and bool(frame[name].notna().any())
    ]


def _breakdowns(by: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Breakdowns and the margins of crossed ones, each once: readers of a crossed table want its margins."""
    found: list[tuple[str, ...]] = []
    for columns in by:
        margins = [(name,) for name in columns] if len(columns) > 1 else []
        found += [one for one in (*margins, columns) if one not in found]
    return found


def _rates(
    design: SurveyDesign,
    flag: str,
    by: Sequence[str],
    asked: FileSettings,
    where: NDArray[np.bool_] | None = None,
) -> Estimates:
    named: dict[str, Any] = {"by": list(by) or None, "level": asked.level, "missing": "omit", "df": "domain"}
    return design.proportion(flag, where=where, interval=asked.interval, **named)


def _numbers(design: SurveyDesign, flag: str, by: Sequence[str], asked: FileSettings) -> Estimates:
    return design.total(flag, by=list(by) or None, level=asked.level, missing="omit", df="domain")


def _together(parts: Sequence[Estimates]) -> Estimates:
    from target87.results.estimates import Estimates

    return Estimates.concat(parts, same_survey="unknown") if len(parts) > 1 else parts[0]


def _counts_people(design: SurveyDesign) -> bool:
    """Whether the weights add up to clearly more people than the sample has, as weights of a population do."""
    weights = design.weights
    return bool(weights.sum() > _POPULATION * np.count_nonzero(weights))


def _refuse_undecided(flags: Flags, shown: list[str], asked: FileSettings) -> None:
    """Raise if so many children are undecided that a question was probably not found."""
    if asked.missing != "omit":
        return
    children = flags["band"].notna()
    undecided = children & flags[shown[0]].isna()
    share = undecided.sum() / children.sum()
    if share > asked.most_undecided:
        raise DataError(
            "missing answers leave too many children undecided: was a question not found?",
            where="file",
            expected=f"at most {100 * asked.most_undecided:g} % of {int(children.sum()):,} children",
            got=f"{100 * share:.1f} %",
            count=int(undecided.sum()),
            examples=[f"row {row}" for row in np.flatnonzero(undecided)[:5]],
            remedies=(
                'name the questions on work: columns={"activities": [...]}',
                "(without them, blank hours are not known to be 0)",
                'missing="bounds" gives both ends',
                "most_undecided=1 takes them as they are",
            ),
        )


def _refuse_nobody(rate: Estimates, asked: FileSettings) -> None:
    if not rate.data["n"].values.any():
        raise DataError(
            "no child of these rows is decided by its answers, so that there is nothing to estimate",
            where="where" if asked.where else "file",
            got=about(asked) or None,
        )


def _unlabelled(data: Microdata, counted: NDArray[np.bool_], asked: FileSettings) -> list[str]:
    """Notes on children who are in the whole and in no group."""
    notes = []
    for name in dict.fromkeys(name for columns in asked.by for name in columns if name in data.columns):
        count = int((data[name].isna().to_numpy(dtype=bool) & counted).sum())
        if count:
            notes.append(f"{count:,} children have no {name}: they are among all children and in no row by {name}")
    return notes


def _sample_notes(design: SurveyDesign, asked: FileSettings, *, counted: bool) -> list[str]:
    notes = []
    if asked.weights is None and not asked.weighting:
        notes.append("no weights were given: every row counts the same, as in a simple random sample of children")
    if not asked.psu:
        notes.append("no sampling units were given: standard errors are those of a sample without clusters")
    if asked.where:
        notes.append(
            f"the figures are about rows with {about(asked)}; what follows on answers counts all rows of the file"
        )
    if not counted:
        notes.append(
            "the weights do not add up to a population (they were normalised to the sample, or there are none): "
            "numbers of children cannot be estimated from them"
        )
    elif asked.missing == "omit":
        notes.append(
            "numbers add up the children whose answers decide; those left out as undecided are in no number, so that "
            "numbers are too low by about their share"
        )
    return notes
