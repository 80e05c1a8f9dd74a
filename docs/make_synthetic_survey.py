"""Make the synthetic survey that ships with the package, the account of its truth, and the page that describes it.

python docs/make_synthetic_survey.py          # rewrites them
python docs/make_synthetic_survey.py --check  # 0 if they are what would be written, else says what differs
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

import target87 as t87
from target87.datasets.synthetic import shipped
from target87.datasets.synthetic.labels import COLUMN_LABELS, FILE_LABEL, MISSING_CODES, VALUE_LABELS
from target87.datasets.synthetic.missing import ALL_OF_IT, MODULE_INCOMPLETE, SINGLE_HAZARD, SINGLE_ITEM
from target87.datasets.synthetic.places import HOUSEHOLDS_A_CLUSTER, STRATA
from target87.datasets.synthetic.population import SyntheticPopulation

SEED = 2087
VERSION = 1
STATEMENT = "Synthetic: made by a program. No child, household or country is described; no rate was taken from data."
NOTE = [
    "Synthetic: made by a program, describes no child, household or country.",
    "Made by docs/make_synthetic_survey.py of target87.",
]
"""Lines of at most 80 characters, as SPSS has them."""
DEFINITIONS = (
    *("sdg_8_7_1_a", "sdg_8_7_1_b", "mics5", "mics6", "mics6_with_hazard", "ilo_global"),
    *("children_in_employment", "children_in_employment_7_14"),
)
BANDS = {"5-11": 11, "12-14": 14, "15-17": 17}
DATA = Path(t87.__file__).parent / "datasets" / "data"
PAGE = Path(__file__).with_name("synthetic_survey.md")
DATE_IN_HEADER = slice(92, 109)
"""Bytes of a .sav file with the date and time it was written; fixed, so that the same seed gives the same bytes."""
DATE = b"01 Jan 2600:00:00"


def main(arguments: list[str] | None = None) -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    population = t87.datasets.synthetic_population(rng=SEED)
    survey = t87.datasets.synthetic_survey(population, rng=SEED)
    with tempfile.TemporaryDirectory() as folder:
        made = write_data(population, survey, Path(folder))
        if not check:
            for name in (shipped.FILE, shipped.ACCOUNT):
                shutil.copyfile(made / name, DATA / name)
        faults = differences(made, DATA)
    if check and PAGE.read_text(encoding="utf-8") != page(survey):
        faults.append(PAGE.name)
    if not check:
        shipped.read_account.cache_clear()
        PAGE.write_text(page(survey), encoding="utf-8")
    print(f"differs: {', '.join(faults)}" if faults else "as made")
    return int(bool(faults))


def differences(made: Path, there: Path) -> list[str]:
    """Names of the files that do not say the same. Bytes may differ between versions of the writer, contents not."""
    faults = []
    frames = [pyreadstat.read_sav(folder / shipped.FILE, user_missing=True) for folder in (made, there)]
    same = frames[0][0].equals(frames[1][0])
    for what in ("column_names_to_labels", "variable_value_labels", "missing_ranges", "file_label"):
        same = same and getattr(frames[0][1], what) == getattr(frames[1][1], what)
    if not same:
        faults.append(shipped.FILE)
    accounts = [json.loads((folder / shipped.ACCOUNT).read_text(encoding="utf-8")) for folder in (made, there)]
    digest = hashlib.sha256((there / shipped.FILE).read_bytes()).hexdigest()
    if accounts[1].pop("sha256") != digest or accounts[0].pop("sha256") is None or accounts[0] != accounts[1]:
        faults.append(shipped.ACCOUNT)
    return faults


def write_data(population: SyntheticPopulation, survey: pd.DataFrame, folder: Path) -> Path:
    """Write the microdata and their account to a folder."""
    path = folder / shipped.FILE
    write_spss(survey, path)
    account = {
        "synthetic": True,
        "statement": STATEMENT,
        "version": VERSION,
        "seed": SEED,
        "made_by": "docs/make_synthetic_survey.py",
        "file": shipped.FILE,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": len(survey),
        "population": {
            "clusters": population.clusters,
            "households": population.households,
            "children": population.n,
        },
        "truth_is": "children of the population the definition counts on complete answers, and children it is about",
        "truth": truth(population),
    }
    text = json.dumps(account, indent=1, ensure_ascii=False) + "\n"
    (folder / shipped.ACCOUNT).write_text(text, encoding="utf-8")
    return folder


def write_spss(survey: pd.DataFrame, path: Path) -> None:
    """Write the survey as an SPSS file with its labels and missing codes."""
    pyreadstat.write_sav(
        survey,
        path,
        file_label=FILE_LABEL,
        note=NOTE,
        column_labels={**COLUMN_LABELS},
        variable_value_labels={name: dict(labels.items()) for name, labels in VALUE_LABELS.items()},
        missing_ranges={name: list(codes) for name, codes in MISSING_CODES.items()},
        variable_format={name: "F10.4" if "weight" in name else "F5.0" for name in survey.columns},
        variable_measure={name: _measure(name) for name in survey.columns},
        row_compress=True,
    )
    content = bytearray(path.read_bytes())
    content[DATE_IN_HEADER] = DATE
    path.write_bytes(content)


def _measure(name: str) -> str:
    amounts = {"weight", "household_weight", "eligible_children", "age", "CL3", "CL8", "CL10", "CL13"}
    return "scale" if name in amounts else "nominal"


def truth(population: SyntheticPopulation) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """Children the definition is about and those it counts, by definition, breakdown and group, population over."""
    found: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for rows in np.array_split(np.arange(population.n), 8):
        frame = population.frame(rows)
        groups = groups_of(frame)
        for name in DEFINITIONS:
            flags = t87.indicators.child_labour(frame, name, missing="error")
            flag = flags.to_dataframe()[flags.definition.flag].astype("float64").to_numpy()
            for by, labels in groups.items():
                kept = found.setdefault(name, {}).setdefault(by, {})
                for code, label in enumerate(labels.categories):
                    own = flag[(labels.codes == code) & ~np.isnan(flag)]
                    counts = kept.setdefault(label, {"children": 0, "number": 0})
                    counts["children"] += own.size
                    counts["number"] += int(own.sum())
    return {name: {by: _concerned(kept) for by, kept in own.items()} for name, own in found.items()}


def _concerned(kept: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Groups with any child of the ages of the definition."""
    return {label: counts for label, counts in kept.items() if counts["children"]}


def groups_of(frame: pd.DataFrame) -> dict[str, pd.Categorical[str]]:
    """The group each child is in, by breakdown, in the words of the value labels."""
    groups = {"all": pd.Categorical(["all"] * len(frame), ["all"])}
    for name in ("sex", "region", "residence", "stratum"):
        labels = VALUE_LABELS[name]
        groups[name] = pd.Categorical(frame[name].map(labels), list(labels.values()))
    bands = np.array(list(BANDS))[np.searchsorted(list(BANDS.values()), frame["age"])]
    return groups | {"age_band": pd.Categorical(bands, list(BANDS))}


HEAD = """\
# The synthetic survey that ships with the package

**Synthetic: made by a program. No child, household or country is described; no rate was taken from data.** It is there
so that examples, tests and trials run on something shaped like the file of a household survey with a child labour
module, and so that estimates can be held against a truth that is known.

This page, the file and its account are made by `python docs/make_synthetic_survey.py`; with `--check` it compares.

```python
>>> import target87 as t87
>>> t87.datasets.synthetic_survey_path().name
'synthetic_children.sav'
>>> t87.datasets.synthetic_survey_truth("sdg_8_7_1_a").attrs["synthetic"]
True

```

The truth is counted over the {children:,} children of the finite population the sample was drawn from, on what each
would report were nothing left unanswered. Reported hours are part of it, heaped as in the file; the hours really worked
are not.
"""

MADE = """\
## How it was made

- **Population.** {clusters:,} clusters of {fewest} or more households in ten strata (five regions, urban and rural);
  {households:,} households, {children:,} children 5-17. Work goes with region, residence, cluster, sex, age and the
  number of children of the household.
- **Sample.** Two stages: {sampled} clusters by size, systematically in random order within strata; {fewest_drawn}
  households at random in each; one child at random of each household that has any. {rows:,} interviews were completed;
  households and children that did not respond are not in the file.
- **Weights.** `household_weight` is the inverse of the household's probability, times sampled over responding
  households of the stratum (weighted). `weight` is that times `eligible_children`, times eligible over interviewed
  children of the stratum. Both are numbers of the population, not normalised to the sample: their sums estimate
  totals. The fraction of clusters drawn is 5 %, so a variance as if with replacement is hardly too large.
- **Reported hours.** To the hour, in fives or tens, or so many a day in a week of five to seven days, so that 14, 21,
  28 and 42 are common, as are 20 and 40. A zero is less than one hour.
- **Missing answers.** In {incomplete} of interviews, drawn before looking at the answers, it stays unknown whether
  the child works long enough: one who works has no hours, of one who does not a question on activities is open. In
  {all_of_it} of these nothing else is known of the work of those who work, nor the hours of chores. Of the other
  interviews, {single} lack the hours of each chore and {hazard} each question on hazards; {single} of all lack school
  attendance. To leave out who has no flag is therefore valid for `sdg_8_7_1_a` and `children_in_employment`.
  Definitions with chores or hazards are decided by what else is known a little more often where the answer is yes: by
  how much that biases the share is in [validation](validation/indicators.md).

Nothing was fitted to data. The names of columns, codes of answers and filters are those of MICS6 as copies of its
syntax in public repositories have them; the wording of items and titles of industries are partly recalled, to be
checked against UNICEF's questionnaire and the UN's classification.
"""

TRUTH = """\
## Truth beside the estimates of the file

Child labour by `sdg_8_7_1_a`, in per cent; left out are those without a flag. The unweighted share is biased:
each household gives one child, so that children of large households, who work more, are too few in the file.
"""

OTHER = """\
## Truth by definition

In per cent of the population the definition is about.
"""

COLUMNS = """\
## Columns

Blank is what was not asked: hours and hazards of those without work, hours of chores not done.
"""


def page(survey: pd.DataFrame) -> str:
    """The page as it should stand."""
    account = json.loads((DATA / shipped.ACCOUNT).read_text(encoding="utf-8"))
    facts = account["population"] | {"rows": len(survey), "sampled": sum(one.sampled for one in STRATA)}
    facts |= {"fewest": HOUSEHOLDS_A_CLUSTER + 4, "fewest_drawn": HOUSEHOLDS_A_CLUSTER}
    shares = {"incomplete": MODULE_INCOMPLETE, "all_of_it": ALL_OF_IT, "single": SINGLE_ITEM, "hazard": SINGLE_HAZARD}
    facts |= {name: f"{100 * share:g} %" for name, share in shares.items()}
    parts = [HEAD.format(**facts), MADE.format(**facts), TRUTH, _compared(survey), OTHER, _by_definition()]
    return "\n".join([*parts, COLUMNS, _columns(survey)])


def _compared(survey: pd.DataFrame) -> str:
    flags = t87.indicators.child_labour(survey, "sdg_8_7_1_a", missing="omit").to_dataframe()
    frame = survey.assign(flag=flags["child_labour"].astype("float64"), **groups_of(survey))
    design = t87.SurveyDesign(frame, strata="stratum", psu="cluster", weights="weight")
    rows = []
    for by in ("all", "sex", "age_band", "region", "residence"):
        estimates = design.proportion("flag", by=by, missing="omit").to_dataframe().set_index(by)
        plain = frame.groupby(by, observed=True)["flag"].mean()
        known = t87.datasets.synthetic_survey_truth("sdg_8_7_1_a", by=None if by == "all" else by)["prevalence"]
        for label, one in estimates.iterrows():
            interval = f"{100 * one['ci_lower']:.1f} to {100 * one['ci_upper']:.1f}"
            shares = [f"{100 * value:.1f}" for value in (known[label], one["estimate"])]
            rows.append(
                [label, *shares, interval, f"{one['deff']:.1f}", f"{100 * plain[label]:.1f}", f"{one['n']:,.0f}"]
            )
    return _markdown(["", "truth", "estimate", "95 % interval", "design effect", "unweighted", "children"], rows)


def _by_definition() -> str:
    rows = []
    for name in DEFINITIONS:
        sexes, bands = (t87.datasets.synthetic_survey_truth(name, by)["prevalence"] for by in ("sex", "age_band"))
        every = t87.datasets.synthetic_survey_truth(name)["prevalence"]
        rows.append([f"`{name}`", *(f"{100 * value:.2f}" for value in [every["all"], *sexes, *bands])])
    return _markdown(["definition", "all", "boys", "girls", *BANDS], rows)


def _columns(survey: pd.DataFrame) -> str:
    rows = []
    for name in survey.columns:
        coded = {**VALUE_LABELS.get(name, {})}
        declared = {code: coded.pop(code) for code in MISSING_CODES.get(name, ())}
        words = (
            f"{len(coded)} codes" if len(coded) > 10 else ", ".join(f"{code} {text}" for code, text in coded.items())
        )
        missing = ", ".join(f"{code} {text}" for code, text in declared.items())
        found = int(survey[name].isin(list(declared)).sum())
        blank = int(survey[name].isna().sum())
        rows.append(
            [f"`{name}`", COLUMN_LABELS[name].removesuffix(" (synthetic)"), words, missing, found or "", blank or ""]
        )
    return _markdown(["column", "meaning", "codes", "declared missing", "rows so coded", "blank"], rows)


def _listed(labels: Mapping[int, str]) -> str:
    return ", ".join(f"{code} {text}" for code, text in labels.items())


def _markdown(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
