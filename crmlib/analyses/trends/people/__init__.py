"""The people of the trends page: when do first buyers come back, and how many of them?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.part import CODE, COUNT, DAYS, LEVEL, MONTH, PEOPLE, RATIO, Part, facts, tables
from crmlib.analyses.trends.people.returning import cohorts, newest_ripe, second_purchases, tellable
from crmlib.result import Check, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS = {"f2_rate": ("ratio", "no_ripe_cohort")}
RECENT_COHORTS = 12
COLUMNS = {
    "cohorts": {"cohort": MONTH, "age_months": COUNT, "size": PEOPLE, "active": PEOPLE, "retention": RATIO,
                "month": MONTH, "partial": CODE},
    "f2": {"cohort": MONTH, "days": DAYS, "size": PEOPLE, "converted": PEOPLE, "rate": RATIO, "low": RATIO,
           "high": RATIO},
}
#: The column of people behind a row, and inside what they add up to a published number: those of a calendar month to
#: its customers.
SMALL: dict[str, dict[str, Any]] = {"cohorts": {"count": "active", "within": ("month",)},
                                    "f2": {"count": "converted", "within": ("cohort", "days")}}


def part(found: History, settings: TrendsSettings) -> Part:
    """Follow each month's first buyers.

    Returns
    -------
    Part
        facts
            f2_rate (newest cohort whose shortest window is full).
        tables
            cohorts: cohort, age_months, size, active, retention, month, partial. f2: cohort, days, size, converted,
            rate, low, high.
    """
    data = found.data
    windows = sorted(set(settings.conversion_days))
    gaps = data.query("trends_second", longest=windows[-1])
    frames = {"cohorts": cohorts(found.cohorts, data), "f2": second_purchases(gaps, data, windows, LEVEL)}
    ripe = [newest_ripe(frames["f2"], windows[0], data.previous(n) if n else data) for n in (0, 1, 12)]
    sides = [{"f2_rate": one.get("rate"), "grounds": {"f2_rate": one}} for one in ripe]
    told = ripe[0] if ripe[0] and tellable(data, ripe[0]) else {}
    return Part(
        facts=facts(FACTS, sides, data),
        tables=tables(frames, COLUMNS, SMALL),
        figures=figures(frames, told, settings),
        checks=checks(found.cohorts, gaps),
        notes=(("second_purchase", told),) if told else (),
    )


def checks(cells: pd.DataFrame, gaps: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold of the people."""
    sizes = int(cells.loc[cells["cohort"] == cells["ym"], "active"].sum())
    ever = int(gaps["customers"].sum())
    return (Check("cohorts_hold_everyone", sizes == ever, sizes, ever, "stop"),)


def figures(frames: dict[str, pd.DataFrame], told: dict[str, Any], settings: TrendsSettings) -> dict[str, Figure]:
    """Return the charts that have a message."""
    shown = settings.cohort_months
    triangle = partial(charts.retention, partial="partial", cohorts=shown, ages=shown - 1)
    drawn: dict[str, tuple[str, Any, dict[str, Any], tuple[float, float]]] = {
        "retention": ("cohorts", triangle, next_month(frames["cohorts"]), (7.2, 6.0)),
        "f2": ("f2", plot_f2, told, (7.2, 3.6)),
    }
    return {name: Figure(draw, table, values, size) for name, (table, draw, values, size) in drawn.items() if values}


def next_month(table: pd.DataFrame) -> dict[str, Any]:
    """Return next month's return, over the latest cohorts whose next month is over."""
    ripe = table[(table["age_months"] == 1) & ~table["partial"]].tail(RECENT_COHORTS)
    size, active = int(ripe["size"].sum()), int(ripe["active"].sum())
    return {"cohorts": len(ripe), "size": size, "active": active, "share": active / size} if size else {}


def plot_f2(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of first buyers who came back within the shortest window, by month of first purchase."""
    shown = frame[frame["days"] == frame["days"].min()].reset_index(drop=True)
    return charts.line(shown, ax, words, x="cohort", y="rate", unit="ratio", low="low", high="high",
                       current=shown["cohort"].iloc[-1])
