"""A random shop and the definitions in plain loops, for the slices about people and rhythm."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.trends.months import history
from crmlib.dataset import open_dataset

MONTH, AS_OF = "2026-10", date(2026, 11, 1)
FIRST = date(2024, 5, 1)


class Small:
    """A shop of loose lines: its dataset, its history, and who bought when."""

    def __init__(self, folder, lines, month=MONTH, as_of=None, more=None, **groups):
        self.lines = lines
        tables = shop.purchases(pd.DataFrame(lines).to_csv(index=False)) | (more or {})
        self.data = open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month, as_of=as_of)
        self.settings = self.data.settings.trends

    @cached_property
    def found(self):
        return history(self.data)

    @property
    def days(self):
        """Known customer → sorted days with a purchase before as_of."""
        bought = defaultdict(set)
        for line in self.lines:
            if line["customer"] and self.gross(line) and line["day"] < self.data.as_of:
                bought[line["customer"]].add(line["day"])
        return {who: sorted(days) for who, days in bought.items()}

    @staticmethod
    def gross(line):
        return line["type"] == "product" and line["amount"] > 0 and line["status"] != "cancelled"

    @staticmethod
    def net(line):
        return 0 if line["status"] == "cancelled" or line["type"] == "shipping" else line["amount"]


def random_lines(seed, orders=420, customers=40):
    """Orders of one to three lines: guests, returns, discounts, shipping and cancelled orders among them."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(orders):
        who = "" if rng.random() < 0.15 else f"C{rng.integers(0, customers):02d}"
        day = FIRST + timedelta(days=int(rng.integers(0, (AS_OF - FIRST).days)))
        status, hour = "cancelled" if rng.random() < 0.05 else "placed", int(rng.integers(0, 24))
        for kind in rng.choice(["product", "product", "product", "back", "return", "discount", "shipping"],
                               size=rng.integers(1, 4)):
            money, taken = int(rng.integers(100, 9000)), kind in ("back", "return", "discount")
            found.append({"customer": who, "day": day, "amount": -money if taken else money, "order": f"R{n:04d}",
                          "quantity": -1 if taken else 1, "type": "product" if kind == "back" else str(kind),
                          "status": status, "hour": hour, "product": f"P{rng.integers(0, 4)}"})
    return found + [line("", day, order=f"E{day}") for day in (FIRST, AS_OF - timedelta(days=1))]


def line(customer, day, amount=1000, order=None, **more):
    """One purchase of one line."""
    return {"customer": customer, "day": day, "amount": amount, "order": order or f"{customer}{day}", "quantity": 1,
            "type": "product", "status": "placed", "hour": 12, "product": "P1"} | more


@pytest.fixture(scope="session", params=[1, 2])
def random_shop(request, tmp_path_factory):
    return Small(tmp_path_factory.mktemp("random"), random_lines(request.param), more={
        "products": shop.read("product_id,category_1\nP0,food\nP1,food\nP2,gift\nP3,")})


@pytest.fixture
def small(tmp_path):
    """Make a shop of some lines."""
    return lambda lines, **groups: Small(tmp_path / "shop", lines, **groups)
