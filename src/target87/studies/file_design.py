"""A file of microdata as the settings would have it: read, flagged, with its design and its weighting."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError, UnknownNameError
from target87.studies.file_settings import FileSettings

if TYPE_CHECKING:
    from target87.indicators.flags import Flags
    from target87.io.microdata import Microdata
    from target87.survey.design import SurveyDesign


def file_data(asked: FileSettings) -> Microdata:
    """The file, as the settings name it.

    Raises
    ------
    DataError
        If it is another than the settings were made with.
    """
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


def rows_where(data: Microdata, where: Mapping[str, Any]) -> NDArray[np.bool_] | None:
    """Rows with the wanted values, which are labels or the codes of the file; None for all.

    Raises
    ------
    UnknownNameError
        If a column is not known.
    DataError
        If no row has the values.
    """
    if not where:
        return None
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


def file_flags(data: Microdata, asked: FileSettings, rows: NDArray[np.bool_] | None) -> Flags:
    """The indicator of the rows the figures are about."""
    from target87.indicators import child_labour, definition

    chosen = definition(asked.indicator)
    if asked.definition:
        chosen = chosen.replace(**asked.definition)
    answers: dict[str, Any] = {name: getattr(asked, name) for name in ("missing", "contradictions", "isco", "isic")}
    return child_labour(data, chosen, columns=dict(asked.columns), rows=rows, **answers)


def file_design(data: Microdata, flags: Flags, asked: FileSettings, rows: NDArray[np.bool_] | None) -> SurveyDesign:
    """The design with its weighting steps and the indicator, confined to the rows the figures are about.

    Raises
    ------
    InputError
        If a weighting step does not take the arguments given.
    """
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
        method, arguments = getattr(design, step["step"]), {name: one for name, one in step.items() if name != "step"}
        try:
            inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise InputError(f"the step {step['step']} cannot take these arguments", got=str(error)) from error
        design = method(**arguments)
    design = design.with_indicator(flags)
    if rows is not None:
        design = design.subset(rows)
    made: SurveyDesign = design
    return made


def about(asked: FileSettings) -> str:
    """Words for the rows the figures are about, such as "region North"; empty for all."""
    said = [f"{name} {' or '.join(map(str, _values(wanted)))}" for name, wanted in asked.where.items()]
    return ", ".join(said)


def _values(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, list | tuple) else [wanted]
