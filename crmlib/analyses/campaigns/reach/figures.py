"""The charts of reach; each draws a table of the same part."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Contacts below which a segment's share of answers is left to the table.
FEW = 10
#: What is followed in the chart of days: what a shop waits for.
WAITED = ("order", "redeem", "click", "open")


def figures(frames: dict[str, pd.DataFrame], names: Mapping[str, str], over: Set[str],
            min_cell: int) -> dict[str, Figure]:
    """Return the charts that have something to tell, of campaigns that are over and groups of ``min_cell`` people."""
    found: dict[str, Figure] = {}
    steps = _newest(frames["funnel"], over, min_cell)
    if len(steps) > 1:
        values = _funnel(steps, names)
        found["funnel"] = Figure(partial(plot_funnel, campaign=values["campaign"], arm=values["arm"]), "funnel",
                                 values, (7.2, 3.2))
    segments = _segments(frames["response"])
    seen = segments[~segments["answered"].between(1, min_cell - 1)]
    if len(seen) > 1:
        found["response"] = Figure(plot_response, "response", _response(seen), (7.2, 3.6))
    waited = _waited(frames["lags"])
    if len(waited) > 2:
        found["lags"] = Figure(plot_lags, "lags", _lag(waited), (7.2, 3.4))
    return found


def plot_funnel(frame: pd.DataFrame, ax: Axes, words: Text, campaign: str, arm: str) -> Axes:
    """Draw how far one arm of a campaign got."""
    shown = frame[(frame["campaign"] == campaign) & (frame["arm"] == arm)]
    return charts.bars(shown, ax, words, label="step", value="customers", unit="customers", other=("rate", "ratio"),
                       accent="bought")


def plot_response(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of contacts that each segment answered."""
    shown = _segments(frame)
    return charts.dots(shown, ax, words, label="level", value="rate", low="low", high="high", unit="ratio",
                       n="contacts", accent=shown.loc[shown["rate"].notna(), "level"].iloc[0])


def plot_lags(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw by which day those who answered had done so."""
    shown = _waited(frame)
    ax = charts.line(shown, ax, words, x="days", y="share", unit="ratio")
    ax.set_xlabel(words.label("days_after"))
    return ax


def _newest(frame: pd.DataFrame, over: Set[str], min_cell: int) -> pd.DataFrame:
    """Return the steps of the newest campaign that is over and in which somebody did something, its largest arm.

    An arm with a step of fewer than ``min_cell`` people, whose number the page hides, is passed over.
    """
    frame = frame[frame["campaign"].isin(list(over))]
    few = frame["customers"].isna() | frame["customers"].between(1, min_cell - 1)
    frame = frame[~few.groupby([frame["campaign"], frame["arm"]]).transform("any")]
    acted = frame[frame["step"].isin(("opened", "clicked", "bought")) & (frame["customers"] > 0)]
    if acted.empty:
        return frame.iloc[:0]
    mine = frame[frame["campaign"] == acted["campaign"].iloc[0]]
    arm = mine.sort_values(["n", "arm"], ascending=[False, True])["arm"].iloc[0]
    return mine[mine["arm"] == arm].reset_index(drop=True)


def _funnel(steps: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    acted = steps[steps["step"].isin(("opened", "clicked", "bought"))].iloc[-1]
    return {"name": names[acted["campaign"]], "n": int(acted["n"]), "customers": int(acted["customers"]),
            **{key: acted[key] for key in ("campaign", "arm", "step")},
            **{key: float(acted[key]) for key in ("rate", "low", "high")}}


def _segments(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["attribute"] == "segment") & (frame["contacts"] >= FEW)].reset_index(drop=True)


def _response(shown: pd.DataFrame) -> dict[str, Any]:
    first, last = shown.iloc[0], shown.iloc[-1]
    return {"best": first["level"], "best_rate": float(first["rate"]), "least": last["level"],
            "least_rate": float(last["rate"]), "contacts": int(shown["contacts"].sum())}


def _waited(frame: pd.DataFrame) -> pd.DataFrame:
    kind = next((one for one in WAITED if (frame["type"] == one).any()), None)
    return frame[frame["type"] == kind].reset_index(drop=True)


def _lag(shown: pd.DataFrame) -> dict[str, Any]:
    half = shown[shown["share"] >= 0.5].iloc[0]
    return {"type": shown["type"].iloc[0], "half": int(half["days"]), "customers": int(shown["customers"].iloc[-1]),
            "last": int(shown["days"].iloc[-1])}
