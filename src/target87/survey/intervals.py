"""Confidence limits from an estimate and its variance: arrays in, arrays out, one entry a cell.

Limits of proportions differ in how they treat small counts and bounds; those that need a sample size take the effective
one, ``p (1 - p) / variance``, and a cell whose rows are all 0 or all 1, where the estimated variance is 0 and says
nothing, counts as its number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

from target87.errors import InputError, UnknownNameError
from target87.kernels.proportion_limits import adjusted_size, exact_limits, upper_t
from target87.survey.checking import is_number

__all__ = ["METHODS", "UNBOUNDED_METHODS", "interval", "proportion_interval"]

type FloatArray = NDArray[np.float64]
type Limits = tuple[FloatArray, FloatArray]

ROUNDING: Final = 1e-12
"""A proportion this close to 0 or 1 is 0 or 1: far below the share of any one row, above the rounding of sums."""


class Cells(NamedTuple):
    """What limits of proportions are made from: arrays of one shape, and quantiles for the tail left on either side."""

    estimate: FloatArray
    proportion: FloatArray
    """The estimate with rounding at 0 and 1 taken off; NaN outside [0, 1]."""
    variance: FloatArray
    n: FloatArray
    n_effective: FloatArray
    """Size of the simple random sample with this variance; ``n`` where the proportion is 0 or 1."""
    df_n: FloatArray
    t: FloatArray
    z: float
    tail: float


def proportion_interval(
    method: str,
    estimate: ArrayLike,
    variance: ArrayLike,
    *,
    n: ArrayLike,
    df: ArrayLike,
    level: float = 0.95,
    df_n: ArrayLike | None = None,
) -> Limits:
    """Two-sided confidence limits of proportions under a complex design.

    With ``v`` the variance, ``n* = p (1 - p) / v``, and ``t`` the quantile of Student's t on ``df``:

    ================= =================================================== ==================================
    method            limits                                              elsewhere
    ================= =================================================== ==================================
    ``wald``          p ± z √v                                            R ``confint``
    ``t``             p ± t √v                                            R ``"mean"``, Stata ``normal``
    ``logit``         logit p ± t √v / (p (1 - p)), transformed back      R ``"logit"``, Stata ``logit``
    ``xlogit``        the same (see Notes on replicate weights)           R ``"xlogit"``
    ``asin``          arcsin √p ± t / (2 √n*), transformed back           R ``"asin"``
    ``asin_stopped``  the same, stopped at the ends of the scale
    ``likelihood``    q where 2 n* (p log(p/q) + (1-p) log((1-p)/(1-q)))  R ``"likelihood"``, which
                      is t²                                               interpolates
    ``wilson``        q where n* (p - q)² / (q (1 - q)) is t²             R ``"wilson"``
    ``beta``          exact binomial of size n* (t on df_n / t on df)²    R ``"beta"``
    ``korn_graubard`` the same, of size n at most                         SAS ``clopperpearson``, NCHS
    ================= =================================================== ==================================

    Parameters
    ----------
    method : str
        A key of ``METHODS``.
    estimate, variance : array_like
        Proportions between 0 and 1, and their estimated variances.
    n : array_like
        Rows behind each estimate, those with weight 0 left out.
    df : array_like
        Degrees of freedom of the variance; ``inf`` for the normal distribution.
    level : float, default 0.95
        Confidence level.
    df_n : array_like, optional
        Degrees of freedom a simple random sample would have, ``n - 1`` if not given; ``beta`` and ``korn_graubard``
        use it, and ``inf`` gives the adjustment of Dean & Pagano (2015).

    Returns
    -------
    lower, upper : numpy.ndarray
        Limits, in the common shape of the arguments. NaN where an argument that matters is, where ``n`` or ``df`` is
        not positive (``df`` does not matter to ``wald``), and, except for ``wald`` and ``t``, where the estimate is
        outside [0, 1].

    Raises
    ------
    UnknownNameError
        If the method is not known.
    InputError
        If the level is not between 0 and 1.

    Notes
    -----
    Where all rows are 0 (or 1): ``korn_graubard`` and ``beta`` give the exact binomial limits of ``n`` rows, of which
    one is 0 (or 1) and the other leaves ``(1 - level) / 2`` ("one-sided, 97.5 %" in Stata); ``wilson``, ``likelihood``
    and the two ``asin`` take ``n`` for the effective size, also at 0 and 1; ``logit`` and ``xlogit`` are NaN, for the
    scale has no such point; ``wald`` and ``t`` have no width, which is what their formula says and not a finding.

    A variance of 0 elsewhere (a calibrated margin, a census) means the value is known: no width, but for
    ``korn_graubard``, which never claims more than ``n`` rows.

    R's ``asin`` goes round the end of the scale, so that a lower angle of -0.1 counts as 0.1. ``asin`` does the same
    as long as the limits still hold the estimate between them, and gives 0 or 1 thereafter; ``asin_stopped`` does not.

    With replicate weights R's ``logit`` takes the variance of the replicates' logits, ``xlogit`` that of the
    proportions. For the former pass ``variance`` = that variance × (p (1 - p))².

    References
    ----------
    Korn & Graubard (1998), Survey Methodology 24, 193-201: ``beta``, ``korn_graubard``. Parker et al. (2017), Vital
    and Health Statistics 2(175): its cap at ``n`` and use of ``n`` where nobody or everybody has the attribute.
    Wilson (1927), JASA 22, 209-212. Rao & Scott (1984), Annals of Statistics 12, 46-60: ``likelihood``.
    Dean & Pagano (2015), JSSAM 3, 484-503.

    Examples
    --------
    Nobody, one child and twenty children in a hundred, drawn at random:

    >>> import numpy as np
    >>> p = np.array([0.0, 0.01, 0.2])
    >>> lower, upper = proportion_interval("korn_graubard", p, p * (1 - p) / 99, n=100, df=99)
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.0, 0.0002, 0.1263], [0.0362, 0.0548, 0.2924])
    """
    function = _known(method, METHODS)
    tail = _tail(level)
    df_n = np.asarray(n, dtype=np.float64) - 1 if df_n is None else df_n
    estimate, variance, n, df, df_n = _aligned(estimate, variance, n, df, df_n)
    with np.errstate(all="ignore"):
        estimate = np.where(n <= 0, np.nan, estimate)
        variance = np.where(variance >= 0, variance, np.nan)
        proportion = _without_rounding(estimate)
        at_end = (proportion == 0) | (proportion == 1)
        cells = Cells(
            estimate=estimate,
            proportion=proportion,
            variance=variance,
            n=n,
            n_effective=np.where(at_end, n, proportion * (1 - proportion) / variance) + 0 * variance,
            df_n=df_n,
            t=upper_t(df, tail),
            z=float(-ndtri(tail)),
            tail=tail,
        )
        return function(cells)


def interval(method: str, estimate: ArrayLike, variance: ArrayLike, df: ArrayLike, level: float = 0.95) -> Limits:
    """Two-sided confidence limits of means, totals, ratios and other smooth statistics.

    Parameters
    ----------
    method : str
        ``"t"``: Student's t on ``df``; ``"wald"``: the normal distribution, whatever ``df``; ``"log"``: t on the
        logarithm and back, for quantities that are positive.
    estimate, variance : array_like
        Estimates and their estimated variances.
    df : array_like
        Degrees of freedom of the variance; ``inf`` for the normal distribution.
    level : float, default 0.95
        Confidence level.

    Returns
    -------
    lower, upper : numpy.ndarray
        Limits, in the common shape of the arguments; NaN where an argument is, where ``df`` is not positive (it does
        not matter to ``"wald"``), and for ``"log"`` where the estimate is not positive.

    Raises
    ------
    UnknownNameError
        If the method is not known.
    InputError
        If the level is not between 0 and 1.

    Examples
    --------
    >>> lower, upper = interval("t", 652.3, 9.5**2, df=14, level=0.9)
    >>> float(lower.round(2)), float(upper.round(2))
    (635.57, 669.03)
    """
    function = _known(method, UNBOUNDED_METHODS)
    tail = _tail(level)
    estimate, variance, df = _aligned(estimate, variance, df)
    with np.errstate(all="ignore"):
        se = np.sqrt(np.where(variance >= 0, variance, np.nan))
        return function(estimate, se, upper_t(df, tail), float(-ndtri(tail)))


def _symmetric(estimate: FloatArray, se: FloatArray, quantile: FloatArray | float) -> Limits:
    return estimate - quantile * se, estimate + quantile * se


def _log(estimate: FloatArray, se: FloatArray, quantile: FloatArray) -> Limits:
    positive = np.where(estimate > 0, estimate, np.nan)
    factor = np.exp(quantile * se / positive)
    return positive / factor, positive * factor


def _wald(cells: Cells) -> Limits:
    return _symmetric(cells.estimate, np.sqrt(cells.variance), cells.z)


def _t(cells: Cells) -> Limits:
    return _symmetric(cells.estimate, np.sqrt(cells.variance), cells.t)


def _logit(cells: Cells) -> Limits:
    p = cells.proportion
    spread = p * (1 - p)
    se = np.sqrt(cells.variance) / np.where(spread > 0, spread, np.nan)
    lower, upper = _symmetric(logit(p), se, cells.t)
    return expit(lower), expit(upper)


def _asin(cells: Cells) -> Limits:
    angle, lower, upper = _angles(cells)
    # round the end as R goes, but not so far as to leave the estimate outside
    return (
        np.where(lower < -angle, 0.0, np.sin(lower) ** 2),
        np.where(upper > np.pi - angle, 1.0, np.sin(upper) ** 2),
    )


def _asin_stopped(cells: Cells) -> Limits:
    _, lower, upper = _angles(cells)
    return np.sin(np.maximum(lower, 0.0)) ** 2, np.sin(np.minimum(upper, np.pi / 2)) ** 2


def _angles(cells: Cells) -> tuple[FloatArray, FloatArray, FloatArray]:
    angle = np.arcsin(np.sqrt(cells.proportion))
    return angle, *_symmetric(angle, 0.5 / np.sqrt(cells.n_effective), cells.t)


def _beta(cells: Cells) -> Limits:
    return exact_limits(cells.proportion, _adjusted_size(cells), cells.tail)


def _korn_graubard(cells: Cells) -> Limits:
    return exact_limits(cells.proportion, np.minimum(_adjusted_size(cells), cells.n), cells.tail)


def _adjusted_size(cells: Cells) -> FloatArray:
    """Effective size, less what few degrees of freedom of the variance cost; where there is no variance, nothing."""
    at_end = (cells.proportion == 0) | (cells.proportion == 1)
    t_n = upper_t(cells.df_n, cells.tail)
    return adjusted_size(cells.n_effective, np.where(at_end, cells.t, t_n), cells.t)


def _wilson(cells: Cells) -> Limits:
    p, a = cells.proportion, cells.t**2 / cells.n_effective
    half = np.sqrt(a * (p * (1 - p) + a / 4))
    upper = np.minimum((p + a / 2 + half) / (1 + a), 1.0)
    # from the product of the roots, for their difference cancels where p is small
    return np.where(p == 0, 0.0 * a, p**2 / ((1 + a) * upper)), upper


def _likelihood(cells: Cells) -> Limits:
    p, drop = cells.proportion, cells.t**2 / (2 * cells.n_effective)
    q = 1 - p
    fall, rise = _log_odds_fall(p, q, drop), _log_odds_fall(q, p, drop)
    lower = p * np.exp(fall) / (q + p * np.exp(fall))
    upper = p / (p + q * np.exp(rise))
    # where all rows are the same the log likelihood is that of one outcome: a logarithm
    lower = np.select([p == 0, p == 1], [0 * drop, np.exp(-drop)], lower)
    return lower, np.select([p == 0, p == 1], [-np.expm1(-drop), 1 + 0 * drop], upper)


def _log_odds_fall(p: FloatArray, q: FloatArray, drop: FloatArray) -> FloatArray:
    """Change of log odds, negative, at which the log likelihood per observation is less than its maximum by ``drop``.

    The loss is convex in the change, so Newton's steps come from one side after the first. ``q`` is ``1 - p``, given
    because the smaller of the two keeps its digits. NaN where one of them is 0.
    """
    shape = p.shape
    p, q, drop = p.ravel(), q.ravel(), drop.ravel()
    x = np.where((p > 0) & (q > 0), -np.sqrt(2 * drop / (p * q)), np.nan)
    todo = np.flatnonzero(np.isfinite(x) & (drop > 0))
    for _ in range(100):
        here, share, rest = x[todo], p[todo], q[todo]
        step = (_loss(here, share, rest) - drop[todo]) / (share * rest * np.expm1(here)) * (rest + share * np.exp(here))
        x[todo] = here - step
        todo = todo[np.abs(step) > 1e-13 * np.abs(here)]
        if not todo.size:
            break
    return x.reshape(shape)


def _loss(x: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    """``log(q + p e^x) - p x``, by whichever of its forms does not cancel."""
    rare, common = np.log1p(p * np.expm1(x)) - p * x, np.log1p(q * np.expm1(-x)) + q * x
    return np.select([p <= 0.5, x > -700], [rare, common], np.log(q + p * np.exp(x)) - p * x)


METHODS: Final[Mapping[str, Callable[[Cells], Limits]]] = {
    "wald": _wald,
    "t": _t,
    "logit": _logit,
    "xlogit": _logit,
    "asin": _asin,
    "asin_stopped": _asin_stopped,
    "likelihood": _likelihood,
    "wilson": _wilson,
    "beta": _beta,
    "korn_graubard": _korn_graubard,
}
"""Intervals of proportions by name."""

UNBOUNDED_METHODS: Final[Mapping[str, Callable[[FloatArray, FloatArray, FloatArray, float], Limits]]] = {
    "wald": lambda estimate, se, t, z: _symmetric(estimate, se, z),
    "t": lambda estimate, se, t, z: _symmetric(estimate, se, t),
    "log": lambda estimate, se, t, z: _log(estimate, se, t),
}
"""Intervals of means, totals, ratios and other smooth statistics by name."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "mean": "R's 'mean' is 't' here",
    "normal": "Stata's 'normal' is 't' here, or 'wald' for the normal distribution",
    "exact": "Stata's 'exact' is 'korn_graubard' here, or 'beta' without its cap",
    "clopperpearson": "SAS's 'clopperpearson' is 'korn_graubard' here, or 'beta' without its cap",
    "score": "the score interval is 'wilson' here",
}
"""What an interval is called in other programs."""


def _known[F](method: str, methods: Mapping[str, F]) -> F:
    if isinstance(method, str) and method in methods:
        return methods[method]
    remedy = ELSEWHERE.get(
        str(method).casefold(), "R's 'mean' and Stata's 'normal' are 't'; Stata's 'exact' is 'korn_graubard'"
    )
    if methods is UNBOUNDED_METHODS and isinstance(method, str) and method in METHODS:
        remedy = f"{method!r} is for proportions"
    raise UnknownNameError.of(method, methods, kind="interval", remedy=remedy)


def _tail(level: float) -> float:
    number = is_number(level)
    if not (number and 0 < level < 1):
        remedies = [f"level={level / 100:g}"] if number and 1 < level < 100 else []
        raise InputError("a confidence level lies between 0 and 1", where="level", got=repr(level), remedies=remedies)
    return (1 - level) / 2


def _aligned(*values: ArrayLike) -> tuple[FloatArray, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in values)))


def _without_rounding(estimate: FloatArray) -> FloatArray:
    """Return 0 and 1 where a weighted sum missed them by rounding, and NaN outside."""
    inside = np.where((estimate >= 0) & (estimate <= 1), estimate, np.nan)
    return np.select([np.abs(estimate) <= ROUNDING, np.abs(1 - estimate) <= ROUNDING], [0.0, 1.0], inside)
