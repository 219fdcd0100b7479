"""The charts of the outlook page; each draws a table of the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts, theme
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text


def figures(shown: dict[str, pd.DataFrame], values: dict[str, Any], newcomer: dict[str, Any],
            least: int) -> dict[str, Figure]:
    """Return the charts whose tables there are; a title tells only of ``least`` people or more."""
    last = {name: _last(shown[name], least) for name in ("calibration", "contracts") if name in shown}
    drawn = {
        "tracking": Figure(plot_tracking, "tracking", values, size=(7.2, 3.4)),
        "calibration": Figure(plot_calibration, "calibration", last.get("calibration", {}), size=(7.2, 3.4)),
        "lift": Figure(plot_lift, "lift", values, size=(7.2, 3.4)),
        "silence": Figure(plot_silence, "silence", values, size=(7.2, 3.4)),
        "segments": Figure(plot_segments, "segments", values, size=(7.2, 3.6)),
        "ltv": Figure(plot_ltv, "ltv", newcomer, size=(7.2, 3.6)),
        "contracts": Figure(plot_contracts, "contracts", last.get("contracts", {}), size=(7.2, 3.4)),
    }
    return {name: one for name, one in drawn.items() if one.table in shown and one.values}


def _last(frame: pd.DataFrame, least: int) -> dict[str, Any]:
    """The last row of enough people."""
    rows = frame[frame["customers"] >= least]
    return {str(key): value for key, value in rows.iloc[-1].to_dict().items()} if len(rows) else {}


def plot_tracking(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what was forecast for the last weeks beside what came."""
    return charts.line(frame, ax, words, x="week", y=("predicted", "actual"), unit="orders")


def plot_calibration(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw forecast and outcome per customer by how often they had come back."""
    return charts.line(frame, ax, words, x="purchases", y=("predicted", "actual"), unit="score")


def plot_lift(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how often each tenth of the ranking came beside the average customer, whose place is marked."""
    charts.columns(frame, ax, words, x="tenth", value="lift", unit="score")
    ax.axhline(1, color=theme.GREY, linewidth=1, linestyle="--", zorder=2)
    return ax


def plot_silence(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how likely customers are still there, by how often they bought and how long they have been silent."""
    return charts.heatmap(frame, ax, words, row="bought", column="silent", value="p_alive", unit="ratio")


def plot_segments(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the value of the next twelve months by segment."""
    return charts.bars(frame, ax, words, label="rfm_segment", value="clv", unit="money",
                       accent=frame["rfm_segment"].iloc[0], other=("clv_share", "ratio"))


def plot_ltv(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what a new customer has brought by each month since, beside what the models expect."""
    series = ("per_customer", "modelled") if "modelled" in frame else ("per_customer",)
    return charts.line(frame, ax, words, x="age_months", y=series, unit="money")


def plot_contracts(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of subscriptions still running after each renewal, observed and expected."""
    return charts.line(frame, ax, words, x="renewals", y=("observed", "expected"), unit="ratio")
