"""The draws of many answers as one tree, laid out so that ArviZ reads each answer's part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from target87.results.assessment import Assessment
    from target87.results.assessment_set import AssessmentSet

SCHEMA_VERSION = "1.0"
PARTS = "groups"
"""Where the regions, sexes and age bands of an indicator lie."""


def draws_tree(answers: AssessmentSet) -> xr.DataTree:
    """Draws of every answer: those of a main answer under ``/indicator/area``, those of its parts under one ``groups``.

    A main answer has the groups ``posterior`` (parameters over chain and draw), ``prevalence`` (``rate`` and ``number``
    over area, year and draw, through the record and beyond, with the ``population`` that joins them) and
    ``observed_data`` (the figures), in double precision. The regions, sexes and age bands of an indicator lie side by
    side in ``/indicator/groups``, so that a file of many answers is written quickly: rates in single precision, each
    right to a relative 6e-8, and the population that makes numbers of them.

    Parameters
    ----------
    answers : AssessmentSet
        Answers of one run with their draws.

    Returns
    -------
    xarray.DataTree
        In memory. Not compressed when it is written: draws are noise, and would shrink by a quarter in twice the time.
    """
    import xarray as xr

    groups = {"/": _root(answers)}
    for name, one in zip(_names(answers.main), answers.main, strict=True):
        path = f"/{one.indicator}/{name}"
        groups |= {f"{path}/{part}".rstrip("/"): group for part, group in _groups(one).items()}
    for indicator in dict.fromkeys(one.indicator for one in answers.breakdowns):
        own = [one for one in answers.breakdowns if one.indicator == indicator]
        groups |= {f"/{indicator}/{PARTS}/{part}": group for part, group in _side_by_side(own).items()}
    return xr.DataTree.from_dict(groups)


def _names(answers: Sequence[Assessment]) -> list[str]:
    """What each answer is called; two groupings may use one name, and then it is said which is meant."""
    plain = [(one.indicator, one.area.replace("/", "-")) for one in answers]
    return [
        name if plain.count((indicator, name)) == 1 else f"{name} ({one.group_type})"
        for (indicator, name), one in zip(plain, answers, strict=True)
    ]


def _root(answers: AssessmentSet) -> xr.Dataset:
    import xarray as xr

    first = answers.main[0]
    attributes = {
        "title": "Draws of answers to target 8.7",
        "schema_version": SCHEMA_VERSION,
        "seed": first.seed,
        "versions": json.dumps(dict(first.versions)),
    }
    return xr.Dataset(attrs=attributes)


def _groups(one: Assessment) -> dict[str, xr.Dataset]:
    import xarray as xr

    labels = {
        name: getattr(one, name) for name in ("question", "indicator", "area", "group_type", "definition", "seed")
    }
    population = str(one.projection.attributes["population"])
    return {
        "": xr.Dataset(
            attrs={**labels, "population": population, "priors": list(one.priors), "model": list(one.model)}
        ),
        "posterior": _parameters(one),
        "prevalence": _prevalence(one),
        "observed_data": _figures(one),
    }


def _parameters(one: Assessment) -> xr.Dataset:
    parameters = one.posterior.parameters.rename(iteration="draw")
    places = {name: np.arange(parameters.sizes[name]) for name in ("chain", "draw")}
    return parameters.assign_coords(places).assign_attrs(inference_library="target87")


def _prevalence(one: Assessment) -> xr.Dataset:
    """Rates and numbers by area, year and draw; ``chain`` and ``iteration`` say where a draw came from."""
    draws = one.projection.draws.isel(scenario=0, drop=True)
    last = int(one.points["year"].iloc[-1])
    basis = np.where(draws["year"].to_numpy() <= last, "record", "forecast")
    places = {name: ("draw", one.posterior.prevalence[name].to_numpy()) for name in ("chain", "iteration")}
    return draws.assign_coords({**places, "basis": ("year", basis)})


def _figures(one: Assessment) -> xr.Dataset:
    import xarray as xr

    points = one.points
    columns = {name: ("figure", points[name].to_numpy()) for name in ("year", "first_year", "last_year")}
    rate = ("figure", points["rate"].to_numpy(), {"units": "1", "long_name": "published rate as a proportion"})
    return xr.Dataset({"rate": rate}, coords=columns)


def _side_by_side(answers: Sequence[Assessment]) -> dict[str, xr.Dataset]:
    """Answers of one indicator along ``area``; missing where one has no such parameter or its record starts later."""
    import xarray as xr

    places = {"area": _names(answers), "group_type": ("area", [one.group_type for one in answers])}
    parameters = [one.posterior.parameters for one in answers]
    shape = tuple(parameters[0].sizes[name] for name in ("chain", "iteration"))
    names = dict.fromkeys(str(name) for part in parameters for name in part.data_vars)
    missing = np.full(shape, np.nan)
    values = {
        name: (
            ("area", "chain", "draw"),
            np.stack([part[name].to_numpy() if name in part else missing for part in parameters]),
        )
        for name in names
    }
    posterior = xr.Dataset(values, {**places, "chain": np.arange(shape[0]), "draw": np.arange(shape[1])})
    return {
        "posterior": posterior.assign_attrs(inference_library="target87"),
        "prevalence": _rates(answers).assign_coords(places),
    }


def _rates(answers: Sequence[Assessment]) -> xr.Dataset:
    import xarray as xr

    parts = [_prevalence(one) for one in answers]
    years = np.unique(np.concatenate([part["year"].to_numpy() for part in parts]))
    rate = np.full((len(parts), years.size, parts[0].sizes["draw"]), np.nan, dtype=np.float32)
    people = np.full((len(parts), years.size), np.nan)
    for place, part in enumerate(parts):
        rows = np.searchsorted(years, part["year"].to_numpy())
        rate[place, rows], people[place, rows] = part["rate"].to_numpy()[0], part["population"].to_numpy()[0]
    units = {name: dict(parts[0][name].attrs) for name in ("rate", "population")}
    draws = {name: parts[0][name] for name in ("draw", "chain", "iteration")}
    return xr.Dataset(
        {
            "rate": (("area", "year", "draw"), rate, units["rate"]),
            "population": (("area", "year"), people, units["population"]),
        },
        {"year": years, **draws},
    )
