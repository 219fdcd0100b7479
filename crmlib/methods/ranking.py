"""How good is a ranking of customers? Ties count half, so equal scores earn nothing by their order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
#: Customers in each repeat of a bootstrap, at most: more would only cost time, the spread is scaled.
RESAMPLED = 10_000


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


def top_share_spread(scores: Sequence[ArrayLike], value: ArrayLike, part: float = 0.1, repeats: int = 200) -> Vector:
    """Return how the top shares of several rankings of the same customers vary together by chance.

    Customers are drawn again with all their ranks and their value (paired bootstrap: Efron 1979, Annals of Statistics
    7:1-26), Poisson-weighted; of many a part, spread evenly over the ranking, the spread scaled to all (Bickel, Götze &
    van Zwet 1997, Statistica Sinica 7:1-31). The same for any order and names of customers.

    Returns
    -------
    numpy.ndarray
        repeats × rankings: deviations from the mean.
    """
    ranks, values = [np.asarray(score, dtype=float) for score in scores], np.asarray(value, dtype=float)
    step = -(-len(values) // RESAMPLED) or 1
    rows = np.lexsort((values, *ranks[1:], ranks[0]))[::step]
    came = values[rows]
    plans = [_tied(score[rows], came) for score in ranks]
    draw, found = np.random.default_rng(0), []
    for _ in range(repeats):
        weight = draw.poisson(1.0, len(rows)).astype(float)
        if (weight * came).sum() > 0:
            found.append([_drawn_share(*plan, weight, part) for plan in plans])
    shares = np.array(found, dtype=float).reshape(-1, len(ranks))
    return (shares - shares.mean(axis=0)) * (len(rows) / max(len(values), 1)) ** 0.5 if len(shares) else shares


def _tied(score: Vector, value: Vector) -> tuple[NDArray[np.int64], NDArray[np.int64], Vector]:
    """Return the places of customers, best first, where each group of equal ones begins, and the values there."""
    order = np.argsort(-score, kind="stable")
    return order, np.flatnonzero(np.concatenate([[True], np.diff(score[order]) != 0])), value[order]


def _drawn_share(order: NDArray[np.int64], starts: NDArray[np.int64], value: Vector, weight: Vector,
                 part: float) -> float:
    drawn = weight[order]
    size, held = np.add.reduceat(drawn, starts), np.add.reduceat(drawn * value, starts)
    room = np.clip(part * drawn.sum() - (np.cumsum(size) - size), 0, size)
    return float((held * room / np.maximum(size, 1.0)).sum() / held.sum())


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
