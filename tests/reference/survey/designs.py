"""The designs of the reference blocks, under the names that the blocks use, made through the public interface."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import target87 as t87
from tests.reference.survey.data import blocks, frame, matrix

TYPES = {"E": 4421, "H": 755, "M": 1018}
SCHOOL_WIDE = {"No": 1072, "Yes": 5122}
SCHOOLS = 6194
API99 = 3914069
MARGINS = {"stype": TYPES, "sch.wide": SCHOOL_WIDE}

type Step = Callable[[Any, str], Any]  # takes a design and its name


@cache
def design(name: str, lonely: str | None = None, adjust_domain: bool = False) -> Any:
    """The design of a name, under a policy for strata with one sampling unit."""
    if lonely is not None:
        return LONELY[name](lonely_psu=lonely, adjust_domain_lonely=adjust_domain)
    if name in BASE:
        return BASE[name]()
    if name in REPLICATES:
        return REPLICATES[name]()
    base, step = name.rsplit("_", 1)
    return STEPS[step](design(base), base)


def known(name: str) -> bool:
    """Whether there is a way to make the design of a name."""
    return name in LONELY or name in BASE or name in REPLICATES or name.rsplit("_", 1)[-1] in STEPS


# ---- designs as they were sampled --------------------------------------------------------------------------------


def scd(**options: Any) -> Any:
    data = frame("scd").assign(w=1.0)
    return t87.SurveyDesign(data, weights="w", strata="ESA", psu="ambulance", nest=True, **options)


def crowd(**options: Any) -> Any:
    return t87.SurveyDesign(frame("crowd"), weights="weight", strata="stratum", psu="cluster", nest=True, **options)


def lonely(**options: Any) -> Any:
    return t87.SurveyDesign(frame("lonely"), weights="w", strata="stratum", psu="psu", nest=True, **options)


def lonely_unique(**options: Any) -> Any:
    data = frame("lonely")
    data = data.assign(upsu=data["stratum"] * 100 + data["psu"])
    return t87.SurveyDesign(data, weights="w", strata="stratum", psu="upsu", **options)


def lonely_subset(**options: Any) -> Any:
    return lonely(**options).subset(frame("lonely")["dom"] == "a")


LONELY: dict[str, Callable[..., Any]] = {
    "dcrowd_nest": crowd,
    "dl": lonely,
    "dlf": lambda **options: lonely(fpc="npsu", **options),
    "dls": lonely_subset,
    "dlu": lonely_unique,
}

BASE: dict[str, Callable[[], Any]] = {
    "dsrs": lambda: t87.SurveyDesign(frame("apisrs"), weights="pw", fpc="fpc"),
    "dsrs_nofpc": lambda: t87.SurveyDesign(frame("apisrs"), weights="pw"),
    "dstrat": lambda: t87.SurveyDesign(frame("apistrat"), weights="pw", strata="stype", fpc="fpc"),
    "dstrat_nofpc": lambda: t87.SurveyDesign(frame("apistrat"), weights="pw", strata="stype"),
    "dclus1": lambda: t87.SurveyDesign(frame("apiclus1"), weights="pw", psu="dnum", fpc="fpc"),
    "dclus1_nofpc": lambda: t87.SurveyDesign(frame("apiclus1"), weights="pw", psu="dnum"),
    "dclus2": lambda: t87.SurveyDesign(frame("apiclus2"), weights="pw", psu=["dnum", "snum"], fpc=["fpc1", "fpc2"]),
    "dclus2_nofpc": lambda: t87.SurveyDesign(frame("apiclus2"), weights="pw", psu=["dnum", "snum"]),
    "dclus2_fpconly": lambda: t87.SurveyDesign(frame("apiclus2"), psu=["dnum", "snum"], fpc=["fpc1", "fpc2"]),
    "dscd": scd,
}


# ---- weighting steps, named by the ending of the design's name ----------------------------------------------------


def post_stratify_both(start: Any, base: str) -> Any:
    """Post-stratify by two crossed columns, whose counts are those of the population file."""
    counts = frame("apipop").groupby(["stype", "sch.wide"], observed=False).size()
    return start.post_stratify({("stype", "sch.wide"): counts.to_dict()})


def generalised(**options: Any) -> Step:
    """Calibration to the types of school and the total of api99, under a distance and its bounds."""
    return lambda start, base: start.calibrate({"stype": TYPES, "api99": API99}, **options)


def sinh(start: Any, base: str) -> Any:
    """Calibration under the hyperbolic sine, to the totals that R reached.

    R's slope of this distance is 0 where it should not be, so that on the one-stage sample it creeps to its epsilon of
    1e-10 and stops there. A covariance of totals close to zero shows that at 4e-8; the totals that R reached, which
    the blocks hold, belong to its weights exactly.
    """
    if not base.startswith("dclus1"):
        return generalised(distance="sinh", bounds=(0.5, 2.0))(start, base)
    counts = blocks()[f"c.{base}_sinh.factor"]["result"]["estimate"][: len(TYPES)]
    api99 = blocks()[f"c.{base}_sinh.mean"]["result"]["estimate"][1] * sum(counts)
    np.testing.assert_allclose([*counts, api99], [*TYPES.values(), API99], rtol=2e-10)
    reached = {"stype": dict(zip(TYPES, counts, strict=True)), "api99": api99}
    return start.calibrate(reached, distance="sinh", bounds=(0.5, 2.0))


def bounded(start: Any, base: str) -> Any:
    """Bounded linear calibration; the stratified sample needs less room."""
    return generalised(bounds=(0.8, 1.3) if base == "dstrat" else (0.6, 1.8))(start, base)


def trim_both(start: Any, base: str) -> Any:
    """Trim above and below, again until nothing is outside."""
    median = np.median(start.weights)
    low, high = (0.95, 18.0) if base == "dclus2" else (0.85, 1.15)
    raked = generalised(distance="raking")(start, base)
    return raked.trim(lower=low * median, upper=high * median, strict=True)


def trim_above(start: Any, base: str) -> Any:
    """Trim above, once."""
    return generalised(distance="raking")(start, base).trim(upper=1.15 * np.median(start.weights))


def two_steps(start: Any, base: str) -> Any:
    """Calibrate to the types of school, then to the number of schools and the total of api99."""
    first = start.calibrate({"stype": TYPES}).with_columns({"school": np.ones(len(start.weights))})
    return first.calibrate({"school": SCHOOLS, "api99": API99})


STEPS: dict[str, Step] = {
    "ps": lambda start, base: start.post_stratify({"stype": TYPES}),
    "ps2": post_stratify_both,
    "rake": lambda start, base: start.rake(MARGINS, tolerance=1e-12, max_iterations=2000),
    "rakedef": lambda start, base: start.rake(MARGINS, tolerance=1.0, max_iterations=10),
    "lin": generalised(),
    "cal": generalised(),
    "calrake": generalised(distance="raking"),
    "logit": generalised(distance="logit", bounds=(0.5, 2.0)),
    "linb": bounded,
    "sinh": sinh,
    "linvar": lambda start, base: start.calibrate({"api99": API99}, variance="api99"),
    "trim": trim_both,
    "trim1": trim_above,
    "agg": generalised(equal_within="dnum"),
    "two": two_steps,
    "trimlim": generalised(distance="raking", trim=(0.8, 1.3)),
}


# ---- replicate weights --------------------------------------------------------------------------------------------


def made(base: str, method: str, *, mse: bool) -> Callable[[], Any]:
    """Replicates that the library makes."""
    return lambda: design(base).to_replicates(method, mse=mse)


def given(data: str, weights: str, replicates: str, *, mse: bool, **options: Any) -> Callable[[], Any]:
    """Replicates read from a file, which hold the sampling weight."""

    def build() -> Any:
        rows = frame(data)
        if weights not in rows:
            rows = rows.assign(**{weights: 1.0})
        return t87.ReplicateDesign(rows, weights=weights, replicate_weights=matrix(replicates), mse=mse, **options)

    return build


def bootstrap(data: str, replicates: str, scale: float, *, mse: bool) -> Callable[[], Any]:
    """Bootstrap replicates read from a file with their scales."""
    return lambda: given(
        data,
        "pw",
        replicates,
        mse=mse,
        method="bootstrap",
        scale=scale,
        rscales=matrix(f"{replicates}_rscales").ravel(),
    )()


def weighted_replicates(step: str) -> Callable[[], Any]:
    """The jackknife of the one-stage sample, every replicate weighted anew."""
    return lambda: STEPS[step](design("jk1"), "jk1")


REPLICATES: dict[str, Callable[[], Any]] = {f"jk1_{step}": weighted_replicates(step) for step in ("ps", "rake", "cal")}
for ending, mse in (("_mse", True), ("", False)):
    REPLICATES |= {
        f"jk1{ending}": made("dclus1", "JK1", mse=mse),
        f"jkn{ending}": made("dstrat", "JKn", mse=mse),
        f"jkn_scd{ending}": made("dscd", "JKn", mse=mse),
        f"brr_scd{ending}": given("scd", "w", "rep_brr_scd", mse=mse, method="BRR"),
        f"fay_scd{ending}": given("scd", "w", "rep_fay_scd", mse=mse, method="Fay", rho=0.3),
        f"jk2_scd{ending}": given("scd", "w", "rep_jk2_scd", mse=mse, method="JK2"),
        f"boot1{ending}": bootstrap("apiclus1", "rep_boot_apiclus1", 0.027472527472527472, mse=mse),
        f"subboot{ending}": bootstrap("apistrat", "rep_subboot_apistrat", 0.02564102564102564, mse=mse),
        f"mrb{ending}": bootstrap("apiclus2", "rep_mrb_apiclus2", 1.0, mse=mse),
    }
