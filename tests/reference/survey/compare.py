"""When two results agree: the tolerances of the reference file, no wider.

A value agrees within its block's relative tolerance. Variances that are zero in theory (calibrated margins, certainty
strata) are rounding noise in R as here: standard errors below 1e-9 of their estimate are compared absolutely, to 1e-7
of the estimate, and covariances below 1e-9 of the product of the two standard errors to that.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.reference.survey.data import numbers

NOISE = 1e-9
ZERO = 1e-7


def agree(name: str, got: Any, want: Any, rtol: float, atol: Any = 0.0) -> None:
    """Assert that arrays agree in shape, in what is missing or infinite, and in value."""
    got, want = np.asarray(got, dtype=float), numbers(want)
    assert got.shape == want.shape, f"{name}: shape {got.shape}, R has {want.shape}"
    finite = np.isfinite(want)
    unlike = np.where(finite, np.inf, 0.0)
    with np.errstate(invalid="ignore"):
        away = np.where(finite & np.isfinite(got), np.abs(got - want), unlike)
    alike = np.array_equal(np.where(finite, 0.0, want), np.where(finite, 0.0, got), equal_nan=True)
    assert alike, f"{name}: {got} has other missing or infinite values than R: {want}"
    allowed = np.maximum(rtol * np.abs(np.where(finite, want, 0.0)), atol)
    worst = np.divide(away, np.abs(want), out=np.array(away), where=finite & (want != 0.0))
    assert (away <= allowed).all(), f"{name}: off by {np.max(worst):.3g} (relative)\n  ours {got}\n  R    {want}"


def compare(got: dict[str, Any], block: dict[str, Any]) -> None:
    """Assert everything that a block's result holds."""
    want, rtol = block["result"], block["rtol"]
    absolute = tolerances(want)
    missing = set(want) - set(got) - {"class"}
    assert not missing, f"the result has {missing}, which is not computed here"
    for key in want:
        if key == "class":
            continue
        if key == "columns":  # the variables; what follows is how R prints the rest
            assert want[key][: len(got[key])] == got[key]
        elif key in ("names", "by", "rows", "cols"):
            assert got[key] == want[key], f"{key}: {got[key]}, R has {want[key]}"
        elif key == "quantiles":
            compare_quantiles(got[key], want[key], rtol)
        else:
            agree(key, got[key], want[key], rtol, absolute.get(key, 0.0))
    if "exact_ci" in block:  # the solution that R's interpolation approximates
        agree("exact_ci", got["ci"][0], block["exact_ci"], 1e-8)


def compare_quantiles(got: dict[str, Any], want: dict[str, Any], rtol: float) -> None:
    """Assert the tables of quantiles: quantile, lower and upper limit, standard error."""
    assert list(got) == list(want)
    for variable, table in want.items():
        assert got[variable]["rows"] == table["rows"]
        agree(f"quantiles of {variable}", got[variable]["values"], table["values"], rtol)


def tolerances(want: dict[str, Any]) -> dict[str, Any]:
    """The absolute tolerances of the parts of a result that may be zero in theory."""
    if "se" not in want or "estimate" not in want:
        return {}
    size, se = np.abs(numbers(want["estimate"])), numbers(want["se"])
    zero = se < NOISE * size
    reach = np.where(zero, ZERO * size, se)
    off_se = np.where(zero, ZERO * size, 0.0)
    found = {"se": off_se}
    if "deff" in want and len(want["deff"]) == zero.size:
        found["deff"] = np.where(zero, NOISE, 0.0)
    if "vcov" in want:
        product, vcov = np.outer(reach, reach), np.abs(numbers(want["vcov"]))
        either = zero[:, None] | zero[None, :]
        found["vcov"] = np.where(either, product, np.where(vcov < NOISE * product, NOISE * product, 0.0))
    if "table" in want:
        found["table"] = table_tolerance(want, off_se)
    return found


def table_tolerance(want: dict[str, Any], off_se: np.ndarray) -> np.ndarray:
    """Tolerance of a table by domain: estimates, standard errors and design effects side by side."""
    table = numbers(want["table"])
    parts = table.shape[1] // (off_se.size // table.shape[0])
    by_domain = off_se.reshape(-1, table.shape[0]).T
    return np.hstack([np.zeros_like(by_domain), by_domain, *[np.zeros_like(by_domain)] * (parts - 2)])
