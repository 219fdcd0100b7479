"""The charts of the scores: months, the scores given, who would recommend the shop, who stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.analyses.satisfaction.scoring import GROUPS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text


def plot_nps_by_month(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw NPS of each person's last answer by month, in its interval."""
    return charts.line(frame, ax, words, y="value", unit="points", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_csat_by_month(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of satisfied answers by month, in its interval."""
    return charts.line(frame, ax, words, y="value", unit="ratio", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_nps_distribution(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how many people gave each score, promoters in colour."""
    promoters = tuple(frame.loc[frame["group"] == "promoter", "score"])
    return charts.columns(frame, ax, words, x="score", value="people", unit="customers", accent=promoters)


def plot_nps_parts(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw which part of the people would recommend the shop and which would not, month by month."""
    return charts.shares(frame, ax, words, x="month", part="group", value="share", order=list(reversed(GROUPS)))


def plot_coverage(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each group of customers that answered, with its interval; groups of few people are left out."""
    shown = frame[frame["rate"].notna()].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="level", value="rate", low="low", high="high", unit="ratio",
                       n="customers")


def plot_segments_nps(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the NPS of each kind of customer with its interval, those beyond chance in colour."""
    return _segments(frame, ax, words, "points")


def plot_segments_csat(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the satisfied part of each kind of customer with its interval, those beyond chance in colour."""
    return _segments(frame, ax, words, "ratio")


def _segments(frame: pd.DataFrame, ax: Axes, words: Text, unit: str) -> Axes:
    beyond = tuple(frame.loc[frame["verdict"].isin(["higher", "lower"]), "level"])
    return charts.dots(frame, ax, words, label="level", value="value", low="low", high="high", unit=unit, n="n",
                       accent=beyond)
