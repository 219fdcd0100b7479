"""Orders as the systems export them: monthly till files, the event stall's list, and the web shop's two files."""

from __future__ import annotations

import numpy as np

from crmlib.sample.baskets import DISCOUNT, RETURN
from crmlib.sample.behaviour import Rows
from crmlib.sample.build import Shop
from crmlib.sample.campaigns import WINDOW
from crmlib.sample.files.sheet import Clock, Sheet, numbers, words
from crmlib.sample.orders import COUPONS, REFUND, VOID
from crmlib.sample.world.catalogue import EC, SHOPS, STALL, STORES
from crmlib.sample.world.people import member_code

TILL_TYPES = ("通常", "送料", "レジ袋", "値引", "返品")
WEB_TYPES = ("商品", "送料", "手数料", "値引", "返品")
TILL_PAY = ("現金", "カード", "QR", "電子マネー")
WEB_PAY = ("カード", "代引き", "コンビニ", "QR")
WEB_STATES = ("受付", "入金済", "発送済", "キャンセル", "返品")


def order_codes(shop: Shop) -> list[str]:
    """Return the number each system gave an order: store-day-running for tills, S… for the stall, EC… online."""
    orders, days = shop.sales.orders, shop.days
    store, day = orders["store"], orders["day"]
    key = np.where(store == EC, -1, store * 100_000 + day)
    by_key = np.argsort(key, kind="stable")
    turn = np.empty(len(key), dtype=np.int64)
    turn[by_key] = np.arange(len(key)) - np.searchsorted(key[by_key], key[by_key]) + 1
    dates = np.arange(days.epoch, days.epoch + days.count).astype("datetime64[D]").astype(str)
    stamp = [text[2:].replace("-", "") for text in dates.tolist()]
    heads = [f"{one[0]}-" for one in STORES]
    heads[STALL] = "S"
    return [f"EC{t:07d}" if s == EC else f"{heads[s]}{stamp[d]}-{t:04d}"
            for s, d, t in zip(store.tolist(), day.tolist(), turn.tolist(), strict=True)]


def member_codes(running: np.ndarray) -> list[str]:
    """Return member numbers as printed; empty for guests."""
    return [member_code(one) if one >= 0 else "" for one in running.tolist()]


def line_numbers(order: np.ndarray) -> np.ndarray:
    """Return 1, 2, … within each order (lines sorted by order)."""
    return np.arange(len(order)) - np.searchsorted(order, order) + 1


def trade_sheets(shop: Shop, clock: Clock) -> list[Sheet]:
    """Return every order file."""
    orders, lines = shop.sales.orders, shop.sales.lines
    codes = np.array(order_codes(shop), dtype=object)
    store = orders["store"][lines["order"]]
    month = orders["month"][lines["order"]]
    place = line_numbers(lines["order"])
    sheets = []
    for index, label in enumerate(shop.days.months):
        rows = np.flatnonzero((store < SHOPS) & (month == index))
        sheets.append(Sheet(f"pos_{label}.csv", "order_lines", _till(shop, clock, codes, rows, place)))
    rows = np.flatnonzero(store == STALL)
    year = shop.days.months[month[rows[0]]][:4] if len(rows) else shop.days.months[-1][:4]
    sheets.append(Sheet(f"saiji_{year}.csv", "order_lines", _stall(shop, clock, codes, rows), "utf-8", newline="\n"))
    web = np.flatnonzero(orders["store"] == EC)
    sheets.append(Sheet("ec_orders.csv", "orders", _web_orders(shop, clock, codes, web), "utf-8-sig"))
    rows = np.flatnonzero(store == EC)
    return [*sheets, Sheet("ec_lines.csv", "order_lines", _web_lines(shop, codes, rows, place), "utf-8-sig")]


def _goods(shop: Shop, rows: np.ndarray) -> dict[str, list[str]]:
    lines, products = shop.sales.lines, shop.products
    return {"商品コード": words(lines["product"][rows], products.code), "数量": numbers(lines["quantity"][rows]),
            "単価": numbers(lines["price"][rows]), "金額": numbers(lines["amount"][rows])}


def _till(shop: Shop, clock: Clock, codes: np.ndarray, rows: np.ndarray, place: np.ndarray) -> dict[str, list[str]]:
    orders, lines = shop.sales.orders, shop.sales.lines
    order = lines["order"][rows]
    facts = {name: orders[name][order] for name in ("day", "minute", "store", "member", "payment", "coupon",
                                                    "points_used", "discount", "status", "document")}
    kind = words(lines["type"][rows], TILL_TYPES)
    cancels = (facts["document"] == 2) & (lines["type"][rows] == RETURN)
    goods = _goods(shop, rows)
    return {
        "取引ID": codes[order].tolist(), "行番号": numbers(place[rows]),
        "取引日時": clock.at(facts["day"] * 1440 + facts["minute"]),
        "店舗コード": words(facts["store"], [s[0] for s in STORES]),
        "会員番号": member_codes(facts["member"]), "商品コード": goods["商品コード"],
        "商品名": words(lines["product"][rows], shop.products.name), "数量": goods["数量"], "単価": goods["単価"],
        "金額": goods["金額"], "税率": numbers(lines["tax"][rows]),
        "明細区分": ["取消" if c else k for c, k in zip(cancels.tolist(), kind, strict=True)],
        "元取引ID": _sources(shop, codes, order), "支払方法": words(facts["payment"], TILL_PAY),
        "クーポン": words(facts["coupon"], [c[0] for c in COUPONS]), "利用ポイント": numbers(facts["points_used"]),
        "取引値引": numbers(facts["discount"]),
        "状態": ["取消" if s == VOID else "完了" for s in facts["status"].tolist()]}


def _sources(shop: Shop, codes: np.ndarray, order: np.ndarray) -> list[str]:
    """The order a document belongs to: noted for every second document only."""
    source = shop.sales.orders["source"][order]
    noted = (source >= 0) & (source % 2 == 0)
    return [codes[one] if yes else "" for one, yes in zip(source.tolist(), noted.tolist(), strict=True)]


def _stall(shop: Shop, clock: Clock, codes: np.ndarray, rows: np.ndarray) -> dict[str, list[str]]:
    orders = shop.sales.orders
    order = shop.sales.lines["order"][rows]
    return {"伝票番号": codes[order].tolist(), "日時": clock.at(orders["day"][order] * 1440 + orders["minute"][order]),
            "店舗コード": words(orders["store"][order], [s[0] for s in STORES]),
            "会員番号": member_codes(orders["member"][order]), **_goods(shop, rows)}


def _web_orders(shop: Shop, clock: Clock, codes: np.ndarray, rows: np.ndarray) -> dict[str, list[str]]:
    one = {name: values[rows] for name, values in shop.sales.orders.items()}
    total, tax = _totals(shop, rows)
    at = one["day"] * 1440 + one["minute"]
    sent = np.where((one["status"] == 2), (one["day"] + 1 + one["minute"] % 3) * 1440 + 900, -1)
    sent = np.where(sent < shop.days.count * 1440, sent, -1)
    return {
        "注文番号": codes[rows].tolist(), "会員番号": member_codes(one["member"]), "注文日時": clock.at(at),
        "発送日時": clock.at(sent), "店舗コード": [STORES[EC][0]] * len(rows),
        "対応状況": words(one["status"], WEB_STATES),
        "値引": numbers(one["discount"]), "クーポン": words(one["coupon"], [c[0] for c in COUPONS]),
        "利用ポイント": numbers(one["points_used"]), "送料": numbers(one["shipping"]), "消費税": numbers(tax),
        "合計": numbers(total - one["discount"] - one["points_used"]), "支払方法": words(one["payment"], WEB_PAY),
        "流入施策": words(_clicked(shop, one), [c.code for c in shop.campaigns.plan])}


def _totals(shop: Shop, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of all lines of each order and the tax in it, rounded down once per rate."""
    lines, count = shop.sales.lines, len(shop.sales.orders["day"])
    total, tax = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for rate in (8, 10):
        part = lines["tax"] == rate
        amount = np.bincount(lines["order"][part], lines["amount"][part], count).astype(np.int64)
        total += amount
        tax += np.sign(amount) * (np.abs(amount) * rate // (100 + rate))
    return total[rows], tax[rows]


def _clicked(shop: Shop, one: Rows) -> np.ndarray:
    """The campaign whose link a web order came through: all who clicked shortly before, moved by it or not."""
    found, answers = one["campaign"].copy(), shop.campaigns.responses
    for index in range(len(shop.campaigns.plan)):
        people = answers["person"][(answers["campaign"] == index) & (answers["type"] == 1)]
        start = int(shop.campaigns.start[index])
        inside = (one["day"] > start) & (one["day"] <= start + WINDOW) & (one["document"] == 0)
        found = np.where(inside & (one["person"] >= 0) & np.isin(one["person"], people), index, found)
    return np.where(one["status"] == REFUND, -1, found)


def _web_lines(shop: Shop, codes: np.ndarray, rows: np.ndarray, place: np.ndarray) -> dict[str, list[str]]:
    lines = shop.sales.lines
    order = lines["order"][rows]
    goods = _goods(shop, rows)
    kinds = np.where(lines["type"][rows] == DISCOUNT, 0, lines["type"][rows])
    return {"注文番号": codes[order].tolist(), "行番号": numbers(place[rows]), "明細区分": words(kinds, WEB_TYPES),
            "商品コード": goods["商品コード"], "商品名": words(lines["product"][rows], shop.products.name),
            "数量": goods["数量"], "単価": goods["単価"], "金額": goods["金額"], "税率": numbers(lines["tax"][rows]),
            "元注文番号": _sources(shop, codes, order)}
