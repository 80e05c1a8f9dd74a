r"""Labels that LaTeX would take for an argument.

After ``\\`` LaTeX looks past spaces and line ends for a star or an optional argument in brackets, and so does booktabs
after ``\toprule`` and ``\midrule`` for brackets (booktabs manual, section 3; LaTeX2e, \\[<length>]): a row "[5-11]"
would be read as a length.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest

import target87 as t87


@pytest.mark.parametrize("first", ["[5-11]", "* all regions", "  [12-14]"])
@pytest.mark.parametrize("columns", [None, "sex"])
def test_no_row_begins_with_what_latex_takes_for_an_argument(first, columns):
    frame = pd.DataFrame(
        {"band": [first, first, "other", "other"], "sex": ["boys", "girls"] * 2, "rate": 11.0, "se": 1.0, "n": 100}
    )
    rates = t87.Estimates.from_dataframe(frame, estimate="rate", se="se", by=["band", "sex"], n="n", unit="percent")
    for rows in (frame, frame.iloc[::-1]):  # the label under the rule, and after a row
        made = rates[rows.index.tolist()]
        latex = t87.report.table(made, columns=columns, notes=["[1] a note", "*"]).to_latex()
        assert not re.search(r"(\\\\|\\toprule|\\midrule|\\bottomrule)\s*[\[*]", latex)
        assert first.strip()[1:].split("]")[0] in latex
