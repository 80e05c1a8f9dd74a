"""Estimates to posterior draws: the trend of a published record."""

from __future__ import annotations

from target87.prevalence.priors import PRIORS, MethodChange, TrendPrior, prior_for
from target87.prevalence.published import INDICATORS, Indicator, PublishedSeries, published_series
from target87.prevalence.trend import TrendModel, fit_trends

__all__ = [
    "INDICATORS",
    "PRIORS",
    "Indicator",
    "MethodChange",
    "PublishedSeries",
    "TrendModel",
    "TrendPrior",
    "fit_trends",
    "prior_for",
    "published_series",
]
