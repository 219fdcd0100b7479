"""Days that stand out from their weekday and their weeks, and what the calendar knows about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.trends.days import described

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.trends.months import History
    from crmlib.methods.forecasting import Vector

#: Days that must be open before a day can be said to stand out: eight weeks.
FEWEST = 56
#: Weeks on either side that fill a closed day.
AROUND = 4
ANOMALIES = {"date": "object", "dow": "int64", "sales": "int64", "expected": "int64", "z": "float64", "cause": "str",
             "event": "str"}
#: Scale that makes the median absolute deviation of normal noise its standard deviation.
NORMAL = 1.4826


def unusual(found: History, limit: float, shown: int) -> pd.DataFrame | None:
    """Return the open days that lie far from what their weekday and their weeks let expect; None with too few days.

    Parameters
    ----------
    limit : float
        How many robust standard deviations away a day must lie.
    shown : int
        Only the latest so many months are listed; all days are used.

    Returns
    -------
    pandas.DataFrame
        date, dow (1 = Monday), sales, expected (minor units), z (robust standard deviations of log sales), cause
        (what the calendar knows of the day; ``unknown`` where nothing), event (name of the shop's own event).

    Notes
    -----
    STL (Cleveland et al. 1990) of log sales with the week as season, fitted robustly; closed days are filled from the
    same weekday around them and never judged. The scale is the median absolute deviation of the remainders.
    """
    import pandas as pd

    days = _openable(found.daily)
    known = days["open"].astype(bool) & (days["sales"] > 0)
    if int(known.sum()) < FEWEST:
        return None
    fitted = _fitted(days, known.to_numpy())
    rest = np.log(days["sales"].where(known).to_numpy(dtype=float)) - fitted
    middle = float(np.nanmedian(rest))
    scale = NORMAL * float(np.nanmedian(np.abs(rest - middle)))
    if scale <= 0:
        return pd.DataFrame(columns=list(ANOMALIES)).astype(ANOMALIES)
    score = (rest - middle) / scale
    first = sorted(found.sold)[-shown:][0]
    out = days.assign(expected=np.round(np.exp(fitted + middle)).astype("int64"), z=score)
    out = out[known.to_numpy() & (np.abs(score) > limit) & (out["ym"] >= first).to_numpy()]
    causes = [cause(day, z, found) for day, z in zip(out["date"], out["z"], strict=True)]
    return out.assign(cause=causes)[list(ANOMALIES)].astype(ANOMALIES).reset_index(drop=True)


def _openable(daily: pd.DataFrame) -> pd.DataFrame:
    """Leave out the weekdays on which the shop mostly does not open, so that the week's rhythm has no holes."""
    share = daily.groupby("dow")["open"].mean()
    kept = set(share[share >= 0.5].index)
    return daily[daily["dow"].isin(kept)].reset_index(drop=True)


def _fitted(days: pd.DataFrame, known: np.ndarray) -> Vector:
    """Return the log sales that week and weekday let expect of each day."""
    from statsmodels.tsa.seasonal import STL

    values = np.where(known, np.log(np.where(known, days["sales"], 1).astype(float)), np.nan)
    period = days["dow"].nunique()
    filled, places = values.copy(), np.arange(len(values))
    for hole in np.flatnonzero(~known):
        near = values[(places % period == hole % period) & (np.abs(places - hole) <= AROUND * period)]
        filled[hole] = np.nanmedian(near) if np.isfinite(near).any() else np.nanmedian(values)
    if period < 2:
        return np.full(len(values), np.nanmedian(values))
    smooth = 2 * AROUND * period + 1  # a shorter trend would follow the very days that should stand out
    fit = STL(filled, period=period, seasonal=35, trend=smooth, robust=True).fit()
    return np.asarray(fit.trend + fit.seasonal, dtype=float)


def cause(day: date, z: float, found: History) -> str:
    """Return what the calendar knows of a day and its neighbours that may have moved its sales; else ``unknown``."""
    calendar = found.data.settings.calendar
    before, here, after = described([day + timedelta(days=n) for n in (-1, 0, 1)], calendar).to_dict("records")
    if here["event"]:
        return "event"
    if here["season"]:
        return str(here["season"])
    for name, one in (("holiday", here), ("before_holiday", after), ("after_holiday", before)):
        if one["holiday"]:
            return name
    if after["closed"] or before["closed"]:
        return "beside_closed"
    return next((name for name in ("payday", "gotobi") if z > 0 and here[name]), "unknown")
