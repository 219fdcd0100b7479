"""What the trends page says aloud: only claims that were computed, with their numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.comparing import bridge
from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.people import newest_ripe
from crmlib.analyses.trends.rhythm import HOUR_MONTHS
from crmlib.dataset import months
from crmlib.methods.intervals import usual_range

if TYPE_CHECKING:
    import pandas as pd

Notes = tuple[tuple[str, dict[str, Any]], ...]
#: From which share of a change on it is said to be mostly the calendar's.
MOST = 0.5
RECENT_COHORTS = 12
MOST_MONTHS = 24


def notes(found: History, frames: dict[str, pd.DataFrame], window: int) -> Notes:
    """Return the answer in one sentence, then last month, then who came back; caveats last."""
    said = [headline(found, frames["like_for_like"])]
    data = found.data
    if data.period.partial:
        said.append(("partial", {"last": data.as_of - timedelta(days=1)}))
    said += earlier(frames["like_for_like"])
    said += last_month(found)
    ripe = newest_ripe(frames["f2"], window, data)
    if ripe and tellable(found, ripe):
        said.append(("second_purchase", ripe))
    if frames["seasonal_index"].empty:
        said.append(("no_season", {"months": sum(found.whole(ym) for ym in found.sold)}))
    return tuple(said)


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


def tellable(found: History, ripe: dict[str, Any]) -> bool:
    """Whether enough people are behind a cohort's figure to be spoken of on a page."""
    return not 0 < ripe["converted"] < found.data.settings.privacy.min_cell


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


def figure_values(found: History, frames: dict[str, pd.DataFrame], window: int) -> dict[str, dict[str, Any]]:
    """Return the numbers of every chart's title and alternative text; a chart without a message is left out."""
    makers = {"monthly": _monthly, "like_for_like": _like_for_like, "bridge": _bridge, "weekday": _weekday,
              "weekday_hour": _weekday_hour, "seasonal_index": _season, "retention": _retention}
    tables = {"monthly": "like_for_like", "retention": "cohorts"}
    made = {name: make(found, frames[tables.get(name, name)]) for name, make in makers.items()
            if tables.get(name, name) in frames}
    if "f2" in frames:
        ripe = newest_ripe(frames["f2"], window, found.data)
        made["f2"] = ripe if ripe and tellable(found, ripe) else {}
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


def _weekday(found: History, table: pd.DataFrame) -> dict[str, Any]:
    known = table[table["index"].notna()].sort_values(["index", "dow"], ascending=[False, True])
    if len(known) < 2:
        return {}
    best, worst = known.iloc[0], known.iloc[-1]
    return {"best": int(best["dow"]), "best_sales": found.data.money(int(best["sales_per_day"])),
            "best_index": float(best["index"]), "worst": int(worst["dow"]), "worst_index": float(worst["index"]),
            "worst_sales": found.data.money(int(worst["sales_per_day"])), "days": int(table["days"].sum())}


def _weekday_hour(found: History, table: pd.DataFrame) -> dict[str, Any]:
    top = table.sort_values(["orders", "dow", "hour"], ascending=[False, True, True]).iloc[0]
    return {"dow": int(top["dow"]), "hour": int(top["hour"]), "most": int(top["orders"]),
            "orders": int(table["orders"].sum()), "months": HOUR_MONTHS, "month": found.data.month}


def _season(found: History, table: pd.DataFrame) -> dict[str, Any]:
    by_index = table.sort_values(["index", "calendar_month"], ascending=[False, True])
    number = months.parse(found.data.month)[1]
    here = table[table["calendar_month"] == number].iloc[0]
    return {"now": number, "index": float(here["index"]), "top": int(by_index["calendar_month"].iloc[0]),
            "top_index": float(by_index["index"].iloc[0]), "bottom": int(by_index["calendar_month"].iloc[-1]),
            "bottom_index": float(by_index["index"].iloc[-1]), "years": int(table["years"].min())}


def _retention(found: History, table: pd.DataFrame) -> dict[str, Any]:
    """Next month's return, over the latest cohorts whose next month is over."""
    ripe = table[(table["age_months"] == 1) & ~table["partial"]].tail(RECENT_COHORTS)
    size, active = int(ripe["size"].sum()), int(ripe["active"].sum())
    return {"cohorts": len(ripe), "size": size, "active": active, "share": active / size} if size else {}
