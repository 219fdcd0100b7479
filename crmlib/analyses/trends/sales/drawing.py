"""The charts of sales: each draws a table of the slice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Days in the chart of days: a quarter of a year can still be read one by one.
DAYS_SHOWN = 92
CATEGORIES_SHOWN = 8


def figures(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Figure]:
    """Return the charts that have a message, by the numbers of their titles."""
    drawn: dict[str, tuple[str, Any, tuple[float, float]]] = {
        "daily": ("daily", plot_daily, (7.2, 3.8)),
        "monthly": ("like_for_like", plot_monthly, (7.2, 3.8)),
        "like_for_like": ("like_for_like", plot_like_for_like, (7.2, 3.8)),
        "bridge": ("bridge", plot_bridge, (7.2, 2.8)),
        "bridge_calendar": ("bridge_calendar", plot_bridge, (7.2, 2.8)),
        "bridge_category": ("bridge_category", plot_categories, (7.2, 3.6)),
        "moving_totals": ("moving_totals", plot_moving, (7.2, 3.8)),
        "effects": ("effects", plot_effects, (7.2, 3.6)),
    }
    return {name: Figure(draw, table, values[name], size) for name, (table, draw, size) in drawn.items()
            if values.get(name)}


def plot_daily(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the latest days, the mean of seven, closed days as ticks, events, and days that stand out as rings."""
    shown = frame.tail(DAYS_SHOWN).reset_index(drop=True)
    named = [(first, last, words.code("event", key)) for key, first, last in runs(shown)]
    odd = tuple(shown.loc[shown["unusual"].astype(bool), "date"])
    return charts.days(shown, ax, words, y="sales", unit="money", mean="mean_7", open_on="open", events=named,
                       marked=odd)


def runs(frame: pd.DataFrame) -> list[tuple[str, date, date]]:
    """Return the stretches of days with the same events: key, first and last day."""
    found = []
    for key, days in groupby(zip(frame["event"], frame["date"], strict=True), key=lambda pair: pair[0]):
        inside = [day for _, day in days]
        found += [(str(key), inside[0], inside[-1])] if key else []
    return found


def plot_monthly(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the sales of the latest months, this month marked."""
    return charts.line(frame, ax, words, y="sales", unit="money", current=frame["month"].iloc[-1])


def plot_like_for_like(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each month's change against the days 364 days before, in its interval."""
    return charts.line(frame, ax, words, y="change", unit="ratio", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_bridge(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the steps from the other month's sales to this month's."""
    return charts.bridge(frame, ax, words, label="step", value="amount", unit="money", total=("before", "now"))


def plot_categories(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the categories whose sales changed most."""
    shown = frame[frame["category"] != "rest"].head(CATEGORIES_SHOWN).reset_index(drop=True)
    return charts.bridge(shown, ax, words, label="category", value="difference", unit="money")


def plot_moving(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the Z: the total of twelve months above, the sum so far rising to it, the months below."""
    return charts.line(frame, ax, words, y=["moving_annual", "cumulative", "sales"], unit="money")


def plot_effects(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what holidays, seasons, pay days and events go with; weekdays have a chart of their own."""
    shown = frame[(frame["kind"] != "weekday") & frame["effect"].notna()].reset_index(drop=True)
    clear = tuple(shown.loc[(shown["low"] > 0) | (shown["high"] < 0), "happening"])
    return charts.dots(shown, ax, words, label="happening", value="effect", low="low", high="high", unit="ratio",
                       reference=0.0, accent=clear or ("",))
