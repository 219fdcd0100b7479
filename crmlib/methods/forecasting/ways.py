"""Simple ways to say what comes next in a series with a season; a way that cannot speak yet says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
NAIVE = "seasonal_naive"


@dataclass(frozen=True)
class Series:
    """A series of equally long periods, oldest first.

    Attributes
    ----------
    values : numpy.ndarray
        What each period brought; NaN where the shop was mostly closed or it is not known.
    weights : numpy.ndarray
        How much each period's calendar alone would bring, for these periods and the ones ahead (1 = average).
    period : int
        Periods of one season (12 months, 52 weeks); 1 where there is none.
    """

    values: Vector
    weights: Vector
    period: int

    def until(self, end: int) -> Series:
        """Return what was known after ``end`` periods; the calendar ahead is always known."""
        return Series(self.values[:end], self.weights, self.period)

    @property
    def adjusted(self) -> Vector:
        """Logarithm of each value ÷ its weight; NaN where there is none."""
        weights = self.weights[:len(self.values)]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = self.values / weights
            return np.where(ratio > 0, np.log(np.where(ratio > 0, ratio, 1.0)), np.nan)


def same_season(series: Series, steps: int) -> Vector | None:
    """Return the seasonal naive forecast: each period as its last known counterpart, whatever the calendar.

    Hyndman & Athanasopoulos (2021), Forecasting: Principles and Practice, section 5.2.
    """
    known, period = series.values, series.period
    if len(known) < period:
        return None
    out = np.full(steps, np.nan)
    for step in range(steps):
        places = range(len(known) + step % period - period, -1, -period)
        out[step] = next((known[place] for place in places if np.isfinite(known[place])), np.nan)
    return None if np.isnan(out).any() else out


def last_level(series: Series, steps: int) -> Vector | None:
    """Return the level of the latest quarter of a season (at least four periods), under the calendar ahead."""
    recent = series.adjusted[-max(4, series.period // 4):]
    if not np.isfinite(recent).sum() > len(recent) / 2:
        return None
    return _with_calendar(series, np.full(steps, np.nanmean(recent)))


def last_year_and_growth(series: Series, steps: int) -> Vector | None:
    """Return last season's counterparts times the growth of the latest quarter over the one a season earlier."""
    z, period = series.adjusted, series.period
    recent = max(3, period // 4)
    if period == 1 or len(z) < period + recent:
        return None
    growth = (z[-recent:] - z[-recent - period:-period])
    base = z[[len(z) - period + step % period for step in range(steps)]]
    if np.isfinite(growth).sum() < recent / 2 or np.isnan(base).any():
        return None
    return _with_calendar(series, base + np.nanmedian(growth))


def theta(series: Series, steps: int) -> Vector | None:
    """Return the Theta forecast of what remains when the season is taken out, on logarithms.

    Simple exponential smoothing with a drift of half the trend: Assimakopoulos & Nikolopoulos (2000), International
    Journal of Forecasting 16:521-530, in the form of Hyndman & Billah (2003), 19:287-290. The season by STL:
    Cleveland, Cleveland, McRae & Terpenning (1990), Journal of Official Statistics 6:3-73.
    """
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing
    from statsmodels.tsa.seasonal import STL

    z, period = filled(series.adjusted), series.period
    if z is None or len(z) < max(2 * period, 10) or np.ptp(z) == 0:
        return None
    season = STL(z, period=period).fit().seasonal if period > 1 else np.zeros(len(z))
    fit = SimpleExpSmoothing(z - season, initialization_method="heuristic").fit()
    alpha, n = max(float(fit.params["smoothing_level"]), 0.01), len(z)
    half = float(np.polyfit(np.arange(n), z - season, 1)[0]) / 2
    drift = half * (np.arange(steps) + (1 - (1 - alpha) ** n) / alpha)
    ahead = fit.forecast(1)[0] + drift + season[[n - period + step % period for step in range(steps)]]
    return _with_calendar(series, ahead)


def middle(made: Mapping[str, Vector]) -> Vector | None:
    """Return the geometric mean of the other methods; Bates & Granger (1969), Operational Research Quarterly 20."""
    return np.exp(np.mean([np.log(one) for one in made.values()], axis=0)) if len(made) > 1 else None


#: Method → how it forecasts. A method that cannot speak yet returns None. The first one stands until another proved
#: better.
METHODS: Mapping[str, Callable[[Series, int], Vector | None]] = MappingProxyType({
    "level": last_level, "growth": last_year_and_growth, "theta": theta})


def made_by_all(series: Series, steps: int) -> dict[str, Vector]:
    """Return the forecasts of every method that can make one, the seasonal naive one too."""
    found = {name: method(series, steps) for name, method in METHODS.items()}
    made = {name: one for name, one in found.items() if one is not None and (one > 0).all()}
    both = middle(made)
    naive = same_season(series, steps)
    return made | ({"middle": both} if both is not None else {}) | ({NAIVE: naive} if naive is not None else {})


def _with_calendar(series: Series, level: Vector) -> Vector:
    ahead = series.weights[len(series.values):len(series.values) + len(level)]
    return np.exp(level) * ahead


def filled(z: Vector) -> Vector | None:
    """Fill short gaps on a straight line between neighbours; None where more than a fifth is missing."""
    known = np.isfinite(z)
    if known.sum() <= 0.8 * len(z):
        return None
    return np.interp(np.arange(len(z)), np.flatnonzero(known), z[known])
