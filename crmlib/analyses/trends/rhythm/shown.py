"""The charts of rhythm, each with its message."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.months import HOUR_MONTHS, History
from crmlib.analyses.trends.rhythm.events import EVENT, SEASON
from crmlib.analyses.trends.rhythm.peaks import SEGMENT
from crmlib.analyses.trends.rhythm.seasons import ALL, MOST
from crmlib.charts.base import folded
from crmlib.dataset import months
from crmlib.result import Figure
from crmlib.text.formats import missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Events and campaigns in a chart, and segments beside them: more would not be readable.
LATEST, SEGMENTS = 8, 6


def figures(found: History, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same slice."""
    number = months.parse(found.data.month)[1]
    drawn: dict[str, tuple[str, Any, Any, tuple[float, float]]] = {
        "weekday": ("weekday", plot_weekday, _weekday, (7.2, 3.4)),
        "weekday_hour": ("weekday_hour", plot_weekday_hour, _weekday_hour, (7.2, 7.6)),
        "best_windows": ("best_windows", plot_best_windows, _best_windows, (7.2, 4.6)),
        "seasonal_index": ("seasonal_index", partial(plot_season, number=number), _season, (7.2, 3.6)),
        "season_map": ("seasonal_index", plot_season_map, _season_map, (7.2, 4.6)),
        "peak_makers": ("peak_makers", plot_peak_makers, _peak_makers, (7.2, 3.8)),
        "events": ("events", plot_events, _events, (7.2, 3.6)),
        "participation": ("participation", plot_participation, _participation, (7.2, 4.6)),
    }
    values = {name: told(found, frames[table]) for name, (table, _, told, _) in drawn.items() if len(frames[table])}
    return {name: Figure(draw, table, values[name], size) for name, (table, draw, _, size) in drawn.items()
            if values.get(name)}


def plot_weekday(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what an open day of each weekday brings, the best in colour; a closed weekday is no zero."""
    opened = frame[frame["days"] > 0].reset_index(drop=True)
    best = opened.sort_values(["index", "dow"], ascending=[False, True])["dow"].iloc[0]
    return charts.columns(opened, ax, words, x="dow", value="sales_per_day", unit="money", accent=best)


def plot_weekday_hour(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the purchases of each hour and weekday."""
    return charts.heatmap(frame, ax, words, row="hour", column="dow", value="orders", unit="orders")


def plot_best_windows(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment that buys in its best window, with its interval."""
    names = [folded(words.code("rfm_segment", segment), 9.0) for segment in frame["rfm_segment"]]
    shown = frame.assign(at=[
        name if missing(share) else f"{name}\n{words.code('dow', dow)} {words.code('part', part)}"
        for name, dow, part, share in zip(names, frame["dow"], frame["part"], frame["share"], strict=True)
    ]).reset_index(drop=True)
    return charts.dots(shown, ax, words, label="at", value="share", low="low", high="high", unit="ratio", n="buyers",
                       accent=tuple(shown.loc[shown["clear"], "at"]))


def plot_season(frame: pd.DataFrame, ax: Axes, words: Text, number: int) -> Axes:
    """Draw the year of the whole shop, this calendar month marked."""
    shown = frame[frame["category"] == ALL].reset_index(drop=True)
    return charts.line(shown, ax, words, x="calendar_month", y="index", unit="index", low="low", high="high",
                       current=number)


def plot_season_map(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how far each month lies above or below the average, category by category."""
    shown = list(dict.fromkeys(frame["category"]))[:MOST]
    return charts.heatmap(frame[frame["category"].isin(shown)], ax, words, row="category", column="calendar_month",
                          value="index", unit="ratio")


def plot_peak_makers(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how much of what the first peak brings beyond a usual month comes from each segment."""
    shown = frame[(frame["category"] == frame["category"].iloc[0]) & (frame["attribute"] == SEGMENT)]
    return charts.bars(shown.reset_index(drop=True), ax, words, label="level", value="extra", unit="money",
                       other=("contribution", "ratio"), accent=shown["level"].iloc[0])


def plot_events(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what the latest events and seasons sold beside plain days, with its interval."""
    told = latest_events(frame)
    shown = told.assign(at=[f"{words.code('event', event)} {words.formats.write(start.isoformat()[:7], 'month_axis')}"
                            for event, start in zip(told["event"], told["start"], strict=True)])
    clear = tuple(shown.loc[(shown["low"] > 0) | (shown["high"] < 0), "at"])
    return charts.dots(shown, ax, words, label="at", value="change", low="low", high="high", unit="ratio", reference=0,
                       accent=clear)


def latest_events(table: pd.DataFrame) -> pd.DataFrame:
    """Return the latest events and seasons that could be set beside plain days, oldest first."""
    told = table[table["kind"].isin((EVENT, SEASON)) & table["change"].notna()]
    return told.sort_values(["start", "event"]).tail(LATEST).reset_index(drop=True)


def plot_participation(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment that took part in the latest events and campaigns."""
    named = frame.assign(at=[f"{words.code('event', event)} {words.formats.write(start.isoformat()[:7], 'month_axis')}"
                             for event, start in zip(frame["event"], frame["start"], strict=True)])
    latest = list(dict.fromkeys(named["at"]))[-LATEST:]
    largest = named.groupby("rfm_segment", sort=False)["customers"].sum().sort_values(ascending=False, kind="stable")
    shown = named[named["at"].isin(latest) & named["rfm_segment"].isin(largest.index[:SEGMENTS])]
    return charts.heatmap(shown, ax, words, row="at", column="rfm_segment", value="share", unit="ratio", rows=latest)


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


def _best_windows(found: History, table: pd.DataFrame) -> dict[str, Any]:
    top = table.iloc[0]
    if int(top["customers"]) < found.data.settings.privacy.min_cell:
        return {}
    return {"dow": int(top["dow"]), "part": top["part"], "share": float(top["share"]), "buyers": int(top["buyers"]),
            "clear": int(table["clear"].sum()), "segments": len(table),
            "verdict": "clear" if top["clear"] else "close"}


def _season(found: History, table: pd.DataFrame) -> dict[str, Any]:
    by_index = table[table["category"] == ALL].sort_values(["index", "calendar_month"], ascending=[False, True])
    if by_index.empty:
        return {}
    number = months.parse(found.data.month)[1]
    here = by_index[by_index["calendar_month"] == number].iloc[0]
    return {"now": number, "index": float(here["index"]), "top": int(by_index["calendar_month"].iloc[0]),
            "top_index": float(by_index["index"].iloc[0]), "bottom": int(by_index["calendar_month"].iloc[-1]),
            "bottom_index": float(by_index["index"].iloc[-1]), "years": int(by_index["years"].min())}


def _season_map(found: History, table: pd.DataFrame) -> dict[str, Any]:
    own = table[table["category"] != ALL].sort_values(["index", "category", "calendar_month"],
                                                      ascending=[False, True, True])
    if own.empty:
        return {}
    top = own.iloc[0]
    return {"category": top["category"], "top": int(top["calendar_month"]), "index": float(top["index"]),
            "categories": min(own["category"].nunique(), MOST - 1)}


def _peak_makers(found: History, table: pd.DataFrame) -> dict[str, Any]:
    first = table[(table["category"] == table["category"].iloc[0]) & (table["attribute"] == SEGMENT)]
    top = first.iloc[0]
    if top["contribution"] != top["contribution"] or int(top["customers"]) < found.data.settings.privacy.min_cell:
        return {}
    return {"category": top["category"], "month": top["month"], "segment": top["level"],
            "contribution": float(top["contribution"]), "extra": found.data.money(int(first["extra"].sum()))}


def _events(found: History, table: pd.DataFrame) -> dict[str, Any]:
    told = latest_events(table)
    if told.empty:
        return {}
    last = told.iloc[-1]
    ways = {(True, False): "up", (False, True): "down"}
    return {"event": last["event"], "start": last["start"], "days": int(last["days"]), "change": float(last["change"]),
            "low": float(last["low"]), "high": float(last["high"]), "sales": found.data.money(int(last["sales"])),
            "verdict": ways.get((bool(last["low"] > 0), bool(last["high"] < 0)), "level")}


def _participation(found: History, table: pd.DataFrame) -> dict[str, Any]:
    """The segment that took part most in the newest event or campaign with enough people to speak of."""
    large = table[(table["customers"] >= LEAST) & (table["participants"] >= found.data.settings.privacy.min_cell)]
    if large.empty:
        return {}
    last = large[(large["start"] == large["start"].iloc[-1]) & (large["event"] == large["event"].iloc[-1])]
    top = last.sort_values(["share", "rfm_segment"], ascending=[False, True]).iloc[0]
    return {"event": top["event"], "start": top["start"], "segment": top["rfm_segment"], "share": float(top["share"]),
            "customers": int(top["customers"])}


#: Smaller segments are not spoken of in a title.
LEAST = 30
