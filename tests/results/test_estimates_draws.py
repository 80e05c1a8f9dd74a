"""Joint draws: their moments against the estimates', their streams, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from target87.errors import DataError, InputError
from target87.results.estimates import Estimates

P = np.array([0.05, 0.2, 0.4])
V = np.array([[1.0, 0.6, -0.3], [0.6, 4.0, 0.5], [-0.3, 0.5, 9.0]]) * 1e-5
SIZE = 40_000


def made(estimate: object = P, covariance: object = V, survey: str = "A", labels: str = "abc") -> Estimates:
    size = len(np.asarray(estimate))
    given = {"lower": np.nan, "upper": np.nan, "df": 30, "n": 500, "n_effective": 400, "deff": 1.2, "interval": "t"}
    given |= {"level": 0.95, "estimand": "proportion", "unit": "proportion", "domain_columns": ["region"]}
    return Estimates.build(
        pd.DataFrame({"region": list(labels)[:size], "variable": "works"}),
        estimate=estimate,
        variance=np.diag(covariance),
        covariance=covariance,
        attributes={"survey": survey},
        **given,
    )


@pytest.mark.parametrize(
    ("scale", "to", "slope"),
    [
        ("identity", lambda x: x, np.ones(3)),
        ("logit", logit, 1 / (P * (1 - P))),
        ("log", np.log, 1 / P),
    ],
)
def test_draws_have_the_moments_on_their_scale(scale, to, slope):
    draws = made().draws(SIZE, rng=1, scale=scale)
    assert draws.dims == ("cell", "draw")
    assert draws.attrs["scale"] == scale
    moved = to(draws.to_numpy())
    wanted = V * np.outer(slope, slope)
    spread = np.sqrt(np.diag(wanted))
    assert (np.abs(moved.mean(axis=1) - to(P)) < 4 * spread / np.sqrt(SIZE)).all()
    error = np.sqrt((np.outer(spread, spread) ** 2 + wanted**2) / SIZE)  # of a normal sample covariance
    assert (np.abs(np.cov(moved) - wanted) < 4 * error).all()
    if scale == "logit":
        assert ((draws > 0) & (draws < 1)).all()


def test_draws_carry_labels_and_share_no_memory():
    one = made()
    draws = one.draws(5, rng=1)
    assert draws["region"].values.tolist() == ["a", "b", "c"]
    assert draws["draw"].values.tolist() == [0, 1, 2, 3, 4]
    draws[:] = 0.0
    assert one.data["estimate"].values[0] == 0.05


def test_the_same_seed_gives_the_same_draws():
    np.testing.assert_array_equal(made().draws(9, rng=3), made().draws(9, rng=3))
    assert (made().draws(9, rng=3) != made().draws(9, rng=4)).all()
    np.testing.assert_array_equal(made().draws(9, rng=np.random.SeedSequence(3)), made().draws(9, rng=3))


def test_other_surveys_beside_it_change_nothing():
    one, other = made(), made(survey="B", labels="xyz")
    both = Estimates.concat([other, one]).draws(50, rng=8)
    np.testing.assert_array_equal(both[3:], one.draws(50, rng=8))
    np.testing.assert_array_equal(both[:3], other.draws(50, rng=8))
    assert (both.to_numpy()[:3] != both.to_numpy()[3:]).all(), "each survey has a stream of its own"


def test_surveys_with_covariance_between_them_are_drawn_together():
    table = pd.DataFrame({"region": ["a", "b"], "p": [0.3, 0.4], "se": [0.1, 0.1]})
    tied = Estimates.from_dataframe(
        table,
        estimate="p",
        se="se",
        by=["region"],
        survey="region",
        unit="proportion",
        covariance=[[0.01, 0.01], [0.01, 0.01]],
    ).draws(100, rng=1)
    np.testing.assert_allclose(tied[1] - tied[0], 0.1, atol=1e-6)


def test_proportions_that_add_to_one_do_so_in_every_draw():
    p = np.array([0.2, 0.3, 0.5])
    draws = made(p, (np.diag(p) - np.outer(p, p)) / 50).draws(200, rng=2)
    np.testing.assert_allclose(draws.sum("cell"), 1.0, atol=1e-7)


def test_cells_without_estimate_or_error_are_missing():
    gaps = V.copy()
    gaps[1, :] = gaps[:, 1] = np.nan
    draws = made([0.05, np.nan, 0.4], gaps).draws(10, rng=1, scale="logit")
    assert np.isnan(draws[1]).all()
    assert np.isfinite(draws[[0, 2]]).all()
    known = made(V.diagonal() + 0.1, np.zeros((3, 3))).draws(4, rng=1)
    np.testing.assert_array_equal(known[:, 0], V.diagonal() + 0.1)


def test_what_cannot_be_drawn():
    for size in (0, -1, 2.5, True):
        with pytest.raises(InputError, match="positive whole number"):
            made().draws(size)
    with pytest.raises(InputError, match="unknown scale"):
        made().draws(1, scale="probit")
    with pytest.raises(DataError, match="not on the logit scale") as caught:
        made([0.0, 0.2, 1.0], V).draws(1, scale="logit")
    assert caught.value.examples == ("a: 0", "c: 1")
    without = Estimates.from_dataframe(
        pd.DataFrame({"r": ["a", "b"], "p": [0.1, 0.2], "se": [0.1, 0.1]}),
        estimate="p",
        se="se",
        by=["r"],
        unit="proportion",
    )
    with pytest.raises(DataError, match="not computed"):
        without.draws(3)
    with pytest.raises(DataError, match="negative eigenvalue"):
        made([0.1, 0.2], np.array([[1.0, 2.0], [2.0, 1.0]])).draws(1)
