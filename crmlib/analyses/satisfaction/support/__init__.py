"""Is help given fast and well? Waiting times, reopened and repeated requests, backlog, and what they are about."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.support.asked import contacts, questions
from crmlib.analyses.satisfaction.support.behaviour import by_label, by_wait
from crmlib.analyses.satisfaction.support.measures import by_month, by_reply, groups, reply_gap, support
from crmlib.analyses.satisfaction.support.tickets import Tickets, read
from crmlib.part import CODE, COUNT, MONEY, MONTH, PEOPLE, RATIO, TEXT, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
SCORE, MEASURED = Column("score"), Column("measured")
COLUMNS = {
    "support": {"measure": CODE, "value": MEASURED, "low": MEASURED, "high": MEASURED, "n": COUNT,
                "unit": Column("unit")},
    "support_by_month": {"month": MONTH, "tickets": COUNT, "per_1000": SCORE, "reply_median": SCORE,
                         "solved_median": SCORE, "reopened": RATIO, "backlog": COUNT},
    "support_groups": {"dimension": CODE, "level": CODE, "tickets": COUNT, "share": RATIO, "reply_median": SCORE,
                       "solved_median": SCORE, "reopened": RATIO, "scored": COUNT, "score": SCORE},
    "support_reply": {"band": CODE, "tickets": COUNT, "scored": COUNT, "score": SCORE, "low": SCORE, "high": SCORE},
    "support_after": {"band": CODE, "n": PEOPLE, "repeat_rate": RATIO, "low": RATIO, "high": RATIO},
    "faq": {"category": CODE, "subject": TEXT, "resolution": CODE, "tickets": COUNT, "customers": PEOPLE,
                  "share": RATIO, "reopened": RATIO},
    "contacts": {"dimension": CODE, "level": CODE, "contacts": COUNT, "customers": PEOPLE, "share": RATIO,
                 "positive": RATIO, "negative": RATIO},
    "labels": {"dimension": CODE, "level": CODE, "label": CODE, "n": PEOPLE, "repeat_rate": RATIO, "low": RATIO,
               "high": RATIO, "spent": MONEY, "spent_low": MONEY, "spent_high": MONEY},
}
SMALL: dict[str, dict[str, Any]] = {
    "support": {"count": "n", "within": ("measure",)}, "support_by_month": {"count": "tickets"},
    "support_groups": {"count": "tickets", "within": ("dimension",)}, "support_reply": {"count": "tickets"},
    "support_after": {"count": "n"}, "faq": {"count": "customers", "within": ("category", "subject")},
    "contacts": {"count": "customers", "within": ("dimension",)},
    "labels": {"count": "n", "within": ("dimension", "level")},
}


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say how long customers wait for help, whether it helps, and what they ask about.

    Returns
    -------
    Part
        tables
            support: measure, value, low, high, n, unit (see ``measures.support``). support_by_month: month, tickets,
            per_1000, reply_median, solved_median, reopened, backlog. support_groups: dimension (category, channel),
            level, tickets, share, reply_median, solved_median, reopened, scored, score. support_reply: band, tickets,
            scored, score, low, high. support_after: band, n, repeat_rate, low, high. faq: category, subject,
            resolution, tickets, customers, share, reopened. contacts: dimension, level, contacts, customers, share,
            positive, negative. labels: dimension, level, label, n, repeat_rate, low, high, spent, spent_low,
            spent_high. Times in hours, money in minor units.
    """
    tickets = read(data, settings)
    frames, notes = ({}, (("support.none", {}),)) if tickets is None else _helped(tickets, settings)
    around, said = _contacted(data, settings)
    return Part(tables=tables(frames | around, COLUMNS, SMALL), notes=(*notes, *said),
                figures={} if tickets is None else _figures(tickets, frames))


def _helped(tickets: Tickets, settings: SatisfactionSettings) -> tuple[dict[str, pd.DataFrame], Notes]:
    """Return what the requests for help tell, and what they were about."""
    data, level = tickets.data, settings.confidence
    frames = {"support": support(tickets, level), "support_by_month": by_month(tickets),
              "support_groups": groups(tickets), "support_reply": by_reply(tickets, level),
              "faq": questions(data)}
    if data.missing(("orders", "order_lines")):
        return frames, _told(tickets, frames, level)
    frames["support_after"], after = by_wait(data, settings)
    return frames, (*_told(tickets, frames, level), *after)


def _contacted(data: Dataset, settings: SatisfactionSettings) -> tuple[dict[str, pd.DataFrame], Notes]:
    """Return what the contacts with the staff tell."""
    if not data.has("interactions"):
        return {}, ()
    found = {"contacts": contacts(data)}
    if data.missing(("orders", "order_lines")):
        return found, ()
    labels, notes = by_label(data, settings)
    money = dict.fromkeys(("spent", "spent_low", "spent_high"), "Int64")
    found["labels"] = labels.assign(**{name: labels[name].round() for name in money}).astype(money)
    return found, notes


def span(hours: float) -> dict[str, Any]:
    """Return a time in whole minutes or hours, as it is said: ``value`` and ``span``."""
    value, name = (ceil(60 * hours), "minute") if hours < 1 else (ceil(hours), "hour")
    return {"value": value, "span": name if value == 1 else f"{name}s"}


def _told(tickets: Tickets, frames: dict[str, pd.DataFrame], level: float) -> Notes:
    month = frames["support"].set_index("measure")
    n = int(month.loc["tickets", "n"])
    if not n:
        return (("support.quiet", {"month": tickets.data.month}),)
    waiting = int((~tickets.of(tickets.data.month)["replied"]).sum())
    base = {"month": tickets.data.month, "n": n, "waiting": waiting}
    notes: list[tuple[str, dict[str, Any]]] = []
    if "reply_median" in month.index:
        row = month.loc["reply_median"]
        notes.append(("support.waits", base | span(float(row["value"]))))
    else:
        notes.append(("support.mostly_waiting", base))
    about = frames["support_groups"]
    about = about[about["dimension"] == "category"]
    if len(about) and about["level"].iloc[0] != "unknown":
        notes.append(("support.about", {"level": about["level"].iloc[0], "share": float(about["share"].iloc[0])}))
    if tickets.desk is None:
        notes.append(("support.clock_only", {}))
    return (*notes, *_faster_is_better(tickets, frames["support_reply"], level))


def _faster_is_better(tickets: Tickets, table: pd.DataFrame, level: float) -> Notes:
    """Return a sentence where those served fastest are clearly more (or less) content than those served slowest."""
    known = table[table["low"].notna()]
    if len(known) < 2:
        return (("support.reply_unknown", {}),)
    fast, slow = known.iloc[0], known.iloc[-1]
    values = {"fast": fast["band"], "slow": slow["band"], "fast_score": float(fast["score"]),
              "slow_score": float(slow["score"])}
    apart = reply_gap(tickets, fast["band"], slow["band"], level)
    if apart is not None and apart[0] > 0:
        return (("support.fast_pleases", values),)
    return (("support.no_difference", values),)


def _figures(tickets: Tickets, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    figures, month = {}, frames["support_by_month"]
    known = month[month["reply_median"].notna()]
    if len(known) > 1:
        figures["support_by_month"] = Figure(plot_waits, "support_by_month", {
            **span(float(known["reply_median"].iloc[-1])), "month": known["month"].iloc[-1], "shown": len(month)},
            (7.2, 3.6))
    reply = frames["support_reply"]
    if (reply["low"].notna()).sum() > 1:
        best = reply[reply["low"].notna()].sort_values("score", ascending=False, kind="stable").iloc[0]
        figures["support_reply"] = Figure(plot_reply, "support_reply", {
            "band": best["band"], "score": float(best["score"]), "scored": int(reply["scored"].sum())}, (7.2, 3.0))
    return figures


def plot_waits(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the hours after which half of the month's customers had a first reply."""
    charts.line(frame, ax, words, y="reply_median", unit="score", current=frame["month"].iloc[-1])
    ax.set_ylabel(words.label("hours"))
    return ax


def plot_reply(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how satisfied customers were with the help by how long they had waited for a reply."""
    shown = frame[frame["low"].notna()].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="band", value="score", low="low", high="high", unit="score", n="scored")
