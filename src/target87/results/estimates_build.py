"""From facts about cells to the data set of ``Estimates``: what follows from them, and the words on their quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.results.estimates_data import assemble, plain, require_length
from target87.results.publication_rule import FACTS, PROPORTION_SCALES, PublicationRule, Rule

if TYPE_CHECKING:
    import xarray as xr


def completed(
    labels: Mapping[str, Any],
    facts: Mapping[str, NDArray[np.float64]],
    *,
    survey: str | NDArray[Any],
    domain_columns: Sequence[str],
    attributes: Mapping[str, Any],
    covariance: NDArray[np.float64] | None,
    rule: Rule,
) -> xr.Dataset:
    """Data set of ``Estimates`` with what follows from ``facts`` (which have ``variance``): se, cv and quality."""
    variance, estimate = facts["variance"], facts["estimate"]
    require_length(facts, np.size(estimate))
    negative = variance < 0.0
    if negative.any():
        first = variance[negative][:5].tolist()
        raise DataError("variances cannot be negative", where="variance", count=int(negative.sum()), examples=first)
    se = np.sqrt(variance)
    values = {name: value for name, value in facts.items() if name != "variance"}
    with np.errstate(over="ignore"):  # beside a tiny estimate a CV may be infinite
        cv = np.divide(se, np.abs(estimate), out=np.full(se.size, np.nan), where=estimate != 0.0)
    values |= {"se": se, "cv": cv}
    estimand = str(attributes["estimand"])
    chosen = PublicationRule.of(rule, estimand)
    own = {"rule": None if chosen is None else chosen.to_dict(), "target87_version": _version()}
    return assemble(
        labels,
        values,
        survey=survey,
        domain_columns=domain_columns,
        attributes={"definition": "", "source": "", "history": [], **attributes, **own},
        covariance=covariance,
        words=None if chosen is None else judged(values, chosen, estimand),
    )


def judged(
    values: Mapping[str, NDArray[np.float64]], rule: PublicationRule, estimand: str
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Quality and reason of each cell by a rule; rates per thousand are judged as the proportions they are."""
    per = PROPORTION_SCALES.get(estimand, 1.0)
    scaled = ("estimate", "se", "ci_lower", "ci_upper")
    facts = {name: values[name] / per if name in scaled else values[name] for name in FACTS}
    return rule.judge(facts, proportion=estimand in PROPORTION_SCALES)


def rejudged(data: xr.Dataset, rule: Rule) -> xr.Dataset:
    """The data set with quality by another rule.

    Raises
    ------
    InputError
        If the estimates are of several kinds, so that it is not known which are proportions.
    """
    estimand = str(data.attrs["estimand"])
    chosen = PublicationRule.of(rule, estimand)
    if estimand == "mixed" and chosen is not None:
        raise InputError(
            "estimates of several kinds are not judged together",
            where="rule",
            remedies=("judge the parts before they are joined",),
        )
    size = data.sizes["cell"]
    quality, reason = np.full(size, "unassessed"), np.full(size, "no publication rule")
    if chosen is not None:
        quality, reason = judged({name: data[name].values for name in FACTS}, chosen, estimand)
    made = data.assign(quality=("cell", quality), reason=("cell", reason))
    return made.assign_attrs(plain({"rule": None if chosen is None else chosen.to_dict()}))


@cache
def _version() -> str:
    return version("target87")
