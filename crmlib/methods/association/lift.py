"""Are two products together in more baskets than chance would put there, when large baskets hold everything?

The raw lift compares with baskets of equal size and is above 1 for nearly every frequent pair, because two products
meet in large baskets without having anything to do with each other. Here chance is asked within months and basket
sizes: in a basket of s different products there is room for s - 1 others beside a given one. With inclusion shares p
and D = Σp(1-p), two products meet with p_a p_b (1 - (1 - p_a)(1 - p_b) / D) (Hájek 1964, Annals of Mathematical
Statistics 35:1491-1523, sampling of a fixed size; D less the two products' own p(1-p) on average, with which the others
of a basket add up to s - 1), summed over the strata as Mantel & Haenszel do (1959, Journal of the National Cancer
Institute 22:719-748).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
LEVEL = 0.95
#: Sizes up to here are classes of their own; above, a class ends where its largest basket is a third larger.
EXACT, WIDTH = 4, 4 / 3
CHUNK = 2048


def size_classes(most: int) -> list[int]:
    """Return the class (from 1) of each number of different products from 1 to ``most``."""
    found, number, end = [], 0, 0
    for size in range(1, most + 1):
        if size > end:
            number, end = number + 1, size if size <= EXACT else max(int(size * WIDTH), size + 1)
        found.append(number)
    return found


@dataclass(frozen=True)
class Strata:
    """Baskets alike in month and size.

    Attributes
    ----------
    baskets : numpy.ndarray
        Number of baskets in each stratum.
    room : numpy.ndarray
        Σp(1-p) over all products, the room that fixed sizes leave; 0 where every basket holds the same.
    spread : numpy.ndarray
        Mean of s(s-1) ÷ (mean s)(mean s - 1): more than 1 where sizes in the stratum differ; 0 for baskets of one.
    """

    baskets: Vector
    room: Vector
    spread: Vector


def strata(baskets: Vector, products: Vector, square: Vector, shared: Vector) -> Strata:
    """Return strata from their number of baskets, Σs, Σs² and Σn² (n: baskets of each product)."""
    mean = products / baskets
    ordered = np.maximum(mean * (mean - 1), 1e-12)
    spread = np.where(mean > 1, (square - products) / baskets / ordered, 0.0)
    return Strata(baskets, np.maximum(mean - shared / baskets**2, 0.0), spread)


def expected(share: Vector, a: NDArray[np.int64], b: NDArray[np.int64], known: Strata,
             parts: NDArray[np.bool_]) -> Vector:
    """Return how many baskets chance alone would give each pair.

    Parameters
    ----------
    share : numpy.ndarray
        Products × strata: the share of the stratum's baskets that hold the product.
    a, b : numpy.ndarray
        Rows of ``share``, one pair each.
    parts : numpy.ndarray
        Parts × strata: over which strata each sum goes.

    Returns
    -------
    numpy.ndarray
        Pairs × parts.
    """
    weight = (known.baskets * known.spread)[None, :] * parts
    found = np.zeros((len(a), len(parts)))
    for start in range(0, len(a), CHUNK):
        one, other = (share[side[start:start + CHUNK]] for side in (a, b))
        found[start:start + CHUNK] = together(one, other, known.room) @ weight.T
    return found


def together(one: Vector, other: Vector, room: Vector) -> Vector:
    """Return the share of baskets that hold both products by chance, from their shares and the room of each stratum."""
    without = (1 - one) * (1 - other)
    own = (one * (1 - one) + other * (1 - other)) / 2
    left = np.maximum(room - own, 1e-9)
    return one * other * np.maximum(1 - np.where(without > 0, without / left, 0.0), 0.0)


def count_interval(count: Vector, level: float = LEVEL) -> tuple[Vector, Vector]:
    """Return exact limits of Poisson counts: Garwood (1936), Biometrika 28:437-442."""
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return low, np.asarray(gammaincinv(count + 1, 1 - tail), dtype=float)
