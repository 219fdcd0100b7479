"""Campaigns for everybody: what would these days have brought without it, judged by other dates?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.campaigns.effects.rows import SERIES, Effect, withheld
from crmlib.methods.experiments.series import counterfactual

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

TOTAL = "sales_total"
#: Longer campaigns are no stretch that the weeks before could stand for.
LONGEST = 35
ALL = "all"


def effects(found: Ground, campaign: Any, daily: pd.DataFrame) -> list[Effect]:
    """Return what the days of a campaign brought beyond the same weekdays before, against placebo dates.

    ``n_arm`` is the number of open days, ``n_control`` of placebo dates.
    """
    row = Effect(campaign.campaign_id, ALL, "placebo_dates", TOTAL, SERIES, 0, 0, unit=found.data.currency)
    if campaign.state != "over":
        return [withheld(row, "running")]
    if not found.sales or daily.empty:
        return [withheld(row, "no_sales")]
    length = (campaign.end_on - campaign.start_on).days + 1
    if length > LONGEST:
        return [withheld(row, "too_long")]
    values, first = _series(found, daily)
    start = (campaign.start_on - first).days
    barred = _barred(found, campaign, first, len(values))
    if start < 0 or barred[start:start + length].any():
        return [withheld(row, "overlap" if start >= 0 else "short_history")]
    told = counterfactual(values, start, length, _with(barred, start, length))
    if told is None:
        return [withheld(row, "short_history")]
    scale = 10.0 ** -found.data.decimals
    return [Effect(row.campaign, row.arm, row.control, row.outcome, SERIES,
                   int((~np.isnan(values[start:start + length])).sum()), told.dates, told.effect * scale,
                   told.low * scale, told.high * scale, told.p, told.placebo * scale, row.unit,
                   mean_arm=told.actual * scale, mean_control=told.expected * scale)]


def _series(found: Ground, daily: pd.DataFrame) -> tuple[np.ndarray, Any]:
    """Return the sales of every day from the first, NaN on days without a purchase, and the first day."""
    days = daily["business_date"].dt.date
    first = days.min()
    values = np.full((found.data.as_of - first).days, np.nan)
    for day, orders, sales in zip(days, daily["orders"], daily["sales"], strict=True):
        if orders > 0:
            values[(day - first).days] = float(sales)
    return values, first


def _barred(found: Ground, campaign: Any, first: Any, length: int) -> np.ndarray:
    """Tell the days of other campaigns for everybody and of the shop's events, as indices from the first day."""
    barred = np.zeros(length, dtype=bool)
    own = (campaign.start_on, campaign.end_on)
    spans = [(o.start_on, o.end_on) for o in found.strange.itertuples()
             if o.campaign_id != campaign.campaign_id and o.start_on is not None and o.kind_of == "everyone"]
    # The shop's calendar names its own campaigns too: those are no other event.
    spans += [(e.start, e.end) for e in found.data.settings.calendar.events if e.end < own[0] or e.start > own[1]]
    for start, end in spans:
        low, high = (start - first).days, (end - first).days + 1
        barred[max(low, 0):max(high, 0)] = True
    return barred


def _with(barred: np.ndarray, start: int, length: int) -> np.ndarray:
    found = barred.copy()
    found[start:start + length] = True
    return found

