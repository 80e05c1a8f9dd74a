"""Variances under unequal probabilities without replacement.

Oracles: every sample that a design can draw from a population of 8, so that expectations are sums (Horvitz and
Thompson 1952; Yates and Grundy 1953); the exact variance of simple random sampling, which each approximation becomes
where probabilities are equal; and R's survey where it is installed, at 1e-8.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from functools import cache

import numpy as np
import pandas as pd
import pytest

import target87 as t87

POPULATION = pd.DataFrame(
    {
        "size": [12.0, 30.0, 18.0, 45.0, 22.0, 60.0, 9.0, 27.0],
        "y": [3.1, 8.0, 6.2, 9.5, 4.0, 17.3, 1.2, 7.7],
        "z": [1.0, 0.0, 2.5, 4.1, 3.3, 2.0, 5.2, 0.7],
        "sex": pd.Categorical(["girl", "boy", "girl", "girl", "boy", "girl", "boy", "girl"]),
    }
)


# ---- every sample of a population of 8 -----------------------------------------------------------------------------


@cache
def every_sample(name):
    """All samples of a design, their probabilities, and the joint inclusion probabilities."""
    sizes = {"fixed": (3,), "varying": (2, 3, 4)}[name]
    samples = [list(one) for size in sizes for one in itertools.combinations(range(8), size)]
    if name == "fixed":  # conditional Poisson sampling (Hájek 1964): unequal, of 3 units exactly
        share = 3 * POPULATION["size"].to_numpy() / POPULATION["size"].sum()
        odds = share / (1 - share)
        weight = np.array([np.prod(odds[one]) for one in samples])
    else:
        weight = np.random.default_rng(87).uniform(0.1, 2.0, len(samples))
    probability = weight / weight.sum()
    joint = np.zeros((8, 8))
    for one, p in zip(samples, probability, strict=True):
        joint[np.ix_(one, one)] += p
    return samples, probability, joint


def estimates_of_every_sample(name, form, estimate):
    """Estimates and covariances of all samples, with the probability of each."""
    samples, probability, joint = every_sample(name)
    found = []
    for one in samples:
        rows = POPULATION.iloc[one].assign(p=np.diag(joint)[one])
        design = t87.SurveyDesign(rows, probabilities="p", pps=joint[np.ix_(one, one)], pps_variance=form)
        result = estimate(design)
        table = result.to_dataframe()
        empty = (table["n"] == 0).to_numpy()  # missing among estimates; a total of nothing here
        covariance = np.where(empty[:, None] | empty[None, :], 0.0, result.covariance())
        found.append((np.where(empty, 0.0, table["estimate"]), covariance))
    points, covariances = (np.array(part) for part in zip(*found, strict=True))
    return points, covariances, probability


ESTIMATES = {
    "totals of two variables": lambda design: design.total(["y", "z"], deff=False),
    "totals of two domains": lambda design: design.total("y", by="sex", deff=False),
    "total of a subpopulation": lambda design: design.total("z", where=lambda rows: rows["sex"] == "girl", deff=False),
}


@pytest.mark.parametrize("what", ESTIMATES)
@pytest.mark.parametrize(("name", "form"), [("fixed", "HT"), ("fixed", "YG"), ("varying", "HT")])
def test_estimates_of_variance_are_unbiased(name, form, what):
    points, covariances, probability = estimates_of_every_sample(name, form, ESTIMATES[what])
    mean = probability @ points
    truth = np.einsum("s,si,sj->ij", probability, points - mean, points - mean)
    expected = np.einsum("s,sij->ij", probability, covariances)
    np.testing.assert_allclose(expected, truth, rtol=1e-10, atol=1e-10 * truth.max())


@pytest.mark.parametrize("name", ["fixed", "varying"])
def test_estimates_of_totals_are_unbiased(name):
    points, _, probability = estimates_of_every_sample(name, "HT", lambda design: design.total(["y", "z"], deff=False))
    np.testing.assert_allclose(probability @ points, POPULATION[["y", "z"]].sum(), rtol=1e-12)


def test_the_two_forms_differ_and_yates_grundy_needs_a_fixed_size():
    points, covariances, probability = estimates_of_every_sample("varying", "YG", lambda d: d.total("y", deff=False))
    truth = probability @ (points[:, 0] - probability @ points[:, 0]) ** 2
    assert abs(probability @ covariances[:, 0, 0] / truth - 1) > 0.1


# ---- equal probabilities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pps", ["brewer", "overton", "hartley_rao", "HT", "YG"])
def test_equal_probabilities_give_simple_random_sampling(pps):
    n, big = 5, 12
    rows = POPULATION.iloc[:n].assign(p=n / big)
    joint = np.full((n, n), n * (n - 1) / (big * (big - 1)))
    np.fill_diagonal(joint, n / big)
    options = {"pps": joint, "pps_variance": pps} if len(pps) == 2 else {"pps": pps}
    found = t87.SurveyDesign(rows, probabilities="p", **options).total(["y", "z"])
    expected = big**2 * (1 - n / big) / n * np.cov(rows[["y", "z"]].to_numpy().T)
    np.testing.assert_allclose(found.covariance(), expected, rtol=1e-12)


# ---- R side by side -------------------------------------------------------------------------------------------------

SCRIPT = """
suppressMessages(library(survey)); data(election)
folder <- commandArgs(TRUE)[1]
write.csv(election_pps, file.path(folder, "election.csv"), row.names=FALSE)
write.csv(election_jointprob, file.path(folder, "joint.csv"), row.names=FALSE)
units <- read.csv(file.path(folder, "units.csv"))
staged <- read.csv(file.path(folder, "staged.csv"))
designs <- list(
  brewer = svydesign(id=~1, fpc=~p, data=election_pps, pps="brewer"),
  overton = svydesign(id=~1, fpc=~p, data=election_pps, pps="overton"),
  hartley_rao = svydesign(id=~1, fpc=~p, data=election_pps, pps=HR()),
  HT = svydesign(id=~1, fpc=~p, data=election_pps, pps=ppsmat(election_jointprob)),
  YG = svydesign(id=~1, fpc=~p, data=election_pps, pps=ppsmat(election_jointprob), variance="YG"))
stratified <- list(
  brewer = svydesign(id=~unit, strata=~stratum, fpc=~p, data=units, pps="brewer"),
  overton = svydesign(id=~unit, strata=~stratum, fpc=~p, data=units, pps="overton"),
  hartley_rao = svydesign(id=~unit, strata=~stratum, fpc=~p, data=units, pps=HR()))
two <- svydesign(id=~unit+person, fpc=~p1+p2, data=staged, pps="brewer")
out <- c()
put <- function(name, x) {
  v <- as.matrix(vcov(x)); n <- length(coef(x))
  out <<- c(out, paste(name, paste(format(c(coef(x), v), digits=17), collapse=","), sep=";"))
}
for (m in names(designs)) {
  d <- designs[[m]]
  put(paste0("election:", m, ":total"), svytotal(~Bush+Kerry, d))
  put(paste0("election:", m, ":mean"), svymean(~Bush+Kerry, d))
  put(paste0("election:", m, ":ratio"), svyratio(~Bush, ~Kerry, d))
  put(paste0("election:", m, ":subset"), svymean(~Bush+Kerry, subset(d, Bush > Kerry)))
}
for (m in names(stratified)) {
  d <- stratified[[m]]
  put(paste0("units:", m, ":total"), svytotal(~y+z, d))
  put(paste0("units:", m, ":mean"), svymean(~y+z, d))
  put(paste0("units:", m, ":subset"), svytotal(~I(y*(z > 2))+I(z*(z > 2)), d)) # subset() fails on clusters
}
put("staged:brewer:total", svytotal(~y+z, two))
put("staged:brewer:mean", svymean(~y+z, two))
writeLines(out, file.path(folder, "out.txt"))
"""

ELECTION = [f"election:{pps}:{what}" for pps in ("brewer", "overton", "hartley_rao", "HT", "YG")
            for what in ("total", "mean", "ratio", "subset")]  # fmt: skip
UNITS = [f"units:{pps}:{what}" for pps in ("brewer", "overton", "hartley_rao") for what in ("total", "mean", "subset")]
STAGED = [f"staged:brewer:{what}" for what in ("total", "mean")]


def clusters():
    """Two strata of clusters drawn with unequal probabilities, 3 or 4 rows a cluster."""
    rng = np.random.default_rng(1989)
    units = pd.DataFrame({"unit": range(13), "stratum": np.repeat([1, 2], [6, 7]), "p": rng.uniform(0.1, 0.6, 13)})
    rows = units.loc[np.repeat(units.index, rng.integers(3, 5, 13))].reset_index(drop=True)
    return rows.assign(y=rng.gamma(3.0, 10.0, len(rows)).round(3), z=rng.normal(2.0, 1.0, len(rows)).round(3))


def stages():
    """Clusters drawn with unequal probabilities, and persons within them.

    Labels of persons have one length: R sorts the labels of a later stage as text, and keeps their fractions in the
    order of the rows, so that with labels 9 and 10 fractions meet the wrong units.
    """
    rows = clusters().rename(columns={"p": "p1"}).drop(columns="stratum")
    inner = np.random.default_rng(1991).uniform(0.2, 0.9, len(rows)).round(4)
    return rows.assign(person=range(100, 100 + len(rows)), p2=inner)


@pytest.fixture(scope="module")
def by_r(tmp_path_factory):
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    folder = tmp_path_factory.mktemp("pps")
    clusters().to_csv(folder / "units.csv", index=False)
    stages().to_csv(folder / "staged.csv", index=False)
    (folder / "pps.R").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(["Rscript", folder / "pps.R", folder], capture_output=True, text=True, check=False)
    if "no package called" in done.stderr:
        pytest.skip("R's package survey is not installed")
    assert done.returncode == 0, done.stderr
    lines = (line.split(";") for line in (folder / "out.txt").read_text(encoding="utf-8").splitlines())
    values = {name: np.array(numbers.split(","), dtype=float) for name, numbers in lines}
    return pd.read_csv(folder / "election.csv"), pd.read_csv(folder / "joint.csv").to_numpy(), values


@pytest.mark.parametrize("name", [*ELECTION, *UNITS, *STAGED])
def test_r_gives_the_same(name, by_r):
    election, joint, values = by_r
    data, pps, what = name.split(":")
    variables = ["Bush", "Kerry"] if data == "election" else ["y", "z"]
    if data == "election":
        options = {"pps": joint, "pps_variance": pps} if len(pps) == 2 else {"pps": pps}
        design = t87.SurveyDesign(election, probabilities="p", **options)
        found = design.ratio("Bush", "Kerry") if what == "ratio" else None
        subset = election["Bush"] > election["Kerry"]
    elif data == "units":
        design = t87.SurveyDesign(clusters(), psu="unit", strata="stratum", fpc="p", pps=pps)
        found = design.total(variables, where=clusters()["z"] > 2) if what == "subset" else None
        subset = None
    else:
        design = t87.SurveyDesign(stages(), psu=["unit", "person"], fpc=["p1", "p2"], pps=pps)
        found = subset = None
    if found is None:
        found = design.mean(variables, where=subset) if what == "subset" else getattr(design, what)(variables)
    size = len(found.to_dataframe())
    wanted, vcov = values[name][:size], values[name][size:].reshape(size, size)
    np.testing.assert_allclose(found.to_dataframe()["estimate"], wanted, rtol=1e-8)
    scale = np.sqrt(np.outer(np.diag(vcov), np.diag(vcov)))
    np.testing.assert_allclose(found.covariance() / scale, vcov / scale, rtol=1e-8, atol=1e-9)
