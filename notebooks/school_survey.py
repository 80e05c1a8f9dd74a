# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # From a raw sample to weighted, calibrated estimates of domains
#
# A cluster sample of California schools (15 of 757 districts, all their schools), as it comes with R's `survey`. R's
# words stand beside ours. The data lie with the reference tests, so this notebook is run in a clone.

# %%
from pathlib import Path

import pandas as pd

import target87 as t87

folder = Path(t87.__file__).parents[2] / "tests" / "reference" / "data" / "survey"
schools = pd.read_csv(folder / "apiclus1.csv")
population = pd.read_csv(folder / "apipop.csv")
schools[["dnum", "stype", "sch.wide", "api99", "api00", "enroll", "pw", "fpc"]].head()

# %% [markdown]
# ## The design
#
# R: `dclus1 <- svydesign(id=~dnum, weights=~pw, fpc=~fpc, data=apiclus1)`

# %%
design = t87.SurveyDesign(schools, psu="dnum", weights="pw", fpc="fpc")
design.summary()

# %% [markdown]
# ## Estimates before any adjustment
#
# R: `svymean(~api00, dclus1)` and `svyby(~api00, ~stype, dclus1, svymean, covmat=TRUE)`. Fifteen districts make wide
# intervals; a design effect of 9 says that 183 schools in clusters tell as much as twenty drawn singly.

# %%
design.mean("api00").to_dataframe()

# %%
design.mean("api00", by="stype").to_dataframe()

# %% [markdown]
# ## Weights that agree with the register
#
# The register of schools gives the numbers of each type, of schools that met their target, and last year's scores. R:
# `rake(dclus1, list(~stype, ~sch.wide), list(...))` and `calibrate(dclus1, ~stype + sch.wide + api99, ...)`.

# %%
counts = {name: population[name].value_counts().to_dict() for name in ("stype", "sch.wide")}
raked = design.rake(counts)
calibrated = design.calibrate({**counts, "api99": population["api99"].sum()})
for step in calibrated.history:
    print(step)

# %% [markdown]
# Last year's score explains most of this year's: the standard error falls to an eighth. The truth is known here,
# since the register holds every school.

# %%
rows = {"as drawn": design, "raked": raked, "calibrated": calibrated}
table = pd.concat({name: one.mean("api00").to_dataframe() for name, one in rows.items()})
print(f"all schools: {population['api00'].mean():.1f}")
table[["estimate", "se", "ci_lower", "ci_upper", "deff"]]

# %% [markdown]
# ## Domains of the calibrated sample, with their covariance
#
# R: `svyby(~api00, ~stype, cal, svymean, covmat=TRUE)`; the contrast is `svycontrast(by, c(1, -1, 0))`.

# %%
by_type = calibrated.mean("api00", by="stype")
by_type

# %%
by_type.covariance().round(2)

# %%
by_type.contrast({"elementary less high": {"E": 1, "H": -1}}).to_dataframe()

# %% [markdown]
# ## A proportion, its interval, and whether it may be published
#
# R: `svyciprop(~awards, cal, method="beta")`. The quality mark follows a declared rule and never hides the number.

# %%
calibrated.proportion("awards", by="stype").to_dataframe()

# %%
by_type.plot().figure

# %% [markdown]
# ## The same by replicates
#
# R: `calibrate(as.svrepdesign(dclus1), ...)`: the weights of every replicate are calibrated too.

# %%
jackknife = design.to_replicates("JK1").calibrate({**counts, "api99": population["api99"].sum()})
jackknife.mean("api00", by="stype").to_dataframe()
