"""The tables of reach: a row per campaign, how far each got, who answers, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.methods.intervals import wilson
from crmlib.part import LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

STEPS = ("sent", "delivered", "opened", "clicked", "bought", "opted_out")
#: Steps that need records of their own; where a campaign has none, the step is left out instead of told as zero.
RECORDED = ("opened", "clicked", "bought")
LONGEST_LAG = 30
#: Types of responses followed over days.
FOLLOWED = ("open", "click", "visit", "attend", "order", "redeem", "opt_out")
SUMMARY = ("campaign", "name", "kind", "channel", "start_on", "end_on", "state", "people", "held", "delivered",
           "answered", "response_rate", "low", "high", "redeemed", "redemption_rate", "opted_out", "cost", "design",
           "effect", "effect_low", "effect_high", "unit", "verdict")
TEXTS = ("campaign", "name", "kind", "channel", "state", "design", "unit", "verdict")
NUMBERS = ("response_rate", "low", "high", "redemption_rate", "effect", "effect_low", "effect_high")
COUNTS = ("sent", "delivered", "answered", "redeemed", "opted_out")


def summary(found: Ground, steps: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Return a row per campaign: when, for whom, how many answered, and what it did."""
    import pandas as pd

    counts = steps.groupby("campaign_id")[[*COUNTS, "any_reply"]].sum()
    rows = [_campaign(one, counts, effects, found) for one in found.campaigns.to_dict("records")]
    whole = dict.fromkeys(("delivered", "answered", "redeemed", "opted_out", "cost"), "Int64")
    kinds = {**dict.fromkeys(TEXTS, "str"), **dict.fromkeys(NUMBERS, "float64"), **whole}
    return pd.DataFrame(rows, columns=list(SUMMARY)).astype(kinds)


def _campaign(one: dict[str, Any], counts: pd.DataFrame, effects: pd.DataFrame, found: Ground) -> dict[str, Any]:
    name = str(one["campaign_id"])
    known = name in counts.index
    told: dict[str, Any] = {c: int(counts.loc[name, c]) if known else None for c in (*COUNTS, "any_reply")}
    delivered, answered = told["delivered"], told["answered"]
    # A campaign after which nothing at all was recorded may not have been followed: no answer is not zero answers.
    followed = bool(delivered) and bool(told["any_reply"] or told["answered"])
    low, high = (wilson(answered, delivered, LEVEL) or (None, None)) if followed else (None, None)
    effect = _effect(effects[effects["campaign"] == name], found.settings.outcome)
    cost = one["cost"]
    return {"campaign": name, "name": found.names[name], "kind": _text(one["kind"]), "channel": _text(one["channel"]),
            "start_on": one["start_on"], "end_on": one["end_on"], "state": one["state"],
            "people": max(int(one["people"]), int(one["outcome_people"])), "held": int(one["held"]),
            "delivered": delivered, "answered": answered if followed else None,
            "response_rate": answered / delivered if followed else None, "low": low, "high": high,
            "redeemed": told["redeemed"] if followed else None,
            "redemption_rate": told["redeemed"] / delivered if followed else None,
            "opted_out": told["opted_out"] if followed or told["opted_out"] else None,
            "cost": None if cost is None or cost != cost else int(cost), **effect}


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


def funnel(found: Ground, steps: pd.DataFrame) -> pd.DataFrame:
    """Return how many of those sent to got to each step, campaigns newest first."""
    import pandas as pd

    order = {name: i for i, name in enumerate(found.campaigns["campaign_id"])}
    rows: list[tuple[Any, ...]] = []
    for one in sorted((r for r in steps.to_dict("records") if r["campaign_id"] in order),
                      key=lambda r: (order[r["campaign_id"]], r["arm"])):
        rows += _steps(one)
    columns = ["campaign", "arm", "step", "n", "customers", "rate", "low", "high", "step_rate"]
    numbers = dict.fromkeys(("rate", "low", "high", "step_rate"), "float64")
    return pd.DataFrame(rows, columns=columns).astype({**numbers, "campaign": "str", "arm": "str", "step": "str"})


def _steps(one: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    before = int(one["sent"])
    # Whoever bought counts as having opened and clicked; where nobody else did, only purchases are on record.
    bare = RECORDED[:-1] if int(one["opened"]) == int(one["bought"]) else ()
    for step in STEPS:
        count = int(one[step])
        if step in RECORDED and (not count or step in bare):
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

    A channel of which no answer is on record at all may not have been followed: its share is not known.
    """
    frame = counts.copy()
    told = [wilson(int(k), int(n), LEVEL) or (None, None) for k, n in zip(frame["answered"], frame["contacts"],
                                                                          strict=True)]
    frame = frame.assign(rate=frame["answered"] / frame["contacts"], low=[t[0] for t in told],
                         high=[t[1] for t in told]).astype({"low": "float64", "high": "float64"})
    untold = (frame["attribute"] == "channel") & (frame["answered"] == 0)
    frame.loc[untold, ["rate", "low", "high"]] = float("nan")
    order = {"segment": 0, "earlier": 1, "channel": 2}
    frame = frame.assign(place=frame["attribute"].map(order))
    frame = frame.sort_values(["place", "rate", "level"], ascending=[True, False, True], ignore_index=True)
    return frame[["attribute", "level", "contacts", "answered", "rate", "low", "high"]].astype(
        {"attribute": "str", "level": "str"})


def lags(counts: pd.DataFrame) -> pd.DataFrame:
    """Return by which day people had done what they did: type, days, customers, share (of all within 30 days).

    ``customers`` and ``share`` are cumulative, over all campaigns told.
    """
    import pandas as pd

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
