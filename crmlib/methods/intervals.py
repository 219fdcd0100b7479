"""Intervals for shares, NPS and means, and what may be said of a change between two samples.

The plain Wald interval is not used: with five answers its exact coverage can fall to 40 % (enumerated in
``tests/gold/test_intervals.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Interval = tuple[float, float]
LEVEL = 0.95
#: Pseudo-answers of the adjusted Wald interval: detractors, passives, promoters.
PSEUDO = (0.75, 1.5, 0.75)


def z_value(level: float = LEVEL) -> float:
    """Return the two-sided normal quantile, 1.959964 at 95 %."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(k: float, n: float, level: float = LEVEL) -> Interval | None:
    """Return the score interval of a share k ÷ n; None without a case.

    ``n`` may be an effective size (``kish``), then ``k`` is share × n. Wilson (1927), Journal of the American
    Statistical Association 22:209-212; recommended by Newcombe (1998), Statistics in Medicine 17:857-872, method 3.
    """
    if n <= 0:
        return None
    z = z_value(level)
    share = k / n
    middle = share + z * z / (2 * n)
    spread = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    whole = 1 + z * z / n
    # The ends are exact where nobody or everybody said yes; subtraction would leave 1e-17.
    low = 0.0 if k <= 0 else (middle - spread) / whole
    return low, 1.0 if k >= n else (middle + spread) / whole


def newcombe(k: float, n: float, k_before: float, n_before: float, level: float = LEVEL) -> Interval | None:
    """Return the interval of the difference of two independent shares, k ÷ n less k_before ÷ n_before.

    The hybrid of two Wilson intervals: Newcombe (1998), Statistics in Medicine 17:873-890, method 10. None when either
    side has no case.
    """
    now, before = wilson(k, n, level), wilson(k_before, n_before, level)
    if now is None or before is None:
        return None
    p, q = k / n, k_before / n_before
    below = ((p - now[0]) ** 2 + (before[1] - q) ** 2) ** 0.5
    above = ((now[1] - p) ** 2 + (q - before[0]) ** 2) ** 0.5
    return p - q - below, p - q + above


def nps(counts: Sequence[float]) -> float | None:
    """Return promoters less detractors as a share (-1 to 1); ``counts`` are detractors, passives, promoters."""
    whole = sum(counts)
    return (counts[2] - counts[0]) / whole if whole else None


def nps_variance(counts: Sequence[float]) -> float:
    """Return the variance of one answer scored -1, 0, 1, by the plain formula p₊ + p₋ - (p₊ - p₋)²."""
    whole = sum(counts)
    down, up = counts[0] / whole, counts[2] / whole
    return up + down - (up - down) ** 2


def nps_interval(counts: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Return the interval of NPS as a share (-1 to 1) by the adjusted Wald method; None without answers.

    ¾ detractor, 1½ passives and ¾ promoter are added before the Wald formula: Rocks (2016), The American Statistician
    70:365-372. Exact coverage of a nominal 95 % for balanced and extreme mixes from five answers on is enumerated in
    ``tests/gold/test_intervals.py``: 0.92 to 0.97. The interval ends at -1 and 1 and always holds the estimate.
    """
    estimate = nps(counts)
    if estimate is None:
        return None
    adjusted = _adjusted(counts)
    half = z_value(level) * (nps_variance(adjusted) / sum(adjusted)) ** 0.5
    middle = nps(adjusted) or 0.0
    return max(-1.0, min(estimate, middle - half)), min(1.0, max(estimate, middle + half))


def nps_difference(counts: Sequence[float], before: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Return the interval of the change of NPS between two independent samples; None when either is empty.

    z interval with the adjusted counts of both sides. People who answered both times usually answer alike, which makes
    the true interval narrower than this one, not wider.
    """
    if not sum(counts) or not sum(before):
        return None
    a, b = _adjusted(counts), _adjusted(before)
    half = z_value(level) * (nps_variance(a) / sum(a) + nps_variance(b) / sum(b)) ** 0.5
    change = (nps(a) or 0.0) - (nps(b) or 0.0)
    return max(-2.0, change - half), min(2.0, change + half)


def _adjusted(counts: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(n) + extra for n, extra in zip(counts, PSEUDO, strict=True))


def mean_interval(values: ArrayLike, counts: ArrayLike, level: float = LEVEL) -> Interval | None:
    """Return Student's interval of a mean of values that each occur ``count`` times.

    None with fewer than two answers, or when all are equal: a width of zero would claim certainty.
    """
    n, mean, variance = moments(values, counts)
    if n < 2 or variance == 0:
        return None
    half = t_value(level, n - 1) * (variance / n) ** 0.5
    return mean - half, mean + half


def mean_difference(values: ArrayLike, counts: ArrayLike, values_before: ArrayLike, counts_before: ArrayLike,
                    level: float = LEVEL) -> Interval | None:
    """Return Welch's interval of the difference of two means; None where one side cannot tell its own spread.

    Welch (1947), Biometrika 34:28-35.
    """
    n, mean, variance = moments(values, counts)
    m, other, spread = moments(values_before, counts_before)
    if min(n, m) < 2 or variance == 0 or spread == 0:
        return None
    a, b = variance / n, spread / m
    freedom = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    half = t_value(level, freedom) * (a + b) ** 0.5
    return mean - other - half, mean - other + half


def moments(values: ArrayLike, counts: ArrayLike) -> tuple[int, float, float]:
    """Return number, mean and sample variance (n - 1) of values that each occur ``count`` times."""
    value, count = np.asarray(values, dtype="float64"), np.asarray(counts, dtype="float64")
    n = int(count.sum())
    if n == 0:
        return 0, float("nan"), float("nan")
    mean = float((value * count).sum() / n)
    return n, mean, float((count * (value - mean) ** 2).sum() / (n - 1)) if n > 1 else 0.0


def t_value(level: float, freedom: float) -> float:
    """Return the two-sided quantile of Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2))


def kish(weights: ArrayLike) -> float:
    """Return the effective number of answers under weights, (Σw)² ÷ Σw²; 0 without weight.

    Kish (1965), Survey Sampling, section 11.7.
    """
    weight = np.asarray(weights, dtype="float64")
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def answers_needed(half_width: float, variance: float, level: float = LEVEL) -> int:
    """Return how many answers give an interval of ± ``half_width`` (both in the unit of the variance's root)."""
    return int(np.ceil(z_value(level) ** 2 * variance / half_width**2 - 1e-9))


def verdict(difference: Interval | None, n: int, n_before: int, least: int, better: str = "high") -> str:
    """Return what may be said of a change: ``improved``, ``worse``, ``noise`` (within chance) or ``unknown``.

    ``unknown`` when either side has fewer than ``least`` answers or no interval exists; ``better`` says whether
    ``high`` or ``low`` values are good.
    """
    if difference is None or min(n, n_before) < least:
        return "unknown"
    low, high = difference
    if low <= 0 <= high:
        return "noise"
    return "improved" if (low > 0) == (better == "high") else "worse"


def usual_range(past: Sequence[float], least: int = 12, most: int = 24) -> Interval | None:
    """Return the lowest and highest of the latest ``most`` past values; None with fewer than ``least``.

    If nothing changed, a new value falls outside the range of n past ones in 2 of n + 1 cases, whatever the
    distribution: Hahn & Meeker (1991), Statistical Intervals, section 5.4.
    """
    known = [float(v) for v in past if v is not None and v == v][-most:]
    return (min(known), max(known)) if len(known) >= least else None
