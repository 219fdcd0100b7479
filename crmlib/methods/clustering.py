"""K-means that can be trusted: stored scaling, ten starts, labels in a fixed order, and evidence for k.

Prediction strength follows Tibshirani & Walther (2005), "Cluster validation by prediction strength",
Journal of Computational and Graphical Statistics 14(3), 511-528: the smallest share, over the clusters of a held-out
half, of pairs that a clustering of the other half keeps together. One cluster has strength 1 by definition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
STARTS = 10
TAIL = 0.01


@dataclass(frozen=True)
class Scaling:
    """What turns raw features into comparable ones: winsorising limits, means and standard deviations."""

    low: Matrix
    high: Matrix
    mean: Matrix
    deviation: Matrix

    def apply(self, features: Matrix) -> Matrix:
        """Return the features cut at the limits and standardised; a constant feature becomes zero."""
        cut = np.clip(features, self.low, self.high)
        return (cut - self.mean) / np.where(self.deviation > 0, self.deviation, 1.0)


@dataclass(frozen=True)
class Model:
    """Centres in standardised units, in the order of their labels, with the scaling that belongs to them."""

    scaling: Scaling
    centres: Matrix

    def assign(self, features: Matrix) -> NDArray[np.int64]:
        """Return the nearest centre (0, 1, …) of each row; ties go to the lower label."""
        scaled = self.scaling.apply(features)
        distance = ((scaled[:, None, :] - self.centres[None, :, :]) ** 2).sum(axis=2) if len(scaled) < 50_000 else (
            (self.centres ** 2).sum(axis=1)[None, :] - 2.0 * scaled @ self.centres.T)
        return np.argmin(np.round(distance, 9), axis=1)


def scaling(features: Matrix) -> Scaling:
    """Return the scaling of a sample: 1st and 99th percentile, then mean and standard deviation."""
    low, high = np.quantile(features, TAIL, axis=0), np.quantile(features, 1 - TAIL, axis=0)
    cut = np.clip(features, low, high)
    return Scaling(low, high, cut.mean(axis=0), cut.std(axis=0))


def fit(sample: Matrix, k: int, seed: int) -> Model:
    """Fit k centres to a sample; labels run from the largest first feature down, so they do not depend on chance."""
    scale = scaling(sample)
    centres = _kmeans(scale.apply(sample), k, seed)
    order = np.lexsort(tuple(-centres[:, i] for i in reversed(range(centres.shape[1]))))
    return Model(scale, centres[order])


def prediction_strengths(sample: Matrix, k_max: int, repeats: int, seed: int) -> dict[int, float]:
    """Return the mean prediction strength of k = 1 … k_max over random halves of a sample."""
    scaled = scaling(sample).apply(sample)
    generator = np.random.default_rng(seed)
    halves = [generator.permutation(len(scaled)) for _ in range(repeats)]
    found = {1: 1.0}
    for k in range(2, k_max + 1):
        if len(scaled) < 2 * k:
            break
        found[k] = float(np.mean([_strength(scaled, half, k, seed) for half in halves]))
    return found


def choose(strengths: dict[int, float], threshold: float) -> int:
    """Return the largest k whose strength reaches the threshold; 1 means that no stable segments were found."""
    return max(k for k, strength in strengths.items() if strength >= threshold)


def _strength(scaled: Matrix, half: NDArray[np.int64], k: int, seed: int) -> float:
    train, test = np.array_split(scaled[half], 2)
    ours = _nearest(test, _kmeans(test, k, seed))
    theirs = _nearest(test, _kmeans(train, k, seed))
    together = np.zeros((k, k))
    np.add.at(together, (ours, theirs), 1)
    sizes = together.sum(axis=1)
    kept = (together * (together - 1)).sum(axis=1)
    pairs = sizes * (sizes - 1)
    return float((kept[pairs > 0] / pairs[pairs > 0]).min()) if (pairs > 0).all() else 0.0


def _kmeans(scaled: Matrix, k: int, seed: int) -> Matrix:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # One thread: sums over threads differ in the last digits, and a label must not.
    with threadpool_limits(1):
        return KMeans(k, n_init=STARTS, random_state=seed, algorithm="lloyd").fit(scaled).cluster_centers_


def _nearest(scaled: Matrix, centres: Matrix) -> NDArray[np.int64]:
    return np.argmin(((scaled[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2), axis=1)
