"""Season and calendar: seasonal indices, and what a month's days alone would have brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import fsum

#: Index, lowest and highest single ratio on the same scale, number of ratios.
Season = tuple[float, float, float, int]


def seasonal_ratios(values: Sequence[float], period: int = 12) -> list[float | None]:
    """Return each value ÷ its centred moving average over one period, None where there is no such positive average.

    The first step of the classical multiplicative decomposition: Kendall & Stuart (1983), The Advanced Theory of
    Statistics 3, 410-414; the same as R's ``decompose(type = "multiplicative")``.
    """
    half = period // 2
    ends = 0.5 if period % 2 == 0 else 1.0
    weights = [ends, *[1.0] * (2 * half - 1), ends]
    ratios: list[float | None] = []
    for place, value in enumerate(values):
        window = values[place - half:place + half + 1] if place >= half else ()
        trend = fsum(w * v for w, v in zip(weights, window, strict=False)) / period
        ratios.append(value / trend if len(window) == len(weights) and trend > 0 else None)
    return ratios


def seasonal_index(values: Sequence[float], first: int = 1, period: int = 12) -> dict[int, Season]:
    """Return how far each season lies above or below its surroundings.

    Parameters
    ----------
    values : sequence of float
        One a month, without a gap.
    first : int
        Season (month number, from 1) of the first value.
    period : int

    Returns
    -------
    dict
        season → index (1 = average; the indices average 1), lowest and highest single ratio brought to the same scale,
        and the number of ratios. Empty unless every season has a ratio.
    """
    found: dict[int, list[float]] = {season: [] for season in range(1, period + 1)}
    for place, ratio in enumerate(seasonal_ratios(values, period)):
        if ratio is not None:
            found[(first - 1 + place) % period + 1].append(ratio)
    if not all(found.values()):
        return {}
    means = {season: sum(ratios) / len(ratios) for season, ratios in found.items()}
    scale = sum(means.values()) / period
    return {season: (means[season] / scale, min(ratios) / scale, max(ratios) / scale, len(ratios))
            for season, ratios in found.items()}


def expected_total(days: Iterable[int], before: Mapping[int, tuple[int, int]]) -> Fraction | None:
    """Return what these days would have brought at an earlier month's average per kind of day, exactly.

    Direct standardisation: Σ over kinds of (number of days now) × (earlier total ÷ earlier number of days).

    Parameters
    ----------
    days : iterable
        Kind of each day, for instance its weekday.
    before : mapping
        kind → (total, number of days) of the earlier month.

    Returns
    -------
    fractions.Fraction or None
        None when a kind of day did not occur earlier, or there are no days.
    """
    counted: dict[int, int] = {}
    for kind in days:
        counted[kind] = counted.get(kind, 0) + 1
    if not counted or any(before.get(kind, (0, 0))[1] == 0 for kind in counted):
        return None
    return sum((n * Fraction(before[kind][0], before[kind][1]) for kind, n in counted.items()), Fraction(0))


def strengths(values: Sequence[float], period: int) -> tuple[float, float] | None:
    """Return how strong trend and season are (0-1): 1 - Var(remainder) ÷ Var(remainder + part), by STL.

    Wang, Smith & Hyndman (2006), Data Mining and Knowledge Discovery 13:335-364; None with fewer than two seasons.
    """
    import numpy as np
    from statsmodels.tsa.seasonal import STL

    if period < 2 or len(values) < 2 * period or np.ptp(values) == 0:
        return None
    fit = STL(np.asarray(values, dtype=float), period=period).fit()
    parts = (fit.trend, fit.seasonal)
    trend, season = (max(0.0, 1 - float(np.var(fit.resid) / np.var(part + fit.resid))) for part in parts)
    return trend, season
