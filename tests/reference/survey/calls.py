"""R's calls, evaluated through the public interface: what each block's ``call`` is here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from tests.reference.survey.cells import Result, by_domain, cells
from tests.reference.survey.designs import design as design_of
from tests.reference.survey.r_words import (
    CONDITIONS,
    DERIVED,
    EXPRESSIONS,
    Call,
    interaction,
    parse,
    terms,
    unquoted,
    vector,
)

DEFF = {"TRUE": "srswor", "'replace'": "srswr", "FALSE": False}
INTERVALS = {"mean": "t"}  # other methods have one name in both
QUANTILE_COLUMNS = ["estimate", "ci_lower", "ci_upper", "se"]


def evaluate(block: dict[str, Any]) -> Result:
    """The result of a block's call, in R's words."""
    setup = " ".join(block.get("setup", ()))
    policy = re.search(r'survey\.lonely\.psu="(\w+)"', setup)
    adjust = "adjust.domain.lonely=TRUE" in setup
    design = design_of(block["design_name"], policy[1] if policy else None, adjust)
    text = without_name(block)
    for pattern, function in SPECIAL:
        found = re.fullmatch(pattern, text)
        if found:
            return function(design, *found.groups())
    call = parse(text)
    return CALLS[call.function](call, design)


def recognised(block: dict[str, Any]) -> bool:
    """Whether there is a way to evaluate a block's call."""
    text = without_name(block)
    return any(re.fullmatch(pattern, text) for pattern, _ in SPECIAL) or parse(text).function in CALLS


def without_name(block: dict[str, Any]) -> str:
    """The call with the design's name written as D."""
    return re.sub(rf"(?<![\w.]){re.escape(block['design_name'])}(?![\w.])", "D", block["call"])


# ---- estimates of one call ----------------------------------------------------------------------------------------


def svymean(call: Call, design: Any) -> Result:
    """Means and proportions, with the covariance between all of them."""
    return estimates("mean", call, design)


def svytotal(call: Call, design: Any) -> Result:
    """Totals and counts."""
    return estimates("total", call, design)


def estimates(estimand: str, call: Call, design: Any) -> Result:
    """Means or totals of the variables of a formula."""
    formula, where = call.arguments
    design, mask = resolve(where, design)
    variables = terms(formula)
    for name in variables:
        if name.startswith("interaction("):
            design = design.with_columns(pd.DataFrame({name: interaction(name, design)}))
    options = {"missing": missing(call), "deff": DEFF[call.options.get("deff", "FALSE")]}
    return cells(design, estimand, (variables,), mask=mask, **options)


def svyratio(call: Call, design: Any) -> Result:
    """Ratios; numerators vary fastest. R reports design effects of the diagonal of numerators by denominators."""
    above, below = terms(call.arguments[0]), terms(call.arguments[1])
    found = cells(design, "ratio", (above, below), deff=DEFF[call.options.get("deff", "FALSE")])
    found["deff"] = found["deff"][:: len(above) + 1]
    return found


def svyvar(call: Call, design: Any) -> Result:
    """Population variances; of several variables the whole matrix, as R has it: each covariance twice."""
    variables = terms(call.arguments[0])
    found = cells(design, "variance", (variables,), **({"covariances": True} if len(variables) > 1 else {}))
    if len(variables) > 1:
        names = [f"{a}{b}" for b in variables for a in variables]  # a column of the matrix after the other
        order = [found["names"].index(name) for name in names]
        found = {key: found[key][order] for key in ("estimate", "se", "vcov")} | {"names": variables}
        found["vcov"] = found["vcov"][:, order]
    return found


def svyby(call: Call, design: Any) -> Result:
    """Estimates by domain; all domains of the first variable come first."""
    formula, by, *rest = call.arguments
    estimand = {"svymean": "mean", "svytotal": "total", "svyratio": "ratio", "svyquantile": "quantile"}[rest[-1]]
    arguments: tuple[Any, ...] = (terms(formula),)
    if estimand == "ratio":
        arguments += (terms(call.options["denominator"]),)
    if estimand == "quantile":
        arguments += ([float(call.options["quantiles"])],)
        return by_quantiles(design, arguments, terms(by), call)
    effect = DEFF[call.options.get("deff", "FALSE")]
    return by_domain(cells(design, estimand, arguments, by=terms(by), deff=effect), terms(by))


def resolve(text: str, design: Any) -> tuple[Any, np.ndarray | None]:
    """The design that a call's design argument names, and the condition of its subset."""
    if text == "D":
        return design, None
    return design, CONDITIONS[parse(text).arguments[1]](design.data).to_numpy()


def missing(call: Call) -> str:
    """What becomes of rows without a value."""
    return "omit" if call.options.get("na.rm") == "TRUE" else "error"


# ---- quantiles, proportions, contrasts -----------------------------------------------------------------------------


def svyquantile(call: Call, design: Any) -> Result:
    """Quantiles with limits and standard errors, a table a variable."""
    variables, probabilities = terms(call.arguments[0]), vector(call.arguments[2])
    table = quantile_table(design, call, variables, probabilities, missing=missing(call))
    tables = {}
    for name in variables:
        rows = table[table["variable"] == name].set_index("quantile").loc[probabilities]
        tables[name] = {"rows": [f"{p:g}" for p in probabilities], "values": rows[QUANTILE_COLUMNS].to_numpy()}
    return {"quantiles": tables, "se": np.concatenate([one["values"][:, 3] for one in tables.values()])}


def standard_errors(design: Any, inner: str) -> Result:
    """``SE(svyquantile(...))``: standard errors from the width of the interval."""
    call = parse(inner)
    found = svyquantile(call, design)["quantiles"]
    names = [f"{name}.{p}" for name, table in found.items() for p in table["rows"]]
    return {"values": np.concatenate([table["values"][:, 3] for table in found.values()]), "names": names}


def by_quantiles(design: Any, arguments: tuple[Any, ...], by: list[str], call: Call) -> Result:
    """Quantiles by domain; R's limits come from the standard error, not from the interval."""
    table = quantile_table(design, call, *arguments, by=by, df="domain")  # in R each domain is a design of its own
    return by_domain(with_limits(design, table), by)


def quantile_table(design: Any, call: Call, variables: list[str], probabilities: list[float], **options: Any) -> Any:
    """The table of a quantile call under R's default rule and interval, if it names no other."""
    rule = unquoted(call.options.get("qrule", "math"))
    interval = unquoted(call.options.get("interval.type", "mean"))
    return design.quantile(variables, probabilities, rule=rule, interval=interval, **options).to_dataframe()


def with_limits(design: Any, table: pd.DataFrame) -> Result:
    """Cells with limits that are estimate and standard error times a quantile."""
    estimate, se = table["estimate"].to_numpy(), table["se"].to_numpy()
    reach = {"ci_t_degf95": stdtrit(design.degrees_of_freedom(), 0.975), "ci_normal95": ndtri(0.975)}
    limits = {key: np.stack([estimate - factor * se, estimate + factor * se], axis=1) for key, factor in reach.items()}
    nothing = np.full(len(table), np.nan)
    fixed = {"table": table, "estimate": estimate, "se": se, "deff": nothing, "vcov": np.diag(se**2)}
    return fixed | limits | {"names": table["variable"].tolist()}


def svyciprop(call: Call, design: Any) -> Result:
    """A proportion with the interval of a method, on the design's degrees of freedom."""
    event = CONDITIONS[call.arguments[0].removeprefix("~I(").removesuffix(")")]
    design = design.with_columns(event=event)
    interval = INTERVALS.get(method := unquoted(call.options["method"]), method)
    row = design.proportion("event", interval=interval).to_dataframe().iloc[0]
    return {"estimate": [row["estimate"]], "ci": [[row["ci_lower"], row["ci_upper"]]], "var": [row["se"] ** 2]}


def svycontrast(call: Call, design: Any) -> Result:
    """Functions of estimates: coefficients, or expressions in the names of the cells."""
    inner = parse(call.arguments[0])
    target = inner.arguments[2] if inner.function == "svyby" else inner.arguments[1]
    if target.startswith("update("):
        design = design.with_columns(**{name: DERIVED[text] for name, text in parse(target).options.items()})
    by = {"by": terms(inner.arguments[1])} if inner.function == "svyby" else {}
    estimand = {"svymean": "mean", "svytotal": "total", "svyby": "mean"}[inner.function]
    variables = terms(inner.arguments[0])

    found = getattr(design, estimand)(variables, **by)
    by_t = found.contrast(contrasts(call.arguments[1]))
    normal = found.contrast(contrasts(call.arguments[1]), df=np.inf).to_dataframe()
    table = by_t.to_dataframe()
    return {
        "names": table["variable"].tolist(),
        "estimate": table["estimate"],
        "se": table["se"],
        "vcov": by_t.covariance(),
        "ci_t_degf95": table[["ci_lower", "ci_upper"]],
        "ci_normal95": normal[["ci_lower", "ci_upper"]],
    }


def contrasts(text: str) -> dict[str, Any]:
    """What R's list of contrasts says: coefficients, or functions of the cells."""
    if text.startswith("quote("):
        return {"contrast": EXPRESSIONS[parse(text).arguments[0]]}
    given = parse(text).options
    return {
        name: EXPRESSIONS[parse(one).arguments[0]] if one.startswith("quote(") else vector(one)
        for name, one in given.items()
    }


# ---- calls of one shape ----------------------------------------------------------------------------------------------


def degrees_of_freedom(call: Call, design: Any) -> Result:
    """``degf``, of a design or a subset."""
    design, mask = resolve(call.arguments[0], design)
    return {"values": [(design if mask is None else design.subset(mask)).degrees_of_freedom()]}


def weights(design: Any) -> Result:
    """All weights, in the order of the rows."""
    return {"values": design.weights}


def weight_summary(design: Any) -> Result:
    """Sum, extremes and sum of squares of the weights."""
    w = design.weights
    return {"values": [w.sum(), w.min(), w.max(), (w**2).sum()], "names": ["sum", "min", "max", "ss"]}


def variation(design: Any, variable: str) -> Result:
    """Coefficient of variation of a total."""
    return {"values": design.total(variable, missing="omit").to_dataframe()["cv"]}


def limits(design: Any, variable: str, level: str) -> Result:
    """Limits of a mean at another level than 95 %."""
    row = design.mean(variable, interval="t", level=float(level)).to_dataframe()
    tail = 50 * (1 - float(level))
    return {"rows": [variable], "cols": [f"{tail:g} %", f"{100 - tail:g} %"], "values": row[["ci_lower", "ci_upper"]]}


def cross_table(design: Any, rows: str, columns: str) -> Result:
    """Weighted counts of one factor by another."""
    counts = design.total(rows, by=columns).to_dataframe()
    table = counts.pivot_table(index="category", columns=columns, values="estimate")
    return {"rows": table.index.tolist(), "cols": table.columns.tolist(), "values": table}


def replicate_scales(design: Any) -> Result:
    """Number of replicates, scale, sum of the scales of replicates, degrees of freedom."""
    values = [design.replicates, design.scale, np.sum(design.rscales), design.degrees_of_freedom()]
    return {"values": values, "names": ["R", "scale", "rscales", "degf"]}


def with_replicates(design: Any, above: str, below: str) -> Result:
    """A function of weights and data, over the replicates."""
    found = (
        design.with_replicates(lambda w, rows: np.sum(w * rows[above]) / np.sum(w * rows[below])).to_dataframe().iloc[0]
    )
    return {"values": [found["estimate"], found["se"] ** 2], "names": ["estimate", "var"]}


CALLS: dict[str, Callable[[Call, Any], Result]] = {
    "svymean": svymean,
    "svytotal": svytotal,
    "svyratio": svyratio,
    "svyvar": svyvar,
    "svyby": svyby,
    "svyquantile": svyquantile,
    "svyciprop": svyciprop,
    "svycontrast": svycontrast,
    "degf": degrees_of_freedom,
}

SPECIAL: list[tuple[str, Callable[..., Result]]] = [
    (r"as\.numeric\(weights\(D\)\)", weights),
    (r"c\(sum=sum\(weights\(D\)\), min=.*, max=.*, ss=.*\)", weight_summary),
    (r"as\.numeric\(cv\(svytotal\(~(\w+), D, na\.rm=TRUE\)\)\)", variation),
    (r"as\.matrix\(confint\(svymean\(~(\w+), D\), level=([.\d]+), df=degf\(D\)\)\)", limits),
    (r"unclass\(svytable\(~([\w.]+)\+([\w.]+), D\)\)\+0", cross_table),
    (r"SE\((svyquantile\(.*\))\)", standard_errors),
    (r"c\(R=ncol\(weights\(D\)\), scale=D\$scale, .*\)", replicate_scales),
    (
        r"\{r <- withReplicates\(D, quote\(sum\(\.weights\*(\w+)\)/sum\(\.weights\*(\w+)\)\)\); .*\}",
        with_replicates,
    ),
]
