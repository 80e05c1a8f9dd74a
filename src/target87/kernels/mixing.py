"""How well chains have mixed: R-hat and effective sample sizes of many quantities at once.

Quantities are ``(q, chain, draw)``. Every chain is split in two. Formulas: Vehtari, Gelman, Simpson, Carpenter and
Buerkner (2021), Rank-normalization, folding, and localization, sections 3 and 4; truncation: Geyer (1992), Practical
Markov chain Monte Carlo, initial monotone sequence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

from target87.kernels.ordered import quantiles

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]

BLOM = 3.0 / 8.0
"""Offset of a rank before it becomes a normal score (Blom 1958)."""


def split(chains: FloatArray) -> FloatArray:
    """Halves of every chain as chains of their own; the middle draw of an odd number is left out."""
    half = chains.shape[-1] // 2
    return np.concatenate([chains[..., :half], chains[..., -half:]], axis=-2)


def diagnose(chains: FloatArray, tails: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """R-hat (the larger of the bulk's and the folded one), bulk and tail effective sample size, each ``(q,)``.

    ``tails`` are the probabilities of the quantiles that bound the tails. One sort a quantity serves all three.
    """
    halves = split(chains)
    flat = halves.reshape(len(halves), -1)
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    scores = _scores(order, ordered).reshape(halves.shape)
    size = flat.shape[1]
    middle = 0.5 * (ordered[:, (size - 1) // 2] + ordered[:, size // 2])
    # folded, sorted values fall and then rise: a merging sort is quick with them
    folded = np.abs(ordered - middle[:, None])
    again = np.argsort(folded, axis=1, kind="stable")
    folded = np.take_along_axis(folded, again, axis=1)
    scores_folded = _scores(np.take_along_axis(order, again, axis=1), folded).reshape(halves.shape)
    limits = quantiles(chains.reshape(len(chains), -1) if chains.shape[-1] % 2 else ordered, tails)
    below = [split((chains <= limits[:, place, None, None]).astype(np.float64)) for place in range(tails.size)]
    tail: FloatArray = np.stack([effective_size(one) for one in below]).min(axis=0)
    larger = np.asarray(np.maximum(rhat(scores), rhat(scores_folded)))
    return larger, effective_size(scores), tail


def _scores(order: IntArray, ordered: FloatArray) -> FloatArray:
    """Normal scores of rows sorted by ``order``."""
    size = ordered.shape[1]
    untied = ndtri((np.arange(1.0, size + 1.0) - BLOM) / (size - 2.0 * BLOM + 1.0))
    sorted_scores = np.broadcast_to(untied, ordered.shape).copy()
    changes = ordered[:, 1:] != ordered[:, :-1]
    for row in np.flatnonzero(~changes.all(axis=1)):
        first = np.flatnonzero(np.concatenate([[True], changes[row]]))
        length = np.diff(np.append(first, size))
        rank = first + (length + 1.0) / 2.0
        sorted_scores[row] = np.repeat(ndtri((rank - BLOM) / (size - 2.0 * BLOM + 1.0)), length)
    scores = np.empty_like(ordered)
    np.put_along_axis(scores, order, sorted_scores, axis=1)
    return scores


def rhat(halves: FloatArray) -> FloatArray:
    """Potential scale reduction of chains already split, ``(q,)``: infinite where no chain moves but they differ."""
    draws = halves.shape[-1]
    between = draws * halves.mean(axis=-1).var(axis=-1, ddof=1)
    within = halves.var(axis=-1, ddof=1).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((between / within + draws - 1.0) / draws))


def effective_size(halves: FloatArray) -> FloatArray:
    """Effective sample size for the mean of chains already split, ``(q,)``.

    A constant counts in full; where a half holds one draw alone nothing can be told, and it is missing.
    """
    chains, draws = halves.shape[-2:]
    if draws < 2:
        return np.full(len(halves), np.nan)
    whole = float(chains * draws)
    covariance = _autocovariance(halves)
    mean_variance = covariance[:, 0] * draws / (draws - 1.0)
    spread = covariance[:, 0] + halves.mean(axis=-1).var(axis=-1, ddof=1)
    moves = np.ptp(halves, axis=(-2, -1)) >= np.finfo(np.float64).resolution
    scale = np.where(moves, spread, 1.0)[:, None]
    correlation = 1.0 - (mean_variance[:, None] - covariance) / scale
    correlation[:, 0] = 1.0
    time = np.maximum(_autocorrelation_time(correlation), 1.0 / np.log10(whole))
    return np.asarray(np.where(moves, whole / time, whole))


def _autocovariance(halves: FloatArray) -> FloatArray:
    """Autocovariance at every lag, averaged over chains, ``(q, draw)``."""
    draws = halves.shape[-1]
    size = next_fast_len(2 * draws, real=True)
    waves = rfft(halves - halves.mean(axis=-1, keepdims=True), n=size)
    power = (waves.real**2 + waves.imag**2).mean(axis=-2)
    return np.asarray(irfft(power, n=size)[..., :draws] / draws)


def _autocorrelation_time(correlation: FloatArray) -> FloatArray:
    """Geyer's initial monotone sequence: pairs of lags up to the first that is not positive, made to fall."""
    pairs = max((correlation.shape[1] - 3) // 2, 0) + 1
    even = correlation[:, 0 : 2 * pairs : 2]
    sums = even + correlation[:, 1 : 2 * pairs : 2]
    negative = sums <= 0.0
    end = np.where(negative.any(axis=1), negative.argmax(axis=1), pairs - 1)
    falling = np.minimum.accumulate(sums, axis=1)
    kept = np.arange(pairs) < end[:, None]
    last = even[np.arange(len(even)), end]
    stored = ~negative[np.arange(len(even)), end]
    return np.asarray(-1.0 + 2.0 * (falling * kept).sum(axis=1) + np.where(stored | (last > 0.0), last, 0.0))
