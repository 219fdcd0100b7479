"""Has a population moved away from the one a model was made for? The population stability index."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10
#: A bin that is empty on one side would make the index infinite; so much is put into it instead.
FLOOR = 1e-4


def bins(values: ArrayLike, parts: int = BINS) -> list[float]:
    """Return the inner edges of bins that hold about equally many values; equal values share a bin."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return []
    edges = np.quantile(known, np.linspace(0, 1, parts + 1)[1:-1])
    return [float(e) for e in np.unique(edges)]


def shares(values: ArrayLike, edges: ArrayLike) -> list[float]:
    """Return the share of values in each bin (edge belongs to the bin below), and last that of missing ones."""
    all_values, inner = np.asarray(values, dtype=float), np.asarray(edges, dtype=float)
    known = np.isfinite(all_values)
    counts = np.bincount(np.searchsorted(inner, all_values[known], side="left"), minlength=len(inner) + 1)
    whole = max(len(all_values), 1)
    return [float(c) / whole for c in (*counts, len(all_values) - int(known.sum()))]


def psi(before: ArrayLike, now: ArrayLike) -> float:
    """Return the population stability index of two lists of shares: Σ (now − before) · ln(now ÷ before).

    Known from credit scoring (Siddiqi 2006, Credit Risk Scorecards, ch. 9); customary reading: below 0.1 the same,
    above 0.2 or 0.25 moved.
    """
    a, b = (np.maximum(np.asarray(s, dtype=float), FLOOR) for s in (before, now))
    used: NDArray[np.bool_] = (np.asarray(before, dtype=float) > 0) | (np.asarray(now, dtype=float) > 0)
    return float(((b - a) * np.log(b / a))[used].sum())
