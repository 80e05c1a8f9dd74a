"""The verbs at a prompt. What they do lives elsewhere, and is imported once the arguments have been read."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from target87.cli import console
from target87.cli.arguments import parser
from target87.cli.cores import second_core
from target87.cli.wording import at_prompt, failure, option
from target87.errors import InputError, OutputError, UnconvergedError

if TYPE_CHECKING:
    from target87.results.assessment_set import AssessmentSet

__all__ = ["main", "program"]

ANSWERED, FAILED, BAD_ARGUMENTS, UNCONVERGED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143


def program() -> int:
    """Run as a program: end by a signal as by Ctrl-C, and without a complaint if the reader has gone."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return main()
    finally:
        console.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments, do what they say, and return the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the program's name; those of the process if not given.

    Returns
    -------
    int
        0 answered, 1 the run failed, 2 bad arguments, 3 the sampler has not converged, 130 interrupted.

    Raises
    ------
    SystemExit
        With status 2 for arguments that cannot be read, 0 after ``--help`` and ``--version``.

    Examples
    --------
    >>> main(["assess", "--indicator", "child_labor"])
    2
    """
    options = parser().parse_args(arguments)
    try:
        return _estimate(options) if options.verb == "estimate" else _assess(options)
    except KeyboardInterrupt:
        console.say("stopped (Ctrl-C): no file is left half-written")
        return INTERRUPTED
    except InputError as error:
        console.say(f"error: {at_prompt(error)}")
        return BAD_ARGUMENTS
    except UnconvergedError as error:
        console.say(f"error: {at_prompt(error)}")
        return UNCONVERGED
    except Exception as error:
        console.say(failure(error, with_traceback=options.debug))
        return FAILED


def _assess(options: argparse.Namespace) -> int:
    _check_company(options)
    folder = None if options.out is None else _destination(options.out)
    with console.progress(quiet=options.quiet) as shown:
        answers = _answers(options, shown)
        text = _rendered(answers, options)
        if folder is not None:
            from target87.studies.writing import write_run

            write_run(answers, folder)
    console.write(text)
    if folder is not None and not options.quiet:
        console.say(f"written to {folder}")
    return ANSWERED


def _check_company(options: argparse.Namespace) -> None:
    """Refuse options that mean something for one indicator only, where none is named."""
    stray = [option(name) for name in ("group", "threshold") if getattr(options, name) is not None]
    if options.area is not None and not _world(options.area):
        stray.insert(0, f"{option('area')} {options.area}")
    if options.indicator is None and stray:
        raise InputError(
            f"{' and '.join(stray)} must come with --indicator: the published parts of the world and what counts as "
            "zero differ between the questions",
            remedies=[f"add --indicator {name}" for name in ("child_labour", "hazardous_work", "forced_labour")],
        )


def _estimate(options: argparse.Namespace) -> int:
    from target87.cli.estimate import estimated

    folder = None if options.out is None else _destination(options.out)
    console.write(estimated(options, folder))
    if folder is not None and not options.quiet:
        console.say(f"written to {folder}")
    return ANSWERED


def _destination(path: str) -> Path:
    """Check the output folder before anything is computed: what is wrong with it by then is a wrong argument."""
    from target87.results.files import check_folder

    try:
        return check_folder(path)
    except OutputError as error:
        fields = {name: getattr(error, name) for name in ("where", "expected", "got", "count", "examples", "remedies")}
        raise InputError(error.what, **fields) from error
    except (OSError, ValueError) as error:  # no name of a folder: too long, or with characters no name has
        raise InputError("the output folder cannot have this name", where="--out", got=repr(path)) from error


def _answers(options: argparse.Namespace, shown: console.Progress | None) -> AssessmentSet:
    from target87.results.assessment_set import AssessmentSet
    from target87.studies.assess import assess, assess_all

    names = ("threshold", "target_year", "horizon", "count_years", "confirmed_only", "draws", "rng")
    # what is not given is left to the functions: their defaults are written once
    asked = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.group is None and (options.area is None or (options.indicator is None and _world(options.area))):
        with second_core(wanted=options.area is None) as executor:
            return assess_all(
                options.indicator, groups=options.area is None, **asked, progress=shown, executor=executor
            )
    one = assess(options.indicator, options.area or "world", group=options.group, **asked, progress=shown)
    return AssessmentSet((one,))


def _world(area: str) -> bool:
    return area.casefold() in ("world", "wld")


def _rendered(answers: AssessmentSet, options: argparse.Namespace) -> str:
    unicode = console.takes_unicode()
    if options.format == "json":
        if unicode:
            return answers.to_json()
        import json

        return json.dumps(answers.to_dict(), indent=2, allow_nan=False) + "\n"
    from target87.report.text import render_text

    text = render_text(answers, width=console.width(), unicode=unicode, quiet=options.quiet)
    return text if text.endswith("\n") else text + "\n"


def _terminate(*_: object) -> NoReturn:
    """End through every clean-up, as Ctrl-C does."""
    raise SystemExit(TERMINATED)
