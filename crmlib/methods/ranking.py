"""How good is a ranking of customers? Ties count half, so equal scores earn nothing by their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]


def auc(score: ArrayLike, came: ArrayLike) -> float | None:
    """Return the chance that one who came was ranked above one who did not; None where nobody or everybody came.

    The Mann-Whitney form of the area under the ROC curve: Hanley & McNeil (1982), Radiology 143:29-36.
    """
    score, came = np.asarray(score, dtype=float), np.asarray(came, dtype=bool)
    hits, misses = int(came.sum()), int((~came).sum())
    if not hits or not misses:
        return None
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2  # mean rank of each group of equal scores
    return float((middle[place][came].sum() - hits * (hits + 1) / 2) / (hits * misses))


def top_share(score: ArrayLike, value: ArrayLike, part: float = 0.1) -> float | None:
    """Return the share of a value held by the best-ranked part of customers; those tied at its edge count in part."""
    score, value = np.asarray(score, dtype=float), np.asarray(value, dtype=float)
    whole = float(value.sum())
    if whole <= 0:
        return None
    levels, place = np.unique(-score, return_inverse=True)
    size = np.bincount(place, minlength=len(levels)).astype(float)
    held = np.bincount(place, weights=value, minlength=len(levels))
    room = np.clip(part * len(score) - np.concatenate([[0.0], np.cumsum(size)[:-1]]), 0, size)
    return float((held * room / size).sum() / whole)


def tenths(score: ArrayLike, *values: ArrayLike) -> list[tuple[float, ...]]:
    """Return for each tenth of the ranking, the best first, its customers and the sums of values.

    Returns
    -------
    list of tuple
        tenth (1 = best), customers, and one sum per value. Who is tied stays together, in the better tenth.
    """
    score = np.asarray(score, dtype=float)
    _, place, count = np.unique(-score, return_inverse=True, return_counts=True)
    before = np.concatenate([[0], np.cumsum(count)[:-1]])
    tenth = (before * 10 // max(len(score), 1) + 1)[place]
    rows: list[tuple[float, ...]] = []
    for number in range(1, 11):
        inside = tenth == number
        if inside.any():
            rows.append((number, int(inside.sum()), *(float(np.asarray(v, dtype=float)[inside].sum()) for v in values)))
    return rows
