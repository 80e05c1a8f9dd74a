"""Convergence of sampled quantities: R-hat, bulk and tail effective sample size, Monte Carlo error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from target87.errors import UnconvergedError
from target87.kernels import mixing

if TYPE_CHECKING:
    import pandas as pd

type FloatArray = NDArray[np.float64]

RHAT_LIMIT = 1.01
ESS_LIMIT = 400.0
TAIL = (0.05, 0.95)


def convergence(quantities: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Rank-normalised split R-hat and effective sample sizes of named ``(chain, draw)`` arrays.

    Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021), Rank-normalization, folding, and localization; a test holds
    them to ArviZ's. The tail is that of the 5 % and 95 % quantiles.

    Returns
    -------
    pandas.DataFrame
        Indexed by name, with columns ``rhat``, ``ess_bulk`` and ``ess_tail``. A quantity that never varies has none:
        they are missing. One that is not finite in every draw has failed: infinite R-hat, no effective draws.

    Examples
    --------
    >>> import numpy as np
    >>> table = convergence({"x": np.random.default_rng(0).normal(size=(4, 500))})
    >>> bool(table.loc["x", "rhat"] < 1.01)
    True
    """
    import pandas as pd

    stacked = np.stack([np.asarray(values, dtype=np.float64) for values in quantities.values()])
    finite = np.isfinite(stacked).all(axis=(1, 2))
    moving = finite & (stacked != stacked[:, :1, :1]).any(axis=(1, 2))
    table = np.full((len(stacked), 3), np.nan)
    table[~finite] = np.inf, 0.0, 0.0
    if moving.any():
        table[moving] = np.stack(mixing.diagnose(stacked[moving], np.array(TAIL)), axis=1)
    return pd.DataFrame(
        table, index=pd.Index(list(quantities), name="quantity"), columns=["rhat", "ess_bulk", "ess_tail"]
    )


def quick_convergence(chains: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Split R-hat and effective sample size of stacked ``(q, chain, draw)`` quantities, without ranking them."""
    halves = mixing.split(chains)
    return mixing.rhat(halves), mixing.effective_size(halves)


def failures(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a :func:`convergence` table that miss R-hat < 1.01 or either effective sample size > 400."""
    bad = (table["rhat"] >= RHAT_LIMIT) | (table["ess_bulk"] <= ESS_LIMIT) | (table["ess_tail"] <= ESS_LIMIT)
    return table[bad]


def require_convergence(table: pd.DataFrame, *, of: str) -> None:
    """Raise :class:`UnconvergedError` naming the quantities that have not converged.

    Raises
    ------
    UnconvergedError
        If any row of ``table`` misses the limits.
    """
    bad = failures(table)
    if bad.empty:
        return
    rows = [
        f"{name}: R-hat {row.rhat:.3f}, bulk ESS {row.ess_bulk:.0f}, tail ESS {row.ess_tail:.0f}"
        for name, row in bad.sort_values("ess_bulk").iterrows()
    ]
    raise UnconvergedError(
        f"the sampler has not converged for {of}; its draws are not summarised",
        expected=f"R-hat < {RHAT_LIMIT} and effective sample sizes > {ESS_LIMIT:.0f}",
        count=len(bad),
        examples=rows,
        remedies=("ask for more draws (draws=8000)", "run again with another seed to see whether it repeats"),
    )


def indicator_mcse(hits: NDArray[np.bool_]) -> float:
    """Monte Carlo standard error of a probability from ``(chain, draw)`` hits, allowing for autocorrelation."""
    share = float(hits.mean())
    if share in (0.0, 1.0):
        return 0.0
    ess = float(mixing.effective_size(mixing.split(hits[None].astype(np.float64)))[0])
    return float(np.sqrt(share * (1.0 - share) / ess))
