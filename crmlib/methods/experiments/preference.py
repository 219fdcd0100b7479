"""What does somebody prefer, when little is known of each? Shares drawn towards those of their group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
#: Limits of the 80 % interval within which a preference must be clear.
ENDS = (0.1, 0.9)


def posterior(yes: ArrayLike, tries: ArrayLike, usual: ArrayLike, strength: float) -> tuple[Vector, Vector, Vector]:
    """Return mean and 80 % interval of each share under a beta prior.

    Parameters
    ----------
    yes, tries : array_like
        How often somebody answered, of how many times.
    usual : array_like
        Share usual in their group; kept off 0 and 1, where a beta prior has no width.
    strength : float
        How many tries the group's share counts for.
    """
    from scipy.special import betaincinv

    k, n = np.asarray(yes, dtype=float), np.asarray(tries, dtype=float)
    share = np.clip(np.asarray(usual, dtype=float), 0.001, 0.999)
    a, b = share * strength + k, (1 - share) * strength + n - k
    low, high = (betaincinv(a, b, end) for end in ENDS)
    return a / (a + b), low, high


def clear(mean: ArrayLike, low: ArrayLike, high: ArrayLike) -> NDArray[np.int64]:
    """Return for each row the column that is best beyond doubt, -1 where none is.

    Columns that are NaN may not be chosen. The best is clear where its interval ends above those of all others; one
    that stands alone is no preference.
    """
    mean, low, high = (np.asarray(v, dtype=float) for v in (mean, low, high))
    if mean.ndim != 2 or mean.shape[1] < 2:
        return np.full(len(mean), -1, dtype="int64")
    known = np.where(np.isnan(mean), -np.inf, mean)
    best, rows = known.argmax(axis=1), np.arange(len(mean))
    others = np.where(np.isnan(high), -np.inf, high)
    others[rows, best] = -np.inf
    told = (low[rows, best] > others.max(axis=1)) & np.isfinite(others.max(axis=1))
    return np.where(told, best, -1).astype("int64")
