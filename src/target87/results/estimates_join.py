"""Several estimates as one, with what is known of the covariance between them; areas and years for models."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_data import (
    ALL,
    VALUES,
    assemble,
    is_named,
    joint_covariance,
    label_array,
    surveys_in,
)
from target87.results.estimates_names import PLACES, short_names

if TYPE_CHECKING:
    import xarray as xr

OBSERVED = ("area", "year", "source", "definition")

type SameSurvey = Literal["error", "independent", "unknown"]


def joined(parts: Sequence[xr.Dataset], same_survey: SameSurvey) -> xr.Dataset:
    """Data set of all cells of ``parts``, in order.

    Raises
    ------
    InputError
        If units or levels of intervals differ, only some are observations of areas and years, or a survey is in two
        parts and ``same_survey`` is ``"error"``.
    """
    if same_survey not in ("error", "independent", "unknown"):
        raise InputError("same_survey must be 'error', 'independent' or 'unknown'", got=repr(same_survey))
    _require_alike(parts)
    if same_survey == "error":
        _require_apart(parts)
    domains = list(dict.fromkeys(name for part in parts for name in part.attrs["domain_columns"]))
    present = [name for name in PLACES if any(name in part.coords for part in parts)]
    labels = {name: _stacked(parts, name) for name in (*domains, *present)}
    values = {name: np.concatenate([part[name].values for part in parts]) for name in VALUES}
    quality, reason = (np.concatenate([part[name].values for part in parts]) for name in ("quality", "reason"))
    return assemble(
        labels,
        values,
        survey=np.concatenate([part["survey"].values for part in parts]),
        domain_columns=domains,
        attributes=_merged([part.attrs for part in parts]),
        covariance=_block_covariance(parts, same_survey),
        words=(quality, reason),
    )


def observed(data: xr.Dataset, given: Mapping[str, Any]) -> xr.Dataset:
    """Data set with the columns area, year, source and definition first.

    Raises
    ------
    InputError
        If a value is no label, no column and not one label a cell, or hides a column of that name.
    DataError
        If a year is no number.
    """
    domains = [str(name) for name in data.attrs["domain_columns"]]
    columns, moved = {}, set()
    for name in OBSERVED:
        value = given[name]
        if isinstance(value, str) and value in domains:
            columns[name] = data[value].values
            moved.add(value)
        else:
            _refuse_near_miss(name, value, domains)
            columns[name] = _one_each(name, value, data.sizes["cell"])
    columns["year"] = _years(columns["year"], data)
    hidden = [name for name in OBSERVED if name in domains and name not in moved]
    if hidden:
        raise InputError(
            "the estimates have a column of this name already",
            where=", ".join(hidden),
            remedies=tuple(f"pass {name}={name!r} to take it" for name in hidden),
        )
    rest = [name for name in domains if name not in moved]
    kept = data.drop_vars(list(moved))
    return kept.assign_coords({name: ("cell", column) for name, column in columns.items()}).assign_attrs(
        domain_columns=[*OBSERVED, *rest]
    )


def _require_alike(parts: Sequence[xr.Dataset]) -> None:
    for name, remedy in (
        ("unit", "bring them to one unit first"),
        ("level", "give them intervals of one level first: .confint(level=...)"),
    ):
        found = list(dict.fromkeys(part.attrs.get(name) for part in parts))
        if len(found) > 1:
            raise InputError(f"the parts differ in {name}", where=name, examples=found, remedies=(remedy,))
    ready = [set(OBSERVED) <= set(part.attrs["domain_columns"]) for part in parts]
    if any(ready) and not all(ready):
        raise InputError(
            "some parts are observations of areas and years and some are not",
            where="parts",
            examples=[f"part {place}" for place, one in enumerate(ready) if not one],
            remedies=("call .to_observations(area=, year=, source=) on these too",),
        )


def _require_apart(parts: Sequence[xr.Dataset]) -> None:
    """Refuse parts between which a covariance may exist that was never computed."""
    independent = "same_survey='independent' takes them as nought, as for surveys that share no sampling units"
    unknown = "same_survey='unknown' leaves these covariances out; what needs them will say so"
    shared, doubtful = _overlaps(parts)
    if shared:
        raise InputError(
            "estimates of one survey come in several parts, so the covariance between them is not known",
            where="parts",
            count=len(shared),
            examples=shared,
            remedies=(
                "estimate them in one call (several variables, by=), which keeps the covariance",
                unknown,
                independent,
                "name the surveys, if they are different ones (survey=)",
            ),
        )
    if doubtful:
        raise InputError(
            "some surveys have no name, so that it cannot be told whether parts come from one and the same",
            where="parts",
            count=len(doubtful),
            examples=doubtful,
            remedies=(
                "name the surveys (survey=) where designs are made or tables read",
                independent,
                unknown,
            ),
        )


def _overlaps(parts: Sequence[xr.Dataset]) -> tuple[list[str], list[str]]:
    """Surveys that come in several parts, and those without a name that may be the survey of another part."""
    places: dict[str, list[int]] = {}
    for place, part in enumerate(parts):
        for survey in _surveys(part):
            places.setdefault(survey, []).append(place)
    shared = [f"{survey!r} in parts {where[0]} and {other}" for survey, where in places.items() for other in where[1:]]
    doubtful = [f"{survey!r} in part {where[0]}" for survey, where in places.items() if not is_named(survey)]
    return shared, doubtful if len(parts) > 1 else []


def _surveys(part: xr.Dataset) -> list[str]:
    return sorted({one for survey in np.unique(part["survey"].values) for one in surveys_in(survey)})


def _stacked(parts: Sequence[xr.Dataset], name: str) -> NDArray[Any]:
    have = [part[name].values if name in part.coords else None for part in parts]
    kinds = {column.dtype.kind for column in have if column is not None}
    if name == "quantile":
        fill: Any = np.nan
    else:
        fill = "" if name == "category" else ALL
        if (len(kinds) > 1 and not kinds <= set("iuf")) or any(column is None for column in have):
            have = [None if column is None else column.astype(np.str_) for column in have]
    filled = [
        np.full(part.sizes["cell"], fill) if column is None else column
        for part, column in zip(parts, have, strict=True)
    ]
    return np.concatenate(filled)


def _merged(attributes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all parts say alike; what they say differently is kept with each part."""
    names = dict.fromkeys(name for attrs in attributes for name in attrs)
    same = {
        name: attributes[0][name]
        for name in names
        if all(name in attrs and attrs[name] == attributes[0][name] for attrs in attributes)
    }
    texts: dict[str, Any] = {name: _said(attributes, name) for name in ("definition", "source") if name in names}
    mixed = {name: same.get(name, "mixed") for name in ("estimand", "interval")}
    history = [line for attrs in attributes for line in attrs.get("history", [])]
    history.append(f"joined {len(attributes)} sets of estimates")
    apart = [{name: value for name, value in attrs.items() if name not in same} for attrs in attributes]
    own = {"parts": apart} if any(apart) else {}
    return {**same, **texts, **mixed, "history": history, **own}


def _said(attributes: Sequence[Mapping[str, Any]], name: str) -> str:
    return "; ".join(dict.fromkeys(str(attrs[name]) for attrs in attributes if attrs.get(name)))


def _block_covariance(parts: Sequence[xr.Dataset], same_survey: SameSurvey) -> NDArray[np.float64] | None:
    """Blocks of the parts, nought between surveys; nothing to hold where the surveys alone say the same."""
    if same_survey != "independent" and all("covariance" not in part for part in parts):
        return None
    ends = np.cumsum([0, *(part.sizes["cell"] for part in parts)])
    whole = np.zeros((ends[-1], ends[-1]))
    for first, part in enumerate(parts):
        rows = slice(ends[first], ends[first + 1])
        whole[rows, rows] = joint_covariance(part)
        for second in range(first + 1, len(parts)):
            if same_survey == "unknown":
                columns = slice(ends[second], ends[second + 1])
                unknown = _sharing(part, parts[second])
                whole[rows, columns][unknown] = np.nan
                whole[columns, rows][unknown.T] = np.nan
    return whole


def _sharing(first: xr.Dataset, second: xr.Dataset) -> NDArray[np.bool_]:
    """Which cells of two parts come from a survey they share, or may: nobody named one of the two."""
    named = [np.array([is_named(one) for one in part["survey"].values]) for part in (first, second)]
    shared: NDArray[np.bool_] = ~(named[0][:, None] & named[1][None, :])
    for survey in set(_surveys(first)) & set(_surveys(second)):
        rows, columns = (
            np.array([survey in surveys_in(one) for one in part["survey"].values]) for part in (first, second)
        )
        shared |= rows[:, None] & columns[None, :]
    return shared


def _refuse_near_miss(name: str, value: object, domains: Sequence[str]) -> None:
    """A label that is nearly the name of a column is more likely a slip than a label."""
    if not isinstance(value, str):
        return
    near = difflib.get_close_matches(value.casefold(), [one.casefold() for one in domains], n=1, cutoff=0.75)
    if near:
        raise InputError(
            f"{value!r} is no column of these estimates, but nearly one",
            where=name,
            expected=f"a column ({', '.join(domains)}), or a label for all cells",
            remedies=("if it is meant as a label, pass it once a cell, as a list",),
        )


def _one_each(name: str, value: Any, size: int) -> NDArray[Any]:
    if value is None:
        raise InputError(f"observations need their {name}", where=name, remedies=(f"pass {name}=",))
    if np.ndim(value) == 0:
        return label_array([value] * size, name)
    column = label_array(list(value), name)
    if column.size != size:
        raise InputError(
            "there must be one label a cell", where=name, expected=f"{size:,} labels", got=f"{column.size:,}"
        )
    return column


def _years(column: NDArray[Any], data: xr.Dataset) -> NDArray[Any]:
    try:
        numbers = column.astype(np.float64)
    except ValueError:
        numbers = np.full(column.size, np.nan)
    faulty = ~((numbers > 1000.0) & (numbers < 3000.0))
    if faulty.any():
        names = short_names(data)
        raise DataError(
            "years must be numbers such as 2019 or 2019.5",
            where="year",
            count=int(faulty.sum()),
            examples=[f"{column[place]} ({names[place]})" for place in np.flatnonzero(faulty)[:5]],
        )
    return numbers.astype(np.int64) if (numbers % 1 == 0).all() else numbers
