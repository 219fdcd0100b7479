"""Stores compared with themselves: 既存店, those that were open in both months from the first day to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History, growth
from crmlib.dataset import months
from crmlib.dataset.dropped import dropped
from crmlib.dataset.marts import basis
from crmlib.engine import statements

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: A store without recorded days counts as open at an end of a month if it sold something within so many days of it.
NEAR = timedelta(days=7)
EXISTING = "existing"
#: The statement that tells a month's sales by store.
SALES = "store_sales"
SHOWN = {"store_id": "str", "name": "str", "orders": "int64", "sales": "int64", "sales_year_ago": "Int64",
         "change": "float64", "counts": "str", "opened_on": "object", "closed_on": "object"}


@dataclass(frozen=True)
class Store:
    """A store: its recorded days, and the first and last one on which it sold."""

    store_id: str
    name: str
    opened_on: date | None
    closed_on: date | None
    first_on: date | None
    last_on: date | None

    def open_from(self, day: date) -> bool:
        """Whether it was open by the first day of a month."""
        if self.opened_on is not None:
            return self.opened_on <= day
        return self.first_on is not None and self.first_on < day + NEAR

    def open_until(self, day: date) -> bool:
        """Whether it was still open on the last day of a month."""
        if self.closed_on is not None:
            return self.closed_on >= day
        return self.last_on is not None and self.last_on > day - NEAR


@dataclass(frozen=True)
class Chain:
    """The stores, and what each sold in the months asked for: (orders, net money in minor units)."""

    stores: Sequence[Store]
    sold: Mapping[str, Mapping[str, tuple[int, int]]]

    def counts(self, store: Store, found: History, ym: str) -> str:
        """Return ``existing``, or why a store is not compared: opened or closed since, or idle for a whole month."""
        then = months.shift(ym, -12)
        if not store.open_from(found.period(then).start):
            return "opened"
        if not store.open_until(found.period(ym).as_of - timedelta(days=1)):
            return "closed"
        both = all(self.sold.get(month, {}).get(store.store_id, (0, 0))[0] for month in (ym, then))
        return EXISTING if both else "idle"

    def existing(self, found: History, ym: str) -> tuple[int, int, int] | None:
        """Return sales of the existing stores, the same a year earlier, and their number; None where not known."""
        then = months.shift(ym, -12)
        if not found.whole(ym) or not found.whole(then):
            return None
        names = [one.store_id for one in self.stores if self.counts(one, found, ym) == EXISTING]
        now, before = (sum(self.sold[month][name][1] for name in names) for month in (ym, then))
        return now, before, len(names)


def chain(found: History, asked: Sequence[str]) -> Chain | None:
    """Return the stores with their sales in some months and the same a year earlier; None with fewer than two."""
    data = found.data
    if not data.has("orders.store_id"):
        return None
    stores = tuple(_store(row) for row in data.query("trends_store_life").itertuples())
    if sum(one.first_on is not None for one in stores) < 2:
        return None
    wanted = sorted({ym for month in asked for ym in (month, months.shift(month, -12)) if ym in found.sold})
    key = [[statements.text(one) for one in statements.closure(SALES)], wanted, data.as_of, basis(data.settings),
           data.settings.sales.cancellations]
    sold = data.memo("trends_store_sales", key, lambda: {ym: _sold(data, ym) for ym in wanted})
    return Chain(stores, {ym: {store: (orders, sales) for store, (orders, sales) in one.items()}
                          for ym, one in sold.items()})


def _store(row: Any) -> Store:
    days = [None if day is None or day != day else day.date() for day in (
        row.opened_on, row.closed_on, row.first_on, row.last_on)]
    return Store(str(row.store_id), row.name if isinstance(row.name, str) else str(row.store_id), *days)


def _sold(data: Dataset, ym: str) -> dict[str, tuple[int, int]]:
    rows = data.query(SALES, tables={"dropped_orders": dropped(data)}, ym=ym, **basis(data.settings))
    return {str(row.store_id): (int(row.orders), int(row.sales)) for row in rows.itertuples()
            if isinstance(row.store_id, str)}


def by_store(found: History, shops: Chain | None) -> pd.DataFrame:
    """Return every store's month, whether it counts as existing, and why not.

    Returns
    -------
    pandas.DataFrame
        store_id, name (the id where none is recorded), orders, sales, sales_year_ago (a year earlier; minor units),
        change (ratio - 1, existing stores of a whole month only), counts (existing, opened, closed, idle; unknown where
        last year is not known), opened_on, closed_on (as recorded, else first and last day with an order); by sales.
    """
    import pandas as pd

    month = found.data.month
    then, rows = months.shift(month, -12), []
    for one in shops.stores if shops else ():
        orders, sales = shops.sold.get(month, {}).get(one.store_id, (0, 0)) if shops else (0, 0)
        before = shops.sold[then].get(one.store_id, (0, 0))[1] if shops and found.whole(then) else None
        counts = shops.counts(one, found, month) if shops and found.whole(then) else "unknown"
        if orders or before:
            change = growth(sales, before) if counts == EXISTING and found.whole(month) else None
            rows.append((one.store_id, one.name, orders, sales, before, change, counts, one.opened_on or one.first_on,
                         one.closed_on or (one.last_on if counts == "closed" else None)))
    rows.sort(key=lambda row: (-row[3], row[0]))
    return pd.DataFrame(rows, columns=list(SHOWN)).astype(SHOWN)
