"""Effects as the page shows them: tables with their units, facts, and the part put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects import arms, figures, said
from crmlib.analyses.campaigns.effects.arms import Finding
from crmlib.analyses.campaigns.effects.planning import Plan, by_segment
from crmlib.analyses.campaigns.effects.rows import NONE, RAISED, SALES, Effect
from crmlib.analyses.campaigns.ground import named
from crmlib.methods.experiments.comparing import holm, shrunk
from crmlib.methods.intervals import z_value
from crmlib.part import CODE, COUNT, MONEY, PEOPLE, RATIO, TEXT, FactKinds, Part, facts, tables
from crmlib.result import RESTRICTED, Check, Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.effects import Judged
    from crmlib.analyses.campaigns.ground import Ground

FACTS: FactKinds = {"effects_judged": ("count", "no_campaigns"), "effects_told": ("count", "no_campaigns"),
                    "effects_found": ("count", "no_campaigns"), "control_needed": ("customers", "no_plan"),
                    "detectable": ("ratio", "no_plan"), "extra_sales": ("money", "no_returns")}
_MEASURED, _APART, _UNIT, _CHANCE = Column("measured"), Column("apart"), Column("unit"), Column("ratio")
_NAMES = {"campaign": CODE, "arm": CODE, "control": CODE, "outcome": CODE}
_SIZES = {"n_arm": COUNT, "n_control": COUNT}
_EFFECT = {"effect": _APART, "low": _APART, "high": _APART, "p": _CHANCE}
COLUMNS: dict[str, dict[str, Column]] = {
    "effects": {**_NAMES, "design": CODE, **_SIZES, **_EFFECT, "placebo": _APART, "unit": _UNIT, "p_holm": _CHANCE,
                "mean_arm": _MEASURED, "mean_control": _MEASURED, "placebo_low": _APART, "placebo_high": _APART,
                "verdict": CODE, "reason": CODE, "name": TEXT},
    "segment_effects": {**_NAMES, "rfm_segment": CODE, **_SIZES, **_EFFECT, "p_holm": _CHANCE, "shrunk": _APART,
                        "unit": _UNIT},
    "checks": {"campaign": CODE, "check": CODE, "state": CODE, "observed": _MEASURED, "limit": _MEASURED, "unit": _UNIT,
               "people": PEOPLE},
    "returns": {"campaign": CODE, "arm": CODE, "n_arm": PEOPLE, "sales": MONEY, "low": MONEY, "high": MONEY,
                "cost": MONEY, "profit": MONEY, "profit_low": MONEY, "profit_high": MONEY, "roi": RATIO,
                "roi_low": RATIO, "roi_high": RATIO, "name": TEXT},
    "overlap": {"campaign": CODE, "prior": CODE, "treated": PEOPLE, "untreated": PEOPLE, "treated_share": RATIO,
                "untreated_share": RATIO},
    "event_time": {"campaign": CODE, "stretch": COUNT, "treated": RATIO, "untreated": RATIO, "n_treated": PEOPLE,
                   "n_untreated": PEOPLE},
    "holdout": {"rfm_segment": CODE, "customers": PEOPLE, "held_out": PEOPLE, "share": RATIO}}
SMALL: dict[str, dict[str, Any]] = {"overlap": {"count": "treated", "within": ("campaign",)},
                                    "holdout": {"count": "held_out", "within": ()},
                                    "effects": {"count": "n_arm", "within": ("campaign", "arm", "control", "outcome")}}
LIST = {"customer_id": CODE, "customer_key": CODE, "rfm_segment": CODE, "arm": CODE}
#: The unit each check is observed in.
UNITS = {"sample_ratio": "ratio", "same_mix": "ratio", "responders_only": "ratio", "other_campaigns": "count",
         "alike_before": "score", "placebo": "ratio", "nobody_missing": "ratio"}
#: What may not be wrong, as checks of the whole page.
WATCHED = ("one_arm_each", "responses_have_sends", "sends_after_start", "cost_not_negative", "sample_ratio", "same_mix")


def segments(found: Sequence[tuple[str, Effect]], ground: Ground) -> pd.DataFrame:
    """Return effects inside segments, each with p values for being several and drawn towards the common effect."""
    import pandas as pd

    names = ["campaign", "arm", "control", "outcome", "n_arm", "n_control", "effect", "low", "high", "p", "unit"]
    frame = pd.DataFrame([{**{n: getattr(e, n) for n in names}, "rfm_segment": segment} for segment, e in found],
                         columns=[*names, "rfm_segment"])
    numbers = dict.fromkeys(("effect", "low", "high", "p"), "float64")
    texts = dict.fromkeys(("campaign", "arm", "control", "outcome", "unit", "rfm_segment"), "str")
    frame = frame.astype({**numbers, **texts}).assign(p_holm=float("nan"), shrunk=float("nan"))
    for _, part in frame.groupby(["campaign", "arm", "outcome"], sort=False):
        frame.loc[part.index, "p_holm"] = holm(part["p"].to_numpy())
        half = ((part["high"] - part["low"]) / 2).to_numpy()
        frame.loc[part.index, "shrunk"] = shrunk(part["effect"].to_numpy(), half / z_value())
    order = {name: i for i, name in enumerate(ground.campaigns["campaign_id"])}
    frame = frame.assign(place=[order[c] for c in frame["campaign"]])
    frame = frame.assign(segment=frame["rfm_segment"].map(ground.places))
    frame = frame.sort_values(["place", "arm", "outcome", "segment", "rfm_segment"], ignore_index=True)
    return frame[list(COLUMNS["segment_effects"])]


def findings(found: Sequence[Finding]) -> pd.DataFrame:
    """Return the table ``checks``: what was looked at, how it came out, and how many people it concerns."""
    import pandas as pd

    states = {True: "ok", False: "failed", None: "untested"}
    rows = [(f.campaign, f.check, states[f.ok], f.observed, f.limit, UNITS.get(f.check, "customers"), f.people)
            for f in found]
    frame = pd.DataFrame(rows, columns=list(COLUMNS["checks"]))
    texts = dict.fromkeys(("campaign", "check", "state", "unit"), "str")
    return frame.astype({**texts, "observed": "float64", "limit": "float64", "people": "int64"})


def returns(ground: Ground, judgement: Judged) -> pd.DataFrame:
    """Return what each arm brought beyond its control in all, money in minor units."""
    import pandas as pd

    scale = 10.0 ** ground.data.decimals
    told = ground.campaigns.to_dict("records")
    costs = {str(r["campaign_id"]): _cost(r["cost"], scale) for r in told}
    control = {t.campaign: t.control for t in judgement.trials}
    sent = {(r.campaign, r.arm): r.n_arm for r in judgement.rows
            if r.outcome == SALES and r.control == control.get(r.campaign) and r.design != NONE}
    margin = ground.settings.margin
    rows = arms.incremental(judgement.rows, costs, sent, None if margin is None else float(margin), control)
    rows = [{**row, "name": ground.names[row["campaign"]]} for row in rows]
    frame = pd.DataFrame(rows, columns=list(COLUMNS["returns"]))
    money = [c for c, column in COLUMNS["returns"].items() if column.unit == "money"]
    return frame.astype({"campaign": "str", "arm": "str", "name": "str"}).assign(
        **{c: (frame[c].astype("float64") * scale).round().astype("Int64") for c in money},
        **{c: frame[c].astype("float64") for c in ("roi", "roi_low", "roi_high")})


def _cost(value: Any, scale: float) -> float | None:
    """Return a cost in major units; none where it is not known, or cannot be true."""
    return None if value is None or value != value or value < 0 else float(value) / scale


def finished(ground: Ground, frames: dict[str, pd.DataFrame], plan: Plan | None, drawn: pd.DataFrame | None) -> Part:
    """Return the part of the page."""
    if drawn is not None and plan is not None and 0 < plan.share < 1:
        frames = {**frames, "holdout": by_segment(drawn, ground)}
    shown = named(tables(frames, COLUMNS, SMALL), ground)
    if drawn is not None and len(drawn):
        shown["holdout_list"] = Table(drawn, LIST, sensitivity=RESTRICTED)
    now = _facts(ground, frames, plan)
    return Part(facts=facts("campaigns", FACTS, (now, {}, {}), ground.data), tables=shown,
                figures=figures.figures(frames, ground.names), checks=_checks(frames["checks"]),
                notes=said.notes(ground, frames, plan))


def _facts(ground: Ground, frames: dict[str, pd.DataFrame], plan: Plan | None) -> dict[str, Any]:
    rows = frames["effects"]
    if rows.empty:
        return {} if plan is None else _planned(plan)
    main = rows[~rows["outcome"].isin([SALES])]
    told = main[main["verdict"] != "unknown"]
    found = told[told["verdict"] != "chance"]
    best = sure(rows, frames["returns"])
    planned = {} if plan is None else _planned(plan)
    brought, grounds = _brought(best, ground) if len(best) else ({}, {})
    return {"effects_judged": int(rows["campaign"].nunique()), "effects_told": int(told["campaign"].nunique()),
            "effects_found": int(found["campaign"].nunique()), **planned, **brought,
            "grounds": {**planned.get("grounds", {}), **grounds}}


def sure(rows: pd.DataFrame, extra: pd.DataFrame) -> pd.DataFrame:
    """Return what those groups brought whose sales, not only their buyers, clearly rose against those held out."""
    # An arm is compared with the control first, then with other arms.
    held_out = rows[rows["outcome"] == SALES].drop_duplicates(["campaign", "arm"])
    raised = held_out[held_out["verdict"] == RAISED]
    sure = set(zip(raised["campaign"], raised["arm"], strict=True))
    return extra[[(r.campaign, r.arm) in sure for r in extra.itertuples()]]


def _brought(best: pd.DataFrame, ground: Ground) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the groups brought in all, and its interval: ends added up, wider than need be."""
    value, low, high = (ground.data.money(int(best[name].sum())) for name in ("sales", "low", "high"))
    return {"extra_sales": value}, {"extra_sales": {"low": low, "high": high}}


def _planned(plan: Plan) -> dict[str, Any]:
    return {"control_needed": plan.needed, "detectable": plan.shows,
            "grounds": {"detectable": {"size": plan.eligible}, "control_needed": {"size": plan.eligible}}}


def _checks(frame: pd.DataFrame) -> tuple[Check, ...]:
    failed = frame[frame["state"] == "failed"]
    return tuple(Check(f"campaigns_{name}", not (failed["check"] == name).any(),
                       int(failed.loc[failed["check"] == name, "campaign"].nunique()), 0) for name in WATCHED)
