"""What the page says of sales: only claims that were computed, with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.part import Notes
from crmlib.analyses.trends.sales.comparing import bridge
from crmlib.dataset import months
from crmlib.methods.intervals import usual_range

if TYPE_CHECKING:
    import pandas as pd

#: From which share of a change on it is said to be mostly the calendar's.
MOST = 0.5
MOST_MONTHS = 24


def notes(found: History, table: pd.DataFrame) -> Notes:
    """Return the answer in one sentence, then last month, from the months like for like."""
    partial: Notes = (("partial", {"last": found.data.as_of - timedelta(days=1)}),) if found.data.period.partial else ()
    return (headline(found, table), *partial, *earlier(table), *last_month(found))


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
    steps = dict(bridge(found, months.shift(data.month, -1)).itertuples(index=False))
    if not steps or steps["before"] <= 0 or steps["now"] == steps["before"]:
        return ()
    step = steps["now"] - steps["before"]
    same_way = step * steps["calendar"] > 0 and abs(steps["calendar"]) >= MOST * abs(step)
    values = {"change": step / steps["before"], **{name: data.money(int(steps[name])) for name in ("calendar", "rest")}}
    return (("mom_mostly_days" if same_way else "mom_days", values),)


def figure_values(found: History, frames: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Return the numbers of every chart's title and alternative text; a chart without a message is left out."""
    makers = {"monthly": ("like_for_like", _monthly), "like_for_like": ("like_for_like", _like_for_like),
              "bridge": ("bridge", _bridge)}
    made = {name: make(found, frames[table]) for name, (table, make) in makers.items() if len(frames[table])}
    return {name: values for name, values in made.items() if values}


def _monthly(found: History, table: pd.DataFrame) -> dict[str, Any]:
    top, low = (table.sort_values(["sales", "month"], ascending=[up, True]).iloc[0] for up in (False, True))
    money = found.data.money
    return {"month": found.data.month, "sales": money(int(table["sales"].iloc[-1])), "shown": len(table),
            "top_month": top["month"], "top": money(int(top["sales"])), "low_month": low["month"],
            "low": money(int(low["sales"]))}


def _like_for_like(found: History, table: pd.DataFrame) -> dict[str, Any]:
    row = table.iloc[-1]
    if row["low"] != row["low"] or table["change"].notna().sum() < 2:
        return {}
    return {"month": found.data.month, "change": float(row["change"]), "low": float(row["low"]),
            "high": float(row["high"]), "verdict": verdict(row)}


def _bridge(found: History, table: pd.DataFrame) -> dict[str, Any]:
    steps = {step: found.data.money(int(amount)) for step, amount in table.itertuples(index=False)}
    return {**steps, "month": found.data.month, "other": months.shift(found.data.month, -12)}
