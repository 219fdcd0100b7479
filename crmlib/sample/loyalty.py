"""Subscriptions, points, ranks and dates that fall due."""

from __future__ import annotations

import numpy as np

from crmlib.sample.behaviour import DELIVERY, Habits, Rows, visit
from crmlib.sample.orders import EARNING_CAP, POINT_YEN, VOID, Sales
from crmlib.sample.world import people as folk
from crmlib.sample.world.catalogue import Catalogue
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

#: Planted: chance that a subscription ends after its first, second and every later delivery.
HAZARD = (0.18, 0.10, 0.05)
SUBSCRIBED, INTERVAL = ("コーヒー豆", "ペットフード", "緑茶"), 30
SUBSCRIBERS, PAUSED = 0.10, 0.06
REASONS = ("量が多い", "価格", "味・品質", "転居", "その他")
ACTIVE, CANCELLED, ON_HOLD = range(3)
EARN, USE, EXPIRE, ADJUST = range(4)
WELCOME = 100
#: Yen of the last 12 months from which silver, gold and platinum begin; looked at on 1 April and 1 October.
RANKS, REVIEWS = (30_000, 80_000, 160_000), (4, 10)


def make_subscriptions(draw: Draw, days: Days, people: People, habits: Habits, products: Catalogue) -> Rows:
    """Return subscriptions: person, product, start, deliveries made, status, end (−1 while running), reason, next."""
    who = np.flatnonzero((draw.uniform("subscribes", np.arange(people.count)) < SUBSCRIBERS)
                         & np.isin(people.segment, (folk.FREQUENT, folk.STOCKUP, folk.GIFT, folk.DEAL))
                         & (habits.end > habits.start + 60))
    start = habits.start[who] + 20 + draw.below("subscribed_after", 400, who)
    who, start = who[start < days.count - 1], start[start < days.count - 1]
    most = days.count // INTERVAL + 1
    turn = np.arange(1, most + 1)
    hazard = np.array(HAZARD)[np.minimum(turn - 1, len(HAZARD) - 1)]
    ends = draw.uniform("subscription_ends", who[:, None], turn[None, :]) < hazard[None, :]
    wanted = np.where(ends.any(axis=1), ends.argmax(axis=1) + 1, most)
    possible = (days.count - 1 - start) // INTERVAL + 1
    end = start + (wanted - 1) * INTERVAL + 3 + draw.below("cancels_after", 20, who)
    over = end < days.count
    made = np.where(over, wanted, possible)
    held = ~over & (draw.uniform("paused", who) < PAUSED)
    kinds = np.array([products.variant(small, 1) for small in SUBSCRIBED])
    return {"person": who, "product": kinds[draw.below("subscription", len(kinds), who)], "start": start, "made": made,
            "status": np.select([over, held], [CANCELLED, ON_HOLD], ACTIVE), "end": np.where(over, end, -1),
            "reason": np.where(over, draw.below("reason", len(REASONS), who), -1),
            "next": np.where(over | held, -1, start + made * INTERVAL)}


def deliveries(subscriptions: Rows) -> Rows:
    """Return one visit for each delivery of a subscription."""
    made = subscriptions["made"]
    row = np.repeat(np.arange(len(made)), made)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(made) - made, made)
    day = subscriptions["start"][row] + turn * INTERVAL
    return visit(subscriptions["person"][row], day, DELIVERY, subscriptions["product"][row])


def make_points(draw: Draw, days: Days, people: People, sales: Sales) -> Rows:
    """Return points: member, minute (since day 0), kind, points (negative when they leave), expiry day (−1 none)."""
    orders = sales.orders
    at = orders["day"] * 1440 + orders["minute"]
    earned = np.minimum(orders["goods"], EARNING_CAP) // POINT_YEN
    fine = (orders["member"] >= 0) & (orders["status"] != VOID) & (orders["document"] == 0)
    earns, uses = np.flatnonzero(fine & (earned > 0)), np.flatnonzero(fine & (orders["points_used"] > 0))
    parts = [_points(orders["member"][earns], at[earns], EARN, earned[earns], orders["day"][earns] + 365),
             _points(orders["member"][uses], at[uses], USE, -orders["points_used"][uses])]
    new = np.flatnonzero(people.registered >= 0)
    parts.append(_points(people.first_id[new], people.registered[new] * 1440 + 540, EARN, np.full(len(new), WELCOME),
                         people.registered[new] + 365))
    gift = np.flatnonzero((orders["document"] == 1) & (orders["member"] >= 0))
    gift = gift[draw.uniform("goodwill", gift) < 0.2]
    parts.append(_points(orders["member"][gift], at[gift] + 30, ADJUST, np.full(len(gift), 100)))
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    gone = _expired(days, rows, people.members)
    rows = {name: np.concatenate([rows[name], gone[name]]) for name in rows}
    order = np.lexsort((rows["kind"], rows["member"], rows["minute"]))
    return {name: values[order] for name, values in rows.items()}


def _points(member: np.ndarray, minute: np.ndarray, kind: int, points: np.ndarray,
            expires: np.ndarray | None = None) -> Rows:
    return {"member": member, "minute": minute, "kind": np.full(len(member), kind), "points": points,
            "expires": np.full(len(member), -1) if expires is None else expires}


def _expired(days: Days, rows: Rows, members: int) -> Rows:
    """Whoever does nothing for a year loses what is left."""
    last = np.full(members, -1)
    np.maximum.at(last, rows["member"], rows["minute"] // 1440)
    balance = np.bincount(rows["member"], rows["points"], members).astype(np.int64)
    who = np.flatnonzero((last >= 0) & (last + 366 < days.count) & (balance > 0))
    return _points(who, (last[who] + 366) * 1440, EXPIRE, -balance[who])


def make_ranks(days: Days, people: People, sales: Sales) -> tuple[Rows, np.ndarray]:
    """Return the history of ranks (member, rank, from, to; −1 = still) and each member's rank today."""
    orders, lines = sales.orders, sales.lines
    known = orders["member"] >= 0
    bought = np.bincount(lines["order"], lines["amount"], len(known)).astype(np.int64)
    joined = np.where(people.registered >= 0, people.registered, 0)
    since = np.zeros(people.members, dtype=np.int64)
    since[people.first_id] = joined
    twice = people.kind >= 0
    since[people.second_id[twice]] = people.second[twice]
    rank, parts = np.zeros(people.members, dtype=np.int64), []
    for day in np.flatnonzero(np.isin(days.year_month, REVIEWS) & (days.day == 1)):
        inside = known & (orders["day"] < day) & (orders["day"] >= day - 365) & (bought < 1_000_000)
        spent = np.bincount(orders["member"][inside], bought[inside], people.members)
        now = np.where(since < day, np.searchsorted(RANKS, spent, side="right"), rank)
        moved = np.flatnonzero(now != rank)
        parts.append({"member": moved, "rank": rank[moved], "from": since[moved], "to": np.full(len(moved), day - 1)})
        since, rank = np.where(now != rank, day, since), now
    everyone = np.arange(people.members)
    parts.append({"member": everyone, "rank": rank, "from": since, "to": np.full(len(rank), -1)})
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((rows["from"], rows["member"]))
    return {name: values[order] for name, values in rows.items()}, rank


def make_due_dates(draw: Draw, days: Days, people: People, points: Rows) -> Rows:
    """Return dates that fall due in the 90 days after the end: member, kind (index), day."""
    end, who = days.count, np.arange(people.count)
    parts = []
    birthday = _next_birthday(days, people.birth)
    near = who[birthday < end + 90]
    parts.append((people.first_id[near], 4, birthday[near]))
    earned = (points["expires"] >= end) & (points["expires"] < end + 60) & (points["points"] >= 50)
    parts.append((points["member"][earned], 3, points["expires"][earned]))
    coupon = who[(people.segment == folk.DEAL) & (draw.uniform("has_coupon", who) < 0.3)]
    parts.append((people.first_id[coupon], 2, end + draw.below("coupon_until", 60, coupon)))
    firm = who[people.company]
    parts.append((people.first_id[firm], 0, end + draw.below("contract_until", 365, firm)))
    parts.append((people.first_id[firm[::2]], 1, end + draw.below("warranty_until", 365, firm[::2])))
    rows = {"member": np.concatenate([p[0] for p in parts]), "kind": np.repeat([p[1] for p in parts],
            [len(p[0]) for p in parts]), "day": np.concatenate([p[2] for p in parts])}
    _, first = np.unique(np.stack([rows["member"], rows["kind"], rows["day"]]), axis=1, return_index=True)
    return {name: values[first] for name, values in rows.items()}


def _next_birthday(days: Days, birth: np.ndarray) -> np.ndarray:
    """Return the first birthday on or after the day after the end (29 February counts as 1 March)."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]")
    offset = birth - months.astype("datetime64[D]").astype(np.int64)
    today = np.datetime64(days.epoch + days.count, "D")
    year = today.astype("datetime64[Y]").astype(np.int64)
    month = months.astype(np.int64) % 12
    this = ((year * 12 + month).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + offset)
    late = (((year + 1) * 12 + month).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + offset)
    return np.where(this >= days.epoch + days.count, this, late) - days.epoch
