"""A reader of the sample's files that knows nothing of the code that wrote them: plain csv and few rules."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import defaultdict
from pathlib import Path

ENCODINGS = {"ec_orders.csv": "utf-8-sig", "ec_lines.csv": "utf-8-sig", "products.csv": "utf-8-sig",
             "reviews.csv": "utf-8-sig",
             "survey_answers.csv": "utf-8-sig", "survey_invitations.csv": "utf-8-sig", "members_2023.tsv": "utf-16"}


def records(path: Path) -> list[dict[str, str]]:
    encoding = "utf-8" if path.name.startswith("saiji") else ENCODINGS.get(path.name, "cp932")
    text = path.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","))


def money(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").lstrip("\\¥").replace("-¥", "-").replace("-\\", "-")
    plain = plain.replace("△", "-")
    try:
        return int(plain)
    except ValueError:
        return None


def code(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def month(at: str) -> str:
    year, number, *_ = at.split("/")
    return f"{year}-{int(number):02d}"


def lines(folder: Path) -> tuple[list[dict], dict[str, dict]]:
    """Return usable lines (order, kind, quantity, amount) and orders (customer, month, discount, cancelled)."""
    found: dict[tuple, dict] = {}
    orders: dict[str, dict] = {}
    customers = defaultdict(set)
    for path in sorted(folder.glob("pos_*.csv")):
        for row in records(path):
            if row["取引ID"] != "合計":
                found[row["取引ID"], row["行番号"]] = row | {"order": row["取引ID"]}
                customers[row["取引ID"]].add(code(row["会員番号"]))
                orders[row["取引ID"]] = {"at": row["取引日時"], "customer": code(row["会員番号"]),
                                       "discount": money(row["取引値引"]), "cancelled": row["状態"] == "取消"}
    for path in folder.glob("saiji_*.csv"):
        for number, row in enumerate(records(path)):
            found["stall", number] = row | {"order": row["伝票番号"], "明細区分": "通常"}
            orders[row["伝票番号"]] = {"at": row["日時"], "customer": code(row["会員番号"]), "discount": 0,
                                   "cancelled": False}
    for row in records(folder / "ec_orders.csv"):
        orders[row["注文番号"]] = {"at": row["注文日時"], "customer": code(row["会員番号"]),
                               "discount": money(row["値引"]),
                               "cancelled": row["対応状況"] == "キャンセル"}
    for row in records(folder / "ec_lines.csv"):
        found["ec", row["注文番号"], row["行番号"]] = row | {"order": row["注文番号"]}
    double = {order for order, who in customers.items() if len(who) > 1}
    usable = [row for row in found.values() if row["order"] in orders and row["order"] not in double
              and money(row["金額"]) is not None and money(row["数量"]) != 0]
    return usable, {order: facts for order, facts in orders.items() if order not in double}


def monthly(folder: Path) -> dict[str, dict[str, int]]:
    """Return gross, returns, discounts, net, orders and buyers by month, by the definitions of the reports."""
    usable, orders = lines(folder)
    totals: dict[str, dict] = defaultdict(lambda: defaultdict(int))
    bought, buyers = defaultdict(set), defaultdict(set)
    for row in usable:
        order, amount, kind = orders[row["order"]], money(row["金額"]), row["明細区分"]
        if order["cancelled"]:
            continue
        at = month(order["at"])
        if kind in ("通常", "商品") and amount > 0:
            totals[at]["gross"] += amount
            bought[at].add(row["order"])
            buyers[at] |= {order["customer"]} - {""}
        elif kind in ("返品", "取消"):
            totals[at]["returns"] -= amount
        elif kind == "値引":
            totals[at]["discounts"] -= amount
    for order in orders.values():
        if not order["cancelled"]:
            totals[month(order["at"])]["discounts"] += order["discount"]
    return {at: {**sums, "net": sums["gross"] - sums["returns"] - sums["discounts"], "orders": len(bought[at]),
                 "customers_by_number": len(buyers[at])} for at, sums in totals.items()}
