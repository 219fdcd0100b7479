"""Campaigns: who is chosen, who is held out, what it truly does, and how people answer.

Planted: two randomised mailings that work, one that does nothing, one card sent to the best customers only
(no effect, but a naive comparison sees one), newsletters for everybody, an anniversary sale for everybody,
and an outside mail test that comes with its outcomes ready made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample.behaviour import CAMPAIGN, Rows, visit
from crmlib.sample.world import people as folk
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

WINDOW = 14
HOLDOUT = "holdout"
#: Consent at registration: mail, SMS, LINE, post, phone.
OPT_IN = {"mail": 0.66, "sms": 0.30, "line": 0.35, "post": 0.70, "phone": 0.25}
#: Chance of opening a mail, by segment; of a click once open; of opting out at the first and each further mail.
OPENS = (0.48, 0.42, 0.30, 0.38, 0.18, 0.28, 0.14)
CLICKS, OPT_OUT, OPT_OUT_STEP = 0.22, 0.002, 0.0008
DELIVERED = 0.98
OPEN, CLICK, ORDER, REDEEM, LEFT = range(5)


@dataclass(frozen=True)
class Campaign:
    """One campaign as planned.

    Attributes
    ----------
    back, day : int
        Months before the last month, and day of that month, on which it starts.
    arms : tuple of (arm, share, effect)
        The effect is the planted chance that a reached person makes one purchase more within ``WINDOW`` days.
    target : str
        ``buyers`` (of the last year), ``best`` (most purchases in 180 days), ``everyone``; ``shop`` has no list.
    """

    code: str
    name: str  # may name its {year} or {month}
    kind: str
    channel: str
    back: int
    day: int
    arms: tuple[tuple[str, float, float], ...]
    target: str
    yen_each: int = 3

    def named(self, month: str) -> str:
        """Return the name of the campaign that starts in a month (``2026-10``)."""
        year, number = month.split("-")
        return self.name.format(year=year, month=f"{year}年{int(number)}月")

    @property
    def randomised(self) -> bool:
        """Whether chance alone decides who is in which arm."""
        return any(arm == HOLDOUT for arm, _, _ in self.arms)


def _news(back: int) -> Campaign:
    return Campaign(f"N{back:02d}", "お便り {month}号", "案内", "メール", back, 3, (("mail", 1.0, 0.0),),
                    "everyone")


PLAN = (
    Campaign("A01", "秋の感謝メール", "クーポン", "メール", 1, 8, (("mail", 0.5, 0.14), (HOLDOUT, 0.5, 0.0)), "buyers"),
    Campaign("A02", "新商品のお知らせ", "案内", "メール", 4, 8, (("mail", 0.5, 0.0), (HOLDOUT, 0.5, 0.0)), "buyers"),
    Campaign("A03", "上得意さまご招待はがき", "案内", "はがき", 7, 8, (("post", 1.0, 0.0),), "best", 85),
    Campaign("A04", "歳末クーポン", "クーポン", "メール", 10, 4,
             (("mail_a", 0.34, 0.05), ("mail_b", 0.33, 0.15), (HOLDOUT, 0.33, 0.0)), "buyers"),
    *(_news(back) for back in (2, 3, 5, 6, 8, 9, 11)),
    Campaign("S01", "創業祭 {year}", "セール", "店頭", 0, 9, (), "shop", 0),
    Campaign("S02", "創業祭 {year}", "セール", "店頭", 12, 9, (), "shop", 0),
    Campaign("S03", "創業祭 {year}", "セール", "店頭", 24, 9, (), "shop", 0),
)
TEST = Campaign("T01", "外部モール メールテスト", "テスト", "メール", 6, 10,
                (("mail_a", 0.34, 0.03), ("mail_b", 0.33, 0.06), (HOLDOUT, 0.33, 0.0)), "everyone")
TEST_BASE, TEST_SHARE = 0.10, 0.4


@dataclass(frozen=True, repr=False)
class Campaigns:
    """What was sent and what came of it.

    Attributes
    ----------
    plan : tuple of Campaign
        Those that fall into the period; ``start`` holds the first day of each.
    sends : dict of ndarray
        campaign, person, arm (index into the campaign's arms), day, delivered, extra (one purchase more).
    responses : dict of ndarray
        campaign, person, type, minute (since day 0).
    visits : dict of ndarray
        The purchases that would not have been made without the campaign.
    left : ndarray
        Day each person opted out of mail; beyond the last day for those who did not.
    """

    plan: tuple[Campaign, ...]
    start: np.ndarray
    sends: Rows
    responses: Rows
    visits: Rows
    left: np.ndarray


def opted_in(draw: Draw, channel: str, count: int) -> np.ndarray:
    """Tell who agreed at registration to be contacted through a channel."""
    return draw.uniform(f"opt_in/{channel}", np.arange(count)) < OPT_IN[channel]


def run(draw: Draw, days: Days, people: People, visits: Rows) -> Campaigns:
    """Return all campaigns of the period, in the order in which they were sent."""
    plan = tuple(sorted((c for c in PLAN if c.back < len(days.months)), key=lambda c: (-c.back, c.day)))
    start = np.array([days.month_start(len(days.months) - 1 - c.back) + c.day - 1 for c in plan])
    left = np.full(people.count, days.count * 2)
    mails = np.zeros(people.count, dtype=np.int64)
    sends, responses = [], []
    for index, one in enumerate(plan):
        if one.arms:
            sent = _send(draw, people, visits, one, index, int(start[index]), left)
            answers, leavers = _answer(draw, people, visits, one, sent, mails)
            left[leavers] = start[index] + 1
            mails[sent["person"][sent["delivered"]]] += one.channel == "メール"
            sends.append(sent)
            responses.append(answers)
    all_sends, all_responses = _stack(sends), _stack(responses)
    return Campaigns(plan, start, all_sends, all_responses, _extra(draw, days, all_sends), left)


def _stack(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _targets(draw: Draw, people: People, visits: Rows, one: Campaign, day: int, left: np.ndarray) -> np.ndarray:
    channel = "mail" if one.channel == "メール" else "post"
    may = opted_in(draw, channel, people.count) & (people.registered < day) & (left > day)
    known = visits["person"] >= 0
    span = 180 if one.target == "best" else 365
    recent = known & (visits["day"] < day) & (visits["day"] >= day - span)
    bought = np.bincount(visits["person"][recent], minlength=people.count)
    if one.target == "best":
        order = np.argsort(-bought, kind="stable")
        return np.sort(order[(bought[order] > 0) & may[order]][:max(1, people.count // 10)])
    return np.flatnonzero(may & ((bought > 0) | (one.target == "everyone")))


def _send(draw: Draw, people: People, visits: Rows, one: Campaign, index: int, day: int, left: np.ndarray) -> Rows:
    who = _targets(draw, people, visits, one, day, left)
    arm = _arms(draw, one, who)
    treated = np.array([name != HOLDOUT for name, _, _ in one.arms])[arm]
    delivered = treated & (draw.uniform(f"delivered/{one.code}", who) < DELIVERED)
    effect = np.array([e for _, _, e in one.arms])[arm]
    moved = people.segment[who] != folk.DORMANT  # those whose store closed do not come back for a mail
    extra = delivered & moved & (draw.uniform(f"extra/{one.code}", who) < effect)
    return {"campaign": np.full(len(who), index), "person": who, "arm": arm, "treated": treated,
            "day": np.full(len(who), day), "delivered": delivered, "extra": extra}


def _arms(draw: Draw, one: Campaign, who: np.ndarray) -> np.ndarray:
    """Shuffle the people and cut the row at the planned shares, so that the arms have the planned sizes."""
    place = np.empty(len(who), dtype=np.int64)
    place[np.argsort(draw.bits(f"arm of {one.code}", who), kind="stable")] = np.arange(len(who))
    cuts = np.cumsum([share for _, share, _ in one.arms])[:-1] * len(who)
    return np.searchsorted(cuts, place, side="right")


def _lag(draw: Draw, campaign: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Return days from the send to the extra purchase: soon rather than late, within the window."""
    luck = draw.uniform("lag", campaign, person)
    return np.floor(luck * luck * (WINDOW - 1)).astype(np.int64) + 1


def _extra(draw: Draw, days: Days, sends: Rows) -> Rows:
    rows = np.flatnonzero(sends["extra"])
    person, campaign = sends["person"][rows], sends["campaign"][rows]
    day = sends["day"][rows] + _lag(draw, campaign, person)
    inside = day < days.count
    return {**visit(person[inside], day[inside], CAMPAIGN), "campaign": campaign[inside]}


def _answer(draw: Draw, people: People, visits: Rows, one: Campaign, sent: Rows,
            mails: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Return who opened, clicked, ordered, redeemed or opted out, and when; and the people who left."""
    got = np.flatnonzero(sent["delivered"])
    person, extra, day = sent["person"][got], sent["extra"][got], int(sent["day"][0]) if len(sent["day"]) else 0
    by_mail = one.channel == "メール"
    opens = by_mail & (extra | (draw.uniform(f"opens/{one.code}", person) < np.array(OPENS)[people.segment[person]]))
    clicks = opens & (extra | (draw.uniform(f"clicks/{one.code}", person) < CLICKS))
    window = (visits["day"] > day) & (visits["day"] <= day + WINDOW) & (visits["person"] >= 0)
    base = np.isin(person, visits["person"][window])
    orders = clicks & (extra | base)
    redeems = orders & (one.kind == "クーポン") & (extra | (draw.uniform(f"redeems/{one.code}", person) < 0.4))
    tired = OPT_OUT + OPT_OUT_STEP * mails[person]
    leaves = opens & ~orders & (draw.uniform(f"leaves/{one.code}", person) < tired * 4)
    parts = []
    for kind, happens in ((OPEN, opens), (CLICK, clicks), (ORDER, orders), (REDEEM, redeems), (LEFT, leaves)):
        parts.append(_at(draw, sent, got[happens], kind))
    return _stack(parts), person[leaves]


def _at(draw: Draw, sent: Rows, rows: np.ndarray, kind: int) -> Rows:
    person, campaign = sent["person"][rows], sent["campaign"][rows]
    hours = draw.uniform("answers_after", campaign, person)
    minute = 10 * 60 + 20 + np.floor(hours * hours * 40 * 60).astype(np.int64) + kind
    late = _lag(draw, campaign, person) * 1440 if kind in (ORDER, REDEEM) else 0
    return {"campaign": campaign, "person": person, "type": np.full(len(rows), kind),
            "minute": sent["day"][rows] * 1440 + minute + late}


def outcomes(draw: Draw, days: Days, people: People) -> Rows:
    """Return the outside mail test: person, arm, visit, conversion, spend (its planted effect is on conversion)."""
    day = days.month_start(max(0, len(days.months) - 1 - TEST.back))
    who = np.flatnonzero((people.registered < day) & (draw.uniform("in_test", np.arange(people.count)) < TEST_SHARE)
                         & (people.segment != folk.PROSPECT))
    arm = _arms(draw, TEST, who)
    effect = np.array([e for _, _, e in TEST.arms])[arm]
    converts = draw.uniform("converts", who) < TEST_BASE + effect
    visits = converts | (draw.uniform("test_visits", who) < 0.2 + effect)
    spend = np.where(converts, 1500 + 100 * draw.below("test_spend", 60, who), 0)
    return {"person": who, "arm": arm, "visit": visits.astype(np.int64), "conversion": converts.astype(np.int64),
            "spend": spend}
