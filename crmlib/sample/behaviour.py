"""What the planted segments do: how often they buy, when, until when; the visits that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample.world import people as folk
from crmlib.sample.world.catalogue import REPLENISHED, Catalogue
from crmlib.sample.world.days import MONTH_EVERYDAY, MONTH_GIFT, Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

Rows = dict[str, np.ndarray]
#: What a visit is.
PLAIN, FIRST, CAMPAIGN, CYCLE, DELIVERY, GUEST = range(6)
GUESTS = 7  # the place of guests after the seven segments
#: Purchases per 30 days, monthly hazard of leaving, share of old members still buying on day 0, mean of
#: satisfaction, by segment (order of ``people.SHARES``).
RATE = (1.75, 0.68, 0.26, 0.52, 0.25, 0.85, 0.0)
HAZARD = (0.010, 0.012, 0.010, 0.022, 0.50, 0.0, 0.0)
ALIVE = (0.90, 0.85, 0.85, 0.70, 0.0, 1.0, 0.0)
MOOD = (0.90, 0.45, 0.10, -0.40, -0.80, -0.50, 0.0)
#: Planted: the unsatisfied leave faster and the satisfied more slowly than their segment.
LEAVING = {"low": 1.8, "middle": 1.0, "high": 0.6}
#: Planted: a share of frequent and deal buyers stays away for this many days and comes back.
PAUSE_SHARE, PAUSE_DAYS = 0.15, (200, 320)
CYCLE_SHARE, SAME_DAY = 0.10, 0.02
GUESTS_PER_MEMBER = 0.05  # guest purchases per 30 days and member
CHUNK = 40_000


@dataclass(frozen=True, repr=False)
class Habits:
    """Each person's way of buying.

    Attributes
    ----------
    rate : ndarray
        Purchases per day on an average day.
    start, end : ndarray
        First day, and first day no longer, on which the person may buy.
    away_from, away_to : ndarray
        A pause in between; empty where both are equal.
    mood : ndarray
        Hidden satisfaction, mean about 0 and deviation about 1.
    cycle : ndarray
        Index into ``REPLENISHED`` of what is bought again and again, −1 for nothing.
    """

    rate: np.ndarray
    start: np.ndarray
    end: np.ndarray
    away_from: np.ndarray
    away_to: np.ndarray
    mood: np.ndarray
    cycle: np.ndarray


def make_habits(draw: Draw, days: Days, people: People) -> Habits:
    """Return the habits planted for each person."""
    who, segment = np.arange(people.count), people.segment
    mood = np.array(MOOD)[segment] + 0.12 * (people.age_band - 2) + 0.85 * draw.bell("mood", who)
    start = np.maximum(people.registered, 0)
    gone = (people.registered < 0) & (draw.uniform("alive", who) >= np.array(ALIVE)[segment])
    end = np.where(gone, 0, _leaving(draw, days, segment, mood, start))
    end = np.where(segment == folk.DORMANT, days.month_start(folk.stop_month(days) + 1), end)
    pauses = (draw.uniform("pauses", who) < PAUSE_SHARE) & np.isin(segment, (folk.FREQUENT, folk.DEAL))
    from_day = start + 90 + draw.below("pause", max(1, days.count - 200), who)
    length = PAUSE_DAYS[0] + draw.below("away", PAUSE_DAYS[1] - PAUSE_DAYS[0], who)
    cycles = (draw.uniform("cycles", who) < CYCLE_SHARE) & np.isin(
        segment, (folk.FREQUENT, folk.STOCKUP, folk.DEAL))
    return Habits(rate=np.array(RATE)[segment] / 30.0 * draw.gamma("rate", who), start=start, end=end,
                  away_from=from_day, away_to=np.where(pauses, from_day + length, from_day), mood=mood,
                  cycle=np.where(cycles & ~pauses, draw.below("cycle", len(REPLENISHED), who), -1))


def _leaving(draw: Draw, days: Days, segment: np.ndarray, mood: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the day each person leaves: one chance each month, larger for the unsatisfied."""
    who = np.arange(len(segment))
    factor = np.select([mood < -0.8, mood > 0.8], [LEAVING["low"], LEAVING["high"]], LEAVING["middle"])
    hazard = np.array(HAZARD)[segment] * factor
    begun = days.month[np.minimum(start, days.count - 1)]
    end = np.full(len(segment), days.count)
    for month in range(len(days.months) - 1, -1, -1):
        first, last = days.month_start(month), days.month_start(month + 1)
        leaves = (draw.uniform("leaves", who, month) < hazard) & (month > begun)
        end = np.where(leaves, first + draw.below("leaves_on", last - first, who, month), end)
    return end


def month_factors(days: Days) -> np.ndarray:
    """Return the planted month factor by segment and month index (gift buyers have their own)."""
    moy = np.array([int(label[5:]) - 1 for label in days.months])
    table = np.tile(np.array(MONTH_EVERYDAY)[moy], (len(RATE), 1))
    table[folk.GIFT] = np.array(MONTH_GIFT)[moy]
    return table


def make_visits(draw: Draw, days: Days, people: People, habits: Habits, products: Catalogue) -> Rows:
    """Return every intended purchase: person (−1 for guests), day, kind, product asked for (−1 for none)."""
    parts = [_first(people, habits), _dormant_last(draw, days, people)]
    for month in range(len(days.months)):
        for low in range(0, people.count, CHUNK):
            parts.append(_plain(draw, days, people, habits, month, slice(low, low + CHUNK)))
        parts.append(_guests(draw, days, people.count, month))
    parts.append(_cycles(draw, days, habits, products))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def visit(person: np.ndarray, day: np.ndarray, kind: int, product: np.ndarray | int = -1) -> Rows:
    """Return visits as rows."""
    return {"person": np.asarray(person, dtype=np.int64), "day": np.asarray(day, dtype=np.int64),
            "kind": np.full(len(person), kind, dtype=np.int64),
            "product": np.broadcast_to(np.asarray(product, dtype=np.int64), (len(person),)).copy(),
            "campaign": np.full(len(person), -1, dtype=np.int64)}


def buys_on(habits: Habits, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Tell whether a person is an active buyer on a day."""
    away = (day >= habits.away_from[person]) & (day < habits.away_to[person])
    return (day >= habits.start[person]) & (day < habits.end[person]) & ~away


def _plain(draw: Draw, days: Days, people: People, habits: Habits, month: int, part: slice) -> Rows:
    who = np.arange(people.count)[part]
    who = who[(habits.rate[who] > 0) & (habits.end[who] > days.month_start(month))
              & (habits.start[who] < days.month_start(month + 1))]
    span = np.arange(days.month_start(month), days.month_start(month + 1))
    chance = habits.rate[who] * month_factors(days)[people.segment[who], month]
    chance = chance[:, None] * days.factor[span][None, :]
    luck = draw.uniform("visit", who[:, None], span[None, :])
    row, column = np.nonzero(luck < chance)
    person, day = who[row], span[column]
    active = buys_on(habits, person, day)
    person, day = person[active], day[active]
    again = draw.uniform("again_today", person, day) < SAME_DAY
    return visit(np.concatenate([person, person[again]]), np.concatenate([day, day[again]]), PLAIN)


def _first(people: People, habits: Habits) -> Rows:
    """New members buy on the day they register; prospects never do."""
    who = np.flatnonzero((people.registered >= 0) & (people.segment != folk.PROSPECT))
    return visit(who, habits.start[who], FIRST)


def _dormant_last(draw: Draw, days: Days, people: People) -> Rows:
    """Each of the dormant cohort buys once more in the month after which it stops."""
    who = np.flatnonzero(people.segment == folk.DORMANT)
    first, last = (days.month_start(folk.stop_month(days) + n) for n in (0, 1))
    return visit(who, first + draw.below("last_day", last - first, who), PLAIN)


def _guests(draw: Draw, days: Days, members: int, month: int) -> Rows:
    span = np.arange(days.month_start(month), days.month_start(month + 1))
    mean = members * GUESTS_PER_MEMBER / 30.0 * month_factors(days)[0, month]
    slots = np.arange(int(mean * 4) + 2)
    luck = draw.uniform("guest", span[:, None], slots[None, :])
    day = span[np.nonzero(luck < (mean / len(slots)) * days.factor[span][:, None])[0]]
    return visit(np.full(len(day), -1), day, GUEST)


def _cycles(draw: Draw, days: Days, habits: Habits, products: Catalogue) -> Rows:
    """Visits of those who buy the same thing again and again: the cycle ± a few days."""
    found = []
    for index, (small, length) in enumerate(REPLENISHED):
        who = np.flatnonzero(habits.cycle == index)
        turn = np.arange(1, days.count // length + 1)
        person, turns = np.repeat(who, len(turn)), np.tile(turn, len(who))
        day = habits.start[person] + draw.below("offset", length, person) + turns * length
        day = day - 3 + draw.below("jitter", 7, person, turns)
        inside = (day < days.count) & (day < habits.end[person])
        found.append(visit(person[inside], day[inside], CYCLE, products.variant(small)))
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}
