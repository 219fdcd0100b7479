"""Behaviour on the trends page: what do visitors do on the site and in the app, and how far do they get?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.behaviour.conversion import changes, conversion
from crmlib.analyses.trends.behaviour.funnels import funnel, paths
from crmlib.analyses.trends.behaviour.web import checked, web
from crmlib.part import CODE, COUNT, DAYS, LEVEL, MONTH, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.trends.months import History
    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
_RATE = {"rate": RATIO, "low": RATIO, "high": RATIO}
COLUMNS: dict[str, dict[str, Column]] = {
    "web": {"month": MONTH, "type": CODE, "events": COUNT, "visitors": PEOPLE, "customers": PEOPLE,
            "known_share": RATIO},
    "funnel": {"funnel": CODE, "per": CODE, "place": COUNT, "step": CODE, "n": PEOPLE, "ordered": PEOPLE, **_RATE,
               "step_rate": RATIO, "any_order": PEOPLE, "any_rate": RATIO},
    "conversion": {"conversion": CODE, "days": DAYS, "n": PEOPLE, "followed": PEOPLE, "converted": PEOPLE, **_RATE,
                   "plain": RATIO},
}
#: The column of people behind a row, and inside what they add up to something published.
SMALL: dict[str, dict[str, Any]] = {
    "web": {"count": "visitors", "within": ("month", "type")},
    "funnel": {"count": "ordered", "within": ("funnel", "place")},
    "conversion": {"count": "converted", "within": ("conversion", "days")}}
#: Types of events in the chart.
MOST = 4
TOLD_DAYS = 30


def part(found: History, settings: TrendsSettings) -> Part:
    """Follow visitors through site and app.

    Returns
    -------
    Part
        tables
            web: month, type, events, visitors, customers, known_share. funnel: funnel, per, place, step, n, ordered,
            rate, low, high, step_rate, any_order, any_rate. conversion: conversion, days, n, followed, converted, rate,
            low, high, plain.

    Raises
    ------
    CrmError
        ``trends.unknown_event_type``: the settings name a type of event that is not in the data.
    """
    data = found.data
    if data.missing(("events",)):
        return Part(notes=(("behaviour.no_events", {}),))
    rows = data.query("trends_web")
    types = sorted(dict.fromkeys(rows["type"]))
    if not types:
        return Part(notes=(("behaviour.no_events", {}),))
    checked(_named(settings), types, data)
    followed, changed = paths(settings, types), changes(settings, types)
    frames = {"web": web(rows), "funnel": funnel(data, settings, followed, LEVEL),
              "conversion": conversion(data, changed, LEVEL)}
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=figures(frames), notes=notes(rows, frames, types))


def _named(settings: TrendsSettings) -> dict[str, tuple[str, ...]]:
    """Key of the settings → the types of events it names."""
    steps = {f"trends.funnels[{n}].steps": one.steps for n, one in enumerate(settings.funnels or (), start=1)}
    ends = {f"trends.conversions[{n}]": (one.start, one.end)
            for n, one in enumerate(settings.conversions or (), start=1)}
    return steps | ends


def notes(rows: pd.DataFrame, frames: dict[str, pd.DataFrame], types: list[str]) -> Notes:
    """Return how much is known of visitors, and what could not be followed."""
    whole = int(rows["events"].sum())
    said: list[tuple[str, dict[str, Any]]] = [
        ("behaviour.coverage", {"events": whole, "known": int(rows["known_events"].sum()) / whole})]
    if frames["funnel"].empty:
        said.append(("behaviour.no_funnel", {"types": ", ".join(types)}))
    return tuple(said)


def figures(frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message."""
    drawn = {"web": (plot_web, _web, (7.2, 3.6)), "funnel": (plot_funnel, _funnel, (7.2, 3.6)),
             "conversion": (plot_conversion, _conversion, (7.2, 3.6))}
    values = {name: told(frames[name]) for name, (_, told, _) in drawn.items() if len(frames[name])}
    return {name: Figure(draw, name, values[name], size) for name, (draw, _, size) in drawn.items()
            if values.get(name)}


def plot_web(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the visitors of the most frequent types of events, each on its own line."""
    shown = list(dict.fromkeys(frame["type"]))[:MOST]
    return charts.panels(frame[frame["type"].isin(shown)].reset_index(drop=True), ax, words, panel="type", x="month",
                         y="visitors", unit="customers", across=2, current=frame["month"].max())


def plot_funnel(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how many reach each step of the first funnel, with the share of any order behind."""
    shown = frame[frame["funnel"] == frame["funnel"].iloc[0]].reset_index(drop=True)
    return charts.bars(shown, ax, words, label="step", value="rate", unit="ratio", other=("any_rate", "ratio"))


def plot_conversion(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of the first change's beginners who have got there by each day."""
    shown = frame[frame["conversion"] == frame["conversion"].iloc[0]].reset_index(drop=True)
    ax = charts.line(shown, ax, words, x="days", y="rate", unit="ratio", low="low", high="high",
                     current=shown["days"].iloc[-1])
    ax.set_xlabel(words.label("days"))
    return ax


def _web(table: pd.DataFrame) -> dict[str, Any]:
    last = table[table["month"] == table["month"].max()]
    top = last.iloc[0]
    return {"type": top["type"], "visitors": int(top["visitors"]), "month": top["month"]}


def _funnel(table: pd.DataFrame) -> dict[str, Any]:
    first = table[table["funnel"] == table["funnel"].iloc[0]]
    last, worst = first.iloc[-1], first.iloc[1:].sort_values(["step_rate", "place"]).iloc[0]
    before = first[first["place"] == worst["place"] - 1].iloc[0]
    return {"n": int(last["n"]), "per": last["per"], "last": last["step"], "rate": float(last["rate"]),
            "any_rate": float(last["any_rate"]), "from_step": before["step"], "to_step": worst["step"],
            "step_rate": float(worst["step_rate"])}


def _conversion(table: pd.DataFrame) -> dict[str, Any]:
    first = table[(table["conversion"] == table["conversion"].iloc[0]) & (table["days"] <= TOLD_DAYS)]
    if first.empty:
        return {}
    row = first.iloc[-1]
    return {"conversion": row["conversion"], "days": int(row["days"]), "n": int(row["n"]), "rate": float(row["rate"]),
            "low": float(row["low"]), "high": float(row["high"]), "plain": float(row["plain"])}
