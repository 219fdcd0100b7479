"""Effect on the campaigns page: which campaigns changed what people do, and of which can that not be told?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects import arms, everyone, lists, planning, shown
from crmlib.analyses.campaigns.effects.arms import Finding, Trial
from crmlib.analyses.campaigns.effects.records import records
from crmlib.analyses.campaigns.effects.rows import Effect, frame_of, judged
from crmlib.analyses.campaigns.ground import ARMS, EVERYONE, LIST, READY
from crmlib.part import Part

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

FACTS = shown.FACTS


@dataclass(frozen=True)
class Judged:
    """What is known of effects: the rows, what was looked at, and the frames behind."""

    rows: tuple[Effect, ...]
    findings: tuple[Finding, ...]
    trials: tuple[Trial, ...]
    overlap: pd.DataFrame
    event_time: pd.DataFrame


def part(found: Ground) -> Part:
    """Return what each campaign changed, by the strongest comparison its design allows, or why that cannot be told.

    Returns
    -------
    Part
        tables
            effects: campaign, arm, control, outcome, design, n_arm, n_control, effect, low, high, p, placebo, unit,
            p_holm, mean_arm, mean_control, placebo_low, placebo_high, verdict, reason, name (effect to placebo in the
            row's unit). segment_effects: campaign, arm, control, outcome, rfm_segment, n_arm, n_control, effect, low,
            high, p, p_holm, shrunk, unit. checks: campaign, check, state, observed, limit, unit, people. returns:
            campaign, arm, n_arm, sales, low, high, cost, profit, profit_low, profit_high, roi, roi_low, roi_high, name.
            overlap: campaign, prior, treated, untreated, treated_share, untreated_share. event_time: campaign, stretch,
            treated, untreated, n_treated, n_untreated. holdout: rfm_segment, customers, held_out, share. holdout_list
            (restricted): customer_id, customer_key, rfm_segment, arm.
    """
    judgement = judge(found)
    segments = shown.segments(_segment_rows(found, judgement), found)
    people = found.query("campaigns_plan") if found.sales else None
    ahead = planning.plan(people, found) if people is not None and len(people) else None
    drawn = planning.listed(people, ahead.share, found) if people is not None and ahead is not None else None
    frames = {"effects": _named(frame_of(judgement.rows), found), "segment_effects": segments,
              "checks": shown.findings((*judgement.findings, *records(found))),
              "returns": shown.returns(found, judgement), "overlap": judgement.overlap,
              "event_time": judgement.event_time}
    return shown.finished(found, frames, ahead, drawn)


def nothing() -> pd.DataFrame:
    """Return the table ``effects`` without a row."""
    return frame_of(())


def _named(frame: pd.DataFrame, found: Ground) -> pd.DataFrame:
    return frame.assign(name=[found.names[campaign] for campaign in frame["campaign"]]).astype({"name": "str"})


def judge(found: Ground) -> Judged:
    """Return every campaign's effect, the newest campaign first."""
    import pandas as pd

    tried, findings, made = _with_arms(found)
    rows, seen, overlap, moved = _without_arms(found)
    order = {name: i for i, name in enumerate(found.campaigns["campaign_id"])}
    every = judged(sorted((*tried, *rows), key=lambda row: order[row.campaign]))
    both = sorted((*findings, *seen), key=lambda one: order[one.campaign])
    return Judged(tuple(every), tuple(both), tuple(made), overlap, moved if moved is not None else pd.DataFrame())


def _with_arms(found: Ground) -> tuple[list[Effect], list[Finding], list[Trial]]:
    found.select((ARMS, READY))
    values, ready = found.query("campaigns_outcome_values"), found.query("campaigns_outcome_people")
    made = arms.trials(found, values, found.query("campaigns_arm_sales"))
    replies = arms.replied(found, found.query("campaigns_steps"), ready)
    rows: list[Effect] = []
    findings: list[Finding] = []
    for trial in made:
        seen = [*arms.checked(trial, found, replies(trial.campaign)), *arms.attrition(trial.campaign, ready)]
        rows += arms.effects(trial, arms.refusals(seen, trial), found.settings.min_people)
        findings += seen
    return rows, findings, made


def _without_arms(found: Ground) -> tuple[list[Effect], list[Finding], pd.DataFrame, pd.DataFrame]:
    found.select((LIST,))
    counts = found.query("campaigns_overlap")
    mine = [c for c in found.campaigns.itertuples() if c.kind_of in (LIST, EVERYONE)]
    rows: list[Effect] = []
    findings: list[Finding] = []
    fit: list[Any] = []
    daily = found.data.query("trends_days", known_month="") if found.sales and mine else counts.iloc[:0]
    for campaign in mine:
        sent, others = lists.sizes(counts, campaign.campaign_id)
        if campaign.kind_of == EVERYONE or (sent and others <= lists.NOBODY * (sent + others)):
            rows += everyone.effects(found, campaign, daily)
            continue
        seen = lists.checked(found, campaign, counts)
        why = lists.refusals(seen, campaign.state == "over") if found.sales else ["no_sales"]
        findings += seen if found.sales else []
        if why:
            rows += lists.empty(campaign.campaign_id, ALL_SENT, (sent or int(campaign.people), others), why)
        else:
            fit.append(campaign)
    told, placebos, moved = _compared(found, fit)
    named = [c.campaign_id for c in mine if c.kind_of == LIST]
    return rows + told, findings + placebos, lists.overlap(counts, named if found.sales else []), moved


ALL_SENT = "sent"


def _compared(found: Ground, fit: list[Any]) -> tuple[list[Effect], list[Finding], pd.DataFrame]:
    """Return the differences in differences of the campaigns that may be compared, and their stretches."""
    names = {c.campaign_id: c.campaign_id for c in fit}
    found.select((LIST,), tuple(names))
    stretches, moved = found.query("campaigns_stretches"), found.query("campaigns_event_time")
    rows: list[Effect] = []
    findings: list[Finding] = []
    for campaign in fit:
        people = stretches[stretches["campaign_id"] == campaign.campaign_id]
        money = (found.data.currency, 10.0 ** -found.data.decimals)
        told = lists.effects(campaign.campaign_id, ALL_SENT, people, money)
        seen = lists.placebo(told)
        rows += told if seen.ok else lists.refused(told, ["placebo"])
        findings.append(seen)
    return rows, findings, lists.event_time(moved, names)


def _segment_rows(found: Ground, judgement: Judged) -> list[tuple[str, Effect]]:
    """Return effects inside segments, of the campaigns whose effect is told."""
    told = {row.campaign for row in judgement.rows if row.effect is not None}
    return [one for trial in judgement.trials if trial.campaign in told
            for one in arms.by_segment(trial, found.settings.min_people)]


__all__ = ["FACTS", "judge", "nothing", "part"]
