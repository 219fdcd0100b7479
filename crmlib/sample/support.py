"""Everything around the purchase: tickets, contacts, the web shop's trail, tags and consents."""

from __future__ import annotations

import numpy as np

from crmlib.sample.behaviour import Habits, Rows
from crmlib.sample.campaigns import OPT_IN, opted_in
from crmlib.sample.orders import VOID, Sales
from crmlib.sample.surveys import incident
from crmlib.sample.world import people as folk
from crmlib.sample.world.catalogue import EC, SHOPS
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

CATEGORIES = ("配送", "商品", "返品・交換", "ポイント", "会員情報", "その他")
PHONE, MAIL, CHAT = range(3)
#: Planted: chance of a ticket per order (till, online) and its factor in the months of late parcels.
TICKETS, LATE_FACTOR = (0.006, 0.030), 2.5
#: Planted: usual minutes to the first reply by channel; halved from this many months before the end on.
REPLY, FASTER_BACK, FASTER = (3, 900, 20), 6, 0.5
#: Planted: chance of a good mark (4 or 5) when the first reply took under 1, 4, 24 hours, or longer.
GOOD_MARK, LIMITS = (0.82, 0.70, 0.52, 0.30), (60, 240, 1440)
#: Planted: of the web visits that see a product, the shares that reach the cart, the checkout and the order.
FUNNEL, WEB_MONTHS = (0.30, 0.55, 0.80), 3
#: Planted: share of trial members who pay, and the days it takes them at most.
TRIAL_PAYS, TRIAL_DAYS, TRIAL_SHARE = 0.35, 30, 0.06
VISIT, VIEW, CART, CHECKOUT, BUY, SIGNUP, DOWNLOAD, TRIAL, PAID = range(9)
TAGS = ("贈答好き", "ペットあり", "要配慮連絡", "法人窓口", "常連")


def make_tickets(draw: Draw, days: Days, sales: Sales) -> Rows:
    """Return tickets: member, opened, replied, resolved (minutes since day 0, −1 = not yet), channel, …, mark."""
    orders = sales.orders
    number = np.arange(len(orders["day"]))
    web, late = orders["store"] == EC, incident(days, orders["month"])
    chance = np.where(web, TICKETS[1] * np.where(late, LATE_FACTOR, 1.0), TICKETS[0])
    rows = np.flatnonzero((draw.uniform("ticket", number) < chance) & (orders["kind"] >= 0))
    delay = 1 + draw.below("ticket_after", 6, rows)
    opened = (orders["day"][rows] + delay) * 1440 + 570 + draw.below("ticket_at", 500, rows)
    end = days.count * 1440
    rows, opened = rows[opened < end], opened[opened < end]
    channel = np.where(orders["store"][rows] == EC, draw.pick("ticket_by", (18, 62, 20), rows), PHONE)
    month = days.month[opened // 1440]
    faster = np.where(month >= len(days.months) - FASTER_BACK - 1, FASTER, 1.0)
    wait = np.floor(np.array(REPLY)[channel] * faster * draw.gamma("reply", rows) ** 2).astype(np.int64)
    solve = wait + np.floor(600 * draw.gamma("solve", rows) ** 2).astype(np.int64) * (channel != PHONE) + 6
    weights = np.array([[24, 22, 14, 16, 12, 12], [70, 9, 8, 5, 4, 4]])
    luck = draw.uniform("ticket_about", rows)
    about = np.where(late[rows], *(np.minimum(np.searchsorted(np.cumsum(w), luck * 100, side="right"), 5)
                                   for w in weights[::-1]))
    marked = draw.uniform("marks", rows) < 0.45
    good = draw.uniform("mark", rows) < np.array(GOOD_MARK)[np.searchsorted(LIMITS, wait, side="right")]
    mark = np.where(good, 4 + draw.below("mark_high", 2, rows), 1 + draw.below("mark_low", 3, rows))
    replied, resolved = opened + wait, opened + solve
    return {"member": orders["member"][rows], "opened": opened, "replied": np.where(replied < end, replied, -1),
            "resolved": np.where(resolved < end, resolved, -1), "channel": channel, "category": about,
            "reopened": (draw.uniform("reopened", rows) < 0.08).astype(np.int64), "number": rows,
            "mark": np.where(marked & (resolved < end), mark, 0)}


def make_interactions(draw: Draw, days: Days, habits: Habits, sales: Sales) -> Rows:
    """Return contacts of the staff: member, minute, channel, direction, staff, purpose, outcome, label, duration."""
    orders = sales.orders
    fits = (orders["person"] >= 0) & (orders["store"] < SHOPS) & (orders["document"] == 0) & (orders["status"] != VOID)
    rows = np.flatnonzero(fits)
    rows = rows[draw.uniform("contact", rows) < 0.03]
    low = habits.mood[orders["person"][rows]] < -0.8
    luck = draw.uniform("label", rows)
    label = np.where(luck < np.where(low, 0.30, 0.05), 1, np.where(luck > 0.80, 0, -1))
    channel = draw.pick("contact_by", (60, 25, 10, 5), rows)
    return {"member": orders["member"][rows], "minute": orders["day"][rows] * 1440 + orders["minute"][rows] + 5,
            "channel": channel, "direction": (draw.uniform("contact_out", rows) < 0.3).astype(np.int64) * (channel > 0),
            "staff": orders["store"][rows] * 3 + draw.below("staff", 3, rows),
            "purpose": draw.below("purpose", 4, rows), "outcome": draw.below("outcome", 4, rows), "label": label,
            "duration": 2 + draw.below("duration", 25, rows)}


def make_events(draw: Draw, days: Days, people: People, sales: Sales) -> Rows:
    """Return the web trail of the last months: minute, person (−1 unknown), visitor, type, product, source."""
    orders, first = sales.orders, days.month_start(max(0, len(days.months) - WEB_MONTHS))
    bought = np.flatnonzero((orders["store"] == EC) & (orders["document"] == 0) & (orders["day"] >= first))
    reach_cart, reach_checkout, reach_order = FUNNEL
    whole = reach_cart * reach_checkout * reach_order
    others = np.arange(int(len(bought) * (1 / whole - 1)))
    steps = (1 - reach_cart, reach_cart * (1 - reach_checkout), reach_cart * reach_checkout * (1 - reach_order))
    reached = np.concatenate([np.full(len(bought), BUY), VIEW + draw.pick("reached", steps, others)])
    known = draw.uniform("known", others) < 0.5
    person = np.concatenate([orders["person"][bought],
                             np.where(known, draw.below("visitor", people.count, others), -1)])
    days_open = first + draw.below("session_day", days.count - first, others)
    minute = np.concatenate([orders["day"][bought] * 1440 + orders["minute"][bought],
                             days_open * 1440 + 20 + 60 * draw.pick("session_hour",
                                                                    (1, 2, 2, 3, 3, 4, 4, 5, 6, 8, 10, 9), others) * 2])
    person = np.where((person >= 0) & (people.registered[person] * 1440 < minute), person, -1)
    session = np.arange(len(reached))
    shape = {"person": person, "session": session, "reached": reached, "minute": minute,
             "product": sales.lines["product"][draw.below("seen", len(sales.lines["order"]), session)]}
    return _trail(draw, shape, _accounts(draw, days, people, first))


def _trail(draw: Draw, shape: Rows, accounts: Rows) -> Rows:
    """One row per step; of the carts, a few are filled before a product page is seen (from a saved list)."""
    parts = []
    visitor = np.where(shape["person"] >= 0, 1_000_000 + shape["person"], shape["session"])
    odd = (draw.uniform("saved_list", shape["session"]) < 0.08) & (shape["reached"] >= CART)
    for step in (VISIT, VIEW, CART, CHECKOUT, BUY):
        rows = np.flatnonzero(shape["reached"] >= step)
        before = np.where(odd[rows] & (step == VIEW), CART * 3 + 1, step * 3)
        parts.append({"minute": shape["minute"][rows] - 12 + before, "person": shape["person"][rows],
                      "visitor": visitor[rows], "type": np.full(len(rows), step),
                      "product": np.where(step in (VIEW, CART), shape["product"][rows], -1),
                      "source": draw.below("web_source", 4, shape["session"][rows])})
    parts.append(accounts)
    trail = {name: np.concatenate([part[name] for part in parts]) for name in accounts}
    order = np.lexsort((trail["type"], trail["visitor"], trail["minute"]))
    return {name: values[order] for name, values in trail.items()}


def _accounts(draw: Draw, days: Days, people: People, first: int) -> Rows:
    """Sign-ups, app downloads, trials of the paid membership, and who goes on to pay."""
    who = np.flatnonzero((draw.uniform("trial", np.arange(people.count)) < TRIAL_SHARE) & (people.registered < first))
    start = first + draw.below("trial_on", days.count - first, who)
    pays = draw.uniform("pays", who) < TRIAL_PAYS
    paid = start + 3 + draw.below("pays_after", TRIAL_DAYS - 3, who)
    seen = pays & (paid < days.count)
    new = np.flatnonzero(people.registered >= first)
    steps = ((who, start, TRIAL), (who[seen], paid[seen], PAID), (new, people.registered[new], SIGNUP),
             (new[::3], people.registered[new[::3]] + 1, DOWNLOAD))
    person = np.concatenate([s[0] for s in steps])
    return {"minute": np.concatenate([s[1] for s in steps]) * 1440 + 720, "person": person,
            "visitor": 1_000_000 + person,
            "type": np.repeat([s[2] for s in steps], [len(s[0]) for s in steps]), "product": np.full(len(person), -1),
            "source": draw.below("account_source", 4, person)}


def make_tags(draw: Draw, days: Days, people: People) -> Rows:
    """Return tags the staff put on people: person, tag, day, staff."""
    who = np.flatnonzero(draw.uniform("tagged", np.arange(people.count)) < 0.08)
    tag = np.where(people.segment[who] == folk.GIFT, 0, 1 + draw.below("tag", len(TAGS) - 1, who))
    day = np.maximum(people.registered[who], 0) + draw.below("tagged_after", 60, who)
    return {"person": who, "tag": tag, "day": np.minimum(day, days.count - 1),
            "staff": draw.below("tagged_by", 18, who)}


def make_consents(draw: Draw, days: Days, people: People, left: np.ndarray) -> Rows:
    """Return consents: person, channel (order of ``OPT_IN``), granted, day; first at registration, then withdrawals."""
    parts = []
    for index, channel in enumerate(OPT_IN):
        yes = opted_in(draw, channel, people.count)
        rows = np.arange(people.count) if channel == "mail" else np.flatnonzero(yes)
        parts.append((rows, index, yes[rows].astype(np.int64), people.registered[rows]))
    out = np.flatnonzero(left < days.count)
    parts.append((out, 0, np.zeros(len(out), dtype=np.int64), left[out]))
    return {"person": np.concatenate([p[0] for p in parts]),
            "channel": np.repeat([p[1] for p in parts], [len(p[0]) for p in parts]),
            "granted": np.concatenate([p[2] for p in parts]), "day": np.concatenate([p[3] for p in parts])}
