"""What lies in each basket: products, planted pairs, quantities, prices, and a top-up to free shipping."""

from __future__ import annotations

import math

import numpy as np

from crmlib.sample.behaviour import GUESTS, Rows
from crmlib.sample.world.catalogue import CLASSES, EC, PAIRS, STALL, Catalogue, season
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw

PRODUCT, SHIPPING, FEE, DISCOUNT, RETURN = range(5)
#: Mean number of different picks in a basket, by segment and for guests.
PICKS = (1.8, 4.6, 1.4, 2.3, 1.5, 2.2, 1.0, 1.6)
#: How much each segment, and guests, likes food, daily goods, gifts.
TASTES = ((0.84, 0.16, 0.00), (0.47, 0.52, 0.01), (0.10, 0.03, 0.87), (0.50, 0.49, 0.01), (0.50, 0.32, 0.18),
          (0.60, 0.37, 0.03), (1.0, 1.0, 1.0), (0.64, 0.27, 0.09))
FAVOURITES, FAVOURITE_SHARE = 5, 0.35
#: Chance of one, two, three, four of a product.
QUANTITIES = (0.82, 0.12, 0.04, 0.02)
FREE_SHIPPING, TOP_UP_FROM, TOP_UP = 5000, 3800, 0.45


def make_lines(draw: Draw, days: Days, products: Catalogue, orders: Rows) -> Rows:
    """Return the product lines of all orders, sorted by order: order, product, quantity, price, amount, tax.

    Parameters
    ----------
    orders : dict of ndarray
        person, group (segment or ``GUESTS``), month, store, product (asked for, or −1).
    """
    lines = _picks(draw, products, orders, days)
    lines = _sorted(_with_pairs(draw, products, lines))
    lines = _priced(draw, products, orders, lines)
    extra = _top_up(draw, products, orders, lines)
    repeats = _repeats(draw, orders, lines)
    return _sorted({name: np.concatenate([lines[name], extra[name], repeats[name]]) for name in lines})


def _sorted(lines: Rows) -> Rows:
    order = np.argsort(lines["order"], kind="stable")
    return {name: values[order] for name, values in lines.items()}


def _counts(draw: Draw, group: np.ndarray) -> np.ndarray:
    """Return 1 + a Poisson number of picks, at most 20, by inverting the distribution."""
    number = np.arange(len(group))
    luck = draw.uniform("picks", number)
    count = np.ones(len(group), dtype=np.int64)
    for segment, mean in enumerate(PICKS):
        extra = mean - 1.0
        steps = np.cumsum([math.exp(-extra) * extra**k / math.factorial(k) for k in range(20)])
        inside = group == segment
        count[inside] += np.searchsorted(steps, luck[inside])
    return count


def _wishes(products: Catalogue, days: Days) -> np.ndarray:
    """Return one ascending table of cumulated wishes: a block per group and month, each ending on a whole number."""
    moy = np.array([int(label[5:]) - 1 for label in days.months])
    month = np.arange(len(moy))
    sold = products.launched[:, None] <= month[None, :]
    base = products.popularity[:, None] * season(products)[:, moy] * sold
    blocks = []
    for group, tastes in enumerate(TASTES):
        weight = base * np.array(tastes)[products.category][:, None]
        steps = np.cumsum(weight, axis=0)
        blocks.append((steps / steps[-1]).T + (group * len(moy) + month)[:, None])
    return np.concatenate(blocks).ravel()


def _choose(table: np.ndarray, count: int, block: np.ndarray, luck: np.ndarray) -> np.ndarray:
    found = np.searchsorted(table, block + luck, side="right")
    return np.minimum(found - block * count, count - 1)


def _picks(draw: Draw, products: Catalogue, orders: Rows, days: Days) -> Rows:
    count = _counts(draw, orders["group"])
    order = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    group, person = orders["group"][order], orders["person"][order]
    table, size = _wishes(products, days), products.count
    block = group * len(days.months)
    chosen = _choose(table, size, block + orders["month"][order], draw.uniform("product", order, place))
    likes = (draw.uniform("likes", order, place) < FAVOURITE_SHARE) & (group != GUESTS)
    slot = draw.below("slot", FAVOURITES, order, place)
    favourite = _choose(table, size, block, draw.uniform("favourite", person, slot))
    chosen = np.where(likes, favourite, chosen)
    asked = orders["product"][order]
    return {"order": order, "product": np.where((place == 0) & (asked >= 0), asked, chosen)}


def _with_pairs(draw: Draw, products: Catalogue, lines: Rows) -> Rows:
    """Add the second product of a planted pair to a share of the baskets that hold the first."""
    smalls = [c[2] for c in CLASSES]
    small = products.small[lines["product"]]
    parts = [lines]
    for index, (first, second, chance) in enumerate(PAIRS):
        has = np.unique(lines["order"][small == smalls.index(first)])
        adds = has[draw.uniform("pair", has, index) < chance]
        parts.append({"order": adds, "product": np.full(len(adds), products.variant(second))})
    return {name: np.concatenate([part[name] for part in parts]) for name in lines}


def _priced(draw: Draw, products: Catalogue, orders: Rows, lines: Rows) -> Rows:
    order, product = lines["order"], lines["product"]
    place = np.arange(len(order)) - np.searchsorted(order, order)
    quantity = 1 + draw.pick("quantity", QUANTITIES, order, place)
    price = products.shelf_price(product, orders["month"][order])
    return {**lines, "quantity": quantity, "price": price, "amount": price * quantity, "tax": products.tax[product]}


def _top_up(draw: Draw, products: Catalogue, orders: Rows, lines: Rows) -> Rows:
    """Some online buyers just below free shipping add something small to reach it."""
    count = len(orders["store"])
    goods = np.bincount(lines["order"], lines["amount"], count).astype(np.int64)
    near = (orders["store"] == EC) & (goods >= TOP_UP_FROM) & (goods < FREE_SHIPPING)
    adds = np.flatnonzero(near & (draw.uniform("top_up", np.arange(count)) < TOP_UP))
    product = np.full(len(adds), products.variant("せんべい"))
    price = products.shelf_price(product, orders["month"][adds])
    quantity = -(-(FREE_SHIPPING - goods[adds]) // price)
    return {"order": adds, "product": product, "quantity": quantity, "price": price, "amount": price * quantity,
            "tax": products.tax[product]}


def _repeats(draw: Draw, orders: Rows, lines: Rows) -> Rows:
    """At the event stall, which numbers no lines, the same thing is often keyed in twice: a true repeat."""
    stall = np.flatnonzero(orders["store"][lines["order"]] == STALL)
    twice = stall[draw.uniform("repeat", stall) < 0.3]
    return {name: values[twice] for name, values in lines.items()}
