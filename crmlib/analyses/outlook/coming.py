"""Purchases to come in all, with an interval that holds chance, the uncertain parameters and the model's last miss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

from crmlib.analyses.outlook.models import Fitted
from crmlib.dataset import months
from crmlib.methods import btyd
from crmlib.methods.prior import PRIOR
from crmlib.methods.seasonality import seasonal_index

if TYPE_CHECKING:
    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.proof import Proof
    from crmlib.dataset import Dataset
    from crmlib.settings import OutlookSettings

DAYS = (30, 90, 365)
LEVEL = 0.95
#: Customers in each repeat of the bootstrap, at most: more would only cost time, the spread is scaled.
RESAMPLED = 50_000
#: A month this far above the average is a peak the models do not see coming.
PEAK = 1.2


@dataclass(frozen=True)
class Coming:
    """Purchase days to expect of known customers within some days."""

    days: int
    expected: float
    low: float
    high: float


def coming(data: Dataset, fit: Fitted, who: Known, before: Known, proof: Proof,
           settings: OutlookSettings, index: dict[int, float]) -> tuple[Coming, ...]:
    """Return the totals of the next 30, 90 and 365 days.

    Notes
    -----
    The variance of a total is the sum of three: that of the parameters, from refitting to resampled customers; that of
    chance, from how far single customers were from their forecast in the hold-back; and the square of the relative
    miss of the hold-back's total, since a model that was wrong once may be again. The season's factor is taken in only
    where it brought the hold-back's total closer.
    """
    spread = spreads(data, fit, who, settings)
    frame, horizon = before.frame, settings.horizon_days
    miss = 1.0 if proof.error is None else proof.error
    noise = float(((fit.expected(before, horizon) - frame["later_days"].to_numpy(dtype=float)) ** 2).sum())
    grown = len(who.frame) / max(len(frame), 1)
    z, found = NormalDist().inv_cdf(0.5 + LEVEL / 2), []
    for days in DAYS:
        total = float(fit.expected(who, days).sum()) * (factor(index, who.until, days) if proof.lifted != 1 else 1.0)
        spread_of = (spread[str(days)] + noise * grown * days / horizon + (miss * total) ** 2) ** 0.5
        found.append(Coming(days, total, max(total - z * spread_of, 0.0), total + z * spread_of))
    return tuple(found)


def spreads(data: Dataset, fit: Fitted, who: Known, settings: OutlookSettings) -> dict[str, float]:
    """Return the variance of each total that comes from the parameters; costly, so kept with the prepared data."""
    import numpy as np

    rows = who.rows
    part = min(1.0, RESAMPLED / max(len(who.frame), 1))
    prior = None if settings.prior == "none" else PRIOR

    def compute() -> dict[str, float]:
        draw = np.random.default_rng(0)
        totals = []
        for _ in range(settings.resamples):
            weight = draw.poisson(rows.weight * part).astype(float)
            kept = weight > 0
            if not kept.any():
                continue
            again = btyd.fit(btyd.Histories(rows.x[kept], rows.t_x[kept], rows.age[kept], weight[kept]), fit.model,
                             prior, start=fit.parameters)
            totals.append([btyd.dot(rows.weight, btyd.expected(again.parameters, rows, days)) for days in DAYS])
        spread = np.var(totals, axis=0, ddof=1) * part if len(totals) > 1 else np.zeros(len(DAYS))
        return {str(days): float(v) for days, v in zip(DAYS, spread, strict=True)}

    return data.memo("outlook_spread", [fit.model, settings.prior, settings.resamples, who.until, len(who.frame)],
                     compute)


def season(data: Dataset, before: date) -> dict[int, float]:
    """Return the index of each calendar month by the orders of whole months before a day; empty under two years."""
    found = data.query("trends_days")
    orders: dict[str, int] = {}
    for day, n in zip(found["business_date"], found["orders"], strict=True):
        if day.date() < before:
            month = months.month_of(day.date(), data.settings.calendar.closing_day)
            orders[month] = orders.get(month, 0) + int(n)
    # The first and the last month may have begun late or not be over.
    whole = sorted(orders)[1:-1] if orders else []
    if len(whole) < 24:
        return {}
    values = [float(orders.get(months.shift(whole[0], n), 0)) for n in range(_span(whole[0], whole[-1]) + 1)]
    return {month: one[0] for month, one in seasonal_index(values, int(whole[0][5:])).items()}


def _span(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])


def factor(index: dict[int, float], start: date, days: int) -> float:
    """Return how far the season lifts or lowers some days from a start on; 1 where it is not known."""
    if not index or days <= 0:
        return 1.0
    return sum(index[(start + timedelta(days=n)).month] for n in range(days)) / days


def peaks(index: dict[int, float], start: date, days: int) -> tuple[int, ...]:
    """Return the calendar months within some days from a start that stand out from the year, the highest first."""
    seen = dict.fromkeys((start + timedelta(days=n)).month for n in range(days))
    return tuple(sorted((m for m in seen if index.get(m, 1.0) >= PEAK), key=lambda m: -index[m]))
