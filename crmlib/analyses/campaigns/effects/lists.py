"""Campaigns sent to chosen customers, nobody held out by chance: may the others stand for them, and what changed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects.arms import Finding
from crmlib.analyses.campaigns.effects.rows import BOUGHT, COMPARABLE, SALES, Effect, Group, compared, withheld
from crmlib.methods.experiments.fairness import distance
from crmlib.methods.intervals import moments

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

#: Bands of purchase days before, for the table that shows whether the groups can be compared.
BANDS = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, None))
OTHERS = "not_sent"
#: With fewer customers left out than this share, there is nobody to compare with.
NOBODY = 0.05


def band(prior: int) -> str:
    """Return the code of the band a number of purchase days falls into."""
    low, high = next((low, high) for low, high in BANDS if prior >= low and (high is None or prior <= high))
    return f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"


def overlap(counts: pd.DataFrame, told: Sequence[str]) -> pd.DataFrame:
    """Return how those contacted and the others had bought before.

    Returns
    -------
    pandas.DataFrame
        campaign, prior (band of purchase days before), treated, untreated (customers), treated_share, untreated_share.
    """
    import pandas as pd

    columns = ["campaign", "prior", "treated", "untreated", "treated_share", "untreated_share"]
    rows: list[tuple[Any, ...]] = []
    names = [band(low) for low, _ in BANDS]
    for campaign in told:
        mine = counts[counts["campaign_id"] == campaign]
        sums = mine.assign(band=[band(int(p)) for p in mine["prior"]]).groupby(["band", "treated"])["customers"].sum()
        sides = [[int(sums.get((name, side), 0)) for name in names] for side in (1, 0)]
        whole = [max(sum(side), 1) for side in sides]
        rows += [(campaign, name, one, other, one / whole[0], other / whole[1])
                 for name, one, other in zip(names, *sides, strict=True)]
    return pd.DataFrame(rows, columns=columns).astype({"campaign": "str", "prior": "str"})


def sizes(counts: pd.DataFrame, campaign: str) -> tuple[int, int]:
    """Return how many customers known before were contacted, and how many were not."""
    mine = counts[counts["campaign_id"] == campaign].groupby("treated")["customers"].sum()
    return int(mine.get(1, 0)), int(mine.get(0, 0))


def others_at_once(found: Ground, campaign: Any) -> list[str]:
    """Return the other campaigns that touch the campaign's stretch or the two before it."""
    length = campaign.end_on - campaign.start_on + timedelta(days=1)
    first = campaign.start_on - 2 * length
    return [str(o.campaign_id) for o in found.strange.itertuples()
            if o.campaign_id != campaign.campaign_id and _touches(o, first, campaign.end_on)]


def _touches(other: Any, first: date, last: date) -> bool:
    return other.start_on is not None and other.start_on <= last and other.end_on >= first


def checked(found: Ground, campaign: Any, counts: pd.DataFrame) -> list[Finding]:
    """Return what was looked at before comparing: other campaigns, numbers, and how far apart the groups were."""
    treated, untreated = sizes(counts, campaign.campaign_id)
    if not treated + untreated:
        return [Finding(campaign.campaign_id, "enough_history", False, None, None, int(campaign.people))]
    mine = counts[counts["campaign_id"] == campaign.campaign_id]
    limit, name = found.settings.max_distance, campaign.campaign_id
    apart = _apart(mine)
    least, busy = found.settings.min_people, others_at_once(found, campaign)
    return [Finding(name, "other_campaigns", not busy, float(len(busy)), 0.0),
            Finding(name, "enough_people", min(treated, untreated) >= least, float(min(treated, untreated)), least),
            Finding(name, "alike_before", apart is not None and abs(apart) <= limit, apart, limit, treated)]


def _apart(counts: pd.DataFrame) -> float | None:
    sides = [counts[counts["treated"] == side] for side in (1, 0)]
    (n, mean, variance), (m, other, spread) = (moments(s["prior"].to_numpy(), s["customers"].to_numpy()) for s in sides)
    return distance(mean, variance, other, spread) if n > 1 and m > 1 else None


def refusals(findings: Sequence[Finding], over: bool) -> list[str]:
    """Return why nothing may be told of a campaign."""
    named = {"other_campaigns": "overlap", "enough_people": "few", "alike_before": "targeted", "placebo": "placebo",
             "enough_history": "short_history"}
    failed = [named[f.check] for f in findings if f.ok is False and f.check in named]
    order = ("short_history", "few", "targeted", "overlap", "placebo")
    return ([] if over else ["running"]) + [code for code in order if code in failed]


def empty(campaign: str, arm: str, people: tuple[int, int], why: Sequence[str]) -> list[Effect]:
    """Return the row of a campaign whose effect cannot be told."""
    row = Effect(campaign, arm, OTHERS, BOUGHT, COMPARABLE, *people)
    return [withheld(row, *why)]


def effects(campaign: str, arm: str, people: pd.DataFrame, money: tuple[str, float]) -> list[Effect]:
    """Return the difference in differences of buying and of money, with the same one stretch earlier as placebo.

    What those contacted bought while the campaign ran less one stretch before, less the same of the others: Card &
    Krueger (1994), American Economic Review 84:772-793. Spread over people's own differences (Welch).
    """
    currency, scale = money
    told = people.assign(step=people["bought"] - people["bought_1"], step_1=people["bought_1"] - people["bought_2"])
    rows = []
    for outcome, now, before, unit, factor in ((BOUGHT, "step", "step_1", "ratio", 1.0),
                                               (SALES, "change", "change_1", currency, scale)):
        one, other = (_group(told, side, now, factor) for side in (1, 0))
        earlier = (_group(told, 1, before, factor), _group(told, 0, before, factor))
        rows.append(compared(Effect(campaign, arm, OTHERS, outcome, COMPARABLE, 0, 0, unit=unit), one, other, earlier))
    return rows


def _group(people: pd.DataFrame, side: int, column: str, factor: float) -> Group:
    mine = people[people["treated"] == side]
    return Group(mine[column].to_numpy(dtype=float) * factor, mine["customers"].to_numpy(dtype=float))


def placebo(rows: Sequence[Effect]) -> Finding:
    """Return whether the same comparison one stretch earlier covers zero, as it must where nothing was done."""
    clear = [r for r in rows if r.placebo_low is not None and r.placebo_high is not None]
    ok = bool(clear) and all((r.placebo_low or 0.0) <= 0 <= (r.placebo_high or 0.0) for r in clear)
    first = rows[0]
    return Finding(first.campaign, "placebo", ok, first.placebo, 0.0, first.n_arm)


def refused(rows: Sequence[Effect], why: Sequence[str]) -> list[Effect]:
    """Return the rows without their effects; the placebo that spoke against them stays."""
    return [withheld(row, *why) for row in rows]


def event_time(counts: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the share who bought in each stretch before and in the campaign: campaign, stretch, treated, untreated.

    ``treated`` and ``untreated`` are shares; ``n_treated`` and ``n_untreated`` the people.
    """
    import pandas as pd

    rows = []
    for (campaign, stretch), part in counts.groupby(["campaign_id", "window_no"], sort=True):
        side = {int(r.treated): (int(r.buyers), int(r.people)) for r in part.itertuples()}
        if campaign in names and {0, 1} <= set(side):
            (buyers, sent), (others, unsent) = side[1], side[0]
            rows.append((campaign, int(stretch), buyers / sent, others / unsent, sent, unsent))
    columns = ["campaign", "stretch", "treated", "untreated", "n_treated", "n_untreated"]
    return pd.DataFrame(rows, columns=columns).astype({"campaign": "str"})
