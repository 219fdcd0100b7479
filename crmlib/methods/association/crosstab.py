"""Is this combination more frequent than chance would have it? Cross tables with adjusted residuals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
#: Expected counts below this make the normal approximation of a residual doubtful (Cochran 1954).
FEW = 5.0


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
