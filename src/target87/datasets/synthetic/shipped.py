"""The synthetic survey that ships with the package: where its file lies, and the truth behind it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target87.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

FILE, ACCOUNT = "synthetic_children.sav", "synthetic_children.json"


def synthetic_survey_path() -> Path:
    """Path of the microdata file that ships with the package: an SPSS file, made up, of no country.

    It has one row a completed interview on one child 5-17 drawn at random in its household, with strata, clusters,
    weights and a child labour module in the manner of MICS6, missing codes included. ``docs/synthetic_survey.md``
    describes it.

    Returns
    -------
    pathlib.Path
        Of the file in the installed package.

    Examples
    --------
    >>> import target87 as t87
    >>> t87.datasets.synthetic_survey_path().name
    'synthetic_children.sav'
    """
    return Path(str(files("target87.datasets").joinpath("data", FILE)))


def synthetic_survey_truth(definition: str = "sdg_8_7_1_a", by: str | None = None) -> pd.DataFrame:
    """Share of the synthetic population that a definition counts: what estimates from the file should come near to.

    It is counted over all children of the finite population the file was drawn from, on what they would report were
    nothing left unanswered; hours are heaped there as they are in the file.

    Parameters
    ----------
    definition : str
        Name of a definition, as :func:`target87.indicators.child_labour` knows them.
    by : {"sex", "age_band", "region", "residence", "stratum"}, optional
        What to break it down by; all children if not given.

    Returns
    -------
    pandas.DataFrame
        Indexed by the words of the file's value labels (``"all"`` if ``by`` is not given): ``children`` in the
        population that the definition is about, the ``number`` of them it counts, and ``prevalence``, the share.
        ``attrs`` say that it is synthetic and how it was made.

    Raises
    ------
    UnknownNameError
        If the definition or breakdown is not among those kept.

    Examples
    --------
    >>> import target87 as t87
    >>> t87.datasets.synthetic_survey_truth("sdg_8_7_1_a", by="age_band").index.tolist()
    ['5-11', '12-14', '15-17']
    """
    import pandas as pd

    account = read_account()
    truth = account["truth"]
    if definition not in truth:
        raise UnknownNameError.of(definition, truth, kind="definition with a known truth")
    kept = truth[definition]
    wanted = "all" if by is None else by
    if wanted not in kept:
        raise UnknownNameError.of(wanted, [name for name in kept if name != "all"], kind="breakdown of the truth")
    table = pd.DataFrame.from_dict(kept[wanted], orient="index").rename_axis(by or "children of")
    table["prevalence"] = table["number"] / table["children"]
    table.attrs |= {"definition": definition, "synthetic": True}
    table.attrs |= {key: account[key] for key in ("statement", "version", "seed", "made_by")}
    return table


@cache
def read_account() -> dict[str, Any]:
    """What was written down when the file was made: seed, version, population, truth."""
    text = files("target87.datasets").joinpath("data", ACCOUNT).read_text(encoding="utf-8")
    account: dict[str, Any] = json.loads(text)
    return account
