"""Odd shops of twenty kinds: the outlook says what can be said of them, in finite numbers, and never breaks."""

from __future__ import annotations

from datetime import date, timedelta

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import outlook
from crmlib.dataset import open_dataset
from crmlib.text import load_text

pytestmark = pytest.mark.slow
START, DAYS, MONTH = date(2025, 1, 1), 669, "2026-10"
QUICK = {"min_repeaters": 30, "resamples": 10}


def lived(draw, people, leave, rate, until=DAYS, first=lambda d: int(d.integers(0, 500)),
          paid=lambda d: d.gamma(4, 500)):
    """Customers who buy at a rate of their own (purchases a day, gamma) and leave with a chance after each purchase."""
    rows = []
    for person in range(people):
        day, own = float(first(draw)), draw.gamma(1.5, rate / 1.5)
        while day < until:
            rows.append((f"C{person:04d}", int(day), int(paid(draw)) + 1))
            if draw.random() < leave:
                break
            day += 1 + draw.exponential(1 / max(own, 1e-6))
    return rows


def annual(draw, people=90):
    """Once a year, two or three times in all, each at a time of the year of their own."""
    return [(f"C{n:04d}", day, 3000) for n in range(people) for first in (int(draw.integers(0, 290)),)
            for day in (first, first + 365 + int(draw.integers(-9, 9))) if day < DAYS]


def contracts(draw, share):
    """Buyers every thirty days, of whom a share has a subscription."""
    people = 120
    rows = [(f"C{n:04d}", day, 2000) for n in range(people)
            for day in range(int(draw.integers(0, 200)), int(draw.integers(300, DAYS)), 30)]
    running = pd.DataFrame({"subscription_id": [f"S{n}" for n in range(people)],
                            "customer_key": [f"C{n:04d}" for n in range(people)], "started_on": date(2025, 6, 1),
                            "interval_days": 30, "status": "active"}).head(int(people * share))
    return rows, {"subscriptions": running}


def refunded(draw):
    """More money goes back than came in."""
    rows = lived(draw, 150, 0.15, 1 / 40)
    back = [(who, min(day + 1, DAYS - 1), -3 * amount) for who, day, amount in rows if draw.random() < 0.5]
    return rows + back


def worthless(draw, share):
    """A share of orders costs nothing."""
    return [(who, day, 0 if draw.random() < share else amount) for who, day, amount in lived(draw, 200, 0.15, 1 / 40)]


def one_whale(draw):
    """Somebody buys every day for a hundred thousand times what the others spend."""
    return lived(draw, 150, 0.2, 1 / 40) + [("WHALE", day, 10 ** 9) for day in range(DAYS)]


SHOPS = {
    "nobody leaves": lambda d: lived(d, 120, 0.0, 1 / 50),
    "everybody leaves at once": lambda d: lived(d, 300, 0.95, 1 / 20),
    "one order each": lambda d: [(f"C{n:04d}", int(d.integers(0, DAYS)), 1500) for n in range(200)],
    "annual buyers": annual,
    "fifty customers": lambda d: lived(d, 50, 0.15, 1 / 30),
    "contract buyers, half of them": lambda d: contracts(d, 0.5),
    "contract buyers only": lambda d: contracts(d, 1.0),
    "heavy buyers": lambda d: lived(d, 60, 0.001, 0.9),
    "one day of history": lambda d: [(f"C{n:04d}", DAYS - 1, 500) for n in range(150)],
    "two weeks": lambda d: lived(d, 200, 0.1, 0.4, first=lambda x: DAYS - 14 + int(x.integers(0, 10))),
    "refunds larger than purchases": refunded,
    "orders without money among others": lambda d: worthless(d, 0.3),
    "orders without money only": lambda d: worthless(d, 1.0),
    "everything costs the same": lambda d: lived(d, 150, 0.15, 1 / 40, paid=lambda x: 999),
    "everybody alike": lambda d: [(f"C{n:04d}", 10 + day, 1000) for n in range(100) for day in range(0, 600, 60)],
    "like clockwork": lambda d: [(f"C{n:04d}", day, 1000) for n in range(100)
                                 for day in range(int(d.integers(0, 7)), DAYS, 7)],
    "one whale": one_whale,
    "shut for the last four months": lambda d: lived(d, 200, 0.1, 1 / 30, until=DAYS - 120),
    "all came last month": lambda d: lived(d, 200, 0.1, 0.2, first=lambda x: DAYS - 30 + int(x.integers(0, 25))),
    "prices beyond any shop": lambda d: lived(d, 150, 0.15, 1 / 40, paid=lambda x: 10 ** x.integers(0, 14)),
}


def opened(folder, made):
    rows, tables = made if isinstance(made, tuple) else (made, {})
    # A guest on the last day: the month has data whatever the customers did.
    lines = [f"{who},{START + timedelta(days=day)},{amount},{'return' if amount < 0 else 'product'},"
             f"{-1 if amount < 0 else 1}" for who, day, amount in [*rows, ("", DAYS - 1, 100)]]
    found = shop.purchases("\n".join(["customer,day,amount,type,quantity", *lines])) | tables
    return open_dataset(shop.settings(outlook=QUICK), shop.write(folder, found), month=MONTH)


def finite(frame):
    numbers = frame.select_dtypes("number").to_numpy(dtype=float, na_value=0.0)
    return bool(np.isfinite(numbers).all())


#: Nothing in them is drawn: every seed gives the same shop.
ALIKE = ("one day of history", "everybody alike")


@pytest.mark.parametrize(("kind", "seed"), [(k, n) for k in SHOPS for n in (1, 2, 3)[:1 if k in ALIKE else 3]])
def test_an_odd_shop_gets_finite_numbers_or_a_reason(tmp_path, kind, seed):
    data = opened(tmp_path, SHOPS[kind](np.random.default_rng(seed)))
    result = outlook.analyse(data, data.settings.outlook)
    assert result.facts
    for fact in result.facts:
        assert fact.value is not None or fact.note, fact.key
        assert fact.low is None or fact.low <= fact.value <= fact.high, fact.key
    for name, table in result.tables.items():
        assert finite(table.frame), name
    if "parameters" in result.tables:
        values = result.tables["parameters"].frame["value"]
        assert values.notna().all()
        assert finite(result.measures) and not result.measures.isna().any(axis=None)
        chances = result.measures[["p_alive", "p_order_30d", "p_order_90d"]]
        assert chances.ge(0).all(axis=None) and chances.le(1).all(axis=None)
        assert result.measures[["expected_orders_30d", "expected_orders_90d", "clv_12m"]].ge(0).all(axis=None)
    for locale in ("ja", "en"):
        text = load_text("outlook", locale, data.currency, data.decimals)
        assert all(text.sentence(f"notes.{key}", values) for key, values in result.notes)
        for name, figure in result.figures.items():
            figure.draw(figure.data.frame, plt.figure().subplots(), text)
            assert text.sentence(f"figures.{name}.title", figure.values)
            plt.close("all")
