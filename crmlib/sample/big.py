"""Order lines by the million for benchmarks: one month after another, in bounded memory.

The lines are plausible (skewed customers, growing base, popularity, seasons, returns, voids) but carry no
plants; the totals of each month are written beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.sample.behaviour import Rows
from crmlib.sample.world.catalogue import SHOPS, STORES, Catalogue, make_catalogue, season
from crmlib.sample.world.days import MONTH_EVERYDAY, Days, make_days
from crmlib.sample.world.draw import Draw

if TYPE_CHECKING:
    import pyarrow as pa

#: Lines held in memory at a time, lines per customer where no number of customers is given.
CHUNK, PER_CUSTOMER = 1_500_000, 30
#: Chances of one to six lines in an order; mean 2.5.
LINES = (0.30, 0.28, 0.20, 0.12, 0.06, 0.04)
GUEST, VOIDED, RETURNED, DISCOUNTED = 0.15, 0.01, 0.02, 0.05
TYPES, STATES = ("product", "return"), ("paid", "cancelled")


def make_lines(folder: str | Path, lines: int, customers: int | None = None, months: int = 36, end: str = "2026-10",
               seed: int = 20261031, csv: bool = False) -> dict[str, Any]:
    """Write ``lines`` order lines as ``lines_YYYY-MM.parquet`` (and .csv), and ``lines_truth.json`` with their totals.

    Columns: order_id, line_no, ordered_at (shop-local), store_id, channel, customer_id (empty for guests), status,
    discount (of the order, repeated on its lines), line_type, product_id, quantity, unit_price, amount (yen with
    tax), tax_rate. At most ``CHUNK`` lines are in memory at a time.

    Returns
    -------
    dict
        lines, customers, months: [{month, lines, orders, customers, gross, returns, discounts, net}, …]
    """
    draw, days = Draw(seed), make_days(end, months)
    products = make_catalogue(draw, months)
    folder, people = Path(folder), customers or max(1000, lines // PER_CUSTOMER)
    folder.mkdir(parents=True, exist_ok=True)
    weight = np.array([MONTH_EVERYDAY[int(label[5:]) - 1] for label in days.months]) * np.linspace(0.8, 1.2, months)
    until = np.floor(np.cumsum(weight) / weight.sum() * lines + 0.5).astype(np.int64)
    totals = []
    for month, quota in enumerate(np.diff(until, prepend=0).tolist()):
        totals.append(_month(folder, draw, days, products, month, quota, people, csv))
    made = {"lines": sum(t["lines"] for t in totals), "customers": people, "seed": seed, "months": totals}
    (folder / "lines_truth.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8", newline="\n")
    return made


def _month(folder: Path, draw: Draw, days: Days, products: Catalogue, month: int, quota: int, people: int,
           csv: bool) -> dict[str, Any]:
    """Write one month and return its totals."""
    from pyarrow import csv as text
    from pyarrow import parquet

    label, seen = days.months[month], np.zeros(people, dtype=bool)
    total: dict[str, int] = {}
    parquet_file, csv_file = None, None
    for rows in _pieces(draw, days, products, month, quota, people):
        table = _arrow(rows, days, products)
        if parquet_file is None:
            parquet_file = parquet.ParquetWriter(folder / f"lines_{label}.parquet", table.schema, compression="zstd")
            csv_file = text.CSVWriter(folder / f"lines_{label}.csv", table.schema) if csv else None
        parquet_file.write_table(table)
        if csv_file is not None:
            csv_file.write_table(table)
        total = _add(total, _totals(rows, seen))
    for one in (parquet_file, csv_file):
        if one is not None:
            one.close()
    return {"month": label, **total, "customers": int(seen.sum())}


def _pieces(draw: Draw, days: Days, products: Catalogue, month: int, quota: int, people: int) -> Iterator[Rows]:
    """Yield the lines of a month piece by piece; whole orders, but for the last."""
    size = np.dot(LINES, np.arange(1, len(LINES) + 1))
    step, first, left = int(CHUNK / size), 0, quota
    while left > 0:
        orders = _orders(draw, days, month, np.arange(first, first + min(step, int(left / size * 1.02) + 50)), people)
        count = 1 + draw.pick("big/lines", LINES, month, orders["number"])
        order = np.repeat(np.arange(len(count)), count)[:left]
        place = np.arange(len(order)) - np.searchsorted(order, order)
        yield _lines(draw, products, month, orders, order, place, days)
        left, first = left - len(order), first + len(count)


def _orders(draw: Draw, days: Days, month: int, number: np.ndarray, people: int) -> Rows:
    span = np.arange(days.month_start(month), days.month_start(month + 1))
    newest = int(people * (0.45 + 0.55 * (month + 1) / len(days.months)))
    luck = draw.uniform("big/customer", month, number)
    customer = newest - 1 - np.floor(newest * luck * luck).astype(np.int64)
    loyal = draw.uniform("big/loyal", month, number) < 0.5
    customer = np.where(loyal, customer // 10 * 10, customer)
    day = span[draw.pick("big/day", days.factor[span], month, number)]
    state = draw.uniform("big/state", month, number)
    return {"number": number, "customer": np.where(draw.uniform("big/guest", month, number) < GUEST, -1, customer),
            "minute": day * 1440 + 600 + draw.below("big/minute", 600, month, number),
            "store": draw.pick("big/store", (30, 22, 18, 12, 10, 8, 25), month, number),
            "void": state < VOIDED, "back": state > 1 - RETURNED,
            "discount": np.where((draw.uniform("big/off", month, number) < DISCOUNTED) & (state <= 1 - RETURNED), 100,
                                 0)}


def _lines(draw: Draw, products: Catalogue, month: int, orders: Rows, order: np.ndarray, place: np.ndarray,
           days: Days) -> Rows:
    number = orders["number"][order]
    wish = products.popularity * season(products)[:, int(days.months[month][5:]) - 1] * (products.launched <= month)
    product = draw.pick("big/product", wish * np.where(products.category == 2, 0.2, 1.0), month, number, place)
    quantity = 1 + draw.pick("big/quantity", (0.8, 0.13, 0.05, 0.02), month, number, place)
    quantity = np.where(orders["back"][order], -quantity, quantity)
    price = products.shelf_price(product, np.full(len(order), month))
    return {**{name: values[order] for name, values in orders.items()}, "month": np.full(len(order), month),
            "place": place,
            "first": place == 0, "product": product, "quantity": quantity, "price": price, "amount": price * quantity}


def _arrow(rows: Rows, days: Days, products: Catalogue) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    def coded(values: np.ndarray, words: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(values, pa.int32()), pa.array(words)).cast(pa.string())

    month = int(rows["month"][0])
    numbers = pc.utf8_lpad(pa.array(rows["number"] + 1).cast(pa.string()), 9, "0")
    guest = pa.array(rows["customer"] < 0)
    member = pc.utf8_lpad(pa.array(rows["customer"] + 1).cast(pa.string()), 9, "0")
    at = ((rows["minute"] + days.epoch * 1440) * 60).astype("datetime64[s]")
    return pa.table({
        "order_id": pc.binary_join_element_wise(days.months[month].replace("-", ""), numbers, "-"),
        "line_no": pa.array(rows["place"] + 1, pa.int32()), "ordered_at": pa.array(at),
        "store_id": coded(rows["store"], [s[0] for s in STORES]),
        "channel": coded((rows["store"] >= SHOPS).astype(np.int64), ["store", "ec"]),
        "customer_id": pc.if_else(guest, pa.scalar(None, pa.string()), member),
        "status": coded(rows["void"].astype(np.int64), list(STATES)), "discount": pa.array(rows["discount"]),
        "line_type": coded(rows["back"].astype(np.int64), list(TYPES)),
        "product_id": coded(rows["product"], products.code),
        "quantity": pa.array(rows["quantity"]), "unit_price": pa.array(rows["price"]),
        "amount": pa.array(rows["amount"]),
        "tax_rate": pa.array(products.tax[rows["product"]] / 100)})


def _totals(rows: Rows, seen: np.ndarray) -> dict[str, int]:
    alive, back, amount = ~rows["void"], rows["back"], rows["amount"]
    bought = alive & ~back
    known = rows["customer"][bought & (rows["customer"] >= 0)]
    seen[known] = True
    gross, returns = int(amount[bought].sum()), -int(amount[alive & back].sum())
    discounts = int(rows["discount"][alive & rows["first"]].sum())
    return {"lines": len(amount), "orders": int((bought & rows["first"]).sum()), "gross": gross, "returns": returns,
            "discounts": discounts, "net": gross - returns - discounts}


def _add(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + value for name, value in second.items()}
