"""Figures of answers that carry survey weights: NPS, shares and means with linearised intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmlib.methods.intervals import PSEUDO, Interval, kish, t_value, wilson, z_value


def effective(weights: ArrayLike, counts: ArrayLike) -> float:
    """Return the effective number of answers where each weight occurs ``count`` times (Kish)."""
    return kish(np.repeat(np.asarray(weights, dtype=float), np.asarray(counts, dtype=int)))


def mean(values: ArrayLike, weights: ArrayLike, counts: ArrayLike) -> float:
    """Return the weighted mean of values that each occur ``count`` times with a weight."""
    w = np.asarray(weights, dtype=float) * np.asarray(counts, dtype=float)
    return float((w * np.asarray(values, dtype=float)).sum() / w.sum())


def error(values: ArrayLike, weights: ArrayLike, counts: ArrayLike, corrected: bool = True) -> float:
    """Return the linearised standard error of the weighted mean.

    √(Σw²(x-m)² · n ÷ (n-1)) ÷ Σw: Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, section 5.7.
    Without ``corrected`` the factor n ÷ (n-1) is left out.
    """
    x, w, k = (np.asarray(one, dtype=float) for one in (values, weights, counts))
    n, whole = float(k.sum()), float((k * w).sum())
    spread = float((k * (w * (x - mean(x, w, k))) ** 2).sum())
    return float(np.sqrt(spread * (n / (n - 1) if corrected else 1.0)) / whole)


def nps_interval(signs: ArrayLike, weights: ArrayLike, counts: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return the interval of a weighted NPS as a share (-1 to 1); None without answers.

    ¾ detractor, 1½ passives and ¾ promoter of the mean weight are added first, so that answers that agree do not claim
    certainty; with equal weights this is the adjusted Wald interval of ``intervals.nps_interval``.

    Parameters
    ----------
    signs : array_like of float
        -1 for detractors, 0 for passives, 1 for promoters.
    """
    x, w, k = (np.asarray(one, dtype=float) for one in (signs, weights, counts))
    if not k.sum():
        return None
    typical, plain = float((k * w).sum() / k.sum()), mean(x, w, k)
    x, w, k = np.append(x, (-1.0, 0.0, 1.0)), np.append(w, [typical] * 3), np.append(k, PSEUDO)
    middle, half = mean(x, w, k), z_value(level) * error(x, w, k, corrected=False)
    return max(min(plain, middle - half), -1.0), min(max(plain, middle + half), 1.0)


def share_interval(good: ArrayLike, weights: ArrayLike, counts: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return Wilson's interval of a weighted share on the effective number of answers; None without answers."""
    if not np.sum(counts):
        return None
    size = effective(weights, counts)
    return wilson(mean(good, weights, counts) * size, size, level)


def mean_interval(values: ArrayLike, weights: ArrayLike, counts: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return Student's interval of a weighted mean; None with fewer than two answers, or when all are equal."""
    if np.sum(counts) < 2 or len(np.unique(np.asarray(values))) < 2:
        return None
    middle = mean(values, weights, counts)
    half = t_value(level, max(effective(weights, counts) - 1, 1.0)) * error(values, weights, counts)
    return middle - half, middle + half
