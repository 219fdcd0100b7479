"""The tables of reach: a row per campaign, how far each got, who answers, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.methods.intervals import wilson
from crmlib.part import LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

STEPS = ("sent", "delivered", "opened", "clicked", "bought", "opted_out")
#: Step → the kinds of answers (``campaigns_kept``) of which one has to be kept of the campaign's channel: a step of
#: which nothing is recorded is left out instead of told as zero.
RECORDED = {"opened": ("opens",), "clicked": ("clicks",), "bought": ("orders", "redeems"), "redeemed": ("redeems",),
            "opted_out": ("opt_outs",)}
LONGEST_LAG = 30
#: Types of responses followed over days.
FOLLOWED = ("open", "click", "visit", "attend", "order", "redeem", "opt_out")
SUMMARY = ("campaign", "name", "kind", "channel", "start_on", "end_on", "state", "people", "held", "sent", "delivered",
           "answered", "response_rate", "low", "high", "redeemed", "redemption_rate", "opted_out", "cost", "design",
           "effect", "effect_low", "effect_high", "unit", "verdict")
TEXTS = ("campaign", "name", "kind", "channel", "state", "design", "unit", "verdict")
NUMBERS = ("response_rate", "low", "high", "redemption_rate", "effect", "effect_low", "effect_high")
COUNTS = ("sent", "delivered", "answered", "redeemed", "opted_out")


def recorded(found: Ground) -> dict[str, set[str]]:
    """Return campaign → the steps that the shop's records tell of its channel; deliveries are told one by one."""
    kept = found.query("campaigns_kept").set_index("channel").astype("int64")
    by_channel = {str(channel): {step for step, kinds in RECORDED.items() if row[list(kinds)].any()}
                  for channel, row in kept.iterrows()}
    return {str(r.campaign_id): by_channel.get(_text(r.channel), set()) for r in found.campaigns.itertuples()}


def summary(found: Ground, steps: pd.DataFrame, effects: pd.DataFrame, kept: dict[str, set[str]]) -> pd.DataFrame:
    """Return a row per campaign: when, for whom, how many answered, and what it did.

    Where the file does not say what was delivered, ``delivered`` is missing and rates are of those sent to.
    """
    import pandas as pd

    counts = steps.groupby("campaign_id")[[*COUNTS, "told", "any_reply"]].sum()
    rows = [_campaign(one, counts, effects, found, kept) for one in found.campaigns.to_dict("records")]
    whole = dict.fromkeys(("sent", "delivered", "answered", "redeemed", "opted_out", "cost"), "Int64")
    kinds = {**dict.fromkeys(TEXTS, "str"), **dict.fromkeys(NUMBERS, "float64"), **whole}
    return pd.DataFrame(rows, columns=list(SUMMARY)).astype(kinds)


def _campaign(one: dict[str, Any], counts: pd.DataFrame, effects: pd.DataFrame, found: Ground,
              kept: dict[str, set[str]]) -> dict[str, Any]:
    name = str(one["campaign_id"])
    known = name in counts.index
    told: dict[str, Any] = {c: int(counts.loc[name, c]) if known else None for c in counts.columns}
    delivered, answered, steps = told["delivered"], told["answered"], kept[name]
    followed = bool(delivered) and _followed(told)
    redeemed = told["redeemed"] if followed and "redeemed" in steps else None
    low, high = (wilson(answered, delivered, LEVEL) or (None, None)) if followed else (None, None)
    effect = _effect(effects[effects["campaign"] == name], found.settings.outcome)
    cost = one["cost"]
    return {"campaign": name, "name": found.names[name], "kind": _text(one["kind"]), "channel": _text(one["channel"]),
            "start_on": one["start_on"], "end_on": one["end_on"], "state": one["state"],
            "people": max(int(one["people"]), int(one["outcome_people"])), "held": int(one["held"]),
            "sent": told["sent"], "delivered": delivered if told["told"] else None,
            "answered": answered if followed else None,
            "response_rate": answered / delivered if followed else None, "low": low, "high": high,
            "redeemed": redeemed, "redemption_rate": None if redeemed is None else redeemed / delivered,
            "opted_out": told["opted_out"] if followed and "opted_out" in steps else None,
            "cost": None if cost is None or cost != cost else int(cost), **effect}


def _followed(told: Any) -> bool:
    """Tell whether anything at all is on record after a campaign: where not, no answer is not zero answers."""
    return bool(told["any_reply"] or told["answered"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _effect(rows: pd.DataFrame, outcome: str) -> dict[str, Any]:
    """Return the effect that stands for a campaign: of the outcome wanted, else the first; of its first arm."""
    empty = {"design": "none", "effect": None, "effect_low": None, "effect_high": None, "unit": "ratio",
             "verdict": "unknown"}
    if rows.empty:
        return empty
    wanted = rows[rows["outcome"] == outcome]
    first = (wanted if len(wanted) else rows).iloc[0]
    return {"design": first["design"], "effect": first["effect"], "effect_low": first["low"],
            "effect_high": first["high"], "unit": first["unit"], "verdict": first["verdict"]}


def funnel(found: Ground, steps: pd.DataFrame, kept: dict[str, set[str]]) -> pd.DataFrame:
    """Return how many of those sent to got to each step that is recorded, campaigns newest first."""
    import pandas as pd

    order = {name: i for i, name in enumerate(found.campaigns["campaign_id"])}
    rows: list[tuple[Any, ...]] = []
    for one in sorted((r for r in steps.to_dict("records") if r["campaign_id"] in order),
                      key=lambda r: (order[r["campaign_id"]], r["arm"])):
        rows += _steps(one, kept[one["campaign_id"]])
    columns = ["campaign", "arm", "step", "n", "customers", "rate", "low", "high", "step_rate"]
    numbers = dict.fromkeys(("rate", "low", "high", "step_rate"), "float64")
    return pd.DataFrame(rows, columns=columns).astype({**numbers, "campaign": "str", "arm": "str", "step": "str"})


def _steps(one: dict[str, Any], kept: set[str]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    before = int(one["sent"])
    shown = {"sent"} | ({"delivered"} if one["told"] else set()) | (kept if _followed(one) else set())
    for step in STEPS:
        count = int(one[step])
        if step not in shown:
            continue
        base = int(one["sent"] if step in ("sent", "delivered") else one["delivered"])
        whole = int(one["delivered"]) if step == "opted_out" else before
        low, high = wilson(count, base, LEVEL) or (None, None)
        rows.append((one["campaign_id"], one["arm"], step, int(one["sent"]), count, count / base if base else None, low,
                     high, count / whole if whole else None))
        before = count
    return rows


def response(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the share of contacts answered by segment, channel and earlier answers, the highest first.

    Of campaigns that are over. A channel of which no answer is on record at all was not followed: its share is not
    known, and its contacts count in no other.
    """
    known = counts["followed"].where(counts["followed"] > 0)
    frame = counts.assign(contacts=known.fillna(counts["contacts"]).astype("int64"))
    frame = frame[known.notna() | (frame["attribute"] == "channel")].reset_index(drop=True)
    told = [wilson(int(k), int(n), LEVEL) or (None, None) for k, n in zip(frame["answered"], frame["followed"],
                                                                          strict=True)]
    frame = frame.assign(rate=frame["answered"] / frame["followed"].where(frame["followed"] > 0),
                         low=[t[0] for t in told], high=[t[1] for t in told]).astype(
        {"low": "float64", "high": "float64"})
    order = {"segment": 0, "earlier": 1, "channel": 2}
    frame = frame.assign(place=frame["attribute"].map(order))
    frame = frame.sort_values(["place", "rate", "level"], ascending=[True, False, True], ignore_index=True)
    return frame[["attribute", "level", "contacts", "answered", "rate", "low", "high"]].astype(
        {"attribute": "str", "level": "str"})


def lags(found: Ground) -> pd.DataFrame:
    """Return by which day people had done what they did: type, days, customers, share (of all within 30 days).

    ``customers`` and ``share`` are cumulative, over all campaigns told, of people who have had these 30 days.
    """
    import pandas as pd

    counts = found.query("campaigns_lags", longest=LONGEST_LAG)
    rows: list[tuple[str, int, int, float]] = []
    for kind in FOLLOWED:
        mine = counts[(counts["type"] == kind) & (counts["days"] <= LONGEST_LAG)].groupby("days")["customers"].sum()
        whole = int(mine.sum())
        if not whole:
            continue
        last = int(mine.index.max())
        running = mine.reindex(range(last + 1), fill_value=0).cumsum()
        rows += [(kind, int(day), int(n), int(n) / whole) for day, n in running.items()]
    return pd.DataFrame(rows, columns=["type", "days", "customers", "share"]).astype({"type": "str"})
