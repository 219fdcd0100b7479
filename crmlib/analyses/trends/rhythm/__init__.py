"""The rhythm of the trends page: which weekdays, hours and months sell?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.months import HOUR_MONTHS, History
from crmlib.analyses.trends.part import CODE, COUNT, DAYS, INDEX, MONEY, ORDERS, FactKinds, Part, tables
from crmlib.analyses.trends.rhythm.weekdays import seasons, weekday, weekday_hour
from crmlib.dataset import months
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
COLUMNS = {
    "weekday": {"dow": CODE, "days": DAYS, "orders": ORDERS, "sales": MONEY, "sales_per_day": MONEY, "index": INDEX},
    "weekday_hour": {"dow": CODE, "hour": CODE, "orders": ORDERS},
    "seasonal_index": {"calendar_month": CODE, "index": INDEX, "low": INDEX, "high": INDEX, "years": COUNT},
}


def part(found: History, settings: TrendsSettings) -> Part:
    """Find the weekdays, hours and months that sell.

    Returns
    -------
    Part
        tables
            weekday: dow, days, orders, sales, sales_per_day, index. weekday_hour: dow, hour, orders. seasonal_index:
            calendar_month, index, low, high, years.
    """
    frames = {
        "weekday": weekday(found),
        "weekday_hour": weekday_hour(found),
        "seasonal_index": seasons(found, settings.seasonal_years),
    }
    notes = (("no_season", {"months": sum(found.whole(ym) for ym in found.sold)}),)
    return Part(tables=tables(frames, COLUMNS, {}), figures=figures(found, frames),
                notes=notes if frames["seasonal_index"].empty else ())


def figures(found: History, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same slice."""
    number = months.parse(found.data.month)[1]
    season = partial(charts.line, x="calendar_month", y="index", unit="index", low="low", high="high", current=number)
    drawn: dict[str, tuple[Any, Any, tuple[float, float]]] = {
        "weekday": (plot_weekday, _weekday, (7.2, 3.4)),
        "weekday_hour": (plot_weekday_hour, _weekday_hour, (7.2, 7.6)),
        "seasonal_index": (season, _season, (7.2, 3.6)),
    }
    values = {name: told(found, frames[name]) for name, (_, told, _) in drawn.items() if len(frames[name])}
    return {name: Figure(draw, name, values[name], size) for name, (draw, _, size) in drawn.items()
            if values.get(name)}


def plot_weekday(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what an open day of each weekday brings, the best in colour; a closed weekday is no zero."""
    opened = frame[frame["days"] > 0].reset_index(drop=True)
    best = opened.sort_values(["index", "dow"], ascending=[False, True])["dow"].iloc[0]
    return charts.columns(opened, ax, words, x="dow", value="sales_per_day", unit="money", accent=best)


def plot_weekday_hour(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the purchases of each hour and weekday."""
    return charts.heatmap(frame, ax, words, row="hour", column="dow", value="orders", unit="orders")


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
