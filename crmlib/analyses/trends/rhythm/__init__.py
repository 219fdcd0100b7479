"""The rhythm of the trends page: which weekdays, hours, months and events sell, and to whom?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.rhythm.events import EVENT, demand, recent, spans
from crmlib.analyses.trends.rhythm.peaks import lead, makers, peaks
from crmlib.analyses.trends.rhythm.seasons import seasons
from crmlib.analyses.trends.rhythm.shown import figures
from crmlib.analyses.trends.rhythm.taking_part import taking_part
from crmlib.analyses.trends.rhythm.weekdays import weekday, weekday_hour
from crmlib.analyses.trends.rhythm.windows import best_windows, day_parts
from crmlib.part import (
    CODE,
    COUNT,
    DATE,
    DAYS,
    INDEX,
    LEVEL,
    MONEY,
    MONTH,
    ORDERS,
    PEOPLE,
    RATIO,
    FactKinds,
    Notes,
    Part,
    tables,
)
from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import TrendsSettings

FACTS: FactKinds = {}
_RATE, _CHANGE = {"low": RATIO, "high": RATIO}, {"change": RATIO, "low": RATIO, "high": RATIO}
COLUMNS: dict[str, dict[str, Column]] = {
    "weekday": {"dow": CODE, "days": DAYS, "orders": ORDERS, "sales": MONEY, "sales_per_day": MONEY, "index": INDEX},
    "weekday_hour": {"dow": CODE, "hour": CODE, "orders": ORDERS},
    "day_parts": {"part": CODE, "from_hour": COUNT, "to_hour": COUNT, "orders": ORDERS, "share": RATIO,
                  "per_hour": INDEX},
    "best_windows": {"rfm_segment": CODE, "dow": CODE, "part": CODE, "buyers": PEOPLE, "customers": PEOPLE,
                     "share": RATIO, **_RATE, "next_share": RATIO, "clear": CODE},
    "seasonal_index": {"category": CODE, "calendar_month": CODE, "index": INDEX, "low": INDEX, "high": INDEX,
                       "years": COUNT},
    "peak_makers": {"category": CODE, "month": MONTH, "attribute": CODE, "level": CODE, "customers": PEOPLE,
                    "sales": MONEY, "share": RATIO, "usual": MONEY, "extra": MONEY, "contribution": RATIO},
    "peak_lead": {"category": CODE, "month": MONTH, "peak_week": DATE, "best_customers": PEOPLE,
                  "other_customers": PEOPLE, "best_weeks": INDEX, "other_weeks": INDEX, "lead_weeks": INDEX,
                  "low": INDEX, "high": INDEX},
    "events": {"kind": CODE, "event": CODE, "start": DATE, "end": DATE, "days": DAYS, "closed": DAYS, "orders": ORDERS,
               "sales": MONEY, "expected": MONEY, **_CHANGE},
    "participation": {"kind": CODE, "event": CODE, "start": DATE, "rfm_segment": CODE, "customers": PEOPLE,
                      "participants": PEOPLE, "share": RATIO, **_RATE, "usual": RATIO},
}
#: The column of people behind a row, and inside what they add up to something published.
SMALL: dict[str, dict[str, Any]] = {
    "best_windows": {"count": "customers", "within": ("rfm_segment", "dow", "part")},
    "peak_makers": {"count": "customers", "within": ("category", "attribute")},
    # What a segment answered in all campaigns stands on their page: a single hidden one would follow from it.
    "participation": {"count": "participants", "within": ("kind", "event", "start"),
                      "across": ("kind", "rfm_segment")}}


def part(found: History, settings: TrendsSettings) -> Part:
    """Find the weekdays, hours, months and events that sell, and who buys then.

    Returns
    -------
    Part
        tables
            weekday: dow, days, orders, sales, sales_per_day, index. weekday_hour: dow, hour, orders. day_parts: part,
            from_hour, to_hour, orders, share, per_hour. best_windows: rfm_segment, dow, part, buyers, customers, share,
            low, high, next_share, clear. seasonal_index: category, calendar_month, index, low, high, years.
            peak_makers: category, month, attribute, level, customers, sales, share, usual, extra, contribution.
            peak_lead: category, month, peak_week, best_customers, other_customers, best_weeks, other_weeks,
            lead_weeks, low, high. events: kind, event, start, end, days, closed, orders, sales, expected, change, low,
            high. participation: kind, event, start, rfm_segment, customers, participants, share, low, high, usual.
    """
    year = seasons(found, settings.seasonal_years)
    tops = peaks(found, year)
    frames = {
        "weekday": weekday(found), "weekday_hour": weekday_hour(found),
        "day_parts": day_parts(found, settings.day_parts),
        "best_windows": best_windows(found, settings.day_parts, LEVEL),
        "seasonal_index": year, "peak_makers": makers(found, tops), "peak_lead": lead(found, tops, LEVEL),
        "events": demand(found, recent(found, spans(found)), LEVEL),
        "participation": taking_part(found, LEVEL),
    }
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=figures(found, frames), notes=notes(found, frames))


def notes(found: History, frames: dict[str, pd.DataFrame]) -> Notes:
    """Return what the section says of what cannot be told, and why."""
    said: list[tuple[str, dict[str, Any]]] = []
    if frames["seasonal_index"].empty:
        said.append(("season.too_short", {"months": sum(found.whole(ym) for ym in found.sold)}))
    elif frames["peak_makers"].empty:
        said.append(("season.no_peak", {}))
    if frames["weekday_hour"].empty:
        said.append(("rhythm.no_hours", {}))
    lead_row = frames["peak_lead"].iloc[0].to_dict() if len(frames["peak_lead"]) else {}
    if lead_row:
        ahead = "ahead" if lead_row["low"] > 0 else "behind" if lead_row["high"] < 0 else "alike"
        said.append((f"season.lead_{ahead}", {k: lead_row[k] for k in ("category", "month", "low", "high")}
                     | {"weeks": abs(lead_row["lead_weeks"])}))
    if frames["events"].empty or not (frames["events"]["kind"] == EVENT).any():
        said.append(("events.none", {}))
    return tuple(said)
