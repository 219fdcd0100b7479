"""The numbers in the titles and alternative texts of the charts of sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.sales.drawing import CATEGORIES_SHOWN, DAYS_SHOWN, runs
from crmlib.analyses.trends.sales.said import verdict
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

Values = dict[str, Any]


def figure_values(found: History, frames: Mapping[str, pd.DataFrame], other: str) -> dict[str, Values]:
    """Return the numbers of every chart; a chart without a message is left out.

    Parameters
    ----------
    other : str
        The month the bridges start from; empty without one.
    """
    makers = {"daily": _daily, "like_for_like": _like_for_like, "bridge_calendar": _calendar,
              "moving_totals": _moving, "effects": _effects}
    made = {name: make(found, frames[name]) for name, make in makers.items() if len(frames[name])}
    made["monthly"] = _monthly(found, frames["like_for_like"])
    for name, make in (("bridge", _bridge), ("bridge_category", _category)):
        if len(frames.get(name, ())):
            made[name] = make(found, frames[name]) | {"month": found.data.month, "other": other}
    return {name: values for name, values in made.items() if len(values) > 2}


def _daily(found: History, table: pd.DataFrame) -> Values:
    shown = table.tail(DAYS_SHOWN)
    best = shown.sort_values(["sales", "date"], ascending=[False, True]).iloc[0]
    money = found.data.money
    if int(best["sales"]) <= 0:
        return {}
    return {"best": best["date"], "dow": int(best["dow"]), "sales": money(int(best["sales"])), "shown": len(shown),
            "events": len(runs(shown)), "closed": int((~shown["open"]).sum()), "unusual": int(shown["unusual"].sum())}


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


def _calendar(found: History, table: pd.DataFrame) -> Values:
    steps = {step: found.data.money(int(amount)) for step, amount in table.itertuples(index=False)}
    return {**steps, "month": found.data.month, "other": months.shift(found.data.month, -12)}


def _bridge(found: History, table: pd.DataFrame) -> Values:
    money, steps = found.data.money, dict(table.itertuples(index=False))
    before, now = int(steps.pop("before")), int(steps.pop("now"))
    top = max(sorted(steps), key=lambda step: abs(steps[step]), default="")
    if not top or not steps[top]:
        return {}
    return {"factor": top, "part": money(int(steps[top])), "before": money(before), "now": money(now),
            "change": money(now - before)}


def _category(found: History, table: pd.DataFrame) -> Values:
    shown = table[table["category"] != "rest"]
    if len(shown) < 2 or not shown["difference"].iloc[0]:
        return {}
    top = shown.iloc[0]
    return {"category": top["category"], "change": found.data.money(int(top["difference"])),
            "shown": min(len(shown), CATEGORIES_SHOWN), "listed": len(shown)}


def _moving(found: History, table: pd.DataFrame) -> Values:
    known = table[table["moving_annual"].notna()]
    if len(known) < 2 or int(known["moving_annual"].iloc[0]) <= 0:
        return {}
    first, last = known.iloc[0], known.iloc[-1]
    money = found.data.money
    return {"month": last["month"], "since": first["month"], "annual": money(int(last["moving_annual"])),
            "before": money(int(first["moving_annual"])),
            "change": int(last["moving_annual"]) / int(first["moving_annual"]) - 1}


def _effects(found: History, table: pd.DataFrame) -> Values:
    told = table[(table["kind"] != "weekday") & table["effect"].notna()]
    if told.empty:
        return {}
    clear = told[(told["low"] > 0) | (told["high"] < 0)]
    ranked = (clear if len(clear) else told).assign(size=lambda frame: frame["effect"].abs())
    top = ranked.sort_values(["size", "happening"], ascending=[False, True]).iloc[0]
    return {"happening": top["happening"], "effect": float(top["effect"]), "low": float(top["low"]),
            "high": float(top["high"]), "days": int(top["days"]), "verdict": "clear" if len(clear) else "unclear"}
