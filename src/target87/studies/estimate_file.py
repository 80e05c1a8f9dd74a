"""From a file of microdata to estimates of child labour: read, define, weight, estimate; every step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.studies.file_settings import FileSettings

if TYPE_CHECKING:
    from target87.indicators.flags import Flags
    from target87.io.microdata import Microdata
    from target87.results.estimates import Estimates
    from target87.survey.design import SurveyDesign

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
    def main(self) -> str:
        """The flag that the indicator is about."""
        return main_flags(self.flags)[0]


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
    data = _data(asked)
    tell(1, total)
    flags = _flags(data, asked)
    tell(2, total)
    design = _design(data, flags, asked)
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


def _data(asked: FileSettings) -> Microdata:
    from target87.io import read

    data = read(asked.file, encoding=asked.encoding, decimal=asked.decimal)
    if asked.sha256 and data.source["sha256"] != asked.sha256:
        raise DataError(
            "the file is not the one the settings were made with",
            where=asked.file,
            expected=f"sha256 {asked.sha256}",
            got=str(data.source["sha256"]),
            remedies=("take the sha256 out of the settings to estimate from this file",),
        )
    return data.with_missing(dict(asked.missing_codes)) if asked.missing_codes else data


def _flags(data: Microdata, asked: FileSettings) -> Flags:
    from target87.indicators import child_labour, definition

    chosen = definition(asked.indicator)
    if asked.definition:
        chosen = chosen.replace(**asked.definition)
    answers: dict[str, Any] = {name: getattr(asked, name) for name in ("missing", "contradictions", "isco", "isic")}
    return child_labour(data, chosen, columns=dict(asked.columns), **answers)


def _design(data: Microdata, flags: Flags, asked: FileSettings) -> SurveyDesign:
    from target87.survey.design import SurveyDesign

    design: Any = SurveyDesign(
        data,
        weights=asked.weights,
        strata=list(asked.strata) or None,
        psu=list(asked.psu) or None,
        fpc=list(asked.fpc) or None,
        nest=asked.nest,
        lonely_psu=asked.lonely_psu,
        survey=asked.survey or None,
    )
    for step in asked.weighting:
        arguments = {name: value for name, value in step.items() if name != "step"}
        try:
            design = getattr(design, step["step"])(**arguments)
        except TypeError as error:  # an argument that the step does not know
            raise InputError(f"the step {step['step']} cannot take these arguments", got=str(error)) from error
    design = design.with_indicator(flags)
    if asked.where:
        design = design.subset(_rows_where(data, asked.where))
    made: SurveyDesign = design
    return made


def _rows_where(data: Microdata, where: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Rows with the wanted values, which are labels or the codes of the file."""
    inside = np.ones(data.n, dtype=bool)
    for name, wanted in where.items():
        if name not in data.columns:
            raise UnknownNameError.of(name, data.columns, kind="column for where")
        values = _values(wanted)
        own = data.codes(name).isin(values) | data[name].isin(values)
        if not own.any():
            raise DataError(
                "no row has these values", where=f"column {name!r}, for where", expected=repr(values), count=data.n
            )
        inside &= own.to_numpy(dtype=bool)
    return inside


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
    """Whether the weights add up to more people than the sample has, as weights of a population do."""
    weights = design.weights
    return bool(weights.sum() > 1.5 * np.count_nonzero(weights))


def about(asked: FileSettings) -> str:
    """Words for the rows the figures are about, such as "region North"; empty for all."""
    said = [f"{name} {' or '.join(map(str, _values(wanted)))}" for name, wanted in asked.where.items()]
    return ", ".join(said)


def _values(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, list | tuple) else [wanted]


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
                "most_undecided= takes them as they are",
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
