"""How many clusters are there, if any? Three opinions, and a rule that may answer: none.

Prediction strength: Tibshirani & Walther (2005), "Cluster validation by prediction strength", Journal of Computational
and Graphical Statistics 14(3):511-528. Gap: Tibshirani, Walther & Hastie (2001), "Estimating the number of clusters in
a data set via the gap statistic", Journal of the Royal Statistical Society B 63(2):411-423. Stability: mean adjusted
Rand index (Hubert & Arabie 1985, Journal of Classification 2:193-218) of bootstrap fits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.methods.clustering.centres import Labels, Matrix, distances, kmeans, nearest

STRONG, WEAK, NONE = "strong", "weak", "none"
BOOTSTRAPS, REFERENCES, QUICK = 10, 6, 3
#: Between two groups that are more than slices of one cloud there are places with fewer people than this share of what
#: the emptier middle of the two holds (two equal normal clouds 2.6 deviations apart).
VALLEY = 0.8


@dataclass(frozen=True)
class Evidence:
    """What speaks for one number of clusters.

    Attributes
    ----------
    k : int
    prediction_strength : float
        0-1: of the pairs a clustering of one half puts together, how many the other half's keeps together, in the worst
        cluster; mean over the halves. 1 for one cluster, by definition.
    stability : float
        Mean adjusted Rand index between the clustering and those of bootstrap samples; 1 for one cluster.
    gap, gap_error : float
        How much tighter the clusters are than those of a cloud without any (log; the lesser of a uniform and a normal
        one), and its standard error, both less those of one cluster.
    valley : float
        The emptiest place between two neighbouring clusters ÷ the emptier of their middles, for the worst pair: near 0
        between kinds, 1 and more where one cloud was cut in two.
    """

    k: int
    prediction_strength: float
    stability: float
    gap: float
    gap_error: float
    valley: float


@dataclass(frozen=True)
class Choice:
    """The number of clusters to use and how much it may be trusted: ``strong``, ``weak`` or ``none`` (then k is 1)."""

    k: int
    grade: str


def evidence(points: Matrix, k_max: int, repeats: int, seed: int) -> tuple[Evidence, ...]:
    """Return the evidence for k = 1 … ``k_max``, fewer where there are too few points.

    Parameters
    ----------
    points : ndarray
        Standardised, a few thousand rows at most, in their own order (``in_order``).
    repeats : int
        Random halves for prediction strength.
    """
    generator = np.random.default_rng(seed)
    halves = [generator.permutation(len(points)) for _ in range(repeats)]
    draws = [np.sort(generator.integers(0, len(points), len(points))) for _ in range(BOOTSTRAPS)]
    clouds = [[make(points, generator) for _ in range(REFERENCES)] for make in (_box, _bell)]
    last = max(1, min(k_max, len(points) // 4))
    tight = np.array([[_within(points, kmeans(points, k, seed))] * len(clouds) for k in range(1, last + 1)])
    gaps = _gaps(tight, [[[_within(c, kmeans(c, k, seed, QUICK)) for c in kind] for kind in clouds]
                         for k in range(1, last + 1)])
    return tuple(_of(points, k, halves, draws, seed, gaps[k - 1]) for k in range(1, last + 1))


def _of(points: Matrix, k: int, halves: list[Labels], draws: list[Labels], seed: int,
        gap: tuple[float, float]) -> Evidence:
    if k == 1:
        return Evidence(1, 1.0, 1.0, *gap, 0.0)
    centres = kmeans(points, k, seed)
    label = nearest(points, centres)
    strength = float(np.mean([_strength(points, half, k, seed) for half in halves]))
    stable = _stability(points, label, [kmeans(points[d], k, seed, QUICK) for d in draws])
    return Evidence(k, strength, stable, *gap, _valley(points, label, centres))


def choose(found: tuple[Evidence, ...], strong: float, weak: float) -> Choice:
    """Return the number of clusters that the evidence allows.

    The largest k whose prediction strength reaches ``strong``, of those without two slices of one cloud where there
    are any; else, of those that reach ``weak``, the one whose strength and stability together are highest. Either only
    where the gap, too, sees more than one cloud: a long cloud is cut at the same place again and again, and is no
    two kinds of customer.
    """
    if not several(found, strong):
        return Choice(1, NONE)
    good = [e for e in found if e.k > 1 and e.prediction_strength >= strong]
    if good:
        return Choice(max(e.k for e in [e for e in good if e.valley <= VALLEY] or good), STRONG)
    fair = [e for e in found if e.k > 1 and e.prediction_strength >= weak]
    if fair:
        return Choice(max(fair, key=lambda e: (round(e.prediction_strength + e.stability, 9), e.k)).k, WEAK)
    return Choice(1, NONE)


def several(found: tuple[Evidence, ...], strong: float) -> bool:
    """Whether there is more than one cloud: far tighter in parts than a cloud without any, or parts clearly apart."""
    return any(e.gap > 2 * e.gap_error or (e.prediction_strength >= strong and e.valley <= VALLEY)
               for e in found if e.k > 1)


def _strength(points: Matrix, half: Labels, k: int, seed: int) -> float:
    """Return the strength of both halves, each judged by the other, as their mean."""
    parts = np.array_split(points[half], 2)
    centres = [kmeans(part, k, seed) for part in parts]
    own, other = ([nearest(part, centres[i ^ turn]) for i, part in enumerate(parts)] for turn in (0, 1))
    return float(np.mean([_kept(ours, theirs, k) for ours, theirs in zip(own, other, strict=True)]))


def _kept(ours: Labels, theirs: Labels, k: int) -> float:
    """Return the smallest share, over our clusters, of pairs that theirs keep together."""
    together = np.zeros((k, k))
    np.add.at(together, (ours, theirs), 1)
    sizes = together.sum(axis=1)
    kept, pairs = (together * (together - 1)).sum(axis=1), sizes * (sizes - 1)
    return float((kept[pairs > 0] / pairs[pairs > 0]).min()) if (pairs > 0).all() else 0.0


def _stability(points: Matrix, label: Labels, fits: list[Matrix]) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(np.mean([adjusted_rand_score(label, nearest(points, centres)) for centres in fits]))


def _valley(points: Matrix, label: Labels, centres: Matrix) -> float:
    """Return, for the worst of all pairs of neighbours, how full the emptiest place between two centres is."""
    apart = distances(centres, centres)
    np.fill_diagonal(apart, np.inf)
    pairs = {(min(i, int(j)), max(i, int(j))) for i, j in enumerate(apart.argmin(axis=1))}
    return max(_between(points[(label == i) | (label == j)], centres[i], centres[j]) for i, j in pairs)


def _between(points: Matrix, one: Matrix, other: Matrix) -> float:
    """Return the emptiest of the windows between two centres ÷ the emptier of those around them."""
    line = other - one
    length = float(line @ line)
    if not length > 0:
        return 1.0
    place = (points - one) @ line / length
    windows = [int((np.abs(place - at) <= 0.15).sum()) for at in np.linspace(0, 1, 11)]
    return min(windows[2:-2]) / max(min(windows[0], windows[-1]), 1)


def _within(points: Matrix, centres: Matrix) -> float:
    return float(np.log(max(float(distances(points, centres).min(axis=1).sum()), 1e-12)))


def _gaps(tight: Matrix, references: list[list[list[float]]]) -> list[tuple[float, float]]:
    """Return gap and error of each k beside one cluster, by the kind of cloud that leaves the lesser doubt."""
    loose = np.array(references)
    gap, spread = loose.mean(axis=2) - tight, loose.std(axis=2) * (1 + 1 / REFERENCES) ** 0.5
    beside, error = gap - gap[0], np.sqrt(spread ** 2 + spread[0] ** 2)
    lesser = (beside - error).argmin(axis=1)
    return [(float(b[i]), float(e[i])) for b, e, i in zip(beside, error, lesser, strict=True)]


def _box(points: Matrix, generator: np.random.Generator) -> Matrix:
    """Return a uniform cloud as large as the points in the box of their principal axes (choice b of the paper)."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    return (generator.uniform(size=turned.shape) * (high - low) + low) @ axes + middle


def _bell(points: Matrix, generator: np.random.Generator) -> Matrix:
    """Return a normal cloud as large as the points, as wide along each principal axis.

    Liu, Hayes, Nobel & Marron (2008), "Statistical significance of clustering for high-dimension, low-sample size
    data", Journal of the American Statistical Association 103(483):1281-1293.
    """
    middle = points.mean(axis=0)
    _, size, axes = np.linalg.svd(points - middle, full_matrices=False)
    wide = size / max(len(points), 1) ** 0.5
    return (generator.normal(size=(len(points), len(wide))) * wide) @ axes + middle
