"""The people of the trends page: when do first buyers come back, how many of them, and when is each due again?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.people import next_purchase, returning
from crmlib.analyses.trends.people.intervals import intervals, medians
from crmlib.methods.intervals import wilson
from crmlib.part import (
    CODE,
    COUNT,
    DAYS,
    LEVEL,
    MONEY,
    MONTH,
    PEOPLE,
    RATIO,
    FactKinds,
    Notes,
    Part,
    facts,
    tables,
)
from crmlib.result import Check, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS: FactKinds = {"f2_rate": ("ratio", "no_ripe_cohort")}
RECENT_COHORTS = 12
_RATE = {"low": RATIO, "high": RATIO}
COLUMNS = {
    "cohorts": {"cohort": MONTH, "age_months": COUNT, "size": PEOPLE, "active": PEOPLE, "retention": RATIO,
                "revenue": MONEY, "ltv": MONEY, "month": MONTH, "partial": CODE, "first": CODE},
    "cohorts_later": {"cohort": MONTH, "age_months": COUNT, "size": PEOPLE, "later": PEOPLE, "share": RATIO,
                      "month": MONTH, "partial": CODE, "first": CODE},
    "cohort_averages": {"age_months": COUNT, "cohorts": COUNT, "size": PEOPLE, "active": PEOPLE, "retention": RATIO,
                        **_RATE, "ltv": MONEY},
    "cohort_curves": {"cohort": MONTH, "days": DAYS, "size": PEOPLE, "followed": PEOPLE, "returned": RATIO, **_RATE},
    "f2": {"cohort": MONTH, "days": DAYS, "size": PEOPLE, "converted": PEOPLE, "rate": RATIO, **_RATE},
    "intervals": {"step": CODE, "from_days": DAYS, "to_days": DAYS, "gaps": COUNT, "share": RATIO, "returned": RATIO,
                  **_RATE},
    "interval_medians": {"step": CODE, "waits": COUNT, "gaps": COUNT, "waiting": COUNT, "median_gap": DAYS,
                         "median": DAYS, "returned": RATIO},
    "next_purchase": {"next_purchase": CODE, "customers": PEOPLE, "share": RATIO},
    "next_purchase_proof": {"outcome": CODE, "customers": PEOPLE, "share": RATIO},
}
#: The column of people behind a row, and inside what they add up to a published number: those of a calendar month to
#: its customers. Gaps are counted, not people: one person has many.
SMALL: dict[str, dict[str, Any]] = {
    "cohorts": {"count": "active", "within": ("month",)},
    # Of the newest month, these are the same people as in ``cohorts``, which add up to the month's buyers.
    "cohorts_later": {"count": "later", "within": ("cohort",), "across": ("month",)},
    "cohort_averages": {"count": "active", "within": ("age_months",)},
    "cohort_curves": {"count": "followed", "within": ("cohort", "days")},
    "f2": {"count": "converted", "within": ("cohort", "days")},
    "next_purchase": {"count": "customers"}, "next_purchase_proof": {"count": "customers"}}


YEAR = 12
#: Shares add up to 1 only as far as floating numbers do.
HALF = 0.5 - 1e-9


def part(found: History, settings: TrendsSettings) -> Part:
    """Follow each month's first buyers, and everybody's next purchase.

    Returns
    -------
    Part
        facts
            f2_rate (newest cohort whose shortest window is full).
        tables
            cohorts: cohort, age_months, size, active, retention, revenue, ltv, month, partial, first. cohorts_later:
            cohort, age_months, size, later, share, month, partial, first. cohort_averages: age_months, cohorts, size,
            active, retention, low, high, ltv. cohort_curves: cohort, days, size, followed, returned, low, high. f2:
            cohort, days, size, converted, rate, low, high. intervals: step, from_days, to_days, gaps, share, returned,
            low, high. interval_medians: step, waits, gaps, waiting, median_gap, median, returned. next_purchase:
            next_purchase, customers, share. next_purchase_proof: outcome, customers, share.
        measures
            customer_key, next_purchase_from, next_purchase_to.
    """
    data, windows = found.data, sorted(set(settings.conversion_days))
    waits = found.waits
    coming = next_purchase.windows(data, settings.next_purchase_share)
    buyers = int(waits.loc[waits["purchase"] == 1, "waits"].sum())
    frames = _cohorts(found, waits, windows) | {
        "intervals": intervals(waits, LEVEL), "interval_medians": medians(waits, LEVEL),
        "next_purchase": next_purchase.states(coming, buyers, data),
        "next_purchase_proof": next_purchase.proof(data, settings.next_purchase_share)}
    ripe = [returning.newest_ripe(frames["f2"], windows[0], data.previous(n) if n else data) for n in (0, 1, 12)]
    sides = [{"f2_rate": one.get("rate"), "grounds": {"f2_rate": one}} for one in ripe]
    told = ripe[0] if ripe[0] and returning.tellable(data, ripe[0]) else {}
    return Part(
        facts=facts("trends", FACTS, sides, data),
        tables=tables(frames, COLUMNS, SMALL),
        figures=figures(frames, told, data, settings),
        checks=checks(found.cohorts, buyers),
        notes=(*((("second_purchase", told),) if told else ()), *notes(frames, settings)),
        measures=next_purchase.measures(coming),
    )


def _cohorts(found: History, waits: pd.DataFrame, windows: list[int]) -> dict[str, pd.DataFrame]:
    triangle = returning.cohorts(found.cohorts, found.data)
    return {"cohorts": triangle, "cohorts_later": returning.later(found.cohorts, found.data),
            "cohort_averages": returning.averages(triangle, LEVEL), "cohort_curves": returning.curves(waits, LEVEL),
            "f2": returning.second_purchases(waits, found.data, windows, LEVEL)}


def checks(cells: pd.DataFrame, buyers: int) -> tuple[Check, ...]:
    """Return what must hold of the people."""
    sizes = int(cells.loc[cells["cohort"] == cells["ym"], "active"].sum())
    return (Check("cohorts_hold_everyone", sizes == buyers, sizes, buyers, "stop"),)


def notes(frames: dict[str, pd.DataFrame], settings: TrendsSettings) -> Notes:
    """Return what the section says beside its charts: how far windows can be trusted, or why there are none."""
    said: list[tuple[str, dict[str, Any]]] = []
    if frames["intervals"].empty:
        said.append(("people.no_gaps", {}))
    state = frames["next_purchase"].set_index("next_purchase")
    proof = frames["next_purchase_proof"].set_index("outcome")
    if state.empty or not state["customers"].loc[["soon", "later"]].sum():
        return (*said, ("people.no_windows", {}))
    values = {name: int(state.at[name, "customers"]) for name in next_purchase.STATES}
    said.append(("people.windows", {**values, "told": values["soon"] + values["later"],
                                    "probability": settings.next_purchase_share}))
    if proof.empty:
        return (*said, ("people.no_proof", {}))
    return (*said, ("people.proof", {"customers": int(proof["customers"].sum()),
                                     "probability": settings.next_purchase_share,
                                     **{name: float(proof.at[name, "share"]) for name in next_purchase.OUTCOMES}}))


def figures(frames: dict[str, pd.DataFrame], told: dict[str, Any], data: Dataset,
            settings: TrendsSettings) -> dict[str, Figure]:
    """Return the charts that have a message."""
    shown = settings.cohort_months
    triangle = partial(charts.retention, partial="partial", starred="first", cohorts=shown, ages=shown - 1)
    drawn: dict[str, tuple[str, Any, dict[str, Any], tuple[float, float]]] = {
        "retention": ("cohorts", triangle, next_month(frames["cohorts"]), (7.2, 6.0)),
        "ltv": ("cohort_averages", plot_ltv, ltv_told(frames["cohort_averages"], data), (7.2, 3.6)),
        "f2": ("f2", plot_f2, told, (7.2, 3.6)),
        "intervals": ("intervals", plot_intervals, _intervals(frames["interval_medians"]), (7.2, 3.6)),
    }
    return {name: Figure(draw, table, values, size) for name, (table, draw, values, size) in drawn.items() if values}


def next_month(table: pd.DataFrame) -> dict[str, Any]:
    """Return next month's return, with its interval, over the latest cohorts of new customers with that month over."""
    ripe = table[(table["age_months"] == 1) & ~table["partial"] & ~table["first"]].tail(RECENT_COHORTS)
    size, active = int(ripe["size"].sum()), int(ripe["active"].sum())
    low, high = wilson(active, size, LEVEL) or (None, None)
    return {"cohorts": len(ripe), "size": size, "active": active, "share": active / size, "low": low,
            "high": high} if size else {}


def ltv_told(table: pd.DataFrame, data: Dataset) -> dict[str, Any]:
    """What an average first buyer has brought a year on, or as far as anybody has been followed."""
    if len(table) < 2:
        return {}
    row = table[table["age_months"] <= YEAR].iloc[-1]
    return {"months": int(row["age_months"]), "cohorts": int(row["cohorts"]), "size": int(row["size"]),
            "ltv": data.money(round(row["ltv"])), "begin": data.money(round(table["ltv"].iloc[0]))}


def _intervals(table: pd.DataFrame) -> dict[str, Any]:
    """The usual gap of all, and of each step."""
    known = {row["step"]: row for row in table.to_dict("records") if row["gaps"]}
    if "all" not in known:
        return {}
    return {"gaps": int(known["all"]["gaps"]), "usual": _days(known["all"]["median_gap"])}


def _days(value: float) -> int:
    return int(value + 0.5)


def plot_ltv(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what an average first buyer has brought by each month, a year on marked."""
    told = frame.loc[frame["age_months"] <= YEAR, "age_months"].iloc[-1]
    return charts.line(frame, ax, words, x="age_months", y="ltv", unit="money", current=told)


def plot_intervals(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how long gaps between purchase days are, the class that holds the middle one in colour."""
    shown = frame[frame["step"] == "all"].reset_index(drop=True)
    ends = ["" if end is None or end != end else int(end) for end in shown["to_days"].astype(object)
            .where(shown["to_days"].notna(), None)]
    shown = shown.assign(gap=[f"{start}\u2013{end}" for start, end in zip(shown["from_days"], ends, strict=True)])
    middle = shown.loc[shown["share"].cumsum() >= HALF, "gap"].iloc[0]
    charts.columns(shown, ax, words, x="gap", value="share", unit="ratio", accent=middle)
    ax.set_xlabel(words.label("days"))
    return ax


def plot_f2(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of first buyers who came back within the shortest window, by month of first purchase."""
    shown = frame[frame["days"] == frame["days"].min()].reset_index(drop=True)
    return charts.line(shown, ax, words, x="cohort", y="rate", unit="ratio", low="low", high="high",
                       current=shown["cohort"].iloc[-1])
