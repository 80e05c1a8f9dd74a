# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # From an SPSS file to the tables of a national report
#
# A statistics office has a household survey with a child labour module and asks how many children work, in what, and
# where. The file is the synthetic survey that comes with the package: **nothing in it describes a country**, and the
# truth it was drawn from is known, so that every estimate can be held against it at the end.

# %%
import tempfile
from pathlib import Path

import target87 as t87

path = t87.datasets.synthetic_survey_path()
children = t87.io.read(path)
children

# %% [markdown]
# ## What is in the file
#
# Value labels and codes for "does not know" come from the file; they never enter a sum.

# %%
children.codebook().head(12)

# %% [markdown]
# ## What counts
#
# SDG indicator 8.7.1 has two series. Series A counts hours of economic activity from a threshold for each age; series B
# adds household chores from 21 hours. Each rule says where it was read.

# %%
print(t87.indicators.definition("sdg_8_7_1_a"))

# %%
t87.indicators.describe("sdg_8_7_1_b").query("needed")

# %% [markdown]
# ## Who counts, and why
#
# A child whose hours are missing is not read as a child who does not work: such children have no flag, and are counted.
# `missing="bounds"` shows how far they could move the figure.

# %%
flags = t87.indicators.child_labour(children, "sdg_8_7_1_a", missing="omit")
flags

# %%
flags["reason"].value_counts().head(6)

# %% [markdown]
# ## The design
#
# Two stages: clusters by size within strata, households within clusters, then one child at random of each household.
# The weight of a child is that of its household times the children it was drawn from, so large households weigh more.

# %%
design = t87.SurveyDesign(
    children, strata="stratum", psu="cluster", weights="weight", survey="Synthetic survey of children"
).with_indicator(flags)
design.summary()

# %% [markdown]
# ## Rates

# %%
whole = design.proportion("child_labour", missing="omit")
by_sex = design.proportion("child_labour", by="sex", missing="omit")
by_region = design.proportion("child_labour", by="region", missing="omit")
by_band = design.proportion("child_labour", by=["band", "sex"], missing="omit")
rates = t87.Estimates.concat([whole, by_sex, by_region], same_survey="unknown")
t87.report.table(rates, title="Child labour by sex and region (synthetic)")

# %%
t87.report.table(by_band, columns=["sex"], title="Child labour by age and sex (synthetic)")

# %% [markdown]
# Boys against girls, with the covariance between the two estimates:

# %%
by_sex.contrast({"boys less girls": {"boy": 1, "girl": -1}}).to_dataframe()

# %%
by_region.plot()
# %% [markdown]
# ## How far could the missing answers move it?

# %%
ends = t87.indicators.child_labour(children, "sdg_8_7_1_a", missing="bounds")
both = design.with_columns(ends.to_dataframe()[["child_labour_lower", "child_labour_upper"]])
t87.report.table(both.proportion(["child_labour_lower", "child_labour_upper"]), title="Both ends (synthetic)")

# %% [markdown]
# ## Series A, series B, and the ILO's definition
#
# Three numbers under one name. A table that does not say which it holds cannot be compared with another.

# %%
definitions = {}
for name in ("sdg_8_7_1_a", "sdg_8_7_1_b", "ilo_global"):
    found = t87.indicators.child_labour(children, name, missing="omit")
    own = design.with_columns(**{name: found["child_labour"]})
    definitions[name] = own.proportion(name, missing="omit")
t87.report.table(t87.Estimates.concat(list(definitions.values()), same_survey="unknown"), title="Three definitions")

# %% [markdown]
# ## A workbook for the report
#
# One sheet a table, numbers as numbers, notes and sources beside them. From a prompt the same is one command:
#
#     python -m target87 estimate survey.sav --weights weight --strata stratum --psu cluster \
#         --indicator sdg_8_7_1_a --by sex,region --out tables

# %%
tables = [
    t87.report.table(rates, title="Child labour by sex and region (synthetic)"),
    t87.report.table(by_band, columns=["sex"], title="Child labour by age and sex (synthetic)"),
]
with tempfile.TemporaryDirectory() as folder:
    written = t87.report.workbook(tables, Path(folder) / "report.xlsx", notes=flags.notes)
    print(written.name, f"{written.stat().st_size:,} bytes")

# %% [markdown]
# ## Beside the truth
#
# The share in the finite population the file was drawn from, and whether the interval holds it.

# %%
truth = t87.datasets.synthetic_survey_truth("sdg_8_7_1_a", by="region")
beside = by_region.to_dataframe().set_index("region")[["estimate", "ci_lower", "ci_upper"]].join(truth["prevalence"])
beside.assign(inside=beside["prevalence"].between(beside["ci_lower"], beside["ci_upper"]))
