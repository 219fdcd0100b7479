"""By how much do two independent groups differ, and could chance alone do that? Vectorised: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmlib.methods.intervals import z_value

Vector = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """Differences of one group less another: estimate, interval, two-sided p; NaN where nothing can be said."""

    effect: Vector
    low: Vector
    high: Vector
    p: Vector


def shares(k: ArrayLike, n: ArrayLike, k_other: ArrayLike, n_other: ArrayLike, level: float = LEVEL) -> Difference:
    """Return differences of shares k ÷ n less k_other ÷ n_other.

    Interval: Newcombe (1998), Statistics in Medicine 17:873-890, method 10. p: score test with the pooled variance
    (Pearson's χ² without correction). Where one group is empty everything is NaN; where all or none of both said yes,
    p is 1.
    """
    from scipy.special import ndtr

    k, n, k_other, n_other = (np.asarray(v, dtype=float) for v in (k, n, k_other, n_other))
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = k / n, k_other / n_other
        low, high = _wilson(p, n, level)
        low_other, high_other = _wilson(q, n_other, level)
        below = np.sqrt((p - low) ** 2 + (high_other - q) ** 2)
        above = np.sqrt((high - p) ** 2 + (q - low_other) ** 2)
        pooled = (k + k_other) / (n + n_other)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_other))
        score = np.where(error > 0, np.abs(p - q) / np.where(error > 0, error, 1.0), 0.0)
    chance = np.where(np.isnan(p - q), np.nan, 2 * ndtr(-score))
    return Difference(p - q, p - q - below, p - q + above, chance)


def _wilson(share: Vector, n: Vector, level: float) -> tuple[Vector, Vector]:
    z = z_value(level)
    middle = share + z * z / (2 * n)
    spread = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return np.where(share <= 0, 0.0, (middle - spread) / whole), np.where(share >= 1, 1.0, (middle + spread) / whole)


def means(mean: ArrayLike, variance: ArrayLike, n: ArrayLike, mean_other: ArrayLike, variance_other: ArrayLike,
          n_other: ArrayLike, level: float = LEVEL) -> Difference:
    """Return differences of means with unequal variances.

    Welch (1947), Biometrika 34:28-35. NaN where a group has fewer than two people, or neither group has any spread.
    """
    from scipy.special import stdtr, stdtrit

    a, s, n, b, t, m = (np.asarray(v, dtype=float) for v in (mean, variance, n, mean_other, variance_other, n_other))
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = s / n, t / m
        error = np.sqrt(one + other)
        freedom = (one + other) ** 2 / (one * one / (n - 1) + other * other / (m - 1))
        told = (np.minimum(n, m) > 1) & (error > 0)
        half = np.where(told, stdtrit(freedom, 0.5 + level / 2) * error, np.nan)
        p = np.where(told, 2 * stdtr(freedom, -np.abs(a - b) / error), np.nan)
    return Difference(a - b, a - b - half, a - b + half, p)


def holm(p: ArrayLike) -> Vector:
    """Return p values adjusted for being several: Holm (1979), Scandinavian Journal of Statistics 6:65-70; NaN stays.

    Among comparisons that are all without effect, one is called a finding in at most 5 % of cases.
    """
    p = np.asarray(p, dtype=float)
    told = np.flatnonzero(~np.isnan(p))
    order = told[np.argsort(p[told], kind="stable")]
    raised = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def shrunk(effect: ArrayLike, error: ArrayLike) -> Vector:
    """Return effects of several groups drawn towards their common mean, the vaguer the more.

    The spread between groups by the moments of DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188; where
    the groups differ no more than chance, all become the common mean.
    """
    effect, error = np.asarray(effect, dtype=float), np.asarray(error, dtype=float)
    told = np.isfinite(effect) & (error > 0)
    found = np.full(len(effect), np.nan)
    if told.sum() < 2:
        found[told] = effect[told]
        return found
    y, v = effect[told], error[told] ** 2
    weight = 1 / v
    common = float((weight * y).sum() / weight.sum())
    spread = float((weight * (y - common) ** 2).sum()) - (len(y) - 1)
    between = max(0.0, spread / float(weight.sum() - (weight**2).sum() / weight.sum()))
    both = 1 / (v + between)
    centre = float((both * y).sum() / both.sum())
    found[told] = centre + between / (between + v) * (y - centre)
    return found
