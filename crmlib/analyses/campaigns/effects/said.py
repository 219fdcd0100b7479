"""What the page says of effects: what was found, what cannot be told and why, and what to do next time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects.planning import Plan
from crmlib.analyses.campaigns.effects.rows import NONE, SALES
from crmlib.part import Notes

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground


def notes(ground: Ground, frames: dict[str, pd.DataFrame], plan: Plan | None) -> Notes:
    """Return the sentences, the page's answer first."""
    rows = frames["effects"]
    return (*headline(rows), *_several(rows), *_refused(rows), *_records(frames["checks"]),
            *_unplanned(frames["checks"]), *_money(ground, frames["returns"]), *_next(ground, plan))


def headline(rows: pd.DataFrame) -> Notes:
    """Return how many campaigns could be judged, and what the newest of them did."""
    if rows.empty:
        return ()
    main = rows[rows["outcome"] != SALES]
    told, every = main[main["verdict"] != "unknown"], int(rows["campaign"].nunique())
    sure = told[told["verdict"] != "chance"]
    values: dict[str, Any] = {"campaigns": every, "told": int(told["campaign"].nunique()),
                              "found": int(sure["campaign"].nunique())}
    if told.empty:
        return (("effects_none", values),)
    if sure.empty:
        return (("effects_chance", values),)
    shares = sure[sure["unit"] == "ratio"]
    if shares.empty:
        return (("effects_found", values),)
    first = shares.iloc[0]
    codes = {k: first[k] for k in ("name", "arm", "control", "outcome", "verdict")}
    numbers = {k: float(first[k]) for k in ("effect", "low", "high")}
    return (("effects_found_share", {**values, **codes, **numbers}),)


def _several(rows: pd.DataFrame) -> Notes:
    compared = int(rows["p"].notna().sum())
    return (("effects.several", {"comparisons": compared, "expected": compared * 0.05}),) if compared > 1 else ()


def _refused(rows: pd.DataFrame) -> Notes:
    """Return a sentence for each reason why effects are not told, the most frequent first."""
    mine = rows[rows["design"] == NONE].drop_duplicates("campaign")
    counts = Counter(code for reasons in mine["reason"] for code in str(reasons).split("+") if code)
    ordered = sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    return tuple((f"effects.{code}", {"campaigns": n}) for code, n in ordered)


def _records(checks: pd.DataFrame) -> Notes:
    failed = checks[checks["state"] == "failed"]
    told = []
    for name in ("one_arm_each", "responses_have_sends", "sends_after_start", "cost_not_negative"):
        mine = failed[failed["check"] == name]
        if len(mine):
            told.append((f"records.{name}", {"campaigns": len(mine), "people": int(mine["people"].sum())}))
    return tuple(told)


def _unplanned(checks: pd.DataFrame) -> Notes:
    """Say of how many campaigns the sizes of the groups cannot be tested, as no plan gives the shares."""
    n = checks.loc[(checks["check"] == "sample_ratio") & (checks["state"] == "untested"), "campaign"].nunique()
    return (("effects.no_shares", {"campaigns": n}),) if n else ()


def _money(ground: Ground, extra: pd.DataFrame) -> Notes:
    return (("effects.no_margin", {}),) if len(extra) and ground.settings.margin is None else ()


def _next(ground: Ground, plan: Plan | None) -> Notes:
    if plan is None or not plan.eligible:
        return (("plan.nobody", {}),) if ground.sales else ()
    values = {"eligible": plan.eligible, "base": plan.base, "days": ground.settings.window_days,
              "detect": ground.settings.detect * 100, "power": ground.settings.power, "share": plan.share,
              "needed": plan.needed, "shows": None if plan.shows is None else plan.shows * 100,
              "held": int(plan.eligible * plan.share + 0.5)}
    if plan.needed is None or plan.shows is None:
        return (("plan.cannot", values),)
    return (("plan.enough" if plan.shows <= ground.settings.detect + 1e-6 else "plan.small", values),)
