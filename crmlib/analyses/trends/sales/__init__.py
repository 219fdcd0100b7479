"""The sales of the trends page: more or less than before, once the days are put on one footing, and what moved them?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History, growth, monthly
from crmlib.analyses.trends.sales import categories, drivers, years
from crmlib.analyses.trends.sales.comparing import (
    Pairs,
    calendar,
    compared,
    comparisons,
    growth_interval,
    like_for_like,
    same_weekdays,
)
from crmlib.analyses.trends.sales.daily import daily
from crmlib.analyses.trends.sales.drawing import figures
from crmlib.analyses.trends.sales.effects import effects
from crmlib.analyses.trends.sales.said import notes
from crmlib.analyses.trends.sales.stores import Chain, by_store, chain
from crmlib.analyses.trends.sales.titles import figure_values
from crmlib.analyses.trends.sales.watched import checks as watched
from crmlib.dataset import months
from crmlib.part import (
    CODE,
    COUNT,
    DATE,
    DAYS,
    LEVEL,
    MONEY,
    MONTH,
    ORDERS,
    PEOPLE,
    RATIO,
    TEXT,
    Part,
    tables,
)
from crmlib.part import facts as facts_of
from crmlib.result import Check, Fact

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import TrendsSettings

FACTS = {
    "sales": ("money", "no_previous"), "orders": ("orders", "no_previous"), "customers": ("customers", "no_previous"),
    "open_days": ("days", "no_open_days"), "sales_per_open_day": ("money", "no_open_days"),
    "sales_mom": ("ratio", "no_mom"), "sales_mom_per_open_day": ("ratio", "no_mom"), "sales_yoy": ("ratio", "no_yoy"),
    "sales_weekday_mix_yoy": ("ratio", "no_yoy"), "sales_364_yoy": ("ratio", "no_yoy"),
    "sales_same_store_yoy": ("ratio", "no_stores"), "sales_fiscal_ytd": ("money", "no_fiscal"),
    "sales_fiscal_ytd_yoy": ("ratio", "no_fiscal_yoy"), "sales_12_months": ("money", "no_twelve"),
}


@dataclass(frozen=True)
class Moved:
    """What the bridges start from: the month compared with, and who brought it and this one."""

    other: str
    before: drivers.Groups
    now: drivers.Groups


def part(found: History, settings: TrendsSettings) -> Part:
    """Follow sales by day, month and fiscal year, compare like with like, and say what moved them.

    Returns
    -------
    Part
        facts
            sales, orders, customers (distinct known buyers) of the month; open_days, sales_per_open_day; changes as
            ratio - 1: sales_mom, sales_yoy (plain), sales_mom_per_open_day, sales_weekday_mix_yoy (open days, each
            weekday at last year's average of it, public holidays as Sundays), sales_364_yoy (each day against the
            one 364 days before), sales_same_store_yoy; sales_fiscal_ytd, sales_fiscal_ytd_yoy, sales_12_months.
        tables
            monthly: month, orders, customers, sales, returns. daily: see ``daily``. like_for_like, comparisons,
            bridge_calendar: see ``comparing``. bridge, bridge_groups: see ``drivers``. bridge_category: see
            ``categories``. fiscal, moving_totals: see ``years``. stores: see ``stores``. effects: see ``effects``.
    """
    asked = {*(years.so_far(found) or [found.data.month]), *(months.shift(found.data.month, -n) for n in (1, 12))}
    shops, moved = chain(found, sorted(asked)), _moved(found)
    frames = {
        "monthly": monthly(found), "daily": daily(found),
        "like_for_like": like_for_like(found, settings.months_shown, LEVEL),
        "comparisons": comparisons(found),
        "bridge_calendar": calendar(found, months.shift(found.data.month, -12)),
        **bridges(found, moved),
        "fiscal": years.fiscal(found, shops), "moving_totals": years.moving(found), "stores": by_store(found, shops),
        "effects": effects(found, settings.effect_months, LEVEL),
    }
    return Part(
        facts=facts(found, frames["monthly"], shops),
        tables=tables(frames, COLUMNS, SMALL),
        figures=figures(figure_values(found, frames, moved.other if moved else "")),
        checks=(*adds_up(found, frames), *watched(found)),
        notes=notes(found, frames, shops, moved.other if moved else ""),
    )


def _moved(found: History) -> Moved | None:
    other = drivers.other_month(found)
    if other is None:
        return None
    return Moved(other, drivers.groups(found.data, other), drivers.groups(found.data, found.data.month))


def bridges(found: History, moved: Moved | None) -> dict[str, pd.DataFrame]:
    """Return the ways from the other month's sales to this month's: by factor, by whose they were, by category."""
    if moved is None:
        return {}
    data = found.data
    made = {"bridge": drivers.bridge(moved.before, moved.now),
            "bridge_groups": drivers.by_group(moved.before, moved.now, data.settings.privacy.min_cell)}
    if data.has("products.category_1"):
        sides = categories.sold(data, moved.other), categories.sold(data, data.month)
        made["bridge_category"] = categories.by_category(*sides, (found.sold[moved.other].sales,
                                                                  found.sold[data.month].sales))
    return made


def facts(found: History, table: pd.DataFrame, shops: Chain | None) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    by_month = table.set_index("month").to_dict("index")
    sides = [headline(found, by_month, n) for n in (0, 1, 12)]
    for side, n in zip(sides, (0, 1, 12), strict=True):
        same = shops.existing(found, months.shift(found.data.month, -n)) if shops else None
        side["sales_same_store_yoy"] = growth(*same[:2]) if same else None
        side.setdefault("grounds", {})["sales_same_store_yoy"] = {"size": same[2] if same else None}
    said = dict.fromkeys(FACTS, "partial_month") if found.data.period.partial else {
        key: "no_previous" if sides[1].get(key) is None else "no_year_ago" for key in ("sales", "orders", "customers")
        if None in (sides[1].get(key), sides[2].get(key))}
    return facts_of("trends", FACTS, sides, found.data, said)


def headline(found: History, by_month: dict[str, dict[str, Any]], back: int) -> dict[str, Any]:
    """Return the key numbers of the month ``back`` months earlier; empty where the data do not cover it."""
    data = found.data.previous(back) if back else found.data
    if back and not found.known(data.month):
        return {}
    then = replace(found, data=data)
    sold, row, money = found.sold[data.month], by_month[data.month], data.money
    day = sold.per_open_day
    return {
        "sales": money(row["sales"]), "orders": int(row["orders"]), "customers": int(row["customers"]),
        "open_days": sold.open_days, "sales_per_open_day": None if day is None else float(day / 10**data.decimals),
        **changes(then), **years.totals(then),
    }


def changes(found: History) -> dict[str, Any]:
    """Return the changes of a month against the last one and last year's, with the intervals of those that have one."""
    month = found.data.month
    last, year = (months.shift(month, -n) for n in (1, 12))
    mom, yoy = compared(found, month, last), compared(found, month, year)
    pair = same_weekdays(found).get(month, Pairs((), ()))
    told = {
        "sales_mom": growth(*mom.get("plain", (None, None))),
        "sales_mom_per_open_day": growth(*mom.get("per_open_day", (None, None))),
        "sales_yoy": growth(*yoy.get("plain", (None, None))),
        "sales_weekday_mix_yoy": growth(*yoy.get("weekday_mix", (None, None))), "sales_364_yoy": pair.change,
    }
    ends = {key: growth_interval(found, month, last if "mom" in key else year, told[key], LEVEL)
            for key in ("sales_mom", "sales_mom_per_open_day", "sales_yoy")} | {"sales_364_yoy": pair.interval(LEVEL)}
    return {**told, "grounds": {key: {"low": both[0], "high": both[1]} for key, both in ends.items() if both}}


def adds_up(found: History, frames: dict[str, pd.DataFrame]) -> tuple[Check, ...]:
    """Return whether months, bridges and their parts come to the same money as the days."""
    whole, table = int(found.days["sales"].sum()), int(frames["monthly"]["sales"].sum())
    checked = [Check("months_add_up", table == whole, table, whole, "stop")]
    if "bridge" in frames:
        steps = frames["bridge"]["amount"]
        now, change = found.sold[found.data.month].sales, int(steps.iloc[-1] - steps.iloc[0])
        rest = int(steps.iloc[:-1].sum())
        checked.append(Check("bridge_adds_up", rest == now, rest, now, "stop"))
        parts = {int(frames[name]["difference"].sum()) for name in ("bridge_groups", "bridge_category")
                 if len(frames.get(name, ()))}
        checked.append(Check("bridges_agree", parts <= {change}, max(parts, default=change), change, "stop"))
    return tuple(checked)


COLUMNS = {
    "monthly": {"month": MONTH, "orders": ORDERS, "customers": PEOPLE, "sales": MONEY, "returns": MONEY},
    "daily": {"date": DATE, "dow": CODE, "sales": MONEY, "orders": ORDERS, "customers": PEOPLE, "returns": MONEY,
              "mean_7": MONEY, "open": CODE, "closed": CODE, "holiday": CODE, "season": CODE, "payday": CODE,
              "gotobi": CODE, "event": CODE, "unusual": CODE},
    "like_for_like": {"month": MONTH, "open_days": DAYS, "sales": MONEY, "sales_per_open_day": MONEY, "days": DAYS,
                      "sales_compared": MONEY, "sales_before": MONEY, "change": RATIO, "low": RATIO, "high": RATIO,
                      "partial": CODE},
    "comparisons": {"against": CODE, "form": CODE, "now": MONEY, "before": MONEY, "change": RATIO},
    "bridge_calendar": {"step": CODE, "amount": MONEY},
    "bridge": {"step": CODE, "amount": MONEY},
    "bridge_groups": {"group": CODE, "customers_then": PEOPLE, "customers": PEOPLE, "sales_then": MONEY, "sales": MONEY,
                      "difference": MONEY, "by_customers": MONEY, "by_frequency": MONEY, "by_basket": MONEY},
    "bridge_category": {"category": CODE, "before": MONEY, "now": MONEY, "difference": MONEY, "volume": MONEY,
                        "mix": MONEY, "price": MONEY},
    "fiscal": {"scope": CODE, "span": CODE, "first_month": MONTH, "last_month": MONTH, "months": COUNT, "sales": MONEY,
               "sales_year_ago": MONEY, "change": RATIO, "partial": CODE},
    "moving_totals": {"month": MONTH, "sales": MONEY, "cumulative": MONEY, "moving_3": MONEY, "moving_annual": MONEY},
    "stores": {"store_id": CODE, "name": TEXT, "orders": ORDERS, "sales": MONEY, "sales_year_ago": MONEY,
               "change": RATIO, "counts": CODE, "opened_on": DATE, "closed_on": DATE},
    "effects": {"kind": CODE, "happening": CODE, "days": DAYS, "effect": RATIO, "low": RATIO, "high": RATIO},
}
#: Of a day only the people are hidden: its money and orders are the shop's.
SMALL: dict[str, dict[str, Any]] = {
    "daily": {"count": "customers", "within": ("date",), "totals": ("sales", "orders", "returns", "mean_7")}}
