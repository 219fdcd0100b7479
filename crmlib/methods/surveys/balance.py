"""How those who answered differ from all, and what a self-selected crowd is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

#: A standardised difference beyond this is worth a look: Austin (2009), Statistics in Medicine 28:3083-3107.
NOTABLE = 0.1


def standardised_difference(values: ArrayLike, answered: ArrayLike, weights: ArrayLike | None = None,
                            counts: ArrayLike | None = None) -> float | None:
    """Return (mean of those who answered - mean of all) ÷ standard deviation of all; None where all are equal.

    Parameters
    ----------
    values : array_like
        One a row: a number, or 0 and 1 for belonging to a level.
    answered : array_like of bool
        Which rows answered.
    weights : array_like, optional
        Weight of each row that answered, in order (of the whole row, where it stands for several customers).
    counts : array_like, optional
        Customers a row stands for.
    """
    x, came = np.asarray(values, dtype=float), np.asarray(answered, dtype=bool)
    size = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=float)
    mean = float(np.average(x, weights=size))
    spread = float(np.average((x - mean) ** 2, weights=size)) ** 0.5
    if spread == 0 or not came.any():
        return None
    w = size[came] if weights is None else np.asarray(weights, dtype=float)
    return (float(np.average(x[came], weights=w)) - mean) / spread


def r_indicator(chance: ArrayLike, counts: ArrayLike | None = None) -> float:
    """Return how representative the answers are, 1 = every customer equally likely: 1 - 2 · SD of the chances.

    Bethlehem, Cobben & Schouten (2009), Survey Methodology 35:101-113.
    """
    rho = np.asarray(chance, dtype=float)
    size = np.ones(len(rho)) if counts is None else np.asarray(counts, dtype=float)
    mean = np.average(rho, weights=size)
    return float(1 - 2 * np.average((rho - mean) ** 2, weights=size) ** 0.5)


def partial_r(chance: ArrayLike, levels: ArrayLike, counts: ArrayLike | None = None) -> float:
    """Return how much of the unevenness an attribute accounts for: SD of the chances' means between its levels.

    The unconditional partial indicator of Schouten, Shlomo & Skinner (2011), Journal of Official Statistics 27.
    """
    rho, codes = np.asarray(chance, dtype=float), np.unique(np.asarray(levels), return_inverse=True)[1]
    each = np.ones(len(rho)) if counts is None else np.asarray(counts, dtype=float)
    size = np.bincount(codes, weights=each)
    mean = np.bincount(codes, weights=each * rho) / size
    whole = np.average(rho, weights=each)
    return float(np.sqrt((size * (mean - whole) ** 2).sum() / each.sum()))


@dataclass(frozen=True)
class Selection:
    """What a crowd that chose itself is worth.

    Attributes
    ----------
    rho : float
        Correlation of having spoken with the score, among all.
    effective : float
        Size of a simple random sample with the same squared error.
    """

    rho: float
    effective: float


def meng(mean_spoken: float, mean_all: float, spread: float, spoken: int, everyone: int) -> Selection | None:
    """Return the data-defect correlation and the effective size of answers that were not drawn at random.

    error = ρ · √((N - n) ÷ n) · σ, and n_eff = f ÷ ((1 - f) · ρ²) with f = n ÷ N: Meng (2018), Annals of Applied
    Statistics 12:685-726, equations 2.3 and 3.5.

    Parameters
    ----------
    mean_spoken, mean_all : float
        Mean score of those who spoke, and the best estimate for all.
    spread : float
        Standard deviation of the score among all.
    spoken, everyone : int
    """
    if not 0 < spoken < everyone or spread <= 0:
        return None
    rho = (mean_spoken - mean_all) / (spread * ((everyone - spoken) / spoken) ** 0.5)
    part = spoken / everyone
    return Selection(rho, part / ((1 - part) * rho**2) if rho else float("inf"))


def worst_case(share: float, rate: float) -> tuple[float, float]:
    """Return the bounds of a share among all when those silent may all be one way or the other.

    Manski (1989), Journal of Human Resources 24:343-360.
    """
    return rate * share, rate * share + 1 - rate
