"""The oracle: exact totals of the clean records by the definitions of the reports, counted by the generator itself.

Nothing here reads a file or shares code with the analyses: the pipeline must arrive at the same figures from
the dirty exports.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crmlib.sample.baskets import DISCOUNT, PRODUCT, RETURN
from crmlib.sample.behaviour import Rows
from crmlib.sample.build import Shop
from crmlib.sample.orders import VOID
from crmlib.sample.world.catalogue import STORES

LOST_AFTER = 180


def order_money(shop: Shop) -> Rows:
    """Return gross, returns, discounts and net of each order that is not cancelled at its source (else 0).

    gross: product lines with quantity and amount above 0; returns: the positive money of return and
    cancellation lines; discounts: markdown lines and the discount of the order.
    """
    orders, lines = shop.sales.orders, shop.sales.lines
    alive = orders["status"] != VOID
    gross = _sum(shop, (lines["type"] == PRODUCT) & (lines["amount"] > 0) & (lines["quantity"] > 0)) * alive
    returns = -_sum(shop, (lines["type"] == RETURN) & (lines["amount"] < 0)) * alive
    discounts = (-_sum(shop, lines["type"] == DISCOUNT) + orders["discount"]) * alive
    return {"gross": gross, "returns": returns, "discounts": discounts, "net": gross - returns - discounts,
            "purchase": gross > 0}


def _sum(shop: Shop, keep: np.ndarray) -> np.ndarray:
    """Return the money of some lines by order."""
    lines = shop.sales.lines
    amounts = np.bincount(lines["order"][keep], lines["amount"][keep], len(shop.sales.orders["day"]))
    return amounts.astype(np.int64)


def monthly(shop: Shop) -> list[dict[str, Any]]:
    """Return one row per month: money, purchases, customers, guests, and net by store."""
    money, orders = order_money(shop), shop.sales.orders
    kept = without_cancelled(shop)
    rows = []
    for index, month in enumerate(shop.days.months):
        inside = orders["month"] == index
        bought = inside & money["purchase"]
        known = bought & (orders["person"] >= 0)
        row: dict[str, Any] = {"month": month}
        row |= {name: int(money[name][inside].sum()) for name in ("gross", "returns", "discounts", "net")}
        row |= {"orders": int(bought.sum()), "guest_orders": int((bought & (orders["person"] < 0)).sum()),
                "customers_by_number": len(np.unique(orders["member"][known])),
                "customers_by_person": len(np.unique(orders["person"][known])),
                "net_known": int(money["net"][inside & (orders["person"] >= 0)].sum()),
                "gross_without_cancelled": int(money["gross"][inside & kept].sum()),
                "orders_without_cancelled": int((bought & kept).sum()),
                "net_by_store": _by_store(orders["store"][inside], money["net"][inside])}
        rows.append(row)
    return rows


def _by_store(store: np.ndarray, net: np.ndarray) -> dict[str, int]:
    sums = np.bincount(store, net, len(STORES)).astype(np.int64).tolist()
    return {one[0]: total for one, total in zip(STORES, sums, strict=True)}


def without_cancelled(shop: Shop) -> np.ndarray:
    """Tell which orders stay when an order cancelled whole by a document, and the document, are taken out."""
    orders = shop.sales.orders
    documents = orders["document"] == 2
    taken = np.zeros(len(documents), dtype=bool)
    taken[orders["source"][documents]] = True
    return ~(taken | documents)


def customer_counts(shop: Shop, by: str) -> list[dict[str, Any]]:
    """Return one row per month: active, new, returned, lost, base, and the repeat rate so far.

    Parameters
    ----------
    by : str
        ``member`` counts member numbers as recorded, ``person`` counts people (after perfect matching).
    """
    orders, purchase = shop.sales.orders, order_money(shop)["purchase"]
    known = purchase & (orders[by] >= 0)
    who, day = orders[by][known], orders["day"][known]
    size = int(who.max()) + 1
    first = np.full(size, 2**40)
    np.minimum.at(first, who, day)
    rows = []
    for index, month in enumerate(shop.days.months):
        start, end = shop.days.month_start(index), shop.days.month_start(index + 1)
        before, now = _last(who, day, start, size), _last(who, day, end, size)
        active = now >= start
        new = active & (first >= start)
        gone_before, gone_now = start - before > LOST_AFTER, end - now > LOST_AFTER
        row = {"month": month, "active": int(active.sum()), "new": int(new.sum()),
               "returned": int((active & ~new & gone_before).sum()), "lost": int((~gone_before & gone_now).sum()),
               "base": int((~gone_now).sum())}
        buyers, again = _repeats(who, day, end, size)
        rows.append(row | {"buyers_so_far": buyers, "repeaters_so_far": again, "repeat_rate": again / max(buyers, 1)})
    return rows


def _last(who: np.ndarray, day: np.ndarray, before: int, size: int) -> np.ndarray:
    last = np.full(size, -(2**40))
    inside = day < before
    np.maximum.at(last, who[inside], day[inside])
    return last


def _repeats(who: np.ndarray, day: np.ndarray, end: int, size: int) -> tuple[int, int]:
    """Return who bought at all, and who bought on at least two days."""
    inside = day < end
    pairs = np.unique(who[inside] * 100_000 + day[inside])
    days = np.bincount(pairs // 100_000, minlength=size)
    return int((days > 0).sum()), int((days > 1).sum())


def known_customers(shop: Shop) -> dict[str, int]:
    """Return how many customers are known at the end: of the member file or of an order."""
    removed = shop.removed
    orders = shop.sales.orders
    listed = np.setdiff1d(np.arange(shop.people.members), removed)
    every = np.union1d(listed, orders["member"][orders["member"] >= 0])
    owner = shop.people.owner()
    return {"members_listed": len(listed), "not_listed_but_bought": len(every) - len(listed), "numbers": len(every),
            "persons": len(np.unique(owner[every]))}
