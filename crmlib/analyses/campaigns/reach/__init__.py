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
_RATE = {"rate": RATIO, "low": RATIO, "high": RATIO}
COLUMNS: dict[str, dict[str, Column]] = {
    "summary": {"campaign": CODE, "name": TEXT, "kind": CODE, "channel": CODE, "start_on": DATE, "end_on": DATE,
                "state": CODE, "people": PEOPLE, "held": PEOPLE, "delivered": PEOPLE, "answered": PEOPLE,
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
            customers, share (of all who ever did so within 30 days, cumulative). Where nothing at all is on record of a
            campaign or a channel, answers are not known instead of none.
    """
    found.select(("arms", "list", "ready", "everyone"))
    steps = found.query("campaigns_steps")
    frames = {"summary": tables.summary(found, steps, effects), "funnel": tables.funnel(found, steps),
              "response": tables.response(found.query("campaigns_groups")),
              "lags": tables.lags(found.query("campaigns_lags"))}
    days = found.query("campaigns_days")
    sides = [_month(days, months.shift(found.data.month, -back), found) for back in (0, 1, 12)]
    sides[0] = {**sides[0], "campaigns": len(found.campaigns)}
    drawn = figures.figures(frames, found.names, found.data.settings.privacy.min_cell)
    return Part(facts=facts("campaigns", FACTS, sides, found.data), tables=named(shown(frames, COLUMNS, SMALL), found),
                figures=drawn, notes=_notes(found, frames, sides[0]))


def _month(days: pd.DataFrame, month: str, found: Ground) -> dict[str, Any]:
    """Return contacts of a month and the shares of them answered and ended, as known today."""
    closing = found.data.settings.calendar.closing_day
    inside = [day == day and months.month_of(day.date(), closing) == month for day in days["contact_on"]]
    mine = days[np.array(inside, dtype=bool)]
    n = int(mine["contacts"].sum())
    if not n:
        return {}
    values: dict[str, Any] = {"contacts_made": n, "grounds": {}}
    # Where nobody ever asked for no more, that is not recorded: an empty column is no zero.
    for key, column in (("response_rate", "answered"), ("opt_out_rate", "opted_out")):
        if not int(days[column].sum()):
            continue
        k = int(mine[column].sum())
        low, high = wilson(k, n, LEVEL) or (None, None)
        values[key] = k / n
        values["grounds"][key] = {"size": n, "low": low, "high": high}
    return values


def _notes(found: Ground, frames: dict[str, pd.DataFrame], now: dict[str, Any]) -> Notes:
    if found.campaigns.empty:
        return (("no_campaigns_told", {"months": found.settings.months}),)
    said: list[tuple[str, dict[str, Any]]] = [("reach.once", {})]
    if "response_rate" in now:
        ground = now["grounds"]["response_rate"]
        said.append(("reach.month", {"contacts": now["contacts_made"], "rate": now["response_rate"],
                                     "low": ground["low"], "high": ground["high"]}))
    if "opt_out_rate" in now:
        said.append(("reach.opt_out", {"rate": now["opt_out_rate"]}))
    summary = frames["summary"]
    gone = summary[(summary["opted_out"].fillna(0) > 0) & (summary["opted_out"] == summary["delivered"])]
    if len(gone):
        said.append(("reach.everyone_left", {"campaigns": len(gone)}))
    if found.data.missing(("responses",)):
        said.append(("reach.no_responses", {}))
    return tuple(said)
