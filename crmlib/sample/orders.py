"""From visits to orders: where and when, discounts, coupons, shipping, points, voids, returns and cancellations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample.baskets import DISCOUNT, FEE, FREE_SHIPPING, PRODUCT, RETURN, SHIPPING, make_lines
from crmlib.sample.behaviour import CAMPAIGN, CYCLE, DELIVERY, GUEST, GUESTS, Rows
from crmlib.sample.world import people as folk
from crmlib.sample.world.catalogue import EC, SHOPS, STALL, Catalogue, store_days
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

#: Share of purchases made online, by segment and for guests; it grows by the factor over the whole period.
ONLINE, ONLINE_GROWTH = (0.06, 0.34, 0.55, 0.25, 0.40, 0.10, 0.0, 0.10), (0.8, 1.2)
#: Chance that a line is marked down at the till, and that an order carries a coupon, by segment and for guests.
MARKDOWN = (0.04, 0.06, 0.02, 0.48, 0.10, 0.06, 0.0, 0.08)
COUPON = (0.03, 0.05, 0.05, 0.30, 0.08, 0.03, 0.0, 0.0)
COUPONS = (("C300", 300, 2000), ("C500", 500, 4000))
HOURS_SHOP = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 8, 9, 7, 7, 8, 9, 12, 14, 10, 0, 0, 0, 0)
HOURS_WEB = (3, 1, 1, 0, 0, 1, 2, 3, 3, 3, 4, 4, 6, 4, 4, 4, 4, 5, 5, 6, 8, 12, 13, 8)
#: Shares: voided at the till, cancelled online, cancelled by document, lines returned (till, online).
VOIDED, WEB_CANCELLED, CANCELLED, RETURNED = 0.002, 0.012, 0.0015, (0.012, 0.020)
#: Giants: months before the end, quantity keyed in by mistake; cancelled twelve minutes later.
GIANTS = ((22, 8000), (10, 12000))
POSTAGE, COD_FEE, BAG = 550, 330, 5
#: One point for every 100 yen of goods, at most 2,000 points an order.
POINT_YEN, EARNING_CAP = 100, 200_000
PLACED, PAID, SHIPPED, VOID, REFUND = range(5)
STALL_BACK, STALL_DAYS = 17, (3, 4, 5)


@dataclass(frozen=True, repr=False)
class Sales:
    """All orders and their lines, in order of time.

    Attributes
    ----------
    orders : dict of ndarray
        person, member (running number or −1), group, day, minute (of the day), month, store, kind, campaign, status,
        discount, coupon (index or −1), points_used, shipping, payment, document (0 none, 1 return, 2 cancellation),
        source (the order a document belongs to, or −1).
    lines : dict of ndarray
        order, type, product, quantity, price, amount, tax; sorted by order.
    """

    orders: Rows
    lines: Rows


def place(draw: Draw, days: Days, people: People, visits: Rows) -> Rows:
    """Return the visits that become orders, with store, time and member number; closed shops lose most of them."""
    number = np.arange(len(visits["day"]))
    person, day = visits["person"], visits["day"]
    guest = person < 0
    group = np.where(guest, GUESTS, people.segment[person])
    store = _store(draw, days, people, visits, group)
    opened = store_days(days)
    shut = ~opened[store, day] & (store != STALL)
    keeps = np.isin(visits["kind"], (CAMPAIGN, CYCLE)) | (draw.uniform("instead", number) < 0.3)
    store = np.where(shut & keeps & ~guest, EC, store)
    stays = ~(shut & ~(keeps & ~guest))
    minute = _minute(draw, store, number)
    second = (people.kind[person] >= 0) & (day >= people.second[person]) & ~guest
    member = np.where(guest, -1, np.where(second, people.second_id[person], people.first_id[person]))
    rows = {**visits, "group": group, "store": store, "minute": minute, "month": days.month[day], "member": member}
    keep = np.flatnonzero(stays)
    keep = keep[np.lexsort((keep, store[keep], minute[keep], day[keep]))]
    return {name: values[keep] for name, values in rows.items()}


def _store(draw: Draw, days: Days, people: People, visits: Rows, group: np.ndarray) -> np.ndarray:
    number, person, day = np.arange(len(group)), visits["person"], visits["day"]
    progress = ONLINE_GROWTH[0] + (ONLINE_GROWTH[1] - ONLINE_GROWTH[0]) * day / days.count
    online = draw.uniform("online", number) < np.array(ONLINE)[group] * progress
    online = (online | (visits["kind"] == DELIVERY)) & (visits["kind"] != GUEST) | (
        (visits["kind"] == GUEST) & (draw.uniform("guest_online", number) < 0.12))
    away = draw.pick("away_store", (30, 22, 18, 12), number)
    home = np.where((person < 0) | (draw.uniform("away", number) < 0.12), away, people.home[person])
    opened = store_days(days)
    first_day = np.array([np.argmax(row) if row.any() else days.count for row in opened[:SHOPS]])
    last_day = np.array([days.count - np.argmax(row[::-1]) if row.any() else 0 for row in opened[:SHOPS]])
    home = np.where((day < first_day[home]) & (first_day[home] > 30) | (day >= last_day[home] + 30), 0, home)
    stall = (home == 0) & (days.month[day] == max(0, len(days.months) - 1 - STALL_BACK)) & np.isin(
        days.day[day], STALL_DAYS)
    return np.where(online, EC, np.where(stall, STALL, home))


def _minute(draw: Draw, store: np.ndarray, number: np.ndarray) -> np.ndarray:
    hour = np.where(store == EC, draw.pick("hour_web", HOURS_WEB, number), draw.pick("hour_shop", HOURS_SHOP, number))
    return hour * 60 + draw.below("minute", 60, number)


def sell(draw: Draw, days: Days, products: Catalogue, placed: Rows) -> Sales:
    """Return the orders with their lines, money and later documents."""
    lines = make_lines(draw, days, products, placed)
    lines, giants = _giants(draw, placed, lines, len(days.months))
    count = len(placed["day"])
    lines = {**lines, "type": np.full(len(lines["order"]), PRODUCT)}
    marks = _markdowns(draw, placed, lines, giants)
    goods = _sum(lines, count) + _sum(marks, count)
    orders = {**placed, **_facts(draw, days, placed, goods, np.union1d(giants, marks["order"]), giants)}
    orders = {**orders, "points_used": _points_used(orders, goods), "document": np.zeros(count, dtype=np.int64),
              "source": np.full(count, -1)}
    plain = (_sum(marks, count) == 0) & (orders["discount"] == 0) & (orders["points_used"] == 0)
    taken = _cancelled(draw, orders, plain, giants)
    documents, returned = _documents(draw, days, orders, lines, taken, giants)
    return _join(orders, [lines, marks, *_services(orders)], documents, returned)


def _sum(lines: Rows, count: int) -> np.ndarray:
    return np.bincount(lines["order"], lines["amount"], count).astype(np.int64)


def _giants(draw: Draw, placed: Rows, lines: Rows, months: int) -> tuple[Rows, np.ndarray]:
    """Key in one absurd quantity in each of two months: once for a member, once for a guest."""
    quantity = lines["quantity"].copy()
    giants: list[int] = []
    for back, wrong in GIANTS:
        month = max(0, months - 1 - back)
        known = (placed["group"] == folk.FREQUENT) if wrong == GIANTS[0][1] else (placed["group"] == GUESTS)
        fits = (placed["month"] == month) & (placed["store"] == 0) & known & ~np.isin(np.arange(len(known)), giants)
        found = np.flatnonzero(fits & (placed["minute"] < 1130))
        if len(found):
            giants.append(int(found[len(found) // 2]))
            quantity[np.searchsorted(lines["order"], giants[-1])] = wrong
    return {**lines, "quantity": quantity, "amount": quantity * lines["price"]}, np.array(giants, dtype=np.int64)


def _markdowns(draw: Draw, placed: Rows, lines: Rows, giants: np.ndarray) -> Rows:
    """Discount lines of the till, 10 to 30 % of a line."""
    order = lines["order"]
    number = np.arange(len(order))
    till = (placed["store"] < SHOPS)[order] & ~np.isin(order, giants)
    marked = np.flatnonzero(till & (draw.uniform("markdown", number) < np.array(MARKDOWN)[placed["group"][order]]))
    off = -(lines["amount"][marked] * (10 + 10 * draw.below("percent", 3, marked)) // 100)
    return {"order": order[marked], "product": lines["product"][marked],
            "quantity": np.ones(len(marked), dtype=np.int64),
            "price": off, "amount": off, "tax": lines["tax"][marked], "type": np.full(len(marked), DISCOUNT)}


def _facts(draw: Draw, days: Days, placed: Rows, goods: np.ndarray, reduced: np.ndarray,
           giants: np.ndarray) -> Rows:
    """Status, coupon, shipping and payment of each order; no coupon on an order that already has a markdown."""
    number, web = np.arange(len(goods)), placed["store"] == EC
    luck = draw.uniform("status", number)
    fresh = placed["day"] >= days.count - 2
    status = np.where(web, np.where(luck < WEB_CANCELLED, VOID, np.where(fresh, PLACED, SHIPPED)),
                      np.where((luck < VOIDED) & (placed["store"] < SHOPS), VOID, PAID))
    status[giants] = PAID
    wants = draw.uniform("coupon", number) < np.where(placed["campaign"] >= 0, 0.5, np.array(COUPON)[placed["group"]])
    coupon = np.select([wants & (goods >= least) for _, _, least in reversed(COUPONS)],
                       range(len(COUPONS) - 1, -1, -1), -1)
    coupon = np.where((placed["store"] == STALL) | np.isin(number, reduced) | (placed["member"] < 0), -1, coupon)
    payment = np.where(web, draw.pick("pay_web", (62, 14, 12, 12), number),
                       draw.pick("pay_shop", (34, 32, 20, 14), number))
    return {"status": status, "coupon": coupon, "discount": np.array([c[1] for c in COUPONS] + [0])[coupon],
            "shipping": np.where(web & (goods < FREE_SHIPPING), POSTAGE, 0), "payment": payment,
            "goods": goods}


def _points_used(orders: Rows, goods: np.ndarray) -> np.ndarray:
    """At every tenth order a member spends, in tens, what the nine orders before earned (1 % of goods)."""
    earned = np.where((orders["member"] >= 0) & (orders["status"] != VOID), np.minimum(goods, EARNING_CAP) // POINT_YEN,
                      0)
    member = orders["member"]
    by_member = np.argsort(member, kind="stable")
    sorted_member, total = member[by_member], np.cumsum(earned[by_member])
    turn = np.arange(len(member)) - np.searchsorted(sorted_member, sorted_member)
    tenth = np.flatnonzero((turn % 10 == 9) & (sorted_member >= 0))
    spent = (total[tenth - 1] - total[tenth - 9] + earned[by_member][tenth - 9]) // 10 * 10
    used = np.zeros(len(member), dtype=np.int64)
    used[by_member[tenth]] = spent
    allowed = (orders["store"] != STALL) & (orders["status"] != VOID) & (used <= goods - orders["discount"])
    return np.where(allowed, used, 0)


def _cancelled(draw: Draw, orders: Rows, plain: np.ndarray, giants: np.ndarray) -> np.ndarray:
    till = (orders["store"] < SHOPS) & (orders["status"] == PAID) & plain & (orders["minute"] < 1150)
    some = till & (draw.uniform("cancelled", np.arange(len(till))) < CANCELLED)
    return np.union1d(np.flatnonzero(some), giants)


def _documents(draw: Draw, days: Days, orders: Rows, lines: Rows, taken: np.ndarray,
               giants: np.ndarray) -> tuple[Rows, Rows]:
    """Return documents (orders with negative lines only) and their lines: cancellations, then returns."""
    returns = _returned_lines(draw, days, orders, lines, taken)
    back_day = returns.pop("day")
    cancels = {name: values[np.isin(lines["order"], taken)] for name, values in lines.items()}
    source = np.concatenate([taken, lines["order"][returns["line"]]])
    kind = np.concatenate([np.full(len(taken), 2), np.full(len(back_day), 1)])
    base = {name: values[source] for name, values in orders.items()}
    later = 4 + draw.below("later", 36, source)
    later[np.isin(source, giants)] = 12
    shift = draw.below("back_at", 300, source)
    zero = np.zeros(len(source), dtype=np.int64)
    day = np.concatenate([orders["day"][taken], back_day])
    minute = np.where(kind == 2, base["minute"] + later, 660 + shift)
    status = np.where(base["store"] == EC, REFUND, PAID)
    documents = {**base, "day": day, "month": days.month[day], "minute": minute, "status": status, "discount": zero,
                 "coupon": zero - 1, "points_used": zero, "shipping": zero, "document": kind, "source": source,
                 "campaign": zero - 1, "goods": zero}
    owner = np.concatenate([np.searchsorted(taken, cancels["order"]), len(taken) + np.arange(len(back_day))])
    both = {name: np.concatenate([cancels[name], lines[name][returns["line"]]]) for name in lines}
    return documents, {**both, "order": owner, "quantity": -both["quantity"], "amount": -both["amount"],
                       "type": np.full(len(owner), RETURN)}


def _returned_lines(draw: Draw, days: Days, orders: Rows, lines: Rows, taken: np.ndarray) -> Rows:
    """Return the lines brought back, with the day: 3 to 14 days later, on a day the store is open."""
    order = lines["order"]
    number = np.arange(len(order))
    store, whole = orders["store"][order], orders["document"][order] == 0
    chance = np.where(store == EC, RETURNED[1], RETURNED[0])
    comes = whole & (store != STALL) & (orders["status"][order] != VOID) & ~np.isin(order, taken)
    line = np.flatnonzero(comes & (draw.uniform("returns", number) < chance))
    day = orders["day"][order[line]] + 3 + draw.below("returns_after", 12, line)
    opened = np.pad(store_days(days), ((0, 0), (0, 40)))
    for _ in range(4):
        day = day + ~opened[store[line], day]
    fine = (day < days.count) & opened[store[line], day]
    return {"line": line[fine], "day": day[fine]}


def _services(orders: Rows) -> list[Rows]:
    """Lines that are not sales: postage, cash-on-delivery fee, carrier bags."""
    number = np.arange(len(orders["day"]))
    web = orders["store"] == EC
    bag = (orders["store"] < SHOPS) & (number % 9 == 0) & (orders["status"] != VOID)
    return [_service(np.flatnonzero(web & (orders["shipping"] > 0)), SHIPPING, POSTAGE),
            _service(np.flatnonzero(web & (orders["payment"] == 1)), FEE, COD_FEE),
            _service(np.flatnonzero(bag), FEE, BAG)]


def _service(order: np.ndarray, kind: int, amount: int) -> Rows:
    full = np.full(len(order), amount)
    return {"order": order, "product": np.full(len(order), -1), "quantity": np.ones(len(order), dtype=np.int64),
            "price": full, "amount": full, "tax": np.full(len(order), 10), "type": np.full(len(order), kind)}


def _join(orders: Rows, parts: list[Rows], documents: Rows, returned: Rows) -> Sales:
    """Put documents among the orders by time, and lines in the order of their orders."""
    count = len(orders["day"])
    returned = {**returned, "order": returned["order"] + count}
    every = {name: np.concatenate([orders[name], documents[name]]) for name in orders}
    order = np.lexsort((np.arange(len(every["day"])), every["store"], every["minute"], every["day"]))
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    joined = {name: values[order] for name, values in every.items()}
    joined["source"] = np.where(joined["source"] >= 0, place_of[joined["source"]], -1)
    lines = {name: np.concatenate([*(part[name] for part in parts), returned[name]]) for name in returned}
    lines["order"] = place_of[lines["order"]]
    by_order = np.argsort(lines["order"], kind="stable")
    return Sales(joined, {name: values[by_order] for name, values in lines.items()})
