"""Whom should we ask next? Groups that answer too little, and a list drawn by lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import declared, leading
from crmlib.analyses.satisfaction.invitations.sizes import sized, variance
from crmlib.analyses.satisfaction.scoring import Histogram, counted
from crmlib.dataset import months
from crmlib.part import CODE, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import RESTRICTED, Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

FACTS: FactKinds = {}
POINTS = Column("points")
COLUMNS = {"invitations": {
    "segment": CODE, "customers": PEOPLE, "answered": PEOPLE, "half_width": POINTS, "needed": PEOPLE, "missing": PEOPLE,
    "answer_rate": RATIO, "askable": PEOPLE, "invite": PEOPLE, "half_width_after": POINTS}}
LIST = {"segment": CODE, "customer_id": Column("text"), "customer_key": Column("text"), "channel": CODE}
SMALL: dict[str, dict[str, Any]] = {"invitations": {"count": "customers"}}
#: Channels by which a survey can be sent, best first, where the shop has sent none yet.
SUITED = ("mail", "line", "sms", "post")
ASK = "ask"
#: Points by which whole people may miss the width that is wanted.
ROUNDING = 0.5


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say which groups answer too little for their figure to be known, and draw whom to ask next.

    Returns
    -------
    Part
        tables
            invitations: segment, customers (buyers), answered, half_width, needed, missing, answer_rate, askable,
            invite, half_width_after (see ``sizes.sized``). invitation_list (restricted): segment, customer_id,
            customer_key, channel; the same month draws the same people.
        measures
            customer_key, satisfaction_invite ('ask'): restricted.
    """
    metric = leading(settings, "nps", "nps") or leading(settings, "top2", "csat") or settings.metrics[0]
    if data.missing(("customers", "orders", "order_lines")):
        return Part(notes=(("invitations.no_purchases", {}),))
    told = _told(data, settings, metric)
    channel = _channel(data)
    if sum(told.values()) < settings.reference_below:
        return Part(notes=(("invitations.too_few", {"n": sum(told.values()), "needed": settings.reference_below}),))
    asked = _parameters(data, settings, metric, channel or SUITED[0])
    strata = data.query("satisfaction_strata", tables=declared(settings), **asked)
    table = sized(strata, variance(metric, told), settings.invite_half_width, settings.confidence)
    found = Part(tables=tables({"invitations": table}, COLUMNS, SMALL),
                 notes=_said(table, strata, settings, channel, data.settings.privacy.min_cell))
    return found if channel is None else _with_list(found, data, table, _drawn(data, settings, table, asked), channel)


def _with_list(found: Part, data: Dataset, table: pd.DataFrame, drawn: pd.DataFrame, channel: str) -> Part:
    if drawn.empty:
        return found
    listed = Table(drawn.assign(channel=channel)[list(LIST)], LIST, sensitivity=RESTRICTED)
    return replace(found, tables={**found.tables, "invitation_list": listed},
                   measures=drawn[["customer_key"]].assign(satisfaction_invite=ASK))


def _told(data: Dataset, settings: SatisfactionSettings, metric: Metric) -> Histogram:
    """Return the valid answers of the months behind the question whether they speak for all."""
    counts = data.query("satisfaction_counts", tables=declared(settings))
    own = counts[(counts["metric"] == metric.key) & (counts["state"] == "valid") & (counts["ym"] <= data.month)
                 & (counts["ym"] >= months.shift(data.month, 1 - settings.crowd_months))]
    return counted(own["value"], own["people"])


def _channel(data: Dataset) -> str | None:
    """Return the channel to ask through: what surveys were sent by, else the best of those the shop uses."""
    used = set(data.people.query("contact_channels")["channel"])
    sent = data.query("satisfaction_sent")
    before = [str(channel) for channel in sent["channel"] if channel in SUITED]
    return next(iter(before), next((channel for channel in SUITED if channel in used), None))


def _parameters(data: Dataset, settings: SatisfactionSettings, metric: Metric, channel: str) -> dict[str, Any]:
    return {"metric": metric.key, "first_month": months.shift(data.month, 1 - settings.crowd_months),
            "invited_since": data.as_of - timedelta(days=settings.invite_rest_days), "channel": channel,
            "purpose": data.settings.privacy.contact_purpose, "survey_purpose": settings.invite_purpose}


def _drawn(data: Dataset, settings: SatisfactionSettings, table: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    sizes = table[["segment", "invite"]].rename(columns={"segment": "rfm_segment"})
    found = data.query("satisfaction_drawn", tables=declared(settings) | {"invite_sizes": sizes}, **asked)
    return found.rename(columns={"rfm_segment": "segment"})


def _said(table: pd.DataFrame, strata: pd.DataFrame, settings: SatisfactionSettings, channel: str | None,
          k: int) -> Notes:
    base = {"half_width": settings.invite_half_width, "groups": len(table)}
    short = table[table["missing"] > 0]
    if short.empty:
        return (("invitations.enough", base),)
    notes: list[tuple[str, dict[str, Any]]] = [("invitations.short", base | {"short": len(short)})]
    named = short[short["customers"] >= k]
    if len(named):
        worst = named.iloc[0]
        reached = worst["half_width_after"] <= settings.invite_half_width + ROUNDING
        notes.append((f"invitations.{'worst' if reached else 'worst_never'}", {
            "segment": worst["segment"], "missing": int(worst["missing"]), "invite": int(worst["invite"])}))
    if int(strata["asked"].sum()) == 0:
        notes.append(("invitations.rate_unknown", {}))
    if (table["half_width_after"] > settings.invite_half_width + ROUNDING).any():
        notes.append(("invitations.never", base))
    people = int(short["invite"].sum())
    notes += [("invitations.no_channel", {})] if channel is None else [
        ("invitations.list", {"customers": people})] if people >= k else []
    return tuple(notes)
