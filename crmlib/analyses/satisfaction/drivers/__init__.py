"""What goes with satisfaction, and what to mend first? Importance, the CS portfolio, penalties and rewards."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib import charts, theme
from crmlib.analyses.satisfaction.drivers.sheets import Sheets, sheets
from crmlib.methods.surveys.drivers import (
    covariance,
    cronbach,
    importance,
    penalty_reward,
    portfolio,
    ranks,
    resampled,
)
from crmlib.part import CODE, COUNT, RATIO, FactKinds, Notes, Part, facts, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {"alpha": ("score", "no_alpha")}
#: Fewer complete sheets than these give no ranking of items.
FEWEST, FEWEST_AN_ITEM = 100, 10
DRIVERS = {"item": "str", "importance": "float64", "low": "float64", "high": "float64", "rank": "int64",
           "rank_best": "int64", "rank_worst": "int64", "performance": "float64", "performance_deviation": "float64",
           "importance_deviation": "float64", "improvement": "float64", "quadrant": "str"}
CONTRAST = {"item": "str", "penalty": "float64", "penalty_low": "float64", "penalty_high": "float64",
            "reward": "float64", "reward_low": "float64", "reward_high": "float64", "kind": "str"}
SCORE = Column("score")
COLUMNS = {
    "drivers": {"item": CODE, "importance": RATIO, "low": RATIO, "high": RATIO, "rank": COUNT, "rank_best": COUNT,
                "rank_worst": COUNT, "performance": RATIO, "performance_deviation": SCORE,
                "importance_deviation": SCORE, "improvement": SCORE, "quadrant": CODE},
    "penalty_reward": {"item": CODE, "penalty": SCORE, "penalty_low": SCORE, "penalty_high": SCORE, "reward": SCORE,
                       "reward_low": SCORE, "reward_high": SCORE, "kind": CODE},
}


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say which items go with the overall score, how sure that is, and which to mend first.

    Returns
    -------
    Part
        facts
            alpha: Cronbach's alpha of the items, with Feldt's interval.
        tables
            drivers: item, importance (share of the overall score's variance; they add up to R²), low, high (bootstrap),
            rank, rank_best, rank_worst, performance (share of the two best steps), performance_deviation,
            importance_deviation (mean 50, standard deviation 10), improvement (改善度), quadrant (keep, maintain,
            improve, first). penalty_reward: item, penalty, penalty_low, penalty_high, reward, reward_low, reward_high
            (steps of the overall score), kind (basic, performance, excitement, none).

    Notes
    -----
    Association, not cause. Sheets with a gap are left out.
    """
    found = sheets(data, settings)
    enough = found is not None and found.n >= max(FEWEST, FEWEST_AN_ITEM * len(found.items))
    shared = importance(covariance(found.scores, found.counts)) if found is not None and enough else None
    if found is None or shared is None:
        return Part(facts=facts("satisfaction", FACTS, [{}, {}, {}], data), notes=_why(found))
    table = _drivers(found, shared[0], settings.confidence)
    frames = {"drivers": table, "penalty_reward": _contrast(found, settings.confidence)}
    return Part(facts=_alpha(data, found), tables=tables(frames, COLUMNS, {}),
                figures=_figures(found, table, shared[1]), notes=_told(found, table, shared[1]))


def _why(found: Sheets | None) -> Notes:
    if found is None:
        return (("drivers.no_items", {}),)
    return (("drivers.too_few", {"n": found.n, "needed": max(FEWEST, FEWEST_AN_ITEM * len(found.items))}),)


def _alpha(data: Dataset, found: Sheets) -> tuple[Any, ...]:
    alpha = cronbach(found.scores[:, 1:], found.counts)
    side = {} if alpha is None else {"alpha": alpha.value, "grounds": {
        "alpha": {"size": found.n, "low": alpha.low, "high": alpha.high}}}
    return facts("satisfaction", FACTS, [side, {}, {}], data)


def _drivers(found: Sheets, shares: np.ndarray, level: float) -> pd.DataFrame:
    import pandas as pd

    spread, satisfied = resampled(found.scores, found.counts, level=level), found.satisfied
    placed = portfolio(satisfied, shares)
    order, rows = ranks(list(shares)), []
    for n, item in enumerate(found.items):
        where = placed[n] if placed else None
        rows.append((item.key, float(shares[n]), float(spread.low[n]), float(spread.high[n]), order[n],
                     round(float(spread.best[n])), round(float(spread.worst[n])), float(satisfied[n]),
                     where and where.performance, where and where.importance, where and where.improvement,
                     where.quadrant if where else ""))
    frame = pd.DataFrame(rows, columns=list(DRIVERS)).astype(DRIVERS)
    return frame.sort_values(["rank", "item"], ignore_index=True)


def _contrast(found: Sheets, level: float) -> pd.DataFrame:
    import pandas as pd

    low = np.array([item.scale[0] if item.better == "high" else -item.scale[1] for item in found.items])
    high = np.array([item.scale[1] if item.better == "high" else -item.scale[0] for item in found.items])
    scores = found.scores[:, 1:]
    told = penalty_reward(found.scores[:, 0], scores <= low + 1, scores >= high, found.counts, level) or []
    rows = [{"item": item.key, **asdict(one), "kind": one.kind} for item, one in zip(found.items, told, strict=False)]
    return pd.DataFrame(rows, columns=list(CONTRAST)).astype(CONTRAST)


def _told(found: Sheets, table: pd.DataFrame, r2: float) -> Notes:
    first, base = table.iloc[0], {"n": found.n, "r2": r2, "overall": found.overall.key}
    sure = first["rank_worst"] == 1
    notes: list[tuple[str, dict[str, Any]]] = [
        (f"drivers.{'leads' if sure else 'leads_maybe'}", base | {
            "item": first["item"], "share": float(first["importance"]), "worst": int(first["rank_worst"])})]
    mend = table[table["improvement"] > 0].sort_values(["improvement", "item"], ascending=[False, True])
    if len(mend):
        which = "mend_first" if mend["quadrant"].iloc[0] == "first" else "mend_next"
        notes.append((f"drivers.{which}", {"item": mend["item"].iloc[0],
                                           "performance": float(mend["performance"].iloc[0])}))
    if found.left_out:
        notes.append(("drivers.left_out", {"items": ", ".join(found.left_out)}))
    return (*notes, ("drivers.no_cause", {}))


def _figures(found: Sheets, table: pd.DataFrame, r2: float) -> dict[str, Figure]:
    first = table.iloc[0]
    values = {"item": first["item"], "share": float(first["importance"]), "n": found.n, "r2": r2,
              "overall": found.overall.key}
    figures = {"drivers": Figure(plot_drivers, "drivers", values, (7.2, 3.6))}
    if (table["quadrant"] != "").all():
        mend = table.sort_values(["improvement", "item"], ascending=[False, True]).iloc[0]
        figures["portfolio"] = Figure(plot_portfolio, "drivers", {
            "item": mend["item"], "improvement": float(mend["improvement"]), "n": found.n}, (7.2, 5.2))
    return figures


def plot_drivers(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each item's share of the overall score's variance with its interval."""
    return charts.dots(frame, ax, words, label="item", value="importance", low="low", high="high", unit="ratio",
                       accent=frame["item"].iloc[0])


def plot_portfolio(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the CS portfolio: importance to the right, satisfaction upwards, the items to mend first in colour."""
    x, y = frame["importance_deviation"], frame["performance_deviation"]
    reach = max(12.0, *(abs(x - 50)), *(abs(y - 50))) * 1.35
    ax.set_xlim(50 - reach, 50 + reach)
    ax.set_ylim(50 - reach, 50 + reach)
    ax.axhline(50, color=theme.RULE, linewidth=1, zorder=0)
    ax.axvline(50, color=theme.RULE, linewidth=1, zorder=0)
    for name, (right, up) in {"keep": (1, 1), "maintain": (0, 1), "improve": (0, 0), "first": (1, 0)}.items():
        ax.annotate(words.code("quadrant", name), (right, up), xycoords="axes fraction",
                    xytext=(-4 if right else 4, -4 if up else 4), textcoords="offset points",
                    ha="right" if right else "left", va="top" if up else "bottom", color=theme.GREY)
    for row in frame.itertuples():
        mend = row.quadrant == "first"
        colour = theme.ACCENT if mend else theme.GREY
        ax.plot([row.importance_deviation], [row.performance_deviation], "o", color=colour, markersize=8)
        left = row.importance_deviation > 50 + reach * 0.55
        ax.annotate(words.code("item", row.item), (row.importance_deviation, row.performance_deviation),
                    xytext=(-8 if left else 8, 0), textcoords="offset points", va="center",
                    ha="right" if left else "left", fontweight="bold" if mend else "normal",
                    color=colour if mend else theme.INK)
    ax.set_xlabel(words.label("importance_deviation"))
    ax.set_ylabel(words.label("performance_deviation"))
    return ax
