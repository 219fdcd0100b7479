"""Contact on the campaigns page: how often is too often, and how does each customer like to be reached?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.campaigns.contact.preferred import CHANNELS, NO_CONSENT, UNCLEAR, preferred, told
from crmlib.analyses.campaigns.contact.pressure import GAP, NTH, caps, fatigue
from crmlib.analyses.campaigns.ground import PARTS
from crmlib.part import CODE, COUNT, DATE, PEOPLE, RATIO, FactKinds, Notes, Part, facts, tables
from crmlib.result import RESTRICTED, Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.campaigns.ground import Ground
    from crmlib.text import Text

FACTS: FactKinds = {"clear_channel": ("ratio", "no_preferences"), "double_contacts": ("customers", "no_contacts"),
                    "staff_doubles": ("customers", "no_interactions")}
_RATE = {"rate": RATIO, "low": RATIO, "high": RATIO}
COLUMNS: dict[str, dict[str, Column]] = {
    "fatigue": {"by": CODE, "level": CODE, "contacts": COUNT, "answered": COUNT, **_RATE, "opted_out": COUNT,
                "opt_out_rate": RATIO, "opt_out_low": RATIO, "opt_out_high": RATIO},
    "caps": {"cap": COUNT, "contacts": COUNT, "left_out": COUNT, "left_out_share": RATIO, "answers": COUNT,
             "answers_share": RATIO, "opt_outs": COUNT, "opt_outs_share": RATIO},
    "channels": {"rfm_segment": CODE, "channel": CODE, "customers": PEOPLE, "share": RATIO},
    "times": {"rfm_segment": CODE, "part": CODE, "customers": PEOPLE, "share": RATIO}}
SMALL: dict[str, dict[str, Any]] = {"channels": {"count": "customers", "within": ("rfm_segment",)},
                                    "times": {"count": "customers", "within": ("rfm_segment",)},
                                    "fatigue": {"count": "answered", "within": ("by", "level")}}
DOUBLES = {"kind": CODE, "customer_id": CODE, "customer_key": CODE, "contact_on": DATE, "one": CODE, "other": CODE}


def part(found: Ground) -> Part:
    """Return contact pressure, preferred channels and times, and who was contacted twice.

    Returns
    -------
    Part
        tables
            fatigue: by, level, contacts, answered, rate, low, high, opted_out, opt_out_rate, opt_out_low, opt_out_high.
            caps: cap, contacts, left_out, left_out_share, answers, answers_share, opt_outs, opt_outs_share. channels:
            rfm_segment, channel, customers, share. times: rfm_segment, part, customers, share. doubles (restricted):
            kind, customer_id, customer_key, contact_on, one, other.
        measures
            customer_key, preferred_channel, preferred_time.
    """
    found.select(("arms", "list", "ready", "everyone"))
    counts, pairs = found.query("campaigns_pressure"), found.query("campaigns_doubles")
    people = found.data.query("customer_segment")[["customer_key", "customer_id", "rfm_segment"]].reset_index(drop=True)
    choice = _choices(found, people)
    frames = {"fatigue": fatigue(counts), "caps": caps(counts), **_told(people, choice)}
    shown = tables(frames, COLUMNS, SMALL)
    if len(pairs):
        named = pairs.merge(people[["customer_key", "customer_id"]], on="customer_key", how="left")
        named = named.assign(contact_on=[day.date() for day in named["contact_on"]])
        shown["doubles"] = Table(named[list(DOUBLES)], DOUBLES, sensitivity=RESTRICTED)
    now = _facts(found, choice, pairs, len(counts) > 0)
    return Part(facts=facts("campaigns", FACTS, (now, {}, {}), found.data), tables=shown,
                figures=_figures(frames, found.data.settings.privacy.min_cell),
                notes=_notes(found, frames, now), measures=choice if len(people) else None)


def _choices(found: Ground, people: pd.DataFrame) -> pd.DataFrame:
    """Return customer_key, preferred_channel and preferred_time of every known customer."""
    tried, allowed = found.query("campaigns_preferences"), found.query("contact_consents")
    by_kind = {kind: tried[tried["kind"] == kind].reset_index(drop=True) for kind in ("channel", "part")}
    strength = found.settings.prior_strength
    channel = preferred(people, by_kind["channel"], allowed, CHANNELS, strength)
    part_of_day = preferred(people, by_kind["part"], None, PARTS, strength)
    chosen = people[["customer_key"]].assign(preferred_channel=channel, preferred_time=part_of_day)
    return chosen.sort_values("customer_key", ignore_index=True)


def _told(people: pd.DataFrame, choice: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if people.empty:
        return {}
    by_key = choice.set_index("customer_key").loc[people["customer_key"]]
    return {"channels": told(people, by_key["preferred_channel"], "channel"),
            "times": told(people, by_key["preferred_time"], "part")}


def _facts(found: Ground, choice: pd.DataFrame, pairs: pd.DataFrame, contacts: bool) -> dict[str, Any]:
    able = choice[choice["preferred_channel"] != NO_CONSENT]
    values: dict[str, Any] = {}
    if len(able):
        values["clear_channel"] = float((able["preferred_channel"] != UNCLEAR).mean())
        values["grounds"] = {"clear_channel": {"size": len(able)}}
    if contacts:
        values["double_contacts"] = int(pairs.loc[pairs["kind"] == "campaigns", "customer_key"].nunique())
    if not found.data.missing(("interactions.staff_id",)):
        values["staff_doubles"] = int(pairs.loc[pairs["kind"] == "staff", "customer_key"].nunique())
    return values


def _notes(found: Ground, frames: dict[str, pd.DataFrame], now: dict[str, Any]) -> Notes:
    said: list[tuple[str, dict[str, Any]]] = []
    capped = frames["caps"]
    if len(capped) and int(capped["left_out"].iloc[0]):
        shares = {name: float(capped[f"{name}_share"].iloc[0]) for name in ("left_out", "answers", "opt_outs")}
        known = {name: share for name, share in shares.items() if share == share}
        said.append(("_".join(("contact.cap", *list(known)[1:])), {
            "cap": int(capped["cap"].iloc[0]), "days": found.settings.cap_days, **known}))
    if "clear_channel" in now:
        size = now["grounds"]["clear_channel"]["size"]
        said.append(("contact.clear", {"clear": now["clear_channel"], "people": size}))
    else:
        said.append(("contact.no_consent", {}))
    for key, name in (("double_contacts", "contact.double"), ("staff_doubles", "contact.staff")):
        if now.get(key):
            days = found.settings.double_days if key == "double_contacts" else found.settings.staff_days
            said.append((name, {"people": now[key], "days": days}))
    return tuple(said)


def _figures(frames: dict[str, pd.DataFrame], min_cell: int) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    if "channels" in frames and (frames["channels"]["channel"] != NO_CONSENT).any():
        clear = frames["channels"][~frames["channels"]["channel"].isin((UNCLEAR, NO_CONSENT))]
        values = {"customers": int(frames["channels"]["customers"].sum()), "clear": int(clear["customers"].sum())}
        found["channels"] = Figure(plot_channels, "channels", values, (7.2, 4.2))
    return {**found, **_pressure(frames["fatigue"], min_cell)}


def _pressure(frame: pd.DataFrame, min_cell: int) -> dict[str, Figure]:
    """Return the charts of the numbers that are recorded; their titles name no row that the page hides."""
    seen = frame[~frame["answered"].fillna(0).between(1, min_cell - 1)]
    drawn: dict[str, Figure] = {}
    for name, (by, column, draw, height) in PRESSURE.items():
        rows = _by(seen[seen[column].notna()], by)
        if len(rows) > 1:
            first, last = rows.iloc[0], rows.iloc[-1]
            drawn[name] = Figure(draw, "fatigue", {
                "first": first["level"], "first_rate": float(first[column]), "last": last["level"],
                "last_rate": float(last[column]), "contacts": int(rows["contacts"].sum())}, (7.2, height))
    return drawn


def plot_channels(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment that prefers each channel."""
    shown = [code for code in (*CHANNELS, UNCLEAR, NO_CONSENT) if (frame["channel"] == code).any()]
    return charts.heatmap(frame, ax, words, row="rfm_segment", column="channel", value="share", unit="ratio",
                          columns=shown)


def plot_fatigue(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of first, second, … contacts that ended in an opt-out."""
    return charts.dots(_by(frame, NTH), ax, words, label="level", value="opt_out_rate", low="opt_out_low",
                       high="opt_out_high", unit="ratio", n="contacts")


def plot_tiring(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of first, second, … contacts that were answered."""
    return charts.dots(_by(frame, NTH), ax, words, label="level", value="rate", low="low", high="high", unit="ratio",
                       n="contacts")


def plot_gaps(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of contacts answered by days since the one before."""
    return charts.dots(_by(frame, GAP), ax, words, label="level", value="rate", low="low", high="high", unit="ratio",
                       n="contacts")


def _by(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    return frame[frame["by"] == by].reset_index(drop=True)


#: Chart → what it goes by, the column it draws, and how.
PRESSURE = {"fatigue": (NTH, "opt_out_rate", plot_fatigue, 3.6), "tiring": (NTH, "rate", plot_tiring, 3.6),
            "gaps": (GAP, "rate", plot_gaps, 3.2)}
