"""Were the groups made by chance? Sizes against the plan, and what was known of people before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

#: Below this, chance is no explanation: Fabijan et al. (2019), KDD '19, "Diagnosing sample ratio mismatch", section 3.
SUSPECT = 0.0005


def sample_ratio(sizes: Sequence[int], planned: Sequence[float]) -> float | None:
    """Return the chance of sizes at least as far from the planned shares (χ² of goodness of fit); None without people.

    ``planned`` need not add up to 1.
    """
    from scipy.special import chdtrc

    n, share = np.asarray(sizes, dtype=float), np.asarray(planned, dtype=float)
    if len(n) < 2 or n.sum() <= 0 or (share <= 0).any():
        return None
    expected = share / share.sum() * n.sum()
    return float(chdtrc(len(n) - 1, float(((n - expected) ** 2 / expected).sum())))


def same_mix(table: ArrayLike, least: float = 5.0) -> float | None:
    """Return the chance that groups (rows) made at random differ so much in what people are (columns).

    χ² of homogeneity; columns whose expected numbers fall below ``least`` are taken together with the smallest other
    (Cochran 1954, Biometrics 10:417-451). None where one group, or one kind of people, is all there is.
    """
    from scipy.special import chdtrc

    counts = _gathered(np.asarray(table, dtype=float), least)
    if min(counts.shape) < 2:
        return None
    whole = counts.sum()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / whole
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(chdtrc(freedom, float(((counts - expected) ** 2 / expected).sum())))


def _gathered(counts: np.ndarray, least: float) -> np.ndarray:
    """Take the rarest kinds of people together until each is expected often enough in the smallest group."""
    counts = counts[counts.sum(axis=1) > 0]
    counts = counts[:, counts.sum(axis=0) > 0]
    while counts.shape[1] > 1 and counts.sum(axis=0).min() * counts.sum(axis=1).min() / counts.sum() < least:
        rare = np.argsort(counts.sum(axis=0), kind="stable")
        both = counts[:, rare[:2]].sum(axis=1, keepdims=True)
        counts = np.concatenate([both, counts[:, np.sort(rare[2:])]], axis=1)
    return counts


def distance(mean: float, variance: float, mean_other: float, variance_other: float) -> float | None:
    """Return how far two groups lie apart, in the spread of both: (a - b) ÷ √(s² + t²); None without any spread.

    Beyond 0.25 comparisons hang on the model: Imbens & Wooldridge (2009), J. of Economic Literature 47:5-86, p. 24.
    """
    spread = (variance + variance_other) ** 0.5
    return (mean - mean_other) / spread if spread > 0 else None
