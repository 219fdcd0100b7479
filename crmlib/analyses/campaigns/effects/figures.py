"""The charts of effects; each draws a table of the same part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.campaigns.effects.rows import BOUGHT, NONE, SALES, SERIES
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

MOST = 12
UNLIKELY = 0.05
CLEAR = ("raised", "lowered")


def figures(frames: dict[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, Figure]:
    """Return the charts that have something to tell."""
    found: dict[str, Figure] = {}
    told = _told(frames["effects"])
    if len(told):
        found["effects"] = Figure(plot_effects, "effects", _effects(told), (7.2, 3.6))
    inside = _clearest(frames["segment_effects"])
    if len(inside) > 1:
        found["segment_effects"] = Figure(plot_segment_effects, "segment_effects", _inside(inside), (7.2, 3.6))
    moved = _latest(frames["event_time"])
    if len(moved):
        found["event_time"] = Figure(plot_event_time, "event_time", _moved(moved), (7.2, 3.4))
    spread = _widest(frames["overlap"])
    if len(spread):
        found["overlap"] = Figure(plot_overlap, "overlap", _spread(spread), (7.2, 3.6))
    return {name: replace(one, values={**one.values, "name": names[one.values["campaign"]]})
            for name, one in found.items()}


def plot_effects(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each told effect on a share with its interval, and zero."""
    shown = _labelled(_told(frame), words)
    return charts.dots(shown, ax, words, label="who", value="effect", low="low", high="high", unit="difference",
                       reference=0.0, accent=tuple(shown.loc[shown["verdict"].isin(CLEAR), "who"]))


def plot_segment_effects(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the effect inside each segment of the newest campaign told."""
    shown = _clearest(frame)
    clear = tuple(shown.loc[shown["p_holm"] < UNLIKELY, "rfm_segment"])
    return charts.dots(shown, ax, words, label="rfm_segment", value="effect", low="low", high="high",
                       unit="difference", reference=0.0, accent=clear)


def plot_event_time(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share who bought before and during the campaign, contacted or not."""
    return charts.line(_latest(frame), ax, words, x="stretch", y=("treated", "untreated"), unit="ratio")


def plot_overlap(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how those contacted had bought before, with the others in brackets."""
    return charts.bars(_widest(frame), ax, words, label="prior", value="treated_share", unit="ratio",
                       other=("untreated_share", "ratio"))


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """Return told effects on a share, of each campaign's first outcome: what can stand on one axis."""
    shown = frame[(frame["design"] != NONE) & (frame["design"] != SERIES) & (frame["unit"] == "ratio")
                  & frame["effect"].notna() & frame["low"].notna()]
    first = shown.groupby("campaign", sort=False)["outcome"].transform("first")
    against = shown.groupby("campaign", sort=False)["control"].transform("first")
    return shown[(shown["outcome"] == first) & (shown["control"] == against)].head(MOST).reset_index(drop=True)


def _labelled(frame: pd.DataFrame, words: Text) -> pd.DataFrame:
    """Return rows with the name by which a reader knows each comparison."""
    several = frame.duplicated("campaign", keep=False)
    form = "{}（{}）" if words.locale == "ja" else "{} ({})"
    names = [form.format(row.name, words.code("arm", row.arm)) if more else str(row.name)
             for row, more in zip(frame.itertuples(index=False), several, strict=True)]
    return frame.assign(who=names)


def _effects(told: pd.DataFrame) -> dict[str, Any]:
    sure = told[told["verdict"].isin(CLEAR)]
    first = (sure if len(sure) else told).iloc[0]
    return {"told": len(told), "found": len(sure), "campaign": first["campaign"], "arm": first["arm"],
            "control": first["control"], "effect": float(first["effect"]), "low": float(first["low"]),
            "high": float(first["high"]), "verdict": first["verdict"], "outcome": first["outcome"]}


def _clearest(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the segments of the newest campaign and arm whose outcome is a share."""
    shares = frame[(frame["unit"] == "ratio") & (frame["outcome"] != SALES)]
    if shares.empty:
        return shares
    wanted = BOUGHT if (shares["outcome"] == BOUGHT).any() else shares["outcome"].iloc[0]
    mine = shares[shares["outcome"] == wanted]
    first = mine.iloc[0]
    return mine[(mine["campaign"] == first["campaign"]) & (mine["arm"] == first["arm"])].reset_index(drop=True)


def _inside(shown: pd.DataFrame) -> dict[str, Any]:
    first, clear = shown.iloc[0], shown[shown["p_holm"] < UNLIKELY]
    top = shown.sort_values(["effect", "rfm_segment"], ascending=[False, True]).iloc[0]
    return {"campaign": first["campaign"], "arm": first["arm"], "segments": len(shown), "clear": len(clear),
            "segment": top["rfm_segment"], "effect": float(top["effect"])}


def _latest(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["campaign"] == frame["campaign"].iloc[0]].reset_index(drop=True) if len(frame) else frame


def _moved(shown: pd.DataFrame) -> dict[str, Any]:
    last, before = shown.iloc[-1], shown.iloc[-2]
    return {"campaign": last["campaign"], "treated": float(last["treated"]), "untreated": float(last["untreated"]),
            "treated_before": float(before["treated"]), "untreated_before": float(before["untreated"])}


def _widest(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the campaign whose groups differ most before."""
    if frame.empty:
        return frame
    apart = (frame["treated_share"] - frame["untreated_share"]).abs().groupby(frame["campaign"], sort=True).sum()
    return frame[frame["campaign"] == apart.idxmax()].reset_index(drop=True)


def _spread(shown: pd.DataFrame) -> dict[str, Any]:
    low = shown.iloc[0]
    return {"campaign": low["campaign"], "treated": int(shown["treated"].sum()),
            "untreated": int(shown["untreated"].sum()), "never": float(low["treated_share"]),
            "never_others": float(low["untreated_share"])}
