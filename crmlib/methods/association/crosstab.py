"""Is this combination more frequent than chance would have it? Cross tables with adjusted residuals."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
#: Expected counts below this make the normal approximation of a residual doubtful (Cochran 1954).
FEW = 5.0
#: A number with the word that may stand for its thousands: 35K, 1.5M, 300万.
NUMBER = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*([KMkm千万億]?)")
WORTH = {"": 1.0, "k": 1e3, "千": 1e3, "万": 1e4, "m": 1e6, "億": 1e8}


def banded(levels: Collection[str]) -> Callable[[str], tuple[float, bool, str]]:
    """Return what levels are sorted by: bands (35-49K, 100-124K, 300万円未満, 65+) by their first number.

    Levels that are not all bands go by their text. In 500-999K the thousands are said once, for both numbers; of two
    bands with the same number, the one that begins with a word or a dash (under 15K, -19) is the lower one.
    """
    every = all(NUMBER.search(level) for level in levels)

    def place(level: str) -> tuple[float, bool, str]:
        found = NUMBER.findall(level) if every else []
        if not found:
            return 0.0, False, level
        (number, own), last = found[0], found[-1][1]
        below = not level[0].isdigit() or level.endswith(("未満", "以下"))
        return float(number.replace(",", "")) * WORTH[(own or last).lower()], not below, level

    return place


def adjusted_residuals(counts: ArrayLike) -> Matrix:
    """Return how far each cell lies from independence, in standard deviations; NaN where too few are expected.

    Haberman (1973), "The analysis of residuals in cross-classified tables", Biometrics 29:205-220: beyond ±2 the cell
    stands out, if it was the only one looked at.
    """
    table = np.asarray(counts, dtype=float)
    whole = table.sum()
    if whole == 0:
        return np.full(table.shape, np.nan)
    down, across = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = down @ across / whole
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = (table - expected) / np.sqrt(expected * (1 - down / whole) * (1 - across / whole))
    return np.where((expected >= FEW) & np.isfinite(residual), residual, np.nan)


def independence(counts: ArrayLike) -> tuple[float, int, float, float] | None:
    """Return χ², its degrees of freedom, its p-value and Cramér's V; None for a table with one row or column.

    Pearson (1900); Cramér (1946), Mathematical Methods of Statistics, p. 282.
    """
    from scipy.special import chdtrc

    table = np.asarray(counts, dtype=float)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape, default=0) < 2:
        return None
    whole = table.sum()
    expected = table.sum(axis=1, keepdims=True) @ table.sum(axis=0, keepdims=True) / whole
    found = float(((table - expected) ** 2 / expected).sum())
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    return found, freedom, float(chdtrc(freedom, found)), float((found / whole / (min(table.shape) - 1)) ** 0.5)
