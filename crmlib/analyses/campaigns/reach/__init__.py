"""Reach on the campaigns page: who was reached, who answered, how far they got, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.campaigns.ground import named
from crmlib.analyses.campaigns.reach import figures, tables
from crmlib.dataset import months
from crmlib.methods.intervals import wilson
from crmlib.part import CODE, COUNT, DATE, DAYS, LEVEL, MONEY, PEOPLE, RATIO, TEXT, FactKinds, Notes, Part, facts
from crmlib.part import tables as shown
from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

FACTS: FactKinds = {"campaigns": ("count", "no_campaigns"), "contacts_made": ("count", "no_contacts"),
                    "response_rate": ("ratio", "no_contacts"), "opt_out_rate": ("ratio", "no_opt_outs")}
#: The shares of a month, and the steps of which one has to be recorded for each.
SHARES = {"response_rate": {"clicked", "bought"}, "opt_out_rate": {"opted_out"}}
_RATE = {"rate": RATIO, "low": RATIO, "high": RATIO}
COLUMNS: dict[str, dict[str, Column]] = {
    "summary": {"campaign": CODE, "name": TEXT, "kind": CODE, "channel": CODE, "start_on": DATE, "end_on": DATE,
                "state": CODE, "people": PEOPLE, "held": PEOPLE,
                "sent": PEOPLE, "delivered": PEOPLE, "answered": PEOPLE,
                "response_rate": RATIO, "low": RATIO, "high": RATIO, "redeemed": PEOPLE, "redemption_rate": RATIO,
                "opted_out": PEOPLE, "cost": MONEY, "design": CODE, "effect": Column("apart"),
                "effect_low": Column("apart"), "effect_high": Column("apart"), "unit": Column("unit"),
                "verdict": CODE},
    "funnel": {"campaign": CODE, "arm": CODE, "step": CODE, "n": PEOPLE, "customers": PEOPLE, **_RATE,
               "step_rate": RATIO},
    "response": {"attribute": CODE, "level": CODE, "contacts": COUNT, "answered": COUNT, **_RATE},
    "lags": {"type": CODE, "days": DAYS, "customers": PEOPLE, "share": RATIO}}
SMALL: dict[str, dict[str, Any]] = {"funnel": {"count": "customers", "within": ("campaign", "arm")},
                                    "summary": {"count": "answered", "within": ("campaign",)},
                                    "response": {"count": "answered", "within": ("attribute", "level")},
                                    "lags": {"count": "customers", "within": ("type",)}}


def part(found: Ground, effects: pd.DataFrame) -> Part:
    """Return who was reached and what they did, on (customer, campaign): everybody counts once a campaign.

    Returns
    -------
    Part
        tables
            summary: a row per campaign (see COLUMNS; effect of the first arm told, in its unit). funnel: campaign, arm,
            step (sent, delivered, opened, clicked, bought, opted_out), n (sent), customers, rate (of those delivered
            to; of delivered itself, of those sent to), low, high (Wilson), step_rate (of the step before). response:
            attribute (segment, channel, earlier), level, contacts, answered, rate, low, high. lags: type, days,
            customers, share (of all who ever did so within 30 days, cumulative). What is not on record of a campaign
            or of all campaigns of its channel is missing instead of none. Shares beyond a single campaign are of
            campaigns that are over.
    """
    found.select(("arms", "list", "ready", "everyone"))
    steps, kept = found.query("campaigns_steps"), tables.recorded(found)
    frames = {"summary": tables.summary(found, steps, effects, kept), "funnel": tables.funnel(found, steps, kept),
              "response": tables.response(found.query("campaigns_groups")), "lags": tables.lags(found)}
    days = found.query("campaigns_days")
    sides = [_month(days, months.shift(found.data.month, -back), found) for back in (0, 1, 12)]
    sides[0] = {**sides[0], "campaigns": len(found.campaigns)}
    over = set(found.campaigns.loc[found.campaigns["state"] == "over", "campaign_id"])
    drawn = figures.figures(frames, found.names, over, found.data.settings.privacy.min_cell)
    return Part(facts=facts("campaigns", _kinds(sides[0], kept), sides, found.data),
                tables=named(shown(frames, COLUMNS, SMALL), found), figures=drawn,
                notes=_notes(found, frames, sides[0], kept))


def _kinds(now: dict[str, Any], kept: dict[str, set[str]]) -> FactKinds:
    """Return the facts, those that wait for the month's campaigns to be over with a sentence that says so."""
    wait = now.get("running") and now["running"] == now["contacts_made"]
    known = set().union(*kept.values())
    return {**FACTS, **{key: ("ratio", "all_running") for key, steps in SHARES.items() if wait and steps & known}}


def _month(days: pd.DataFrame, month: str, found: Ground) -> dict[str, Any]:
    """Return contacts of a month and the shares of them answered and ended, of campaigns that are over today."""
    closing = found.data.settings.calendar.closing_day
    inside = [day == day and months.month_of(day.date(), closing) == month for day in days["contact_on"]]
    mine = days[np.array(inside, dtype=bool)]
    n = int(mine["contacts"].sum())
    if not n:
        return {}
    values: dict[str, Any] = {"contacts_made": n, "running": int(mine["running"].sum()), "grounds": {}}
    for key, column, base in (("response_rate", "answered", "followed"), ("opt_out_rate", "opted_out", "asked")):
        k, whole = int(mine[column].sum()), int(mine[base].sum())
        if whole:
            low, high = wilson(k, whole, LEVEL) or (None, None)
            values[key] = k / whole
            values["grounds"][key] = {"size": whole, "low": low, "high": high}
    return values


def _notes(found: Ground, frames: dict[str, pd.DataFrame], now: dict[str, Any], kept: dict[str, set[str]]) -> Notes:
    if found.campaigns.empty:
        return (("no_campaigns_told", {"months": found.settings.months}),)
    summary = frames["summary"]
    told = bool(summary["delivered"].notna().any())
    bare = bool(summary["sent"].notna().any()) and not told
    said: list[tuple[str, dict[str, Any]]] = [("reach.once_sent" if bare else "reach.once", {})]
    if now.get("running"):
        every = now["running"] == now["contacts_made"]
        said.append(("reach.all_running" if every else "reach.running", {
            "contacts": now["contacts_made"], "running": now["running"]}))
    for key, sentence in (("response_rate", "reach.month"), ("opt_out_rate", "reach.opt_out")):
        if key in now:
            ground = now["grounds"][key]
            said.append((sentence, {"contacts": ground["size"], "rate": now[key], "low": ground["low"],
                                    "high": ground["high"]}))
    said += _unrecorded(found, kept, told)
    gone = summary[(summary["opted_out"].fillna(0) > 0) & (summary["opted_out"] == summary["delivered"])]
    if len(gone):
        said.append(("reach.everyone_left", {"campaigns": len(gone)}))
    if found.data.missing(("responses",)):
        said.append(("reach.no_responses", {}))
    return tuple(said)


def _unrecorded(found: Ground, kept: dict[str, set[str]], delivered: bool) -> list[tuple[str, dict[str, Any]]]:
    """Say what the records tell of no campaign that was sent: it is left out, not zero."""
    sent = [str(one.campaign_id) for one in found.campaigns.itertuples() if one.people > one.held]
    if not sent or found.data.missing(("responses",)):
        return []
    steps = set().union(*(kept[name] for name in sent)) | ({"delivered"} if delivered else set())
    missing = [step for step in tables.STEPS[1:] if step not in steps]
    return [("reach.unrecorded", {"steps": "+".join(missing)})] if missing else []
