"""Campaigns with an arm that got nothing: were the arms made by chance, and by how much do they differ?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects.rows import (
    BOUGHT,
    RANDOMISED,
    SALES,
    Effect,
    compared,
    group,
    pairs,
    withheld,
)
from crmlib.methods.experiments.fairness import SUSPECT, same_mix, sample_ratio

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

#: Everybody of an arm answered: it was made of those who did.
ALL_REPLIED, FEW_REPLIES = 0.99, 20


@dataclass(frozen=True)
class Finding:
    """Something that was looked at before an effect may be told: a row of ``campaigns.checks``."""

    campaign: str
    check: str
    ok: bool | None
    observed: float | None = None
    limit: float | None = None
    people: int = 0


@dataclass(frozen=True)
class Trial:
    """One campaign with arms.

    Attributes
    ----------
    people : pandas.DataFrame
        arm, rfm_segment, customers, and a column per outcome (``before`` holds those of the stretch before).
    outcomes : mapping
        Outcome → its column, the column before or None, the unit, the factor to major units.
    """

    campaign: str
    control: str | None
    people: Mapping[str, pd.DataFrame]
    outcomes: Mapping[str, tuple[str, str | None, str, float]]
    over: bool = True


def trials(found: Ground, values: pd.DataFrame, sold: pd.DataFrame) -> list[Trial]:
    """Return the campaigns with arms: those with ready-made results, and those whose people's purchases are known."""
    scale = 10.0 ** -found.data.decimals
    own = {BOUGHT: ("bought", "bought_before", "ratio", 1.0),
           SALES: ("net", "net_before", found.data.currency, scale)}
    made = []
    for row in found.campaigns.itertuples():
        named = control_of(row, found)
        over = row.state == "over"
        if row.kind_of == "ready":
            mine = values[values["campaign_id"] == row.campaign_id]
            parts = dict(iter(mine.groupby("outcome", sort=True)))
            control = named if named in set(mine["arm"]) else None
            told = {name: ("value", None, "ratio" if part["value"].isin((0, 1)).all() else "count", 1.0)
                    for name, part in parts.items()}
            made.append(Trial(row.campaign_id, control, parts, told, over))
        elif row.kind_of == "arms":
            mine = sold[sold["campaign_id"] == row.campaign_id]
            control = named if row.held else None
            made.append(Trial(row.campaign_id, control, dict.fromkeys(own, mine) if found.sales else {}, own, over))
    return made


def control_of(campaign: Any, found: Ground) -> str:
    """Return the name of the arm of a campaign that gets nothing."""
    return campaign.control_arm if isinstance(campaign.control_arm, str) else found.settings.control_arm


def checked(trial: Trial, found: Ground, replies: Mapping[str, tuple[int, int]]) -> list[Finding]:
    """Return what was looked at: sizes against the plan, the mix of segments, and whether an arm is all responders.

    Parameters
    ----------
    replies : mapping
        Arm → people, and how many of them answered in any way.
    """
    plan = next((p for p in found.settings.plans if p.campaign == trial.campaign), None)
    rows = [Finding(trial.campaign, "drawn_by_chance", plan.randomised)] if plan is not None else []
    first = next(iter(trial.people.values()), None)
    if first is None or first.empty:
        return rows
    sizes = first.groupby("arm")["customers"].sum()
    planned = dict(plan.shares) if plan is not None else {}
    if planned and set(planned) >= set(sizes.index):
        p = sample_ratio([int(n) for n in sizes], [float(planned[arm]) for arm in sizes.index])
        rows.append(Finding(trial.campaign, "sample_ratio", p is None or p >= SUSPECT, p, SUSPECT, int(sizes.sum())))
    else:
        rows.append(Finding(trial.campaign, "sample_ratio", None, None, SUSPECT, int(sizes.sum())))
    rows += _alike(trial, first)
    full = [arm for arm, (n, k) in replies.items() if n >= FEW_REPLIES and k >= ALL_REPLIED * n]
    worst = max((k / n for n, k in replies.values() if n >= FEW_REPLIES), default=None)
    return [*rows, Finding(trial.campaign, "responders_only", not full, worst, ALL_REPLIED,
                           sum(replies[a][0] for a in full))]


def attrition(campaign: str, ready: pd.DataFrame) -> list[Finding]:
    """Return whether ready-made results are missing more in one arm than in another, and who is in several arms."""
    mine = ready[ready["campaign_id"] == campaign]
    several = int(mine["both_arms"].max()) if len(mine) else 0
    rows = [Finding(campaign, "one_arm_each", False, float(several), 0.0, several)] if several else []
    sent = mine[mine["sent"] > 0]
    p = same_mix([[r.people, max(r.sent - r.people, 0)] for r in sent.itertuples()]) if len(sent) > 1 else None
    return rows if p is None else [*rows, Finding(campaign, "nobody_missing", p >= SUSPECT, p, SUSPECT)]


def _alike(trial: Trial, people: pd.DataFrame) -> list[Finding]:
    """Test whether the arms hold the same mix of segments and of buyers before."""
    columns = ["rfm_segment", *[before for _, before, _, _ in list(trial.outcomes.values())[:1] if before]]
    mix = people.pivot_table(index="arm", columns=columns, values="customers", aggfunc="sum", fill_value=0)
    p = same_mix(mix.to_numpy())
    people_in_all = int(mix.to_numpy().sum())
    return [] if p is None else [Finding(trial.campaign, "same_mix", p >= SUSPECT, p, SUSPECT, people_in_all)]


def refusals(findings: Sequence[Finding], trial: Trial) -> list[str]:
    """Return why nothing may be told of a campaign, in the order of weight."""
    failed = {one.check for one in findings if one.ok is False}
    order = ("drawn_by_chance", "responders_only", "nobody_missing", "sample_ratio", "same_mix")
    why = [{"drawn_by_chance": "not_random"}.get(name, name) for name in order if name in failed]
    return why if trial.over else ["running", *why]


def effects(trial: Trial, why: Sequence[str], least: int) -> list[Effect]:
    """Return every arm compared with the control, and the arms with each other, for each outcome."""
    rows = []
    for outcome, (value, before, unit, scale) in trial.outcomes.items():
        people = trial.people.get(outcome)
        arms = set() if people is None else set(people["arm"]) - {trial.control}
        for arm, control in pairs(arms, trial.control):
            row = _row(trial, outcome, (arm, control), unit)
            rows.append(_compared(row, people, (value, before, scale), why, least))
    return rows or [withheld(Effect(trial.campaign, "", trial.control or "", BOUGHT, RANDOMISED, 0, 0),
                             *(why or ("no_sales",)))]


def _row(trial: Trial, outcome: str, pair: tuple[str, str], unit: str) -> Effect:
    return Effect(trial.campaign, *pair, outcome, RANDOMISED, 0, 0, unit=unit)


def _compared(row: Effect, people: Any, column: tuple[str, str | None, float], why: Sequence[str],
              least: int) -> Effect:
    value, before, scale = column
    sides = [people[people["arm"] == arm] for arm in (row.arm, row.control)]
    one, other = (group(side, value, scale) for side in sides)
    earlier = (group(sides[0], before, scale), group(sides[1], before, scale)) if before else None
    found = compared(row, one, other, earlier)
    if why:
        return withheld(found, *why)
    return found if min(one.n, other.n) >= least else withheld(found, "few")


def by_segment(trial: Trial, least: int) -> list[tuple[str, Effect]]:
    """Return each arm compared with the control inside each segment that has enough people on both sides."""
    found: list[tuple[str, Effect]] = []
    for outcome, (value, _, unit, scale) in trial.outcomes.items():
        people = trial.people.get(outcome)
        if people is None or trial.control is None or set(people["rfm_segment"]) <= {"all"}:
            continue
        for segment, part in people.groupby("rfm_segment", sort=True):
            for arm, control in pairs(set(people["arm"]) - {trial.control}, trial.control):
                one, other = (group(part[part["arm"] == name], value, scale) for name in (arm, control))
                if control == trial.control and min(one.n, other.n) >= least:
                    found.append((str(segment), compared(_row(trial, outcome, (arm, control), unit), one, other)))
    return found


def replied(found: Ground, steps: pd.DataFrame, ready: pd.DataFrame) -> Callable[[str], dict[str, tuple[int, int]]]:
    """Return a function: campaign → arm → people, and those who answered in any way."""
    sent = {(r.campaign_id, r.arm): (int(r.sent), int(r.any_reply)) for r in steps.itertuples()}
    made = {(r.campaign_id, r.arm): (int(r.people), int(r.replied)) for r in ready.itertuples()}
    kinds = dict(zip(found.campaigns["campaign_id"], found.campaigns["kind_of"], strict=True))

    def of(campaign: str) -> dict[str, tuple[int, int]]:
        known = made if kinds.get(campaign) == "ready" else sent
        return {arm: counts for (own, arm), counts in sorted(known.items()) if own == campaign}

    return of


def incremental(rows: Sequence[Effect], costs: Mapping[str, float | None], sent: Mapping[tuple[str, str], int],
                margin: float | None, control: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Return what each arm brought beyond its control, in all: sales, profit, cost and return, with intervals.

    The cost of a campaign falls on its arms by people. Profit and return need the gross margin and a cost.
    """
    found = []
    for row in rows:
        if row.outcome != SALES or row.effect is None or row.low is None or row.high is None:
            continue
        if row.control != control.get(row.campaign):
            continue
        whole = sum(n for (campaign, _), n in sent.items() if campaign == row.campaign)
        own = costs.get(row.campaign)
        cost = None if own is None or not whole else own * row.n_arm / whole
        sales = [v * row.n_arm for v in (row.effect, row.low, row.high)]
        profit = [None] * 3 if margin is None or cost is None else [v * margin - cost for v in sales]
        back = [None if p is None or not cost else p / cost for p in profit]
        found.append({"campaign": row.campaign, "arm": row.arm, "n_arm": row.n_arm, "sales": sales[0], "low": sales[1],
                      "high": sales[2], "cost": cost, "profit": profit[0], "profit_low": profit[1],
                      "profit_high": profit[2], "roi": back[0], "roi_low": back[1], "roi_high": back[2]})
    return found

