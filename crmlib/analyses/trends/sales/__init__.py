"""The sales of the trends page: more or less than before, once the days are put on one footing?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.days import holiday_countries
from crmlib.analyses.trends.months import History, growth, monthly
from crmlib.analyses.trends.part import CODE, DAYS, LEVEL, MONEY, MONTH, ORDERS, PEOPLE, RATIO, Part, tables
from crmlib.analyses.trends.part import facts as facts_of
from crmlib.analyses.trends.sales.comparing import (
    Pairs,
    bridge,
    compared,
    comparisons,
    like_for_like,
    same_weekdays,
)
from crmlib.analyses.trends.sales.said import figure_values, notes
from crmlib.dataset import months
from crmlib.result import Check, Fact, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS = {
    "sales": ("money", "no_previous"), "orders": ("orders", "no_previous"), "customers": ("customers", "no_previous"),
    "open_days": ("days", "no_open_days"), "sales_per_open_day": ("money", "no_open_days"),
    "sales_mom": ("ratio", "no_mom"), "sales_mom_per_open_day": ("ratio", "no_mom"), "sales_yoy": ("ratio", "no_yoy"),
    "sales_weekday_mix_yoy": ("ratio", "no_yoy"), "sales_364_yoy": ("ratio", "no_yoy"),
}


def part(found: History, settings: TrendsSettings) -> Part:
    """Follow sales month by month and compare like with like.

    Returns
    -------
    Part
        facts
            sales, orders, customers (distinct known buyers) of the month; open_days, sales_per_open_day; changes as
            ratio - 1: sales_mom, sales_yoy (plain), sales_mom_per_open_day, sales_weekday_mix_yoy (open days, each
            weekday at last year's average of it, public holidays as Sundays), sales_364_yoy (each day against the
            one 364 days before, with its interval).
        tables
            monthly: month, orders, customers, sales, returns. like_for_like: month, open_days, sales,
            sales_per_open_day, days, sales_compared, sales_before, change, low, high, partial. comparisons: against,
            form, now, before, change. bridge: step, amount.
    """
    frames = {
        "monthly": monthly(found),
        "like_for_like": like_for_like(found, settings.months_shown, LEVEL),
        "comparisons": comparisons(found),
        "bridge": bridge(found, months.shift(found.data.month, -12)),
    }
    return Part(
        facts=facts(found, frames["monthly"]),
        tables=tables(frames, COLUMNS, {}),
        figures=figures(found, frames),
        checks=checks(found, frames["monthly"]),
        notes=notes(found, frames["like_for_like"]),
    )


def facts(found: History, table: pd.DataFrame) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    by_month = table.set_index("month").to_dict("index")
    sides = [headline(found, by_month, n) for n in (0, 1, 12)]
    said = dict.fromkeys(FACTS, "partial_month") if found.data.period.partial else {
        key: "no_previous" if sides[1].get(key) is None else "no_year_ago" for key in ("sales", "orders", "customers")
        if None in (sides[1].get(key), sides[2].get(key))}
    return facts_of(FACTS, sides, found.data, said)


def headline(found: History, by_month: dict[str, dict[str, Any]], back: int) -> dict[str, Any]:
    """Return the key numbers of the month ``back`` months earlier; empty where the data do not cover it."""
    data = found.data.previous(back) if back else found.data
    if back and not found.known(data.month):
        return {}
    sold, row, money = found.sold[data.month], by_month[data.month], data.money
    mom, yoy = (compared(found, data.month, months.shift(data.month, -n)) for n in (1, 12))
    day = sold.per_open_day
    pair = same_weekdays(found).get(data.month, Pairs((), ()))
    low, high = pair.interval(LEVEL) or (None, None)
    return {
        "sales": money(row["sales"]), "orders": int(row["orders"]), "customers": int(row["customers"]),
        "open_days": sold.open_days, "sales_per_open_day": None if day is None else float(day / 10**data.decimals),
        "sales_mom": growth(*mom.get("plain", (None, None))),
        "sales_mom_per_open_day": growth(*mom.get("per_open_day", (None, None))),
        "sales_yoy": growth(*yoy.get("plain", (None, None))),
        "sales_weekday_mix_yoy": growth(*yoy.get("weekday_mix", (None, None))), "sales_364_yoy": pair.change,
        "grounds": {"sales_364_yoy": {"low": low, "high": high}},
    }


def checks(found: History, table: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold, and what the reader should know of the days."""
    whole = int(found.days["sales"].sum())
    silent = sum(m.orders == 0 for m in found.sold.values())
    country = found.data.settings.calendar.country
    newest = max(found.days["business_date"], default=None)
    last = found.data.as_of - timedelta(days=1)
    return (
        Check("months_add_up", int(table["sales"].sum()) == whole, int(table["sales"].sum()), whole, "stop"),
        Check("no_silent_month", silent == 0, silent, 0, "info"),
        Check("reaches_the_end", newest is not None and newest >= last, newest and newest.isoformat(), last.isoformat(),
              "info"),
        Check("holidays_known", country is None or country in holiday_countries(), country, None, "info"),
    )


def figures(found: History, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same slice."""
    drawn: dict[str, tuple[str, Any, tuple[float, float]]] = {
        "monthly": ("like_for_like", plot_monthly, (7.2, 3.8)),
        "like_for_like": ("like_for_like", plot_like_for_like, (7.2, 3.8)),
        "bridge": ("bridge", plot_bridge, (7.2, 2.8)),
    }
    values = figure_values(found, frames)
    return {name: Figure(draw, table, values[name], size) for name, (table, draw, size) in drawn.items()
            if name in values}


def plot_monthly(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the sales of the latest months, this month marked."""
    return charts.line(frame, ax, words, y="sales", unit="money", current=frame["month"].iloc[-1])


def plot_like_for_like(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each month's change against the days 364 days before, in its interval."""
    return charts.line(frame, ax, words, y="change", unit="ratio", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_bridge(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the steps from last year's sales to this month's."""
    return charts.bridge(frame, ax, words, label="step", value="amount", unit="money", total=("before", "now"))


COLUMNS = {
    "monthly": {"month": MONTH, "orders": ORDERS, "customers": PEOPLE, "sales": MONEY, "returns": MONEY},
    "like_for_like": {"month": MONTH, "open_days": DAYS, "sales": MONEY, "sales_per_open_day": MONEY, "days": DAYS,
                      "sales_compared": MONEY, "sales_before": MONEY, "change": RATIO, "low": RATIO, "high": RATIO,
                      "partial": CODE},
    "comparisons": {"against": CODE, "form": CODE, "now": MONEY, "before": MONEY, "change": RATIO},
    "bridge": {"step": CODE, "amount": MONEY},
}
