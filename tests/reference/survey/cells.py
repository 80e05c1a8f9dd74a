"""The cells of an estimate as R reports them, of the whole sample or by domain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Result = dict[str, Any]
UNDIVIDED = "all"  # the category of a variable that has none, beside others that have


def cells(
    design: Any, estimand: str, arguments: tuple[Any, ...], *, mask: np.ndarray | None = None, **options: Any
) -> Result:
    """An estimand's cells as R reports them: t limits on the design's degrees of freedom, and normal limits."""
    method = getattr(design, estimand)
    fewer = mask is not None or options.get("missing") == "omit"  # the blocks' limits are on df of the whole design
    df = float(design.degrees_of_freedom()) if fewer else "design"
    found = method(*arguments, where=mask, interval="t", df=df, **options)
    normal = method(*arguments, where=mask, interval="wald", **options).to_dataframe()
    if mask is not None:  # a condition and a subset are two ways to say one thing
        same(found, getattr(design.subset(mask), estimand)(*arguments, **options))
    table = found.to_dataframe()
    keep = (table["n"] > 0).to_numpy()
    assert table.loc[~keep, "estimate"].isna().all(), "a domain without rows has an estimate"
    vcov = np.asarray(found.covariance())[np.ix_(keep, keep)]
    table, normal = table[keep].reset_index(drop=True), normal[keep]
    return {
        "table": table,
        "names": [label(row) for row in table.to_dict("records")],
        "estimate": table["estimate"].to_numpy(),
        "se": table["se"].to_numpy(),
        "vcov": vcov,
        "deff": table["deff"].to_numpy(),
        "ci_t_degf95": table[["ci_lower", "ci_upper"]].to_numpy(),
        "ci_normal95": normal[["ci_lower", "ci_upper"]].to_numpy(),
    }


def same(one: Any, other: Any) -> None:
    """Assert that two results have the same estimates and covariance."""
    first, second = one.to_dataframe(), other.to_dataframe()
    np.testing.assert_allclose(first["estimate"], second["estimate"], rtol=1e-12)
    scale = np.sqrt(np.outer(first["se"], first["se"])).max()
    np.testing.assert_allclose(one.covariance(), other.covariance(), rtol=1e-10, atol=1e-12 * scale)


def label(row: dict[str, Any]) -> str:
    """R's name of a cell within its domain: the variable and, of a factor, its level."""
    category = row.get("category", UNDIVIDED)
    return row["variable"] + ("" if category == UNDIVIDED or pd.isna(category) else str(category))


def by_domain(found: Result, by: list[str]) -> Result:
    """Cells of several domains in R's order and under R's names, with the table that R prints."""
    table = found["table"]
    domains = table[by].astype(str).drop_duplicates().sort_values(by[::-1])  # levels of all factors are in this order
    variables = list(dict.fromkeys(found["names"]))
    keys = list(zip(found["names"], *(table[name].astype(str) for name in by), strict=True))
    wanted = [(variable, *domain) for variable in variables for domain in domains.itertuples(index=False)]
    order = [keys.index(tuple(one)) for one in wanted]
    several = len(variables) > 1
    result: Result = {
        "by": {name: domains[name].tolist() for name in by},
        "columns": variables,
        "names": [".".join(one[1:]) + (f":{one[0]}" if several else "") for one in wanted],
        "vcov": found["vcov"][np.ix_(order, order)],
    }
    for key in ("estimate", "se", "deff", "ci_t_degf95", "ci_normal95"):
        result[key] = found[key][order]
    shape = (len(variables), len(domains))
    with_deff = [result["deff"].reshape(shape).T] if np.isfinite(result["deff"]).all() else []
    result["table"] = np.hstack([result["estimate"].reshape(shape).T, result["se"].reshape(shape).T, *with_deff])
    return result
