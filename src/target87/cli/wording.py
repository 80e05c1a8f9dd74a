"""Errors of the Python functions in the words of the prompt."""

from __future__ import annotations

import re

from target87.errors import Target87Error

ARGUMENTS = (
    *("indicator", "area", "group", "target_year", "threshold", "horizon", "count_years"),
    *("confirmed_only", "rng", "draws"),
    *(
        "missing",
        "contradictions",
        "isco",
        "isic",
        "encoding",
        "weights",
        "strata",
        "psu",
        "lonely_psu",
        "level",
        "most_undecided",
    ),
)
SPELLINGS = {"count_years": "--counts"}
"""How the prompt spells an argument, where that is not its name with hyphens."""

PYTHON_ONLY = "population="
"""A remedy with this argument is of no use at the prompt."""


def option(argument: str) -> str:
    """The option that stands for an argument of the Python functions.

    Examples
    --------
    >>> option("target_year")
    '--target-year'
    """
    return SPELLINGS.get(argument, "--" + argument.replace("_", "-"))


def at_prompt(error: Target87Error) -> Target87Error:
    """The same error with options in place of arguments; to be shown, not raised.

    Parameters
    ----------
    error : Target87Error
        As the Python functions raise it.

    Examples
    --------
    >>> print(at_prompt(Target87Error("which zero?", where="threshold", remedies=["threshold=0.001"])))
    which zero?
      where: --threshold
      to mend it: --threshold 0.1%
    """
    return Target87Error(
        error.what,
        where=option(error.where) if error.where in ARGUMENTS else error.where,
        expected=error.expected,
        got=error.got,
        count=error.count,
        examples=error.examples,
        remedies=[_with_options(remedy) for remedy in error.remedies if PYTHON_ONLY not in remedy],
    )


def failure(error: Exception, *, with_traceback: bool) -> str:
    """What is shown of an error that nobody foresaw or could prevent: one line and a hint, or all of it."""
    if with_traceback:
        import traceback

        return "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, Target87Error):
        return f"error: {at_prompt(error)}"
    reason = " ".join(str(error).split())
    hint = "to mend it: add --debug to see where it failed, and report it"
    return f"error: the run failed: {type(error).__name__}: {reason}\n  {hint}"


def _with_options(remedy: str) -> str:
    remedy = re.sub(r"""columns=\{['"](\w+)['"]:[^}]*\}""", r"--column \1=COLUMN", remedy).replace(
        "nest=True", "--nest"
    )
    arguments = rf"\b({'|'.join(ARGUMENTS)})=([^\s,;)]+)"
    return re.sub(arguments, lambda found: f"{option(found[1])} {_value(found[1], found[2])}", remedy)


def _value(argument: str, value: str) -> str:
    """Thresholds become percentages, which nobody misreads."""
    if argument == "threshold" and re.fullmatch(r"0\.\d+", value):
        return f"{100 * float(value):g}%"
    return value.strip("\"'")
