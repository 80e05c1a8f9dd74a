"""What the prompt takes, and how it explains itself. Plain ASCII, so that help can be shown anywhere."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from target87.cli import console
from target87.cli.estimate import add_estimate

EPILOG = """\
examples:
  python -m target87 assess                              both questions, the world and its parts
  python -m target87 assess --out out                    the same, and everything about it in files
  python -m target87 assess --indicator forced_labour    one question, the world and its parts
  python -m target87 assess --indicator child_labour --area world --threshold 0.5% --target-year 2030
  python -m target87 estimate survey.sav --weights weight --strata stratum --psu cluster --by sex,region --out tables

exit status:
  0 answered (also if the reader of the output leaves early, as in "| head -1"), 1 the run failed, 2 bad arguments,
  3 the sampler has not converged, 130 stopped by Ctrl-C; whatever happens, no file is left half-written
"""


def parser() -> argparse.ArgumentParser:
    """The parser of ``python -m target87``."""
    style: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    top = argparse.ArgumentParser(
        "python -m target87",
        description="Child labour by 2025, forced labour by 2030: the answers, with their uncertainty.",
        epilog=EPILOG,
        **style,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    assess = verbs.add_parser(
        "assess",
        help="answer from the published figures",
        description="Answer from the published figures: for the world and its parts, or one region, sex or age band.",
        epilog=EPILOG,
        **style,
    )
    # a value below 0 is a value with its sign too, to be refused for what it is, and no option
    assess._negative_number_matcher = re.compile(r"^-\.?\d")
    _add_question(assess.add_argument_group("what is asked"))
    _add_run(assess.add_argument_group("how it is computed"))
    _add_output(assess.add_argument_group("what comes out"))
    add_estimate(verbs, style)
    return top


class _Version(argparse.Action):
    """Look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from target87 import __version__

        console.write(f"target87 {__version__}\n")
        parser.exit(0)


def _add_question(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--indicator", metavar="NAME", help="child_labour, hazardous_work or forced_labour; all three if not given")
    add("--area", metavar="NAME", help='world (without its parts), or with --indicator a region: "Sub-Saharan Africa"')
    add("--group", metavar="NAME", help="with --indicator, a sex or age band: girls, 5-11")
    add("--target-year", type=_year, metavar="YEAR", help="if not given, 2025 for child and 2030 for forced labour")
    add("--threshold", metavar="RATE", help="with --indicator, what counts as zero: 0.5%% or 0.005; else 1%%")
    add("--horizon", type=_year, metavar="YEAR", help="last year of the rates, 2060 at most and if not given")
    add("--counts", type=_years, dest="count_years", metavar="YEARS", help="years of numbers of people, as 2025,2030")
    add("--confirmed-only", action="store_true", help="leave out figures that are recalled, not read")


def _add_run(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--rng", type=_natural, metavar="SEED", help="seed; 87 if not given: the same seed gives the same numbers")
    add("--draws", type=_natural, metavar="N", help="joint draws, a multiple of 8; 4000 if not given")
    add("--debug", action="store_true", help="show where a failed run failed")


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--out", metavar="DIR", help="also write JSON, tables, draws and report to a new or empty folder")
    add("--format", choices=("text", "json"), default="text", help="of what is printed; text if not given")
    add("--quiet", action="store_true", help="the sentences alone, and no progress bar")


def _year(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a year is a whole number, such as 2030; got {text!r}") from None


def _years(text: str) -> tuple[int, ...]:
    return tuple(_year(one) for one in text.split(","))


def _natural(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text):
        raise argparse.ArgumentTypeError(f"a whole number, 0 or more, is needed; got {text!r}")
    return int(text)
