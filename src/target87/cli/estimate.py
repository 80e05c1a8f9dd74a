"""The verb ``estimate``: from a file of microdata to tables, in one command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.cli import console
from target87.errors import InputError

if TYPE_CHECKING:
    from target87.studies.file_settings import FileSettings
    from target87.studies.publication import Publication

OPTIONS = {"where": "--where", "columns": "--column", "missing_codes": "--codes"}
EPILOG = """\
examples:
  python -m target87 estimate survey.sav --weights weight --strata stratum --psu cluster \\
      --indicator sdg_8_7_1_a --by sex,region --out tables
  python -m target87 estimate survey.dta --weights fsweight --psu HH1 --by HH7 --where FS17=1 --codes CL3=97,98,99
  python -m target87 estimate --settings tables/settings.toml --out again

columns of the survey are found by their usual names, or named: --column age=CB3 --column hours=CL3
"""
DIRECT = (
    *("weights", "indicator", "missing", "most_undecided", "contradictions", "isco", "isic"),
    *("interval", "level", "lonely_psu", "survey", "encoding", "decimal", "suppress_below"),
)


def add_estimate(verbs: Any, style: dict[str, Any]) -> None:
    """Add the verb and its options to the parser."""
    verb = verbs.add_parser(
        "estimate",
        help="child labour from a file of microdata",
        description="Child labour from a file of microdata (SPSS, Stata, CSV, Parquet): rates by group, with errors.",
        epilog=EPILOG,
        **style,
    )
    verb.add_argument("file", metavar="FILE", nargs="?", help="survey.sav, .dta, .csv or .parquet")
    _add_sample(verb.add_argument_group("how the sample was drawn"))
    _add_question(verb.add_argument_group("what is estimated"))
    out = verb.add_argument_group("what comes out")
    out.add_argument("--settings", metavar="TOML", help="settings of an earlier run; options given here come first")
    out.add_argument("--out", metavar="DIR", help="write workbook, tables, NetCDF and summary to a new or empty folder")
    out.add_argument(
        "--suppress-below", type=int, metavar="N", help="suppress cells with fewer children in all that is written"
    )
    out.add_argument("--quiet", action="store_true", help="the sentences alone, and no progress bar")
    out.add_argument("--debug", action="store_true", help="show where a failed run failed")


def estimated(options: argparse.Namespace, folder: Path | None) -> str:
    """Do what the arguments say, write it to the folder if one is given, and return what is to be printed."""
    settings = settings_of(options)
    from target87.studies.estimate_file import estimate_file
    from target87.studies.publication import publish

    with console.progress(quiet=options.quiet, word="estimating") as shown:
        publication = publish(estimate_file(settings, progress=shown))
    if folder is not None:
        from target87.studies.estimate_writing import write_file_estimates

        write_file_estimates(publication, folder)
    return _text(publication, quiet=options.quiet)


def settings_of(options: argparse.Namespace) -> FileSettings:
    """Settings from the file that holds them, if one is named, with the options given in place of its own."""
    from dataclasses import fields

    from target87.studies.file_settings import FileSettings

    given: dict[str, Any] = {}
    if options.settings is not None:
        stored = FileSettings.from_toml(options.settings)
        given = {one.name: getattr(stored, one.name) for one in fields(stored)}
    if options.file is not None:
        given["file"] = options.file
    if "file" not in given:
        raise InputError("no file is named", remedies=("name the survey's file, or --settings with a file in it",))
    given |= {name: getattr(options, name) for name in DIRECT if getattr(options, name) is not None}
    for name in ("strata", "psu", "fpc"):
        if getattr(options, name) is not None:
            given[name] = tuple(_split(getattr(options, name)))
    if options.nest:
        given["nest"] = True
    if options.by:
        given["by"] = tuple(tuple(_split(one)) for one in options.by)
    for name, pairs in (("where", options.where), ("columns", options.column), ("missing_codes", options.codes)):
        if pairs:
            given[name] = _pairs(pairs, name)
    return FileSettings(**given)


def _add_sample(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--weights", metavar="COLUMN", help="sampling weights")
    add("--strata", metavar="COLUMNS", help="strata; several stages by commas, outermost first")
    add("--psu", metavar="COLUMNS", help="sampling units; several stages by commas")
    add("--fpc", metavar="COLUMNS", help="population sizes or sampling fractions of the stages")
    add("--nest", action="store_true", help="labels of sampling units are unique within a stratum only")
    add("--lonely-psu", metavar="POLICY", help="strata with one unit: error (if not given), certainty, adjust, average")
    add("--survey", metavar="NAME", help="name and year of the survey, carried to every figure")
    add("--decimal", metavar="MARK", help='decimal mark of a CSV file: "," where it is no point')
    add("--encoding", metavar="NAME", help="encoding of the file, where it does not say: latin-1, cp1256 ...")


def _add_question(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--indicator", metavar="NAME", help="sdg_8_7_1_a (if not given), sdg_8_7_1_b, mics6, mics5, ilo_global ...")
    add("--by", metavar="COLUMNS", action="append", help="a breakdown; columns joined by commas are crossed")
    add(
        "--where",
        metavar="COLUMN=VALUE",
        action="append",
        help="rows the figures are about: region=North,South is either; repeatable",
    )
    add("--column", metavar="ROLE=COLUMN", action="append", help="what a column is for the indicator; repeatable")
    add("--codes", metavar="COLUMN=CODES", action="append", help="codes that mean missing: CL3=97,98,99; repeatable")
    add("--missing", choices=("omit", "error", "bounds", "spss"), help="what becomes of undecided children; else omit")
    add("--most-undecided", type=float, metavar="SHARE", help="share of undecided children that omit may leave; 0.2")
    add("--contradictions", choices=("error", "note"), help="contradictory answers: refuse (if not given), or count")
    add("--isco", choices=("08", "88"), help="version of the codes of occupations, where they do not tell")
    add("--isic", choices=("3", "4"), help="revision of the codes of industries, where they do not tell")
    add("--interval", metavar="TYPE", help="type of intervals; korn_graubard if not given")
    add("--level", type=float, metavar="LEVEL", help="their level; 0.95 if not given")


def _text(publication: Publication, *, quiet: bool) -> str:
    said = "\n".join(publication.sentences) + "\n"
    if quiet:
        return said
    notes = dict.fromkeys(note for one in publication.tables for note in one.notes)
    notes |= dict.fromkeys(f"{note.removesuffix('.')}." for note in publication.made.notes)
    shown = "\n\n".join(one.to_text(notes=False) for one in publication.tables)
    return f"{said}\n{shown}\n\n{''.join(f'{note}\n' for note in notes)}"


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _pairs(pairs: Sequence[str], name: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for pair in pairs:
        key, value = _pair(pair, name)
        if key in made:
            raise InputError(
                "a column is named twice", where=OPTIONS[name], got=key, remedies=("join the values by commas: A=1,2",)
            )
        made[key] = value
    return made


def _pair(text: str, name: str) -> tuple[str, Any]:
    """A column and what stands after its ``=``: numbers where it spells them."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise InputError("a pair is written COLUMN=VALUE", where=OPTIONS[name], got=repr(text))
    values = [_number(one) for one in _split(value)]
    return key.strip(), values if name == "missing_codes" or len(values) > 1 else values[0]


def _number(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
