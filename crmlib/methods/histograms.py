"""Medians and quantiles from ``value, count`` tables: exact, and equal on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


def quantile(values: ArrayLike, counts: ArrayLike, q: float) -> float | None:
    """Return the q-quantile of values that each occur ``count`` times.

    Linear interpolation between order statistics (Hyndman & Fan 1996, The American Statistician 50, type 7),
    as numpy and R do by default; None without any value.
    """
    ordered = np.argsort(np.asarray(values), kind="stable")
    value, count = np.asarray(values)[ordered], np.asarray(counts)[ordered]
    last = np.cumsum(count)
    if len(last) == 0 or last[-1] == 0:
        return None
    place = q * (int(last[-1]) - 1)
    below, above = (value[np.searchsorted(last, int(k), side="right")] for k in (np.floor(place), np.ceil(place)))
    return float(below + (above - below) * (place - np.floor(place)))


def median(values: ArrayLike, counts: ArrayLike) -> float | None:
    """Return the median of values that each occur ``count`` times."""
    return quantile(values, counts, 0.5)


def medians(frame: pd.DataFrame, by: str, value: str = "value", count: str = "customers") -> dict[str, float | None]:
    """Return the median of each group of a histogram in long form."""
    return {str(key): median(part[value], part[count]) for key, part in frame.groupby(by, sort=True)}
