"""The people of the sample shop: who they are, whom they live with, and who holds two member numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample.world import names
from crmlib.sample.world.catalogue import CLOSED_BACK, CLOSING, SHOPS, STORES
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw

#: Planted segments: code and share of people (``behaviour.SEGMENTS`` holds what they do).
SHARES = (("frequent", 0.11), ("stockup", 0.16), ("gift", 0.14), ("deal", 0.14), ("trial", 0.23), ("dormant", 0.08),
          ("prospect", 0.14))
FREQUENT, STOCKUP, GIFT, DEAL, TRIAL, DORMANT, PROSPECT = range(7)
#: How a second member number of the same person differs from the first.
KINDS = ("moved", "new_phone", "variant_kanji", "kana_only", "fullwidth", "married")
DUPLICATES, HOUSEHOLDS, OLD_MEMBERS = 0.03, 0.12, 0.45
BLOCK = 4


@dataclass(frozen=True, repr=False)
class People:
    """People as arrays, numbered from 0.

    Attributes
    ----------
    count : int
    segment : ndarray
        Index into ``SHARES``.
    registered, second : ndarray
        Day of the first and of the second registration (−1 − ``NEVER`` where there is none); may lie before day 0.
    kind : ndarray
        Index into ``KINDS`` of the second registration, −1 without one.
    household : ndarray
        Number of the household, −1 for people on their own.
    family, given, female, birth, age_band, home, place : ndarray
        Name indexes, sex, birthday in days since 1970, age band 0 (under 30) … 4 (60 and over), nearest
        store and index into ``names.PLACES``.
    company : ndarray of bool
        A member number of a firm.
    first_id, second_id : ndarray
        Running number of the member numbers, in order of registration; −1 where there is none.
    """

    count: int
    segment: np.ndarray
    registered: np.ndarray
    second: np.ndarray
    kind: np.ndarray
    household: np.ndarray
    family: np.ndarray
    given: np.ndarray
    female: np.ndarray
    birth: np.ndarray
    age_band: np.ndarray
    home: np.ndarray
    place: np.ndarray
    company: np.ndarray
    first_id: np.ndarray
    second_id: np.ndarray

    @property
    def members(self) -> int:
        """Number of member numbers given out."""
        return self.count + int((self.kind >= 0).sum())

    def owner(self) -> np.ndarray:
        """Return the person behind each member number."""
        owner = np.empty(self.members, dtype=np.int64)
        owner[self.first_id] = np.arange(self.count)
        twice = np.flatnonzero(self.kind >= 0)
        owner[self.second_id[twice]] = twice
        return owner


def member_code(running: int) -> str:
    """Return the member number as it is printed on the card."""
    return f"{100001 + running:07d}"


def make_people(draw: Draw, days: Days, count: int) -> People:
    """Return ``count`` people, some of them families, some registered twice."""
    who = np.arange(count)
    segment = draw.pick("segment", [share for _, share in SHARES], who)
    household = _households(draw, who)
    head = np.where(household >= 0, who // BLOCK * BLOCK, who)
    registered = _registered(draw, days, who, segment)
    kind, second = _second(draw, days, who, segment, registered, household)
    first_id, second_id = _number(registered, second, kind)
    female, given, birth = _person(draw, who, head, household, days)
    home = draw.pick("home", [s[6] if s[5] is None else 0 for s in STORES[:SHOPS]], head)
    return People(
        count=count, segment=segment, registered=registered, second=second, kind=kind, household=household,
        family=_family(draw, head, kind), given=given, female=female, birth=birth,
        age_band=np.clip((days.epoch + days.count - birth) // 3652 - 2, 0, 4),
        home=np.where(segment == DORMANT, CLOSING, home),
        place=draw.pick("place", [p[3] for p in names.PLACES], head),
        company=(household < 0) & (kind < 0) & (draw.uniform("company", who) < 0.02),
        first_id=first_id, second_id=second_id)


def _households(draw: Draw, who: np.ndarray) -> np.ndarray:
    """Neighbouring numbers form a family of two to four in a share of the blocks."""
    block = who // BLOCK
    size = 2 + draw.below("size", 3, block)
    lives = (draw.uniform("household", block) < HOUSEHOLDS / 3 * BLOCK) & (who % BLOCK < size)
    return np.where(lives & (block < len(who) // BLOCK), block, -1)


def _registered(draw: Draw, days: Days, who: np.ndarray, segment: np.ndarray) -> np.ndarray:
    old = (draw.uniform("old", who) < OLD_MEMBERS) & (segment != TRIAL)
    long_ago = -1 - draw.below("long_ago", 2000, who)
    open_days = np.where(segment == DORMANT, max(1, days.month_start(stop_month(days)) - 180), days.count - 3)
    return np.where(old, long_ago, np.minimum(draw.below("joined", open_days, who), days.count - 3))


def stop_month(days: Days) -> int:
    """Return the month (index) after which the planted dormant cohort never buys again: its store closes."""
    return max(0, len(days.months) - 1 - CLOSED_BACK)


def _second(draw: Draw, days: Days, who: np.ndarray, segment: np.ndarray, registered: np.ndarray,
            household: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A few regular buyers register again, at least four months after the first time."""
    earliest = np.maximum(registered + 120, 60)
    room = days.count - 60 - earliest
    twice = (draw.uniform("twice", who) < DUPLICATES / 0.55) & (room > 0) & np.isin(
        segment, (FREQUENT, STOCKUP, GIFT, DEAL))
    kind = draw.below("kind", len(KINDS), who)
    kind = np.where((household >= 0) & (kind != 0), np.where(kind % 2 == 0, 1, 4), kind)
    when = earliest + draw.below("again", np.maximum(room, 1), who)
    return np.where(twice, kind, -1), np.where(twice, when, -1)


def _number(registered: np.ndarray, second: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    twice = np.flatnonzero(kind >= 0)
    when = np.concatenate([registered, second[twice]])
    place = np.empty(len(when), dtype=np.int64)
    place[np.argsort(when, kind="stable")] = np.arange(len(when))
    second_id = np.full(len(registered), -1, dtype=np.int64)
    second_id[twice] = place[len(registered):]
    return place[:len(registered)], second_id


def _family(draw: Draw, head: np.ndarray, kind: np.ndarray) -> np.ndarray:
    rank = np.arange(len(names.FAMILY))
    family = draw.pick("family", 1.0 / (rank + 12.0), head)
    with_variant = np.array([i for i, f in enumerate(names.FAMILY) if len(f) == 3])
    forced = with_variant[draw.below("variant", len(with_variant), head)]
    return np.where(kind == KINDS.index("variant_kanji"), forced, family)


def _person(draw: Draw, who: np.ndarray, head: np.ndarray, household: np.ndarray,
            days: Days) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sex, given name and birthday; parents first, then children; a few twins."""
    position = np.where(household >= 0, who - head, 0)
    female = np.where(position == 1, draw.uniform("female", head) >= 0.62, draw.uniform("female", who) < 0.62)
    choices = len(names.FEMALE)
    given = np.where(household >= 0, (draw.below("given", choices, head) + 7 * position) % choices,
                     draw.below("given", choices, who))
    end = days.epoch + days.count
    older = end - 365 * 44 - draw.below("age", 365 * 32, head)
    parent = older - 400 + draw.below("spouse", 2500, who)
    twins = (position == 3) & (draw.uniform("twins", head) < 0.3)
    child = older + 365 * 26 + draw.below("child", 1500, np.where(twins, who - 1, who))
    alone = end - 365 * 20 - draw.below("alone", 365 * 58, who)
    birth = np.select([household < 0, position == 0, position == 1], [alone, older, parent], child)
    return female, given, birth
