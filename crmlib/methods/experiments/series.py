"""What would a stretch of days have brought without the campaign, when nobody was left out of it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
WEEKS, LEAST = 8, 20
_ENDS = (2.5, 97.5)


@dataclass(frozen=True)
class Counterfactual:
    """What the days brought beside what they would have.

    Attributes
    ----------
    actual, expected : float
    effect, low, high : float
        actual - expected, with the interval in which errors on other dates lay.
    p : float
        Share of other dates, these days counted as one of them, on which the error was as large.
    placebo : float
        Usual error on other dates, in the money of these days: 0 where the way is fair.
    dates : int
        Number of other dates.
    """

    actual: float
    expected: float
    effect: float
    low: float
    high: float
    p: float
    placebo: float
    dates: int


def counterfactual(values: ArrayLike, start: int, length: int, barred: ArrayLike,
                   most: int = 104) -> Counterfactual | None:
    """Return what ``length`` days from ``start`` brought beyond the same weekdays of the eight weeks before.

    The interval comes from the errors of the same forecast on earlier dates, each some whole weeks before (so that the
    weekdays are the same) and clear of barred days: Abadie, Diamond & Hainmueller (2010), JASA 105:493-505, section
    3.4, in time instead of places. None with fewer than 20 such dates.

    Parameters
    ----------
    values : array_like
        One number a day; NaN for closed days.
    barred : array_like of bool
        Days of campaigns and events, which no placebo may hold.
    most : int
        Weeks looked back.
    """
    series, closed = np.asarray(values, dtype=float), np.asarray(barred, dtype=bool)
    found = _apart(series, start, length)
    errors = [error for week in range(-(-length // 7), most + 1)
              if (error := _error(series, start - 7 * week, length, closed)) is not None]
    if found is None or len(errors) < LEAST or found[1] <= 0:
        return None
    actual, expected = found
    low, high = (float(np.percentile(errors, end)) for end in _ENDS)
    own = actual / expected - 1
    # How far from the usual error, so that a way that always errs to one side does not call that an effect.
    usual = float(np.median(errors))
    beyond = int((np.abs(np.array(errors) - usual) >= abs(own - usual)).sum())
    return Counterfactual(actual, expected, actual - expected, actual - expected * (1 + high),
                          actual - expected * (1 + low), (1 + beyond) / (1 + len(errors)), usual * expected,
                          len(errors))


def _error(series: Vector, start: int, length: int, barred: NDArray[np.bool_]) -> float | None:
    if start < 7 * WEEKS or barred[start:start + length].any():
        return None
    found = _apart(series, start, length)
    return found[0] / found[1] - 1 if found is not None and found[1] > 0 else None


def _apart(series: Vector, start: int, length: int) -> tuple[float, float] | None:
    """Return what open days brought and what the same weekdays of the weeks before would let expect."""
    if start < 7 * WEEKS or start + length > len(series):
        return None
    actual = expected = 0.0
    for day in range(start, start + length):
        if np.isnan(series[day]):
            continue
        first = day - 7 * (-(-(day - start + 1) // 7))
        before = series[[first - 7 * week for week in range(WEEKS)]] if first >= 7 * (WEEKS - 1) else np.array([])
        open_days = before[~np.isnan(before)]
        if not len(open_days):
            return None
        actual, expected = actual + float(series[day]), expected + float(open_days.mean())
    return actual, expected
