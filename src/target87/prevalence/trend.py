r"""A trend with time-varying pace, fitted to a short published record.

On the log-odds scale, with :math:`t_0` the first moment a figure speaks of:

.. math::

    \eta(t) &= \alpha + \beta\,(t - t_0) + \int_{t_0}^{t} \omega(s)\,ds, \qquad
    \omega \sim \text{stationary Ornstein-Uhlenbeck}(\sigma, \ell), \\
    \operatorname{logit} r_k &= \overline{\eta}_k + \textstyle\sum_j D_{kj}\delta_j + e_k,

where the bar averages over the figure's reference period, :math:`\delta_j` are method changes and :math:`e` has
relative standard deviation :math:`\tau`, correlation :math:`\rho` between adjacent rounds, plus rounding. The pace at
time :math:`t` is :math:`\beta + \omega(t)`: it varies, and returns to the long-run pace over :math:`\ell` years.
Everything but :math:`(\tau, \rho, \sigma, \ell)` is Gaussian and integrated out exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from target87.errors import InputError
from target87.kernels import elliptical_slice, smooth_trend
from target87.prevalence.priors import MethodChange, TrendPrior, prior_for
from target87.prevalence.published import PublishedSeries
from target87.rng import RandomState, root_seed, stream

if TYPE_CHECKING:
    import pandas as pd

    from target87.results.posterior import Posterior

__all__ = ["TrendModel", "fit_trends"]

type FloatArray = NDArray[np.float64]
type Progress = Callable[[int, int], None]

CHAINS = 8
WARMUP = 200
THINNING = (2, 6, 24)
"""Iterations a kept draw: a model whose chains have not mixed is sampled again, longer, and only that one."""
MIXED_RHAT = 1.006
MIXED_ESS = 2.0
"""Times the effective sample size asked of an answer."""
NAMES = ("relative_error", "error_correlation", "pace_variation", "pace_memory")


@dataclass(frozen=True)
class TrendModel:
    """A trend model of one published series: described here, looked at, fitted when asked.

    Parameters
    ----------
    series : PublishedSeries
        The figures; at least two.
    prior : TrendPrior, optional
        Priors; those of :func:`prior_for` if not given.
    variant : str
        Label, when one series is fitted under several priors.

    Raises
    ------
    InputError
        If the series has fewer than two figures: a trend cannot be told from one.

    Examples
    --------
    >>> from target87.prevalence import TrendModel, published_series
    >>> model = TrendModel(published_series("child_labour"))
    >>> posterior = model.fit(rng=1)
    >>> bool(0.06 < posterior.prevalence.sel(year=2024).mean() < 0.09)
    True
    """

    series: PublishedSeries
    prior: TrendPrior | None = None
    variant: str = "stated priors"

    def __post_init__(self) -> None:
        if len(self.series.points) < 2:
            raise InputError(
                f"{self.series.indicator.title} of {self.series.group} has {len(self.series.points)} published figure; "
                "a trend needs two or more",
                where="series",
            )
        if self.prior is None:
            object.__setattr__(self, "prior", prior_for(self.series.indicator.name, self.series.group_type))

    @property
    def priors(self) -> TrendPrior:
        """The priors in force."""
        assert self.prior is not None, "set in __post_init__"
        return self.prior

    @property
    def changes(self) -> tuple[MethodChange, ...]:
        """Method changes with figures on both sides."""
        years = self.series.years
        return tuple(change for change in self.priors.changes if years[0] < change.first_year <= years[-1])

    @property
    def origin(self) -> float:
        """First moment that a figure speaks of."""
        return float(_moments(self.series.points)[0].min())

    @property
    def key(self) -> tuple[str, str, str]:
        """What this fit's random stream belongs to; variants share it, so that they differ by what was changed."""
        return (self.series.indicator.name, self.series.group_type, self.series.group)

    def problem(self) -> smooth_trend.Problem:
        """The model as arrays, as the kernel takes it."""
        return _problem(self)

    def years(self) -> NDArray[np.int64]:
        """Years of the posterior: from the first figure's reference period to the last figure, every year."""
        first = int(np.ceil(self.origin))
        return np.arange(first, self.series.years[-1] + 1)

    def fit(self, *, draws: int = 4000, rng: RandomState = None, progress: Progress | None = None) -> Posterior:
        """Sample the joint posterior; see :func:`fit_trends`."""
        return fit_trends([self], draws=draws, rng=rng, progress=progress)[0]

    def prior_predictive(self, *, draws: int = 4000, rng: RandomState = None) -> Posterior:
        """Draw parameters and prevalences from the prior alone, in the shape of a posterior."""
        generator = stream(root_seed(rng), "prior", *self.key)
        z = generator.standard_normal((1, draws, smooth_trend.PARAMETERS))
        return _posterior(self, z, generator, prior=True)


def fit_trends(
    models: Sequence[TrendModel],
    *,
    draws: int = 4000,
    rng: RandomState = None,
    progress: Progress | None = None,
) -> list[Posterior]:
    """Fit several trend models in one pass; each keeps its own random stream, so company changes nothing.

    Parameters
    ----------
    models : sequence of TrendModel
        Models to fit.
    draws : int
        Draws kept of each, over eight chains; a multiple of eight.
    rng : int, SeedSequence or Generator
        Root of the random streams.
    progress : callable, optional
        Called with (done, in all) while it samples.

    Returns
    -------
    list of Posterior
        In the order of ``models``. Nothing is checked here: :meth:`Posterior.check` does.

    Raises
    ------
    InputError
        If ``draws`` is not a positive multiple of eight.

    Examples
    --------
    >>> from target87.prevalence import TrendModel, fit_trends, published_series
    >>> models = [TrendModel(published_series(name)) for name in ("child_labour", "hazardous_work")]
    >>> [one.draws for one in fit_trends(models, draws=800, rng=1)]
    [800, 800]
    """
    root = root_seed(rng)
    sampled = sample_trends(models, draws=draws, root=root, progress=progress)
    return [posterior_of(model, z, root=root) for model, z in zip(models, sampled, strict=True)]


def sample_trends(
    models: Sequence[TrendModel],
    *,
    draws: int,
    root: np.random.SeedSequence,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> list[FloatArray]:
    """The first part of :func:`fit_trends`: coordinates of the sampled parameters, ``(chain, draw, 4)`` each.

    ``executor`` samples half of the models while the others are sampled here; the numbers are the same.
    """
    if not isinstance(draws, (int, np.integer)) or draws < CHAINS or draws % CHAINS:
        raise InputError(f"draws must be a positive multiple of {CHAINS}", where="draws", got=repr(draws))
    sampled: dict[int, FloatArray] = {}
    pending = list(range(len(models)))
    for thin in THINNING:
        if pending:
            chains = _sample_shared([models[row] for row in pending], root, draws, thin, progress, executor)
            sampled.update(zip(pending, chains, strict=True))
            pending = [row for row in pending if not _mixed(sampled[row])]
    return [sampled[row] for row in range(len(models))]


def posterior_of(model: TrendModel, z: FloatArray, *, root: np.random.SeedSequence) -> Posterior:
    """The second part of :func:`fit_trends`: what was integrated out drawn back, given :func:`sample_trends`."""
    return _posterior(model, z, stream(root, "latents", *model.key))


def _sample_shared(
    models: Sequence[TrendModel],
    root: np.random.SeedSequence,
    draws: int,
    thin: int,
    progress: Progress | None,
    executor: Executor | None,
) -> list[FloatArray]:
    if executor is None or len(models) < 2:
        return list(_sample(models, root, draws, thin, progress))
    # every other one: variants of a record, which take alike, stand side by side
    away = executor.submit(_sample, models[1::2], root, draws, thin, None)
    found: list[FloatArray] = [np.empty(0)] * len(models)
    found[::2] = _sample(models[::2], root, draws, thin, progress)
    found[1::2] = away.result()
    return found


def _sample(
    models: Sequence[TrendModel], root: np.random.SeedSequence, draws: int, thin: int, progress: Progress | None
) -> FloatArray:
    """Chains of the sampled parameters' coordinates, ``(model, chain, draw, 4)``, every ``thin``-th iteration kept."""
    return elliptical_slice.sample(
        smooth_trend.Stack([model.problem() for model in models]).log_likelihood,
        smooth_trend.PARAMETERS,
        [stream(root, "trend", thin, *model.key) for model in models],
        chains=CHAINS,
        warmup=WARMUP,
        draws=draws // CHAINS,
        thin=thin,
        progress=progress,
    )


def _mixed(z: FloatArray) -> bool:
    """Whether chains ``(chain, draw, 4)`` have mixed well beyond what is asked of an answer."""
    from target87.results.diagnostics import ESS_LIMIT, quick_convergence

    rhat, ess = quick_convergence(z.transpose(2, 0, 1))
    return bool((rhat < MIXED_RHAT).all() and (ess > MIXED_ESS * ESS_LIMIT).all())


def _moments(points: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Start and end of each figure's reference period; a single year is a moment, its own number."""
    first, last = points["first_year"].to_numpy(dtype=float), points["last_year"].to_numpy(dtype=float)
    half = np.where(last > first, 0.5, 0.0)
    return first - half, last + half


def _support(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Times and weights that average a path over each period: three Gauss-Legendre nodes, one for a moment."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    times: list[float] = []
    rows: list[tuple[int, FloatArray]] = []
    for one, other in zip(start, end, strict=True):
        if other > one:
            rows.append((len(times), weights / 2.0))
            times.extend((one + other) / 2.0 + nodes * (other - one) / 2.0)
        else:
            rows.append((len(times), np.ones(1)))
            times.append(float(one))
    averages = np.zeros((start.size, len(times)))
    for row, (column, share) in enumerate(rows):
        averages[row, column : column + share.size] = share
    return np.array(times), averages


def _problem(model: TrendModel) -> smooth_trend.Problem:
    points, prior, changes = model.series.points, model.priors, model.changes
    rate = points["rate"].to_numpy(dtype=float)
    start, end = _moments(points)
    support, averages = _support(start - model.origin, end - model.origin)
    # a relative error of the rate is this much on the log-odds scale (delta method)
    stretch = 1.0 / (1.0 - rate)
    rounding = np.hypot(points["rounding_sd"].to_numpy(dtype=float), points["denominator_sd"].to_numpy(dtype=float))
    known_sd = points["known_sd"].to_numpy(dtype=float)
    known = np.isfinite(known_sd)
    shifts = np.array([[float(year < change.first_year) for change in changes] for year in model.series.years])
    shifts = shifts.reshape(len(points), len(changes))
    means = np.array([change.mean for change in changes])
    return smooth_trend.Problem(
        y=np.log(rate) - np.log1p(-rate),
        mean=_logit(prior.level) + shifts @ means,
        x=averages @ support,
        support=support,
        averages=averages,
        shifts=shifts,
        shift_sd=np.array([change.sd for change in changes]),
        level_sd=prior.level_sd,
        slope_sd=prior.pace_sd,
        known=stretch**2 * (rounding**2 + np.where(known, known_sd, 0.0) ** 2),
        scale=np.where(known, 0.0, stretch),
        gap=_gap(model),
        location=np.array([np.log(prior.error), _logit(prior.common), 0.0, np.log(prior.memory)]),
        spread=np.array([prior.error_sd, prior.common_sd, prior.variation_sd, prior.memory_sd]),
    )


def _gap(model: TrendModel) -> FloatArray:
    years = np.array(model.series.years, dtype=float)
    gap = np.abs(years[:, None] - years) / model.priors.round_gap
    if not model.series.indicator.share_error_across_methods:
        method = model.series.points["method"].to_numpy()
        gap[method[:, None] != method] = np.inf
    return np.asarray(gap)


def _logit(rate: float) -> float:
    return float(np.log(rate) - np.log1p(-rate))


def _posterior(model: TrendModel, z: FloatArray, rng: np.random.Generator, *, prior: bool = False) -> Posterior:
    import xarray as xr

    from target87.results.posterior import Posterior

    chains, iterations = z.shape[:2]
    problem = model.problem()
    values = smooth_trend.parameters(problem, z.reshape(-1, smooth_trend.PARAMETERS))
    years = model.years()
    latents = smooth_trend.draw_latents(problem, values, (years - model.origin).astype(np.float64), rng, prior=prior)
    level = latents.path + _logit(model.priors.level)
    sampled = dict(zip(NAMES, (values.error, values.common, values.wander, values.length), strict=True))
    sampled["long_run_pace"] = latents.slope
    for number, change in enumerate(model.changes):
        sampled[change.name] = latents.shifts[:, number] + change.mean
    area, draw = [model.series.group], np.arange(chains * iterations)
    coords: dict[str, Any] = {"area": area, "draw": draw, "chain": ("draw", draw // iterations)}
    coords["iteration"] = ("draw", draw % iterations)
    shape = (chains, iterations)
    prevalence = np.ascontiguousarray((1.0 / (1.0 + np.exp(-level))).T)[None]
    state = {
        "log_odds": level[:, -1],
        "long_run_pace": latents.slope,
        "pace_deviation": latents.deviation,
        "pace_variation": values.wander,
        "pace_memory": values.length,
    }
    return Posterior(
        parameters=xr.Dataset({name: (("chain", "iteration"), one.reshape(shape)) for name, one in sampled.items()}),
        prevalence=xr.DataArray(
            prevalence, dims=("area", "year", "draw"), coords={**coords, "year": years}, name="prevalence"
        ),
        state=xr.Dataset({name: (("area", "draw"), one[None]) for name, one in state.items()}, coords=coords),
        attributes=_attributes(model),
    )


@cache
def _version() -> str:
    """The library's version: a look into installed files, made once."""
    from target87 import __version__

    return __version__


def _attributes(model: TrendModel) -> dict[str, Any]:
    what = model.series.indicator
    return {
        "title": f"{what.title}, {model.series.group}",
        "indicator": what.name,
        "definition": what.definition,
        "group_type": model.series.group_type,
        "group": model.series.group,
        "variant": model.variant,
        "figure_years": [year for year in model.series.years if year in set(model.years().tolist())],
        "last_year": int(model.series.years[-1]),
        "priors": list(model.priors.sentences(what.rate_scale, what.rate_unit, model.changes)),
        "sources": sorted(set(model.series.points["source_id"])),
        "version": _version(),
    }
