"""What the page says of sales: only claims that were computed, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.days import overlapping
from crmlib.analyses.trends.months import History, growth
from crmlib.analyses.trends.sales.comparing import calendar
from crmlib.analyses.trends.sales.effects import LEAST_DAYS
from crmlib.analyses.trends.sales.stores import Chain
from crmlib.analyses.trends.sales.watched import hours_plausible, night_share
from crmlib.dataset import months
from crmlib.methods.intervals import usual_range
from crmlib.part import Notes

if TYPE_CHECKING:
    import pandas as pd

#: From which share of a change on it is said to be mostly the calendar's.
MOST = 0.5
MOST_MONTHS = 24


def notes(found: History, frames: Mapping[str, pd.DataFrame], shops: Chain | None, other: str) -> Notes:
    """Return the answer in one sentence, then last month; then what each section has to add."""
    partial: Notes = (("partial", {"last": found.data.as_of - timedelta(days=1)}),) if found.data.period.partial else ()
    like = frames["like_for_like"]
    return (headline(found, like), *partial, *earlier(like), *last_month(found), *moved(found, other),
            *year(found, frames, shops), *rhythm(found, frames["effects"]))


def headline(found: History, table: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """Return the month's sales, and whether they differ from the days 364 days before beyond chance from day to day."""
    month, row = found.data.month, table.iloc[-1]
    values = {"month": month, "sales": found.data.money(found.sold[month].sales)}
    if found.sold[month].orders == 0:
        return "headline_none", values
    if row["change"] != row["change"]:
        return "headline_alone", values
    if row["low"] != row["low"]:
        return "headline_compared", values | {"change": float(row["change"])}
    return f"headline_{verdict(row)}", values | {name: float(row[name]) for name in ("change", "low", "high")}


def verdict(row: Any) -> str:
    """Return up or down where the interval of the change lies clear of nothing, else level."""
    return "up" if row["low"] > 0 else "down" if row["high"] < 0 else "level"


def earlier(table: pd.DataFrame) -> Notes:
    """Return the range in which the changes of the whole months before lay, from twelve on."""
    past = table.iloc[:-1]
    known = [float(c) for c in past.loc[past["change"].notna() & ~past["partial"], "change"]]
    ends = usual_range(known)
    if ends is None or table["change"].isna().iloc[-1]:
        return ()
    return (("past_range", {"months": min(len(known), MOST_MONTHS), "lowest": ends[0], "highest": ends[1]}),)


def last_month(found: History) -> Notes:
    """Return the change against last month, with what the number and mix of open days explain of it."""
    data = found.data
    steps = dict(calendar(found, months.shift(data.month, -1)).itertuples(index=False))
    if not steps or steps["before"] <= 0 or steps["now"] == steps["before"]:
        return ()
    step = steps["now"] - steps["before"]
    same_way = step * steps["calendar"] > 0 and abs(steps["calendar"]) >= MOST * abs(step)
    values = {"change": step / steps["before"], **{name: data.money(int(steps[name])) for name in ("calendar", "rest")}}
    return (("mom_mostly_days" if same_way else "mom_days", values),)


def moved(found: History, other: str) -> Notes:
    """Return why there is no bridge, or what its groups rest on."""
    if not other:
        return (("moved.no_bridge", {}),)
    data, days = found.data, found.data.settings.customers.lost_after_days
    start = found.period(other).start
    if data.oldest is not None and (start - data.oldest).days <= days:
        return (("moved.short_history", {"first": data.oldest, "days": days}),)
    return ()


def year(found: History, frames: Mapping[str, pd.DataFrame], shops: Chain | None) -> Notes:
    """Return the change of the stores open in both years, and what the year cannot tell yet."""
    same = shops.existing(found, found.data.month) if shops else None
    change = growth(*same[:2]) if same else None
    told: list[tuple[str, Mapping[str, Any]]] = []
    if same and change is not None:
        told.append(("year.same_store", {"stores": same[2], "listed": len(frames["stores"]), "change": change}))
    if frames["moving_totals"].empty:
        told.append(("year.too_short", {"months": sum(found.whole(ym) for ym in found.sold)}))
    return tuple(told)


def rhythm(found: History, effects: pd.DataFrame) -> Notes:
    """Return what is odd about the clock and the shop's events."""
    share = night_share(found)
    told: list[tuple[str, Mapping[str, Any]]] = []
    if not all(check.ok for check in hours_plausible(found)):
        time = found.data.settings.time
        told.append(("rhythm.odd_hours", {"share": share, "source": time.source_tz, "business": time.business_tz}))
    told += [("events.overlap", {"one": one, "other": two, "days": days})
             for one, two, days in overlapping(found.data.settings.calendar)]
    if effects.empty:
        told.append(("events.no_effects", {"days": LEAST_DAYS}))
    return tuple(told)
