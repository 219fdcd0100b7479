"""What goes with a score: importance that shares out the explained variance, and how far items hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, degrees, hypot

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
#: Up to so many items every order of entering is averaged; beyond, relative weights.
EXACT = 15


def covariance(columns: ArrayLike, weights: ArrayLike | None = None) -> Matrix:
    """Return the (weighted) covariance matrix of columns; its scale does not matter for importance."""
    x = np.asarray(columns, dtype=float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
    centred = x - (w @ x) / w.sum()
    return np.asarray((centred * w[:, None]).T @ centred / w.sum(), dtype=float)


def importance(cov: Matrix) -> tuple[Vector, float] | None:
    """Return the share of the first column's variance each other column explains, and R²; the shares add up to R².

    Up to 15 items the average over all orders of entering (LMG; Lindeman, Merenda & Gold 1980, Introduction to
    Bivariate and Multivariate Analysis, 119-127; the Shapley value of R²); beyond, relative weights (Johnson 2000,
    Multivariate Behavioral Research 35:1-19). None where a column does not vary.
    """
    if (np.diag(cov) <= 1e-12 * np.diag(cov).max()).any() or len(cov) < 2:
        return None
    shares = lmg(cov) if len(cov) - 1 <= EXACT else relative_weights(cov)
    return shares, float(shares.sum())


def lmg(cov: Matrix) -> Vector:
    """Return the average gain in R² of each item over all orders of entering."""
    p = len(cov) - 1
    explained = _explained(cov, p)
    sizes = np.array([bin(subset).count("1") for subset in range(1 << p)])
    weight = np.array([1 / (p * comb(p - 1, size)) if size < p else 0.0 for size in range(p + 1)])
    every = np.arange(1 << p)
    shares = np.empty(p)
    for item in range(p):
        without = every[(every >> item) & 1 == 0]
        gain = explained[without | (1 << item)] - explained[without]
        shares[item] = float((weight[sizes[without]] * gain).sum())
    return shares


def _explained(cov: Matrix, p: int) -> Vector:
    """Return R² of every subset of items; items that repeat others add nothing."""
    spread = np.sqrt(np.diag(cov))
    corr = cov / np.outer(spread, spread)
    found = np.zeros(1 << p)
    for subset in range(1, 1 << p):
        chosen = [item + 1 for item in range(p) if subset >> item & 1]
        inner, outer = corr[np.ix_(chosen, chosen)], corr[0, chosen]
        found[subset] = float(outer @ np.linalg.lstsq(inner, outer, rcond=1e-10)[0])
    return found


def relative_weights(cov: Matrix) -> Vector:
    """Return Johnson's relative weights: importance through the nearest uncorrelated copies of the items."""
    spread = np.sqrt(np.diag(cov))
    corr = cov / np.outer(spread, spread)
    values, vectors = np.linalg.eigh(corr[1:, 1:])
    root = vectors @ np.diag(np.sqrt(np.clip(values, 0, None))) @ vectors.T
    beta = np.linalg.lstsq(root, corr[1:, 0], rcond=1e-10)[0]
    return np.asarray(root**2 @ beta**2, dtype=float)


@dataclass(frozen=True)
class Spread:
    """How far importance moves when other customers had answered.

    Attributes
    ----------
    low, high : numpy.ndarray
        Percentile interval of each share.
    best, worst : numpy.ndarray
        Interval of each rank (1 = most important).
    """

    low: Vector
    high: Vector
    best: Vector
    worst: Vector


def resampled(columns: ArrayLike, counts: ArrayLike | None = None, draws: int = 200, level: float = 0.95) -> Spread:
    """Return bootstrap intervals of shares and ranks; answers are drawn with a fixed seed.

    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Parameters
    ----------
    columns : array_like
        One row an answer, or a combination of answers; the first column is the score to explain.
    counts : array_like of int, optional
        How often each row was given.
    """
    x = np.asarray(columns, dtype=float)
    n = np.ones(len(x), dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    draw, kept = np.random.default_rng(0), []
    for _ in range(draws):
        found = importance(covariance(x, draw.multinomial(n.sum(), n / n.sum()).astype(float)))
        if found is not None:
            kept.append(found[0])
    shares = np.array(kept)
    ranks = (-shares).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    edges = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(shares, edges, axis=0)
    best, worst = np.quantile(ranks, edges, axis=0)
    return Spread(low, high, best, worst)


@dataclass(frozen=True)
class Contrast:
    """What a poor and an excellent score of one item go with, beside a middling one.

    Attributes
    ----------
    penalty, penalty_low, penalty_high : float
        Change of the overall score where the item is poor.
    reward, reward_low, reward_high : float
        Change where it is excellent.
    """

    penalty: float
    penalty_low: float
    penalty_high: float
    reward: float
    reward_low: float
    reward_high: float

    @property
    def kind(self) -> str:
        """``basic`` (hurts when poor), ``excitement`` (delights when excellent), ``performance`` (both), ``none``."""
        hurts, delights = self.penalty_high < 0, self.reward_low > 0
        return {(True, True): "performance", (True, False): "basic", (False, True): "excitement"}.get(
            (hurts, delights), "none")


def penalty_reward(overall: ArrayLike, poor: ArrayLike, excellent: ArrayLike, counts: ArrayLike,
                   level: float = 0.95) -> list[Contrast] | None:
    """Return penalty and reward of each item, all items together; None where they cannot be told apart.

    Penalty-reward contrast analysis: Brandt (1987), in Add Value to Your Service; as a reading of Kano's model Matzler
    & Sauerwein (2002), International Journal of Service Industry Management 13:314-332. Standard errors hold under
    unequal spread (White 1980, HC1).

    Parameters
    ----------
    overall : array_like
    poor, excellent : array_like
        One column an item, 0 or 1.
    counts : array_like
        How often each row was given.
    """
    from statistics import NormalDist

    y, n = np.asarray(overall, dtype=float), np.asarray(counts, dtype=float)
    low, high = np.asarray(poor, dtype=float), np.asarray(excellent, dtype=float)
    x = np.column_stack([np.ones(len(y)), low, high])
    cross = x.T @ (x * n[:, None])
    if np.linalg.matrix_rank(cross) < len(cross) or n.sum() <= len(cross):
        return None
    inverse = np.linalg.inv(cross)
    slopes = inverse @ (x.T @ (n * y))
    rest = y - x @ slopes
    meat = x.T @ (x * (n * rest**2)[:, None]) * (n.sum() / (n.sum() - len(cross)))
    half = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(np.diag(inverse @ meat @ inverse))
    items = low.shape[1]
    return [Contrast(*(float(v) for place in (1 + item, 1 + items + item) for v in (
        slopes[place], slopes[place] - half[place], slopes[place] + half[place]))) for item in range(items)]


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha.

    Attributes
    ----------
    value, standardised : float
    low, high : float
        Feldt's interval.
    dropped : tuple of float
        Alpha without each item.
    """

    value: float
    standardised: float
    low: float
    high: float
    dropped: tuple[float, ...]


def cronbach(items: ArrayLike, counts: ArrayLike | None = None, level: float = 0.95) -> Alpha | None:
    """Return how far items measure one thing; rows with a gap are left out. None with fewer than 2 items or 3 rows.

    Cronbach (1951), Psychometrika 16:297-334; interval of Feldt, Woodruff & Salih (1987), Applied Psychological
    Measurement 11:93-103.
    """
    from scipy.stats import f as fisher

    x = np.asarray(items, dtype=float)
    size = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=float)
    x, size = x[~np.isnan(x).any(axis=1)], size[~np.isnan(x).any(axis=1)]
    n, k = int(size.sum()), x.shape[1]
    cov = covariance(x, size) if n >= 3 and k >= 2 else np.zeros((1, 1))
    if cov.sum() <= 0 or (np.diag(cov) <= 0).any():
        return None
    value = _alpha(cov)
    spread = np.sqrt(np.diag(cov))
    corr = cov / np.outer(spread, spread)
    mean = float((corr.sum() - k) / (k * (k - 1)))
    freedom = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - value) * float(fisher.ppf(0.5 + level / 2, *freedom))
    high = 1 - (1 - value) * float(fisher.ppf(0.5 - level / 2, *freedom))
    dropped = tuple(_alpha(np.delete(np.delete(cov, item, 0), item, 1)) if k > 2 else float("nan")
                    for item in range(k))
    return Alpha(value, k * mean / (1 + (k - 1) * mean), low, high, dropped)


def _alpha(cov: Matrix) -> float:
    k = len(cov)
    return float(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))


@dataclass(frozen=True)
class Place:
    """One item of the CS portfolio, in deviation scores (mean 50, standard deviation 10).

    Attributes
    ----------
    performance, importance : float
    improvement : float
        改善度: distance from the middle × how far it points to low satisfaction and high importance.
    quadrant : str
        ``keep`` (both high), ``maintain`` (satisfied, of little weight), ``improve`` (both low), ``first``
        (dissatisfied and weighty: mend first).
    """

    performance: float
    importance: float
    improvement: float
    quadrant: str


def portfolio(performance: ArrayLike, weight: ArrayLike) -> list[Place] | None:
    """Return where each item lies in the CS portfolio; None where items do not differ.

    Kan Tamio's CS portfolio as taught in Japan: x = importance, y = satisfaction, both as deviation scores with the
    population's standard deviation; improvement = distance × (90 - θ) ÷ 90, θ measured from the direction in which
    satisfaction falls as fast as importance grows.
    """
    x, y = (_deviation(values) for values in (weight, performance))
    if x is None or y is None:
        return None
    return [Place(float(b), float(a), _improvement(float(a) - 50, float(b) - 50), _quadrant(float(a), float(b)))
            for a, b in zip(x, y, strict=True)]


def _deviation(values: ArrayLike) -> Vector | None:
    x = np.asarray(values, dtype=float)
    spread = float(x.std())
    return None if spread == 0 else 50 + 10 * (x - x.mean()) / spread


def _improvement(right: float, up: float) -> float:
    if right == 0 and up == 0:
        return 0.0
    angle = abs((degrees(np.arctan2(up, right)) + 45 + 180) % 360 - 180)
    return hypot(right, up) * (90 - angle) / 90


def _quadrant(weight: float, performance: float) -> str:
    if performance >= 50:
        return "keep" if weight >= 50 else "maintain"
    return "first" if weight >= 50 else "improve"


def ranks(values: Sequence[float]) -> list[int]:
    """Return 1 for the largest; equal values share the better rank."""
    return [1 + sum(other > value for other in values) for value in values]
