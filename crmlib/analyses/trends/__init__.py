"""Trends: is the shop selling more or less than before, on which days, and do first buyers come back?"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends import people, rhythm
from crmlib.analyses.trends.comparing import Pairs, bridge, compared, comparisons, like_for_like, same_weekdays
from crmlib.analyses.trends.months import History, growth, history, holiday_countries, monthly
from crmlib.analyses.trends.said import figure_values, notes
from crmlib.dataset import months
from crmlib.result import Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

NEEDS = ("orders", "order_lines")
#: Fact → its unit (money: the shop's currency) and the sentence that says why there is none.
FACTS = {
    "sales": ("money", "no_previous"), "orders": ("orders", "no_previous"), "customers": ("customers", "no_previous"),
    "open_days": ("days", "no_open_days"), "sales_per_open_day": ("money", "no_open_days"),
    "f2_rate": ("ratio", "no_ripe_cohort"),
    "sales_mom": ("ratio", "no_mom"), "sales_per_open_day_mom": ("ratio", "no_mom"), "sales_yoy": ("ratio", "no_yoy"),
    "sales_weekday_mix_yoy": ("ratio", "no_yoy"), "sales_364_yoy": ("ratio", "no_yoy"),
}
LEVEL = 0.95


def analyse(data: Dataset, settings: TrendsSettings) -> Result:
    """Follow sales month by month, compare like with like, and see who of the new customers returns.

    Returns
    -------
    Result
        facts
            sales, orders, customers (distinct known buyers) of the month; open_days, sales_per_open_day; changes as
            ratio - 1: sales_mom, sales_yoy (plain), sales_per_open_day_mom, sales_weekday_mix_yoy (open days, each
            weekday at last year's average of it, public holidays as Sundays), sales_364_yoy (each day against the
            one 364 days before, with its interval); f2_rate (newest cohort whose shortest window is full).
        tables
            monthly: month, orders, customers, sales, returns. cohorts: cohort, age_months, size, active, retention,
            month, partial. f2: cohort, days, size, converted, rate, low, high. like_for_like: month, open_days, sales,
            sales_per_open_day, days, sales_compared, sales_before, change, low, high, partial. comparisons: against,
            form, now, before, change. bridge: step, amount. weekday: dow, days, orders, sales, sales_per_day, index.
            weekday_hour: dow, hour, orders. seasonal_index: calendar_month, index, low, high, years. Money in minor
            units; empty tables are left out.

    Notes
    -----
    An open day has a purchase and is no closure of ``calendar``. A month that is not over is never compared plainly.
    """
    missing = data.missing(NEEDS)
    if missing:
        empty = (Fact(key, None, data.currency if unit == "money" else unit) for key, (unit, _) in FACTS.items())
        return Result.unavailable("trends", missing, tuple(empty))
    found = history(data)
    cells = data.query("trends_cohorts")
    windows = sorted(set(settings.conversion_days))
    gaps = data.query("trends_second", longest=windows[-1])
    frames = {
        "monthly": monthly(found, people.buyers(cells)),
        "like_for_like": like_for_like(found, settings.months_shown, LEVEL),
        "comparisons": comparisons(found),
        "bridge": bridge(found, months.shift(data.month, -12)),
        "weekday": rhythm.weekday(found),
        "weekday_hour": rhythm.weekday_hour(data),
        "seasonal_index": rhythm.seasons(found, settings.seasonal_years),
        "cohorts": people.cohorts(cells, data),
        "f2": people.second_purchases(gaps, data, windows, LEVEL),
    }
    shown = {name: frame for name, frame in frames.items() if len(frame)}
    return Result(
        "trends",
        facts=facts(found, frames["monthly"], frames["f2"], windows[0]),
        tables={name: Table(frame, COLUMNS[name], **SMALL.get(name, {})) for name, frame in shown.items()},
        figures=figures(found, shown, settings),
        checks=checks(found, cells, gaps, frames["monthly"]),
        notes=notes(found, frames, windows[0]),
    )


def facts(found: History, table: pd.DataFrame, second: pd.DataFrame, window: int) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    data = found.data
    by_month = table.set_index("month").to_dict("index")
    sides = [headline(found, by_month, second, window, n) for n in (0, 1, 12)]
    return tuple(_fact(key, unit, why, sides, data) for key, (unit, why) in FACTS.items())


def _fact(key: str, unit: str, why: str, sides: list[dict[str, Any]], data: Dataset) -> Fact:
    value, previous, year_ago = (side.get(key) for side in sides)
    if value is None:
        note: str | None = why
    elif data.period.partial and key != "f2_rate":
        note = "partial_month"
    else:
        missing = key in ("sales", "orders", "customers") and (
            "no_previous" if previous is None else "no_year_ago" if year_ago is None else None)
        note = missing or None
    ground = sides[0].get("grounds", {}).get(key, {})
    return Fact(key, value, data.currency if unit == "money" else unit, previous, year_ago,
                data.settings.targets.get(f"trends.{key}"), n=ground.get("size"), low=ground.get("low"),
                high=ground.get("high"), note=note)


def headline(found: History, by_month: dict[str, dict[str, Any]], second: pd.DataFrame, window: int,
             back: int) -> dict[str, Any]:
    """Return the key numbers of the month ``back`` months earlier; empty where the data do not cover it."""
    data = found.data.previous(back) if back else found.data
    if back and not found.known(data.month):
        return {}
    sold, row, money = found.sold[data.month], by_month[data.month], data.money
    mom, yoy = (compared(found, data.month, months.shift(data.month, -n)) for n in (1, 12))
    day = sold.per_open_day
    pair = same_weekdays(found).get(data.month, Pairs((), ()))
    low, high = pair.interval(LEVEL) or (None, None)
    ripe = people.newest_ripe(second, window, data)
    return {
        "sales": money(row["sales"]), "orders": int(row["orders"]), "customers": int(row["customers"]),
        "open_days": sold.open_days, "sales_per_open_day": None if day is None else float(day / 10**data.decimals),
        "sales_mom": growth(*mom.get("plain", (None, None))),
        "sales_per_open_day_mom": growth(*mom.get("per_open_day", (None, None))),
        "sales_yoy": growth(*yoy.get("plain", (None, None))),
        "sales_weekday_mix_yoy": growth(*yoy.get("weekday_mix", (None, None))), "sales_364_yoy": pair.change,
        "f2_rate": ripe.get("rate"), "grounds": {"f2_rate": ripe, "sales_364_yoy": {"low": low, "high": high}},
    }


def checks(found: History, cells: pd.DataFrame, gaps: pd.DataFrame, table: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold, and what the reader should know of the days."""
    sizes = int(cells.loc[cells["cohort"] == cells["ym"], "active"].sum())
    ever, whole = int(gaps["customers"].sum()), int(found.days["sales"].sum())
    silent = sum(m.orders == 0 for m in found.sold.values())
    country = found.data.settings.calendar.country
    newest = max(found.days["business_date"], default=None)
    last = found.data.as_of - timedelta(days=1)
    return (
        Check("cohorts_hold_everyone", sizes == ever, sizes, ever, "stop"),
        Check("months_add_up", int(table["sales"].sum()) == whole, int(table["sales"].sum()), whole, "stop"),
        Check("no_silent_month", silent == 0, silent, 0, "info"),
        Check("reaches_the_end", newest is not None and newest >= last, newest and newest.isoformat(), last.isoformat(),
              "info"),
        Check("holidays_known", country is None or country in holiday_countries(), country, None, "info"),
    )


def figures(found: History, frames: dict[str, pd.DataFrame], settings: TrendsSettings) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same result."""
    number, cohorts = months.parse(found.data.month)[1], settings.cohort_months
    season = partial(charts.line, x="calendar_month", y="index", unit="index", low="low", high="high", current=number)
    triangle = partial(charts.retention, partial="partial", cohorts=cohorts, ages=cohorts - 1)
    drawn: dict[str, tuple[str, Any, tuple[float, float]]] = {
        "monthly": ("like_for_like", plot_monthly, (7.2, 3.8)),
        "like_for_like": ("like_for_like", plot_like_for_like, (7.2, 3.8)),
        "bridge": ("bridge", plot_bridge, (7.2, 2.8)),
        "weekday": ("weekday", plot_weekday, (7.2, 3.4)),
        "weekday_hour": ("weekday_hour", plot_weekday_hour, (7.2, 7.6)),
        "seasonal_index": ("seasonal_index", season, (7.2, 3.6)),
        "retention": ("cohorts", triangle, (7.2, 6.0)),
        "f2": ("f2", plot_f2, (7.2, 3.6)),
    }
    values = figure_values(found, frames, min(settings.conversion_days))
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


def plot_weekday(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what an open day of each weekday brings, the best in colour; a closed weekday is no zero."""
    opened = frame[frame["days"] > 0].reset_index(drop=True)
    best = opened.sort_values(["index", "dow"], ascending=[False, True])["dow"].iloc[0]
    return charts.columns(opened, ax, words, x="dow", value="sales_per_day", unit="money", accent=best)


def plot_weekday_hour(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the purchases of each hour and weekday."""
    return charts.heatmap(frame, ax, words, row="hour", column="dow", value="orders", unit="orders")


def plot_f2(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of first buyers who came back within the shortest window, by month of first purchase."""
    part = frame[frame["days"] == frame["days"].min()].reset_index(drop=True)
    return charts.line(part, ax, words, x="cohort", y="rate", unit="ratio", low="low", high="high",
                       current=part["cohort"].iloc[-1])


CODE, MONTH, MONEY, RATIO, DAYS = (Column(unit) for unit in ("code", "month", "money", "ratio", "days"))
PEOPLE, ORDERS, INDEX, COUNT = (Column(unit) for unit in ("customers", "orders", "index", "count"))
COLUMNS: dict[str, dict[str, Column]] = {
    "monthly": {"month": MONTH, "orders": ORDERS, "customers": PEOPLE, "sales": MONEY, "returns": MONEY},
    "like_for_like": {"month": MONTH, "open_days": DAYS, "sales": MONEY, "sales_per_open_day": MONEY, "days": DAYS,
                      "sales_compared": MONEY, "sales_before": MONEY, "change": RATIO, "low": RATIO, "high": RATIO,
                      "partial": CODE},
    "comparisons": {"against": CODE, "form": CODE, "now": MONEY, "before": MONEY, "change": RATIO},
    "bridge": {"step": CODE, "amount": MONEY},
    "weekday": {"dow": CODE, "days": DAYS, "orders": ORDERS, "sales": MONEY, "sales_per_day": MONEY, "index": INDEX},
    "weekday_hour": {"dow": CODE, "hour": CODE, "orders": ORDERS},
    "seasonal_index": {"calendar_month": CODE, "index": INDEX, "low": INDEX, "high": INDEX, "years": COUNT},
    "cohorts": {"cohort": MONTH, "age_months": COUNT, "size": PEOPLE, "active": PEOPLE, "retention": RATIO,
                "month": MONTH, "partial": CODE},
    "f2": {"cohort": MONTH, "days": DAYS, "size": PEOPLE, "converted": PEOPLE, "rate": RATIO, "low": RATIO,
           "high": RATIO},
}
#: The column of people behind a row, and inside what they add up to a published number: those of a calendar month to
#: its customers. Money and orders of a month or weekday are no small cells.
SMALL: dict[str, dict[str, Any]] = {"cohorts": {"count": "active", "within": ("month",)},
                                    "f2": {"count": "converted", "within": ("cohort", "days")}}
