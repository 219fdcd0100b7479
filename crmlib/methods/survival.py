"""How many have come back by now, when some have not had the time to? Kaplan-Meier with intervals.

Kaplan & Meier (1958), Journal of the American Statistical Association 53:457-481; variance by Greenwood (1926);
intervals on the log(-log) scale, which stay between 0 and 1 (Kalbfleisch & Prentice 1980, section 1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class Curve:
    """A survival curve at the times of events.

    Attributes
    ----------
    times : numpy.ndarray
        Distinct times with at least one event, ascending.
    at_risk, events : numpy.ndarray
        Still followed just before each time, and with the event at it.
    survival, low, high : numpy.ndarray
        Share without the event after each time, with its interval.
    """

    times: Vector
    at_risk: Vector
    events: Vector
    survival: Vector
    low: Vector
    high: Vector
    longest: float

    def at(self, time: float) -> tuple[float, float, float] | None:
        """Return share without the event and its interval at a time; None beyond what was followed."""
        if not time <= self.longest:
            return None
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return (1.0, 1.0, 1.0) if place < 0 else (
            float(self.survival[place]), float(self.low[place]), float(self.high[place]))

    def median(self) -> float | None:
        """Return the time by which half had the event; None where fewer ever had."""
        below = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(time: ArrayLike, event: ArrayLike, count: ArrayLike | None = None, level: float = LEVEL) -> Curve:
    """Return the curve of follow-up times that ended with the event, or were still without it when seen last.

    Parameters
    ----------
    time : array_like
        Time from entry to the event, or to the end of what is known.
    event : array_like of bool
        Whether the event came; otherwise the time is censored. Who is censored at the time of an event still counts
        as at risk at it.
    count : array_like, optional
        Number of subjects with this time and outcome.
    """
    time, event = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    count = np.ones(len(time)) if count is None else np.asarray(count, dtype=float)
    moments = np.unique(time[event & (count > 0)])
    order = np.argsort(time, kind="stable")
    behind = np.concatenate([np.cumsum(count[order][::-1])[::-1], [0.0]])
    at_risk = behind[np.searchsorted(time[order], moments, side="left")]
    place = np.searchsorted(moments, time[event])
    events = np.bincount(place, weights=count[event], minlength=len(moments)).astype(float)
    survival = np.cumprod(1 - events / at_risk)
    low, high = _interval(survival, at_risk, events, level)
    return Curve(moments, at_risk, events, survival, low, high, float(time.max()) if len(time) else 0.0)


def _interval(survival: Vector, at_risk: Vector, events: Vector, level: float) -> tuple[Vector, Vector]:
    """Limits by log(-log); where the share is 0 or 1 there is no such limit and the widest honest one stands."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(left > 0, events / (at_risk * left), np.inf))
        spread = z * np.sqrt(greenwood) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    inside = (survival > 0) & (survival < 1)
    return np.where(inside, low, 0.0), np.where(inside, high, 1.0)
